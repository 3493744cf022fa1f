"""A small picture in a rounded frame, fitted into it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from dalle_studio.ui.theme import Theme

_OLD = 0.35


class SentPicture(QWidget):
    """Empty while nothing would be sent."""

    def __init__(self, theme: Theme, width: int, height: int) -> None:
        super().__init__()
        self._theme = theme
        self._image = QImage()
        self._is_old = False
        self.setFixedSize(width, height)

    def show_image(self, image: QImage, *, old: bool = False) -> None:
        """An `old` one is shown faintly: it is about to be another."""
        self._image, self._is_old = image, old
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()), 7, 7)
        painter.fillPath(path, QColor(self._theme.tokens.field))
        if self._image.isNull():
            painter.setPen(QColor(self._theme.tokens.line))
            painter.drawPath(path)
        else:
            painter.setClipPath(path)
            painter.setOpacity(_OLD if self._is_old else 1.0)
            size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
            painter.drawImage(QRectF(left, top, size.width(), size.height()), self._image)
        painter.end()
