"""The lower right: the history, and beside it the edits of the shown photo, once there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from dalle_studio.core.words import Words
from dalle_studio.ui.controls import Segments, line, role
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

    from dalle_studio.session.editor import Editor
    from dalle_studio.session.proofs import Sight
    from dalle_studio.ui.blend_settings import BlendRows
    from dalle_studio.ui.history_panel import HistoryPanel
    from dalle_studio.ui.layer_list import LayerList


class LowerSide(QWidget):
    """Two tabs; without an edit there is the history alone. The edits' widgets are built when first looked at."""

    tab_changed = Signal()
    let_go = Signal()
    """What had the focus is gone: the keys are the canvas's again."""

    def __init__(
        self, theme: Theme, words: Words, editor: Editor, history: HistoryPanel, sight: Callable[[], Sight]
    ) -> None:
        super().__init__()
        role(self, "plain")
        self._theme = theme
        self._words = words
        self._editor = editor
        self._sight = sight
        self.layers: LayerList | None = None
        self.rows: BlendRows | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._tabs = QWidget()
        padded = QVBoxLayout(self._tabs)
        padded.setContentsMargins(14, 10, 14, 0)
        self.tabs = Segments(words("reblend.tabs"))
        self.tabs.setFixedHeight(32)
        for which in ("history", "edits"):
            text, tip = words(f"reblend.tab.{which}"), words(f"reblend.tab.{which}.tip")
            self.tabs.add(which, f"tab{which.capitalize()}", text, tip)
        self.tabs.choose("history")
        self.tabs.chosen.connect(self.show_tab)
        padded.addWidget(self.tabs)
        self._tabs.hide()
        column.addWidget(self._tabs)
        holder = QWidget()
        self._pages = QStackedLayout(holder)
        self._pages.addWidget(history)
        column.addWidget(holder, 1)
        editor.stack_changed.connect(self.refresh)
        editor.busy_changed.connect(lambda _: self.refresh())

    @property
    def shows_edits(self) -> bool:
        return self._pages.currentIndex() == 1

    def show_tab(self, which: str) -> None:
        if which == "edits":
            self._build()
        self.tabs.choose(which)
        self._pages.setCurrentIndex(1 if which == "edits" else 0)
        self.tab_changed.emit()
        self.refresh()

    def toggle(self) -> None:
        """From the keyboard: to the edits, the list in focus, and back."""
        if not self._editor.stack:
            return
        self.show_tab("history" if self.shows_edits else "edits")
        if self.shows_edits and self.layers is not None:
            self.layers.list.setFocus()

    def refresh(self) -> None:
        """Show what the editor says now."""
        had_focus = self._has_focus
        there = bool(self._editor.stack)
        self._tabs.setVisible(there)
        gone = not there and self.shows_edits
        if gone:
            self.tabs.choose("history")
            self._pages.setCurrentIndex(0)
            self.tab_changed.emit()
        if self.shows_edits and self.layers is not None and self.rows is not None:
            self.layers.refresh()
            self.rows.refresh()
            if not self._editor.is_tuning:
                self._editor.expect_tuning(self._sight())
        # Of a part that is gone or disabled Qt takes it to the search, where undo is the field's, or to the brush.
        if had_focus and (gone or not self._has_focus):
            self.let_go.emit()

    @property
    def _has_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.layers is not None:
            self.layers.set_room(self.height())

    def _build(self) -> None:
        if self.layers is not None:
            return
        from dalle_studio.ui.blend_settings import BlendRows
        from dalle_studio.ui.layer_list import LayerList

        page = QWidget()
        role(page, "plain")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(4)
        self.layers = LayerList(self._theme, self._words, self._editor)
        self.rows = BlendRows(self._theme, self._words, self._editor, self._sight)
        for part in (self.layers, line(), self.rows):
            column.addWidget(part)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setObjectName("edits")
        scroll.setAccessibleName(self._words("reblend.layers"))
        role(scroll, "plain")
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.viewport().setAutoFillBackground(False)
        self._pages.addWidget(scroll)
        self.layers.set_room(self.height())
