"""What the library says: originals, edits, blobs and the trash. Any thread; everything here blocks.

Raises StorageProblem, and BadInput for ids that nobody knows.
"""

from __future__ import annotations

import sqlite3

from dalle_studio.core.errors import BadInput
from dalle_studio.core.records import EditRecord, Original
from dalle_studio.storage import rows
from dalle_studio.storage.blobs import BlobStore
from dalle_studio.storage.database import Database
from dalle_studio.storage.places import Places

_SELECT = """
    SELECT edits.* FROM edits
    LEFT JOIN originals ON originals.original_id = edits.original
    LEFT JOIN marks ON marks.version = edits.edit_id
    LEFT JOIN marks AS photo ON photo.version = edits.original
"""
_ESCAPE = "'!'"
_SEARCHED = ("edits.words", "originals.words", "marks.words", "photo.words")


class LibraryReader:
    """Changes nothing; `StudioLibrary` adds what does."""

    def __init__(self, places: Places, blobs: BlobStore, database: Database) -> None:
        self.places = places
        self._blobs = blobs
        self._database = database

    def original(self, original_id: str) -> Original:
        """BadInput when there is none of that id."""
        with self._database.reading() as connection:
            return rows.original_of(self._original_row(connection, original_id))

    def originals(self) -> list[Original]:
        """Newest first."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT * FROM originals WHERE trashed = 0 ORDER BY sequence DESC").fetchall()
        return [rows.original_of(row) for row in found]

    def edit(self, edit_id: str) -> EditRecord:
        """BadInput when there is none of that id."""
        with self._database.reading() as connection:
            return self._record(connection, edit_id)

    def edits(self, *, limit: int | None = None, every_state: bool = False) -> list[EditRecord]:
        """Newest first, by sequence. Only what is done, unless `every_state`."""
        return self._list("1" if every_state else "state = 'done'", (), limit)

    def page(self, before_sequence: int | None = None, limit: int = 100) -> list[EditRecord]:
        """Edits that are done and older than that one, newest first."""
        if before_sequence is None:
            return self._list("state = 'done'", (), limit)
        return self._list("state = 'done' AND edits.sequence < ?", (before_sequence,), limit)

    def search(self, text: str, *, limit: int | None = None) -> list[EditRecord]:
        """Done edits in whose prompts, translations, file names or marks every word occurs, newest first."""
        words = rows.search_words(text).split()
        if not words:
            return self.edits(limit=limit)
        one = f"({' OR '.join(f'{column} LIKE ? ESCAPE {_ESCAPE}' for column in _SEARCHED)})"
        condition = " AND ".join(["state = 'done'", *[one] * len(words)])
        patterns = [rows.like_pattern(word) for word in words for _ in _SEARCHED]
        return self._list(condition, tuple(patterns), limit)

    def answer_indices(self, edit_id: str) -> dict[int, str]:
        """Stored raw answers of an edit: candidate's index → blob id, the latest where there are two."""
        with self._database.reading() as connection:
            row = self._edit_row(connection, edit_id)
            return self._answers(connection, row["sequence"])

    def blob(self, blob_id: str) -> bytes:
        """Checked bytes. StorageProblem names a blob that is missing or damaged."""
        self.places.prepare()
        return self._blobs.get(blob_id)

    def trashed_originals(self) -> list[Original]:
        """Those that lie in the trash, newest first."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT * FROM originals WHERE trashed = 1 ORDER BY sequence DESC").fetchall()
        return [rows.original_of(row) for row in found]

    def trashed(self) -> list[EditRecord]:
        """Edits that lie in the trash, newest first."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT * FROM edits WHERE trashed = 1 ORDER BY sequence DESC").fetchall()
            return rows.records_of(connection, found)

    # --- inside ------------------------------------------------------------------------------------------------------

    def _list(self, condition: str, values: tuple[object, ...], limit: int | None = None) -> list[EditRecord]:
        query = f"{_SELECT} WHERE edits.trashed = 0 AND {condition} ORDER BY edits.sequence DESC LIMIT ?"
        with self._database.reading() as connection:
            found = connection.execute(query, (*values, -1 if limit is None else limit)).fetchall()
            return rows.records_of(connection, found)

    def _record(self, connection: sqlite3.Connection, edit_id: str) -> EditRecord:
        return rows.records_of(connection, [self._edit_row(connection, edit_id)])[0]

    def _edit_row(self, connection: sqlite3.Connection, edit_id: str) -> sqlite3.Row:
        row: sqlite3.Row | None = connection.execute("SELECT * FROM edits WHERE edit_id = ?", (edit_id,)).fetchone()
        if row is None:
            raise BadInput("errors_storage.no_such_edit", edit=edit_id)
        return row

    def _original_row(self, connection: sqlite3.Connection, original_id: str) -> sqlite3.Row:
        found = connection.execute("SELECT * FROM originals WHERE original_id = ?", (original_id,))
        row: sqlite3.Row | None = found.fetchone()
        if row is None:
            raise BadInput("errors_storage.no_such_original", original=original_id)
        return row

    def _answers(self, connection: sqlite3.Connection, sequence: int) -> dict[int, str]:
        found = connection.execute("SELECT candidate, blob FROM answers WHERE edit = ? ORDER BY sequence", (sequence,))
        return {row["candidate"]: row["blob"] for row in found}
