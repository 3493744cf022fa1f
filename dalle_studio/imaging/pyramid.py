"""Reductions of the photo and of the mask for the canvas: level n is 1/2ⁿ of the full size.

Every level halves the one above by area averages, so that zooming out never aliases. After a change only the part of
each level that it touches is made again (4/3 of its area), with the very bytes a full rebuild would give. Level 0 is
the given array itself. Built on a worker, then owned by the GUI thread.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dalle_studio.core.picture import MaskPixels, Pixels

SMALLEST: Final = 1024
"""Levels are added until the longest side is no larger: a viewport, give or take."""

ROWS: Final = 64
"""Rows that are worked on at a time, so that what lies between stays in the processor's cache."""

Level: TypeAlias = "NDArray[np.uint8]"
"""(h, w) or (h, w, 3|4), contiguous."""


def level_for(zoom: float, depth: int) -> int:
    """The level to draw from at `zoom` screen pixels per photo pixel: the smallest that has still enough pixels."""
    level = 0
    while level + 1 < depth and zoom * (2 << level) <= 1.0 + 1e-6:
        level += 1
    return level


class PicturePyramid:
    """A photo and its reductions, 8 bits a channel: (h, w, 3), or (h, w, 4) with straight alpha."""

    def __init__(self, pixels: Pixels, *, smallest: int = SMALLEST) -> None:
        """`pixels` may have 16 bits a channel; only then level 0 is a copy (of the upper eight)."""
        self.levels: list[Level] = _chain(_shown(pixels), smallest)

    @property
    def depth(self) -> int:
        return len(self.levels)

    def level_for(self, zoom: float) -> int:
        """The level to draw from at `zoom` screen pixels per photo pixel."""
        return level_for(zoom, self.depth)

    def update(self, rect: Rect) -> None:
        """Level 0 changed inside `rect`: refresh that part of the others."""
        _refresh(self.levels, rect)

    def replace(self, pixels: Pixels, rect: Rect) -> None:
        """Show other pixels of the same size and channels that differ inside `rect` only."""
        if pixels.shape != self.levels[0].shape:
            raise ValueError(f"a pyramid of {self.levels[0].shape} can't show {pixels.shape}")
        self.levels[0] = _shown(pixels)
        self.update(rect)


class MaskPyramid:
    """A mask, (h, w), and its reductions."""

    def __init__(self, pixels: MaskPixels, *, smallest: int = SMALLEST) -> None:
        """`pixels` may be read-only; whoever changes them calls `update`."""
        self.levels: list[Level] = _chain(pixels, smallest)

    @property
    def depth(self) -> int:
        return len(self.levels)

    def level_for(self, zoom: float) -> int:
        """The level to draw from at `zoom` screen pixels per photo pixel."""
        return level_for(zoom, self.depth)

    def update(self, rect: Rect) -> None:
        """The mask changed inside `rect`: refresh that part of the other levels."""
        _refresh(self.levels, rect)


def _shown(pixels: Pixels) -> Level:
    if pixels.dtype == np.uint8:
        return cast("Level", pixels)
    return (pixels >> 8).astype(np.uint8)


def _chain(full: Level, smallest: int) -> list[Level]:
    levels = [full]
    while max(levels[-1].shape[:2]) > smallest:
        above = levels[-1]
        below = np.empty(((above.shape[0] + 1) // 2, (above.shape[1] + 1) // 2, *above.shape[2:]), np.uint8)
        _halve(above, below, Rect(0, 0, below.shape[1], below.shape[0]))
        levels.append(below)
    return levels


def _refresh(levels: list[Level], rect: Rect) -> None:
    rect = rect.intersected(Rect(0, 0, levels[0].shape[1], levels[0].shape[0]))
    if rect.is_empty:
        return
    for above, below in itertools.pairwise(levels):
        rect = Rect.of_edges(rect.left // 2, rect.top // 2, (rect.right + 1) // 2, (rect.bottom + 1) // 2)
        _halve(above, below, rect)


def _halve(above: Level, below: Level, rect: Rect) -> None:
    """Average each 2×2 block of `above` under `rect` of `below`; an odd last row or column stands for two."""
    height, width = above.shape[0], above.shape[1]
    even = Rect.of_edges(rect.left, rect.top, min(rect.right, width // 2), min(rect.bottom, height // 2))
    if not even.is_empty:
        _average(above, below, even)
    if rect.right > width // 2:
        _average_edge(above, below, Rect.of_edges(width // 2, rect.top, rect.right, rect.bottom))
    if rect.bottom > height // 2:
        _average_edge(above, below, Rect.of_edges(rect.left, height // 2, min(rect.right, width // 2), rect.bottom))


def _average(above: Level, below: Level, rect: Rect) -> None:
    source = above[rect.top * 2 : rect.bottom * 2, rect.left * 2 : rect.right * 2]
    target = below[rect.slices]
    if target.ndim == 3 and target.shape[2] == 4:
        target[...] = _averaged_with_alpha(source)
        return
    # Straight into the level's memory: no copy is made when the type and size fit.
    cv2.resize(source, (rect.width, rect.height), dst=target, interpolation=cv2.INTER_AREA)


def _average_edge(above: Level, below: Level, rect: Rect) -> None:
    """As `_average`, where the last row or column has no partner."""
    if rect.is_empty:
        return
    source = above[rect.top * 2 : rect.bottom * 2, rect.left * 2 : rect.right * 2]
    bottom, right = rect.height * 2 - source.shape[0], rect.width * 2 - source.shape[1]
    twice = cv2.copyMakeBorder(source, 0, bottom, 0, right, cv2.BORDER_REPLICATE)
    if twice.ndim == 3 and twice.shape[2] == 4:
        below[rect.slices] = _averaged_with_alpha(cast("Level", twice))
    else:
        below[rect.slices] = cv2.resize(twice, (rect.width, rect.height), interpolation=cv2.INTER_AREA)


def _averaged_with_alpha(source: Level) -> Level:
    """Halved straight-alpha pixels: colours weighted by their alpha, so that hidden ones do not bleed out."""
    height, width = source.shape[0] // 2, source.shape[1] // 2
    out = np.empty((height, width, 4), np.uint8)
    for top in range(0, height, ROWS):
        rows = source[top * 2 : (top + ROWS) * 2]
        part = out[top : top + ROWS]
        size = (width, part.shape[0])
        # Opaque rows take the short way. The long one gives the same bytes for them: its numbers are exact in float32.
        if (rows[..., 3] == 255).all():
            part[...] = cv2.resize(rows, size, interpolation=cv2.INTER_AREA)
            continue
        weighted = rows.astype(np.float32)
        weighted[..., :3] *= weighted[..., 3:]
        mean = cv2.resize(weighted, size, interpolation=cv2.INTER_AREA)
        part[..., 3] = mean[..., 3] + np.float32(0.5)
        part[..., :3] = mean[..., :3] / np.maximum(mean[..., 3:], np.float32(0.25)) + np.float32(0.5)
    return out
