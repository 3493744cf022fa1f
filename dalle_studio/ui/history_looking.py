"""The line above the history that tells how far looking through its pictures is, and ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from dalle_studio.ui.controls import label, link, name
from dalle_studio.ui.status import percent

if TYPE_CHECKING:
    from dalle_studio.core.words import Words
    from dalle_studio.session.editor import Editor


class LookingBar(QWidget):
    """Hidden while nobody looks."""

    def __init__(self, words: Words, editor: Editor) -> None:
        super().__init__()
        self._words = words
        name(self, "lookingBar", words("ui_library.looking"))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(14)
        self._told = label("", "second")
        stop = link(words("ui_library.looking_stop"), "lookingStop")
        stop.clicked.connect(editor.cancel_looking)
        row.addWidget(self._told, 1)
        row.addWidget(stop)
        editor.looking_changed.connect(self._show)
        self.hide()

    def _show(self, share: float | None) -> None:
        self.setVisible(share is not None)
        if share is not None:
            self._told.setText(self._words("ui_history.looking", share=percent(share)))
