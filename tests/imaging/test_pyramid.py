from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import Mask
from dalle_studio.imaging.pyramid import MaskPyramid, PicturePyramid, level_for

SIDE = st.integers(1, 230)


def noise(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def _chain(pixels: np.ndarray) -> MaskPyramid | PicturePyramid:
    return MaskPyramid(pixels, smallest=3) if pixels.ndim == 2 else PicturePyramid(pixels, smallest=3)


@settings(max_examples=300, deadline=None)
@given(SIDE, SIDE, st.sampled_from([None, 3, 4]), st.data())
def test_a_refreshed_part_equals_a_full_rebuild(
    width: int, height: int, channels: int | None, data: st.DataObject
) -> None:
    shape = (height, width) if channels is None else (height, width, channels)
    pixels = noise(shape)
    chain = _chain(pixels)
    for seed in range(3):
        left, top = data.draw(st.integers(-10, width)), data.draw(st.integers(-10, height))
        rect = Rect(left, top, data.draw(st.integers(0, 60)), data.draw(st.integers(0, 60)))
        inside = rect.clipped(Size(width, height))
        pixels[inside.slices] = noise(shape, seed + 1)[inside.slices]
        chain.update(rect)
    fresh = _chain(pixels)
    assert len(chain.levels) == len(fresh.levels)
    for mine, theirs in zip(chain.levels, fresh.levels, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_levels_are_halves_down_to_a_viewport() -> None:
    chain = PicturePyramid(noise((37, 50, 3)), smallest=3)
    assert [level.shape[:2] for level in chain.levels] == [(37, 50), (19, 25), (10, 13), (5, 7), (3, 4), (2, 2)]
    assert all(level.flags.c_contiguous for level in chain.levels[1:])


def test_level_0_is_the_pictures_own_memory() -> None:
    pixels = noise((1500, 2100, 3))
    assert PicturePyramid(pixels).levels[0] is pixels
    deep = noise((40, 50, 3)).astype(np.uint16) * 257
    np.testing.assert_array_equal(PicturePyramid(deep).levels[0], deep >> 8)


def test_each_pixel_is_the_mean_of_its_block() -> None:
    pixels = noise((1400, 1800, 3))
    half = PicturePyramid(pixels).levels[1]
    exact = pixels.reshape(700, 2, 900, 2, 3).mean(axis=(1, 3))
    assert np.abs(half - exact).max() <= 0.5


def test_hidden_colours_do_not_bleed_out() -> None:
    pixels = np.zeros((1200, 1200, 4), np.uint8)  # transparent black
    pixels[::2, ::2] = (200, 100, 50, 255)
    half = PicturePyramid(pixels).levels[1]
    assert (half == (200, 100, 50, 64)).all()


def test_a_read_only_mask_is_followed() -> None:
    mask = Mask(Size(3000, 2000))
    chain = MaskPyramid(mask.pixels)
    mask.begin()
    rect = Rect(1001, 501, 300, 200)
    mask.writable(rect)[...] = 255
    chain.update(rect)
    for mine, fresh in zip(chain.levels, MaskPyramid(mask.pixels).levels, strict=True):
        np.testing.assert_array_equal(mine, fresh)


def test_replacing_shows_the_new_pixels() -> None:
    before = noise((1300, 1500, 3))
    chain = PicturePyramid(before)
    after = before.copy()
    after[100:300, 200:500] = 7
    chain.replace(after, Rect(200, 100, 300, 200))
    for mine, fresh in zip(chain.levels, PicturePyramid(after).levels, strict=True):
        np.testing.assert_array_equal(mine, fresh)
    assert chain.levels[0] is after
    with pytest.raises(ValueError):
        chain.replace(noise((10, 10, 3)), Rect(0, 0, 1, 1))


@pytest.mark.parametrize(("zoom", "level"), [(8.0, 0), (1.0, 0), (0.51, 0), (0.5, 1), (0.3, 1), (0.25, 2), (0.01, 3)])
def test_the_level_has_enough_pixels_for_the_zoom(zoom: float, level: int) -> None:
    assert level_for(zoom, 4) == level


def test_opaque_pixels_are_averaged_alike_beside_transparent_ones() -> None:
    pixels = noise((1100, 1100, 4))
    pixels[..., 3] = 255
    opaque = PicturePyramid(pixels).levels[1].copy()
    np.testing.assert_array_equal(opaque[..., :3], PicturePyramid(pixels[..., :3].copy()).levels[1])
    pixels[::97, 500] = 0
    mixed = PicturePyramid(pixels).levels[1]
    np.testing.assert_array_equal(mixed[:, :249], opaque[:, :249])
