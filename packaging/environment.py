"""`.venv` in the project's folder, made from packaging/requirements.lock.

A stamp inside tells what it was made from. It is written last, so an interrupted set-up leaves none and the next one
starts from nothing. One set-up at a time: the others wait.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
STAMP = FOLDER / "made-from.json"
BASE_PYTHON = str(getattr(sys, "_base_executable", None) or sys.executable)
"""The interpreter under any virtual environment this runs in: `.venv` is never made with itself."""


def ensure_environment() -> None:
    """Make `.venv`, or leave it alone when it is what the lock asks for. Ends the program with words on failure."""
    with one_at_a_time():
        if is_current():
            return
        STAMP.unlink(missing_ok=True)
        print(
            "Making .venv from packaging/requirements.lock (half a minute, and the time to download 200 MB) …",
            flush=True,
        )
        step([BASE_PYTHON, "-m", "venv", "--clear", str(FOLDER)], "The virtual environment could not be made.")
        pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--no-input", "--disable-pip-version-check", "--no-deps"]
        step(
            [*pip, "--require-hashes", "-r", str(ROOT / "packaging" / "requirements.lock")],
            "The pinned packages could not be installed. Is there a network? The same command goes on from here.",
        )
        step(
            [*pip, "--no-build-isolation", "--no-index", "--editable", str(ROOT)],
            "The project itself could not be installed.",
        )
        finish()


def finish() -> None:
    """Stamp `.venv` with what it was made from: the last step, so a stamp means that all went well."""
    STAMP.write_text(json.dumps(ingredients()), encoding="utf-8")


def is_current() -> bool:
    """Whether `.venv` was finished from just these ingredients and its Python still starts."""
    try:
        if json.loads(STAMP.read_text(encoding="utf-8")) != ingredients():
            return False
        return subprocess.run([str(PYTHON), "-c", ""], check=False, stderr=subprocess.DEVNULL).returncode == 0
    except (OSError, ValueError):
        return False


def ingredients() -> dict[str, str]:
    """All that `.venv` depends on. The folder is among it: scripts and the editable install name it."""
    return {
        "lock": digest(ROOT / "packaging" / "requirements.lock"),
        "project": project_digest(),
        "python": sys.version,
        "folder": str(ROOT),
    }


def digest(path: Path) -> str:
    """SHA-256 of a text file, the same whatever its line ends."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def project_digest() -> str:
    """SHA-256 of what an installation takes from pyproject.toml: metadata and build, not the settings of our tools."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tables = [settings["project"], settings["build-system"], settings["tool"]["hatch"]]
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()


def step(command: list[str], failure: str) -> None:
    """Run one step of the set-up; end the program with `failure` when it does not succeed."""
    # PYTHONPATH and a user site would leak packages that nobody pinned into the environment.
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    if subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode:
        sys.exit(failure)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the project's set-up lock. The system lets go of it when the process ends, however it ends."""
    with (ROOT / ".venv.lock").open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            while True:
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # gives up after ten seconds
                except OSError:
                    continue
                break
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
