"""Records as rows of the library and back. Plain functions, no disk."""

from __future__ import annotations

import json
import os
import sqlite3
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.records import (
    BlendMode,
    BlendSettings,
    Candidate,
    EditIntent,
    EditRecord,
    Layer,
    Operation,
    Original,
    Reshape,
    State,
    Usage,
)

_STATES: Final = {state.value: state for state in State}
_OPERATIONS: Final = {operation.value: operation for operation in Operation}
_REMEMBERED: Final = 4096


def storable(text: str) -> str:
    """Text that UTF-8 can hold: a file name may carry stray bytes as lone surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")


def search_words(*texts: str | None) -> str:
    """What search compares: composed Hangul (macOS gives file names in pieces), without regard to case."""
    return "\n".join(unicodedata.normalize("NFC", storable(text)).casefold() for text in texts if text)


def like_pattern(word: str) -> str:
    """A LIKE pattern (with ESCAPE '!') for rows that contain the word."""
    for sign in "!%_":
        word = word.replace(sign, f"!{sign}")
    return f"%{word}%"


def path_bytes(path: Path | None) -> bytes | None:
    """A path as the system knows it; not every file name is text."""
    return None if path is None else os.fsencode(path)


def original_of(row: sqlite3.Row) -> Original:
    """An `originals` row."""
    return Original(
        original_id=row["original_id"],
        path=None if row["path"] is None else Path(os.fsdecode(row["path"])),
        name=row["name"],
        size=Size(row["width"], row["height"]),
        created=row["created"],
        thumbnail=row["thumbnail"],
        caption=row["caption"],
    )


def columns_of(intent: EditIntent) -> dict[str, object]:
    """The columns of `edits` that an intent fills; its mask is the caller's business."""
    return {
        "edit_id": intent.edit_id,
        "operation": intent.operation.value,
        "original": intent.original,
        "parent": intent.parent,
        "parent_candidate": intent.parent_candidate,
        "source": None if intent.source is None else os.fsencode(intent.source),
        "prompt": storable(intent.prompt),
        "prompt_sent": None if intent.prompt_sent is None else storable(intent.prompt_sent),
        "engine": intent.engine,
        "engine_model": intent.model,
        "host": intent.host,
        "quality": intent.quality,
        "count": intent.count,
        "canvas": _size_json(intent.canvas),
        "margins": _margins_json(intent.margins),
        "crop": rect_json(intent.crop),
        "sent": _size_json(intent.sent),
        "placed": rect_json(intent.placed),
        "blend": json.dumps(asdict(intent.blend)),
        "reshape": None if intent.reshape is None else json.dumps(intent.reshape.as_json()),
        "layers": json.dumps([asdict(layer) for layer in intent.layers]) if intent.layers else None,
    }


def rect_json(rect: Rect) -> str:
    """`[x, y, w, h]`."""
    return json.dumps(rect.as_list())


def _size_json(size: Size) -> str:
    return json.dumps([size.width, size.height])


def _margins_json(margins: Margins) -> str:
    return json.dumps([margins.left, margins.top, margins.right, margins.bottom])


def records_of(connection: sqlite3.Connection, edits: list[sqlite3.Row]) -> list[EditRecord]:
    """`edits` rows with everything that hangs on them, in the same order. Four queries however many there are."""
    names = edits[0].keys() if edits else []
    # By name, a sqlite3.Row goes through its columns one by one; thousands of rows with forty columns feel it.
    found: list[dict[str, Any]] = [dict(zip(names, row, strict=True)) for row in edits]
    wanted = json.dumps([row["sequence"] for row in found])
    answers = _by_edit(connection, "answers", "sequence", wanted)
    candidates = _by_edit(connection, "candidates", "candidate", wanted)
    outputs = _by_edit(connection, "outputs", "sequence", wanted)
    return [
        _record(row, answers[row["sequence"]], candidates[row["sequence"]], outputs[row["sequence"]]) for row in found
    ]


def _by_edit(
    connection: sqlite3.Connection, table: str, order: str, wanted: str
) -> defaultdict[int, list[sqlite3.Row]]:
    rows: defaultdict[int, list[sqlite3.Row]] = defaultdict(list)
    query = f"SELECT * FROM {table} WHERE edit IN (SELECT value FROM json_each(?)) ORDER BY {order}"  # noqa: S608 - names from here
    for row in connection.execute(query, (wanted,)):
        rows[row["edit"]].append(row)
    return rows


