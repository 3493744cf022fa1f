"""Pictures that go along to show what is meant: added, taken away, put in order. GUI thread; the worker reads them.

They are made clean (upright, sRGB, without metadata) when they are added, so what is shown is what leaves.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QImage

from dalle_studio.core.operation import Operation
from dalle_studio.core.reference import Reference
from dalle_studio.session.choices import LOCAL
from dalle_studio.session.editor_english import EditorEnglish

if TYPE_CHECKING:
    import asyncio

    from dalle_studio.core.words import Words
    from dalle_studio.session.house import Choose, House
    from dalle_studio.session.worker import Tell

_THUMBNAIL: Final = 96


class EditorReferences(EditorEnglish):
    """The reference pictures of the request."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._one_by_one: asyncio.Lock | None = None
        """Made and held on the worker: of several that are added together, the second stays the second."""

    @property
    def references(self) -> tuple[Reference, ...]:
        return self._choices.references

    @property
    def max_references(self) -> int | None:
        """How many may go along with the present engine and mode; 0 where none are looked at, None = not known yet."""
        if self.mode is Operation.REMOVE or self.engine == LOCAL:
            return 0
        if self._ahead is None:
            return None
        return self._ahead.info.max_pictures - (self.mode is not Operation.GENERATE)

    @property
    def sent_references(self) -> int:
        """How many of them would be sent: the first ones, where there are too many."""
        most = self.max_references
        return len(self.references) if most is None else min(len(self.references), most)

    def add_reference(self, path: Path) -> None:
        """From a file."""
        self._add(path.name, lambda: self._lanes.cpu(_read, path))

    def add_reference_bytes(self, data: bytes, name: str) -> None:
        """From the clipboard."""

        async def given() -> bytes:
            return data

        self._add(name, given)

    def use_as_reference(self, version_id: str, name: str) -> None:
        """The picture of a version of the history, by the id of its edit or original."""
        house, lanes = self._house, self._lanes

        async def make() -> bytes:
            from dalle_studio.session import comparing

            pixels = await comparing.shown_pixels(house, lanes, version_id)
            return await lanes.cpu(house.codec.encode_png, pixels)

        self._add(name, make)

    def remove_reference(self, at: int) -> None:
        kept = self.references
        self._set_references((*kept[:at], *kept[at + 1 :]))

    def move_reference(self, at: int, to: int) -> None:
        """Which one comes first matters where a prompt says “the second picture”."""
        kept = list(self.references)
        kept.insert(to, kept.pop(at))
        self._set_references(tuple(kept))

    def use_references_of(self, edit_id: str) -> None:
        """Those that went along with an edit of the history."""
        library = self._house.library

        async def load(_: Tell) -> tuple[Reference, ...]:
            def read() -> tuple[Reference, ...]:
                return tuple(Reference.of("", library.blob(blob)) for blob in library.edit(edit_id).references)

            return await self._lanes.disk(read)

        self._submit("references", load, self._set_references)

    def load_reference(self, reference: Reference, show: Callable[[QImage], None]) -> None:
        """Hand a small picture of it to `show`, on the GUI thread."""

        async def load(_: Tell) -> QImage:
            def shrink() -> QImage:
                from PySide6.QtCore import Qt

                from dalle_studio.session.qimages import share_picture

                pixels = self._house.codec.decode_png(reference.png)
                image = share_picture(pixels).image  # type: ignore[arg-type]  # (h, w, 3) uint8, made by us
                side, keep = 2 * _THUMBNAIL, Qt.AspectRatioMode.KeepAspectRatioByExpanding
                return image.scaled(side, side, keep, Qt.TransformationMode.SmoothTransformation)

            return await self._lanes.cpu(shrink)

        self._submit("reference", load, show, lambda _: show(QImage()))

    def _add(self, name: str, fetch: Callable[[], Awaitable[bytes]]) -> None:
        codec = self._house.codec

        async def clean(_: Tell) -> Reference:
            import asyncio  # not before the first paint

            self._one_by_one = self._one_by_one or asyncio.Lock()
            async with self._one_by_one:
                data = await fetch()
                return await self._lanes.cpu(lambda: Reference.of(name, codec.clean_reference(data, name=name)))

        self._submit("reference", clean, self._added)

    def _added(self, reference: Reference) -> None:
        if any(one.sha256 == reference.sha256 for one in self.references):
            self._tell("info", "session.reference_twice", name=reference.name or "–")
        elif self.max_references and len(self.references) >= self.max_references:
            self._tell("warning", "session.references_full", limit=self.max_references)
        else:
            self._set_references((*self.references, reference))

    def _set_references(self, references: tuple[Reference, ...]) -> None:
        if references != self.references:
            self._put_references(references)
            self._changed()

    def _put_references(self, references: tuple[Reference, ...]) -> None:
        self._choices.references = references
        self.references_changed.emit()


def _read(path: Path) -> bytes:
    from dalle_studio.formats import opening

    return opening.read_file(path)
