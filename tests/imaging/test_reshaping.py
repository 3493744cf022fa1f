"""Mirroring, turning, straightening and cropping: what moves, what stays the same, what is never shown."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.framing import Ground
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import Metadata, Picture, Pixels
from dalle_studio.core.reshape import Reshape
from dalle_studio.imaging.difference import changed_bounds, difference
from dalle_studio.imaging.reshaping import reshape_mask, reshape_picture

sides = st.integers(1, 40)


def noise(width: int, height: int, channels: int = 3, *, deep: bool = False) -> Pixels:
    kind: Any = np.uint16 if deep else np.uint8
    found: Pixels = np.random.default_rng(width * 100 + height).integers(
        0, np.iinfo(kind).max, (height, width, channels), kind
    )
    return found


@given(sides, sides, st.booleans(), st.integers(0, 3), st.booleans(), st.sampled_from([3, 4]))
def test_what_is_lossless_is_turned_back_to_the_same_bytes(
    width: int, height: int, mirrored: bool, turns: int, deep: bool, channels: int
) -> None:
    picture = Picture(noise(width, height, channels, deep=deep), Metadata(icc=b"profile"))
    reshape = Reshape(mirrored, turns)

    there = reshape_picture(picture, reshape)
    back = reshape_picture(there, reshape.inverse)

    assert there.size == reshape.size_of(picture.size)
    assert there.metadata == picture.metadata
    assert np.array_equal(back.pixels, picture.pixels)


def test_a_quarter_turn_goes_clockwise_after_the_mirror() -> None:
    pixels = np.zeros((2, 3, 3), np.uint8)
    pixels[0, 0] = 255  # top left

    turned = reshape_picture(Picture(pixels), Reshape(turns=1)).pixels
    mirrored = reshape_picture(Picture(pixels), Reshape(mirrored=True, turns=1)).pixels

    assert turned[0, 1, 0] == 255  # top right
    assert mirrored[2, 1, 0] == 255  # bottom right


@given(sides, sides, st.data())
def test_a_crop_is_a_copy_of_its_pixels(width: int, height: int, data: st.DataObject) -> None:
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))
    picture, crop = Picture(noise(width, height)), Rect.of_edges(left, top, right, bottom)

    cropped = reshape_picture(picture, Reshape(crop=crop))

    assert np.array_equal(cropped.pixels, picture.cut(crop))
    assert not np.shares_memory(cropped.pixels, picture.pixels)


@pytest.mark.parametrize("angle", [-7.5, 3.2, 31.0])
@pytest.mark.parametrize("deep", [False, True])
def test_straightening_in_strips_is_one_rotation_without_an_empty_pixel(angle: float, deep: bool) -> None:
    small = noise(60, 40, deep=deep) // 2 + np.iinfo(np.uint16 if deep else np.uint8).max // 4
    pixels = cv2.resize(small, (2400, 1600), interpolation=cv2.INTER_LINEAR)
    picture, crop = Picture(pixels), Ground(Size(2400, 1600), angle).proposed()  # type: ignore[arg-type]  # OpenCV's own
    turn = cv2.getRotationMatrix2D((2399 / 2, 1599 / 2), angle, 1.0)
    whole = cv2.warpAffine(pixels, turn, (2400, 1600), flags=cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP)

    straight = reshape_picture(picture, Reshape(angle=angle, crop=crop)).pixels

    assert straight.min() > 0
    apart = difference(straight, whole[crop.slices])  # type: ignore[arg-type]  # OpenCV's own
    assert np.percentile(apart, 99.9) <= 1


def test_content_is_rotated_clockwise_and_nothing_lies_beyond_the_photo() -> None:
    pixels = np.full((400, 400, 3), 60, np.uint8)
    pixels[195:205, 300:390] = 255  # right of the centre

    rotated = reshape_picture(Picture(pixels), Reshape(angle=30)).pixels[..., 0]

    ys, xs = np.nonzero(rotated > 200)
    assert ys.mean() == pytest.approx(200 + 145 * 0.5, abs=1)
    assert xs.mean() == pytest.approx(200 + 145 * 0.866, abs=1)
    assert rotated[0, 0] == 0


def test_a_mask_goes_with_the_photo() -> None:
    pixels = np.zeros((300, 400), np.uint8)
    pixels[50:100, 300:380] = 255
    reshape = Reshape(turns=1, crop=Rect(100, 250, 180, 150))

    moved = reshape_mask(FrozenMask.of(pixels), reshape)
    as_picture = reshape_picture(Picture(np.repeat(pixels[..., None], 3, axis=2)), reshape)

    assert moved.size == reshape.size_of(Size(400, 300))
    assert np.array_equal(moved.full(), as_picture.pixels[..., 0])
    assert reshape_mask(FrozenMask.of(np.zeros((300, 400), np.uint8)), reshape).is_empty


def test_a_crop_outside_the_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="crop"):
        reshape_picture(Picture(noise(30, 20)), Reshape(crop=Rect(10, 0, 21, 20)))


@given(st.integers(1, 30), st.integers(1, 700), st.data())
def test_the_changed_bounds_hold_every_difference_and_no_row_more(width: int, height: int, data: st.DataObject) -> None:
    first = noise(width, height)
    second = first.copy()
    at = data.draw(st.lists(st.tuples(st.integers(0, height - 1), st.integers(0, width - 1)), max_size=4))
    for y, x in at:
        second[y, x, 1] = first[y, x, 1] ^ 1
    apart = difference(first, second)

    found = changed_bounds(first, second)

    ys, xs = np.nonzero(apart)
    assert (len(ys) == 0) == found.is_empty
    if len(ys):
        assert found == Rect.of_edges(xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
