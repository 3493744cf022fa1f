"""The crop on the canvas: the photo rotated under it, what is cut off dimmed, frame, thirds, handles, size. GUI thread.

The layers paint from `scene.crop`, a `tools.crop.CropTool`, and leave it alone. Lengths are device pixels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygon, QPolygonF, QRegion, QTransform

from dalle_studio.core.framing import GRIPS, Grip

if TYPE_CHECKING:
    from dalle_studio.ui.canvas_scene import Scene

NEAR: Final = 9.0
"""Logical pixels around a side or a corner in which it is held."""

CURSORS: Final = {
    (-1, -1): Qt.CursorShape.SizeFDiagCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
    (-1, 1): Qt.CursorShape.SizeBDiagCursor,
    (-1, 0): Qt.CursorShape.SizeHorCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, -1): Qt.CursorShape.SizeVerCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (0, 0): Qt.CursorShape.SizeAllCursor,
}
"""By what would be held."""

_CUT: Final = QColor(0, 0, 0, 150)
_LINE: Final = QColor(255, 255, 255, 235)
_THIRD: Final = QColor(255, 255, 255, 85)
_SHADE: Final = QColor(0, 0, 0, 110)
_ARM: Final = 18  # of a corner's handle, logical pixels
_THICK: Final = 3
BACKING: Final = QColor(0, 0, 0, 185)
_BELOW: Final = 8  # from the frame to its size


def rotated_picture(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """The photo, turned around its centre as it will be."""
    if scene.picture is None or scene.size is None or scene.crop is None:
        return
    painter.fillRect(exposed, QColor(scene.tokens.canvas))
    level = scene.picture.level_for(scene.view.scale)
    image = scene.picture.image(level)
    width, height = scene.size.width * scene.view.scale, scene.size.height * scene.view.scale
    painter.save()
    painter.setClipRect(exposed, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.translate(scene.view.left + width / 2, scene.view.top + height / 2)
    painter.rotate(scene.crop.angle)
    painter.drawImage(QRectF(-width / 2, -height / 2, width, height), image)
    painter.restore()


def crop_frame(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """Over the photo: what goes, what stays, and what can be held."""
    if scene.crop is None or scene.size is None:
        return
    frame = scene.place(scene.crop.frame)
    painter.save()
    painter.setClipRegion(QRegion(_outline(scene)), Qt.ClipOperation.IntersectClip)
    for strip in around(exposed, frame):
        painter.fillRect(strip, _CUT)
    painter.restore()
    width = max(1, round(scene.dpr))
    _thirds(painter, frame, width)
    for edge in around(frame.adjusted(-width, -width, width, width), frame):
        painter.fillRect(edge, _LINE)
    handles(painter, frame, scene.dpr, _LINE)
    size = scene.crop.frame
    chip(painter, scene, frame, f"{size.width} × {size.height}")
    if scene.crop.line is not None:
        _level_line(painter, scene)


def handles(painter: QPainter, frame: QRect, dpr: float, colour: QColor) -> None:
    """Thick corners and short bars in the middle of the sides, outside the frame."""
    for grip in GRIPS:
        for bar in _bars(frame, grip, dpr):
            painter.fillRect(bar.adjusted(-1, -1, 1, 1), _SHADE)
    for grip in GRIPS:
        for bar in _bars(frame, grip, dpr):
            painter.fillRect(bar, colour)


def chip(painter: QPainter, scene: Scene, frame: QRect, text: str) -> None:
    """Words below the frame, in it where there is no room."""
    font = chip_font(scene)
    metrics = QFontMetrics(font)
    gap = round(7 * scene.dpr)
    width, height = metrics.horizontalAdvance(text) + 2 * gap, metrics.height() + gap
    below = round(_BELOW * scene.dpr)
    top = frame.bottom() + 1 + below
    if top + height > scene.height:
        top = min(frame.bottom() + 1, scene.height) - height - below
    left = min(max(0, frame.center().x() - width // 2), max(0, scene.width - width))
    draw_chip(painter, QRect(left, top, width, height), text, font)


def draw_chip(painter: QPainter, where: QRect, text: str, font: QFont) -> None:
    """Words on a dark ground, read on any photo."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(BACKING)
    painter.drawRoundedRect(where, 4, 4)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setFont(font)
    painter.setPen(QColor(255, 255, 255, 240))
    painter.drawText(where, Qt.AlignmentFlag.AlignCenter, text)


