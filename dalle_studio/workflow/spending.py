"""Paid requests for text: journalled with what they cost at most, held to the monthly cap, closed with what they did.

As with an edit, the row is on disk before anything leaves. Runs on an asyncio loop that only awaits.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from dalle_studio.core.errors import BudgetExceeded, StorageProblem, StudioError
from dalle_studio.core.outlay import Outlay
from dalle_studio.workflow.lanes import to_the_end

if TYPE_CHECKING:
    from dalle_studio.core.ports import Lanes, OutlayStore, TextService
    from dalle_studio.core.records import Usage

T = TypeVar("T")


class TextLedger:
    """Implements `core.ports.Ledger`. `store` is called in the library's lane, so that nobody waits for it to open."""

    def __init__(self, store: Callable[[], OutlayStore], lanes: Lanes, cap_usd: float | None) -> None:
        self._store = store
        self._lanes = lanes
        self._cap_usd = cap_usd

    async def paid(
        self, service: TextService, expected_usd: float | None, ask: Callable[[], Awaitable[tuple[T, Usage]]]
    ) -> T:
        check_price(service, expected_usd, self._cap_usd)
        outlay = Outlay(
            uuid.uuid4().hex[:16], service.host, "translate", service.model, 0, expected_usd or 0.0, self._cap_usd
        )
        await to_the_end(self._lanes.disk(lambda: self._store().begin(outlay)))
        try:
            said, usage = await ask()
        except asyncio.CancelledError:
            await self._close(outlay, None, maybe_billed=True)
            raise
        except StudioError as error:
            await self._close(outlay, None, unsent=error.unsent, maybe_billed=error.maybe_billed)
            raise
        await self._close(outlay, usage)
        return said

    async def _close(
        self, outlay: Outlay, usage: Usage | None, *, unsent: bool = False, maybe_billed: bool = False
    ) -> None:
        """A text that came is not lost to a full disk: then what was expected goes on counting."""

        def close() -> None:
            self._store().end(outlay.outlay_id, usage, unsent=unsent, maybe_billed=maybe_billed)

        with suppress(StorageProblem):
            await to_the_end(self._lanes.disk(close))


def check_price(service: TextService, expected_usd: float | None, cap_usd: float | None) -> None:
    """BudgetExceeded where there is a cap that can't be kept, since nobody knows the price."""
    if cap_usd is not None and expected_usd is None and service.charges:
        raise BudgetExceeded("errors_money.text_price_unknown", unsent=True, model=service.model)
