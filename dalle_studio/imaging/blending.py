"""Putting an answer into the photo: how much of it shows where, and the mix itself.

Alpha is one byte a pixel: 0 keeps the photo's very bytes, 255 takes the answer's, anything between mixes the two in
linear light. Alignment and colour matching work on the answer before it comes here. Pure functions on arrays of one
region; safe on any thread.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import MaskPixels, Pixels
from dalle_studio.core.plan import Plan

MOST_FEATHER: Final = 64
"""Widest default band in pixels."""

LINEAR_FROM: Final = 3
"""Feathers of so many pixels and more are mixed in linear light; below, the difference can't be seen."""

ROWS: Final = 128
"""Rows that are worked on at a time, so that what lies between stays in the processor's cache."""

_STRIP: Final = 256
"""Least number of columns between which distances are measured at a time."""

_WIDE: Final = 24
_LEAST_MEASURED: Final = 0.982
"""The shortest that a distance of 1 is measured in steps (0.9825, by trying every direction)."""

Floats: TypeAlias = NDArray[np.float32]


# --- alpha -----------------------------------------------------------------------------------------------------


def default_feather(bounds: Rect) -> int:
    """Width of the band outside a mask with these bounds, in pixels: a twelfth of its size, 2 to 64."""
    if bounds.is_empty:
        return 0
    return min(MOST_FEATHER, max(2, round(math.sqrt(bounds.area) / 12)))


def feather_room(plan: Plan, bounds: Rect) -> int:
    """The widest feather that still ends inside the crop: beyond it, the answer has no pixels to fade with.

    Where the crop ends at the photo's own edge nothing has to fade.
    """
    crop, photo = plan.crop, plan.photo
    rooms = (
        (bounds.left - crop.left, crop.left > 0),
        (bounds.top - crop.top, crop.top > 0),
        (crop.right - bounds.right, crop.right < photo.width),
        (crop.bottom - bounds.bottom, crop.bottom < photo.height),
    )
    return max(0, min((room for room, inner in rooms if inner), default=MOST_FEATHER * 16))


