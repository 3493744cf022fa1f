"""Strokes on the canvas: samples of the pointer go to brush or eraser, the finished step to the session. GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dalle_studio.tools.pointer import NOTHING, PointerEvent, PointerKind, Tool, ToolName
from dalle_studio.tools.smoothing import Trailing

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.core.geometry import Rect
    from dalle_studio.core.mask import Mask
    from dalle_studio.ui.canvas_model import CanvasModel


class StrokeInput:
    """The tools that paint, one of which may have an open stroke."""

    def __init__(self, model: CanvasModel, show: Callable[[Rect], None]) -> None:
        """`show` repaints a rectangle in which the mask has changed."""
        self._model = model
        self._show = show
        self._tools: dict[ToolName, Tool] = {}
        self._open: tuple[Tool, Mask] | None = None
        self._waiting: list[tuple[PointerEvent, float]] | None = None  # samples, while the mask makes room for them
        self._trailing = Trailing()

    @property
    def is_open(self) -> bool:
        return self._open is not None

    @property
    def is_waiting(self) -> bool:
        """A stroke has begun, but nothing of it is in the mask yet."""
        return self._waiting is not None

    def handle(self, name: ToolName, event: PointerEvent, scale: float) -> bool:
        """Hand one sample to the tool and show what it changed. False when there is no stroke for it to be part of.

        `scale` is logical pixels of the screen per photo pixel: a hand trembles on the screen.
        """
        if event.kind is PointerKind.PRESS and not self._begin(name, event):
            return False
        if self._open is None:
            return False
        if self._waiting is not None:
            self._waiting.append((event, scale))
        else:
            self._draw(event, scale)
        return True

    def go_on(self, mask: Mask) -> None:
        """The mask has made room for the stroke that began: draw what waited for it."""
        waiting, self._waiting = self._waiting, None
        if waiting is None:  # cancelled meanwhile
            if mask.is_open:
                self._show(mask.roll_back())
        elif not mask.is_open:  # it could not
            self._open = None
        else:
            for event, scale in waiting:
                self._draw(event, scale)

    def drop(self) -> Rect:
        """End an open stroke, restoring its mask. Returns what changed back."""
        if self._open is None:
            return NOTHING
        tool, mask = self._open
        self._open = None
        if self._waiting is not None:
            self._waiting = None  # `go_on` restores the mask
            return NOTHING
        return tool.cancel(mask)

    def forget(self) -> None:
        """Another photo: what a tool remembers of the last one does not hold there."""
        for tool in self._tools.values():
            tool.forget()

    def _draw(self, event: PointerEvent, scale: float) -> None:
        if self._open is None:
            return
        tool, mask = self._open
        brush = self._model.brush
        self._show(tool.handle(self._trailing.follow(event, brush.smoothing / scale), mask, brush))
        if not tool.is_open:
            self._open = None
        if (step := tool.take_step()) is not None:
            self._model.push_step(step)

    def _begin(self, name: ToolName, event: PointerEvent) -> bool:
        mask = self._model.mask
        if mask is None or not self._model.settle_mask() or mask.is_open:
            return False
        self._open = (self._tool(name), mask)
        used = self._model.begin_stroke(erases=event.erases or name is ToolName.ERASER)
        if used is None:
            self._waiting = []
        for rect in used or ():
            self._show(rect)
        return True

    def _tool(self, name: ToolName) -> Tool:
        if name not in self._tools:
            from dalle_studio.tools.brush import BrushTool

            self._tools[name] = BrushTool(erase=name is ToolName.ERASER)
        return self._tools[name]
