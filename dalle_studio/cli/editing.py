"""`edit`, `generate`, `vary` and `extend`: one request each, from a file to a file, recorded in the library."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from typing import Any

from dalle_studio.assembly import LOCAL, EngineChoice, House, Opened
from dalle_studio.cli.loop import run_to_end
from dalle_studio.cli.outputs import Kept, Outputs, Written, choose_outputs, write_composed
from dalle_studio.cli.report import Report
from dalle_studio.core.errors import BadInput, BadUsage, BudgetExceeded, Cancelled, StorageProblem
from dalle_studio.core.geometry import Margins, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import Picture
from dalle_studio.core.plan import Plan
from dalle_studio.core.ports import Engine, EngineInfo, Translator
from dalle_studio.core.records import BlendSettings, EditRequest, Operation, Translate
from dalle_studio.workflow import payload
from dalle_studio.workflow.composing import Composition
from dalle_studio.workflow.edit import AnswerNotKept, EditOutcome, Ports, run_edit

_POLARITY = {"auto": "auto", "transparent": "openai", "white": "white", "black": "black"}


def run(options: argparse.Namespace, house: House, report: Report) -> int:
    """One edit. Returns 0; every failure is a StudioError."""
    _read_stdin(options)
    operation = _operation(options)
    opened = _open(options, house, report)
    choice = _choice(options, operation)
    info = house.engine_info(choice)
    if options.prompt and operation is Operation.EXTEND and not info.follows_prompt:
        raise BadUsage("errors_workflow.engine_without_words", engine=info.name)
    request = _request(options, operation, opened, house, report)
    if options.dry_run:
        report.done(*_dry_run(request, info, house))
        return 0
    engine = house.engine(choice)
    outputs = choose_outputs(options, opened, request.count, report)
    if options.max_cost is not None:
        _hold_to(options.max_cost, request, info, house)
    if opened is not None:
        original = house.keep(opened)
        request = _with_original(request, original.original_id)
    return _send(_Job(request, outputs, opened, engine, house.translator(choice)), house, report)


@dataclass(frozen=True, slots=True)
class _Job:
    """One edit that has been checked and may leave."""

    request: EditRequest
    outputs: Outputs
    opened: Opened | None
    engine: Engine
    translator: Translator | None


def _send(job: _Job, house: House, report: Report) -> int:
    """Ask the engine, write the files, tell. What the library could not keep is written all the same."""
    request, info = job.request, job.engine.info

    def write(canvas: Picture, compositions: tuple[Composition, ...]) -> list[Written]:
        def kept(one: Composition) -> Kept | None:
            return Kept.of(one, request.margins, request.mask, canvas.size)

        made_by = (request.operation, info.name)
        return write_composed(job.outputs, canvas, compositions, job.opened, house, report, made_by, kept)

    ports = Ports(job.engine, house.codec, house.library, house.lanes, job.translator)
    try:
        outcome = run_to_end(run_edit(request, ports, report.progress))
    except AnswerNotKept as rescued:
        written = write(rescued.canvas, rescued.compositions)
        return report.fail(rescued, {"outputs": [str(one.path) for one in written]})
    except Cancelled as cancelled:
        return report.fail(cancelled if info.host is None else Cancelled(cancelled.message, maybe_billed=True))
    start = time.monotonic()
    for notice in outcome.warnings:
        report.warn(notice.message, **notice.params)
    edit_id = outcome.record.edit_id
    try:
        written = write(outcome.canvas, outcome.compositions)
    except StorageProblem as problem:
        # The edit is done and in the library: asking again would cost again.
        told = StorageProblem(problem.message, hint="cli.export_it.hint")
        told.params = problem.params | {"edit": edit_id}
        return report.fail(told, {"edit_id": edit_id, "outputs": []})
    for one in written:
        if one.path is not None:
            house.library.add_output(edit_id, one.path)
    seconds = {**outcome.record.seconds, "save": round(time.monotonic() - start, 4)}
    if outcome.record.cost_usd:
        report.note("cli.cost", usd=f"{outcome.record.cost_usd:.4f}")
    report.done(_document(outcome, written, seconds), [str(one.path) for one in written if one.path is not None])
    return 0


# --- the request -------------------------------------------------------------------------------------------------


def _operation(options: argparse.Namespace) -> Operation:
    if options.command == "edit" and options.remove:
        if options.prompt:
            raise BadUsage("cli.remove_with_prompt")
        return Operation.REMOVE
    return Operation(options.command)


def _read_stdin(options: argparse.Namespace) -> None:
    """`-` stands for stdin, once; as a prompt it is read here."""
    given = [getattr(options, name, None) for name in ("image", "mask", "prompt")]
    if given.count("-") > 1:
        raise BadUsage("cli.stdin_once")
    if options.prompt == "-":
        options.prompt = sys.stdin.read().strip()


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
        prompted=bool(options.prompt.strip()),
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
        blend=blend_of(options),
        references=tuple(house.reference(path) for path in options.reference),
        background=options.background,
        seed=options.seed,
        timeout=options.timeout,
        source=None if opened is None else opened.path,
    )


def blend_of(options: argparse.Namespace) -> BlendSettings:
    """How the answer is put in, by the options that a command has of it."""
    return BlendSettings(
        feather=getattr(options, "feather", None),
        align=not getattr(options, "no_align", False),
        match=0.0 if getattr(options, "no_colour_match", False) else 1.0,
    )


def read_mask(options: argparse.Namespace, size: Size, house: House, report: Report) -> FrozenMask | None:
    """The mask of `--mask` in the program's own form; None when the command was given none."""
    name = getattr(options, "mask", None)
    if name is None:
        return None
    pixels, _, warnings = house.read_mask(name, _POLARITY[options.mask_edit], size)
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
    return replace(request, original=original_id)


