"""Rectangles and sizes obey set arithmetic on pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.geometry import Margins, Rect, Size

rects = st.builds(Rect, st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))


def pixels(rect: Rect) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    field = np.zeros((64, 64), bool)
    field[rect.slices] = True
    return field


@given(rects, rects)
def test_an_intersection_holds_the_common_pixels(a: Rect, b: Rect) -> None:
    assert np.array_equal(pixels(a.intersected(b)), pixels(a) & pixels(b))


@given(rects, rects)
def test_a_union_is_the_smallest_rectangle_around_both(a: Rect, b: Rect) -> None:
    both = a.united(b)
    for one in (a, b):
        assert one.is_empty or both.contains(one)
    if not (a.is_empty or b.is_empty):
        assert both.left in {a.left, b.left}
        assert both.bottom in {a.bottom, b.bottom}


@pytest.mark.parametrize("text", ["1024x768", " 1024 × 768 ", "1024X768"])
def test_sizes_are_read_as_people_write_them(text: str) -> None:
    assert Size.parse(text) == Size(1024, 768)


@pytest.mark.parametrize("text", ["", "1024", "0x5", "ax b", "-5x9", "1024x768x3"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="size"):
        Size.parse(text)


def test_margins_place_the_old_picture_inside_the_new_canvas() -> None:
    margins = Margins(1, 2, 3, 4)
    canvas = margins.around(Size(10, 20))
    assert canvas == Size(14, 26)
    assert Rect.of_size(canvas).contains(margins.inner(Size(10, 20)))
    with pytest.raises(ValueError, match="never negative"):
        Margins(-1, 0, 0, 0)
