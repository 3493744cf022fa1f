"""The dashed edge of a mask at the resolution of the screen. Pure functions on arrays, any thread.

A pixel of the result depends on its neighbours and its place only, never on how the contour runs elsewhere: a part
computed alone equals the same part of the whole, so a stroke refreshes just its dirty rectangle.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import MaskPixels

GAP, DASH = 1, 2
"""Values of the result where the edge runs; 0 elsewhere."""

_Places: TypeAlias = NDArray[np.intp]

_LENGTH = 4  # of a dash and of a gap, in screen pixels
_NEVER = 1 << 14  # OpenCV's remapping takes sources up to 32767 pixels


def sample(level: MaskPixels, rect: Rect, scale: float, *, smooth: bool) -> MaskPixels:
    """`rect` of the screen from a mask shown at `scale` screen pixels per mask pixel, corner at (0, 0).

    Returns (rect.height, rect.width); 0 beyond the mask.
    """
    left, top = int(rect.left / scale) - 2, int(rect.top / scale) - 2
    wanted = Rect.of_edges(left, top, int(rect.right / scale) + 3, int(rect.bottom / scale) + 3)
    part = wanted.intersected(Rect(0, 0, level.shape[1], level.shape[0]))
    if part.is_empty or max(part.width, part.height) > _NEVER:
        return np.zeros((rect.height, rect.width), np.uint8)
    if scale == 1.0:
        out = np.zeros((rect.height, rect.width), np.uint8)
        out[part.moved(-rect.left, -rect.top).intersected(Rect(0, 0, rect.width, rect.height)).slices] = level[
            part.intersected(rect).slices
        ]
        return out
    # Centres of pixels meet: source = (screen + ½) / scale − ½, counted from the corner of the part that is read.
    step = 1 / scale
    back = np.array(
        [
            [step, 0, (rect.left + 0.5) * step - 0.5 - part.left],
            [0, step, (rect.top + 0.5) * step - 0.5 - part.top],
        ]
    )
    flags = (cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST) | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(level[part.slices], back, (rect.width, rect.height), flags=flags), np.uint8)


def dashes(level: MaskPixels, rect: Rect, scale: float, *, smooth: bool, phase: int = 0) -> MaskPixels | None:
    """The edge of what is at least half selected inside `rect` of the screen; None when no edge runs there.

    Arguments as for `sample`; `phase` (screen pixels) lets the dashes march. Edges that run rather across are dashed
    by x and the others by y, so that the dashes stay even along any curve.
    """
    values = sample(level, rect.grown(1), scale, smooth=smooth)
    inside = values >= 128
    if not inside.any():
        return None
    core = inside[1:-1, 1:-1]
    edge = core & ~(inside[:-2, 1:-1] & inside[2:, 1:-1] & inside[1:-1, :-2] & inside[1:-1, 2:])
    rows, columns = np.nonzero(edge)
    if rows.size == 0:
        return None
    across = _difference(values, rows, columns, 1, 0) >= _difference(values, rows, columns, 0, 1)
    run = np.where(across, columns + rect.left, rows + rect.top) + phase
    out = np.zeros(core.shape, np.uint8)
    out[rows, columns] = np.where((run // _LENGTH) & 1, GAP, DASH)
    return out


def _difference(values: MaskPixels, rows: _Places, columns: _Places, dy: int, dx: int) -> NDArray[np.int16]:
    """How much the mask changes along one axis around the pixels listed (places in the inner part of `values`)."""
    before = values[rows + 1 - dy, columns + 1 - dx].astype(np.int16)
    after = values[rows + 1 + dy, columns + 1 + dx].astype(np.int16)
    change: NDArray[np.int16] = np.abs(after - before)
    return change
