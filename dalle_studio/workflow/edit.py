"""One edit as one function: translate → plan → journal → ask → keep the raw answer → compose → record.

Runs on an asyncio loop that only awaits; everything that takes time goes to a lane. What the world has to do comes
in as ports. The order is the promise: the intent is on disk before the request leaves, and an answer is on disk
before it is decoded or a cancellation is looked at, so that nothing paid for is ever lost.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Final, ParamSpec, TypeVar

from dalle_studio.core.errors import (
    BadInput,
    BudgetExceeded,
    EngineRefused,
    EngineUnavailable,
    Reasons,
    StorageProblem,
    StudioError,
)
from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.picture import Picture, Pixels
from dalle_studio.core.plan import Plan
from dalle_studio.core.ports import (
    Answer,
    Budget,
    Checker,
    Codec,
    ComposedCandidate,
    EditStore,
    Engine,
    EngineEvent,
    Lanes,
    OnProgress,
    Progress,
    Stage,
    Translator,
)
from dalle_studio.core.records import EditIntent, EditRecord, EditRequest, Operation, State
from dalle_studio.workflow import composing, payload
from dalle_studio.workflow.composing import Composition
from dalle_studio.workflow.interim import Interim
from dalle_studio.workflow.lanes import to_the_end
from dalle_studio.workflow.payload import Canvas, Payload
from dalle_studio.workflow.prompt import SpokenPrompt, check_prompt, speak

P = ParamSpec("P")
T = TypeVar("T")

_LEAST: Final = 4
"""An answer may be this many times smaller than asked for, on each side; what is smaller holds nothing to paste."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The world, as one edit needs it."""

    engine: Engine
    codec: Codec
    store: EditStore
    lanes: Lanes
    translator: Translator | None = None
    budget: Budget | None = None
    """None = nobody keeps an eye on it."""
    checker: Checker | None = None
    """Asked before the engine, where the user wants that."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning: a message id with its parameters."""

    message: str
    params: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class EditOutcome:
    """What an edit brought. `canvas` is the (grown) picture before it; compositions are patches on it."""

    record: EditRecord
    canvas: Picture
    compositions: tuple[Composition, ...]
    plan: Plan | None
    warnings: tuple[Notice, ...] = ()
    lost: StudioError | None = None
    """Why not all candidates came that were asked for."""

    def picture(self, index: int = 0) -> Picture:
        """The composed picture of one candidate (blocking: copies the canvas)."""
        return _picture(self.canvas, self.compositions, index)


class AnswerNotKept(StorageProblem):
    """The library could not be written, but the answer is here: it can be saved elsewhere, nothing is asked again."""

    def __init__(
        self, cause: StorageProblem, answers: tuple[Answer, ...], canvas: Picture, compositions: tuple[Composition, ...]
    ) -> None:
        super().__init__(cause.message, hint="errors_workflow.answer_not_kept.hint")
        self.params = cause.params
        self.answers = answers
        self.canvas = canvas
        self.compositions = compositions

    def picture(self, index: int = 0) -> Picture:
        """The composed picture of one candidate (blocking: copies the canvas)."""
        return _picture(self.canvas, self.compositions, index)


async def run_edit(request: EditRequest, ports: Ports, on_progress: OnProgress) -> EditOutcome:
    """Do one edit and return it when it is durable in the library.

    Raises StudioError; nothing of the request is changed by a failure. When the task is cancelled, the request is
    closed at once, what had arrived stays in the library, and the edit is recorded as cancelled.
    """
    return await _Run(request, ports, on_progress).go()


