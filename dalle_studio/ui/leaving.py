"""Closing the window while a job runs: wait for the answer (the window hides) or quit now.

What was asked for and is not on disk yet, a file or an edit blended anew, is finished first; that takes seconds at
most, and where it fails the window stays and says so.

Only the user's own closing asks. SIGTERM, the end of the desktop session and `Studio.close()` do not (`silent`); what
has to be finished is finished then, too, after the window has gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QTimer

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMessageBox

    from dalle_studio.ui.window import MainWindow

_LOOK_MS: Final = 30
_PATIENCE_MS: Final = 10_000  # then closing again leaves what can't be finished
_LAST_SECONDS: Final = 20.0  # a 100-MP file takes less; systems wait for a program much longer than that


class Leaving:
    """Knows whether the window may close, and closes it when the awaited answer is there."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.silent = False
        self.is_waiting = False
        self._begun = QElapsedTimer()
        self._looks = QTimer(window)
        self._looks.setInterval(_LOOK_MS)
        self._looks.timeout.connect(self._look)
        window.editor.busy_changed.connect(self._on_busy)
        window.editor.message.connect(self._on_message)

    def may_close(self) -> bool:
        """Ask if need be. False when the window stays, or hides until the answer is there."""
        if not self.silent and self._keeps_first():
            return False
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

    def finish(self) -> None:
        """Finish, without a question and with nothing new begun, what is not on disk yet."""
        self.silent = True
        self._window.editor.finish(_LAST_SECONDS)

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

    def _keeps_first(self) -> bool:
        """Whether something has to be finished before the window closes by itself."""
        window = self._window
        if self._looks.isActive():
            return not self._begun.hasExpired(_PATIENCE_MS)
        window.editor.keep_tuned()
        if not window.editor.is_keeping:
            return False
        window.status.show_message(window.words("ui.leaving.keeping"))
        self._begun.start()
        self._looks.start()
        return True

    def _look(self) -> None:
        if not self._window.editor.is_keeping:
            self._looks.stop()
            self._window.close()

    def _on_message(self, kind: str, _text: str, _hint: str) -> None:
        if kind == "error":
            self._looks.stop()  # whoever wanted to leave has to see it first

    def _on_busy(self, busy: bool) -> None:
        if busy:
            self.silent = False  # somebody goes on editing: the end of the session was called off
        elif self.is_waiting:
            self.is_waiting = False
            self._window.close()
