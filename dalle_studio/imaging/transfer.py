"""A coarse fill carried to full resolution by copying pixels, not by enlarging it.

The coarse fill is explained as a patchwork: pieces of the known picture, each moved by one offset (shift-map editing,
Pritch et al. 2009, with dominant offsets after He & Sun 2012). The same offsets, refined, then copy full-resolution
pixels, so that grain and texture are the photo's own; the coarse fill corrects only what is broader than its pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from dalle_studio.core.geometry import Rect
from dalle_studio.imaging.exemplar import Colours, Flags, nearest_patches, patch_features, sources_for

Floats: TypeAlias = NDArray[np.float32]

MOST_PIECES: Final = 96
"""Offsets that are tried for the patchwork, at most."""

SMOOTH: Final = 1.2
"""What an unlike neighbour costs against the typical mismatch of a patch."""

TILE: Final = 512
"""Side of the squares in which the full resolution is composed."""


@dataclass(frozen=True, slots=True, eq=False)
class Patchwork:
    """Which offset fills which pixel, at the coarse size."""

    offsets: NDArray[np.int32]
    """(n, 2): dy, dx from a hole pixel to its source, in coarse pixels."""
    labels: NDArray[np.int16]
    """(h, w): number of the offset, -1 outside the hole."""


def explain(filled: Colours, hole: Flags, rng: np.random.Generator) -> Patchwork:
    """The patchwork that comes close to `filled`, a picture whose `hole` was filled from the rest of it."""
    sources = sources_for(hole)
    best, distance = nearest_patches(patch_features(filled), hole, sources, rng)
    width = hole.shape[1]
    ys, xs = np.nonzero(hole)
    lent = np.stack((best // width - ys, best % width - xs), axis=1)
    offsets = _dominant(lent, MOST_PIECES * 2 // 3)
    cost = _mismatch(filled, hole, offsets)
    # Where the frequent offsets explain little, the most frequent ones of those pixels get their turn.
    poor = cost.min(axis=0) > 2 * np.sqrt(distance / 49) + 6
    if np.count_nonzero(poor) > 20:
        more = _dominant(lent[poor], MOST_PIECES // 3)
        offsets = np.concatenate((offsets, more))
        cost = np.concatenate((cost, _mismatch(filled, hole, more)))
    return Patchwork(offsets, _smooth_labels(cost, hole))


def _dominant(lent: NDArray[np.int32], most: int) -> NDArray[np.int32]:
    values, counts = np.unique(lent, axis=0, return_counts=True)
    return cast("NDArray[np.int32]", values[np.argsort(-counts, kind="stable")[:most]].astype(np.int32))


def _mismatch(filled: Colours, hole: Flags, offsets: NDArray[np.int32]) -> Floats:
    """(n, hole pixels): how far each offset's pixels are from the fill's, root mean square over 5×5, in levels."""
    height, width = hole.shape
    frame = Rect(0, 0, width, height)
    out = np.empty((len(offsets), int(np.count_nonzero(hole))), np.float32)
    unknown = hole.view(np.uint8)
    for number, (dy, dx) in enumerate(offsets.tolist()):
        square = np.full((height, width), 200.0**2, np.float32)
        into = frame.intersected(frame.moved(-dx, -dy))
        if not into.is_empty:
            apart = cv2.absdiff(filled[into.slices], filled[into.moved(dx, dy).slices]).astype(np.float32)
            square[into.slices] = np.einsum("ijk,ijk->ij", apart, apart) / 3
            square[into.slices][unknown[into.moved(dx, dy).slices] > 0] = 200.0**2
        out[number] = np.sqrt(cv2.blur(square, (5, 5)))[hole]
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


# --- full resolution -------------------------------------------------------------------------------------------


def copy_pieces(
    image: Colours, hole: Flags, filled: Colours, patchwork: Patchwork, rng: np.random.Generator
) -> Colours:
    """`image` with `hole` filled by the patchwork at full resolution; other pixels as they are.

    `filled` is the coarse fill, of any smaller size; the coarse hole covers every pixel of `hole`.
    """
    height, width = hole.shape
    scale = (height / filled.shape[0], width / filled.shape[1])
    whole = cast("Colours", cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC))
    np.copyto(whole, image, where=~hole[..., None])
    offsets = _refined(image, hole, whole, patchwork, scale, rng)
    tints = _tints(filled, patchwork)
    out = whole.copy()
    for tile in _tiles(hole):
        _compose(out, image, hole, patchwork, offsets, tints, tile, scale)
    rest = _remainder(filled, out, patchwork.labels >= 0)
    for tile in _tiles(hole):
        _correct(out, hole, rest, tile, scale)
    return out


def _tiles(hole: Flags) -> list[Rect]:
    frame = Rect(0, 0, hole.shape[1], hole.shape[0])
    tiles = [
        Rect(x, y, TILE, TILE).intersected(frame)
        for y in range(0, frame.height, TILE)
        for x in range(0, frame.width, TILE)
    ]
    return [tile for tile in tiles if hole[tile.slices].any()]


def _refined(
    image: Colours,
    hole: Flags,
    whole: Colours,
    patchwork: Patchwork,
    scale: tuple[float, float],
    rng: np.random.Generator,
    samples: int = 500,
) -> NDArray[np.int32]:
    """Offsets in full-resolution pixels, moved by up to a coarse pixel to where they fit best.

    Compared are places of each piece, and of the known pixels it touches, in blurred pictures: the coarse fill has no
    finer detail.
    """
    sigma = max(scale) / 2
    offsets = np.rint(patchwork.offsets * np.array(scale)).astype(np.int32)
    if sigma < 0.6:
        return offsets
    height, width = hole.shape
    blurred = cv2.GaussianBlur(image, (0, 0), sigma)
    goal = np.where(hole[..., None], whole, blurred)
    reach = int(np.ceil(max(scale) * 0.75))
    step = max(1, reach // 4)
    for number in range(len(offsets)):
        piece = cv2.dilate((patchwork.labels == number).view(np.uint8), np.ones((5, 5), np.uint8))
        ys, xs = np.nonzero(piece)
        if not ys.size:
            continue
        pick = rng.integers(0, ys.size, samples)
        y = np.minimum(((ys[pick] + rng.random(samples)) * scale[0]).astype(np.int32), height - 1)
        x = np.minimum(((xs[pick] + rng.random(samples)) * scale[1]).astype(np.int32), width - 1)
        goal_here = goal[y, x].astype(np.int32)
        centre, span = offsets[number], reach
        stride = step
        while True:
            moves = np.arange(-span, span + 1, stride)
            dy, dx = (axis.ravel() for axis in np.meshgrid(moves, moves, indexing="ij"))
            from_y = np.clip(y[:, None] + (centre[0] + dy), 0, height - 1)
            from_x = np.clip(x[:, None] + (centre[1] + dx), 0, width - 1)
            apart = np.minimum(np.abs(blurred[from_y, from_x] - goal_here[:, None]).sum(axis=2), 120)
            error = apart.mean(axis=0) + 0.02 * np.hypot(dy, dx)
            least = int(error.argmin())
            centre = centre + np.array((dy[least], dx[least]), np.int32)
            if stride == 1:
                break
            span, stride = stride, max(1, stride // 3)
        offsets[number] = centre
    return offsets


def _tints(filled: Colours, patchwork: Patchwork) -> Floats:
    """(n, 3): what to add to each piece's pixels so that its mean colour is the coarse fill's."""
    height, width = patchwork.labels.shape
    ys, xs = np.nonzero(patchwork.labels >= 0)
    number = patchwork.labels[ys, xs]
    lent = patchwork.offsets[number]
    from_y, from_x = np.clip(ys + lent[:, 0], 0, height - 1), np.clip(xs + lent[:, 1], 0, width - 1)
    apart = filled[ys, xs].astype(np.float32) - filled[from_y, from_x]
    count = np.maximum(np.bincount(number, minlength=len(patchwork.offsets)), 1)
    sums = [np.bincount(number, apart[:, c], minlength=len(patchwork.offsets)) / count for c in range(3)]
    return np.clip(np.stack(sums, axis=1), -24, 24).astype(np.float32)


def _enlarged(coarse: Floats, tile: Rect, scale: tuple[float, float], how: int) -> Floats:
    """The part of a coarse picture under a full-resolution tile, at full resolution; centres of pixels meet."""
    sx, sy = 1 / scale[1], 1 / scale[0]
    back = np.array(((sx, 0, (tile.x + 0.5) * sx - 0.5), (0, sy, (tile.y + 0.5) * sy - 0.5)))
    flags = how | cv2.WARP_INVERSE_MAP
    return cast(
        "Floats", cv2.warpAffine(coarse, back, (tile.width, tile.height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    )


def _compose(
    out: Colours,
    image: Colours,
    hole: Flags,
    patchwork: Patchwork,
    offsets: NDArray[np.int32],
    tints: Floats,
    tile: Rect,
    scale: tuple[float, float],
) -> None:
    """Copy the pieces into one tile; where they meet they fade into each other over a few pixels."""
    frame = Rect(0, 0, hole.shape[1], hole.shape[0])
    near = Rect.of_edges(
        int(tile.left / scale[1]) - 2,
        int(tile.top / scale[0]) - 2,
        int(tile.right / scale[1]) + 3,
        int(tile.bottom / scale[0]) + 3,
    ).intersected(Rect(0, 0, patchwork.labels.shape[1], patchwork.labels.shape[0]))
    labels = patchwork.labels[near.slices]
    power = min(4.0, max(1.5, 0.45 * max(scale)))
    total = np.zeros((tile.height, tile.width, 3), np.float32)
    weights = np.full((tile.height, tile.width), 1e-6, np.float32)
    for number in np.unique(labels[labels >= 0]).tolist():
        weight = _enlarged((patchwork.labels == number).astype(np.float32), tile, scale, cv2.INTER_LINEAR)
        source = tile.moved(int(offsets[number, 1]), int(offsets[number, 0]))
        seen = source.intersected(frame)
        if seen.is_empty:
            continue
        part = seen.moved(-source.x, -source.y).slices
        share = np.power(weight[part], power) * ~hole[seen.slices]
        weights[part] += share
        total[part] += share[..., None] * (image[seen.slices] + tints[number])
    there = hole[tile.slices] & (weights > 1e-3)
    mixed = np.clip(total / weights[..., None] + np.float32(0.5), 0, 255)
    np.copyto(out[tile.slices], mixed.astype(np.uint8), where=there[..., None])


def _remainder(filled: Colours, out: Colours, hole: Flags) -> Floats:
    """What the composed picture lacks of the coarse fill, at the coarse size: broad where there is texture, whole where
    there is none, so that a plain sky shows no seam.
    """
    height, width = hole.shape
    reached = cv2.resize(out, (width, height), interpolation=cv2.INTER_AREA)
    lacking = filled.astype(np.float32) - reached
    lacking[~hole] = 0
    inside = hole.astype(np.float32)
    broad = cv2.GaussianBlur(lacking, (0, 0), 2.0)
    broad /= np.maximum(cv2.GaussianBlur(inside, (0, 0), 2.0), 1e-3)[..., None]
    grey = cv2.cvtColor(filled, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 1.5)
    plain = np.exp(-cv2.blur(fine * fine, (7, 7)) / 9)[..., None]
    rest = plain * lacking + (1 - plain) * broad
    rest[~hole] = 0
    return cast("Floats", rest)


def _correct(out: Colours, hole: Flags, rest: Floats, tile: Rect, scale: tuple[float, float]) -> None:
    add = _enlarged(rest, tile, scale, cv2.INTER_LINEAR)
    better = np.clip(out[tile.slices] + add + np.float32(0.5), 0, 255).astype(np.uint8)
    np.copyto(out[tile.slices], better, where=hole[tile.slices][..., None])