class _Run:
    """The state of one edit on its way. One instance, one task."""

    def __init__(self, request: EditRequest, ports: Ports, on_progress: OnProgress) -> None:
        self.request = request
        self.ports = ports
        self.tell = on_progress
        self.edit_id = uuid.uuid4().hex[:16]
        self.seconds: dict[str, float] = {}
        self.warnings: list[Notice] = []
        self.is_asked = False  # whether the engine may be at work
        self.not_kept: StorageProblem | None = None
        self.lost: StudioError | None = None  # one candidate's failure, where others came

    async def go(self) -> EditOutcome:
        check_prompt(self.request, self.ports.engine.info)
        await self.ports.engine.prepare()
        info = self.ports.engine.info
        canvas: Canvas | None = None
        if self.request.operation is not Operation.GENERATE:
            with self._stage(Stage.PLAN):
                canvas = await self.ports.lanes.cpu(payload.lay_canvas, self.request)
                plan = await self.ports.lanes.cpu(payload.make_plan, canvas, self.request, info)
        else:
            plan = None
        with self._stage(Stage.TRANSLATE):
            spoken = await speak(self.request, info, self.ports.translator)
        if spoken.written and self.request.operation in info.wordless:
            self.warnings.append(Notice("errors_workflow.words_unread", {"engine": info.name}))
        parcel: Payload | None = None
        if canvas is not None and plan is not None:
            with self._stage(Stage.PLAN):
                parcel = await self.ports.lanes.cpu(payload.build, canvas, plan, self.request, info, self.ports.codec)
            if plan.experimental:
                self.warnings.append(Notice("errors_workflow.experimental_size", {"size": str(plan.sent)}))
        intent = replace(
            await self._intent(spoken, canvas, plan), markup_png=None if parcel is None else parcel.markup_png
        )
        try:
            await self._disk(self.ports.store.begin, intent)
            await self._check(spoken, parcel)
            with self._stage(Stage.WAIT):
                answers = await self._ask(spoken, canvas, plan, parcel)
            with self._stage(Stage.COMPOSE):
                compositions = await self._compose(canvas, plan, answers)
        except asyncio.CancelledError:
            await self._end(State.CANCELLED, None)
            raise
        except StudioError as error:
            await self._end(State.FAILED, error)
            raise
        base = canvas.picture if canvas is not None else self._blank(compositions)
        try:
            if self.not_kept is not None:
                raise self.not_kept
            with self._stage(Stage.SAVE):
                record = await self._record(base, compositions)
        except StorageProblem as problem:
            raise AnswerNotKept(problem, tuple(answers), base, compositions) from problem
        return EditOutcome(record, base, compositions, plan, tuple(self.warnings), self.lost)

    async def _check(self, spoken: SpokenPrompt, parcel: Payload | None) -> None:
        """The free check, of the very words and pixels that would leave. EngineRefused when they meet the rules."""
        if self.ports.checker is None or self.ports.engine.info.host is None:
            return
        with self._stage(Stage.CHECK):
            self.tell(Progress(Stage.CHECK))
            picture = None if parcel is None else parcel.image_png
            finding = await self.ports.checker.check(spoken.sent or "", picture)
        if finding.flagged:
            raise EngineRefused("errors_checking.refused", reason=Reasons(finding.categories))

    # --- asking --------------------------------------------------------------------------------------------------

    async def _ask(
        self, spoken: SpokenPrompt, canvas: Canvas | None, plan: Plan | None, parcel: Payload | None
    ) -> list[Answer]:
        request = self.request
        size = plan.sent if plan is not None else payload.size_of_new(request, self.ports.engine.info)
        ask = payload.ask_for(request, size, parcel, spoken.sent or "")
        answers: list[Answer] = []
        frame = None if canvas is None or plan is None else (canvas, plan)
        interim = Interim(frame, request.blend, self.ports.codec, self.ports.lanes, self.tell)
        self.is_asked = True
        self.tell(Progress(Stage.WAIT))
        try:
            async with aclosing(_generator(self.ports.engine.run(ask))) as events:
                async for event in events:
                    if isinstance(event, Answer):
                        answers.append(event)
                        await self._keep(event)
                        self.warnings.extend(Notice(warning) for warning in event.warnings)
                    else:
                        interim.show(event)
        except StudioError as error:
            # One of several candidates failed: those that came are kept, the failure is a warning then.
            if not answers:
                raise
            self._lose(error, len(answers))
        finally:
            interim.stop()
        if not answers:
            raise EngineUnavailable("errors_workflow.no_answer", maybe_billed=True, engine=self.ports.engine.info.name)
        return sorted(answers, key=lambda answer: answer.index)  # they come as they are ready

    def _lose(self, error: StudioError, came: int) -> None:
        """A candidate is lost, others came: that is a warning, and says why."""
        self.lost = self.lost or error
        self.warnings.append(Notice("errors_workflow.some_failed", {"count": came, "asked": self.request.count}))
        self.warnings.append(Notice(error.message, error.params))
        if error.maybe_billed:
            self.warnings.append(Notice("errors_money.maybe_billed"))

    async def _keep(self, answer: Answer) -> None:
        try:
            await self._disk(self.ports.store.store_answer, self.edit_id, answer)
        except StorageProblem as problem:
            self.not_kept = problem  # go on: it may be paid for, and can still be composed and saved elsewhere

    # --- composing and recording -----------------------------------------------------------------------------------

    async def _compose(
        self, canvas: Canvas | None, plan: Plan | None, answers: list[Answer]
    ) -> tuple[Composition, ...]:
        compositions: list[Composition] = []
        for at, answer in enumerate(answers):
            self.tell(Progress(Stage.COMPOSE, fraction=at / len(answers)))
            try:
                pixels = await self.ports.lanes.cpu(self._decode, answer.data)
                came = Size(pixels.shape[1], pixels.shape[0])
                _check_size(came, None if plan is None else plan.sent)
            except EngineUnavailable as error:  # not a picture: the other candidates are none the worse
                error.maybe_billed = True
                if at == len(answers) - 1 and not compositions:
                    raise
                self._lose(error, len(answers) - 1)
                continue
            if canvas is None or plan is None:
                whole = Rect.of_size(came)
                compositions.append(Composition(answer.index, whole, pixels, 0, (0.0, 0.0), True, came))
                continue
            if came != plan.sent:
                notice = Notice("errors_workflow.other_size", {"came": str(came), "asked": str(plan.sent)})
                self.warnings.append(notice)
            compositions.append(
                await self.ports.lanes.cpu(
                    composing.compose, canvas, plan, pixels, self.ports.codec, self.request.blend, answer.index
                )
            )
            if await self.ports.lanes.cpu(composing.brings_colour, canvas, compositions[-1]):
                coloured = Notice("reblend.colour_arrived")
                self.warnings += [] if coloured in self.warnings else [coloured]
        return tuple(compositions)

    def _decode(self, data: bytes) -> Pixels:
        """A service's answer is looked at before it is decoded; the local engine's is our own, of any size."""
        if self.ports.engine.info.host is not None:
            return self.ports.codec.decode_answer(data)
        return self.ports.codec.decode_png(data)

    async def _record(self, base: Picture, compositions: tuple[Composition, ...]) -> EditRecord:
        self.tell(Progress(Stage.SAVE))
        candidates = tuple(
            [await self.ports.lanes.cpu(_candidate, one, base, self.ports.codec) for one in compositions]
        )
        feather = compositions[0].feather
        return await self._disk(
            self.ports.store.finish,
            self.edit_id,
            candidates,
            feather=feather,
            seconds=dict(self.seconds),
            maybe_billed=self.lost is not None and self.lost.maybe_billed,
        )

    async def _intent(self, spoken: SpokenPrompt, canvas: Canvas | None, plan: Plan | None) -> EditIntent:
        request, info = self.request, self.ports.engine.info
        size = plan.sent if plan is not None else payload.size_of_new(request, info)
        whole = Rect.of_size(size)
        mask_png: bytes | None = None
        if canvas is not None and not canvas.whole:
            mask_png = await self.ports.lanes.cpu(lambda: self.ports.codec.encode_png(canvas.mask.full()))
        return EditIntent(
            edit_id=self.edit_id,
            operation=request.operation,
            original=request.original,
            parent=request.parent,
            parent_candidate=request.parent_candidate,
            source=request.source,
            prompt=spoken.written,
            prompt_sent=spoken.sent,
            engine=info.name,
            model=info.model,
            host=info.host,
            quality=request.quality,
            count=request.count,
            canvas=canvas.picture.size if canvas is not None and not canvas.whole else size,
            margins=canvas.margins if canvas is not None else Margins(),
            crop=plan.crop if plan is not None else whole,
            sent=size,
            placed=plan.placed if plan is not None else whole,
            mask_png=mask_png,
            blend=replace(request.blend),
            references=request.references,
            estimate_usd=self._price(size),
            cap_usd=None if self.ports.budget is None else self.ports.budget.cap_usd,
        )

    def _price(self, size: Size) -> float | None:
        """By the table. BudgetExceeded where there is a cap that can't be kept, since nobody knows the price."""
        budget, info = self.ports.budget, self.ports.engine.info
        if budget is None or info.host is None:
            return None
        price = budget.price(info, self.request, size)
        if price is None and budget.cap_usd is not None and info.charges:
            raise BudgetExceeded("errors_money.price_unknown", unsent=True, model=info.model or info.name)
        return price

    def _blank(self, compositions: tuple[Composition, ...]) -> Picture:
        """A generated picture has no canvas before it: its first candidate is one."""
        return Picture(compositions[0].patch)

    async def _end(self, state: State, error: StudioError | None) -> None:
        remote = self.ports.engine.info.host is not None
        maybe = remote and self.is_asked if state is State.CANCELLED else bool(error is not None and error.maybe_billed)
        message, unsent = (None, False) if error is None else (error.message, error.unsent)
        with suppress(StorageProblem, BadInput):  # the first failure is the one to tell, also that it did not begin
            await self._disk(
                self.ports.store.end, self.edit_id, state, error=message, maybe_billed=maybe, unsent=unsent
            )

    # --- small things ----------------------------------------------------------------------------------------------

    async def _disk(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """In the library's thread, to its end: a cancelled edit still writes what it had begun to write."""
        return await to_the_end(self.ports.lanes.disk(work, *args, **kwargs))

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - start, 4)


def _picture(canvas: Picture, compositions: tuple[Composition, ...], index: int) -> Picture:
    one = next(c for c in compositions if c.index == index)
    return composing.apply(canvas, one.rect, one.patch, one.canvas)


def _candidate(one: Composition, base: Picture, codec: Codec) -> ComposedCandidate:
    small = codec.thumbnail(composing.shrunk(base, one), base.metadata)
    return ComposedCandidate(one.index, codec.encode_png(one.patch), one.rect, small, one.shift, one.outside_identical)


async def _generator(events: AsyncIterator[EngineEvent]) -> AsyncGenerator[EngineEvent, None]:
    """An engine's events as an async generator, so that leaving the loop closes the request at once."""
    try:
        async for event in events:
            yield event
    finally:
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


def _check_size(came: Size, asked: Size | None) -> None:
    """EngineUnavailable for an answer that is no picture of what was asked for: a dot or a strip, blown up."""
    if asked is not None and (came.width * _LEAST < asked.width or came.height * _LEAST < asked.height):
        raise EngineUnavailable("errors_workflow.answer_tiny", came=str(came), asked=str(asked))