# --- before sending ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Price:
    tokens: int | None
    usd: float | None
    exact: bool


def _plan(request: EditRequest, info: EngineInfo) -> Plan | None:
    if request.operation is Operation.GENERATE:
        return None
    return payload.make_plan(payload.lay_canvas(request), request, info)


def _price(request: EditRequest, plan: Plan | None, info: EngineInfo, house: House) -> _Price:
    size = plan.sent if plan is not None else payload.size_of_new(request, info)
    tokens, usd, exact = house.estimate(info, request, size)
    return _Price(tokens, usd, exact)


def _dry_run(request: EditRequest, info: EngineInfo, house: House) -> tuple[dict[str, Any], list[str]]:
    plan = _plan(request, info)
    price = _price(request, plan, info, house)
    local = info.host is None
    size = None if local else str(plan.sent if plan is not None else payload.size_of_new(request, info))
    document = {
        "size_sent": size,
        "crop": None if plan is None else plan.crop.as_list(),
        "scale": None if plan is None else plan.scale,
        "output_tokens": price.tokens,
        "cost_usd": price.usd,
        "exact": price.exact,
    }
    words = house.words
    lines = [words("cli.would_stay") if local else words("cli.would_send", size=size, host=info.host)]
    if price.usd is not None and not local:
        lines.append(words("cli.would_cost" if price.exact else "cli.would_cost_about", usd=f"{price.usd:.4f}"))
    return document, lines


def _hold_to(cap: float, request: EditRequest, info: EngineInfo, house: House) -> None:
    if info.host is None:
        return
    price = _price(request, _plan(request, info), info, house)
    if price.usd is None:
        raise BudgetExceeded("cli.cost_unknown", cap=f"{cap:.2f}")
    if price.usd > cap:
        raise BudgetExceeded("cli.over_max_cost", cost=f"{price.usd:.4f}", cap=f"{cap:.4f}")


# --- the result ------------------------------------------------------------------------------------------------------


def _document(outcome: EditOutcome, written: list[Written], seconds: dict[str, float]) -> dict[str, Any]:
    record, plan, local = outcome.record, outcome.plan, outcome.record.engine == LOCAL
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