def _record(
    row: dict[str, Any], answers: list[sqlite3.Row], candidates: list[sqlite3.Row], outputs: list[sqlite3.Row]
) -> EditRecord:
    return EditRecord(
        edit_id=row["edit_id"],
        sequence=row["sequence"],
        state=_STATES[row["state"]],
        operation=_OPERATIONS[row["operation"]],
        original=row["original"],
        parent=row["parent"],
        parent_candidate=row["parent_candidate"],
        source=None if row["source"] is None else Path(os.fsdecode(row["source"])),
        prompt=row["prompt"],
        prompt_sent=row["prompt_sent"],
        engine=row["engine"],
        model=row["engine_model"],
        created=row["created"],
        quality=row["quality"],
        count=row["count"],
        canvas=_size(row["canvas"]),
        margins=_margins(row["margins"]),
        crop=_rect(row["crop"]),
        sent=_size(row["sent"]),
        placed=_rect(row["placed"]),
        mask=row["mask"],
        blend=_kept_blend(row["blend"]),
        feather=row["feather"],
        candidates=tuple(_candidate(one) for one in candidates),
        chosen=row["chosen"],
        answers=tuple(one["blob"] for one in answers),
        usage=_usage(answers),
        seconds=json.loads(row["seconds"]),
        outputs=tuple(Path(os.fsdecode(one["path"])) for one in outputs),
        maybe_billed=bool(row["maybe_billed"]),
        error=row["error"],
        reshape=None if row["reshape"] is None else Reshape.of_json(json.loads(row["reshape"])),
        layers=() if row["layers"] is None else tuple(_layer(one) for one in json.loads(row["layers"])),
        small=row["small"],
        markup=row["markup"],
        references=() if row["refs"] is None else tuple(json.loads(row["refs"])),
    )


def _whole_numbers(text: str) -> list[int]:
    """`[1, 2]` as written by this module; json.loads was half the time of a page, which reads hundreds of them."""
    return [int(number) for number in text[1:-1].split(",")]


# What is said again and again, in thousands of rows, is made once.


@lru_cache(_REMEMBERED)
def _size(text: str) -> Size:
    return Size(*_whole_numbers(text))


@lru_cache(_REMEMBERED)
def _margins(text: str) -> Margins:
    return Margins(*_whole_numbers(text))


@lru_cache(_REMEMBERED)
def _rect(text: str) -> Rect:
    return Rect(*_whole_numbers(text))


@lru_cache(_REMEMBERED)
def _shift(text: str) -> tuple[float, float]:
    dx, dy = json.loads(text)
    return dx, dy


@lru_cache(_REMEMBERED)
def _kept_blend(text: str) -> BlendSettings:
    return _blend(json.loads(text))


def _blend(settings: dict[str, Any]) -> BlendSettings:
    """Rows of before there was matching hold a feather only: say what was done then."""
    return BlendSettings(
        feather=settings.get("feather"),
        align=settings.get("align", False),
        match=settings.get("match", 0.0),
        grain=settings.get("grain", 0.0),
        mode=BlendMode(settings.get("mode", BlendMode.NORMAL)),
        grow=settings.get("grow", 0),
        opacity=settings.get("opacity", 1.0),
    )


def _layer(found: dict[str, Any]) -> Layer:
    return Layer(found["edit_id"], found["candidate"], _blend(found["blend"]), found["is_visible"])


def _candidate(row: sqlite3.Row) -> Candidate:
    return Candidate(
        index=row["candidate"],
        answer=row["answer"],
        patch=row["patch"],
        rect=_rect(row["rect"]),
        shift=_shift(row["shift"]),
        outside_identical=bool(row["outside_identical"]),
        thumbnail=row["thumbnail"],
    )


def _usage(answers: list[sqlite3.Row]) -> Usage | None:
    """The sum over the answers that carried usage. The price is unknown as soon as one of them is."""
    counted = [row for row in answers if row["has_usage"]]
    if not counted:
        return None
    details = [row["details"] for row in counted if row["details"] is not None]
    costs = [row["cost_usd"] for row in counted]
    return Usage(
        input_tokens=_sum(row["input_tokens"] for row in counted),
        output_tokens=_sum(row["output_tokens"] for row in counted),
        details=details[0] if len(details) == 1 else f"[{', '.join(details)}]" if details else None,
        cost_usd=None if None in costs else sum(costs),
    )


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
