"""Selection tools on the canvas: samples of the pointer go to the tool, its jobs to the session. GUI thread.

The outline of an open gesture is drawn by a layer of the canvas (`canvas_layers.selection`) from what is kept here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from PySide6.QtCore import QRect
from PySide6.QtGui import QRegion

from dalle_studio.tools.pointer import PointerEvent, ToolName

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.core.mask import Mask
    from dalle_studio.core.picture import Picture
    from dalle_studio.tools.selecting import Outline, Scene, SelectionJob, SelectionOptions, SelectionTool

_NEAR: Final = 8.0  # logical pixels that count as the same place
_PIECE: Final = 64  # points of a path that are repainted as one rectangle


class SelectionTarget(Protocol):
    """What the tools work on; the canvas."""

    @property
    def selection_ground(self) -> tuple[Picture, Mask] | None:
        """The open photo and its mask, when a selection may be made."""
        ...

    @property
    def pixels_per_photo_pixel(self) -> float:
        """Logical pixels."""
        ...

    def take_selection(self, job: SelectionJob) -> None: ...

    def show_outline(self, old: Outline | None, new: Outline | None) -> None:
        """The outline of the open gesture is another one."""
        ...


class SelectionInput:
    """The selection tools, one of which may have an open gesture."""

    def __init__(self, target: SelectionTarget) -> None:
        self._target = target
        self._tools: dict[ToolName, SelectionTool] = {}
        self._active: SelectionTool | None = None
        self._shown: Outline | None = None
        self._options: SelectionOptions | None = None

    @property
    def options(self) -> SelectionOptions:
        if self._options is None:  # made late: nobody selects before the first paint
            from dalle_studio.tools.selecting import SelectionOptions

            self._options = SelectionOptions()
        return self._options

    @options.setter
    def options(self, options: SelectionOptions) -> None:
        self._options = options

    @property
    def is_open(self) -> bool:
        return self._active is not None and self._active.is_open

    @property
    def outline(self) -> Outline | None:
        return None if self._active is None else self._active.outline

    def handle(self, name: ToolName, event: PointerEvent) -> None:
        scene = self._scene()
        if scene is None:
            self.cancel()
            return
        self._active = self._tool(name)
        self._settle(self._active.handle(event, scene, self.options))

    def finish(self) -> None:
        """Enter, or a double click."""
        scene = self._scene()
        if scene is not None and self._active is not None and self._active.is_open:
            self._settle(self._active.finish(scene, self.options))

    def step_back(self) -> bool:
        if self._active is None or not self._active.step_back():
            return False
        self._settle(None)
        return True

    def cancel(self) -> bool:
        """False when nothing was open."""
        if self._active is None:
            return False
        was_open = self._active.is_open
        self._active.cancel()
        self._settle(None)
        return was_open

    def _settle(self, job: SelectionJob | None) -> None:
        old, self._shown = self._shown, _kept(self.outline)
        if old is not None or self._shown is not None:
            self._target.show_outline(old, self._shown)
        if job is not None:
            self._target.take_selection(job)

    def _scene(self) -> Scene | None:
        ground = self._target.selection_ground
        if ground is None:
            return None
        from dalle_studio.tools.selecting import Scene

        return Scene(*ground, near=_NEAR / self._target.pixels_per_photo_pixel)

    def _tool(self, name: ToolName) -> SelectionTool:
        if name not in self._tools:
            self._tools[name] = _made(name)
        return self._tools[name]


def outline_region(
    outline: Outline, place: Callable[[float, float], tuple[float, float]], width: int, *, since: int = 0
) -> QRegion:
    """What to repaint for an outline, in device pixels: its line and `width` around it, from point `since` on.

    `place` maps a photo point to a device pixel.
    """
    from dalle_studio.tools.selecting import Shape

    points = [place(*point) for point in outline.points]
    if outline.shape in (Shape.RECTANGLE, Shape.ELLIPSE):
        whole = _around(points, width)
        if outline.shape is Shape.ELLIPSE:  # the largest square inside is left alone
            inset_x, inset_y = round(whole.width() * 0.15), round(whole.height() * 0.15)
            inner = whole.adjusted(inset_x + width, inset_y + width, -inset_x - width, -inset_y - width)
        else:
            inner = whole.adjusted(2 * width, 2 * width, -2 * width, -2 * width)
        return QRegion(whole) if inner.isEmpty() else QRegion(whole) - QRegion(inner)
    region = QRegion()
    for first in range(max(0, since - 1), len(points), _PIECE):
        region += _around(points[first : first + _PIECE + 1], width)
    if outline.closes and points:
        region += _around(points[:1], width + 8)
    return region


def _around(points: list[tuple[float, float]], width: int) -> QRect:
    across, down = [round(x) for x, _ in points], [round(y) for _, y in points]
    return QRect(min(across), min(down), max(across) - min(across) + 1, max(down) - min(down) + 1).adjusted(
        -width, -width, width, width
    )


def _kept(outline: Outline | None) -> Outline | None:
    """The tool goes on adding to its own list of points."""
    if outline is None:
        return None
    from dalle_studio.tools.selecting import Outline

    return Outline(outline.shape, tuple(outline.points), outline.radius, outline.closes)


def _made(name: ToolName) -> SelectionTool:
    match name:
        case ToolName.RECTANGLE:
            from dalle_studio.tools.rectangle import RectangleTool

            return RectangleTool()
        case ToolName.ELLIPSE:
            from dalle_studio.tools.ellipse import EllipseTool

            return EllipseTool()
        case ToolName.LASSO:
            from dalle_studio.tools.lasso import LassoTool

            return LassoTool()
        case ToolName.WAND:
            from dalle_studio.tools.wand import WandTool

            return WandTool()
        case ToolName.SMART_SELECT:
            from dalle_studio.tools.smart_select import SmartSelectTool

            return SmartSelectTool()
        case _:
            raise ValueError(f"{name} does not select")
