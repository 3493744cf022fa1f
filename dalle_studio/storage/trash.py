"""Emptying the trash for good: rows, blobs, drafts, and every byte that SQLite would still hold of them.

What a living edit stands on is kept in the trash, because its pixels are part of the living one. An original goes
with the last edit made of it, unless it is being worked on.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dalle_studio.storage import upkeep
from dalle_studio.storage.blobs import BlobStore
from dalle_studio.storage.database import Database
from dalle_studio.storage.durable import disk_failures


@dataclass(frozen=True, slots=True)
class Emptied:
    """What went; `kept` edits stay in the trash because others stand on them."""

    edits: int
    originals: int
    blobs: int
    size_bytes: int
    kept: int


_NEEDED = """
    WITH RECURSIVE needed (edit_id) AS (
        SELECT edit_id FROM edits WHERE trashed = 0 OR edit_id IN (SELECT edit_id FROM temp.in_flight)
        UNION
        SELECT edits.parent FROM edits JOIN needed USING (edit_id) WHERE edits.parent IS NOT NULL
    )
"""


def empty(
    database: Database, blobs: BlobStore, drafts: Path, lives: Callable[[str], bool], open_photo: str | None = None
) -> Emptied:
    """Delete what lies in the trash, and the drafts on it; `lives` tells whether a process still works on its edit.

    The original `open_photo` goes only when it lies in the trash itself.
    """
    with database.writing() as connection:
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS in_flight (edit_id TEXT)")
        connection.execute("DELETE FROM temp.in_flight")
        unfinished = connection.execute(
            "SELECT edit_id, process FROM edits WHERE trashed = 1 AND state IN ('sent', 'received')"
        ).fetchall()
        connection.executemany(
            "INSERT INTO temp.in_flight VALUES (?)", [(edit_id,) for edit_id, process in unfinished if lives(process)]
        )
        candidates = connection.execute(
            f"{_NEEDED} SELECT edit_id, original FROM edits WHERE edit_id NOT IN needed"  # noqa: S608 - a constant
        ).fetchall()
        connection.executemany("DELETE FROM edits WHERE edit_id = ?", [(edit_id,) for edit_id, _ in candidates])
        bereft = {original for _, original in candidates if original not in {None, open_photo}}
        bereft |= {row[0] for row in connection.execute("SELECT original_id FROM originals WHERE trashed = 1")}
        originals = []
        for original in bereft:
            gone = connection.execute(
                """
                DELETE FROM originals
                WHERE original_id = ? AND NOT EXISTS (SELECT 1 FROM edits WHERE edits.original = original_id)
                """,
                (original,),
            ).rowcount
            originals += [original] * gone
        kept = connection.execute("SELECT count(*) FROM edits WHERE trashed = 1").fetchone()[0]
    # Rows first: were the power to go now, the blobs would be orphans for the next collection, not holes.
    collected = upkeep.collect(database, blobs)
    with disk_failures(drafts):
        for name in [*originals, *(edit_id for edit_id, _ in candidates)]:
            (drafts / f"{name}.json").unlink(missing_ok=True)
            shutil.rmtree(drafts / name, ignore_errors=True)  # the pictures that were to go along
    database.scrub()
    return Emptied(len(candidates), len(originals), collected.blobs, collected.size_bytes, kept)
