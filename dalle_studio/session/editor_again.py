"""What was asked for once, asked for again: an edit's own choices, words, references and mask. Nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from dalle_studio.core.operation import Operation
from dalle_studio.session.editor_history import EditorHistory

if TYPE_CHECKING:
    from dalle_studio.core.frozen_mask import FrozenMask
    from dalle_studio.core.picture import MaskPixels
    from dalle_studio.core.records import EditRecord
    from dalle_studio.core.reference import Reference
    from dalle_studio.session.document import Document
    from dalle_studio.session.house import House
    from dalle_studio.session.worker import Tell


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """What an edit was asked for with."""

    record: EditRecord
    references: tuple[Reference, ...]
    mask: FrozenMask | None
    """Where it fits onto what is open."""


class EditorAgain(EditorHistory):
    """The choices of an edit of the history, for the next one."""

    def use_again(self, edit_id: str) -> None:
        """Mode, engine, quality, number, words and references of an edit; its mask, too, where the open photo has the
        frame that it was painted in. What was painted is a step that can be undone.
        """
        document = self._document
        version = None if document is None else (document.root, document.version.edit_id)

        async def read(_: Tell) -> _Asked:
            return await self._lanes.disk(_read, self._house, edit_id, version)

        def done(asked: _Asked) -> None:
            self._choose_again(asked.record)
            self._set_references(asked.references)
            if asked.mask is not None and document is not None:
                self._paint_again(document, asked.mask)

        self._submit("use again", read, done)

    def _choose_again(self, record: EditRecord) -> None:
        self.set_mode(record.operation)
        if record.engine in self.engines:
            self.set_engine(record.engine)
            self.set_model(record.model)
        self.set_quality(record.quality)
        self.set_count(record.count)
        if record.operation is Operation.EXTEND:
            self.set_margins(record.margins)
        self.set_prompt(record.prompt)
        if record.prompt_sent and record.prompt_sent != record.prompt:
            self._take_english(record.prompt.strip(), record.prompt_sent)

    def _paint_again(self, document: Document, mask: FrozenMask) -> None:
        if document.mask.size == mask.size:
            self._replace(document, "session.step.again", mask)


def _read(house: House, edit_id: str, version: tuple[str | None, str | None] | None) -> _Asked:
    """*Blocking.* `version` is the open photo's root and the edit that is shown."""
    from dalle_studio.core.reference import Reference

    record = house.library.edit(edit_id)
    references = tuple(Reference.of("", house.library.blob(blob)) for blob in record.references)
    return _Asked(record, references, _mask(house, record, version))


def _mask(house: House, record: EditRecord, version: tuple[str | None, str | None] | None) -> FrozenMask | None:
    from dalle_studio.core.frozen_mask import FrozenMask
    from dalle_studio.session import opening
    from dalle_studio.workflow import restore

    if version is None or record.mask is None or not record.margins.is_empty:
        return None
    library, (root, shown) = house.library, version
    _, _, own_root = opening.find(house, record.edit_id)
    if own_root != root or restore.frame_of(library, shown) != restore.frame_of(library, record.parent):
        return None
    return FrozenMask.of(cast("MaskPixels", house.codec.decode_png(library.blob(record.mask))))
