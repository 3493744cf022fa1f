"""Mirror, turn, straighten and crop pixels. Pure, for a pixel lane.

Mirroring and quarter turns move pixels and change none. A rotation by an angle samples once, with Lanczos, whatever
else is done in the same step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias, cast

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels, Picture, Pixels
from dalle_studio.core.reshape import Reshape
from dalle_studio.imaging.registration import Matrix
from dalle_studio.imaging.stopping import ShouldStop, check, never

Plane: TypeAlias = Pixels | MaskPixels
"""(h, w) or (h, w, c), of 8 or 16 bits."""

Tell: TypeAlias = Callable[[float], None]
"""Gets how much of it is done, 0 to 1."""

_TURNS: Final = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}
_STRIP: Final = 1024
"""Side of what is rotated at a time; OpenCV's warp takes no source over 32,767 pixels a side."""

_KERNEL: Final = 8
"""Pixels that a Lanczos kernel, and a little rounding, reach beyond."""


def reshape_picture(
    picture: Picture, reshape: Reshape, tell: Tell = lambda _: None, should_stop: ShouldStop = never
) -> Picture:
    """A new picture in another frame, with the metadata of the old one. ValueError for a crop outside it; Cancelled."""
    pixels = _reshaped(picture.pixels, reshape, cv2.INTER_LANCZOS4, tell, should_stop)
    return Picture(pixels, picture.metadata, picture.source)


def reshape_mask(mask: FrozenMask, reshape: Reshape, should_stop: ShouldStop = never) -> FrozenMask:
    """What was painted, in the new frame; soft where a rotation cuts through pixels. Cancelled."""
    if mask.is_empty:
        size = reshape.size_of(mask.size)
        return FrozenMask(size, Rect(0, 0, 0, 0), np.zeros((0, 0), np.uint8))
    moved = _reshaped(mask.full(), reshape, cv2.INTER_LINEAR, lambda _: None, should_stop)
    return FrozenMask.of(cast("MaskPixels", moved))


def _reshaped(pixels: Plane, reshape: Reshape, sampling: int, tell: Tell, should_stop: ShouldStop) -> Plane:
    check(should_stop)
    reshape.size_of(Size(pixels.shape[1], pixels.shape[0]))  # checks the crop
    moved = pixels
    if reshape.mirrored:
        moved = cast("Plane", cv2.flip(np.ascontiguousarray(moved), 1))
    if reshape.turns:
        moved = cast("Plane", cv2.rotate(np.ascontiguousarray(moved), _TURNS[reshape.turns]))
    crop = reshape.crop or Rect(0, 0, moved.shape[1], moved.shape[0])
    if reshape.angle:
        return _rotated(cast("Plane", np.ascontiguousarray(moved)), reshape.angle, crop, sampling, tell, should_stop)
    cut = moved[crop.slices]
    # Never a view of the old picture's memory, all of which would stay.
    return cast("Plane", cut.copy() if np.may_share_memory(cut, pixels) else np.ascontiguousarray(cut))


def _rotated(pixels: Plane, angle: float, crop: Rect, sampling: int, tell: Tell, should_stop: ShouldStop) -> Plane:
    """The crop of the rotated frame; where it shows what lies outside the photo there is nothing (0)."""
    height, width = pixels.shape[:2]
    centre = ((width - 1) / 2, (height - 1) / 2)
    turn = cast("Matrix", cv2.getRotationMatrix2D(centre, angle, 1.0))  # from the result to the source
    out = np.zeros((crop.height, crop.width, *pixels.shape[2:]), pixels.dtype)
    for top in range(0, crop.height, _STRIP):
        tell(top / crop.height)
        for left in range(0, crop.width, _STRIP):
            check(should_stop)
            part = Rect.of_edges(left, top, min(left + _STRIP, crop.width), min(top + _STRIP, crop.height))
            drawn = _rotated_part(pixels, turn, part.moved(crop.x, crop.y), sampling)
            if drawn is not None:
                out[part.slices] = drawn
    return out


def _rotated_part(pixels: Plane, turn: Matrix, part: Rect, sampling: int) -> Plane | None:
    """A part of the rotated frame, sampled from as much of the photo as it shows; None where it shows nothing."""
    frame = Rect(0, 0, pixels.shape[1], pixels.shape[0])
    corners = np.array([(x, y, 1) for x in (part.left, part.right) for y in (part.top, part.bottom)])
    low, high = (corners @ turn.T).min(axis=0).tolist(), (corners @ turn.T).max(axis=0).tolist()
    reached = Rect.around(low[0], low[1], high[0], high[1], margin=_KERNEL)
    seen = reached.intersected(frame)
    if seen.is_empty:
        return None
    back = turn.copy()
    back[:, 2] = turn[:, 2] + turn[:, :2] @ (part.x, part.y) - (seen.x, seen.y)
    source, size = np.ascontiguousarray(pixels[seen.slices]), (part.width, part.height)
    flags, mirror = sampling | cv2.WARP_INVERSE_MAP, cv2.BORDER_REFLECT_101
    drawn = cast("Pixels", cv2.warpAffine(cast("Pixels", source), back, size, flags=flags, borderMode=mirror))
    if seen != reached:  # at the photo's own border the kernel sees its mirror image, and nothing lies beyond
        photo = np.full(source.shape[:2], 255, np.uint8)
        drawn[cv2.warpAffine(photo, back, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP) == 0] = 0
    return drawn
