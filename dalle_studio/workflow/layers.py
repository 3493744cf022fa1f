"""A version of a photo taken apart: the original, and over it each edit's answer with its mask.

What gives the picture another frame or all of its pixels (a crop, a variation) ends what can be taken apart: the
picture up to there is the lowest layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.picture import MaskPixels, Picture, Pixels
from dalle_studio.core.ports import Codec, Library
from dalle_studio.core.records import EditRecord, Operation
from dalle_studio.workflow import stack
from dalle_studio.workflow.restore import OpenBytes
from dalle_studio.workflow.stack import Item

_NEW_GROUND = {Operation.VARY, Operation.GENERATE}


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One edit: what it lays over the picture below it, and its mask, both where they lie in the whole."""

    record: EditRecord
    rect: Rect
    pixels: Pixels
    """(h, w, 3) of `rect`, in the photo's own depth and space."""
    alpha: MaskPixels
    """(h, w): how much of it shows, before `opacity`."""
    opacity: float
    is_visible: bool
    mask_rect: Rect
    mask: MaskPixels
    """(h, w) of `mask_rect`: what the user painted."""

    def moved(self, dx: int, dy: int) -> Part:
        """Where it lies on a canvas that has grown."""
        return replace(self, rect=self.rect.moved(dx, dy), mask_rect=self.mask_rect.moved(dx, dy))


@dataclass(frozen=True, slots=True, eq=False)
class TakenApart:
    """`merged` is how it looks together; `ground` lies at `ground_at` of it, the parts above it, the last topmost."""

    merged: Picture
    ground: Picture
    ground_at: tuple[int, int]
    is_original: bool
    """Whether `ground` is the photo as it was opened."""
    parts: tuple[Part, ...] = ()


def take_apart(library: Library, codec: Codec, open_bytes: OpenBytes, edit_id: str, candidate: int) -> TakenApart:
    """*Blocking.* The layers of a version. StorageProblem for what is lost."""
    items = stack.stack_of(library, edit_id, candidate)
    first = next((at + 1 for at in reversed(range(len(items))) if _is_new_ground(items[at])), 0)
    ground: Picture | None = None
    at = (0, 0)
    parts: list[Part] = []

    def look(item: Item, canvas: Picture, touched: Sequence[Rect]) -> None:
        nonlocal ground, at
        if item not in items[first:]:
            return
        margins = item.record.margins
        if ground is None:
            old = Size(
                canvas.size.width - margins.left - margins.right, canvas.size.height - margins.top - margins.bottom
            )
            ground = Picture(canvas.cut(margins.inner(old)), canvas.metadata, canvas.source)
        at = (at[0] + margins.left, at[1] + margins.top)
        parts[:] = [part.moved(margins.left, margins.top) for part in parts]
        mask, over = stack.overlay_layer(library, codec, open_bytes, item, canvas, touched)
        layer = item.layer
        parts.append(
            Part(
                item.record,
                over.rect,
                over.pixels,
                over.alpha,
                layer.blend.opacity,
                layer.is_visible,
                mask.bounds,
                mask.pixels,
            )
        )

    original = library.edit(edit_id).original
    merged = stack.replay(library, codec, open_bytes, original, items, look=look).picture
    if ground is None:
        return TakenApart(merged, merged, (0, 0), is_original=not items)
    return TakenApart(merged, ground, at, is_original=first == 0, parts=tuple(parts))


def _is_new_ground(item: Item) -> bool:
    return item.record.reshape is not None or item.record.operation in _NEW_GROUND
