"""What leaves for an edit: the canvas, the plan and the very pixels that are sent. Pure, for a pixel lane.

`prepare`, `--dry-run`, the window's "what will be sent" and the edit itself all use `build`, so what is shown is what
goes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from dalle_studio.core.errors import BadInput, BadUsage
from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels, Picture, Pixels
from dalle_studio.core.plan import FixedSizes, Plan
from dalle_studio.core.ports import Ask, Codec, EngineInfo
from dalle_studio.core.records import EditRequest, Operation
from dalle_studio.imaging import planning

if TYPE_CHECKING:
    from numpy.typing import NDArray

_USUAL_SIZE = Size(1024, 1024)


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """The picture as the edit sees it: grown, when it is extended, with the mask that covers the new area."""

    picture: Picture
    mask: FrozenMask
    margins: Margins
    whole: bool
    """The whole picture is redone (`vary`): no mask, no blending."""

    def new_area(self, rect: Rect) -> MaskPixels | None:
        """255 where the canvas is new inside `rect`, 0 on original pixels. None when nothing was added."""
        if self.margins.is_empty:
            return None
        size = self.picture.size
        old = self.margins.inner(
            Size(
                size.width - self.margins.left - self.margins.right,
                size.height - self.margins.top - self.margins.bottom,
            )
        )
        area = np.full((rect.height, rect.width), 255, np.uint8)
        area[old.intersected(rect).moved(-rect.x, -rect.y).slices] = 0
        return area


@dataclass(frozen=True, slots=True, eq=False)
class Payload:
    """8-bit sRGB pixels and binary mask of the plan's `sent` size, and the PNG files made of them."""

    plan: Plan
    image: Pixels
    mask: MaskPixels | None
    image_png: bytes | None
    mask_png: bytes | None
    markup: Pixels | None = None
    """(h, w, 4): the drawing that goes along as a picture of its own."""
    markup_png: bytes | None = None


def size_of_new(request: EditRequest, info: EngineInfo) -> Size:
    """The size of a picture made from words alone: as asked, else 1024×1024, else the largest the engine lists."""
    if request.size is not None:
        return request.size
    if isinstance(info.sizes, FixedSizes) and not info.sizes.allows(_USUAL_SIZE):
        return max(info.sizes.sizes, key=lambda size: size.area)
    return _USUAL_SIZE


def lay_canvas(request: EditRequest) -> Canvas:
    """Check picture and mask, and grow the canvas where the edit extends it.

    Raises BadInput for an empty mask or one of another size, BadUsage for an extension by nothing.
    """
    picture = request.picture
    if picture is None:
        raise BadUsage("errors_workflow.picture_missing")
    mask = request.mask
    if mask is not None and mask.size != picture.size:
        raise BadInput("errors_workflow.mask_size", mask=str(mask.size), photo=str(picture.size))
    if request.operation is Operation.VARY:
        everything = FrozenMask(picture.size, Rect(0, 0, 0, 0), np.zeros((0, 0), np.uint8))
        return Canvas(picture, everything, Margins(), whole=True)
    if request.operation is Operation.EXTEND:
        if request.margins.is_empty:
            raise BadUsage("errors_workflow.margins_empty")
        return _grow(picture, mask, request.margins)
    if mask is None or mask.is_empty:
        raise BadInput("errors_workflow.mask_empty")
    return Canvas(picture, mask, Margins(), whole=False)


def make_plan(canvas: Canvas, request: EditRequest, info: EngineInfo) -> Plan:
    """Which crop is sent at which size. BadInput when a forced size is not legal."""
    bounds = Rect.of_size(canvas.picture.size) if canvas.whole else canvas.mask.bounds
    context = 0 if canvas.whole else request.context
    return planning.make_plan(canvas.picture.size, bounds, info.sizes, context=context, forced=request.size)


def build(canvas: Canvas, plan: Plan, request: EditRequest, info: EngineInfo, codec: Codec) -> Payload:
    """Cut, convert, resample and encode what is sent.

    Removal and extension hide a plausible fill under the mask: GPT Image models look at the colour below alpha 0,
    so black there would come back as black (openai-images: images and mask on upload).
    """
    mask = None if canvas.whole else planning.cut_mask(plan, canvas.mask, info.grows_mask)
    image = planning.cut_pixels(plan, codec.to_srgb(canvas.picture.cut(plan.crop), canvas.picture.metadata))
    remote = info.host is not None
    if remote and mask is not None and request.operation in {Operation.REMOVE, Operation.EXTEND}:
        from dalle_studio.imaging import fill  # loads a native library, which most edits never need

        image = fill.fill(cast("NDArray[np.uint8]", image), mask, seed=request.seed or 0)
    markup = None if request.markup is None else _cut_markup(canvas, plan, request.markup)
    return Payload(
        plan,
        image,
        mask,
        codec.encode_png(image) if remote else None,
        codec.encode_mask(mask) if remote and mask is not None else None,
        markup,
        None if markup is None else codec.encode_png(markup),
    )


def _cut_markup(canvas: Canvas, plan: Plan, markup: Pixels) -> Pixels:
    """The drawing as it is sent, (sent.height, sent.width, 4), on nothing where nothing is drawn.

    Raises BadInput for one of another size, one that leaves nothing open, and one that would go with a mask.
    """
    if not canvas.whole:
        raise BadInput("errors_markup.with_mask")
    size = Size(markup.shape[1], markup.shape[0])
    if size != canvas.picture.size:
        raise BadInput("errors_markup.size", markup=str(size), photo=str(canvas.picture.size))
    if markup.shape[2] != 4 or markup[..., 3].all():
        raise BadInput("errors_markup.opaque")
    veil = markup[..., 3:].astype(np.float32) / 255
    weighed = np.concatenate((markup[..., :3] * veil, markup[..., 3:]), axis=2)  # or the colour below alpha 0 bleeds in
    cut = planning.cut_pixels(plan, cast("Pixels", weighed))
    veil = np.maximum(cut[..., 3:], 1) / 255
    return cast("Pixels", np.concatenate((cut[..., :3] / veil, cut[..., 3:]), axis=2).clip(0, 255).astype(np.uint8))


def ask_for(request: EditRequest, size: Size, parcel: Payload | None, prompt: str) -> Ask:
    """What an engine gets: the one way from a payload to a request, for the edit and for whoever shows it before."""
    return Ask(
        operation=request.operation,
        prompt=prompt,
        size=size,
        image=parcel.image if parcel else None,
        mask=parcel.mask if parcel else None,
        image_png=parcel.image_png if parcel else None,
        mask_png=parcel.mask_png if parcel else None,
        references=request.references,
        markup_png=parcel.markup_png if parcel else None,
        quality=request.quality,
        count=request.count,
        background=request.background,
        answer_format=request.answer_format,
        seed=request.seed,
        timeout=request.timeout,
    )


def grown(picture: Picture, margins: Margins) -> Picture:
    """The picture on its larger canvas, with nothing (0) in the new area."""
    if margins.is_empty:
        return picture
    pixels = np.zeros((*margins.around(picture.size).shape, picture.pixels.shape[2]), picture.pixels.dtype)
    pixels[margins.inner(picture.size).slices] = picture.pixels
    return Picture(pixels, picture.metadata, picture.source)


def _grow(picture: Picture, mask: FrozenMask | None, margins: Margins) -> Canvas:
    area = np.full(margins.around(picture.size).shape, 255, np.uint8)
    area[margins.inner(picture.size).slices] = 0 if mask is None else mask.full()
    return Canvas(grown(picture, margins), FrozenMask.of(area), margins, whole=False)
