"""Pictures that look alike have almost the same look; colours are called what a person calls them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from dalle_studio.core.look import Colour
from dalle_studio.core.picture import Pixels
from dalle_studio.imaging.looks import look_of
from tests.conftest import ROOT


def photo() -> Pixels:
    read = cv2.imread(str(ROOT / "resources" / "sample" / "dandelions.jpg"))
    assert read is not None
    return np.asarray(cv2.resize(read, (512, 384), interpolation=cv2.INTER_AREA)[..., ::-1], np.uint8)


def test_brighter_smaller_and_compressed_again_is_still_similar() -> None:
    pixels = photo()
    look = look_of(pixels)
    small = np.asarray(cv2.resize(pixels, (120, 90), interpolation=cv2.INTER_AREA), np.uint8)
    brighter = np.asarray(cv2.convertScaleAbs(pixels, alpha=1.15, beta=8), np.uint8)
    coded = cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], cv2.IMREAD_COLOR)
    assert coded is not None
    painted = pixels.copy()
    painted[150:200, 200:260] = (220, 30, 20)
    for other in (small, brighter, np.asarray(coded, np.uint8), painted):
        assert look.resembles(look_of(other).bits)


def test_other_pictures_are_not_similar() -> None:
    look = look_of(photo())
    noise = np.random.default_rng(3)
    for _ in range(50):
        coarse = noise.integers(0, 256, (6, 8, 3), np.uint8)
        assert not look.resembles(look_of(np.asarray(cv2.resize(coarse, (256, 192)), np.uint8)).bits)
    assert not look.resembles(look_of(np.array(photo()[::-1], np.uint8)).bits)


@pytest.mark.parametrize(
    ("rgb", "colour"),
    [
        ((220, 30, 20), Colour.RED),
        ((240, 130, 20), Colour.ORANGE),
        ((240, 220, 40), Colour.YELLOW),
        ((40, 150, 60), Colour.GREEN),
        ((40, 90, 220), Colour.BLUE),
        ((120, 50, 200), Colour.PURPLE),
        ((245, 160, 190), Colour.PINK),
        ((110, 65, 30), Colour.BROWN),
        ((10, 10, 14), Colour.BLACK),
        ((128, 128, 130), Colour.GREY),
        ((250, 250, 248), Colour.WHITE),
    ],
)
def test_a_colour_has_its_name(rgb: tuple[int, int, int], colour: Colour) -> None:
    plain = np.full((60, 80, 4), (*rgb, 255), np.uint8)
    assert look_of(plain).colours == {colour}


def test_what_covers_little_is_no_colour_of_the_picture() -> None:
    pixels = np.full((100, 100, 3), (40, 90, 220), np.uint8)
    pixels[:20, :20] = (220, 30, 20)
    assert look_of(pixels).colours == {Colour.BLUE}
    pixels[:50] = (220, 30, 20)
    assert look_of(pixels).colours == {Colour.BLUE, Colour.RED}
