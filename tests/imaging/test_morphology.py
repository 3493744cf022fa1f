from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalle_studio.core.errors import Cancelled
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.imaging.morphology import (
    disc,
    feather,
    fill_holes,
    grow,
    invert,
    remove_specks,
    shrink,
    smooth,
    soften,
)
from dalle_studio.imaging.selection import Combine, combine
from dalle_studio.imaging.shapes import ellipse
from dalle_studio.imaging.stopping import ShouldStop, never
from tests.imaging.masks import binary, blobs, soft


def spot(height: int = 120, width: int = 150, seed: int = 0) -> FrozenMask:
    rng = np.random.default_rng(seed)
    pixels = np.zeros((height, width), np.uint8)
    for _ in range(3):
        y, x = rng.integers(0, height - 5), rng.integers(0, width - 5)
        pixels[y : y + rng.integers(1, 50), x : x + rng.integers(1, 50)] = rng.integers(1, 256)
    return FrozenMask.of(pixels)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40))
def test_growing_reaches_as_far_as_asked(seed: int, pixels: int) -> None:
    mask = spot(seed=seed)
    before = mask.full() > 0
    grown = grow(mask, pixels)
    after = grown.full() > 0
    away = cv2.distanceTransform((~before).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    assert after[away <= pixels * 0.95 - 0.5].all()
    assert not after[away > pixels * 1.05 + 1].any()
    assert grown.bounds.contains(mask.bounds)
    assert (grown.full() >= mask.full()).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_shrinking_undoes_growing_of_a_round_thing(seed: int, pixels: int) -> None:
    pixels_of = np.zeros((100, 100), np.uint8)
    pixels_of[38:63, 38:63] = disc(12) * 255
    mask = FrozenMask.of(pixels_of)
    back = grow(grow(mask, pixels), -pixels)
    assert (back.full() >= mask.full()).all()
    assert np.count_nonzero(back.full() != mask.full()) < 40


def test_shrinking_away_leaves_an_empty_mask() -> None:
    assert grow(spot(), -80).is_empty


def test_the_photos_edge_is_no_reason_to_shrink() -> None:
    pixels = np.zeros((50, 50), np.uint8)
    pixels[:20, :20] = 255
    shrunk = grow(FrozenMask.of(pixels), -5).full()
    assert shrunk[0, 0] == 255
    assert shrunk[14, 14] == 255
    assert shrunk[16, 3] == 0


def test_growing_carries_soft_values() -> None:
    pixels = np.zeros((40, 40), np.uint8)
    pixels[20, 20] = 77
    assert set(np.unique(grow(FrozenMask.of(pixels), 3).full())) == {0, 77}


def test_inverting_twice_changes_nothing() -> None:
    mask = spot()
    np.testing.assert_array_equal(invert(invert(mask)).full(), mask.full())
    np.testing.assert_array_equal(invert(mask).full(), 255 - mask.full())


def test_feathering_softens_edges_and_keeps_the_middle() -> None:
    pixels = np.zeros((100, 100), np.uint8)
    pixels[20:80, 20:80] = 255
    soft = feather(FrozenMask.of(pixels), 8).full().astype(int)
    assert soft[50, 50] == 255
    assert soft[50, 20] == pytest.approx(128, abs=25)
    assert 0 < soft[50, 15] < 128
    assert soft[50, 5] == 0
    assert int(soft.sum()) == pytest.approx(int(pixels.astype(int).sum()), rel=0.02)


def test_feathering_leaves_the_photos_own_edge_alone() -> None:
    pixels = np.full((60, 60), 255, np.uint8)
    assert (feather(FrozenMask.of(pixels), 10).full() == 255).all()


@pytest.mark.parametrize("pixels", [0, 5])
def test_empty_masks_stay_empty(pixels: int) -> None:
    mask = FrozenMask.of(np.zeros((10, 10), np.uint8))
    assert grow(mask, pixels).is_empty
    assert feather(mask, pixels).is_empty


@given(soft, soft, st.integers(-30, 30))
def test_growing_and_shrinking_are_monotone(a: FrozenMask, b: FrozenMask, pixels: int) -> None:
    both = combine(a, b, Combine.ADD)
    assert (grow(both, pixels).full() >= grow(a, pixels).full()).all()
    changed = grow(a, pixels).full()
    assert (changed >= a.full()).all() if pixels > 0 else (changed <= a.full()).all()


@given(soft, st.integers(1, 30))
def test_shrinking_is_growing_what_is_not_masked(mask: FrozenMask, pixels: int) -> None:
    np.testing.assert_array_equal(shrink(mask, pixels).full(), invert(grow(invert(mask), pixels)).full())


@pytest.mark.parametrize("radius", [*range(1, 41), 60, 100, 250])
def test_growing_is_round(radius: int) -> None:
    side = 2 * radius + 41
    pixels = np.zeros((side, side), np.uint8)
    middle = side // 2
    pixels[middle, middle] = 255
    grown = grow(FrozenMask.of(pixels), radius).full() > 0
    away = np.hypot(*np.ogrid[-middle : middle + 1, -middle : middle + 1])
    assert away[grown].max() <= radius * 1.03 + 0.5
    assert away[~grown].min() > radius * 0.97
    np.testing.assert_array_equal(grown, grown.T)
    np.testing.assert_array_equal(grown, grown[::-1])


@given(binary, st.integers(1, 40))
def test_feathering_changes_the_edge_only(mask: FrozenMask, pixels: int) -> None:
    pixels_before, after = mask.full(), feather(mask, pixels).full()
    reach = 2 * (2 * pixels + 3) + 1
    near = cv2.morphologyEx(pixels_before, cv2.MORPH_GRADIENT, np.ones((reach, reach), np.uint8))
    np.testing.assert_array_equal(after[near == 0], pixels_before[near == 0])


@pytest.mark.parametrize("pixels", [3, 10, 18, 40, 120])
def test_feathering_is_the_gaussian_it_says_across_tiles(pixels: int) -> None:
    pixels_of = np.kron(blobs(5).full(), np.ones((14, 10), np.uint8))
    mask = FrozenMask.of(pixels_of)
    mask = combine(mask, ellipse(mask.size, Rect(300, 250, 800, 700)), Combine.ADD)
    exact = cv2.GaussianBlur(mask.full().astype(np.float32), (0, 0), pixels / 2, borderType=cv2.BORDER_REPLICATE)
    assert np.abs(feather(mask, pixels).full() - exact).max() <= 3


def test_smoothing_rounds_corners_and_keeps_straight_edges_crisp() -> None:
    pixels = np.zeros((200, 200), np.uint8)
    pixels[40:160, 40:160] = 255
    pixels[100, 160:190] = 255  # a hair
    after = smooth(FrozenMask.of(pixels), 10).full()
    assert after[40, 40] == 0
    assert after[100, 175] == 0
    assert after[70, 38] == 0
    assert after[70, 42] == 255
    assert abs(int(np.count_nonzero(after > 127)) - 120 * 120) < 150


@given(binary)
def test_filled_holes_are_all_that_the_outside_does_not_reach(mask: FrozenMask) -> None:
    filled = fill_holes(mask).full()
    framed = np.pad(255 - mask.full(), 1, constant_values=255)
    cv2.floodFill(framed, None, (0, 0), 0, 0, 0, 4)
    hole = framed[1:-1, 1:-1] > 0
    np.testing.assert_array_equal(filled, np.where(hole, 255, mask.full()))
    assert (fill_holes(mask, 40).full() <= filled).all()


def test_only_small_holes_are_filled_when_asked_and_soft_rims_with_them() -> None:
    pixels = np.zeros((100, 200), np.uint8)
    pixels[10:90, 10:190] = 255
    pixels[30:34, 30:35] = 0
    pixels[29, 30:35] = 140  # its soft rim
    pixels[30:70, 100:150] = 0
    mask = FrozenMask.of(pixels)
    some = fill_holes(mask, 100).full()
    assert some[25:40, 25:40].min() == 255
    assert some[50, 120] == 0
    assert fill_holes(mask).pixels.min() == 255


@given(binary, st.integers(2, 900))
def test_specks_go_and_larger_parts_stay_as_they_are(mask: FrozenMask, smallest: int) -> None:
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask.full(), connectivity=8)
    keep = statistics[labels, cv2.CC_STAT_AREA] >= smallest
    np.testing.assert_array_equal(remove_specks(mask, smallest).full(), np.where(keep, mask.full(), 0))


