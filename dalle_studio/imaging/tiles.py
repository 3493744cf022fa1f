"""Filters that look a few pixels around each pixel, run tile by tile over a mask.

Tiles whose neighbourhood is all one value are passed over: most masks are, but for their edges, so the cost is that
of the outline. Memory stays that of a tile, and the work can be cancelled between two of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from dalle_studio.core.geometry import Rect
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels
from dalle_studio.imaging.selection import pieces, within
from dalle_studio.imaging.stopping import ShouldStop, check

GRID: Final = 64
"""Tiles, their surroundings included, begin at multiples of this: a filter that works at a reduced size joins up."""

_SIDE: Final = 512


def filtered(
    mask: FrozenMask,
    rect: Rect,
    reach: int,
    work: Callable[[MaskPixels], MaskPixels],
    should_stop: ShouldStop,
) -> FrozenMask:
    """`work` on every part of `rect`, which lies inside the photo; 0 outside it.

    `work` gets an array, must leave it alone and give one of the same shape, in which a pixel depends on those at most
    `reach` away. Where all are equal it is not asked: they stay. Beyond the photo's edge there is nothing to see.
    """
    out = np.zeros((rect.height, rect.width), np.uint8)
    margin = -(-reach // GRID) * GRID
    for tile in pieces(rect, max(_SIDE, 4 * margin)):
        check(should_stop)
        around = _on_grid(tile, margin).clipped(mask.size)
        part = mask.cut(around)
        low = part.min()
        place = out[tile.moved(-rect.x, -rect.y).slices]
        if low == part.max():
            place[...] = low
        else:
            place[...] = work(part)[tile.moved(-around.x, -around.y).slices]
    return within(mask.size, rect, out)


def _on_grid(tile: Rect, margin: int) -> Rect:
    return Rect.of_edges(
        tile.left // GRID * GRID - margin,
        tile.top // GRID * GRID - margin,
        -(-tile.right // GRID) * GRID + margin,
        -(-tile.bottom // GRID) * GRID + margin,
    )
