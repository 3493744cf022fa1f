from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from dalle_studio.core.errors import StorageProblem
from dalle_studio.storage import schema
from dalle_studio.storage.database import Database
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
from tests.conftest import ROOT
from tests.storage import material
from tests.storage.conftest import OpenLibrary


def with_notes(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE edits ADD COLUMN note TEXT NOT NULL DEFAULT ''")


def broken(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE edits ADD COLUMN half TEXT")
    raise RuntimeError("the power went")


def version_of(file: Path) -> int:
    connection = sqlite3.connect(file)
    try:
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    finally:
        connection.close()
    return version


def test_numbers_of_migrations_are_consecutive() -> None:
    assert [step.number for step in schema.MIGRATIONS] == list(range(1, len(schema.MIGRATIONS) + 1))


def test_a_migration_keeps_the_edits_and_a_backup_of_the_library_before_it(library: StudioLibrary) -> None:
    material.perform(library, "one")
    library.close()
    file = library.places.library
    newest = schema.MIGRATIONS[-1].number
    database = Database(library.places, [*schema.MIGRATIONS, schema.Migration(newest + 1, with_notes)])
    with database.reading() as connection:
        assert connection.execute("SELECT edit_id, note FROM edits").fetchone()[:] == ("one", "")
    database.close()
    assert version_of(file) == newest + 1
    backup = schema.backup_path(file, newest)
    assert version_of(backup) == newest
    assert backup.stat().st_mode & 0o777 == 0o600
    copy = sqlite3.connect(backup)
    assert copy.execute("SELECT edit_id FROM edits").fetchall() == [("one",)]
    copy.close()


def test_a_migration_that_fails_changes_nothing(library: StudioLibrary, open_library: OpenLibrary) -> None:
    material.perform(library, "one")
    library.close()
    newest = schema.MIGRATIONS[-1].number
    database = Database(library.places, [*schema.MIGRATIONS, schema.Migration(newest + 1, broken)])
    with pytest.raises(RuntimeError, match="power"), database.reading():
        pass
    assert version_of(library.places.library) == newest
    assert [edit.edit_id for edit in open_library().edits()] == ["one"]


@pytest.mark.skipif(sys.platform == "win32", reason="forks and kills as POSIX knows them")
def test_every_migration_survives_being_killed(tmp_path: Path) -> None:
    """Before it changed anything and when it had changed everything; the torture kills it at every write."""
    command = [sys.executable, "-m", "tests.storage.migrating", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.count(": whole\n") == 2 * (len(schema.MIGRATIONS) - 1)


def test_a_newer_library_is_refused_and_not_touched(library: StudioLibrary, open_library: OpenLibrary) -> None:
    material.perform(library, "one")
    library.close()
    file = library.places.library
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(StorageProblem) as caught:
        open_library().edits()
    assert caught.value.message == "errors_storage.library_newer"
    assert file.read_bytes() == before


def test_something_that_is_no_library_is_called_damaged(places: Places, open_library: OpenLibrary) -> None:
    places.prepare()
    places.library.write_bytes(b"this was never a library " * 1000)
    with pytest.raises(StorageProblem) as caught:
        open_library().edits()
    assert caught.value.message == "errors_storage.library_damaged"


OPENS = """
import sys
from pathlib import Path
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
library = StudioLibrary(Places(Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.readline()
library.edits()
library.close()
library.places.close()
"""


def test_processes_that_start_at_once_make_the_library_once(data_dir: Path) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", OPENS, str(data_dir)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        _, errors = child.communicate(timeout=60)
        assert (child.returncode, errors) == (0, "")
    assert version_of(data_dir / "library.sqlite") == schema.MIGRATIONS[-1].number
