"""What the storage tests put into libraries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.ports import Answer, ComposedCandidate
from dalle_studio.core.records import BlendSettings, EditIntent, EditRecord, Operation, Original, Usage

if TYPE_CHECKING:
    from dalle_studio.storage.library import StudioLibrary

INTENT = EditIntent(
    edit_id="edit",
    operation=Operation.EDIT,
    original=None,
    parent=None,
    prompt="눈 감은 표정",
    prompt_sent="closed eyes",
    engine="openai",
    model="gpt-image-2.5-flare",
    host="api.openai.com",
    quality="low",
    count=1,
    canvas=Size(640, 480),
    margins=Margins(1, 2, 3, 4),
    crop=Rect(10, 20, 300, 200),
    sent=Size(1024, 1024),
    placed=Rect(0, 100, 1024, 800),
    mask_png=b"mask",
    blend=BlendSettings(feather=7),
)


def intent(edit_id: str, **changes: Any) -> EditIntent:
    """An intent to edit, with other values where named."""
    return replace(INTENT, edit_id=edit_id, **changes)


def answer(edit_id: str, index: int = 0, usage: Usage | None = None) -> Answer:
    """A raw answer, different for each edit and candidate."""
    return Answer(index, f"answer {edit_id} {index} ".encode() * 200, usage, request_id="req_1")


def composed(edit_id: str, index: int = 0) -> ComposedCandidate:
    """A composed candidate, different for each edit and candidate."""
    name = f"{edit_id} {index} "
    return ComposedCandidate(
        index,
        patch_png=b"patch " + name.encode() * 200,
        rect=Rect(10 + index, 20, 30, 40),
        thumbnail=b"small " + name.encode(),
        shift=(0.25, -1.5),
        outside_identical=True,
    )


def keep(library: StudioLibrary, data: bytes = b"the photo", name: str = "사진.jpg") -> Original:
    """An original in the library."""
    return library.keep_original(None, data, Size(640, 480), b"thumbnail of " + data, name)


def perform(library: StudioLibrary, edit_id: str, count: int = 1, **changes: Any) -> EditRecord:
    """A whole edit, as the workflow does it."""
    library.begin(intent(edit_id, count=count, **changes))
    for index in range(count):
        library.store_answer(edit_id, answer(edit_id, index))
    candidates = tuple(composed(edit_id, index) for index in range(count))
    return library.finish(edit_id, candidates, feather=5, seconds={"wait": 1.5})
