"""Grain: how much noise the photo has that an answer lacks, and noise of the same kind to make up for it.

Measured on plain blocks of the kept ring, where all that is left after taking off a smooth slope is noise. It is taken
apart into three mixtures of the channels that vary independently, each with its own strength and texture: colour noise
is coarser than the noise of lightness. Pure functions; the noise is the same for the same place and seed. Any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import Pixels

Floats: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.bool_]

BLOCK: Final = 16
"""Side of a block in pixels: grain that is coarser than half of it is a stain."""

LEAST_BLOCKS: Final = 8
MOST_BLOCKS: Final = 48
"""Per range of tones."""

TONES: Final = 5
"""Ranges of luma that are measured apart."""

MOST_SIGMA: Final = 14.0
"""Levels; what scatters more is texture."""

SEED: Final = 20_240_607

_CELL: Final = 64
"""Noise is drawn in squares of this side, each with a seed of its own."""

_LUMA: Final = np.array((0.299, 0.587, 0.114), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Grain:
    """Noise that an answer lacks."""

    mixtures: Floats
    """(3, 3): columns are the mixtures of red, green and blue that vary independently."""
    kernels: tuple[Floats, ...]
    """For each mixture what white noise of deviation 1 is filtered by, (k, k): texture and strength in levels."""
    tones: Floats
    """(256,): how strong it is at each luma, 1 on average."""
    sigma: float
    """Of luma, in levels."""


def plain_blocks(photo: Pixels, keep: Flags) -> list[Rect]:
    """Blocks of the ring that may show nothing but noise, from all tones. `photo` (h, w, 3) uint8, `keep` (h, w)."""
    rows, columns = keep.shape[0] // BLOCK, keep.shape[1] // BLOCK
    if not rows or not columns:
        return []
    bands = []
    for top in range(0, rows, 32):  # band by band: no float copy of a whole crop
        high = min(32, rows - top)
        part = (slice(top * BLOCK, (top + high) * BLOCK), slice(0, columns * BLOCK))
        grey = cv2.cvtColor(photo[part], cv2.COLOR_RGB2GRAY).astype(np.float32)
        fields = (grey, grey * grey, keep[part].astype(np.float32))
        bands.append([cv2.resize(one, (columns, high), interpolation=cv2.INTER_AREA) for one in fields])
    mean, square, kept = (np.concatenate(one) for one in zip(*bands, strict=True))
    variance = square - mean * mean
    allowed = (kept > 0.999) & (mean > 8) & (mean < 247) & (variance > 0.02)
    rng = np.random.default_rng(1)
    found: list[Rect] = []
    for number in range(TONES):
        here = np.flatnonzero(allowed & (np.minimum(mean * (TONES / 256), TONES - 1).astype(int) == number))
        if here.size < LEAST_BLOCKS:
            continue
        scatter = np.take(variance, here)
        # Noise is what even the plainest blocks have; their scatter is that of chance.
        here = here[scatter <= 1.5 * np.quantile(scatter, 0.05)]
        if here.size < LEAST_BLOCKS // 2:
            continue
        if here.size > MOST_BLOCKS:
            here = rng.choice(here, MOST_BLOCKS, replace=False)
        found += [Rect(int(n % columns) * BLOCK, int(n // columns) * BLOCK, BLOCK, BLOCK) for n in here]
    return found


def missing(photo: Floats, answer: Floats) -> Grain | None:
    """The grain that `answer` lacks; None unless the photo's is clearly stronger.

    Both are (n, BLOCK, BLOCK, 3) in levels: the same plain blocks. Hair and cloth are not noise: where the answer
    follows the photo's detail, or where the detail is longer than grain or has a direction, a block does not count, and
    when many do not, nothing is certain.
    """
    if len(photo) < LEAST_BLOCKS:
        return None
    luma = (photo @ _LUMA).mean(axis=(1, 2))
    p, a = _noise(photo), _noise(answer)
    p_luma, a_luma = p @ _LUMA, a @ _LUMA
    p_var, a_var = (np.square(one).mean(axis=(1, 2)) for one in (p_luma, a_luma))
    shared = (p_luma * a_luma).mean(axis=(1, 2)) / np.sqrt(np.maximum(p_var * a_var, 1e-9))
    is_noise = (shared < 0.8) & _looks_random(p_luma) & (p_var < MOST_SIGMA**2)
    if np.count_nonzero(is_noise) < max(LEAST_BLOCKS, 0.6 * len(photo)):
        return None
    p, a, p_var, a_var, luma = p[is_noise], a[is_noise], p_var[is_noise], a_var[is_noise], luma[is_noise]
    if float(np.median(p_var)) < 1.5 * float(np.median(a_var)) + 0.4:
        return None
    flat = [one.reshape(-1, 3) for one in (p, a)]
    covariances = [one.T @ one / len(one) for one in flat]
    _, mixtures = np.linalg.eigh(covariances[0] - covariances[1])
    mixtures = mixtures.astype(np.float32)
    kernels = tuple(_kernel(p @ mixtures[:, one], a @ mixtures[:, one]) for one in range(3))
    strengths = np.array([float(np.square(one).sum()) for one in kernels])
    lacking = np.sqrt(np.maximum(p_var - a_var, 0))
    sigma = float(np.sqrt((strengths * np.square(_LUMA @ mixtures)).sum()))
    return Grain(mixtures, kernels, _tones(luma, lacking), sigma)


def lay(pixels: Floats, at: tuple[int, int], grain: Grain, strength: float | Floats = 1.0, seed: int = SEED) -> None:
    """Add grain to (h, w, 3) levels, in place. `at` (x, y) is where they lie, so that parts of a picture fit together.

    `strength` is a number, or one for each pixel (h, w).
    """
    height, width = pixels.shape[:2]
    tones = np.take(grain.tones, np.clip(pixels @ _LUMA, 0, 255).astype(np.uint8)) * strength
    reach = grain.kernels[0].shape[0] // 2
    white = _white(Rect(at[0] - reach, at[1] - reach, width + 2 * reach, height + 2 * reach), seed)
    noise = np.empty((height, width, 3), np.float32)
    for channel, kernel in enumerate(grain.kernels):
        filtered = cv2.filter2D(white[..., channel], cv2.CV_32F, kernel)
        noise[..., channel] = filtered[reach : reach + height, reach : reach + width]
    noise *= tones[..., None]
    pixels += cv2.transform(noise, grain.mixtures)


# --- measuring -------------------------------------------------------------------------------------------------


def _noise(blocks: Floats) -> Floats:
    """(n, b, b, 3) without each block's mean and slope (a quadratic surface)."""
    side = np.linspace(-1, 1, BLOCK)
    x, y = (one.ravel() for one in np.meshgrid(side, side))
    basis, _ = np.linalg.qr(np.stack((np.ones_like(x), x, y, x * y, x * x, y * y), axis=1))
    basis = basis.astype(np.float32)
    flat = blocks.reshape(len(blocks), BLOCK**2, 3)
    return cast("Floats", (flat - basis @ (basis.T @ flat)).reshape(blocks.shape))


