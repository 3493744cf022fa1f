"""The window's few yes-or-no questions."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from dalle_studio.core.words import Words


def ask(parent: QWidget, words: Words, which: str) -> bool:
    """`ui.<which>.text`, `.detail`, `.yes`, `.no`. Return and Esc both mean no: nothing is lost by a slip."""
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
    box.exec()
    answer = box.clickedButton() is yes
    box.deleteLater()
    return answer
