"""Finish an edit whose process died between the answer and the result: compose it from what the library kept.

Nothing is asked again. Done twice it changes nothing, since an edit that is done stays as it is.
"""

from __future__ import annotations

from typing import cast

from dalle_studio.core.errors import BadInput, StorageProblem
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels, Picture, Pixels
from dalle_studio.core.plan import Plan
from dalle_studio.core.ports import Codec, ComposedCandidate, Library
from dalle_studio.core.records import BlendSettings, EditRecord, EditRequest, Operation
from dalle_studio.workflow import composing, payload, restore
from dalle_studio.workflow.composing import Composition
from dalle_studio.workflow.payload import Canvas
from dalle_studio.workflow.restore import OpenBytes


def recover(library: Library, codec: Codec, open_bytes: OpenBytes, record: EditRecord) -> EditRecord:
    """*Blocking.* The edit, done. Raises StorageProblem when something it needs is lost, EngineUnavailable when an
    answer is no picture.
    """
    answers = {index: library.blob(blob) for index, blob in sorted(library.answer_indices(record.edit_id).items())}
    if record.operation is Operation.GENERATE:
        composed = [_whole(codec, index, data) for index, data in answers.items()]
        base = Picture(composed[0].patch)
    else:
        canvas = canvas_before(library, codec, open_bytes, record)
        base = canvas.picture
        plan = Plan(base.size, record.crop, record.sent, record.placed)
        composed = [
            composing.compose(canvas, plan, decode_answer(codec, record, data), codec, record.blend, index)
            for index, data in answers.items()
        ]
    candidates = tuple(
        ComposedCandidate(
            one.index,
            codec.encode_png(one.patch),
            one.rect,
            codec.thumbnail(composing.shrunk(base, one), base.metadata),
            one.shift,
            one.outside_identical,
        )
        for one in composed
    )
    return library.finish(record.edit_id, candidates, feather=composed[0].feather, seconds=record.seconds)


def blend_again(
    library: Library, codec: Codec, open_bytes: OpenBytes, record: EditRecord, blend: BlendSettings, index: int
) -> tuple[Picture, Composition]:
    """*Blocking.* A stored answer put into the photo in another way: the canvas, and what is laid over it.

    Nothing is sent and nothing is recorded. BadInput for a picture that was never blended, StorageProblem for an
    answer that is not there.
    """
    if record.operation is Operation.BLEND:
        edits = ", ".join(layer.edit_id for layer in record.layers)
        raise BadInput("errors_workflow.many_blended", edit=record.edit_id, edits=edits)
    if record.operation in {Operation.GENERATE, Operation.VARY} or record.reshape is not None:
        raise BadInput("errors_workflow.never_blended", edit=record.edit_id)
    blob = library.answer_indices(record.edit_id).get(index)
    if blob is None:
        raise StorageProblem("errors_workflow.no_picture", edit=record.edit_id)
    canvas = canvas_before(library, codec, open_bytes, record)
    plan = Plan(canvas.picture.size, record.crop, record.sent, record.placed)
    pixels = decode_answer(codec, record, library.blob(blob))
    return canvas.picture, composing.compose(canvas, plan, pixels, codec, blend, index)


def decode_answer(codec: Codec, record: EditRecord, data: bytes) -> Pixels:
    """The local engine's answers are our own, of any size; a service's are looked at first."""
    return codec.decode_png(data) if record.engine == "local" else codec.decode_answer(data)


def _whole(codec: Codec, index: int, data: bytes) -> Composition:
    pixels = codec.decode_answer(data)
    size = Size(pixels.shape[1], pixels.shape[0])
    return Composition(index, Rect.of_size(size), pixels, 0, (0.0, 0.0), True, size)


def canvas_before(library: Library, codec: Codec, open_bytes: OpenBytes, record: EditRecord) -> Canvas:
    """The canvas as it was when the request left."""
    if record.parent is not None:
        picture = restore.load_version(library, codec, open_bytes, record.parent, record.parent_candidate)
    else:
        picture = restore.load_original(library, open_bytes, cast("str", record.original))
    if record.mask is None:
        return payload.lay_canvas(EditRequest(Operation.VARY, picture))
    mask = FrozenMask.of(cast("MaskPixels", codec.decode_png(library.blob(record.mask))))
    return Canvas(payload.grown(picture, record.margins), mask, record.margins, whole=False)
