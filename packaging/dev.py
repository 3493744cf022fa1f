"""The two commands of a fresh machine, `run` and `test`, and the steps they are made of.

    python3 packaging/dev.py run [PATH…]          the window, on a sample photo unless a path is given
    python3 packaging/dev.py test [PYTEST ARGS…]  checks and the whole suite, headless; with arguments, pytest alone
    python3 packaging/dev.py setup                only makes `.venv`
    python3 packaging/dev.py check                lint, format, types, import contracts
    python3 packaging/dev.py lock                 writes packaging/requirements.lock anew (needs uv)

Standard library only. `.venv` is made from the pinned lock and made again only when the lock, the project's metadata,
the Python version or the folder changed.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python must be told so, in words
    sys.exit("Python 3.11 or newer is needed; this is {}.{}.".format(*sys.version_info))

import headless
import system_packages
from environment import PYTHON, ROOT, ensure_environment
from system_packages import ENVIRONMENT, HEADLESS, WINDOW

SAMPLE = ROOT / "resources" / "sample" / "dandelions.jpg"
SAMPLE_MASK = ROOT / "resources" / "sample" / "dandelions-mask.png"
LOCK = ROOT / "packaging" / "requirements.lock"

QT_FREE = ("core", "imaging", "tools", "workflow", "formats", "engines", "storage", "assembly", "cli")
"""Folders of tests/ that run with PySide6 blocked from import: nothing below `session` may need it."""


def main(arguments: list[str]) -> int:
    """Run one command; the status is the command's own."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    commands = {"run": run, "test": test, "setup": setup, "check": check, "lock": lock}
    if command not in commands:
        print(__doc__.strip())
        return 0 if command in {"help", "-h", "--help"} else 2
    return commands[command](rest)


def setup(_: list[str]) -> int:
    """Make `.venv`; Qt's system libraries are installed where that is possible and only named where it is not."""
    system_packages.ensure(ENVIRONMENT, wanted=WINDOW)
    ensure_environment()
    print(f"Ready: {PYTHON} -m dalle_studio")
    return 0


def run(paths: list[str]) -> int:
    """Open the window on the paths or the sample photo; without a display, do the main job on the sample photo."""
    if not has_display():
        return run_without_display(paths)
    system_packages.ensure(ENVIRONMENT | WINDOW)
    ensure_environment()
    command = [str(PYTHON), "-m", "dalle_studio", *(paths or [str(SAMPLE)])]
    if os.name == "posix":
        os.execv(command[0], command)  # the program itself gets the signals, and nothing waits beside it
    return subprocess.run(command, check=False).returncode


def has_display() -> bool:
    """Whether a window can open here. Windows and macOS always have a screen to draw on."""
    if sys.platform in {"win32", "darwin"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run_without_display(paths: list[str]) -> int:
    """Remove the masked flower from the sample photo through the command line: offline, no key, no Qt."""
    system_packages.ensure(ENVIRONMENT)
    ensure_environment()
    folder = fresh_folder(ROOT / "out")
    original = shutil.copy(SAMPLE, folder / "original.jpg")
    mask = shutil.copy(SAMPLE_MASK, folder / "mask.png")
    result = folder / "result.png"
    print("No display here: the command line removes the masked flower from the sample photo.", flush=True)
    if paths:
        print("Not opened, for that needs the window:", *paths, flush=True)
    command = ["edit", str(original), "--remove", "--mask", str(mask), "-o", str(result), "--json"]
    done = subprocess.run(
        [str(PYTHON), "-X", "utf8", "-m", "dalle_studio", *command],
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        return done.returncode  # it has said why
    answer = json.loads(done.stdout)
    outside = "identical" if answer.get("outside_identical") else "CHANGED"
    print(f"original  {original}\nmask      {mask}\nresult    {result}\nOutside the mask the picture is {outside}.")
    return 0


def fresh_folder(parent: Path) -> Path:
    """The first of `parent`/1, `parent`/2, … that does not exist yet, made."""
    parent.mkdir(exist_ok=True)
    number = 1
    while True:
        folder = parent / str(number)
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def test(arguments: list[str]) -> int:
    """Everything a change must pass; with arguments only pytest, with just those."""
    system_packages.ensure(ENVIRONMENT | WINDOW | HEADLESS)
    ensure_environment()
    with headless.screen() as display:
        environment = headless.environment(display)
        if arguments:
            return call([str(PYTHON), "-m", "pytest", *arguments], environment=environment)
        return call_all(checks() | suite(), environment=environment)


def check(_: list[str]) -> int:
    """Lint, format, types and import contracts. 0 when all pass."""
    ensure_environment()
    return call_all(checks())


def checks() -> dict[str, list[str]]:
    """The steps of `check`, by name."""
    python = str(PYTHON)
    return {
        "lint": [python, "-m", "ruff", "check", "."],
        "format": [python, "-m", "ruff", "format", "--check", "."],
        "types": [python, "-m", "mypy"],
        "imports": [shutil.which("lint-imports", path=str(PYTHON.parent)) or "lint-imports", "--no-cache"],
    }


def suite() -> dict[str, list[str]]:
    """Both halves of the test suite: the floors below Qt with Qt blocked, then everything else."""
    below = [f"tests/{name}" for name in QT_FREE if (ROOT / "tests" / name).is_dir()]
    pytest = [str(PYTHON), "-m", "pytest"]
    return {
        "tests without Qt": [*pytest, "-p", "no:pytest-qt", "-p", "tests.qt_blocked", *below],
        "tests with Qt": [*pytest, *(f"--ignore={folder}" for folder in below)],
    }


def lock(arguments: list[str]) -> int:
    """Pin everything pyproject.toml asks for, for every platform, without naming an index. Extra arguments go to uv."""
    uv = shutil.which("uv")
    if uv is None:
        print("uv is needed to write the lock: python3 -m pip install uv")
        return 2
    options = ["--group", "dev", "--universal", "--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet"]
    return call([uv, "pip", "compile", "pyproject.toml", *options, "-o", str(LOCK.relative_to(ROOT)), *arguments])


def call_all(steps: dict[str, list[str]], *, environment: dict[str, str] | None = None) -> int:
    """Run every step, even after one failed, and name at the end what failed. 0 when all passed."""
    failed = [name for name, command in steps.items() if call(command, environment=environment)]
    if failed:
        print("Failed:", ", ".join(failed), flush=True)
    return 1 if failed else 0


def call(command: list[str], *, environment: dict[str, str] | None = None) -> int:
    """Run one step in the foreground, its output passed through; ended by a signal counts as failed."""
    print("→", " ".join([Path(command[0]).name, *command[1:]]), flush=True)
    return abs(subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode)


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a Windows pipe knows no arrows
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the test screen ends with this
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
