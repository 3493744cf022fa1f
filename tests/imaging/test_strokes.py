from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalle_studio.core.geometry import Rect
from dalle_studio.imaging.strokes import segment_rect, stamp_segment

SHAPE = (160, 200)
POINT = st.tuples(st.floats(-30, 230), st.floats(-30, 190))
RADIUS = st.floats(0.1, 70)
HARDNESS = st.sampled_from([0.0, 0.3, 0.7, 0.95, 1.0])


def capsule(shape: tuple[int, int], start: tuple[float, float], end: tuple[float, float], radius: float) -> np.ndarray:
    """Distance of each pixel's centre to the segment, less the radius: negative inside."""
    ys, xs = np.mgrid[: shape[0], : shape[1]] + 0.5
    dx, dy = end[0] - start[0], end[1] - start[1]
    square = dx * dx + dy * dy
    along = np.clip(((xs - start[0]) * dx + (ys - start[1]) * dy) / square, 0, 1) if square else np.zeros(shape)
    away: np.ndarray = np.hypot(xs - start[0] - along * dx, ys - start[1] - along * dy) - radius
    return away


@settings(max_examples=300, deadline=None)
@given(POINT, POINT, RADIUS, HARDNESS)
def test_a_segment_stays_within_its_rectangle(
    start: tuple[float, float], end: tuple[float, float], radius: float, hardness: float
) -> None:
    mask = np.zeros(SHAPE, np.uint8)
    stamp_segment(mask, (0, 0), start, end, radius=radius, hardness=hardness)
    rect = segment_rect(*start, *end, radius).intersected(Rect(0, 0, 200, 160))
    mask[rect.slices] = 0
    assert not mask.any()


@settings(max_examples=300, deadline=None)
@given(POINT, POINT, RADIUS, HARDNESS, st.booleans())
def test_a_view_gets_the_same_pixels_as_the_whole_mask(
    start: tuple[float, float], end: tuple[float, float], radius: float, hardness: float, erase: bool
) -> None:
    whole = np.full(SHAPE, 255 if erase else 0, np.uint8)
    part = whole.copy()
    stamp_segment(whole, (0, 0), start, end, radius=radius, hardness=hardness, erase=erase)
    rect = segment_rect(*start, *end, radius).intersected(Rect(0, 0, 200, 160))
    if not rect.is_empty:
        view = part[rect.slices]
        stamp_segment(view, (rect.x, rect.y), start, end, radius=radius, hardness=hardness, erase=erase)
    # A view that is clipped elsewhere rounds coordinates elsewhere: one step of anti-aliasing at most.
    assert int(np.abs(whole.astype(int) - part).max()) <= 16


@settings(max_examples=200, deadline=None)
@given(POINT, POINT, st.floats(0.5, 70))
def test_a_hard_brush_covers_the_capsule_to_a_pixel(
    start: tuple[float, float], end: tuple[float, float], radius: float
) -> None:
    mask = np.zeros(SHAPE, np.uint8)
    stamp_segment(mask, (0, 0), start, end, radius=radius)
    away = capsule(SHAPE, start, end, radius)
    assert (mask[away < -1.3] == 255).all()
    assert (mask[away > 1.1] == 0).all()


@pytest.mark.parametrize("radius", [0.5, 1.3, 4.0, 7.25, 20.0, 63.7])
@pytest.mark.parametrize("hardness", [0.0, 0.5, 0.9, 1.0])
def test_the_edge_lies_where_the_radius_says(radius: float, hardness: float) -> None:
    mask = np.zeros(SHAPE, np.uint8)
    start, end = (70.3, 71.8), (95.1, 83.4)
    stamp_segment(mask, (0, 0), start, end, radius=radius, hardness=hardness)
    soft = (1 - hardness) * radius
    middle = radius - soft / 2 if soft > 1 else radius
    length = math.hypot(end[0] - start[0], end[1] - start[1])
    # Widening the capsule by d adds about d × its outline.
    inner = (capsule(SHAPE, start, end, middle) <= 0).sum()
    outline = 2 * math.pi * middle + 2 * length
    assert (mask.sum() / 255 - inner) / outline == pytest.approx(0, abs=0.12 + 0.05 * soft)


