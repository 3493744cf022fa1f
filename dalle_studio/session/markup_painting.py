"""Marks as they are seen and as they are sent: one way to draw them, at any scale. Any thread."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen, QPolygonF

from dalle_studio.core.markup import Mark, MarkKind

if TYPE_CHECKING:
    from dalle_studio.core.geometry import Size
    from dalle_studio.core.picture import Pixels

_HEAD = 4.0
"""Of an arrow, in line widths."""
_LETTERS = 6.0


def draw(painter: QPainter, marks: Iterable[Mark]) -> None:
    """Onto a painter whose coordinates are photo pixels."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark in marks:
        _draw(painter, mark)
    painter.restore()


def render(marks: tuple[Mark, ...], size: Size) -> Pixels:
    """(h, w, 4) uint8 sRGB of the photo's size, transparent where nothing is drawn."""
    import numpy as np

    image = QImage(size.width, size.height, QImage.Format.Format_RGBA8888)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    draw(painter, marks)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(size.height, image.bytesPerLine())
    return rows[:, : 4 * size.width].reshape(size.height, size.width, 4).copy()


def _draw(painter: QPainter, mark: Mark) -> None:
    colour, width = QColor(*mark.pen.colour), mark.pen.width
    points = [QPointF(*point) for point in mark.points]
    round_ends = (Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(QPen(colour, width, *round_ends))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    kind = mark.pen.kind
    if kind is MarkKind.LINE:
        painter.drawPolyline(QPolygonF(points))
    elif kind is MarkKind.ARROW:
        painter.drawLine(points[0], points[-1])
        painter.drawPolyline(QPolygonF(_head(points[0], points[-1], width)))
    elif kind is MarkKind.NOTE:
        font = QFont()
        font.setPixelSize(max(4, round(_LETTERS * width)))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.drawText(points[0], mark.pen.text)
    else:
        rect = QRectF(points[0], points[-1]).normalized()
        (painter.drawRect if kind is MarkKind.BOX else painter.drawEllipse)(rect)


def _head(start: QPointF, end: QPointF, width: float) -> list[QPointF]:
    """The two strokes at an arrow's end."""
    angle = math.atan2(end.y() - start.y(), end.x() - start.x())
    sides = (angle + math.radians(150), angle - math.radians(150))
    length = _HEAD * width
    first, second = (end + QPointF(math.cos(side) * length, math.sin(side) * length) for side in sides)
    return [first, end, second]
