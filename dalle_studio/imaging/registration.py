"""Alignment: how far an answer lies from the photo, measured where nothing should have changed.

Image models redraw the whole frame, a few pixels beside it and a little larger or smaller. Phase correlation finds the
rough place; least squares over an image pyramid finds shift and zoom to a few hundredths of a pixel. Pure functions on
arrays of one scale; safe on any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from dalle_studio.core.picture import Pixels
from dalle_studio.imaging import matching

Floats: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.bool_]
Matrix: TypeAlias = NDArray[np.float64]
"""(2, 3): photo pixels to answer pixels."""

LEAST_KEPT: Final = 0.02
"""Share of kept pixels below which nothing is measured."""

WORTH: Final = 0.10
"""Share by which the ring's error has to fall, or the answer stays where it is."""

FARTHEST: Final = 0.05
"""Share of the longest side that no corner may move beyond."""

PLENTY: Final = 1_000_000
"""Pixels above which half the size is as exact and a quarter of the memory."""

POINTS: Final = 32_000
"""Pixels looked at in each level: enough for a hundredth of a pixel, and what OpenCV remaps in one row."""

_TUKEY: Final = 4.685


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """Where the answer lies. `matrix` is the identity unless `applied`."""

    matrix: Matrix
    applied: bool
    before: float
    """The ring's low-pass error as it came, in levels, after the colour match."""
    after: float
    """The same with the alignment that was found, applied or not."""

    def shift(self, width: int, height: int) -> tuple[float, float]:
        """Displacement of the answer's content at the centre of (height, width), + right and down, in its pixels."""
        centre = np.array(((width - 1) / 2, (height - 1) / 2))
        dx, dy = self.matrix[:, :2] @ centre + self.matrix[:, 2] - centre
        return float(dx), float(dy)


def register(photo: Pixels, answer: Pixels, keep: Flags) -> Registration:
    """Find shift and zoom of `answer` against `photo`, both (h, w, 3) uint8, on the pixels of `keep` (h, w) only.

    What is found is applied when the ring's low-pass error falls by `WORTH` and no corner moves beyond `FARTHEST`;
    an affine map takes the place of shift and zoom where it clearly fits better.
    Methods: phase correlation (Kuglin & Hines 1975); iterated least squares with gain and offset as by-products, which
    is the measure of ECC (Evangelidis & Psarakis 2008), reweighted by Tukey's biweight against what was redrawn.
    """
    height, width = keep.shape
    found = _find(photo, answer, keep) if np.count_nonzero(keep) >= LEAST_KEPT * keep.size else None
    if found is None:
        return Registration(_identity(), applied=False, before=0.0, after=0.0)
    corners = np.array(((0, 0, 1), (width, 0, 1), (0, height, 1), (width, height, 1)), np.float64)
    farthest = float(np.abs(corners @ found.T - corners[:, :2]).max())
    if farthest > FARTHEST * max(width, height):
        return Registration(_identity(), applied=False, before=0.0, after=0.0)
    # Both are judged on the same pixels: those that the moved answer still covers.
    inside = cv2.warpAffine(np.full(keep.shape, 255, np.uint8), found, (width, height), flags=_INVERSE)
    judged = keep & (inside == 255)
    before = matching.ring_error(photo, answer, judged)
    after = matching.ring_error(photo, warp(answer, found), judged)
    worth = before > 0 and after <= (1 - WORTH) * before
    return Registration(found if worth else _identity(), worth, before, after)


def warp(answer: Pixels, matrix: Matrix) -> Pixels:
    """The answer in the photo's place, quickly: to measure by, not to show."""
    size = (answer.shape[1], answer.shape[0])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cast("Pixels", cv2.warpAffine(answer, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101))


_INVERSE: Final = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


def _identity() -> Matrix:
    return np.eye(2, 3)


# --- the pyramid -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Level:
    photo: Floats
    answer: Floats
    keep: Flags
    scale: float
    """Pixels of the original per pixel of this level."""
    origin: float
    """Where the centre of this level's first pixel lies in the original, across and down."""


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Kept pixels of a level that have something to hold on to; coordinates in original pixels from the centre."""

    x: Floats
    y: Floats
    value: Floats
    slope_x: Floats
    slope_y: Floats
    """Levels per original pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """A displacement that is linear in position: `motion` is of two or six columns of `_columns`, in pixels."""

    motion: NDArray[np.float64]
    error: float
    """Mean absolute difference in the photo's levels, limited for what was redrawn."""


