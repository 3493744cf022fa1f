"""Brush strokes as bytes: one segment of a stroke at a time, into a writable view of the mask.

Coordinates are photo pixels; pixel i covers i to i + 1, so its centre lies at i + 0.5. What overlaps within a stroke
does not add up: painting keeps the larger value, erasing the smaller. The cost is that of the segment's own rectangle,
whatever the photo's size. On the thread that owns the mask.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import MaskPixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_RADIUS: Final = 0.5
"""A brush of one pixel."""

SHIFT: Final = 8
"""Fractional bits of the coordinates that OpenCV gets."""

OUTLINE: Final = 0.63
"""OpenCV's anti-aliased polygons come out so many pixels wider than asked (measured at radius 1 to 60)."""

SMALL_RADIUS: Final = 3.0
SMALL_SOFT_RADIUS: Final = 24.0
SMALL_SOFTNESS: Final = 8.0
"""Brushes below are measured pixel by pixel: a polygon would be too coarse, or too many stamps needed."""

PIECE: Final = 4.0
"""Longest piece of a segment, in radii: keeps the rectangle of a long diagonal small."""


def segment_rect(x0: float, y0: float, x1: float, y1: float, radius: float) -> Rect:
    """Every pixel that `stamp_segment` may touch; may reach beyond the photo."""
    margin = max(radius, LEAST_RADIUS) + 1
    return Rect.of_edges(
        math.floor(min(x0, x1) - margin),
        math.floor(min(y0, y1) - margin),
        math.ceil(max(x0, x1) + margin),
        math.ceil(max(y0, y1) + margin),
    )


def stamp_segment(
    view: MaskPixels,
    origin: tuple[int, int],
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    radius: float,
    hardness: float = 1.0,
    erase: bool = False,
    flow: float = 1.0,
) -> None:
    """Paint (or erase) from `start` to `end` into `view`, whose top-left pixel is `origin` (x, y) in the photo.

    `hardness` is the share of the radius, 0 to 1, that is painted fully; the rest falls off smoothly. `flow`, 0 to 1,
    is the most that a stroke reaches. `view` may be any part of `segment_rect`; what lies outside it is left out.
    """
    radius = max(radius, LEAST_RADIUS)
    peak = round(255 * min(max(flow, 0.0), 1.0))
    if peak == 0 or view.size == 0:
        return
    x0, y0, x1, y1 = start[0] - origin[0], start[1] - origin[1], end[0] - origin[0], end[1] - origin[1]
    softness = max(1.0, (1 - hardness) * radius)
    soft = softness > 1  # softer than anti-aliasing
    pieces = max(1, math.ceil(math.hypot(x1 - x0, y1 - y0) / max(PIECE * radius, 256)))
    for piece in range(pieces):
        a, b = piece / pieces, (piece + 1) / pieces
        ends = (x0 + (x1 - x0) * a, y0 + (y1 - y0) * a, x0 + (x1 - x0) * b, y0 + (y1 - y0) * b)
        if radius < (SMALL_SOFT_RADIUS if soft and softness < SMALL_SOFTNESS else SMALL_RADIUS):
            _measure(view, ends, radius, softness, peak, erase=erase)
        elif soft:
            _stamp(view, ends, radius, hardness, peak, erase=erase)
        else:
            _draw(view, ends, radius, peak, erase=erase)


def _lay(view: MaskPixels, paint: MaskPixels, *, erase: bool) -> None:
    if erase:
        cv2.min(view, cast("MaskPixels", cv2.bitwise_not(paint)), dst=view)
    else:
        cv2.max(view, paint, dst=view)


def _measure(
    view: MaskPixels,
    ends: tuple[float, float, float, float],
    radius: float,
    softness: float,
    peak: int,
    *,
    erase: bool,
) -> None:
    """From each pixel's distance to the segment: exact, and cheap enough for small brushes."""
    seen = segment_rect(*ends, radius).intersected(Rect(0, 0, view.shape[1], view.shape[0]))
    if seen.is_empty:
        return
    x0, y0, x1, y1 = ends
    across = np.arange(seen.left, seen.right, dtype=np.float32) + np.float32(0.5 - x0)
    down = (np.arange(seen.top, seen.bottom, dtype=np.float32) + np.float32(0.5 - y0))[:, None]
    square = (x1 - x0) ** 2 + (y1 - y0) ** 2
    if square > 1e-9:
        along = np.clip(across * np.float32((x1 - x0) / square) + down * np.float32((y1 - y0) / square), 0, 1)
        distance = np.hypot(across - along * np.float32(x1 - x0), down - along * np.float32(y1 - y0))
    else:
        distance = np.hypot(across, down)
    if softness <= 1:
        rest = np.clip(np.float32(radius + 0.5) - distance, 0, 1)
    else:
        rest = np.clip((np.float32(radius) - distance) * np.float32(1 / softness), 0, 1)
        rest = rest * rest * (3 - 2 * rest)  # smoothstep
    _lay(view[seen.slices], (rest * peak + np.float32(0.5)).astype(np.uint8), erase=erase)


