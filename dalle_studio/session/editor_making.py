"""Versions made here of the same frame, as one undoable step each. GUI thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from dalle_studio.core.errors import StudioError
from dalle_studio.session.editor_frame import EditorFrame

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from dalle_studio.core.picture import Picture
    from dalle_studio.session.document import Document
    from dalle_studio.session.made import Made
    from dalle_studio.session.worker import Tell
    from dalle_studio.workflow.made_here import Ground

    Make = Callable[[Ground, Picture], Coroutine[Any, Any, Made]]
    """On the worker: the version that is shown, and its picture."""


class EditorMaking(EditorFrame):
    """How a version comes about without an engine."""

    def _make_version(self, name: str, make: Make, ended: Callable[[], None] = lambda: None) -> None:
        """Make another version of the one that is shown, the step `name`. `ended` is called once, whatever comes.

        What is wanted meanwhile waits for it. A failure leaves everything as it was.
        """
        document = self._document
        if document is None or not document.can_reload(document.version):
            ended()
            return
        if self._mask_waits:
            self._wanted.append(partial(self._make_version, name, make, ended))
            return
        from dalle_studio.workflow.made_here import Ground

        base, version = document.picture, document.version
        ground = Ground(self.original_id, version.edit_id, version.chosen, document.path)

        async def work(_: Tell) -> Made:
            return await make(ground, base)

        def done(made: Made) -> None:
            self._take_made(document, base, name, made)
            ended()
            self._swapped()
            self.library_changed.emit()

        def failed(error: StudioError) -> None:
            self._wanted.clear()
            ended()
            self._swapped()
            self._tell_failure(error)

        self._swapping = True
        self._submit(name, work, done, failed, lasting=True)

    def _take_made(self, document: Document, base: Picture, name: str, made: Made) -> None:
        """Put it in place, unless another picture is there by now: then it is in the history."""
        if self._document is not document or document.picture is not base:
            return
        from dalle_studio.session.document import PictureStep, Side, Version

        before = Side(document.version, made.before, mask=document.mask, spent=document.spent)
        after = Side(Version.of(made.record), mask=made.showing.mask, spent=document.spent)
        step = PictureStep(name, document, before, after, made.rect, ready=made.showing.picture, done=False)
        (rect,) = step.swap()
        document.add(step)
        self._show(made.showing, rect)
