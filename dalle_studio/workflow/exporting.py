"""Versions out of the library: naming by template, another size, a contact sheet, and the costs as a table.

No Qt and no I/O of its own; what is *blocking* says so.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, cast

from dalle_studio.core.errors import BadInput
from dalle_studio.core.marks import NO_MARKS, Marks

if TYPE_CHECKING:
    from dalle_studio.core.picture import Picture, Pixels
    from dalle_studio.core.ports import Library
    from dalle_studio.core.records import EditRecord

TEMPLATE: Final = "{photo}-{number}"
FIELDS: Final = ("photo", "number", "date", "time", "operation", "prompt", "engine", "name", "rating", "id")
_LONGEST: Final = 80
_FORBIDDEN: Final = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
_BYTES: Final = 180
_FIELD: Final = re.compile(r"{([^{}]*)}")


def check_template(template: str) -> None:
    """BadInput for a field that nobody knows, and for a brace without a partner."""
    unknown = sorted(set(_FIELD.findall(template)) - set(FIELDS))
    if unknown:
        raise BadInput("export.unknown_field", field=unknown[0], fields=", ".join(f"{{{one}}}" for one in FIELDS))
    if set("{}") & set(_FIELD.sub("", template)):
        raise BadInput("export.open_brace", template=template)


def file_stem(template: str, edit: EditRecord, number: int, photo: str, marks: Marks = NO_MARKS) -> str:
    """The name without its ending; `number` counts within one export from 1. BadInput as `check_template`.

    What no file system takes is left out, so that a prompt can be part of a name.
    """
    created = edit.created
    values = {
        "photo": PurePath(photo).stem,
        "number": f"{number:03d}",
        "date": created[:10],
        "time": created[11:19].replace(":", ""),
        "operation": edit.operation.value,
        "prompt": edit.prompt[:_LONGEST] or edit.operation.value,
        "engine": edit.model or edit.engine,
        "name": marks.name or edit.prompt[:_LONGEST] or edit.operation.value,
        "rating": str(marks.rating),
        "id": edit.edit_id,
    }
    check_template(template)
    text = _FIELD.sub(lambda found: values[found[1]], template)
    plain = " ".join(_FORBIDDEN.sub(" ", text).split()).strip(". ")
    while len(plain.encode()) > _BYTES:
        plain = plain[:-1]
    return plain.strip(". ") or edit.edit_id


def smaller(picture: Picture, longest: int) -> Picture:
    """*Blocking.* Reduced so that no side is longer than that; a smaller picture stays as it is."""
    from dataclasses import replace

    import cv2

    size = picture.size
    if size.longest <= longest:
        return picture
    scale = longest / size.longest
    wanted = (max(1, round(size.width * scale)), max(1, round(size.height * scale)))
    reduced = cv2.resize(picture.pixels, wanted, interpolation=cv2.INTER_AREA)
    return replace(picture, pixels=cast("Pixels", reduced))


def cost_table(edits: Iterable[EditRecord], photos: Mapping[str, str]) -> str:
    """CSV, oldest first: what each edit was and what it cost; an unknown price is an empty cell.

    `photos` are originals' ids with their names. Cells that a spreadsheet would take for a formula begin with a '.
    """
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    heads = ("created", "edit_id", "photo", "operation", "engine", "model", "quality", "count", "input_tokens")
    table.writerow([*heads, "output_tokens", "cost_usd", "maybe_billed", "state", "prompt"])
    for edit in sorted(edits, key=lambda one: one.sequence):
        usage, cost = edit.usage, 0 if edit.engine == "local" else edit.cost_usd
        table.writerow(
            [
                edit.created,
                edit.edit_id,
                _cell(photos.get(edit.original or "", "")),
                edit.operation.value,
                _cell(edit.engine),
                _cell(edit.model or ""),
                edit.quality,
                edit.count,
                _number(None if usage is None else usage.input_tokens),
                _number(None if usage is None else usage.output_tokens),
                _number(cost),
                "yes" if edit.maybe_billed else "",
                edit.state.value,
                _cell(edit.prompt),
            ]
        )
    return "\ufeff" + written.getvalue()


def costs_of(library: Library) -> tuple[str, int]:
    """*Blocking.* The table of every edit that was answered or may have been billed, and how many there are."""
    edits = [one for one in library.edits(every_state=True) if one.usage is not None or one.maybe_billed or one.answers]
    return cost_table(edits, {one.original_id: one.name for one in library.originals()}), len(edits)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, int) else f"{value:.6f}".rstrip("0").rstrip(".")


def _cell(text: str) -> str:
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
