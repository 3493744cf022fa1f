"""The engine for OpenAI's Images API and the servers that speak it: generate, edit, remove, extend, vary.

One request a candidate where answers stream, at most two at once; otherwise one request for all. An explicit legal
size is always sent. Runs on the worker's loop; closing the iterator closes the sockets.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from dalle_studio.core.errors import BadInput, EngineUnavailable, StudioError
from dalle_studio.core.picture import Pixels
from dalle_studio.core.plan import FreeSizes, SizeRules
from dalle_studio.core.ports import Answer, Ask, EngineEvent, EngineInfo, Partial, Waiting
from dalle_studio.core.records import Operation
from dalle_studio.engines import answers, models
from dalle_studio.engines.connection import LARGEST_BODY, Connection
from dalle_studio.engines.exchange import Exchange, FilePart, Patience, exchange
from dalle_studio.engines.fetching import fetch
from dalle_studio.engines.listing import first_model
from dalle_studio.engines.profiles import MaskUse, Profile

AT_ONCE: Final = 2
"""Requests of one job that run side by side: more would meet the low tiers' five pictures a minute."""

_FILE_NAME: Final = "image.png"
_MASK_NAME: Final = "mask.png"
_PNG: Final = "image/png"
_LARGEST_MASK: Final = 4_000_000
_LARGEST_COUNT: Final = 10
_SLOW_QUALITIES: Final = frozenset({"high", "xhigh", "max"})


@dataclass(frozen=True, slots=True)
class _Request:
    """What goes out for `count` candidates, the first of which has the number `first`."""

    route: str
    fields: dict[str, object]
    files: tuple[FilePart, ...]
    first: int
    count: int
    streams: bool


