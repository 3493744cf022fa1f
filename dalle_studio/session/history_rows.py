"""The history as rows: originals with their edits below them, or edits by day or by project. No Qt, any thread."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from dalle_studio.core.marks import NO_MARKS, Marks
from dalle_studio.core.operation import Operation

if TYPE_CHECKING:
    from dalle_studio.core.listed import Listed
    from dalle_studio.core.look import Look
    from dalle_studio.core.records import Original


class Grouping(StrEnum):
    """What the rows are put together by."""

    PHOTO = "photo"
    DAY = "day"
    PROJECT = "project"


@dataclass(slots=True, eq=False)  # not frozen: ten thousand are made at a time, and that takes twice as long
class HistoryRow:
    """One line: an original, an edit `depth` levels below it, or the heading of a group. Nobody changes it."""

    key: str
    depth: int
    original: Original | None = None
    edit: Listed | None = None
    haystack: str = ""
    """What the search looks in, as `plain` makes it."""
    marks: Marks = NO_MARKS
    folded: tuple[str, ...] = ()
    """Ids of the settings that were tried before this one, the first first (`_settled`)."""
    look: Look | None = None
    """Of its thumbnail; None = nobody has looked at it."""
    heading: str = ""
    """The group's day (`2026-11-30`) or project; empty for what belongs to no project."""

    @property
    def is_heading(self) -> bool:
        """A line that only says what the rows below have in common."""
        return self.edit is None and self.original is None

    def same_as(self, other: HistoryRow) -> bool:
        """Whether it is painted alike."""
        return self is other or (
            self.key == other.key
            and self.depth == other.depth
            and self.edit == other.edit
            and (self.marks is other.marks or self.marks == other.marks)
            and self.folded == other.folded
            and (self.original is other.original or self.original == other.original)
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


def versions_of(rows: Iterable[HistoryRow]) -> tuple[str, ...]:
    """The ids of rows, and of what they stand for."""
    return tuple(key for row in rows for key in (*row.folded, row.key))


def plain(text: str) -> str:
    """As a search compares it: composed Hangul, since macOS gives file names in pieces, without regard to case."""
    return unicodedata.normalize("NFC", text).casefold()


@lru_cache(256)
def _by(engine: str, model: str | None) -> str:
    """Who made it, as it is searched; there are few."""
    return plain(f"\n{engine}\n{model or ''}\n")


def arrange(
    originals: Iterable[Original],
    edits: Iterable[Listed],
    marks: Mapping[str, Marks] | None = None,
    grouping: Grouping = Grouping.PHOTO,
    looks: Mapping[str, Look | None] | None = None,
) -> list[HistoryRow]:
    """Originals by their latest activity, newest first; below each its edits, newest first, with their own below them.

    An edit whose original or parent is unknown (a generated picture, a deleted one) stands on its own. By day or by
    project, edits stand below a heading instead, newest first, one that is in two projects below both.
    """
    marked = _Known(marks or {}, looks or {})
    known = {original.original_id: original for original in originals}
    newest = sorted(edits, reverse=True)  # by their sequence, which comes first
    if grouping is not Grouping.PHOTO:
        return _grouped(known, newest, marked, grouping)
    present = {edit.edit_id for edit in newest}
    below: dict[str, list[Listed]] = defaultdict(list)
    alone: list[Listed] = []
    for edit in newest:
        if edit.parent is not None and edit.parent in present:
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


def kept(before: Mapping[str, HistoryRow], rows: list[HistoryRow]) -> list[HistoryRow]:
    """`rows`, with those of `before` in place of their equals: what is the same object need not be compared again."""
    found: list[HistoryRow] = []
    for row in rows:
        old = before.get(row.key)
        same = old is not None and old.look is row.look and old.haystack == row.haystack and old.same_as(row)
        found.append(old if old is not None and same else row)
    return found


def trash_rows(originals: Iterable[Original], edits: Iterable[Listed]) -> list[HistoryRow]:
    """What lies in the trash: photos with the edits that went along, then single edits, each as they come.

    Settings that were tried one after the other are one row there, too.
    """
    known, thrown = _Known({}, {}), list(edits)
    folded = _folded(thrown, known)
    within = {key for keys in folded.values() for key in keys}
    groups: dict[str, list[HistoryRow]] = {original.original_id: [_photo(original, known)] for original in originals}
    alone: list[HistoryRow] = []
    for edit in thrown:
        if edit.edit_id not in within:
            group = groups.get(edit.original or "")
            row = _row(edit, int(group is not None), "", known, folded.get(edit.edit_id, ()))
            (alone if group is None else group).append(row)
    return [*(row for group in groups.values() for row in group), *alone]


def _folded(edits: list[Listed], known: _Known) -> dict[str, tuple[str, ...]]:
    """The last of each run of settings → those that it stands for."""
    below: dict[str, list[Listed]] = defaultdict(list)
    for edit in edits:
        below[edit.parent or ""].append(edit)
    found: dict[str, tuple[str, ...]] = {}
    within: set[str] = set()
    for edit in sorted(edits):  # the first of a run comes before what stands on it
        if edit.edit_id not in within:
            last, folded = _settled(edit, below, known)
            if folded:
                found[last.edit_id] = folded
                within |= {*folded, last.edit_id}
    return found


def _walk(
    root: HistoryRow, below: dict[str, list[Listed]], original: Original | None, marks: _Known
) -> list[HistoryRow]:
    name = _name(original, marks)
    rows: list[HistoryRow] = []
    stack = [root]
    while stack:  # not recursion: edits standing on edits may run hundreds deep
        row = stack.pop()
        rows.append(row)
        for edit in reversed(below.get(row.key, ())):
            last, folded = _settled(edit, below, marks)
            stack.append(_row(last, row.depth + 1, name, marks, folded))
    return rows


def _settled(edit: Listed, below: dict[str, list[Listed]], marks: _Known) -> tuple[Listed, tuple[str, ...]]:
    """Every slider that was let go made a version: the last of a run of them, and those it stands for.

    What was saved or marked, and what other edits stand on, keeps its row.
    """
    folded: list[str] = []
    while edit.operation == Operation.BLEND and not edit.is_saved and edit.edit_id not in marks.marks:
        after = below.get(edit.edit_id, [])
        if len(after) != 1 or after[0].operation != Operation.BLEND:
            break
        folded.append(edit.edit_id)
        edit = after[0]
    return edit, tuple(folded)


def _grouped(
    known: Mapping[str, Original], edits: Iterable[Listed], marks: _Known, grouping: Grouping
) -> list[HistoryRow]:
    groups: dict[str, list[HistoryRow]] = defaultdict(list)
    names = {"": "", **{key: _name(original, marks) for key, original in known.items()}}
    for edit in edits:
        row = _row(edit, 1, names.get(edit.original or "", ""), marks)
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
    """What an edit is found by, of the photo it was made on; as `plain` makes it."""
    if original is None:
        return ""
    return plain("\n".join((original.name, *marks.of(original.original_id).words)))


def _photo(original: Original, known: _Known) -> HistoryRow:
    marks = known.of(original.original_id)
    haystack = plain("\n".join((original.name, original.caption, *marks.words)))
    look = known.look(original.thumbnail)
    return HistoryRow(original.original_id, 0, original=original, haystack=haystack, marks=marks, look=look)


def _row(edit: Listed, depth: int, name: str, known: _Known, folded: tuple[str, ...] = ()) -> HistoryRow:
    key = edit.edit_id
    haystack = edit.words + _by(edit.engine, edit.model) + name
    own = known.marks.get(key, NO_MARKS)
    if own is not NO_MARKS:
        haystack += plain("\n".join(("", *own.words)))
    look = known.looks.get(edit.thumbnail or "")
    return HistoryRow(key, depth, None, edit, haystack, own, folded, look)
