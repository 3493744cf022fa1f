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
    dialog = CompareDialog(panel, theme, panel.words, names)
    panel.editor.compare(*keys, _opened(dialog))


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
    show = _opened(dialog)
    if len(names) > 2:
        dialog.offer(names, pair, lambda first, second: editor.compare(key, key, show, (first, second)))
    editor.compare(key, key, show, pair)


def _opened(dialog: CompareDialog) -> Callable[[Comparison], None]:
    """Show it; what comes after it was closed is dropped."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    waiting = [dialog]
    dialog.destroyed.connect(waiting.clear)

    def show(comparison: Comparison) -> None:
        for one in waiting:
            one.show_comparison(comparison)

    return show
