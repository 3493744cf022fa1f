"""The lasso: drawn freely while the button is held, or as a polygon from click to click, or both in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dalle_studio.imaging.selection import Combine
from dalle_studio.tools.pointer import PointerEvent, PointerKind
from dalle_studio.tools.selecting import (
    QUICK_AREA,
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

_FINEST: Final = 0.5
"""Samples nearer than so many photo pixels to the last are passed over; nobody could see them."""


class LassoTool:
    """Implements `tools.selecting.SelectionTool`.

    A drag from nowhere is closed when the button is let go. A click sets a corner instead and leaves the outline open:
    further clicks add corners, further drags add free pieces, and a click on the first point, `finish` or a double
    click (which comes as a click and a `finish`) closes it.
    """

    def __init__(self) -> None:
        self._combine = Combine.REPLACE
        self._points: list[Point] = []
        self._corners: list[int] = []  # how many points there were before each press
        self._pointer: Point | None = None  # where the open end follows the pointer between clicks
        self._pressed = False
        self._dragged = False
        self._closes = False

    @property
    def is_open(self) -> bool:
        return bool(self._points)

    @property
    def outline(self) -> Outline | None:
        if not self._points:
            return None
        points = self._points if self._pointer is None else [*self._points, self._pointer]
        return Outline(Shape.PATH, points, closes=self._closes)

    def handle(self, event: PointerEvent, scene: Scene, options: SelectionOptions) -> SelectionJob | None:
        at = (event.x, event.y)
        if event.kind is PointerKind.PRESS:
            return self._press(event, at, scene, options)
        if not self._points:
            return None
        if not self._pressed:
            self._pointer = at
            self._closes = self._can_close(at, scene)
            return None
        return self._follow(event, at, scene, options)

    def finish(self, scene: Scene, options: SelectionOptions) -> SelectionJob | None:
        points, combine = self._points, self._combine
        self.cancel()
        if len(points) < 3:
            return None
        size, antialias = scene.picture.size, options.antialias
        across, down = ([point[axis] for point in points] for axis in (0, 1))

        def work(_: object) -> FrozenMask:
            from dalle_studio.imaging import shapes

            return shapes.polygon(size, points, antialias=antialias)

        area = (max(across) - min(across)) * (max(down) - min(down))
        return SelectionJob("tools.step_lasso", combine, work, is_slow=area > QUICK_AREA or len(points) > 5000)

    def step_back(self) -> bool:
        if not self._corners or self._pressed:
            return False
        del self._points[self._corners.pop() :]
        if not self._points:
            self.cancel()
        return True

    def cancel(self) -> None:
        self._points = []
        self._corners = []
        self._pointer = None
        self._pressed = self._dragged = self._closes = False

    def _press(self, event: PointerEvent, at: Point, scene: Scene, options: SelectionOptions) -> SelectionJob | None:
        if not self._points:
            self._combine = combine_for(event, options)
        elif self._can_close(at, scene):
            return self.finish(scene, options)
        self._corners.append(len(self._points))
        self._points.append(at)
        self._pointer = None
        self._closes = False
        self._pressed, self._dragged = True, False
        return None

    def _follow(self, event: PointerEvent, at: Point, scene: Scene, options: SelectionOptions) -> SelectionJob | None:
        start = self._points[self._corners[-1]]
        self._dragged |= distance(at, start) > scene.near / 2
        if self._dragged and distance(at, self._points[-1]) >= _FINEST:
            self._points.append(at)
        if event.kind is PointerKind.RELEASE:
            self._pressed = False
            if self._dragged and (len(self._corners) == 1 or self._can_close(at, scene)):
                return self.finish(scene, options)
        return None

    def _can_close(self, at: Point, scene: Scene) -> bool:
        return len(self._points) >= 3 and distance(at, self._points[0]) <= scene.near
