"""Smart select on made-up and real photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dalle_studio.core.errors import Cancelled
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.imaging.selection import Combine, combine
from dalle_studio.imaging.shapes import ellipse
from dalle_studio.imaging.smart_select import Stroke, select_by_strokes, select_in_box
from tests.conftest import PhotoFactory
from tests.imaging.masks import read

SIZE = Size(900, 700)
DISC = Rect(300, 200, 320, 280)


@pytest.fixture(scope="module")
def disc_photo(photo: PhotoFactory) -> np.ndarray:
    """A textured disc, brighter and redder, on a textured ground."""
    inside: np.ndarray = ellipse(SIZE, DISC).full()[..., None] / 255
    ground = photo(SIZE.width, SIZE.height, seed=1) * 0.35
    thing = photo(SIZE.width, SIZE.height, seed=2) * 0.35 + np.array([150.0, 70.0, 20.0])
    mixed: np.ndarray = np.clip(ground * (1 - inside) + thing * inside, 0, 255).astype(np.uint8)
    return mixed


@pytest.fixture(scope="module")
def dandelions(sample_photo: Path) -> np.ndarray:
    return read(sample_photo)


def overlap(mask: FrozenMask, truth: np.ndarray) -> float:
    """Intersection over union."""
    found = mask.full() > 127
    return float((found & (truth > 127)).sum() / (found | (truth > 127)).sum())


@pytest.mark.parametrize("depth", [8, 16])
def test_a_box_finds_the_object_to_the_pixel(disc_photo: np.ndarray, depth: int) -> None:
    pixels = disc_photo if depth == 8 else disc_photo.astype(np.uint16) * 257
    mask = select_in_box(pixels, DISC.grown(25))
    truth = ellipse(SIZE, DISC).full()
    assert overlap(mask, truth) > 0.99
    assert mask.cut(Rect(440, 320, 40, 40)).min() == 255
    assert DISC.grown(4).contains(mask.bounds)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("ground", [(255, 255, 255), (0, 0, 0), (240, 16, 240)])
def test_a_cut_out_is_found_whatever_colours_hide_around_it(depth: int, ground: tuple[int, int, int]) -> None:
    """The object's own colour goes on where nothing is seen."""
    opacity = ellipse(SIZE, DISC).full()
    shallow = np.dstack((np.broadcast_to(np.array(ground, np.uint8), (*SIZE.shape, 3)), opacity))
    pixels = shallow if depth == 8 else shallow.astype(np.uint16) * 257
    assert overlap(select_in_box(pixels, DISC.grown(25)), opacity) > 0.99
    assert overlap(select_by_strokes(pixels, [Stroke([(360, 340), (560, 350)], 8)]), opacity) > 0.99


def test_an_opaque_photo_with_an_alpha_channel_is_taken_as_one_without(disc_photo: np.ndarray) -> None:
    pixels = np.dstack((disc_photo, np.full(SIZE.shape, 255, np.uint8)))
    with_alpha, without = (select_in_box(photo, DISC.grown(25)) for photo in (pixels, disc_photo))
    np.testing.assert_array_equal(with_alpha.full(), without.full())


def test_the_same_box_gives_the_same_selection(disc_photo: np.ndarray) -> None:
    first, second = (select_in_box(disc_photo, DISC.grown(25)) for _ in range(2))
    np.testing.assert_array_equal(first.full(), second.full())


def test_a_stroke_finds_the_object_and_a_second_one_takes_it_away(disc_photo: np.ndarray) -> None:
    stroke = [Stroke([(360, 340), (560, 350)], 8)]
    found = select_by_strokes(disc_photo, stroke)
    assert overlap(found, ellipse(SIZE, DISC).full()) > 0.98
    everything = FrozenMask.of(np.full(SIZE.shape, 255, np.uint8))
    taken = select_by_strokes(disc_photo, stroke, known=everything, removes=True)
    rest = combine(everything, taken, Combine.SUBTRACT)
    assert overlap(rest, 255 - ellipse(SIZE, DISC).full()) > 0.98


def test_strokes_over_the_background_are_left_out(disc_photo: np.ndarray) -> None:
    found = select_by_strokes(disc_photo, [Stroke([(360, 340), (560, 350)], 8)], [Stroke([(460, 230), (460, 460)], 4)])
    assert found.cut(Rect(459, 300, 2, 1)).max() < 128


def test_the_big_dandelion_in_a_box(dandelions: np.ndarray) -> None:
    mask = select_in_box(dandelions, Rect(380, 110, 1120, 920))
    bounds = mask.bounds
    edges = [bounds.left, bounds.top, bounds.right, bounds.bottom]
    np.testing.assert_allclose(edges, [435, 165, 1455, 1010], atol=40)
    assert mask.cut(Rect(700, 300, 500, 500)).min() == 255  # no holes, dark heart included
    assert mask.cut(Rect(380, 110, 120, 60)).max() == 0
    soft = np.count_nonzero((mask.pixels > 0) & (mask.pixels < 255))
    assert soft > 10_000  # hair


def test_two_strokes_take_the_whole_dandelion(dandelions: np.ndarray) -> None:
    first = select_by_strokes(dandelions, [Stroke([(600, 400), (900, 300), (1200, 500)], 20)])
    second = select_by_strokes(dandelions, [Stroke([(900, 500), (940, 950)], 20)], known=first)
    both = combine(first, second, Combine.ADD)
    assert overlap(both, select_in_box(dandelions, Rect(380, 110, 1120, 920)).full()) > 0.95
    middle = both.cut(Rect(700, 300, 500, 500))
    assert np.count_nonzero(middle < 250) < 150  # no seam where they meet


def test_a_stem_is_followed_to_the_photos_edge(dandelions: np.ndarray) -> None:
    mask = select_by_strokes(dandelions, [Stroke([(930, 1150), (925, 1700)], 12)])
    assert mask.bounds.bottom == dandelions.shape[0]
    assert mask.bounds.width < 140


@pytest.mark.parametrize("shape", [(3, 3), (10, 10), (60, 90)])
@pytest.mark.parametrize("flat", [True, False])
def test_hopeless_photos_do_no_harm(shape: tuple[int, int], flat: bool) -> None:
    pixels = np.full((*shape, 3), 7, np.uint8)
    if not flat:
        pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    size = Size(shape[1], shape[0])
    whole = Rect.of_size(size)
    for box in (whole, whole.grown(-1), whole.moved(-5, -5), whole.moved(1000, 0), Rect(1, 1, 0, 0)):
        assert select_in_box(pixels, box).size == size
    for points in ([(1.0, 1.0)], [(1.0, 1.0), (2.0, 2.0)], [(-50.0, -50.0)], [(size.width / 2, 1.0), (900.0, 900.0)]):
        found = select_by_strokes(pixels, [Stroke(points, 0.3)])
        again = select_by_strokes(pixels, [Stroke(points, 3)], [Stroke([(0, 0)], 2)], known=found)
        assert again.size == size
    assert select_by_strokes(pixels, []).is_empty


def test_smart_select_can_be_stopped(disc_photo: np.ndarray) -> None:
    with pytest.raises(Cancelled):
        select_in_box(disc_photo, DISC, should_stop=lambda: True)
    with pytest.raises(Cancelled):
        select_by_strokes(disc_photo, [Stroke([(400, 300)], 9)], should_stop=lambda: True)
