"""A plausible fill for a hole: what *Remove* and *Extend* do without a network, and what engines see under a mask.

Only pixels of the hole change. A crop with enough surroundings is filled at an affordable size (`exemplar`) and the
result carried to full resolution (`transfer`). Deterministic for a seed. Takes seconds; run it off the event loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast

import cv2
import numpy as np

from dalle_studio.core.errors import BadInput, Cancelled
from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import MaskPixels
from dalle_studio.imaging.exemplar import Colours, Flags, fill_by_patches
from dalle_studio.imaging.transfer import copy_pieces, explain, grain_of

SCRATCH: Final = 3.0
"""Holes that are nowhere deeper than this many pixels are closed by the fast method."""


def _never() -> bool:
    return False


def _silent(fraction: float) -> None:
    del fraction


def fill(
    image: Colours,
    hole: MaskPixels,
    *,
    seed: int = 0,
    working_area: int | None = None,
    should_stop: Callable[[], bool] = _never,
    on_progress: Callable[[float], None] = _silent,
) -> Colours:
    """A copy of `image`, (h, w, 3) uint8 RGB, with every pixel filled where `hole`, (h, w), is not 0.

    `working_area` is how many pixels of the hole are searched patch by patch; the rest follows from them. Raises
    Cancelled soon after `should_stop` says so (a step may take seconds), and BadInput when nothing is left to copy.
    """
    whole = cast("Flags", hole > 0)
    out = image.copy()
    if not whole.any():
        return out
    if whole.all():
        raise BadInput("errors_imaging.nothing_to_copy")
    rect = _surroundings(whole)
    part, unknown = np.ascontiguousarray(image[rect.slices]), np.ascontiguousarray(whole[rect.slices])
    if _depth(unknown) <= SCRATCH:
        part = cast("Colours", cv2.inpaint(part, unknown.view(np.uint8), 3, cv2.INPAINT_TELEA))
    else:
        part = _fill_deep(part, unknown, seed, working_area, should_stop, on_progress)
    np.copyto(out[rect.slices], part, where=unknown[..., None])
    on_progress(1.0)
    return out


def _fill_deep(
    image: Colours,
    hole: Flags,
    seed: int,
    working_area: int | None,
    should_stop: Callable[[], bool],
    on_progress: Callable[[float], None],
) -> Colours:
    def step(fraction: float) -> None:
        if should_stop():
            raise Cancelled("errors.cancelled")
        on_progress(fraction)

    area = int(np.count_nonzero(hole))
    affordable = 24_000 + area // 80 if working_area is None else working_area
    shrink = max(1.0, (area / affordable) ** 0.5)
    height, width = hole.shape
    size = (max(16, round(width / shrink)), max(16, round(height / shrink)))
    step(0.02)
    if size == (width, height):
        coarse, coarse_hole = image, hole
    else:
        coarse, coarse_hole = _reduced(image, hole, size)
    filled = fill_by_patches(coarse, coarse_hole, seed)
    step(0.6)
    rng = np.random.default_rng(seed)
    patchwork = explain(filled, coarse_hole, grain_of(image, hole, size), rng)
    step(0.8)
    return copy_pieces(image, hole, filled, patchwork, rng)


def _surroundings(hole: Flags) -> Rect:
    """The hole's rectangle with as much again on each side: what the fill may be copied from."""
    rows, columns = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    bounds = Rect.of_edges(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    margin = max(bounds.width, bounds.height, 64)
    return bounds.grown(margin).intersected(Rect(0, 0, hole.shape[1], hole.shape[0]))


def _depth(hole: Flags) -> float:
    """Distance of the innermost pixel of the hole to a known one."""
    return float(cv2.distanceTransform(hole.view(np.uint8), cv2.DIST_L2, 3).max())


def _reduced(image: Colours, hole: Flags, size: tuple[int, int]) -> tuple[Colours, Flags]:
    """Smaller by area averages of the known pixels; any pixel over the hole belongs to it."""
    known = (~hole).view(np.uint8) * np.uint8(255)
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    clean = image.copy()
    clean[hole] = 0
    mean = cv2.resize(clean, size, interpolation=cv2.INTER_AREA)
    smaller = cast("Flags", share < 250)
    if smaller.all():
        smaller = cast("Flags", share < max(1, int(share.max())))
    return cast("Colours", mean), smaller
