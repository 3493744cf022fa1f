"""Selections: what a tool has picked, and how it joins what was masked before.

A selection is a `FrozenMask`. On binary masks the four ways are those of sets; soft values take the larger or the
smaller one, so an edge that two selections share stays where it is. numpy is imported inside the functions: tools
name `Combine` before the window's first paint.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING

from dalle_studio.core.geometry import Rect, Size

if TYPE_CHECKING:
    from dalle_studio.core.mask import FrozenMask, Mask
    from dalle_studio.core.picture import MaskPixels

_NOTHING = Rect(0, 0, 0, 0)

_PIECE = 256
"""Side of the squares in which a mask is changed: the mask's own undo cells, so that untouched ones cost nothing."""


class Combine(StrEnum):
    """How a selection joins the mask that is there; the value is part of word ids."""

    REPLACE = "replace"
    ADD = "add"
    SUBTRACT = "subtract"
    INTERSECT = "intersect"


def joined(present: MaskPixels, chosen: MaskPixels, how: Combine) -> MaskPixels:
    """Two masks of the same shape as one new array (or one of the two)."""
    import numpy as np

    if how is Combine.REPLACE:
        return chosen
    if how is Combine.ADD:
        return np.maximum(present, chosen)
    return np.minimum(present, chosen if how is Combine.INTERSECT else np.bitwise_not(chosen))


def combine(present: FrozenMask, chosen: FrozenMask, how: Combine) -> FrozenMask:
    """Both as one mask. ValueError when they belong to photos of different sizes."""
    _same_size(present.size, chosen.size)
    rect = {
        Combine.REPLACE: chosen.bounds,
        Combine.ADD: present.bounds.united(chosen.bounds),
        Combine.SUBTRACT: present.bounds,
        Combine.INTERSECT: present.bounds.intersected(chosen.bounds),
    }[how]
    return within(present.size, rect, joined(present.cut(rect), chosen.cut(rect), how))


def apply(mask: Mask, chosen: FrozenMask, how: Combine) -> Rect:
    """Change `mask`, in whose step the caller is, on the thread that owns it. Returns what must be repainted.

    Only cells that come out different are written, so undo keeps no others. ValueError for another photo's selection.
    """
    import numpy as np

    _same_size(mask.size, chosen.size)
    before = mask.bounds
    touched = {
        Combine.REPLACE: before.united(chosen.bounds),
        Combine.ADD: chosen.bounds,
        Combine.SUBTRACT: before.intersected(chosen.bounds),
        Combine.INTERSECT: before,
    }[how]
    dirty = _NOTHING
    for piece in pieces(touched, _PIECE):
        if piece.intersected(before).is_empty and piece.intersected(chosen.bounds).is_empty:
            continue
        present = mask.pixels[piece.slices]
        after = joined(present, _part(chosen, piece), how)
        if not np.array_equal(present, after):
            mask.writable(piece)[...] = after
            dirty = dirty.united(piece)
    return dirty


def _part(mask: FrozenMask, rect: Rect) -> MaskPixels:
    """As `mask.cut(rect)`, but a view where that is possible."""
    if mask.bounds.contains(rect):
        return mask.pixels[rect.moved(-mask.bounds.x, -mask.bounds.y).slices]
    return mask.cut(rect)


def within(size: Size, rect: Rect, pixels: MaskPixels) -> FrozenMask:
    """The mask of a photo of `size` that is `pixels` on `rect`, which lies inside it, and 0 elsewhere.

    `pixels` becomes the mask's own where nothing is to be trimmed: write to it no more.
    """
    import numpy as np

    from dalle_studio.core.mask import FrozenMask

    rows = np.flatnonzero(pixels.any(axis=1))
    if rows.size == 0:
        return FrozenMask(size, _NOTHING, np.zeros((0, 0), np.uint8))
    pixels = pixels[rows[0] : rows[-1] + 1]
    columns = np.flatnonzero(pixels.any(axis=0))
    pixels = np.ascontiguousarray(pixels[:, columns[0] : columns[-1] + 1])
    left, top = rect.x + int(columns[0]), rect.y + int(rows[0])
    return FrozenMask(size, Rect(left, top, pixels.shape[1], pixels.shape[0]), pixels)


def nothing(size: Size) -> FrozenMask:
    """The empty selection."""
    import numpy as np

    return within(size, _NOTHING, np.zeros((0, 0), np.uint8))


def pieces(rect: Rect, side: int) -> Iterator[Rect]:
    """The parts of `rect` in each square of a grid of `side` pixels that starts at the photo's corner."""
    for top in range(rect.top // side * side, rect.bottom, side):
        for left in range(rect.left // side * side, rect.right, side):
            piece = Rect(left, top, side, side).intersected(rect)
            if not piece.is_empty:
                yield piece


def _same_size(one: Size, other: Size) -> None:
    if one != other:
        raise ValueError(f"a selection of {other} can't join a mask of {one}")
