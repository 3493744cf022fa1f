"""From rows of the history to the window that compares them. GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from dalle_studio.ui.compare_dialog import CompareDialog
from dalle_studio.ui.compare_pane import CompareMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.core.records import EditRecord
    from dalle_studio.session.comparing import Comparison
    from dalle_studio.ui.history_panel import HistoryPanel
    from dalle_studio.ui.theme import Theme


def compare(panel: HistoryPanel, theme: Theme, keys: tuple[str, str], names: tuple[str, str]) -> None:
    """Two versions, by the ids of their edits or originals."""
    shown = _Shown(CompareDialog(panel, theme, panel.words, names))
    panel.editor.compare(*keys, shown.show, (None, None), shown.close)


def compare_variants(panel: HistoryPanel, theme: Theme, edit: EditRecord) -> None:
    """Two candidates of an edit side by side, the chosen one first; of more than two, others can be chosen."""
    key, editor = edit.edit_id, panel.editor
    names = {
        one.index: panel.words("ui_history.variant", number=number)
        for number, one in enumerate(edit.candidates, start=1)
    }
    chosen = edit.chosen if edit.chosen in names else next(iter(names))
    pair = (chosen, next(index for index in names if index != chosen))
    dialog = CompareDialog(panel, theme, panel.words, (names[pair[0]], names[pair[1]]))
    dialog.choose(CompareMode.SIDE)
    shown = _Shown(dialog)

    def ask(first: int, second: int) -> None:
        editor.compare(key, key, shown.next(), (first, second), shown.close)

    if len(names) > 2:
        dialog.offer(names, pair, ask)
    ask(*pair)


class _Shown:
    """A dialog on the screen. What comes after it was closed, or after something else was asked for, is dropped."""

    def __init__(self, dialog: CompareDialog) -> None:
        self._dialog: CompareDialog | None = dialog
        self._asked = 0
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.destroyed.connect(self._forget)
        dialog.show()

    def next(self) -> Callable[[Comparison], None]:
        """Takes the pictures that are asked for now."""
        self._asked += 1
        number = self._asked
        return lambda comparison: self.show(comparison) if number == self._asked else None

    def show(self, comparison: Comparison) -> None:
        if self._dialog is not None:
            self._dialog.show_comparison(comparison)

    def close(self) -> None:
        if self._dialog is not None:
            self._dialog.close()

    def _forget(self) -> None:
        self._dialog = None
