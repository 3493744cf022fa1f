"""The window's few yes-or-no questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox, QWidget

from dalle_studio.core.words import Words

if TYPE_CHECKING:
    from PySide6.QtCore import SignalInstance


def ask(parent: QWidget, words: Words, which: str, until: SignalInstance | None = None) -> bool:
    """`ui.<which>.text`, `.detail`, `.yes`, `.no`. Return and Esc both mean no: nothing is lost by a slip.

    `until` tells that the question has become pointless: it goes by itself then, as a no.
    """
    box = QMessageBox(parent)
    box.setObjectName(f"{which}Dialog")
    box.setWindowTitle(words("ui.program"))
    box.setText(words(f"ui.{which}.text"))
    box.setInformativeText(words(f"ui.{which}.detail"))
    yes = box.addButton(words(f"ui.{which}.yes"), QMessageBox.ButtonRole.AcceptRole)
    yes.setObjectName("yes")
    no = box.addButton(words(f"ui.{which}.no"), QMessageBox.ButtonRole.RejectRole)
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
