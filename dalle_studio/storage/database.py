"""One connection to `library.sqlite`, opened when it is first needed, for one thread at a time.

WAL with `synchronous=FULL`: what is committed survives a power cut. A writer takes the lock for one commit and waits
for another process's commit; readers never wait. SQLite's failures become StorageProblem here.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence

from dalle_studio.core.errors import StorageProblem
from dalle_studio.storage import durable, schema
from dalle_studio.storage.places import Places

_WAIT = 30.0
"""Seconds to wait for another process's commit before giving up."""

_PRAGMAS = (
    "PRAGMA synchronous = FULL",  # NORMAL loses acknowledged rows in a power cut
    "PRAGMA fullfsync = ON",  # macOS: through the drive's cache; no effect elsewhere
    "PRAGMA checkpoint_fullfsync = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # deleted prompts are overwritten with zeros
    "PRAGMA temp_store = MEMORY",  # no temporary file outside the data folder
)


class Database:
    """The library's SQLite file. Any thread; calls of several threads queue up."""

    def __init__(self, places: Places, migrations: Sequence[schema.Migration] = schema.MIGRATIONS) -> None:
        self._places = places
        self._migrations = migrations
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A consistent view of the library: nothing changes between two queries inside."""
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A commit: durable when the block is left, undone when the block raises."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def scrub(self) -> None:
        """Leave no byte of deleted rows in the file or its journal."""
        with self._lock, self.failures():
            connection = self._open()
            connection.execute("VACUUM")
            deadline = time.monotonic() + _WAIT
            # Another process that is reading right now holds the journal back: wait, it is quick.
            while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] != 0:
                if time.monotonic() > deadline:
                    raise StorageProblem("errors_storage.busy")
                time.sleep(0.02)
        with durable.disk_failures(self._places.root):
            for backup in schema.backups(self._places.library):
                backup.unlink(missing_ok=True)

    def check(self) -> list[str]:
        """What SQLite finds wrong in its own file; empty when it is whole."""
        with self._lock:
            try:
                rows = self._open().execute("PRAGMA integrity_check").fetchall()
                astray = self._open().execute("PRAGMA foreign_key_check").fetchall()
            except sqlite3.DatabaseError as error:
                return [str(error)]
        broken = [f"{row['table']} {row['rowid']} → {row['parent']}" for row in astray]
        return [row[0] for row in rows if row[0] != "ok"] + broken

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()

    @contextlib.contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock, self.failures():
            connection = self._open()
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._places.prepare()
            file = self._places.library
            with durable.disk_failures(self._places.root):
                # Made here, so that SQLite's journals take over the permissions.
                flags = os.O_RDWR | os.O_CREAT
                os.close(os.open(file, flags, durable.PRIVATE_FILE))
            connection = sqlite3.connect(
                os.fsencode(file) if os.name == "posix" else file,
                timeout=_WAIT,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.row_factory = sqlite3.Row
            try:
                schema.check_version(connection, file, self._migrations)
                self._start_wal(connection)
                for pragma in _PRAGMAS:
                    connection.execute(pragma)
                schema.migrate(connection, file, self._places.temp_path, self._migrations)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _start_wal(self, connection: sqlite3.Connection) -> None:
        """Switch to WAL. SQLite does not wait here when another process does the same at this moment."""
        deadline = time.monotonic() + _WAIT
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            time.sleep(0.01)

    @contextlib.contextmanager
    def failures(self) -> Iterator[None]:
        """What SQLite and the disk fail with inside becomes a StorageProblem; of copies of the library, too."""
        try:
            yield
        except sqlite3.Error as error:
            code = _code(error)
            if code in _BUG:
                raise
            if code in _DAMAGED or getattr(error, "sqlite_errorcode", 0) in _NOT_SYNCED:
                # Pages in memory are not to be believed after that; the next call reads them afresh. A full disk is
                # no reason: opening again would need room for SQLite's journal, and reading goes on without.
                self.close()
            raise self._problem(error, code) from error
        except OSError as error:
            raise durable.disk_problem(error, self._places.root) from error

    def _problem(self, error: sqlite3.Error, code: int) -> StorageProblem:
        folder = self._places.root
        if code == sqlite3.SQLITE_BUSY:
            return StorageProblem("errors_storage.busy")
        if code in _DAMAGED:
            return StorageProblem("errors_storage.library_damaged", folder=str(folder))
        if code == sqlite3.SQLITE_FULL or durable.is_full(folder):
            return durable.full_disk(folder)
        if code in _REFUSED:
            return StorageProblem("errors_storage.not_writable", folder=str(folder))
        return StorageProblem("errors_storage.disk_failed", folder=str(folder), reason=str(error))


_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_NOT_SYNCED = {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}
_REFUSED = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_BUG = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISUSE, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, 0}


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 when the failure is the driver's own (wrong use of it)."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
