from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalle_studio.core.mask import FrozenMask
from dalle_studio.imaging.morphology import disc, feather, grow, invert


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
