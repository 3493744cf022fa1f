"""Growing, shrinking, softening, smoothing and cleaning masks. A `FrozenMask` in, a new one out; safe on any thread.

255 = edit, soft values allowed. Work is done inside the mask's bounds, and there only near its edges, so the cost is
that of the outline and not of the photo. Everything stops, with Cancelled, soon after `should_stop` says so.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import product
from typing import Final, cast

import cv2
import numpy as np

from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels
from dalle_studio.imaging.selection import within
from dalle_studio.imaging.stopping import ShouldStop, check, never
from dalle_studio.imaging.tiles import GRID, filtered

_LARGEST_DISC: Final = 12
"""Larger discs are put together from lines."""

_LARGEST_SPECK: Final = 64
"""Up to this area, in pixels, specks are looked for tile by tile."""

_SHARP: Final = 4.0
"""Up to this standard deviation, in pixels, a blur is done at full size, beyond at a reduced one."""


def disc(radius: int) -> MaskPixels:
    """A filled disc, (2 radius + 1) square, of 0 and 1: the structuring element of a round brush."""
    offset = np.arange(-radius, radius + 1)
    # Half a pixel more than the radius makes the small discs round.
    return cast("MaskPixels", (offset[:, None] ** 2 + offset**2 <= (radius + 0.5) ** 2).astype(np.uint8))


def grow(mask: FrozenMask, pixels: int, should_stop: ShouldStop = never) -> FrozenMask:
    """Wider by `pixels` all round (soft values travel with it); narrower when negative.

    Beyond the photo's edge nothing is masked when growing, and everything when shrinking: an edge is no reason to
    shrink.
    """
    if mask.is_empty or pixels == 0:
        return mask
    if pixels < 0:
        return shrink(mask, -pixels, should_stop)
    rect = mask.bounds.grown(pixels).clipped(mask.size)
    return filtered(mask, rect, pixels + 1, lambda part: _dilated(part, pixels), should_stop)


def shrink(mask: FrozenMask, pixels: int, should_stop: ShouldStop = never) -> FrozenMask:
    """Narrower by `pixels` all round, but not along the photo's own edge."""
    if mask.is_empty or pixels <= 0:
        return mask
    return filtered(
        mask,
        mask.bounds,
        pixels + 1,
        lambda part: np.bitwise_not(_dilated(np.bitwise_not(part), pixels)),
        should_stop,
    )


def _dilated(part: MaskPixels, pixels: int) -> MaskPixels:
    """The largest value within a disc around each pixel.

    A large disc is put together from short lines in eight directions (Adams 1993), each as a few comparisons of the
    whole part with itself shifted, and a small disc that rounds it off; within 3 % of the true radius.
    """
    black = (0.0, 0.0, 0.0, 0.0)
    if pixels <= _LARGEST_DISC:
        return cast("MaskPixels", cv2.dilate(part, disc(pixels), borderType=cv2.BORDER_CONSTANT, borderValue=black))
    straight, diagonal, knight, rest = _lines(pixels)
    # Room on all sides: the way along several lines may leave the part and come back.
    room = np.pad(part, pixels)
    spare = np.empty_like(room)
    for count, directions in (
        (straight, ((1, 0), (0, 1))),
        (diagonal, ((1, 1), (1, -1))),
        (knight, ((2, 1), (1, 2), (2, -1), (1, -2))),
    ):
        for dx, dy in directions:
            room, spare = _along(room, spare, dx, dy, count)
            room, spare = _along(room, spare, -dx, -dy, count)
    cv2.dilate(room, disc(rest), dst=spare, borderType=cv2.BORDER_CONSTANT, borderValue=black)
    return spare[pixels:-pixels, pixels:-pixels]


