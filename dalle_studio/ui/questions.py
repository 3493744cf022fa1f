"""The window's few yes-or-no questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from dalle_studio.core.words import Words

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance


def ask(parent: QWidget, words: Words, which: str, until: SignalInstance | None = None) -> bool:
    """`ui.<which>.text`, `.detail`, `.yes`, `.no`. Return and Esc both mean no: nothing is lost by a slip.

    `until` tells that the question has become pointless: it goes by itself then, as a no.
    """
    texts = tuple(words(f"ui.{which}.{part}") for part in ("text", "detail", "yes", "no"))
    return ask_so(parent, words("ui.program"), which, texts, until)


def ask_so(
    parent: QWidget, title: str, which: str, texts: tuple[str, ...], until: SignalInstance | None = None
) -> bool:
    """The same in words that were put together already: question, detail, yes, no."""
    box = QMessageBox(parent)
    box.setObjectName(f"{which}Dialog")
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)  # file names come through here
    box.setText(texts[0])
    box.setInformativeText(texts[1])
    yes = box.addButton(texts[2], QMessageBox.ButtonRole.AcceptRole)
    yes.setObjectName("yes")
    no = box.addButton(texts[3], QMessageBox.ButtonRole.RejectRole)
    no.setObjectName("no")
    box.setDefaultButton(no)
    box.setEscapeButton(no)
    if until is not None:
        until.connect(box.reject)
    box.exec()
    if until is not None:
        until.disconnect(box.reject)
    answer = box.clickedButton() is yes
    box.deleteLater()
    return answer