def _find(photo: Pixels, answer: Pixels, keep: Flags) -> Matrix | None:
    levels = _pyramid(photo, answer, keep)
    height, width = keep.shape
    centre = ((width - 1) / 2, (height - 1) / 2)
    radius = max(width, height) / 2
    coarsest = levels[-1]
    points = _points(coarsest, centre)
    if points is None:
        return None
    starts = [np.zeros(3), *(np.array((*peak, 0.0)) for peak in _peaks(coarsest))]
    fits = [_fit(coarsest, points, start, centre, radius) for start in starts]
    best = fits[0]
    for fit in fits[1:]:
        # In a pattern that repeats, a step aside looks as good: what is nearest has the first claim.
        if fit.error < 0.9 * best.error:
            best = fit
    for level in reversed(levels[:-1]):
        finer = _points(level, centre)
        if finer is not None:
            points = finer
            best = _fit(level, points, best.motion, centre, radius)
    m = best.motion
    affine = _fit(levels[0], points, np.array((m[0], m[1], m[2], 0, 0, m[2])), centre, radius)
    if affine.error < 0.9 * best.error:
        best = affine
    return _matrix(best.motion, centre, radius)


def _pyramid(photo: Pixels, answer: Pixels, keep: Flags) -> list[_Level]:
    """The finest level first: the original size, or half of it where that is plenty.

    Kept are pixels whose blur sees kept ones only.
    """
    scale, origin = 1.0, 0.0
    if keep.size > PLENTY:
        half = (keep.shape[1] // 2, keep.shape[0] // 2)
        fields = (photo, answer, keep.view(np.uint8) * np.uint8(255))
        small = [cv2.resize(one[: half[1] * 2, : half[0] * 2], half, interpolation=cv2.INTER_AREA) for one in fields]
        photo, answer, keep = cast("Pixels", small[0]), cast("Pixels", small[1]), small[2] == 255
        scale, origin = 2.0, 0.5
    soft = [cast("Floats", cv2.GaussianBlur(_grey(one), (0, 0), 1.0)) for one in (photo, answer)]
    pure = cv2.erode(keep.view(np.uint8), np.ones((7, 7), np.uint8), borderValue=1)
    levels = [_Level(soft[0], soft[1], pure > 0, scale, origin)]
    while max(levels[-1].keep.shape) > 256 and min(levels[-1].keep.shape) >= 64:
        last = levels[-1]
        inner = cv2.erode(last.keep.view(np.uint8), np.ones((5, 5), np.uint8), borderValue=1)[::2, ::2] > 0
        if np.count_nonzero(inner) < 200:
            break
        below, above = (cast("Floats", cv2.pyrDown(one)) for one in (last.photo, last.answer))
        levels.append(_Level(below, above, inner, last.scale * 2, origin))
    return levels


def _grey(pixels: Pixels) -> Floats:
    return cast("Floats", cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32))


