"""Selections, and operations on the mask with their previews. GUI thread; the pixels are the worker's.

What takes its time is worked out first, with the mask as it was, and can be cancelled until then; only the result is
written (`editor_masks`). Meanwhile there is no painting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import Signal

from dalle_studio.core.errors import StudioError
from dalle_studio.imaging.selection import Combine
from dalle_studio.imaging.stopping import ShouldStop, never
from dalle_studio.session.editor_masks import EditorMasks, Working

if TYPE_CHECKING:
    from dalle_studio.core.mask import FrozenMask, Mask
    from dalle_studio.core.words import Words
    from dalle_studio.session.document import Document
    from dalle_studio.session.document_view import MaskLevels
    from dalle_studio.session.house import Choose, House
    from dalle_studio.tools.selecting import SelectionJob

Selecting: TypeAlias = "Callable[[ShouldStop], FrozenMask]"

MaskWork: TypeAlias = "Callable[[FrozenMask, ShouldStop], FrozenMask]"
"""From the present mask to the next one; pure, on any thread. Raises Cancelled soon after it is told to stop."""


@dataclass(slots=True, eq=False)
class _Preview:
    """What an operation would make of the mask, while its slider is moved."""

    start: FrozenMask | None = None
    work: MaskWork | None = None
    """The latest that was asked for."""
    running: Working | None = None
    shown: tuple[MaskWork, FrozenMask, MaskLevels] | None = None


class EditorSelections(EditorMasks):
    """What chooses where the photo is to change."""

    selecting_changed = Signal(bool)
    """A selection that takes its time began or ended."""
    mask_preview_changed = Signal()
    """`mask_preview` is another one."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._preview: _Preview | None = None
        self.document_changed.connect(self._forget_mask_work)

    def settle_mask(self) -> bool:
        return super().settle_mask() and self._preview is None

    # --- selections and operations -----------------------------------------------------------------------------

    @property
    def is_selecting(self) -> bool:
        """A selection or an operation on the mask is being worked out."""
        return self._working is not None

    def select(self, job: SelectionJob) -> None:
        """Make the selection that a tool asks for and join it to the mask, as one step."""
        document = self._document
        if document is None or document.mask.is_open:
            return
        if self._mask_waits:
            mask = document.mask
            self._wanted.append(lambda: self._select_on(mask, job))
            return
        # A mask that an edit has used up makes room for a new one, as with strokes.
        how = Combine.REPLACE if document.spent and job.combine is Combine.ADD else job.combine
        if not job.is_slow:
            self._join(document, job.name, job.work(never), how)
            return
        self._work_out(document, job.name, job.work, how, tells=True)

    def _select_on(self, mask: Mask, job: SelectionJob) -> None:
        """After what went before; in another frame the job means another place."""
        if self.mask is mask:
            self.select(job)

    def change_mask(self, name: str, work: MaskWork) -> None:
        """Put what `work` makes of the mask in its place, as one step. `name` is a message id."""
        document = self._document
        if document is None or document.mask.is_open:
            return
        self.drop_preview()
        if self._mask_waits:
            self._wanted.append(partial(self.change_mask, name, work))
            return
        pixels = document.mask.pixels

        def make(should_stop: ShouldStop) -> FrozenMask:
            from dalle_studio.core.mask import FrozenMask

            return work(FrozenMask.of(pixels), should_stop)

        self._work_out(document, name, make, Combine.REPLACE, tells=False)

    def cancel_selection(self) -> bool:
        """End what is being worked out, with the mask as it was. False when there is nothing."""
        if self._working is None:
            return False
        self._working.cancel()
        return True

    # --- previews ----------------------------------------------------------------------------------------------

    @property
    def mask_preview(self) -> MaskLevels | None:
        """What to draw instead of the mask, while an operation is being adjusted."""
        return None if self._preview is None or self._preview.shown is None else self._preview.shown[2]

    @property
    def is_previewing(self) -> bool:
        return self._preview is not None

    def preview_mask(self, work: MaskWork) -> None:
        """Show what `work` would make of the mask; of several asked for in a row the last one counts."""
        document = self._document
        if document is None or not (self._preview is not None or self.settle_mask()) or document.mask.is_open:
            return
        if self._preview is None:
            self._preview = _Preview()
        preview = self._preview
        preview.work = work
        if preview.running is not None:
            preview.running.cancel()
        running = preview.running = Working()
        pixels, start = document.mask.pixels, preview.start

        def make() -> tuple[FrozenMask, FrozenMask, MaskLevels]:
            from dalle_studio.core.mask import FrozenMask
            from dalle_studio.session.document_view import MaskLevels

            begun = FrozenMask.of(pixels) if start is None else start
            made = work(begun, running.stop.is_set)
            return begun, made, MaskLevels(made.full())

        def done(found: tuple[FrozenMask, FrozenMask, MaskLevels]) -> None:
            if self._preview is preview:
                preview.start, made, levels = found
                if preview.running is running:
                    preview.running, preview.shown = None, (work, made, levels)
                    self.mask_preview_changed.emit()

        def failed(error: StudioError) -> None:
            if preview.running is running:
                preview.running = None
            if error.kind != "cancelled":
                self._tell_failure(error)

        running.job = self._submit("preview mask", lambda _: self._lanes.cpu(make), done, failed)

    def apply_preview(self, name: str) -> None:
        """Make what was asked for last into a step."""
        preview, document = self._preview, self._document
        self.drop_preview()
        if preview is None or preview.work is None or document is None:
            return
        if preview.shown is not None and preview.shown[0] is preview.work:
            self._join(document, name, preview.shown[1], Combine.REPLACE)
        else:
            self.change_mask(name, preview.work)

    def drop_preview(self) -> None:
        """Show the mask as it is. Whatever else changes the mask does so too: nobody saw that it would."""
        preview, self._preview = self._preview, None
        if preview is not None:
            if preview.running is not None:
                preview.running.cancel()
            self.mask_preview_changed.emit()

    # --- inside ------------------------------------------------------------------------------------------------

    def _work_out(self, document: Document, name: str, work: Selecting, how: Combine, *, tells: bool) -> None:
        """`tells` says when nothing was found, and leaves the mask alone then."""
        working = self._working = Working()

        def over() -> bool:
            if self._working is not working:
                return False
            self._working = None
            self.selecting_changed.emit(False)
            return self._document is document and not document.mask.is_open

        def done(chosen: FrozenMask) -> None:
            if over():
                if chosen.is_empty and tells:
                    working.stop.set()  # and nothing that waits for it is done with the mask as it was
                    self._tell("info", "tools.found_nothing")
                else:
                    self._join(document, name, chosen, how)
            self._drain()

        def failed(error: StudioError) -> None:
            working.stop.set()
            over()
            self._tell_failure(error)
            self._drain()

        working.job = self._submit("select", lambda _: self._lanes.cpu(work, working.stop.is_set), done, failed)
        self.selecting_changed.emit(True)

    def _forget_mask_work(self) -> None:
        """Another photo, or another frame of it: what was worked out belongs to the one before."""
        if not self.keep_view:
            self._wanted.clear()
        self.cancel_selection()
        self.drop_preview()
