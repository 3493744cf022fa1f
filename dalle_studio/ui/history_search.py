"""The field that searches the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QInputMethodEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import QLineEdit

from dalle_studio.ui import icons
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent


class SearchField(QLineEdit):
    """With a magnifying glass in front."""

    typed = Signal(str, str)
    """The text, and what an input method is still composing at its end."""
    done = Signal()
    """On to what was found, by Down or Return."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setTextMargins(20, 0, 0, 0)
        self.textChanged.connect(lambda text: self.typed.emit(text, ""))

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        super().inputMethodEvent(event)
        at_end = self.cursorPosition() == len(self.text())
        self.typed.emit(self.text(), event.preeditString() if at_end else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat():
            self.done.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        place = QRectF(9, (self.height() - 16) / 2, 16, 16)
        icons.draw(painter, "search", place, QColor(self._theme.tokens.second))
        painter.end()
