"""What a pointer tool is: events in photo pixels go in, changed rectangles of the mask come out.

No Qt and, at import, no numpy: the window loads this before its first paint. Owned by the GUI thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING, Protocol

from dalle_studio.core.geometry import Rect

if TYPE_CHECKING:
    from dalle_studio.core.mask import Mask
    from dalle_studio.core.undo import Step

NOTHING = Rect(0, 0, 0, 0)
"""The dirty rectangle of an event that changed nothing."""


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


@dataclass(frozen=True, slots=True)
class Brush:
    """Size and edge of the round brush."""

    radius: float = 32.0
    """Photo pixels."""
    hardness: float = 0.8
    """0 = soft from the centre on, 1 = hard edge."""
    flow: float = 1.0
    """How much one pass adds, 0 to 1."""

    def __post_init__(self) -> None:
        if not (self.radius > 0 and 0 <= self.hardness <= 1 and 0 < self.flow <= 1):
            raise ValueError(f"no such brush: {self}")


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
