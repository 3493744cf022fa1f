"""Keeping the library sound: verifying every hash, collecting blobs that nothing refers to."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from dalle_studio.storage.blobs import BlobStore
from dalle_studio.storage.database import Database


class DamageKind(StrEnum):
    """What is wrong; the sentence of it is `errors_storage.damage.<value>`."""

    MISSING = "missing"
    DAMAGED = "damaged"
    DATABASE = "database"
    PARENT = "parent"
    """The edit it stands on is gone."""


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that is not what it should be; everything else works."""

    kind: DamageKind
    name: str
    """Blob id, or what SQLite says."""
    edits: tuple[str, ...] = ()
    """Ids of the edits it belongs to."""
    originals: tuple[str, ...] = ()

    def __str__(self) -> str:
        """For `history verify --json`: kind, name, and whose it is."""
        return " ".join([self.kind.value, self.name, *self.edits, *self.originals])


@dataclass(frozen=True, slots=True)
class Verified:
    """How many blobs were read and what was found."""

    checked: int
    damaged: tuple[Damage, ...]
    orphans: int = 0
    """Blobs that nothing refers to; no damage, `collect` deletes them."""


@dataclass(frozen=True, slots=True)
class Collected:
    """How much a collection freed."""

    blobs: int
    size_bytes: int


_ASTRAY = """
    SELECT edit_id, parent FROM edits
    WHERE parent IS NOT NULL AND parent NOT IN (SELECT edit_id FROM edits) ORDER BY sequence
"""


def verify(database: Database, blobs: BlobStore, on_progress: Callable[[int, int], None] | None = None) -> Verified:
    """Read every blob that a row refers to, SQLite's file, and what edits refer to.

    `on_progress(done, total)` after each blob.
    """
    damaged = [Damage(DamageKind.DATABASE, finding) for finding in database.check()]
    with database.reading() as connection:
        wanted = _referenced(connection)
    bad: dict[str, str] = {}
    for done, blob_id in enumerate(sorted(wanted), start=1):
        finding = blobs.check(blob_id)
        if finding is not None:
            bad[blob_id] = finding
        if on_progress is not None:
            on_progress(done, len(wanted))
    with database.reading() as connection:
        # An edit may have been deleted while we read: what nobody refers to any more is not missing.
        still = _referenced(connection) if bad else set()
        for blob_id, finding in bad.items():
            if blob_id in still:
                edits, originals = _users(connection, blob_id)
                damaged.append(Damage(DamageKind(finding), blob_id, edits, originals))
        damaged += [Damage(DamageKind.PARENT, parent, (edit,)) for edit, parent in connection.execute(_ASTRAY)]
        orphans = len(set(blobs.ids()) - _referenced(connection))
    return Verified(len(wanted), tuple(damaged), orphans)


def collect(database: Database, blobs: BlobStore, among: Iterable[str] | None = None) -> Collected:
    """Delete blobs that no row refers to, `among` these where they are named. A writer that has just put one puts it
    again (`StudioLibrary._ensure`).
    """
    present = set(blobs.ids() if among is None else among)
    removed = size = 0
    with database.writing() as connection:
        for blob_id in present - _referenced(connection):
            size += blobs.remove(blob_id)
            removed += 1
        connection.execute("DELETE FROM looks WHERE blob NOT IN (SELECT blob FROM referenced)")
    return Collected(removed, size)


def _referenced(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT blob FROM referenced")}


def _users(connection: sqlite3.Connection, blob_id: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    edits = connection.execute(
        """
        SELECT edit_id FROM edits
        WHERE :blob IN (mask, small, markup)
           OR EXISTS (SELECT 1 FROM json_each(coalesce(refs, '[]')) WHERE value = :blob)
           OR sequence IN (SELECT edit FROM answers WHERE blob = :blob)
           OR sequence IN (SELECT edit FROM candidates WHERE :blob IN (patch, thumbnail))
        ORDER BY sequence
        """,
        {"blob": blob_id},
    )
    originals = connection.execute(
        "SELECT original_id FROM originals WHERE :blob IN (original_id, thumbnail) ORDER BY sequence",
        {"blob": blob_id},
    )
    return tuple(row[0] for row in edits), tuple(row[0] for row in originals)
