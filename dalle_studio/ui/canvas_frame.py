"""Setting the photo's frame on the canvas: samples of the pointer go to the crop tool. GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt

from dalle_studio.tools.pointer import PointerEvent, PointerKind, ToolName
from dalle_studio.ui.canvas_crop import CURSORS, NEAR

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance

    from dalle_studio.core.geometry import Size
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
    def pixels_per_photo_pixel(self) -> float:
        """Logical pixels."""
        ...

    def update(self) -> None: ...


class FrameInput:
    """The crop, while that tool is chosen and a photo is open."""

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

    def show(self) -> None:
        """The frame is another one."""
        self._target.update()
        self._target.crop_changed.emit()

    def handle(self, event: PointerEvent) -> bool:
        """False when no frame is being set."""
        if self.crop is None:
            return False
        self.crop.handle(event, self.near)
        if event.kind is not PointerKind.PRESS or self.crop.is_open:
            self.show()
        return True

    def cancel(self) -> bool:
        """Take back a drag under way. False when there is none."""
        if self.crop is None or not self.crop.cancel():
            return False
        self.show()
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

    def cursor_at(self, x: float, y: float) -> Qt.CursorShape:
        """What the pointer looks like there."""
        if self.crop is None or self.crop.draws_line:
            return Qt.CursorShape.CrossCursor
        grip = self.crop.grip_at(x, y, self.near)
        return Qt.CursorShape.ArrowCursor if grip is None else CURSORS[grip.across, grip.down]
