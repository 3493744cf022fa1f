"""Where numpy and Qt pictures meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from dalle_studio.session.qimages import copy_pixels, share_mask, share_overlay, share_picture, tint

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("width", [1, 5, 64])  # rows that Qt would pad
def test_a_picture_comes_back_as_it_was(channels: int, width: int) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (7, width, channels), dtype=np.uint8)
    assert np.array_equal(copy_pixels(share_picture(pixels).image), pixels)


def test_memory_is_shared_and_stays_shared_with_a_colour_table() -> None:
    mask = np.zeros((20, 31), np.uint8)
    shared = share_mask(mask, tint(255, 0, 0, 0.5))
    mask[4, 5] = 200
    shared.image.setColorTable(tint(0, 255, 0, 1.0))
    mask[4, 6] = 100
    assert shared.image.pixelIndex(5, 4) == 200
    assert shared.image.pixelColor(6, 4) == QColor(0, 255, 0, 100)


def test_read_only_pictures_can_be_shown() -> None:
    pixels = np.full((4, 4, 3), 50, np.uint8)
    pixels.flags.writeable = False
    assert share_picture(pixels).image.pixelColor(2, 2) == QColor(50, 50, 50)


def test_a_part_of_a_picture_is_copied_not_misread() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    part = pixels[5:15, 7:20]
    assert np.array_equal(copy_pixels(share_picture(part).image), part)


def test_the_image_keeps_its_pixels_alive() -> None:
    shared = share_picture(np.full((50, 50, 3), 123, np.uint8))
    np.full((50, 50, 3), 7, np.uint8)
    assert shared.image.pixelColor(49, 49) == QColor(123, 123, 123)


def test_an_overlay_is_premultiplied_argb() -> None:
    pixels = np.zeros((3, 3), np.uint32)
    pixels[1, 1] = 0x80400000
    image = share_overlay(pixels).image
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(1, 1).alpha() == 0x80
    assert abs(image.pixelColor(1, 1).red() - 0x80) <= 1


def test_any_qt_format_is_read() -> None:
    image = QImage(5, 4, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor(10, 20, 30, 255))
    assert copy_pixels(image).shape == (4, 5, 4)
    grey = QImage(5, 4, QImage.Format.Format_Grayscale8)
    grey.fill(QColor(9, 9, 9))
    assert np.array_equal(copy_pixels(grey), np.full((4, 5, 3), 9, np.uint8))


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.uint16), np.zeros((4, 4, 2), np.uint8)]
)
def test_what_is_no_picture_is_refused(wrong: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="picture"):
        share_picture(wrong)