@lru_cache(maxsize=64)
def _lines(radius: int) -> tuple[int, ...]:
    """Steps along the axes, the diagonals and the knight's moves, and the last disc: as round as they can be."""
    angle = np.linspace(0, math.pi / 4, 16)
    cosine, sine = np.cos(angle), np.sin(angle)
    # How far one step along each kind of line reaches in that direction.
    straight, diagonal = cosine + sine, 2 * cosine
    knight = abs(2 * cosine + sine) + abs(cosine + 2 * sine) + abs(2 * cosine - sine) + abs(cosine - 2 * sine)
    share = 0.196 * (radius - _LARGEST_DISC // 2)  # of eight equal lines; pi / 16
    best: tuple[int, ...] = (radius - 1, 0, 0, 1)
    least = math.inf
    for many in product(*(range(max(0, int(share / step) - 1), int(share / step) + 3) for step in (1, 2**0.5, 5**0.5))):
        rest = radius - many[0] - 2 * many[1] - 6 * many[2]
        if not 1 <= rest <= _LARGEST_DISC // 2 + 1:
            continue
        reach = many[0] * straight + many[1] * diagonal + many[2] * knight + rest
        error = float(np.abs(reach - radius).max())
        if error < least:
            best, least = (*many, rest), error
    return best


def _along(part: MaskPixels, spare: MaskPixels, dx: int, dy: int, count: int) -> tuple[MaskPixels, MaskPixels]:
    """The largest value among each pixel and the `count` before it, in steps of (dx, dy); and the array left over.

    Both arrays are written to: fresh memory for each comparison would cost more than the comparisons.
    """
    covered, wanted = 1, count + 1  # how many each pixel holds the largest of
    while covered < wanted:
        by = min(covered, wanted - covered)
        x, y = by * dx, by * dy
        cv2.max(_shifted(part, x, y), _shifted(part, -x, -y), dst=_shifted(spare, x, y))
        for edge in (_edge(x), (slice(None), _edge(y))):
            spare.T[edge] = part.T[edge]
        part, spare = spare, part
        covered += by
    return part, spare


def _edge(shift: int) -> slice:
    """The rows or columns that a shift leaves without a partner."""
    return slice(0, shift) if shift >= 0 else slice(shift, None)


def _shifted(part: MaskPixels, x: int, y: int) -> MaskPixels:
    """A view without the first `x` columns and `y` rows, or without the last where they are negative."""
    return part[max(y, 0) : min(y, 0) or None, max(x, 0) : min(x, 0) or None]


def invert(mask: FrozenMask) -> FrozenMask:
    """Edit becomes keep and the other way round, over the whole photo."""
    return FrozenMask.of(255 - mask.full())


def feather(mask: FrozenMask, pixels: int, should_stop: ShouldStop = never) -> FrozenMask:
    """Softened over about `pixels` to each side of every edge (Gaussian); the photo's own edge stays as it is."""
    if mask.is_empty or pixels <= 0:
        return mask
    sigma = pixels / 2
    reach = math.ceil(3 * sigma)
    rect = mask.bounds.grown(reach).clipped(mask.size)
    return filtered(mask, rect, reach, lambda part: _blurred(part, sigma), should_stop)


def soften(mask: FrozenMask, should_stop: ShouldStop = never) -> FrozenMask:
    """Stairs on a hard edge become grey steps, one pixel to each side of it."""
    if mask.is_empty:
        return mask
    rect = mask.bounds.grown(1).clipped(mask.size)
    return filtered(
        mask,
        rect,
        1,
        lambda part: cast("MaskPixels", cv2.GaussianBlur(part, (3, 3), 0, borderType=cv2.BORDER_REPLICATE)),
        should_stop,
    )


def smooth(mask: FrozenMask, pixels: int, should_stop: ShouldStop = never) -> FrozenMask:
    """Corners and frayed edges rounded off to a radius of about `pixels`; edges come out clean, soft ones too."""
    if mask.is_empty or pixels <= 0:
        return mask
    sigma = pixels / 2
    # What was an edge of one value to the next has this slope in its middle now; it gets a slope of one pixel again.
    steepness = max(1.0, sigma * math.sqrt(2 * math.pi))
    values = np.clip((np.arange(256) - 127.5) * steepness + 127.5, 0, 255)
    table = np.rint(values).astype(np.uint8)
    reach = math.ceil(3 * sigma)
    rect = mask.bounds.grown(reach).clipped(mask.size)
    return filtered(
        mask, rect, reach, lambda part: cast("MaskPixels", cv2.LUT(_blurred(part, sigma), table)), should_stop
    )


def _blurred(part: MaskPixels, sigma: float) -> MaskPixels:
    """Gaussian blur; wide ones at a reduced size, where they cost as little as narrow ones (within two levels)."""
    factor = 1
    while factor < GRID and sigma / (2 * factor) >= _SHARP:
        factor *= 2
    if factor == 1:
        return cast("MaskPixels", cv2.GaussianBlur(part, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE))
    height, width = part.shape
    # Two reduced pixels more on each side, or the interpolation would flatten what runs into the photo's edge.
    room = 2 * factor
    whole = cv2.copyMakeBorder(part, room, room - height % -factor, room, room - width % -factor, cv2.BORDER_REPLICATE)
    size = (whole.shape[1] // factor, whole.shape[0] // factor)
    small = cv2.resize(whole.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    # Averaging and interpolating blur by about a third of a reduced pixel's square already.
    rest = math.sqrt(max(0.0, (sigma / factor) ** 2 - 1 / 3))
    small = cv2.GaussianBlur(small, (0, 0), rest, borderType=cv2.BORDER_REPLICATE)
    large = cv2.resize(small, (whole.shape[1], whole.shape[0]), interpolation=cv2.INTER_LINEAR)
    return cast("MaskPixels", np.rint(large[room : room + height, room : room + width]).astype(np.uint8))


def fill_holes(mask: FrozenMask, largest: int | None = None, should_stop: ShouldStop = never) -> FrozenMask:
    """What is not masked (below 128) but enclosed becomes masked, with the soft edge around it.

    `largest`: only holes of at most so many pixels. Holes that reach the photo's edge are none.
    """
    if mask.is_empty:
        return mask
    # A frame of one pixel around the mask joins everything outside.
    framed = cv2.copyMakeBorder(mask.pixels, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=(0.0, 0.0, 0.0, 0.0))
    filled = mask.pixels.copy()
    for limit in (127, 254):  # holes, then the soft edges that enclose nothing but holes
        check(should_stop)
        low = cast("MaskPixels", cv2.inRange(framed, 0, limit))
        cv2.floodFill(low, None, (0, 0), 0, 0, 0, 4)
        enclosed = low[1:-1, 1:-1]
        if largest is not None:
            holes = within(mask.size, mask.bounds, enclosed)
            enclosed = enclosed & np.bitwise_not(remove_specks(holes, largest + 1, should_stop).cut(mask.bounds))
        np.bitwise_or(filled, enclosed, out=filled)
    return FrozenMask(mask.size, mask.bounds, filled)


def remove_specks(mask: FrozenMask, smallest: int, should_stop: ShouldStop = never) -> FrozenMask:
    """Without the separate parts of fewer than `smallest` pixels, their soft edges counted; corners join."""
    if mask.is_empty or smallest <= 1:
        return mask
    if smallest <= _LARGEST_SPECK:
        # No part of so few pixels is longer than that: within this reach it is seen whole.
        return filtered(mask, mask.bounds, smallest, lambda part: _without_small(part, smallest), should_stop)
    check(should_stop)
    return within(mask.size, mask.bounds, _without_small(mask.pixels, smallest))


def _without_small(part: MaskPixels, smallest: int) -> MaskPixels:
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
    keep = np.where(statistics[:, cv2.CC_STAT_AREA] >= smallest, 255, 0).astype(np.uint8)
    if keep[1:].all():
        return part
    return cast("MaskPixels", part & keep[labels])
