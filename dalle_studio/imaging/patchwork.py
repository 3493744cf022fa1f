"""Which pieces of the known picture a coarse fill is made of.

The fill is explained as a patchwork: regions that are each the known picture moved by one offset (shift-map editing,
Pritch et al. 2009, with the dominant offsets of He & Sun 2012). `transfer` copies by the same offsets at full
resolution. Pure functions on arrays at the coarse size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from dalle_studio.core.geometry import Rect
from dalle_studio.imaging.exemplar import Colours, Flags, nearest_patches, patch_features, sources_for
from dalle_studio.imaging.spreading import spread

Floats: TypeAlias = NDArray[np.float32]

MOST_PIECES: Final = 96
"""Offsets that are tried for the patchwork, at most."""

GRAIN: Final = 6.0
"""What grain of e times the strength, or of 1/e, costs in levels of mismatch."""

EDGE: Final = 4
"""Coarse pixels, to both sides of the hole's edge, in which a piece must fit what is known."""

SMOOTH: Final = 1.2
"""What an unlike neighbour costs against the typical mismatch of a patch."""


@dataclass(frozen=True, slots=True, eq=False)
class Patchwork:
    """Which offset fills which pixel, at the coarse size."""

    offsets: NDArray[np.int32]
    """(n, 2): dy, dx from a hole pixel to its source, in coarse pixels."""
    labels: NDArray[np.int16]
    """(h, w): number of the offset, -1 outside the hole."""


def grain_of(image: Colours, hole: Flags, size: tuple[int, int]) -> Floats:
    """How grainy the picture is, at a coarse `size` (width, height): logarithm of the strength of the finest detail.

    Inside the hole it is what the known pixels around suggest.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    fine = cv2.absdiff(grey, cv2.GaussianBlur(grey, (0, 0), 1.2))
    unknown = cv2.dilate(hole.view(np.uint8), np.ones((9, 9), np.uint8))
    known = cv2.resize(np.float32(1) - unknown, size, interpolation=cv2.INTER_AREA)
    strength = cv2.resize((fine * (1 - unknown)).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    share = cast("Floats", cv2.blur(known, (5, 5)))
    mean = cv2.blur(strength, (5, 5)) / np.maximum(share, np.float32(1e-6))
    return cast("Floats", np.log(spread(cast("Floats", mean), share) + np.float32(0.5)))


def explain(filled: Colours, hole: Flags, grain: Floats, rng: np.random.Generator) -> Patchwork:
    """The patchwork that comes close to `filled`, a picture whose `hole` was filled from the rest of it.

    Among pieces that fit, those as grainy as the surroundings (`grain_of`) are preferred.
    """
    sources = sources_for(hole)
    best, distance = nearest_patches(patch_features(filled), hole, sources, rng)
    width = hole.shape[1]
    ys, xs = np.nonzero(hole)
    lent = np.stack((best // width - ys, best % width - xs), axis=1)
    offsets = _dominant(lent, MOST_PIECES * 2 // 3)
    cost = _mismatch(filled, hole, offsets, grain)
    # Where the frequent offsets explain little, the most frequent ones of those pixels get their turn.
    poor = cost.min(axis=0) > 2 * np.sqrt(distance / 49) + 6
    if np.count_nonzero(poor) > 20:
        more = _dominant(lent[poor], MOST_PIECES // 3)
        offsets = np.concatenate((offsets, more))
        cost = np.concatenate((cost, _mismatch(filled, hole, more, grain)))
    return Patchwork(offsets, _smooth_labels(cost, hole))


def _dominant(lent: NDArray[np.int32], most: int) -> NDArray[np.int32]:
    values, counts = np.unique(lent, axis=0, return_counts=True)
    return cast("NDArray[np.int32]", values[np.argsort(-counts, kind="stable")[:most]].astype(np.int32))


def _mismatch(filled: Colours, hole: Flags, offsets: NDArray[np.int32], grain: Floats) -> Floats:
    """(n, hole pixels): how far each offset's pixels are from the fill's, root mean square over 5×5, in levels."""
    height, width = hole.shape
    frame = Rect(0, 0, width, height)
    out = np.empty((len(offsets), int(np.count_nonzero(hole))), np.float32)
    unknown = hole.view(np.uint8)
    # Near its edge a piece must also continue what is known beyond it.
    edge = ((cv2.distanceTransform(1 - unknown, cv2.DIST_L2, 3) <= EDGE) & ~hole).astype(np.float32)
    seen = cv2.blur(edge, (2 * EDGE + 1, 2 * EDGE + 1))[hole]
    heed = np.where(seen > 0.02, np.exp(-cv2.distanceTransform(unknown, cv2.DIST_L2, 3)[hole] / EDGE), 0)
    for number, (dy, dx) in enumerate(offsets.tolist()):
        strange = np.zeros((height, width), np.float32)
        square = np.full((height, width), 200.0**2, np.float32)
        into = frame.intersected(frame.moved(-dx, -dy))
        if not into.is_empty:
            apart = cv2.absdiff(filled[into.slices], filled[into.moved(dx, dy).slices]).astype(np.float32)
            square[into.slices] = np.einsum("ijk,ijk->ij", apart, apart) / 3
            square[into.slices][unknown[into.moved(dx, dy).slices] > 0] = 200.0**2
            strange[into.slices] = np.abs(grain[into.slices] - grain[into.moved(dx, dy).slices])
        beyond = np.sqrt(cv2.blur(square * edge, (2 * EDGE + 1, 2 * EDGE + 1))[hole] / np.maximum(seen, 0.02))
        out[number] = np.sqrt(cv2.blur(square, (5, 5)))[hole]
        out[number] += heed * beyond + GRAIN * np.minimum(strange[hole], 1.5)
    return out


def _smooth_labels(cost: Floats, hole: Flags) -> NDArray[np.int16]:
    """The cheapest label of each pixel, where unlike neighbours cost as well (Potts, by iterated conditional modes)."""
    labels = np.full(hole.shape, -1, np.int16)
    labels[hole] = cost.argmin(axis=0)
    price = np.float32(SMOOTH * (float(np.median(cost.min(axis=0))) + 2))
    inside = hole.astype(np.float32)
    for side in (9, 7, 5, 5, 5):
        room = np.maximum(cv2.blur(inside, (side, side))[hole], np.float32(1 / side**2))
        least = np.full(cost.shape[1], np.inf, np.float32)
        chosen = np.zeros(cost.shape[1], np.int16)
        for number in range(len(cost)):
            alike = cv2.blur((labels == number).astype(np.float32), (side, side))
            total = cost[number] - price * (alike[hole] / room)
            cheaper = total < least
            least[cheaper] = total[cheaper]
            chosen[cheaper] = number
        labels[hole] = chosen
    return labels
