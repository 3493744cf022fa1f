"""What every test gets: a folder, a home and an environment of its own, and a look at what it left behind.

No Qt here: the same file serves the floors that run with PySide6 blocked (see qt_blocked.py).
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
IN_CI = bool(os.environ.get("CI"))

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # windows draw into memory, with or without a screen

settings.register_profile(
    "studio",
    deadline=None,  # the machine may be busy with something else
    derandomize=IN_CI,
    database=None if IN_CI else DirectoryBasedExampleDatabase(Path(tempfile.gettempdir(), "dalle-studio-hypothesis")),
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("studio")


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Know pytest-qt's settings where pytest-qt itself is blocked, for unknown ones are an error."""
    if not pluginmanager.has_plugin("pytest-qt"):
        for name in ("qt_api", "qt_log_level_fail"):
            parser.addini(name, "pytest-qt's, not used here")


@pytest.fixture(autouse=True)
def data_dir(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program's data folder for this test, not made yet; home and environment are the test's own as well."""
    own = tmp_path_factory.mktemp("own")
    home = own / "home"
    runtime = own / "run"
    home.mkdir()
    runtime.mkdir(mode=0o700)
    for name in list(os.environ):
        if name.upper().startswith(("OPENAI_", "DALLE_STUDIO_", "AZURE_OPENAI_")) and name != DISPLAY_VARIABLE:
            monkeypatch.delenv(name)
        if name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    places = {
        "HOME": home,
        "USERPROFILE": home,
        "APPDATA": home / "AppData" / "Roaming",
        "LOCALAPPDATA": home / "AppData" / "Local",
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_DATA_HOME": home / ".local" / "share",
        "XDG_STATE_HOME": home / ".local" / "state",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_RUNTIME_DIR": runtime,
        "DALLE_STUDIO_DATA_DIR": own / "data",
    }
    for name, place in places.items():
        monkeypatch.setenv(name, str(place))
    monkeypatch.setenv("DALLE_STUDIO_KEYRING", "session")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    return own / "data"


# What a test leaves behind

PATIENCE = 5.0
"""Seconds that threads and processes may take to end after the test that started them."""


@pytest.fixture(autouse=True)
def nothing_left_running(data_dir: Path) -> Iterator[None]:
    """Fail a test that leaves threads or child processes behind. Set up first, so it looks after all others."""
    threads_before = set(threading.enumerate())
    children_before = children()
    yield
    deadline = time.monotonic() + PATIENCE
    threads = [one for one in threading.enumerate() if one not in threads_before and not one.daemon]
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    left = [thread.name for thread in threads if thread.is_alive()]
    while (processes := children() - children_before) and time.monotonic() < deadline:
        time.sleep(0.02)
    left += [command_of(process) for process in processes]
    if left:
        pytest.fail(f"left running: {', '.join(left)}")


def children() -> set[int]:
    """Process ids of this process's children, also of those that ended and were not waited for; Linux only, else empty.

    multiprocessing's own servers are not counted: they live as long as the process.
    """
    found: set[int] = set()
    for file in Path("/proc/self/task").glob("*/children"):
        try:
            found.update(map(int, file.read_text(encoding="ascii").split()))
        except OSError:
            continue  # that thread has just ended
    return {process for process in found if "multiprocessing" not in command_of(process)}


def command_of(process: int) -> str:
    """The command line of a process, or its id when it has ended."""
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        words = []
    return " ".join(words).strip() or f"process {process} (ended, not waited for)"


# Photos


class PhotoFactory(Protocol):
    """Makes photo-like pixels: soft shapes, structure, grain; the same for the same arguments."""

    def __call__(
        self, width: int, height: int, *, seed: int = 0, channels: int = 3, depth: int = 8
    ) -> NDArray[np.uint8] | NDArray[np.uint16]: ...


@pytest.fixture(scope="session")
def photo() -> PhotoFactory:
    """A factory of (height, width, channels) arrays of uint8, or uint16 with `depth=16`; a 4th channel is opaque."""
    return make_photo


def make_photo(
    width: int, height: int, *, seed: int = 0, channels: int = 3, depth: int = 8
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """See `PhotoFactory`. Noise at three scales; the grain is one tile repeated, so 24 MP take a moment only."""
    import cv2

    random = np.random.default_rng(seed)
    pixels = np.zeros((height, width, 3), np.float32)
    for cell, strength in ((160, 150.0), (12, 30.0)):
        coarse = random.random((height // cell + 2, width // cell + 2, 3), np.float32) * strength
        pixels += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = random.normal(0, 3.0, (256, 256, 1)).astype(np.float32)
    pixels += np.tile(grain, (height // 256 + 1, width // 256 + 1, 1))[:height, :width]
    pixels += 30.0
    np.clip(pixels, 0, 255, out=pixels)
    if channels == 4:
        pixels = np.dstack([pixels, np.full((height, width), 255, np.float32)])
    if depth == 16:
        return (pixels * 257).astype(np.uint16)
    return pixels.astype(np.uint8)


@pytest.fixture(scope="session")
def sample_photo() -> Path:
    """The photo that ships with the program: 3200×1800 JPEG."""
    return ROOT / "resources" / "sample" / "dandelions.jpg"


@pytest.fixture(scope="session")
def sample_mask() -> Path:
    """The mask that ships with the sample photo, in the form `openai`."""
    return ROOT / "resources" / "sample" / "dandelions-mask.png"


# A real window

DISPLAY_VARIABLE = "DALLE_STUDIO_TEST_DISPLAY"


@pytest.fixture
def real_display() -> str:
    """An X display with a window manager, for tests marked `real_window`; `dev.py test` starts one.

    A child process uses it with `os.environ | {"DISPLAY": real_display, "QT_QPA_PLATFORM": "xcb"}`.
    """
    display = os.environ.get(DISPLAY_VARIABLE)
    if display:
        return display
    if sys.platform.startswith("linux"):
        pytest.fail(f"{DISPLAY_VARIABLE} is not set; run this through packaging/dev.py test")
    pytest.skip("real windows are driven under X only")
