"""Marks on versions: favourites, ratings, colours, notes, tags, projects and names, one row a version.

Rows without a mark do not exist; a row goes with its edit or original (triggers of the schema). Any thread, blocking.
Raises StorageProblem, and BadInput for a version that nobody knows.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import astuple
from typing import Final

from dalle_studio.core.errors import BadInput
from dalle_studio.core.marks import NO_MARKS, Label, Marks
from dalle_studio.storage import rows
from dalle_studio.storage.database import Database

_SELECT: Final = "SELECT version, name, favourite, rating, label, note, tags, projects FROM marks"
_LABELS: Final = {label.value: label for label in Label}


class MarkStore:
    """The table `marks`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, Marks]:
        """Edit's or original's id → its marks; only what has any."""
        with self._database.reading() as connection:
            return {row[0]: _marks(row) for row in connection.execute(_SELECT)}

    def of(self, version: str) -> Marks:
        """The marks of one version, which need not exist."""
        with self._database.reading() as connection:
            return _read(connection, version)

    def change(self, versions: Iterable[str], change: Callable[[Marks], Marks]) -> dict[str, Marks]:
        """Let `change` make new marks from the old ones, for all versions in one commit. Returns the old ones."""
        old: dict[str, Marks] = {}
        with self._database.writing() as connection:
            for version in versions:
                if not _exists(connection, version):
                    raise BadInput("errors_storage.no_such_edit", edit=version)
                old[version] = _read(connection, version)
                _write(connection, version, change(old[version]))
        return old

    def put(self, marks: dict[str, Marks]) -> None:
        """Exactly these marks, to undo a change. What is gone by now is passed over."""
        with self._database.writing() as connection:
            for version, one in marks.items():
                if _exists(connection, version):
                    _write(connection, version, one)


def _exists(connection: sqlite3.Connection, version: str) -> bool:
    found = connection.execute(
        "SELECT 1 FROM edits WHERE edit_id = :v UNION ALL SELECT 1 FROM originals WHERE original_id = :v",
        {"v": version},
    )
    return found.fetchone() is not None


def _read(connection: sqlite3.Connection, version: str) -> Marks:
    row = connection.execute(f"{_SELECT} WHERE version = ?", (version,)).fetchone()
    return NO_MARKS if row is None else _marks(row)


def _write(connection: sqlite3.Connection, version: str, marks: Marks) -> None:
    if marks == NO_MARKS:
        connection.execute("DELETE FROM marks WHERE version = ?", (version,))
        return
    name, favourite, rating, label, note, tags, projects = astuple(marks)
    connection.execute(
        """
        INSERT OR REPLACE INTO marks (version, name, favourite, rating, label, note, tags, projects, words)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            version,
            rows.storable(name),
            int(favourite),
            rating,
            str(label),
            rows.storable(note),
            json.dumps(tags),
            json.dumps(projects),
            rows.search_words(*marks.words),
        ),
    )


def _marks(row: sqlite3.Row) -> Marks:
    _, name, favourite, rating, label, note, tags, projects = row
    return Marks(name, bool(favourite), rating, _LABELS[label], note, _names(tags), _names(projects))


def _names(text: str) -> tuple[str, ...]:
    return () if text == "[]" else tuple(json.loads(text))
