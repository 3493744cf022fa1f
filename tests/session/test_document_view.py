"""Pyramids of photo and mask as the canvas draws them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import Mask
from dalle_studio.session.document_view import DocumentView, MaskLevels, PictureLevels


def test_levels_halve_and_replaced_pixels_reach_all_of_them() -> None:
    pixels = np.full((1800, 2600, 3), 40, np.uint8)
    levels = PictureLevels(pixels)
    level = levels.level_for(0.25)
    assert level == 2
    assert levels.image(level).width() == 650
    after = pixels.copy()
    after[400:800, 400:800] = 200
    levels.replace(after, Rect(400, 400, 400, 400))
    for number in range(level + 1):
        assert levels.image(number).pixelColor(600 >> number, 600 >> number) == QColor(200, 200, 200)
        assert levels.image(number).pixelColor(100 >> number, 100 >> number) == QColor(40, 40, 40)


def test_building_it_shares_the_photo_and_leaves_the_mask_as_it_is() -> None:
    pixels = np.zeros((300, 400, 3), np.uint8)
    mask = Mask(Size(400, 300))
    mask.begin()
    mask.writable(Rect(10, 10, 5, 5))[...] = 77
    mask.commit("dot")
    view = DocumentView.build(pixels, mask)
    assert mask.pixels[12, 12] == 77
    pixels[5, 5] = 250
    assert view.picture.image(0).pixelColor(5, 5) == QColor(250, 250, 250)


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="mask of"):
        DocumentView.build(np.zeros((30, 40, 3), np.uint8), Mask(Size(30, 40)))


def test_where_no_mask_is_there_is_nothing_to_draw() -> None:
    pixels = np.zeros((800, 1200), np.uint8)
    levels = MaskLevels(pixels)
    assert levels.overlay(Rect(0, 0, 1200, 800), 1.0, line=1) is None
    pixels[100:140, 200:260] = 255
    levels.refresh(Rect(200, 100, 60, 40))
    assert levels.overlay(Rect(600, 0, 600, 800), 1.0, line=1) is None
    found = levels.overlay(Rect(0, 0, 1200, 800), 1.0, line=1)
    assert found is not None
    where, shared = found
    assert where.contains(Rect(200, 100, 60, 40))
    assert where.area < 70 * 50
    assert (shared.image.width(), shared.image.height()) == (where.width, where.height)


def test_the_tint_is_the_colour_given() -> None:
    levels = MaskLevels(np.full((100, 100), 255, np.uint8))
    levels.set_tint(10, 200, 30, 0.5)
    found = levels.overlay(Rect(40, 40, 20, 20), 1.0, line=1)
    assert found is not None
    colour = found[1].image.pixelColor(10, 10)
    assert abs(colour.alpha() - 128) <= 1
    assert abs(colour.green() - 200) <= 2
