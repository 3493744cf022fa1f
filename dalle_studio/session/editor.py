"""The editor: one open photo, the request for it, and everything that can be done with both. GUI thread.

Everything slow goes to the worker and comes back as a signal; a failure leaves photo, mask and prompt as they were.
It is built up in parts, each on the one before: `editor_state` (signals, what can be read), `editor_request` (words,
engine, plan), `editor_english` (the translation), `editor_masks`, `editor_selections` and `editor_mask_files` (the
mask), `editor_steps` (undo, candidates), `editor_drafts`, `editor_opening`, `editor_library` (history),
`editor_frame` (crop and turn), `editor_making`, `editor_stack` and `editor_heat` (edits blended anew, what changed),
`editor_saving`, and here editing and the end. Module-level imports load neither numpy nor a codec nor an engine:
`start` does that on the worker, after the window was painted.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QEventLoop, QTimer

from dalle_studio.core.errors import BadInput, Cancelled, StudioError
from dalle_studio.core.geometry import Margins
from dalle_studio.core.operation import Operation
from dalle_studio.core.pixel_limit import check_result
from dalle_studio.core.words import Words
from dalle_studio.session.choices import LOCAL
from dalle_studio.session.editor_saving import EditorSaving

if TYPE_CHECKING:
    from dalle_studio.core.records import EditRequest
    from dalle_studio.session.document import Document, PictureStep
    from dalle_studio.session.editing import Performed, Translated
    from dalle_studio.session.house import Choice, Choose, House
    from dalle_studio.session.worker import Tell
    from dalle_studio.workflow.edit import Notice

_STROKE_MS = 50
_WAKE_MS = 10
_NEEDS_MASK = {Operation.EDIT, Operation.REMOVE}
_TRIED_AGAIN = {Operation.EDIT, Operation.REMOVE, Operation.VARY}
_NEEDS_PROMPT = {Operation.EDIT, Operation.GENERATE}


class Editor(EditorSaving):
    """See the module. `start` comes after the first paint; `shutdown` ends it for good."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._left: list[EditRequest] = []  # of other areas, which come after the one that runs
        self._retrying: PictureStep | None = None  # the edit that another try is to stand beside
        self._sends_nothing = False

    def finish(self, seconds: float) -> bool:
        """Run the event loop, deaf to the user, until what was asked for is on disk: a file, an edit being tuned.

        Nothing is sent meanwhile, even what was wanted already. False where it takes longer.
        """
        self._sends_nothing = True
        self.keep_tuned()
        loop, timer, wakes = QEventLoop(), QElapsedTimer(), QTimer()
        timer.start()
        wakes.start(_WAKE_MS)
        flags = QEventLoop.ProcessEventsFlag
        while self.is_keeping and not timer.hasExpired(int(seconds * 1000)):
            # Not `exec`, which returns at once where the program was told to quit already.
            loop.processEvents(flags.ExcludeUserInputEvents | flags.WaitForMoreEvents)
        self._keep_last_draft()
        self._sends_nothing = False
        return not self.is_keeping

    def shutdown(self) -> None:
        """Keep the draft and end the worker, in under three seconds whatever it does. Late results are dropped."""
        if self._closed:
            return
        self._keep_last_draft()
        self._closed = True
        self._pause.stop()
        self._typed.stop()
        self._others.stop()
        self._worker.shutdown()

    # --- editing -----------------------------------------------------------------------------------------------

    def generate(self) -> None:
        """Do the edit of the present mode. Pressed again while one runs it does nothing.

        Pressed again after it, with nothing changed, it is another try: it stands where the edit before stood.
        """
        if self._retrying is not None and (self._swapping or self.is_busy):
            return
        if self._keeps_first(self.generate):
            return
        step = self._tried_before()
        if step is None or self._why_not(self.mode) is not None:
            self._perform(self.mode)
        else:
            self._try_again(step)

    def remove(self) -> None:
        """Remove what is masked, whatever the mode: also the offer when there is no key."""
        if not self._keeps_first(self.remove):
            self._perform(Operation.REMOVE)

    def cancel(self) -> None:
        """End the edit that runs, or else the opening of a photo, within a second."""
        if self._editing is not None:
            self._editing.cancel()
        else:
            self._cancel_loading()

    def _perform(self, mode: Operation) -> None:
        if self.is_busy or self._sends_nothing:
            return
        if self.is_reshaping:
            self._wanted.append(lambda: self._perform(mode))
            return
        self.settle_mask()
        if (working := self._working) is not None and self._uses_mask(mode):
            # The request is for what is being selected: where nothing comes of that, nothing is sent.
            self._wanted.append(lambda: None if working.stop.is_set() else self._perform(mode))
            return
        problem = self._why_not(mode)
        if problem is not None:
            self.edit_failed.emit(problem)
            return
        document = self._document
        frozen = document.mask.freeze() if document is not None and self._uses_mask(mode) else None
        parent = self.current_edit
        candidate = 0 if document is None else document.version.chosen
        request = self._choices.request(mode, self.picture, frozen, self.original_id, parent, candidate)
        if self._awaits_english(request):
            self._show_last_try()
            return
        references = request.references[: self.sent_references]
        request = replace(request, count=self.count, source=self.path, references=references)
        request, *self._left = self._parts_of(request)
        self._send(request)

    def _parts_of(self, request: EditRequest) -> tuple[EditRequest, ...]:
        """The request, or one for each separate area where the user wants that."""
        if not self.sends_each or self._ahead is None or request.operation is not self.mode:
            return (request,)
        from dalle_studio.workflow import areas

        division = areas.division_of(request, self._ahead.info)
        return (request,) if division is None else areas.requests_for_each(request, division)

    def _send(self, request: EditRequest, *, goes_on: bool = False) -> None:
        document, mode = self._document, request.operation
        choice, mask_state = self._choice(mode), self._mask_state
        unkept = None if document is None or mode is Operation.GENERATE else document.unkept
        left, marks = threading.Event(), self._marks_to_send if mode is self.mode else ()

        async def perform(tell: Tell) -> Performed | Translated:
            from dalle_studio.session import editing

            wanted = editing.Wanted(choice, request, unkept, left, marks)
            return await editing.perform(self._house, self._lanes, wanted, tell)

        def performed(came: Performed | Translated) -> None:
            self._performed(document, came, unchanged=mask_state == self._mask_state)
            self._read_models(choice)

        self._editing = self._submit(
            "edit",
            perform,
            performed,
            lambda error: self._not_performed(error, left=left.is_set()),
            self._progressed,
        )
        if not goes_on:
            self.busy_changed.emit(True)

    def _read_models(self, choice: Choice) -> None:
        """Something was sent there anyway: once a day the server's list of engine models is read, too."""

        async def read(_: Tell) -> bool:
            return await self._house.servers.refresh_models(choice, self._lanes)

        self._submit("models", read, lambda is_new: self._plan_soon() if is_new else None, lambda _: None)

    def _tried_before(self) -> PictureStep | None:
        """The edit that is shown, when the same is asked for again. This computer's engine has no other answer."""
        document, mode = self._document, self.mode
        if document is None or not document.spent or mode not in _TRIED_AGAIN or self.engine == LOCAL:
            return None
        if self.sends_each:
            return None  # several edits stand for the one press
        if self.is_busy or self._mask_waits or self.is_previewing or document.mask.is_open:
            return None
        step = document.made_by
        if step is None or self.undo.next_undo is not step or step.name != f"session.step.{mode}":
            return None
        return step if mode is Operation.REMOVE or step.prompt == self.prompt else None

    def _try_again(self, step: PictureStep) -> None:
        """Take the edit back, which the history keeps, and do it again from there."""
        mode = self.mode

        def perform() -> None:
            if not step.done:
                self._tell("info", "session.another_try")
                self._perform(mode)

        self._retrying = step
        self.undo_step()
        self._wanted.append(perform)

    def _show_last_try(self) -> None:
        """Another try came to nothing: back to the result that was there."""
        step, self._retrying = self._retrying, None
        if step is not None and self.undo.next_redo is step:
            self.redo_step()

    def _why_not(self, mode: Operation) -> StudioError | None:
        """What can be said before anything is sent."""
        document = self._document
        if mode is not Operation.GENERATE:
            if document is None:
                return BadInput("errors_workflow.picture_missing")
            if document.problem is not None and not document.version.is_kept:
                return document.problem
            if mode in _NEEDS_MASK and document.mask.is_empty:
                return BadInput("errors_workflow.mask_empty")
            if mode is Operation.EXTEND:
                try:
                    check_result(self.margins.around(document.picture.size), self.settings.pixel_limit)
                except BadInput as too_large:
                    return too_large
        if mode in _NEEDS_PROMPT and not self.prompt.strip():
            return BadInput("errors_workflow.prompt_empty")
        return None

    def _progressed(self, news: object) -> None:
        from dalle_studio.core.ports import Progress, Stage

        if isinstance(news, Progress):
            self.progress_changed.emit(news)
            told = (news.fraction, news.message, news.partial)
            if news.stage == Stage.WAIT and all(one is None for one in told):
                # It leaves now: what was sent is told while the answer is waited for, too.
                self._count_again()
            if news.partial is not None:
                self._set_partial(news)

    def _performed(self, document: Document | None, came: Performed | Translated, *, unchanged: bool) -> None:
        from dalle_studio.session.editing import Translated

        self._editing = None
        self._set_partial(None)
        if isinstance(came, Translated):
            self._left = []
            self._answered(("en", came.text.strip()), came.english)
            self._show_last_try()
            self._tell("info", "session.check_english")
        else:
            self._retrying = None
            self._take(document, came, unchanged=unchanged)
            self._go_on(document, came)
        if not self.is_busy:  # from the first of several areas to the last it is one job
            self.busy_changed.emit(False)

    def _go_on(self, document: Document | None, done: Performed) -> None:
        """The next of several areas, on the result that is shown now. Elsewhere nothing is sent any more."""
        rest, self._left = self._left, []
        if not rest or done.record is None or document is None or document is not self._document:
            return
        if self._sends_nothing:
            return
        if document.version.edit_id != done.record.edit_id:
            return
        from dalle_studio.workflow import areas

        request, *self._left = (areas.standing_on(one, document.picture, done.record) for one in rest)
        self._tell("info", "sent.next_area", left=len(rest))
        self._send(request, goes_on=True)

    def _take(self, document: Document | None, performed: Performed, *, unchanged: bool) -> None:
        """Show what an edit brought, where it belongs."""
        if document is not None and performed.original is not None:
            document.original, document.root, document.unkept = performed.original, performed.original.original_id, None
        if performed.request.operation is Operation.GENERATE:
            self._open_generated(performed)
        elif document is None or document is not self._document:
            self._tell("info", "session.done_elsewhere")
        elif document.picture is performed.request.picture:
            if performed.showing.view is not None and document.mask.is_open:
                self._after_stroke(lambda: self._take(document, performed, unchanged=False))
                return
            self._apply(document, performed, spent=unchanged and not document.mask.is_open)
        elif performed.record is not None:
            self.restore(performed.record.edit_id)  # another version is shown by now
        if performed.record is not None:
            self.edit_finished.emit(performed.record)
        self._tell_at_once(performed.warnings)  # after it: a finished edit closes the notice before
        if performed.problem is not None:
            self.edit_failed.emit(performed.problem)
        self._history_changed()

    def _tell_at_once(self, notices: Sequence[Notice]) -> None:
        """All that is to be said about a result, in one place: a notice replaces the one before."""
        said = list(dict.fromkeys(self.words(one.message, **one.params) for one in notices))
        if len(said) > 1:
            self.message.emit("warning", said[0], " ".join(said[1:]))
        elif said:
            self._tell("warning", notices[0].message, **notices[0].params)

    def _after_stroke(self, call: Callable[[], None]) -> None:
        """A stroke is being painted on the mask that is about to go: wait for its end."""
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(call)
        timer.timeout.connect(timer.deleteLater)
        timer.start(_STROKE_MS)

    def _apply(self, document: Document, performed: Performed, *, spent: bool) -> None:
        """Put the result on the canvas as one undoable step. The mask stays, for another try."""
        from dalle_studio.session.document import PictureStep, Side, Version

        self.settle_mask()
        made = performed.showing
        before = Side(document.version, performed.before, mask=document.mask, spent=document.spent)
        if performed.before is None and not document.can_reload(document.version):
            before.picture = document.picture
        if performed.record is not None:
            after = Side(Version.of(performed.record), mask=made.mask, spent=spent)
        else:
            after = Side(Version(is_kept=False), picture=made.picture, mask=made.mask, spent=spent)
            document.problem = performed.problem
        name = f"session.step.{performed.request.operation}"
        step = PictureStep(name, document, before, after, performed.rect, ready=made.picture, done=False)
        step.prompt, step.margins = performed.request.prompt, performed.request.margins
        (rect,) = step.swap()
        document.add(step)
        if not performed.request.margins.is_empty:
            self.set_margins(Margins())  # the canvas has grown: the next press must not grow it again
        self._show(made, rect)

    def _open_generated(self, performed: Performed) -> None:
        """A new picture takes the place of the open one, which is in the library."""
        from dalle_studio.session.document import Version
        from dalle_studio.session.opening import Loaded

        record, words = performed.record, performed.request.prompt.split()
        self._opened(
            Loaded(
                performed.showing,
                name=" ".join(words)[:60],
                path=None,
                original=None,
                version=Version(is_kept=False) if record is None else Version.of(record),
                root=None if record is None else record.edit_id,
                problem=performed.problem,
            )
        )

    def _not_performed(self, error: StudioError, *, left: bool) -> None:
        """`left` says that something may have left this computer."""
        self._end_editing()
        self._left = []
        if isinstance(error, Cancelled):
            error.maybe_billed = left
            # What it may cost must be read: that is no news for the status bar, which shows one line for a moment.
            self.message.emit("warning" if left else "info", *self.words.of(error))
        else:
            self.edit_failed.emit(error)
        self._show_last_try()
        self._history_changed()

    def _end_editing(self) -> None:
        self._editing = None
        self._set_partial(None)
        self.busy_changed.emit(False)
