from __future__ import annotations

import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps, PngImagePlugin

from dalle_studio.core.errors import BadInput
from dalle_studio.core.geometry import Size
from dalle_studio.core.picture import Metadata
from dalle_studio.formats import tiff
from dalle_studio.formats.opening import header, open_picture, quick_preview
from tests.conftest import PhotoFactory
from tests.formats.files import (
    DISPLAY_P3,
    deep_noise,
    encoded,
    encoded_deep,
    gamma_curve,
    ink_profile,
    matrix_profile,
    noise,
    turned_exif,
)

ORIENTATIONS = range(1, 9)


def by_pillow(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """What Pillow alone makes of a file, upright."""
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
    ],
)
def test_every_orientation_is_applied(kind: str, options: dict[str, object], orientation: int) -> None:
    data = encoded(noise(41, 30), kind, exif=turned_exif(orientation), **options)
    picture = open_picture(data, name="photo")
    assert picture.size == (Size(30, 41) if orientation > 4 else Size(41, 30))
    assert np.array_equal(picture.pixels, by_pillow(data))
    assert header(data) == (kind, picture.size)
    assert picture.pixels.flags.c_contiguous
    assert picture.metadata.exif is not None
    read = Image.Exif()
    read.load(b"Exif\x00\x00" + picture.metadata.exif)
    assert read.get(0x0112, 1) == 1
    assert read[0x010F] == "Maker"


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_orientation_of_16_bit_tiffs_is_applied(orientation: int) -> None:
    pixels = deep_noise(41, 30, 1)
    data = encoded(pixels, "TIFF", exif=turned_exif(orientation))
    picture = open_picture(data, name="photo")
    assert np.array_equal(picture.pixels[..., 0], np.asarray(Image.open(io.BytesIO(data))))
    assert picture.source.grey
    assert picture.depth == 16


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_orientation_behind_the_pixels_of_a_png_is_applied(orientation: int) -> None:
    before = encoded(noise(41, 30), "PNG", exif=turned_exif(orientation))
    at = before.index(b"eXIf") - 4
    length = int.from_bytes(before[at : at + 4], "big") + 12
    data = before[:at] + before[at + length : -12] + before[at : at + length] + before[-12:]
    assert header(data) == header(before)
    assert np.array_equal(open_picture(data, name="a").pixels, open_picture(before, name="b").pixels)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_16_bits_stay_16_bits(suffix: str, channels: int) -> None:
    pixels = deep_noise(37, 29, channels)
    picture = open_picture(encoded_deep(pixels, suffix), name="deep")
    assert picture.depth == 16
    assert picture.source.grey == (channels == 1)
    expected = np.repeat(pixels[..., None], 3, axis=2) if channels == 1 else pixels
    assert np.array_equal(picture.pixels, expected)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_the_fast_jpeg_decoder_agrees_with_pillow(photo: PhotoFactory, subsampling: int, progressive: bool) -> None:
    data = encoded(photo(333, 222), "JPEG", quality=88, subsampling=subsampling, progressive=progressive)
    difference = np.abs(open_picture(data, name="photo").pixels.astype(int) - by_pillow(data))
    assert difference.max() <= 2


def test_a_grey_jpeg_becomes_rgb_and_remembers_it() -> None:
    data = encoded(noise(40, 30, 1), "JPEG")
    picture = open_picture(data, name="grey")
    assert picture.source.grey
    assert np.array_equal(picture.pixels, by_pillow(data))


@pytest.mark.parametrize(
    ("mode", "kind", "channels"),
    [
        ("1", "PNG", 3),
        ("L", "PNG", 3),
        ("LA", "PNG", 4),
        ("P", "PNG", 3),
        ("RGBA", "PNG", 4),
        ("RGBA", "WEBP", 4),
        ("LA", "TIFF", 4),
        ("P", "TIFF", 3),
        ("YCbCr", "TIFF", 3),
        ("RGB", "BMP", 3),
        ("P", "GIF", 3),
    ],
)
def test_every_kind_of_pixel_becomes_rgb_or_rgba(mode: str, kind: str, channels: int) -> None:
    image = Image.fromarray(noise(40, 30, 3 if mode == "P" else 4)).convert(mode)
    options: dict[str, object] = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    data = encoded(image, kind, **options)
    picture = open_picture(data, name="picture")
    assert picture.pixels.shape == (30, 40, channels)
    assert np.array_equal(picture.pixels, np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))[..., :channels])
    assert picture.source.grey == (mode in ("1", "L", "LA"))


