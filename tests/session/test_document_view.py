"""Pyramids of photo and mask as the canvas draws them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import Mask
from dalle_studio.session.document_view import DocumentView, MaskLevels, PictureLevels
from dalle_studio.session.mask_look import Look, MaskLook


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
    levels.set_look(Look(colour=(10, 200, 30), opacity=0.5))
    found = levels.overlay(Rect(40, 40, 20, 20), 1.0, line=1)
    assert found is not None
    colour = found[1].image.pixelColor(10, 10)
    assert abs(colour.alpha() - 128) <= 1
    assert abs(colour.green() - 200) <= 2


def pixel(levels: MaskLevels, x: int, y: int) -> tuple[int, int, int, int]:
    """What lies over the screen pixel at 100 %: red, green, blue, alpha; all 0 where nothing does."""
    found = levels.overlay(Rect(0, 0, 100, 100), 1.0, line=1)
    if found is None or not found[0].contains(Rect(x, y, 1, 1)):
        return (0, 0, 0, 0)
    colour = found[1].image.pixelColor(x - found[0].x, y - found[0].y)
    return (colour.red(), colour.green(), colour.blue(), colour.alpha())


def test_the_mask_can_be_shown_inverted_as_an_outline_or_alone() -> None:
    mask = np.zeros((100, 100), np.uint8)
    mask[20:60, 20:60] = 255
    mask[70:80, 70:80] = 100
    levels = MaskLevels(mask)
    assert pixel(levels, 40, 40)[3] > 100
    assert pixel(levels, 5, 5)[3] == 0
    levels.set_look(Look(inverted=True))
    assert pixel(levels, 40, 40)[3] == 0
    assert pixel(levels, 5, 5)[3] > 100
    levels.set_look(Look(MaskLook.OUTLINE))
    assert pixel(levels, 40, 40)[3] == 0
    assert pixel(levels, 5, 5)[3] == 0
    assert pixel(levels, 20, 40)[3] > 100
    levels.set_look(Look(MaskLook.ALONE))
    assert pixel(levels, 40, 40) == (255, 255, 255, 255)
    assert pixel(levels, 75, 75) == (100, 100, 100, 255)
    assert pixel(levels, 5, 5) == (0, 0, 0, 255)


def test_dashes_march() -> None:
    mask = np.zeros((100, 100), np.uint8)
    mask[20:60, 20:60] = 255
    levels = MaskLevels(mask)
    levels.set_look(Look(MaskLook.OUTLINE))
    first, second = (levels.overlay(Rect(0, 0, 100, 100), 1.0, line=1, phase=phase) for phase in (0, 4))
    assert first is not None
    assert second is not None
    assert first[1].image != second[1].image
