"""Keeping what is not used yet: mask and words go to the data folder every few seconds, and come back. GUI thread."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer

from dalle_studio.core.errors import StudioError
from dalle_studio.core.words import Words
from dalle_studio.session.editor_steps import EditorSteps

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.session.drafts import Draft
    from dalle_studio.session.house import Choose, House
    from dalle_studio.session.worker import Tell

_KEEP_MS: Final = 4000
"""From the first change to the disk, so that no more than five seconds of painting can be lost."""

_LAST_SECONDS: Final = 1.0
"""How long closing waits for the last draft."""


class EditorDrafts(EditorSteps):
    """What was painted and written, but not used."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._unkept = False
        self._preferences: dict[str, object] = {}  # chosen, but not in the settings yet
        self._keep_timer = QTimer(self)
        self._keep_timer.setSingleShot(True)
        self._keep_timer.setInterval(_KEEP_MS)
        self._keep_timer.timeout.connect(self.keep_draft)
        self.request_changed.connect(self._draft_changed)

    def _mask_touched(self) -> None:
        super()._mask_touched()
        self._draft_changed()

    def _draft_changed(self) -> None:
        if self._document is not None and self._document.root is not None and not self._closed:
            self._unkept = True
            if not self._keep_timer.isActive():
                self._keep_timer.start()

    def keep_draft(self) -> None:
        """Bring mask and words to the disk now."""
        self._keep_timer.stop()
        if self._document is not None and self._document.mask.is_open:
            self._keep_timer.start()
            return
        for write in (self._draft_writer(), self._preference_writer()):
            if write is not None:
                self._write(write)

    def _write(self, write: Callable[[], None]) -> None:
        async def store(_: Tell) -> None:
            await self._lanes.disk(write)

        self._submit("keep draft", store, lambda _: None, self._not_kept)

    def set_brush(self, radius: float, hardness: float) -> None:
        super().set_brush(radius, hardness)
        self._prefer(brush_radius=self.brush.radius, brush_hardness=self.brush.hardness)

    def _prefer(self, **choices: object) -> None:
        """Keep for the next start what the user chose."""
        super()._prefer(**choices)
        self._preferences |= choices
        if not self._closed and not self._keep_timer.isActive():
            self._keep_timer.start()

    def _preference_writer(self) -> Callable[[], None] | None:
        chosen, self._preferences = self._preferences, {}
        places = self._house.places

        def write() -> None:
            from dalle_studio.storage import settings

            settings.change(places, **chosen)

        return write if chosen else None

    def _draft_writer(self) -> Callable[[], None] | None:
        """Freeze the present state; the returned call writes it. None when it was written already."""
        document = self._document
        if not self._unkept or document is None or document.root is None:
            return None
        self._unkept = False
        frozen = document.mask.freeze()
        codec, places = self._house.codec, self._house.places
        root, version, size = document.root, document.version, document.picture.size
        mode, prompt, english, saved = self.mode, self.prompt, self.english, document.saved == version

        def write() -> None:
            from dalle_studio.session import drafts

            mask = None if frozen.is_empty else codec.encode_png(frozen.full())
            drafts.store(places, drafts.Draft(root, version.edit_id, size, mask, mode, prompt, english, saved))

        return write

    def _not_kept(self, error: StudioError) -> None:
        self._unkept = True
        if error.kind != "cancelled":
            self._tell_failure(error)

    def _keep_last_draft(self) -> None:
        """On the way out: the worker may be busy with something that never ends, so a thread of its own writes it."""
        self._keep_timer.stop()
        writes = [write for write in (self._draft_writer(), self._preference_writer()) if write is not None]
        if writes:
            thread = threading.Thread(target=_quietly, args=(writes,), name="last draft", daemon=True)
            thread.start()
            thread.join(_LAST_SECONDS)

    def _take_draft(self, draft: Draft) -> None:
        """Words and mode of a draft, where the user has written nothing else; its mask is in place already."""
        if draft.prompt and not self.prompt:
            self._choices.prompt, self._choices.english = draft.prompt, draft.english
            if draft.english:
                self.english_changed.emit(draft.english)
            self._choices.mode = draft.mode
        if draft.mask_png is not None or draft.prompt:
            self._tell("info", "session.draft_back")


def _quietly(writes: list[Callable[[], None]]) -> None:
    """Nobody is there to be told any more."""
    for write in writes:
        with suppress(StudioError):
            write()
