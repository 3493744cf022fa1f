"""Combining selections: the algebra of sets, on bounds, as one undo step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask, Mask
from dalle_studio.imaging.selection import Combine, apply, combine, nothing, pieces, within
from tests.imaging.masks import binary, soft

ways = st.sampled_from(Combine)


def same(one: FrozenMask, other: FrozenMask) -> bool:
    return one.bounds == other.bounds and np.array_equal(one.full(), other.full())


def complement(mask: FrozenMask) -> FrozenMask:
    return FrozenMask.of(255 - mask.full())


@given(binary, binary)
def test_ways_of_combining_are_those_of_sets(a: FrozenMask, b: FrozenMask) -> None:
    in_a, in_b = a.full() > 0, b.full() > 0
    for how, expected in (
        (Combine.REPLACE, in_b),
        (Combine.ADD, in_a | in_b),
        (Combine.SUBTRACT, in_a & ~in_b),
        (Combine.INTERSECT, in_a & in_b),
    ):
        np.testing.assert_array_equal(combine(a, b, how).full(), expected * np.uint8(255))


@given(binary, binary, binary)
def test_set_algebra_holds(a: FrozenMask, b: FrozenMask, c: FrozenMask) -> None:
    add, meet, less = Combine.ADD, Combine.INTERSECT, Combine.SUBTRACT
    assert same(combine(a, b, add), combine(b, a, add))
    assert same(combine(a, b, meet), combine(b, a, meet))
    assert same(combine(combine(a, b, add), c, add), combine(a, combine(b, c, add), add))
    assert same(combine(a, combine(b, c, add), meet), combine(combine(a, b, meet), combine(a, c, meet), add))
    assert same(complement(combine(a, b, add)), combine(complement(a), complement(b), meet))  # De Morgan
    assert same(combine(a, b, less), combine(a, complement(b), meet))
    assert combine(a, a, less).is_empty
    assert same(combine(a, a, meet), a)


@given(soft, soft)
def test_adding_never_lessens_and_taking_never_adds(a: FrozenMask, b: FrozenMask) -> None:
    assert (combine(a, b, Combine.ADD).full() >= a.full()).all()
    assert (combine(a, b, Combine.SUBTRACT).full() <= a.full()).all()
    assert (combine(a, b, Combine.INTERSECT).full() <= np.minimum(a.full(), b.full())).all()


@given(soft, soft, ways)
def test_bounds_are_tight(a: FrozenMask, b: FrozenMask, how: Combine) -> None:
    mask = combine(a, b, how)
    assert same(mask, FrozenMask.of(mask.full()))


@given(soft, soft, ways)
def test_applying_to_a_mask_gives_the_combination_and_can_be_undone(a: FrozenMask, b: FrozenMask, how: Combine) -> None:
    mask = Mask(a.size)
    mask.begin()
    apply(mask, a, Combine.REPLACE)
    mask.commit("a")
    before = mask.pixels.copy()
    mask.begin()
    dirty = apply(mask, b, how)
    step = mask.commit("b")
    np.testing.assert_array_equal(mask.pixels, combine(a, b, how).full())
    changed = FrozenMask.of((mask.pixels != before).astype(np.uint8))
    assert dirty.contains(changed.bounds) or changed.is_empty
    assert (step is None) == changed.is_empty
    if step is not None:
        step.swap()
        np.testing.assert_array_equal(mask.pixels, before)


def test_applying_keeps_only_cells_that_change() -> None:
    mask = Mask(Size(2000, 1500))
    everything = FrozenMask.of(np.full((1500, 2000), 255, np.uint8))
    mask.begin()
    apply(mask, everything, Combine.REPLACE)
    mask.commit("all")
    spot = within(mask.size, Rect(300, 300, 10, 10), np.full((10, 10), 255, np.uint8))
    mask.begin()
    dirty = apply(mask, spot, Combine.SUBTRACT)
    step = mask.commit("spot")
    assert dirty == Rect(300, 300, 10, 10)
    assert step is not None
    step.pack()
    assert step.size_bytes < 1000


def test_a_selection_of_another_photo_is_refused() -> None:
    one, other = nothing(Size(10, 10)), nothing(Size(10, 11))
    with pytest.raises(ValueError, match="10x11"):
        combine(one, other, Combine.ADD)
    with pytest.raises(ValueError, match="10x11"):
        apply(Mask(Size(10, 10)), other, Combine.ADD)


@given(st.integers(0, 70), st.integers(0, 70), st.integers(0, 80), st.integers(0, 80), st.integers(1, 40))
def test_pieces_cover_a_rectangle_once(x: int, y: int, width: int, height: int, side: int) -> None:
    seen = np.zeros((150, 150), int)
    for piece in pieces(Rect(x, y, width, height), side):
        seen[piece.slices] += 1
    expected = np.zeros_like(seen)
    expected[y : y + height, x : x + width] = 1
    np.testing.assert_array_equal(seen, expected)
