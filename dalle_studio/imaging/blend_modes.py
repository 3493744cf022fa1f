"""Colour and luminosity as modes of blending: one picture's light and shade with another's colours.

The non-separable modes of W3C Compositing and Blending Level 1 (section 10), in the numbers of the photo's own space.
Pure functions on arrays of one region; safe on any thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from dalle_studio.core.picture import Pixels

Floats: TypeAlias = NDArray[np.float32]

_ROWS: Final = 128
_LUMA: Final = np.array((0.3, 0.59, 0.11), np.float32)


def recoloured(light: Pixels, colours: Pixels) -> Pixels:
    """The light and shade of one picture in the colours of the other: (h, w, 3|4) each, a new (h, w, 3) array.

    Both have one type, 8 or 16 bits; alpha is not looked at.
    """
    if light.dtype != colours.dtype or light.shape[:2] != colours.shape[:2]:
        raise ValueError(f"one size and depth, not {light.shape} {colours.shape}")
    out = np.empty((*light.shape[:2], 3), light.dtype)
    top = np.float32(np.iinfo(light.dtype).max)
    for start in range(0, light.shape[0], _ROWS):
        rows = slice(start, start + _ROWS)
        wanted = light[rows, :, :3].astype(np.float32) @ _LUMA
        out[rows] = np.rint(_with_luminosity(colours[rows, :, :3].astype(np.float32), wanted, top))
    return cast("Pixels", out)


def _with_luminosity(colour: Floats, wanted: Floats, top: np.float32) -> Floats:
    """SetLum and ClipColor: moved to the wanted luminosity, and nearer to grey where that leaves the gamut."""
    apart = colour - (colour @ _LUMA)[..., None]
    low, high = apart.min(axis=2), apart.max(axis=2)
    room = np.ones_like(wanted)
    np.divide(wanted, -low, out=room, where=wanted + low < 0)
    above = np.ones_like(wanted)
    np.divide(top - wanted, high, out=above, where=wanted + high > top)
    apart *= np.minimum(room, above)[..., None]
    return cast("Floats", np.clip(apart + wanted[..., None], 0, top))
