"""The service's free safety check: a prompt with its picture before it is sent, or the parts of a refused prompt.

Nothing is made and nothing is billed. Runs on the worker's loop.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from typing import Final

from dalle_studio.core.checking import Finding
from dalle_studio.core.errors import EngineUnavailable, StudioError
from dalle_studio.engines.connection import Connection
from dalle_studio.engines.exchange import Patience, exchange

MODEL: Final = "omni-moderation-latest"

_SECONDS: Final = 30.0
_LARGEST_BODY: Final = 2**20


class ServiceChecker:
    """Asks the moderation route of a profile that has one. Holds no socket between questions."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def check(self, prompt: str, picture_png: bytes | None) -> Finding:
        """What the service thinks of both together. Raises StudioError."""
        parts: list[dict[str, object]] = [{"type": "text", "text": prompt}] if prompt.strip() else []
        if picture_png is not None:
            address = "data:image/png;base64," + base64.b64encode(picture_png).decode()
            parts.append({"type": "image_url", "image_url": {"url": address}})
        if not parts:
            return Finding()
        (finding,) = await self._ask(parts, 1)
        return finding

    async def check_each(self, texts: Sequence[str]) -> tuple[Finding, ...]:
        """What the service thinks of each text by itself, in one question. Raises StudioError."""
        return await self._ask(list(texts), len(texts))

    async def _ask(self, asked: object, count: int) -> tuple[Finding, ...]:
        route = self.connection.profile.moderations
        if route is None:
            raise EngineUnavailable("errors_checking.no_check", host=self.connection.host)
        try:
            async with exchange(
                self.connection,
                model=MODEL,
                deadline=asyncio.get_running_loop().time() + _SECONDS,
                patience=Patience(retries=0),
                tell=lambda _: None,
                largest_body=_LARGEST_BODY,
            ) as server:
                payload = (await server.ask(route, {"model": MODEL, "input": asked})).payload
        except StudioError as error:
            error.maybe_billed = False  # it is free
            raise
        results = payload.get("results") if isinstance(payload, dict) else None
        if not isinstance(results, list) or len(results) != count:
            raise EngineUnavailable("errors_checking.unusable", host=self.connection.host)
        return tuple(map(_finding, results))


def _finding(result: object) -> Finding:
    if not isinstance(result, dict) or not isinstance(result.get("flagged"), bool):
        raise EngineUnavailable("errors_checking.unusable", host="")
    categories = result.get("categories")
    found = categories.items() if isinstance(categories, dict) else ()
    return Finding(result["flagged"], tuple(str(name) for name, is_met in found if is_met is True))
