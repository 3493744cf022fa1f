from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dalle_studio.imaging.matching import Match, measure, ring_error
from tests.imaging.rerender import (
    CAST,
    OBJECT,
    Bytes,
    Changes,
    Flags,
    crop_of,
    ellipse,
    grown,
    low_pass_error,
    rerender,
)

LEAK: Changes = {**CAST, "leak": 6}


@pytest.fixture(scope="module")
def crop(sample_photo: Path) -> Bytes:
    return crop_of(sample_photo)


def corrected(match: Match, answer: Bytes, strength: float = 1.0) -> np.ndarray:
    height, width = answer.shape[:2]
    return match.correct(answer.astype(np.float32), match.rest_for(np.eye(2, 3), width, height), strength)


def middle(pixels: np.ndarray, mask: Bytes) -> np.ndarray:
    """The object's colour, away from its border."""
    core = ~grown((255 - mask).astype(np.uint8), 10)
    return np.asarray(np.median(pixels[core], axis=0))


@pytest.mark.parametrize("extra", [{}, {"noise": 3.0}, {"blur": 1.0}])
def test_a_cast_disappears_from_the_ring_and_from_the_object(crop: Bytes, extra: Changes) -> None:
    mask = ellipse(*crop.shape[:2])
    keep = ~grown(mask, 8)
    answer = rerender(crop, mask, **(CAST | extra))
    out = corrected(measure(crop, answer, keep), answer)
    assert low_pass_error(crop, out, keep) < 0.05 * low_pass_error(crop, answer, keep)
    assert np.abs(middle(out, mask) - OBJECT).max() < 3


@pytest.mark.parametrize("cast", [(0.9, 12.0), (1.08, -9.0), (1.0, 0.0)])
def test_gain_and_offset_are_found_per_channel(crop: Bytes, cast: tuple[float, float]) -> None:
    mask = ellipse(*crop.shape[:2])
    gain, offset = np.array((cast[0], 1.0, 1 / cast[0])), np.array((cast[1], 0.0, -cast[1] / 2))
    answer = np.clip(rerender(crop, mask) * gain + offset, 0, 255).astype(np.uint8)
    match = measure(crop, answer, ~grown(mask, 8))
    assert match.gain == pytest.approx(1 / gain, abs=0.01)
    assert match.offset == pytest.approx(-offset / gain, abs=1.5)


def test_a_softer_answer_is_not_taken_for_a_paler_one(crop: Bytes) -> None:
    mask = ellipse(*crop.shape[:2])
    match = measure(crop, rerender(crop, mask, blur=2.0), ~grown(mask, 8))
    assert match.gain == pytest.approx(np.ones(3), abs=0.01)


def test_a_leak_past_the_mask_leaves_no_trace(crop: Bytes) -> None:
    mask = ellipse(*crop.shape[:2])
    keep = ~grown(mask, 4)
    clean, leaked = (rerender(crop, mask, **changes) for changes in (CAST, LEAK))
    matches = [measure(crop, one, keep) for one in (clean, leaked)]
    apart = corrected(matches[0], clean) - corrected(matches[1], clean)
    assert np.abs(apart).max() < 1


def test_a_shadow_that_the_engine_adds_beside_the_object_does_not_brighten_it(crop: Bytes) -> None:
    mask = ellipse(*crop.shape[:2])
    keep = ~grown(mask, 8)
    answer = rerender(crop, mask).astype(np.float32)
    shadow = grown(np.roll(mask, (70, 0), axis=(0, 1)), 4) & ~(mask > 0)
    answer[shadow] *= 0.6
    match = measure(crop, answer.astype(np.uint8), keep)
    assert np.abs(middle(corrected(match, answer.astype(np.uint8)), mask) - OBJECT).max() < 3


def test_a_cast_that_differs_from_side_to_side_is_continued_into_the_mask(crop: Bytes) -> None:
    mask = ellipse(*crop.shape[:2])
    keep = ~grown(mask, 8)
    drift = np.linspace(-9, 9, crop.shape[1])[None, :, None]
    true = rerender(crop, mask, colour=None)
    answer = np.clip(np.rint(true + drift), 0, 255).astype(np.uint8)
    out = corrected(measure(crop, answer, keep), answer)
    assert np.abs(np.mean((out - true)[mask > 0], axis=0)).max() < 1
    assert low_pass_error(crop, out, mask > 0) < 0.25 * low_pass_error(crop, answer, mask > 0)


def test_a_white_background_becomes_white_again() -> None:
    mask = ellipse(300, 400)
    photo = np.full((300, 400, 3), 255, np.uint8)
    answer = rerender(photo, mask, offset=-7.0, noise=1.0)
    out = corrected(measure(photo, answer, ~grown(mask, 8)), answer)
    rim = grown(mask, 6) & (mask == 0)
    assert np.abs(out[rim].mean(axis=0) - 255).max() < 0.5


def test_a_flat_ring_says_nothing_about_contrast() -> None:
    mask = ellipse(300, 400)
    photo = np.full((300, 400, 3), (110, 150, 90), np.uint8)
    answer = rerender(photo, mask, offset=5.0, noise=2.0)
    match = measure(photo, answer, ~grown(mask, 8))
    assert match.gain == pytest.approx(np.ones(3), abs=0.01)
    assert np.abs(middle(corrected(match, answer), mask) - OBJECT).max() < 1


def test_clipped_pixels_do_not_bend_the_gain(crop: Bytes) -> None:
    photo = crop.copy()
    photo[:250] = 255
    mask = ellipse(*crop.shape[:2])
    match = measure(photo, rerender(photo, mask, gain=1.1, offset=8.0), ~grown(mask, 8))
    assert match.gain == pytest.approx(np.full(3, 1 / 1.1), abs=0.01)


@pytest.mark.parametrize("kept", [0, 10])
def test_without_a_ring_nothing_is_corrected(crop: Bytes, kept: int) -> None:
    keep = np.zeros(crop.shape[:2], np.bool_)
    keep[0, :kept] = True
    answer = rerender(crop, ellipse(*crop.shape[:2]), **CAST)
    match = measure(crop, answer, keep)
    assert not match.known
    np.testing.assert_array_equal(corrected(match, answer), answer)


def test_strength_goes_from_nothing_to_all(crop: Bytes) -> None:
    mask = ellipse(*crop.shape[:2])
    answer = rerender(crop, mask, **CAST)
    match = measure(crop, answer, ~grown(mask, 8))
    none, half, full = (corrected(match, answer, strength) for strength in (0.0, 0.5, 1.0))
    np.testing.assert_array_equal(none, answer)
    np.testing.assert_allclose(half, (none + full) / 2, atol=1e-3)


@pytest.mark.parametrize("shape", [(1, 1), (3, 50), (33, 29)])
def test_any_size_can_be_measured(crop: Bytes, shape: tuple[int, int]) -> None:
    part = np.ascontiguousarray(crop[: shape[0], : shape[1]])
    keep: Flags = np.ones(shape, np.bool_)
    match = measure(part, part, keep)
    assert np.abs(corrected(match, part) - part).max() < 0.01
    assert ring_error(part, part, keep) < 0.01
