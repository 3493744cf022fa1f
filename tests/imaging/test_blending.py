from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.plan import FreeSizes
from dalle_studio.imaging.blending import (
    alpha_for,
    blend,
    changed_rect,
    default_feather,
    feather_room,
    max_difference_outside,
    outside_identical,
)
from dalle_studio.imaging.planning import make_plan

DEPTHS = [np.uint8, np.uint16]


def noise(height: int, width: int, channels: int, dtype: type, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, np.iinfo(dtype).max, (height, width, channels), dtype, endpoint=True)


def distances(solid: np.ndarray) -> np.ndarray:
    """Distance of each pixel to the nearest solid one, by brute force."""
    ys, xs = np.nonzero(solid)
    grid_y, grid_x = np.mgrid[: solid.shape[0], : solid.shape[1]]
    away: np.ndarray = np.sqrt(((grid_y[..., None] - ys) ** 2 + (grid_x[..., None] - xs) ** 2).min(axis=2))
    return away


@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize("photo_channels", [3, 4])
@pytest.mark.parametrize("answer_channels", [3, 4])
@pytest.mark.parametrize("linear", [True, False])
def test_kept_pixels_keep_their_bytes_and_full_ones_take_the_answers(
    dtype: type, photo_channels: int, answer_channels: int, linear: bool
) -> None:
    photo = noise(300, 200, photo_channels, dtype)
    answer = noise(300, 200, answer_channels, dtype, seed=1)
    if answer_channels == 4:
        answer[..., 3] = np.iinfo(dtype).max
    alpha = np.random.default_rng(2).integers(0, 256, (300, 200), np.uint8)
    alpha[:, :60] = 0
    alpha[:, 60:120] = 255
    before = photo.copy()
    out = blend(photo, answer, alpha, linear=linear)
    assert out.dtype == dtype
    assert out.shape == photo.shape
    np.testing.assert_array_equal(photo, before)
    np.testing.assert_array_equal(out[alpha == 0], photo[alpha == 0])
    np.testing.assert_array_equal(out[alpha == 255][:, :3], answer[alpha == 255][:, :3])
    assert outside_identical(photo, out, alpha)
    assert max_difference_outside(photo, out, alpha) == 0


@pytest.mark.parametrize("dtype", DEPTHS)
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("linear", [True, False])
def test_equal_pixels_stay_equal_at_every_alpha(dtype: type, channels: int, linear: bool) -> None:
    top = np.iinfo(dtype).max
    values: np.ndarray = np.linspace(0, top, 256).astype(dtype)
    photo = np.repeat(np.repeat(values[:, None, None], 256, axis=1), channels, axis=2)
    if channels == 4:
        photo[..., 3] = top
    alpha = np.repeat(np.arange(256, dtype=np.uint8)[None], 256, axis=0)
    out = blend(photo, photo.copy(), alpha, linear=linear)
    assert int(np.abs(out.astype(int) - photo).max()) <= (0 if dtype is np.uint8 else 1)


def test_the_band_mixes_light_not_numbers() -> None:
    black, white = np.zeros((1, 1, 3), np.uint8), np.full((1, 1, 3), 255, np.uint8)
    half = np.full((1, 1), 128, np.uint8)
    assert blend(black, white, half)[0, 0, 0] == pytest.approx(188, abs=1)  # half the light in sRGB
    assert blend(black, white, half, linear=False)[0, 0, 0] == 128


def test_a_transparent_photo_lends_no_colour_and_becomes_opaque() -> None:
    photo = np.zeros((1, 3, 4), np.uint8)  # hidden black
    answer = np.full((1, 3, 3), 200, np.uint8)
    out = blend(photo, answer, np.array([[0, 128, 255]], np.uint8))
    assert out[0].tolist() == [[0, 0, 0, 0], [200, 200, 200, 128], [200, 200, 200, 255]]


def test_a_transparent_answer_lets_an_opaque_photo_through() -> None:
    photo = np.full((1, 2, 3), 50, np.uint8)
    answer = np.array([[[200, 200, 200, 0], [200, 200, 200, 255]]], np.uint8)
    out = blend(photo, answer, np.full((1, 2), 255, np.uint8))
    assert out[0, :, 0].tolist() == [50, 200]


def test_answers_of_another_depth_or_size_are_bugs() -> None:
    photo, alpha = np.zeros((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8)
    with pytest.raises(ValueError):
        blend(photo, np.zeros((4, 4, 3), np.uint16), alpha)
    with pytest.raises(ValueError):
        blend(photo, np.zeros((4, 5, 3), np.uint8), alpha)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(0, 2**32 - 1))
