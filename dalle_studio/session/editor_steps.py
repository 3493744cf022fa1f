"""Undo, candidates, and changes of the whole mask. GUI thread; other pictures are made on the worker first."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dalle_studio.core.errors import StudioError
from dalle_studio.core.geometry import Rect
from dalle_studio.core.undo import Step
from dalle_studio.session.editor_request import EditorRequest

if TYPE_CHECKING:
    from pathlib import Path

    from dalle_studio.core.picture import MaskPixels
    from dalle_studio.core.words import Words
    from dalle_studio.session.document import PictureStep
    from dalle_studio.session.house import Choose, House
    from dalle_studio.session.showing import Showing
    from dalle_studio.session.worker import Tell


class EditorSteps(EditorRequest):
    """What can be taken back."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._swapping = False
        self._wanted: deque[Callable[[], None]] = deque()  # undo and redo pressed while a picture is being made

    # --- the mask ----------------------------------------------------------------------------------------------

    def push_step(self, step: Step) -> None:
        """A stroke that the canvas has finished and shown."""
        if self._document is None:
            return
        self._document.push(step)
        self.undo_changed.emit()
        self._mask_touched()

    def begin_stroke(self, *, erases: bool = False) -> Rect:
        """Open a mask step for a stroke. A mask that an edit has used up makes room for a new one, in the same step.

        Returns what must be repainted for that.
        """
        document = self._document
        if document is None:
            return Rect(0, 0, 0, 0)
        mask = document.mask
        used = mask.bounds if document.spent and not erases else Rect(0, 0, 0, 0)
        mask.begin()
        if not used.is_empty:
            mask.writable(used)[...] = 0
        return used

    def clear_mask(self) -> None:
        if self._document is not None:
            self._write_mask("session.step.clear", self._document.mask.bounds, _clear)

    def invert_mask(self) -> None:
        if self._document is not None:
            self._write_mask("session.step.invert", Rect.of_size(self._document.picture.size), _invert)

    def select_all(self) -> None:
        if self._document is not None:
            self._write_mask("session.step.all", Rect.of_size(self._document.picture.size), _fill)

    def import_mask(self, path: Path, invert: bool = False) -> None:
        """A mask from a file in any convention, in place of the present one."""
        self._import(lambda: _read(path), str(path), invert=invert)

    def import_mask_bytes(self, data: bytes) -> None:
        """A mask from the clipboard."""
        self._import(lambda: data, "mask", invert=False)

    def export_mask(self, path: Path) -> None:
        """In the form that engines and most tools understand: alpha 0 and white = edit."""
        from dalle_studio.session import masks

        if self._document is not None:
            frozen = self._document.mask.freeze()
            self._submit(
                "export mask",
                lambda _: masks.export(self._lanes, frozen, path),
                lambda _: self._tell("info", "session.mask_saved", name=path.name),
            )

    def _import(self, read: Callable[[], bytes], name: str, *, invert: bool) -> None:
        from dalle_studio.session import masks

        document = self._document
        if document is None:
            return
        size = document.picture.size

        def done(found: masks.Found) -> None:
            if self._document is not document or document.mask.size != size:
                return
            self._write_mask("session.step.import", Rect.of_size(size), lambda part: _copy(found.pixels, part))
            for warning in found.warnings:
                self._tell("warning", warning)

        self._submit("import mask", lambda _: masks.read(self._lanes, read, name, size, invert=invert), done)

    def _write_mask(self, name: str, rect: Rect, change: Callable[[MaskPixels], None]) -> None:
        """Change the mask as one step. Nothing happens while a stroke is open."""
        document = self._document
        if document is None or document.mask.is_open or rect.is_empty:
            return
        document.mask.begin()
        change(document.mask.writable(rect))
        step = document.mask.commit(name)
        if step is not None:
            document.push(step)
            self._touched(rect)
            self._mask_touched()

    def _mask_touched(self) -> None:
        """For the parts above: the mask is another one now."""
        self._plan_soon()

    # --- undo --------------------------------------------------------------------------------------------------

    def undo_step(self) -> None:
        self._step(lambda: self.undo.next_undo, lambda: self.undo.undo())  # noqa: PLW0108 - another photo's list by then

    def redo_step(self) -> None:
        self._step(lambda: self.undo.next_redo, lambda: self.undo.redo())  # noqa: PLW0108 - as above

    def _step(self, find: Callable[[], Step | None], swap: Callable[[], tuple[Step, Rect] | None]) -> None:
        document = self._document
        if document is None or document.mask.is_open:
            return
        if self._swapping:
            self._wanted.append(lambda: self._step(find, swap))
            return
        step = find()
        if step is None:
            return
        from dalle_studio.session.document import PictureStep

        if isinstance(step, PictureStep):
            self._swap_picture(step, find, swap)
            return
        swapped = swap()
        if swapped is not None:
            edit = self.undo.next_undo  # back at the mask that an edit used?
            document.spent = isinstance(edit, PictureStep) and edit is document.made_by and edit.after.spent
            self._touched(swapped[1])
            self._mask_touched()

    def _swap_picture(
        self, step: PictureStep, find: Callable[[], Step | None], swap: Callable[[], tuple[Step, Rect] | None]
    ) -> None:
        from dalle_studio.session import showing, versions

        base, side = step.document.picture, step.target

        async def make(_: Tell) -> Showing:
            picture = await versions.other_side(self._house, self._lanes, step, base, self.original_id)
            return await showing.prepare(
                self._lanes, self._house.codec, picture, shown=base.size, mask=side.mask, rect=step.rect
            )

        def done(made: Showing) -> None:
            if find() is step and step.document.picture is base:
                step.ready, side.mask = made.picture, made.mask or side.mask
                swapped = swap()
                if swapped is not None:
                    self._show(made, swapped[1])
            self._swapped()

        self._start_swapping("undo", make, done)

    # --- candidates --------------------------------------------------------------------------------------------

    def step_candidate(self, by: int) -> None:
        """Show the next (+1) or the previous (-1) candidate of the present edit, round and round."""
        document = self._document
        if document is None or len(document.version.candidates) < 2 or self._swapping or document.mask.is_open:
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

    def _swapped(self) -> None:
        self._swapping = False
        while self._wanted and not self._swapping:
            self._wanted.popleft()()

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


def _clear(part: MaskPixels) -> None:
    part[...] = 0


def _fill(part: MaskPixels) -> None:
    part[...] = 255


def _invert(part: MaskPixels) -> None:
    part ^= 255


def _copy(pixels: MaskPixels, part: MaskPixels) -> None:
    part[...] = pixels


def _read(path: Path) -> bytes:
    from dalle_studio.formats import opening

    return opening.read_file(path)
