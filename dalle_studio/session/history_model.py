"""The history as Qt sees it: originals with their edits below them, flattened to rows with a depth.

Pure data. The rows are arranged by `arrange`, which may run anywhere; the item model takes them on the GUI thread
and inserts and removes only what differs. Thumbnails are fetched through a callback when a row is first painted, so
ten thousand edits cost what is in sight. Texts are made here, so that screen readers and the delegate say the same.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage

from dalle_studio.core.words import Words

if TYPE_CHECKING:
    from dalle_studio.core.records import EditRecord, Original

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
    RECORD = Qt.ItemDataRole.UserRole + 6
    """The EditRecord, None on an original's row."""
    PROMPT = Qt.ItemDataRole.UserRole + 7


@dataclass(frozen=True, slots=True, eq=False)
class HistoryRow:
    """One line: an original, or an edit `depth` levels below it."""

    key: str
    depth: int
    original: Original | None = None
    edit: EditRecord | None = None
    haystack: str = ""
    """What the search looks in, case folded."""

    def same_as(self, other: HistoryRow) -> bool:
        return (
            self.key == other.key
            and self.depth == other.depth
            and self.edit == other.edit
            and self.original == other.original
        )


def arrange(originals: Iterable[Original], edits: Iterable[EditRecord]) -> list[HistoryRow]:
    """Originals by their latest activity, newest first; below each its edits, newest first, with their own below them.

    An edit whose original or parent is unknown (a generated picture, a deleted one) stands on its own.
    """
    known = {original.original_id: original for original in originals}
    records = {edit.edit_id: edit for edit in edits}
    below: dict[str, list[EditRecord]] = defaultdict(list)
    alone: list[EditRecord] = []
    for edit in sorted(records.values(), key=lambda e: -e.sequence):
        if edit.parent is not None and edit.parent in records:
            below[edit.parent].append(edit)
        elif edit.original is not None and edit.original in known:
            below[edit.original].append(edit)
        else:
            alone.append(edit)

    def words_of(original: Original) -> str:
        return f"{original.name}\n{original.caption}".casefold()

    roots: list[tuple[str, HistoryRow]] = [
        (
            original.created,
            HistoryRow(original.original_id, 0, original=original, haystack=words_of(original)),
        )
        for original in known.values()
    ]
    roots += [(edit.created, _row(edit, 0, "")) for edit in alone]
    trees = [(start, _walk(row, below, row.original.name if row.original else "")) for start, row in roots]
    trees.sort(key=lambda tree: max([tree[0], *(row.edit.created for row in tree[1] if row.edit)]), reverse=True)
    return [row for _, tree in trees for row in tree]


def _walk(root: HistoryRow, below: dict[str, list[EditRecord]], name: str) -> list[HistoryRow]:
    rows: list[HistoryRow] = []
    stack = [root]
    while stack:  # not recursion: edits standing on edits may run hundreds deep
        row = stack.pop()
        rows.append(row)
        stack.extend(_row(edit, row.depth + 1, name) for edit in reversed(below.get(row.key, [])))
    return rows


def _row(edit: EditRecord, depth: int, name: str) -> HistoryRow:
    parts = (edit.prompt, edit.prompt_sent or "", edit.engine, edit.model or "", name, *(p.name for p in edit.outputs))
    return HistoryRow(edit.edit_id, depth, edit=edit, haystack="\n".join(parts).casefold())


def found(rows: list[HistoryRow], text: str) -> list[HistoryRow]:
    """The rows whose words contain every word of `text`, each with the rows it hangs on."""
    words = text.casefold().split()
    if not words:
        return rows
    kept: list[HistoryRow] = []
    path: list[HistoryRow] = []
    shown = 0  # how much of the path stands in `kept` already
    for row in rows:
        del path[row.depth :]
        shown = min(shown, len(path))
        path.append(row)
        if all(word in row.haystack for word in words):
            kept.extend(path[shown:])
            shown = len(path)
    return kept


