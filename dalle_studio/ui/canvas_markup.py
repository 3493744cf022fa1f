"""Drawing onto the photo: the gesture of the markup tool, and what of it is shown. GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from dalle_studio.core.markup import Mark, MarkKind, Pen
from dalle_studio.tools.pointer import PointerEvent, PointerKind, ToolName

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.ui.canvas_scene import Scene

_NEAR: Final = 8.0
"""Logical pixels within which a mark is hit."""


class MarkupModel(Protocol):
    """Where marks go."""

    @property
    def markup(self) -> tuple[Mark, ...]: ...

    def add_mark(self, mark: Mark) -> None: ...

    def remove_mark_at(self, x: float, y: float, near: float) -> None: ...


class MarkupInput:
    """From press to release one mark; with Alt or the right button a mark is taken away.

    A note without words is handed to `ask_for_words`.
    """

    def __init__(self, model: MarkupModel, scene: Scene, ask_for_words: Callable[[Mark], None]) -> None:
        self._model = model
        self._scene = scene
        self._ask_for_words = ask_for_words
        self.pen = Pen()

    def handle(self, tool: ToolName, event: PointerEvent, scale: float) -> bool:
        """False when another tool is chosen. `scale`: logical pixels a photo pixel."""
        if tool is not ToolName.MARKUP:
            return False
        place = (event.x, event.y)
        is_note = self.pen.kind is MarkKind.NOTE
        if event.kind is PointerKind.PRESS:
            if event.erases:
                self._model.remove_mark_at(*place, _NEAR / scale)
            else:
                self._scene.drawn = Mark(self.pen, (place,))
        elif self._scene.drawn is not None:
            points = self._scene.drawn.points
            follows = self.pen.kind is MarkKind.LINE
            kept = (place,) if is_note else (*points, place) if follows else (points[0], place)
            self._scene.drawn = Mark(self.pen, kept)
            if event.kind is PointerKind.RELEASE:
                drawn, self._scene.drawn = self._scene.drawn, None
                if is_note and not drawn.says_something:
                    self._ask_for_words(drawn)
                else:
                    self._model.add_mark(drawn)
        return True

    def cancel(self) -> None:
        self._scene.drawn = None
