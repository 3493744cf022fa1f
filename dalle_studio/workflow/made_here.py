"""Versions that no engine makes: another frame, or the stack of edits put together anew. Recorded like every edit."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

import numpy as np

from dalle_studio.core.geometry import Margins, Rect
from dalle_studio.core.picture import Picture, Pixels
from dalle_studio.core.ports import Codec, ComposedCandidate, Library
from dalle_studio.core.records import BlendSettings, EditIntent, EditRecord, Operation
from dalle_studio.core.reshape import Reshape
from dalle_studio.imaging import difference
from dalle_studio.workflow.stack import Item, Replayed

ENGINE: Final = "studio"
"""The program itself: what the history names where no engine was asked."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The version that something is made from."""

    original: str | None
    edit_id: str | None
    candidate: int = 0
    source: Path | None = None


def operation_of(reshape: Reshape) -> Operation:
    """What the history calls it. A crop that came with a rotation by an angle is part of straightening."""
    if reshape.angle:
        return Operation.STRAIGHTEN
    if reshape.crop is not None:
        return Operation.CROP
    return Operation.FLIP if reshape.mirrored and not reshape.turns % 2 else Operation.ROTATE


def keep_reshape(library: Library, codec: Codec, ground: Ground, picture: Picture, reshape: Reshape) -> EditRecord:
    """*Blocking.* Record that the ground, reshaped, is `picture`. Durable on return; StorageProblem."""
    intent = _intent(operation_of(reshape), ground, picture, Rect.of_size(picture.size))
    return library.record(replace(intent, reshape=reshape), None, codec.thumbnail(_small(picture), picture.metadata))


def keep_stack(
    library: Library, codec: Codec, ground: Ground, shown: Picture, items: Sequence[Item], replayed: Replayed
) -> tuple[EditRecord, Rect]:
    """*Blocking.* Record a stack as a patch of what was shown before, and say where the two differ (perhaps nowhere).

    Durable on return; StorageProblem.
    """
    picture = replayed.picture
    rect = difference.changed_bounds(shown.pixels, picture.pixels)
    patch = Rect(0, 0, 1, 1) if rect.is_empty else rect
    small = codec.thumbnail(_small(picture), picture.metadata)
    one = ComposedCandidate(
        0, codec.encode_png(picture.cut(patch)), patch, small, outside_identical=replayed.outside_identical
    )
    layers = tuple(item.layer for item in items)
    intent = replace(_intent(Operation.BLEND, ground, picture, patch), layers=layers)
    return library.record(intent, one, small), rect


def _intent(operation: Operation, ground: Ground, picture: Picture, rect: Rect) -> EditIntent:
    return EditIntent(
        edit_id=uuid.uuid4().hex[:16],
        operation=operation,
        original=ground.original,
        parent=ground.edit_id,
        prompt="",
        prompt_sent=None,
        engine=ENGINE,
        model=None,
        host=None,
        quality="auto",
        count=1,
        canvas=picture.size,
        margins=Margins(),
        crop=rect,
        sent=rect.size,
        placed=Rect.of_size(rect.size),
        mask_png=None,
        blend=BlendSettings(),
        parent_candidate=ground.candidate,
        source=ground.source,
    )


def _small(picture: Picture, longest: int = 512) -> Pixels:
    step = max(1, picture.size.longest // longest)
    return cast("Pixels", np.ascontiguousarray(picture.pixels[::step, ::step]))
