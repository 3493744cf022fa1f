"""The new area of an extension on the canvas: a checkerboard under the mask's tint, its handles and numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QImage, QPainter, QPen

from dalle_studio.ui.canvas_crop import around, chip, chip_font, draw_chip, handles

if TYPE_CHECKING:
    from dalle_studio.ui.canvas_scene import Scene

_CHECK: Final = 8  # side of a square, logical pixels
_ROOM: Final = 6  # around a number


def margins(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """Where the canvas will grow: nothing yet, all of it to be painted."""
    if scene.margins.is_empty or scene.size is None or scene.crop is not None:
        return
    grown = scene.grown_rect
    # Calmer than what shows through a photo, which is to be the brightest thing.
    board = QBrush(checkerboard_tile(scene, QColor(scene.tokens.raised), QColor(scene.tokens.line)))
    tint = QColor(*scene.tokens.overlay)
    painter.setBrushOrigin(scene.photo_rect.topLeft())
    for strip in around(exposed.intersected(grown), scene.photo_rect):
        painter.fillRect(strip, board)
        painter.fillRect(strip, tint)
    painter.setPen(QPen(QColor(scene.tokens.accent), 1, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(grown.adjusted(0, 0, -1, -1))


def margin_handles(painter: QPainter, scene: Scene, _exposed: QRect) -> None:
    """What can be dragged outwards, and how far it was, in photo pixels."""
    if scene.extending is None or scene.size is None or scene.crop is not None or scene.before is not None:
        return
    grown, photo = scene.grown_rect, scene.photo_rect
    handles(painter, grown, scene.dpr, QColor(255, 255, 255, 235))
    font = chip_font(scene)
    metrics = QFontMetrics(font)
    room = round(_ROOM * scene.dpr)
    for pixels, at in (
        (scene.margins.left, QPoint((grown.left() + photo.left()) // 2, photo.center().y())),
        (scene.margins.right, QPoint((grown.right() + photo.right()) // 2, photo.center().y())),
        (scene.margins.top, QPoint(photo.center().x(), (grown.top() + photo.top()) // 2)),
        (scene.margins.bottom, QPoint(photo.center().x(), (grown.bottom() + photo.bottom()) // 2)),
    ):
        if pixels:
            text = f"+{pixels}"
            where = QRect(0, 0, metrics.horizontalAdvance(text) + 2 * room, metrics.height() + room)
            where.moveCenter(at)
            draw_chip(painter, where, text, font)
    if not scene.margins.is_empty:
        size = scene.margins.around(scene.size)
        chip(painter, scene, grown, f"{size.width} × {size.height}")


def checkerboard_tile(scene: Scene, one: QColor, other: QColor) -> QImage:
    """Two squares by two, to be repeated: what stands for nothing."""
    side = max(1, round(_CHECK * scene.dpr))
    tile = QImage(2 * side, 2 * side, QImage.Format.Format_RGB32)
    tile.fill(one)
    with QPainter(tile) as squares:
        squares.fillRect(0, 0, side, side, other)
        squares.fillRect(side, side, side, side, other)
    return tile
