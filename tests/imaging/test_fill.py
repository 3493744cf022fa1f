from __future__ import annotations

import sys

import numpy as np
import pytest

from dalle_studio.core.errors import BadInput, Cancelled
from dalle_studio.core.picture import MaskPixels
from dalle_studio.imaging import exemplar
from dalle_studio.imaging.exemplar import Colours, fill_by_patches, has_library, nearest_patches, patch_features
from dalle_studio.imaging.fill import fill
from dalle_studio.imaging.spreading import spread


def meadow(height: int = 300, width: int = 400, seed: int = 0) -> Colours:
    """A grainy green below a smooth blue: a horizon, a texture and a plain."""
    rng = np.random.default_rng(seed)
    picture = np.empty((height, width, 3), np.float32)
    horizon = height // 2
    picture[:horizon] = np.linspace((90, 130, 200), (170, 200, 235), horizon)[:, None]
    picture[horizon:] = (80, 120, 50)
    picture[horizon:] += rng.normal(0, 22, (height - horizon, width, 1))
    picture += rng.normal(0, 1.5, picture.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def square(shape: tuple[int, int], y: int, x: int, side: int) -> MaskPixels:
    hole = np.zeros(shape, np.uint8)
    hole[y : y + side, x : x + side] = 255
    return hole


def without(picture: Colours, hole: MaskPixels) -> Colours:
    """The picture with a loud colour in its hole, which must not come back."""
    out = picture.copy()
    out[hole > 0] = (255, 0, 255)
    return out


def detail(picture: Colours, where: np.ndarray) -> float:
    grey = picture.mean(axis=2)
    return float(np.abs(np.diff(grey, axis=1))[where[:, 1:]].mean())


@pytest.fixture(params=["compiled", "numpy"])
def _each_search(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the library, and as on a platform that it has no wheel for."""
    if request.param == "numpy":
        monkeypatch.setitem(sys.modules, "patchmatch", None)
        assert not has_library()


@pytest.mark.usefixtures("_each_search")
@pytest.mark.parametrize("area", [None, 900])
def test_a_fill_continues_horizon_plain_and_texture(area: int | None) -> None:
    truth = meadow()
    hole = square((300, 400), 105, 150, 90)
    filled = fill(without(truth, hole), hole, seed=3, working_area=area)
    inside = hole > 0
    np.testing.assert_array_equal(filled[~inside], truth[~inside])
    sky, grass = inside.copy(), inside.copy()
    sky[142:] = False
    grass[:158] = False
    assert np.abs(filled[sky].mean(axis=0) - truth[sky].mean(axis=0)).max() < 8
    assert np.abs(filled[grass].mean(axis=0) - truth[grass].mean(axis=0)).max() < 12
    assert 0.6 < detail(filled, grass) / detail(truth, grass) < 1.3
    assert detail(filled, sky) < 6


def test_a_large_extension_has_texture_up_to_its_rim() -> None:
    truth = meadow(500, 700)
    hole = np.full((500, 700), 255, np.uint8)
    hole[80:-80, 80:-80] = 0
    filled = fill(without(truth, hole), hole, seed=1, working_area=12_000)
    np.testing.assert_array_equal(filled[80:-80, 80:-80], truth[80:-80, 80:-80])
    rim = np.zeros((500, 700), bool)
    rim[-40:-5, 100:600] = True
    assert 0.5 < detail(filled, rim) / detail(truth, rim) < 1.4
    assert np.abs(filled[:20].mean(axis=(0, 1)) - truth[:20].mean(axis=(0, 1))).max() < 25


def test_the_same_seed_gives_the_same_fill_and_another_another() -> None:
    truth = meadow()
    hole = square((300, 400), 160, 150, 80)
    one, again, other = (fill(without(truth, hole), hole, seed=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_a_scratch_is_closed_smoothly() -> None:
    truth = meadow()
    hole = np.zeros((300, 400), np.uint8)
    hole[60:63, 50:350] = 255
    filled = fill(without(truth, hole), hole)
    assert np.abs(filled[hole > 0].astype(int) - truth[hole > 0]).max() < 15


@pytest.mark.usefixtures("_each_search")
@pytest.mark.parametrize("seed", range(12))
def test_whatever_the_hole_known_pixels_stay_and_plain_pictures_stay_plain(seed: int) -> None:
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in rng.integers(1, 140, 2))
    colour = rng.integers(0, 256, 3)
    plain = np.broadcast_to(colour, (height, width, 3)).astype(np.uint8)
    hole = np.zeros((height, width), np.uint8)
    hole[rng.integers(0, height) :, rng.integers(0, width) :] = 255
    if hole.all():
        hole[0, 0] = 0
    filled = fill(without(plain, hole), hole, seed=seed, working_area=int(rng.integers(1, 9000)))
    np.testing.assert_array_equal(filled[hole == 0], plain[hole == 0])
    if (hole == 0).any():
        assert np.abs(filled.astype(int) - plain).max() <= 12


def test_no_hole_changes_nothing_and_the_input_is_never_written() -> None:
    truth = meadow(60, 80)
    truth.flags.writeable = False
    np.testing.assert_array_equal(fill(truth, np.zeros((60, 80), np.uint8)), truth)
    fill(truth, square((60, 80), 20, 20, 25))


def test_a_picture_without_known_pixels_is_bad_input() -> None:
    with pytest.raises(BadInput):
        fill(meadow(60, 80), np.full((60, 80), 255, np.uint8))


def test_a_fill_stops_when_asked() -> None:
    calls: list[float] = []
    with pytest.raises(Cancelled):
        fill(meadow(), square((300, 400), 100, 100, 80), should_stop=lambda: len(calls) > 1, on_progress=calls.append)
    assert len(calls) == 2


def test_progress_rises_to_one() -> None:
    shares: list[float] = []
    fill(meadow(), square((300, 400), 100, 100, 80), on_progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_patches_are_found_where_they_were_copied_from() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (120, 160, 3), np.uint8)
    picture[60:100, 100:140] = picture[10:50, 20:60]
    targets = np.zeros((120, 160), bool)
    targets[64:96, 104:136] = True
    sources = np.zeros((120, 160), bool)
    sources[5:60, 5:90] = True
    best, distance = nearest_patches(patch_features(picture), targets, sources, rng)
    ys, xs = np.nonzero(targets)
    assert (best == (ys - 50) * 160 + (xs - 80)).mean() > 0.95
    assert np.median(distance) < 1


def test_the_numpy_search_changes_the_hole_only() -> None:
    truth = meadow(120, 160)
    hole = square((120, 160), 50, 60, 30) > 0
    filled = exemplar._fill_slowly(without(truth, hole.view(np.uint8)), hole, 0)
    np.testing.assert_array_equal(filled[~hole], truth[~hole])
    np.testing.assert_array_equal(fill_by_patches(truth, hole, 0)[~hole], truth[~hole])


def test_spreading_keeps_what_is_known_and_reaches_everything() -> None:
    values = np.zeros((50, 70, 2), np.float32)
    weight = np.zeros((50, 70), np.float32)
    values[3, 4], weight[3, 4] = (7, -2), 1
    everywhere = spread(values, weight)
    np.testing.assert_allclose(everywhere, np.full(values.shape, (7, -2), np.float32), rtol=1e-4)
    weight[40:, 60:], values[40:, 60:] = 1, (1, 5)
    mixed = spread(values, weight)
    np.testing.assert_allclose(mixed[45, 65], (1, 5), rtol=1e-4)
    assert mixed[..., 0].min() >= 0.99
    assert mixed[..., 0].max() <= 7.01
