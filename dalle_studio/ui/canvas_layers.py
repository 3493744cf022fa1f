"""What the canvas paints, bottom up: `LAYERS` is the z-order.

A layer is a function that paints its part of one exposed rectangle, in device pixels. It must paint the same pixels
whether the rectangle comes alone or with the whole canvas, and cost no more than the rectangle asks for.
GUI thread. numpy is behind `session` and `imaging`; nothing here is imported before a photo is open.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QImage, QPainter, QPainterPath, QPen

from dalle_studio.core.geometry import Rect
from dalle_studio.ui.canvas_crop import around, crop_frame, rotated_picture
from dalle_studio.ui.canvas_margins import checkerboard_tile, margin_handles, margins
from dalle_studio.ui.canvas_scene import Scene

if TYPE_CHECKING:
    from dalle_studio.core.plan import Plan
    from dalle_studio.session.document_view import PictureLevels
    from dalle_studio.tools.selecting import Outline

HAIR: Final = QColor(255, 255, 255, 215)
HAIR_SHADOW: Final = QColor(0, 0, 0, 90)
VEIL: Final = QColor(0, 0, 0, 46)
"""Over what is not sent: the crop stands out, the colours stay readable."""

BACKING: Final = QColor(0, 0, 0, 170)
"""Behind words that lie on a photo: they are read on white as on black."""

_HEAD: Final = 36  # at the top of the canvas, where the window puts the file's name; logical pixels
_DASH: Final = 4  # of an outline, in its width
_GRID_FROM: Final = 8.0  # the pixel grid shows above 800 %


Layer: TypeAlias = Callable[[QPainter, Scene, QRect], None]


def ground(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """The neutral grey around the photo, only where it can be seen."""
    if scene.photo_rect.contains(exposed):
        return
    for strip in around(exposed, scene.photo_rect):
        painter.fillRect(strip, QColor(scene.tokens.canvas))


def checkerboard(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """Behind transparent photos, fixed to the photo's corner."""
    if scene.picture is None or not scene.picture.has_alpha:
        return
    target = exposed.intersected(scene.photo_rect)
    painter.setBrushOrigin(scene.photo_rect.topLeft())
    painter.fillRect(target, QBrush(checkerboard_tile(scene, QColor(255, 255, 255), QColor(204, 204, 204))))


