"""The editor's way to the library: start, history, thumbnails, going to another version. GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from PySide6.QtCore import QTimer, Signal

from dalle_studio.core.words import Words
from dalle_studio.session.editor_opening import EditorOpening, load_rooms
from dalle_studio.session.thumbnails import Thumbnails
from dalle_studio.tools.pointer import Pressure

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from dalle_studio.core.errors import StudioError
    from dalle_studio.core.marks import Marks
    from dalle_studio.session.comparing import Comparison
    from dalle_studio.session.document import Document, Version
    from dalle_studio.session.exporting import Exported
    from dalle_studio.session.house import Choose, House
    from dalle_studio.session.opening import Loaded
    from dalle_studio.session.showing import Showing
    from dalle_studio.session.spending import Spending
    from dalle_studio.session.wanted_export import Wanted
    from dalle_studio.session.worker import Job, Tell
    from dalle_studio.storage.settings import Settings

    _Account: TypeAlias = tuple[Mapping[str, int], Spending]


_OTHERS_MS: Final = 2000
"""How long a change by another process may stay unseen."""


class EditorLibrary(EditorOpening):
    """What was done before."""

    first_page_read = Signal(object)
    """At the start: the rows with which the history begins, before anything else is loaded."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._sent: Mapping[str, int] = {}
        self._spent: Spending | None = None
        self._exports: list[Job[Any]] = []
        self._thumbnails = Thumbnails(self._house, lambda: self._lanes, self._load_thumbnails)
        self._looking_at_others = False
        self._others = QTimer(self)
        self._others.setInterval(_OTHERS_MS)
        self._others.timeout.connect(self._look_at_others)

    # --- the start ---------------------------------------------------------------------------------------------

    def _start(self, read_first: Callable[[], object]) -> None:
        """Load what opening and editing need, and finish what a crash interrupted.

        `read_first` comes before all that, in the disk's lane: rows that need nothing but the library.
        """

        async def load(tell: Tell) -> tuple[_Account, tuple[int, int]]:
            tell(await self._lanes.disk(read_first))
            await self._lanes.cpu(load_rooms)
            from dalle_studio.session import rescue

            recovered = await rescue.finish_interrupted(self._house, self._lanes)
            return await self._lanes.disk(_account, self._house), recovered

        def done(found: tuple[_Account, tuple[int, int]]) -> None:
            (self._sent, self._spent), (recovered, billed) = found
            said = [self.words("session.recovered", count=recovered)] if recovered else []
            if billed:
                said.insert(0, self.words("ui_history.interrupted", count=billed))
            if said:
                self.message.emit("report", said[0], " ".join(said[1:]))
            self.sent_today_changed.emit()
            self.library_changed.emit()

        self._is_started = True
        self._submit("start", load, done, on_progress=self.first_page_read.emit)
        self._others.start()
        self.settings_changed()

    def settings_changed(self) -> None:
        """The settings or a key were changed: other servers, another default."""

        async def read(_: Tell) -> Settings:
            return await self._lanes.disk(lambda: self._house.settings)

        self._submit("settings", read, self._adopt)

    def _adopt(self, settings: Settings) -> None:
        self._choices.adopt(settings, self._chosen)
        if self._spent is not None and self._spent.cap != settings.monthly_cap_usd:
            self._spent = replace(self._spent, cap=settings.monthly_cap_usd)
            self.sent_today_changed.emit()
        self._servers = tuple(server.name for server in settings.servers)
        if "brush_radius" not in self._chosen:
            self._brush = replace(self._brush, radius=settings.brush_radius, hardness=settings.brush_hardness)
        if "stroke_pressure" not in self._chosen:
            self._brush = replace(
                self._brush,
                spacing=settings.stroke_spacing,
                smoothing=settings.stroke_smoothing,
                pressure=Pressure(settings.stroke_pressure),
            )
        self._ahead = None
        self._plan_soon()
        self.choices_changed.emit()

    # --- what is done with versions ----------------------------------------------------------------------------

    def mark(self, versions: Iterable[str], change: Callable[[Marks], Marks]) -> None:
        """Note something on versions: `change` makes the new marks of each from its old ones."""
        wanted = tuple(versions)

        async def write(_: Tell) -> None:
            await self._lanes.disk(lambda: self._house.library.marks.change(wanted, change))

        self._submit("mark", write, lambda _: self.library_changed.emit(), lasting=True)

    def compare(
        self,
        first: str,
        second: str,
        show: Callable[[Comparison], None],
        candidates: tuple[int | None, int | None] = (None, None),
        give_up: Callable[[], object] = lambda: None,
    ) -> None:
        """Hand two versions, by the ids of their edits or originals, to `show`; None = the candidate chosen there.

        `give_up` is called instead where one can't be had, which is told.
        """

        def failed(error: StudioError) -> None:
            self._tell_failure(error)
            give_up()

        async def make(_: Tell) -> Comparison:
            await self._lanes.cpu(load_rooms)
            from dalle_studio.session import comparing

            return await comparing.compare(self._house, self._lanes, (first, second), candidates)

        self._submit("compare", make, show, failed)

    def export(self, wanted: Wanted) -> None:
        """Write versions to files; how far it is goes to the status bar. `cancel_export` ends it."""

        async def write(tell: Tell) -> Exported:
            await self._lanes.cpu(load_rooms)
            from dalle_studio.session import exporting

            return await exporting.export(self._house, self._lanes, wanted, tell)

        def done(written: Exported) -> None:
            self._exports.remove(job)
            told = "export.coded" if written.changed else "ui_history.exported"
            params = {"count": len(written.paths), "folder": str(wanted.folder), "levels": written.changed}
            self._tell("info", told, **params)
            self.library_changed.emit()

        def failed(error: StudioError) -> None:
            self._exports.remove(job)
            if error.kind == "cancelled":
                self._tell("info", "ui_history.export_ended")
            else:
                self._tell_failure(error)
            self.library_changed.emit()

        def progressed(share: object) -> None:
            if isinstance(share, float) and share < 1:
                self._tell("info", "ui_history.exporting", share=f"{share:.0%}")

        job = self._submit("export", write, done, failed, progressed, lasting=True)
        self._exports.append(job)

    def cancel_export(self) -> bool:
        """End the export that was begun last; what is written stays. False when there is none."""
        if not self._exports:
            return False
        self._exports[-1].cancel()
        return True

    def export_costs(self, path: Path) -> None:
        """Write what every edit cost, as CSV."""

        async def write(_: Tell) -> None:
            await self._lanes.cpu(load_rooms)
            from dalle_studio.session import tables

            await tables.write_costs(self._house, self._lanes, path)

        self._submit("export costs", write, lambda _: self._tell("info", "ui_history.wrote", name=path.name))

    def export_sheet(self, versions: tuple[str, ...], path: Path) -> None:
        """Write a contact sheet of versions; the ending says whether it is a PDF or a PNG."""

        async def write(_: Tell) -> None:
            await self._lanes.cpu(load_rooms)
            from dalle_studio.session import tables

            await tables.write_sheet(self._house, self._lanes, self.words, versions, path)

        self._submit("contact sheet", write, lambda _: self._tell("info", "ui_history.wrote", name=path.name))

    # --- what others do ----------------------------------------------------------------------------------------

    def _look_at_others(self) -> None:
        """Another window, or the command line, may have changed the library."""
        if self._looking_at_others or self._closed:
            return
        self._looking_at_others = True

        async def look(_: Tell) -> bool:
            return await self._lanes.disk(_others_wrote, self._house)

        def done(wrote: bool) -> None:
            self._looking_at_others = False
            if wrote:
                self._draft_may_be_gone()
                self._history_changed()

        def failed(_: StudioError) -> None:  # the next real access will say it
            self._looking_at_others = False

        self._worker.submit("others", look, on_done=done, on_error=failed)

    def load_thumbnail(self, blob_id: str, show: Callable[[QImage], None]) -> None:
        """Hand a picture from the library to `show`, a null one when it can't be had."""
        self._thumbnails.want(blob_id, show)

    def _load_thumbnails(self, wanted: Thumbnails) -> None:
        self._submit("thumbnails", wanted.load, wanted.end, lambda _: wanted.fail(), wanted.show)

    @property
    def sent_today(self) -> Mapping[str, int]:
        """How many crops left this computer today for which host."""
        return self._sent

    @property
    def spending(self) -> Spending | None:
        """What was spent today and this month; None while nobody has looked."""
        return self._spent

    def account_changed(self) -> None:
        """Something was sent that is no edit: count again, and plan by what is known of the engine models now."""
        self._history_changed()
        self._plan_soon()

    def _history_changed(self) -> None:
        self._count_again()
        self.library_changed.emit()

    def _was_asked(self) -> None:
        super()._was_asked()
        self._count_again()

    def _count_again(self) -> None:
        async def count(_: Tell) -> _Account:
            return await self._lanes.disk(_account, self._house)

        def done(account: _Account) -> None:
            if account != (self._sent, self._spent):
                self._sent, self._spent = account
                self.sent_today_changed.emit()

        self._submit("sent today", count, done)

    # --- other versions ----------------------------------------------------------------------------------------

    def restore(self, version_id: str) -> None:
        """Go to a version by the id of its edit, or of its original. Of the open photo that is one undoable step."""
        document = self._document
        if document is None:
            self._load(lambda _: self._open_version(version_id))
            return

        async def find(_: Tell) -> tuple[Version, str]:
            await self._lanes.cpu(load_rooms)
            from dalle_studio.session import opening

            version, _original, root = await self._lanes.disk(opening.find, self._house, version_id)
            return version, root

        def found(there: tuple[Version, str]) -> None:
            version, root = there
            if self._document is not document or root != document.root:
                self._load(lambda _: self._open_version(version_id))
            elif version != document.version:
                self._go_to(document, version)

        self._submit("restore", find, found)

    def resume(self) -> None:
        """Open what was worked on last, as it was left. Nothing happens when there is none."""

        async def find(_: Tell) -> str | None:
            await self._lanes.cpu(load_rooms)
            from dalle_studio.session import opening

            return await self._lanes.disk(opening.left_last, self._house)

        def found(version_id: str | None) -> None:
            if version_id is not None and not self.has_document and not self.is_loading:
                self._load(lambda _: self._open_version(version_id))

        self._submit("resume", find, found)

    def _go_to(self, document: Document, version: Version) -> None:
        if self._mask_waits:
            self._wanted.append(lambda: self._go_to(document, version))
            return
        from dalle_studio.core.mask import Mask
        from dalle_studio.session import showing, versions
        from dalle_studio.session.document import PictureStep, Side

        base, original, present = document.picture, self.original_id, document.version

        async def make(_: Tell) -> Showing:
            picture = await versions.load(self._house, self._lanes, version, original)
            same = await versions.share_frame(self._house, self._lanes, present, version)
            mask = None if same else Mask(picture.size)
            return await showing.prepare(self._lanes, self._house.codec, picture, shown=base.size, mask=mask, rect=None)

        def done(made: Showing) -> None:
            if self._document is document and document.picture is base and not document.mask.is_open:
                before = Side(document.version, mask=document.mask, spent=document.spent)
                if not document.can_reload(document.version):
                    before.picture = base
                step = PictureStep("session.step.restore", document, before, Side(version, mask=made.mask), done=False)
                step.ready = made.picture
                (rect,) = step.swap()
                document.add(step)
                if version != document.saved:
                    document.saved_here = False  # the file holds another version: not to be written over unasked
                self._show(made, rect)
            self._swapped()

        self._start_swapping("restore", make, done)

    async def _open_version(self, version_id: str) -> Loaded:
        await self._lanes.cpu(load_rooms)
        from dalle_studio.session import opening

        return await opening.open_version(self._house, self._lanes, version_id)


def _account(house: House) -> _Account:
    """For a lane, as the first call opens the library."""
    from dalle_studio.session.spending import spending

    return house.library.sent_counts_today(), spending(house)


def _others_wrote(house: House) -> bool:
    """For a lane, as the first call opens the library."""
    return house.library.listing.others_wrote()
