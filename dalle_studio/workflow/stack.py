"""The edits that a version consists of, as a stack: each can be blended anew, hidden or moved, and nothing is sent.

A version is replayed from its original. An edit that stands as it was composed, on a ground that is as it saw it, is
its stored patch; every other is composed again from its stored answer. What lies where nothing was touched therefore
stays the same bytes, and a stack of many edits costs what was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import cast

from dalle_studio.core.errors import StorageProblem
from dalle_studio.core.geometry import Margins, Rect
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels, Picture, Pixels
from dalle_studio.core.plan import Plan
from dalle_studio.core.ports import Codec, Library
from dalle_studio.core.records import Candidate, EditRecord, Layer, Operation
from dalle_studio.imaging import blending, reshaping
from dalle_studio.workflow import composing, fitting, payload, recovery, restore
from dalle_studio.workflow.composing import Composition, Overlay
from dalle_studio.workflow.fits import Fits
from dalle_studio.workflow.fitting import Fitted
from dalle_studio.workflow.payload import Canvas
from dalle_studio.workflow.restore import OpenBytes

Look = Callable[["Item", Picture, Sequence[Rect]], None]
"""Gets a layer, its grown ground, and where that is not what the engine was shown."""

_WHOLE = {Operation.VARY, Operation.GENERATE}


@dataclass(frozen=True, slots=True)
class Item:
    """One layer with the edit that it shows."""

    layer: Layer
    record: EditRecord

    @property
    def is_fixed(self) -> bool:
        """It gives the picture its frame, or all of its pixels: it can be neither hidden nor moved."""
        record = self.record
        return record.reshape is not None or record.operation in _WHOLE or not record.margins.is_empty

    @property
    def can_blend(self) -> bool:
        """Whether there is an answer that was blended into a photo."""
        return self.record.reshape is None and self.record.operation not in _WHOLE

    @property
    def is_as_composed(self) -> bool:
        return self.layer.is_visible and self.layer.blend == self.record.blend

    @property
    def candidate(self) -> Candidate:
        """StorageProblem where there is none."""
        return restore.candidate_of(self.record, self.layer.candidate)

    @property
    def widest_feather(self) -> int:
        """Pixels; beyond that the answer has nothing to fade with."""
        bounds = self.candidate.rect.grown(-self.record.feather)
        return blending.feather_room(plan_of(self.record), self.candidate.rect if bounds.is_empty else bounds)

    @property
    def reach(self) -> Rect:
        """What it may change, on its own canvas; empty for a change of the frame."""
        if self.record.reshape is not None:
            return Rect(0, 0, 0, 0)
        present, stored = self.layer.blend, self.record.blend
        feather = 0 if present.feather is None else max(0, present.feather - self.record.feather)
        wider = feather + max(0, present.grow - stored.grow)
        return self.candidate.rect.united(self.candidate.rect.grown(wider + 1).intersected(self.record.crop))


@dataclass(frozen=True, slots=True, eq=False)
class Replayed:
    """A stack, put together. `outside_identical` speaks for what was composed anew; the rest was verified before."""

    picture: Picture
    outside_identical: bool = True


def stack_of(library: Library, edit_id: str | None, candidate: int = 0) -> tuple[Item, ...]:
    """*Blocking.* What a version consists of, from the bottom; nothing for the photo as it was opened."""
    items: list[Item] = []
    at, index = edit_id, candidate
    while at is not None:
        record = library.edit(at)
        if record.operation is Operation.BLEND:
            items[:0] = [Item(layer, library.edit(layer.edit_id)) for layer in record.layers]
            break
        items.insert(0, Item(Layer(at, index, record.blend), record))
        at, index = record.parent, record.parent_candidate
    return tuple(items)


def is_buried(items: Sequence[Item], at: int) -> bool:
    """Whether a whole picture lies above: then nothing of this edit is seen any more."""
    return any(item.record.operation in _WHOLE for item in items[at + 1 :])


def can_lift(items: Sequence[Item], at: int) -> bool:
    """Whether the layer can change places with the one above it: both plain, and neither reaches into the other."""
    if not 0 <= at < len(items) - 1:
        return False
    lower, upper = items[at], items[at + 1]
    return not lower.is_fixed and not upper.is_fixed and lower.reach.intersected(upper.reach).is_empty


class Fixed(StrEnum):
    """Why a layer can't be hidden, or not change places with the one above it."""

    FRAME = "frame"
    """It gives the picture its frame."""
    WHOLE = "whole"
    """It is the whole picture."""
    BURIED = "buried"
    """A whole picture lies above it."""
    TOP = "top"
    BOTTOM = "bottom"
    OVERLAP = "overlap"


