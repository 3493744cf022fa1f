"""Run one coroutine to its end on a loop of its own; Ctrl+C and SIGTERM cancel it and let it write what it must.

Outside of this loop SIGTERM ends the process at once, as it does every program: nothing is in flight then.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from dalle_studio.core.errors import Cancelled

T = TypeVar("T")


def run_to_end(work: Coroutine[Any, Any, T], *, maybe_billed: bool = False) -> T:
    """*Blocking.* Raises Cancelled when the user interrupts; what `work` raises comes through as it is.

    `maybe_billed` says that the work is a request, for which an interruption is not the last word about the bill.
    """

    async def guarded() -> T:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError, RuntimeError, ValueError):  # Windows, or not on the main thread
                loop.add_signal_handler(number, task.cancel)
        return await task

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError:
        raise Cancelled("errors.cancelled", maybe_billed=maybe_billed) from None
