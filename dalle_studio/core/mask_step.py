"""Changes of a mask that can be undone."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from dalle_studio.core.geometry import Region
from dalle_studio.core.mask_cells import Cell, Kept, packed, size_bytes

if TYPE_CHECKING:
    from dalle_studio.core.mask import Mask

_QUICK: Final = 32
_DEFLATED: Final = 4
"""A step takes too long to swap in the window's thread from so many cells on, a deflated one counted as four."""


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
