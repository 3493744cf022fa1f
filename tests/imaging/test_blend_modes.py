"""Colour and luminosity as modes: whose light, whose colours."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dalle_studio.core.picture import Pixels
from dalle_studio.imaging.blend_modes import recoloured

LUMA = np.array((0.3, 0.59, 0.11))


def luminosity(pixels: Pixels) -> Any:
    return np.asarray(pixels[..., :3] @ LUMA)


@given(arrays.arrays(np.uint8, (2, 9, 7, 3)), st.booleans())
def test_the_light_is_kept_whatever_the_colours(pictures: Pixels, deep: bool) -> None:
    photo, colours = pictures.astype(np.uint16) * 257 if deep else pictures
    found = recoloured(photo, colours)
    assert found.dtype == photo.dtype
    steps = np.abs(luminosity(found) - luminosity(photo))
    assert steps.max() <= 1.01


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_own_colours_change_nothing(dtype: type) -> None:
    top = np.iinfo(dtype).max
    photo: Any = np.random.default_rng(3).integers(0, top, (40, 30, 3), dtype=dtype, endpoint=True)
    assert np.abs(recoloured(photo, photo).astype(int) - photo).max() <= 1


def test_a_grey_picture_takes_the_colour_and_a_coloured_one_loses_it() -> None:
    grey, red = np.full((4, 4, 3), 120, np.uint8), np.full((4, 4, 3), (200, 30, 40), np.uint8)
    tinted = recoloured(grey, red)[0, 0].astype(int)
    assert tinted[0] > tinted[1] + 80
    assert np.ptp(recoloured(red, grey)[0, 0].astype(int)) <= 1


def test_pictures_of_another_depth_are_bugs() -> None:
    with pytest.raises(ValueError, match="depth"):
        recoloured(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2, 3), np.uint16))
