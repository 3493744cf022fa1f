"""What the actions about the photo's frame do: turn and flip, and how far that is. GUI thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from dalle_studio.core.reshape import Reshape

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """Holds the window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def table(self) -> dict[str, Callable[[], object]]:
        """By action."""
        return {which: partial(self._reshape, move) for which, move in MOVES.items()}

    def wire(self) -> None:
        """Once the window is built."""
        self._window.editor.reshaping_changed.connect(self._show_progress)

    def show_document(self) -> None:
        """What can be done depends on the photo, and on whether an edit is running on it."""
        editor = self._window.editor
        for which in MOVES:
            self._window.actions_by_id[which].setEnabled(editor.has_document and not editor.is_busy)

    def _reshape(self, move: Reshape) -> None:
        self._window.canvas.cancel_gesture()
        self._window.editor.reshape(move)

    def _show_progress(self, share: float | None) -> None:
        words = self._window.words
        text = "" if share is None else words("reshape.progress", percent=round(share * 100))
        self._window.status.show_message(text)
