"""Listing thousands of edits again and again, at the price of what changed since: every row carries a stamp.

A stamp grows with each change of the edit or of what hangs on it (triggers of the schema see to it), whichever process
makes it. Any thread, blocking.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from dalle_studio.core.listed import Listed
from dalle_studio.storage.database import Database

_SELECT = """
    SELECT edits.sequence, stamp, edit_id, operation, original, parent, created, prompt, engine, engine_model, quality,
        words, (SELECT CASE WHEN count(*) = count(cost_usd) THEN sum(cost_usd) END
            FROM answers WHERE answers.edit = edits.sequence AND has_usage),
        maybe_billed, coalesce(shown.thumbnail, CASE WHEN shown.edit IS NULL THEN small END),
        coalesce(shown.outside_identical, 0),
        (SELECT count(*) FROM candidates WHERE candidates.edit = edits.sequence),
        EXISTS (SELECT 1 FROM outputs WHERE outputs.edit = edits.sequence), seconds, canvas, reshape, refs
    FROM edits LEFT JOIN candidates AS shown ON shown.edit = edits.sequence AND shown.candidate = edits.chosen
"""

_THESE = "edits.sequence IN (SELECT value FROM json_each(?)) AND state = 'done' AND trashed = 0"
_BETWEEN = "edits.sequence BETWEEN ? AND ? AND +state = 'done' AND trashed = 0"
"""Many are read in one run, which takes less than looking each of them up."""
_MANY = 500


class Listing:
    """Edits that are done and not in the trash, and those that are."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: int | None = None

    def stamps(self) -> dict[int, int]:
        """Sequence → stamp, newest first. From an index alone: 10,000 take milliseconds."""
        with self._database.reading() as connection:
            found = _plain(connection).execute(
                "SELECT sequence, stamp FROM edits WHERE state = 'done' AND trashed = 0 ORDER BY sequence DESC"
            )
            return dict(found)

    def read(self, sequences: Iterable[int]) -> list[Listed]:
        """These edits, newest first; what is gone by now is left out."""
        wanted = set(sequences)
        if len(wanted) < _MANY:
            return self._list(_THESE, json.dumps([*wanted]))
        found = self._list(_BETWEEN, min(wanted), max(wanted))
        return [edit for edit in found if edit.sequence in wanted]

    def trashed(self) -> list[Listed]:
        """What lies in the trash, newest first, in whatever state it went there."""
        return self._list("trashed = 1")

    def others_wrote(self) -> bool:
        """Whether another connection (another window, the command line) has changed the library since the last call."""
        with self._database.reading() as connection:
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()  # begins the view that is asked about
            version = connection.execute("PRAGMA data_version").fetchone()[0]
        before, self._seen = self._seen, version
        return before is not None and before != version

    def _list(self, condition: str, *values: object) -> list[Listed]:
        with self._database.reading() as connection:
            query = f"{_SELECT} WHERE {condition} ORDER BY edits.sequence DESC"
            return list(map(Listed._make, _plain(connection).execute(query, values)))


def _plain(connection: sqlite3.Connection) -> sqlite3.Cursor:
    """Rows as tuples: thousands of them are noticeably cheaper than rows with names."""
    cursor = connection.cursor()
    cursor.row_factory = None
    return cursor
