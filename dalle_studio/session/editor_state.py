"""What the window sees of the editor: its signals, its state to read, and the way to the worker. GUI thread.

Nothing here loads numpy: the window is painted before a photo, the library or an engine is there.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QElapsedTimer, QEventLoop, QObject, QTimer, Signal

from dalle_studio.core.errors import Cancelled, StudioError
from dalle_studio.core.geometry import Size
from dalle_studio.core.undo import UndoStack
from dalle_studio.core.words import Words
from dalle_studio.session.worker import Job, Post, Tell, UnexpectedProblem, Worker
from dalle_studio.tools.pointer import Brush, Pressure

if TYPE_CHECKING:
    from dalle_studio.core.mask import Mask
    from dalle_studio.core.picture import Picture
    from dalle_studio.core.ports import Progress
    from dalle_studio.core.records import Candidate
    from dalle_studio.session.document import Document, Patch
    from dalle_studio.session.document_view import DocumentView
    from dalle_studio.session.house import Choose, House, WindowLibrary
    from dalle_studio.storage.settings import Settings
    from dalle_studio.workflow.lanes import ThreadLanes

T = TypeVar("T")


class EditorState(QObject):
    """Signals and properties; the parts of the editor that change something build on it."""

    document_changed = Signal()
    pixels_changed = Signal(object)
    mask_changed = Signal(object)
    """Region of the mask that was changed by something else than a stroke; `view.mask` shows it already."""
    preview_changed = Signal()
    sight_back = Signal(object)
    """A photo that was left comes back: how it lay on the canvas, as `Draft.sight` says it."""
    opening_previewed = Signal(object)
    """(h, w, 3) uint8: a first sight of the photo that is being opened."""
    title_changed = Signal()
    undo_changed = Signal()
    busy_changed = Signal(bool)
    loading_changed = Signal(bool)
    progress_changed = Signal(object)
    message = Signal(str, str, str)
    edit_finished = Signal(object)
    edit_failed = Signal(object)
    choices_changed = Signal()
    request_changed = Signal()
    plan_changed = Signal()
    english_changed = Signal(str)
    references_changed = Signal()
    markup_changed = Signal()
    """What is drawn onto the photo for the engine is another thing."""
    meaning_changed = Signal(str)
    """What the English says, in the prompt's language; empty = nobody asked, or it says something else by now."""
    library_changed = Signal()
    sent_today_changed = Signal()
    bug_met = Signal(object)
    """UnexpectedProblem, with what "copy diagnostics" copies."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__()
        self.words = words
        self._house = house
        self._choose = choose
        self._worker = Worker(Post())
        self._document: Document | None = None
        self._view: DocumentView | None = None
        self._keep_view = False
        self._no_undo = UndoStack()
        self._editing: Job[Any] | None = None
        self._loading: Job[Any] | None = None
        self._partial: Progress | None = None
        self._brush = Brush()
        self._closed = False
        self._lasting = 0  # jobs that closing the window must not lose

    # --- the open photo ----------------------------------------------------------------------------------------

    @property
    def has_document(self) -> bool:
        return self._document is not None

    @property
    def picture(self) -> Picture | None:
        return None if self._document is None else self._document.picture

    @property
    def mask(self) -> Mask | None:
        return None if self._document is None else self._document.mask

    @property
    def mask_spent(self) -> bool:
        """An edit used this mask and nobody touched it since: the overlay would only hide the result."""
        return self._document is not None and self._document.spent

    @property
    def view(self) -> DocumentView | None:
        """What the canvas draws."""
        return self._view

    @property
    def keep_view(self) -> bool:
        """True while `document_changed` tells of the same photo at another size."""
        return self._keep_view

    @property
    def path(self) -> Path | None:
        return None if self._document is None else self._document.path

    @property
    def title(self) -> str:
        """The photo's name; empty without one."""
        return "" if self._document is None else self._document.name

    @property
    def size(self) -> Size | None:
        return None if self._document is None else self._document.picture.size

    @property
    def undo(self) -> UndoStack:
        return self._no_undo if self._document is None else self._document.undo

    @property
    def original_id(self) -> str | None:
        document = self._document
        return None if document is None or document.original is None else document.original.original_id

    @property
    def current_edit(self) -> str | None:
        """The edit that is shown; None = the photo as it was opened."""
        return None if self._document is None else self._document.version.edit_id

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        return () if self._document is None else self._document.version.candidates

    @property
    def chosen(self) -> int:
        """Which of `candidates` is shown, counted from 0."""
        if self._document is None:
            return 0
        version = self._document.version
        return next((at for at, one in enumerate(version.candidates) if one.index == version.chosen), 0)

    @property
    def identical(self) -> bool | None:
        """Whether everything outside mask and band was found identical; None = there is no outside."""
        return None if self._document is None else self._document.version.identical

    @property
    def before(self) -> Patch | None:
        """The pixels that the present edit replaced."""
        return None if self._document is None else self._document.before

    @property
    def save_needs_name(self) -> bool:
        """True until the user chose where to save: what was opened is never written over unasked."""
        return self._document is not None and not self._document.saved_here

    @property
    def is_saved(self) -> bool:
        """Nothing would be lost to the user's own files by closing now."""
        document = self._document
        return document is None or document.version.edit_id is None or document.saved == document.version

    # --- what goes on ------------------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """An edit is under way."""
        return self._editing is not None

    @property
    def is_keeping(self) -> bool:
        """What was asked for is not on disk yet: a file, a version made here."""
        return self._lasting > 0

    @property
    def is_loading(self) -> bool:
        """A photo is being opened."""
        return self._loading is not None

    @property
    def partial(self) -> Progress | None:
        """The latest partial picture, with its rectangle."""
        return self._partial

    @property
    def library(self) -> WindowLibrary:
        """*Blocking* like every call of it: from a lane only."""
        return self._house.library

    @property
    def settings(self) -> Settings:
        return self._house.settings

    @property
    def worker(self) -> Worker:
        """For the window's own slow work: keys, thumbnails."""
        return self._worker

    @property
    def brush(self) -> Brush:
        return self._brush

    def set_brush(self, radius: float, hardness: float) -> None:
        """`radius` in photo pixels, `hardness` from 0 to 1."""
        self._brush = replace(self._brush, radius=max(0.5, radius), hardness=min(1.0, max(0.0, hardness)))

    def set_flow(self, flow: float) -> None:
        """How much a stroke reaches at most, above 0 to 1."""
        self._brush = replace(self._brush, flow=min(1.0, max(0.01, flow)))

    def set_stroke(self, *, spacing: float, smoothing: float, pressure: Pressure) -> None:
        """How strokes follow the hand, as `Brush` has it."""
        self._brush = replace(self._brush, spacing=spacing, smoothing=smoothing, pressure=pressure)

    @property
    def is_idle(self) -> bool:
        """Nothing is loading or running."""
        return self._worker.is_idle

    def wait_idle(self, seconds: float) -> bool:
        """Run the event loop until nothing is loading or running; False when that takes longer."""
        loop, timer = QEventLoop(), QElapsedTimer()
        timer.start()

        def look() -> None:
            if self.is_idle or timer.hasExpired(int(seconds * 1000)):
                loop.quit()

        looks = QTimer()
        looks.timeout.connect(look)
        looks.start(5)
        loop.exec()
        while not self.is_idle and not timer.hasExpired(int(seconds * 1000)):
            loop.exec()  # something began between the look and the end of the loop
        return self.is_idle

    # --- for the parts -----------------------------------------------------------------------------------------

    @property
    def _lanes(self) -> ThreadLanes:
        return self._worker.lanes

    def _submit(
        self,
        name: str,
        factory: Callable[[Tell], Coroutine[Any, Any, T]],
        on_done: Callable[[T], None],
        on_error: Callable[[StudioError], None] | None = None,
        on_progress: Tell | None = None,
        *,
        lasting: bool = False,
    ) -> Job[T]:
        """Run a coroutine on the worker; its failure becomes a message unless `on_error` takes it.

        What is `lasting` must not be lost by closing the window (`is_keeping`).
        """
        self._lasting += lasting

        def done(result: T) -> None:
            on_done(result)
            self._lasting -= lasting

        def failed(error: StudioError) -> None:
            if isinstance(error, UnexpectedProblem):
                self.bug_met.emit(error)
            (on_error or self._tell_failure)(error)
            self._lasting -= lasting

        return self._worker.submit(name, factory, on_done=done, on_error=failed, on_progress=on_progress)

    def _tell_failure(self, error: StudioError) -> None:
        """One clear sentence for what went wrong."""
        kind = "info" if isinstance(error, Cancelled) else "error"
        self.message.emit(kind, *self.words.of(error))

    def _tell(self, kind: str, message: str, **params: object) -> None:
        hint = f"{message}.hint"
        self.message.emit(
            kind, self.words(message, **params), self.words(hint, **params) if self.words.has(hint) else ""
        )

    def _set_partial(self, progress: Progress | None) -> None:
        if progress is not self._partial:
            self._partial = progress
            self.preview_changed.emit()
