"""Colour: what an answer's colours lack of the photo's, measured where nothing should have changed.

First one gain and offset per channel for the whole answer, then a smooth rest, which the kept ring shows and a membrane
continues into the mask. Both come from averages over cells of a few pixels: a re-rendering loses grain, and a gain of
single pixels would take the loss for contrast. Pure functions on arrays of one scale; safe on any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from dalle_studio.core.picture import Pixels
from dalle_studio.imaging import poisson

Floats: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.bool_]

CELL: Final = 4
"""Side of a cell in pixels of the answer."""

REACH: Final = 2.0
"""Cells over which the membrane averages along the ring, so that texture does not pass for a change of colour."""

DARKEST: Final = 5
LIGHTEST: Final = 250
"""Values beyond may be clipped; they say nothing about gain and offset."""

UNROUNDED_REACH: Final = 36
"""Pixels around that decide how a gradient goes on."""

LEAST_CELLS: Final = 12
"""Fewer known cells and the colours stay as they came."""

_TUKEY: Final = 4.685  # where Tukey's biweight ends, in standard deviations: 95 % efficient on Gaussian noise


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """How to correct an answer: colour · gain + offset + rest."""

    gain: Floats
    """(3,)"""
    offset: Floats
    """(3,), in levels of 8 bits."""
    rest: Floats
    """(rows, columns, 3): the membrane in levels, one value per cell of `CELL` pixels."""
    known: bool
    """Whether there was enough to measure; if not, nothing is corrected."""

    def correct(self, pixels: Floats, rest: Floats, strength: float = 1.0) -> Floats:
        """(h, w, 3) levels corrected, with `rest` of the same shape, by a strength of 0 to 1. Not clipped."""
        share = np.float32(strength)
        gain = 1 + share * (self.gain - 1)
        out = pixels * gain
        out += share * self.offset
        out += rest if strength == 1 else rest * share
        return cast("Floats", out)

    def rest_for(self, to_answer: NDArray[np.float64], width: int, height: int) -> Floats:
        """The rest for (height, width) pixels that the (2, 3) matrix maps to pixels of the measured answer."""
        to_cells = to_answer / CELL
        to_cells[:, 2] += 0.5 / CELL - 0.5  # from centres of pixels to centres of cells
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        surface = cv2.warpAffine(self.rest, to_cells, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return cast("Floats", surface)


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """Means over the kept pixels of each cell."""

    photo: Floats
    answer: Floats
    """(rows, columns, 3)"""
    kept: Floats
    """(rows, columns): share of kept pixels, 0 to 1."""
    clipped: Floats
    """(rows, columns): share of the kept pixels that are clipped, or nearly, in either picture."""
    lost: Floats
    """(rows, columns): share of the kept pixels that are clipped in the answer only."""


def measure(photo: Pixels, answer: Pixels, keep: Flags) -> Match:
    """What the answer's colours lack. `photo` and `answer` (h, w, 3) uint8, aligned; `keep` (h, w): nothing was asked.

    Changes that the engine made within `keep` on its own (a shadow, a leak past the mask) are told from a cast by
    being out of line with the rest of the ring, and have no say.
    """
    cells = _cells(photo, answer, keep)
    gain, offset, known = _tone(cells)
    if not known:
        return Match(gain, offset, np.zeros_like(cells.photo), known=False)
    return Match(gain, offset, _rest(cells, gain, offset), known=True)


def ring_error(photo: Pixels, answer: Pixels, keep: Flags, sigma: float = 3.0) -> float:
    """Mean low-passed difference on the kept pixels in levels, after the colour match. Grain does not count.

    Works at half the size, large pictures at a quarter, which a blur of three pixels does not notice.
    """
    step = 2 if keep.size <= 4_000_000 else 4
    height, width = keep.shape[0] // step, keep.shape[1] // step
    if not height or not width:
        return 0.0
    small = [cast("Pixels", cv2.resize(one, (width, height), interpolation=cv2.INTER_AREA)) for one in (photo, answer)]
    kept = cv2.resize(keep.view(np.uint8) * np.uint8(255), (width, height), interpolation=cv2.INTER_AREA) == 255
    total = np.count_nonzero(kept)
    if not total:
        return 0.0
    match = measure(small[0], small[1], kept)
    share = kept.astype(np.float32)
    apart = match.correct(small[1].astype(np.float32), match.rest_for(np.eye(2, 3), width, height)) - small[0]
    apart *= share[..., None]
    near = np.maximum(cv2.GaussianBlur(share, (0, 0), sigma / step), np.float32(1e-3))
    low = cv2.GaussianBlur(apart, (0, 0), sigma / step)
    return float((np.abs(low).sum(axis=2) * share / near).sum()) / (3 * total)


def unrounded(pixels: Floats) -> Floats:
    """(h, w, 3) levels without the steps that 8 bits left in soft gradients, for photos that are finer.

    A pixel goes towards its surroundings' mean by no more than rounding may have moved it away, and only where they
    differ by nothing else. Depends on `UNROUNDED_REACH` pixels around.
    """
    apart = cv2.GaussianBlur(pixels, (UNROUNDED_REACH * 2 + 1,) * 2, UNROUNDED_REACH / 3) - pixels
    return pixels + np.where(np.abs(apart) < 0.75, np.clip(apart, -0.5, 0.5), np.float32(0))


# --- cells -----------------------------------------------------------------------------------------------------


def _cells(photo: Pixels, answer: Pixels, keep: Flags) -> _Cells:
    """Band by band, so that no float copy of a whole picture is made."""
    height, width = keep.shape
    columns = -(-width // CELL)
    step = 16 * CELL
    parts = []
    for top in range(0, height, step):
        band = slice(top, min(height, top + step))
        p, a, k = photo[band], answer[band], keep[band]
        share = k.astype(np.float32)
        dull = _extreme(a)
        either = k & (dull | _extreme(p))
        only = k & dull & ~_extreme(p)
        fields = [_sums(one.astype(np.float32) * share[..., None], columns) for one in (p, a)]
        counts = [_sums(one.astype(np.float32), columns) for one in (k, either, only)]
        parts.append((*fields, *counts))
    p_sum, a_sum, count, either_sum, only_sum = (np.concatenate(one) for one in zip(*parts, strict=True))
    least = np.maximum(count, np.float32(1e-3))
    return _Cells(
        p_sum / least[..., None],
        a_sum / least[..., None],
        count * np.float32(1 / CELL**2),
        either_sum / least,
        only_sum / least,
    )


def _extreme(pixels: Pixels) -> Flags:
    outside = cv2.inRange(pixels, (DARKEST,) * 3, (LIGHTEST,) * 3) == 0
    return cast("Flags", outside)


def _sums(field: Floats, columns: int) -> Floats:
    """Sums over cells; what is missing of the last row and column counts as 0."""
    height, width = field.shape[:2]
    rows = -(-height // CELL)
    bottom, right = rows * CELL - height, columns * CELL - width
    if bottom or right:
        field = cast("Floats", cv2.copyMakeBorder(field, 0, bottom, 0, right, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0)))
    return cast("Floats", cv2.resize(field, (columns, rows), interpolation=cv2.INTER_AREA) * np.float32(CELL**2))


# --- gain and offset -------------------------------------------------------------------------------------------


def _tone(cells: _Cells) -> tuple[Floats, Floats, bool]:
    """Gain and offset per channel, and whether there was enough to measure anything."""
    gain, offset = np.ones(3, np.float32), np.zeros(3, np.float32)
    if np.count_nonzero(cells.kept > 0.5) < LEAST_CELLS:
        return gain, offset, False
    share = np.where((cells.kept > 0.5) & (cells.clipped < 0.05), cells.kept, np.float32(0))
    # Wide enough that a soft answer's loss of fine contrast is not taken for a gain.
    near = np.maximum(cv2.GaussianBlur(share, (0, 0), 2), np.float32(1e-3))[..., None]
    photo, answer = (cv2.GaussianBlur(one * share[..., None], (0, 0), 2) / near for one in (cells.photo, cells.answer))
    used = share > 0
    if np.count_nonzero(used) < LEAST_CELLS:
        return gain, offset, True  # a white studio: the membrane alone finds what is missing
    x, y = cast("Floats", answer[used]), cast("Floats", photo[used])
    if _is_another_scene(y, x):
        return gain, offset, False
    away = cv2.distanceTransform((cells.kept > 0).view(np.uint8), cv2.DIST_L2, 3)[used]
    weight = share[used] / (1 + away * np.float32(CELL / 64))  # what lies near the mask counts more
    for channel in range(3):
        gain[channel], offset[channel] = _line(x[:, channel], y[:, channel], weight)
    return gain, offset, True


def _is_another_scene(photo: Floats, answer: Floats) -> bool:
    """Whether the rings show different things (a negative, a sketch, another place): a cast would mean nothing then."""
    apart = photo - answer
    apart -= np.median(apart, axis=0)
    left = 1.4826 * float(np.median(np.abs(apart).max(axis=1)))
    there = photo - np.median(photo, axis=0)
    return left > 12 and left > 0.7 * 1.4826 * float(np.median(np.abs(there).max(axis=1)))


def _line(x: Floats, y: Floats, weight: Floats) -> tuple[float, float]:
    """Gain and offset of y ≈ gain · x + offset, robust against cells that changed.

    Errors are in both, hence orthogonal regression (Deming 1943), reweighted by Tukey's biweight. What a flat ring
    can't tell leaves the gain at 1: cells count as far as they stand out of their own scatter.
    """
    gain, offset = 1.0, float(np.median(y - x))
    for _ in range(12):
        residual = y - (np.float32(gain) * x + np.float32(offset))
        spread = max(0.3, 1.4826 * float(np.median(np.abs(residual))))
        w = weight * _biweight(residual, _TUKEY * spread)
        total = float(w.sum())
        if total <= 0:
            break
        mean_x, mean_y = float((w * x).sum()) / total, float((w * y).sum()) / total
        dx, dy = x - np.float32(mean_x), y - np.float32(mean_y)
        sxx, syy, sxy = (float((w * one).sum()) / total for one in (dx * dx, dy * dy, dx * dy))
        slope = 1.0
        if sxy > 0:
            slope = (syy - sxx + np.hypot(syy - sxx, 2 * sxy)) / (2 * sxy)
        # Neighbouring cells say much the same: about one in sixteen is news. Gains scatter by a tenth.
        news = sxx * len(x) / 16
        slope = min(2.0, max(0.5, 1 + (slope - 1) * news / (news + (spread / 0.1) ** 2)))
        before, gain = gain, slope
        offset = float(np.median((y - np.float32(gain) * x)[w > 0.2 * weight])) if (w > 0.2 * weight).any() else offset
        if abs(gain - before) < 1e-4:
            break
    return gain, offset


def _biweight(residual: Floats, end: float) -> Floats:
    inner = np.maximum(0, 1 - np.square(residual * np.float32(1 / end)))
    return cast("Floats", inner * inner)


# --- the rest --------------------------------------------------------------------------------------------------


def _rest(cells: _Cells, gain: Floats, offset: Floats) -> Floats:
    """The membrane through what gain and offset leave in the ring.

    The first look judges each cell by the whole ring, the later ones by the membrane itself, which follows a cast that
    differs from side to side and leaves out what does not belong.
    """
    residual = cells.photo - (cells.answer * gain + offset)
    trust = np.where(cells.kept > 0.25, cells.kept, np.float32(0)) * (1 - cells.lost)
    used = trust > 0
    surface = np.zeros_like(residual)
    for least in (14.0, 8.0, 8.0):
        apart = np.abs(residual - surface).max(axis=2)
        spread = 1.4826 * float(np.median(apart[used])) if used.any() else 0.0
        weight = trust * _biweight(apart, max(least, _TUKEY * spread))
        surface = poisson.membrane(residual, weight, REACH**2)
    return surface
