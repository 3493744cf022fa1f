"""The open photo and its mask as the canvas shows them: pyramids over numpy memory.

Built on the worker (`DocumentView.build`), then owned by the GUI thread. Level n is 1/2ⁿ of the photo; the photo's
images read the memory of the arrays, so refreshing a rectangle costs 4/3 of its area and nothing is copied. The
mask is tinted for the exposed part of the screen only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.imaging.overlay import Tint, covered, overlay, sample
from dalle_studio.imaging.pyramid import MaskPyramid, PicturePyramid
from dalle_studio.session.mask_look import Look, MaskLook
from dalle_studio.session.qimages import SharedImage, share_overlay, share_picture

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from dalle_studio.core.mask import Mask
    from dalle_studio.core.picture import MaskPixels, Pixels

_BETWEEN_DASHES: Final = np.uint32(0xD0101010)
"""Near black, as premultiplied ARGB: white dashes and these are seen on any photo."""


class PictureLevels:
    """(h, w, 3|4) 8-bit pixels as they are shown, with their reductions."""

    def __init__(self, pixels: Pixels) -> None:
        """Of 16 bits a channel the upper eight are shown."""
        self.size = Size(pixels.shape[1], pixels.shape[0])
        self._pyramid = PicturePyramid(pixels)
        self._images = [share_picture(level) for level in self._pyramid.levels]

    @property
    def has_alpha(self) -> bool:
        return self._images[0].image.hasAlphaChannel()

    def level_for(self, zoom: float) -> int:
        """The level to draw from at `zoom` screen pixels per photo pixel."""
        return self._pyramid.level_for(zoom)

    def image(self, level: int) -> QImage:
        return self._images[level].image

    def colour(self, x: int, y: int) -> tuple[int, ...]:
        """Of one pixel of the photo, as it is shown: R, G, B and, where there is transparency, A."""
        return tuple(int(value) for value in self._pyramid.levels[0][y, x])

    def replace(self, pixels: Pixels, rect: Rect) -> None:
        """Show other pixels of the same size that differ inside `rect` only."""
        self._pyramid.replace(pixels, rect)
        self._images[0] = share_picture(self._pyramid.levels[0])


class MaskLevels:
    """A mask with its reductions, and how it is shown."""

    def __init__(self, pixels: MaskPixels) -> None:
        self._pyramid = MaskPyramid(pixels)
        self._look = Look()
        self._tint = _tint(self._look)

    def refresh(self, rect: Rect) -> None:
        """The mask changed inside `rect`."""
        self._pyramid.update(rect)

    def set_look(self, look: Look) -> None:
        if look != self._look:
            self._look = look
            self._tint = _tint(look)

    def overlay(self, rect: Rect, zoom: float, *, line: int, phase: int = 0) -> tuple[Rect, SharedImage] | None:
        """What is to be drawn over `rect` of the screen, counted from the photo's corner; None where nothing is.

        `zoom` is screen pixels per photo pixel, `line` the width of the edge in screen pixels; `phase` lets its dashes
        march. The picture covers only as much of `rect`, which lies inside the photo, as it must.
        """
        level = self._pyramid.level_for(zoom)
        pixels, scale = self._pyramid.levels[level], zoom * (1 << level)
        near = rect if self._look.is_everywhere else _near(pixels, rect, scale)
        if near.is_empty:
            return None
        if self._look.kind is MaskLook.ALONE:
            values = sample(pixels, near.x, near.y, near.width, near.height, scale, smooth=zoom < 1)
            return near, share_overlay(np.take(self._tint.table, values))
        shown = overlay(pixels, near, scale, self._tint, smooth=zoom < 1, line=line, phase=phase)
        return near, share_overlay(shown)


def _near(pixels: MaskPixels, rect: Rect, scale: float) -> Rect:
    """The part of `rect` around everything that is masked in it; `pixels` are shown `scale` times enlarged."""
    left, top = int(rect.x / scale) - 2, int(rect.y / scale) - 2
    right, bottom = int(rect.right / scale) + 3, int(rect.bottom / scale) + 3
    found = covered(pixels, Rect(left, top, right - left, bottom - top))
    if found.is_empty:
        return found
    return Rect.of_edges(
        math.floor((found.x - 1) * scale),
        math.floor((found.y - 1) * scale),
        math.ceil((found.right + 1) * scale),
        math.ceil((found.bottom + 1) * scale),
    ).intersected(rect)


def _tint(look: Look) -> Tint:
    tint = Tint.of(*look.colour, look.opacity)
    match look.kind:
        case MaskLook.OUTLINE:
            return Tint(np.zeros(256, np.uint32), _BETWEEN_DASHES)
        case MaskLook.ALONE:
            grey = np.arange(256, dtype=np.uint32)
            return Tint(np.uint32(0xFF000000) | grey << np.uint32(16) | grey << np.uint32(8) | grey, tint.gap)
        case MaskLook.OVERLAY:
            return Tint(tint.table[::-1].copy(), tint.gap) if look.inverted else tint


class DocumentView:
    """What the canvas shows of one document."""

    def __init__(self, picture: PictureLevels, mask: MaskLevels) -> None:
        self.picture = picture
        self.mask = mask

    @classmethod
    def build(cls, pixels: Pixels, mask: Mask) -> DocumentView:
        """For the worker: about 20 ms for 24 megapixels. Nobody may paint on `mask` meanwhile.

        `pixels` are (h, w, 3|4) 8-bit sRGB; for an 8-bit sRGB photo its own array, which is shared, not copied.
        """
        if mask.size.shape != pixels.shape[:2]:
            raise ValueError(f"a mask of {mask.size} over a picture of {pixels.shape[1]}x{pixels.shape[0]}")
        mask.touch_pages()
        return cls(PictureLevels(pixels), MaskLevels(mask.pixels))

    @property
    def size(self) -> Size:
        return self.picture.size

    def replace_pixels(self, pixels: Pixels, rect: Rect) -> None:
        """After an edit of equal size that changed only `rect`: GUI thread, before `pixels_changed`."""
        self.picture.replace(pixels, rect)