def why_not_hidden(items: Sequence[Item], at: int) -> Fixed | None:
    """None where it can be hidden."""
    record = items[at].record
    if record.operation in _WHOLE:
        return Fixed.WHOLE
    if items[at].is_fixed:
        return Fixed.FRAME
    return Fixed.BURIED if is_buried(items, at) else None


def why_not_lifted(items: Sequence[Item], at: int) -> Fixed | None:
    """None where `can_lift`."""
    if at >= len(items) - 1:
        return Fixed.TOP
    if at < 0:
        return Fixed.BOTTOM
    for one in (at, at + 1):
        if items[one].is_fixed:
            return Fixed.WHOLE if items[one].record.operation in _WHOLE else Fixed.FRAME
    return None if can_lift(items, at) else Fixed.OVERLAP


def lifted(items: Sequence[Item], at: int) -> tuple[Item, ...]:
    """The layer and the one above it, the other way round. ValueError unless `can_lift`."""
    if not can_lift(items, at):
        raise ValueError("layers that overlap keep their order")
    return (*items[:at], items[at + 1], items[at], *items[at + 2 :])


def with_layer(items: Sequence[Item], layer: Layer) -> tuple[Item, ...]:
    """The stack with that edit's layer instead of its present one. A hidden layer must not be a fixed one."""
    found = next(item for item in items if item.layer.edit_id == layer.edit_id)
    if found.is_fixed and not layer.is_visible:
        raise ValueError("what gives the picture its frame can't be hidden")
    return tuple(replace(item, layer=layer) if item is found else item for item in items)


