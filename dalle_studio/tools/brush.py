"""Brush and eraser: a stroke is a chain of capsules from one pointer sample to the next, or of dabs set apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from dalle_studio.core.geometry import Rect
from dalle_studio.core.mask import Mask, MaskStep
from dalle_studio.imaging import strokes
from dalle_studio.tools.pointer import CONTINUOUS, NOTHING, Brush, PointerEvent, PointerKind

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEAR: Final = 0.04
"""Samples nearer than this share of the radius are passed over: capsules leave no gaps, so nobody sees it, and a
large brush under a fast mouse costs a fraction. The last sample of a stroke always counts."""

_PIECE: Final = 256.0
"""Longest piece, in photo pixels, of a long straight line: only the cells along it are kept for undo."""

_TAPER: Final = 0.06
"""Where pressure changes the brush, a piece may differ from the next by this share: the edge shows no steps."""
_MOST_TAPERED: Final = 24
"""Pieces between two samples, however much the pressure jumps."""

_Point = tuple[float, float]


class BrushTool:
    """Paints with 255 or, as an eraser, with 0. Implements `tools.pointer.Tool`."""

    def __init__(self, *, erase: bool = False) -> None:
        self._erase = erase
        self._last: _Point | None = None  # where the next capsule starts; kept for straight lines
        self._pressure = 1.0  # there
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
            return self._extend(event, mask, brush, near=max(0.5, _NEAR * brush.pressed(event.pressure).radius))
        dirty = self._extend(event, mask, brush, near=0.0)
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
        self._pressure = event.pressure
        if event.straight and self._last is not None:
            return self._line(self._last, event, mask, brush)
        self._last = (event.x, event.y)
        return self._stamp(self._last, self._last, event, mask, brush.pressed(event.pressure))

    def _extend(self, event: PointerEvent, mask: Mask, brush: Brush, *, near: float) -> Rect:
        start = self._last if self._last is not None else (event.x, event.y)
        if math.hypot(event.x - start[0], event.y - start[1]) <= near:
            return NOTHING
        return self._line(start, event, mask, brush)

    def _line(self, start: _Point, event: PointerEvent, mask: Mask, brush: Brush) -> Rect:
        dirty = NOTHING
        if brush.spacing < CONTINUOUS:
            pieces = self._pieces(start, event, brush)
            self._last, self._pressure = (event.x, event.y), event.pressure
            for a, b, piece in pieces:
                dirty = dirty.united(self._stamp(a, b, event, mask, piece))
            return dirty
        for at, pressure in list(self._dabs(start, event, brush)):
            dirty = dirty.united(self._stamp(at, at, event, mask, brush.pressed(pressure)))
            self._last, self._pressure = at, pressure
        return dirty

    def _pieces(self, start: _Point, event: PointerEvent, brush: Brush) -> list[tuple[_Point, _Point, Brush]]:
        """From `start` to the sample, the brush changing from the last pressure to the present one."""
        end = (event.x, event.y)
        length = math.hypot(end[0] - start[0], end[1] - start[1])
        before, now = brush.pressed(self._pressure), brush.pressed(event.pressure)
        count = max(1, math.ceil(length / max(_PIECE, 4 * now.radius)))
        if before != now:
            change = abs(before.radius - now.radius) / now.radius + abs(before.flow - now.flow) / now.flow
            count = max(count, min(_MOST_TAPERED, math.ceil(change / _TAPER)))
        return [
            (
                _between(start, end, piece / count),
                _between(start, end, (piece + 1) / count),
                brush.pressed(self._pressure + (event.pressure - self._pressure) * (piece + 1) / count),
            )
            for piece in range(count)
        ]

    def _dabs(self, start: _Point, event: PointerEvent, brush: Brush) -> Iterator[tuple[_Point, float]]:
        """The dabs that fit between the last one, at `start`, and the sample: where, and how hard it was pressed."""
        end = (event.x, event.y)
        length = math.hypot(end[0] - start[0], end[1] - start[1])
        apart = max(1.0, 2 * brush.pressed(event.pressure).radius * brush.spacing)
        for dab in range(1, int(length / apart) + 1):
            share = dab * apart / length
            yield _between(start, end, share), self._pressure + (event.pressure - self._pressure) * share

    def _stamp(self, start: _Point, end: _Point, event: PointerEvent, mask: Mask, brush: Brush) -> Rect:
        rect = strokes.segment_rect(*start, *end, brush.radius).clipped(mask.size)
        if rect.is_empty:
            return NOTHING
        strokes.stamp_segment(
            mask.writable(rect),
            (rect.x, rect.y),
            start,
            end,
            radius=brush.radius,
            hardness=brush.hardness,
            erase=self._erases(event),
            flow=brush.flow,
        )
        return rect

    def _erases(self, event: PointerEvent) -> bool:
        return self._erase or event.erases


def _between(start: _Point, end: _Point, share: float) -> _Point:
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
