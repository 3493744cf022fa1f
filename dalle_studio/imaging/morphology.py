"""Growing, shrinking, inverting and feathering masks. Whole arrays in, new arrays out; safe on any thread.

Masks are (h, w), 255 = edit, soft values allowed. A `FrozenMask` is worked on inside its bounds only, so that the cost
is that of the mask and not of the photo.
"""

from __future__ import annotations

import math
from typing import cast

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels


def disc(radius: int) -> MaskPixels:
    """A filled disc, (2 radius + 1) square, of 0 and 1: the structuring element of a round brush."""
    offset = np.arange(-radius, radius + 1)
    # Half a pixel more than the radius makes the small discs round.
    return cast("MaskPixels", (offset[:, None] ** 2 + offset**2 <= (radius + 0.5) ** 2).astype(np.uint8))


def grow(mask: FrozenMask, pixels: int) -> FrozenMask:
    """Wider by `pixels` all round (soft values travel with it); narrower when negative.

    Beyond the photo's edge nothing is masked when growing, and everything when shrinking: an edge is no reason to
    shrink.
    """
    if mask.is_empty or pixels == 0:
        return mask
    if pixels > 0:
        rect = mask.bounds.grown(pixels).clipped(mask.size)
        return _within(mask.size, rect, _moved(mask.cut(rect), pixels, cv2.MORPH_DILATE, 0))
    # A ring of real pixels around the bounds, as far as the photo goes; OpenCV fills the rest with 255.
    rect = mask.bounds.grown(1).clipped(mask.size)
    return _within(mask.size, rect, _moved(mask.cut(rect), -pixels, cv2.MORPH_ERODE, 255))


def _moved(part: MaskPixels, pixels: int, operation: int, border: int) -> MaskPixels:
    """Dilated or eroded by a disc. Large discs go in steps, where an octagon is as good as a disc and much cheaper."""
    step = 12
    while pixels > 0:
        now = min(step, pixels)
        part = cast(
            "MaskPixels",
            cv2.morphologyEx(part, operation, disc(now), borderType=cv2.BORDER_CONSTANT, borderValue=border),
        )
        pixels -= now
    return part


def invert(mask: FrozenMask) -> FrozenMask:
    """Edit becomes keep and the other way round, over the whole photo."""
    return FrozenMask.of(255 - mask.full())


def feather(mask: FrozenMask, pixels: int) -> FrozenMask:
    """Softened over about `pixels` to each side of every edge (Gaussian); the photo's own edge stays as it is."""
    if mask.is_empty or pixels <= 0:
        return mask
    sigma = pixels / 2
    rect = mask.bounds.grown(math.ceil(3 * sigma)).clipped(mask.size)
    blurred = cv2.GaussianBlur(mask.cut(rect), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return _within(mask.size, rect, cast("MaskPixels", blurred))


def _within(size: Size, rect: Rect, pixels: MaskPixels) -> FrozenMask:
    """A mask that is `pixels` on `rect` and 0 elsewhere."""
    tight = FrozenMask.of(pixels)
    return FrozenMask(size, tight.bounds.moved(rect.x, rect.y), tight.pixels)
