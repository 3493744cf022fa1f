"""The crop tool: a frame over the photo, dragged by its sides and corners, and the angle that makes it level.

No Qt, no numpy. Points are photo pixels, in the frame of the photo as it is shown; the photo's content is rotated
under it by `angle` (`core.framing`). Owned by the GUI thread.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from dalle_studio.core.framing import GRIPS, WHOLE, Grip, Ground
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.reshape import MAX_ANGLE, Reshape
from dalle_studio.tools.pointer import PointerEvent, PointerKind

if TYPE_CHECKING:
    from dalle_studio.tools.selecting import Point

_SHORTEST: Final = 8.0
"""Pixels on the screen; a shorter line says nothing about what is level. In units of a fourth of `near`."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """What was set, to come back to."""

    ground: Ground
    frame: Rect
    wanted: Rect | None
    """What someone dragged; None = the largest there is."""


@dataclass(slots=True)
class _Drag:
    grip: Grip
    x: float
    y: float
    start: _Setting


class CropTool:
    """One frame while it is set. `reshape` is what it stands for."""

    def __init__(self, size: Size) -> None:
        self.ground = Ground(size)
        self.frame = self.ground.proposed()
        self.line: tuple[Point, Point] | None = None
        """What is being drawn along something level or upright."""
        self.draws_line = False
        """The next drag draws that line."""
        self._wanted: Rect | None = None
        self._drag: _Drag | None = None
        self._before: list[_Setting] = []
        self._after: list[_Setting] = []
        self._goes_on: str | None = None  # what was changed last, where more of the same is no step of its own

    @property
    def angle(self) -> float:
        return self.ground.angle

    @property
    def is_open(self) -> bool:
        """A drag is under way."""
        return self._drag is not None or self.line is not None

    @property
    def reshape(self) -> Reshape:
        """The change of the frame; nothing where it is as it was."""
        whole = self.frame == Rect.of_size(self.ground.size)
        return Reshape(angle=self.angle, crop=None if whole and not self.angle else self.frame)

    # --- setting -----------------------------------------------------------------------------------------------

    def set_angle(self, angle: float) -> None:
        """Degrees, clockwise; what was dragged comes back as soon as there is room for it again."""
        self._keep("angle")
        self._lay(replace(self.ground, angle=round(min(MAX_ANGLE, max(-MAX_ANGLE, angle)), 2)))

    def set_ratio(self, ratio: float | None) -> None:
        """Width / height; None = any."""
        self._keep()
        if ratio is not None:
            self._wanted = None  # the largest of that ratio: what someone wants who chooses one
        elif self.ground.ratio is not None:
            self._wanted = self.frame
        self._lay(replace(self.ground, ratio=ratio))

    def nudge(self, dx: int, dy: int) -> None:
        """Move the frame by pixels."""
        self._keep("nudge")
        self._wanted = self.frame = self.ground.dragged(self.frame, WHOLE, dx, dy)

    def reset(self) -> None:
        """The whole photo, as it was."""
        self._keep()
        self._wanted = self.line = self._drag = None
        self._lay(Ground(self.ground.size))

    def _lay(self, ground: Ground) -> None:
        self.ground = ground
        self.frame = ground.proposed() if self._wanted is None else ground.fitted(self._wanted)

    # --- back and forth ----------------------------------------------------------------------------------------

    @property
    def can_step_forward(self) -> bool:
        return bool(self._after)

    def step_back(self) -> bool:
        """Take back the last change, or the drag under way. False when nothing was set yet."""
        return self.cancel() or self._step(self._before, self._after)

    def step_forward(self) -> bool:
        """What was taken back last, again. False when there is none."""
        return not self.is_open and self._step(self._after, self._before)

    def _step(self, source: list[_Setting], other: list[_Setting]) -> bool:
        now = self._setting
        while source:
            setting = source.pop()
            if setting != now:
                other.append(now)
                self._take(setting)
                return True
        return False

    def _keep(self, goes_on: str | None = None) -> None:
        """Before a change; what goes on from the change before it is one with that."""
        if goes_on is None or goes_on != self._goes_on:
            self._before.append(self._setting)
        self._after.clear()
        self._goes_on = goes_on

    @property
    def _setting(self) -> _Setting:
        return _Setting(self.ground, self.frame, self._wanted)

    def _take(self, setting: _Setting) -> None:
        self.ground, self.frame, self._wanted = setting.ground, setting.frame, setting.wanted
        self._goes_on = None

    # --- the pointer -------------------------------------------------------------------------------------------

    def grip_at(self, x: float, y: float, near: float) -> Grip | None:
        """What would be held there; `near` is how many photo pixels count as the same place."""
        return grip_of(self.frame, x, y, near)

    def handle(self, event: PointerEvent, near: float) -> None:
        """One sample of the pointer. Shift keeps the ratio that the frame has."""
        if event.kind is PointerKind.PRESS:
            self._press(event, near)
        elif self.line is not None:
            self.line = (self.line[0], (event.x, event.y))
            if event.kind is PointerKind.RELEASE:
                self._level(near)
        elif self._drag is not None:
            drag, ground, start = self._drag, self.ground, self._drag.start.frame
            if event.straight and ground.ratio is None and not drag.grip.is_whole:
                ground = replace(ground, ratio=start.width / start.height)
            self._wanted = self.frame = ground.dragged(start, drag.grip, event.x - drag.x, event.y - drag.y)
            if event.kind is PointerKind.RELEASE:
                self._drag = None
                self._before.append(drag.start)
                self._after.clear()
                self._goes_on = None

    def cancel(self) -> bool:
        """Take back a drag under way. False when there is none."""
        if self.draws_line or self.line is not None:
            self.draws_line, self.line = False, None
            return True
        if self._drag is None:
            return False
        self._take(self._drag.start)
        self._drag = None
        return True

    def _press(self, event: PointerEvent, near: float) -> None:
        if self.draws_line:
            self.line = ((event.x, event.y), (event.x, event.y))
            return
        grip = self.grip_at(event.x, event.y, near)
        if grip is not None:
            self._drag = _Drag(grip, event.x, event.y, self._setting)

    def _level(self, near: float) -> None:
        """Rotate so that the line is level or upright, whichever is nearer."""
        line, self.line, self.draws_line = self.line, None, False
        if line is None:
            return
        (x0, y0), (x1, y1) = line
        if math.hypot(x1 - x0, y1 - y0) * 4 < _SHORTEST * near:
            return
        slope = math.degrees(math.atan2(y1 - y0, x1 - x0))
        self.set_angle(self.angle - (slope - 90 * round(slope / 90)))


def grip_of(frame: Rect, x: float, y: float, near: float) -> Grip | None:
    """The corner or side of a frame within `near`, the whole inside it, None elsewhere."""
    across, down = _held(frame.left, frame.right, x, near), _held(frame.top, frame.bottom, y, near)
    if across is None or down is None:
        return None
    return WHOLE if across == down == 0 else next(grip for grip in GRIPS if (grip.across, grip.down) == (across, down))


def _held(low: int, high: int, at: float, near: float) -> int | None:
    """-1 at the lower end, 1 at the higher one, 0 between, None beyond. Of a short side the middle can be held, too."""
    reach = min(near, max(near / 4, (high - low) / 4))
    if abs(at - low) <= (near if at < low else reach):
        return -1
    if abs(at - high) <= (near if at > high else reach):
        return 1
    return 0 if low < at < high else None
