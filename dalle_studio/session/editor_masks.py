"""How the mask is written to, by strokes and by changes of the whole. GUI thread.

Small changes are made at once. Large ones are written on the worker, in place, with the mask lent to it (`Loan`):
whoever needs the mask meanwhile waits (`settle_mask`, a fraction of a second) or queues (`_wanted`). Every change is
one step in the undo list. What selects is in `editor_selections`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Signal

from dalle_studio.core.errors import StudioError
from dalle_studio.core.geometry import Rect, Region
from dalle_studio.imaging.selection import Combine
from dalle_studio.session.editor_references import EditorReferences

if TYPE_CHECKING:
    from dalle_studio.core.mask import FrozenMask, Mask, Rewritten
    from dalle_studio.core.picture import MaskPixels
    from dalle_studio.core.undo import Step
    from dalle_studio.core.words import Words
    from dalle_studio.session.document import Document
    from dalle_studio.session.house import Choose, House
    from dalle_studio.session.worker import Job

QUICK_AREA: Final = 2_000_000
"""Changes of so many pixels take a few milliseconds and are made at once."""


@dataclass(slots=True, eq=False)
class Loan:
    """The mask while a worker writes to it."""

    mask: Mask
    take: Callable[[Any], None]
    """On the GUI thread, with what `work` gave."""
    give_up: Callable[[], None]
    """On the GUI thread, when it failed."""
    done: threading.Event = field(default_factory=threading.Event)
    result: Any = None
    failed: bool = False


@dataclass(slots=True, eq=False)
class Working:
    """A selection that is being worked out; the mask is still as it was."""

    stop: threading.Event = field(default_factory=threading.Event)
    """Nothing shall come of it, or nothing did. May be asked on any thread."""
    job: Job[Any] | None = None

    def cancel(self) -> None:
        self.stop.set()
        if self.job is not None:
            self.job.cancel()


class EditorMasks(EditorReferences):
    """What can be done to the mask."""

    room_made = Signal(object)
    """(Mask) `begin_stroke` is over with a mask that took its time to make room."""
    waiting_changed = Signal()
    """Something that undo and redo wait for begins or is over: `can_undo` and `can_redo` may be others."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._swapping = False
        self._wanted: deque[Callable[[], None]] = deque()  # undo, redo and changes that wait for the mask
        self._loan: Loan | None = None
        self._working: Working | None = None

    # --- strokes -----------------------------------------------------------------------------------------------

    def push_step(self, step: Step) -> None:
        """A stroke that the canvas has finished and shown."""
        if self._document is None:
            return
        self._document.push(step)
        self.undo_changed.emit()
        self._mask_touched()
        self._pack_later(step)

    def settle_mask(self) -> bool:
        """Wait for a change that is being written, a moment. False while the mask is not to be painted on."""
        while self._loan is not None:
            self._loan.done.wait()
            self._end_loan(self._loan)
        return self._working is None

    def begin_stroke(self, *, erases: bool = False) -> Region | None:
        """Open a mask step for a stroke. A mask that an edit has used up makes room for a new one, in the same step.

        Returns what must be repainted for that. None where it takes its time: the step is open when `room_made` comes,
        or there is none because that failed.
        """
        document = self._document
        if document is None:
            return ()
        mask = document.mask
        used = mask.filled if document.spent and not erases else ()
        if sum(rect.area for rect in used) > QUICK_AREA:
            self._make_room(mask)
            return None
        mask.begin()
        for rect in used:
            mask.writable(rect)[...] = 0
        return used

    def _make_room(self, mask: Mask) -> None:
        def work() -> Rewritten:
            done = mask.rewrite(mask.bounds, _cleared, pack=False)
            self._refresh(mask, mask.region(done.cells))
            return done

        def take(done: Rewritten) -> None:
            mask.go_on(done)
            self.room_made.emit(mask)

        self._lend(mask, work, take, lambda: self.room_made.emit(mask))

    def drop_preview(self) -> None:
        """For the parts above: the mask is about to be another one than was being adjusted."""

    # --- the whole ---------------------------------------------------------------------------------------------

    def clear_mask(self) -> None:
        self._whole("session.step.clear", _cleared)

    def invert_mask(self) -> None:
        self._whole("session.step.invert", _inverted)

    def select_all(self) -> None:
        self._whole("session.step.all", _filled)

    def _whole(self, name: str, change: Callable[[Rect, MaskPixels], MaskPixels | None]) -> None:
        document = self._document
        if document is None or (document.mask.is_open and self._loan is None):
            return
        self.drop_preview()
        if self._mask_waits:
            self._wanted.append(partial(self._whole, name, change))
            return
        rect = document.mask.bounds if change is _cleared else Rect.of_size(document.picture.size)
        self._write_mask(document, name, rect, change)

    # --- writing -----------------------------------------------------------------------------------------------

    @property
    def is_keeping(self) -> bool:
        return super().is_keeping or bool(self._wanted)

    @property
    def _mask_waits(self) -> bool:
        return self._swapping or self._loan is not None or self._working is not None

    @property
    def can_undo(self) -> bool:
        """Also while something is under way: what is pressed meanwhile waits for it."""
        return self.undo.can_undo or self._mask_waits

    @property
    def can_redo(self) -> bool:
        return self.undo.can_redo or self._mask_waits

    def _drain(self) -> None:
        while self._wanted and not self._mask_waits:
            self._wanted.popleft()()

    def _join(self, document: Document, name: str, chosen: FrozenMask, how: Combine) -> None:
        """Join a selection to the mask, as one step."""
        from dalle_studio.imaging import selection

        before = document.mask.bounds
        rect = {
            Combine.REPLACE: before.united(chosen.bounds),
            Combine.ADD: chosen.bounds,
            Combine.SUBTRACT: before.intersected(chosen.bounds),
            Combine.INTERSECT: before,
        }[how]

        def change(part: Rect, present: MaskPixels) -> MaskPixels | None:
            if part.intersected(before).is_empty and part.intersected(chosen.bounds).is_empty:
                return None
            return selection.joined(present, chosen.cut(part), how)

        self._write_mask(document, name, rect, change)

    def _write_mask(
        self, document: Document, name: str, rect: Rect, change: Callable[[Rect, MaskPixels], MaskPixels | None]
    ) -> None:
        """Change the mask as one step: at once where that is quick, else on the worker."""
        if rect.is_empty:
            return
        mask = document.mask

        def take(done: Rewritten) -> None:
            step = mask.end_rewriting(name, done)
            if step is not None:
                document.push(step)
                self._pack_later(step)
                self._touched(document, step.region)

        if rect.area <= QUICK_AREA:
            mask.begin()
            done = mask.rewrite(rect, change, pack=False)
            self._refresh(mask, mask.region(done.cells))
            take(done)
            return

        def work() -> Rewritten:
            done = mask.rewrite(rect, change, pack=False)
            self._refresh(mask, mask.region(done.cells))
            return done

        self._lend(mask, work, take)

    def _lend(
        self,
        mask: Mask,
        work: Callable[[], Any],
        take: Callable[[Any], None],
        give_up: Callable[[], None] = lambda: None,
    ) -> None:
        """Let `work` write to the mask on the worker; `take` then gets what it gave, and ends the mask's step.

        Where `work` fails the step is ended and `give_up` called.
        """
        mask.begin()
        loan = self._loan = Loan(mask, take, give_up)

        def run() -> None:
            try:
                loan.result = work()
            except BaseException:
                loan.failed = True
                raise
            finally:
                loan.done.set()

        def failed(error: StudioError) -> None:
            self._end_loan(loan)
            self._tell_failure(error)

        self._submit("change mask", lambda _: self._lanes.mask(run), lambda _: self._end_loan(loan), failed)
        self.waiting_changed.emit()

    def _end_loan(self, loan: Loan) -> None:
        if self._loan is not loan:
            return
        self._loan = None
        if loan.failed:
            loan.mask.release()
            loan.give_up()
        else:
            loan.take(loan.result)
        self._drain()
        self.waiting_changed.emit()

    def _refresh(self, mask: Mask, region: Region) -> None:
        """On any thread: the reductions of the mask, where it is the one that is shown."""
        view, document = self._view, self._document
        if view is not None and document is not None and document.mask is mask:
            for rect in region:
                view.mask.refresh(rect)

    def _touched(self, document: Document, region: Region) -> None:
        """The mask changed by something else than a stroke; its reductions are up to date."""
        if self._document is document:
            self.mask_changed.emit(region)
            self.undo_changed.emit()
            self._mask_touched()

    def _pack_later(self, step: Step) -> None:
        """On the worker, and not in the mask's own lane: nobody waits for it, and it may take seconds."""
        from dalle_studio.core.mask import MaskStep

        if isinstance(step, MaskStep):
            self._submit("pack step", lambda _: self._lanes.cpu(step.pack), _nothing)

    def _mask_touched(self) -> None:
        """For the parts above: the mask is another one now."""
        self._plan_soon()


def _nothing(_: object) -> None:
    pass


def _cleared(_: Rect, present: MaskPixels) -> MaskPixels | None:
    import numpy as np

    return np.zeros_like(present) if present.any() else None


def _filled(_: Rect, present: MaskPixels) -> MaskPixels:
    import numpy as np

    return np.full_like(present, 255)


def _inverted(_: Rect, present: MaskPixels) -> MaskPixels:
    import numpy as np

    return np.bitwise_not(present)
