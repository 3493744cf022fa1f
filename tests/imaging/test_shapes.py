"""Rectangles, ellipses and polygons, held against areas and against point-by-point tests."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.imaging.shapes import Point, ellipse, polygon, rectangle

SIZE = Size(60, 40)
coordinate = st.floats(-30, 90, allow_nan=False)
points = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=12)
FINE = 8


def windings(path: list[Point], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How often the closed path runs around each of the places: the slow, plain way."""
    count = np.zeros(x.shape, int)
    for (x0, y0), (x1, y1) in zip(path, [*path[1:], path[0]], strict=True):
        if y0 == y1:
            continue
        crosses = (y >= min(y0, y1)) & (y < max(y0, y1))
        at = x0 + (y - y0) * ((x1 - x0) / (y1 - y0))
        count += np.where(crosses & (at <= x), 1 if y1 > y0 else -1, 0)
    return count


@settings(max_examples=40)
@given(points)
def test_a_polygon_is_what_it_runs_around(path: list[Point]) -> None:
    y, x = (np.mgrid[: SIZE.height * FINE, : SIZE.width * FINE] + 0.5) / FINE
    inside = windings(path, x, y)
    blocks = inside.reshape(SIZE.height, FINE, SIZE.width, FINE)
    coverage = np.minimum(np.abs(blocks.mean(axis=(1, 3))), 1)
    off = np.abs(polygon(SIZE, path).full() / 255 - coverage)
    assert off.max() <= 0.3  # the grid of this test is coarse
    assert off.mean() <= 0.01


@given(points)
def test_where_one_begins_or_which_way_one_goes_makes_no_difference(path: list[Point]) -> None:
    first = polygon(SIZE, path).full().astype(int)
    for other in (path[::-1], path[2:] + path[:2]):
        assert np.abs(polygon(SIZE, other).full() - first).max() <= 1


@given(points)
def test_without_antialiasing_pixels_are_in_or_out(path: list[Point]) -> None:
    hard, soft = polygon(SIZE, path, antialias=False).full(), polygon(SIZE, path).full()
    assert set(np.unique(hard)) <= {0, 255}
    assert set(np.unique(soft[(hard == 255) != (soft >= 128)])) <= {127}  # half inside, but for rounding


@given(st.integers(-20, 70), st.integers(-20, 50), st.integers(0, 80), st.integers(0, 60))
def test_a_polygon_along_pixel_borders_is_the_rectangle(x: int, y: int, width: int, height: int) -> None:
    rect = Rect(x, y, width, height)
    corners = [(rect.left, rect.top), (rect.right, rect.top), (rect.right, rect.bottom), (rect.left, rect.bottom)]
    expected = rectangle(SIZE, rect)
    assert expected.bounds == rect.clipped(SIZE) or expected.is_empty
    np.testing.assert_array_equal(polygon(SIZE, corners).full(), expected.full())


@given(st.integers(0, 20), st.integers(0, 20), st.integers(2, 300), st.integers(2, 300))
def test_an_ellipse_has_its_area_and_its_symmetry(x: int, y: int, width: int, height: int) -> None:
    mask = ellipse(Size(400, 400), Rect(x, y, width, height))
    pixels = mask.cut(Rect(x, y, width, height)).astype(int)
    assert pixels.sum() / 255 == pytest.approx(math.pi / 4 * width * height, rel=0.004, abs=0.6)
    assert np.abs(pixels - pixels[::-1]).max() <= 1
    assert np.abs(pixels - pixels[:, ::-1]).max() <= 1
    assert mask.bounds == Rect(x, y, width, height) or min(width, height) < 12


def test_loops_in_either_direction_are_inside() -> None:
    figure_of_eight = [(5.0, 5.0), (55.0, 35.0), (55.0, 5.0), (5.0, 35.0)]
    twice = [(10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0)] * 2
    eight = polygon(SIZE, figure_of_eight)
    assert eight.cut(Rect(8, 20, 1, 1))[0, 0] == 255
    assert eight.cut(Rect(50, 20, 1, 1))[0, 0] == 255
    assert eight.cut(Rect(30, 8, 1, 1))[0, 0] == 0
    np.testing.assert_array_equal(polygon(SIZE, twice).full(), rectangle(SIZE, Rect(10, 10, 20, 20)).full())


@pytest.mark.parametrize(
    "path", [[], [(1.0, 1.0)], [(1.0, 1.0), (9.0, 9.0)], [(5.0, 5.0)] * 5, [(0.0, 3.0), (9.0, 3.0), (4.0, 3.0)]]
)
def test_what_encloses_nothing_selects_nothing(path: list[Point]) -> None:
    assert polygon(SIZE, path).is_empty


def test_shapes_beside_the_photo_select_nothing() -> None:
    assert rectangle(SIZE, Rect(100, 0, 5, 5)).is_empty
    assert ellipse(SIZE, Rect(-50, -50, 20, 20)).is_empty
    assert ellipse(SIZE, Rect(3, 3, 0, 7)).is_empty
    assert polygon(SIZE, [(-9.0, 0.0), (-1.0, 0.0), (-1.0, 30.0)]).is_empty
