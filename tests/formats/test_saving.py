from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, JpegImagePlugin

from dalle_studio.core.errors import BadInput
from dalle_studio.core.picture import Metadata, Picture, Source
from dalle_studio.core.words import Words
from dalle_studio.formats import encoding, saving
from dalle_studio.formats.exif import bare
from dalle_studio.formats.grey_twin import rgb_twin
from dalle_studio.formats.opening import open_picture
from dalle_studio.formats.suffixes import can_write
from tests.conftest import PhotoFactory
from tests.formats.files import (
    DISPLAY_P3,
    deep_noise,
    encoded,
    gamma_curve,
    grey_profile,
    matrix_profile,
    noise,
    turned_exif,
)
from tests.formats.test_exif import full_block

if TYPE_CHECKING:
    from numpy.typing import NDArray

P3 = matrix_profile(DISPLAY_P3, gamma_curve(2.2))
GREY = grey_profile(gamma_curve(2.2))
XMP = "<x:xmpmeta xmlns:x='adobe:ns:meta/'>사진</x:xmpmeta>".encode()
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF")


def through(picture: Picture, format_name: str, original: bytes | None = None) -> Picture:
    """Saved without any loss to tell of, and opened again."""
    data, warnings = saving.encode_picture(picture, format_name, original=original)
    assert warnings == ()
    return open_picture(data, name="saved")


@given(st.sampled_from(("PNG", "TIFF")), st.sampled_from((3, 4)), st.booleans(), st.integers(1, 60), st.integers(1, 40))
def test_png_and_tiff_hold_every_pixel(kind: str, channels: int, deep: bool, width: int, height: int) -> None:
    pixels = deep_noise(width, height, channels) if deep else noise(width, height, channels)
    saved = through(Picture(pixels), kind)
    assert np.array_equal(saved.pixels, pixels)
    assert saved.depth == (16 if deep else 8)
    assert saved.source == Source(kind)


def test_tiffs_of_many_strips_are_read_by_others() -> None:
    for pixels in (noise(900, 700), deep_noise(900, 700, 4), deep_noise(900, 700)):
        data, _ = saving.encode_picture(Picture(pixels), "TIFF")
        read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        assert read is not None
        assert np.array_equal(read, pixels[..., [2, 1, 0, 3][: pixels.shape[2]]])


@pytest.mark.parametrize("kind", FORMATS)
def test_metadata_comes_back(kind: str, photo: PhotoFactory) -> None:
    pixels = photo(64, 48)
    exif = bare(turned_exif(1))
    saved = through(Picture(pixels, Metadata(P3, exif, XMP, (300.0, 240.0))), kind).metadata
    assert saved.icc == P3
    assert saved.xmp == XMP
    assert saved.exif is not None
    assert b"Maker" in saved.exif
    if kind != "WEBP":
        assert saved.dpi == pytest.approx((300, 240), abs=0.5)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_turned_photo_with_thumbnail_is_saved_upright_without_it(kind: str) -> None:
    block = full_block()
    opened = open_picture(encoded(noise(40, 30), "JPEG", exif=b"Exif\x00\x00" + block), name="photo")
    assert opened.size.width == 30
    data, _ = saving.encode_picture(opened, kind)
    read = Image.open(io.BytesIO(data))
    assert read.size == (30, 40)
    found = read.getexif()
    assert found.get(0x0112, 1) == 1
    assert found[0x010F] == "Maker"
    assert found.get_ifd(0x8769)[0xA002] == 30 or kind == "TIFF"
    assert tuple(found.get_ifd(0x8825)[2]) == (37.0, 33.0, 59.0)
    assert data.count(b"\xff\xd8\xff") == (kind == "JPEG")


def test_a_long_profile_is_split_in_jpeg() -> None:
    long = P3[:128] + P3[128:] + bytes(150_000)
    picture = Picture(noise(16, 16), Metadata(icc=long))
    assert through(picture, "JPEG").metadata.icc == long


def test_metadata_too_long_for_jpeg_is_left_out_and_said() -> None:
    picture = Picture(noise(16, 16), Metadata(xmp=bytes(70_000)))
    data, warnings = saving.encode_picture(picture, "JPEG")
    assert warnings == (encoding.METADATA_LOST,)
    assert open_picture(data, name="saved").metadata.xmp is None


