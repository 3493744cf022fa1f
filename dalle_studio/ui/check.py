"""A check box whose box is our own line: Qt's own can't be seen on a dark ground while it is empty."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox

from dalle_studio.ui import icons
from dalle_studio.ui.controls import name
from dalle_studio.ui.theme import Theme

_SIDE: Final = 15
_GAP: Final = 7
_HEIGHT: Final = 24


class Check(QCheckBox):
    """Text and state are announced as those of any check box."""

    def __init__(self, theme: Theme, object_name: str, text: str) -> None:
        super().__init__(text)
        self._theme = theme
        name(self, object_name, text)

    def sizeHint(self) -> QSize:
        self.ensurePolished()
        return QSize(_SIDE + _GAP + QFontMetrics(self.font()).horizontalAdvance(self.text()) + 4, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(0.5, (self.height() - _SIDE) / 2 + 0.5, _SIDE - 1, _SIDE - 1)
        rim = tokens.accent if self.hasFocus() else tokens.second
        painter.setPen(QPen(QColor(tokens.ground if self.isChecked() else rim), 1.2))
        painter.setBrush(QColor(tokens.ground if self.isChecked() else tokens.field))
        painter.drawRoundedRect(box, 4, 4)
        if self.isChecked():
            icons.draw(painter, "check", box.adjusted(1, 1, -1, -1), QColor(tokens.on_ground), 2.4)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(tokens.accent), 1.2))
                painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QColor(tokens.text if self.isEnabled() else tokens.second))
        room = QRectF(_SIDE + _GAP, 0, self.width() - _SIDE - _GAP, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        painter.end()
