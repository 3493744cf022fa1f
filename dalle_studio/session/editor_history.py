"""What was done before, as the history lists it; and how its pictures look, which takes its time once. GUI thread.

Looking through the pictures is told, and can be cancelled; what was found out by then is kept, so that the next time
goes on there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import Signal

from dalle_studio.core.words import Words
from dalle_studio.session.editor_library import EditorLibrary
from dalle_studio.session.editor_opening import load_rooms
from dalle_studio.session.history_shelf import HistoryShelf

if TYPE_CHECKING:
    from dalle_studio.core.errors import StudioError
    from dalle_studio.core.records import EditRecord
    from dalle_studio.session.history_rows import Grouping, HistoryRow
    from dalle_studio.session.house import Choose, House
    from dalle_studio.session.worker import Job, Tell

_FEW: Final = 60
"""Pictures that are looked at unasked, in passing."""
_SHOWN: Final = 0.1
"""Each time that so much more has been looked at, the history shows it."""
_PROMPTS: Final = 100
"""Latest ones that are offered again."""


class EditorHistory(EditorLibrary):
    """Lists, and looks through, the history."""

    looking_changed = Signal(object)
    """The share that was looked at, while many are; None when it is over."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._past_prompts: list[str] = []
        self._shelf = HistoryShelf()
        self._looking_through: Job[None] | None = None
        self._shown_share = 0.0

    def start(self) -> None:
        """After the first paint: a first page of the history, then what opening and editing need."""
        self._start(self._first_page)

    def load_history(self, show: Callable[[list[HistoryRow]], None], grouping: str = "photo") -> None:
        """Hand the history's rows to `show`, on the GUI thread: a first page at once, then all of them.

        How their pictures look is found out for those few that are new; for all of them by `look_through`.
        """

        async def load(tell: Tell) -> tuple[list[HistoryRow], list[str]]:
            from dalle_studio.session import looking
            from dalle_studio.session.history_rows import Grouping

            shelf, lanes, shown = self._shelf, self._lanes, bool(self._shelf.edits)
            rows = partial(lanes.cpu, _rows, shelf, Grouping(grouping))
            reading = await lanes.disk(lambda: shelf.read(self._house.library))
            while await lanes.disk(next, reading):
                if not shown:
                    shown = True
                    tell(await rows())
            if 0 < len(await lanes.disk(lambda: shelf.unseen)) <= _FEW:
                tell(await rows())
                await lanes.cpu(load_rooms)
                await looking.look(self._house, lanes, shelf, lambda _: None)
            return await rows(), await lanes.disk(shelf.prompts, _PROMPTS)

        def done(found: tuple[list[HistoryRow], list[str]]) -> None:
            self._past_prompts = found[1]
            show(found[0])

        def progressed(rows: object) -> None:
            show(cast("list[HistoryRow]", rows))

        self._submit("history", load, done, on_progress=progressed)

    def _first_page(self) -> list[HistoryRow]:
        from dalle_studio.session.history_rows import Grouping

        next(self._shelf.read(self._house.library))
        return _rows(self._shelf, Grouping.PHOTO)

    def past_prompts(self) -> list[str]:
        """Newest first, each once."""
        return self._past_prompts

    def look_up(self, edit_ids: Iterable[str], show: Callable[[list[EditRecord]], None]) -> None:
        """Hand all that is kept of these edits to `show`."""
        wanted = tuple(edit_ids)

        async def read(_: Tell) -> list[EditRecord]:
            return await self._lanes.disk(lambda: [*map(self._house.library.edit, wanted)])

        self._submit("look up", read, show)

    def find_files(self, edit_ids: Iterable[str], photos: Iterable[Path], show: Callable[[list[Path]], None]) -> None:
        """Hand to `show` which of these photos are still there, and where edits were written last and still are."""
        wanted, files = tuple(edit_ids), tuple(photos)

        async def look(_: Tell) -> list[Path]:
            return await self._lanes.disk(_files, self._house, wanted, files)

        self._submit("files", look, show)

    # --- how pictures look -------------------------------------------------------------------------------------

    def look_through(self) -> None:
        """Find out how every picture looks, if nobody does yet; the history changes as far as that is known."""
        if self._looking_through is not None:
            return

        async def look(tell: Tell) -> None:
            from dalle_studio.session import looking

            shelf, lanes = self._shelf, self._lanes
            reading = await lanes.disk(lambda: shelf.read(self._house.library))
            while await lanes.disk(next, reading):
                pass
            await lanes.disk(lambda: shelf.recall_looks(self._house.library))
            tell(0.0)
            await lanes.cpu(load_rooms)
            await looking.look(self._house, lanes, shelf, tell)

        self._shown_share = -1.0
        self._looking_through = self._submit(
            "look through", look, lambda _: self._looked_through(), self._not_looked_through, self._take_share
        )

    def cancel_looking(self) -> bool:
        """False when nobody looks."""
        if self._looking_through is None:
            return False
        self._looking_through.cancel()
        return True

    def _take_share(self, share: object) -> None:
        if isinstance(share, float) and share < 1:
            if share:
                self.looking_changed.emit(share)
            if share >= self._shown_share + _SHOWN:
                self._shown_share = share
                self.library_changed.emit()

    def _looked_through(self) -> None:
        self._looking_through = None
        self.looking_changed.emit(None)
        self.library_changed.emit()

    def _not_looked_through(self, error: StudioError) -> None:
        self._looked_through()
        if error.kind == "cancelled":
            self._tell("info", "ui_library.looking_ended")
        else:
            self._tell_failure(error)


def _rows(shelf: HistoryShelf, grouping: Grouping) -> list[HistoryRow]:
    """What is read by now, as it is listed."""
    from dalle_studio.session.history_rows import arrange, kept

    rows = kept(shelf.rows, arrange(shelf.originals, shelf.edits, shelf.marks, grouping, shelf.looks))
    shelf.rows = {row.key: row for row in rows}
    return rows


def _files(house: House, edit_ids: tuple[str, ...], photos: tuple[Path, ...]) -> list[Path]:
    found = [photo for photo in photos if photo.is_file()]
    for edit_id in edit_ids:
        written = reversed(house.library.edit(edit_id).outputs)
        found += [path for path in written if path.is_file()][:1]
    return list(dict.fromkeys(found))
