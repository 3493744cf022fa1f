"""The whole library in one file, and back: a ZIP of `library.sqlite`, every blob, the drafts, and a manifest.

The manifest names each entry with its SHA-256; it is written last, and the file appears under its name when all of it
is on the medium. Restoring adds what is not here and changes nothing that is: blobs first, then every row in one
commit, so that a restore that is interrupted is simply done again. Blocking. Raises StorageProblem and BadInput.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

from dalle_studio.core.errors import BadInput, StorageProblem
from dalle_studio.storage import merging, schema, upkeep
from dalle_studio.storage.blobs import BlobStore
from dalle_studio.storage.database import Database
from dalle_studio.storage.durable import PRIVATE_FILE, PRIVATE_FOLDER, disk_failures, replace, sync_file, write_new
from dalle_studio.storage.places import Places
from dalle_studio.storage.presence import is_token

_MANIFEST: Final = "manifest.json"
_LIBRARY: Final = "library.sqlite"
_KIND: Final = "dalle-studio library"
_VERSION: Final = 1
_CHUNK: Final = 2**20
_TRIES: Final = 3

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What went into the file; `missing` are blobs that the library itself has lost."""

    edits: int
    blobs: int
    size_bytes: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """What came that was not here."""

    edits: int
    originals: int
    blobs: int


# --- there -----------------------------------------------------------------------------------------------------------


def back_up(
    places: Places, database: Database, blobs: BlobStore, target: Path, on_progress: OnProgress | None = None
) -> BackedUp:
    """Write the file, replacing one of that name in one step. Others may go on writing to the library meanwhile."""
    with database.reading():
        pass  # the library is there, and up to date
    for _ in range(_TRIES):
        part = target.with_name(f".{target.name}.{places.token}.part")
        try:
            with disk_failures(target.parent):
                _sweep(places, target)
                done = _write(places, database, blobs, part, on_progress)
            if _still_wanted(database, done.missing) == done.missing:
                with disk_failures(target.parent):
                    replace(part, target)
                return done
        finally:
            _remove(part)
    raise StorageProblem("errors_storage.busy")


def _sweep(places: Places, target: Path) -> None:
    """Remove what a killed backup left beside its target."""
    for part in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
        token = part.name.split(".")[-2]
        if is_token(token) and not places.lives(token):
            _remove(part)


def _remove(*paths: Path) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()


