"""packaging/dev.py: an unfinished environment is made again, a display is found, the test screen comes and goes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import dev
import environment
import headless
import system_packages
from tests.conftest import ROOT, children


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder whose `.venv` has just been finished: its stamp."""
    (tmp_path / "packaging").mkdir()
    shutil.copy(ROOT / "packaging" / "requirements.lock", tmp_path / "packaging")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    stamp = tmp_path / ".venv" / "made-from.json"
    stamp.parent.mkdir()
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    monkeypatch.setattr(environment, "STAMP", stamp)
    monkeypatch.setattr(environment, "PYTHON", Path(sys.executable))
    environment.finish()
    return stamp


def test_a_finished_environment_is_left_alone(made: Path) -> None:
    assert environment.is_current()


def test_an_interrupted_set_up_is_not_taken_for_a_finished_one(made: Path) -> None:
    made.unlink()
    assert not environment.is_current()
    made.write_text('{"lock": "', encoding="utf-8")
    assert not environment.is_current()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("packaging/requirements.lock", "annotated-types==", "annotated-types==9"),
        ("pyproject.toml", 'version = "', 'version = "9'),
        ("pyproject.toml", 'build-backend = "', 'build-backend = "other'),
    ],
)
def test_another_lock_or_other_metadata_make_it_anew(made: Path, name: str, old: str, new: str) -> None:
    path = made.parent.parent / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert not environment.is_current()


def test_other_line_ends_and_settings_of_our_tools_change_nothing(made: Path) -> None:
    for name in ("packaging/requirements.lock", "pyproject.toml"):
        path = made.parent.parent / name
        path.write_bytes(path.read_bytes().replace(b"line-length = 120", b"line-length = 99").replace(b"\n", b"\r\n"))
    assert environment.is_current()


def test_a_python_that_no_longer_starts_makes_it_anew(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "PYTHON", made.parent / "bin" / "python")
    assert not environment.is_current()


def test_a_display_is_what_the_environment_says_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    if not sys.platform.startswith("linux"):
        assert dev.has_display()
        return
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not dev.has_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert dev.has_display()


def test_every_run_gets_a_fresh_folder(tmp_path: Path) -> None:
    first, second = dev.fresh_folder(tmp_path / "out"), dev.fresh_folder(tmp_path / "out")
    assert (first.name, second.name) == ("1", "2")
    assert not list(second.iterdir())


def test_the_sample_of_the_first_run_is_there() -> None:
    assert dev.SAMPLE.is_file()
    assert dev.SAMPLE_MASK.is_file()


def test_without_a_display_the_first_run_removes_the_flower_and_says_where_the_results_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(dev, "ensure_environment", lambda: None)  # it is the one that runs this test
    assert dev.run_without_display([]) == 0
    told = capfd.readouterr().out
    paths = [tmp_path / "out" / "1" / name for name in ("original.jpg", "mask.png", "result.png")]
    assert all(f" {path}\n" in told for path in paths)
    assert "Outside the mask the picture is identical." in told
    original, mask, result = (np.asarray(Image.open(path)) for path in paths)
    changed = np.argwhere((original != result[..., :3]).any(axis=2))
    painted = np.argwhere(mask[..., 3] == 0)
    assert len(changed) > len(painted) / 2
    assert (changed.min(axis=0) >= painted.min(axis=0) - 64).all(), "the default feather is 64 px at most"
    assert (changed.max(axis=0) <= painted.max(axis=0) + 64).all()


def test_the_folders_that_run_without_qt_are_rooms_below_session() -> None:
    rooms = {path.name for path in (ROOT / "dalle_studio").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms - {"session", "ui"} == set(dev.QT_FREE)


def test_an_unknown_command_is_wrong_usage() -> None:
    done = subprocess.run([sys.executable, ROOT / "packaging" / "dev.py", "rum"], capture_output=True, check=False)
    assert done.returncode == 2
    assert b"dev.py run" in done.stdout


def test_what_is_missing_becomes_one_command() -> None:
    names = system_packages.packages(frozenset({"libEGL.so.1", "Xvfb", "libgthread-2.0.so.0", "libglib-2.0.so.0"}))
    assert names == ["libegl1", "libglib2.0-0", "xvfb"]
    assert "libegl1 libglib2.0-0 xvfb" in system_packages.advice(names)


def test_the_test_screen_has_a_window_manager_and_leaves_nothing(real_display: str) -> None:
    before = children()
    with headless.screen() as display:
        assert display not in {None, real_display}
        environment = os.environ | headless.environment(display) | {"DISPLAY": str(display)}
        asked = subprocess.run(
            ["xdotool", "getdisplaygeometry", "get_num_desktops"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert asked.stdout.startswith("1920 1080\n")
    assert children() == before
