"""Ctrl+Shift+P: type a few letters, press Return, and any action of the window is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout

from dalle_studio.ui.controls import name, role
from dalle_studio.ui.fields import FieldKeys

if TYPE_CHECKING:
    from dalle_studio.ui.window import MainWindow

_WIDTH, _HEIGHT = 480, 380


class CommandPalette(QDialog):
    """A field over a list; the arrow keys of the field move through the list."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        words = window.words
        name(self, "commandPalette", words("ui.palette"))
        self._nothing = words("ui.palette.nothing")
        self._actions = [a for a in window.actions_by_id.all() if a.objectName() != "command_palette"]
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        self.field = QLineEdit()
        name(self.field, "commandSearch", words("ui.palette"))
        self.field.setPlaceholderText(words("ui.palette.placeholder"))
        FieldKeys.keep(self.field)
        self.list = QListWidget()
        name(self.list, "commandList", words("ui.palette"))
        role(self.list, "boxed")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._find)
        self.field.returnPressed.connect(self._run)
        self.list.itemClicked.connect(self._run)
        self.field.installEventFilter(self)
        self._chosen: QAction | None = None
        self._find("")
        self.resize(_WIDTH, _HEIGHT)
        middle = window.geometry().center()
        self.move(middle.x() - _WIDTH // 2, window.geometry().top() + 90)
        self.field.setFocus()

    def _find(self, text: str) -> None:
        """Every word typed must begin somewhere in the action's text."""
        wanted = text.casefold().split()
        self.list.clear()
        for action in self._actions:
            shown = plain(action)
            if all(word in shown.casefold() for word in wanted):
                keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                item = QListWidgetItem(f"{shown}    {keys}" if keys else shown)
                item.setData(Qt.ItemDataRole.UserRole, action)
                if not action.isEnabled():
                    item.setFlags(Qt.ItemFlag.NoItemFlags)
                self.list.addItem(item)
        if not self.list.count():
            said = QListWidgetItem(self._nothing)
            said.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(said)
        self._go(0, 1)

    def _go(self, row: int, step: int) -> None:
        """To the next entry that can be chosen."""
        while 0 <= row < self.list.count():
            if self.list.item(row).flags() & Qt.ItemFlag.ItemIsEnabled:
                self.list.setCurrentRow(row)
                return
            row += step

    def _run(self) -> None:
        item = self.list.item(self.list.currentRow()) if self.list.currentRow() >= 0 else None
        if item is not None and item.flags() & Qt.ItemFlag.ItemIsEnabled:
            self._chosen = item.data(Qt.ItemDataRole.UserRole)
            self.accept()

    def exec(self) -> int:
        """The action runs when the palette is gone: it may open a dialog of its own."""
        result = super().exec()
        if self._chosen is not None:
            self._chosen.trigger()
        return result

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in steps:
            step = steps[Qt.Key(event.key())]
            self._go(self.list.currentRow() + step, step)
            return True
        return super().eventFilter(watched, event)


def plain(action: QAction) -> str:
    """The action's text without the dots that promise a dialog."""
    return action.text().replace("&", "").rstrip("…")
