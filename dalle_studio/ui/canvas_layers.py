"""What the canvas paints, bottom up: `LAYERS` is the z-order.

A layer is a function that paints its part of one exposed rectangle, in device pixels. It must paint the same pixels
whether the rectangle comes alone or with the whole canvas, and cost no more than the rectangle asks for.
GUI thread. numpy is behind `session` and `imaging`; nothing here is imported before a photo is open.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QImage, QPainter, QPen

from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.ui.canvas_view import View

if TYPE_CHECKING:
    from dalle_studio.core.plan import Plan
    from dalle_studio.core.words import Words
    from dalle_studio.session.document_view import MaskLevels, PictureLevels
    from dalle_studio.ui.theme import Tokens

HAIR: Final = QColor(255, 255, 255, 215)
HAIR_SHADOW: Final = QColor(0, 0, 0, 90)
VEIL: Final = QColor(0, 0, 0, 46)
"""Over what is not sent: the crop stands out, the colours stay readable."""

_DASH_COLOURS: Final = [0x00000000, 0x66000000, 0xF2FFFFFF]  # none, gap, dash (imaging.outline)
_CHECK: Final = 8  # side of a checkerboard square, logical pixels
_GRID_FROM: Final = 8.0  # the pixel grid shows above 800 %


@dataclass(slots=True)
class Scene:
    """Everything that one paint reads. The canvas keeps it current."""

    tokens: Tokens
    words: Words
    view: View
    width: int = 0
    height: int = 0
    """Of the canvas, device pixels."""
    dpr: float = 1.0
    size: Size | None = None
    """Of the photo."""
    picture: PictureLevels | None = None
    stretched: PictureLevels | None = None
    """A quick preview, shown at the photo's size until the photo is there."""
    mask: MaskLevels | None = None
    overlay: bool = True
    partial: PictureLevels | None = None
    partial_rect: Rect | None = None
    before: PictureLevels | None = None
    before_rect: Rect | None = None
    """Set while before/after is held; hides everything that lies on the photo."""
    margins: Margins = field(default_factory=Margins)
    plan: Plan | None = None
    cursor: tuple[QPointF, float] | None = None
    """Centre and radius of the brush outline, device pixels."""
    font: QFont | None = None

    @property
    def photo_rect(self) -> QRect:
        """Where the photo is shown."""
        if self.size is None:
            return QRect()
        return self.place(Rect.of_size(self.size))

    def place(self, rect: Rect) -> QRect:
        """A rectangle of photo pixels in device pixels, on whole ones."""
        view = self.view
        left, top = view.left + round(rect.left * view.scale), view.top + round(rect.top * view.scale)
        right, bottom = view.left + round(rect.right * view.scale), view.top + round(rect.bottom * view.scale)
        return QRect(left, top, right - left, bottom - top)

    @property
    def grown_rect(self) -> QRect:
        """Where the canvas as it will be sent is shown: the photo and its margins."""
        if self.size is None:
            return QRect()
        grown = self.margins.around(self.size)
        return self.place(Rect(-self.margins.left, -self.margins.top, grown.width, grown.height))

    @property
    def crop_rect(self) -> QRect | None:
        if self.plan is None or self.before is not None:
            return None
        return self.place(self.plan.crop.moved(-self.margins.left, -self.margins.top))


Layer: TypeAlias = Callable[[QPainter, Scene, QRect], None]