def _looks_random(luma: Floats) -> Flags:
    """(n,): whether (n, b, b) blocks have neither long structures nor a direction."""
    power = np.square(luma).mean(axis=(1, 2))
    far = (luma[:, :, 4:] * luma[:, :, :-4]).mean(axis=(1, 2)) + (luma[:, 4:] * luma[:, :-4]).mean(axis=(1, 2))
    dx, dy = luma[:, 1:-1, 2:] - luma[:, 1:-1, :-2], luma[:, 2:, 1:-1] - luma[:, :-2, 1:-1]
    xx, yy, xy = (one.mean(axis=(1, 2)) for one in (dx * dx, dy * dy, dx * dy))
    leaning = np.hypot(xx - yy, 2 * xy) / np.maximum(xx + yy, np.float32(1e-6))  # the structure tensor's coherence
    return cast("Flags", (far < 0.5 * power) & (leaning < 0.35))


def _kernel(photo: Floats, answer: Floats) -> Floats:
    """The filter that turns white noise into what (n, b, b) blocks of the answer lack.

    It is the root of the missing power spectrum.
    """
    powers = [np.square(np.abs(np.fft.fft2(one))).mean(axis=0) for one in (photo, answer)]
    spectrum = np.maximum(powers[0] - powers[1], 0) / BLOCK**2
    spectrum = (spectrum + np.roll(spectrum[:, ::-1], 1, axis=1)) / 2  # steadier: grain leans neither way
    # The surfaces took off the lowest frequencies: what was there is like what is beside it.
    away = np.hypot(*np.meshgrid(*[np.fft.fftfreq(BLOCK) * BLOCK] * 2))
    spectrum[away < 1.6] = spectrum[(away >= 1.6) & (away < 2.6)].mean()
    kernel: NDArray[np.float64] = np.fft.fftshift(np.fft.ifft2(np.sqrt(spectrum)).real)
    return np.asarray(kernel[1:, 1:], np.float32)  # an odd side has a middle


def _tones(luma: Floats, lacking: Floats) -> Floats:
    """(256,) strength by luma: the ranges' medians joined by lines, and nothing where a photo is clipped."""
    typical = max(float(np.sqrt(np.square(lacking).mean())), 1e-3)
    centres, strengths = [], []
    for number in range(TONES):
        here = np.minimum(luma * (TONES / 256), TONES - 1).astype(int) == number
        if np.count_nonzero(here) >= LEAST_BLOCKS // 2:
            centres.append(float(np.median(luma[here])))
            strengths.append(float(np.median(lacking[here])) / typical)
    level = np.arange(256)
    curve = np.interp(level, centres, strengths) if centres else np.ones(256)
    clipped = np.clip(np.minimum(level / 6, (255 - level) / 6), 0, 1)
    return cast("Floats", np.clip(curve * clipped, 0, 3).astype(np.float32))


# --- drawing ---------------------------------------------------------------------------------------------------


def _white(rect: Rect, seed: int) -> Floats:
    """(h, w, 3) white noise of deviation 1, the same wherever rectangles overlap."""
    out = np.empty((rect.height, rect.width, 3), np.float32)
    for row in range(rect.top // _CELL, (rect.bottom - 1) // _CELL + 1):
        for column in range(rect.left // _CELL, (rect.right - 1) // _CELL + 1):
            cell = Rect(column * _CELL, row * _CELL, _CELL, _CELL)
            # Seeds are not negative, places may be.
            rng = np.random.Generator(np.random.SFC64([seed, row & 0xFFFFFFFF, column & 0xFFFFFFFF]))
            drawn = rng.standard_normal((_CELL, _CELL, 3), np.float32)
            part = cell.intersected(rect)
            out[part.moved(-rect.x, -rect.y).slices] = drawn[part.moved(-cell.x, -cell.y).slices]
    return out
