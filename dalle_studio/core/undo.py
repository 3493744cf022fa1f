"""Undo as a list of steps that can be swapped: undoing and redoing are the same act. GUI thread only."""

from __future__ import annotations

from typing import Protocol

from dalle_studio.core.geometry import Region


class Step(Protocol):
    """One undoable change. `name` is a message id; swapping twice changes nothing."""

    @property
    def name(self) -> str: ...

    @property
    def size_bytes(self) -> int:
        """What it keeps in memory. It may get smaller later, and must be cheap to ask for."""
        ...

    def swap(self) -> Region:
        """Undo or redo; returns what of the canvas to repaint, in photo pixels."""
        ...


class UndoStack:
    """Steps in order. Old steps are dropped when the memory limit is passed, but not below `keep` steps.

    Masks as detailed as a photo take megabytes a step: `most_bytes` is what all steps together never exceed for long.
    """

    def __init__(self, limit_bytes: int = 256 * 2**20, keep: int = 200, most_bytes: int = 2**30) -> None:
        self._limit = limit_bytes
        self._keep = keep
        self._ceiling = most_bytes
        self._steps: list[Step] = []
        self._position = 0  # steps before it are done, from it on they are undone
        self._most = 0  # the steps take no more memory than that
        self.reaches_start = True  # no step was dropped: with all of them undone everything is as it was at first

    def push(self, step: Step) -> None:
        """Add a step that was just done; what had been undone can no longer be redone."""
        del self._steps[self._position :]
        self._steps.append(step)
        self._most += step.size_bytes
        if self._most > self._limit:
            self._drop_oldest()
        self._position = len(self._steps)

    def _drop_oldest(self) -> None:
        """Steps are packed after they were added, so sizes are only summed up when need be, and without the last."""
        total = sum(step.size_bytes for step in self._steps[:-1])
        count = 0
        while total > self._ceiling or (total > self._limit and len(self._steps) - count > self._keep):
            total -= self._steps[count].size_bytes
            count += 1
        del self._steps[:count]
        self.reaches_start = self.reaches_start and not count
        self._most = total

    def undo(self) -> tuple[Step, Region] | None:
        """Take back the last step. None when there is none."""
        if not self.can_undo:
            return None
        step = self._steps[self._position - 1]
        dirty = step.swap()
        self._position -= 1
        return step, dirty

    def redo(self) -> tuple[Step, Region] | None:
        if not self.can_redo:
            return None
        step = self._steps[self._position]
        dirty = step.swap()
        self._position += 1
        return step, dirty

    def clear(self) -> None:
        self._steps.clear()
        self._position = self._most = 0

    @property
    def can_undo(self) -> bool:
        return self._position > 0

    @property
    def can_redo(self) -> bool:
        return self._position < len(self._steps)

    @property
    def next_undo(self) -> Step | None:
        """The step that `undo` would take back."""
        return self._steps[self._position - 1] if self.can_undo else None

    @property
    def next_redo(self) -> Step | None:
        """The step that `redo` would do again."""
        return self._steps[self._position] if self.can_redo else None

    @property
    def done(self) -> list[Step]:
        """Oldest first, without those that were undone."""
        return self._steps[: self._position]

    @property
    def position(self) -> int:
        """How many steps are done at present."""
        return self._position

    @property
    def names(self) -> list[str]:
        """Message ids, oldest first, undone ones included."""
        return [step.name for step in self._steps]