class HistoryModel(QAbstractListModel):
    """The item model. GUI thread only."""

    def __init__(self, words: Words, load_thumbnail: LoadThumbnail, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._load_thumbnail = load_thumbnail
        self._all: list[HistoryRow] = []
        self._rows: list[HistoryRow] = []
        self._search = ""
        self._current = ""
        self._thumbnails: OrderedDict[str, QImage | None] = OrderedDict()
        self._answers = self._make_answers()

    # --- what changes it ---------------------------------------------------------------------------------------

    def show(self, rows: list[HistoryRow]) -> None:
        """Take the rows of `arrange`."""
        self._all = rows
        self._replace(found(rows, self._search))

    def search(self, text: str) -> None:
        """Show only what matches; an empty text shows everything."""
        if text != self._search:
            self._search = text
            self._replace(found(self._all, text))

    def set_current(self, key: str | None) -> None:
        """Mark the edit, or the original, that is on the canvas."""
        old, self._current = self._current, key or ""
        for which in {old, self._current}:
            row = self.row_of(which)
            if row >= 0:
                self.dataChanged.emit(self.index(row), self.index(row))

    def row_of(self, key: str) -> int:
        """Where a key stands, -1 when it isn't shown."""
        return next((at for at, row in enumerate(self._rows) if row.key == key), -1)

    @property
    def is_searching(self) -> bool:
        return bool(self._search.split())

    def _replace(self, rows: list[HistoryRow]) -> None:
        """Insert and remove only the stretch that differs, so that scrolling and the selection stay."""
        old = self._rows
        start = 0
        shorter = min(len(old), len(rows))
        while start < shorter and old[start].same_as(rows[start]):
            start += 1
        end = 0
        while end < shorter - start and old[-1 - end].same_as(rows[-1 - end]):
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
        self._rows = rows

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
            Qt.ItemDataRole.DisplayRole: self._title,
            Qt.ItemDataRole.ToolTipRole: lambda row: (row.edit and row.edit.prompt) or self._title(row),
            Qt.ItemDataRole.AccessibleTextRole: lambda row: f"{self._title(row)}, {self._second(row)}",
            Qt.ItemDataRole.DecorationRole: self._thumbnail,
            Role.KEY: lambda row: row.key,
            Role.DEPTH: lambda row: row.depth,
            Role.SECOND: self._second,
            Role.VERIFIED: _is_verified,
            Role.CURRENT: lambda row: row.key == self._current,
            Role.RECORD: lambda row: row.edit,
            Role.PROMPT: lambda row: "" if row.edit is None else row.edit.prompt,
        }

    def _title(self, row: HistoryRow) -> str:
        if row.edit is None:
            return row.original.name if row.original is not None else ""
        return title_of(self._words, row.edit)

    def _second(self, row: HistoryRow) -> str:
        if row.edit is None:
            return "" if row.original is None else f"{row.original.size.width} × {row.original.size.height}"
        edit = row.edit
        parts = [
            engine_name(self._words, edit) if edit.reshape is None else f"{edit.canvas.width} × {edit.canvas.height}"
        ]
        if edit.cost_usd:
            parts.append(f"${edit.cost_usd:.3f}")
        elif edit.engine == "local" and edit.seconds:
            parts.append(f"{sum(edit.seconds.values()):.1f} s")
        parts.append(self._time(edit.created))
        return " · ".join(part for part in parts if part)

    def _time(self, created: str) -> str:
        from datetime import UTC, datetime

        try:
            then = datetime.fromisoformat(created).astimezone()
        except ValueError:
            return ""
        now = datetime.now(UTC).astimezone()
        days = (now.date() - then.date()).days
        if days == 0:
            return f"{then:%H:%M}"
        if days == 1:
            return self._words("ui.history.yesterday")
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
        for at, row in enumerate(self._rows):
            if _thumbnail_of(row) == blob:
                self.dataChanged.emit(self.index(at), self.index(at), [int(Qt.ItemDataRole.DecorationRole)])


def _thumbnail_of(row: HistoryRow) -> str | None:
    if row.edit is None:
        return None if row.original is None else row.original.thumbnail
    return row.edit.thumbnail


def _is_verified(row: HistoryRow) -> bool:
    candidate = None if row.edit is None else row.edit.candidate
    # A variation and a generated picture have no outside that could have stayed the same.
    made_new = row.edit is not None and str(row.edit.operation) in {"vary", "generate"}
    return candidate is not None and candidate.outside_identical and not made_new


def title_of(words: Words, edit: EditRecord) -> str:
    """What was asked for, or else what was done."""
    if edit.reshape is not None:
        return words(f"reshape.step.{edit.reshape.title}")
    return " ".join(edit.prompt.split()) or words(f"ui.history.{edit.operation}")


def engine_name(words: Words, edit: EditRecord) -> str:
    """Who made it, in few words."""
    if edit.model:
        return short_model(edit.model)
    known = f"ui.engine.{edit.engine}"
    return words(known) if words.has(known) else edit.engine


def short_model(model: str) -> str:
    """`gpt-image-2.5-flare` → `2.5 Flare`; other names as they are."""
    if not model.startswith("gpt-image-"):
        return model
    version, _, family = model.removeprefix("gpt-image-").partition("-")
    return f"{version} {family.replace('-', ' ').title()}".strip()
