"""*Test Connection* in the settings: asks first where it costs money, and says what the server can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dalle_studio.ui.controls import button, label, name
from dalle_studio.ui.questions import ask_so

if TYPE_CHECKING:
    from dalle_studio.core.errors import StudioError
    from dalle_studio.core.ports import EngineInfo
    from dalle_studio.session.worker import Job, Tell
    from dalle_studio.ui.window import MainWindow
    from dalle_studio.workflow.trial import Trial


_LABELS = 146
"""Width of the column of labels beside it, with its gap."""


class ServerTrial(QWidget):
    """The button and, below it, what was found. `server` gives address and profile; None = OpenAI's own."""

    def __init__(self, window: MainWindow, server: Callable[[], tuple[str, str] | None]) -> None:
        super().__init__()
        self._window = window
        self._words = words = window.words
        self._server = server
        self._job: Job[Trial] | None = None
        self._is_open = True
        column = QVBoxLayout(self)
        column.setContentsMargins(_LABELS, 0, 0, 0)
        column.setSpacing(6)
        self.press = button(words("trial.button"), "flat", "settingTestConnection")
        self.press.setAutoDefault(False)
        self.found = label("", "second")
        name(self.found, "settingTrial", words("trial.button"))
        self.found.setWordWrap(True)
        self.found.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.found.hide()
        column.addWidget(self.press, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.found)
        self.press.clicked.connect(self._try)

    def stop(self) -> None:
        """The dialog goes: nobody waits for the answer any more."""
        self._is_open = False
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _try(self) -> None:
        """Look the server up on the worker; the question comes when its profile and price are known."""
        if self._job is not None:
            return
        url, profile = self._server() or (None, None)
        house, lanes = self._window.house, self._window.editor.worker.lanes
        choice = house.servers.choice_of(url, profile)

        async def look(_: Tell) -> tuple[EngineInfo, float | None]:
            return await lanes.cpu(house.prices.trial, choice)

        def looked(found: tuple[EngineInfo, float | None]) -> None:
            if self._is_open and self._agrees(*found):
                self._run(choice, found[0])

        self._window.editor.worker.submit("look at server", look, on_done=looked, on_error=self._fail)

    def _agrees(self, info: EngineInfo, usd: float | None) -> bool:
        words, detail = self._words, self._words("trial.question_free")
        if info.charges:
            price = words("trial.price_unknown") if usd is None else words("trial.price", usd=f"{usd:.3f}")
            detail = words("trial.question_detail", price=price)
        texts = (words("trial.question", host=info.host), detail, words("trial.yes"), words("trial.no"))
        return ask_so(self, words("ui.program"), "trial", texts)

    def _run(self, choice: object, info: EngineInfo) -> None:
        house, lanes = self._window.house, self._window.editor.worker.lanes

        async def run(_: Tell) -> Trial:
            return await house.try_server(choice, lanes)

        def done(trial: Trial) -> None:
            from dalle_studio.workflow.trial import facts

            self._job = None
            if not self._is_open:
                return
            self._show("\n".join(self._words(message, **params) for message, params in facts(trial, info)))
            self._window.editor.account_changed()

        self._show(self._words("trial.running"))
        self.press.setEnabled(False)
        self._job = self._window.editor.worker.submit("test connection", run, on_done=done, on_error=self._fail)

    def _fail(self, error: StudioError) -> None:
        self._job = None
        if self._is_open and error.kind != "cancelled":
            self._show("\n".join(part for part in self._words.of(error) if part))

    def _show(self, text: str) -> None:
        self.found.setText(text)
        self.found.show()
        self.press.setEnabled(True)
        top = self.window()
        top.resize(top.sizeHint())
