"""The wand, colour ranges and channels, held against plain formulas."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dalle_studio.core.errors import Cancelled
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.imaging.colour_range import Channel, colour_range, from_channel, from_transparency
from dalle_studio.imaging.wand import wand
from tests.conftest import PhotoFactory
from tests.imaging.masks import read


def noisy(seed: int, channels: int = 3, depth: int = 8) -> np.ndarray:
    """Blotches of few colours, (60, 80, channels)."""
    rng = np.random.default_rng(seed)
    blotches = cv2.resize(rng.integers(0, 256, (6, 8, channels)).astype(np.uint8), (80, 60))
    pixels = np.clip(blotches.astype(int) + rng.integers(-8, 9, blotches.shape), 0, 255).astype(np.uint8)
    return pixels if depth == 8 else pixels.astype(np.uint16) * 257


places = st.tuples(st.integers(0, 79), st.integers(0, 59))


@settings(max_examples=60)
@given(st.integers(0, 1000), places, st.integers(0, 120), st.sampled_from([3, 4]), st.sampled_from([8, 16]))
def test_the_wand_takes_what_is_connected_and_within_tolerance(
    seed: int, place: tuple[int, int], tolerance: int, channels: int, depth: int
) -> None:
    pixels = noisy(seed, channels, depth)
    (x, y), unit = place, 1 if depth == 8 else 257
    away = np.abs(pixels.astype(int) - pixels[y, x].astype(int)).max(axis=2) // unit
    if channels == 4 and pixels[y, x, 3] == 0:
        away = pixels[..., 3].astype(int) // unit
    connected = wand(pixels, x, y, tolerance, antialias=False).full() > 0
    everywhere = wand(pixels, x, y, tolerance, antialias=False, contiguous=False).full() > 0
    np.testing.assert_array_equal(everywhere, away <= tolerance)
    _, labels = cv2.connectedComponents((away <= tolerance).astype(np.uint8), connectivity=4)
    np.testing.assert_array_equal(connected, labels == labels[y, x])


@given(st.integers(0, 1000), places, st.integers(0, 60), st.integers(0, 60))
def test_a_higher_tolerance_takes_no_less(seed: int, place: tuple[int, int], one: int, more: int) -> None:
    pixels = noisy(seed)
    for contiguous in (True, False):
        low = wand(pixels, *place, one, contiguous=contiguous).full()
        assert (wand(pixels, *place, one + more, contiguous=contiguous).full() >= low).all()


def test_without_all_channels_only_the_luminance_counts() -> None:
    pixels = np.zeros((10, 20, 3), np.uint8)
    pixels[:, :10] = (200, 0, 0)
    pixels[:, 10:] = (0, 102, 0)  # as bright as the red
    assert wand(pixels, 2, 2, 10, antialias=False).coverage == 0.5
    assert wand(pixels, 2, 2, 10, antialias=False, all_channels=False).coverage == 1


def test_hidden_colours_of_transparent_pixels_do_not_count() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 20, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    pixels[:, :7, 3] = 0
    assert wand(pixels, 3, 3, 0, antialias=False).bounds == Rect(0, 0, 7, 20)
    assert from_transparency(pixels).bounds == Rect(0, 0, 7, 20)


def test_what_leaves_the_first_window_is_followed_to_its_end() -> None:
    pixels = np.zeros((2600, 2600, 3), np.uint8)
    path = np.zeros((2600, 2600), np.uint8)
    corners = [(1300, 1300), (1300, 20), (2500, 20), (2500, 2590), (40, 2590), (40, 60)]
    cv2.polylines(path, [np.array(corners)], isClosed=False, color=255, thickness=3)
    pixels[path > 0] = 90
    np.testing.assert_array_equal(wand(pixels, 1300, 1300, 5, antialias=False).full(), path)


def test_antialiasing_changes_the_edge_only() -> None:
    pixels = noisy(3)
    hard, soft = wand(pixels, 40, 30, 40, antialias=False).full(), wand(pixels, 40, 30, 40).full()
    near = cv2.morphologyEx(hard, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    np.testing.assert_array_equal(soft[~near], hard[~near])


def test_the_wand_takes_the_sky_of_a_real_photo(sample_photo: Path) -> None:
    pixels = read(sample_photo)
    sky = wand(pixels, 1700, 100, 40)
    assert sky.bounds.top == 0
    assert sky.bounds.bottom < 400
    assert sky.cut(Rect(1500, 20, 500, 100)).min() == 255


def test_a_click_beside_the_photo_is_a_mistake() -> None:
    with pytest.raises(IndexError):
        wand(noisy(0), 80, 0)


def test_the_wand_and_colour_range_can_be_stopped(photo: PhotoFactory) -> None:
    pixels = photo(3000, 2000)
    with pytest.raises(Cancelled):
        wand(pixels, 5, 5, 255, should_stop=lambda: True)
    with pytest.raises(Cancelled):
        colour_range(pixels, [(0, 0, 0)], should_stop=lambda: True)


@given(st.integers(0, 1000), st.integers(1, 200), st.integers(0, 50))
def test_a_colour_range_holds_its_colours_and_widens_with_its_fuzziness(seed: int, fuzziness: int, more: int) -> None:
    pixels = noisy(seed)
    colours = [tuple(int(value) for value in pixels[10, 10]), tuple(int(value) for value in pixels[50, 70])]
    mask = colour_range(pixels, [(r, g, b) for r, g, b in colours], fuzziness).full()
    assert mask[10, 10] == mask[50, 70] == 255
    assert (colour_range(pixels, [(r, g, b) for r, g, b in colours], fuzziness + more).full() >= mask).all()
    one = colour_range(pixels, [(r, g, b) for r, g, b in colours[:1]], fuzziness).full()
    assert (mask >= one).all()


def test_a_colour_range_falls_off_softly() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    values = colour_range(ramp, [(100, 100, 100)], 40).full()[0].astype(int)
    assert (np.diff(values[:101]) >= 0).all()
    assert (np.diff(values[100:]) <= 0).all()
    assert values[100] == 255
    assert values[100 + 82] == 0  # brightness counts half
    assert np.abs(np.diff(values)).max() < 30


def test_channels_are_the_photos_own_values() -> None:
    pixels = noisy(1)
    for index, channel in enumerate((Channel.RED, Channel.GREEN, Channel.BLUE)):
        np.testing.assert_array_equal(from_channel(pixels, channel).full(), pixels[..., index])
        np.testing.assert_array_equal(from_channel(noisy(1, depth=16), channel).full(), pixels[..., index])
    grey = from_channel(pixels, Channel.LUMINANCE).full().astype(float)
    np.testing.assert_allclose(grey, pixels @ np.array([0.299, 0.587, 0.114]), atol=1)


def test_a_photo_without_alpha_has_no_transparency_and_no_colours_select_nothing() -> None:
    assert from_transparency(noisy(0)).is_empty
    assert colour_range(noisy(0), []).is_empty
    assert colour_range(noisy(0), []).size == Size(80, 60)
