"""The upper right: what to do, what should be there, the English that will be sent, and who does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from dalle_studio.core.words import Words
from dalle_studio.ui.controls import Segments, headline, label, link, role
from dalle_studio.ui.engine_row import EngineRow
from dalle_studio.ui.english_row import EnglishRow
from dalle_studio.ui.fields import TextField
from dalle_studio.ui.margins import MarginsRow
from dalle_studio.ui.reference_row import ReferenceRow
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from dalle_studio.session.editor import Editor

MODES: Final = {"replace": "edit", "remove": "remove", "extend": "extend", "vary": "vary", "new": "generate"}
"""The window's word for an operation → the operation's value."""

MODE_OF: Final = {operation: mode for mode, operation in MODES.items()}

_REMEMBERED = 20


class PromptPanel(QWidget):
    """Shows the editor's request and changes it; the request itself lives in the editor."""

    mode_chosen = Signal(str)
    reference_wanted = Signal()

    def __init__(self, theme: Theme, words: Words, editor: Editor) -> None:
        super().__init__()
        role(self, "plain")
        self.setObjectName("promptPanel")
        self._words = words
        self._editor = editor
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 14)
        column.setSpacing(6)

        self.modes = Segments(words("ui.modes"))
        for mode in MODES:
            text = words(f"ui.mode.{mode}")
            self.modes.add(mode, f"mode{mode.capitalize()}", text, words(f"ui.mode.{mode}.tip"))
        self.modes.chosen.connect(self.mode_chosen)
        column.addWidget(self.modes)
        column.addSpacing(4)

        self._headline = label("")
        self._english_link = link(words("ui.english.link"), "useEnglish")
        self._english_link.setToolTip(words("ui.english.tip"))
        self._english_link.clicked.connect(self._want_english)
        self.past = link(words("ui.past"), "promptHistory")
        self.past.setToolTip(words("ui.past.tip"))
        self._menu = QMenu(self)
        self._menu.aboutToShow.connect(self._fill_past)
        self.past.setMenu(self._menu)
        self.add_reference = link(words("ui_words.references.add"), "addReferenceLink")
        self.add_reference.setToolTip(words("ui_words.references.add.tip"))
        self.add_reference.clicked.connect(self.reference_wanted)
        column.addLayout(headline(self._headline, self.add_reference, self._english_link, self.past))
        self.prompt = TextField("prompt", words("ui.prompt.accessible"), "", 58)
        self._headline.setBuddy(self.prompt)
        column.addWidget(self.prompt)

        self.references = ReferenceRow(theme, words, editor)
        self.references.more.clicked.connect(self.reference_wanted)
        column.addWidget(self.references)
        self.english_row = EnglishRow(words, editor)
        self.english, self.translate = self.english_row.field, self.english_row.translate
        column.addWidget(self.english_row)

        self.margins = MarginsRow(words, editor)
        column.addWidget(self.margins)
        column.addSpacing(2)
        self.engines = EngineRow(theme, words, editor)
        column.addWidget(self.engines)

        self.prompt.edited.connect(editor.set_prompt)
        editor.request_changed.connect(self.refresh)
        editor.choices_changed.connect(self.refresh)
        editor.references_changed.connect(self.refresh)
        editor.plan_changed.connect(self.refresh)
        editor.busy_changed.connect(lambda _: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """Show what the editor says now. Cheap: sets texts that differ and the visibility of rows."""
        editor, words = self._editor, self._words
        mode = MODE_OF[str(editor.mode)]
        self.modes.choose(mode)
        self._headline.setText(words(f"ui.mode.{mode}.question"))
        self.prompt.setPlaceholderText(words(f"ui.mode.{mode}.placeholder"))
        speaks = editor.follows_prompt
        self.prompt.setEnabled(speaks)
        self.prompt.put(editor.prompt)
        foreign = speaks and editor.prompt_is_foreign
        shown = foreign and editor.wants_english
        self.english_row.setVisible(shown)
        self._english_link.setVisible(foreign and not shown)
        self.english_row.refresh()
        self.references.refresh()
        takes = mode != "remove" and editor.max_references != 0
        self.add_reference.setVisible(takes and not editor.references)
        self.margins.setVisible(mode == "extend")

    def set_compact(self, compact: bool) -> None:
        """On a low screen the fields give some of their height to the history."""
        top, bottom = (8, 9) if compact else (12, 14)
        self._column.setContentsMargins(14, top, 14, bottom)
        self._column.setSpacing(5 if compact else 6)
        self.prompt.setFixedHeight(48 if compact else 58)
        self.english.setFixedHeight(40 if compact else 48)

    def _want_english(self) -> None:
        self._editor.translate()
        self.refresh()
        self.english.setFocus()

    def _fill_past(self) -> None:
        self._menu.clear()
        past = self._editor.past_prompts()[:_REMEMBERED]
        for text in past:
            shown = " ".join(text.split()).replace("&", "&&")
            action = self._menu.addAction(shown if len(shown) <= 48 else shown[:47] + "…")
            action.triggered.connect(lambda _=False, text=text: self._take(text))
        if not past:
            self._menu.addAction(self._words("ui.past.none")).setEnabled(False)

    def _take(self, text: str) -> None:
        self.prompt.put(text)
        self._editor.set_prompt(text)
        self.prompt.setFocus()