def _points(level: _Level, centre: tuple[float, float]) -> _Points | None:
    """The steeper pixels of the ring, spread by chance; None in a ring without any slope."""
    slope_x = cv2.Scharr(level.photo, cv2.CV_32F, 1, 0, scale=1 / 32)
    slope_y = cv2.Scharr(level.photo, cv2.CV_32F, 0, 1, scale=1 / 32)
    steep = slope_x * slope_x + slope_y * slope_y
    edge = 4
    allowed = np.zeros_like(level.keep)
    allowed[edge:-edge, edge:-edge] = level.keep[edge:-edge, edge:-edge]
    # Clipped skies and blacks move nowhere.
    allowed &= (level.photo > 3) & (level.photo < 252)
    places = np.flatnonzero(allowed)
    if places.size < 64:
        return None
    strength = np.take(steep, places)
    places = places[strength > np.median(strength[:: max(1, places.size // 20_000)])]
    if places.size > POINTS:
        places = np.random.default_rng(1).choice(places, POINTS, replace=False, shuffle=False)
    if places.size < 64:
        return None
    y, x = np.divmod(places, level.keep.shape[1])
    return _Points(
        (x * level.scale + level.origin - centre[0]).astype(np.float32),
        (y * level.scale + level.origin - centre[1]).astype(np.float32),
        np.take(level.photo, places),
        np.take(slope_x, places) / np.float32(level.scale),
        np.take(slope_y, places) / np.float32(level.scale),
    )


# --- the rough place -------------------------------------------------------------------------------------------


def _peaks(level: _Level, count: int = 3) -> list[tuple[float, float]]:
    """The likeliest shifts in original pixels, by phase correlation of what is finer than a few pixels."""
    height, width = level.keep.shape
    window = cv2.GaussianBlur(cv2.erode(level.keep.astype(np.float32), np.ones((5, 5), np.uint8)), (0, 0), 2)
    window *= np.sqrt(cv2.createHanningWindow((max(2, width), max(2, height)), cv2.CV_32F)[:height, :width])
    fine = [(one - cv2.GaussianBlur(one, (0, 0), 6)) * window for one in (level.photo, level.answer)]
    below, above = (np.fft.rfft2(one) for one in fine)
    cross = np.conj(below) * above
    size = np.abs(cross)
    if not size.any():
        return []
    # Frequencies near the grid's own are mostly grain.
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    surface = np.fft.irfft2(cross / (size + 1e-3 * size.max()) * np.exp(-(fx**2 + fy**2) / 0.05), (height, width))
    reach = max(2, int(FARTHEST * max(height, width)))
    y, x = np.ogrid[:height, :width]
    dy, dx = np.where(y < height / 2, y, y - height), np.where(x < width / 2, x, x - width)
    surface[(np.abs(dy) > reach) | (np.abs(dx) > reach)] = -np.inf
    peaks = []
    for _ in range(count):
        row, column = np.unravel_index(int(surface.argmax()), surface.shape)
        if not np.isfinite(surface[row, column]):
            break
        place = (float(dx[0, column]), float(dy[row, 0]))
        peaks.append((place[0] * level.scale, place[1] * level.scale))
        surface[(np.abs(dy - place[1]) <= 2) & (np.abs(dx - place[0]) <= 2)] = -np.inf
    return peaks


# --- least squares ---------------------------------------------------------------------------------------------


def _columns(points: _Points, count: int, radius: float) -> Floats:
    """(n, count): change of value per pixel of each motion: right, down, then zoom (3) or the four of an affine (6)."""
    x, y = points.x / np.float32(radius), points.y / np.float32(radius)
    gx, gy = points.slope_x, points.slope_y
    if count == 3:
        return np.stack((gx, gy, gx * x + gy * y), axis=1)
    return np.stack((gx, gy, gx * x, gx * y, gy * x, gy * y), axis=1)


def _moved(points: _Points, motion: NDArray[np.float64], radius: float) -> tuple[Floats, Floats]:
    """Displacements of the points, in original pixels."""
    x, y = points.x / np.float32(radius), points.y / np.float32(radius)
    m = motion.astype(np.float32)
    if len(m) == 3:
        return cast("tuple[Floats, Floats]", (m[0] + m[2] * x, m[1] + m[2] * y))
    return cast("tuple[Floats, Floats]", (m[0] + m[2] * x + m[3] * y, m[1] + m[4] * x + m[5] * y))


def _fit(
    level: _Level, points: _Points, start: NDArray[np.float64], centre: tuple[float, float], radius: float
) -> _Fit:
    """Gauss-Newton from `start`. Directions that the ring says nothing about stay where they are expected: at 0."""
    motion = start.astype(np.float64)
    count = len(motion)
    # seen = gain · (value + columns · (motion - true motion)) + offset: linear in gain · motion error, gain, offset.
    design = np.concatenate(
        (_columns(points, count, radius), points.value[:, None], np.ones((len(points.value), 1), np.float32)), axis=1
    )
    expected = np.array((0.02, 0.02, *(0.015,) * (count - 2))) * radius * 2
    gain, offset = 1.0, 0.0
    apart = np.zeros_like(points.value)
    for _ in range(30):
        seen, inside = _seen(level, points, motion, centre, radius)
        residual = seen - (np.float32(gain) * points.value + np.float32(offset))
        apart = residual[inside]
        if apart.size < 64:
            return _Fit(motion, np.inf)
        spread = max(0.2, 1.4826 * float(np.median(np.abs(apart - np.median(apart)))))
        inner = np.maximum(0, 1 - np.square(residual / np.float32(_TUKEY * spread)))
        weight = inner * inner * inside
        weighted = design * weight[:, None]
        normal = (weighted.T @ design).astype(np.float64) / spread**2
        right = (weighted.T @ seen).astype(np.float64) / spread**2
        # Neighbouring pixels share their noise: a ninth of them counts.
        normal, right = normal / 9, right / 9
        normal[range(count), range(count)] += 1 / (gain * expected) ** 2
        right[:count] += motion / (gain * expected**2)
        step = np.linalg.solve(normal + 1e-9 * np.eye(count + 2), right)
        gain, offset = float(step[count]), float(step[count + 1])
        if not 0.2 < gain < 5:
            return _Fit(start, np.inf)
        change = np.clip(step[:count] / gain, -2 * level.scale, 2 * level.scale)
        motion = motion - change
        if np.abs(change).max() < 0.004:
            break
    return _Fit(motion, float(np.minimum(np.abs(apart), 24).mean()) / gain)


def _seen(
    level: _Level, points: _Points, motion: NDArray[np.float64], centre: tuple[float, float], radius: float
) -> tuple[Floats, Flags]:
    """The answer's values where the motion takes the points, and which of them are still inside it."""
    dx, dy = _moved(points, motion, radius)
    x = (points.x + np.float32(centre[0] - level.origin) + dx) / np.float32(level.scale)
    y = (points.y + np.float32(centre[1] - level.origin) + dy) / np.float32(level.scale)
    height, width = level.keep.shape
    inside = (x >= 2) & (y >= 2) & (x <= width - 3) & (y <= height - 3)
    values = cv2.remap(level.answer, x[None], y[None], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return cast("Floats", values[0]), cast("Flags", inside)


def _matrix(motion: NDArray[np.float64], centre: tuple[float, float], radius: float) -> Matrix:
    m = motion / radius
    linear = np.eye(2) + (np.eye(2) * m[2] if len(m) == 3 else m[2:].reshape(2, 2))
    middle = np.array(centre)
    move = motion[:2] + middle - linear @ middle
    return np.concatenate((linear, move[:, None]), axis=1)
