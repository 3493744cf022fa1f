"""Asking for a key: for which host, and where it will be kept. It goes straight to the key store and is never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLineEdit, QPushButton, QVBoxLayout

from dalle_studio.ui.controls import label, name
from dalle_studio.ui.fields import FieldKeys
from dalle_studio.ui.problem import ProblemLabel

if TYPE_CHECKING:
    from dalle_studio.core.errors import StudioError
    from dalle_studio.session.worker import Tell
    from dalle_studio.storage.keys import KeyState
    from dalle_studio.ui.window import MainWindow


class KeyDialog(QDialog):
    """One key for one server. The keyring is asked on the worker: a locked one may take seconds to answer."""

    def __init__(self, window: MainWindow, url: str | None = None) -> None:
        """`url` is the server's address; None = the one the present engine talks to."""
        super().__init__(window)
        self._window = window
        self._words = words = window.words
        self._url = url if url is not None else address_of(window)
        self._is_open = True
        name(self, "keyDialog", words("ui.key.title"))
        self.setWindowTitle(words("ui.key.title"))
        self.setMinimumWidth(460)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(8)
        self._host = label(self._url, "title")
        self._host.setObjectName("keyHost")
        self._state = label(words("ui.key.looking"), "second")
        self._state.setObjectName("keyState")
        self.field = QLineEdit()
        name(self.field, "keyField", words("ui.key.field"))
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setPlaceholderText(words("ui.key.field"))
        hint = Qt.InputMethodHint
        self.field.setInputMethodHints(hint.ImhHiddenText | hint.ImhSensitiveData | hint.ImhNoPredictiveText)
        FieldKeys.keep(self.field)
        self._place = label("", "second")
        self._place.setObjectName("keyPlace")
        self._problem = ProblemLabel("keyProblem")
        for text in (self._state, self._place):
            text.setWordWrap(True)
        column.addWidget(label(words("ui.key.for"), "small"))
        for part in (self._host, self._state):
            column.addWidget(part)
        column.addSpacing(4)
        column.addWidget(self.field)
        for part in (self._place, self._problem):
            column.addWidget(part)
        column.addSpacing(8)
        column.addWidget(self._buttons())
        self.field.textChanged.connect(lambda text: self.store_button.setEnabled(bool(text.strip())))
        self.finished.connect(self._forget)
        self._look()

    def _buttons(self) -> QDialogButtonBox:
        words = self._words
        box = QDialogButtonBox()
        self.store_button = box.addButton(words("ui.key.store"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.store_button.setObjectName("keyStore")
        self.store_button.setDefault(True)
        self.store_button.setEnabled(False)
        self.delete_button: QPushButton = box.addButton(words("ui.key.delete"), QDialogButtonBox.ButtonRole.ResetRole)
        self.delete_button.setObjectName("keyDelete")
        self.delete_button.setAutoDefault(False)
        self.delete_button.setEnabled(False)
        close = box.addButton(words("ui.close"), QDialogButtonBox.ButtonRole.RejectRole)
        close.setObjectName("close")
        close.setAutoDefault(False)
        box.accepted.connect(self._store)
        box.rejected.connect(self.reject)
        self.delete_button.clicked.connect(self._delete)
        return box

    # --- the key store, on the worker --------------------------------------------------------------------------

    def _look(self) -> None:
        house, url = self._window.house, self._url

        async def look(_: Tell) -> tuple[str | None, KeyState]:
            lanes = self._window.editor.worker.lanes
            keys = await lanes.keyring(lambda: house.keys)
            return await lanes.keyring(keys.backend_name), await lanes.keyring(keys.status, url)

        def done(found: tuple[str | None, KeyState]) -> None:
            if self._is_open:
                backend, state = found
                place = "ui.key.in_keyring" if backend is not None else "ui.key.in_session"
                self._place.setText(self._words(place, keyring=backend or ""))
                self._show(state)

        self._window.editor.worker.submit("look for key", look, on_done=done, on_error=self._fail)

    def _store(self) -> None:
        key = self.field.text()
        self.field.clear()
        self._change("store key", lambda: self._window.house.keys.store(self._url, key), close=True)

    def _delete(self) -> None:
        self._change("delete key", lambda: self._window.house.keys.delete(self._url), close=False)

    def _change(self, what: str, act: Callable[[], KeyState], *, close: bool) -> None:
        async def change(_: Tell) -> KeyState:
            return await self._window.editor.worker.lanes.keyring(act)

        def done(state: KeyState) -> None:
            window = self._window
            window.editor.settings_changed()
            window.status.show_message(self._words(f"ui.key.now.{state.where}", host=state.host))
            if self._is_open:
                self._show(state)
                if close:
                    self.accept()

        self._problem.hide()
        self._window.editor.worker.submit(what, change, on_done=done, on_error=self._fail)

    def _show(self, state: KeyState) -> None:
        self._host.setText(state.host)
        self._state.setText(self._words(f"ui.key.state.{state.where}"))
        self.delete_button.setEnabled(str(state.where) in {"keyring", "session"})
        self.adjustSize()  # a wrapped text may need another line

    def _fail(self, error: StudioError) -> None:
        if self._is_open:
            self._problem.tell(self._words, error)
            self.adjustSize()

    def _forget(self) -> None:
        """Late answers of the worker find the dialog closed."""
        self._is_open = False
        self.field.clear()


def address_of(window: MainWindow) -> str:
    """The address of the server that the present engine talks to; OpenAI's for the local engine."""
    house = window.house
    server = next((s for s in house.settings.servers if s.name == window.editor.engine), None)
    return house.servers.base_url(server.base_url if server is not None else None)
