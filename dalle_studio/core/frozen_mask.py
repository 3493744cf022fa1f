"""A mask that no longer changes: what every thread but the painter's works with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.picture import MaskPixels


@dataclass(frozen=True, slots=True, eq=False)
class FrozenMask:
    """A copy of a mask, holding only the pixels inside its bounds. Safe to hand to any thread."""

    size: Size
    bounds: Rect
    """Smallest rectangle around everything that is not 0; empty when the mask is."""
    pixels: MaskPixels
    """(bounds.height, bounds.width)."""

    @classmethod
    def of(cls, pixels: MaskPixels) -> FrozenMask:
        """From a whole (h, w) array, which is copied only inside its bounds."""
        size = Size(pixels.shape[1], pixels.shape[0])
        bounds = _tight(pixels, Rect.of_size(size))
        return cls(size, bounds, pixels[bounds.slices].copy())

    @property
    def is_empty(self) -> bool:
        return self.bounds.is_empty

    def cut(self, rect: Rect) -> MaskPixels:
        """A new (rect.height, rect.width) array; 0 outside the bounds. `rect` may reach beyond the photo."""
        out = np.zeros((rect.height, rect.width), np.uint8)
        common = rect.intersected(self.bounds)
        if not common.is_empty:
            out[common.moved(-rect.x, -rect.y).slices] = self.pixels[
                common.moved(-self.bounds.x, -self.bounds.y).slices
            ]
        return out

    def full(self) -> MaskPixels:
        return self.cut(Rect.of_size(self.size))

    @property
    def coverage(self) -> float:
        """Share of the photo's pixels that are not 0, from 0 to 1."""
        return int(np.count_nonzero(self.pixels)) / self.size.area


def _tight(pixels: MaskPixels, rough: Rect) -> Rect:
    """Smallest rectangle around the non-zero pixels inside `rough`."""
    if rough.is_empty:
        return Rect(0, 0, 0, 0)
    part = pixels[rough.slices]
    rows = np.flatnonzero(part.any(axis=1))
    if rows.size == 0:
        return Rect(0, 0, 0, 0)
    part = part[rows[0] : rows[-1] + 1]
    columns = np.flatnonzero(part.any(axis=0))
    return Rect.of_edges(
        rough.x + int(columns[0]), rough.y + int(rows[0]), rough.x + int(columns[-1]) + 1, rough.y + int(rows[-1]) + 1
    )
