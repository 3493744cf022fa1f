from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from dalle_studio.core.errors import BadInput, EngineUnavailable
from dalle_studio.core.picture import Metadata
from dalle_studio.core.ports import Codec
from dalle_studio.core.words import Words
from dalle_studio.formats.codec import StudioCodec
from dalle_studio.formats.masks import encode_mask
from tests.conftest import PhotoFactory
from tests.formats.files import (
    DISPLAY_P3,
    deep_noise,
    encoded,
    encoded_deep,
    gamma_curve,
    matrix_profile,
    noise,
    png_bomb,
    turned_exif,
)
from tests.formats.test_hostile_files import GOOD

codec: Codec = StudioCodec()


@pytest.mark.parametrize("channels", [3, 4])
def test_answers_are_decoded(channels: int) -> None:
    pixels = noise(48, 32, channels)
    assert np.array_equal(codec.decode_answer(encoded(pixels, "PNG")), pixels)
    lossless = encoded(pixels, "WEBP", lossless=True, exact=True)
    assert np.array_equal(codec.decode_answer(lossless), pixels)


def test_jpeg_grey_and_16_bit_answers_become_8_bit_rgb(photo: PhotoFactory) -> None:
    pixels = photo(48, 32)
    assert np.abs(codec.decode_answer(encoded(pixels, "JPEG", quality=95)).astype(int) - pixels).mean() < 3
    flat = np.full((32, 48, 3), (10, 200, 90), np.uint8)
    assert np.array_equal(codec.decode_answer(encoded(flat, "GIF")), flat)
    assert codec.decode_answer(encoded(noise(48, 32, 1), "PNG")).shape == (32, 48, 3)
    deep = deep_noise(48, 32)
    answer = codec.decode_answer(encoded_deep(deep, ".png"))
    assert answer.dtype == np.uint8
    assert np.abs(answer * 257.0 - deep).max() <= 129


def test_an_answer_in_another_colour_space_is_converted() -> None:
    icc = matrix_profile(DISPLAY_P3, gamma_curve(2.2))
    red = np.full((4, 4, 3), (200, 30, 30), np.uint8)
    answer = codec.decode_answer(encoded(red, "PNG", icc_profile=icc))
    assert answer[0, 0, 0] > 205


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "errors_formats.answer_not_a_picture"),
        (b"<html>captive portal</html>", "errors_formats.answer_not_a_picture"),
        (b'{"error": null}', "errors_formats.answer_not_a_picture"),
        (GOOD["tiff"], "errors_formats.answer_not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "errors_formats.answer_svg"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- drawn -->\n<svg >", "errors_formats.answer_svg"),
        (GOOD["gif"][:20], "errors_formats.answer_unreadable"),
        (GOOD["png"][:200], "errors_formats.answer_unreadable"),
        (GOOD["jpeg"][:200], "errors_formats.answer_unreadable"),
        (GOOD["webp"][:200], "errors_formats.answer_unreadable"),
        (png_bomb(20_000, 20_000), "errors_formats.answer_unreadable"),
        (png_bomb(8_193, 10), "errors_formats.answer_too_large"),
        (png_bomb(8_000, 8_000), "errors_formats.answer_too_large"),
    ],
)
def test_unusable_answers_are_the_engines_failure(data: bytes, message: str) -> None:
    with pytest.raises(EngineUnavailable) as caught:
        codec.decode_answer(data)
    assert caught.value.message == message
    for language in ("ko", "en"):
        assert all(Words(language).of(caught.value))


def test_the_mask_that_leaves_is_the_one_for_both_ways() -> None:
    mask = noise(20, 10, 1)
    assert codec.encode_mask(mask) == encode_mask(mask)


class TestThumbnail:
    def test_it_is_a_small_jpeg_of_the_same_shape(self, photo: PhotoFactory) -> None:
        data = codec.thumbnail(photo(900, 450), Metadata())
        image = Image.open(io.BytesIO(data))
        assert image.format == "JPEG"
        assert image.size == (256, 128)
        assert codec.thumbnail(photo(900, 450), Metadata(), longest=100) != data

    def test_small_pictures_are_not_enlarged_and_thin_ones_keep_a_pixel(self) -> None:
        assert Image.open(io.BytesIO(codec.thumbnail(noise(20, 10), Metadata()))).size == (20, 10)
        assert Image.open(io.BytesIO(codec.thumbnail(noise(3000, 2), Metadata()))).size == (256, 1)

    def test_transparency_is_white_and_depth_and_profile_are_understood(self) -> None:
        clear = np.zeros((40, 40, 4), np.uint16)
        assert np.asarray(Image.open(io.BytesIO(codec.thumbnail(clear, Metadata())))).min() > 250
        icc = matrix_profile(DISPLAY_P3, gamma_curve(2.2))
        red = np.full((40, 40, 3), (200, 30, 30), np.uint8)
        managed = np.asarray(Image.open(io.BytesIO(codec.thumbnail(red, Metadata(icc=icc)))))
        assert managed[20, 20, 0] > 205


class TestCleanReference:
    def test_nothing_but_upright_srgb_pixels_leaves(self) -> None:
        icc = matrix_profile(DISPLAY_P3, gamma_curve(2.2))
        data = encoded(noise(40, 30), "JPEG", exif=turned_exif(6), icc_profile=icc, comment=b"secret", dpi=(72, 72))
        clean = StudioCodec().clean_reference(data)
        image = Image.open(io.BytesIO(clean))
        assert image.format == "PNG"
        assert image.mode == "RGB"
        assert image.size == (30, 40)
        image.load()
        assert image.info == {}
        assert b"Maker" not in clean
        assert b"secret" not in clean

    def test_transparency_is_laid_on_white(self) -> None:
        pixels = noise(10, 10, 4)
        pixels[..., 3] = 0
        clean = np.asarray(Image.open(io.BytesIO(StudioCodec().clean_reference(encoded(pixels, "PNG")))))
        assert (clean == 255).all()

    def test_phones_multi_pictures_and_cmyk_become_png(self) -> None:
        frames = [Image.fromarray(noise(20, 30)) for _ in range(2)]
        phone = encoded(frames[0], "MPO", save_all=True, append_images=frames[1:])
        for data in (phone, GOOD["cmyk"], GOOD["png 16"], GOOD["palette"]):
            image = Image.open(io.BytesIO(StudioCodec().clean_reference(data)))
            assert (image.format, image.mode) == ("PNG", "RGB")

    def test_unreadable_references_are_bad_input(self) -> None:
        with pytest.raises(BadInput):
            StudioCodec().clean_reference(b"nonsense", name="ref.png")