class TestDepth:
    @pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
    def test_formats_of_8_bits_say_that_they_reduce(self, kind: str, photo: PhotoFactory) -> None:
        picture = Picture(photo(64, 48, depth=16))
        data, warnings = saving.encode_picture(picture, kind)
        assert warnings == (encoding.DEPTH_REDUCED,)
        assert np.abs(open_picture(data, name="x").pixels.astype(int) - (picture.pixels >> 8)).mean() < 4

    def test_16_bit_grey_stays_so(self) -> None:
        grey = np.repeat(deep_noise(30, 20, 1)[..., None], 3, axis=2)
        for kind in ("PNG", "TIFF"):
            saved = through(Picture(grey, source=Source(grey=True)), kind)
            assert saved.source.grey
            assert np.array_equal(saved.pixels, grey)


class TestGrey:
    @staticmethod
    def mode(picture: Picture, kind: str) -> str:
        return Image.open(io.BytesIO(saving.encode_picture(picture, kind)[0])).mode

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
    def test_grey_photos_stay_grey_until_colour_is_painted(self, kind: str) -> None:
        for icc in (None, GREY):
            opened = open_picture(encoded(noise(30, 20, 1), kind, icc_profile=icc or b""), name="grey")
            assert self.mode(opened, kind) == "L"
            assert through(opened, kind).metadata.icc == icc
            pixels = opened.pixels.copy()
            pixels[3, 4] = (200, 10, 10)
            painted = replace(opened, pixels=pixels)
            assert self.mode(painted, kind) == "RGB"
            assert through(painted, kind).metadata.icc == (None if icc is None else rgb_twin(icc))

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
    def test_a_colour_photo_without_colour_stays_rgb(self, kind: str) -> None:
        grey = np.repeat(noise(30, 20, 1)[..., None], 3, axis=2)
        assert self.mode(Picture(grey), kind) == "RGB"

    def test_a_colour_profile_is_not_put_on_one_channel(self) -> None:
        grey = np.repeat(noise(30, 20, 1)[..., None], 3, axis=2)
        picture = Picture(grey, Metadata(icc=P3), Source(grey=True))
        assert self.mode(picture, "PNG") == "RGB"
        assert through(picture, "PNG").metadata.icc == P3

    def test_transparent_grey_keeps_its_alpha(self) -> None:
        opened = open_picture(encoded(Image.fromarray(noise(30, 20, 4)).convert("LA"), "PNG"), name="grey")
        assert np.array_equal(through(opened, "PNG").pixels, opened.pixels)


class TestTransparency:
    @pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
    def test_alpha_is_kept_where_the_format_has_it(self, kind: str) -> None:
        pixels = noise(30, 20, 4)
        assert np.array_equal(through(Picture(pixels), kind).pixels[..., 3], pixels[..., 3])

    def test_in_jpeg_it_becomes_white_and_is_said(self) -> None:
        pixels = np.zeros((32, 32, 4), np.uint8)
        pixels[:, :16, 3] = 255
        data, warnings = saving.encode_picture(Picture(pixels), "JPEG")
        assert warnings == (encoding.TRANSPARENCY_LOST,)
        saved = open_picture(data, name="x").pixels
        assert saved[:, 20:].min() > 250
        assert saved[:, :12].max() < 5

    def test_an_opaque_alpha_is_no_loss(self) -> None:
        pixels = noise(32, 32, 4)
        pixels[..., 3] = 255
        assert through(Picture(pixels), "JPEG").pixels.shape[2] == 3


