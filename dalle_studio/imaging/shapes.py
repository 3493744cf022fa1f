"""Rectangles, ellipses and polygons as masks with exactly anti-aliased edges.

Coordinates are photo pixels; pixel i covers i to i + 1. A pixel on the edge gets the share of its area that lies
inside. Shapes may reach beyond the photo. The cost is that of the outline, plus a memory fill of its bounds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels
from dalle_studio.imaging.selection import nothing, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

Point: TypeAlias = tuple[float, float]

_Floats: TypeAlias = "NDArray[np.float64]"
_Whole: TypeAlias = "NDArray[np.int64]"

_FLATNESS = 0.01
"""How far, in pixels, the polygon that stands for an ellipse may lie inside it."""

_AT_ONCE = 1 << 20
"""Pixels: a millisecond or two."""

_GRID = 4096
"""Points are taken to this part of a pixel: no edge is then so short that its slope means nothing."""


def rectangle(size: Size, rect: Rect) -> FrozenMask:
    """Whole pixels, so its edges are hard."""
    rect = rect.clipped(size)
    if rect.is_empty:
        return nothing(size)
    return FrozenMask(size, rect, np.full((rect.height, rect.width), 255, np.uint8))


def ellipse(size: Size, rect: Rect, *, antialias: bool = True) -> FrozenMask:
    """The ellipse that touches the four sides of `rect`, which may reach beyond the photo."""
    if rect.is_empty:
        return nothing(size)
    a, b = rect.width / 2, rect.height / 2
    count = 4 * max(6, math.ceil(math.pi / 4 * math.sqrt(max(a, b) / (2 * _FLATNESS))))  # the same in each quarter
    angle = np.arange(count) * (2 * math.pi / count)
    points = np.stack((rect.x + a + a * np.cos(angle), rect.y + b + b * np.sin(angle)), axis=1)
    return _filled(size, points, antialias=antialias)


def polygon(size: Size, points: Sequence[Point], *, antialias: bool = True) -> FrozenMask:
    """The closed outline through `points`. Where it crosses itself, everything it runs around is inside.

    Without `antialias` a pixel is inside or not, by whether at least half of it is.
    """
    if len(points) < 3:
        return nothing(size)
    return _filled(size, np.asarray(points, np.float64), antialias=antialias)


def _filled(size: Size, points: _Floats, *, antialias: bool) -> FrozenMask:
    points = np.rint(points * _GRID) / _GRID
    low, high = points.min(axis=0), points.max(axis=0)
    rect = Rect.of_edges(math.floor(low[0]), math.floor(low[1]), math.ceil(high[0]), math.ceil(high[1])).clipped(size)
    if rect.is_empty:
        return nothing(size)
    return within(size, rect, _rastered(points - (rect.x, rect.y), rect.width, rect.height, antialias=antialias))


def _rastered(points: _Floats, width: int, height: int, *, antialias: bool) -> MaskPixels:
    """(height, width) bytes, by summing the signed areas beside the edges (as font rasterisers do).

    Each edge is cut at every pixel border. A piece adds to its own pixel the area to its right, and its height to all
    pixels further right; the running sum along a row is how often the outline runs around a pixel.
    """
    row, x0, x1, rise = _cut_at_rows(points, height)
    column, share, rise, row = _cut_at_columns(row, x0, x1, rise, width)
    key = row * (width + 1) + column
    cells, which = np.unique(key, return_inverse=True)
    if cells.size == 0:
        return np.zeros((height, width), np.uint8)
    cover = np.bincount(which, rise, cells.size)
    winding = np.cumsum(cover)  # to the right of each cell; 0 again at the end of every row
    inside = winding - cover + np.bincount(which, rise * share, cells.size)
    # One run for each cell on the outline, one for the equal pixels between it and the next.
    lengths = np.ones(2 * cells.size + 1, np.int64)
    lengths[0] = cells[0]
    lengths[2::2] = np.diff(np.append(cells, height * (width + 1))) - 1
    values = np.zeros(2 * cells.size + 1)
    values[1::2], values[2::2] = inside, winding
    values = np.minimum(np.abs(values), 1)
    grey = np.floor(values * 255 + 0.5) if antialias else np.where(values >= 0.5 - 1e-9, 255, 0)
    return _unrolled(grey.astype(np.uint8), lengths, width, height)


def _unrolled(values: MaskPixels, lengths: _Whole, width: int, height: int) -> MaskPixels:
    """(height, width) from runs along rows of `width` + 1. A few rows at a time: `repeat` lets no other thread run."""
    out = np.empty((height, width), np.uint8)
    ends = np.cumsum(lengths)
    rows = max(1, _AT_ONCE // (width + 1))
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        start, end = top * (width + 1), bottom * (width + 1)
        first, last = np.searchsorted(ends, start, "right"), np.searchsorted(ends, end, "left")
        run = lengths[first : last + 1].copy()
        run[0] = ends[first] - start
        run[-1] -= ends[last] - end
        out[top:bottom] = np.repeat(values[first : last + 1], run).reshape(bottom - top, width + 1)[:, :width]
    return out


def _cut_at_rows(points: _Floats, height: int) -> tuple[_Whole, _Floats, _Floats, _Floats]:
    """Pieces of edges that lie in one row each: the row, x at both ends, and the height, negative when it runs up."""
    x0, y0 = points[:, 0], points[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    up = y1 < y0
    x0, x1 = np.where(up, x1, x0), np.where(up, x0, x1)
    y0, y1 = np.where(up, y1, y0), np.where(up, y0, y1)
    keep = (y1 > y0) & (y1 > 0) & (y0 < height)
    x0, x1, y0, y1, up = x0[keep], x1[keep], y0[keep], y1[keep], up[keep]
    slope = (x1 - x0) / (y1 - y0)
    first, last = np.clip(y0, 0, height), np.clip(y1, 0, height)
    edge, nth = _repeated(np.ceil(last) - np.floor(first))
    row = np.floor(first).astype(np.int64)[edge] + nth
    start, end = np.maximum(row, first[edge]), np.minimum(row + 1, last[edge])
    slope, x, y = slope[edge], x0[edge], y0[edge]
    rise = np.where(up[edge], start - end, end - start)
    return row, x + slope * (start - y), x + slope * (end - y), rise


def _cut_at_columns(
    row: _Whole, x0: _Floats, x1: _Floats, rise: _Floats, width: int
) -> tuple[_Whole, _Floats, _Floats, _Whole]:
    """Pieces in one pixel each: column (`width` = beyond), share of the pixel to the right of it, height, row."""
    low, high = np.minimum(x0, x1), np.maximum(x0, x1)
    # What lies beside the photo is one piece, however long.
    left, right = np.clip(low, -1, width + 1), np.clip(high, -1, width + 1)
    piece, nth = _repeated(np.maximum(np.ceil(right) - np.floor(left), 1))
    column = np.floor(left).astype(np.int64)[piece] + nth
    long = high > low
    length = np.where(long, high - low, 1.0)[piece]
    # The outermost pieces take what was clipped off with them.
    start = np.where(column <= -1, low[piece], np.maximum(column, low[piece]))
    end = np.where(column >= width, high[piece], np.minimum(column + 1, high[piece]))
    part = np.where(long[piece], np.maximum(end - start, 0) / length, 1.0)
    share = np.clip(1 - ((start + end) / 2 - column), 0, 1)
    share = np.where(column < 0, 1.0, share)
    return cast("_Whole", np.clip(column, 0, width)), share, rise[piece] * part, row[piece]


def _repeated(counts: _Floats) -> tuple[_Whole, _Whole]:
    """For counts 2, 1: which 0 0 1, and how many-th 0 1 0."""
    whole = counts.astype(np.int64)
    which = np.repeat(np.arange(whole.size), whole)
    return which, np.arange(which.size) - np.repeat(np.cumsum(whole) - whole, whole)
