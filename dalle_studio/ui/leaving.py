"""Closing the window while a job runs: wait for the answer (the window hides) or quit now.

Only the user's own closing asks. SIGTERM, the end of the desktop session and `Studio.close()` set `silent` first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

    from dalle_studio.ui.window import MainWindow


class Leaving:
    """Knows whether the window may close, and closes it when the awaited answer is there."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.silent = False
        self.is_waiting = False
        window.editor.busy_changed.connect(self._on_busy)

    def may_close(self) -> bool:
        """Ask if need be. False when the window stays, or hides until the answer is there."""
        if self.silent or not self._window.editor.is_busy:
            return True
        if self.is_waiting:
            return False
        box = self._question()
        box.exec()
        chosen = box.clickedButton()
        name = chosen.objectName()
        box.deleteLater()
        if name == "quitNow" or not self._window.editor.is_busy:
            return True
        if name == "waitForAnswer":
            self.is_waiting = True
            self._window.hide()
        return False

    def _question(self) -> QMessageBox:
        from PySide6.QtWidgets import QMessageBox

        words = self._window.words
        box = QMessageBox(self._window)
        box.setObjectName("leavingDialog")
        box.setWindowTitle(words("ui.leaving.title"))
        box.setText(words("ui.leaving.text"))
        box.setInformativeText(words("ui.leaving.detail"))
        wait = box.addButton(words("ui.leaving.wait"), QMessageBox.ButtonRole.AcceptRole)
        wait.setObjectName("waitForAnswer")
        quit_now = box.addButton(words("ui.leaving.quit"), QMessageBox.ButtonRole.DestructiveRole)
        quit_now.setObjectName("quitNow")
        stay = box.addButton(words("ui.leaving.stay"), QMessageBox.ButtonRole.RejectRole)
        stay.setObjectName("stay")
        box.setDefaultButton(wait)
        box.setEscapeButton(stay)
        return box

    def _on_busy(self, busy: bool) -> None:
        if not busy and self.is_waiting:
            self.is_waiting = False
            self._window.close()
