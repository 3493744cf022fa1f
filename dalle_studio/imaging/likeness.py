"""Whether an answer shows the same scene as what was sent, judged by what was to be kept. Any thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import cv2
import numpy as np

from dalle_studio.core.picture import MaskPixels, Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE = 192
"""Both are compared this small: shift, grain and softness do not count then."""
_FLAT = 3.0
"""Levels of standard deviation below which a ring says nothing."""
_FEWEST = 64


def ring_correlation(photo: Pixels, answer: Pixels, mask: MaskPixels) -> float | None:
    """Correlation of the luminance where `mask` is 0, from -1 to 1; None where there is too little to judge.

    All three are of one size: (h, w, 3) uint8 twice, (h, w).
    """
    scale = min(1.0, _SIDE / max(mask.shape))
    size = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
    keep = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) == 0
    if np.count_nonzero(keep) < _FEWEST:
        return None
    first, second = (_luminance(pixels, size)[keep] for pixels in (photo, answer))
    if first.std() < _FLAT:
        return None
    if second.std() == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _luminance(pixels: Pixels, size: tuple[int, int]) -> NDArray[np.float32]:
    small = cv2.resize(np.ascontiguousarray(pixels[..., :3]), size, interpolation=cv2.INTER_AREA)
    return cast("NDArray[np.float32]", cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32))
