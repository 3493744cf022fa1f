"""One request to a server and what comes back, within a deadline. Runs on the worker's loop; only awaits.

The SDK's own retries are off: it would send a picture job again after a lost answer, and each try is billed. What
may be sent again, twice at most and visibly, is what surely was not done: no connection, and a rate limit.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from dalle_studio.core.errors import EngineUnavailable
from dalle_studio.core.ports import Waiting
from dalle_studio.engines import answers, failures
from dalle_studio.engines.connection import CONNECT_SECONDS, LARGEST_BODY, Connection
from dalle_studio.engines.events import Body, content_type, read_events
from dalle_studio.engines.server_text import request_id_of

if TYPE_CHECKING:
    import httpx2
    import openai

Fields: TypeAlias = Mapping[str, object]
FilePart: TypeAlias = tuple[str, tuple[str, bytes, str]]
"""Field name, and (file name, bytes, content type): a part without its type is refused by the service."""

Tell: TypeAlias = Callable[[Waiting], None]


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and after how long a request is sent again that surely was not done."""

    retries: int = 2
    rate_limit: tuple[float, ...] = (5.0, 20.0)
    """Seconds before each further try when the server names none."""
    connection: tuple[float, ...] = (0.5, 2.0)


@dataclass(frozen=True, slots=True)
class Reply:
    """A JSON answer, or one event of a stream."""

    payload: object
    request_id: str | None
    is_event: bool = False