def alpha_for(mask: MaskPixels, feather: int, *, new_area: MaskPixels | None = None) -> MaskPixels:
    """How much of the answer shows, (h, w), 0 to 255.

    `mask` is the user's mask on the region. Alpha is the larger of the mask itself, so that soft brushes stay soft,
    and a smooth fall-off over `feather` pixels around where it is at least 128; beyond the band it is the mask.
    `new_area` (not 0 = canvas that the photo does not cover) takes the answer fully and sends no band onto the photo.
    """
    if new_area is not None:
        mask = cast("MaskPixels", np.where(new_area > 0, np.uint8(0), mask))
    alpha = mask.copy()
    if feather > 0:
        solid = mask >= 128
        rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
        if rows.size:
            height, width = mask.shape
            near = Rect.of_edges(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
            near = near.grown(feather).intersected(Rect(0, 0, width, height))
            part = alpha[near.slices]
            np.maximum(part, _fall_off(solid[near.slices], feather), out=part)
    if new_area is not None:
        alpha[new_area > 0] = 255
    return alpha


def _fall_off(solid: NDArray[np.bool_], feather: int) -> MaskPixels:
    """255 on `solid`, falling smoothly to 0 within `feather` pixels of it; exactly 0 beyond."""
    distance = _distance_to(solid, feather)
    steps = 255 / (feather + 0.5)  # the mask ends half a pixel from its last pixel's centre
    index = cv2.convertScaleAbs(distance, alpha=steps)
    return cast("MaskPixels", cv2.LUT(index, _fall_off_table(feather)))


def _distance_to(solid: NDArray[np.bool_], reach: int) -> Floats:
    """Distance of every pixel to the nearest of `solid` where it is at most `reach`, and more than that elsewhere.

    From a reach of `_WIDE` on it is measured in steps (Borgefors 1986, 5 x 5), at most 2 % beside the exact one and
    nearly three times as fast: in a band so wide that is less than a level from one pixel to the next.
    In strips of columns, only the rows of which some pixel within reach is not solid are looked at, with one row that
    is on either side: straight up or down there, something solid is nearer than anything behind it.
    """
    width = solid.shape[1]
    how = cv2.DIST_MASK_PRECISE if reach < _WIDE else cv2.DIST_MASK_5
    distance = np.zeros(solid.shape, np.float32)
    # Strips overlap by their reach, which only pays where next to nothing is left to measure.
    strip = max(_STRIP, 4 * reach) if 10 * np.count_nonzero(solid) > 9 * solid.size else width
    for left in range(0, width, strip):
        start, right = max(0, left - reach), min(width, left + strip)
        outside = np.logical_not(solid[:, start : right + reach])
        for top, bottom in _runs(cast("NDArray[np.bool_]", outside.any(axis=1))):
            first = max(0, top - 1)
            part = outside[first : bottom + 1]
            to = distance[top:bottom, left:right]
            if part.all():
                to[:] = reach + 2
                continue
            found = cv2.distanceTransform(part.view(np.uint8), cv2.DIST_L2, how)
            to[:] = found[top - first : bottom - first, left - start : right - start]
    return distance


def _runs(wanted: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where `wanted`, (n), is true without a break: from, and up to but not including."""
    edges = np.flatnonzero(np.diff(wanted, prepend=False, append=False))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


@lru_cache(maxsize=16)
def _fall_off_table(feather: int) -> MaskPixels:
    steps = 255 / (feather + 0.5)
    distance = np.arange(256) / steps
    rest = np.clip(1 - (distance - 0.5) / feather, 0, 1)
    table = np.rint(255 * rest * rest * (3 - 2 * rest)).astype(np.uint8)  # smoothstep
    # The grid's next distance after f is sqrt(f² + 1): the table tells them apart up to f = 10. In wider bands alpha is
    # down to 1 there, so that nothing is lost by ending a step early.
    last = round(feather * steps) + (feather <= 10)
    if feather >= _WIDE:  # what is a little farther than the feather may seem a little nearer
        last = int(_LEAST_MEASURED * feather * steps)
    table[last:] = 0
    table[0] = 255
    return table


def changed_rect(alpha: MaskPixels, offset: tuple[int, int] = (0, 0)) -> Rect:
    """Smallest rectangle around every pixel that is not kept, moved by `offset`; empty when all are."""
    rows = np.flatnonzero(alpha.any(axis=1))
    if not rows.size:
        return Rect(0, 0, 0, 0)
    columns = np.flatnonzero(alpha[rows[0] : rows[-1] + 1].any(axis=0))
    found = Rect.of_edges(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return found.moved(*offset)


# --- the mix ---------------------------------------------------------------------------------------------------


def blend(photo: Pixels, answer: Pixels, alpha: MaskPixels, *, linear: bool = True) -> Pixels:
    """A new array in the photo's depth and channels: the photo with the answer laid in as far as `alpha` says.

    `photo` is (h, w, 3|4), `answer` (h, w, 3|4) of the same type, `alpha` (h, w). Where the photo is transparent it
    gets no say in the colour, and what is laid in fully becomes as opaque as the answer. An answer with transparency
    on a photo without lets the photo through. `linear` mixes light instead of numbers; the sRGB curve stands in for
    the photo's own, which is close enough for a band.
    """
    if photo.dtype != answer.dtype or photo.shape[:2] != answer.shape[:2] or alpha.shape != photo.shape[:2]:
        raise ValueError(f"blend needs one size and depth, not {photo.shape} {answer.shape} {alpha.shape}")
    if photo.shape[2] == 3 and answer.shape[2] == 4:
        alpha = _thinned(alpha, answer)
        answer = cast("Pixels", np.ascontiguousarray(answer[..., :3]))
    elif photo.shape[2] == 4 and answer.shape[2] == 3:
        answer = _opaque(answer)
    out = photo.copy()
    for top in range(0, alpha.shape[0], ROWS):
        rows = slice(top, top + ROWS)
        if alpha[rows].any():
            _blend_rows(out[rows], answer[rows], alpha[rows], linear=linear)
    return out


def _blend_rows(out: Pixels, answer: Pixels, alpha: MaskPixels, *, linear: bool) -> None:
    full = alpha == 255
    cv2.copyTo(answer, full.view(np.uint8), out)
    partly = (alpha > 0) & ~full
    channels, count = out.shape[2], np.count_nonzero(partly)
    if count == 0:
        return
    if 2 * count > partly.size:  # gathering takes longer than mixing what is not wanted
        every = alpha.reshape(-1, 1).astype(np.float32) * np.float32(1 / 255)
        mixed = _mixed(out.reshape(-1, channels), answer.reshape(-1, channels), every, linear=linear)
        cv2.copyTo(mixed.reshape(out.shape), partly.view(np.uint8), out)
        return
    band = np.flatnonzero(partly)
    old = cast("Pixels", np.take(out.reshape(-1, channels), band, axis=0))
    new = cast("Pixels", np.take(answer.reshape(-1, channels), band, axis=0))
    share = np.take(alpha.reshape(-1), band).astype(np.float32)[:, None] * np.float32(1 / 255)
    whole = f"V{channels * out.itemsize}"  # a pixel at once: several times as fast as channel by channel
    mixed = _mixed(old, new, share, linear=linear)
    np.put(out.reshape(-1, channels).view(whole), band, mixed.view(whole))


def _mixed(old: Pixels, new: Pixels, share: Floats, *, linear: bool) -> Pixels:
    """(n, c) pixels mixed by (n, 1) shares of the new ones. Equal pixels stay as they are."""
    top = np.float32(np.iinfo(old.dtype).max)
    if old.shape[1] == 4:  # over, on premultiplied colour (Porter & Duff 1984)
        old_part = (1 - share) * (old[:, 3:] / top)
        new_part = share * (new[:, 3:] / top)
        opacity = old_part + new_part
        share = np.divide(new_part, opacity, out=share.copy(), where=opacity > 0)
        colour = _mixed_colour(old[:, :3], new[:, :3], share, linear=linear)
        veil = np.rint(opacity * top).astype(old.dtype)
        return cast("Pixels", np.concatenate((colour, veil), axis=1))
    return _mixed_colour(old, new, share, linear=linear)


def _mixed_colour(old: Pixels, new: Pixels, share: Floats, *, linear: bool) -> Pixels:
    if not linear:
        mixed = old + (new.astype(np.float32) - old) * share
        return cast("Pixels", np.rint(mixed).astype(old.dtype))
    light = _light_of(old.dtype)
    # In place, and by OpenCV's table look-up where it has one: this is what a slider of opacity waits for.
    look_up = cv2.LUT if old.dtype == np.uint8 else lambda values, table: np.take(table, values)
    below, mixed = look_up(old, light), look_up(new, light)
    mixed -= below
    every = cv2.merge((share, share, share))  # three times as fast as a row of one by rows of three
    mixed *= every.reshape(mixed.shape)
    mixed += below
    if old.dtype == np.uint8:
        mixed *= np.float32(65535)
        mixed += np.float32(0.5)
        return cast("Pixels", np.take(_bytes_of_light(), mixed.astype(np.uint16)))
    return cast("Pixels", np.rint(_encoded(mixed) * np.float32(65535)).astype(np.uint16))


@lru_cache(maxsize=2)
def _light_of(dtype: np.dtype[np.uint8] | np.dtype[np.uint16]) -> Floats:
    """Linear light, 0 to 1, of every value that a channel can have (IEC 61966-2-1)."""
    value = np.linspace(0, 1, np.iinfo(dtype).max + 1)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


def _encoded(light: Floats) -> Floats:
    """The sRGB curve: linear light 0 to 1 as values 0 to 1."""
    curved = 1.055 * np.power(np.maximum(light, np.float32(0.0031308)), np.float32(1 / 2.4)) - np.float32(0.055)
    return cast("Floats", np.where(light <= 0.0031308, light * np.float32(12.92), curved))


@lru_cache(maxsize=1)
def _bytes_of_light() -> NDArray[np.uint8]:
    """Bytes for linear light in 65536 steps: 20 steps a byte even in the shadows, where the curve is steepest."""
    light = np.linspace(0, 1, 65536, dtype=np.float32)
    return np.rint(_encoded(light) * 255).astype(np.uint8)


def _thinned(alpha: MaskPixels, answer: Pixels) -> MaskPixels:
    """Alpha times the answer's own opacity."""
    opacity = answer[..., 3] / np.float32(np.iinfo(answer.dtype).max)
    return cast("MaskPixels", np.rint(alpha * opacity).astype(np.uint8))


def _opaque(answer: Pixels) -> Pixels:
    veil = np.full((*answer.shape[:2], 1), np.iinfo(answer.dtype).max, answer.dtype)
    return cast("Pixels", np.concatenate((answer, veil), axis=2))


# --- the proof -------------------------------------------------------------------------------------------------


def outside_identical(before: Pixels, after: Pixels, alpha: MaskPixels) -> bool:
    """Whether every pixel with alpha 0 is the same in both, all channels included."""
    return max_difference_outside(before, after, alpha) == 0


def max_difference_outside(before: Pixels, after: Pixels, alpha: MaskPixels) -> int:
    """The largest difference of any channel among pixels with alpha 0, in steps of their depth."""
    return int(cv2.norm(before, after, cv2.NORM_INF, (alpha == 0).view(np.uint8))) if alpha.size else 0
