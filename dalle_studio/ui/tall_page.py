"""A page that scrolls where the screen is too low for it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from dalle_studio.ui.controls import role

_AROUND = 190
"""Pixels that a title bar, the buttons below the page and the desktop's own bars need."""


class TallPage(QScrollArea):
    """As high as its content, or as the screen allows. Put widgets into `column`."""

    def __init__(self) -> None:
        super().__init__()
        role(self, "plain")
        self._page = page = QWidget()
        role(page, "plain")
        self.column = QVBoxLayout(page)
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        wished = self._page.sizeHint()
        return QSize(wished.width(), min(wished.height(), self.screen().availableGeometry().height() - _AROUND))
