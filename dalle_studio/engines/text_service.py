"""A server's text routes: instructions and a text, perhaps a picture, go in; text comes out. Runs on the worker's loop.

The Responses API is asked first (`store=False`: nothing is kept there), chat completions where a server has only
those. Nothing is ever sent twice by itself.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from dalle_studio.core.errors import BadInput, EngineUnavailable, StudioError
from dalle_studio.core.records import Usage
from dalle_studio.engines.connection import Connection
from dalle_studio.engines.exchange import Exchange, Patience, exchange

Rates: TypeAlias = Mapping[str, tuple[float, float]]
"""US dollars per million tokens, in and out, by the model's name."""

DEFAULT_MODEL: Final = "gpt-6-luna"

NO_ROUTE: Final = "errors_engines.no_route"

_SECONDS: Final = 60.0
_LARGEST_BODY: Final = 2**20

_USD_PER_MILLION: Final[Rates] = {
    "gpt-6-luna": (0.10, 0.50),
    "gpt-5.6-luna": (0.20, 1.20),
    "gpt-5.4-nano": (0.20, 1.25),
}
"""Input and output tokens (litellm's price table, November 2026)."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What came back: not looked at yet, so any text or none."""

    text: str
    usage: Usage


class TextService:
    """One server with one text model. Holds no socket between texts. `rates` go before the built-in ones."""

    def __init__(self, connection: Connection, model: str | None = None, rates: Rates | None = None) -> None:
        self.connection = connection
        self.model = model or DEFAULT_MODEL
        self._rate = {**_USD_PER_MILLION, **(rates or {})}.get(self.model)
        self._chat_only = not connection.profile.responses

    @property
    def host(self) -> str:
        return self.connection.host

    @property
    def charges(self) -> bool:
        return self.connection.profile.charges

    def price(self, tokens_in: int, tokens_out: int) -> float | None:
        """US dollars; None for a model whose price is not known."""
        if not self.charges:
            return 0.0
        return None if self._rate is None else (tokens_in * self._rate[0] + tokens_out * self._rate[1]) / 1_000_000

    async def ask(self, instructions: str, text: str, picture: bytes | None = None) -> Spoken:
        """Raises StudioError; EngineUnavailable `NO_ROUTE` where the server has neither route.

        `picture` is a PNG without metadata; it goes along as a data URL.
        """
        deadline = asyncio.get_running_loop().time() + _SECONDS
        try:
            async with exchange(
                self.connection,
                model=self.model,
                deadline=deadline,
                patience=Patience(retries=0),  # there is no place here to show a wait
                tell=lambda _: None,
                largest_body=_LARGEST_BODY,
            ) as server:
                return await self._ask(server, instructions, text, picture)
        except StudioError as error:
            if error.message == "errors_engines.model_gone":
                raise BadInput("errors_engines.translator_gone", model=self.model) from None
            raise

    async def _ask(self, server: Exchange, instructions: str, text: str, picture: bytes | None) -> Spoken:
        address = None if picture is None else "data:image/png;base64," + base64.b64encode(picture).decode()
        if not self._chat_only:
            said: object = text
            if address is not None:
                parts = [{"type": "input_text", "text": text}, {"type": "input_image", "image_url": address}]
                said = [{"role": "user", "content": parts}]
            fields = {"model": self.model, "instructions": instructions, "input": said, "store": False}
            try:
                payload = (await server.ask("/responses", fields)).payload
            except EngineUnavailable as error:
                if error.message != NO_ROUTE:
                    raise
                self._chat_only = True
            else:
                return Spoken(_output_text(payload), self._usage(payload, "input_tokens", "output_tokens"))
        said = text
        if address is not None:
            said = [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": address}}]
        messages = [{"role": "system", "content": instructions}, {"role": "user", "content": said}]
        fields = {"model": self.model, "messages": messages, "max_completion_tokens": 4000}
        payload = (await server.ask("/chat/completions", fields)).payload
        return Spoken(_chat_text(payload), self._usage(payload, "prompt_tokens", "completion_tokens"))

    def _usage(self, payload: object, into: str, out: str) -> Usage:
        found = payload.get("usage") if isinstance(payload, dict) else None
        usage = found if isinstance(found, dict) else {}
        tokens_in, tokens_out = _count(usage.get(into)), _count(usage.get(out))
        usd = None
        if tokens_in is not None and tokens_out is not None:
            usd = self.price(tokens_in, tokens_out)
        return Usage(tokens_in, tokens_out, json.dumps(usage) if usage else None, usd)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None


def _output_text(payload: object) -> str:
    """The text of a Responses answer: every `output_text` of its messages."""
    output = payload.get("output") if isinstance(payload, dict) else None
    contents = [item.get("content") for item in _list(output) if isinstance(item, dict)]
    parts = [part for content in contents for part in _list(content) if isinstance(part, dict)]
    return "".join(str(part.get("text", "")) for part in parts if part.get("type") == "output_text")


def _chat_text(payload: object) -> str:
    """The text of a chat answer's first choice."""
    choices = _list(payload.get("choices") if isinstance(payload, dict) else None)
    first = choices[0] if choices else None
    message = first.get("message") if isinstance(first, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else ""


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
