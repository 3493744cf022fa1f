"""The upper right: what is asked for and what will be sent. It scrolls where a low screen has no room for all of it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from dalle_studio.ui.controls import name, role

_LEAST = 120
"""Pixels that stay of it on the lowest screen."""


class UpperSide(QScrollArea):
    """As high as its content, as far as the parts below leave room."""

    def __init__(self, title: str, parts: tuple[QWidget, ...]) -> None:
        super().__init__()
        role(self, "plain")
        name(self, "upperSide", title)
        self._page = page = QWidget()
        role(page, "plain")
        page.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)  # scrolled, never squeezed
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in parts:
            column.addWidget(part)
        self.setWidget(page)
        self.setWidgetResizable(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)

    def sizeHint(self) -> QSize:
        page = self._page
        # As high as beside a bar: one that was there for a moment stays as long as the narrower page needs it.
        width = self.width() - self.verticalScrollBar().sizeHint().width()
        height = page.heightForWidth(width) if page.hasHeightForWidth() else page.sizeHint().height()
        return QSize(page.sizeHint().width(), max(height, page.sizeHint().height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, _LEAST)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)
