"""The guards of conftest.py guard."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from tests import qt_blocked
from tests.conftest import ROOT, PhotoFactory, children, make_photo


def run_pytest(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    """Run one test file under a copy of this conftest, away from the project's settings."""
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:pytest-qt", "test_it.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_thread_or_a_process_left_behind_fails_the_test(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path,
        "import conftest, subprocess, sys, threading\n"
        "conftest.PATIENCE = 0.2\n"
        "def test_thread():\n"
        "    threading.Thread(target=threading.Event().wait, args=(2,), name='forgotten').start()\n"
        "def test_process():\n"
        "    global kept\n"
        "    kept = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(2)'])\n"
        "def test_clean():\n"
        "    threading.Thread(target=print).start()\n"
        "    subprocess.run([sys.executable, '-c', ''])\n",
    )
    assert "3 passed, 2 errors" in done.stdout, done.stdout
    assert "left running: forgotten" in done.stdout


def test_every_test_has_its_own_folders_and_no_key(data_dir: Path) -> None:
    assert os.environ["DALLE_STUDIO_DATA_DIR"] == str(data_dir)
    assert not data_dir.exists()
    assert Path.home().parent == data_dir.parent
    assert not [name for name in os.environ if name.startswith("OPENAI_") or name.upper().endswith("_PROXY")]
    assert os.environ["DALLE_STUDIO_KEYRING"] == "session"


def test_no_child_is_running_here() -> None:
    assert not children()
    assert threading.active_count() >= 1


@pytest.mark.parametrize(("channels", "depth"), [(3, 8), (4, 8), (3, 16), (4, 16)])
def test_made_photos_are_repeatable_and_look_like_photos(photo: PhotoFactory, channels: int, depth: int) -> None:
    made = photo(300, 200, seed=7, channels=channels, depth=depth)
    assert made.shape == (200, 300, channels)
    assert made.dtype == (np.uint16 if depth == 16 else np.uint8)
    assert np.array_equal(made, make_photo(300, 200, seed=7, channels=channels, depth=depth))
    assert not np.array_equal(made, make_photo(300, 200, seed=8, channels=channels, depth=depth))
    assert 10 < made[..., :3].std() / (257 if depth == 16 else 1) < 80


def test_blocked_qt_cannot_be_imported() -> None:
    finder = qt_blocked.QtBlocked()
    with pytest.raises(ImportError, match="blocked"):
        finder.find_spec("PySide6.QtCore", None)
    assert finder.find_spec("numpy", None) is None
