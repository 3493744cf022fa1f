"""A small picture of exactly what will be sent: the crop with the mask tinted over it. GUI thread, under 2 ms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage, QPainter

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dalle_studio.core.geometry import Rect
    from dalle_studio.core.markup import Mark
    from dalle_studio.core.picture import MaskPixels, Pixels


def crop_preview(
    pixels: Pixels,
    mask: MaskPixels | None,
    crop: Rect,
    side: int,
    overlay: tuple[int, int, int, int],
    marks: tuple[Mark, ...] = (),
) -> QImage:
    """About `side` pixels long, taken by picking every n-th pixel: enough for a thumbnail, whatever the photo's size.

    `pixels` (h, w, 3|4) of 8 or 16 bit and `mask` (h, w) are the canvas, without a mask where none is used; `overlay`
    is red, green, blue, alpha; `marks` are drawn over it. A part of `crop` outside the canvas is left out.
    """
    from dalle_studio.core.geometry import Size
    from dalle_studio.session.markup_painting import draw
    from dalle_studio.session.qimages import share_mask, share_picture, tint

    crop = crop.clipped(Size(pixels.shape[1], pixels.shape[0]))
    if crop.is_empty:
        return QImage()
    step = max(1, crop.size.longest // side)
    rows, columns = crop.slices
    picked = (slice(rows.start, rows.stop, step), slice(columns.start, columns.stop, step))
    result = share_picture(_eight_bit(pixels[picked])).image.copy()
    if mask is not None and mask.shape == pixels.shape[:2]:
        red, green, blue, alpha = overlay
        tinted = share_mask(mask[picked], tint(red, green, blue, alpha / 255))
        result = result.convertToFormat(QImage.Format.Format_RGB32)
        painter = QPainter(result)
        painter.drawImage(0, 0, tinted.image)
        painter.end()
    if marks:
        result = result.convertToFormat(QImage.Format.Format_RGB32)
        painter = QPainter(result)
        painter.scale(1 / step, 1 / step)
        painter.translate(-crop.x, -crop.y)
        draw(painter, marks)
        painter.end()
    return result


def _eight_bit(pixels: Pixels) -> NDArray[np.uint8]:
    import numpy as np

    if pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    return pixels.astype(np.uint8, copy=False)


def sent_preview(pixels: Pixels | MaskPixels, side: int) -> QImage:
    """The sent picture, (h, w, 3), or the sent mask, (h, w), about `side` pixels long; what was reduced is averaged."""
    import cv2
    import numpy as np

    from dalle_studio.session.qimages import share_picture

    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    if small.ndim == 2:
        small = np.repeat(small[..., None], 3, axis=2)
    return share_picture(np.ascontiguousarray(small.astype(np.uint8))).image.copy()


def drawn_preview(picture: Pixels, drawing: Pixels, side: int) -> QImage:
    """The sent picture, (h, w, 3), with the drawing that goes along, (h, w, 4), laid over it."""
    below = sent_preview(picture, side).convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(below)
    painter.drawImage(0, 0, sent_preview(drawing, side))
    painter.end()
    return below
