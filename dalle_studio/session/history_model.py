"""The history as Qt sees it: rows with a depth, made by `history_rows.arrange`, shown as the filter says.

Pure data. The item model takes the rows on the GUI thread and inserts and removes only what differs. Thumbnails are
fetched through a callback when a row is first painted, so ten thousand edits cost what is in sight. Texts are made
here, so that screen readers and the delegate say the same.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from enum import IntEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage

from dalle_studio.core.engine_names import engine_name
from dalle_studio.core.words import Words
from dalle_studio.session.history_filter import Filter, found
from dalle_studio.session.history_rows import HistoryRow

if TYPE_CHECKING:
    from dalle_studio.core.listed import Listed
    from dalle_studio.core.records import EditRecord

Index: TypeAlias = QModelIndex | QPersistentModelIndex
LoadThumbnail: TypeAlias = Callable[[str, Callable[[QImage], None]], None]
"""Given a blob id, calls back on the GUI thread with the decoded picture (a null one when it can't be had)."""

KEPT_THUMBNAILS: Final = 400


class Role(IntEnum):
    """What the delegate asks for besides Qt's own roles."""

    KEY = Qt.ItemDataRole.UserRole + 1
    """Edit id or original id."""
    DEPTH = Qt.ItemDataRole.UserRole + 2
    SECOND = Qt.ItemDataRole.UserRole + 3
    """The second line."""
    VERIFIED = Qt.ItemDataRole.UserRole + 4
    CURRENT = Qt.ItemDataRole.UserRole + 5
    MARKS = Qt.ItemDataRole.UserRole + 6
    IS_HEADING = Qt.ItemDataRole.UserRole + 7
    """A line that only says what the rows below have in common."""


class HistoryModel(QAbstractListModel):
    """The item model. GUI thread only."""

    def __init__(self, words: Words, load_thumbnail: LoadThumbnail, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._load_thumbnail = load_thumbnail
        self._all: list[HistoryRow] = []
        self._rows: list[HistoryRow] = []
        self._filter = Filter()
        self._places: dict[str, int] | None = None
        """Key → row of what is shown, made when it is asked for."""
        self._current = ""
        self._thumbnails: OrderedDict[str, QImage | None] = OrderedDict()
        self._answers = self._make_answers()

    # --- what changes it ---------------------------------------------------------------------------------------

    def show(self, rows: list[HistoryRow]) -> None:
        """Take the rows of `arrange`."""
        self._all = rows
        self._replace(found(rows, self._filter))

    def search(self, text: str, begun: str = "") -> None:
        """Show only what matches; an empty text shows everything. `begun` is still being composed at its end."""
        self.narrow(replace(self._filter, text=text, begun=begun))

    def narrow(self, wanted: Filter) -> None:
        """Show only what the filter lets through."""
        if wanted != self._filter:
            self._filter = wanted
            self._replace(found(self._all, wanted))

    @property
    def filter(self) -> Filter:
        return self._filter

    @property
    def everything(self) -> list[HistoryRow]:
        """All rows, shown or not."""
        return self._all

    def between(self, first: int, last: int) -> list[HistoryRow]:
        """The shown rows of that stretch, both ends included."""
        return self._rows[first : last + 1]

    def rows_of(self, keys: list[str]) -> list[HistoryRow]:
        """The rows of these keys, as they are shown."""
        wanted = set(keys)
        return [row for row in self._rows if row.key in wanted]

    def set_current(self, key: str | None) -> None:
        """Mark the edit, or the original, that is on the canvas."""
        old, self._current = self._current, key or ""
        for which in {old, self._current} if old != self._current else ():
            row = self.row_of(which)
            if row >= 0:
                self.dataChanged.emit(self.index(row), self.index(row))

    @property
    def current(self) -> str:
        """The key of what is on the canvas; empty when it is not in the history."""
        return self._current

    def row_of(self, key: str) -> int:
        """Where a key stands, -1 when it isn't shown."""
        if not key:
            return -1
        if self._places is None:
            places: dict[str, int] = {}
            for at in range(len(self._rows) - 1, -1, -1):  # the first of two wins
                row = self._rows[at]
                places[row.key] = at
                for folded in row.folded:
                    places.setdefault(folded, at)
            self._places = places
        return self._places.get(key, -1)

    @property
    def is_searching(self) -> bool:
        return bool((self._filter.text + self._filter.begun).split()) or not self._filter.is_open

    def _replace(self, rows: list[HistoryRow]) -> None:
        """Insert and remove only the stretch that differs, so that scrolling and the selection stay."""
        old, self._places = self._rows, None
        start = 0
        shorter = min(len(old), len(rows))
        while start < shorter and (old[start] is rows[start] or old[start].same_as(rows[start])):
            start += 1
        end = 0
        while end < shorter - start and (old[-1 - end] is rows[-1 - end] or old[-1 - end].same_as(rows[-1 - end])):
            end += 1
        none = QModelIndex()
        if start < len(old) - end:
            self.beginRemoveRows(none, start, len(old) - end - 1)
            self._rows = old[:start] + old[len(old) - end :]
            self.endRemoveRows()
        if start < len(rows) - end:
            self.beginInsertRows(none, start, len(rows) - end - 1)
            self._rows = rows
            self.endInsertRows()
        self._rows, self._places = rows, None

    # --- what Qt asks ------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        answer = self._answers.get(role)
        return None if answer is None else answer(self._rows[index.row()])

    def _make_answers(self) -> dict[int, Callable[[HistoryRow], object]]:
        """What is said for each role."""
        return {
            Qt.ItemDataRole.DisplayRole: self.title,
            Qt.ItemDataRole.ToolTipRole: self._tip,
            Qt.ItemDataRole.AccessibleTextRole: self._spoken,
            Qt.ItemDataRole.DecorationRole: self._thumbnail,
            Role.KEY: lambda row: row.key,
            Role.DEPTH: lambda row: row.depth,
            Role.SECOND: self._second,
            Role.VERIFIED: _is_verified,
            Role.CURRENT: lambda row: row.stands_for(self._current),
            Role.MARKS: lambda row: row.marks,
            Role.IS_HEADING: lambda row: row.is_heading,
        }

    def title(self, row: HistoryRow) -> str:
        """What a row is called."""
        if row.marks.name:
            return row.marks.name
        if row.edit is None:
            return row.original.name if row.original is not None else self._heading(row)
        return title_of(self._words, row.edit)

    def _heading(self, row: HistoryRow) -> str:
        if not row.heading:
            return self._words("ui_history.no_project")
        if row.key.startswith("day:"):
            return self._date(row.heading)
        return row.heading

    def _tip(self, row: HistoryRow) -> str:
        """What the two lines have no room for."""
        said = (row.edit and row.edit.prompt) or (row.original and row.original.name) or self.title(row)
        marks = row.marks
        tags = " ".join(f"#{tag}" for tag in marks.tags)
        return "\n".join(filter(None, (marks.name, said, marks.note, tags, ", ".join(marks.projects))))

    def _spoken(self, row: HistoryRow) -> str:
        """With what is painted as signs."""
        marks, words = row.marks, self._words
        parts = [self.title(row), self._second(row)]
        parts += [words("ui_history.favourite")] if marks.favourite else []
        parts += [words("ui_history.stars", count=marks.rating)] if marks.rating else []
        parts += [words(f"ui_history.label_{marks.label}")] if marks.label else []
        return ", ".join(part for part in parts if part)

    def _second(self, row: HistoryRow) -> str:
        if row.edit is None:
            size = None if row.original is None else row.original.size
            told = "" if size is None else f"{size.width} × {size.height}"
            return " · ".join(filter(None, ("★" * row.marks.rating, told)))
        edit = row.edit
        by = engine_name(self._words, edit) if edit.reshape is None else f"{edit.canvas.width} × {edit.canvas.height}"
        parts = ["★" * row.marks.rating, by]
        if edit.cost_usd:
            parts.append(f"${edit.cost_usd:.3f}")
        elif edit.engine == "local" and edit.seconds:
            parts.append(f"{edit.seconds:.1f} s")
        parts.append(self._time(edit.created))
        return " · ".join(part for part in parts if part)

    def _time(self, created: str) -> str:
        from datetime import datetime

        from dalle_studio.core.local_day import today

        try:
            then = datetime.fromisoformat(created).astimezone()
        except ValueError:
            return ""
        if then.date() == today():
            return f"{then:%H:%M}"
        return self._date(then.date().isoformat())

    def _date(self, day: str) -> str:
        from datetime import date

        from dalle_studio.core.local_day import today

        then, now = date.fromisoformat(day), today()
        days = (now - then).days
        if days in {0, 1}:
            return self._words("ui.history.yesterday" if days else "ui_history.today")
        key = "ui.history.date" if then.year == now.year else "ui.history.date_year"
        return self._words(key, year=then.year, month=then.month, day=then.day)

    def _thumbnail(self, row: HistoryRow) -> QImage | None:
        blob = _thumbnail_of(row)
        if blob is None:
            return None
        if blob in self._thumbnails:
            self._thumbnails.move_to_end(blob)
            return self._thumbnails[blob]
        self._thumbnails[blob] = None
        while len(self._thumbnails) > KEPT_THUMBNAILS:
            self._thumbnails.popitem(last=False)
        self._load_thumbnail(blob, lambda image: self._take_thumbnail(blob, image))
        return self._thumbnails[blob]

    def _take_thumbnail(self, blob: str, image: QImage) -> None:
        if image.isNull() or blob not in self._thumbnails:
            return
        self._thumbnails[blob] = image
        if self._rows:  # which of ten thousand rows show it would take longer than painting those in sight
            last = self.index(len(self._rows) - 1)
            self.dataChanged.emit(self.index(0), last, [int(Qt.ItemDataRole.DecorationRole)])


def _thumbnail_of(row: HistoryRow) -> str | None:
    if row.edit is None:
        return None if row.original is None else row.original.thumbnail
    return row.edit.thumbnail


def _is_verified(row: HistoryRow) -> bool:
    edit = row.edit
    # A variation and a generated picture have no outside that could have stayed the same.
    return edit is not None and bool(edit.outside_identical) and edit.operation not in {"vary", "generate"}


def title_of(words: Words, edit: EditRecord | Listed) -> str:
    """What was asked for, or else what was done."""
    if edit.reshape is not None:
        return words(f"reshape.step.{edit.reshape.title}")
    return " ".join(edit.prompt.split()) or words(f"ui.history.{edit.operation}")
