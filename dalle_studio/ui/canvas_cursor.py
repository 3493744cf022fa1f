"""The brush outline that follows the pointer: two-tone, at the brush's true size, as large as it gets. GUI thread.

It is drawn on the canvas, because a system cursor ends at a few hundred pixels. Moving it repaints only where it was
and is; its drawing is kept, for an antialiased circle costs more than everything else in a stroke event.
"""

from __future__ import annotations

import math
from typing import Final

from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QRegion

_DARK: Final = QColor(0, 0, 0, 170)
_LIGHT: Final = QColor(255, 255, 255, 240)
_MARGIN: Final = 4  # device pixels around the circle
_KEPT: Final = 300.0  # larger circles (radius in device pixels) are drawn anew: their picture would be large
_HOLLOW: Final = 48.0  # larger circles are repainted without the square inside them
_TINY: Final = 3.0  # smaller circles get a cross around them, or nobody finds them
_CROSS: Final = (5.0, 9.0)


class BrushOutline:
    """Where the outline is, in device pixels. Hidden until it is placed."""

    def __init__(self) -> None:
        self._centre: QPoint | None = None
        self._radius = 0.0
        self._dpr = 1.0
        self._picture: QImage | None = None

    @property
    def is_shown(self) -> bool:
        return self._centre is not None

    def hide(self) -> None:
        self._centre = None

    def place(self, centre: QPointF, radius: float, dpr: float) -> None:
        self._centre = centre.toPoint()
        if (radius, dpr) != (self._radius, self._dpr):
            self._radius, self._dpr, self._picture = radius, dpr, None

    def region(self, *, whole: bool) -> QRegion:
        """What to repaint for it, in logical pixels. `whole`: with its inside, where that is repainted anyway."""
        if self._centre is None:
            return QRegion()
        region = QRegion(self._logical(self._rect(self._centre)))
        if self._radius > _HOLLOW and not whole:
            half = math.floor((self._radius - _MARGIN) * math.sqrt(0.5)) - 1
            inside = QRect(self._centre.x() - half, self._centre.y() - half, 2 * half, 2 * half)
            region -= QRegion(self._logical(inside).adjusted(2, 2, -2, -2))
        return region

    def paint(self, painter: QPainter, exposed: QRect) -> None:
        if self._centre is None:
            return
        where = self._rect(self._centre)
        seen = where.intersected(exposed)
        if seen.isEmpty():
            return
        if self._radius > _KEPT:
            self._draw(painter, QPointF(self._centre))
            return
        if self._picture is None:
            self._picture = QImage(where.size(), QImage.Format.Format_ARGB32_Premultiplied)
            self._picture.fill(Qt.GlobalColor.transparent)
            with QPainter(self._picture) as own:
                self._draw(own, QPointF(self._centre - where.topLeft()))
        painter.drawImage(seen, self._picture, seen.translated(-where.topLeft()))

    def _draw(self, painter: QPainter, centre: QPointF) -> None:
        width, radius = max(1.0, self._dpr), self._radius
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(_DARK, width))
        painter.drawEllipse(centre, radius + 0.9 * width, radius + 0.9 * width)
        painter.setPen(QPen(_LIGHT, 1.2 * width))
        painter.drawEllipse(centre, radius, radius)
        if radius < _TINY * width:
            near, far = (distance * width for distance in _CROSS)
            for pen, shift in ((QPen(_DARK, width), width), (QPen(_LIGHT, width), 0.0)):
                painter.setPen(pen)
                for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                    off = QPointF(abs(dy), abs(dx)) * shift
                    painter.drawLine(centre + QPointF(dx, dy) * near + off, centre + QPointF(dx, dy) * far + off)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _rect(self, centre: QPoint) -> QRect:
        half = math.ceil(self._radius + 2 * self._dpr) + _MARGIN
        if self._radius < _TINY * self._dpr:
            half = max(half, math.ceil((_CROSS[1] + 2) * self._dpr))
        return QRect(centre.x() - half, centre.y() - half, 2 * half + 1, 2 * half + 1)

    def _logical(self, rect: QRect) -> QRect:
        dpr = self._dpr
        if dpr == 1.0:
            return rect
        left, top = math.floor(rect.left() / dpr), math.floor(rect.top() / dpr)
        return QRect(left, top, math.ceil((rect.right() + 1) / dpr) - left, math.ceil((rect.bottom() + 1) / dpr) - top)
