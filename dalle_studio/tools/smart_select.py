"""Smart select: a box around an object, or strokes over it; its edge is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dalle_studio.core.geometry import Rect
from dalle_studio.imaging.selection import Combine
from dalle_studio.imaging.stopping import ShouldStop
from dalle_studio.tools.dragging import Drag
from dalle_studio.tools.pointer import PointerEvent, PointerKind
from dalle_studio.tools.selecting import (
    Outline,
    Point,
    Scene,
    SelectionJob,
    SelectionOptions,
    Shape,
    combine_for,
    distance,
)

if TYPE_CHECKING:
    from dalle_studio.core.mask import FrozenMask


class SmartSelectTool:
    """Implements `tools.selecting.SelectionTool`.

    A stroke without keys adds to what is masked (`Combine.REPLACE` would make the second stroke undo the first), with
    Alt it takes away; each stroke is a step of its own, and what is masked already tells how the object looks.
    """

    def __init__(self) -> None:
        self._drag: Drag | None = None
        self._stroke: list[Point] = []
        self._radius = 0.0
        self._combine = Combine.ADD

    @property
    def is_open(self) -> bool:
        return self._drag is not None or bool(self._stroke)

    @property
    def outline(self) -> Outline | None:
        if self._drag is not None:
            return Outline(Shape.RECTANGLE, self._drag.corners)
        return Outline(Shape.STROKE, self._stroke, self._radius) if self._stroke else None

    def handle(self, event: PointerEvent, scene: Scene, options: SelectionOptions) -> SelectionJob | None:
        at = (event.x, event.y)
        if event.kind is PointerKind.PRESS:
            self.cancel()
            if options.by_strokes:
                self._stroke, self._radius = [at], options.radius
                combine = combine_for(event, options)
                self._combine = Combine.ADD if combine is Combine.REPLACE else combine
            else:
                self._drag = Drag(event, options)
            return None
        is_over = event.kind is PointerKind.RELEASE
        if self._drag is not None:
            self._drag.follow(event)
            return self._box(scene) if is_over else None
        if self._stroke and distance(at, self._stroke[-1]) >= max(0.5, self._radius / 8):
            self._stroke.append(at)
        return self._strokes(scene) if self._stroke and is_over else None

    def finish(self, scene: Scene, options: SelectionOptions) -> SelectionJob | None:
        return None

    def step_back(self) -> bool:
        return False

    def cancel(self) -> None:
        self._drag = None
        self._stroke = []

    def _box(self, scene: Scene) -> SelectionJob | None:
        drag, self._drag = self._drag, None
        box = Rect(0, 0, 0, 0) if drag is None else drag.rect.clipped(scene.picture.size)
        if drag is None or min(box.width, box.height) < 3:
            return None
        pixels = scene.picture.pixels

        def work(should_stop: ShouldStop) -> FrozenMask:
            from dalle_studio.imaging.smart_select import select_in_box

            return select_in_box(pixels, box, should_stop)

        return SelectionJob("tools.step_smart_select", drag.combine, work, is_slow=True)

    def _strokes(self, scene: Scene) -> SelectionJob:
        points, self._stroke = self._stroke, []
        radius, combine, pixels, masked = self._radius, self._combine, scene.picture.pixels, scene.mask.pixels

        def work(should_stop: ShouldStop) -> FrozenMask:
            from dalle_studio.core.mask import FrozenMask
            from dalle_studio.imaging.smart_select import Stroke, select_by_strokes

            # An intersection is with what the stroke finds by itself. Nobody writes to the mask while this works.
            known = None if combine is Combine.INTERSECT else FrozenMask.of(masked)

            return select_by_strokes(
                pixels,
                [Stroke(points, radius)],
                known=known,
                removes=combine is Combine.SUBTRACT,
                should_stop=should_stop,
            )

        return SelectionJob("tools.step_smart_select", combine, work, is_slow=True)