def _write(
    places: Places, database: Database, blobs: BlobStore, part: Path, on_progress: OnProgress | None
) -> BackedUp:
    snapshot = places.temp_path()
    copy = snapshot.with_name(f"{snapshot.name}.copy.tmp")
    try:
        with database.failures():
            schema.back_up(places.library, snapshot, copy)
            with contextlib.closing(sqlite3.connect(copy)) as connection:
                wanted = [row[0] for row in connection.execute("SELECT blob FROM referenced ORDER BY blob")]
                edits: int = connection.execute("SELECT count(*) FROM edits").fetchone()[0]
                version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        entries: dict[str, str] = {}
        missing: list[str] = []
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), PRIVATE_FILE)
        with os.fdopen(descriptor, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
                entries[_LIBRARY] = _add(archive, _LIBRARY, copy)
                for done, blob_id in enumerate(wanted, start=1):
                    if blobs.check(blob_id) is None:
                        entries[f"blobs/{blob_id}"] = _add(archive, f"blobs/{blob_id}", blobs.path(blob_id))
                    else:
                        missing.append(blob_id)
                    if on_progress is not None:
                        on_progress(done, len(wanted))
                # Pictures that are to go along first: the draft names them.
                for draft in [*sorted(places.drafts.glob("*/*.png")), *sorted(places.drafts.glob("*.json"))]:
                    name = f"drafts/{draft.relative_to(places.drafts).as_posix()}"
                    entries[name] = _add(archive, name, draft)
                manifest = {
                    "kind": _KIND,
                    "version": _VERSION,
                    "schema": version,
                    "created": datetime.now(UTC).isoformat(timespec="seconds"),
                    "edits": edits,
                    "missing": missing,
                    "sha256": entries,
                }
                archive.writestr(_MANIFEST, json.dumps(manifest, indent=1))
            file.flush()
            sync_file(file.fileno())
            size = file.tell()
        return BackedUp(edits, len(wanted) - len(missing), size, tuple(missing))
    finally:
        _remove(*copy.parent.glob(f"{snapshot.name}*"))  # SQLite's journal of it, too


def _is_plain(parts: tuple[str, ...]) -> bool:
    """Whether a name from the archive stays where drafts are."""
    return 1 <= len(parts) <= 2 and all(re.fullmatch(r"[0-9A-Za-z]+(\.(json|png))?", part) for part in parts)


def _add(archive: zipfile.ZipFile, name: str, source: Path) -> str:
    """Returns the SHA-256 of what went in."""
    digest = hashlib.sha256()
    with source.open("rb") as stream, archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            entry.write(chunk)
    return digest.hexdigest()


def _still_wanted(database: Database, missing: tuple[str, ...]) -> tuple[str, ...]:
    """Of these blobs, those that the library refers to now: the others were deleted while we copied."""
    if not missing:
        return ()
    with database.reading() as connection:
        present = {row[0] for row in connection.execute("SELECT blob FROM referenced")}
    return tuple(blob for blob in missing if blob in present)


# --- and back --------------------------------------------------------------------------------------------------------


def restore(
    places: Places, database: Database, blobs: BlobStore, source: Path, on_progress: OnProgress | None = None
) -> Restored:
    """Bring back what a backup holds and the library does not; what lies in the trash here and did not there comes out.

    BadInput when it is no backup, or not whole; nothing was changed then.
    """
    places.prepare()
    try:
        stream = source.open("rb")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StorageProblem("errors_storage.source_unreadable", path=str(source), reason=reason) from error
    with stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                return _Restoring(places, database, blobs, archive, source).run(on_progress)
        except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
            raise BadInput("errors_storage.backup_damaged", path=str(source)) from error


class _Restoring:
    def __init__(
        self, places: Places, database: Database, blobs: BlobStore, archive: zipfile.ZipFile, source: Path
    ) -> None:
        self._places, self._database, self._blobs = places, database, blobs
        self._archive, self._source = archive, source
        self._sums = self._manifest()
        self._new: list[str] = []
        """Blobs that came by now."""

    def run(self, on_progress: OnProgress | None) -> Restored:
        try:
            edits, originals = self._bring(on_progress)
        except BaseException:
            self._take_back()
            raise
        self._drafts(self._of_drafts)
        return Restored(edits, originals, len(self._new))

    @property
    def _of_drafts(self) -> list[str]:
        return [name for name in self._sums if name.startswith("drafts/")]

    def _bring(self, on_progress: OnProgress | None) -> tuple[int, int]:
        """Blobs, then rows: how many edits and originals are new."""
        snapshot = self._places.temp_path()
        try:
            with disk_failures(self._places.root):
                write_new(snapshot, self._read(_LIBRARY))
            with self._database.failures(), merging.opened(snapshot, self._places.temp_path, self._source) as backup:
                names = [name for name in self._sums if name.startswith("blobs/")]
                for done, name in enumerate(sorted(names), start=1):
                    self._keep(name)
                    if on_progress is not None:
                        on_progress(done, len(names))
                for name in self._of_drafts:  # damaged ones are found before any row comes
                    self._read(name)
                with self._database.writing() as connection:
                    for blob_id in self._new:  # a collection may have taken what no row refers to yet
                        if not self._blobs.has(blob_id):
                            self._blobs.put(self._read(f"blobs/{blob_id}"))
                    return merging.merge(backup, connection)
        finally:
            _remove(*snapshot.parent.glob(f"{snapshot.name}*"))

    def _keep(self, name: str) -> None:
        """A blob that is not here, or damaged."""
        blob_id = name.removeprefix("blobs/")
        if self._blobs.check(blob_id) is not None:
            data = self._read(name)
            if hashlib.sha256(data).hexdigest() != blob_id:
                raise BadInput("errors_storage.backup_damaged", path=str(self._source))
            self._new.append(blob_id)
            self._blobs.put(data)

    def _take_back(self) -> None:
        """Nothing of a backup that can't be restored stays, but for what somebody refers to."""
        with contextlib.suppress(StorageProblem):  # what can't be removed is left to `history gc`
            upkeep.collect(self._database, self._blobs, self._new)

    def _drafts(self, names: Iterable[str]) -> None:
        with disk_failures(self._places.root):
            self._places.make(self._places.drafts)
            for name in names:
                parts = PurePosixPath(name).parts[1:]
                target = self._places.drafts.joinpath(*parts)
                if _is_plain(parts) and not target.exists():
                    target.parent.mkdir(PRIVATE_FOLDER, exist_ok=True)
                    temp = self._places.temp_path()
                    write_new(temp, self._read(name))
                    replace(temp, target)

    def _manifest(self) -> dict[str, str]:
        """Entry → SHA-256."""
        try:
            found: dict[str, Any] = json.loads(self._archive.read(_MANIFEST))
            kind, version, sums = found["kind"], found["version"], found["sha256"]
        except (KeyError, ValueError, TypeError) as error:
            raise BadInput("errors_storage.backup_damaged", path=str(self._source)) from error
        if kind != _KIND or not isinstance(sums, dict) or _LIBRARY not in sums:
            raise BadInput("errors_storage.backup_damaged", path=str(self._source))
        if version > _VERSION:
            raise StorageProblem("errors_storage.library_newer", folder=str(self._source))
        return sums

    def _read(self, name: str) -> bytes:
        """Checked bytes of an entry."""
        try:
            with self._archive.open(name) as entry:
                data = entry.read()
        except KeyError as error:
            raise BadInput("errors_storage.backup_damaged", path=str(self._source)) from error
        if hashlib.sha256(data).hexdigest() != self._sums[name]:
            raise BadInput("errors_storage.backup_damaged", path=str(self._source))
        return data
