"""Extending the canvas by hand: its sides and corners are dragged outwards. No Qt, no numpy. GUI thread.

Points are photo pixels, counted from the photo's own corner; the new area lies beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dalle_studio.core.framing import GRIPS, Grip
from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.tools.pointer import PointerEvent, PointerKind

LARGEST: Final = 20_000
"""Pixels on one side."""

_BAR: Final = 3.0  # half of what can be held of a side from within the photo, in units of `near`


@dataclass(slots=True)
class _Drag:
    grip: Grip
    x: float
    y: float
    start: Margins


class MarginsTool:
    """The margins around a photo while they can be dragged."""

    def __init__(self, size: Size, margins: Margins) -> None:
        self.size = size
        self.margins = margins
        self._drag: _Drag | None = None

    @property
    def is_open(self) -> bool:
        return self._drag is not None

    @property
    def start(self) -> Margins:
        """What the margins were before the drag under way."""
        return self.margins if self._drag is None else self._drag.start

    @property
    def grown(self) -> Rect:
        """The canvas as it will be."""
        around = self.margins.around(self.size)
        return Rect(-self.margins.left, -self.margins.top, around.width, around.height)

    def grip_at(self, x: float, y: float, near: float) -> Grip | None:
        """What would be held: a corner, a side, or just its middle within the photo, which is left to the tools."""
        grown = self.grown
        for grip in sorted(GRIPS, key=lambda grip: not grip.is_corner):
            side_x = {-1: grown.left, 0: (grown.left + grown.right) / 2, 1: grown.right}[grip.across]
            side_y = {-1: grown.top, 0: (grown.top + grown.bottom) / 2, 1: grown.bottom}[grip.down]
            reach_x = near if grip.across else self._along(grown.width, (y - side_y) * grip.down, near)
            reach_y = near if grip.down else self._along(grown.height, (x - side_x) * grip.across, near)
            if abs(x - side_x) <= reach_x and abs(y - side_y) <= reach_y:
                return grip
        return None

    def handle(self, event: PointerEvent, near: float) -> bool:
        """One sample of the pointer; Shift does the same on the other side, at a corner it keeps the photo's ratio.

        False when it is none of its business: a press beside every handle, and what follows it.
        """
        if event.kind is PointerKind.PRESS:
            grip = self.grip_at(event.x, event.y, near)
            if grip is None:
                return False
            self._drag = _Drag(grip, event.x, event.y, self.margins)
            return True
        drag = self._drag
        if drag is None:
            return False
        self.margins = self._dragged(drag, event.x - drag.x, event.y - drag.y, shift=event.straight)
        if event.kind is PointerKind.RELEASE:
            self._drag = None
        return True

    def cancel(self) -> bool:
        """Take back a drag under way. False when there is none."""
        if self._drag is None:
            return False
        self.margins, self._drag = self._drag.start, None
        return True

    def _along(self, length: int, outwards: float, near: float) -> float:
        """How far from the middle of a side it can be held."""
        return length / 2 if outwards >= -near / 4 else min(_BAR * near, length / 4)

    def _dragged(self, drag: _Drag, dx: float, dy: float, *, shift: bool) -> Margins:
        grip, start = drag.grip, drag.start
        left, right = _pulled(start.left, start.right, grip.across, dx, both=shift and not grip.down)
        top, bottom = _pulled(start.top, start.bottom, grip.down, dy, both=shift and not grip.across)
        if shift and grip.is_corner:  # as wide or as high as the other asks for
            width, height = self.size.width + left + right, self.size.height + top + bottom
            across = round(height * self.size.width / self.size.height) - width
            down = round(width * self.size.height / self.size.width) - height
            if across > 0:
                left, right = (left + across, right) if grip.across < 0 else (left, right + across)
            elif down > 0:
                top, bottom = (top + down, bottom) if grip.down < 0 else (top, bottom + down)
        return Margins(*(min(LARGEST, side) for side in (left, top, right, bottom)))


def _pulled(low: int, high: int, held: int, by: float, *, both: bool) -> tuple[int, int]:
    """The two margins of an axis, one of which is pulled by so many pixels; never negative."""
    if not held:
        return low, high
    pulled = max(0, (low if held < 0 else high) + round(held * by))
    if both:
        return pulled, pulled
    return (pulled, high) if held < 0 else (low, pulled)
