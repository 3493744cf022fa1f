"""A hole filled from patches of the rest of the picture, at the size at which that is affordable.

The search is PatchMatch (Barnes et al. 2009) with patch voting from coarse to fine (Wexler et al. 2007): in compiled
code where the `patchmatch` library is installed, else in numpy, slower and for smaller holes. Deterministic for a
seed. The compiled call can't be interrupted; callers run it where it may be abandoned.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Colours: TypeAlias = NDArray[np.uint8]
"""(h, w, 3)."""

Flags: TypeAlias = NDArray[np.bool_]
"""(h, w)."""

Places: TypeAlias = NDArray[np.int32]

RADIUS: Final = 3
"""Patches are 7×7 pixels."""

_ONE_AT_A_TIME = threading.Lock()  # the library keeps its random seed in one place for all threads


def has_library() -> bool:
    """Whether the compiled search is there; loads it on the first call."""
    return _library() is not None


def _library() -> Callable[[Colours, NDArray[np.uint8], int], Colours] | None:
    try:
        logging.getLogger("patchmatch.patch_match").disabled = True  # it warns on import; the fallback is all we need
        from patchmatch import patch_match
    except ImportError:
        return None
    if not patch_match.patchmatch_available:
        return None

    def inpaint(image: Colours, hole: NDArray[np.uint8], seed: int) -> Colours:
        with _ONE_AT_A_TIME:
            patch_match.set_random_seed(seed)
            return cast("Colours", patch_match.inpaint(image, hole, patch_size=RADIUS))

    return inpaint


def fill_by_patches(image: Colours, hole: Flags, seed: int) -> Colours:
    """`image` with `hole` filled; every other pixel as it was. There must be `sources_for` the hole."""
    inpaint = _library()
    filled = inpaint(image, hole.view(np.uint8) * np.uint8(255), seed) if inpaint else _fill_slowly(image, hole, seed)
    filled[~hole] = image[~hole]
    return filled


# --- nearest patches -------------------------------------------------------------------------------------------


def patch_features(image: Colours) -> NDArray[np.float32]:
    """(h, w, 16): each pixel's 7×7 patch in the lowest DCT components, most of them of its brightness.

    Their squared distance is close to that of the patches themselves at a tenth of the cost.
    """
    tones = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb).astype(np.float32)
    size = 2 * RADIUS + 1
    place = np.arange(size) + 0.5
    wave = [np.cos(np.pi * order * place / size) for order in range(4)]
    wave = [one / np.linalg.norm(one) for one in wave]
    brightness = ((0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1), (0, 3), (3, 0))
    parts = [(0, orders) for orders in brightness] + [(c, orders) for c in (1, 2) for orders in brightness[:3]]
    out = np.empty((*image.shape[:2], len(parts)), np.float32)
    for number, (channel, (across, down)) in enumerate(parts):
        out[..., number] = cv2.sepFilter2D(
            tones[..., channel], cv2.CV_32F, wave[across], wave[down], borderType=cv2.BORDER_REFLECT_101
        )
    return out


def nearest_patches(
    features: NDArray[np.float32], targets: Flags, sources: Flags, rng: np.random.Generator, start: Places | None = None
) -> tuple[Places, NDArray[np.float32]]:
    """For every target (in scan order) the flat index of a source with a like patch, and their squared distance.

    PatchMatch, all targets at once: neighbours lend their offsets over growing and shrinking jumps, then random
    trials around the best so far. `start` holds flat indices to begin with; negative ones are drawn at random.
    """
    height, width = targets.shape
    flat = features.reshape(height * width, -1)
    ys, xs = (axis.astype(np.int32) for axis in np.nonzero(targets))
    wanted = flat[ys * width + xs]
    pool = np.flatnonzero(sources).astype(np.int32)
    best = pool[rng.integers(0, pool.size, ys.size)]
    if start is not None:
        good = start >= 0
        best[good] = start[good]
    number = np.full((height, width), -1, np.int32)
    number[ys, xs] = np.arange(ys.size, dtype=np.int32)
    allowed = sources.ravel()
    distance = _distances(flat, wanted, best)

    def try_out(rows: Places, y: Places, x: Places) -> None:
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        rows, candidate = rows[inside], y[inside] * width + x[inside]
        fine = allowed[candidate]
        rows, candidate = rows[fine], candidate[fine]
        found = _distances(flat, wanted[rows], candidate)
        better = found < distance[rows]
        best[rows[better]] = candidate[better]
        distance[rows[better]] = found[better]

    everyone = np.arange(ys.size, dtype=np.int32)
    longest = max(height, width)
    for jumps in ((1, 8, 4, 2, 1), (4, 2, 1), (2, 1)) if start is None else ((4, 2, 1), (1,)):
        for jump in jumps:
            for dy, dx in ((0, jump), (0, -jump), (jump, 0), (-jump, 0)):
                near_y, near_x = np.clip(ys + dy, 0, height - 1), np.clip(xs + dx, 0, width - 1)
                near = number[near_y, near_x]
                rows = everyone[near >= 0]
                lent = best[near[rows]]
                try_out(rows, lent // width - (near_y - ys)[rows], lent % width - (near_x - xs)[rows])
        reach = longest if start is None else 16
        while reach >= 1:
            y = best // width + rng.integers(-reach, reach + 1, ys.size, dtype=np.int32)
            x = best % width + rng.integers(-reach, reach + 1, ys.size, dtype=np.int32)
            try_out(everyone, y, x)
            reach //= 3
    return best, distance


def _distances(flat: NDArray[np.float32], wanted: NDArray[np.float32], places: Places) -> NDArray[np.float32]:
    apart = flat[places]
    apart -= wanted
    return cast("NDArray[np.float32]", np.einsum("ij,ij->i", apart, apart))


def sources_for(hole: Flags) -> Flags:
    """Centres of patches that lie wholly in the picture and hold no pixel of the hole."""
    known = cv2.copyMakeBorder((~hole).view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    kernel = np.ones((2 * RADIUS + 1, 2 * RADIUS + 1), np.uint8)
    return cv2.erode(known, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)[1:-1, 1:-1] > 0


# --- without the library ---------------------------------------------------------------------------------------


def _fill_slowly(image: Colours, hole: Flags, seed: int) -> Colours:
    """The same method in numpy."""
    rng = np.random.default_rng(seed)
    levels = [(image, hole)]
    while min(levels[-1][1].shape) > 32 and _thickness(levels[-1][1]) > RADIUS:
        smaller = _halved(*levels[-1])
        if not sources_for(smaller[1]).any():
            break
        levels.append(smaller)
    coarse, coarse_hole = levels[-1]
    filled = cast("Colours", cv2.inpaint(coarse, coarse_hole.view(np.uint8), 3, cv2.INPAINT_TELEA))
    for number, (known, unknown) in reversed(list(enumerate(levels))):
        if number < len(levels) - 1:
            height, width = unknown.shape
            larger = cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC)
            filled = np.where(unknown[..., None], larger, known).astype(np.uint8)
        sources = sources_for(unknown)
        kernel = np.ones((2 * RADIUS + 1, 2 * RADIUS + 1), np.uint8)
        targets = cv2.dilate(unknown.view(np.uint8), kernel) > 0
        near = cast("NDArray[np.float32]", 1.3 ** -_depth(unknown)[targets])
        best: Places | None = None
        for _ in range(4 + 2 * number):
            best, distance = nearest_patches(patch_features(filled), targets, sources, rng, best)
            filled = _voted(filled, unknown, targets, best, near * _likeness(distance))
    return filled


def _depth(hole: Flags) -> NDArray[np.float32]:
    """Distance of each pixel of the hole to the nearest known one."""
    return cast("NDArray[np.float32]", cv2.distanceTransform(hole.view(np.uint8), cv2.DIST_L2, 3))


def _likeness(distance: NDArray[np.float32]) -> NDArray[np.float32]:
    return cast("NDArray[np.float32]", np.exp(-distance / (np.percentile(distance, 75) + 1)) + np.float32(1e-4))


def _thickness(hole: Flags) -> float:
    return float(_depth(hole).max())


def _halved(image: Colours, hole: Flags) -> tuple[Colours, Flags]:
    """Half the size; known pixels only are averaged, and a pixel is a hole when no known one lies under it."""
    size = ((image.shape[1] + 1) // 2, (image.shape[0] + 1) // 2)
    known = (~hole).astype(np.float32)
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    mean = cv2.resize(image * known[..., None], size, interpolation=cv2.INTER_AREA)
    mean = mean / np.maximum(share, 1e-3)[..., None]
    return np.clip(mean + 0.5, 0, 255).astype(np.uint8), share < 0.01


def _voted(image: Colours, hole: Flags, targets: Flags, best: Places, weight: NDArray[np.float32]) -> Colours:
    """Each hole pixel as the weighted mean of what the patches around it would put there."""
    height, width = hole.shape
    centre_y, centre_x = np.nonzero(targets)
    lent_y, lent_x = np.zeros((height, width), np.int32), np.zeros((height, width), np.int32)
    trust = np.zeros((height, width), np.float32)
    lent_y[targets], lent_x[targets], trust[targets] = best // width - centre_y, best % width - centre_x, weight
    ys, xs = np.nonzero(hole)
    total = np.zeros((ys.size, 3), np.float32)
    weights = np.zeros((ys.size, 1), np.float32)
    for dy in range(-RADIUS, RADIUS + 1):
        for dx in range(-RADIUS, RADIUS + 1):
            y, x = np.clip(ys + dy, 0, height - 1), np.clip(xs + dx, 0, width - 1)
            from_y, from_x = np.clip(ys + lent_y[y, x], 0, height - 1), np.clip(xs + lent_x[y, x], 0, width - 1)
            share = (trust[y, x] * ~hole[from_y, from_x])[:, None]
            total += share * image[from_y, from_x]
            weights += share
    out = image.copy()
    voted = weights[:, 0] > 1e-9
    out[ys[voted], xs[voted]] = np.clip(total[voted] / weights[voted] + 0.5, 0, 255).astype(np.uint8)
    return out
