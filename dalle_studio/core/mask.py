"""The mask: the only writable pixel buffer of the program. 255 = edit, 0 = keep, anything between is a soft edge.

Writers ask for a rectangle (`writable`); the mask saves each 256-pixel cell of it the first time a step touches
it, so the cost of a stroke does not depend on the size of the photo, and a step can be undone bit for bit.
Owned by the GUI thread (or by the command line); other threads get a `FrozenMask`.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.picture import MaskPixels

CELL = 256
"""Side of an undo cell in pixels."""


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
        self._stale: set[tuple[int, int]] = set()  # cells whose count must be taken again
        self._saved: dict[tuple[int, int], MaskPixels | int] | None = None

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
        for cell in self._cells(rect):
            if cell not in self._saved:
                empty = cell not in self._stale and self._counts[cell] == 0
                self._saved[cell] = 0 if empty else self._cell(cell).copy()
            self._stale.add(cell)
        return self._pixels[rect.slices]

    def commit(self, name: str) -> MaskStep | None:
        """End the step. None when it changed nothing. `name` is a message id shown in the undo list."""
        saved, self._saved = self._saved, None
        if saved is None:
            raise RuntimeError("no mask step is open")
        changed = {cell: old for cell, old in saved.items() if _differs(old, self._cell(cell))}
        if not changed:
            return None
        return MaskStep(
            name, self, {cell: old if isinstance(old, int) else _pack(old) for cell, old in changed.items()}
        )

    def roll_back(self) -> Rect:
        """Undo the open step and end it. Returns what must be repainted."""
        saved, self._saved = self._saved, None
        if saved is None:
            raise RuntimeError("no mask step is open")
        dirty = Rect(0, 0, 0, 0)
        for cell, old in saved.items():
            self._cell(cell)[...] = old
            dirty = dirty.united(self._cell_rect(cell))
        return dirty

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

    def freeze(self) -> FrozenMask:
        bounds = self.bounds
        return FrozenMask(self.size, bounds, self._pixels[bounds.slices].copy())

    # --- cells -------------------------------------------------------------------------------------------------

    def _cells(self, rect: Rect) -> list[tuple[int, int]]:
        if rect.is_empty:
            return []
        return [
            (row, column)
            for row in range(rect.top // CELL, (rect.bottom - 1) // CELL + 1)
            for column in range(rect.left // CELL, (rect.right - 1) // CELL + 1)
        ]

    def _cell_rect(self, cell: tuple[int, int]) -> Rect:
        return Rect(cell[1] * CELL, cell[0] * CELL, CELL, CELL).clipped(self.size)

    def _cell(self, cell: tuple[int, int]) -> MaskPixels:
        return self._pixels[self._cell_rect(cell).slices]

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

    def exchange(self, cells: dict[tuple[int, int], _Packed]) -> Rect:
        """For `MaskStep`: exchange packed cells with the present ones, in place. Returns the rectangle that changed."""
        if self._saved is not None:
            raise RuntimeError("a mask step is open")
        dirty = Rect(0, 0, 0, 0)
        for cell, packed in cells.items():
            present = self._cell(cell)
            now = _pack(present)
            present[...] = _unpack(packed, present.shape)
            cells[cell] = now
            self._stale.add(cell)
            dirty = dirty.united(self._cell_rect(cell))
        return dirty


_Packed = int | bytes
"""A cell in the undo list: one value when it is uniform, else deflated bytes."""


@dataclass(slots=True, eq=False)
class MaskStep:
    """One undoable change of a mask. Swapping it twice changes nothing."""

    name: str
    _mask: Mask
    _cells: dict[tuple[int, int], _Packed] = field(repr=False)

    def swap(self) -> Rect:
        """Undo, or redo when already undone. Returns the rectangle to repaint."""
        return self._mask.exchange(self._cells)

    @property
    def size_bytes(self) -> int:
        return sum(64 if isinstance(packed, int) else 64 + len(packed) for packed in self._cells.values())


def _differs(old: MaskPixels | int, now: MaskPixels) -> bool:
    return bool(now.any()) if isinstance(old, int) else not np.array_equal(old, now)


def _pack(cell: MaskPixels) -> _Packed:
    first = int(cell.flat[0])
    if bool((cell == first).all()):
        return first
    return zlib.compress(cell.tobytes(), 1)


def _unpack(packed: _Packed, shape: tuple[int, ...]) -> MaskPixels:
    if isinstance(packed, int):
        return np.full(shape, packed, np.uint8)
    return np.frombuffer(zlib.decompress(packed), np.uint8).reshape(shape)


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
