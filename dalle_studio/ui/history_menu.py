"""What can be done with rows of the history: the context menu, and the same by keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from dalle_studio.core.marks import HIGHEST, Label, Marks
from dalle_studio.core.operation import Operation
from dalle_studio.session.history_rows import HistoryRow, versions_of
from dalle_studio.ui.history_row import COLOURS, dot

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QAction, QKeyEvent

    from dalle_studio.ui.history_panel import HistoryPanel

_STAR_KEYS: Final = (Qt.Key.Key_F, Qt.Key.Key_Asterisk)
_STAR_TEXT: Final = "ㄹ"
"""What the F key types while the keyboard writes Hangul."""
_COMPARE_TEXT: Final = "ㅊ"
"""The same of C."""


class HistoryMenu(QMenu):
    """For the rows that are selected; headings are not among them."""

    def __init__(self, panel: HistoryPanel, rows: list[HistoryRow]) -> None:
        super().__init__(panel)
        self.setObjectName("historyMenu")
        self._panel, self._rows = panel, rows
        self._words = panel.words
        if panel.shows_trash:
            self._trash()
            return
        if len(rows) == 1:
            self._add("ui.history.restore", "restoreVersion", lambda: panel.restore(rows[0].key))
        pair = panel.pair_of(rows)
        if pair is not None:
            text = "ui_history.compare" if len(rows) == 1 else "ui_history.compare_two"
            self._add(text, "compareVersions", lambda: panel.compare(*pair), "C")
        edit = rows[0].edit
        if len(rows) == 1 and edit is not None and edit.variants > 1:
            text = self._words("ui_history.compare_variants", count=edit.variants)
            variants = self.addAction(text)
            variants.setObjectName("compareVariants")
            variants.triggered.connect(lambda _=False: panel.compare_variants(edit.edit_id))
        self._add("ui_history.as_reference", "useAsReference", lambda: panel.use_as_reference(rows))
        if len(rows) == 1:
            self._add("ui_history.similar", "findSimilar", lambda: panel.find_similar(rows[0].key))
        if not panel.model.filter.is_open:
            self._add("ui_history.clear", "showEverything", panel.show_everything)
        if self.actions():
            self.addSeparator()
        self._marks()
        self.addSeparator()
        self._prompts()
        reveal = self._add("ui_history.reveal", "revealFile", lambda: panel.reveal(rows))
        reveal.setEnabled(any(_has_file(row) for row in rows))
        self.addSeparator()
        self._add("ui_history.export", "exportVersions", panel.export)
        self._add("ui_history.sheet", "contactSheet", panel.export_sheet)
        if any(map(panel.can_delete, rows)):
            alone = len(rows) == 1 and rows[0].edit is None
            self._add(
                "ui_library.delete_photo" if alone else "ui.history.delete",
                "deleteEdit",
                lambda: panel.delete(rows),
                "Del",
            )

    def _trash(self) -> None:
        panel = self._panel
        self._add("ui_history.put_back", "putBack", lambda: panel.bring_back(*versions_of(self._rows)), "Enter")
        self._copy_prompts()
        self.addSeparator()
        self._add("ui.action.empty_trash", "emptyTrash", panel.empty_trash)

    def _marks(self) -> None:
        words, panel, rows = self._words, self._panel, self._rows
        star = self._add("ui_history.favourite", "favourite", lambda: toggle_favourite(panel, rows), "F")
        star.setCheckable(True)
        star.setChecked(all(row.marks.favourite for row in rows))
        ratings = self.addMenu(words("ui_history.rating"))
        ratings.setObjectName("ratingMenu")
        for rating in range(HIGHEST + 1):
            text = "★" * rating if rating else words("ui_history.no_rating")
            action = ratings.addAction(f"{text}\t{rating}")
            action.setObjectName(f"rating_{rating}")
            action.setCheckable(True)
            action.setChecked(all(row.marks.rating == rating for row in rows))
            action.triggered.connect(lambda _=False, rating=rating: rate(panel, rows, rating))
        labels = self.addMenu(words("ui_history.label"))
        labels.setObjectName("labelMenu")
        for label in Label:
            action = labels.addAction(words(f"ui_history.label_{label}" if label else "ui_history.no_label"))
            action.setObjectName(f"label_{label or 'none'}")
            if label:
                action.setIcon(dot(COLOURS[label]))
            action.setCheckable(True)
            action.setChecked(all(row.marks.label is label for row in rows))
            action.triggered.connect(
                lambda _=False, label=label: _change(panel, rows, lambda marks: replace(marks, label=label))
            )
        self._add("ui_history.about", "aboutVersion", panel.ask_marks, "F2")

    def _copy_prompts(self) -> list[str]:
        """Copy the words of all rows, one a line and each once. Returns them."""
        prompts = [row.edit.prompt for row in self._rows if row.edit is not None and row.edit.prompt]
        if prompts:
            said = "\n".join(dict.fromkeys(prompts))
            self._add("ui.history.copy_prompt", "copyPrompt", lambda: QGuiApplication.clipboard().setText(said))
        return prompts

    def _prompts(self) -> None:
        panel, edit = self._panel, self._rows[0].edit
        prompts = self._copy_prompts()
        if len(self._rows) > 1 or edit is None:
            return
        if prompts:
            self._add("ui.history.use_prompt", "usePrompt", lambda: panel.editor.set_prompt(edit.prompt))
        if edit.references:
            text = self._words("ui_words.references.again", count=len(edit.references))
            along = self.addAction(text)
            along.setObjectName("useReferences")
            along.triggered.connect(lambda _=False: panel.editor.use_references_of(edit.edit_id))
        if Operation(edit.operation).is_asked:
            self._add("ui_history.again", "useSettings", lambda: panel.editor.use_again(edit.edit_id))

    def _add(self, text: str, name: str, do: Callable[[], object], keys: str = "") -> QAction:
        action = self.addAction(self._words(text) + (f"\t{keys}" if keys else ""))
        action.setObjectName(name)
        action.triggered.connect(lambda _=False: do())
        return action


def _has_file(row: HistoryRow) -> bool:
    """Whether it was once a file outside the library."""
    if row.edit is not None:
        return row.edit.is_saved
    return row.original is not None and row.original.path is not None


def take_key(panel: HistoryPanel, event: QKeyEvent) -> bool:
    """The menu's keys, while the list has the focus. True when it was one of them."""
    if event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier):
        return False
    rows, key = panel.selected(), event.key()
    if not rows:
        return False
    if panel.shows_trash:
        if key not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            return False
        panel.bring_back(*versions_of(rows))
    elif key in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
        panel.delete(rows)
    elif key == Qt.Key.Key_F2:
        panel.ask_marks()
    elif key == Qt.Key.Key_C or event.text() == _COMPARE_TEXT:
        pair = panel.pair_of(rows)
        if pair is not None:
            panel.compare(*pair)
    elif key in _STAR_KEYS or event.text() == _STAR_TEXT:
        toggle_favourite(panel, rows)
    elif Qt.Key.Key_0 <= key <= Qt.Key.Key_0 + HIGHEST:
        rate(panel, rows, key - Qt.Key.Key_0)
    else:
        return False
    return True


def toggle_favourite(panel: HistoryPanel, rows: list[HistoryRow]) -> None:
    """A star for all, or none where all had one."""
    wanted = not all(row.marks.favourite for row in rows)
    _change(panel, rows, lambda marks: replace(marks, favourite=wanted))


def rate(panel: HistoryPanel, rows: list[HistoryRow], rating: int) -> None:
    """So many stars for all."""
    _change(panel, rows, lambda marks: replace(marks, rating=rating))


def _change(panel: HistoryPanel, rows: list[HistoryRow], change: Callable[[Marks], Marks]) -> None:
    panel.editor.mark([row.key for row in rows], change)
