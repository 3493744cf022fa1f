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
from dalle_studio.imaging.exemplar import Colours, Flags, fill_by_patches, sources_for
from dalle_studio.imaging.patchwork import explain, grain_of
from dalle_studio.imaging.spreading import spread
from dalle_studio.imaging.transfer import copy_pieces

SMALLEST: Final = 24
"""Patches are not looked for in pictures with a shorter side."""

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
    whole = hole > 0
    out = image.copy()
    if not whole.any():
        return out
    if whole.all():
        raise BadInput("errors_imaging.nothing_to_copy")
    rect = _surroundings(whole)
    part, unknown = np.ascontiguousarray(image[rect.slices]), np.ascontiguousarray(whole[rect.slices])
    if _depth(unknown) <= SCRATCH:
        part = _close(part, unknown)
    else:
        part = _fill_deep(part, unknown, seed, working_area, should_stop, on_progress)
    np.copyto(out[rect.slices], part, where=unknown[..., None])
    on_progress(1.0)
    return out


def _close(image: Colours, hole: Flags) -> Colours:
    """The fast method: colours run in from the edge (Telea 2004)."""
    return cast("Colours", cv2.inpaint(image, hole.view(np.uint8), SCRATCH, cv2.INPAINT_TELEA))


def _spread_colours(image: Colours, hole: Flags) -> Colours:
    colours = spread(image.astype(np.float32), (~hole).astype(np.float32))
    return cast("Colours", np.clip(colours + 0.5, 0, 255).astype(np.uint8))


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
    affordable = 24_000 + area // 80 if working_area is None else max(1, working_area)
    shrink = max(1.0, (area / affordable) ** 0.5)
    height, width = hole.shape
    size = (min(width, max(SMALLEST, round(width / shrink))), min(height, max(SMALLEST, round(height / shrink))))
    step(0.02)
    coarse, coarse_hole = _reduced(image, hole, size)
    known = int(np.count_nonzero(sources_for(coarse_hole)))
    if min(size) < SMALLEST or known < max(500, area // int(50 * shrink * shrink)):
        return _spread_colours(image, hole)  # too little is known to copy from
    filled = fill_by_patches(coarse, coarse_hole, seed)
    step(0.6)
    rng = np.random.default_rng(seed)
    patchwork = explain(filled, coarse_hole, grain_of(image, hole, size), rng)
    step(0.75)
    return copy_pieces(image, hole, filled, patchwork, rng, lambda share: step(0.75 + 0.25 * share))


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
    """Smaller by area averages of the known pixels; what lies over the hole by more than a trace belongs to it."""
    if size == (hole.shape[1], hole.shape[0]):
        return image, hole
    known = (~hole).view(np.uint8) * np.uint8(255)
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    clean = image.copy()
    clean[hole] = 0
    mean = cv2.resize(clean, size, interpolation=cv2.INTER_AREA) * (255 / np.maximum(share, 1))[..., None]
    return np.minimum(mean + 0.5, 255).astype(np.uint8), share < 250
