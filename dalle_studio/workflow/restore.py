"""Rebuild any version from what the library keeps: the original's own bytes, then one lossless patch an edit.

A change of the frame keeps no pixels: it is done again from the version below.
"""

from __future__ import annotations

from collections.abc import Callable

from dalle_studio.core.errors import StorageProblem
from dalle_studio.core.geometry import Size
from dalle_studio.core.picture import Picture
from dalle_studio.core.ports import Codec, Library
from dalle_studio.core.records import Candidate, EditRecord, Operation
from dalle_studio.imaging import reshaping
from dalle_studio.workflow import composing, payload

OpenBytes = Callable[[bytes, str], Picture]
"""Decodes an original: its bytes and its name."""


def load_original(library: Library, open_bytes: OpenBytes, original_id: str) -> Picture:
    """*Blocking.* The photo as it was opened. StorageProblem when the library has lost it."""
    return open_bytes(library.blob(original_id), library.original(original_id).name)


def load_version(
    library: Library, codec: Codec, open_bytes: OpenBytes, edit_id: str, index: int | None = None
) -> Picture:
    """*Blocking.* The picture after an edit; `index` picks another candidate than the chosen one.

    Raises StorageProblem when a blob is lost or damaged, or when the edit has no finished picture.
    """
    chain: list[tuple[EditRecord, Candidate | None]] = []
    at: str | None = edit_id
    original: str | None = None
    while at is not None:
        record = library.edit(at)
        chain.append((record, None if record.reshape is not None else candidate_of(record, index)))
        original, at, index = record.original, record.parent, record.parent_candidate
    picture = None if original is None else load_original(library, open_bytes, original)
    for record, candidate in reversed(chain):
        if candidate is None:
            if picture is not None and record.reshape is not None:
                picture = reshaping.reshape_picture(picture, record.reshape)
            continue
        patch = codec.decode_png(library.blob(candidate.patch))
        if picture is None:
            picture = Picture(patch)  # a generated picture is its own ground
        else:
            ground = payload.grown(picture, record.margins)  # the patch may cover one side of the new area only
            picture = composing.apply(ground, candidate.rect, patch, canvas_of(record, candidate))
    if picture is None:
        raise StorageProblem("errors_workflow.no_picture", edit=edit_id)
    return picture


def frame_of(library: Library, edit_id: str | None) -> str | None:
    """*Blocking.* The latest edit up to this one that gave the picture its frame: versions of one frame share masks.

    None for the frame of the photo as it was opened. StorageProblem for an edit that is not there.
    """
    at = edit_id
    while at is not None:
        record = library.edit(at)
        if record.reshape is not None or not record.margins.is_empty:
            return at
        at = record.parent
    return None


def canvas_of(record: EditRecord, candidate: Candidate) -> Size:
    """Size of the picture an edit made: a variation or a generated picture is as large as it came."""
    if record.operation in {Operation.VARY, Operation.GENERATE}:
        return candidate.rect.size
    return record.canvas


def candidate_of(record: EditRecord, index: int | None = None) -> Candidate:
    """The candidate of that index, or the chosen one. StorageProblem where the edit has no finished picture."""
    wanted = record.chosen if index is None else index
    found = next((c for c in record.candidates if c.index == wanted), None)
    if found is None:
        raise StorageProblem("errors_workflow.no_picture", edit=record.edit_id)
    return found
