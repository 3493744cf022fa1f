"""What is drawn onto the photo for the engine: added, taken away, undone. GUI thread.

A drawing belongs to the version it was drawn on; it goes with a variation, never with a mask.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dalle_studio.core.markup import Mark
from dalle_studio.core.operation import Operation
from dalle_studio.session.choices import LOCAL
from dalle_studio.session.editor_checking import EditorChecking

if TYPE_CHECKING:
    from dalle_studio.core.geometry import Region
    from dalle_studio.session.document import Document


@dataclass(slots=True, eq=False)
class MarkupStep:
    """One undoable change of the drawing. Implements `core.undo.Step`."""

    name: str
    document: Document
    version: str | None
    other: tuple[Mark, ...]
    """What the next swap shows."""
    show: Callable[[], None]

    @property
    def size_bytes(self) -> int:
        return 256 + 64 * sum(len(mark.points) for mark in self.other)

    def swap(self) -> Region:
        self.other, now = self.document.markups.get(self.version, ()), self.other
        self.document.markups[self.version] = now
        self.show()
        return ()


class EditorMarkup(EditorChecking):
    """The drawing on the version that is shown."""

    @property
    def markup(self) -> tuple[Mark, ...]:
        document = self._document
        return () if document is None else document.markups.get(document.version.edit_id, ())

    @property
    def takes_markup(self) -> bool | None:
        """Whether the engine model reads drawings; None = not known yet."""
        if self.engine == LOCAL:
            return False
        return None if self._ahead is None else self._ahead.info.takes_markup

    @property
    def sends_markup(self) -> bool:
        """A drawing goes with a variation: beside a mask the service takes none."""
        return bool(self.markup) and self.mode is Operation.VARY and self.takes_markup is not False

    def add_mark(self, mark: Mark) -> None:
        if mark.says_something:
            self._set_markup((*self.markup, mark), f"markup.step.{mark.pen.kind}")

    def remove_mark_at(self, x: float, y: float, near: float) -> None:
        """The topmost one that is no farther than `near` photo pixels from its line's edge."""
        for at in range(len(self.markup) - 1, -1, -1):
            mark = self.markup[at]
            if mark.distance(x, y) <= near + mark.pen.width / 2:
                self._set_markup((*self.markup[:at], *self.markup[at + 1 :]), "markup.step.remove")
                return

    def clear_markup(self) -> None:
        if self.markup:
            self._set_markup((), "markup.step.clear")

    def _set_markup(self, marks: tuple[Mark, ...], name: str) -> None:
        document = self._document
        if document is None:
            return
        step = MarkupStep(name, document, document.version.edit_id, marks, self._show_markup)
        step.swap()
        document.undo.push(step)
        self.undo_changed.emit()

    def _show_markup(self) -> None:
        self.markup_changed.emit()
        self.request_changed.emit()
