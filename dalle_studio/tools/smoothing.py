"""Smoothing of a stroke: the brush hangs on a string behind the pointer and moves only when that is taut.

What the hand trembles within the string's length does not show, and however fast the samples come, the same path
gives the same line. When the pointer is lifted the brush catches up with it. Pure; lengths are photo pixels.
"""

from __future__ import annotations

import math
from dataclasses import replace

from dalle_studio.tools.pointer import PointerEvent, PointerKind


class Trailing:
    """Samples of one stroke at a time go in; those for the tool come out."""

    def __init__(self) -> None:
        self._at: tuple[float, float] | None = None  # of the brush; None between strokes

    def follow(self, event: PointerEvent, string: float) -> PointerEvent:
        """Where the brush goes when the pointer is at `event`. Presses and releases stay where they are."""
        if event.kind is PointerKind.PRESS:
            self._at = (event.x, event.y)
        if event.kind is not PointerKind.MOVE or self._at is None:
            return event
        dx, dy = event.x - self._at[0], event.y - self._at[1]
        distance = math.hypot(dx, dy)
        share = max(0.0, 1 - string / distance) if distance > 0 else 0.0
        self._at = (self._at[0] + dx * share, self._at[1] + dy * share)
        return replace(event, x=self._at[0], y=self._at[1])
