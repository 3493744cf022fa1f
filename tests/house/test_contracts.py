"""The import contracts hold, and each of them fails when it is broken: a contract that cannot fail says nothing."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

FLOORS = "A room imports only from floors below its own"
QT = "Qt stays in session, ui and app"
PILLOW = "Pillow stays in formats"
DISK = "The keyring and SQLite stay in storage"
SERVICE = "The service's client stays in engines"
CORE = "The core needs nothing but Python and numpy"


def broken_contracts(folder: Path) -> set[str]:
    """The names of the contracts that the package in `folder` breaks, as import-linter reports them."""
    tool = shutil.which("lint-imports", path=Path(sys.executable).parent)
    assert tool is not None
    environment = os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(
        [tool, "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    assert any(line.startswith("Contracts: ") for line in lines), done.stdout + done.stderr
    broken = {line.removesuffix(" BROKEN") for line in lines if line.endswith(" BROKEN")}
    assert (done.returncode == 0) == (not broken)
    return broken


def copy_of_the_package(folder: Path) -> Path:
    """The package and its settings, copied to be spoilt."""
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "dalle_studio", folder / "dalle_studio", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_the_package_keeps_its_contracts() -> None:
    assert broken_contracts(ROOT) == set()


@pytest.mark.parametrize(
    ("room", "line", "contracts"),
    [
        ("core", "import dalle_studio.imaging", {FLOORS}),
        ("engines", "import dalle_studio.storage", {FLOORS}),
        ("formats", "import dalle_studio.engines", {FLOORS}),
        ("ui", "import dalle_studio.cli", {FLOORS}),
        ("core", "import PySide6", {QT, CORE}),
        ("storage", "from PySide6.QtCore import QObject", {QT}),
        ("cli", "import dalle_studio.session", {QT}),
        ("workflow", "import PIL.Image", {PILLOW}),
        ("engines", "import keyring", {DISK}),
        ("formats", "import sqlite3", {DISK}),
        ("workflow", "import openai", {SERVICE}),
        ("core", "import cv2", {CORE}),
    ],
)
def test_a_planted_violation_breaks_its_contract(tmp_path: Path, room: str, line: str, contracts: set[str]) -> None:
    folder = copy_of_the_package(tmp_path)
    (folder / "dalle_studio" / room / "planted.py").write_text(f"{line}\n", encoding="utf-8")
    assert broken_contracts(folder) >= contracts


def test_a_new_room_must_be_given_its_floor(tmp_path: Path) -> None:
    folder = copy_of_the_package(tmp_path)
    (folder / "dalle_studio" / "attic.py").write_text("", encoding="utf-8")
    assert broken_contracts(folder) == {FLOORS}


def test_every_contract_has_a_planted_violation() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = {contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}
    assert names == {FLOORS, QT, PILLOW, DISK, SERVICE, CORE}


def test_the_core_imports_the_standard_library_and_numpy_only() -> None:
    allowed = set(sys.stdlib_module_names) | {"numpy", "dalle_studio"}
    foreign = {
        (path.name, name)
        for path in (ROOT / "dalle_studio" / "core").rglob("*.py")
        for name in imported_packages(path)
        if name not in allowed
    }
    assert not foreign


def imported_packages(path: Path) -> set[str]:
    """Top-level names of all that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            found.add(node.module.partition(".")[0])
    return found
