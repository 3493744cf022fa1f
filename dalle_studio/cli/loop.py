"""Run one coroutine to its end; Ctrl+C, SIGTERM and SIGHUP cancel it, and let it write what it must."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from dalle_studio.cli import interrupts
from dalle_studio.core.errors import Cancelled

T = TypeVar("T")


def run_to_end(work: Coroutine[Any, Any, T], *, maybe_billed: bool = False) -> T:
    """*Blocking.* Raises Cancelled when the user interrupts; what `work` raises comes through as it is.

    `maybe_billed` says that the work is a request, for which an interruption is not the last word about the bill.
    """

    async def guarded() -> T:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in interrupts.heeded():
            with suppress(NotImplementedError, RuntimeError, ValueError):  # Windows, or not on the main thread
                loop.add_signal_handler(number, task.cancel)
        return await task

    try:
        with interrupts.kept():
            return asyncio.run(guarded())
    except asyncio.CancelledError:
        raise Cancelled("errors.cancelled", maybe_billed=maybe_billed) from None
