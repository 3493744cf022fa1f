"""`edit`, `generate`, `vary` and `extend`: one request each, from a file to a file, recorded in the library."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import Any

from dalle_studio.assembly import EngineChoice, House, Opened
from dalle_studio.cli.loop import run_to_end
from dalle_studio.cli.outputs import Written, choose_outputs, write_composed
from dalle_studio.cli.report import Report
from dalle_studio.core.errors import BadInput, BadUsage, BudgetExceeded
from dalle_studio.core.geometry import Margins, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.plan import Plan
from dalle_studio.core.ports import Engine
from dalle_studio.core.records import BlendSettings, EditRecord, EditRequest, Operation, Translate
from dalle_studio.workflow import payload
from dalle_studio.workflow.edit import AnswerNotKept, EditOutcome, Ports, run_edit

_POLARITY = {"auto": "auto", "transparent": "openai", "white": "white", "black": "black"}


def run(options: argparse.Namespace, house: House, report: Report) -> int:
    """One edit. Returns 0; every failure is a StudioError."""
    operation = _operation(options)
    opened = _open(options, house, report)
    choice = _choice(options, operation)
    engine = house.engine(choice)
    request = _request(options, operation, opened, house, report)
    if options.dry_run:
        report.done(*_dry_run(request, engine, house))
        return 0
    outputs = choose_outputs(options, opened, request.count, report)
    if options.max_cost is not None:
        _hold_to(options.max_cost, request, engine, house)
    if opened is not None:
        original = house.keep(opened)
        request = _with_original(request, original.original_id)
    lanes = house.lanes
    made_by = (operation, engine.info.name)
    ports = Ports(engine, house.codec, house.library, lanes, house.translator(choice))
    try:
        outcome = run_to_end(run_edit(request, ports, report.progress))
    except AnswerNotKept as rescued:
        written = write_composed(outputs, rescued.canvas, rescued.compositions, opened, house, report, made_by)
        return report.fail(rescued, {"outputs": [str(one.path) for one in written]})
    start = time.monotonic()
    for notice in outcome.warnings:
        report.warn(notice.message, **notice.params)
    written = write_composed(outputs, outcome.canvas, outcome.compositions, opened, house, report, made_by)
    for one in written:
        if one.path is not None:
            house.library.add_output(outcome.record.edit_id, one.path)
    seconds = {**outcome.record.seconds, "save": round(time.monotonic() - start, 4)}
    report.done(_document(outcome, written, seconds, engine), _lines(outcome.record, written, report))
    return 0


# --- the request -------------------------------------------------------------------------------------------------


def _operation(options: argparse.Namespace) -> Operation:
    if options.command == "edit" and options.remove:
        if options.prompt:
            raise BadUsage("cli.remove_with_prompt")
        return Operation.REMOVE
    return Operation(options.command)


def _open(options: argparse.Namespace, house: House, report: Report) -> Opened | None:
    if options.command == "generate":
        return None
    opened = house.open_photo(options.image)
    for notice in opened.picture.source.notices:
        report.warn(notice)
    return opened


def _choice(options: argparse.Namespace, operation: Operation) -> EngineChoice:
    return EngineChoice(
        operation=operation,
        engine=options.engine,
        model=options.model,
        base_url=options.base_url,
        server_profile=options.server_profile,
        translator_url=options.translator_url,
        translator_model=options.translator_model,
    )


def _request(
    options: argparse.Namespace, operation: Operation, opened: Opened | None, house: House, report: Report
) -> EditRequest:
    mask = None if opened is None else read_mask(options, opened.picture.size, house, report)
    return EditRequest(
        operation=operation,
        picture=None if opened is None else opened.picture,
        mask=mask,
        margins=_margins(options, opened) if opened is not None else Margins(),
        prompt=options.prompt,
        english=options.english,
        translate=Translate(options.translate),
        size=options.size,
        quality=options.quality,
        count=options.n,
        context=getattr(options, "context", None),
        blend=BlendSettings(feather=getattr(options, "feather", None)),
        references=tuple(house.reference(path) for path in options.reference),
        background=options.background,
        seed=options.seed,
        timeout=options.timeout,
    )


def read_mask(options: argparse.Namespace, size: Size, house: House, report: Report) -> FrozenMask | None:
    """The mask of `--mask` in the program's own form; None when the command was given none."""
    name = getattr(options, "mask", None)
    if name is None:
        return None
    pixels, warnings = house.read_mask(name, _POLARITY[options.mask_edit], size)
    for warning in warnings:
        report.warn(warning)
    return FrozenMask.of(pixels)


