"""The frame of the open photo: turned, mirrored, cropped, straightened, as one undoable step. GUI thread.

The worker does it and the library records it, before it is shown. Meanwhile there is no painting, since the mask goes
along; until then it can be cancelled like a selection that takes its time.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from dalle_studio.core.errors import BadInput, StudioError
from dalle_studio.core.geometry import Margins
from dalle_studio.core.operation import Operation
from dalle_studio.session.editor_markup import EditorMarkup
from dalle_studio.session.editor_masks import Working

if TYPE_CHECKING:
    from dalle_studio.core.geometry import Size
    from dalle_studio.core.reshape import Reshape
    from dalle_studio.session.document import Document
    from dalle_studio.session.reframing import Order, Reframed
    from dalle_studio.session.worker import Tell


class EditorFrame(EditorMarkup):
    """What changes the photo's frame and none of its content."""

    reshaping_changed = Signal(object)
    """How far a change of the frame is, 0 to 1; None when it is over."""

    _reshaping = False

    @property
    def is_reshaping(self) -> bool:
        return self._reshaping

    def reshape(self, reshape: Reshape) -> None:
        """Do it to the photo that is shown and its mask. A failure leaves both as they were."""
        document = self._document
        if document is None or reshape.is_nothing or document.mask.is_open or self.is_previewing:
            return
        problem = self._why_no_reshape(document)
        if problem is not None:
            self._tell_failure(problem)
            return
        if self._mask_waits:
            self._wanted.append(partial(self._reshape_then, document.picture.size, reshape))
            return
        from dalle_studio.session import reframing
        from dalle_studio.workflow.made_here import Ground

        base, version = document.picture, document.version
        ground = Ground(self.original_id, version.edit_id, version.chosen, self.path)
        order = reframing.Order(base, document.mask.pixels, reshape, ground, document.unkept)
        working, self._reshaping = Working(), True
        self._working = working

        async def make(tell: Tell) -> Reframed:
            return await reframing.reframe(self._house, self._lanes, order, tell, working.stop.is_set)

        def over() -> None:
            if self._working is working:
                self._working, self._reshaping = None, False
                self.selecting_changed.emit(False)
                self.reshaping_changed.emit(None)

        def done(reframed: Reframed) -> None:
            over()
            self._take_frame(document, order, reframed)
            self._drain()

        def failed(error: StudioError) -> None:
            over()
            self._tell_failure(error)
            self._drain()

        working.job = self._submit("reshape", make, done, failed, self.reshaping_changed.emit, lasting=True)
        self.selecting_changed.emit(True)
        self.reshaping_changed.emit(0.0)  # last: what is under way is no selection

    def change_margins(self, before: Margins, after: Margins, *, typed: bool = False) -> None:
        """How far the canvas is to grow, as a step that can be taken back; what is typed in a row is one step."""
        from dalle_studio.session.margins_step import MarginsStep

        self.set_margins(after)
        if before == after or self._document is None:
            return
        last = self.undo.next_undo
        if typed and isinstance(last, MarginsStep) and last.joins and not self.undo.can_redo:
            last.after = after
        else:
            self.undo.push(MarginsStep(self._take_margins, before, after, typed))
        self.undo_changed.emit()

    def _take_margins(self, margins: Margins) -> None:
        self.set_mode(Operation.EXTEND)  # where they are seen
        self.set_margins(margins)

    def _reshape_then(self, size: Size, reshape: Reshape) -> None:
        """After what went before; a crop of another frame is no longer what was meant."""
        if reshape.is_lossless or self.size == size:
            self.reshape(reshape)

    def _why_no_reshape(self, document: Document) -> StudioError | None:
        if self.is_busy:
            return BadInput("errors_session.busy_with_edit")
        if document.problem is not None and not document.version.is_kept:
            return document.problem
        return None

    def _take_frame(self, document: Document, order: Order, reframed: Reframed) -> None:
        from dalle_studio.session.document import PictureStep, Side, Version

        if reframed.original is not None:
            document.original, document.unkept = reframed.original, None
            document.root = reframed.original.original_id
        made, version = reframed.showing, Version.of(reframed.record)
        if self._document is document and document.picture is order.picture and not document.mask.is_open:
            before = Side(document.version, mask=document.mask, spent=document.spent)
            after = Side(version, mask=made.mask, spent=document.spent)
            step = PictureStep(f"reshape.step.{order.reshape.title}", document, before, after, done=False)
            step.reshape, step.ready, step.margins = order.reshape, made.picture, self._choices.margins
            (rect,) = step.swap()
            document.add(step)
            self.set_margins(Margins())  # they were meant for another frame
            self._show(made, rect)
        self._history_changed()
