"""`history mark|delete|put-back|gc|backup|restore`: organising the library and keeping it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dalle_studio.core.marks import HIGHEST, Label, Marks, names
from dalle_studio.core.words import Words

if TYPE_CHECKING:
    from dalle_studio.assembly import House
    from dalle_studio.cli.report import Report
    from dalle_studio.core.records import EditRecord


class AddAction(Protocol):
    """Makes the parser of one more action."""

    def __call__(self, name: str, help_id: str = "") -> argparse.ArgumentParser: ...


def add_actions(action: AddAction, words: Words) -> None:
    """The grammar of this module's actions."""
    mark = action("mark", "cli_library.help.mark")
    mark.add_argument("ids", metavar="ID", nargs="+")
    mark.add_argument("--name", metavar="TEXT", help=words("cli_library.help.name"))
    mark.add_argument("--favourite", action=argparse.BooleanOptionalAction, help=words("cli_library.help.favourite"))
    mark.add_argument("--rating", type=int, choices=range(HIGHEST + 1), help=words("cli_library.help.rating"))
    labels = [label.value for label in Label if label.value]
    mark.add_argument("--label", choices=["none", *labels], help=words("cli_library.help.label"))
    mark.add_argument("--note", metavar="TEXT", help=words("cli_library.help.note"))
    mark.add_argument("--tags", type=names, metavar="A,B", help=words("cli_library.help.tags"))
    mark.add_argument("--projects", type=names, metavar="A,B", help=words("cli_library.help.projects"))
    action("put-back", "cli_library.help.put_back").add_argument("ids", metavar="ID", nargs="+")
    action("gc", "cli_library.help.gc")
    action("backup", "cli_library.help.backup").add_argument("file", type=Path, metavar="FILE")
    action("restore", "cli_library.help.restore").add_argument("file", type=Path, metavar="FILE")


def original_path(record: EditRecord, house: House) -> Path | None:
    """The file an edit was made on."""
    if record.source is not None or record.original is None:
        return record.source
    return house.library.original(record.original).path


def marks_document(marks: Marks) -> dict[str, Any]:
    """Marks as `--json` shows them."""
    return {
        "name": marks.name,
        "favourite": marks.favourite,
        "rating": marks.rating,
        "label": marks.label.value or None,
        "note": marks.note,
        "tags": list(marks.tags),
        "projects": list(marks.projects),
    }


def _mark(options: argparse.Namespace, house: House, report: Report) -> int:
    """Set what is named, keep the rest; without options say what there is."""
    given = {name: getattr(options, name) for name in ("name", "favourite", "rating", "note", "tags", "projects")}
    changes = {name: value for name, value in given.items() if value is not None}
    if options.label is not None:
        changes["label"] = Label.NONE if options.label == "none" else Label(options.label)
    house.library.marks.change(options.ids, lambda marks: replace(marks, **changes))
    marks = {version: marks_document(house.library.marks.of(version)) for version in options.ids}
    told = [f"{version}: {name} = {value}" for version, one in marks.items() for name, value in one.items() if value]
    report.done({"marks": marks}, told or [house.words("cli_library.no_marks")])
    return 0


def _delete(options: argparse.Namespace, house: House, report: Report) -> int:
    moved = house.library.delete(*options.ids)
    return _moved(options.ids, moved, ("cli.deleted", "cli_library.in_trash_already"), house, report)


def _put_back(options: argparse.Namespace, house: House, report: Report) -> int:
    moved = house.library.restore(*options.ids)
    return _moved(options.ids, moved, ("cli_library.put_back", "cli_library.not_in_trash"), house, report)


def _moved(ids: list[str], moved: tuple[str, ...], said: tuple[str, str], house: House, report: Report) -> int:
    """Tell of each whether it was moved, or lay there already."""
    alone = {"edit_id": ids[0]} if len(ids) == 1 else {}
    told = [house.words(said[one not in moved], edit=one) for one in ids]
    report.done({**alone, "edit_ids": ids, "moved": list(moved)}, told)
    return 0


def _gc(options: argparse.Namespace, house: House, report: Report) -> int:
    del options
    collected = house.library.gc()
    told = house.words("cli_library.collected", count=collected.blobs, size=_megabytes(collected.size_bytes))
    report.done({"blobs": collected.blobs, "size_bytes": collected.size_bytes}, [told])
    return 0


def _backup(options: argparse.Namespace, house: House, report: Report) -> int:
    done = house.library.back_up(options.file.absolute(), _progress("cli_library.backing_up", report))
    if done.missing:
        report.warn("cli_library.missing", count=len(done.missing))
    told = house.words(
        "cli_library.backed_up", count=done.edits, size=_megabytes(done.size_bytes), path=str(options.file)
    )
    found = {"outputs": [str(options.file)], "edits": done.edits, "blobs": done.blobs, "missing": list(done.missing)}
    report.done(found, [told])
    return 0


def _restore(options: argparse.Namespace, house: House, report: Report) -> int:
    done = house.library.restore_backup(options.file, _progress("cli_library.restoring", report))
    told = house.words("cli_library.restored", edits=done.edits, originals=done.originals)
    report.done({"edits": done.edits, "originals": done.originals, "blobs": done.blobs}, [told])
    return 0


def _progress(message: str, report: Report) -> Callable[[int, int], None]:
    from dalle_studio.core.ports import Progress, Stage

    def tell(done: int, total: int) -> None:
        report.progress(Progress(Stage.SAVE, done / total, message))

    return tell


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"


ACTIONS: dict[str, Callable[[argparse.Namespace, House, Report], int]] = {
    "mark": _mark,
    "delete": _delete,
    "put-back": _put_back,
    "gc": _gc,
    "backup": _backup,
    "restore": _restore,
}
