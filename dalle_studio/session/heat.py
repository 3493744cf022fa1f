"""Where the shown version differs from the photo as it was opened, for the canvas and in numbers. On the worker.

The photo is brought into the frame of the version first: what was turned or cut off is no difference. Reductions keep
the largest difference of each 2×2 block, so that a single changed pixel of a large photo is seen at any zoom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from dalle_studio.imaging import difference
from dalle_studio.imaging.overlay import sample
from dalle_studio.imaging.pyramid import SMALLEST, level_for
from dalle_studio.session.qimages import SharedImage, share_overlay
from dalle_studio.workflow import bare

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dalle_studio.core.geometry import Rect
    from dalle_studio.core.picture import MaskPixels, Picture
    from dalle_studio.session.house import House
    from dalle_studio.workflow.stack import Item

STOPS: Final = ((0.0, (38, 70, 200)), (0.35, (30, 190, 190)), (0.6, (245, 215, 60)), (1.0, (235, 50, 40)))
"""Colours of the smallest to the largest difference: share of the way, red, green, blue."""

_VEIL: Final = np.uint32(0xB4000000)
"""Over what is the same: black, 70 %, as premultiplied ARGB."""

_OPACITY: Final = 0.92


class HeatLevels:
    """(h, w) differences, 0 to 255, with their reductions."""

    def __init__(self, values: MaskPixels) -> None:
        self._levels = [values]
        while max(self._levels[-1].shape) > SMALLEST:
            self._levels.append(_halved(self._levels[-1]))

    def image(self, rect: Rect, zoom: float) -> SharedImage:
        """`rect` of the screen, counted from the photo's corner, at `zoom` screen pixels a photo pixel."""
        level = level_for(zoom, len(self._levels))
        scale = zoom * (1 << level)
        values = sample(self._levels[level], rect.x, rect.y, rect.width, rect.height, scale, smooth=False)
        return coloured(values)


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """A map of what changed."""

    levels: HeatLevels
    largest: int
    """Of 255; new area left out."""
    share: float
    """Of the pixels that changed, 0 to 1."""
    stray: int
    """Changed pixels that no visible edit may have changed: 0, or something is wrong."""


def measure(house: House, original: str, items: tuple[Item, ...], shown: Picture) -> Heat | None:
    """*Blocking.* None where nothing of the photo is left to compare with. Raises StorageProblem."""
    found = bare.photo_in_frame(house.library, house.open_bytes, original, items)
    if found is None or found.picture.pixels.shape != shown.pixels.shape:
        return None
    values = difference.difference(found.picture.pixels, shown.pixels)
    stray = 0 if found.places is None else difference.count_outside(values, found.places)
    if found.known is not None:
        known = found.known > 0
        largest = int(values[known].max(initial=0))
        values[~known] = 255
    else:
        largest = int(values.max(initial=0))
    return Heat(HeatLevels(values), largest, np.count_nonzero(values) / values.size, stray)


def coloured(values: MaskPixels) -> SharedImage:
    """(h, w) differences as the map shows them."""
    return share_overlay(np.take(_TABLE, values))


def _halved(above: MaskPixels) -> MaskPixels:
    """The largest of each 2×2 block; an odd last row or column stands alone."""
    rows = above[0::2].copy()
    odd = above[1::2]
    np.maximum(rows[: len(odd)], odd, out=rows[: len(odd)])
    columns = rows[:, 0::2].copy()
    odd = rows[:, 1::2]
    np.maximum(columns[:, : odd.shape[1]], odd, out=columns[:, : odd.shape[1]])
    return columns


def _table() -> NDArray[np.uint32]:
    """Premultiplied ARGB by difference. Small differences take more of the scale: they are what one looks for."""
    way = np.sqrt(np.arange(256) / 255)
    places = [stop for stop, _ in STOPS]
    out = np.full(256, round(255 * _OPACITY), np.uint32)
    for channel in range(3):
        value = np.interp(way, places, [colour[channel] for _, colour in STOPS]) * _OPACITY
        out = out << np.uint32(8) | np.rint(value).astype(np.uint32)
    out[0] = _VEIL
    return cast("NDArray[np.uint32]", out)


_TABLE: Final = _table()
