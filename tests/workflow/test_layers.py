"""A version taken apart into layers, and the file that GIMP and Krita open."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dalle_studio.core.geometry import Margins, Rect
from dalle_studio.core.picture import Picture
from dalle_studio.core.reshape import Reshape
from dalle_studio.core.words import Words
from dalle_studio.formats import layered
from dalle_studio.workflow import layers
from dalle_studio.workflow.layers import TakenApart
from tests.conftest import PhotoFactory
from tests.workflow.scripted import ScriptedEngine, World
from tests.workflow.test_stack import BOTH, LEFT, RIGHT, Desk, changed, hidden, opened


@pytest.fixture
def world(data_dir: Path) -> Iterator[World]:
    world = World(data_dir, ScriptedEngine())
    yield world
    world.close()


@pytest.fixture
def desk(world: World, photo: PhotoFactory) -> Desk:
    return Desk(world, Picture(photo(1200, 900)))


def apart(desk: Desk) -> TakenApart:
    assert desk.at is not None
    return layers.take_apart(desk.world.library, desk.world.codec, opened, desk.at, 0)


def composed(data: bytes) -> np.ndarray:
    """What a reader of the file shows: visible layers over each other, RGBA."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    image = ET.fromstring(archive.read("stack.xml"))  # noqa: S314 - our own file
    out = Image.new("RGBA", (int(image.attrib["w"]), int(image.attrib["h"])))
    for layer in reversed(image.findall("stack/layer")):
        if layer.attrib["visibility"] == "visible":
            part = Image.open(io.BytesIO(archive.read(layer.attrib["src"]))).convert("RGBA")
            part.putalpha(part.getchannel("A").point(lambda a, by=float(layer.attrib["opacity"]): round(a * by)))
            full = Image.new("RGBA", out.size)
            full.paste(part, (int(layer.attrib["x"]), int(layer.attrib["y"])))
            out = Image.alpha_composite(out, full)
    return np.asarray(out)


def merged(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(zipfile.ZipFile(io.BytesIO(data)).read("mergedimage.png"))))


def names(data: bytes) -> list[str]:
    image = ET.fromstring(zipfile.ZipFile(io.BytesIO(data)).read("stack.xml"))  # noqa: S314 - our own file
    return [layer.attrib["name"] for layer in image.findall("stack/layer")]


def test_the_lowest_layer_is_the_photo_and_the_whole_is_the_version(desk: Desk) -> None:
    desk.edit(LEFT)
    desk.edit(RIGHT)
    found = apart(desk)
    assert found.is_original
    assert np.array_equal(found.ground.pixels, desk.photo.pixels)
    assert np.array_equal(found.merged.pixels, desk.picture.pixels)
    assert [part.mask_rect for part in found.parts] == [LEFT, RIGHT]
    for part in found.parts:
        inside = part.mask_rect.moved(-part.rect.x, -part.rect.y).slices
        assert (part.alpha[inside] == 255).all()
        assert np.array_equal(part.pixels[inside], desk.picture.cut(part.mask_rect))


def test_the_layers_look_as_the_version_does(desk: Desk) -> None:
    desk.edit(LEFT)
    desk.edit(BOTH)
    data = layered.encode_version(apart(desk), Words("en"))
    seen, wanted = composed(data)[..., :3].astype(int), merged(data).astype(int)
    assert np.array_equal(wanted, desk.picture.pixels)
    soft = np.zeros(seen.shape[:2], bool)
    for part in apart(desk).parts:
        soft[part.rect.slices] |= (part.alpha > 0) & (part.alpha < 255)
    assert np.array_equal(seen[~soft], wanted[~soft])
    assert np.abs(seen - wanted).mean() < 0.5  # light against numbers, in the bands alone
    assert names(data) == ["Mask 2 · a green disc", "2 · a green disc", "Mask 1 · a green disc", "1 · a green disc",
                           "Original"]  # fmt: skip


def test_opacity_and_visibility_are_the_layers_own(desk: Desk) -> None:
    desk.edit(LEFT)
    desk.edit(RIGHT)
    lower, upper = desk.items
    desk.arrange((changed(lower, opacity=0.5), hidden(upper)))
    found = apart(desk)
    assert [(part.opacity, part.is_visible) for part in found.parts] == [(0.5, True), (1.0, False)]
    assert found.parts[0].alpha.max() == 255
    data = layered.encode_version(found, Words("en"))
    assert np.abs(composed(data)[RIGHT.slices][..., :3].astype(int) - desk.photo.cut(RIGHT)).max() == 0
    centre = Rect(LEFT.x + 30, LEFT.y + 30, 20, 20)
    assert np.abs(composed(data)[centre.slices][..., :3].astype(int) - desk.picture.cut(centre)).mean() < 12


def test_a_grown_canvas_moves_what_lay_below(desk: Desk) -> None:
    desk.edit(LEFT)
    desk.edit(Rect(0, 0, 0, 0), Margins(left=40, top=20))
    found = apart(desk)
    assert found.ground_at == (40, 20)
    assert np.array_equal(found.ground.pixels, desk.photo.pixels)
    assert found.parts[0].mask_rect == LEFT.moved(40, 20)
    data = layered.encode_version(found, Words("ko"))
    seen = composed(data)
    assert (seen[..., 3] == 255).all()
    assert np.array_equal(merged(data), desk.picture.pixels)
    assert np.array_equal(seen[20:, 40:, :3][400:], desk.photo.pixels[400:])
    assert names(data)[-1] == "원본"


def test_what_lies_below_another_frame_is_one_layer(desk: Desk) -> None:
    desk.edit(LEFT)
    desk.reshape(Reshape(turns=1))
    found = apart(desk)
    assert (found.is_original, found.parts) == (False, ())
    assert np.array_equal(found.ground.pixels, desk.picture.pixels)
    desk.edit(RIGHT.moved(-300, 0))
    found = apart(desk)
    assert [part.mask_rect for part in found.parts] == [RIGHT.moved(-300, 0)]
    assert np.array_equal(found.merged.pixels, desk.picture.pixels)
