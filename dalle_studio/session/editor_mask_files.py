"""Mask files and masks on the clipboard, in and out. GUI thread; reading, copying and writing are the worker's.

What is read can be looked at first (`mask_read`); every file under way can be cancelled and tells how far it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from dalle_studio.core.errors import Cancelled, StudioError
from dalle_studio.imaging.selection import Combine
from dalle_studio.session.editor_masks import QUICK_AREA
from dalle_studio.session.editor_selections import EditorSelections

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from dalle_studio.core.mask import FrozenMask
    from dalle_studio.core.words import Words
    from dalle_studio.session.document import Document
    from dalle_studio.session.house import Choose, House
    from dalle_studio.session.masks import Found, Import
    from dalle_studio.session.worker import Job, Tell


@dataclass(slots=True, eq=False)
class MaskFile:
    """A mask on its way in or out. `stop` may be asked on any thread."""

    id: str
    """`reading` or `writing`."""
    share: float | None = None
    """How much of it is done, where that is known."""
    stop: threading.Event = field(default_factory=threading.Event)
    job: Job[Any] | None = None


class EditorMaskFiles(EditorSelections):
    """Masks from elsewhere, and for elsewhere."""

    mask_read = Signal(object)
    """masks.Found: what `look_at_mask` was asked for."""
    mask_size_differs = Signal(object)
    """masks.Import: a mask of another size than the photo's; `look_at_scaled` takes it all the same."""
    mask_file_changed = Signal()
    """`mask_file` is another one, or further."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._mask_files: list[MaskFile] = []

    @property
    def mask_file(self) -> MaskFile | None:
        """The mask that is being read or written; of several the one begun last."""
        return self._mask_files[-1] if self._mask_files else None

    def cancel_mask_file(self) -> bool:
        """End that one: what it was for stays as it is. False when there is none."""
        file = self.mask_file
        if file is None or file.job is None:
            return False
        file.stop.set()
        file.job.cancel()
        return True

    # --- in ----------------------------------------------------------------------------------------------------

    def import_mask(self, path: Path, invert: bool = False, polarity: str = "auto") -> None:
        """A mask from a file, in place of the present one. `polarity` is a value of `formats.masks.Polarity`."""
        self._import(lambda: _read(path), str(path), polarity, self._take_mask, invert=invert)

    def look_at_mask(self, path: Path, polarity: str = "auto") -> None:
        """Read a mask file for someone to decide about; it arrives as `mask_read`."""
        self._import(lambda: _read(path), str(path), polarity, self._show_mask)

    def import_mask_bytes(self, data: bytes, name: str = "mask", polarity: str = "auto") -> None:
        """A mask that this program put on the clipboard, in place of the present one."""
        self._import(lambda: data, name, polarity, partial(self._take_mask, step="mask_files.step_paste"))

    def look_at_mask_bytes(self, data: bytes, name: str) -> None:
        """The same as `look_at_mask` for what another program put there."""
        self._import(lambda: data, name, "auto", self._show_mask)

    def look_at_scaled(self, other: Import) -> None:
        """The same for a mask of another size, stretched to the photo's (nearest neighbour: no value in between)."""
        self._read_mask(other, self._show_mask, scales=True)

    def _import(
        self,
        read: Callable[[], bytes],
        name: str,
        polarity: str,
        take: Callable[[Document, Found], None],
        *,
        invert: bool = False,
    ) -> None:
        from dalle_studio.session import masks

        limit = self.settings.pixel_limit
        self._read_mask(masks.Import(read, name, polarity, invert, pixel_limit=limit), take)

    def _read_mask(self, source: Import, take: Callable[[Document, Found], None], *, scales: bool = False) -> None:
        from dalle_studio.session import masks

        document = self._document
        if document is None:
            return
        size = document.picture.size
        file = MaskFile("reading")

        def done(found: Found) -> None:
            if self._document is not document or document.mask.size != size:
                return
            if found.mask is None:
                self.mask_size_differs.emit(found.other)
            else:
                take(document, found)

        async def read(_: Tell) -> Found:
            return await masks.read(self._lanes, source, size, scales=scales, should_stop=file.stop.is_set)

        self._begin_file(file, read, done)

    def _show_mask(self, _: Document, found: Found) -> None:
        self.mask_read.emit(found)

    def _take_mask(self, document: Document, found: Found, step: str = "session.step.import") -> None:
        if found.mask is not None:
            self._replace(document, step, found.mask)
            for warning in found.warnings:
                self._tell("warning", warning)

    def _replace(self, document: Document, name: str, chosen: FrozenMask) -> None:
        if self._document is not document or (document.mask.is_open and self._loan is None):
            return
        if self._mask_waits:
            self._wanted.append(partial(self._replace, document, name, chosen))
            return
        self.drop_preview()
        self._join(document, name, chosen, Combine.REPLACE)

    # --- out ---------------------------------------------------------------------------------------------------

    def export_mask(self, path: Path, polarity: str = "openai") -> None:
        """Write the mask as a PNG. Says so when soft edges were lost."""
        from dalle_studio.session import masks

        file = MaskFile("writing")

        def write(mask: FrozenMask) -> None:
            async def export(tell: Tell) -> tuple[str, ...]:
                return await masks.export(self._lanes, mask, path, polarity, tell, file.stop.is_set)

            self._begin_file(file, export, written)

        def written(warnings: tuple[str, ...]) -> None:
            if warnings:
                for warning in warnings:
                    self._tell_of_saved(path.name, warning)
            else:
                self._tell("info", "session.mask_saved", name=path.name)

        self._freeze(write)

    def encode_mask(self, show: Callable[[bytes], None]) -> None:
        """Hand the mask as a PNG to `show`: white = edit, which every program can paste and no soft edge is lost in."""
        from dalle_studio.session import masks

        file = MaskFile("writing")

        def encode(mask: FrozenMask) -> None:
            async def work(tell: Tell) -> bytes:
                data, _ = await masks.encode(self._lanes, mask, "white", tell, file.stop.is_set)
                return data

            self._begin_file(file, work, show)

        self._freeze(encode)

    def _tell_of_saved(self, name: str, warning: str) -> None:
        hint = f"{warning}.hint"
        saved = self.words("session.mask_saved", name=name)
        self.message.emit("warning", saved, f"{self.words(warning)} {self.words(hint) if self.words.has(hint) else ''}")

    def _freeze(self, take: Callable[[FrozenMask], None]) -> None:
        """Give a copy of the mask as it is now; a large one is made on the worker, to which the mask is lent."""
        document = self._document
        if document is None:
            return
        if self._mask_waits:
            self._wanted.append(partial(self._freeze, take))
            return
        mask, preview = document.mask, self._preview
        if preview is not None and preview.start is not None:
            take(preview.start)  # nobody has painted since
            return
        bounds = mask.bounds
        if mask.is_open or bounds.area <= QUICK_AREA:
            take(mask.freeze())
            return

        def copy() -> FrozenMask:
            from dalle_studio.core.mask import FrozenMask

            return FrozenMask(mask.size, bounds, mask.pixels[bounds.slices].copy())

        def copied(frozen: FrozenMask) -> None:
            mask.release()
            take(frozen)

        self._lend(mask, copy, copied)

    # --- inside ------------------------------------------------------------------------------------------------

    def _begin_file(
        self, file: MaskFile, work: Callable[[Tell], Coroutine[Any, Any, Any]], done: Callable[[Any], None]
    ) -> None:
        def end() -> None:
            self._mask_files.remove(file)
            self.mask_file_changed.emit()

        def finished(result: object) -> None:
            end()
            done(result)

        def failed(error: StudioError) -> None:
            end()
            if isinstance(error, Cancelled):
                self._tell("info", f"mask_files.cancelled_{file.id}")
            else:
                self._tell_failure(error)

        def further(share: object) -> None:
            if isinstance(share, float):
                file.share = share
                self.mask_file_changed.emit()

        self._mask_files.append(file)
        file.job = self._submit(f"mask file: {file.id}", work, finished, failed, further)
        self.mask_file_changed.emit()


def _read(path: Path) -> bytes:
    from dalle_studio.formats import opening

    return opening.read_file(path)
