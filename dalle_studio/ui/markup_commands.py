"""The bar of the markup tool, put up while it is chosen. GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dalle_studio.core.operation import Operation
from dalle_studio.tools.pointer import ToolName

if TYPE_CHECKING:
    from dalle_studio.ui.markup_bar import MarkupBar
    from dalle_studio.ui.window import MainWindow


class MarkupCommands:
    """Holds the window and the bar."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.bar: MarkupBar | None = None

    def wire(self) -> None:
        """Once the window is built."""
        self._window.canvas.tool_changed.connect(self._follow_tool)
        for signal in (self._window.editor.pixels_changed, self._window.editor.document_changed):
            signal.connect(self._window.canvas.show_markup)

    def _follow_tool(self, tool: ToolName) -> None:
        if tool is ToolName.MARKUP:
            self._open()
        elif self.bar is not None:
            bar, self.bar = self.bar, None
            if tool is not ToolName.CROP:
                self._window.put_bar(None)
            bar.hide()
            bar.deleteLater()

    def _open(self) -> None:
        from dalle_studio.ui.markup_bar import MarkupBar

        window = self._window
        mask = window.editor.mask
        if window.editor.mode is Operation.EDIT and (mask is None or mask.is_empty):
            window.editor.set_mode(Operation.VARY)  # a drawing goes with a variation, and nothing is lost by it
        self.bar = MarkupBar(window.theme, window.words, window.editor, window.canvas)
        window.put_bar(self.bar)
