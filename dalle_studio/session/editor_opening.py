"""Opening and closing photos. What is open stays until the new photo is there. GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QTimer

from dalle_studio.core.errors import StudioError
from dalle_studio.session.editor_drafts import EditorDrafts

if TYPE_CHECKING:
    from dalle_studio.core.picture import Pixels
    from dalle_studio.session.opening import Loaded
    from dalle_studio.session.worker import Tell

_STROKE_MS: Final = 50
"""How often a photo that is loaded looks whether the stroke it waits for is over."""


class EditorOpening(EditorDrafts):
    """From a file or from memory to the open photo."""

    def open(self, path: Path | str) -> None:
        """Open a photo; what is open stays if that fails."""
        place = Path(path).absolute()

        async def load(tell: Tell) -> Loaded:
            await self._lanes.cpu(load_rooms)
            from dalle_studio.session import opening

            return await opening.open_path(self._house, self._lanes, place, tell)

        self._load(load)

    def open_bytes(self, data: bytes, name: str) -> None:
        """Open a picture file that is in memory (the clipboard)."""

        async def load(_: Tell) -> Loaded:
            await self._lanes.cpu(load_rooms)
            from dalle_studio.session import opening

            return await opening.open_data(self._house, self._lanes, data, name, None)

        self._load(load)

    def open_pixels(self, pixels: Pixels, name: str) -> None:
        """Open (h, w, 3|4) sRGB pixels."""

        async def load(_: Tell) -> Loaded:
            await self._lanes.cpu(load_rooms)
            from dalle_studio.session import opening

            return await opening.open_pixels(self._house, self._lanes, pixels, name)

        self._load(load)

    def close_document(self) -> None:
        """Close the photo; mask and words are kept for the next time."""
        self.keep_draft()
        self._cancel_loading()
        self._let_go()
        self._document = self._view = None
        self._set_partial(None)
        self._announce()

    @property
    def is_idle(self) -> bool:
        return super().is_idle and not self.is_loading  # what is loaded may wait for the end of a stroke

    def _cancel_loading(self) -> None:
        if self._loading is None:
            return
        if self._loading.is_over:
            self._end_loading()  # it only waits for the end of a stroke
        else:
            self._loading.cancel()

    def _load(self, factory: Callable[[Tell], Coroutine[Any, Any, Loaded]]) -> None:
        """Open what `factory` loads, in place of what is being opened now."""
        self.keep_draft()  # first: it may be the same photo again
        self._changed_since_load = False
        if self._loading is not None:
            self._loading.cancel()
        else:
            self.loading_changed.emit(True)

        def done(loaded: Loaded) -> None:
            if self._loading is not job or self._closed:
                return  # something else is opened, or nothing any more, while this waited for a stroke
            document = self._document
            if self._holds_all(loaded):
                self._opened(loaded)
            elif document is not None and document.mask.is_open:
                QTimer.singleShot(_STROKE_MS, self, lambda: done(loaded))
            else:
                self._load(factory)

        self._loading = job = self._submit(
            "open",
            factory,
            done,
            lambda error: self._not_opened(job, error),
            lambda sight: self.opening_previewed.emit(sight.pixels),
        )

    def _holds_all(self, loaded: Loaded) -> bool:
        """False where the same photo is open, and was painted or written on since its draft was read."""
        document = self._document
        if document is None or loaded.root is None or document.root != loaded.root:
            return True
        return not (self._changed_since_load or document.mask.is_open)

    def _opened(self, loaded: Loaded) -> None:
        from dalle_studio.session.document import Document

        self._end_loading()
        self.keep_draft()
        others_kept = self._document is not None and self._document.root is not None
        self._let_go()
        self._document = Document(
            picture=loaded.showing.picture,
            mask=loaded.mask,
            name=loaded.name or self.words("session.untitled"),
            path=loaded.path,
            original=loaded.original,
            root=loaded.root,
            version=loaded.version,
            unkept=loaded.unkept,
            problem=None if loaded.version.is_kept else loaded.problem,
            came_spent=loaded.mask_spent,
        )
        self._view = loaded.showing.view
        self._set_partial(None)
        self._announce()
        for notice in loaded.showing.picture.source.notices:
            self._tell("info", notice)
        if loaded.problem is not None:
            self.message.emit("warning", *self.words.of(loaded.problem))
        if loaded.draft is not None:
            self._take_draft(loaded.draft, others_kept=others_kept)
        self._draft_changed()  # so that it is open again after the next start, as it is
        self.request_changed.emit()
        self.library_changed.emit()
        self._worked = False

    def _let_go(self) -> None:
        """The steps refer to their photo and the photo to its steps: free both now, not when Python gets to it."""
        if self._document is not None:
            self._document.undo.clear()

    def _announce(self) -> None:
        """Another photo is open, or none."""
        self.document_changed.emit()
        self.title_changed.emit()
        self.undo_changed.emit()
        self._plan_soon()

    def _not_opened(self, job: object, error: StudioError) -> None:
        if self._loading is job:
            self._end_loading()
            self._tell_failure(error)

    def _end_loading(self) -> None:
        self._loading = None
        self.loading_changed.emit(False)


def load_rooms() -> None:
    """For a lane: load numpy, OpenCV and the codecs."""
    from dalle_studio.session import rooms

    assert rooms.ALL  # noqa: S101 - they are loaded now
