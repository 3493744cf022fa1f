"""Taking the rows of another library into this one: what is unknown here comes, what is known stays as it is.

Edits keep their sequence where it is free, so that a library restored into an empty folder, or one that lost some
edits, has them where they were.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from dalle_studio.core.errors import BadInput
from dalle_studio.storage import schema

_FIRST: Final = ("originals", "edits")
"""Other tables refer to these."""


@contextlib.contextmanager
def opened(file: Path, temp_path: Callable[[], Path], source: Path) -> Iterator[sqlite3.Connection]:
    """A copy of a library, brought up to date. StorageProblem when it is newer than the program, BadInput when it is
    none; what the disk fails with comes as SQLite says it.
    """
    connection = sqlite3.connect(file, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        schema.check_version(connection, source)
        if connection.execute("PRAGMA application_id").fetchone()[0] != schema.APPLICATION_ID:
            raise BadInput("errors_storage.backup_damaged", path=str(source))
        schema.migrate(connection, file, temp_path)
        yield connection
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise BadInput("errors_storage.backup_damaged", path=str(source)) from error
    finally:
        connection.close()


def merge(backup: sqlite3.Connection, library: sqlite3.Connection) -> tuple[int, int]:
    """Inside a write of the library. How many edits and originals are new."""
    new_originals = _originals(backup, library)
    sequences = _edits(backup, library)
    tables = [row[0] for row in backup.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    counted = {table for table in tables if _has_names_of_its_own(backup, table)}
    for table in (name for name in tables if name not in _FIRST and not name.startswith("sqlite_")):
        for row in backup.execute(f"SELECT * FROM {table}"):  # noqa: S608 - names of our own schema
            columns = {name: row[name] for name in row.keys()}  # noqa: SIM118 - a Row iterates its values
            if "edit" in columns:
                if columns["edit"] not in sequences:
                    continue
                columns["edit"] = sequences[columns["edit"]]
            if table in counted:
                columns.pop("sequence", None)
            _insert(library, table, columns, "INSERT OR IGNORE")
    return len(sequences), new_originals


def _has_names_of_its_own(backup: sqlite3.Connection, table: str) -> bool:
    """Whether its rows are told apart by something else than a number that is counted here."""
    indices = backup.execute(f"PRAGMA index_list({table})").fetchall()
    return any(index["unique"] and index["origin"] == "u" for index in indices)


def _originals(backup: sqlite3.Connection, library: sqlite3.Connection) -> int:
    new = 0
    for row in backup.execute("SELECT * FROM originals ORDER BY sequence"):
        new += _insert(library, "originals", _columns(row), "INSERT OR IGNORE")
        if not row["trashed"]:
            library.execute("UPDATE originals SET trashed = 0 WHERE original_id = ?", (row["original_id"],))
    return new


def _edits(backup: sqlite3.Connection, library: sqlite3.Connection) -> dict[int, int]:
    """Sequence there → sequence here, of those that are new."""
    sequences: dict[int, int] = {}
    for row in backup.execute("SELECT * FROM edits ORDER BY sequence"):
        known = library.execute("SELECT sequence FROM edits WHERE edit_id = ?", (row["edit_id"],)).fetchone()
        if known is not None:
            if not row["trashed"]:
                library.execute("UPDATE edits SET trashed = 0 WHERE sequence = ? AND trashed", (known[0],))
            continue
        columns = _columns(row)
        if not library.execute("SELECT 1 FROM edits WHERE sequence = ?", (row["sequence"],)).fetchone():
            columns["sequence"] = row["sequence"]
        _insert(library, "edits", columns, "INSERT")
        sequences[row["sequence"]] = library.execute("SELECT last_insert_rowid()").fetchone()[0]
    return sequences


def _columns(row: sqlite3.Row) -> dict[str, object]:
    return {name: row[name] for name in row.keys() if name != "sequence"}  # noqa: SIM118 - a Row iterates its values


def _insert(library: sqlite3.Connection, table: str, columns: dict[str, object], how: str) -> int:
    names, slots = ", ".join(columns), ", ".join("?" * len(columns))
    statement = f"{how} INTO {table} ({names}) VALUES ({slots})"
    return library.execute(statement, tuple(columns.values())).rowcount
