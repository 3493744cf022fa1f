"""Greyscale photos: whether an answer brought colour, or only the tint that engines leave on all they redraw.

A photo of one channel would otherwise become one of three by a level of red, and a JPEG of it lose its blocks. Pure
functions on arrays of one scale; safe on any thread.
"""

from __future__ import annotations

from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from dalle_studio.core.picture import Pixels

Flags: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float32]

FAINT: Final = 16.0
"""Levels between two channels, in the mean of some pixels, up to which grey is meant. A sepia print has 20 to 60."""

_CELL: Final = 4
"""Pixels a side over which grain and the colour blocks of a JPEG answer are averaged."""


def is_grey(pixels: Pixels) -> bool:
    """Whether all colours of (h, w, 3|4) are equal."""
    return bool((pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all())


def without_tint(answer: Pixels, keep: Flags) -> Pixels:
    """The answer to a greyscale photo, (h, w, 3) uint8: grey where it shows no colour anywhere, else as it came.

    `keep` (h, w) is what should not have changed: the colour of that is the engine's tint, and none of the answer's.
    """
    if is_grey(answer):
        return answer
    height, width = keep.shape
    size = (max(1, width // _CELL), max(1, height // _CELL))
    cells = cv2.resize(answer, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    kept = cv2.resize(keep.view(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_AREA)
    apart = cast("Floats", cells[..., ::2] - cells[..., 1:2])  # red and blue against green
    ring = kept == 255
    if ring.any():
        apart -= np.median(apart[ring], axis=0)
    asked = cv2.blur(apart, (3, 3))[~ring]
    if asked.size and float(np.abs(asked).max()) > FAINT:
        return answer
    return cast("Pixels", cv2.cvtColor(cv2.cvtColor(answer, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB))