class Exchange:
    """Requests over one client. Made by `exchange`; `in_flight` says whether the server may be at work."""

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        context: failures.Context,
        deadline: float,
        patience: Patience,
        tell: Tell,
    ) -> None:
        self.context = context
        self.in_flight = False
        self.headers: Mapping[str, str] = {}
        """Of the newest response."""
        self._client = client
        self._deadline = deadline
        self._patience = patience
        self._tell = tell

    async def ask(self, route: str, fields: Fields, files: Sequence[FilePart] = ()) -> Reply:
        """Send, and read a whole JSON answer. Raises StudioError."""
        async with self._sending(route, fields, files) as response:
            return self._whole(response, await response.aread())

    async def listen(self, route: str, fields: Fields, files: Sequence[FilePart] = ()) -> AsyncGenerator[Reply]:
        """Send, and give the events as they come. A server that answers in one piece gives one. Raises StudioError."""
        async with self._sending(route, fields, files) as response, aclosing(Body(response)) as body:
            if not await body.holds_events():
                yield self._whole(response, await body.whole())
                return
            request_id = self._id_of(response)
            async with aclosing(read_events(body)) as events:
                async for event in events:
                    if isinstance(event, dict) and (event.get("error") or event.get("type") == "error"):
                        rejection = failures.read_rejection(None, event)
                        raise failures.of_rejection(rejection, self.context, response.headers).error
                    yield Reply(event, request_id, is_event=True)

    async def look_up(self, route: str) -> Reply:
        """Read a whole JSON answer that costs nothing. Raises StudioError."""
        async with self._sending(route, None, ()) as response:
            return self._whole(response, await response.aread())

    @asynccontextmanager
    async def _sending(
        self, route: str, fields: Fields | None, files: Sequence[FilePart]
    ) -> AsyncIterator[httpx2.Response]:
        """The open response, its body unread; what goes wrong until the end of the block is a StudioError."""
        response = await self._persist(route, fields, files)
        try:
            yield response
        except failures.wire_errors() as error:
            failure = failures.of_exception(error, self.context).error
            failure.request_id = failure.request_id or self._id_of(response)
            raise failure from None
        finally:
            await response.aclose()

    async def _persist(self, route: str, fields: Fields | None, files: Sequence[FilePart]) -> httpx2.Response:
        attempt, has_left = 0, False
        while True:
            self.in_flight = True
            try:
                response = await self._post(route, fields, files)
            except failures.wire_errors() as error:
                failure = failures.of_exception(error, self.context)
                has_left = has_left or not failure.error.unsent
                failure.error.unsent = not has_left
                waiting = self._pause(failure, attempt)
                if waiting is None:
                    raise failure.error from None
            else:
                self.headers = response.headers
                return response
            self.in_flight = False
            attempt += 1
            self._tell(waiting)
            await asyncio.sleep(waiting.seconds)

    def _pause(self, failure: failures.Failure, attempt: int) -> Waiting | None:
        """How to wait before the next try; None when there is none, or it would not end before the deadline."""
        if failure.pause is None or attempt >= self._patience.retries:
            return None
        seconds = failure.pause.seconds
        if seconds is None:
            limited = failure.pause.message == failures.WAITING_RATE_LIMIT
            steps = self._patience.rate_limit if limited else self._patience.connection
            seconds = steps[min(attempt, len(steps) - 1)]
        if asyncio.get_running_loop().time() + seconds >= self._deadline:
            return None
        return Waiting(failure.pause.message, seconds)

    async def _post(self, route: str, fields: Fields | None, files: Sequence[FilePart]) -> httpx2.Response:
        """The open response. Without fields it is a GET."""
        import httpx2
        from openai import AsyncStream

        left = max(1.0, self._deadline - asyncio.get_running_loop().time())
        options: dict[str, Any] = {"timeout": httpx2.Timeout(left, connect=min(left, CONNECT_SECONDS))}
        if files:
            options["headers"] = {"Content-Type": "multipart/form-data"}
        # Cast to a response class, the client hands out the open response, whatever its signature says of streams.
        common: dict[str, Any] = {
            "cast_to": httpx2.Response,
            "options": options,
            "stream": True,
            "stream_cls": AsyncStream[object],
        }
        response: object
        if fields is None:
            response = await self._client.get(route, **common)
        else:
            response = await self._client.post(route, body=dict(fields), files=list(files) or None, **common)
        return cast("httpx2.Response", response)

    def _whole(self, response: httpx2.Response, body: bytes) -> Reply:
        """What a JSON body says. EngineUnavailable for a page of HTML or anything else that is no JSON."""
        kind = content_type(response)
        request_id = self._id_of(response)
        try:
            payload = json.loads(body)  # whatever the type says: some gateways call everything plain text
        except (ValueError, RecursionError) as error:
            if _ends_early(error):
                raise answers.unfinished(request_id, self.context.host) from None
            if kind not in {"text/html", "application/xhtml+xml"}:
                raise
            # The sign-in page of a hotel's network answers like this: the service never saw the request.
            raise EngineUnavailable("errors_engines.web_page", request_id=request_id, host=self.context.host) from None
        if isinstance(payload, dict) and payload.get("error"):
            rejection = failures.read_rejection(None, payload)
            raise failures.of_rejection(rejection, self.context, response.headers).error
        return Reply(payload, request_id)

    def _id_of(self, response: httpx2.Response) -> str | None:
        return request_id_of(response.headers, self.context.key)


@asynccontextmanager
async def exchange(
    connection: Connection,
    *,
    model: str | None,
    deadline: float,
    patience: Patience,
    tell: Tell,
    largest_body: int = LARGEST_BODY,
    successor: str | None = None,
) -> AsyncIterator[Exchange]:
    """A client for one candidate, closed at the end. `deadline` is a time of the running loop.

    Leaving it by cancellation closes the socket at once. Past the deadline: EngineUnavailable.
    """
    client = await asyncio.to_thread(connection.client, largest_body=largest_body)  # imports openai, reads certificates
    context = failures.Context(connection.host, model, successor, connection.key())
    one = Exchange(client, context, deadline, patience, tell)
    try:
        async with asyncio.timeout_at(deadline):
            yield one
    except TimeoutError:
        raise EngineUnavailable("errors_engines.timed_out", maybe_billed=one.in_flight, host=connection.host) from None
    finally:
        await client.close()


def _ends_early(error: ValueError | RecursionError) -> bool:
    """Whether JSON was right as far as it came: a server that names no length closes like this when it dies."""
    if not isinstance(error, json.JSONDecodeError) or not error.doc.lstrip().startswith("{"):
        return False
    return error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated")
