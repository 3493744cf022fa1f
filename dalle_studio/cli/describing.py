"""`describe IMAGE`: what a photo, or the part under a mask, shows, in words. Only that part leaves, made small."""

from __future__ import annotations

import argparse

from dalle_studio.assembly import EngineChoice, House
from dalle_studio.cli import photos
from dalle_studio.cli.editing import read_mask
from dalle_studio.cli.loop import run_to_end
from dalle_studio.cli.report import Report
from dalle_studio.core.errors import BadInput, BadUsage
from dalle_studio.core.geometry import Rect
from dalle_studio.core.records import EditRequest, Operation
from dalle_studio.workflow import payload
from dalle_studio.workflow.describe import DescribePorts, Subject, describe


def run(options: argparse.Namespace, house: House, report: Report) -> int:
    """Print the description. That of a whole photo becomes its caption in the library, where the search finds it."""
    if options.crop and options.mask is None:
        raise BadUsage("cli.crop_without_mask")
    opened = photos.open_photo(options.image, house)
    for notice in opened.picture.source.notices:
        report.warn(notice)
    choice = EngineChoice(
        Operation.EDIT,
        engine=options.engine,
        translator_model=options.model,
        base_url=options.base_url,
        server_profile=options.server_profile,
    )
    rect = Rect.of_size(opened.picture.size)
    mask = read_mask(options, opened.picture.size, house, report)
    if mask is not None:
        if mask.is_empty:
            raise BadInput("errors_workflow.mask_empty")
        rect = mask.bounds
        if options.crop:
            request = EditRequest(Operation.EDIT, opened.picture, mask, context=options.context)
            rect = payload.make_plan(payload.lay_canvas(request), request, house.servers.engine_info(choice)).crop
    describer = house.servers.describer(choice)
    language = house.words.language
    subject = Subject(opened.picture, rect, language)
    about = describer.estimate(subject.sent)
    plan = {"crop": rect.as_list(), "size_sent": str(subject.sent), "host": describer.host, "model": describer.model}
    if options.dry_run:
        words = house.words
        lines = [words("cli.would_send", size=subject.sent, host=describer.host)]
        if about:
            lines.append(words("cli.would_cost_about", usd=f"{about:.4f}"))
        report.done({**plan, "cost_usd": about, "exact": False}, lines)
        return 0
    original = photos.keep(opened, house)
    subject = Subject(opened.picture, rect, language, original.original_id)
    store, cap = house.library.descriptions, house.settings.monthly_cap_usd
    ports = DescribePorts(describer, house.codec, store, house.lanes, cap)
    found = run_to_end(describe(subject, ports), maybe_billed=True)
    if mask is None:
        store.set_caption(original.original_id, found.text)
    if found.usage.cost_usd:
        report.note("cli.cost", usd=f"{found.usage.cost_usd:.4f}")
    document = {**plan, "description": found.text, "language": language, "cost_usd": found.usage.cost_usd}
    report.done({**document, "original": original.original_id, "kept": mask is None}, [found.text])
    return 0
