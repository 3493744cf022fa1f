"""The engine for OpenAI's Images API and the servers that speak it: generate, edit, remove, extend, vary.

One request a candidate, at most two at once. An explicit legal size is always sent. Runs on the worker's loop; closing
the iterator closes the sockets.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

from dalle_studio.core.errors import BadInput
from dalle_studio.core.local_day import today
from dalle_studio.core.plan import FreeSizes, SizeRules
from dalle_studio.core.ports import Ask, EngineEvent, EngineInfo
from dalle_studio.core.records import Operation
from dalle_studio.engines.connection import Connection
from dalle_studio.engines.exchange import Patience
from dalle_studio.engines.job import AT_ONCE, Job
from dalle_studio.engines.listing import first_model
from dalle_studio.engines.model_table import ModelTable
from dalle_studio.engines.models import EngineModel, MarkupSupport, Transparency
from dalle_studio.engines.requests import LARGEST_COUNT, Manner, requests_of, route_of

_SLOW_QUALITIES: Final = frozenset({"high", "xhigh", "max"})


class OpenAIEngine:
    """One server with one engine model. Holds no socket between jobs.

    Without a `model` it is the profile's own, or the first that the server lists, asked for with the first job.

    `name` is what the user calls it; without one it is called like its profile. `table` says what the engine models
    can do; without one it is the built-in table.

    `partial_images` 0 to 3: how many partial pictures are asked for while a candidate is painted (each is billed as
    100 output tokens); 0 asks for the whole answer at once.
    """

    def __init__(
        self,
        connection: Connection,
        model: str | None = None,
        *,
        table: ModelTable | None = None,
        partial_images: int = 1,
        patience: Patience | None = None,
        name: str | None = None,
    ) -> None:
        if not 0 <= partial_images <= 3:
            raise ValueError("0 to 3 partial pictures")
        self.connection = connection
        self.model = model or connection.profile.default_model
        self.name = name or connection.profile.name
        self.patience = patience or Patience()
        self._table = table or ModelTable()
        self._partial_images = partial_images

    @property
    def info(self) -> EngineInfo:
        profile, row = self.connection.profile, self._row
        return EngineInfo(
            name=self.name,
            model=self.model,
            host=self.connection.host,
            profile=profile.name,
            sizes=self._sizes,
            operations=frozenset(
                operation for operation in Operation if operation.is_asked and route_of(profile, operation) is not None
            ),
            wordless=frozenset() if profile.variations is None else frozenset({Operation.VARY}),
            needs_english=profile.needs_english,
            max_prompt=min(profile.max_prompt, row.max_prompt if row is not None else profile.max_prompt),
            max_count=LARGEST_COUNT,
            max_pictures=self._max_pictures,
            backgrounds=self._backgrounds,
            formats=("png", "webp", "jpeg") if profile.sends_format else (),
            has_check=profile.moderations is not None,
            takes_markup=profile.sends_markup and (row is None or row.markup is not MarkupSupport.NONE),
            streams=self._partials > 0,
            needs_key=self.connection.needs_key,
            charges=profile.charges,
        )

    async def run(self, ask: Ask) -> AsyncGenerator[EngineEvent]:
        """Paint. Answers come in the order they are ready; one candidate's failure does not lose the others.

        Raises the first StudioError when all is over; answers that came before stay valid.
        """
        self._check(ask)
        self.connection.key()
        await self.prepare()
        manner = Manner(self.model, self._partials)
        requests = await asyncio.to_thread(lambda: list(requests_of(ask, self.connection.profile, manner)))
        rounds = -(-len(requests) // AT_ONCE)
        seconds = ask.timeout if ask.timeout is not None else _patience_for(ask.quality) * rounds
        deadline = asyncio.get_running_loop().time() + seconds
        job = Job(
            self.connection,
            self.model,
            self._row,
            successor=self._successor,
            patience=self.patience,
            deadline=deadline,
        )
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

    # --- what the engine model and the server can do -------------------------------------------------------------

    @property
    def _row(self) -> EngineModel | None:
        return self._table.find(self.model)

    @property
    def _successor(self) -> str | None:
        """Only of services that are known to serve it: another server's models are its own."""
        if self.model is None or self.connection.profile.default_model is None:
            return None
        return self._table.successor(self.model, today())

    @property
    def _backgrounds(self) -> tuple[str, ...]:
        row = self._row
        if not self.connection.profile.sends_background:
            return ()
        clear = row is None or row.transparency is not Transparency.NONE
        return ("auto", "opaque", "transparent") if clear else ("auto", "opaque")

    @property
    def _sizes(self) -> SizeRules:
        row = self._row
        return self.connection.profile.sizes or (row.sizes if row is not None else FreeSizes())

    @property
    def _partials(self) -> int:
        row = self._row
        streams = self.connection.profile.streams and (row is None or row.streaming)
        return self._partial_images if streams else 0

    @property
    def _max_pictures(self) -> int:
        row = self._row
        most = self.connection.profile.max_pictures
        return most if row is None else min(most, row.max_images)

    def _check(self, ask: Ask) -> None:
        """Refuse here what the server would refuse, before anything leaves."""
        try:
            self._check_fields(ask)
            self._check_pictures(ask)
        except BadInput as refused:
            refused.unsent = True
            raise

    def _check_fields(self, ask: Ask) -> None:
        profile = self.connection.profile
        route = route_of(profile, ask.operation, with_references=bool(ask.references))
        if route is None:
            raise BadInput("errors_engines.operation_unknown", server=self.name)
        if not ask.prompt.strip() and route != profile.variations:
            raise BadInput("errors_engines.prompt_missing")
        if len(ask.prompt) > self.info.max_prompt:
            raise BadInput("errors_engines.prompt_long", host=self.connection.host)
        if not self._sizes.allows(ask.size):
            raise BadInput("errors_engines.size_illegal", size=str(ask.size), model=self.model or self.name)
        if not 1 <= ask.count <= LARGEST_COUNT:
            raise BadInput("errors_engines.count", limit=LARGEST_COUNT)
        row = self._row
        if profile.sends_quality and row is not None and ask.quality and ask.quality not in row.qualities:
            known = ", ".join(row.qualities)
            raise BadInput("errors_engines.quality_unknown", quality=ask.quality, model=row.name, known=known)
        if ask.background == "transparent" and ask.answer_format == "jpeg":
            raise BadInput("errors_engines.transparent_jpeg")

    def _check_pictures(self, ask: Ask) -> None:
        own = ask.operation is not Operation.GENERATE
        if own and ask.image_png is None:
            raise ValueError("this operation needs a picture")
        if ask.references and self._max_pictures <= own:
            raise BadInput("errors_engines.references_unknown", server=self.name)
        if len(ask.references) + own > self._max_pictures:
            raise BadInput("errors_engines.references", limit=self._max_pictures - own)
        if ask.markup_png is None:
            return
        if ask.mask_png is not None:
            raise BadInput("errors_markup.with_mask")
        if not own or not self.info.takes_markup:
            raise BadInput("errors_markup.unread", model=self.model or self.name)


def _patience_for(quality: str) -> float:
    """Seconds a candidate may take: the slow qualities take minutes."""
    return 600.0 if quality in _SLOW_QUALITIES else 180.0
