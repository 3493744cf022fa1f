"""Undo and candidates. GUI thread; other pictures, and large changes of the mask, are made on the worker first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dalle_studio.core.errors import StudioError
from dalle_studio.core.geometry import Margins, Rect, Region
from dalle_studio.core.undo import Step
from dalle_studio.session.editor_mask_files import EditorMaskFiles

if TYPE_CHECKING:
    from dalle_studio.core.mask import MaskStep
    from dalle_studio.session.document import Document, PictureStep
    from dalle_studio.session.showing import Showing
    from dalle_studio.session.worker import Tell


class EditorSteps(EditorMaskFiles):
    """What can be taken back."""

    # --- undo --------------------------------------------------------------------------------------------------

    def undo_step(self) -> None:
        if not self._drop_work():  # what is still being made is what someone takes back
            self._undo_last()

    def _undo_last(self) -> None:
        self._step(lambda: self.undo.next_undo, lambda: self.undo.undo())  # noqa: PLW0108 - another photo's by then

    def _drop_work(self) -> bool:
        """End what is being selected or adjusted. False when there is nothing."""
        if not self.is_previewing:
            return self.cancel_selection()
        self.drop_preview()
        return True

    def redo_step(self) -> None:
        self._step(lambda: self.undo.next_redo, lambda: self.undo.redo())  # noqa: PLW0108 - as above

    def go_to_step(self, position: int) -> None:
        """Undo or redo until `position` steps are done."""
        self._drop_work()
        steps = position - self.undo.position
        for _ in range(abs(steps)):
            if steps < 0:
                self._undo_last()
            else:
                self.redo_step()

    def _step(self, find: Callable[[], Step | None], swap: Callable[[], tuple[Step, Region] | None]) -> None:
        document = self._document
        if document is None or self.is_previewing:
            return
        if self._mask_waits:
            self._wanted.append(lambda: self._step(find, swap))
            return
        step = find()
        if step is None or document.mask.is_open:
            return
        from dalle_studio.core.mask import MaskStep
        from dalle_studio.session.document import PictureStep

        if isinstance(step, PictureStep):
            self._swap_picture(step, find, swap)
        elif isinstance(step, MaskStep) and step.is_large and step.mask is document.mask:
            self._swap_large(document, step, swap)
        else:
            swapped = swap()
            if swapped is not None:
                self._refresh(document.mask, swapped[1])
                self._swapped_mask(document, swapped[1])
                self._pack_later(step)

    def _swap_large(self, document: Document, step: MaskStep, swap: Callable[[], tuple[Step, Region] | None]) -> None:
        mask = document.mask

        def work() -> None:
            step.prepare()
            self._refresh(mask, step.region)

        def take(_: None) -> None:
            mask.release()
            if self._document is document:
                swapped = swap()
                if swapped is not None:
                    self._swapped_mask(document, swapped[1])
                    self._pack_later(step)

        self._lend(mask, work, take)

    def _swapped_mask(self, document: Document, region: Region) -> None:
        from dalle_studio.session.document import PictureStep
        from dalle_studio.session.margins_step import MarginsStep

        # Back at the mask that an edit used? Margins leave it alone.
        edit = next((step for step in reversed(self.undo.done) if not isinstance(step, MarginsStep)), None)
        if edit is None:
            document.spent = document.came_spent and self.undo.reaches_start
        else:
            document.spent = isinstance(edit, PictureStep) and edit is document.made_by and edit.after.spent
        self._touched(document, region)

    def _swap_picture(
        self, step: PictureStep, find: Callable[[], Step | None], swap: Callable[[], tuple[Step, Region] | None]
    ) -> None:
        from dalle_studio.session import showing, versions

        base, side = step.document.picture, step.target
        mask = None if side.mask is step.document.mask else side.mask

        async def make(_: Tell) -> Showing:
            picture = await versions.other_side(self._house, self._lanes, step, base, self.original_id)
            return await showing.prepare(
                self._lanes, self._house.codec, picture, shown=base.size, mask=mask, rect=step.rect
            )

        def done(made: Showing) -> None:
            if find() is step and step.document.picture is base:
                step.ready, side.mask = made.picture, made.mask or side.mask
                swapped = swap()
                if swapped is not None:
                    self._show(made, swapped[1][0])
                    if not step.margins.is_empty:
                        self.set_margins(Margins() if step.done else step.margins)
            self._swapped()

        self._start_swapping("undo", make, done)

    # --- candidates --------------------------------------------------------------------------------------------

    def step_candidate(self, by: int) -> None:
        """Show the next (+1) or the previous (-1) candidate of the present edit, round and round."""
        document = self._document
        if document is None or len(document.version.candidates) < 2 or self._mask_waits or document.mask.is_open:
            return
        from dalle_studio.session import showing, versions
        from dalle_studio.session.document import Side

        candidates = document.version.candidates
        index = candidates[(self.chosen + by) % len(candidates)].index
        step, base, version = document.made_by, document.picture, document.version.choosing(index)
        rect = None if step is None else step.rect
        side = Side(version, mask=document.mask, spent=document.spent) if step is None else step.after

        async def make(_: Tell) -> Showing:
            picture = await versions.other_candidate(self._house, self._lanes, step, base, self.original_id, version)
            return await showing.prepare(self._lanes, self._house.codec, picture, shown=base.size, mask=None, rect=rect)

        def done(made: Showing) -> None:
            if self._document is document and document.picture is base:
                if made.mask is not None:
                    side.mask = made.mask
                side.version, spent = version, document.spent
                shown = document.show(made.picture, side, rect)
                document.spent = spent
                self._show(made, shown)
                self.library_changed.emit()
            self._swapped()

        self._start_swapping("candidate", make, done)

    # --- putting pictures in place -----------------------------------------------------------------------------

    def _start_swapping(self, name: str, make: Any, done: Callable[[Showing], None]) -> None:
        def failed(error: StudioError) -> None:
            self._wanted.clear()
            self._swapped()
            self._tell_failure(error)

        self._swapping = True
        self._submit(name, make, done, failed)
        self.waiting_changed.emit()

    def _swapped(self) -> None:
        self._swapping = False
        self._drain()
        self.waiting_changed.emit()

    def _show(self, made: Showing, rect: Rect) -> None:
        """The document has another picture already: let the canvas draw it."""
        assert self._view is not None  # noqa: S101 - a document has one
        self._view = made.put_into(self._view, rect)
        if made.view is not None:
            self._keep_view = True
            self.document_changed.emit()
            self._keep_view = False
        else:
            self.pixels_changed.emit(rect)
        self.undo_changed.emit()
        self._mask_touched()
