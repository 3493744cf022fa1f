"""Which engine models a server offers, and until when: `GET /v1/models`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Final

from dalle_studio.core.errors import EngineUnavailable
from dalle_studio.engines.connection import Connection
from dalle_studio.engines.exchange import Patience, exchange
from dalle_studio.engines.server_text import plain

_SECONDS: Final = 20.0
_LARGEST_BODY: Final = 4 * 2**20
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A line of the list. That it is there does not prove that this key may use it."""

    name: str
    shutdown: date | None = None


async def list_models(connection: Connection) -> tuple[ListedModel, ...]:
    """The server's list, in its order; empty where it keeps none. Raises StudioError."""
    deadline = asyncio.get_running_loop().time() + _SECONDS
    try:
        async with exchange(
            connection,
            model=None,
            deadline=deadline,
            patience=Patience(retries=0),
            tell=lambda _: None,
            largest_body=_LARGEST_BODY,
        ) as server:
            payload = (await server.look_up("/models")).payload
    except EngineUnavailable as error:
        error.maybe_billed = False
        if error.message == "errors_engines.no_route":
            return ()
        raise
    data = payload.get("data") if isinstance(payload, dict) else None
    lines = [line for line in data if isinstance(line, dict)] if isinstance(data, list) else []
    return tuple(ListedModel(line["id"], _day(line.get("shutdown_date"))) for line in lines if _is_name(line.get("id")))


async def first_model(connection: Connection) -> str | None:
    """The name of the first model that a server lists; None where it lists none."""
    listed = await list_models(connection)
    return listed[0].name if listed else None


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and plain(value) == value


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