def test_transparency_of_palettes_and_of_single_colours_becomes_alpha() -> None:
    pixels = np.zeros((2, 3), np.uint8)
    pixels[1] = 1
    palette = Image.fromarray(pixels, "P")
    palette.putpalette([10, 20, 30, 40, 50, 60])
    for data in (encoded(palette, "PNG", transparency=0), encoded(palette, "GIF", transparency=0)):
        picture = open_picture(data, name="palette")
        assert picture.pixels[:, 0, 3].tolist() == [0, 255]
    colour = encoded(np.full((2, 2, 3), 9, np.uint8), "PNG", transparency=(9, 9, 9))
    assert not open_picture(colour, name="one colour").pixels[..., 3].any()


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_is_converted_through_its_profile_and_says_so(kind: str) -> None:
    image = Image.fromarray(noise(16, 16, 4), "CMYK")
    plain = open_picture(encoded(image, kind), name="cmyk")
    assert plain.source.notices == ("errors_formats.cmyk_converted",)
    assert plain.pixels.shape == (16, 16, 3)
    paper = Image.new("CMYK", (16, 16), (0, 0, 0, 0))
    # Without ink, that profile means black (see files.py); the plain formula means white.
    by_profile = open_picture(encoded(paper, kind, icc_profile=ink_profile()), name="cmyk")
    assert by_profile.pixels.max() < 30
    assert by_profile.metadata.icc is None
    assert open_picture(encoded(paper, kind), name="cmyk").pixels.min() > 250
    broken = open_picture(encoded(paper, kind, icc_profile=ink_profile()[:200]), name="cmyk")
    assert broken.pixels.min() > 250


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_several_frames_the_first_is_opened_and_said_so(kind: str) -> None:
    frames = [Image.fromarray(np.full((20, 30, 3), level, np.uint8)) for level in (10, 200)]
    options: dict[str, object] = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    picture = open_picture(data, name="frames")
    assert picture.source.notices == ("errors_formats.first_frame",)
    assert set(np.unique(picture.pixels)) == {10}


def test_of_a_phones_multi_picture_jpeg_the_first_is_opened() -> None:
    frames = [Image.fromarray(np.full((20, 30, 3), level, np.uint8)) for level in (10, 200)]
    data = encoded(frames[0], "MPO", save_all=True, append_images=frames[1:])
    assert Image.open(io.BytesIO(data)).format == "MPO"
    picture = open_picture(data, name="phone")
    assert picture.source.format == "JPEG"
    assert picture.source.notices == ()
    assert abs(int(picture.pixels.mean()) - 10) <= 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_metadata_is_kept(kind: str) -> None:
    icc = matrix_profile(DISPLAY_P3, gamma_curve(2.2))
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    options: dict[str, object] = {"icc_profile": icc, "exif": turned_exif(1)}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        options["pnginfo"] = text
    elif kind == "TIFF":
        options["tiffinfo"] = {700: xmp}
        del options["exif"]
    else:
        options["xmp"] = xmp
    picture = open_picture(encoded(noise(20, 20), kind, dpi=(300, 300), **options), name="photo")
    assert picture.metadata.icc == icc
    assert picture.metadata.xmp == xmp
    if kind != "TIFF":
        assert picture.metadata.exif is not None
        assert b"Maker" in picture.metadata.exif
    if kind != "WEBP":
        assert picture.metadata.dpi == pytest.approx((300, 300), abs=0.5)


