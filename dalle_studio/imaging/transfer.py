"""A coarse fill carried to full resolution by copying pixels, not by enlarging it.

The offsets of its patchwork, refined, copy full-resolution pixels, so that grain and texture are the photo's own; the
coarse fill corrects only what is broader than its pixels. Pure functions on arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import MaskPixels
from dalle_studio.imaging.exemplar import Colours, Flags
from dalle_studio.imaging.patchwork import Patchwork

Floats: TypeAlias = NDArray[np.float32]

Coarse = TypeVar("Coarse", MaskPixels, Floats)

BEYOND: Final = 4
"""Coarse pixels by which pieces go on beyond the hole."""

SEAM: Final = 8
"""Pixels over which what differs at the hole's edge fades out."""

TILE: Final = 512
"""Side of the squares in which the full resolution is composed."""


def copy_pieces(
    image: Colours,
    hole: Flags,
    filled: Colours,
    patchwork: Patchwork,
    rng: np.random.Generator,
    on_progress: Callable[[float], None],
) -> Colours:
    """`image` with `hole` filled by the patchwork at full resolution; other pixels as they are.

    `filled` is the coarse fill, of the same or a smaller size. `on_progress` is told 0 to 1 and may raise to stop.
    """
    height, width = hole.shape
    scale = (height / filled.shape[0], width / filled.shape[1])
    whole = cast("Colours", cv2.resize(filled, (width, height), interpolation=cv2.INTER_CUBIC))
    np.copyto(whole, image, where=~hole[..., None])
    broad = cast("Colours", cv2.GaussianBlur(whole, (0, 0), max(0.6, 0.7 * max(scale))))
    offsets = _refined(hole, whole, broad, patchwork, scale, rng)
    coarse_hole = patchwork.labels >= 0
    plain = _plainness(filled)
    labels = _outward(patchwork.labels)
    pieces = _Pieces(image, hole, whole, broad, plain, labels, offsets, _tints(filled, patchwork), scale)
    out = whole.copy()
    tiles = _tiles(hole)
    for number, tile in enumerate(tiles):
        on_progress(0.2 + 0.6 * number / len(tiles))
        _compose(out, pieces, tile)
    rest = _remainder(filled, out, coarse_hole, plain)
    for number, tile in enumerate(tiles):
        on_progress(0.8 + 0.2 * number / len(tiles))
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


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """What composing needs, at full resolution where not said otherwise."""

    image: Colours
    hole: Flags
    whole: Colours
    """The picture with the enlarged coarse fill in its hole."""
    broad: Colours
    """`whole` without the detail that the coarse fill lacks."""
    plain: Floats
    """Coarse: 1 where there is no texture, down to 0."""
    labels: NDArray[np.int16]
    """Coarse; they go on a little beyond the hole, so that pieces can be compared with what is known there."""
    offsets: NDArray[np.int32]
    tints: Floats
    scale: tuple[float, float]


def _plainness(filled: Colours) -> Floats:
    grey = cv2.cvtColor(filled, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 1.5)
    return cast("Floats", np.exp(-cv2.blur(fine * fine, (7, 7)) / 9))


