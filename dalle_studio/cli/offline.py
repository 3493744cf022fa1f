"""`prepare` and `apply`: the crop, the masks and the plan as files; an answer from any tool back into the photo."""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace
from pathlib import Path

from dalle_studio.assembly import EngineChoice, House
from dalle_studio.cli import photos
from dalle_studio.cli.editing import blend_of, read_mask
from dalle_studio.cli.outputs import STDOUT, Kept, Outputs, check_output, write_composed
from dalle_studio.cli.photos import Opened
from dalle_studio.cli.report import Report
from dalle_studio.core.errors import BadInput, BadUsage
from dalle_studio.core.geometry import Margins
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.records import EditRequest, Operation
from dalle_studio.formats import opening, saving
from dalle_studio.workflow import prepared
from dalle_studio.workflow.composing import Composition

FILES = ("image.png", "mask.png", "blend.png", "plan.json")
_MOST_GROWTH = 16
"""Pixels; interfaces: the mask of `prepare` is grown by at most 16."""


def prepare(options: argparse.Namespace, house: House, report: Report) -> int:
    """Write `image.png`, `mask.png`, `blend.png` and `plan.json`; opens no socket, needs no key."""
    opened = photos.open_photo(options.image, house)
    for notice in opened.picture.source.notices:
        report.warn(notice)
    mask = read_mask(options, opened.picture.size, house, report)
    choice = EngineChoice(Operation.EDIT, engine="openai", model=options.model, server_profile=options.server_profile)
    info = house.servers.engine_info(choice)
    info = replace(info, grows_mask=min(info.grows_mask, _MOST_GROWTH))
    request = EditRequest(
        Operation.EDIT, opened.picture, mask, prompt=options.prompt, size=options.size, context=options.context
    )
    folder = Path(options.output)
    if options.output == "-" or (folder.exists() and not folder.is_dir()):
        raise BadUsage("cli.folder_needed", path=options.output)
    taken = [name for name in FILES if (folder / name).exists()]
    if taken and not options.force:
        raise BadUsage("cli.folder_taken", folder=str(folder), files=", ".join(taken))
    plan, image, sent_mask, blend = prepared.prepare(request, info, house.codec)
    document = prepared.Prepared(
        photo_path=str(opened.path.resolve()) if opened.path is not None else "-",
        photo_sha256=opened.sha256,
        plan=plan,
        mask_sha256=hashlib.sha256(blend).hexdigest(),
        prompt=options.prompt,
        profile=info.name,
    )
    saving.make_folder(folder)
    outputs = [folder / name for name in FILES]
    for path, data in zip(outputs, (image, sent_mask, blend, document.to_json().encode()), strict=True):
        saving.write_atomically(path, data)
    result = {
        "outputs": [str(path) for path in outputs],
        "size_sent": str(plan.sent),
        "crop": plan.crop.as_list(),
        "scale": plan.scale,
    }
    report.done(result, [str(path) for path in outputs])
    return 0


def apply(options: argparse.Namespace, house: House, report: Report) -> int:
    """Compose an answer by its plan. BadInput when it belongs to another picture, unless `--force`."""
    plan_path = Path(options.plan)
    document = prepared.Prepared.from_json(opening.read_file(plan_path).decode("utf-8", "replace"))
    opened = _photo(document, plan_path, options, house)
    if opened.sha256 != document.photo_sha256 and not options.force:
        raise BadInput("cli.plan_other_photo", photo=str(opened.path or opened.name))
    outputs = Outputs([STDOUT]) if options.output == "-" else Outputs([Path(options.output)])
    if outputs.paths == [STDOUT] and report.as_json:
        raise BadUsage("cli.stdout_with_json")
    if outputs.paths != [STDOUT]:
        check_output(outputs.paths[0], opened.path, Path(options.answer), plan_path, force=options.force)
    blend_data = opening.read_file(plan_path.with_name("blend.png"))
    if hashlib.sha256(blend_data).hexdigest() != document.mask_sha256 and not options.force:
        raise BadInput("cli.plan_other_mask", mask=str(plan_path.with_name("blend.png")))
    mask, _, _ = photos.read_mask(str(plan_path.with_name("blend.png")), "channel", opened.picture.size, house)
    frozen = FrozenMask.of(mask)
    answer = prepared.read_answer(opening.read_file(Path(options.answer)), house.codec)
    if not options.force:
        prepared.check_answer(document, opened.picture, frozen, answer, house.codec)
    if (answer.shape[1], answer.shape[0]) != (document.plan.sent.width, document.plan.sent.height):
        came = f"{answer.shape[1]}x{answer.shape[0]}"
        report.warn("errors_workflow.other_size", came=came, asked=str(document.plan.sent))
    blend = blend_of(options)
    composed = prepared.put_back(document, opened.picture, frozen, answer, house.codec, blend)

    def kept(one: Composition) -> Kept | None:
        return Kept.of(one, Margins(), frozen, opened.picture.size)

    edits = [(Operation.EDIT, "answer")]
    written = write_composed(outputs, opened.picture, (composed,), opened, house, report, edits, kept)[0]
    if written.path is None:
        return 0
    result = {
        "outputs": [str(written.path)],
        "size_sent": str(document.plan.sent),
        "crop": document.plan.crop.as_list(),
        "scale": document.plan.scale,
        "shift": list(composed.shift),
        "feather": composed.feather,
        "outside_identical": composed.outside_identical and written.identical is not False,
        "outside_max_difference": written.max_difference or 0,
    }
    report.done(result, [str(written.path)])
    return 0


def _photo(document: prepared.Prepared, plan_path: Path, options: argparse.Namespace, house: House) -> Opened:
    """The plan's photo: `--image`, else at its path, beside the plan, or in the library by its hash."""
    if options.image is not None:
        return photos.open_photo(options.image, house)
    at = Path(document.photo_path)
    for candidate in (at, plan_path.with_name(at.name)):
        if candidate.is_file():
            return photos.open_photo(str(candidate), house)
    kept = photos.open_kept(document.photo_sha256, house)
    if kept is None:
        raise BadInput("cli.plan_photo_missing", photo=document.photo_path)
    return kept
