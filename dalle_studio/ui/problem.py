"""What went wrong in a dialog, in the dialog: the sentence and, on a line of its own, the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

if TYPE_CHECKING:
    from dalle_studio.core.errors import StudioError
    from dalle_studio.core.words import Words


class ProblemLabel(QLabel):
    """Takes no room while there is nothing to say."""

    def __init__(self, object_name: str) -> None:
        super().__init__()
        self.setObjectName(object_name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.hide()

    def tell(self, words: Words, error: StudioError) -> None:
        self.setText("\n".join(part for part in words.of(error) if part))
        self.show()
