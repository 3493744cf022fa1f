"""What a selection tool is: pointer events in, and at the end of a gesture a job that makes the selection.

A tool never touches the mask. While a gesture is open it shows an `Outline`; when it is over it hands out a
`SelectionJob`, which whoever owns the tool runs (on a worker when `is_slow`) and joins to the mask as one undo step
(`imaging.selection.apply`). No Qt and, at import, no numpy. Owned by the GUI thread; only `SelectionJob.work` is not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from dalle_studio.imaging.selection import Combine
from dalle_studio.imaging.stopping import ShouldStop
from dalle_studio.tools.pointer import PointerEvent

if TYPE_CHECKING:
    from dalle_studio.core.mask import FrozenMask, Mask
    from dalle_studio.core.picture import Picture

Point: TypeAlias = tuple[float, float]

QUICK_AREA: Final = 4_000_000
"""Shapes with bounds of so many pixels take less than 50 ms, joining them to the mask included."""


class Shape(Enum):
    """How the points of an outline are drawn."""

    RECTANGLE = auto()
    """Two opposite corners."""
    ELLIPSE = auto()
    """Two opposite corners of the rectangle around it."""
    PATH = auto()
    """A line from point to point; the way back to the first is not drawn, but will be closed."""
    STROKE = auto()
    """A line with round ends, `radius` wide to each side."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What a tool shows while its gesture is open, in photo pixels."""

    shape: Shape
    points: Sequence[Point]
    """Read-only; grows while the gesture goes on."""
    radius: float = 0.0
    closes: bool = False
    """PATH: the pointer is so near the first point that a click closes the path."""


@dataclass(frozen=True, slots=True)
class SelectionOptions:
    """What can be set for the selection tools; each looks at its own."""

    combine: Combine = Combine.REPLACE
    """Without keys held."""
    antialias: bool = True
    """Rectangle: has no effect, its sides lie between pixels."""
    tolerance: int = 32
    """Wand: 0 to 255."""
    contiguous: bool = True
    """Wand: only what is connected with the click."""
    all_channels: bool = True
    """Wand: compare every channel rather than the luminance."""
    by_strokes: bool = False
    """Smart select: strokes over the object instead of a box around it."""
    radius: float = 12.0
    """Smart select: of the strokes, in photo pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What is under the pointer."""

    picture: Picture
    mask: Mask
    near: float = 8.0
    """How many photo pixels count as the same place: about eight on the screen."""


@dataclass(frozen=True, slots=True, eq=False)
class SelectionJob:
    """A selection that is to be made, apart from any tool or window."""

    name: str
    """Message id of the undo step."""
    combine: Combine
    work: Callable[[ShouldStop], FrozenMask]
    """Pure, for any thread, to be called once. Raises Cancelled soon after the callable says so. May come out empty."""
    is_slow: bool
    """True when it may take over 50 ms and belongs on a worker."""


class SelectionTool(Protocol):
    """Turns gestures into jobs."""

    @property
    def is_open(self) -> bool:
        """True while a gesture is going on. It then also wants moves without a button held, and Enter, Backspace, Esc.

        A gesture may outlast a release (the polygon does).
        """
        ...

    @property
    def outline(self) -> Outline | None:
        """What to draw above the photo now."""
        ...

    def handle(self, event: PointerEvent, scene: Scene, options: SelectionOptions) -> SelectionJob | None:
        """One event. A job when the gesture is over and selects something."""
        ...

    def finish(self, scene: Scene, options: SelectionOptions) -> SelectionJob | None:
        """Enter or a double click: end an open gesture as it stands. Nothing for most tools."""
        ...

    def step_back(self) -> bool:
        """Backspace: take back the last point. False when there is none to take back."""
        ...

    def cancel(self) -> None:
        """Esc, another tool, another document: forget the open gesture."""
        ...


def combine_for(event: PointerEvent, options: SelectionOptions) -> Combine:
    """How the selection that begins with `event` joins the mask: Shift adds, Alt subtracts, both intersect."""
    if event.straight and event.erases:
        return Combine.INTERSECT
    if event.straight:
        return Combine.ADD
    return Combine.SUBTRACT if event.erases else options.combine


def distance(a: Point, b: Point) -> float:
    """Between two points, in photo pixels."""
    return math.hypot(a[0] - b[0], a[1] - b[1])
