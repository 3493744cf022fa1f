"""The cells of a mask's undo: squares that are kept when they change. Pure functions, any thread."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

import numpy as np

from dalle_studio.core.geometry import Rect, Region, Size
from dalle_studio.core.picture import MaskPixels

CELL: Final = 256
"""Side of an undo cell in pixels."""

Cell: TypeAlias = tuple[int, int]
"""Row and column of a cell."""

Kept: TypeAlias = int | bytes | MaskPixels
"""A cell in the undo list: one value when it is uniform, deflated bytes, or pixels that are not packed yet."""


def cells_of(rect: Rect) -> list[Cell]:
    """All cells that `rect`, inside the photo, touches."""
    if rect.is_empty:
        return []
    return [
        (row, column)
        for row in range(rect.top // CELL, (rect.bottom - 1) // CELL + 1)
        for column in range(rect.left // CELL, (rect.right - 1) // CELL + 1)
    ]


def cell_rect(cell: Cell, size: Size) -> Rect:
    """Its place in a photo of `size`."""
    return Rect(cell[1] * CELL, cell[0] * CELL, CELL, CELL).clipped(size)


def region(cells: Iterable[Cell], size: Size) -> Region:
    """These cells as few rectangles: runs along a row, equal runs below each other put together."""
    return tuple(
        Rect.of_edges(left * CELL, top * CELL, right * CELL, bottom * CELL).clipped(size)
        for left, top, right, bottom in merged(cells)
    )


def merged(cells: Iterable[Cell]) -> Iterator[tuple[int, int, int, int]]:
    """Left, top, right, bottom of rectangles that make up the cells, in cells."""
    open_runs: dict[tuple[int, int], int] = {}  # (left, right) → the row it began in
    by_row: dict[int, list[int]] = {}
    for row, column in cells:
        by_row.setdefault(row, []).append(column)
    last = -1
    for row in sorted(by_row):
        runs = set(_runs(sorted(by_row[row])))
        for run, top in list(open_runs.items()):
            if row != last + 1 or run not in runs:
                del open_runs[run]
                yield run[0], top, run[1], last + 1
        for run in runs:
            open_runs.setdefault(run, row)
        last = row
    for run, top in open_runs.items():
        yield run[0], top, run[1], last + 1


def _runs(columns: list[int]) -> Iterator[tuple[int, int]]:
    start = previous = columns[0]
    for column in columns[1:]:
        if column != previous + 1:
            yield start, previous + 1
            start = column
        previous = column
    yield start, previous + 1


def size_bytes(cells: dict[Cell, Kept]) -> int:
    """What they take in memory, the bookkeeping included."""
    return sum(64 + _length(kept) for kept in cells.values())


def _length(kept: Kept) -> int:
    if isinstance(kept, int):
        return 0
    return len(kept) if isinstance(kept, bytes) else kept.nbytes


def differs(old: Kept, now: MaskPixels) -> bool:
    """Whether a cell is another one than it was."""
    return bool((now != unpacked(old, now.shape)).any())


def packed(cell: MaskPixels) -> int | bytes:
    """As small as it gets: one value, or deflated."""
    kept = _uniform(cell)
    return zlib.compress(cell.tobytes(), 1) if kept is None else kept


def copied(cell: MaskPixels) -> int | MaskPixels:
    """Kept without packing it."""
    kept = _uniform(cell)
    return cell.copy() if kept is None else kept


def _uniform(cell: MaskPixels) -> int | None:
    first = int(cell[0, 0])
    return first if int(cell[-1, -1]) == first and bool((cell == first).all()) else None


def unpacked(kept: Kept, shape: tuple[int, ...]) -> MaskPixels | int:
    """Something to be assigned to a cell of `shape`."""
    if isinstance(kept, bytes):
        return np.frombuffer(zlib.decompress(kept), np.uint8).reshape(shape)
    return kept
