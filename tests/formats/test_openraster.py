"""Layered files, judged by the rules of the OpenRaster specification."""

from __future__ import annotations

import io
import struct
import xml.etree.ElementTree as ET
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import Metadata, Picture
from dalle_studio.formats.colour import eight_bit, to_srgb
from dalle_studio.formats.opening import open_picture
from dalle_studio.formats.openraster import Layer, answer_layer, mask_layer, write_layers
from tests.conftest import PhotoFactory
from tests.formats.files import DISPLAY_P3, deep_noise, gamma_curve, matrix_profile, noise

P3 = matrix_profile(DISPLAY_P3, gamma_curve(2.2))


def stack_of(archive: zipfile.ZipFile) -> ET.Element:
    return ET.fromstring(archive.read("stack.xml"))  # noqa: S314 - our own file


def composed(archive: zipfile.ZipFile) -> Image.Image:
    """What a reader shows: the visible layers over each other, the last one lowest."""
    image = stack_of(archive)
    out = Image.new("RGBA", (int(image.attrib["w"]), int(image.attrib["h"])))
    for layer in reversed(image.findall("stack/layer")):
        if layer.attrib["visibility"] == "visible":
            part = Image.open(io.BytesIO(archive.read(layer.attrib["src"]))).convert("RGBA")
            full = Image.new("RGBA", out.size)
            full.paste(part, (int(layer.attrib["x"]), int(layer.attrib["y"])))
            out = Image.alpha_composite(out, full)
    return out


@pytest.fixture
def archive(photo: PhotoFactory) -> zipfile.ZipFile:
    """A photo of 400 × 300 with an answer and its mask."""
    pixels = photo(400, 300).astype(np.uint8)
    rect = Rect(100, 60, 80, 50)
    alpha = np.zeros((50, 80), np.uint8)
    alpha[10:40, 10:70] = 255
    answer = noise(80, 50)
    mask = np.zeros((300, 400), np.uint8)
    mask[70:100, 110:170] = 255
    merged = pixels.copy()
    merged[rect.slices][alpha == 255] = answer[alpha == 255]
    layers = [mask_layer("마스크", mask), answer_layer('답 <1> & "2"\x00', answer, rect, alpha), Layer("원본", pixels)]
    metadata = Metadata(icc=P3, dpi=(300.0, 299.6))
    return zipfile.ZipFile(io.BytesIO(write_layers(Picture(merged, metadata), layers)))


def test_the_type_is_told_by_the_first_bytes(archive: zipfile.ZipFile) -> None:
    first = archive.infolist()[0]
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
    assert archive.fp is not None
    archive.fp.seek(0)
    assert archive.fp.read(54)[30:] == b"mimetypeimage/openraster"


def test_all_parts_are_there_and_readable(archive: zipfile.ZipFile) -> None:
    assert archive.testzip() is None
    names = archive.namelist()
    assert names[:2] == ["mimetype", "stack.xml"]
    assert {"mergedimage.png", "Thumbnails/thumbnail.png"} <= set(names)
    sources = [layer.attrib["src"] for layer in stack_of(archive).findall("stack/layer")]
    assert sorted(sources) == sorted(name for name in names if name.startswith("data/"))
    for name in (*sources, "mergedimage.png", "Thumbnails/thumbnail.png"):
        image = Image.open(io.BytesIO(archive.read(name)))
        image.load()
        assert image.format == "PNG"
        assert not image.info.get("interlace")


def test_the_stack_names_its_layers_from_the_top(archive: zipfile.ZipFile) -> None:
    image = stack_of(archive)
    assert image.tag == "image"
    assert image.attrib == {"version": "0.0.5", "w": "400", "h": "300", "xres": "300", "yres": "300"}
    layers = [layer.attrib for layer in image.findall("stack/layer")]
    assert [layer["name"] for layer in layers] == ["마스크", '답 <1> & "2"', "원본"]
    assert [layer["visibility"] for layer in layers] == ["hidden", "visible", "visible"]
    assert {layer["composite-op"] for layer in layers} == {"svg:src-over"}
    assert (layers[0]["x"], layers[0]["y"]) == ("110", "70")
    assert (layers[1]["x"], layers[1]["y"]) == ("100", "60")


def test_the_layers_together_are_the_merged_picture(archive: zipfile.ZipFile) -> None:
    merged = Image.open(io.BytesIO(archive.read("mergedimage.png"))).convert("RGBA")
    assert np.array_equal(np.asarray(composed(archive)), np.asarray(merged))


def test_layers_carry_the_photos_profile(archive: zipfile.ZipFile) -> None:
    for name in ("data/layer1.png", "data/layer2.png", "mergedimage.png"):
        assert open_picture(archive.read(name), name=name).metadata.icc == P3


def test_the_thumbnail_is_a_small_8_bit_picture(archive: zipfile.ZipFile) -> None:
    thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
    assert thumbnail.size == (256, 192)
    assert "icc_profile" not in thumbnail.info


def test_16_bits_and_transparency_are_kept() -> None:
    deep = deep_noise(60, 40, 4)
    answer = deep_noise(20, 10, 4)
    layer = answer_layer("answer", answer, Rect(5, 6, 20, 10), np.full((10, 20), 255, np.uint8))
    archive = zipfile.ZipFile(io.BytesIO(write_layers(Picture(deep), [layer, Layer("photo", deep)])))
    layer0 = open_picture(archive.read("data/layer0.png"), name="x")
    assert np.array_equal(layer0.pixels, answer)
    assert layer0.metadata.icc is not None  # a reader that knows none takes 16 bits for linear light
    assert np.array_equal(to_srgb(answer, layer0.metadata), eight_bit(answer)[..., :3])
    assert np.array_equal(open_picture(archive.read("mergedimage.png"), name="x").pixels, deep)
    assert struct.unpack_from(">B", archive.read("Thumbnails/thumbnail.png"), 24) == (8,)


def test_an_empty_mask_is_one_clear_pixel() -> None:
    layer = mask_layer("mask", np.zeros((30, 40), np.uint8))
    assert layer.pixels.shape == (1, 1, 4)
    assert not layer.pixels[..., 3].any()


def test_without_a_layer_there_is_no_file() -> None:
    with pytest.raises(ValueError, match="layer"):
        write_layers(Picture(noise(4, 4)), [])


def test_the_same_layers_are_the_same_bytes() -> None:
    picture = Picture(noise(20, 10))
    assert write_layers(picture, [Layer("a", picture.pixels)]) == write_layers(picture, [Layer("a", picture.pixels)])


@given(st.text(), st.floats(-1, 2))
def test_any_name_and_opacity_makes_a_readable_stack(name: str, opacity: float) -> None:
    picture = Picture(noise(4, 4))
    archive = zipfile.ZipFile(io.BytesIO(write_layers(picture, [Layer(name, picture.pixels, opacity=opacity)])))
    (layer,) = stack_of(archive).findall("stack/layer")
    assert 0 <= float(layer.attrib["opacity"]) <= 1
    kept = "".join(c for c in name if c.isprintable())
    assert kept in layer.attrib["name"] or not name.isprintable()
