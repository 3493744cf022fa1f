"""The separate areas of a mask: its connected parts, those put together whose surroundings overlap.

Parts are told apart by the mask's cells (`mask_cells.CELL`): two of them in the same or in touching cells are one. A
crop of the least legal size would hold both anyway, and a mask of any size is looked through in a millisecond.
Pure functions; safe on any thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from dalle_studio.core.geometry import Rect, Region, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.mask_cells import CELL, Cell
from dalle_studio.core.picture import MaskPixels


@dataclass(frozen=True, slots=True)
class Area:
    """Some of a mask that lies apart from the rest."""

    bounds: Rect
    """Smallest rectangle around what is not 0 in it."""
    cells: frozenset[Cell]

    def united(self, other: Area) -> Area:
        return Area(self.bounds.united(other.bounds), self.cells | other.cells)


def areas_in(pixels: MaskPixels, filled: Region) -> tuple[Area, ...]:
    """The connected parts of a whole mask (h, w), from the top; `filled` are the rectangles that hold anything."""
    cells = {
        (row, column)
        for rect in filled
        for row in range(rect.top // CELL, (rect.bottom - 1) // CELL + 1)
        for column in range(rect.left // CELL, (rect.right - 1) // CELL + 1)
    }
    return _parts(cells, pixels, Rect.of_size(Size(pixels.shape[1], pixels.shape[0])))


def areas_of(mask: FrozenMask) -> tuple[Area, ...]:
    """The same of a frozen mask."""
    bounds = mask.bounds
    if bounds.is_empty:
        return ()
    rows = range(bounds.top // CELL, (bounds.bottom - 1) // CELL + 1)
    columns = range(bounds.left // CELL, (bounds.right - 1) // CELL + 1)
    found = {(row, column) for row in rows for column in columns if _seen(mask.pixels, bounds, (row, column)).any()}
    return _parts(found, mask.pixels, bounds)


def gathered(areas: Sequence[Area], reaches: Iterable[int]) -> tuple[Area, ...]:
    """Those together whose bounds overlap once each is grown by its reach, in pixels. From the top to the bottom."""
    left = [(area, reach) for area, reach in zip(areas, reaches, strict=True)]
    done: list[tuple[Area, int]] = []
    while left:
        area, reach = left.pop()
        near = next((other for other in done if _meet(area.bounds.grown(reach), other[0].bounds.grown(other[1]))), None)
        if near is None:
            done.append((area, reach))
        else:  # the two may now reach a third
            done.remove(near)
            left.append((area.united(near[0]), max(reach, near[1])))
    return tuple(sorted((area for area, _ in done), key=lambda area: (area.bounds.y, area.bounds.x)))


def mask_of(mask: FrozenMask, area: Area) -> FrozenMask:
    """Only what lies in the area."""
    pixels = mask.cut(area.bounds)
    for row in range(area.bounds.top // CELL, (area.bounds.bottom - 1) // CELL + 1):
        for column in range(area.bounds.left // CELL, (area.bounds.right - 1) // CELL + 1):
            if (row, column) not in area.cells:
                _seen(pixels, area.bounds, (row, column))[...] = 0
    return FrozenMask(mask.size, area.bounds, pixels)


def _meet(one: Rect, other: Rect) -> bool:
    return not one.intersected(other).is_empty


def _seen(pixels: MaskPixels, frame: Rect, cell: Cell) -> MaskPixels:
    """The view of a cell in pixels that cover `frame` of the photo."""
    rect = Rect(cell[1] * CELL, cell[0] * CELL, CELL, CELL).intersected(frame)
    return pixels[rect.moved(-frame.x, -frame.y).slices]


def _parts(cells: set[Cell], pixels: MaskPixels, frame: Rect) -> tuple[Area, ...]:
    parts: list[Area] = []
    left = set(cells)
    while left:
        part = _flooded(left.pop(), left)
        parts.append(Area(_bounds(part, pixels, frame), frozenset(part)))
    return tuple(sorted(parts, key=lambda area: (area.bounds.y, area.bounds.x)))


def _flooded(start: Cell, left: set[Cell]) -> set[Cell]:
    """All cells connected with `start` over sides or corners, which are taken out of `left`."""
    part, edge = {start}, [start]
    while edge:
        row, column = edge.pop()
        around = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)} & left
        left -= around
        part |= around
        edge.extend(around)
    return part


def _bounds(part: set[Cell], pixels: MaskPixels, frame: Rect) -> Rect:
    """The outermost cells hold something, so only these are looked at."""
    rows, columns = [row for row, _ in part], [column for _, column in part]
    ends, sides = {min(rows), max(rows)}, {min(columns), max(columns)}
    found = Rect(0, 0, 0, 0)
    for cell in part:
        if cell[0] in ends or cell[1] in sides:
            seen = _seen(pixels, frame, cell)
            down, across = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
            if down.size:
                left, top = max(cell[1] * CELL, frame.left), max(cell[0] * CELL, frame.top)
                found = found.united(
                    Rect.of_edges(
                        left + int(across[0]), top + int(down[0]), left + int(across[-1]) + 1, top + int(down[-1]) + 1
                    )
                )
    return found