def _draw(view: MaskPixels, ends: tuple[float, float, float, float], radius: float, peak: int, *, erase: bool) -> None:
    """The capsule around a segment, as one anti-aliased polygon."""
    seen = segment_rect(*ends, radius).intersected(Rect(0, 0, view.shape[1], view.shape[0]))
    if seen.is_empty:
        return
    rect = seen.grown(2)  # where OpenCV clips a polygon it may leave holes in the outermost row
    x0, y0, x1, y1 = ends
    length = math.hypot(x1 - x0, y1 - y0)
    cosine, sine = ((x1 - x0) / length, (y1 - y0) / length) if length > 1e-6 else (1.0, 0.0)
    reach = max(radius - OUTLINE, 0.05) * (1 << SHIFT)
    cap = _half_circle(min(96, 12 + 4 * int(math.sqrt(radius)))) @ np.array(
        ((cosine * reach, sine * reach), (-sine * reach, cosine * reach))
    )
    near = np.array((x0 - rect.x - 0.5, y0 - rect.y - 0.5)) * (1 << SHIFT)
    far = np.array((x1 - rect.x - 0.5, y1 - rect.y - 0.5)) * (1 << SHIFT)
    outline = np.rint(np.concatenate((far + cap, near - cap))).astype(np.int32)
    paint = np.zeros((rect.height, rect.width), np.uint8)
    cv2.fillConvexPoly(paint, outline, peak, cv2.LINE_AA, SHIFT)
    _lay(view[seen.slices], paint[2:-2, 2:-2], erase=erase)


@lru_cache(maxsize=64)
def _half_circle(points: int) -> NDArray[np.float64]:
    angle = np.linspace(-math.pi / 2, math.pi / 2, points)
    return np.stack((np.cos(angle), np.sin(angle)), axis=1)


def _stamp(
    view: MaskPixels,
    ends: tuple[float, float, float, float],
    radius: float,
    hardness: float,
    peak: int,
    *,
    erase: bool,
) -> None:
    """Round stamps, close enough that their common edge differs from the true capsule by under two levels."""
    x0, y0, x1, y1 = ends
    height, width = view.shape
    softness = radius * (1 - hardness)
    spacing = max(0.5, math.sqrt(radius * softness / 24))
    count = max(1, math.ceil(math.hypot(x1 - x0, y1 - y0) / spacing))
    # A wide fall-off hides where within a pixel its stamp lies.
    phases = 4 if softness < 32 else 2 if softness < 128 else 1
    for step in range(count + 1):
        x = x0 + (x1 - x0) * step / count
        y = y0 + (y1 - y0) * step / count
        whole_x, phase_x = divmod(round(x * phases), phases)
        whole_y, phase_y = divmod(round(y * phases), phases)
        stamp = _disc(radius, hardness, phase_x / phases, phase_y / phases, peak)
        reach = stamp.shape[0] // 2
        rect = Rect(whole_x - reach, whole_y - reach, stamp.shape[1], stamp.shape[0])
        seen = rect.intersected(Rect(0, 0, width, height))
        if not seen.is_empty:
            _lay(view[seen.slices], stamp[seen.moved(-rect.x, -rect.y).slices], erase=erase)


@lru_cache(maxsize=32)
def _disc(radius: float, hardness: float, x: float, y: float, peak: int) -> MaskPixels:
    """A soft disc whose centre lies (x, y) pixels right of and below the middle of its array."""
    reach = math.ceil(radius + max(x, y))
    offset = np.arange(-reach, reach, dtype=np.float32) + np.float32(0.5)
    distance = np.hypot(offset - np.float32(x), (offset - np.float32(y))[:, None])
    rest = np.clip((radius - distance) / (radius * (1 - hardness)), 0, 1)
    stamp = np.rint(peak * rest * rest * (3 - 2 * rest)).astype(np.uint8)  # smoothstep
    stamp.flags.writeable = False
    return cast("MaskPixels", stamp)
