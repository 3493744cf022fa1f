"""A rectangle dragged from corner to corner, as the marquees and the box of smart select have it."""

from __future__ import annotations

import math
from typing import Final

from dalle_studio.core.geometry import Rect
from dalle_studio.imaging.selection import Combine
from dalle_studio.tools.pointer import PointerEvent, PointerKind
from dalle_studio.tools.selecting import Point, SelectionOptions, combine_for

_FARTHEST: Final = 1_000_000
"""Pixels; a pointer that is farther out has gone astray."""


class Drag:
    """An open drag. Keys held at its start say how it combines; pressed again later, Shift makes a square, Alt centres.

    As in Photoshop. The sides lie between pixels.
    """

    def __init__(self, event: PointerEvent, options: SelectionOptions) -> None:
        self.combine: Combine = combine_for(event, options)
        self._start = self._end = _place(event)
        # A key that is held from the start means something else until it was let go.
        self._square_ready, self._centre_ready = not event.straight, not event.erases
        self._square = self._centred = False

    def follow(self, event: PointerEvent) -> None:
        """The pointer moved, or keys changed."""
        self._end = _place(event)
        self._square_ready |= not event.straight
        self._centre_ready |= not event.erases
        if event.kind is not PointerKind.RELEASE:  # keys let go a moment before the button still count
            self._square = self._square_ready and event.straight
            self._centred = self._centre_ready and event.erases

    @property
    def rect(self) -> Rect:
        """In whole pixels; may reach beyond the photo and may be empty."""
        (x0, y0), (x1, y1) = self._start, self._end
        across, down = x1 - x0, y1 - y0
        if self._square:
            side = max(abs(across), abs(down))
            across, down = math.copysign(side, across), math.copysign(side, down)
        if self._centred:
            x0, y0 = x0 - across, y0 - down
            across, down = 2 * across, 2 * down
        left, right = sorted((round(x0), round(x0 + across)))
        top, bottom = sorted((round(y0), round(y0 + down)))
        return Rect.of_edges(left, top, right, bottom)

    @property
    def corners(self) -> tuple[Point, Point]:
        rect = self.rect
        return ((rect.left, rect.top), (rect.right, rect.bottom))


def _place(event: PointerEvent) -> Point:
    return (min(max(event.x, -_FARTHEST), _FARTHEST), min(max(event.y, -_FARTHEST), _FARTHEST))
