"""Values known in some pixels, spread smoothly over all (push and pull, Gortler et al. 1996)."""

from __future__ import annotations

from typing import TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]


def spread(values: Floats, weight: Floats) -> Floats:
    """`values`, (h, w) or (h, w, c), as they are where `weight`, (h, w) from 0 to 1, is at least ½.

    Elsewhere they become the mean of what is known near, the wider the farther away that is. Some weight must be > 0.
    """
    many = weight if values.ndim == 2 else weight[..., None]
    levels = [(cast("Floats", values * many), weight)]
    while max(levels[-1][1].shape) > 1:
        total, share = levels[-1]
        levels.append((cast("Floats", cv2.pyrDown(total)), cast("Floats", cv2.pyrDown(share))))
    mean = _mean(*levels[-1])
    for total, share in reversed(levels[:-1]):
        wide = cv2.pyrUp(mean, dstsize=(share.shape[1], share.shape[0]))
        sure = np.minimum(1, share * 2)
        if total.ndim == 3:
            sure = sure[..., None]
        mean = cast("Floats", sure * _mean(total, share) + (1 - sure) * wide)
    return mean


def _mean(total: Floats, share: Floats) -> Floats:
    share = np.maximum(share, np.float32(1e-6))
    return cast("Floats", total / (share if total.ndim == 2 else share[..., None]))
