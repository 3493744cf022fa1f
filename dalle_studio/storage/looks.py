"""How thumbnails look, so that it is found out once: one row a blob, which goes when the blob is collected.

Any thread, blocking. Raises StorageProblem.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache

from dalle_studio.core.look import Colour, Look
from dalle_studio.storage.database import Database


class LookStore:
    """The table `looks`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, blobs: Iterable[str]) -> dict[str, Look]:
        """Blob → its look, of those that are known."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT blob, look FROM looks WHERE blob IN (SELECT value FROM json_each(?))", (json.dumps([*blobs]),)
            )
            return {row["blob"]: _look(row["look"]) for row in found}

    def put(self, looks: Mapping[str, Look]) -> None:
        """Keep them, in one commit."""
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO looks (blob, look) VALUES (?, ?)",
                [(blob, f"{look.bits:016x} {' '.join(sorted(look.colours))}") for blob, look in looks.items()],
            )


def _look(text: str) -> Look:
    bits, _, colours = text.partition(" ")
    return Look(int(bits, 16), _colours(colours))


@lru_cache(4096)  # ten thousand pictures have a few hundred sets of colours
def _colours(text: str) -> frozenset[Colour]:
    return frozenset(map(Colour, text.split()))