def made_by(items: Sequence[Item]) -> list[tuple[Operation, str]]:
    """The operations with their engines whose pixels are seen."""
    return [
        (item.record.operation, item.record.engine)
        for at, item in enumerate(items)
        if item.layer.is_visible and item.record.reshape is None and not is_buried(items, at)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Below:
    """A layer that lies below others already: where it shows, and whether its ground was not what it once saw."""

    layer: Layer
    rects: tuple[Rect, ...]
    moved_on: bool


def replay(
    library: Library,
    codec: Codec,
    open_bytes: OpenBytes,
    original: str | None,
    items: Sequence[Item],
    tell: Callable[[float], None] = lambda _: None,
    look: Look = lambda *_: None,
    fits: Fits | None = None,
) -> Replayed:
    """*Blocking.* Put a stack together; `tell` gets how far it is, 0 to 1. StorageProblem for what is lost.

    `look` is shown each edit of a photo before it is laid over it; `fits` remembers how the answers fit, for the next
    time.
    """
    picture = None if original is None else restore.load_original(library, open_bytes, original)
    below: list[_Below] = []
    identical = True
    for at, item in enumerate(items):
        tell(at / len(items))
        record = item.record
        if record.reshape is not None:
            if picture is None:
                break
            picture = reshaping.reshape_picture(picture, record.reshape)
            whole = (Rect.of_size(picture.size),)
            below = [replace(one, rects=whole if one.rects else ()) for one in below]
            continue
        if picture is None or record.operation in _WHOLE:
            picture = _whole(library, codec, item, picture)
            below = []
            continue
        ground = payload.grown(picture, record.margins)
        below = [replace(one, rects=_moved(one.rects, record.margins)) for one in below]
        touched = _unlike_seen(library, record, below)
        look(item, ground, touched)
        stored = item.candidate.rect
        if not item.layer.is_visible:
            picture = ground
            below.append(_Below(item.layer, (item.reach,), moved_on=False))
        elif item.is_as_composed and not _reach_into(touched, stored):
            patch = codec.decode_png(library.blob(item.candidate.patch))
            picture = composing.apply(ground, stored, patch, record.canvas)
            below.append(_Below(item.layer, (stored,), moved_on=False))
        else:
            composed = compose_layer(library, codec, open_bytes, item, ground, touched, fits)
            picture = composing.apply(ground, composed.rect, composed.patch, composed.canvas)
            identical &= composed.outside_identical
            below.append(_Below(item.layer, (stored, composed.rect), _reach_into(touched, record.crop)))
    if picture is None:
        raise StorageProblem("errors_workflow.no_picture", edit=items[-1].layer.edit_id if items else "")
    return Replayed(picture, identical)


def _unlike_seen(library: Library, record: EditRecord, below: Sequence[_Below]) -> list[Rect]:
    """Where the ground is not what the engine was shown for that edit."""
    seen = {item.layer.edit_id: item for item in stack_of(library, record.parent, record.parent_candidate)}
    touched: list[Rect] = []
    for one in below:
        then = seen.get(one.layer.edit_id)
        if one.moved_on or then is None or then.layer != one.layer:
            touched += one.rects
    return touched


def _reach_into(rects: Sequence[Rect], place: Rect) -> bool:
    return any(not rect.intersected(place).is_empty for rect in rects)


def _moved(rects: tuple[Rect, ...], margins: Margins) -> tuple[Rect, ...]:
    return tuple(rect.moved(margins.left, margins.top) for rect in rects)


def compose_layer(
    library: Library,
    codec: Codec,
    open_bytes: OpenBytes,
    item: Item,
    ground: Picture,
    touched: Sequence[Rect] = (),
    fits: Fits | None = None,
) -> Composition:
    """*Blocking.* A layer's stored answer, blended as the layer says into `ground`, its grown canvas.

    `touched` is where the ground is not what the engine was shown: then the answer is measured against that.
    """
    canvas, layer = canvas_of(library, codec, item.record, ground), item.layer
    answer, fitted = _fitted(library, codec, open_bytes, item, canvas, touched, fits)
    return composing.compose(canvas, plan_of(item.record), answer, codec, layer.blend, layer.candidate, fitted)


def overlay_layer(
    library: Library,
    codec: Codec,
    open_bytes: OpenBytes,
    item: Item,
    ground: Picture,
    touched: Sequence[Rect] = (),
) -> tuple[FrozenMask, Overlay]:
    """*Blocking.* What `compose_layer` would mix with the ground, on its own and opaque, and the edit's mask."""
    canvas = canvas_of(library, codec, item.record, ground)
    answer, fitted = _fitted(library, codec, open_bytes, item, canvas, touched)
    opaque = replace(item.layer.blend, opacity=1.0)
    return canvas.mask, composing.overlay(canvas, plan_of(item.record), answer, codec, opaque, fitted)


def fit_layer(
    library: Library,
    codec: Codec,
    open_bytes: OpenBytes,
    item: Item,
    seen: Canvas | None,
    answer: Pixels | None = None,
    fits: Fits | None = None,
) -> Fitted:
    """*Blocking.* How a layer's answer fits what the engine was shown: `seen`, or None = as the library has it."""
    record, layer = item.record, item.layer

    def measure() -> Fitted:
        came = recovery.decode_answer(codec, record, _answer(library, item)) if answer is None else answer
        shown = recovery.canvas_before(library, codec, open_bytes, record) if seen is None else seen
        return fitting.fit(shown, plan_of(record), came, codec, align=layer.blend.align)

    return measure() if fits is None else fits.get((record.edit_id, layer.candidate, layer.blend.align), measure)


def canvas_of(library: Library, codec: Codec, record: EditRecord, ground: Picture) -> Canvas:
    """*Blocking.* The canvas of an edit on another ground, with the mask that it had."""
    if record.mask is None:
        raise StorageProblem("errors_workflow.no_picture", edit=record.edit_id)
    mask = FrozenMask.of(cast("MaskPixels", codec.decode_png(library.blob(record.mask))))
    return Canvas(ground, mask, record.margins, whole=False)


def plan_of(record: EditRecord) -> Plan:
    """How its crop was sent."""
    return Plan(record.canvas, record.crop, record.sent, record.placed)


def _fitted(
    library: Library,
    codec: Codec,
    open_bytes: OpenBytes,
    item: Item,
    canvas: Canvas,
    touched: Sequence[Rect],
    fits: Fits | None = None,
) -> tuple[Pixels, Fitted]:
    """A layer's decoded answer, measured against what the engine was shown: not the canvas where that was `touched`."""
    answer = recovery.decode_answer(codec, item.record, _answer(library, item))
    seen = None if _reach_into(touched, item.record.crop) else canvas
    return answer, fit_layer(library, codec, open_bytes, item, seen, answer, fits)


def _answer(library: Library, item: Item) -> bytes:
    blob = library.answer_indices(item.record.edit_id).get(item.layer.candidate)
    if blob is None:
        raise StorageProblem("errors_workflow.no_picture", edit=item.record.edit_id)
    return library.blob(blob)


def _whole(library: Library, codec: Codec, item: Item, below: Picture | None) -> Picture:
    patch = codec.decode_png(library.blob(item.candidate.patch))
    if below is None:
        return Picture(patch)
    return composing.apply(below, item.candidate.rect, patch, restore.canvas_of(item.record, item.candidate))
