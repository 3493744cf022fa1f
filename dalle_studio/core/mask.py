"""The mask: the only writable pixel buffer of the program. 255 = edit, 0 = keep, anything between is a soft edge.

Writers ask for a rectangle (`writable`); the mask saves each 256-pixel cell of it the first time a step touches
it, so the cost of a stroke does not depend on the size of the photo, and a step can be undone bit for bit.
Owned by the GUI thread (or by the command line); other threads get a `FrozenMask`. One exception: while a step is
open, its owner may lend the pixels to a worker for a change of many cells (`rewrite`, `MaskStep.prepare`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from dalle_studio.core.geometry import Rect, Region, Size
from dalle_studio.core.mask_cells import CELL, Cell, Kept, copied, differs, merged, packed, size_bytes, unpacked
from dalle_studio.core.picture import MaskPixels

_QUICK: Final = 64
_DEFLATED: Final = 4
"""A step takes too long to swap in the window's thread from so many cells on, a deflated one counted as four."""


@dataclass(frozen=True, slots=True, eq=False)
class FrozenMask:
    """A copy of a mask, holding only the pixels inside its bounds. Safe to hand to any thread."""

    size: Size
    bounds: Rect
    """Smallest rectangle around everything that is not 0; empty when the mask is."""
    pixels: MaskPixels
    """(bounds.height, bounds.width)."""

    @classmethod
    def of(cls, pixels: MaskPixels) -> FrozenMask:
        """From a whole (h, w) array, which is copied only inside its bounds."""
        size = Size(pixels.shape[1], pixels.shape[0])
        bounds = _tight(pixels, Rect.of_size(size))
        return cls(size, bounds, pixels[bounds.slices].copy())

    @property
    def is_empty(self) -> bool:
        return self.bounds.is_empty

    def cut(self, rect: Rect) -> MaskPixels:
        """A new (rect.height, rect.width) array; 0 outside the bounds. `rect` may reach beyond the photo."""
        out = np.zeros((rect.height, rect.width), np.uint8)
        common = rect.intersected(self.bounds)
        if not common.is_empty:
            out[common.moved(-rect.x, -rect.y).slices] = self.pixels[
                common.moved(-self.bounds.x, -self.bounds.y).slices
            ]
        return out

    def full(self) -> MaskPixels:
        return self.cut(Rect.of_size(self.size))

    @property
    def coverage(self) -> float:
        """Share of the photo's pixels that are not 0, from 0 to 1."""
        return int(np.count_nonzero(self.pixels)) / self.size.area


