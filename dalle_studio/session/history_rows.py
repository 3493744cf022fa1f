"""The history as rows: originals with their edits below them, or edits by day or by project. No Qt, any thread."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from dalle_studio.core.marks import NO_MARKS, Marks
from dalle_studio.core.operation import Operation

if TYPE_CHECKING:
    from dalle_studio.core.look import Look
    from dalle_studio.core.records import EditRecord, Original


class Grouping(StrEnum):
    """What the rows are put together by."""

    PHOTO = "photo"
    DAY = "day"
    PROJECT = "project"


@dataclass(frozen=True, slots=True, eq=False)
class HistoryRow:
    """One line: an original, an edit `depth` levels below it, or the heading of a group (neither of both)."""

    key: str
    depth: int
    original: Original | None = None
    edit: EditRecord | None = None
    haystack: str = ""
    """What the search looks in, as `plain` makes it."""
    marks: Marks = NO_MARKS
    folded: tuple[str, ...] = ()
    """Ids of the settings that were tried before this one, the first first (`_settled`)."""
    look: Look | None = None
    """Of its thumbnail; None = nobody has looked at it."""
    heading: str = ""
    """The group's day (`2026-11-30`) or project; empty for what belongs to no project."""

    def same_as(self, other: HistoryRow) -> bool:
        return self is other or (
            self.key == other.key
            and self.depth == other.depth
            and (self.edit is other.edit or self.edit == other.edit)
            and (self.original is other.original or self.original == other.original)
            and self.marks == other.marks
            and self.folded == other.folded
        )

    def stands_for(self, key: str) -> bool:
        """Whether this is the row of that edit or original."""
        return key == self.key or key in self.folded


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of versions and thumbnails, by their ids."""

    marks: Mapping[str, Marks]
    looks: Mapping[str, Look | None]

    def of(self, version: str) -> Marks:
        return self.marks.get(version, NO_MARKS)

    def look(self, thumbnail: str | None) -> Look | None:
        return self.looks.get(thumbnail or "")


def plain(text: str) -> str:
    """As a search compares it: composed Hangul, since macOS gives file names in pieces, without regard to case."""
    return unicodedata.normalize("NFC", text).casefold()


def arrange(
    originals: Iterable[Original],
    edits: Iterable[EditRecord],
    marks: Mapping[str, Marks] | None = None,
    grouping: Grouping = Grouping.PHOTO,
    looks: Mapping[str, Look | None] | None = None,
) -> list[HistoryRow]:
    """Originals by their latest activity, newest first; below each its edits, newest first, with their own below them.

    An edit whose original or parent is unknown (a generated picture, a deleted one) stands on its own. By day or by
    project, edits stand below a heading instead, newest first, one that is in two projects below both.
    """
    marked = _Known(marks or {}, looks or {})
    if grouping is not Grouping.PHOTO:
        return _grouped({original.original_id: original for original in originals}, edits, marked, grouping)
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

    roots: list[tuple[str, HistoryRow]] = [(original.created, _photo(original, marked)) for original in known.values()]
    roots += [(edit.created, _row(edit, 0, "", marked)) for edit in alone]
    trees = [(start, _walk(row, below, row.original, marked)) for start, row in roots]
    trees.sort(key=lambda tree: max([tree[0], *(row.edit.created for row in tree[1] if row.edit)]), reverse=True)
    return [row for _, tree in trees for row in tree]


def trash_rows(originals: Iterable[Original], edits: Iterable[EditRecord]) -> list[HistoryRow]:
    """What lies in the trash: photos with the edits that went along, then single edits, each as they come."""
    known = _Known({}, {})
    below: dict[str, list[HistoryRow]] = {original.original_id: [_photo(original, known)] for original in originals}
    alone: list[HistoryRow] = []
    for edit in edits:
        group = below.get(edit.original or "")
        (alone if group is None else group).append(_row(edit, int(group is not None), "", known))
    return [*(row for group in below.values() for row in group), *alone]


def _walk(
    root: HistoryRow, below: dict[str, list[EditRecord]], original: Original | None, marks: _Known
) -> list[HistoryRow]:
    name = _name(original, marks)
    rows: list[HistoryRow] = []
    stack = [root]
    while stack:  # not recursion: edits standing on edits may run hundreds deep
        row = stack.pop()
        rows.append(row)
        for edit in reversed(below.get(row.key, [])):
            last, folded = _settled(edit, below, marks)
            stack.append(replace(_row(last, row.depth + 1, name, marks), folded=folded))
    return rows


def _settled(edit: EditRecord, below: dict[str, list[EditRecord]], marks: _Known) -> tuple[EditRecord, tuple[str, ...]]:
    """Every slider that was let go made a version: the last of a run of them, and those it stands for.

    What was saved or marked, and what other edits stand on, keeps its row.
    """
    folded: list[str] = []
    while edit.operation == Operation.BLEND and not edit.outputs and edit.edit_id not in marks.marks:
        after = below.get(edit.edit_id, [])
        if len(after) != 1 or after[0].operation != Operation.BLEND:
            break
        folded.append(edit.edit_id)
        edit = after[0]
    return edit, tuple(folded)


def _grouped(
    known: Mapping[str, Original], edits: Iterable[EditRecord], marks: _Known, grouping: Grouping
) -> list[HistoryRow]:
    groups: dict[str, list[HistoryRow]] = defaultdict(list)
    for edit in sorted(edits, key=lambda e: -e.sequence):
        original = known.get(edit.original or "")
        row = _row(edit, 1, _name(original, marks), marks)
        for heading in _headings(row, grouping, marks.of(edit.original or "")):
            groups[heading].append(row)
    # Days newest first; projects by name, and last what belongs to none.
    order = sorted(groups, reverse=True) if grouping is Grouping.DAY else sorted(groups, key=lambda g: (not g, g))
    rows: list[HistoryRow] = []
    for heading in order:
        rows += [HistoryRow(f"{grouping}:{heading}", 0, heading=heading), *groups[heading]]
    return rows


def _headings(row: HistoryRow, grouping: Grouping, of_photo: Marks) -> tuple[str, ...]:
    if grouping is Grouping.DAY:
        return (_day(row.edit.created if row.edit else ""),)
    return tuple(dict.fromkeys((*row.marks.projects, *of_photo.projects))) or ("",)


def _day(created: str) -> str:
    from datetime import datetime

    try:
        return datetime.fromisoformat(created).astimezone().date().isoformat()
    except ValueError:
        return ""


def _name(original: Original | None, marks: _Known) -> str:
    """What an edit is found by, of the photo it was made on."""
    if original is None:
        return ""
    return "\n".join((original.name, *marks.of(original.original_id).words))


def _photo(original: Original, known: _Known) -> HistoryRow:
    marks = known.of(original.original_id)
    haystack = plain("\n".join((original.name, original.caption, *marks.words)))
    look = known.look(original.thumbnail)
    return HistoryRow(original.original_id, 0, original=original, haystack=haystack, marks=marks, look=look)


def _row(edit: EditRecord, depth: int, name: str, marks: _Known) -> HistoryRow:
    own = marks.of(edit.edit_id)
    files = (path.name for path in edit.outputs)
    parts = (edit.prompt, edit.prompt_sent or "", edit.engine, edit.model or "", name, *files, *own.words)
    return HistoryRow(
        edit.edit_id, depth, edit=edit, haystack=plain("\n".join(parts)), marks=own, look=marks.look(edit.thumbnail)
    )