def test_specks_are_found_across_tiles() -> None:
    rng = np.random.default_rng(0)
    noise = (rng.random((1100, 1300)) < 0.25).astype(np.uint8) * 255
    noise[300:900, 200:1000] = 255
    mask = FrozenMask.of(noise)
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(noise, connectivity=8)
    keep = statistics[labels, cv2.CC_STAT_AREA] >= 30
    np.testing.assert_array_equal(remove_specks(mask, 30).full(), np.where(keep, noise, 0))


@pytest.mark.parametrize(
    "change",
    [
        lambda mask, stop: grow(mask, 5, stop),
        lambda mask, stop: shrink(mask, 5, stop),
        lambda mask, stop: feather(mask, 5, stop),
        lambda mask, stop: smooth(mask, 5, stop),
        soften,
        lambda mask, stop: fill_holes(mask, should_stop=stop),
        lambda mask, stop: remove_specks(mask, 5, stop),
        lambda mask, stop: remove_specks(mask, 5000, stop),
    ],
)
def test_every_change_can_be_stopped(change: Callable[[FrozenMask, ShouldStop], FrozenMask]) -> None:
    mask = ellipse(Size(300, 300), Rect(10, 10, 250, 250))
    assert change(mask, never).size == mask.size
    with pytest.raises(Cancelled):
        change(mask, lambda: True)
