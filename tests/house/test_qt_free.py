"""Which modules may load what: the floors below `session` never Qt, the way to the first paint nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

QT_FREE = ("core", "imaging", "tools", "workflow", "formats", "engines", "storage", "cli", "assembly")
HEAVY = {"PIL", "cv2", "keyring", "numpy", "openai", "sqlite3"}


def run_python(program: str) -> str:
    """The output of a program in a fresh interpreter; a failure shows what it said."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def modules_of(room: str) -> list[str]:
    """The importable names of a room: a package with all its modules, or a single module."""
    package = ROOT / "dalle_studio"
    files: list[Path] = [*(package / room).rglob("*.py"), *package.glob(f"{room}.py")]
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]
    return sorted(name.removesuffix(".__init__") for name in names)


def loaded_after(modules: list[str]) -> set[str]:
    """Top-level names in sys.modules after importing `modules` in a fresh interpreter."""
    program = f"import sys, json, {', '.join(modules)}; print(json.dumps(sorted(sys.modules)))"
    return {name.partition(".")[0] for name in json.loads(run_python(program))}


def test_every_module_below_session_imports_with_qt_blocked() -> None:
    modules = [name for room in QT_FREE for name in modules_of(room)]
    assert "dalle_studio.core.mask" in modules
    run_python(f"from tests.qt_blocked import block; block(); import {', '.join(modules)}")


def test_the_blocker_blocks() -> None:
    program = "from tests.qt_blocked import block; block()\ntry: import PySide6\nexcept ImportError: print('blocked')"
    assert run_python(program).strip() == "blocked"


def test_importing_the_window_loads_nothing_heavy() -> None:
    modules = [*modules_of("app"), *modules_of("ui"), "dalle_studio.__main__"]
    assert not loaded_after(modules) & HEAVY


def test_the_command_line_never_loads_qt_and_no_client_before_it_is_asked_to_send() -> None:
    loaded = loaded_after([*modules_of("cli"), "dalle_studio.__main__"])
    assert not loaded & {"PySide6", "shiboken6", "openai", "keyring"}


def test_the_history_is_listed_without_loading_what_decodes_pictures() -> None:
    loaded = loaded_after(["dalle_studio.cli.parser", "dalle_studio.cli.history"])
    assert not loaded & {"cv2", "PIL"}
