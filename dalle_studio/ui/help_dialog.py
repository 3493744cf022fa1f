"""F1: every shortcut there is, by menu, and the keys that are held. And who made this."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dalle_studio.ui import icons
from dalle_studio.ui.actions import HELD, TABLE, Menu
from dalle_studio.ui.command_palette import plain
from dalle_studio.ui.controls import label, name

if TYPE_CHECKING:
    from dalle_studio.ui.window import MainWindow


class HelpDialog(QDialog):
    """Two columns: what it does, and its keys."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        words = window.words
        name(self, "helpDialog", words("ui.action.shortcuts"))
        self.setWindowTitle(words("ui.action.shortcuts"))
        self.resize(760, 640)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        for text in ("ui.help.first", "ui.help.second"):
            hint = label(words(text))
            hint.setWordWrap(True)
            column.addWidget(hint)
        area = QScrollArea()
        area.setObjectName("helpList")
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.viewport().setAutoFillBackground(False)
        inside = QWidget()
        inside.setAutoFillBackground(False)
        sides = QHBoxLayout(inside)
        sides.setContentsMargins(0, 0, 8, 0)
        sides.setSpacing(32)
        left = (Menu.FILE, Menu.EDIT, Menu.SELECT)
        right = (Menu.VIEW, Menu.IMAGE, Menu.ENGINE, Menu.HELP)
        for menus in (left, right):
            side = QVBoxLayout()
            side.setSpacing(2)
            for menu in menus:
                side.addWidget(self._group(window, menu))
            if menus is right:
                side.addWidget(self._held(window))
            side.addStretch(1)
            sides.addLayout(side, 1)
        area.setWidget(inside)
        column.addWidget(area, 1)
        column.addWidget(close_box(self, words("ui.close")))

    def _group(self, window: MainWindow, menu: Menu) -> QWidget:
        rows = []
        for row in TABLE:
            if row.menu is menu and row.keys:
                action = window.actions_by_id[row.id]
                keys = [QKeySequence(k).toString(QKeySequence.SequenceFormat.NativeText) for k in row.keys]
                rows.append((plain(action), "  ".join(keys)))
        return _table(window.words(f"ui.menu.{menu}"), rows)

    def _held(self, window: MainWindow) -> QWidget:
        return _table(window.words("ui.held"), [(window.words(f"ui.held.{which}"), keys) for which, keys in HELD])


class AboutDialog(QDialog):
    """Name, version, licence, and what it is built with."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        words = window.words
        name(self, "aboutDialog", words("ui.action.about"))
        self.setWindowTitle(words("ui.action.about"))
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 16)
        column.setSpacing(8)
        picture = QLabel()
        picture.setPixmap(icons.application_icon().pixmap(64, 64))
        column.addWidget(picture)
        column.addWidget(label(words("ui.program"), "title"))
        column.addWidget(label(words("ui.about.version", version=version()), "second"))
        what = label(words("ui.about.what"))
        what.setWordWrap(True)
        what.setMinimumWidth(380)
        column.addWidget(what)
        column.addWidget(label(words("ui.about.licence"), "second"))
        column.addSpacing(8)
        column.addWidget(close_box(self, words("ui.close")))


def version() -> str:
    """Of the installed package; a checkout that was never installed has none."""
    try:
        return metadata.version("dalle-studio")
    except metadata.PackageNotFoundError:
        return "–"


def close_box(dialog: QDialog, text: str) -> QDialogButtonBox:
    """A row with nothing but a button to close `dialog`."""
    box = QDialogButtonBox()
    close = box.addButton(text, QDialogButtonBox.ButtonRole.RejectRole)
    close.setObjectName("close")
    box.rejected.connect(dialog.reject)
    return box


def _table(title: str, rows: list[tuple[str, str]]) -> QWidget:
    widget = QWidget()
    grid = QGridLayout(widget)
    grid.setContentsMargins(0, 0, 0, 12)
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(5)
    grid.setColumnStretch(0, 1)
    grid.addWidget(label(title, "strong"), 0, 0)
    for at, (text, keys) in enumerate(rows, start=1):
        shown = label(text, "second")
        shown.setWordWrap(True)
        grid.addWidget(shown, at, 0)
        grid.addWidget(label(keys), at, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    return widget
