"""`edit`, `generate`, `vary` and `extend`: one request each, from a file to a file, recorded in the library."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from dalle_studio.assembly import LOCAL, EngineChoice, House
from dalle_studio.cli import photos, preview
from dalle_studio.cli.loop import run_to_end
from dalle_studio.cli.outputs import Kept, Outputs, Written, choose_outputs, write_composed
from dalle_studio.cli.photos import Opened
from dalle_studio.cli.report import Report
from dalle_studio.core.address import host_of
from dalle_studio.core.errors import BadInput, BadUsage, Cancelled, StorageProblem, StudioError
from dalle_studio.core.geometry import Margins, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import Picture
from dalle_studio.core.pixel_limit import check_result
from dalle_studio.core.ports import Checker, Engine, EngineInfo, Progress, Stage, Translator
from dalle_studio.core.records import BlendSettings, EditRequest, Operation, Translate
from dalle_studio.workflow import areas
from dalle_studio.workflow.composing import Composition
from dalle_studio.workflow.edit import AnswerNotKept, EditOutcome, Ports

_LIST_DAYS = 7
_LIST_SECONDS = 3.0
_POLARITY = {"auto": "auto", "transparent": "openai", "white": "white", "black": "black"}


def run(options: argparse.Namespace, house: House, report: Report) -> int:
    """One edit. Returns 0, or 8 where some of the pictures did not come; every other failure is a StudioError."""
    _read_stdin(options)
    operation = _operation(options)
    opened = _open(options, house, report)
    choice = _choice(options, operation)
    info = house.servers.engine_info(choice)
    if options.prompt and operation is Operation.EXTEND and not info.follows_prompt:
        raise BadUsage("errors_workflow.engine_without_words", engine=info.name)
    _tell_of_ending(info, house, report)
    request = _request(options, operation, opened, house, report)
    if options.payload is not None and not options.dry_run:
        raise BadUsage("cli.payload_without_dry_run")
    requests = preview.requests_for(options, request, info, house, report)
    if options.dry_run:
        return preview.dry_run(options, requests, info, house, report, choice)
    engine = house.servers.engine(choice)
    outputs = choose_outputs(options, opened, requests[0].count, report)
    if options.max_cost is not None:
        preview.hold_to(options.max_cost, requests, info, house, choice)
    if opened is not None:
        original = photos.keep(opened, house)
        requests = tuple(replace(one, original=original.original_id) for one in requests)
    checker = house.servers.checker(choice) if house.settings.check_before_sending else None
    translator = house.servers.translator(choice, house.lanes)
    status = _send(_Job(requests, outputs, opened, engine, translator, checker), house, report)
    if status == 0:
        _read_models(choice, info, house)
    return status


def _read_models(choice: EngineChoice, info: EngineInfo, house: House) -> None:
    """All is done and told: about once a week the service's list is read, with the days on which models end. Free."""
    if info.host is None or not _is_old(house.models.age(info.host), info.host):
        return

    async def read() -> None:
        with suppress(TimeoutError, StudioError):
            async with asyncio.timeout(_LIST_SECONDS):
                await house.servers.read_models(choice, house.lanes)

    with suppress(Cancelled):
        run_to_end(read())


def _is_old(age: int | None, host: str) -> bool:
    """A server on this computer whose list was never read has none to wait for: it tells no days."""
    return not host_of(f"https://{host}").is_loopback if age is None else age >= _LIST_DAYS


def _tell_of_ending(info: EngineInfo, house: House, report: Report) -> None:
    """An engine model that is shut down soon, or was: the service has the last word, so it is asked all the same."""
    ending = house.models.ending(info)
    if ending is not None:
        message = "cli_engines.model_ended" if ending.is_over else "cli_engines.model_ends"
        report.warn(message, model=info.model, day=str(ending.day), successor=ending.successor)


@dataclass(frozen=True, slots=True)
class _Job:
    """One edit, or one for each area, that has been checked and may leave."""

    requests: tuple[EditRequest, ...]
    outputs: Outputs
    opened: Opened | None
    engine: Engine
    translator: Translator | None
    checker: Checker | None


