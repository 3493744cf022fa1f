"""Several separate areas: when there is something to choose, and what each choice sends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalle_studio.core.geometry import Rect, Size, bounds_of
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import Picture
from dalle_studio.core.plan import FreeSizes
from dalle_studio.core.records import EditRequest, Operation
from dalle_studio.imaging.areas import areas_of
from dalle_studio.workflow import areas
from dalle_studio.workflow.areas import Division

PHOTO = Size(5200, 2925)


def by_area(size: Size) -> float:
    """A price that grows with the pixels, over a fixed share."""
    return 0.01 + size.area / 2e8


def mask_with(*spots: Rect) -> FrozenMask:
    pixels = np.zeros(PHOTO.shape, np.uint8)
    for spot in spots:
        pixels[spot.slices] = 255
    return FrozenMask.of(pixels)


def divided(mask: FrozenMask, operation: Operation = Operation.EDIT) -> Division | None:
    request = EditRequest(operation, mask=mask, prompt="x", count=3)
    return areas.divide(areas_of(mask), request, PHOTO, FreeSizes())


def test_what_lies_close_together_is_one_request() -> None:
    assert divided(mask_with(Rect(1000, 1000, 80, 80), Rect(1400, 1100, 80, 80))) is None
    assert divided(mask_with(Rect(1000, 1000, 80, 80))) is None


def test_new_canvas_is_never_divided() -> None:
    assert divided(mask_with(Rect(100, 100, 80, 80), Rect(4000, 2500, 80, 80)), Operation.EXTEND) is None


def test_a_common_crop_that_costs_no_more_leaves_nothing_to_choose() -> None:
    division = divided(mask_with(Rect(1000, 1000, 80, 80), Rect(2300, 1000, 80, 80)))
    assert division is not None
    one, several = division.prices(by_area)
    assert one is not None
    assert several is not None
    assert one <= several
    assert not division.matters(by_area)


def test_a_common_crop_that_is_reduced_or_ends_at_an_area_is_a_choice() -> None:
    reduced = divided(mask_with(Rect(100, 100, 80, 80), Rect(5000, 2700, 80, 80)))
    assert reduced is not None
    assert reduced.together.scale < 1
    assert reduced.matters(lambda _: 0.01)
    cramped = divided(mask_with(Rect(560, 560, 600, 60), Rect(3800, 2420, 590, 60)))
    assert cramped is not None
    assert cramped.together.is_exact
    assert cramped.matters(lambda _: 0.01)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 10)), min_size=2, max_size=6, unique=True))
def test_each_request_has_its_own_part_and_all_parts_are_the_mask(places: list[tuple[int, int]]) -> None:
    mask = mask_with(*(Rect(column * 256 + 90, row * 256 + 90, 60, 40) for column, row in places))
    division = divided(mask)
    if division is None:
        return
    request = EditRequest(Operation.EDIT, Picture(np.zeros((1, 1, 3), np.uint8)), mask, prompt="x", count=3)
    parts = areas.requests_for_each(request, division)
    total = np.zeros(PHOTO.shape, np.uint32)
    for part, plan in zip(parts, division.each, strict=True):
        assert part.mask is not None
        assert part.count == 1
        assert plan.crop.contains(part.mask.bounds)
        assert plan.is_exact
        total += part.mask.full()
    assert np.array_equal(total, mask.full())
    assert division.together.crop.contains(bounds_of(area.bounds for area in division.areas))


def test_only_the_mask_differs_between_the_requests() -> None:
    mask = mask_with(Rect(100, 100, 80, 80), Rect(5000, 2700, 80, 80))
    division = divided(mask)
    assert division is not None
    request = EditRequest(Operation.EDIT, mask=mask, prompt="x", quality="high", seed=7)
    for part in areas.requests_for_each(request, division):
        assert (part.prompt, part.quality, part.seed, part.operation) == ("x", "high", 7, Operation.EDIT)


@pytest.mark.parametrize("known", [True, False])
def test_without_prices_pixels_decide(known: bool) -> None:
    division = divided(mask_with(Rect(600, 600, 700, 40), Rect(2900, 1900, 700, 40)))
    assert division is not None
    cheaper = sum(plan.sent.area for plan in division.each) < division.together.sent.area
    assert division.matters(by_area if known else lambda _: None) is cheaper
