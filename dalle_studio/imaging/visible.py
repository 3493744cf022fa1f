"""A photo's colours as they are seen: what is transparent shows one ground that stands out, not a hidden colour.

A cut-out often keeps colours where nobody sees them, and what looks for an object must not find those. Pure; on any
thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias, cast

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.picture import Pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

Colours: TypeAlias = "NDArray[np.uint8]"
"""(h, w, 3)."""

_GROUNDS: Final = tuple((red, green, blue) for red in (16, 240) for green in (16, 240) for blue in (16, 240))
"""RGB: the cube's corners, a little inside, where Lab still tells neighbours apart."""

_LOOKED_AT: Final = 10_000
"""Pixels from which the ground is chosen."""

_NEAREST: Final = 5
"""The per cent of visible colours that may come closer to a ground than the rest: specks don't rule one out."""


@dataclass(frozen=True, slots=True)
class Visible:
    """`pixels` (h, w, 3|4), 8 or 16 bits, over `ground` (RGB, 8 bits); None = nothing shows through."""

    pixels: Pixels
    ground: tuple[int, int, int] | None = None

    @classmethod
    def around(cls, pixels: Pixels, region: Rect) -> Visible:
        """With the ground that differs most from what is seen in `region`."""
        if pixels.shape[2] < 4:
            return cls(pixels)
        step = max(1, round((region.area / _LOOKED_AT) ** 0.5))
        few = pixels[region.slices][::step, ::step]
        seen = _eight_bits(few)[_eight_bits(few)[..., 3] > 127, :3].astype(np.float32)
        if not len(seen):
            return cls(pixels, _GROUNDS[0])
        apart = [float(np.percentile(np.abs(seen - ground).sum(axis=1), _NEAREST)) for ground in _GROUNDS]
        return cls(pixels, _GROUNDS[int(np.argmax(apart))])

    @property
    def size(self) -> Size:
        return Size(self.pixels.shape[1], self.pixels.shape[0])

    def part(self, rect: Rect, step: int = 1) -> Colours:
        """The colours in `rect`, every `step`-th of them both ways; a view where that is possible."""
        part = _eight_bits(self.pixels[rect.slices][::step, ::step])
        colours = part[..., :3]
        if self.ground is None:
            return colours
        opacity = np.ascontiguousarray(part[..., 3])
        if not opacity.size or int(opacity.min()) == 255:
            return colours
        shares = cv2.merge((opacity, opacity, opacity))
        under = cv2.multiply(cv2.bitwise_not(shares), np.array((*self.ground, 0), np.float64), scale=1 / 255)
        return cast("Colours", cv2.add(cv2.multiply(np.ascontiguousarray(colours), shares, scale=1 / 255), under))


def _eight_bits(pixels: Pixels) -> NDArray[np.uint8]:
    """The upper eight bits of each channel."""
    if pixels.dtype == np.uint16:
        return (pixels >> 8).astype(np.uint8)
    return cast("NDArray[np.uint8]", pixels)