def _send(job: _Job, house: House, report: Report) -> int:
    """Ask the engine, write the files, tell. What the library could not keep is written all the same."""
    info, outcomes = job.engine.info, list[EditOutcome]()

    def write(canvas: Picture, compositions: tuple[Composition, ...]) -> list[Written]:
        request = job.requests[0]

        def kept(one: Composition) -> Kept | None:
            found = Kept.of(one, request.margins, request.mask, canvas.size)
            before = tuple(done.compositions[0].rect for done in outcomes[:-1])
            return found if found is None or not before else replace(found, touched=(*found.touched, *before))

        edits = [(request.operation, info.name)]
        return write_composed(job.outputs, canvas, compositions, job.opened, house, report, edits, kept)

    progress = _Progress(report)
    ports = Ports(job.engine, house.codec, house.library, house.lanes, job.translator, house.prices.budget, job.checker)
    try:
        run_to_end(areas.run_all(job.requests, ports, progress, outcomes.append))
    except AnswerNotKept as rescued:
        paths = [str(one.path or "-") for one in write(rescued.canvas, rescued.compositions)]
        told_of = StorageProblem(rescued.message, hint="cli.answer_written.hint")
        told_of.params = rescued.params | {"paths": ", ".join(paths)}
        return report.fail(told_of, {"outputs": paths, **_done(outcomes)})
    except Cancelled as cancelled:
        billed = info.host is not None and not progress.is_checking
        return report.fail(Cancelled(cancelled.message, maybe_billed=billed), _done(outcomes))
    except StudioError as error:
        if not outcomes:
            raise
        report.warn("cli.areas_done", done=len(outcomes), count=len(job.requests), edit=outcomes[-1].record.edit_id)
        return report.fail(error, _done(outcomes))
    start = time.monotonic()
    for notice in (notice for outcome in outcomes for notice in outcome.warnings):
        report.warn(notice.message, **notice.params)
    last = outcomes[-1]
    edit_id = last.record.edit_id
    try:
        written = write(last.canvas, last.compositions)
    except (StorageProblem, KeyboardInterrupt) as stopped:
        # The edit is done and in the library: asking again would cost again.
        unsaved: StudioError = stopped if isinstance(stopped, StorageProblem) else Cancelled("errors.cancelled")
        unsaved.hint, unsaved.params = "cli.export_it.hint", unsaved.params | {"edit": edit_id}
        return report.fail(unsaved, {"edit_id": edit_id, "outputs": []})
    for one in written:
        if one.path is not None:
            house.library.add_output(edit_id, one.path)
    saved = round(time.monotonic() - start, 4)
    document = _document(outcomes, written, saved)
    if document["cost_usd"]:
        report.note("cli.cost", usd=f"{document['cost_usd']:.4f}")
    paths = [str(one.path) for one in written if one.path is not None]
    lost = next((outcome.lost for outcome in outcomes if outcome.lost is not None), None)
    return report.done(document, paths, lost)


class _Progress:
    """Shows it, and knows whether the check before sending is under way: that is free, and nothing else had left."""

    def __init__(self, report: Report) -> None:
        self.is_checking = False
        self._report = report

    def __call__(self, progress: Progress) -> None:
        self.is_checking = progress.stage is Stage.CHECK
        self._report.progress(progress)


def _done(outcomes: list[EditOutcome]) -> dict[str, Any]:
    """The edits of other areas that were done, and are in the history, before one failed."""
    return {"edit_ids": [outcome.record.edit_id for outcome in outcomes]} if outcomes else {}


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
    opened = photos.open_photo(options.image, house)
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
        margins=_margins(options, opened, house.settings.pixel_limit) if opened is not None else Margins(),
        prompt=options.prompt,
        english=options.english,
        translate=Translate(options.translate),
        size=options.size,
        quality=options.quality,
        count=options.n,
        context=getattr(options, "context", None),
        blend=blend_of(options),
        references=tuple(photos.read_reference(path, house) for path in options.reference),
        markup=None if getattr(options, "markup", None) is None else photos.read_markup(options.markup, house),
        answer_format=options.answer_format,
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
    pixels, _, warnings = photos.read_mask(name, _POLARITY[options.mask_edit], size, house)
    for warning in warnings:
        report.warn(warning, option="--mask-edit black")
    return FrozenMask.of(pixels)


def _margins(options: argparse.Namespace, opened: Opened, pixel_limit: int) -> Margins:
    if options.command != "extend":
        return Margins()
    margins = _named_margins(options, opened)
    check_result(margins.around(opened.picture.size), pixel_limit)
    return margins


def _named_margins(options: argparse.Namespace, opened: Opened) -> Margins:
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


# --- the result ------------------------------------------------------------------------------------------------------


def _document(outcomes: list[EditOutcome], written: list[Written], saved: float) -> dict[str, Any]:
    """The last edit's, with what all of them cost and took; with `edit_ids` where there were several."""
    document = _of_one(outcomes[-1], written)
    seconds: dict[str, float] = {}
    for outcome in outcomes:
        for stage, spent in outcome.record.seconds.items():
            seconds[stage] = round(seconds.get(stage, 0.0) + spent, 4)
    document["seconds"] = {**seconds, "save": saved}
    if len(outcomes) > 1:
        costs = [outcome.record.cost_usd for outcome in outcomes]
        known = [cost for cost in costs if cost is not None]
        if document["cost_usd"] != 0:
            document["cost_usd"] = sum(known) if len(known) == len(costs) else None
        document["edit_ids"] = [outcome.record.edit_id for outcome in outcomes]
        document["outside_identical"] &= all(c.outside_identical for o in outcomes for c in o.compositions)
    return document


def _of_one(outcome: EditOutcome, written: list[Written]) -> dict[str, Any]:
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
    }


def _json(text: str) -> Any:
    import json

    return json.loads(text)
