from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from dalle_studio.imaging.registration import Registration, register, warp
from tests.conftest import PhotoFactory
from tests.imaging.rerender import (
    CAST,
    MOVED,
    SHIFT,
    ZOOM,
    Bytes,
    Changes,
    Flags,
    crop_of,
    ellipse,
    grown,
    low_pass_error,
    rerender,
)


@pytest.fixture(scope="module")
def crop(sample_photo: Path) -> Bytes:
    return crop_of(sample_photo)


def shift_of(found: Registration, keep: Flags) -> tuple[float, float]:
    return found.shift(keep.shape[1], keep.shape[0])


@pytest.mark.parametrize("changes", [{}, CAST, {"blur": 1.2}, {**CAST, "noise": 4.0}, {"gain": 1.1, "blur": 0.8}])
def test_shift_and_zoom_are_found_to_a_fraction_of_a_pixel(crop: Bytes, changes: Changes) -> None:
    mask = ellipse(*crop.shape[:2])
    keep = ~grown(mask, 8)
    found = register(crop, rerender(crop, mask, **(MOVED | changes)), keep)
    assert found.applied
    assert found.after < 0.25 * found.before
    assert shift_of(found, keep) == pytest.approx(SHIFT, abs=0.05)
    assert found.matrix[:, :2] == pytest.approx(np.eye(2) * ZOOM, abs=2e-4)


@pytest.mark.parametrize("zoom", [0.985, 1.02])
def test_far_answers_are_found(crop: Bytes, zoom: float) -> None:
    mask = ellipse(*crop.shape[:2])
    keep = ~grown(mask, 8)
    found = register(crop, rerender(crop, mask, shift=(-13.3, 9.2), zoom=zoom), keep)
    assert shift_of(found, keep) == pytest.approx((-13.3, 9.2), abs=0.1)


def test_the_rings_error_falls_by_95_percent(crop: Bytes) -> None:
    mask = ellipse(*crop.shape[:2])
    keep = ~grown(mask, 8)
    answer = rerender(crop, mask, shift=SHIFT, zoom=ZOOM)
    moved = warp(answer, register(crop, answer, keep).matrix)
    assert low_pass_error(crop, moved, keep) < 0.05 * low_pass_error(crop, answer, keep)


@pytest.mark.parametrize("changes", [{}, CAST, {"noise": 6.0}, {"blur": 1.5}, {**CAST, "noise": 2.0, "blur": 1.0}])
def test_an_unshifted_answer_stays(crop: Bytes, changes: Changes) -> None:
    mask = ellipse(*crop.shape[:2])
    found = register(crop, rerender(crop, mask, **changes), ~grown(mask, 8))
    assert np.abs(shift_of(found, mask > 0)).max() < 0.1


