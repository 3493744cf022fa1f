from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from dalle_studio.imaging.grain import BLOCK, Grain, lay, missing, plain_blocks
from tests.conftest import make_photo
from tests.imaging.rerender import crop_of


def slope(height: int = 480, width: int = 640) -> np.ndarray:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return np.stack((60 + x * 0.2, 90 + y * 0.1, 150 - x * 0.05), axis=2).astype(np.float32)


def grainy(base: np.ndarray, sigma: float, blur: float, seed: int = 0, *, grey: bool = False) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 1, base.shape).astype(np.float32)
    if grey:
        noise[...] = noise[..., :1]
    if blur:
        noise = cv2.GaussianBlur(noise, (0, 0), blur).astype(np.float32)
    pixels: np.ndarray = np.clip(np.rint(base + noise * (sigma / noise.std())), 0, 255).astype(np.uint8)
    return pixels


def measured(photo: np.ndarray, answer: np.ndarray) -> Grain | None:
    blocks = plain_blocks(photo, np.ones(photo.shape[:2], np.bool_))
    cut = [np.stack([one[block.slices] for block in blocks]).astype(np.float32) for one in (photo, answer)]
    return missing(cut[0], cut[1])


def neighbours(noise: np.ndarray, steps: int) -> float:
    """Autocorrelation of the green channel, sideways."""
    green = noise[..., 1]
    return float((green[:, steps:] * green[:, :-steps]).mean() / green.var())


@pytest.mark.parametrize(("sigma", "blur", "grey"), [(3.0, 0.0, False), (6.0, 0.7, False), (5.0, 0.6, True)])
def test_what_is_added_is_as_strong_and_as_coarse_as_the_photos_grain(sigma: float, blur: float, grey: bool) -> None:
    base = slope()
    photo = grainy(base, sigma, blur, grey=grey)
    answer = grainy(base, 0.5, 0.0, seed=9)
    grain = measured(photo, answer)
    assert grain is not None
    out = answer.astype(np.float32)
    lay(out, (0, 0), grain)
    before, after = photo - base, out - base
    assert after.std(axis=(0, 1)) == pytest.approx(before.std(axis=(0, 1)), rel=0.15)
    for steps in (1, 2, 3):
        assert neighbours(after, steps) == pytest.approx(neighbours(before, steps), abs=0.12)
    channels = [float(np.corrcoef(one[..., 0].ravel(), one[..., 2].ravel())[0, 1]) for one in (before, after)]
    assert channels[1] == pytest.approx(channels[0], abs=0.12)
    assert abs(float((out - answer).mean())) < 0.1


def test_shadows_and_lights_get_their_own_strength() -> None:
    base = np.repeat(np.linspace(20, 235, 900, dtype=np.float32)[None], 500, axis=0)
    base = np.repeat(base[..., None], 3, axis=2)
    noise = np.random.default_rng(1).normal(0, 1, base.shape) * np.where(base < 128, 7, 2)
    photo = np.clip(np.rint(base + noise), 0, 255).astype(np.uint8)
    grain = measured(photo, grainy(base, 0.4, 0, seed=2))
    assert grain is not None
    out = base.copy()
    lay(out, (0, 0), grain)
    added = out - base
    assert added[:, 100:350].std() == pytest.approx(7, rel=0.2)
    assert added[:, 600:800].std() == pytest.approx(2, rel=0.3)


def test_clipped_white_stays_clean() -> None:
    grain = measured(grainy(slope(), 6, 0.6), grainy(slope(), 0.5, 0, seed=4))
    assert grain is not None
    white = np.full((40, 40, 3), 255, np.float32)
    lay(white, (0, 0), grain)
    assert (white == 255).all()


def test_nothing_is_added_where_the_answer_is_as_noisy_or_the_photo_clean() -> None:
    base = slope()
    assert measured(grainy(base, 4, 0.5), grainy(base, 4, 0.3, seed=1)) is None
    assert measured(grainy(base, 0.4, 0), grainy(base, 0.3, 0, seed=1)) is None
    assert missing(np.zeros((3, BLOCK, BLOCK, 3), np.float32), np.zeros((3, BLOCK, BLOCK, 3), np.float32)) is None


def test_texture_that_the_answer_renders_is_not_grain(sample_photo: Path) -> None:
    flowers = crop_of(sample_photo)
    assert measured(flowers, cv2.GaussianBlur(flowers, (0, 0), 0.6)) is None
    weave = cv2.GaussianBlur(make_photo(64, 64), (0, 0), 1.5)[20:34, 20:34]
    cloth = np.tile(weave, (40, 50, 1)).astype(np.uint8)
    assert measured(cloth, cv2.GaussianBlur(cloth, (0, 0), 1.0)) is None


def test_the_same_place_gets_the_same_grain() -> None:
    grain = measured(grainy(slope(), 5, 0.6), grainy(slope(), 0.5, 0, seed=7))
    assert grain is not None
    whole = np.full((400, 600, 3), 128, np.float32)
    part = whole[100:330, 200:520].copy()
    lay(whole, (-40, -17), grain)
    lay(part, (160, 83), grain)
    np.testing.assert_allclose(part, whole[100:330, 200:520], atol=1e-3)
    assert not np.array_equal(whole[:100, :100], whole[256:356, :100])


def test_strength_is_the_users() -> None:
    grain = measured(grainy(slope(), 5, 0.6), grainy(slope(), 0.5, 0, seed=7))
    assert grain is not None
    shares = np.zeros((200, 200), np.float32)
    shares[:, 100:] = 0.5
    out = np.full((200, 200, 3), 128, np.float32)
    lay(out, (0, 0), grain, shares)
    assert (out[:, :100] == 128).all()
    assert (out[:, 100:] - 128).std() == pytest.approx(2.5, rel=0.25)


def test_blocks_lie_inside_the_ring() -> None:
    pixels = make_photo(500, 400)
    keep = np.zeros((400, 500), np.bool_)
    keep[:, :170] = True
    blocks = plain_blocks(pixels, keep)
    assert blocks
    assert all(keep[block.slices].all() and block.width == block.height == BLOCK for block in blocks)
    assert plain_blocks(pixels[:10], keep[:10]) == []
