"""The requests of one ask, worked off two at a time into one queue of events. Runs on the worker's loop.

One candidate's failure loses nothing of the others. What would befall every request (a refused key, a used-up quota,
a server that can't be reached) ends the sending; so do two failures before anything has come.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Final

from dalle_studio.core.errors import StudioError
from dalle_studio.core.ports import Answer, EngineEvent, Partial, Waiting
from dalle_studio.engines import answers, failures
from dalle_studio.engines.connection import LARGEST_BODY, Connection
from dalle_studio.engines.exchange import Exchange, Patience, exchange
from dalle_studio.engines.fetching import fetch
from dalle_studio.engines.models import EngineModel
from dalle_studio.engines.requests import Request

AT_ONCE: Final = 2
"""Requests of one job that run side by side: more would meet the low tiers' five pictures a minute."""

_FAILURES_IN_A_ROW: Final = 2
_SAME_PAUSE: Final = 1.0
"""Seconds by which a pause may grow without being told of again."""


class Job:
    """The requests of one `run`. `events` ends with None; then `failure` is the first StudioError, or None."""

    def __init__(
        self,
        connection: Connection,
        model: str | None,
        row: EngineModel | None,
        *,
        successor: str | None,
        patience: Patience,
        deadline: float,
    ) -> None:
        self.events: asyncio.Queue[EngineEvent | None] = asyncio.Queue()
        self.failure: StudioError | None = None
        self._connection = connection
        self._model = model
        self._row = row
        self._successor = successor
        self._patience = patience
        self._deadline = deadline
        self._failed = self._answered = 0
        self._is_over = False
        self._not_before = 0.0
        """Of the loop's clock: the service asked for a pause until then, whichever request it answered."""
        self._told = 0.0
        """The pause that was told of last."""

    async def work(self, requests: list[Request]) -> None:
        """Take requests from the front until none is left or it is over."""
        while self._goes_on(requests):
            await self._take_turn()
            if not self._goes_on(requests):  # the other one may have failed, or taken the last
                return
            try:
                await self._send(requests.pop(0))
            except StudioError as error:
                self._fail(error)

    def _goes_on(self, requests: list[Request]) -> bool:
        return bool(requests) and not self._is_over

    async def watch(self, workers: list[asyncio.Task[None]]) -> None:
        """Mark the end of the events, and pass on a worker's crash."""
        try:
            await asyncio.gather(*workers)
        finally:
            self.events.put_nowait(None)

    def _fail(self, error: StudioError) -> None:
        """Remember the first failure, and what all of them say about the bill."""
        self._failed += 1
        # What was painted and lost concerns one candidate; anything else would befall the next one, too.
        alone = error.maybe_billed and (self._answered > 0 or self._failed < _FAILURES_IN_A_ROW)
        too_late = asyncio.get_running_loop().time() >= self._deadline
        self._is_over = self._is_over or too_late or not alone
        if self.failure is None:
            self.failure = error
        self.failure.unsent = self.failure.unsent and error.unsent and self._answered == 0
        self.failure.maybe_billed = self.failure.maybe_billed or error.maybe_billed

    # --- within the rate limit ---------------------------------------------------------------------------------------

    async def _take_turn(self) -> None:
        """Wait, visibly, where the service asked for a pause that ends before the deadline."""
        loop = asyncio.get_running_loop()
        while self._not_before < self._deadline and (seconds := self._not_before - loop.time()) > 0:
            if self._not_before > self._told + _SAME_PAUSE:
                self._told = self._not_before
                self.events.put_nowait(Waiting(failures.WAITING_RATE_LIMIT, seconds))
            await asyncio.sleep(seconds)

    def _tell(self, waiting: Waiting) -> None:
        if waiting.message == failures.WAITING_RATE_LIMIT:
            self._pause(waiting.seconds)
            self._told = self._not_before
        self.events.put_nowait(waiting)

    def _pause(self, seconds: float) -> None:
        self._not_before = max(self._not_before, asyncio.get_running_loop().time() + seconds)

    # --- one request -------------------------------------------------------------------------------------------------

    async def _send(self, request: Request) -> None:
        pieces = 4 if request.streams else 1  # up to three partial pictures, each as large as the picture itself
        async with exchange(
            self._connection,
            model=self._model,
            deadline=self._deadline,
            patience=self._patience,
            tell=self._tell,
            largest_body=LARGEST_BODY * pieces,
            successor=self._successor,
        ) as server:
            try:
                if request.streams:
                    await self._listen(server, request)
                else:
                    reply = await server.ask(request.route, request.fields, request.files)
                    await self._deliver(reply.payload, reply.request_id, request)
            finally:
                seconds = failures.seconds_until_room(server.headers, request.pictures)
                if seconds is not None:
                    self._pause(seconds)

    async def _listen(self, server: Exchange, request: Request) -> None:
        """Pass partial pictures on; a stream must bring the completed picture, whatever else came."""
        async with aclosing(server.listen(request.route, request.fields, request.files)) as replies:
            request_id = None
            async for reply in replies:
                event, request_id = reply.payload, reply.request_id
                if not reply.is_event:  # a gateway that does not stream
                    await self._deliver(event, request_id, request)
                    return
                if not isinstance(event, dict):
                    continue
                kind = str(event.get("type"))
                if kind.endswith(".partial_image"):
                    self._partial(event, request)
                elif kind.endswith(".completed"):
                    # Taken here and now: how the connection ends after it does not matter any more.
                    data = answers.decode_base64(event.get("b64_json"), request_id)
                    self._answer(data, event, request_id, request)
                    return
        raise answers.unfinished(request_id, self._connection.host)

    def _partial(self, event: dict[str, object], request: Request) -> None:
        try:
            data = answers.decode_base64(event.get("b64_json"))
        except StudioError:
            return  # only a preview: the picture itself is still to come
        self.events.put_nowait(Partial(request.index, data))

    async def _deliver(self, payload: object, request_id: str | None, request: Request) -> None:
        """Hand over the picture of a whole answer; of several that nobody asked for, the first."""
        data = await self._data(answers.first_delivery(payload, request_id), request_id)
        self._answer(data, payload, request_id, request)

    async def _data(self, one: answers.Delivery, request_id: str | None) -> bytes:
        if one.data is not None:
            return one.data
        if one.url is None or not self._connection.profile.url_answers:
            raise answers.unusable(request_id)
        seconds = max(1.0, self._deadline - asyncio.get_running_loop().time())
        return await fetch(one.url, self._connection, request_id, seconds)

    def _answer(self, data: bytes, payload: object, request_id: str | None, request: Request) -> None:
        self._answered += 1
        counted = answers.usage(payload, self._row)
        self.events.put_nowait(Answer(request.index, data, counted, request_id, request.warnings))
