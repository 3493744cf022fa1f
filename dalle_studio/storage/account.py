"""What left this computer and what it cost, by local day. Outlives deleted edits: spent is spent, sent is sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dalle_studio.core.describing import DescriptionIntent
from dalle_studio.core.records import EditIntent, Operation, Usage
from dalle_studio.storage.database import Database


@dataclass(frozen=True, slots=True)
class Costs:
    """Of one period: requests that left, the dollars known, and how many answers came without a price."""

    requests: int
    known_usd: float
    unpriced: int


class Account:
    """The table `sent`. `clock` gives an aware time."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def note_sending(self, connection: sqlite3.Connection, intent: EditIntent) -> None:
        """Inside the write that journals the intent. Local engines send nothing."""
        if intent.host is None:
            return
        pictures = 0 if intent.operation is Operation.GENERATE else 1
        connection.execute(
            "INSERT INTO sent (edit_id, day, host, engine, engine_model, pictures) VALUES (?, ?, ?, ?, ?, ?)",
            (intent.edit_id, self.today(), intent.host, intent.engine, intent.model, pictures),
        )

    def note_description(self, connection: sqlite3.Connection, intent: DescriptionIntent) -> None:
        """Inside the write that journals it: a picture leaves to be described."""
        connection.execute(
            "INSERT INTO sent (edit_id, day, host, engine, engine_model, pictures) VALUES (?, ?, ?, 'describe', ?, 1)",
            (intent.description_id, self.today(), intent.host, intent.model),
        )

    def take_back(self, connection: sqlite3.Connection, edit_id: str) -> None:
        """Inside the write that ends the edit: it never reached the network."""
        connection.execute("DELETE FROM sent WHERE edit_id = ?", (edit_id,))

    def note_usage(self, connection: sqlite3.Connection, edit_id: str, usage: Usage) -> None:
        """Inside the write that stores the answer."""
        connection.execute(
            "UPDATE sent SET cost_usd = cost_usd + ?, unpriced = unpriced + ? WHERE edit_id = ?",
            (usage.cost_usd or 0.0, int(usage.cost_usd is None), edit_id),
        )

    def today(self) -> str:
        """The local day, `YYYY-MM-DD`."""
        return self._clock().astimezone().date().isoformat()

    def sent_today(self) -> dict[str, int]:
        """Host → pictures sent to it today."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT host, sum(pictures) FROM sent WHERE day = ? GROUP BY host ORDER BY host", (self.today(),)
            ).fetchall()
        return {host: pictures for host, pictures in found if pictures}

    def costs(self, period: str) -> Costs:
        """Of all days that begin with `period`: `2026-07-21`, `2026-07` or `2026`."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT count(*), total(cost_usd), total(unpriced) FROM sent WHERE day >= ? AND day < ?",
                (period, f"{period}~"),  # `~` sorts behind digits and dashes
            ).fetchone()
        return Costs(row[0], row[1], int(row[2]))
