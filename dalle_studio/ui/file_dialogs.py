"""Asking for files. GUI thread; Qt's dialog classes are loaded when someone is asked.

A menu's entry that asks ends in "…"; the title of what it opens does not. `kinds` are filters in Qt's notation.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QFileDialog, QWidget


def to_open(parent: QWidget, title: str, folder: Path, *kinds: str) -> tuple[Path | None, str]:
    """A file that is there, and the kind that was chosen. None when nobody wants one."""
    from PySide6.QtWidgets import QFileDialog

    chosen, kind = QFileDialog.getOpenFileName(
        parent, _title(title), str(folder), ";;".join(kinds), kinds[0], _options(kinds)
    )
    return (Path(chosen) if chosen else None), kind


def to_open_several(parent: QWidget, title: str, folder: Path, kind: str) -> list[Path]:
    """Files that are there."""
    from PySide6.QtWidgets import QFileDialog

    return [Path(chosen) for chosen in QFileDialog.getOpenFileNames(parent, _title(title), str(folder), kind)[0]]


def to_save(
    parent: QWidget, title: str, proposed: Path, *kinds: str, present: str | None = None
) -> tuple[Path | None, str]:
    """A name, and the kind that was chosen, `present` at first. Replacing a file of that name was asked about."""
    from PySide6.QtWidgets import QFileDialog

    offered = {_beginning_with(proposed.suffix, kind): kind for kind in kinds}
    first = next(shown for shown, kind in offered.items() if kind == (present or kinds[0]))
    chosen, kind = QFileDialog.getSaveFileName(
        parent, _title(title), str(proposed), ";;".join(offered), first, _options(kinds)
    )
    return (Path(chosen) if chosen else None), offered.get(kind, kind)


def _beginning_with(suffix: str, kind: str) -> str:
    """The filter with that ending first: Qt puts the first one in place of the proposed name's."""
    text, opened, endings = kind.removesuffix(")").rpartition("(")
    patterns = endings.split()
    others = [pattern for pattern in patterns if pattern.lower() != f"*{suffix.lower()}"]
    return f"{text}({' '.join([f'*{suffix}', *others])})" if opened and len(others) < len(patterns) else kind


def _options(kinds: Sequence[str]) -> QFileDialog.Option:
    """Of several kinds only the names are shown: they differ in more than the ending."""
    from PySide6.QtWidgets import QFileDialog

    return QFileDialog.Option.HideNameFilterDetails if len(kinds) > 1 else QFileDialog.Option(0)


def _title(text: str) -> str:
    return text.removesuffix("…")
