"""`reblend`: a stored answer put into its photo in another way. Sends nothing, changes nothing in the library."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from dalle_studio.assembly import House
from dalle_studio.cli import photos
from dalle_studio.cli.outputs import STDOUT, Kept, Outputs, check_output, write_composed
from dalle_studio.cli.report import Report
from dalle_studio.core.errors import BadUsage
from dalle_studio.core.records import BlendMode, BlendSettings, EditRecord
from dalle_studio.workflow import recovery, stack
from dalle_studio.workflow.composing import Composition


def run(options: argparse.Namespace, house: House, report: Report) -> int:
    """Blend again and write. BadInput for an unknown edit or one that was never blended."""
    record = house.library.edit(options.edit_id)
    opened = None if record.original is None else photos.open_kept(record.original, house)
    source = record.source if record.source is not None else (None if opened is None else opened.path)
    if options.output == "-" and report.as_json:
        raise BadUsage("cli.stdout_with_json")
    if options.output != "-":
        check_output(Path(options.output), source, force=options.force)
    index = photos.candidate_of(options, record)
    blend = settings(options, record.blend)
    canvas, composed = recovery.blend_again(house.library, house.codec, house.open_bytes, record, blend, index)

    below = stack.stack_of(house.library, record.parent, record.parent_candidate)

    def kept(one: Composition) -> Kept | None:
        # Where a mask lies in a grown canvas is known to the edit alone: only the old picture without one is judged.
        found = Kept.of(one, record.margins, None, canvas.size) if record.margins.is_empty else None
        return found if found is None else replace(found, touched=(*found.touched, *(item.reach for item in below)))

    outputs = Outputs([STDOUT if options.output == "-" else Path(options.output)])
    edits = [*stack.made_by(below), (record.operation, record.engine)]
    written = write_composed(outputs, canvas, (composed,), opened, house, report, edits, kept)[0]
    if written.path is None:
        return 0
    report.done(
        _document(record, composed, written.path, written.identical, written.max_difference), [str(written.path)]
    )
    return 0


def settings(options: argparse.Namespace, stored: BlendSettings) -> BlendSettings:
    """The edit's own settings, but for what was asked otherwise."""
    blend = stored
    if options.feather is not None:
        blend = replace(blend, feather=options.feather)
    if options.no_align:
        blend = replace(blend, align=False)
    if options.no_colour_match:
        blend = replace(blend, match=0.0)
    if options.colour is not None:
        blend = replace(blend, match=options.colour / 100)
    if options.grain is not None:
        blend = replace(blend, grain=options.grain / 100)
    if options.opacity is not None:
        blend = replace(blend, opacity=options.opacity / 100)
    if options.grow is not None:
        blend = replace(blend, grow=options.grow)
    if options.mode is not None:
        blend = replace(blend, mode=BlendMode(options.mode))
    return blend


def _document(
    record: EditRecord, composed: Composition, path: Path, identical: bool | None, worst: int | None
) -> dict[str, object]:
    return {
        "outputs": [str(path)],
        "edit_id": record.edit_id,
        "crop": record.crop.as_list(),
        "shift": list(composed.shift),
        "feather": composed.feather,
        "outside_identical": composed.outside_identical and identical is not False,
        "outside_max_difference": worst or 0,
        "cost_usd": 0,
    }