def test_orientation_repeated_in_xmp_is_not_applied_twice() -> None:
    xmp = b'<rdf:Description tiff:Orientation="6"/>'
    picture = open_picture(encoded(noise(20, 10), "JPEG", exif=turned_exif(6), xmp=xmp), name="photo")
    assert picture.metadata.xmp == b'<rdf:Description tiff:Orientation="1"/>'


def test_16_bit_files_keep_their_profile() -> None:
    icc = matrix_profile(DISPLAY_P3, gamma_curve(2.2))
    data = encoded(deep_noise(20, 10, 1), "PNG", icc_profile=icc)
    picture = open_picture(data, name="deep")
    assert picture.depth == 16
    assert picture.metadata.icc == icc


def test_a_photo_is_exactly_what_the_shipped_sample_holds(sample_photo: Path) -> None:
    data = sample_photo.read_bytes()
    picture = open_picture(data, name=sample_photo.name)
    assert header(data) == ("JPEG", Size(3200, 1800))
    assert not picture.pixels.flags.writeable
    assert np.abs(picture.pixels.astype(np.int16) - by_pillow(data)).max() <= 2


class TestQuickPreview:
    @pytest.mark.parametrize("orientation", ORIENTATIONS)
    def test_it_is_the_upright_photo_made_smaller(self, photo: PhotoFactory, orientation: int) -> None:
        data = encoded(photo(800, 480), "JPEG", exif=turned_exif(orientation))
        preview = quick_preview(data, 200)
        assert preview is not None
        whole = open_picture(data, name="photo").pixels
        step = whole.shape[0] // preview.shape[0]
        assert step == 4
        reduced = whole.reshape(preview.shape[0], step, preview.shape[1], step, 3).mean(axis=(1, 3))
        assert np.abs(reduced - preview).mean() < 3

    def test_it_is_at_least_as_long_as_asked(self, photo: PhotoFactory) -> None:
        for size in ((1999, 100), (777, 776), (100, 1999)):
            preview = quick_preview(encoded(photo(*size), "JPEG"), 300)
            assert preview is not None
            assert 300 <= max(preview.shape) < max(size)

    def test_there_is_none_where_nothing_is_gained(self, photo: PhotoFactory) -> None:
        assert quick_preview(encoded(photo(300, 200), "JPEG"), 200) is None
        assert quick_preview(encoded(photo(800, 480), "PNG"), 200) is None
        assert quick_preview(b"", 200) is None
        assert quick_preview(encoded(photo(800, 480), "JPEG")[:300], 200) is None
        assert quick_preview(encoded(Image.new("CMYK", (800, 480)), "JPEG"), 200) is None

    def test_grey_photos_have_three_channels(self) -> None:
        preview = quick_preview(encoded(noise(800, 480, 1), "JPEG"), 200)
        assert preview is not None
        assert preview.shape == (120, 200, 3)


def test_depths_that_cannot_be_held_are_refused() -> None:
    fractions = cv2.imencode(".tif", np.full((9, 9, 3), 0.5, np.float32))[1].tobytes()
    files = (encoded(Image.new("F", (9, 9), 0.5), "TIFF"), encoded(Image.new("I", (9, 9), 70_000), "TIFF"), fractions)
    for data in files:
        with pytest.raises(BadInput) as caught:
            open_picture(data, name="deep")
        assert caught.value.message == "errors_formats.unsupported_depth"


@pytest.mark.parametrize("deep", [False, True])
def test_colours_that_a_tiff_stores_multiplied_by_alpha_are_divided_again(deep: bool) -> None:
    pixels = np.zeros((8, 8, 4), np.uint16 if deep else np.uint8)
    pixels[:4] = (50, 25, 0, 100)
    if deep:
        pixels *= 257
    plain = tiff.encode(pixels, Metadata(), None, None)
    tag = struct.pack("<HHI", 338, 3, 1)
    data = plain.replace(tag + b"\x02\x00", tag + b"\x01\x00")
    assert data != plain
    read = open_picture(data, name="associated").pixels / (257 if deep else 1)
    assert np.abs(read[:4] - (127.5, 63.75, 0, 100)).max() <= 1
    assert not read[4:].any()
