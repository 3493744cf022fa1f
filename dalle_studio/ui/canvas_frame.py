"""Setting the photo's frame on the canvas: samples of the pointer go to the crop, or to the margins. GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt

from dalle_studio.tools.pointer import PointerEvent, PointerKind, ToolName
from dalle_studio.ui.canvas_crop import CURSORS, NEAR

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from dalle_studio.core.geometry import Margins, Size
    from dalle_studio.tools.crop import CropTool
    from dalle_studio.ui.canvas_scene import Scene

_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_FAR = 10  # with Shift


class FrameTarget(Protocol):
    """What is drawn on; the canvas."""

    @property
    def crop_changed(self) -> SignalInstance: ...

    @property
    def margins_dragged(self) -> SignalInstance: ...

    @property
    def margins_set(self) -> SignalInstance: ...

    @property
    def pixels_per_photo_pixel(self) -> float:
        """Logical pixels."""
        ...

    def update(self) -> None: ...

    def fit_again(self) -> None:
        """What is shown has another size: all of it in sight, where it was before."""
        ...


class FrameInput:
    """The crop, while that tool is chosen, and in mode Extend the canvas' sides; both while a photo is open."""

    def __init__(self, target: FrameTarget, scene: Scene) -> None:
        self._target = target
        self._scene = scene

    @property
    def crop(self) -> CropTool | None:
        return self._scene.crop

    @property
    def near(self) -> float:
        """Photo pixels that count as the same place."""
        return NEAR / self._target.pixels_per_photo_pixel

    def follow(self, tool: ToolName, size: Size | None) -> None:
        """Another tool, or another photo: a frame of its own, or none."""
        was = self._scene.crop
        if tool is ToolName.CROP and size is not None:
            from dalle_studio.tools.crop import CropTool

            self._scene.crop = CropTool(size)
        else:
            self._scene.crop = None
        if was is not None or self._scene.crop is not None:
            self.show()
        if self._scene.extending is not None:
            self.extend(size, self._scene.margins)

    def extend(self, size: Size | None, margins: Margins | None) -> None:
        """Whether the canvas' sides can be dragged: from these margins on, or not at all."""
        if size is None or margins is None:
            self._scene.extending = None
        else:
            from dalle_studio.tools.extending import MarginsTool

            self._scene.extending = MarginsTool(size, margins)
        self._target.update()

    def show(self) -> None:
        """The frame is another one."""
        self._target.update()
        self._target.crop_changed.emit()

    def handle(self, event: PointerEvent) -> bool:
        """False when no frame is being set."""
        if self.crop is None:
            return self._handle_margins(event)
        self.crop.handle(event, self.near)
        if event.kind is not PointerKind.PRESS or self.crop.is_open:
            self.show()
        return True

    def cancel(self) -> bool:
        """Take back a drag under way. False when there is none."""
        extending = self._scene.extending
        if extending is not None and extending.cancel():
            self._scene.margins = extending.margins
            self._target.margins_dragged.emit(extending.margins)
            self._target.update()
            return True
        if self.crop is None or not self.crop.cancel():
            return False
        self.show()
        return True

    def _handle_margins(self, event: PointerEvent) -> bool:
        extending = self._scene.extending
        if extending is None:
            return False
        start = extending.start
        if not extending.handle(event, self.near):
            return False
        self._scene.margins = extending.margins
        if event.kind is PointerKind.RELEASE:
            self._target.margins_set.emit(start, extending.margins)
            self._target.fit_again()
        else:
            self._target.margins_dragged.emit(extending.margins)
        self._target.update()
        return True

    def step(self, key: int, *, far: bool) -> bool:
        """Move the frame by an arrow key. False when it is none, or there is no frame."""
        by = _STEPS.get(Qt.Key(key)) if self.crop is not None else None
        if by is None or self.crop is None:
            return False
        times = _FAR if far else 1
        self.crop.nudge(by[0] * times, by[1] * times)
        self.show()
        return True

    def cursor_at(self, x: float, y: float) -> Qt.CursorShape | None:
        """What the pointer looks like there; None = as the tool has it."""
        if self.crop is not None and self.crop.draws_line:
            return Qt.CursorShape.CrossCursor
        holder = self.crop or self._scene.extending
        grip = None if holder is None else holder.grip_at(x, y, self.near)
        if grip is not None:
            return CURSORS[grip.across, grip.down]
        return None if self.crop is None else Qt.CursorShape.ArrowCursor
