"""What the rectangle and the ellipse have in common: a drag from corner to corner, then one shape."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.tools.dragging import Drag
from dalle_studio.tools.pointer import PointerEvent, PointerKind
from dalle_studio.tools.selecting import QUICK_AREA, Outline, Scene, SelectionJob, SelectionOptions, Shape

if TYPE_CHECKING:
    from dalle_studio.core.mask import FrozenMask


class Marquee(ABC):
    """Implements `tools.selecting.SelectionTool`, but for the shape itself. A click without a drag selects nothing."""

    shape: ClassVar[Shape]
    name: ClassVar[str]
    """Message id of the undo step."""

    def __init__(self) -> None:
        self._drag: Drag | None = None

    @property
    def is_open(self) -> bool:
        return self._drag is not None

    @property
    def outline(self) -> Outline | None:
        return None if self._drag is None else Outline(self.shape, self._drag.corners)

    def handle(self, event: PointerEvent, scene: Scene, options: SelectionOptions) -> SelectionJob | None:
        if event.kind is PointerKind.PRESS:
            self._drag = Drag(event, options)
            return None
        drag = self._drag
        if drag is None:
            return None
        drag.follow(event)
        if event.kind is not PointerKind.RELEASE:
            return None
        self._drag = None
        rect, size = drag.rect, scene.picture.size
        if rect.is_empty:
            return None
        antialias = options.antialias
        return SelectionJob(
            self.name,
            drag.combine,
            lambda _: self.draw(size, rect, antialias=antialias),
            is_slow=rect.clipped(size).area > QUICK_AREA,
        )

    def finish(self, scene: Scene, options: SelectionOptions) -> SelectionJob | None:
        return None

    def step_back(self) -> bool:
        return False

    def cancel(self) -> None:
        self._drag = None

    @abstractmethod
    def draw(self, size: Size, rect: Rect, *, antialias: bool) -> FrozenMask:
        """The shape that fills `rect`, on a photo of `size`."""
