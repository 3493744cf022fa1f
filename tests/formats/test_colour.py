from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageCms

from dalle_studio.core.picture import Metadata, Picture, Source
from dalle_studio.formats.colour import eight_bit, from_srgb, over_white, to_srgb
from tests.conftest import PhotoFactory
from tests.formats.files import (
    ADOBE_RGB,
    DISPLAY_P3,
    SRGB,
    gamma_curve,
    grey_profile,
    ink_profile,
    matrix_profile,
    noise,
    srgb_curve,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

P3 = matrix_profile(DISPLAY_P3, srgb_curve())
ADOBE = matrix_profile(ADOBE_RGB, gamma_curve(2.19921875))
GREY = grey_profile(gamma_curve(1.8))


def in_space(icc: bytes | None, depth: int = 8, *, grey: bool = False) -> Picture:
    pixels = np.zeros((1, 1, 3), np.uint8) if depth == 8 else np.zeros((1, 1, 3), np.uint16)
    return Picture(pixels, Metadata(icc=icc), Source(grey=grey))


def worst(a: NDArray[np.uint8] | NDArray[np.uint16], b: NDArray[np.uint8] | NDArray[np.uint16]) -> int:
    return int(np.abs(a.astype(int) - b).max())


@pytest.mark.parametrize(
    "icc",
    [None, matrix_profile(SRGB, srgb_curve()), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()],
)
def test_srgb_photos_are_not_touched(icc: bytes | None) -> None:
    pixels = noise(20, 20)
    assert np.array_equal(to_srgb(pixels, Metadata(icc=icc)), pixels)
    assert np.array_equal(from_srgb(pixels, in_space(icc)), pixels)


def test_without_a_profile_not_even_a_copy_is_made() -> None:
    pixels = noise(20, 20)
    assert np.shares_memory(to_srgb(pixels, Metadata()), pixels)


@pytest.mark.parametrize("icc", [b"", b"nonsense", P3[:300], ink_profile(), b"\x00" * 200])
def test_profiles_that_fit_nothing_change_nothing(icc: bytes) -> None:
    pixels = noise(20, 20)
    assert np.array_equal(to_srgb(pixels, Metadata(icc=icc)), pixels)
    assert np.array_equal(from_srgb(pixels, in_space(icc)), pixels)


@pytest.mark.parametrize("icc", [P3, ADOBE])
def test_conversion_agrees_with_littlecms(icc: bytes, photo: PhotoFactory) -> None:
    pixels = photo(300, 700)
    expected = ImageCms.profileToProfile(
        Image.fromarray(pixels),
        ImageCms.ImageCmsProfile(io.BytesIO(icc)),
        ImageCms.createProfile("sRGB"),
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    assert expected is not None
    assert worst(to_srgb(pixels, Metadata(icc=icc)), np.asarray(expected)) <= 1


@pytest.mark.parametrize("icc", [P3, ADOBE])
def test_there_and_back_in_8_bits_loses_no_more_than_rounding_does(icc: bytes, photo: PhotoFactory) -> None:
    pixels = photo(300, 200)
    there = from_srgb(pixels, in_space(icc))
    assert worst(there, pixels) > 2
    back = to_srgb(there, Metadata(icc=icc))
    assert worst(back, pixels) <= 3  # a few in a million; a level of P3 is up to three of sRGB there
    assert (np.abs(back.astype(int) - pixels) <= 1).mean() > 0.999


@pytest.mark.parametrize("icc", [None, P3, ADOBE])
def test_16_bits_there_and_back_are_exact(icc: bytes | None, photo: PhotoFactory) -> None:
    pixels = photo(300, 200)
    there = from_srgb(pixels, in_space(icc, 16))
    assert there.dtype == np.uint16
    assert worst(to_srgb(there, Metadata(icc=icc)), pixels) == 0


@pytest.mark.parametrize("icc", [P3, ADOBE])
def test_16_bits_are_finer_than_8(icc: bytes, photo: PhotoFactory) -> None:
    pixels = photo(300, 200)
    deep = from_srgb(pixels, in_space(icc, 16))
    assert worst(eight_bit(deep), from_srgb(pixels, in_space(icc))) <= 1
    assert (deep % 257 != 0).mean() > 0.9  # not just 8 bits made wider


def test_black_and_white_stay_black_and_white() -> None:
    pixels = np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)
    for icc in (P3, ADOBE, GREY):
        for depth, top in ((8, 255), (16, 65_535)):
            there = from_srgb(pixels, in_space(icc, depth))
            assert worst(there, pixels.astype(np.uint16) * (top // 255)) <= top // 255
            assert worst(to_srgb(there, Metadata(icc=icc)), pixels) <= 1


@pytest.mark.parametrize("depth", [8, 16])
def test_colours_have_a_place_beside_the_greys_of_a_grey_profile(depth: int) -> None:
    pixels = noise(20, 20)
    there = from_srgb(pixels, in_space(GREY, depth, grey=True))
    assert there.shape == (20, 20, 3)
    assert worst(to_srgb(there, Metadata(icc=GREY)), pixels) <= 2
    ramp = np.repeat(np.arange(0, 256, 5, dtype=np.uint8), 3).reshape(1, -1, 3)
    back = to_srgb(from_srgb(ramp, in_space(GREY, depth, grey=True)), Metadata(icc=GREY))
    assert worst(back, ramp) <= 2


def test_alpha_is_dropped() -> None:
    pixels = noise(20, 20, 4)
    assert np.array_equal(to_srgb(pixels, Metadata()), pixels[..., :3])
    assert to_srgb(pixels, Metadata(icc=P3)).shape == (20, 20, 3)
    assert from_srgb(pixels, in_space(P3)).shape == (20, 20, 3)


def test_16_bits_are_rounded_and_8_bits_come_back_exactly() -> None:
    values = np.arange(65_536, dtype=np.uint16).reshape(256, 256, 1).repeat(3, axis=2)
    assert np.array_equal(eight_bit(values), np.round(values / 257).astype(np.uint8))
    pixels = noise(20, 20)
    assert np.array_equal(to_srgb(from_srgb(pixels, in_space(None, 16)), Metadata()), pixels)


def test_laying_over_white() -> None:
    pixels = np.array([[[10, 20, 30, 255], [10, 20, 30, 0], [0, 0, 0, 128]]], np.uint8)
    assert over_white(pixels).tolist() == [[[10, 20, 30], [255, 255, 255], [127, 127, 127]]]


def test_read_only_pixels_and_cut_out_views_are_fine() -> None:
    pixels = noise(40, 30)
    pixels.flags.writeable = False
    assert np.array_equal(to_srgb(pixels[3:9, 5:20], Metadata(icc=P3)), to_srgb(pixels, Metadata(icc=P3))[3:9, 5:20])


@pytest.mark.parametrize("icc", [None, P3, ADOBE])
def test_what_comes_in_16_bits_stays_fine_for_a_deep_photo_and_is_rounded_for_another(icc: bytes | None) -> None:
    ramp = np.repeat(np.linspace(20_000, 30_000, 4096).astype(np.uint16)[None, :, None], 3, axis=2)
    assert len(np.unique(from_srgb(ramp, in_space(icc, 16)))) > 2000
    shallow = from_srgb(ramp, in_space(icc))
    assert shallow.dtype == np.uint8
    assert worst(shallow, from_srgb(eight_bit(ramp), in_space(icc))) == 0
