"""What the actions about the photo's frame do: crop with its bar, turn and flip, and how far that is. GUI thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from dalle_studio.core.operation import Operation
from dalle_studio.core.reshape import Reshape
from dalle_studio.tools.pointer import ToolName

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.ui.crop_bar import CropBar
    from dalle_studio.ui.window import MainWindow

MOVES: Final = {
    "rotate_left": Reshape(turns=3),
    "rotate_right": Reshape(turns=1),
    "rotate_180": Reshape(turns=2),
    "flip_horizontally": Reshape(mirrored=True),
    "flip_vertically": Reshape(mirrored=True, turns=2),
}
"""By action; every pixel stays."""


class FrameCommands:
    """Holds the window, and the bar of a crop that is being set."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._bar: CropBar | None = None
        self._tool_before = ToolName.BRUSH

    def table(self) -> dict[str, Callable[[], object]]:
        """By action."""
        return {"straighten": self.straighten, **{which: partial(self._reshape, MOVES[which]) for which in MOVES}}

    def wire(self) -> None:
        """Once the window is built."""
        self._window.editor.reshaping_changed.connect(self._show_progress)
        canvas, editor = self._window.canvas, self._window.editor
        canvas.tool_changed.connect(self._follow_tool)
        canvas.margins_dragged.connect(editor.set_margins)
        canvas.margins_set.connect(editor.change_margins)

    def show_document(self) -> None:
        """What can be done depends on the photo, and on whether an edit is running on it."""
        editor = self._window.editor
        can = editor.has_document and not editor.is_busy
        for which in (*MOVES, "tool_crop", "straighten"):
            self._window.actions_by_id[which].setEnabled(can)
        if not can:
            self.leave()
        self._window.canvas.set_extending(editor.has_document and editor.mode is Operation.EXTEND)

    # --- the crop ----------------------------------------------------------------------------------------------

    def straighten(self) -> None:
        """The crop with its angle at hand."""
        self._window.canvas.set_tool(ToolName.CROP)
        if self._bar is not None:
            self._bar.slider.setFocus()

    def apply(self) -> bool:
        """Make it one step. False when no frame is being set."""
        crop = self._window.canvas.crop
        if self._bar is None or crop is None:
            return False
        reshape = crop.reshape
        self.leave()
        self._window.editor.reshape(reshape)
        return True

    def cancel(self) -> bool:
        """Take back a drag, or else leave the photo as it was. False when no frame is being set."""
        if self._bar is None:
            return False
        if not self._window.canvas.cancel_gesture():
            self.leave()
        return True

    def undo(self) -> bool:
        """Take back the last change of the frame; where there is none, don't set one. False when none is being set."""
        crop = self._window.canvas.crop
        if self._bar is None or crop is None:
            return False
        if self._window.canvas.cancel_gesture():
            return True
        if crop.step_back():
            self._window.canvas.show_crop()
        else:
            self.leave()
        return True

    def redo(self) -> bool:
        """Set the frame again as it was before that. False when none is being set."""
        crop = self._window.canvas.crop
        if self._bar is None or crop is None:
            return False
        if crop.step_forward():
            self._window.canvas.show_crop()
        return True

    def leave(self) -> None:
        """Back to the tool that was in use before."""
        if self._bar is not None:
            self._window.canvas.set_tool(self._tool_before)

    def _follow_tool(self, tool: ToolName) -> None:
        if tool is ToolName.CROP:
            self._open()
        else:
            self._tool_before = tool
            self._close()

    def _open(self) -> None:
        from dalle_studio.ui.crop_bar import CropBar

        window = self._window
        if window.canvas.crop is None:
            window.canvas.set_tool(self._tool_before)
            return
        window.commands.mask.cancel()
        self._bar = CropBar(window.theme, window.words, window.canvas)
        self._bar.applied.connect(self.apply)
        self._bar.cancelled.connect(self.cancel)
        window.put_bar(self._bar)
        window.canvas.setFocus()

    def _close(self) -> None:
        bar, self._bar = self._bar, None
        if bar is not None:
            self._window.put_bar(None)
            bar.deleteLater()
            self._window.canvas.setFocus()

    # --- turning -----------------------------------------------------------------------------------------------

    def _reshape(self, move: Reshape) -> None:
        self._window.canvas.cancel_gesture()
        self._window.editor.reshape(move)

    def _show_progress(self, share: float | None) -> None:
        words = self._window.words
        text = "" if share is None else words("reshape.progress", percent=round(share * 100))
        self._window.status.show_message(text)
