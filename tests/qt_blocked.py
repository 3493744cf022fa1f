"""A pytest plug-in (`-p no:pytest-qt -p tests.qt_blocked`): from here on, importing PySide6 fails.

The floors below `session` run with it: nothing there may need Qt.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

BLOCKED = ("PySide6", "shiboken6")


class QtBlocked(MetaPathFinder):
    """Finds nothing, and says so for Qt before anybody else can look."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in BLOCKED:
            raise ImportError(f"{fullname} is blocked: this floor works without Qt", name=fullname)
        return None


def block() -> None:
    """Refuse Qt from now on; RuntimeError when it is too late."""
    loaded = [name for name in BLOCKED if name in sys.modules]
    if loaded:
        raise RuntimeError(f"already imported: {loaded}")
    sys.meta_path.insert(0, QtBlocked())


def pytest_configure() -> None:
    """pytest's hook: before any test is collected."""
    block()