class OpenAIEngine:
    """One server with one engine model. Holds no socket between jobs.

    Without a `model` it is the profile's own, or the first that the server lists, asked for with the first job.

    `name` is what the user calls it; without one it is called like its profile.

    `partial_images` 0 to 3: how many partial pictures are asked for while a candidate is painted (each is billed as
    100 output tokens); 0 asks for the whole answer at once.
    """

    def __init__(
        self,
        connection: Connection,
        model: str | None = None,
        *,
        partial_images: int = 1,
        patience: Patience | None = None,
        name: str | None = None,
    ) -> None:
        if not 0 <= partial_images <= 3:
            raise ValueError("0 to 3 partial pictures")
        self.connection = connection
        self.model = model or connection.profile.default_model
        self.name = name or connection.profile.name
        self._partial_images = partial_images
        self.patience = patience or Patience()

    @property
    def info(self) -> EngineInfo:
        profile, row = self.connection.profile, models.find(self.model or "")
        return EngineInfo(
            name=self.name,
            model=self.model,
            host=self.connection.host,
            sizes=self._sizes,
            operations=frozenset(
                operation for operation in Operation if operation.is_asked and _route(profile, operation) is not None
            ),
            needs_english=profile.needs_english,
            max_prompt=min(profile.max_prompt, row.max_prompt if row is not None else profile.max_prompt),
            max_count=_LARGEST_COUNT,
            streams=self._streams,
            needs_key=self.connection.needs_key,
        )

    async def run(self, ask: Ask) -> AsyncGenerator[EngineEvent]:
        """Paint. Answers come in the order they are ready; after a failure nothing more is sent, what runs is kept.

        Raises the first StudioError when all is over; answers that came before stay valid.
        """
        self._check(ask)
        self.connection.key()
        await self.prepare()
        files = await asyncio.to_thread(lambda: tuple(self._files(ask)))
        requests = list(self._requests(ask, files))
        loop = asyncio.get_running_loop()
        rounds = -(-len(requests) // AT_ONCE)
        seconds = ask.timeout if ask.timeout is not None else _patience_for(ask.quality) * rounds
        job = _Job(self, loop.time() + seconds)
        workers = [asyncio.create_task(job.work(requests)) for _ in range(min(AT_ONCE, len(requests)))]
        finish = asyncio.create_task(job.watch(workers))
        try:
            while (event := await job.events.get()) is not None:
                yield event
            await finish
            if job.failure is not None:
                raise job.failure
        finally:
            for task in (*workers, finish):
                task.cancel()
            await asyncio.gather(*workers, finish, return_exceptions=True)

    async def prepare(self) -> None:
        """Ask the server for its first engine model where none was named. KeyProblem, EngineUnavailable."""
        if self.model is None and self.connection.profile.sends_model:
            self.model = await first_model(self.connection)

    # --- what is sent ------------------------------------------------------------------------------------------

    @property
    def _sizes(self) -> SizeRules:
        row = models.find(self.model or "")
        return self.connection.profile.sizes or (row.sizes if row is not None else FreeSizes())

    @property
    def _streams(self) -> bool:
        row = models.find(self.model or "")
        return self.connection.profile.streams and self._partial_images > 0 and (row is None or row.streaming)

    def _check(self, ask: Ask) -> None:
        """Refuse here what the server would refuse, before anything leaves."""
        profile = self.connection.profile
        if _route(profile, ask.operation) is None:
            raise BadInput("errors_engines.operation_unknown", server=self.name)
        if not ask.prompt.strip() and _route(profile, ask.operation) != profile.variations:
            raise BadInput("errors_engines.prompt_missing")
        if len(ask.prompt) > self.info.max_prompt:
            raise BadInput("errors_engines.prompt_long", host=self.connection.host)
        if not self._sizes.allows(ask.size):
            raise BadInput("errors_engines.size_illegal", size=str(ask.size), model=self.model or self.name)
        if not 1 <= ask.count <= _LARGEST_COUNT:
            raise BadInput("errors_engines.count", limit=_LARGEST_COUNT)
        if len(ask.references) > profile.max_references:
            raise BadInput("errors_engines.references", limit=profile.max_references)
        if ask.operation is not Operation.GENERATE and ask.image_png is None:
            raise ValueError("this operation needs a picture")

    def _requests(self, ask: Ask, files: tuple[FilePart, ...]) -> Iterator[_Request]:
        """The requests of a job: one a candidate when they stream or the server paints one at a time."""
        profile = self.connection.profile
        route = _route(profile, ask.operation)
        assert route is not None  # noqa: S101 - `_check` ran
        streams = self._streams
        at_once = 1 if streams else profile.max_count
        for first in range(0, ask.count, at_once):
            count = min(at_once, ask.count - first)
            fields = self._fields(ask, route, count)
            if streams:
                fields |= {"stream": True, "partial_images": self._partial_images}
            yield _Request(route, fields, files, first, count, streams)

    def _fields(self, ask: Ask, route: str, count: int) -> dict[str, object]:
        profile = self.connection.profile
        fields: dict[str, object] = {}
        if profile.sends_model and self.model:
            fields["model"] = self.model
        if route != profile.variations:
            fields["prompt"] = ask.prompt
        fields["n"] = count
        fields["size"] = str(ask.size)
        if profile.sends_quality and ask.quality:
            fields["quality"] = ask.quality
        if profile.sends_background and ask.background != "auto":
            fields["background"] = ask.background
        if profile.response_format is not None:
            fields["response_format"] = profile.response_format
        return fields

    def _files(self, ask: Ask) -> Iterator[FilePart]:
        """The file parts; may encode, so it runs off the loop."""
        if ask.image_png is None or ask.operation is Operation.GENERATE:
            return
        profile = self.connection.profile
        picture = ask.image_png
        if profile.image_alpha and ask.image is not None:
            picture = _with_alpha(ask.image)
        pictures = (picture, *ask.references)
        name = profile.image_field if len(pictures) == 1 else f"{profile.image_field}[]"
        for each in pictures:
            if len(each) > profile.max_image_bytes:
                raise BadInput("errors_engines.picture_big", limit=profile.max_image_bytes // 1_000_000)
            yield name, (_FILE_NAME, each, _PNG)
        takes_mask = profile.mask_field is not None and _route(profile, ask.operation) != profile.variations
        if ask.mask_png is not None and takes_mask:
            if len(ask.mask_png) > _LARGEST_MASK:
                raise BadInput("errors_engines.picture_big", limit=_LARGEST_MASK // 1_000_000)
            yield str(profile.mask_field), (_MASK_NAME, ask.mask_png, _PNG)


def _with_alpha(pixels: Pixels) -> bytes:
    """(h, w, 3) as an opaque RGBA PNG: DALL·E 2 refuses pictures without an alpha channel."""
    import cv2

    done, data = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGRA))
    if not done:
        raise ValueError("not encoded")
    return data.tobytes()


def _route(profile: Profile, operation: Operation) -> str | None:
    if operation is Operation.GENERATE:
        return profile.generations
    if operation is Operation.VARY and profile.variations is not None:
        return profile.variations
    return profile.edits


def _patience_for(quality: str) -> float:
    """Seconds a candidate may take: the slow qualities take minutes."""
    return 600.0 if quality in _SLOW_QUALITIES else 180.0


class _Job:
    """The requests of one `run`, worked off by two tasks into one queue."""

    def __init__(self, engine: OpenAIEngine, deadline: float) -> None:
        self.events: asyncio.Queue[EngineEvent | None] = asyncio.Queue()
        self.failure: StudioError | None = None
        self._engine = engine
        self._deadline = deadline

    async def work(self, requests: list[_Request]) -> None:
        """Take requests from the front until none is left or one has failed."""
        while requests and self.failure is None:
            try:
                await self._send(requests.pop(0))
            except StudioError as error:
                self._fail(error)

    def _fail(self, error: StudioError) -> None:
        """Remember the first failure; the other worker's comes after it and says the same or less."""
        if self.failure is None:
            self.failure = error
        self.failure.unsent = self.failure.unsent and error.unsent

    async def watch(self, workers: list[asyncio.Task[None]]) -> None:
        """Mark the end of the events, and pass on a worker's crash."""
        try:
            await asyncio.gather(*workers)
        finally:
            self.events.put_nowait(None)

    async def _send(self, request: _Request) -> None:
        engine = self._engine
        pieces = 4 if request.streams else 1  # up to three partial pictures, each as large as the picture itself
        async with exchange(
            engine.connection,
            model=engine.model,
            deadline=self._deadline,
            patience=engine.patience,
            tell=self._tell,
            largest_body=LARGEST_BODY * pieces,
        ) as server:
            if request.streams:
                await self._listen(server, request)
            else:
                reply = await server.ask(request.route, request.fields, request.files)
                await self._deliver(reply.payload, reply.request_id, request)

    async def _listen(self, server: Exchange, request: _Request) -> None:
        """Pass partial pictures on; a stream must end with the completed picture, whatever came before."""
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
                    data = answers.decode_base64(event.get("b64_json"), request_id)
                    self._answer(request.first, data, event, request_id, request)
                    return
        raise answers.unfinished(request_id, self._engine.connection.host)

    def _partial(self, event: dict[str, object], request: _Request) -> None:
        try:
            data = answers.decode_base64(event.get("b64_json"))
        except StudioError:
            return  # only a preview: the picture itself is still to come
        self.events.put_nowait(Partial(request.first, data))

    async def _deliver(self, payload: object, request_id: str | None, request: _Request) -> None:
        """Hand over every picture of a whole answer; one that is unusable does not cost the others."""
        items = answers.items(payload, request_id)[: request.count]
        failure: StudioError | None = None
        for offset, item in enumerate(items):
            try:
                data = await self._data(answers.delivery(item, request_id), request_id)
            except StudioError as error:
                failure = failure or error
            else:
                self._answer(request.first + offset, data, payload if offset == 0 else None, request_id, request)
        if failure is not None:
            raise failure
        if len(items) < request.count:
            raise EngineUnavailable("errors_engines.fewer", request_id=request_id, came=len(items), asked=request.count)

    async def _data(self, one: answers.Delivery, request_id: str | None) -> bytes:
        if one.data is not None:
            return one.data
        connection = self._engine.connection
        if one.url is None or not connection.profile.url_answers:
            raise answers.unusable(request_id)
        seconds = max(1.0, self._deadline - asyncio.get_running_loop().time())
        return await fetch(one.url, connection, request_id, seconds)

    def _answer(self, index: int, data: bytes, payload: object, request_id: str | None, request: _Request) -> None:
        """Hand over a picture. The usage of a request that brings several is told once, with the first."""
        profile = self._engine.connection.profile
        ignored = profile.mask is MaskUse.IGNORED and any(name == profile.mask_field for name, _ in request.files)
        warnings = ("errors_engines.mask_ignored",) if ignored else ()
        counted = answers.usage(payload, self._engine.model)
        self.events.put_nowait(Answer(index, data, counted, request_id, warnings))

    def _tell(self, waiting: Waiting) -> None:
        self.events.put_nowait(waiting)
