"""The library's tables, as numbered migrations: each in a transaction of its own, with a backup before it.

The number of the newest one that was applied stands in SQLite's `user_version`. A released migration is never
changed; a new one is a new function at the end. Two processes that start at once migrate once.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dalle_studio.core.errors import StorageProblem
from dalle_studio.storage.durable import PRIVATE_FILE, replace, sync_file

APPLICATION_ID = 0x44414C53
"""Written into the file's header, so that `file` and we know whose it is ("DALS")."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step. `apply` runs inside a transaction and must not commit."""

    number: int
    apply: Callable[[sqlite3.Connection], None]


MIGRATIONS: list[Migration] = []


def migration(number: int) -> Callable[[Callable[[sqlite3.Connection], None]], Callable[[sqlite3.Connection], None]]:
    """Register a function as the migration of that number."""

    def register(apply: Callable[[sqlite3.Connection], None]) -> Callable[[sqlite3.Connection], None]:
        MIGRATIONS.append(Migration(number, apply))
        return apply

    return register


def check_version(connection: sqlite3.Connection, file: Path, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """The library's version. Reads only. Raises StorageProblem when this program is too old for it."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > migrations[-1].number:
        raise StorageProblem("errors_storage.library_newer", folder=str(file.parent))
    return version


def migrate(
    connection: sqlite3.Connection,
    file: Path,
    temp_path: Callable[[], Path],
    migrations: Sequence[Migration] = MIGRATIONS,
) -> None:
    """Bring the library up to date. The connection is in autocommit mode. Raises StorageProblem, sqlite3.Error.

    A library that is just being made holds nothing to back up.
    """
    is_new = check_version(connection, file, migrations) == 0
    for step in migrations:
        if check_version(connection, file, migrations) >= step.number:
            continue
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have been faster; what is true now stays true while we hold the lock.
            version = check_version(connection, file, migrations)
            if version < step.number:
                if version == 0:
                    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                elif not is_new:
                    back_up(file, temp_path(), backup_path(file, version))
                step.apply(connection)
                connection.execute(f"PRAGMA user_version = {step.number}")
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise


def backup_path(file: Path, version: int) -> Path:
    """Where the library as it was before leaving `version` is kept."""
    return file.with_name(f"{file.name}.before-{version + 1}")


def backups(file: Path) -> list[Path]:
    """Backups that migrations left."""
    return sorted(file.parent.glob(f"{file.name}.before-*"))


def back_up(file: Path, temp: Path, target: Path) -> None:
    """A consistent copy of the committed state, on the medium when this returns. Readers and writers go on."""
    temp.touch(PRIVATE_FILE)
    source = sqlite3.connect(file)
    try:
        copy = sqlite3.connect(temp)
        try:
            source.backup(copy)
        finally:
            copy.close()
    except BaseException:
        temp.unlink(missing_ok=True)
        raise
    finally:
        source.close()
    with temp.open("r+b") as written:
        sync_file(written.fileno())
    replace(temp, target)


@migration(1)
def originals_and_edits(connection: sqlite3.Connection) -> None:
    """Originals, edits with their answers and candidates, and the account of what left this computer.

    `edits.sequence` orders edits, clocks may jump. Columns that hold rectangles, sizes and margins are JSON lists.
    `words` is what search looks through: NFC, case folded. Paths are the system's own bytes. `sent` outlives a
    deleted edit, because money spent and pictures sent stay spent and sent; it holds neither prompt nor picture.
    """
    for statement in (
        """
        CREATE TABLE originals (
            sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
            original_id TEXT NOT NULL UNIQUE,
            path        BLOB,
            name        TEXT NOT NULL,
            words       TEXT NOT NULL,
            width       INTEGER NOT NULL,
            height      INTEGER NOT NULL,
            created     TEXT NOT NULL,
            thumbnail   TEXT,
            trashed     INTEGER NOT NULL DEFAULT 0
        )
        """,
        """
        CREATE TABLE edits (
            sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
            edit_id      TEXT NOT NULL UNIQUE,
            state        TEXT NOT NULL,
            operation    TEXT NOT NULL,
            original     TEXT REFERENCES originals (original_id),
            parent       TEXT,
            prompt       TEXT NOT NULL,
            prompt_sent  TEXT,
            words        TEXT NOT NULL,
            engine       TEXT NOT NULL,
            engine_model TEXT,
            host         TEXT,
            created      TEXT NOT NULL,
            quality      TEXT NOT NULL,
            count        INTEGER NOT NULL,
            canvas       TEXT NOT NULL,
            margins      TEXT NOT NULL,
            crop         TEXT NOT NULL,
            sent         TEXT NOT NULL,
            placed       TEXT NOT NULL,
            mask         TEXT,
            blend        TEXT NOT NULL,
            feather      INTEGER NOT NULL DEFAULT 0,
            chosen       INTEGER NOT NULL DEFAULT 0,
            seconds      TEXT NOT NULL DEFAULT '{}',
            maybe_billed INTEGER NOT NULL DEFAULT 0,
            error        TEXT,
            process      TEXT NOT NULL,
            trashed      INTEGER NOT NULL DEFAULT 0
        )
        """,
        "CREATE INDEX edits_by_original ON edits (original)",
        "CREATE INDEX edits_by_parent ON edits (parent)",
        "CREATE INDEX edits_unfinished ON edits (state) WHERE state IN ('sent', 'received')",
        """
        CREATE TABLE answers (
            sequence      INTEGER PRIMARY KEY AUTOINCREMENT,
            edit          INTEGER NOT NULL REFERENCES edits (sequence) ON DELETE CASCADE,
            candidate     INTEGER NOT NULL,
            blob          TEXT NOT NULL,
            request_id    TEXT,
            warnings      TEXT NOT NULL,
            has_usage     INTEGER NOT NULL,
            input_tokens  INTEGER,
            output_tokens INTEGER,
            details       TEXT,
            cost_usd      REAL,
            UNIQUE (edit, candidate, blob)
        )
        """,
        """
        CREATE TABLE candidates (
            edit              INTEGER NOT NULL REFERENCES edits (sequence) ON DELETE CASCADE,
            candidate         INTEGER NOT NULL,
            answer            TEXT NOT NULL,
            patch             TEXT NOT NULL,
            rect              TEXT NOT NULL,
            shift             TEXT NOT NULL,
            outside_identical INTEGER NOT NULL,
            thumbnail         TEXT,
            PRIMARY KEY (edit, candidate)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE outputs (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            edit     INTEGER NOT NULL REFERENCES edits (sequence) ON DELETE CASCADE,
            path     BLOB NOT NULL,
            UNIQUE (edit, path)
        )
        """,
        """
        CREATE TABLE sent (
            edit_id      TEXT PRIMARY KEY,
            day          TEXT NOT NULL,
            host         TEXT NOT NULL,
            engine       TEXT NOT NULL,
            engine_model TEXT,
            pictures     INTEGER NOT NULL,
            cost_usd     REAL NOT NULL DEFAULT 0,
            unpriced     INTEGER NOT NULL DEFAULT 0
        ) WITHOUT ROWID
        """,
        "CREATE INDEX sent_by_day ON sent (day)",
        """
        CREATE VIEW referenced (blob) AS
            SELECT original_id FROM originals
            UNION SELECT thumbnail FROM originals WHERE thumbnail IS NOT NULL
            UNION SELECT mask FROM edits WHERE mask IS NOT NULL
            UNION SELECT blob FROM answers
            UNION SELECT patch FROM candidates
            UNION SELECT thumbnail FROM candidates WHERE thumbnail IS NOT NULL
        """,
    ):
        connection.execute(statement)


@migration(2)
def candidates_that_edits_stand_on(connection: sqlite3.Connection) -> None:
    """Which candidate of its parent an edit was made on: choosing another one later must not change the child."""
    connection.execute("ALTER TABLE edits ADD COLUMN parent_candidate INTEGER NOT NULL DEFAULT 0")
    connection.execute(
        "UPDATE edits SET parent_candidate = (SELECT chosen FROM edits AS base WHERE base.edit_id = edits.parent) "
        "WHERE parent IN (SELECT edit_id FROM edits)"
    )


@migration(3)
def files_that_edits_were_made_on(connection: sqlite3.Connection) -> None:
    """The file that was opened belongs to the edit: an original of the same bytes may be opened elsewhere later."""
    connection.execute("ALTER TABLE edits ADD COLUMN source BLOB")
    connection.execute(
        "UPDATE edits SET source = (SELECT path FROM originals WHERE originals.original_id = edits.original)"
    )


@migration(4)
def versions_made_here(connection: sqlite3.Connection) -> None:
    """Versions that no engine made: another frame (`reshape`), or the edits below put together anew (`layers`)."""
    for statement in (
        "ALTER TABLE edits ADD COLUMN reshape TEXT",
        "ALTER TABLE edits ADD COLUMN layers TEXT",
        "ALTER TABLE edits ADD COLUMN small TEXT",
        "DROP VIEW referenced",
        """
        CREATE VIEW referenced (blob) AS
            SELECT original_id FROM originals
            UNION SELECT thumbnail FROM originals WHERE thumbnail IS NOT NULL
            UNION SELECT mask FROM edits WHERE mask IS NOT NULL
            UNION SELECT small FROM edits WHERE small IS NOT NULL
            UNION SELECT blob FROM answers
            UNION SELECT patch FROM candidates
            UNION SELECT thumbnail FROM candidates WHERE thumbnail IS NOT NULL
        """,
    ):
        connection.execute(statement)


@migration(5)
def marks_on_versions(connection: sqlite3.Connection) -> None:
    """What a person notes on a version, how a thumbnail looks, and a stamp that grows with every change of an edit.

    `marks.version` is an edit's or an original's id; its row goes when that goes. `looks` belongs to blobs, so it goes
    with the collection of blobs.
    """
    bump = "UPDATE edits SET stamp = stamp + 1 WHERE sequence ="
    for statement in (
        """
        CREATE TABLE marks (
            version   TEXT PRIMARY KEY,
            name      TEXT NOT NULL,
            favourite INTEGER NOT NULL,
            rating    INTEGER NOT NULL,
            label     TEXT NOT NULL,
            note      TEXT NOT NULL,
            tags      TEXT NOT NULL,
            projects  TEXT NOT NULL,
            words     TEXT NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE TABLE looks (blob TEXT PRIMARY KEY, look TEXT NOT NULL) WITHOUT ROWID",
        "ALTER TABLE edits ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX edits_shown ON edits (state, trashed, sequence, stamp)",
        "CREATE TRIGGER edit_gone AFTER DELETE ON edits BEGIN DELETE FROM marks WHERE version = old.edit_id; END",
        """
        CREATE TRIGGER original_gone AFTER DELETE ON originals
        BEGIN DELETE FROM marks WHERE version = old.original_id; END
        """,
        f"CREATE TRIGGER edit_changed AFTER UPDATE ON edits WHEN new.stamp = old.stamp BEGIN {bump} new.sequence; END",
        f"CREATE TRIGGER answer_came AFTER INSERT ON answers BEGIN {bump} new.edit; END",
        f"CREATE TRIGGER candidate_came AFTER INSERT ON candidates BEGIN {bump} new.edit; END",
        f"CREATE TRIGGER output_came AFTER INSERT ON outputs BEGIN {bump} new.edit; END",
    ):
        connection.execute(statement)


@migration(6)
def pictures_that_went_along(connection: sqlite3.Connection) -> None:
    """The reference pictures of an edit, so that it can be done again: `refs` is a JSON list of blobs."""
    for statement in (
        "ALTER TABLE edits ADD COLUMN refs TEXT",
        "DROP VIEW referenced",
        """
        CREATE VIEW referenced (blob) AS
            SELECT original_id FROM originals
            UNION SELECT thumbnail FROM originals WHERE thumbnail IS NOT NULL
            UNION SELECT mask FROM edits WHERE mask IS NOT NULL
            UNION SELECT small FROM edits WHERE small IS NOT NULL
            UNION SELECT value FROM edits, json_each(edits.refs) WHERE refs IS NOT NULL
            UNION SELECT blob FROM answers
            UNION SELECT patch FROM candidates
            UNION SELECT thumbnail FROM candidates WHERE thumbnail IS NOT NULL
        """,
    ):
        connection.execute(statement)


@migration(7)
def what_pictures_show(connection: sqlite3.Connection) -> None:
    """Pictures that left to be described, and the caption that a photo keeps of it."""
    for statement in (
        "ALTER TABLE originals ADD COLUMN caption TEXT NOT NULL DEFAULT ''",
        """
        CREATE TABLE descriptions (
            sequence       INTEGER PRIMARY KEY AUTOINCREMENT,
            description_id TEXT NOT NULL UNIQUE,
            created        TEXT NOT NULL,
            state          TEXT NOT NULL DEFAULT 'sent',
            original       TEXT REFERENCES originals (original_id) ON DELETE CASCADE,
            host           TEXT NOT NULL,
            engine_model   TEXT NOT NULL,
            language       TEXT NOT NULL,
            crop           TEXT NOT NULL,
            sent           TEXT NOT NULL,
            text           TEXT,
            error          TEXT,
            input_tokens   INTEGER,
            output_tokens  INTEGER,
            cost_usd       REAL
        )
        """,
        "CREATE INDEX descriptions_by_original ON descriptions (original)",
    ):
        connection.execute(statement)


@migration(8)
def what_edits_were_expected_to_cost(connection: sqlite3.Connection) -> None:
    """What an edit would cost at most: it counts until the service has said what it did cost (`settled`)."""
    connection.execute("ALTER TABLE sent ADD COLUMN estimate_usd REAL NOT NULL DEFAULT 0")
    connection.execute("ALTER TABLE sent ADD COLUMN settled INTEGER NOT NULL DEFAULT 1")


@migration(9)
def drawings_that_went_along(connection: sqlite3.Connection) -> None:
    """What was drawn onto a photo to guide an edit."""
    for statement in (
        "ALTER TABLE edits ADD COLUMN markup TEXT",
        "DROP VIEW referenced",
        """
        CREATE VIEW referenced (blob) AS
            SELECT original_id FROM originals
            UNION SELECT thumbnail FROM originals WHERE thumbnail IS NOT NULL
            UNION SELECT mask FROM edits WHERE mask IS NOT NULL
            UNION SELECT markup FROM edits WHERE markup IS NOT NULL
            UNION SELECT small FROM edits WHERE small IS NOT NULL
            UNION SELECT value FROM edits, json_each(edits.refs) WHERE refs IS NOT NULL
            UNION SELECT blob FROM answers
            UNION SELECT patch FROM candidates
            UNION SELECT thumbnail FROM candidates WHERE thumbnail IS NOT NULL
        """,
    ):
        connection.execute(statement)
