from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dalle_studio.imaging.poisson import PINNED, clone, membrane


def fields(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return x, y


def inside(height: int, width: int) -> np.ndarray:
    x, y = fields(height, width)
    found: np.ndarray = (x - width / 2) ** 2 + (y - height / 2) ** 2 < (min(height, width) * 0.4) ** 2
    return found


@pytest.mark.parametrize(("height", "width"), [(300, 420), (257, 131), (64, 700)])
def test_a_membrane_continues_what_is_harmonic(height: int, width: int) -> None:
    x, y = fields(height, width)
    hill = ((x - 100) ** 2 - (y - 80) ** 2) / 2000
    surface = np.stack((x * 0.05, 3 - y * 0.02, hill), axis=2).astype(np.float32)
    unknown = inside(height, width)
    guess = np.where(unknown[..., None], np.float32(1e6), surface)  # whatever stands there has no say
    found = membrane(guess, np.where(unknown, 0, PINNED).astype(np.float32), 1.0, cycles=3)
    assert np.abs(found - surface).max() < 0.02 * np.abs(surface).max()


@given(
    arrays.arrays(np.float32, (23, 31), elements=st.sampled_from((0.0, 0.125, 1.0))),
    st.floats(-50, 50, width=32),
)
def test_a_constant_stays_a_constant(weight: np.ndarray, level: float) -> None:
    found = membrane(np.full((23, 31, 2), level, np.float32), weight, 4.0)
    assert np.abs(found - (level if weight.any() else 0)).max() <= 1e-3 * max(1, abs(level))


@given(arrays.arrays(np.float32, (19, 40, 1), elements=st.floats(-20, 20, width=32)), st.integers(0, 2**32 - 1))
def test_nothing_leaves_the_range_of_what_is_known(values: np.ndarray, seed: int) -> None:
    weight = (np.random.default_rng(seed).random((19, 40)) < 0.2).astype(np.float32)
    if weight.any():
        found = membrane(values, weight, 2.0, cycles=4)
        known = values[weight > 0]
        assert known.min() - 0.6 <= found.min()
        assert found.max() <= known.max() + 0.6


def test_noise_is_averaged_over_the_length_that_was_asked_for() -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 5, (200, 200, 1)).astype(np.float32)
    weight = np.ones((200, 200), np.float32)
    assert membrane(noise, weight, 16.0).std() < 0.8
    assert membrane(noise, weight, 1e-3).std() > 4.8


@pytest.mark.parametrize("seed", [0, 1])
def test_cloning_leaves_no_step_and_keeps_the_answers_detail(seed: int) -> None:
    x, y = fields(240, 320)
    photo = np.stack((90 + x * 0.2, 120 + y * 0.1, 200 - x * 0.1), axis=2).astype(np.float32)
    detail = np.random.default_rng(seed).normal(0, 8, photo.shape).astype(np.float32)
    unknown = inside(240, 320)
    detail[:, :, :] *= (np.hypot(x - 160, y - 120) < 60)[..., None]
    answer = photo * 0.9 + 14 + detail
    out = clone(photo, answer, unknown)
    np.testing.assert_array_equal(out[~unknown], photo[~unknown])
    assert np.abs(out - (photo + detail)).max() < 2.5
    border = unknown & (np.hypot(x - 160, y - 120) > 94)
    assert np.abs(out - photo)[border].max() < 0.3


def test_cloning_without_a_border_keeps_the_answer() -> None:
    answer = np.random.default_rng(0).random((20, 30, 3), np.float32)
    np.testing.assert_array_equal(clone(answer * 0, answer, np.ones((20, 30), np.bool_)), answer)
