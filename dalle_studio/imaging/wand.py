"""The magic wand: every pixel that is like the one clicked on, connected with it or anywhere in the photo.

Read-only pixels in, a mask out; any thread. A connected selection is looked for in a window that grows with it, so a
small one costs little in a large photo.
"""

from __future__ import annotations

from typing import Final, cast

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels, Pixels
from dalle_studio.imaging.morphology import soften
from dalle_studio.imaging.selection import within
from dalle_studio.imaging.stopping import ShouldStop, check, never

_ROWS: Final = 64
"""Rows that are compared at a time, so that what lies between stays in the processor's cache."""

_ROWS_BETWEEN_CHECKS: Final = 1024

_WINDOW: Final = 512
"""How far around the click the search goes at first."""

_FOUND: Final = 128


def wand(
    pixels: Pixels,
    x: int,
    y: int,
    tolerance: int = 32,
    *,
    contiguous: bool = True,
    all_channels: bool = True,
    antialias: bool = True,
    should_stop: ShouldStop = never,
) -> FrozenMask:
    """Pixels that differ from the one at (`x`, `y`) by at most `tolerance`, 0 to 255 whatever the depth.

    With `all_channels` no channel may differ by more, alpha included; without, only the luminance is compared. Where
    the clicked pixel is fully transparent its hidden colour means nothing, and alpha alone is compared. `contiguous`
    takes what is connected with the pixel along its sides. `antialias` softens the edge by about a pixel, within one
    pixel on each side. Raises IndexError for a point outside, Cancelled soon after `should_stop` says so.
    """
    height, width = pixels.shape[:2]
    if not (0 <= x < width and 0 <= y < height):
        raise IndexError(f"({x}, {y}) is not in a photo of {width}x{height}")
    size = Size(width, height)
    likeness = _Likeness(pixels, x, y, tolerance, all_channels=all_channels)
    if contiguous:
        rect, found = _connected(likeness, size, x, y, should_stop)
    else:
        rect = Rect.of_size(size)
        found = likeness.map(rect, should_stop)
    mask = within(size, rect, found)
    return soften(mask, should_stop) if antialias else mask


class _Likeness:
    """Which pixels are near enough to the one that was clicked on."""

    def __init__(self, pixels: Pixels, x: int, y: int, tolerance: int, *, all_channels: bool) -> None:
        self._pixels = pixels
        self._grey = not all_channels
        sample = pixels[y : y + 1, x : x + 1]
        self._alpha_only = pixels.shape[2] == 4 and int(sample[0, 0, 3]) == 0
        if self._grey and not self._alpha_only:
            sample = _luminance(sample)
        reach = tolerance * (257 if pixels.dtype == np.uint16 else 1)
        self._ranges = [(int(value) - reach, int(value) + reach) for value in sample.reshape(-1)]

    def map(self, rect: Rect, should_stop: ShouldStop) -> MaskPixels:
        """255 where alike, else 0; the shape of `rect`."""
        out = np.empty((rect.height, rect.width), np.uint8)
        part = self._pixels[rect.slices]
        for top in range(0, rect.height, _ROWS):
            if top % _ROWS_BETWEEN_CHECKS == 0:
                check(should_stop)
            self._compare(part[top : top + _ROWS], out[top : top + _ROWS])
        return out

    def _compare(self, rows: Pixels, out: MaskPixels) -> None:
        if self._alpha_only:
            cv2.inRange(cv2.extractChannel(rows, 3), *self._ranges[3], dst=out)
            return
        if self._grey:
            cv2.inRange(_luminance(rows), *self._ranges[0], dst=out)
            return
        # Channel by channel: four times as fast as all at once.
        planes = cv2.split(rows)
        cv2.inRange(planes[0], *self._ranges[0], dst=out)
        for plane, (low, high) in zip(planes[1:], self._ranges[1:], strict=True):
            cv2.bitwise_and(out, cv2.inRange(plane, low, high), dst=out)


def _luminance(pixels: Pixels) -> Pixels:
    code = cv2.COLOR_RGB2GRAY if pixels.shape[2] == 3 else cv2.COLOR_RGBA2GRAY
    return cast("Pixels", cv2.cvtColor(pixels, code))


def _connected(likeness: _Likeness, size: Size, x: int, y: int, should_stop: ShouldStop) -> tuple[Rect, MaskPixels]:
    """The part of the map that is connected with (x, y), and where it lies."""
    whole = Rect.of_size(size)
    reach = _WINDOW
    while True:
        window = Rect(x - reach, y - reach, 2 * reach + 1, 2 * reach + 1).intersected(whole)
        if 2 * window.area > whole.area:
            window = whole
        found = likeness.map(window, should_stop)
        check(should_stop)
        _, _, _, box = cv2.floodFill(found, None, (x - window.x, y - window.y), _FOUND, 0, 0, 4)
        rect = Rect(*box).moved(window.x, window.y)
        if not _leaves(rect, window, whole):
            part = found[rect.moved(-window.x, -window.y).slices]
            return rect, cast("MaskPixels", cv2.inRange(part, _FOUND, _FOUND))
        reach *= 3


def _leaves(rect: Rect, window: Rect, whole: Rect) -> bool:
    """Whether what was found touches a side of the window behind which the photo goes on."""
    return (
        (rect.left == window.left > whole.left)
        or (rect.top == window.top > whole.top)
        or (rect.right == window.right < whole.right)
        or (rect.bottom == window.bottom < whole.bottom)
    )
