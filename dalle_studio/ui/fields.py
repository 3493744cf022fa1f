"""Text fields that keep their keys to themselves and know what is being composed in them.

A field tells Qt (ShortcutOverride) that letters and editing keys are its own, so that no shortcut of the window
fires while someone types. The syllable an input method is composing is not in `toPlainText()` yet; the prompt field
follows it, so that Ctrl+Enter can commit it first and Esc can step out of it first.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from dalle_studio.ui import clipboard
from dalle_studio.ui.controls import name

_EDITING: Final = frozenset(
    {Qt.Key.Key_Z, Qt.Key.Key_Y, Qt.Key.Key_D, Qt.Key.Key_A, Qt.Key.Key_C, Qt.Key.Key_V, Qt.Key.Key_X}
)


def belongs_to_text(event: QKeyEvent) -> bool:
    """Whether this key press edits text rather than being a shortcut of the window."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if modifiers in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
        return bool(event.text()) and event.text().isprintable()
    control = Qt.KeyboardModifier.ControlModifier
    if modifiers == control:
        return event.key() in _EDITING
    return modifiers == control | Qt.KeyboardModifier.ShiftModifier and event.key() == Qt.Key.Key_Z


class FieldKeys(QObject):
    """An event filter for any field made by Qt (line edits, spin boxes)."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and belongs_to_text(event):
            event.accept()
            return True
        return False

    @classmethod
    def keep(cls, field: QWidget) -> None:
        """Let `field`, and the line edit inside it if there is one, keep its keys."""
        keys = cls(field)
        field.installEventFilter(keys)
        for inner in field.findChildren(QLineEdit):
            inner.installEventFilter(keys)


class TextField(QPlainTextEdit):
    """Several lines of plain text; Tab leaves it."""

    edited = Signal(str)
    """The text the user made by typing, pasting or undoing; not what the program put in."""
    picture_pasted = Signal()
    """A picture, and no text, was pasted here; it is still on the clipboard."""

    def __init__(self, object_name: str, accessible: str, placeholder: str, height: int) -> None:
        super().__init__()
        name(self, object_name, accessible)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.setFixedHeight(height)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._preedit = ""
        self.document().setDocumentMargin(4)
        self.textChanged.connect(self._tell)

    def _tell(self) -> None:
        self.edited.emit(self.toPlainText())

    def put(self, text: str) -> None:
        """Replace the text without saying that the user did it; undo inside the field still works."""
        if text == self.toPlainText():
            return
        blocked = self.blockSignals(True)
        cursor = self.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(text)
        self.blockSignals(blocked)
        self.viewport().update()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or clipboard.holds_picture(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        if source.hasText():
            super().insertFromMimeData(source)
        elif clipboard.holds_picture(source):
            self.picture_pasted.emit()

    @property
    def is_composing(self) -> bool:
        return bool(self._preedit)

    def commit_composition(self) -> None:
        """Make the syllable being composed part of the text, whether or not the input method helps."""
        if not self._preedit:
            return
        QGuiApplication.inputMethod().commit()
        if self._preedit:
            event = QInputMethodEvent()
            event.setCommitString(self._preedit)
            self.inputMethodEvent(event)
            QGuiApplication.inputMethod().reset()

    def drop_composition(self) -> None:
        """Leave the composition without keeping its syllable."""
        QGuiApplication.inputMethod().reset()
        if self._preedit:
            self.inputMethodEvent(QInputMethodEvent())

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._preedit = event.preeditString()
        super().inputMethodEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if self.is_composing and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                event.accept()
                return True
            if belongs_to_text(event):
                event.accept()
                return True
        return super().event(event)
