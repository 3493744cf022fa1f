"""The program's own line icons, as paths in a box of 20 × 20, drawn at whatever size and density is asked for.

No SVG: Qt's SVG reader is a module of its own, and these few lines need none.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

BOX: Final = 20.0


def _line(path: QPainterPath, *points: tuple[float, float], closed: bool = False) -> None:
    path.moveTo(*points[0])
    for point in points[1:]:
        path.lineTo(*point)
    if closed:
        path.closeSubpath()


def _brush() -> QPainterPath:
    path = QPainterPath(QPointF(16.2, 3.8))
    path.cubicTo(17.2, 4.8, 16.6, 6.0, 15.8, 6.9)
    path.lineTo(10.6, 12.2)
    path.lineTo(7.9, 9.5)
    path.lineTo(13.1, 4.2)
    path.cubicTo(14.0, 3.3, 15.2, 2.8, 16.2, 3.8)
    path.moveTo(7.4, 11.2)
    path.cubicTo(5.4, 11.0, 4.6, 12.6, 4.6, 14.0)
    path.cubicTo(4.6, 15.2, 3.9, 15.8, 3.0, 16.0)
    path.cubicTo(4.6, 17.4, 8.9, 17.2, 9.0, 13.0)
    return path


def _eraser() -> QPainterPath:
    path = QPainterPath()
    _line(path, (11.6, 3.6), (16.6, 8.6), (9.2, 16.0), (6.4, 16.0), (3.4, 13.0), (3.4, 11.8), closed=True)
    _line(path, (7.6, 7.6), (12.6, 12.6))
    _line(path, (9.2, 16.0), (16.4, 16.0))
    return path


def _rectangle() -> QPainterPath:
    path = QPainterPath()
    for x, y, dx, dy in ((3.6, 4.6, 1, 1), (16.4, 4.6, -1, 1), (16.4, 15.4, -1, -1), (3.6, 15.4, 1, -1)):
        _line(path, (x + 3.2 * dx, y), (x, y), (x, y + 2.8 * dy))
    for y in (4.6, 15.4):
        _line(path, (8.8, y), (11.2, y))
    for x in (3.6, 16.4):
        _line(path, (x, 9.2), (x, 10.8))
    return path


def _ellipse() -> QPainterPath:
    path = QPainterPath()
    box = QRectF(3.2, 4.4, 13.6, 11.2)
    for start in range(0, 360, 45):
        path.arcMoveTo(box, start + 8)
        path.arcTo(box, start + 8, 29)
    return path


def _lasso() -> QPainterPath:
    path = QPainterPath(QPointF(6.6, 12.6))
    path.cubicTo(1.2, 11.2, 2.0, 3.8, 10.0, 3.8)
    path.cubicTo(18.2, 3.8, 18.8, 11.6, 11.2, 12.8)
    path.cubicTo(9.6, 13.0, 8.0, 13.0, 6.6, 12.6)
    path.addEllipse(QPointF(6.0, 13.6), 1.5, 1.5)
    path.moveTo(6.2, 15.1)
    path.cubicTo(6.4, 16.2, 6.0, 17.0, 4.8, 17.4)
    return path


def _wand() -> QPainterPath:
    path = QPainterPath()
    _line(path, (3.4, 16.6), (10.8, 9.2))
    for a, b in (
        ((13.2, 2.6), (13.2, 5.0)),
        ((13.2, 8.6), (13.2, 11.0)),
        ((9.0, 6.8), (11.4, 6.8)),
        ((15.0, 6.8), (17.4, 6.8)),
        ((10.4, 4.0), (11.4, 5.0)),
        ((15.0, 8.6), (16.0, 9.6)),
        ((16.0, 4.0), (15.0, 5.0)),
    ):
        _line(path, a, b)
    return path


def _smart_select() -> QPainterPath:
    path = QPainterPath()
    for x, y, dx, dy in ((3.0, 3.4, 1, 1), (17.0, 3.4, -1, 1), (17.0, 16.6, -1, -1), (3.0, 16.6, 1, -1)):
        _line(path, (x + 2.6 * dx, y), (x, y), (x, y + 2.6 * dy))
    path.moveTo(10.0, 5.6)
    path.cubicTo(13.2, 5.6, 14.6, 8.4, 13.6, 10.4)
    path.cubicTo(12.8, 12.0, 13.4, 14.2, 10.4, 14.4)
    path.cubicTo(6.6, 14.6, 5.4, 11.6, 6.4, 9.0)
    path.cubicTo(7.0, 7.2, 8.0, 5.6, 10.0, 5.6)
    return path


def _replace() -> QPainterPath:
    path = QPainterPath()
    path.addRect(QRectF(5.0, 5.0, 10.0, 10.0))
    return path


def _add() -> QPainterPath:
    path = QPainterPath()
    outline = ((3.4, 3.4), (12.0, 3.4), (12.0, 8.0), (16.6, 8.0), (16.6, 16.6), (8.0, 16.6), (8.0, 12.0), (3.4, 12.0))
    _line(path, *outline, closed=True)
    return path


def _subtract() -> QPainterPath:
    path = QPainterPath()
    _line(path, (3.4, 3.4), (12.0, 3.4), (12.0, 8.0), (8.0, 8.0), (8.0, 12.0), (3.4, 12.0), closed=True)
    _line(path, (14.4, 8.0), (16.6, 8.0), (16.6, 10.2))
    _line(path, (16.6, 14.4), (16.6, 16.6), (14.4, 16.6))
    _line(path, (10.2, 16.6), (8.0, 16.6), (8.0, 14.4))
    return path


def _intersect() -> QPainterPath:
    path = QPainterPath()
    path.addRect(QRectF(8.0, 8.0, 4.0, 4.0))
    _line(path, (5.6, 3.4), (3.4, 3.4), (3.4, 5.6))
    _line(path, (14.4, 16.6), (16.6, 16.6), (16.6, 14.4))
    _line(path, (9.8, 3.4), (12.0, 3.4), (12.0, 5.6))
    _line(path, (3.4, 9.8), (3.4, 12.0), (5.6, 12.0))
    _line(path, (16.6, 10.2), (16.6, 8.0), (14.4, 8.0))
    _line(path, (8.0, 14.4), (8.0, 16.6), (10.2, 16.6))
    return path


def _markup() -> QPainterPath:
    path = QPainterPath()
    _line(path, (3.6, 16.4), (12.6, 7.4))
    _line(path, (7.8, 7.0), (13.0, 7.0), (13.0, 12.2))
    path.moveTo(15.2, 3.4)
    path.lineTo(15.2, 4.6)
    path.moveTo(16.6, 4.0)
    path.lineTo(13.8, 4.0)
    return path


def _crop() -> QPainterPath:
    path = QPainterPath()
    _line(path, (5.6, 2.6), (5.6, 14.4), (17.4, 14.4))
    _line(path, (2.6, 5.6), (14.4, 5.6), (14.4, 17.4))
    return path


def _hand() -> QPainterPath:
    path = QPainterPath()
    _line(path, (10, 2.8), (10, 17.2))
    _line(path, (2.8, 10), (17.2, 10))
    for tip, a, b in (
        ((10, 2.8), (7.8, 5.0), (12.2, 5.0)),
        ((10, 17.2), (7.8, 15.0), (12.2, 15.0)),
        ((2.8, 10), (5.0, 7.8), (5.0, 12.2)),
        ((17.2, 10), (15.0, 7.8), (15.0, 12.2)),
    ):
        _line(path, a, tip, b)
    return path


def _zoom() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(8.6, 8.6), 5.2, 5.2)
    _line(path, (12.5, 12.5), (16.8, 16.8))
    _line(path, (6.4, 8.6), (10.8, 8.6))
    _line(path, (8.6, 6.4), (8.6, 10.8))
    return path


def _search() -> QPainterPath:
    path = QPainterPath()
    path.addEllipse(QPointF(8.8, 8.8), 4.6, 4.6)
    _line(path, (12.3, 12.3), (16.0, 16.0))
    return path


def _funnel() -> QPainterPath:
    path = QPainterPath()
    for y, inset in ((6.0, 3.6), (10.0, 6.0), (14.0, 8.4)):
        _line(path, (inset, y), (20 - inset, y))
    return path


def _star() -> QPainterPath:
    path = QPainterPath()
    outer, inner = 6.6, 2.8
    points = []
    for corner in range(10):
        angle = math.pi * (corner / 5 - 0.5)
        radius = inner if corner % 2 else outer
        points.append((10 + radius * math.cos(angle), 10.4 + radius * math.sin(angle)))
    _line(path, *points, closed=True)
    return path


def _left() -> QPainterPath:
    path = QPainterPath()
    _line(path, (12.0, 5.0), (7.0, 10.0), (12.0, 15.0))
    return path


def _right() -> QPainterPath:
    path = QPainterPath()
    _line(path, (8.0, 5.0), (13.0, 10.0), (8.0, 15.0))
    return path


def _up() -> QPainterPath:
    path = QPainterPath()
    _line(path, (10.0, 16.0), (10.0, 4.4))
    _line(path, (5.4, 9.0), (10.0, 4.4), (14.6, 9.0))
    return path


def _down() -> QPainterPath:
    path = QPainterPath()
    _line(path, (10.0, 4.0), (10.0, 15.6))
    _line(path, (5.4, 11.0), (10.0, 15.6), (14.6, 11.0))
    return path


def _eye() -> QPainterPath:
    path = QPainterPath(QPointF(2.4, 10.0))
    path.cubicTo(5.4, 4.4, 14.6, 4.4, 17.6, 10.0)
    path.cubicTo(14.6, 15.6, 5.4, 15.6, 2.4, 10.0)
    path.addEllipse(QPointF(10.0, 10.0), 2.5, 2.5)
    return path


def _hidden() -> QPainterPath:
    path = QPainterPath(QPointF(2.4, 9.0))
    path.cubicTo(5.4, 14.6, 14.6, 14.6, 17.6, 9.0)
    for start, end in (((5.0, 12.0), (3.6, 14.2)), ((10.0, 13.2), (10.0, 15.8)), ((15.0, 12.0), (16.4, 14.2))):
        _line(path, start, end)
    return path


def _check() -> QPainterPath:
    path = QPainterPath()
    _line(path, (4.6, 10.6), (8.4, 14.4), (15.6, 6.0))
    return path


def _close() -> QPainterPath:
    path = QPainterPath()
    _line(path, (5.5, 5.5), (14.5, 14.5))
    _line(path, (14.5, 5.5), (5.5, 14.5))
    return path


def _application() -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(2.4, 2.4, 15.2, 15.2), 3.4, 3.4)
    path.addEllipse(QPointF(10, 10), 3.6, 3.6)
    return path


PATHS: Final[dict[str, Callable[[], QPainterPath]]] = {
    "brush": _brush,
    "eraser": _eraser,
    "rectangle": _rectangle,
    "ellipse": _ellipse,
    "lasso": _lasso,
    "wand": _wand,
    "smart_select": _smart_select,
    "combine_replace": _replace,
    "combine_add": _add,
    "combine_subtract": _subtract,
    "combine_intersect": _intersect,
    "crop": _crop,
    "markup": _markup,
    "pan": _hand,
    "zoom": _zoom,
    "search": _search,
    "funnel": _funnel,
    "star": _star,
    "left": _left,
    "right": _right,
    "up": _up,
    "down": _down,
    "eye": _eye,
    "hidden": _hidden,
    "check": _check,
    "close": _close,
    "application": _application,
}


def draw(painter: QPainter, name: str, rect: QRectF, colour: QColor, width: float = 1.5) -> None:
    """Draw one icon into `rect`; `width` is the line's, in units of the 20 × 20 box."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.topLeft())
    painter.scale(rect.width() / BOX, rect.height() / BOX)
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(PATHS[name]())
    painter.restore()


def application_icon() -> QIcon:
    """The program's icon: one marked spot. Qt's icon classes are slow to load, so this comes after the first paint."""
    from PySide6.QtGui import QIcon

    result = QIcon()
    for side in (16, 32, 64, 128):
        picture = QPixmap(side, side)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#2b2c30"))
        painter.drawRoundedRect(QRectF(0, 0, side, side), side * 0.22, side * 0.22)
        painter.setBrush(QColor("#e5484d"))
        painter.drawEllipse(QPointF(side * 0.5, side * 0.5), side * 0.2, side * 0.2)
        pen = QPen(QColor("#ffffff"), max(1.0, side * 0.05), Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(side * 0.5, side * 0.5), side * 0.3, side * 0.3)
        painter.end()
        result.addPixmap(picture)
    return result
