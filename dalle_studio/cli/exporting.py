"""`history export|sheet|costs`: pictures by template, a contact sheet, the costs as a table."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dalle_studio.cli import photos
from dalle_studio.cli.library import original_path
from dalle_studio.cli.outputs import beside, check_output
from dalle_studio.core.engine_names import engine_name
from dalle_studio.core.errors import BadUsage
from dalle_studio.core.marks import NO_MARKS
from dalle_studio.core.picture import Metadata
from dalle_studio.formats import encoding, saving
from dalle_studio.formats.suffixes import can_write
from dalle_studio.workflow import exporting

if TYPE_CHECKING:
    from dalle_studio.assembly import House
    from dalle_studio.cli.report import Report
    from dalle_studio.core.picture import Picture
    from dalle_studio.core.records import EditRecord


def export(options: argparse.Namespace, house: House, report: Report) -> int:
    """One version to a file, to stdout or beside its photo; or several into a folder."""
    several = len(options.edit_ids) > 1 or options.to is not None
    if several and options.layers:
        raise BadUsage("export.layers_alone")
    if several and options.output is not None:
        raise BadUsage("export.to_a_folder")
    if several and options.to is None:
        raise BadUsage("export.to_a_folder")
    records = [house.library.edit(edit_id) for edit_id in options.edit_ids]
    if several:
        return _many(options, records, house, report)
    (record,) = records
    if options.layers:
        return _layers(options, record, house, report)
    if options.output == "-":
        if report.as_json:
            raise BadUsage("cli.stdout_with_json")
        sys.stdout.buffer.write(_encoded(options, record, None, house, report))
        sys.stdout.buffer.flush()
        return 0
    original = original_path(record, house)
    output = Path(options.output) if options.output else free_name(record, house, options.format)
    check_output(output, original, force=options.force)
    data = _encoded(options, record, output, house, report)
    saving.write_atomically(output, data)
    house.library.add_output(record.edit_id, output)
    report.done({"edit_id": record.edit_id, "outputs": [str(output)]}, [str(output)])
    return 0


def _layers(options: argparse.Namespace, record: EditRecord, house: House, report: Report) -> int:
    """Original, answer with alpha and mask in one OpenRaster file."""
    candidate = photos.candidate_of(options, record)
    if options.output == "-":
        if report.as_json:
            raise BadUsage("cli.stdout_with_json")
        sys.stdout.buffer.write(photos.encode_layers(record.edit_id, candidate, house))
        sys.stdout.buffer.flush()
        return 0
    output = Path(options.output) if options.output else free_name(record, house, "ora")
    if output.suffix.lower() != ".ora":
        raise BadUsage("cli.layers_suffix", path=str(output))
    check_output(output, original_path(record, house), force=options.force, layers=True)
    saving.write_atomically(output, photos.encode_layers(record.edit_id, candidate, house))
    report.done({"edit_id": record.edit_id, "outputs": [str(output)]}, [str(output)])
    return 0


def _many(options: argparse.Namespace, records: list[EditRecord], house: House, report: Report) -> int:
    """Into a folder, under names of our own making: nothing is replaced there."""
    from dalle_studio.core.ports import Progress, Stage

    if options.format:
        saving.format_for(Path(f"*.{options.format.lstrip('.')}"))  # refused before anything is written
    template = options.name or exporting.TEMPLATE
    exporting.check_template(template)
    saving.make_folder(options.to)
    marks = house.library.marks.all()
    outputs: list[str] = []
    for number, record in enumerate(records, start=1):
        path = original_path(record, house)
        photo = path.name if path is not None else "picture.png"
        stem = exporting.file_stem(template, record, number, photo, marks.get(record.edit_id, NO_MARKS))
        ending = (options.format or Path(photo).suffix.lstrip(".") or "png").lstrip(".").lower()
        output = _write_new(options, record, options.to / f"{stem}.{ending}", house, report)
        house.library.add_output(record.edit_id, output)
        outputs.append(str(output))
        report.progress(Progress(Stage.SAVE, number / len(records)))
    report.done({"edit_ids": [record.edit_id for record in records], "outputs": outputs}, outputs)
    return 0


def _write_new(options: argparse.Namespace, record: EditRecord, wanted: Path, house: House, report: Report) -> Path:
    """The next free number where the name is taken."""
    if not can_write(wanted):
        wanted = wanted.with_suffix(".png")
    return saving.write_numbered(wanted, _encoded(options, record, wanted, house, report))


def _encoded(
    options: argparse.Namespace, record: EditRecord, output: Path | None, house: House, report: Report
) -> bytes:
    """The file; says what its format could not hold, and by how much it changed the pixels at most."""
    picture = photos.load_version(record.edit_id, photos.candidate_of(options, record), house)
    changed = options.longest is not None and picture.size.longest > options.longest
    if changed:
        picture = exporting.smaller(picture, options.longest)
    opened = None
    if options.no_metadata:
        bare = replace(picture, metadata=Metadata(icc=picture.metadata.icc))
        data, warnings = saving.encode_picture(bare, "PNG" if output is None else saving.format_for(output))
    else:
        opened = photos.open_kept(record.original, house) if record.original and not changed else None
        data, warnings = photos.encode(picture, output, opened, house, photos.edits_up_to(record.edit_id, house))
    for warning in warnings:
        report.warn(warning)
    if output is not None and not _keeps_blocks(picture, output, opened, warnings):
        levels = saving.coded_difference(
            saving.format_for(output), data, picture.pixels, lambda: house.open_bytes(data, output.name).pixels
        )
        if levels:
            report.warn("export.format_changes", path=output.name, levels=levels)
    return data


def _keeps_blocks(picture: Picture, output: Path, opened: photos.Opened | None, warnings: tuple[str, ...]) -> bool:
    """Whether this is a JPEG from a JPEG, of which only what was edited was coded anew."""
    return (
        saving.format_for(output) == picture.source.format == "JPEG"
        and opened is not None
        and opened.picture.size == picture.size
        and encoding.JPEG_ENCODED_ANEW not in warnings
    )


def sheet(options: argparse.Namespace, house: House, report: Report) -> int:
    """Thumbnails of versions, on pages."""
    from dalle_studio.formats import contact_sheet

    if options.output.suffix.lower() not in {".pdf", ".png"}:
        raise BadUsage("export.sheet_format")
    library = house.library
    records = [library.edit(one) for one in options.ids] or library.edits()

    def title(record: EditRecord) -> str:
        return record.prompt or house.words(f"cli.operation_{record.operation.value}")

    maker = partial(engine_name, house.words)
    tiles = contact_sheet.tiles_of(library, house.codec, library.marks.all(), records, title, maker)
    if not tiles:
        raise BadUsage("export.sheet_empty")
    saving.write_atomically(options.output, contact_sheet.encode(tiles, options.output.suffix, options.columns))
    report.done({"outputs": [str(options.output)], "pictures": len(tiles)}, [str(options.output)])
    return 0


def costs(options: argparse.Namespace, house: House, report: Report) -> int:
    """Every edit with what it cost, also those that failed and may have been billed."""
    table, count = exporting.costs_of(house.library)
    if options.output == "-":
        if report.as_json:
            raise BadUsage("cli.stdout_with_json")
        sys.stdout.write(table)
        return 0
    saving.write_atomically(Path(options.output), table.encode())
    report.done({"outputs": [options.output], "edits": count}, [options.output])
    return 0


def free_name(record: EditRecord, house: House, ending: str | None = None) -> Path:
    """`NAME-edit.EXT` beside the source, taking the next free number; in the current folder where there is none."""
    source = original_path(record, house)
    if source is None or not source.parent.is_dir():
        source = Path("picture.png" if source is None else source.name).absolute()
    return beside(source, 1, None if ending is None else f".{ending.lstrip('.')}")[0]


ACTIONS = {"export": export, "sheet": sheet, "costs": costs}