def test_an_answer_that_is_stretched_differently_both_ways_is_found(crop: Bytes) -> None:
    mask = ellipse(*crop.shape[:2])
    keep = ~grown(mask, 8)
    height, width = mask.shape
    matrix = np.array(((1.004, 0.003, -3.0), (-0.002, 0.994, 2.0)))
    answer = cv2.warpAffine(crop, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
    found = register(crop, answer.astype(np.uint8), keep)
    assert found.applied
    corners = np.array(((0, 0, 1), (width, 0, 1), (0, height, 1), (width, height, 1)))
    assert np.abs(corners @ (found.matrix - matrix).T).max() < 0.15


def test_what_was_redrawn_in_the_ring_has_no_say(crop: Bytes) -> None:
    mask = ellipse(*crop.shape[:2])
    keep = ~grown(mask, 8)
    answer = rerender(crop, mask, shift=SHIFT, zoom=ZOOM)
    answer[:, 700:] = np.roll(crop, 37, axis=0)[:, 700:]  # a third of the ring shows something else
    assert shift_of(register(crop, answer, keep), keep) == pytest.approx(SHIFT, abs=0.1)


def test_a_large_crop_is_measured_as_well(photo: PhotoFactory) -> None:
    pixels = photo(2400, 1600)
    mask = ellipse(1600, 2400)
    keep = ~grown(mask, 8)
    found = register(pixels, rerender(pixels, mask, shift=SHIFT, zoom=ZOOM), keep)  # type: ignore[arg-type]  # 8 bits
    assert shift_of(found, keep) == pytest.approx(SHIFT, abs=0.1)
    assert found.matrix[0, 0] == pytest.approx(ZOOM, abs=2e-4)


def plain(height: int, width: int) -> Bytes:
    return np.full((height, width, 3), (120, 160, 220), np.uint8)


def test_a_flat_ring_leaves_the_answer_where_it_is() -> None:
    mask = ellipse(400, 600)
    for noise in (0.0, 5.0):
        found = register(plain(400, 600), rerender(plain(400, 600), mask, noise=noise, offset=9), ~grown(mask, 8))
        assert not found.applied
        np.testing.assert_array_equal(found.matrix, np.eye(2, 3))


def test_a_slope_alone_moves_nothing_far() -> None:
    ramp = np.repeat(np.linspace(40, 200, 600, dtype=np.float32)[None], 400, axis=0)
    sky = np.repeat(np.rint(ramp)[..., None], 3, axis=2).astype(np.uint8)
    mask = ellipse(400, 600)
    found = register(sky, rerender(sky, mask, gain=0.95, offset=-6.0, noise=3.0), ~grown(mask, 8))
    assert np.abs(shift_of(found, mask > 0)).max() < 0.1


@pytest.mark.parametrize("left", [0, 3])
def test_too_little_of_a_ring_leaves_the_answer_where_it_is(crop: Bytes, left: int) -> None:
    keep = np.zeros(crop.shape[:2], np.bool_)
    keep[:left] = True  # less than 2 %
    found = register(crop, rerender(crop, ellipse(*crop.shape[:2]), shift=SHIFT), keep)
    assert not found.applied


def test_a_thin_frame_is_enough(crop: Bytes) -> None:
    keep = np.ones(crop.shape[:2], np.bool_)
    keep[32:-32, 32:-32] = False
    mask = (~keep).astype(np.uint8) * np.uint8(255)
    found = register(crop, rerender(crop, mask, shift=SHIFT, zoom=ZOOM), keep)
    assert shift_of(found, keep) == pytest.approx(SHIFT, abs=0.15)


def test_a_blown_sky_does_not_hold_the_answer(crop: Bytes) -> None:
    photo = crop.copy()
    photo[:400] = 255
    mask = ellipse(*crop.shape[:2])
    keep = ~grown(mask, 8)
    assert shift_of(register(photo, rerender(photo, mask, shift=SHIFT), keep), keep) == pytest.approx(SHIFT, abs=0.1)


def test_heavy_noise_does_not_hide_the_shift(crop: Bytes) -> None:
    rng = np.random.default_rng(5)
    noisy = np.clip(crop + rng.normal(0, 18, crop.shape), 0, 255).astype(np.uint8)
    mask = ellipse(*crop.shape[:2])
    keep = ~grown(mask, 8)
    answer = rerender(crop, mask, shift=SHIFT, zoom=ZOOM, blur=1.0)  # the model takes the noise away
    found = register(noisy, answer, keep)
    assert found.applied
    assert shift_of(found, keep) == pytest.approx(SHIFT, abs=0.15)


@pytest.mark.parametrize("shift", [(0.0, 0.0), (2.3, -1.4)])
def test_a_repeating_pattern_is_not_taken_one_step_too_far(shift: tuple[float, float]) -> None:
    y, x = np.mgrid[:480, :640]
    wave = 128 + 50 * np.sin(x * (2 * np.pi / 12)) + 50 * np.sin(y * (2 * np.pi / 12))
    tiles = np.repeat(np.rint(wave)[..., None], 3, axis=2).astype(np.uint8)
    mask = ellipse(480, 640)
    keep = ~grown(mask, 8)
    found = register(tiles, rerender(tiles, mask, shift=shift, noise=2.0), keep)
    assert shift_of(found, keep) == pytest.approx(shift, abs=0.1)


def test_a_move_beyond_the_limit_is_not_believed(crop: Bytes) -> None:
    mask = ellipse(*crop.shape[:2])
    found = register(crop, rerender(crop, mask, shift=(0.0, 120.0)), ~grown(mask, 8))
    assert not found.applied


@pytest.mark.parametrize("shape", [(16, 16), (9, 300), (40, 64)])
def test_tiny_crops_are_no_trouble(crop: Bytes, shape: tuple[int, int]) -> None:
    part = np.ascontiguousarray(crop[: shape[0], : shape[1]])
    keep = np.ones(shape, np.bool_)
    keep[4:8, 4:8] = False
    register(part, np.ascontiguousarray(part[::-1]), keep)
