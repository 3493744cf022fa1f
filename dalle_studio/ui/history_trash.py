"""The trash as the history's panel has it: what lies there, putting away and back, and emptying it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from dalle_studio.ui.controls import label, link, name

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.core.errors import StudioError
    from dalle_studio.session.editor import Editor
    from dalle_studio.session.history_rows import HistoryRow
    from dalle_studio.session.worker import Tell
    from dalle_studio.storage.trash import Emptied
    from dalle_studio.ui.history_panel import HistoryPanel
    from dalle_studio.ui.window_house import WindowHouse


class TrashBar(QWidget):
    """Says that the list shows the trash, empties it, and leads back. Hidden until then."""

    def __init__(self, panel: HistoryPanel) -> None:
        super().__init__()
        words = panel.words
        name(self, "trashBar", words("ui_history.trash"))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(14)
        row.addWidget(label(words("ui_history.trash"), "second"), 1)
        empty = link(words("ui_history.trash_empty_it"), "trashEmpty")
        empty.clicked.connect(panel.empty_trash)
        back = link(words("ui_history.trash_leave"), "trashLeave")
        back.clicked.connect(lambda: panel.show_trash(False))
        row.addWidget(empty)
        row.addWidget(back)
        self.hide()


class Trash:
    """Works in the editor's lanes; what it did is told in the status bar."""

    def __init__(self, panel: HistoryPanel, editor: Editor, house: WindowHouse) -> None:
        self._panel, self._editor, self._house = panel, editor, house

    def load(self, show: Callable[[list[HistoryRow]], None]) -> None:
        """Hand what lies there to `show`, newest first."""
        lanes, house, panel = self._editor.worker.lanes, self._house, self._panel

        async def read(_: Tell) -> list[HistoryRow]:
            from dalle_studio.session.history_rows import trash_rows

            originals = await lanes.disk(house.library.trashed_originals)
            return await lanes.cpu(trash_rows, originals, await lanes.disk(house.library.listing.trashed))

        def done(rows: list[HistoryRow]) -> None:
            if panel.shows_trash:
                show(rows)

        self._editor.worker.submit("list the trash", read, on_done=done, on_error=self._failed)

    def put(self, version_ids: tuple[str, ...], *, away: bool) -> None:
        """Edits, and photos with their edits, into the trash, or out of it."""
        lanes, house, panel = self._editor.worker.lanes, self._house, self._panel

        async def put(_: Tell) -> None:
            await lanes.disk(house.library.delete if away else house.library.restore, *version_ids)

        def done(_: None) -> None:
            panel.load()
            if away:
                panel.deleted.emit(version_ids)
                return
            panel.trash_left.emit()
            if panel.shows_trash:
                self._editor.message.emit("info", panel.words("ui_history.brought_back", count=len(version_ids)), "")

        self._editor.worker.submit("trash", put, on_done=done, on_error=self._failed)

    def empty(self) -> None:
        """Delete for good what lies there, when the user says so."""
        editor, lanes, house, panel = self._editor, self._editor.worker.lanes, self._house, self._panel
        words, open_photo = panel.words, editor.original_id

        async def look(_: Tell) -> int:
            photos = await lanes.disk(house.library.trashed_originals)
            return len(photos) + len(await lanes.disk(house.library.listing.trashed))

        async def empty(_: Tell) -> Emptied:
            return await lanes.disk(house.library.empty_trash, open_photo)

        def found(count: int) -> None:
            from dalle_studio.ui.questions import ask_so

            if not count:
                editor.message.emit("info", words("ui_history.trash_empty"), "")
                return
            texts = tuple(words(f"ui_history.emptying_{part}", count=count) for part in ("text", "detail", "yes", "no"))
            if ask_so(panel, words("ui.program"), "emptyTrash", texts):
                tell = partial(emptied, count)
                editor.worker.submit("empty trash", empty, on_done=tell, on_error=self._failed)

        def emptied(count: int, gone: Emptied) -> None:
            kept = "ui_history.emptied_kept" if gone.kept else "ui_history.emptied"
            editor.message.emit("info", words(kept, count=count - gone.kept, kept=gone.kept), "")
            panel.trash_left.emit()
            panel.load()

        editor.worker.submit("look into the trash", look, on_done=found, on_error=self._failed)

    def _failed(self, error: StudioError) -> None:
        self._editor.message.emit("error", *self._panel.words.of(error))
