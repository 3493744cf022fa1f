"""Masks and photos for tests of selections and morphology."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from hypothesis import strategies as st

from dalle_studio.core.mask import FrozenMask


def read(path: Path) -> np.ndarray:
    """A photo file as RGB."""
    stored = np.frombuffer(path.read_bytes(), np.uint8)
    decoded = cv2.imdecode(stored, cv2.IMREAD_COLOR_RGB)
    assert decoded is not None
    return decoded


def blobs(seed: int, *, height: int = 90, width: int = 130, soft: bool = False) -> FrozenMask:
    """A few rectangles of 255, or of any value; sometimes none."""
    rng = np.random.default_rng(seed)
    pixels = np.zeros((height, width), np.uint8)
    for _ in range(rng.integers(0, 5)):
        y, x = rng.integers(0, height), rng.integers(0, width)
        value = rng.integers(1, 256) if soft else 255
        pixels[y : y + rng.integers(1, 50), x : x + rng.integers(1, 50)] = value
    return FrozenMask.of(pixels)


binary = st.builds(blobs, st.integers(0, 10_000))
soft = st.builds(lambda seed: blobs(seed, soft=True), st.integers(0, 10_000))
