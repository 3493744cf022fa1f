"""Brush and eraser: a stroke is a chain of capsules from one pointer sample to the next."""

from __future__ import annotations

import math

from dalle_studio.core.geometry import Rect
from dalle_studio.core.mask import Mask, MaskStep
from dalle_studio.imaging import strokes
from dalle_studio.tools.pointer import NOTHING, Brush, PointerEvent, PointerKind

_SPACING = 0.04
"""Samples nearer than this share of the radius are passed over: capsules leave no gaps, so nobody sees it, and a
large brush under a fast mouse costs a fraction. The last sample of a stroke always counts."""

_PIECE = 256.0
"""Longest piece, in photo pixels, of a long straight line: only the cells along it are kept for undo."""


class BrushTool:
    """Paints with 255 or, as an eraser, with 0. Implements `tools.pointer.Tool`."""

    def __init__(self, *, erase: bool = False) -> None:
        self._erase = erase
        self._last: tuple[float, float] | None = None  # where the next capsule starts; kept for straight lines
        self._is_open = False
        self._name = ""
        self._step: MaskStep | None = None

    @property
    def is_open(self) -> bool:
        return self._is_open

    def handle(self, event: PointerEvent, mask: Mask, brush: Brush) -> Rect:
        if event.kind is PointerKind.PRESS:
            return self._start(event, mask, brush)
        if not self._is_open:
            return NOTHING
        if event.kind is PointerKind.MOVE:
            return self._extend(event, mask, brush, spacing=max(0.5, _SPACING * brush.radius))
        dirty = self._extend(event, mask, brush, spacing=0.0)
        self._step = mask.commit(self._name)
        self._is_open = False
        return dirty

    def take_step(self) -> MaskStep | None:
        step, self._step = self._step, None
        return step

    def cancel(self, mask: Mask) -> Rect:
        if not self._is_open:
            return NOTHING
        self._is_open = False
        return mask.roll_back()

    def forget(self) -> None:
        self._last = None
        self._step = None

    def _start(self, event: PointerEvent, mask: Mask, brush: Brush) -> Rect:
        if not mask.is_open:
            mask.begin()
        self._is_open = True
        self._name = "ui_canvas.step_erase" if self._erases(event) else "ui_canvas.step_paint"
        start = self._last if event.straight and self._last is not None else (event.x, event.y)
        return self._stamp(start, event, mask, brush)

    def _extend(self, event: PointerEvent, mask: Mask, brush: Brush, *, spacing: float) -> Rect:
        start = self._last if self._last is not None else (event.x, event.y)
        if math.hypot(event.x - start[0], event.y - start[1]) <= spacing:
            return NOTHING
        return self._stamp(start, event, mask, brush)

    def _stamp(self, start: tuple[float, float], event: PointerEvent, mask: Mask, brush: Brush) -> Rect:
        end = (event.x, event.y)
        self._last = end
        length = math.hypot(end[0] - start[0], end[1] - start[1])
        pieces = max(1, math.ceil(length / max(_PIECE, 4 * brush.radius)))
        dirty = NOTHING
        for piece in range(pieces):
            a, b = _between(start, end, piece / pieces), _between(start, end, (piece + 1) / pieces)
            rect = strokes.segment_rect(*a, *b, brush.radius).clipped(mask.size)
            if not rect.is_empty:
                strokes.stamp_segment(
                    mask.writable(rect),
                    (rect.x, rect.y),
                    a,
                    b,
                    radius=brush.radius,
                    hardness=brush.hardness,
                    erase=self._erases(event),
                    flow=brush.flow,
                )
                dirty = dirty.united(rect)
        return dirty

    def _erases(self, event: PointerEvent) -> bool:
        return self._erase or event.erases


def _between(start: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
