"""From the open photo to files and the clipboard, as it is shown. GUI thread; the worker encodes and writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dalle_studio.formats.suffixes import can_write
from dalle_studio.session.editor_heat import EditorHeat

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.core.frozen_mask import FrozenMask
    from dalle_studio.session.document import Document
    from dalle_studio.session.saving import Saved
    from dalle_studio.session.worker import Tell


class EditorSaving(EditorHeat):
    """What leaves the program on the user's wish."""

    def save(self, path: Path | str | None = None) -> None:
        """Write the photo to `path`, or to where it was saved before. The format is the name's."""
        document = self._document
        if document is None:
            return
        if self._keeps_first(lambda: self.save(path)):
            return
        target = Path(path).absolute() if path is not None else document.path
        if target is None or (path is None and not document.saved_here):
            self._tell("info", "session.where_to")
            return
        picture, version, original = document.picture, document.version, document.original
        own = document.saved_digest if target == document.path else None

        async def write(_: Tell) -> Saved:
            from dalle_studio.session import saving

            return await saving.save(self._house, self._lanes, saving.Order(picture, version, original, target, own))

        self._submit("save", write, lambda saved: self._saved(document, saved), lasting=True)

    def save_as(self, path: Path | str) -> None:
        self.save(path)

    def export_layers(self, path: Path) -> None:
        """Write the original, each answer and each mask as OpenRaster; the ending is added where it is missing."""
        document = self._document
        if document is None or self._keeps_first(lambda: self.export_layers(path)):
            return
        target = path if path.suffix.lower() == ".ora" else path.with_name(f"{path.name}.ora")
        picture, version, spent = document.picture, document.version, document.spent

        def write(mask: FrozenMask) -> None:
            async def export(_: Tell) -> None:
                from dalle_studio.session import saving

                present = None if spent else mask
                await saving.export_layers(self._house, self._lanes, self.words, picture, version, present, target)

            def exported(_: None) -> None:
                self._tell("info", "layers.exported", name=target.name)

            self._submit("export", export, exported, lasting=True)

        self._freeze(write)

    def suggested_path(self) -> Path:
        """Where *Save as* begins: beside the photo, NAME-edit, the next free number."""
        document = self._document
        if document is None or document.path is None:
            return Path.home() / f"{self._file_stem()}.png"
        source = document.path
        suffix = source.suffix if can_write(source) else ".png"
        proposed, number = source.with_name(f"{source.stem}-edit{suffix}"), 2
        while proposed.exists():
            proposed, number = source.with_name(f"{source.stem}-edit-{number}{suffix}"), number + 1
        return proposed

    def _file_stem(self) -> str:
        kept = "".join(letter if letter.isalnum() or letter in " -_" else " " for letter in self.title)
        return "-".join(kept.split())[:40] or "picture"

    def _saved(self, document: Document, saved: Saved) -> None:
        document.path, document.name, document.saved_here = saved.path, saved.path.name, True
        document.saved, document.saved_digest = saved.version, saved.digest
        coded = "reblend.saved_coded" if saved.changed else "session.saved"
        self._tell("info", "reshape.saved" if saved.anew else coded, name=saved.path.name, levels=saved.changed)
        for warning in saved.warnings:
            self._tell("warning", warning)
        if document is self._document:
            self.title_changed.emit()
            self._draft_changed()
        self.library_changed.emit()

    def encode_picture(self, show: Callable[[bytes], None]) -> None:
        """Hand the picture as an sRGB PNG to `show`."""
        picture = self.picture
        if picture is None or self._keeps_first(lambda: self.encode_picture(show)):
            return

        async def encode(_: Tell) -> bytes:
            from dalle_studio.session.showing import display_pixels

            codec = self._house.codec
            pixels = await self._lanes.cpu(display_pixels, picture, codec)
            return await self._lanes.cpu(codec.encode_png, pixels)

        self._submit("copy", encode, show)
