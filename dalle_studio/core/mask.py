"""The mask: the only writable pixel buffer of the program. 255 = edit, 0 = keep, anything between is a soft edge.

Writers ask for a rectangle (`writable`); the mask saves each 256-pixel cell of it the first time a step touches
it, so the cost of a stroke does not depend on the size of the photo, and a step can be undone bit for bit.
Owned by the GUI thread (or by the command line); other threads get a `FrozenMask`. One exception: while a step is
open, its owner may lend the pixels to a worker for a change of many cells (`rewrite`, `MaskStep.prepare`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from dalle_studio.core import mask_cells
from dalle_studio.core.frozen_mask import FrozenMask
from dalle_studio.core.geometry import Rect, Region, Size
from dalle_studio.core.mask_cells import Cell, Kept, cells_of, copied, differs, packed, unpacked
from dalle_studio.core.mask_cover import Cover
from dalle_studio.core.mask_step import MaskStep, Rewritten
from dalle_studio.core.picture import MaskPixels

__all__ = ["FrozenMask", "Mask", "MaskStep", "Rewritten"]


class Mask:
    """One byte a pixel, with undo cells, bounds and coverage that cost only what was touched."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._pixels: MaskPixels = np.zeros(size.shape, np.uint8)
        self._view = self._pixels.view()
        self._view.flags.writeable = False
        self._cover = Cover(self._view)
        self._saved: dict[Cell, Kept] | None = None
        self._is_changed = False  # the open step is known to have changed something

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
        cells = cells_of(rect)
        for cell in cells:
            if cell not in self._saved:
                self._saved[cell] = 0 if self._cover.knows_empty(cell) else copied(self._cell(cell))
        self._cover.touch(cells)
        return self._pixels[rect.slices]

    def commit(self, name: str) -> MaskStep | None:
        """End the step. None when it changed nothing. `name` is a message id shown in the undo list."""
        saved, is_changed = self._close()
        # Until the first that differs: to look at all cells of a long stroke would hold up its end.
        if not is_changed and not any(differs(old, self._cell(cell)) for cell, old in saved.items()):
            return None
        return MaskStep(name, self, saved)

    def roll_back(self) -> Rect:
        """Undo the open step and end it. Returns what must be repainted."""
        saved, _ = self._close()
        dirty = Rect(0, 0, 0, 0)
        self._cover.touch(saved)
        for cell, old in saved.items():
            self._fill(cell, old)
            dirty = dirty.united(self.cell_rect(cell))
        return dirty

    def _close(self) -> tuple[dict[Cell, Kept], bool]:
        saved, is_changed = self._saved, self._is_changed
        if saved is None:
            raise RuntimeError("no mask step is open")
        self._saved, self._is_changed = None, False
        return saved, is_changed

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
            for cell in cells_of(rect.clipped(self.size)):
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

    def go_on(self, done: Rewritten) -> None:
        """Let the step in which `done` was made stay open: what is written now belongs to it, too."""
        if self._saved is None:
            raise RuntimeError("no mask step is open")
        self.take_counts(done.counts)
        self._saved.update(done.cells)
        self._is_changed |= bool(done.cells)

    def release(self) -> None:
        """End an open step in which nothing was written by `writable`."""
        if self._saved is None:
            raise RuntimeError("no mask step is open")
        if self._saved:
            raise RuntimeError("a step that has written ends with commit or roll_back")
        self._saved = None

    def take_counts(self, counts: dict[Cell, int]) -> None:
        """For changes made elsewhere: how many pixels of these cells are not 0 now."""
        self._cover.take(counts)

    # --- what the mask covers ----------------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        return self._cover.is_empty

    @property
    def coverage(self) -> float:
        """Share of the photo's pixels that are not 0, from 0 to 1."""
        return self._cover.share

    @property
    def bounds(self) -> Rect:
        """Smallest rectangle around everything that is not 0; empty when the mask is."""
        return self._cover.bounds

    def count(self, rect: Rect) -> int:
        """How many pixels of `rect` are not 0; costs little more than its rim."""
        return self._cover.count(rect)

    @property
    def filled(self) -> Region:
        """The cells in which something is not 0, as rectangles: less than `bounds` where the mask is scattered."""
        return self._cover.filled

    def freeze(self) -> FrozenMask:
        bounds = self.bounds
        return FrozenMask(self.size, bounds, self._pixels[bounds.slices].copy())

    # --- cells -------------------------------------------------------------------------------------------------

    def cell_rect(self, cell: Cell) -> Rect:
        return mask_cells.cell_rect(cell, self.size)

    def region(self, cells: Iterable[Cell]) -> Region:
        """These cells as few rectangles."""
        return mask_cells.region(cells, self.size)

    def _cell(self, cell: Cell) -> MaskPixels:
        return self._pixels[self.cell_rect(cell).slices]

    def _fill(self, cell: Cell, kept: Kept) -> None:
        present = self._cell(cell)
        present[...] = unpacked(kept, present.shape)

    def exchange(self, cells: dict[Cell, Kept]) -> None:
        """For `MaskStep`: exchange kept cells with the present ones, in place, without packing those."""
        if self._saved is not None:
            raise RuntimeError("a mask step is open")
        for cell, kept in cells.items():
            cells[cell] = copied(self._cell(cell))
            self._fill(cell, kept)
        self._cover.touch(cells)

    def exchange_elsewhere(self, cells: dict[Cell, Kept]) -> dict[Cell, int]:
        """The same on a worker, inside a step held open; `take_counts` must get what comes back."""
        counts: dict[Cell, int] = {}
        for cell, kept in cells.items():
            cells[cell] = copied(self._cell(cell))
            self._fill(cell, kept)
            counts[cell] = int(np.count_nonzero(self._cell(cell)))
        return counts