def ground(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """The neutral grey around the photo, only where it can be seen."""
    colour = QColor(scene.tokens.canvas)
    covered = scene.photo_rect
    if covered.isEmpty():
        painter.fillRect(exposed, colour)
        return
    for strip in _around(exposed, covered):
        painter.fillRect(strip, colour)


def margins(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """Where the canvas will grow: a lighter ground with a hairline."""
    if scene.margins.is_empty or scene.size is None:
        return
    grown = scene.grown_rect
    for strip in _around(exposed.intersected(grown), scene.photo_rect):
        painter.fillRect(strip, QColor(scene.tokens.raised))
    painter.setPen(QPen(QColor(scene.tokens.accent), 1, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(grown.adjusted(0, 0, -1, -1))


def checkerboard(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """Behind transparent photos, fixed to the photo's corner."""
    shown = scene.picture or scene.stretched
    target = exposed.intersected(scene.photo_rect)
    if shown is None or not shown.has_alpha or target.isEmpty():
        return
    side = round(_CHECK * scene.dpr)
    tile = QImage(2 * side, 2 * side, QImage.Format.Format_RGB32)
    tile.fill(QColor(255, 255, 255))
    with QPainter(tile) as squares:
        squares.fillRect(0, 0, side, side, QColor(204, 204, 204))
        squares.fillRect(side, side, side, side, QColor(204, 204, 204))
    painter.setBrushOrigin(scene.photo_rect.topLeft())
    painter.fillRect(target, QBrush(tile))


def picture(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """The photo, from the level nearest to the screen's resolution."""
    if scene.picture is not None and scene.size is not None:
        _draw_levels(painter, scene, exposed, scene.picture, Rect.of_size(scene.size))
    elif scene.stretched is not None and scene.size is not None:
        _draw_levels(painter, scene, exposed, scene.stretched, Rect.of_size(scene.size))


def before(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """What was there before the last edit, while the key is held."""
    if scene.before is not None and scene.before_rect is not None:
        _draw_levels(painter, scene, exposed, scene.before, scene.before_rect)


def partial(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """The partial picture of a streaming engine, where it will be put."""
    if scene.partial is not None and scene.partial_rect is not None and scene.before is None:
        _draw_levels(painter, scene, exposed, scene.partial, scene.partial_rect)


def overlay(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """The mask, tinted: what will change."""
    if scene.mask is None or not _shows_mask(scene):
        return
    target = exposed.intersected(scene.photo_rect)
    if target.isEmpty():
        return
    level = scene.mask.level_for(scene.view.scale)
    _draw_image(painter, scene, target, scene.mask.image(level), QPointF(0, 0), scene.view.scale * 2**level)


def outline(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """The dashed edge of the mask, from the pixels that the overlay shows."""
    if scene.mask is None or not _shows_mask(scene):
        return
    target = exposed.intersected(scene.photo_rect)
    if target.isEmpty():
        return
    from dalle_studio.imaging.outline import dashes
    from dalle_studio.session.qimages import share_mask

    level = scene.mask.level_for(scene.view.scale)
    thick = max(1, round(scene.dpr))  # the outline is made at logical resolution where a device pixel is too fine
    left, top = (target.left() - scene.view.left) // thick, (target.top() - scene.view.top) // thick
    right = (target.right() - scene.view.left) // thick + 1
    bottom = (target.bottom() - scene.view.top) // thick + 1
    scale = scene.view.scale * 2**level / thick
    edge = dashes(scene.mask.pixels(level), Rect.of_edges(left, top, right, bottom), scale, smooth=scene.view.scale < 1)
    if edge is not None:
        shared = share_mask(edge, _DASH_COLOURS)
        where = QRect(
            scene.view.left + left * thick, scene.view.top + top * thick, (right - left) * thick, (bottom - top) * thick
        )
        painter.drawImage(where, shared.image)


def grid(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """Lines between the pixels, far zoomed in."""
    scale = scene.view.scale
    target = exposed.intersected(scene.photo_rect)
    if scale < _GRID_FROM or target.isEmpty() or scene.picture is None:
        return
    first_x, first_y = scene.view.to_photo(target.left(), target.top())
    last_x, last_y = scene.view.to_photo(target.right() + 1, target.bottom() + 1)
    colour = QColor(128, 128, 128, 70)
    for column in range(math.floor(first_x), math.ceil(last_x) + 1):
        painter.fillRect(scene.view.left + round(column * scale), target.top(), 1, target.height(), colour)
    for row in range(math.floor(first_y), math.ceil(last_y) + 1):
        painter.fillRect(target.left(), scene.view.top + round(row * scale), target.width(), 1, colour)


def crop(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """What will be sent: a hairline, the rest of the photo slightly veiled, and the size in words."""
    frame = scene.crop_rect
    if frame is None:
        return
    for strip in _around(exposed.intersected(scene.grown_rect), frame):
        painter.fillRect(strip, VEIL)
    width = max(1, round(scene.dpr))
    for edge in _edges(frame.adjusted(-width, -width, width, width), width):
        painter.fillRect(edge.intersected(exposed), HAIR_SHADOW)
    for edge in _edges(frame, width):
        painter.fillRect(edge.intersected(exposed), HAIR)
    label = crop_label(scene)
    if label is not None and label[0].intersects(exposed):
        where, text = label
        painter.setFont(_font(scene))
        painter.setPen(QColor(0, 0, 0, 170))
        painter.drawText(where.translated(0, width), Qt.AlignmentFlag.AlignCenter, text)
        painter.setPen(QColor(255, 255, 255, 240))
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, text)


def crop_label(scene: Scene) -> tuple[QRect, str] | None:
    """Where the words about the crop stand (above its right end, or inside where there is no room), and the words."""
    frame = scene.crop_rect
    if frame is None or scene.plan is None:
        return None
    sight = QRect(0, 0, scene.width, scene.height)
    if frame.contains(sight) or not frame.intersects(sight):
        return None  # no edge of it is in sight
    plan = scene.plan
    scale = "1:1" if plan.is_exact else f"{plan.scale * 100:.0f} %"
    text = scene.words("ui_canvas.crop", width=plan.sent.width, height=plan.sent.height, scale=scale)
    metrics = QFontMetrics(_font(scene))
    gap = round(6 * scene.dpr)
    width, height = metrics.horizontalAdvance(text) + 2 * gap, metrics.height() + gap
    right = min(frame.right() + gap, scene.width)
    top = frame.top() - height
    if top < 0:
        top = max(frame.top(), 0) + gap // 2
    return QRect(max(0, right - width), top, width, height), text


def cursor(painter: QPainter, scene: Scene, _exposed: QRect) -> None:
    """The brush at its true size: white inside, dark outside, visible on everything."""
    if scene.cursor is None or scene.before is not None:
        return
    centre, radius = scene.cursor
    width = max(1.0, scene.dpr)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 170), width))
    painter.drawEllipse(centre, radius + width * 0.9, radius + width * 0.9)
    painter.setPen(QPen(QColor(255, 255, 255, 240), width * 1.2))
    painter.drawEllipse(centre, radius, radius)
    if radius < 3 * width:  # too small to be found: a cross around it
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            start, end = 5 * width, 9 * width
            painter.drawLine(centre + QPointF(dx * start, dy * start), centre + QPointF(dx * end, dy * end))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def hint(painter: QPainter, scene: Scene, _exposed: QRect) -> None:
    """Without a document: one calm line."""
    if scene.size is not None:
        return
    painter.setFont(_font(scene, 15))
    painter.setPen(QColor(scene.tokens.on_canvas))
    room = QRect(0, 0, scene.width, scene.height)
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, scene.words("ui_canvas.empty"))


LAYERS: Final[tuple[Layer, ...]] = (
    ground,
    margins,
    checkerboard,
    picture,
    partial,
    before,
    overlay,
    grid,
    crop,
    outline,
    cursor,
    hint,
)
"""Bottom up."""


def _shows_mask(scene: Scene) -> bool:
    return scene.overlay and scene.before is None


def _draw_levels(painter: QPainter, scene: Scene, exposed: QRect, levels: PictureLevels, rect: Rect) -> None:
    """Paint levels stretched over `rect` of the photo."""
    target = exposed.intersected(scene.place(rect))
    if target.isEmpty():
        return
    scale = scene.view.scale * rect.width / levels.size.width
    level = levels.level_for(scale)
    corner = QPointF(rect.left * scene.view.scale, rect.top * scene.view.scale)
    _draw_image(painter, scene, target, levels.image(level), corner, scale * 2**level)


def _draw_image(painter: QPainter, scene: Scene, target: QRect, image: QImage, corner: QPointF, scale: float) -> None:
    """The part of `image` that shows inside `target`. `corner`: its place relative to the photo's, device pixels.

    Two source pixels more than needed are drawn on each side and clipped away: the interpolation at the rim of
    `target` then sees its true neighbours, and a part painted alone fits its surroundings without a seam.
    """
    x0, y0 = scene.view.left + corner.x(), scene.view.top + corner.y()
    left = max(0, int((target.left() - x0) / scale) - 2)
    top = max(0, int((target.top() - y0) / scale) - 2)
    right = min(image.width(), int((target.right() + 1 - x0) / scale) + 3)
    bottom = min(image.height(), int((target.bottom() + 1 - y0) / scale) + 3)
    if right <= left or bottom <= top:
        return
    painter.save()
    painter.setClipRect(target, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 1)
    source = QRectF(left, top, right - left, bottom - top)
    where = QRectF(x0 + left * scale, y0 + top * scale, source.width() * scale, source.height() * scale)
    painter.drawImage(where, image, source)
    painter.restore()


def _around(outer: QRect, hole: QRect) -> list[QRect]:
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


def _edges(frame: QRect, width: int) -> list[QRect]:
    """The four sides of a frame, none overlapping another."""
    return _around(frame, frame.adjusted(width, width, -width, -width))


def _font(scene: Scene, pixels: int = 12) -> QFont:
    font = QFont(scene.font) if scene.font is not None else QFont()
    font.setPixelSize(round(pixels * scene.dpr))
    return font