class Mask:
    """One byte a pixel, with undo cells, bounds and coverage that cost only what was touched."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._pixels: MaskPixels = np.zeros(size.shape, np.uint8)
        self._view = self._pixels.view()
        self._view.flags.writeable = False
        self._rows = -(-size.height // CELL)
        self._columns = -(-size.width // CELL)
        self._counts = np.zeros((self._rows, self._columns), np.int64)  # pixels that are not 0, a cell
        self._stale: set[Cell] = set()  # cells whose count must be taken again
        self._bounds: Rect | None = Rect(0, 0, 0, 0)  # None when they must be looked for again
        self._saved: dict[Cell, MaskPixels | int] | None = None

    @property
    def pixels(self) -> MaskPixels:
        """Read-only view of the whole mask, (h, w)."""
        return self._view

    def touch_pages(self) -> None:
        """Write every page once, values unchanged, on any thread but before the mask is shared.

        A fresh array has no memory behind it yet; its first touch inside a stroke would cost up to 5 ms.
        """
        np.bitwise_or(self._pixels, 0, out=self._pixels)

    # --- steps: begin, write, commit ---------------------------------------------------------------------------

    def begin(self) -> None:
        """Start a step: what `writable` touches from now on is saved until `commit` or `roll_back`."""
        if self._saved is not None:
            raise RuntimeError("a mask step is already open")
        self._saved = {}

    @property
    def is_open(self) -> bool:
        return self._saved is not None

    def writable(self, rect: Rect) -> MaskPixels:
        """A writable view of the part of `rect` inside the photo; a step must be open."""
        if self._saved is None:
            raise RuntimeError("no mask step is open")
        rect = rect.clipped(self.size)
        self._bounds = None
        for cell in self._cells(rect):
            if cell not in self._saved:
                empty = cell not in self._stale and self._counts[cell] == 0
                self._saved[cell] = 0 if empty else copied(self._cell(cell))
            self._stale.add(cell)
        return self._pixels[rect.slices]

    def commit(self, name: str) -> MaskStep | None:
        """End the step. None when it changed nothing. `name` is a message id shown in the undo list."""
        saved, self._saved, self._bounds = self._saved, None, None
        if saved is None:
            raise RuntimeError("no mask step is open")
        changed: dict[Cell, Kept] = {
            cell: old for cell, old in saved.items() if differs(old, self.pixels[self.cell_rect(cell).slices])
        }
        return MaskStep(name, self, changed) if changed else None

    def roll_back(self) -> Rect:
        """Undo the open step and end it. Returns what must be repainted."""
        saved, self._saved = self._saved, None
        if saved is None:
            raise RuntimeError("no mask step is open")
        dirty = Rect(0, 0, 0, 0)
        self._bounds = None
        for cell, old in saved.items():
            rect = self.cell_rect(cell)
            self._pixels[rect.slices] = old
            dirty = dirty.united(rect)
        return dirty

    # --- changes of many cells, on a worker --------------------------------------------------------------------

    def rewrite(
        self, rect: Rect, change: Callable[[Rect, MaskPixels], MaskPixels | None], *, pack: bool = True
    ) -> Rewritten:
        """Change the cells of `rect` in place, on any thread, inside a step that the owner holds open meanwhile.

        `change` gets the part of `rect` in one cell and the pixels there, which it must leave alone, and gives the
        new ones, or None where nothing changes. The step ends with `end_rewriting`. What `change` raises comes
        through, with the mask as it was. Without `pack` what was there is kept as it is, for `MaskStep.pack`.
        """
        old: dict[Cell, Kept] = {}
        counts: dict[Cell, int] = {}
        try:
            for cell in self._cells(rect.clipped(self.size)):
                whole = self.cell_rect(cell)
                part = whole.intersected(rect)
                after = change(part, self._view[part.slices])
                if after is not None and not np.array_equal(self._view[part.slices], after):
                    before = self._view[whole.slices]
                    old[cell] = packed(before) if pack else copied(before)
                    self._pixels[part.slices] = after
                    counts[cell] = int(np.count_nonzero(self._view[whole.slices]))
        except BaseException:
            for cell, kept in old.items():
                self._fill(cell, kept)
            raise
        return Rewritten(old, counts)

    def end_rewriting(self, name: str, done: Rewritten) -> MaskStep | None:
        """End the step in which `done` was made. None when that changed nothing."""
        self.release()
        self.take_counts(done.counts)
        return MaskStep(name, self, done.cells) if done.cells else None

    def release(self) -> None:
        """End an open step in which nothing was written by `writable`."""
        if self._saved is None:
            raise RuntimeError("no mask step is open")
        if self._saved:
            raise RuntimeError("a step that has written ends with commit or roll_back")
        self._saved = None

    def take_counts(self, counts: dict[Cell, int]) -> None:
        """For changes made elsewhere: how many pixels of these cells are not 0 now."""
        self._bounds = None
        for cell, count in counts.items():
            self._counts[cell] = count
        self._stale.difference_update(counts)

    # --- what the mask covers ----------------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        self._count()
        return not self._counts.any()

    @property
    def coverage(self) -> float:
        """Share of the photo's pixels that are not 0, from 0 to 1."""
        self._count()
        return int(self._counts.sum()) / self.size.area

    @property
    def bounds(self) -> Rect:
        """Smallest rectangle around everything that is not 0; empty when the mask is."""
        if self._bounds is None:
            self._bounds = self._found_bounds()
        return self._bounds

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
        ).clipped(self.size)
        return self._trimmed(rough)

    def count(self, rect: Rect) -> int:
        """How many pixels of `rect` are not 0; costs little more than its rim."""
        rect = rect.clipped(self.size)
        if rect.is_empty:
            return 0
        self._count()
        # Whole cells are known; the strips beside them are looked at.
        left, top = -(-rect.left // CELL), -(-rect.top // CELL)
        right = self._columns if rect.right == self.size.width else rect.right // CELL
        bottom = self._rows if rect.bottom == self.size.height else rect.bottom // CELL
        inner = Rect.of_edges(left * CELL, top * CELL, right * CELL, bottom * CELL).clipped(self.size)
        if inner.is_empty:
            return self._looked_at(rect)
        strips = (
            Rect.of_edges(rect.left, rect.top, rect.right, inner.top),
            Rect.of_edges(rect.left, inner.bottom, rect.right, rect.bottom),
            Rect.of_edges(rect.left, inner.top, inner.left, inner.bottom),
            Rect.of_edges(inner.right, inner.top, rect.right, inner.bottom),
        )
        return int(self._counts[top:bottom, left:right].sum()) + sum(map(self._looked_at, strips))

    def _looked_at(self, rect: Rect) -> int:
        return int(np.count_nonzero(self._pixels[rect.slices]))

    @property
    def filled(self) -> Region:
        """The cells in which something is not 0, as rectangles: less than `bounds` where the mask is scattered."""
        self._count()
        return self.region(zip(*map(np.ndarray.tolist, np.nonzero(self._counts)), strict=True))

    def freeze(self) -> FrozenMask:
        bounds = self.bounds
        return FrozenMask(self.size, bounds, self._pixels[bounds.slices].copy())

    # --- cells -------------------------------------------------------------------------------------------------

    def _cells(self, rect: Rect) -> list[Cell]:
        if rect.is_empty:
            return []
        return [
            (row, column)
            for row in range(rect.top // CELL, (rect.bottom - 1) // CELL + 1)
            for column in range(rect.left // CELL, (rect.right - 1) // CELL + 1)
        ]

    def cell_rect(self, cell: Cell) -> Rect:
        return Rect(cell[1] * CELL, cell[0] * CELL, CELL, CELL).clipped(self.size)

    def region(self, cells: Iterable[Cell]) -> Region:
        """These cells as few rectangles: runs along a row, equal runs below each other put together."""
        return tuple(
            Rect.of_edges(left * CELL, top * CELL, right * CELL, bottom * CELL).clipped(self.size)
            for left, top, right, bottom in merged(cells)
        )

    def _cell(self, cell: Cell) -> MaskPixels:
        return self._pixels[self.cell_rect(cell).slices]

    def _fill(self, cell: Cell, kept: Kept) -> None:
        present = self._cell(cell)
        present[...] = unpacked(kept, present.shape)

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

    def _count(self) -> None:
        for cell in self._stale:
            self._counts[cell] = np.count_nonzero(self._cell(cell))
        self._stale.clear()

    def exchange(self, cells: dict[Cell, Kept]) -> None:
        """For `MaskStep`: exchange kept cells with the present ones, in place, without packing those."""
        if self._saved is not None:
            raise RuntimeError("a mask step is open")
        for cell, kept in cells.items():
            cells[cell] = copied(self._cell(cell))
            self._fill(cell, kept)
        self._bounds = None
        self._stale.update(cells)

    def exchange_elsewhere(self, cells: dict[Cell, Kept]) -> dict[Cell, int]:
        """The same on a worker, inside a step held open; `take_counts` must get what comes back."""
        counts: dict[Cell, int] = {}
        for cell, kept in cells.items():
            cells[cell] = packed(self._cell(cell))
            self._fill(cell, kept)
            counts[cell] = int(np.count_nonzero(self._cell(cell)))
        return counts


@dataclass(frozen=True, slots=True, eq=False)
class Rewritten:
    """What `Mask.rewrite` did."""

    cells: dict[Cell, Kept]
    """What was there before."""
    counts: dict[Cell, int]


class MaskStep:
    """One undoable change of a mask. Swapping it twice changes nothing.

    Its cells are kept as they were until `pack`, on a worker: deflating them would hold up the end of a stroke.
    """

    def __init__(self, name: str, mask: Mask, cells: dict[Cell, Kept]) -> None:
        self.name = name
        self._mask = mask
        self._cells = cells
        self._lock = threading.Lock()  # of the cells, between `pack` and everything else
        self._prepared: dict[Cell, int] | None = None
        self._size_bytes = size_bytes(cells)
        self._region: Region | None = None

    @property
    def mask(self) -> Mask:
        """The mask it belongs to."""
        return self._mask

    @property
    def region(self) -> Region:
        """What it changes."""
        if self._region is None:
            self._region = self._mask.region(self._cells)
        return self._region

    @property
    def is_large(self) -> bool:
        """`prepare` should come before `swap`."""
        deflated = sum(1 for kept in self._cells.values() if isinstance(kept, bytes))
        return len(self._cells) + (_DEFLATED - 1) * deflated > _QUICK

    @property
    def size_bytes(self) -> int:
        return self._size_bytes

    def prepare(self) -> None:
        """On any thread, with a step of the mask held open: change the pixels. `swap` must follow at once."""
        with self._lock:
            self._prepared = self._mask.exchange_elsewhere(self._cells)
            self._size_bytes = size_bytes(self._cells)

    def swap(self) -> Region:
        """Undo, or redo when already undone. Returns what to repaint."""
        with self._lock:
            if self._prepared is not None:
                self._mask.take_counts(self._prepared)
                self._prepared = None
            else:
                self._mask.exchange(self._cells)
                self._size_bytes = size_bytes(self._cells)
        return self.region

    def pack(self) -> None:
        """Deflate what is kept as pixels. Any thread, at any time."""
        for cell, kept in list(self._cells.items()):
            if isinstance(kept, np.ndarray):
                deflated = packed(kept)
                with self._lock:
                    if self._cells[cell] is kept:  # else it was swapped meanwhile
                        self._cells[cell] = deflated
        with self._lock:
            self._size_bytes = size_bytes(self._cells)


def _tight(pixels: MaskPixels, rough: Rect) -> Rect:
    """Smallest rectangle around the non-zero pixels inside `rough`."""
    if rough.is_empty:
        return Rect(0, 0, 0, 0)
    part = pixels[rough.slices]
    rows = np.flatnonzero(part.any(axis=1))
    if rows.size == 0:
        return Rect(0, 0, 0, 0)
    part = part[rows[0] : rows[-1] + 1]
    columns = np.flatnonzero(part.any(axis=0))
    return Rect.of_edges(
        rough.x + int(columns[0]), rough.y + int(rows[0]), rough.x + int(columns[-1]) + 1, rough.y + int(rows[-1]) + 1
    )