def test_alpha_ends_within_the_feather(feather: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = np.zeros((70, 90), np.uint8)
    for _ in range(3):
        y, x = rng.integers(0, 60), rng.integers(0, 80)
        mask[y : y + rng.integers(1, 12), x : x + rng.integers(1, 12)] = rng.integers(1, 256)
    alpha = alpha_for(mask, feather)
    assert (alpha >= mask).all()
    if (mask >= 128).any():
        away = distances(mask >= 128)
        np.testing.assert_array_equal(alpha[away > feather], mask[away > feather])
        assert (alpha[mask >= 128] >= mask[mask >= 128]).all()
    else:
        np.testing.assert_array_equal(alpha, mask)


@pytest.mark.parametrize("feather", [3, 23, 24, 64])
def test_large_masks_fall_off_as_the_distance_to_every_pixel_says(feather: int) -> None:
    """Whichever rows and columns are looked at: a wide mask with bays, holes and islands."""
    mask = np.zeros((700, 1500), np.uint8)
    cv2.ellipse(mask, (600, 350), (500, 300), 20, 0, 360, 255, -1)
    mask[200:240, 500:] = 0
    mask[400:405, 600:640] = 0
    mask[690:, 1490:] = 255
    away = cv2.distanceTransform((mask == 0).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    alpha = alpha_for(mask, feather).astype(int)
    rest = np.clip(1 - (away - 0.5) / feather, 0, 1)
    exact = np.where(away == 0, 255, 255 * rest * rest * (3 - 2 * rest))
    assert np.abs(alpha - exact)[away <= feather].max() <= 12
    assert (alpha[away > feather] == 0).all()


@pytest.mark.parametrize("feather", [1, 2, 3, 10, 11, 24, 64])
def test_the_fall_off_is_smooth_and_about_half_in_the_middle(feather: int) -> None:
    mask = np.zeros((3, 200), np.uint8)
    mask[:, :50] = 255
    profile = alpha_for(mask, feather)[1].astype(int)
    assert (np.diff(profile) <= 0).all()
    assert profile[49] == 255
    assert profile[50] > 0
    assert abs(profile).max() == 255
    assert max(-np.diff(profile)) <= 255 * (1.6 / feather + 0.02)
    assert profile[50:].sum() / 255 == pytest.approx(feather / 2, abs=0.5)


def test_a_soft_brush_stays_soft() -> None:
    mask = np.tile(np.arange(256, dtype=np.uint8), (4, 1))
    np.testing.assert_array_equal(alpha_for(mask, 0), mask)
    assert (alpha_for(mask, 20)[:, 200] >= mask[:, 200]).all()
    np.testing.assert_array_equal(alpha_for(mask, 20)[:, :100], mask[:, :100])


def test_new_canvas_is_taken_whole_and_sends_no_band_onto_the_photo() -> None:
    new_area = np.zeros((100, 100), np.uint8)
    new_area[:, :30] = 255
    mask = new_area.copy()
    mask[40:60, 70:90] = 255  # an extra mask in the same edit
    alpha = alpha_for(mask, 8, new_area=new_area)
    assert (alpha[:, :30] == 255).all()
    assert (alpha[:, 30:60] == 0).all()
    assert alpha[50, 66] > 0
    assert alpha[50, 92] > 0


def test_changed_rect_is_tight() -> None:
    alpha = np.zeros((50, 60), np.uint8)
    assert changed_rect(alpha, (5, 6)).is_empty
    alpha[10, 20] = 1
    alpha[30, 25] = 9
    assert changed_rect(alpha, (5, 6)) == Rect.of_edges(25, 16, 31, 37)


def test_a_changed_pixel_outside_is_found() -> None:
    before = noise(300, 40, 3, np.uint8)
    after = before.copy()
    alpha = np.zeros((300, 40), np.uint8)
    alpha[100:150] = 1
    after[120] = 255 - after[120]
    assert outside_identical(before, after, alpha)
    after[250, 3, 1] ^= 4
    assert not outside_identical(before, after, alpha)
    assert max_difference_outside(before, after, alpha) == 4


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_single_step_of_a_single_channel_outside_is_found_anywhere(depth: type, channels: int) -> None:
    before = noise(70, 90, channels, depth)
    alpha = np.zeros((70, 90), np.uint8)
    alpha[20:50, 30:60] = 255
    for y, x in ((0, 0), (69, 89), (19, 30), (50, 59), (35, 29), (35, 60)):
        for channel in range(channels):
            after = before.copy()
            after[20:50, 30:60] = 0
            assert outside_identical(before, after, alpha)
            after[y, x, channel] ^= 1
            assert max_difference_outside(before, after, alpha) == 1


def test_the_default_feather_grows_with_the_mask_up_to_64() -> None:
    sizes = [default_feather(Rect(0, 0, side, side)) for side in (1, 10, 100, 400, 1000, 9000)]
    assert sizes == sorted(sizes)
    assert sizes[0] == 2
    assert sizes[-1] == 64
    assert default_feather(Rect(0, 0, 0, 0)) == 0


def test_a_feather_ends_inside_the_crop_except_at_the_photos_own_edge() -> None:
    photo = Size(6000, 4000)
    bounds = Rect(0, 1000, 2400, 1500)
    plan = make_plan(photo, bounds, FreeSizes())
    room = feather_room(plan, bounds)
    inner = [bounds.top - plan.crop.top, plan.crop.right - bounds.right, plan.crop.bottom - bounds.bottom]
    assert room == min(inner)
    whole = Rect.of_size(Size(2000, 1600))
    assert feather_room(make_plan(whole.size, whole, FreeSizes()), whole) >= 64
