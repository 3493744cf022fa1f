"""Records as a library would hold them, without one and without Qt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.listed import Listed
from dalle_studio.core.records import BlendSettings, Candidate, EditRecord, Operation, Original, State, Usage
from dalle_studio.session.history_rows import Grouping, HistoryRow, arrange, plain

if TYPE_CHECKING:
    from dalle_studio.core.look import Look
    from dalle_studio.core.marks import Marks

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
SIZE = Size(60, 40)


def original(key: str, hours: float = 0, name: str = "") -> Original:
    created = (NOW + timedelta(hours=hours)).isoformat()
    return Original(key, None, name or f"{key}.jpg", SIZE, created, f"thumbnail of {key}")


def edit(
    key: str,
    sequence: int,
    *,
    of: str | None = "O1",
    parent: str | None = None,
    prompt: str = "a boat",
    operation: Operation = Operation.EDIT,
    engine: str = "openai",
    cost: float | None = None,
    identical: bool = True,
    created: str | None = None,
) -> EditRecord:
    candidate = Candidate(0, "a", "p", Rect(0, 0, 9, 9), outside_identical=identical, thumbnail=f"thumbnail of {key}")
    return EditRecord(
        edit_id=key,
        sequence=sequence,
        state=State.DONE,
        operation=operation,
        original=of,
        parent=parent,
        prompt=prompt,
        prompt_sent=None,
        engine=engine,
        model="gpt-image-2.5-flare" if engine == "openai" else None,
        created=created or (NOW + timedelta(minutes=sequence)).isoformat(),
        quality="low",
        count=1,
        canvas=SIZE,
        margins=Margins(),
        crop=Rect.of_size(SIZE),
        sent=SIZE,
        placed=Rect.of_size(SIZE),
        mask=None,
        blend=BlendSettings(),
        candidates=(candidate,),
        usage=Usage(cost_usd=cost),
        seconds={"wait": 1.5, "save": 0.3},
    )


def listed(record: EditRecord) -> Listed:
    """As the library would list it."""
    candidate, reshape = record.candidate, record.reshape
    files = (path.name for path in record.outputs)
    return Listed(
        sequence=record.sequence,
        stamp=0,
        edit_id=record.edit_id,
        operation=record.operation.value,
        original=record.original,
        parent=record.parent,
        created=record.created,
        prompt=record.prompt,
        engine=record.engine,
        model=record.model,
        quality=record.quality,
        words=plain("\n".join(filter(None, (record.prompt, record.prompt_sent, *files)))),
        cost_usd=record.cost_usd,
        maybe_billed=record.maybe_billed,
        thumbnail=record.thumbnail,
        outside_identical=candidate is not None and candidate.outside_identical,
        variants=len(record.candidates),
        is_saved=bool(record.outputs),
        seconds_json=json.dumps(record.seconds),
        canvas_json=json.dumps([record.canvas.width, record.canvas.height]),
        reshape_json=None if reshape is None else json.dumps(reshape.as_json()),
        references_json=json.dumps(record.references) if record.references else None,
    )


def arranged(
    originals: Iterable[Original],
    edits: Iterable[EditRecord],
    marks: Mapping[str, Marks] | None = None,
    grouping: Grouping = Grouping.PHOTO,
    looks: Mapping[str, Look | None] | None = None,
) -> list[HistoryRow]:
    """The rows of a library that holds these."""
    return arrange(originals, map(listed, edits), marks, grouping, looks)