def _refined(
    hole: Flags,
    whole: Colours,
    broad: Colours,
    patchwork: Patchwork,
    scale: tuple[float, float],
    rng: np.random.Generator,
    samples: int = 240,
) -> NDArray[np.int32]:
    """Offsets in full-resolution pixels, moved by up to a coarse pixel to where they fit best.

    Compared are places of each piece, and of the known pixels it touches, without the detail that the fill lacks.
    """
    offsets: NDArray[np.int32] = np.rint(patchwork.offsets * np.array(scale)).astype(np.int32)
    if max(scale) < 1.2:
        return offsets
    height, width = hole.shape
    goal = np.where(hole[..., None], whole, broad)
    reach = int(np.ceil(max(scale) * 0.75))
    step = max(1, reach // 2)
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
            apart = np.minimum(np.abs(broad[from_y, from_x] - goal_here[:, None]).sum(axis=2), 120)
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


def _outward(labels: NDArray[np.int16]) -> NDArray[np.int16]:
    """Known pixels near the hole get the label of the nearest hole pixel."""
    outside = (labels < 0).view(np.uint8)
    distance, nearest = cv2.distanceTransformWithLabels(outside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    label_of = np.full(int(nearest.max()) + 1, -1, np.int16)
    label_of[nearest[labels >= 0]] = labels[labels >= 0]
    return np.where(distance <= BEYOND, label_of[nearest], np.int16(-1)).astype(np.int16)


def _enlarged(coarse: Coarse, origin: tuple[int, int], tile: Rect, scale: tuple[float, float]) -> Coarse:
    """The part of a coarse picture under a full-resolution tile, at full resolution; centres of pixels meet.

    `coarse` may be a part itself, whose first pixel is `origin` (x, y) of the whole.
    """
    sx, sy = 1 / scale[1], 1 / scale[0]
    back = np.array(((sx, 0, (tile.x + 0.5) * sx - 0.5 - origin[0]), (0, sy, (tile.y + 0.5) * sy - 0.5 - origin[1])))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (tile.width, tile.height)
    return cast("Coarse", cv2.warpAffine(coarse, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE))


def _coarse(tile: Rect, scale: tuple[float, float], frame: Rect) -> Rect:
    """What `_enlarged` reads for a tile, in coarse pixels."""
    return Rect.of_edges(
        int(tile.left / scale[1]) - 2,
        int(tile.top / scale[0]) - 2,
        int(tile.right / scale[1]) + 3,
        int(tile.bottom / scale[0]) + 3,
    ).intersected(frame)


def _compose(out: Colours, pieces: _Pieces, tile: Rect) -> None:
    """Fill one tile of the hole with its pieces, closing the step to the known pixels around."""
    frame = Rect(0, 0, pieces.hole.shape[1], pieces.hole.shape[0])
    wide = tile.grown(3 * SEAM).intersected(frame)  # what lies around the tile has its say at the seam
    mixed, weights = _mixed(pieces, wide)
    hole = pieces.hole[wide.slices]
    if not hole.all():
        mixed += _step(pieces.image[wide.slices], mixed, hole, weights)
    inner = tile.moved(-wide.x, -wide.y).slices
    there = hole[inner] & (weights[inner] > 1e-3)
    better = np.clip(mixed[inner] + np.float32(0.5), 0, 255).astype(np.uint8)
    np.copyto(out[tile.slices], better, where=there[..., None])


def _mixed(pieces: _Pieces, tile: Rect) -> tuple[Floats, Floats]:
    """The pieces under one tile and how much of them there is; where they meet they fade over a few pixels.

    Where there is no texture a piece lends its detail only and the coarse fill is the ground: a sky shows no seam.
    """
    scale, hole = pieces.scale, pieces.hole
    frame = Rect(0, 0, hole.shape[1], hole.shape[0])
    near = _coarse(tile, scale, Rect(0, 0, pieces.labels.shape[1], pieces.labels.shape[0]))
    labels = pieces.labels[near.slices]
    # An enlarged edge is as wide as a coarse pixel: steeper where that is many pixels.
    fade = np.linspace(0, 1, 256, dtype=np.float32) ** np.float32(min(4.0, max(1.5, 0.45 * max(scale))))
    ground = _enlarged(pieces.plain, (0, 0), tile, scale)[..., None]
    total = np.zeros((tile.height, tile.width, 3), np.float32)
    weights = np.full((tile.height, tile.width), 1e-6, np.float32)
    for number in np.unique(labels[labels >= 0]).tolist():
        piece = (labels == number).view(np.uint8) * np.uint8(255)
        move = (int(pieces.offsets[number, 1]), int(pieces.offsets[number, 0]))
        reach = _reach(piece, near, scale).intersected(tile)
        reach = reach.moved(*move).intersected(frame).moved(-move[0], -move[1])
        if reach.is_empty:
            continue
        source = reach.moved(*move).slices
        target = reach.moved(-tile.x, -tile.y).slices
        share = np.take(fade, _enlarged(piece, (near.x, near.y), reach, scale)) * ~hole[source]
        colours = pieces.image[source] + pieces.tints[number]
        if ground[target].max() > 0.05:
            level = pieces.whole[reach.slices].astype(np.float32) - pieces.broad[source] - pieces.tints[number]
            colours += level * ground[target]
        weights[target] += share
        total[target] += share[..., None] * colours
    return cast("Floats", total / weights[..., None]), weights


def _step(known: Colours, mixed: Floats, hole: Flags, weights: Floats) -> Floats:
    """What to add along the hole's edge: the pieces' difference from the known pixels just outside, fading inwards."""
    outside = cv2.distanceTransform((~hole).view(np.uint8), cv2.DIST_L2, 3)
    edge = ((outside > 0) & (outside <= SEAM / 2) & (weights > 1e-3)).astype(np.float32)
    apart = np.clip(known - mixed, -24, 24) * edge[..., None]
    depth = cv2.distanceTransform(hole.view(np.uint8), cv2.DIST_L2, 3)
    fade = np.exp(-((depth / SEAM) ** 2)) * hole
    return cast("Floats", _mean_within(cast("Floats", apart), edge, SEAM / 2) * fade[..., None])


def _reach(piece: MaskPixels, near: Rect, scale: tuple[float, float]) -> Rect:
    """Full-resolution rectangle that an enlarged piece may touch; `near` is where it lies, in coarse pixels."""
    rows, columns = np.flatnonzero(piece.any(axis=1)), np.flatnonzero(piece.any(axis=0))
    return Rect.of_edges(
        int((near.left + int(columns[0]) - 1) * scale[1]) - 1,
        int((near.top + int(rows[0]) - 1) * scale[0]) - 1,
        int((near.left + int(columns[-1]) + 2) * scale[1]) + 1,
        int((near.top + int(rows[-1]) + 2) * scale[0]) + 1,
    )


def _remainder(filled: Colours, out: Colours, hole: Flags, plain: Floats) -> Floats:
    """What the composed picture lacks of the coarse fill, at the coarse size.

    Where there is texture only what is broad counts; where there is none all of it, so that a plain sky shows no seam.
    """
    height, width = hole.shape
    reached = cv2.resize(out, (width, height), interpolation=cv2.INTER_AREA)
    lacking = filled.astype(np.float32) - reached
    lacking[~hole] = 0
    broad = _mean_within(lacking, hole.astype(np.float32), 2.0)
    rest = plain[..., None] * lacking + (1 - plain[..., None]) * broad
    rest += _step_at_the_edge(filled, hole, plain)
    rest[~hole] = 0
    return cast("Floats", rest)


def _step_at_the_edge(filled: Colours, hole: Flags, plain: Floats) -> Floats:
    """What closes the small step between plain known pixels and their fill (a lens darkens the corners of a sky).

    The step along the hole's edge, continued into the hole with a soft end.
    """
    depth = cv2.distanceTransform(hole.view(np.uint8), cv2.DIST_L2, 3)
    height_above = cv2.distanceTransform((~hole).view(np.uint8), cv2.DIST_L2, 3)
    inner = ((depth > 0) & (depth <= 2)) * plain
    outer = ((height_above > 0) & (height_above <= 2)) * plain
    both = cv2.blur(inner, (7, 7)) * cv2.blur(outer, (7, 7)) > 1e-3
    colours = filled.astype(np.float32)
    step = _mean_within(colours * outer[..., None], outer, 2.0) - _mean_within(colours * inner[..., None], inner, 2.0)
    edge = (both & (depth > 0) & (depth <= 2)) * plain
    edge *= np.abs(step).max(axis=2) < 12  # more is a change of scene, not of light
    reach = max(4.0, 0.04 * max(hole.shape))
    wide = _mean_within(step * edge[..., None], edge, reach / 2)
    near = np.minimum(1, cv2.GaussianBlur(edge, (0, 0), reach / 2) * reach) * np.exp(-((depth / (2 * reach)) ** 2))
    return cast("Floats", (wide * near[..., None]).astype(np.float32))


def _mean_within(values: Floats, weight: Floats, sigma: float) -> Floats:
    """Gaussian mean of values that were multiplied by `weight`, where there is any weight near."""
    total = cv2.GaussianBlur(values, (0, 0), sigma)
    return cast("Floats", total / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-4)[..., None])


def _correct(out: Colours, hole: Flags, rest: Floats, tile: Rect, scale: tuple[float, float]) -> None:
    add = _enlarged(rest, (0, 0), tile, scale)
    better = np.clip(out[tile.slices] + add + np.float32(0.5), 0, 255).astype(np.uint8)
    np.copyto(out[tile.slices], better, where=hole[tile.slices][..., None])
