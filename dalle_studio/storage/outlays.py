"""Texts that left to be translated, in the account: journalled before they leave. The texts themselves are not kept.

Any thread, blocking. Raises StorageProblem.
"""

from __future__ import annotations

from dalle_studio.core.outlay import Outlay
from dalle_studio.core.records import Usage
from dalle_studio.storage.account import Account
from dalle_studio.storage.database import Database


class Outlays:
    """Rows of the table `sent` that belong to no edit."""

    def __init__(self, database: Database, account: Account) -> None:
        self._database = database
        self._account = account

    def begin(self, outlay: Outlay) -> None:
        """Journal it, before anything leaves. BudgetExceeded where the month's cap would be crossed."""
        with self._database.writing() as connection:
            self._account.note(connection, outlay)

    def end(self, outlay_id: str, usage: Usage | None, *, unsent: bool, maybe_billed: bool) -> None:
        """What came of it; what may have been billed goes on counting as what was expected."""
        with self._database.writing() as connection:
            self._account.close(connection, outlay_id, usage, unsent=unsent, maybe_billed=maybe_billed)
