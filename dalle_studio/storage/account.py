"""What left this computer and what it cost, by local day. Outlives deleted edits: spent is spent, sent is sent.

What the service has not told yet, or never will, counts as what was expected of it, so that a cap holds whatever
happens. The cap is looked at in the write that journals the intent: two programs side by side can't both be the last.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dalle_studio.core.describing import DescriptionIntent
from dalle_studio.core.errors import BudgetExceeded
from dalle_studio.core.outlay import Outlay
from dalle_studio.core.records import EditIntent, Operation, Usage
from dalle_studio.storage.database import Database


@dataclass(frozen=True, slots=True)
class Costs:
    """Of one period: edits that left, the dollars known, and how many answers came without a price."""

    requests: int
    known_usd: float
    unpriced: int
    maybe_usd: float = 0.0
    """What may come on top: edits under way, or lost after they may have been billed, or without a price."""

    @property
    def most_usd(self) -> float:
        """What a cap is compared with."""
        return self.known_usd + self.maybe_usd


_OVER_CAP = {"describe": "errors_money.describe_over_cap", "translate": "errors_money.translate_over_cap"}
_MAYBE = "CASE WHEN settled THEN 0 ELSE max(estimate_usd - cost_usd, 0) END"


class Account:
    """The table `sent`. `clock` gives an aware time."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def note_sending(self, connection: sqlite3.Connection, intent: EditIntent) -> None:
        """Inside the write that journals the intent. Local engines send nothing.

        Raises BudgetExceeded where the month's cap would be crossed; then nothing is written.
        """
        if intent.host is None:
            return
        pictures = 0 if intent.operation is Operation.GENERATE else intent.count  # each candidate is a request
        expected = intent.estimate_usd or 0.0
        self.note(
            connection,
            Outlay(intent.edit_id, intent.host, intent.engine, intent.model, pictures, expected, intent.cap_usd),
        )

    def note_description(self, connection: sqlite3.Connection, intent: DescriptionIntent) -> None:
        """Inside the write that journals it: a picture leaves to be described. BudgetExceeded as for an edit."""
        expected = intent.estimate_usd or 0.0
        self.note(
            connection,
            Outlay(intent.description_id, intent.host, "describe", intent.model, 1, expected, intent.cap_usd),
        )

    def note(self, connection: sqlite3.Connection, outlay: Outlay) -> None:
        """Inside the write that journals it. BudgetExceeded where the month's cap would be crossed."""
        if outlay.cap_usd is not None and outlay.expected_usd > 0:
            spent = _costs(connection, self.today()[:7]).most_usd
            if spent + outlay.expected_usd > outlay.cap_usd:
                raise BudgetExceeded(
                    _OVER_CAP.get(outlay.engine, "errors_money.over_cap"),
                    unsent=True,
                    cost=f"{outlay.expected_usd:.4f}",
                    spent=f"{spent:.2f}",
                    cap=f"{outlay.cap_usd:.2f}",
                )
        connection.execute(
            """
            INSERT INTO sent (edit_id, day, host, engine, engine_model, pictures, estimate_usd, settled)
            VALUES (?, ?, ?, ?, ?, ?, ?, 0)
            """,
            (
                outlay.outlay_id,
                self.today(),
                outlay.host,
                outlay.engine,
                outlay.model,
                outlay.pictures,
                outlay.expected_usd,
            ),
        )

    def close(
        self, connection: sqlite3.Connection, outlay_id: str, usage: Usage | None, *, unsent: bool, maybe_billed: bool
    ) -> None:
        """Inside the write that ends what is no edit: one answer or none."""
        if unsent:
            self.take_back(connection, outlay_id)
            return
        if usage is not None:
            self.note_usage(connection, outlay_id, usage)
        if not maybe_billed and (usage is None or usage.cost_usd is not None):
            self.settle(connection, outlay_id)

    def settle(self, connection: sqlite3.Connection, edit_id: str) -> None:
        """Inside the write that ends the edit: what it cost is known, and nothing more will come."""
        connection.execute("UPDATE sent SET settled = 1 WHERE edit_id = ?", (edit_id,))

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
        """Host → pictures sent to it today, one a candidate; of an edit that was given up, as many as were to go."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT host, sum(pictures) FROM sent WHERE day = ? GROUP BY host ORDER BY host", (self.today(),)
            ).fetchall()
        return {host: pictures for host, pictures in found if pictures}

    def costs(self, period: str) -> Costs:
        """Of all days that begin with `period`: `2026-07-21`, `2026-07` or `2026`."""
        with self._database.reading() as connection:
            return _costs(connection, period)


def _costs(connection: sqlite3.Connection, period: str) -> Costs:
    row = connection.execute(
        f"SELECT count(*), total(cost_usd), total(unpriced), total({_MAYBE}) FROM sent WHERE day >= ? AND day < ?",  # noqa: S608 - own text
        (period, f"{period}~"),  # `~` sorts behind digits and dashes
    ).fetchone()
    return Costs(row[0], row[1], int(row[2]), row[3])
