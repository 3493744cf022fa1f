"""One edit, from the frozen request to pixels ready for the canvas, on the worker."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from threading import Event
from typing import TYPE_CHECKING

from dalle_studio.core.geometry import Rect
from dalle_studio.core.mask import Mask
from dalle_studio.core.picture import Picture
from dalle_studio.core.ports import Progress, Stage
from dalle_studio.core.records import EditRecord, EditRequest, Original
from dalle_studio.session import opening, showing
from dalle_studio.session.document import Patch
from dalle_studio.session.opening import Unkept
from dalle_studio.session.showing import Showing
from dalle_studio.workflow.edit import AnswerNotKept, EditOutcome, Notice, Ports, run_edit
from dalle_studio.workflow.prompt import needs_translation

if TYPE_CHECKING:
    from dalle_studio.core.markup import Mark
    from dalle_studio.session.house import Choice, House
    from dalle_studio.session.worker import Tell
    from dalle_studio.workflow.composing import Composition
    from dalle_studio.workflow.lanes import ThreadLanes


@dataclass(frozen=True, slots=True)
class Translated:
    """A translation, to be looked at before anything is sent: of which text, into what."""

    text: str
    english: str


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """An edit as the user said go. `unkept` is the photo, where the library must take it first."""

    choice: Choice
    request: EditRequest
    unkept: Unkept | None = None
    left: Event = field(default_factory=Event)
    """Set when the engine is asked and it is not on this computer: from then on it may cost something."""
    marks: tuple[Mark, ...] = ()
    """What is drawn onto the photo, to go along where the engine model reads it."""


@dataclass(frozen=True, slots=True, eq=False)
class Performed:
    """An edit that was done. `rect` and `before` say what it replaced; None when the size changed."""

    request: EditRequest
    record: EditRecord | None
    """None when the library could not keep it: then `problem` says why."""
    showing: Showing
    rect: Rect | None
    before: Patch | None
    original: Original | None = None
    """Set where the library took the photo only now."""
    warnings: tuple[Notice, ...] = ()
    problem: AnswerNotKept | None = None


async def perform(house: House, lanes: ThreadLanes, wanted: Wanted, tell: Tell) -> Performed | Translated:
    """Run the edit and prepare its result. Raises StudioError.

    Where the engine needs English that nobody has seen yet, that is all there is: nothing is sent before it was.
    """
    request, choice = wanted.request, wanted.choice
    engine = await lanes.keyring(house.servers.engine, choice)
    translator = await lanes.keyring(house.servers.translator, choice, lanes)
    if not engine.info.reads_words(request.operation):
        request = replace(request, prompt="", english=None)  # the history names no words that were not used
    if request.english is None and translator and needs_translation(request, engine.info):
        tell(Progress(Stage.TRANSLATE))
        return Translated(request.prompt, await translator.translate(request.prompt))
    if wanted.marks and request.picture is not None and engine.info.takes_markup:
        from dalle_studio.session.markup_painting import render

        request = replace(request, markup=await lanes.cpu(render, wanted.marks, request.picture.size))
    original: Original | None = None
    if wanted.unkept is not None:
        original = await opening.keep(house, lanes, wanted.unkept)
        request = replace(request, original=original.original_id)

    def listen(progress: Progress) -> None:
        if progress.stage is Stage.WAIT and engine.info.host is not None:
            wanted.left.set()
        tell(progress)

    checker = await lanes.keyring(house.servers.checker, choice) if house.settings.check_before_sending else None
    ports = Ports(engine, house.codec, house.library, lanes, translator, house.prices.budget, checker)
    problem: AnswerNotKept | None = None
    try:
        outcome: EditOutcome | AnswerNotKept = await run_edit(request, ports, listen)
    except AnswerNotKept as rescued:
        outcome = problem = rescued
    return replace(await _prepared(house, lanes, request, outcome, problem), original=original)


async def _prepared(
    house: House,
    lanes: ThreadLanes,
    request: EditRequest,
    outcome: EditOutcome | AnswerNotKept,
    problem: AnswerNotKept | None,
) -> Performed:
    first = outcome.compositions[0]
    picture = await lanes.cpu(outcome.picture, first.index)
    before = await lanes.cpu(_replaced, request.picture, picture, outcome.compositions)
    rect = None if before is None else before.rect
    if request.picture is None:
        pixels = await lanes.cpu(showing.display_pixels, picture, house.codec)
        ready = await showing.whole(lanes, picture, pixels, await lanes.cpu(Mask, picture.size))
    else:
        ready = await showing.prepare(lanes, house.codec, picture, shown=request.picture.size, mask=None, rect=rect)
    if isinstance(outcome, AnswerNotKept):
        return Performed(request, None, ready, rect, before, problem=problem)
    return Performed(request, outcome.record, ready, rect, before, warnings=outcome.warnings)


def _replaced(old: Picture | None, new: Picture, compositions: tuple[Composition, ...]) -> Patch | None:
    """The old pixels where any of the candidates differs from them."""
    if old is None or old.size != new.size:
        return None
    rect = reduce(Rect.united, (one.rect for one in compositions))
    return Patch(rect, old.cut(rect).copy())