def picture(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """The photo, from the level nearest to the screen's resolution."""
    if scene.crop is not None and scene.crop.angle:
        rotated_picture(painter, scene, exposed)
    elif scene.picture is not None and scene.size is not None:
        _draw_levels(painter, scene, exposed, scene.picture, Rect.of_size(scene.size))


def before(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """What was there before the last edit, while the key is held."""
    if scene.before is not None and scene.before_rect is not None:
        _draw_levels(painter, scene, exposed, scene.before, scene.before_rect)


def partial(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """The partial picture of a streaming engine, where it will be put."""
    if scene.partial is not None and scene.partial_rect is not None and scene.before is None:
        _draw_levels(painter, scene, exposed, scene.partial, scene.partial_rect)


def heat(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """What changed since the photo was opened, in colours; the rest in the dark."""
    tuned = scene.tuned_heat
    if scene.heat is None or scene.before is not None or (scene.partial is not None and tuned is None):
        return
    target = exposed.intersected(scene.photo_rect)
    if target.isEmpty():
        return
    x, y = scene.view.left, scene.view.top
    place = QRect() if tuned is None else scene.place(tuned[1])
    for part in around(target, place):
        rect = Rect(part.x() - x, part.y() - y, part.width(), part.height())
        painter.drawImage(part.topLeft(), scene.heat.image(rect, scene.view.scale).image)
    if tuned is not None and place.intersects(target):
        painter.save()
        painter.setClipRect(target, Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(QRectF(place), tuned[0].image)
        painter.restore()


def mask(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """What will change: tinted, with a thin dashed edge."""
    if scene.mask is None or not scene.shows_mask:
        return
    target = exposed.intersected(scene.photo_rect)
    x, y = scene.view.left, scene.view.top
    rect = Rect(target.x() - x, target.y() - y, target.width(), target.height())
    found = scene.mask.overlay(rect, scene.view.scale, line=max(1, round(scene.dpr)), phase=scene.phase)
    if found is not None:
        where, shared = found
        painter.drawImage(x + where.x, y + where.y, shared.image)


def grid(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """Lines between the pixels, far zoomed in."""
    scale = scene.view.scale
    if scale < _GRID_FROM or scene.smooth:
        return
    target = exposed.intersected(scene.photo_rect)
    if target.isEmpty():
        return
    first_x, first_y = scene.view.to_photo(target.left(), target.top())
    last_x, last_y = scene.view.to_photo(target.right() + 1, target.bottom() + 1)
    colour = QColor(128, 128, 128, 70)
    for column in range(math.floor(first_x), math.ceil(last_x) + 1):
        painter.fillRect(scene.view.left + round(column * scale), target.top(), 1, target.height(), colour)
    for row in range(math.floor(first_y), math.ceil(last_y) + 1):
        painter.fillRect(target.left(), scene.view.top + round(row * scale), target.width(), 1, colour)


def crop(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """What will be sent: a hairline, and the rest of the photo slightly veiled."""
    crops = scene.crops
    for _, frame in crops if len(crops) == 1 else ():  # several frames say enough
        for strip in around(exposed.intersected(scene.grown_rect), frame):
            painter.fillRect(strip, VEIL)
    width = max(1, round(scene.dpr))
    for _, frame in crops:
        for edge in _edges(frame.adjusted(-width, -width, width, width), width):
            painter.fillRect(edge.intersected(exposed), HAIR_SHADOW)
        for edge in _edges(frame, width):
            painter.fillRect(edge.intersected(exposed), HAIR)


def crop_words(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """The size of what will be sent, legible on the photo and on the mask."""
    for plan, frame in scene.crops:
        label = crop_label(scene, plan, frame)
        if label is None or not label[0].intersects(exposed):
            continue
        where, text = label
        painter.fillRect(where.intersected(exposed), BACKING)
        painter.setFont(_font(scene))
        painter.setPen(QColor(255, 255, 255, 240))
        painter.drawText(where, Qt.AlignmentFlag.AlignCenter, text)


def crop_label(scene: Scene, plan: Plan, frame: QRect) -> tuple[QRect, str] | None:
    """Where the words about a crop stand (above its right end, or inside where there is no room), and the words."""
    sight = QRect(0, 0, scene.width, scene.height)
    if frame.contains(sight) or not frame.intersects(sight):
        return None  # no edge of it is in sight
    scale = "1:1" if plan.is_exact else f"{plan.scale * 100:.0f} %"
    message = "ui_canvas.crop" if scene.leaves else "ui_canvas.crop_here"
    text = scene.words(message, width=plan.sent.width, height=plan.sent.height, scale=scale)
    metrics = QFontMetrics(_font(scene))
    gap = round(6 * scene.dpr)
    width, height = metrics.horizontalAdvance(text) + 2 * gap, metrics.height() + gap
    right = min(frame.right() + 1, scene.width)
    top = frame.top() - height
    head = round(_HEAD * scene.dpr)
    if top < head:  # inside, and clear of the file's name
        top = max(frame.top(), head) + gap // 2
    return QRect(max(0, right - width), top, width, height), text


def selection(painter: QPainter, scene: Scene, _exposed: QRect) -> None:
    """The open gesture of a selection tool: white dashes that march over black."""
    outline = scene.selection
    if outline is None or scene.before is not None or len(outline.points) == 0:
        return
    from dalle_studio.tools.selecting import Shape

    width = max(1.0, scene.dpr)
    path = _outline_path(scene, outline)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if outline.shape is Shape.STROKE:
        wide = QColor(scene.tokens.accent)
        wide.setAlpha(110)
        pen = QPen(wide, max(width, 2 * outline.radius * scene.view.scale))
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawPath(path)
    else:
        painter.setPen(QPen(QColor(0, 0, 0, 200), width))
        painter.drawPath(path)
        pen = QPen(QColor(255, 255, 255, 245), width, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([_DASH, _DASH])
        pen.setDashOffset(-scene.phase)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawPath(path)
        if outline.closes:  # a click here closes it
            painter.setPen(QPen(QColor(scene.tokens.accent), 2 * width))
            painter.setBrush(QColor(255, 255, 255))
            painter.drawEllipse(QPointF(*scene.view.to_device(*outline.points[0])), 4 * width, 4 * width)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _outline_path(scene: Scene, outline: Outline) -> QPainterPath:
    from dalle_studio.tools.selecting import Shape

    points = [QPointF(*scene.view.to_device(*point)) for point in outline.points]
    path = QPainterPath(points[0])
    if outline.shape in (Shape.RECTANGLE, Shape.ELLIPSE):
        box = QRectF(points[0], points[1])
        path = QPainterPath()
        if outline.shape is Shape.ELLIPSE:
            path.addEllipse(box)
        else:
            path.addRect(box.translated(0.5, 0.5))
        return path
    for point in points[1:]:
        path.lineTo(point)
    if len(points) == 1:
        path.lineTo(points[0] + QPointF(0.01, 0))
    return path


def cursor(painter: QPainter, scene: Scene, exposed: QRect) -> None:
    """The brush at its true size."""
    if scene.before is None:
        scene.outline.paint(painter, exposed)


def markup(painter: QPainter, scene: Scene, _exposed: QRect) -> None:
    """Arrows and notes for the engine, in photo coordinates."""
    marks = scene.markup if scene.drawn is None else (*scene.markup, scene.drawn)
    if not marks or scene.is_covered or scene.partial is not None:
        return
    from dalle_studio.session.markup_painting import draw

    painter.save()
    painter.setClipRect(scene.photo_rect)
    painter.translate(scene.view.left, scene.view.top)
    painter.scale(scene.view.scale, scene.view.scale)
    draw(painter, marks)
    painter.restore()


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
    heat,
    grid,
    crop,
    mask,
    markup,
    crop_words,
    crop_frame,
    margin_handles,
    selection,
    cursor,
    hint,
)
"""Bottom up."""


def _draw_levels(painter: QPainter, scene: Scene, exposed: QRect, levels: PictureLevels, rect: Rect) -> None:
    """Paint levels stretched over `rect` of the photo."""
    target = exposed.intersected(scene.place(rect))
    if target.isEmpty():
        return
    scale = scene.view.scale * rect.width / levels.size.width
    level = levels.level_for(scale)
    corner = (scene.view.left + rect.x * scene.view.scale, scene.view.top + rect.y * scene.view.scale)
    smooth = scale < 1 or scene.smooth
    _draw_image(painter, levels.image(level), target, exposed, corner, scale * (1 << level), smooth=smooth)


def _draw_image(
    painter: QPainter,
    image: QImage,
    target: QRect,
    exposed: QRect,
    corner: tuple[float, float],
    scale: float,
    *,
    smooth: bool,
) -> None:
    """The part inside `target` of `image`, whose top-left pixel is at `corner` and which is `scale` times enlarged.

    Two source pixels more than needed are drawn on each side and clipped away: the interpolation at the rim of
    `target` then sees its true neighbours, and a part painted alone fits its surroundings without a seam.
    """
    x, y = corner
    left, top = max(0, int((target.left() - x) / scale) - 2), max(0, int((target.top() - y) / scale) - 2)
    width = min(image.width(), int((target.right() + 1 - x) / scale) + 3) - left
    height = min(image.height(), int((target.bottom() + 1 - y) / scale) + 3) - top
    if width <= 0 or height <= 0:
        return
    clips = target != exposed
    if clips:
        painter.save()
        painter.setClipRect(target, Qt.ClipOperation.IntersectClip)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    where = QRectF(x + left * scale, y + top * scale, width * scale, height * scale)
    painter.drawImage(where, image, QRectF(left, top, width, height))
    if clips:
        painter.restore()


def _edges(frame: QRect, width: int) -> list[QRect]:
    """The four sides of a frame, none overlapping another."""
    return around(frame, frame.adjusted(width, width, -width, -width))


def _font(scene: Scene, pixels: int = 12) -> QFont:
    font = QFont(scene.font) if scene.font is not None else QFont()
    font.setPixelSize(round(pixels * scene.dpr))
    return font
