"""What would be sent and what it would cost, before it goes; on the worker, since planning loads OpenCV."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from dalle_studio.core.errors import BadInput
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.local_day import today
from dalle_studio.core.pixel_limit import check_result
from dalle_studio.core.plan import FixedSizes, FreeSizes, Plan, SizeRules
from dalle_studio.core.records import EditRequest, Operation
from dalle_studio.engines.profiles import PROFILES

if TYPE_CHECKING:
    from dalle_studio.core.ports import EngineInfo
    from dalle_studio.engines.model_table import Ending, ModelTable
    from dalle_studio.imaging.areas import Area
    from dalle_studio.session.house import Choice, House
    from dalle_studio.workflow.areas import Division

_OFFERED: Final = (
    "1024x1024",
    "1536x1024",
    "1024x1536",
    "2048x2048",
    "2048x1152",
    "1152x2048",
    "2560x1440",
    "3840x2160",
)
"""Sizes worth offering where any is allowed; others can be typed."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """The engine as it is chosen, and what an edit would do with it now."""

    info: EngineInfo
    models: tuple[str, ...]
    """To choose from; empty where there is no choice, or only the server knows (it then takes its first)."""
    qualities: tuple[str, ...]
    sizes: tuple[str, ...]
    plan: Plan | None = None
    """None while there is nothing to plan: an empty mask, no margins."""
    problem: BadInput | None = None
    """Why there is no plan, where the user should know: a size the engine does not allow."""
    sent: Size | None = None
    """The size that would be sent; None when nothing would."""
    tokens: int | None = None
    usd: float | None = None
    exact: bool = False
    division: Division | None = None
    """The separate areas, where one request for all costs more than one for each, or must be reduced."""
    usd_each: float | None = None
    """All the requests of the division, for one candidate each."""
    endings: Mapping[str, Ending] = field(default_factory=dict)
    """Engine models that are shut down within 60 days, or were already."""


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """What to look ahead for. `request` has no mask; `bounds` are the mask's."""

    choice: Choice
    request: EditRequest
    bounds: Rect
    areas: tuple[Area, ...] = ()
    """The connected parts of the mask."""


def look_ahead(house: House, wish: Wish) -> Ahead:
    """*Blocking.* Raises StudioError when the engine can't be made out."""
    info = house.servers.engine_info(wish.choice)
    table = None if info.host is None else house.models.table(info.host, info.profile)
    row = None if table is None else table.find(info.model)
    request = wish.request
    plan: Plan | None = None
    problem: BadInput | None = None
    try:
        plan = _plan(info, request, wish.bounds, house.settings.pixel_limit)
    except BadInput as refused:
        problem = refused
    sent = plan.sent if plan is not None else None
    if request.operation is Operation.GENERATE:
        from dalle_studio.workflow.payload import size_of_new

        sent = size_of_new(request, info)
    tokens, usd, exact = (None, None, False) if sent is None else house.prices.estimate(info, request, sent)
    words = 0.0 if sent is None else house.prices.translation(wish.choice, info, request)
    division = None if plan is None else _division(house, info, wish)
    return Ahead(
        info=info,
        models=_models(house, wish.choice, info, table),
        qualities=("auto",) if row is None else row.qualities,
        sizes=_sizes(info.sizes),
        plan=plan,
        problem=problem,
        sent=sent,
        tokens=tokens,
        usd=_sum(usd, words),
        exact=exact and words == 0,
        division=division,
        usd_each=None if division is None else _sum(division.prices(_price(house, info, request))[1], words),
        endings={} if table is None else table.endings(today(), info.model),
    )


def _division(house: House, info: EngineInfo, wish: Wish) -> Division | None:
    """Only where there is something to choose; what stays on this computer is one job."""
    if info.host is None or wish.request.picture is None or len(wish.areas) < 2:
        return None
    from dalle_studio.workflow import areas

    division = areas.divide(wish.areas, wish.request, wish.request.picture.size, info.sizes)
    matters = division is not None and division.matters(_price(house, info, wish.request))
    return division if matters else None


def _price(house: House, info: EngineInfo, request: EditRequest) -> Callable[[Size], float | None]:
    """Of one candidate: that is all that an edit of each area brings."""
    one = replace(request, count=1)
    return lambda size: house.prices.estimate(info, one, size)[1]


def _sum(usd: float | None, words: float | None) -> float | None:
    """Of the pictures and of the translation before them; unknown where either is."""
    return None if usd is None or words is None else usd + words


def _models(house: House, choice: Choice, info: EngineInfo, table: ModelTable | None) -> tuple[str, ...]:
    """OpenAI's, where they may be there. A server with models of its own isn't asked before there is a job for it."""
    if table is None:
        return ()
    server = next((one for one in house.settings.servers if one.name == choice.engine), None)
    theirs = server is not None and PROFILES[server.profile].default_model is None
    if theirs:
        return ()
    offered = table.offered(today())
    return offered if info.model is None or info.model in offered else (*offered, info.model)


def edit_bounds(request: EditRequest, mask_bounds: Rect) -> tuple[Size, Rect] | None:
    """The canvas and what changes on it; None when there is nothing to change yet."""
    if request.picture is None:
        return None
    size = request.picture.size
    if request.operation is Operation.VARY:
        return size, Rect.of_size(size)
    if request.operation is not Operation.EXTEND:
        return None if mask_bounds.is_empty else (size, mask_bounds)
    margins = request.margins
    if margins.is_empty:
        return None
    canvas = margins.around(size)
    strips = (
        Rect(0, 0, margins.left, canvas.height),
        Rect(0, 0, canvas.width, margins.top),
        Rect(canvas.width - margins.right, 0, margins.right, canvas.height),
        Rect(0, canvas.height - margins.bottom, canvas.width, margins.bottom),
    )
    bounds = mask_bounds.moved(margins.left, margins.top) if not mask_bounds.is_empty else mask_bounds
    for strip in strips:
        bounds = bounds.united(strip)
    return canvas, bounds


def _plan(info: EngineInfo, request: EditRequest, mask_bounds: Rect, pixel_limit: int) -> Plan | None:
    from dalle_studio.imaging import planning

    changed = edit_bounds(request, mask_bounds)
    if changed is None:
        return None
    canvas, bounds = changed
    if request.operation is Operation.EXTEND:
        check_result(canvas, pixel_limit)
    context = 0 if request.operation is Operation.VARY else request.context
    return planning.make_plan(canvas, bounds, info.sizes, context=context, forced=request.size)


def _sizes(rules: SizeRules) -> tuple[str, ...]:
    if isinstance(rules, FixedSizes):
        return tuple(map(str, rules.sizes))
    if isinstance(rules, FreeSizes):
        return tuple(text for text in _OFFERED if rules.allows(Size.parse(text)))
    return ()
