"""What a pointer tool is: events in photo pixels go in, changed rectangles of the mask come out.

No Qt and, at import, no numpy: the window loads this before its first paint. Owned by the GUI thread.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING, Final, Protocol

from dalle_studio.core.geometry import Rect

if TYPE_CHECKING:
    from dalle_studio.core.mask import Mask
    from dalle_studio.core.undo import Step

NOTHING = Rect(0, 0, 0, 0)
"""The dirty rectangle of an event that changed nothing."""

CONTINUOUS: Final = 0.2
"""Dabs nearer than this share of the diameter look like one line, and are drawn as one."""

MOST_SPACING: Final = 3.0


class PointerKind(Enum):
    """What the pointer did."""

    PRESS = auto()
    MOVE = auto()
    RELEASE = auto()


class ToolName(StrEnum):
    """The tools of the tool strip; the value is part of object names and word ids."""

    BRUSH = "brush"
    ERASER = "eraser"
    RECTANGLE = "rectangle"
    ELLIPSE = "ellipse"
    LASSO = "lasso"
    WAND = "wand"
    SMART_SELECT = "smart_select"
    CROP = "crop"
    MARKUP = "markup"
    PAN = "pan"
    ZOOM = "zoom"

    @property
    def paints(self) -> bool:
        """It writes to the mask while the pointer moves."""
        return self in (ToolName.BRUSH, ToolName.ERASER)

    @property
    def selects(self) -> bool:
        """Its gesture ends in a selection."""
        return self in (
            ToolName.RECTANGLE,
            ToolName.ELLIPSE,
            ToolName.LASSO,
            ToolName.WAND,
            ToolName.SMART_SELECT,
        )


@dataclass(frozen=True, slots=True)
class PointerEvent:
    """One sample of the pointer. `x`, `y` are photo pixels, fractions included, and may lie outside the photo."""

    kind: PointerKind
    x: float
    y: float
    pressure: float = 1.0
    """0 to 1; always 1 for a mouse."""
    erases: bool = False
    """Alt or E held, right button, or the eraser end of a pen."""
    straight: bool = False
    """Shift held: a press continues in a straight line from the last stroke's end."""


class Pressure(StrEnum):
    """What the pressure of a pen scales; the value is part of word ids."""

    NONE = "none"
    SIZE = "size"
    FLOW = "flow"


@dataclass(frozen=True, slots=True)
class Brush:
    """Size and edge of the round brush, and how it follows the hand."""

    radius: float = 32.0
    """Photo pixels."""
    hardness: float = 0.8
    """0 = soft from the centre on, 1 = hard edge."""
    flow: float = 1.0
    """How much one pass adds, 0 to 1."""
    spacing: float = 0.0
    """From one dab to the next, as a share of the diameter; below `CONTINUOUS` a stroke has no gaps."""
    smoothing: float = 0.0
    """How far the brush trails behind the pointer, in pixels of the screen: the hand's tremor stays behind."""
    pressure: Pressure = Pressure.SIZE

    def __post_init__(self) -> None:
        if not (self.radius > 0 and 0 <= self.hardness <= 1 and 0 < self.flow <= 1):
            raise ValueError(f"no such brush: {self}")
        if not (0 <= self.spacing <= MOST_SPACING and self.smoothing >= 0):
            raise ValueError(f"no such brush: {self}")

    def pressed(self, pressure: float) -> Brush:
        """The brush as a pen pressed that hard, 0 to 1, makes it."""
        share = min(1.0, max(0.01, pressure))
        if share == 1 or self.pressure is Pressure.NONE:
            return self
        if self.pressure is Pressure.SIZE:
            return replace(self, radius=self.radius * share)
        return replace(self, flow=self.flow * share)


class Tool(Protocol):
    """Changes the mask by pointer events. A press opens a mask step, unless one is open; the tool commits it."""

    @property
    def is_open(self) -> bool:
        """True from the first event of a change to its last."""
        ...

    def handle(self, event: PointerEvent, mask: Mask, brush: Brush) -> Rect:
        """Apply one event. Returns what changed, clipped to the photo; may be empty."""
        ...

    def take_step(self) -> Step | None:
        """The undo step that the last event completed, handed out once."""
        ...

    def cancel(self, mask: Mask) -> Rect:
        """Drop the open change, restoring the mask. Returns what changed back."""
        ...

    def forget(self) -> None:
        """Another document: drop what was remembered between changes."""
        ...
