"""What a mask covers: how many pixels are not 0, and where, at the cost of the cells that were touched since."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import Final

import numpy as np

from dalle_studio.core.geometry import Rect, Region, Size
from dalle_studio.core.mask_cells import CELL, Cell, cell_rect, region
from dalle_studio.core.picture import MaskPixels

_ON_THE_WAY: Final = 8
"""Cells that a sample of a stroke has time to count."""


class Cover:
    """Counts, cell by cell, of the pixels of one array that are not 0. Whoever writes there says so."""

    def __init__(self, pixels: MaskPixels) -> None:
        """All of `pixels`, (h, w), are 0 so far."""
        self._pixels = pixels
        self._size = Size(pixels.shape[1], pixels.shape[0])
        self._rows = -(-self._size.height // CELL)
        self._columns = -(-self._size.width // CELL)
        self._counts = np.zeros((self._rows, self._columns), np.int64)
        self._stale: set[Cell] = set()  # cells whose count must be taken again
        self._bounds: Rect | None = Rect(0, 0, 0, 0)  # None when they must be looked for again

    def touch(self, cells: Collection[Cell]) -> None:
        """These cells may be other ones now.

        A few of those that were left since are counted on the way, so that nothing is left to count after a stroke.
        """
        self._bounds = None
        if self._stale:
            for cell in list(islice(self._stale.difference(cells), _ON_THE_WAY)):
                self._recount(cell)
                self._stale.discard(cell)
        self._stale.update(cells)

    def take(self, counts: dict[Cell, int]) -> None:
        """These cells are other ones now, and that many of their pixels are not 0."""
        self._bounds = None
        for cell, count in counts.items():
            self._counts[cell] = count
        self._stale.difference_update(counts)

    def knows_empty(self, cell: Cell) -> bool:
        """All pixels of the cell are 0, which needs no look at them."""
        return cell not in self._stale and self._counts[cell] == 0

    @property
    def is_empty(self) -> bool:
        self._count()
        return not self._counts.any()

    @property
    def share(self) -> float:
        """Of the pixels that are not 0, from 0 to 1."""
        self._count()
        return int(self._counts.sum()) / self._size.area

    @property
    def filled(self) -> Region:
        """The cells in which something is not 0, as rectangles."""
        self._count()
        return region(zip(*map(np.ndarray.tolist, np.nonzero(self._counts)), strict=True), self._size)

    @property
    def bounds(self) -> Rect:
        """Smallest rectangle around everything that is not 0; empty when there is nothing."""
        if self._bounds is None:
            self._bounds = self._found_bounds()
        return self._bounds

    def count(self, rect: Rect) -> int:
        """How many pixels of `rect` are not 0; costs little more than its rim."""
        rect = rect.clipped(self._size)
        if rect.is_empty:
            return 0
        self._count()
        # Whole cells are known; the strips beside them are looked at.
        left, top = -(-rect.left // CELL), -(-rect.top // CELL)
        right = self._columns if rect.right == self._size.width else rect.right // CELL
        bottom = self._rows if rect.bottom == self._size.height else rect.bottom // CELL
        inner = Rect.of_edges(left * CELL, top * CELL, right * CELL, bottom * CELL).clipped(self._size)
        if inner.is_empty:
            return self._looked_at(rect)
        strips = (
            Rect.of_edges(rect.left, rect.top, rect.right, inner.top),
            Rect.of_edges(rect.left, inner.bottom, rect.right, rect.bottom),
            Rect.of_edges(rect.left, inner.top, inner.left, inner.bottom),
            Rect.of_edges(inner.right, inner.top, rect.right, inner.bottom),
        )
        return int(self._counts[top:bottom, left:right].sum()) + sum(map(self._looked_at, strips))

    def _count(self) -> None:
        for cell in self._stale:
            self._recount(cell)
        self._stale.clear()

    def _recount(self, cell: Cell) -> None:
        self._counts[cell] = self._looked_at(cell_rect(cell, self._size))

    def _looked_at(self, rect: Rect) -> int:
        return int(np.count_nonzero(self._pixels[rect.slices]))

    def _found_bounds(self) -> Rect:
        self._count()
        rows, columns = np.nonzero(self._counts)
        if rows.size == 0:
            return Rect(0, 0, 0, 0)
        rough = Rect.of_edges(
            int(columns.min()) * CELL,
            int(rows.min()) * CELL,
            (int(columns.max()) + 1) * CELL,
            (int(rows.max()) + 1) * CELL,
        ).clipped(self._size)
        return self._trimmed(rough)

    def _trimmed(self, rough: Rect) -> Rect:
        """`rough` without what is 0 at its edges. Its outermost cells hold something, so only they are looked at."""
        top = Rect(rough.x, rough.y, rough.width, min(CELL, rough.height))
        bottom_cell = (rough.bottom - 1) // CELL * CELL
        bottom = Rect.of_edges(rough.left, bottom_cell, rough.right, rough.bottom)
        left = Rect(rough.x, rough.y, min(CELL, rough.width), rough.height)
        right_cell = (rough.right - 1) // CELL * CELL
        right = Rect.of_edges(right_cell, rough.top, rough.right, rough.bottom)
        return Rect.of_edges(
            rough.left + int(self._pixels[left.slices].any(axis=0).argmax()),
            rough.top + int(self._pixels[top.slices].any(axis=1).argmax()),
            right_cell + int(np.flatnonzero(self._pixels[right.slices].any(axis=0))[-1]) + 1,
            bottom_cell + int(np.flatnonzero(self._pixels[bottom.slices].any(axis=1))[-1]) + 1,
        )
