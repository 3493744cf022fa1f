"""Keeping what is not used yet: mask and words go to the data folder every few seconds, and come back. GUI thread."""

from __future__ import annotations

import itertools
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer

from dalle_studio.core.errors import StudioError
from dalle_studio.core.words import Words
from dalle_studio.session.editor_masks import QUICK_AREA
from dalle_studio.session.editor_steps import EditorSteps
from dalle_studio.tools.pointer import Pressure

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.session.document import Document
    from dalle_studio.session.drafts import Draft
    from dalle_studio.session.house import Choose, House
    from dalle_studio.session.mask_look import MaskLook
    from dalle_studio.session.worker import Tell

_KEEP_MS: Final = 4000
"""From the first change to the disk, so that no more than five seconds of painting can be lost."""

_AGAIN_MS: Final = 300
"""How soon it is tried again while a stroke is held, so that a long stroke is kept as soon as it ends."""

_LAST_SECONDS: Final = 1.0
"""How long closing waits for the last draft."""


@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """Something to be kept: `encode` for a pixel lane, `store` for the disk's."""

    encode: Callable[[], bytes | None]
    store: Callable[[bytes | None], None]


class EditorDrafts(EditorSteps):
    """What was painted and written, but not used."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._unkept = False
        self._worked = False  # painted or written on the photo since it was opened
        self._changed_since_load = False  # while another version, or the same photo again, is being opened
        self.ask_sight: Callable[[], tuple[float, float, float] | None] = lambda: None
        """How the photo lies on the canvas, for the draft; see `Draft.sight`."""
        self._told = False  # that the disk does not take it
        self._numbers = itertools.count(1)
        self._stored: dict[str, int] = {}  # root → number of its latest draft; the disk's lane only
        self._preferences: dict[str, object] = {}  # chosen, but not in the settings yet
        self._keep_timer = QTimer(self)
        self._keep_timer.setSingleShot(True)
        self._keep_timer.timeout.connect(self.keep_draft)
        self.request_changed.connect(self._draft_changed)

    def _mask_touched(self) -> None:
        super()._mask_touched()
        self._draft_changed()

    def _draft_changed(self) -> None:
        if self._document is not None and self._document.root is not None and not self._closed:
            self._unkept = self._changed_since_load = self._worked = True
            if not self._keep_timer.isActive():
                self._keep_timer.start(_KEEP_MS)

    def keep_draft(self) -> None:
        """Bring mask and words to the disk now."""
        self._keep_timer.stop()
        if self._document is not None and self._document.mask.is_open:
            self._keep_timer.start(_AGAIN_MS)
            return
        for writing in self._writings():
            self._write(writing)

    def _write(self, writing: Writing) -> None:
        async def store(_: Tell) -> None:
            await self._lanes.disk(writing.store, await self._lanes.cpu(writing.encode))

        self._submit("keep draft", store, self._kept, self._not_kept)

    def set_brush(self, radius: float, hardness: float) -> None:
        super().set_brush(radius, hardness)
        self._prefer(brush_radius=self.brush.radius, brush_hardness=self.brush.hardness)

    def set_stroke(self, *, spacing: float, smoothing: float, pressure: Pressure) -> None:
        super().set_stroke(spacing=spacing, smoothing=smoothing, pressure=pressure)
        self._prefer(stroke_spacing=spacing, stroke_smoothing=smoothing, stroke_pressure=str(pressure))

    def keep_look(self, look: MaskLook, opacity: float, colour: tuple[int, int, int] | None, *, inverted: bool) -> None:
        """How the mask is shown, for the next start."""
        self._prefer(mask_look=str(look), overlay_opacity=opacity, overlay_colour=colour, overlay_inverted=inverted)

    def _prefer(self, **choices: object) -> None:
        """Keep for the next start what the user chose."""
        super()._prefer(**choices)
        self._preferences |= choices
        if not self._closed and not self._keep_timer.isActive():
            self._keep_timer.start(_KEEP_MS)

    def _writings(self) -> list[Writing]:
        """What is not on the disk yet."""
        found = []
        document = self._document
        if self._unkept and document is not None and document.root is not None:
            self._unkept = False
            found.append(self._draft(document, document.root))
        if self._preferences:
            chosen, self._preferences = self._preferences, {}
            found.append(self._preference(chosen))
        return found

    def _draft(self, document: Document, root: str) -> Writing:
        mask = document.mask
        pixels, bounds = mask.pixels, mask.bounds
        # A large mask is read on the worker while the user may go on painting: a copy made here would hold up the
        # window; half a stroke in a draft is no harm, since the stroke makes the next draft.
        frozen = mask.freeze() if bounds.area <= QUICK_AREA else None
        codec, places = self._house.codec, self._house.places
        version, size, mode = document.version, document.picture.size, self.mode
        words = (self.prompt, self.english, self._choices.english_of)
        marks = document.markups.get(version.edit_id, ())
        references, number = self.references, next(self._numbers)
        spent, sight, worked = document.spent, self.ask_sight(), self._worked

        def encode() -> bytes | None:
            if frozen is not None:
                return None if frozen.is_empty else codec.encode_png(frozen.full())
            return codec.encode_png(pixels.copy()) if pixels.any() else None

        def store(mask_png: bytes | None) -> None:
            from dalle_studio.session import drafts

            if not worked and drafts.is_held(places, drafts.load(places.journal, root)):
                return  # it was only looked at here; what is painted in the other window is newer
            if self._stored.get(root, 0) < number:  # a larger one may have taken longer to encode
                self._stored[root] = number
                shown = (root, version.edit_id, size, mask_png, mode)
                draft = drafts.Draft(*shown, *words, references, marks, spent=spent, sight=sight)
                drafts.store(places, draft)

        return Writing(encode, store)

    def _preference(self, chosen: dict[str, object]) -> Writing:
        places = self._house.places

        def store(_: bytes | None) -> None:
            from dalle_studio.storage import settings

            settings.change(places, **chosen)

        return Writing(lambda: None, store)

    def _kept(self, _: None) -> None:
        self._told = False

    def _not_kept(self, error: StudioError) -> None:
        self._unkept = True
        if error.kind != "cancelled" and not self._told:  # a full disk stays full for a while: once is enough
            self._told = True
            self._tell_failure(error)

    def _keep_last_draft(self) -> None:
        """On the way out: the worker may be busy with something that never ends, so a thread of its own writes it."""
        self._keep_timer.stop()
        writings = self._writings()
        if writings:
            thread = threading.Thread(target=_quietly, args=(writings,), name="last draft", daemon=True)
            thread.start()
            thread.join(_LAST_SECONDS)

    def note_sight(self) -> None:
        """The photo lies elsewhere on the canvas: worth keeping when it is closed, not worth a writing of its own."""
        self._keep_when_closed()

    def _draft_may_be_gone(self) -> None:
        """Another process wrote to the library: emptying the trash takes drafts along, also that of the open photo."""
        self._keep_when_closed()

    def _keep_when_closed(self) -> None:
        self._unkept = self._unkept or (self._document is not None and self._document.root is not None)

    def _take_draft(self, draft: Draft, *, others_kept: bool) -> None:
        """Words, mode and references of a draft; its mask is in place already.

        They take the place of what the user has written for the photo that was left, `others_kept`, but not of words
        that stand nowhere else.
        """
        if draft.prompt and (others_kept or not self.prompt):
            before = self.english
            self._choices.prompt = draft.prompt
            self._choices.english, self._choices.english_of = draft.english, draft.english_of
            self._forget_meaning()
            if draft.english != before:
                self.english_changed.emit(draft.english)
            self._choices.mode = draft.mode
        if draft.sight is not None and draft.size == self.size:
            self.sight_back.emit(draft.sight)
        if draft.references and (others_kept or not self.references):
            self._put_references(draft.references)
        document = self._document
        if draft.markup and document is not None and not document.markups.get(draft.edit_id):
            document.markups[draft.edit_id] = draft.markup
            self.markup_changed.emit()
        if draft.mask_png is not None or draft.prompt or draft.references or draft.markup:
            self._tell("info", "session.draft_back")


def _quietly(writings: list[Writing]) -> None:
    """Nobody is there to be told any more."""
    for writing in writings:
        with suppress(StudioError):
            writing.store(writing.encode())
