"""What the window tells, and where: news in the status bar, failures over the canvas with what can be done about them.

GUI thread.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from dalle_studio.session.worker import UnexpectedProblem
from dalle_studio.ui.notices import Offer, copy_diagnostics

if TYPE_CHECKING:
    from dalle_studio.core.errors import StudioError
    from dalle_studio.ui.window import MainWindow

_NO_TRANSLATOR: Final = frozenset(
    {"errors_workflow.no_translator", "errors_workflow.needs_english", "errors_engines.no_translator"}
)


class News:
    """Listens to the editor and to the history."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._words = window.words
        self._report = ""  # what must be read: news do not close it

    def wire(self) -> None:
        """Once the window is built."""
        editor, history = self._window.editor, self._window.history_panel
        editor.message.connect(self._tell)
        editor.edit_failed.connect(self._tell_failure)
        editor.bug_met.connect(self._tell_problem)
        editor.edit_finished.connect(self._outdate)
        editor.document_changed.connect(self._outdate)
        history.deleted.connect(self._offer_back)
        history.trash_left.connect(self._offer_nothing_back)

    def close(self) -> None:
        """The notice goes; the keys it had are the canvas's."""
        if self._window.notice.has_focus:
            self._window.canvas.setFocus()
        self._window.notice.hide()

    def tell_bug(self, diagnostics: str) -> None:
        """An exception of the window itself: said once, with a way to report it."""
        offers = (self._diagnostics(diagnostics),)
        self._window.notice.tell(self._words("ui.bug"), self._words("ui.bug.hint"), offers)

    # --- what is heard -----------------------------------------------------------------------------------------

    def _tell(self, kind: str, text: str, hint: str) -> None:
        """News go to the status bar; what someone must act on, or know of (a `report`), goes over the canvas."""
        if kind == "info":
            self._window.status.show_message(text)
            if not self._window.notice.waits_for_answer:
                self._outdate()
        else:
            self._report = text if kind == "report" else ""
            self._window.notice.tell(text, hint)

    def _tell_failure(self, error: StudioError) -> None:
        """Of an edit, with what can be done about it."""
        self._window.notice.tell(*self._words.of(error), self._offers(error))

    def _tell_problem(self, problem: UnexpectedProblem) -> None:
        self._window.notice.tell(*self._words.of(problem), (self._diagnostics(problem.diagnostics),))

    def _outdate(self) -> None:
        """Something succeeded since. A report stays: the photo that a restart brings back may come right after it."""
        if self._window.notice.text != self._report:
            self.close()

    def _offer_back(self, edit_ids: tuple[str, ...]) -> None:
        words, history = self._words, self._window.history_panel
        back = Offer("offerBack", words("ui.history.back"), lambda: history.bring_back(*edit_ids))
        many = words("ui_history.deleted_many", count=len(edit_ids))
        text = words("ui.history.deleted") if len(edit_ids) == 1 else many
        self._window.notice.tell(text, "", (back,), passes=True)

    def _offer_nothing_back(self) -> None:
        if self._window.notice.offers("offerBack"):
            self.close()

    # --- what can be done --------------------------------------------------------------------------------------

    def _offers(self, error: StudioError) -> tuple[Offer, ...]:
        words, editor, commands = self._words, self._window.editor, self._window.commands
        offers = []
        if isinstance(error, UnexpectedProblem):
            offers.append(self._diagnostics(error.diagnostics))
        if error.kind == "key":
            offers.append(Offer("offerKey", words(_key_offer(error)), commands.show_key))
            if str(editor.mode) == "edit":
                offers.append(Offer("offerRemove", words("ui.offer.remove"), commands.remove))
        elif error.kind == "refused" and editor.can_find_cause:
            offers.append(Offer("offerCause", words("ui.offer.cause"), editor.find_cause))
        elif error.message.startswith("errors_money."):
            offers.append(Offer("offerLimit", words("ui_money.offer_limit"), commands.show_limit))
        elif error.message in _NO_TRANSLATOR:
            offers.append(Offer("offerTranslator", words("ui_words.offer_translator"), commands.show_translator))
        elif error.kind == "unavailable":
            offers.append(Offer("offerAgain", words("ui.offer.again"), commands.run))
        return tuple(offers)

    def _diagnostics(self, diagnostics: str) -> Offer:
        copy = partial(copy_diagnostics, diagnostics, self._window.house)
        return Offer("copyDiagnostics", self._words("ui.offer.diagnostics"), copy)


def _key_offer(error: StudioError) -> str:
    return "ui.offer.key" if error.message == "errors_engines.no_key" else "ui.offer.key_change"