def _margins(options: argparse.Namespace, opened: Opened) -> Margins:
    if options.command != "extend":
        return Margins()
    sides = [options.left, options.top, options.right, options.bottom]
    if options.to is None:
        return Margins(*(side or 0 for side in sides))
    if any(side is not None for side in sides):
        raise BadUsage("cli.to_with_sides")
    size, to = opened.picture.size, options.to
    if to.width < size.width or to.height < size.height:
        raise BadInput("cli.to_smaller", to=str(to), photo=str(size))
    wide, high = to.width - size.width, to.height - size.height
    return Margins(wide // 2, high // 2, wide - wide // 2, high - high // 2)


def _with_original(request: EditRequest, original_id: str) -> EditRequest:
    from dataclasses import replace

    return replace(request, original=original_id)


# --- before sending ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Price:
    tokens: int | None
    usd: float | None
    exact: bool


def _plan(request: EditRequest, engine: Engine) -> Plan | None:
    if request.operation is Operation.GENERATE:
        return None
    return payload.make_plan(payload.lay_canvas(request), request, engine.info)


def _price(request: EditRequest, plan: Plan | None, engine: Engine, house: House) -> _Price:
    size = plan.sent if plan is not None else payload.size_of_new(request, engine.info)
    tokens, usd, exact = house.estimate(engine.info, request, size)
    return _Price(tokens, usd, exact)


def _dry_run(request: EditRequest, engine: Engine, house: House) -> tuple[dict[str, Any], list[str]]:
    plan = _plan(request, engine)
    price = _price(request, plan, engine, house)
    local = engine.info.host is None
    size = None if local else str(plan.sent if plan is not None else payload.size_of_new(request, engine.info))
    document = {
        "size_sent": size,
        "crop": None if plan is None else plan.crop.as_list(),
        "scale": None if plan is None else plan.scale,
        "output_tokens": price.tokens,
        "cost_usd": price.usd,
        "exact": price.exact,
    }
    words = house.words
    lines = [words("cli.would_stay") if local else words("cli.would_send", size=size, host=engine.info.host)]
    if price.usd is not None and not local:
        lines.append(words("cli.would_cost" if price.exact else "cli.would_cost_about", usd=f"{price.usd:.4f}"))
    return document, lines


def _hold_to(cap: float, request: EditRequest, engine: Engine, house: House) -> None:
    if engine.info.host is None:
        return
    price = _price(request, _plan(request, engine), engine, house)
    if price.usd is None:
        raise BudgetExceeded("cli.cost_unknown", cap=f"{cap:.2f}")
    if price.usd > cap:
        raise BudgetExceeded("cli.over_max_cost", cost=f"{price.usd:.4f}", cap=f"{cap:.4f}")


# --- the result ------------------------------------------------------------------------------------------------------


def _document(
    outcome: EditOutcome, written: list[Written], seconds: dict[str, float], engine: Engine
) -> dict[str, Any]:
    record, plan, local = outcome.record, outcome.plan, engine.info.host is None
    first = outcome.compositions[0]
    usage = None if record.usage is None or record.usage.details is None else record.usage.details
    return {
        "outputs": [str(one.path) if one.path is not None else "-" for one in written],
        "edit_id": record.edit_id,
        "engine": record.engine,
        "model": None if local else record.model,
        "prompt": record.prompt,
        "prompt_sent": record.prompt_sent,
        "size_sent": None if local else str(record.sent),
        "crop": None if plan is None else plan.crop.as_list(),
        "scale": None if plan is None else plan.scale,
        "shift": list(first.shift),
        "feather": first.feather,
        "outside_identical": all(c.outside_identical for c in outcome.compositions)
        and all(one.identical is not False for one in written),
        "outside_max_difference": max((one.max_difference or 0 for one in written), default=0),
        "usage": None if usage is None or local else _json(usage),
        "cost_usd": 0 if local else record.cost_usd,
        "seconds": seconds,
    }


def _json(text: str) -> Any:
    import json

    return json.loads(text)


def _lines(record: EditRecord, written: list[Written], report: Report) -> list[str]:
    lines = [str(one.path) for one in written if one.path is not None]
    if record.cost_usd:
        lines.append(report.words("cli.cost", usd=f"{record.cost_usd:.4f}"))
    return lines