@pytest.mark.parametrize("hardness", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("radius", [2.0, 12.0, 40.0])
def test_strokes_follow_the_pointer_below_a_pixel(radius: float, hardness: float) -> None:
    def centre(x: float) -> float:
        mask = np.zeros(SHAPE, np.uint8)
        stamp_segment(mask, (0, 0), (x, 80.5), (x, 80.5), radius=radius, hardness=hardness)
        weight = mask.sum(axis=0).astype(float)
        return float((weight * (np.arange(200) + 0.5)).sum() / weight.sum())

    for x in (100.0, 100.25, 100.5, 100.75):
        # Wide fall-offs are placed to half a pixel: nobody can see where their edge is.
        assert centre(x) == pytest.approx(x, abs=0.15 if radius * (1 - hardness) < 32 else 0.3)


@settings(max_examples=100, deadline=None)
@given(POINT, POINT, st.floats(1, 60), HARDNESS, st.floats(0.05, 1))
def test_painting_twice_changes_nothing_more(
    start: tuple[float, float], end: tuple[float, float], radius: float, hardness: float, flow: float
) -> None:
    mask = np.zeros(SHAPE, np.uint8)
    stamp_segment(mask, (0, 0), start, end, radius=radius, hardness=hardness, flow=flow)
    once = mask.copy()
    stamp_segment(mask, (0, 0), start, end, radius=radius, hardness=hardness, flow=flow)
    np.testing.assert_array_equal(mask, once)
    assert int(mask.max()) <= round(255 * flow)


@settings(max_examples=100, deadline=None)
@given(POINT, POINT, st.floats(1, 60), HARDNESS)
def test_erasing_mirrors_painting(
    start: tuple[float, float], end: tuple[float, float], radius: float, hardness: float
) -> None:
    painted, erased = np.zeros(SHAPE, np.uint8), np.full(SHAPE, 255, np.uint8)
    stamp_segment(painted, (0, 0), start, end, radius=radius, hardness=hardness)
    stamp_segment(erased, (0, 0), start, end, radius=radius, hardness=hardness, erase=True)
    np.testing.assert_array_equal(painted, 255 - erased)


def test_painting_never_lowers_and_erasing_never_raises() -> None:
    noise = np.random.default_rng(5).integers(0, 256, SHAPE, np.uint8)
    for erase in (False, True):
        for hardness in (0.2, 1.0):
            mask = noise.copy()
            stamp_segment(mask, (0, 0), (20, 30), (150, 90), radius=25, hardness=hardness, erase=erase)
            assert (mask <= noise).all() if erase else (mask >= noise).all()
            assert (mask != noise).any()


def test_a_soft_brush_is_full_inside_its_hardness_and_falls_smoothly() -> None:
    mask = np.zeros((300, 300), np.uint8)
    stamp_segment(mask, (0, 0), (150.5, 150.5), (150.5, 150.5), radius=100, hardness=0.5)
    profile = mask[150, 150:].astype(int)
    assert (profile[:50] == 255).all()
    assert (np.diff(profile) <= 0).all()
    assert profile[75] == pytest.approx(128, abs=3)
    assert (profile[100:] == 0).all()
    assert max(-np.diff(profile)) <= 9


def test_a_long_diagonal_equals_its_pieces() -> None:
    whole, pieces = np.zeros((900, 900), np.uint8), np.zeros((900, 900), np.uint8)
    points = [(20.0 + 86 * i, 30.0 + 84 * i) for i in range(11)]
    stamp_segment(whole, (0, 0), points[0], points[-1], radius=8)
    for a, b in itertools.pairwise(points):
        stamp_segment(pieces, (0, 0), a, b, radius=8)
    differs = np.abs(whole.astype(int) - pieces)
    assert differs.mean() < 0.2
    assert differs.max() < 128


def test_no_holes_where_a_stroke_runs_off_the_photo() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        mask = np.zeros((120, 120), np.uint8)
        angle, radius = rng.random() * 2 * math.pi, rng.uniform(10, 90)
        start = (60 + rng.random(), 60 + rng.random())
        end = (start[0] + 12 * math.cos(angle), start[1] + 12 * math.sin(angle))
        stamp_segment(mask, (0, 0), start, end, radius=radius)
        assert (mask[capsule((120, 120), start, end, radius) < -1.3] == 255).all()
