"""Zoom, pan and the mapping, as plain values."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.geometry import Size
from dalle_studio.ui import canvas_view
from dalle_studio.ui.canvas_view import View

scales = st.floats(0.01, 32)
places = st.floats(-3000, 3000)


@given(scales, places, places, places, places)
def test_a_device_pixel_maps_to_the_photo_and_back(scale: float, x: float, y: float, px: float, py: float) -> None:
    view = View(scale, x, y)
    back = view.to_photo(*view.to_device(px, py))
    assert math.isclose(back[0], px, abs_tol=1e-6)
    assert math.isclose(back[1], py, abs_tol=1e-6)


@given(scales, scales, st.integers(0, 1900), st.integers(0, 1000))
def test_zooming_keeps_the_point_under_the_pointer(first: float, second: float, x: int, y: int) -> None:
    view = View(canvas_view.quantised(first), 40.0, 30.0)
    px, py = view.to_photo(x, y)
    zoomed = view.zoomed(second, x, y)
    after = zoomed.to_device(px, py)
    # Corners are shown on whole pixels: half a pixel of the old view, magnified, and half of the new one.
    slack = 0.5 * zoomed.scale / view.scale + 0.5 + 1e-6
    assert abs(after[0] - x) <= slack
    assert abs(after[1] - y) <= slack


@given(scales, st.lists(scales, max_size=30))
def test_any_zooming_in_and_out_comes_back_to_the_same_view(scale: float, others: list[float]) -> None:
    view = first = View(canvas_view.quantised(scale), 12.0, -7.0)
    for other in [*others, first.scale]:
        view = view.zoomed(other, 321, 123)
    assert math.isclose(view.scale, first.scale)
    assert abs(view.x - first.x) < 1e-3
    assert abs(view.y - first.y) < 1e-3


@given(st.floats(0.003, 32))
def test_quantising_is_invisible_and_whole_in_qts_arithmetic(scale: float) -> None:
    quantised = canvas_view.quantised(scale)
    assert abs(quantised / scale - 1) < 1e-5 * max(1.0, scale)
    if scale < 1 or scale != round(scale):
        level = max(0, int(math.log2(1 / quantised) + 1e-6))
        step = 65536 / (quantised * 2**level)
        assert abs(step - round(step)) < 2e-4


def test_one_hundred_per_cent_and_its_fractions_stay_exact() -> None:
    for scale in (1.0, 0.5, 0.25, 0.125, 2.0, 3.0):
        assert canvas_view.quantised(scale) == scale


def test_a_fitted_photo_is_centred_within_its_padding() -> None:
    view = canvas_view.fitted(Size(4000, 3000), 1000, 800, padding=40)
    left, top = view.to_device(0, 0)
    right, bottom = view.to_device(4000, 3000)
    assert left >= 40 - 1
    assert top >= 40 - 1
    assert abs((left + right) / 2 - 500) <= 1
    assert abs((top + bottom) / 2 - 400) <= 1


def test_steps_lead_through_one_hundred_per_cent() -> None:
    scale, seen = 0.01, []
    while scale < canvas_view.LARGEST:
        scale = canvas_view.step_in(scale)
        seen.append(scale)
    assert 1.0 in seen
    assert canvas_view.step_out(1.0) < 1.0 < canvas_view.step_in(1.0)


@given(scales, places, places)
def test_a_photo_can_not_be_lost_by_panning(scale: float, x: float, y: float) -> None:
    photo = Size(640, 480)
    view = View(scale, x, y).kept_in_sight(photo, 800, 600)
    seen_x = min(800.0, view.x + 640 * scale) - max(0.0, view.x)
    seen_y = min(600.0, view.y + 480 * scale) - max(0.0, view.y)
    assert seen_x >= min(canvas_view.KEPT_IN_SIGHT, 640 * scale) - 1e-6
    assert seen_y >= min(canvas_view.KEPT_IN_SIGHT, 480 * scale) - 1e-6
