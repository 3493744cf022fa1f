"""Pictures that were described: one row each, journalled before it leaves; and the caption a photo keeps.

A caption belongs to an original and is looked through by the search. Any thread, blocking. Raises StorageProblem.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from dalle_studio.core.describing import DescriptionIntent
from dalle_studio.core.errors import BadInput
from dalle_studio.core.records import Usage
from dalle_studio.storage import rows
from dalle_studio.storage.account import Account
from dalle_studio.storage.database import Database


class Descriptions:
    """The table `descriptions`, and the column `caption` of originals."""

    def __init__(self, database: Database, account: Account, timestamp: Callable[[], str]) -> None:
        self._database = database
        self._account = account
        self._timestamp = timestamp

    def begin(self, intent: DescriptionIntent) -> None:
        """Journal it, before the picture leaves. BudgetExceeded where the month's cap would be crossed."""
        with self._database.writing() as connection:
            connection.execute(
                """
                INSERT INTO descriptions (description_id, created, original, host, engine_model, language, crop, sent)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                (
                    intent.description_id,
                    self._timestamp(),
                    intent.original,
                    intent.host,
                    intent.model,
                    intent.language,
                    rows.rect_json(intent.crop),
                    f"[{intent.sent.width}, {intent.sent.height}]",
                ),
            )
            self._account.note_description(connection, intent)

    def end(
        self,
        description_id: str,
        *,
        text: str | None,
        usage: Usage | None,
        error: str | None,
        unsent: bool,
        maybe_billed: bool,
    ) -> None:
        """It came, failed (`error` is a message id), or was cancelled (neither)."""
        with self._database.writing() as connection:
            connection.execute(
                """
                UPDATE descriptions
                SET state = ?, text = ?, error = ?, input_tokens = ?, output_tokens = ?, cost_usd = ?
                WHERE description_id = ?
                """,
                (
                    "done" if text is not None else "cancelled" if error is None else "failed",
                    None if text is None else rows.storable(text),
                    error,
                    usage and usage.input_tokens,
                    usage and usage.output_tokens,
                    usage and usage.cost_usd,
                    description_id,
                ),
            )
            self._account.close(connection, description_id, usage, unsent=unsent, maybe_billed=maybe_billed)

    def caption(self, original_id: str) -> str:
        """What the photo shows; empty where nobody said so."""
        with self._database.reading() as connection:
            return str(_row(connection, original_id)["caption"])

    def set_caption(self, original_id: str, text: str) -> None:
        """Keep what the photo shows; the search finds it by these words from now on. BadInput for an unknown photo."""
        with self._database.writing() as connection:
            name = _row(connection, original_id)["name"]
            connection.execute(
                "UPDATE originals SET caption = ?, words = ? WHERE original_id = ?",
                (rows.storable(text), rows.search_words(name, text), original_id),
            )


def _row(connection: sqlite3.Connection, original_id: str) -> sqlite3.Row:
    found = connection.execute("SELECT name, caption FROM originals WHERE original_id = ?", (original_id,))
    row: sqlite3.Row | None = found.fetchone()
    if row is None:
        raise BadInput("errors_storage.no_such_original", original=original_id)
    return row
