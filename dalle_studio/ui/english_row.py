"""The English that will be sent, below the prompt: translated on a press, corrected by hand, told back on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dalle_studio.core.words import Words
from dalle_studio.ui.controls import headline, label, link, name, role
from dalle_studio.ui.fields import TextField

if TYPE_CHECKING:
    from dalle_studio.session.editor import Editor


class EnglishRow(QWidget):
    """A line of links, the field, and what the English says when somebody asked for that."""

    def __init__(self, words: Words, editor: Editor) -> None:
        super().__init__()
        self._words = words
        self._editor = editor
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        self._title = label(words("ui.english"))
        self.stale = label(words("ui_words.stale"), "small")
        name(self.stale, "englishStale", words("ui_words.stale"))
        self.stale.setToolTip(words("ui_words.stale.tip"))
        self.back = link(words("ui_words.meaning"), "translateBack")
        self.back.setToolTip(words("ui_words.meaning.tip"))
        self.translate = link(words("ui.translate"), "translate")
        self.translate.setToolTip(words("ui_words.translate.tip"))
        line = headline(self._title, self.back, self.translate)
        line.insertWidget(1, self.stale)
        column.addLayout(line)
        self.field = TextField("promptTranslation", words("ui.english"), words("ui.english.placeholder"), 48)
        role(self.field, "english")
        self._title.setBuddy(self.field)
        column.addWidget(self.field)
        self.meaning = label("", "second")
        name(self.meaning, "englishMeaning", words("ui_words.meaning.accessible"))
        self.meaning.setWordWrap(True)
        self.meaning.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.meaning)
        self.field.edited.connect(editor.set_english)
        self.back.clicked.connect(editor.translate_back)
        self.translate.clicked.connect(self._press)
        editor.english_changed.connect(self.field.put)
        editor.meaning_changed.connect(lambda _: self.refresh())

    def refresh(self) -> None:
        """Show what the editor says now."""
        editor, words = self._editor, self._words
        busy, stale = editor.is_translating, editor.english_is_stale
        self.stale.setVisible(stale or busy)
        self.stale.setText(words("ui_words.translating" if busy else "ui_words.stale"))
        self.stale.setAccessibleName(self.stale.text())
        text = "ui_words.translate.stop" if busy else "ui_words.translate.again" if editor.english else "ui.translate"
        self.translate.setText(words(text))
        self.translate.setAccessibleName(words(text))
        self.translate.setEnabled(busy or editor.can_translate)
        self.back.setVisible(editor.can_tell_back)
        self.meaning.setVisible(bool(editor.meaning))
        self.meaning.setText(words("ui_words.meaning.told", text=editor.meaning) if editor.meaning else "")

    def _press(self) -> None:
        if self._editor.is_translating:
            self._editor.cancel_translation()
        else:
            self._editor.translate()