def chip_font(scene: Scene) -> QFont:
    """For `draw_chip`."""
    font = QFont(scene.font) if scene.font is not None else QFont()
    font.setPixelSize(round(12 * scene.dpr))
    return font


def around(outer: QRect, hole: QRect) -> list[QRect]:
    """What of `outer` lies outside `hole`, as up to four rectangles."""
    inner = outer.intersected(hole)
    if inner.isEmpty():
        return [] if outer.isEmpty() else [outer]
    strips = (
        QRect(outer.left(), outer.top(), outer.width(), inner.top() - outer.top()),
        QRect(outer.left(), inner.bottom() + 1, outer.width(), outer.bottom() - inner.bottom()),
        QRect(outer.left(), inner.top(), inner.left() - outer.left(), inner.height()),
        QRect(inner.right() + 1, inner.top(), outer.right() - inner.right(), inner.height()),
    )
    return [strip for strip in strips if not strip.isEmpty()]


def _outline(scene: Scene) -> QPolygon:
    """Where the photo is, rotated."""
    photo = QRectF(scene.photo_rect).adjusted(-1.5, -1.5, 1.5, 1.5)  # the rim of a rotated photo is smoothed
    turn = QTransform().translate(photo.center().x(), photo.center().y())
    turn.rotate(0.0 if scene.crop is None else scene.crop.angle)
    turn.translate(-photo.center().x(), -photo.center().y())
    return turn.map(QPolygonF(photo)).toPolygon()


def _thirds(painter: QPainter, frame: QRect, width: int) -> None:
    for part in (1, 2):
        across, down = frame.left() + frame.width() * part // 3, frame.top() + frame.height() * part // 3
        painter.fillRect(across, frame.top(), width, frame.height(), _THIRD)
        painter.fillRect(frame.left(), down, frame.width(), width, _THIRD)


def _bars(frame: QRect, grip: Grip, dpr: float) -> list[QRect]:
    arm, thick = round(_ARM * dpr), round(_THICK * dpr)
    arm_x, arm_y = min(arm, max(thick, frame.width() // 4)), min(arm, max(thick, frame.height() // 4))
    x = {-1: frame.left() - thick, 0: frame.center().x() - arm_x // 2, 1: frame.right() + 1}[grip.across]
    y = {-1: frame.top() - thick, 0: frame.center().y() - arm_y // 2, 1: frame.bottom() + 1}[grip.down]
    if not grip.is_corner:
        return [QRect(x, y, arm_x, thick) if grip.down else QRect(x, y, thick, arm_y)]
    left = frame.left() - thick if grip.across < 0 else frame.right() + 1 + thick - arm_x - thick
    top = frame.top() - thick if grip.down < 0 else frame.bottom() + 1 + thick - arm_y - thick
    return [QRect(left, y, arm_x + thick, thick), QRect(x, top, thick, arm_y + thick)]


def _level_line(painter: QPainter, scene: Scene) -> None:
    if scene.crop is None or scene.crop.line is None:
        return
    start, end = (QPointF(*scene.view.to_device(*point)) for point in scene.crop.line)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((QColor(0, 0, 0, 160), 4.0), (QColor(scene.tokens.accent), 2.0)):
        painter.setPen(QPen(colour, width * scene.dpr))
        painter.drawLine(start, end)
    painter.setBrush(QColor(255, 255, 255))
    for point in (start, end):
        painter.drawEllipse(point, 3.5 * scene.dpr, 3.5 * scene.dpr)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
