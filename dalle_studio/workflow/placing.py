"""Where a version lies on the frame it came from, so that two versions of one photo can be laid onto each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dalle_studio.core.records import Operation
from dalle_studio.workflow import restore

if TYPE_CHECKING:
    from dalle_studio.core.ports import Library


def corner_of(library: Library, edit_id: str | None, index: int | None = None) -> tuple[str | None, tuple[int, int]]:
    """*Blocking.* The edit that made the frame (None = the photo as it was opened), and where that frame's top left
    corner is in the version, in pixels: extending and cropping only move it. `index` is the candidate.

    Whatever turns, mirrors or scales the picture makes a new frame. StorageProblem for an edit that is not there.
    """
    x = y = 0
    at = edit_id
    while at is not None:
        record = library.edit(at)
        reshape = record.reshape
        if reshape is not None:
            if reshape.mirrored or reshape.turns or reshape.angle:
                return at, (x, y)
            if reshape.crop is not None:
                x, y = x - reshape.crop.x, y - reshape.crop.y
        elif record.operation is Operation.GENERATE:
            return at, (x, y)
        elif record.operation is Operation.VARY:
            if restore.candidate_of(record, index).rect.size != record.canvas:
                return at, (x, y)
        else:
            x, y = x + record.margins.left, y + record.margins.top
        at, index = record.parent, record.parent_candidate
    return None, (x, y)
