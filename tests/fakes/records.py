"""Records as a library would hold them, without one and without Qt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.records import BlendSettings, Candidate, EditRecord, Operation, Original, State, Usage

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
