"""Where two pictures differ: bounds, levels, and what lies outside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.geometry import Rect
from dalle_studio.imaging import difference

PLACES = st.builds(Rect, st.integers(-5, 60), st.integers(-5, 700), st.integers(0, 40), st.integers(0, 300))


def noise(shape: tuple[int, ...], dtype: type) -> Any:
    return np.random.default_rng(1).integers(0, np.iinfo(dtype).max, shape, dtype=dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [3, 4])
def test_the_largest_difference_of_any_channel_is_told(dtype: type, channels: int) -> None:
    first = noise((600, 70, channels), dtype) // 2
    second = first.copy()
    second[300, 20, channels - 1] += 1
    second[301, 20, 0] += np.iinfo(dtype).max // 2
    values = difference.difference(first, second)
    assert np.count_nonzero(values) == 2
    assert values[300, 20] == 1  # the smallest step of either depth is seen
    assert values[301, 20] in (127, 128)
    assert difference.changed_bounds(first, second) == Rect(20, 300, 1, 2)


@given(st.lists(PLACES, max_size=5))
def test_what_lies_outside_of_overlapping_places_is_counted_once(places: list[Rect]) -> None:
    values = noise((700, 60), np.uint8) // 200
    outside = np.ones(values.shape, bool)
    for place in places:
        outside[place.intersected(Rect(0, 0, 60, 700)).slices] = False
    assert difference.count_outside(values, places) == np.count_nonzero(values[outside])
