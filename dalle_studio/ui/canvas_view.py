"""Where the photo lies on the canvas: zoom, pan and the mapping between photo and screen. Plain values.

All lengths here are *device* pixels of the screen, so that 100 % means one photo pixel on one screen pixel also on a
high-DPI display. The photo's corner is kept with fractions (zooming in and out comes back to the same place) but
shown on a whole pixel, and the scale is a step of Qt's own arithmetic: a part of the canvas painted alone is then
the same as in a full repaint.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from dalle_studio.core.geometry import Size

STEPS: Final = (
    *(1 / 64, 1 / 48, 1 / 32, 1 / 24, 1 / 16, 1 / 12, 1 / 8, 1 / 6, 1 / 4, 1 / 3, 1 / 2, 2 / 3),
    *(1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0),
)
"""Where zooming by steps stops."""

LARGEST: Final = 32.0
SMALLEST_SIDE: Final = 32
"""Zooming out ends when the photo's longest side is this many device pixels."""

KEPT_IN_SIGHT: Final = 48
"""Panning ends when only this much of the photo is left on the canvas."""

_FIXED: Final = 65536.0
"""Qt's raster engine steps through a source picture in 16.16 fixed point."""
_HAIR: Final = 1e-4


@dataclass(frozen=True, slots=True)
class View:
    """Photo pixel (px, py) is shown at device pixel (left + px · scale, top + py · scale)."""

    scale: float = 1.0
    """Device pixels per photo pixel."""
    x: float = 0.0
    y: float = 0.0
    """The photo's top-left corner in device pixels, exact."""

    @property
    def left(self) -> int:
        """The corner as shown."""
        return round(self.x)

    @property
    def top(self) -> int:
        return round(self.y)

    def to_device(self, px: float, py: float) -> tuple[float, float]:
        return self.left + px * self.scale, self.top + py * self.scale

    def to_photo(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.left) / self.scale, (y - self.top) / self.scale

    def zoomed(self, scale: float, x: float, y: float) -> View:
        """The same view at another scale; the photo point under device pixel (x, y) stays there."""
        scale = quantised(scale)
        ratio = scale / self.scale
        return View(scale, x - (x - self.x) * ratio, y - (y - self.y) * ratio)

    def panned(self, dx: float, dy: float) -> View:
        return replace(self, x=self.x + dx, y=self.y + dy)

    def kept_in_sight(self, photo: Size, width: int, height: int) -> View:
        """Moved back so far that some of the photo is on a canvas of `width` × `height`."""
        return replace(
            self,
            x=_kept(self.x, photo.width * self.scale, width),
            y=_kept(self.y, photo.height * self.scale, height),
        )


def fitted(photo: Size, width: int, height: int, *, padding: int, largest: float = LARGEST) -> View:
    """The whole photo, centred, `padding` away from the edges of the canvas."""
    room_x, room_y = max(16, width - 2 * padding), max(16, height - 2 * padding)
    scale = quantised(min(room_x / photo.width, room_y / photo.height, largest))
    return centred(photo, width, height, scale)


def centred(photo: Size, width: int, height: int, scale: float) -> View:
    """The photo in the middle of the canvas."""
    return View(scale, (width - photo.width * scale) / 2, (height - photo.height * scale) / 2)


def allowed(scale: float, photo: Size) -> float:
    """The nearest scale within the limits of zooming."""
    return min(LARGEST, max(min(1.0, SMALLEST_SIDE / photo.longest), scale))


def step_in(scale: float) -> float:
    """The next larger step."""
    return next((step for step in STEPS if step > scale * 1.01), LARGEST)


def step_out(scale: float) -> float:
    """The next smaller step."""
    return next((step for step in reversed(STEPS) if step < scale / 1.01), scale / 2)


def quantised(scale: float) -> float:
    """The nearest scale at which Qt steps through the pyramid level in use by a whole number of 1/65536 pixels.

    The difference is below 0.001 % (a little more far above 100 %, where nobody counts); whole multiples and halves,
    quarters … of 100 % stay as they are.
    """
    if scale >= 1 and scale == round(scale):
        return scale
    unit = 1 if scale >= 1 else 1 << int(math.log2(1 / scale) + 1e-6)
    steps = round(_FIXED / scale / unit)
    # Qt cuts fractions off: a hair more, so that a step does not come out one less.
    return scale if steps & (steps - 1) == 0 and _FIXED / scale / unit == steps else _FIXED / ((steps + _HAIR) * unit)


def _kept(start: float, length: float, room: int) -> float:
    seen = min(float(KEPT_IN_SIGHT), length)
    return min(max(start, seen - length), room - seen)