class TestJpeg:
    """Where the blocks can't be kept, here because the size is another one."""

    @staticmethod
    def encoded_anew(original: bytes) -> bytes:
        opened = open_picture(original, name="x")
        return saving.encode_picture(replace(opened, pixels=opened.pixels[:, 1:].copy()), "JPEG", original=original)[0]

    @staticmethod
    def tables_and_sampling(data: bytes) -> tuple[dict[int, list[int]], int]:
        image = Image.open(io.BytesIO(data))
        assert isinstance(image, JpegImagePlugin.JpegImageFile)
        return image.quantization, JpegImagePlugin.get_sampling(image)

    @pytest.mark.parametrize("subsampling", [0, 1, 2])
    @pytest.mark.parametrize("quality", [1, 30, 49, 50, 75, 92, 100])
    def test_it_takes_over_standard_tables(self, quality: int, subsampling: int, photo: PhotoFactory) -> None:
        original = encoded(photo(64, 48), "JPEG", quality=quality, subsampling=subsampling)
        data = self.encoded_anew(original)
        assert self.tables_and_sampling(data) == self.tables_and_sampling(original)

    @pytest.mark.parametrize("subsampling", [0, 1, 2])
    def test_it_takes_over_a_cameras_own_tables(self, subsampling: int, photo: PhotoFactory) -> None:
        tables = [[1 + (i * 7) % 40 for i in range(64)], [2 + (i * 5) % 60 for i in range(64)]]
        original = encoded(photo(64, 48), "JPEG", qtables=tables, subsampling=subsampling)
        data = self.encoded_anew(original)
        assert self.tables_and_sampling(data) == self.tables_and_sampling(original)

    def test_a_grey_original_gives_its_table(self) -> None:
        for options in ({"quality": 60}, {"qtables": [[3 + i % 9 for i in range(64)]]}):
            original = encoded(noise(64, 48, 1), "JPEG", **options)
            data = self.encoded_anew(original)
            assert self.tables_and_sampling(data)[0] == self.tables_and_sampling(original)[0]

    def test_from_other_formats_it_is_made_well(self, photo: PhotoFactory) -> None:
        pixels = photo(640, 480)
        for original in (None, encoded(pixels, "PNG"), b"nonsense", b"\xff\xd8\xff"):
            data, _ = saving.encode_picture(Picture(pixels), "JPEG", original=original)
            assert self.tables_and_sampling(data)[1] == 0
            assert np.abs(open_picture(data, name="x").pixels.astype(int) - pixels).mean() < 2

    def test_a_cmyk_original_does_no_harm(self) -> None:
        original = encoded(Image.fromarray(noise(32, 32, 4), "CMYK"), "JPEG")
        data, _ = saving.encode_picture(open_picture(original, name="x"), "JPEG", original=original)
        assert Image.open(io.BytesIO(data)).mode == "RGB"


class TestLossless:
    def test_which_files_hold_their_pixels_exactly(self) -> None:
        pixels = noise(20, 20)
        lossless, lossy = encoded(pixels, "WEBP", lossless=True, exif=turned_exif(1)), encoded(pixels, "WEBP")
        assert saving.is_lossless("WEBP", lossless)
        assert not saving.is_lossless("WEBP", lossy)
        assert not saving.is_lossless("WEBP", b"RIFF")
        assert saving.is_lossless("PNG", b"")
        assert saving.is_lossless("TIFF", b"")
        assert not saving.is_lossless("JPEG", b"")

    def test_a_lossless_webp_is_saved_without_loss(self) -> None:
        pixels = noise(20, 20, 4)
        original = encoded(pixels, "WEBP", lossless=True, exact=True)
        data, _ = saving.encode_picture(open_picture(original, name="x"), "WEBP", original=original)
        assert saving.is_lossless("WEBP", data)
        assert np.array_equal(open_picture(data, name="x").pixels, pixels)


class TestFormats:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [("a.jpg", "JPEG"), ("사진.JPEG", "JPEG"), ("a.b.PNG", "PNG"), ("a.webp", "WEBP"), ("x.tif", "TIFF")],
    )
    def test_the_name_says_the_format(self, name: str, kind: str) -> None:
        assert saving.format_for(Path(name)) == kind
        assert can_write(Path(name))
        assert saving.can_write_format(kind)

    @pytest.mark.parametrize("name", ["a", "a.gif", "a.psd", ".png", "a.jpg.exe"])
    def test_other_names_are_refused_listing_the_known_ones(self, name: str) -> None:
        assert not can_write(Path(name))
        with pytest.raises(BadInput) as caught:
            saving.format_for(Path(name))
        for language in ("ko", "en"):
            sentence, hint = Words(language).of(caught.value)
            assert ".webp" in sentence
            assert hint

    def test_formats_that_are_only_read(self) -> None:
        assert not saving.can_write_format("GIF")
        assert not saving.can_write_format("HEIF")

    @pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
    def test_a_side_too_long_for_the_format_is_refused(self, kind: str) -> None:
        with pytest.raises(BadInput) as caught:
            saving.encode_picture(Picture(np.zeros((1, 65_501, 3), np.uint8)), kind)
        for language in ("ko", "en"):
            assert "65501x1" in Words(language).of(caught.value)[0]

    def test_an_unknown_format_is_a_bug_and_no_bad_input(self) -> None:
        with pytest.raises(KeyError):
            saving.encode_picture(Picture(noise(2, 2)), "GIF")


def test_the_shipped_sample_survives_an_edit_as_jpeg(sample_photo: Path) -> None:
    original = sample_photo.read_bytes()
    opened = open_picture(original, name="sample")
    pixels: NDArray[np.uint8] = opened.pixels.astype(np.uint8)
    pixels[100:300, 200:500] = 128
    data, warnings = saving.encode_picture(replace(opened, pixels=pixels), "JPEG", original=original)
    assert warnings == ()
    difference = np.abs(open_picture(data, name="x").pixels.astype(np.int16) - pixels)
    assert difference.mean() < 0.5
