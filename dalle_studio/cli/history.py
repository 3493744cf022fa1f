"""`history …`: the library from the command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from dalle_studio.assembly import House
from dalle_studio.cli import library
from dalle_studio.cli.library import original_path
from dalle_studio.cli.report import Report
from dalle_studio.core.errors import StorageProblem
from dalle_studio.core.marks import NO_MARKS, Marks
from dalle_studio.core.records import EditRecord, State
from dalle_studio.storage.upkeep import Damage


def run(options: argparse.Namespace, house: House, report: Report) -> int:
    """One action on the library. StorageProblem when it can't be read or an id is unknown."""
    return _ACTIONS[options.action](options, house, report)


def _list(options: argparse.Namespace, house: House, report: Report) -> int:
    """Edits that were made, and those that were not but may have been billed; or what lies in the trash."""
    if options.trash:
        return _tell(house.library.trashed()[: options.limit], "cli_library.trash_empty", house, report)
    house.library.unfinished()  # marks what a killed process left behind
    edits = [one for one in house.library.edits(every_state=True) if one.state is State.DONE or one.maybe_billed]
    return _tell(edits[: options.limit], "cli.history_empty", house, report)


def _search(options: argparse.Namespace, house: House, report: Report) -> int:
    return _tell(house.library.search(options.text), "cli.nothing_found", house, report)


def _tell(edits: list[EditRecord], none: str, house: House, report: Report) -> int:
    marks = house.library.marks.all()
    documents = [document(record, house, marks) for record in edits]
    report.done({"edits": documents}, [_line(record, house) for record in edits] or [house.words(none)])
    return 0


def _line(record: EditRecord, house: House) -> str:
    path = original_path(record, house)
    done = house.words(f"cli.operation_{record.operation.value}")
    told = "  ".join(filter(None, (record.prompt, "" if path is None else path.name)))
    state = "" if record.state is State.DONE else f"  · {house.words('errors.maybe_billed')}"
    return f"{record.edit_id}  {record.created[:16].replace('T', ' ')}  {done}  {told}{state}"


def _recover(options: argparse.Namespace, house: House, report: Report) -> int:
    """Finish what was paid for and interrupted; twice changes nothing."""
    del options
    from dalle_studio.workflow import recovery

    found = [one for one in house.library.unfinished() if one.answers]
    done = [recovery.recover(house.library, house.codec, house.open_bytes, one) for one in found]
    told = [_line(record, house) for record in done] or [house.words("cli.nothing_to_recover")]
    marks = house.library.marks.all()
    report.done({"edits": [document(record, house, marks) for record in done]}, told)
    return 0


def _show(options: argparse.Namespace, house: House, report: Report) -> int:
    record = house.library.edit(options.edit_id)
    shown = document(record, house, {record.edit_id: house.library.marks.of(record.edit_id)})
    report.done(shown, [f"{name}: {value}" for name, value in shown.items()])
    return 0


def _empty_trash(options: argparse.Namespace, house: House, report: Report) -> int:
    del options
    house.library.empty_trash()
    report.done({}, [house.words("cli.trash_emptied")])
    return 0


def _export(options: argparse.Namespace, house: House, report: Report) -> int:
    from dalle_studio.cli import exporting  # pictures are decoded there: no list has to wait for that

    return exporting.ACTIONS[options.action](options, house, report)


def _verify(options: argparse.Namespace, house: House, report: Report) -> int:
    del options
    verified = house.library.verify()
    damaged = [damage_text(one, house) for one in verified.damaged]
    found = {"checked": verified.checked, "damaged": damaged, "orphans": verified.orphans}
    if damaged:
        return report.fail(StorageProblem("cli.library_damaged", count=len(damaged), first=damaged[0]), found)
    report.done(found, [house.words("cli.library_whole", count=verified.checked)])
    return 0


def damage_text(damage: Damage, house: House) -> str:
    """One damaged thing and the edits it belongs to."""
    told = house.words(f"errors_storage.damage.{damage.kind.value}", name=damage.name)
    return f"{told} ({', '.join(damage.edits)})" if damage.edits else told


def document(record: EditRecord, house: House, marks: Mapping[str, Marks]) -> dict[str, Any]:
    """One edit as `history list --json` shows it."""
    original = original_path(record, house)
    return {
        "edit_id": record.edit_id,
        "original": None if original is None else str(original),
        "operation": record.operation.value,
        "prompt": record.prompt,
        "prompt_sent": record.prompt_sent,
        "engine": record.engine,
        "model": None if record.engine == "local" else record.model,
        "created": record.created,
        "cost_usd": 0 if record.engine == "local" else record.cost_usd,
        "outputs": [str(path) for path in record.outputs],
        "parent": record.parent,
        "state": record.state.value,
        "maybe_billed": record.maybe_billed,
        **library.marks_document(marks.get(record.edit_id, NO_MARKS)),
    }


_ACTIONS: dict[str, Callable[[argparse.Namespace, House, Report], int]] = {
    "list": _list,
    "search": _search,
    "show": _show,
    "empty-trash": _empty_trash,
    "verify": _verify,
    "recover": _recover,
    **library.ACTIONS,
    **dict.fromkeys(("export", "sheet", "costs"), _export),
}
