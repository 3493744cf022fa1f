"""The frame of a crop while it is set: proposed, dragged, moved, always inside the photo. Numbers only.

The photo of `size` is rotated clockwise by `angle` degrees around its centre; a frame is a rectangle of whole pixels
that shows no empty corner of it (`reshape.is_filled`). Such frames are a convex set: of two of them, every frame
between is one, too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Self

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.reshape import is_filled

_HAIR: Final = 1e-7
_HALVINGS: Final = 24  # of the way between two frames: finer than a pixel of any photo


@dataclass(frozen=True, slots=True)
class Grip:
    """What of a frame is held: -1 = its left or upper side, 1 = its right or lower, 0 = neither. Both 0 = the whole."""

    across: int
    down: int

    @property
    def is_whole(self) -> bool:
        return not self.across and not self.down

    @property
    def is_corner(self) -> bool:
        return bool(self.across and self.down)


GRIPS: Final = tuple(Grip(across, down) for down in (-1, 0, 1) for across in (-1, 0, 1) if across or down)
WHOLE: Final = Grip(0, 0)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a frame lies on, and the ratio (width / height) that it keeps; None = any."""

    size: Size
    angle: float = 0.0
    ratio: float | None = None

    def holds(self, frame: Rect) -> bool:
        return frame.width > 0 and frame.height > 0 and is_filled(self.size, self.angle, frame)

    def proposed(self) -> Rect:
        """The largest frame around the centre; of the photo's own ratio where any will do."""
        ratio = self.size.width / self.size.height if self.ratio is None else self.ratio
        width = self.size.width + self.size.height * max(1.0, ratio)  # more than there is room for
        return self.fitted(_Box.around(self.size.width / 2, self.size.height / 2, width, width / ratio))

    def fitted(self, wanted: Rect | _Box) -> Rect:
        """The frame made as much smaller around its centre as it must; around the photo's where that lies outside."""
        box = wanted if isinstance(wanted, _Box) else _Box.of(wanted)
        if self.ratio is not None:
            box = box.shaped(self.ratio)
        width, height = box.right - box.left, box.bottom - box.top
        x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
        share = self._room(x, y, width, height)
        if min(share * width, share * height) < 2:
            x, y = self.size.width / 2, self.size.height / 2
            share = self._room(x, y, width, height)
        return self._settled(_Box.around(x, y, share * width, share * height))

    def dragged(self, start: Rect, grip: Grip, dx: float, dy: float) -> Rect:
        """`start`, which the ground holds, with what is held taken along by (dx, dy), as far as there is photo."""
        if grip.is_whole:
            return self._moved(self._moved(start, round(dx), 0), 0, round(dy))
        box = _Box.of(start)
        across, down = grip.across * dx, grip.down * dy  # how much wider and higher
        width = max(1.0, start.width + across) if grip.across else float(start.width)
        height = max(1.0, start.height + down) if grip.down else float(start.height)
        if self.ratio is None:
            # One side after the other: a pointer beyond one border still moves the other side.
            wider = self._between(box, box.resized(grip, width, start.height))
            return self._settled(self._between(wider, wider.resized(grip, wider.width, height)))
        if grip.is_corner:
            width = max(width, height * self.ratio)
        elif grip.down:
            width = height * self.ratio
        shaped = self._between(
            box.shaped(self.ratio, grip), box.resized(grip, max(1.0, width), max(1.0, width / self.ratio))
        )
        return self._settled(shaped)

    # --- inside ------------------------------------------------------------------------------------------------

    def _room(self, x: float, y: float, width: float, height: float) -> float:
        """The largest share, at most 1, of a frame's sides for which it lies inside, around (x, y); 0 outside."""
        sine, cosine = math.sin(math.radians(self.angle)), math.cos(math.radians(self.angle))
        half_across, half_down = self.size.width / 2, self.size.height / 2
        dx, dy = x - half_across, y - half_down
        share = 1.0
        for right in (width / 2, -width / 2):
            for below in (height / 2, -height / 2):
                for centre, reach, limit in (
                    (dx * cosine + dy * sine, right * cosine + below * sine, half_across),
                    (dy * cosine - dx * sine, below * cosine - right * sine, half_down),
                ):
                    if reach > 0:
                        share = min(share, (limit - abs(centre)) / reach)  # the opposite corner, too
        return max(0.0, share)

    def _between(self, inside: _Box, wanted: _Box) -> _Box:
        """As near to `wanted` as there is photo."""
        if wanted.is_filled(self):
            return wanted
        low, high = 0.0, 1.0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if inside.towards(wanted, middle).is_filled(self):
                low = middle
            else:
                high = middle
        return inside.towards(wanted, low)

    def _moved(self, start: Rect, dx: int, dy: int) -> Rect:
        box = _Box.of(start)
        there = self._between(box, _Box(box.left + dx, box.top + dy, box.right + dx, box.bottom + dy))
        x, y = round(there.left - start.x), round(there.top - start.y)
        while (x or y) and not self.holds(start.moved(x, y)):  # rounded over the border
            x, y = _nearer(x), _nearer(y)
        return start.moved(x, y)

    def _settled(self, box: _Box) -> Rect:
        """In whole pixels, the sides rounded inwards where the nearest would lie outside."""
        near = Rect.of_edges(round(box.left), round(box.top), round(box.right), round(box.bottom))
        if self.holds(near):
            return near
        left, top = math.ceil(box.left - _HAIR), math.ceil(box.top - _HAIR)
        right, bottom = math.floor(box.right + _HAIR), math.floor(box.bottom + _HAIR)
        frame = Rect.of_edges(left, top, max(left + 1, right), max(top + 1, bottom))
        while not self.holds(frame) and frame.area > 1:  # a line of pixels: shorter, then
            less = (0, 1) if frame.height > frame.width else (1, 0)
            frame = Rect(
                frame.x + less[0],
                frame.y + less[1],
                max(1, frame.width - 2 * less[0]),
                max(1, frame.height - 2 * less[1]),
            )
        return frame if self.holds(frame) else Rect((self.size.width - 1) // 2, (self.size.height - 1) // 2, 1, 1)


@dataclass(frozen=True, slots=True)
class _Box:
    """A frame on the way, with fractions."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of(cls, rect: Rect) -> Self:
        return cls(rect.left, rect.top, rect.right, rect.bottom)

    @classmethod
    def around(cls, x: float, y: float, width: float, height: float) -> Self:
        return cls(x - width / 2, y - height / 2, x + width / 2, y + height / 2)

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def is_filled(self, ground: Ground) -> bool:
        sine, cosine = math.sin(math.radians(ground.angle)), math.cos(math.radians(ground.angle))
        across, down = ground.size.width / 2, ground.size.height / 2
        return all(
            abs((x - across) * cosine + (y - down) * sine) <= across + _HAIR
            and abs((y - down) * cosine - (x - across) * sine) <= down + _HAIR
            for x in (self.left, self.right)
            for y in (self.top, self.bottom)
        )

    def towards(self, other: _Box, share: float) -> _Box:
        return _Box(
            self.left + share * (other.left - self.left),
            self.top + share * (other.top - self.top),
            self.right + share * (other.right - self.right),
            self.bottom + share * (other.bottom - self.bottom),
        )

    def shaped(self, ratio: float, grip: Grip = WHOLE) -> _Box:
        """Of that ratio, inside this one; what is not held stays where it is."""
        width = min(self.width, self.height * ratio)
        return self.resized(grip, width, width / ratio)

    def resized(self, grip: Grip, width: float, height: float) -> _Box:
        """Of another size; the side opposite to what is held stays, or else the middle."""
        left, right = _resized(self.left, self.right, grip.across, width)
        top, bottom = _resized(self.top, self.bottom, grip.down, height)
        return _Box(left, top, right, bottom)


def _resized(low: float, high: float, held: int, length: float) -> tuple[float, float]:
    if held > 0:
        return low, low + length
    if held < 0:
        return high - length, high
    middle = (low + high) / 2
    return middle - length / 2, middle + length / 2


def _nearer(by: int) -> int:
    return by - (by > 0) + (by < 0)
