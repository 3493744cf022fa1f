"""Put an answer back into the photo: undo the plan, (align, match,) blend, check. Pure, for a pixel lane.

Only a patch is made; everything outside it is the base picture's own memory, copied as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.picture import Picture, Pixels
from dalle_studio.core.plan import Plan
from dalle_studio.core.ports import Codec
from dalle_studio.core.records import BlendSettings
from dalle_studio.imaging import blending, planning
from dalle_studio.workflow.payload import Canvas


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """One candidate, composed: `patch` replaces `rect` of the canvas, in the photo's own depth and space."""

    index: int
    rect: Rect
    patch: Pixels
    feather: int
    shift: tuple[float, float]
    outside_identical: bool
    canvas: Size
    """Size of the picture it belongs to; a variation has its own."""


def band_width(canvas: Canvas, plan: Plan, blend: BlendSettings) -> int:
    """The feather in pixels: as asked or from the mask's size, but never wider than the context that came back.

    Where the crop ends inside the photo, a wider band would end in a visible line.
    """
    bounds = canvas.mask.bounds
    wanted = blending.default_feather(bounds) if blend.feather is None else blend.feather
    size = canvas.picture.size
    room = [
        bounds.left - plan.crop.left if plan.crop.left > 0 else wanted,
        bounds.top - plan.crop.top if plan.crop.top > 0 else wanted,
        plan.crop.right - bounds.right if plan.crop.right < size.width else wanted,
        plan.crop.bottom - bounds.bottom if plan.crop.bottom < size.height else wanted,
    ]
    return max(0, min(wanted, *room))


def compose(
    canvas: Canvas, plan: Plan, answer: Pixels, codec: Codec, blend: BlendSettings, index: int = 0
) -> Composition:
    """Blend a decoded answer, (h, w, 3|4) uint8 sRGB of any size, into the canvas."""
    if canvas.whole:
        return _replace(canvas, plan, answer, codec, index)
    feather = band_width(canvas, plan, blend)
    rect = canvas.mask.bounds.grown(feather).intersected(plan.crop)
    inside = rect.moved(-plan.crop.x, -plan.crop.y)
    came = planning.paste_back(plan, answer[..., :3])[inside.slices]
    # Alignment and colour matching (editing.md 4 and 5) belong here, on the kept ring, before the cut to `rect`.
    alpha = blending.alpha_for(canvas.mask.cut(rect), feather, new_area=canvas.new_area(rect))
    before = canvas.picture.cut(rect)
    patch = blending.blend(before, codec.from_srgb(came, canvas.picture), alpha, linear=feather > 2)
    identical = blending.outside_identical(before, patch, alpha)
    return Composition(index, rect, patch, feather, (0.0, 0.0), identical, canvas.picture.size)


def apply(base: Picture, rect: Rect, patch: Pixels, canvas: Size | None = None) -> Picture:
    """A new picture: `base` with `patch` at `rect`.

    `canvas` is the size of the result where it is not the base's: then the patch is the whole of it (an extension
    or a variation).
    """
    if rect == Rect.of_size(base.size if canvas is None else canvas):
        return Picture(cast("Pixels", np.ascontiguousarray(patch)), base.metadata, base.source)
    pixels = base.pixels.copy()
    pixels[rect.slices] = patch
    return Picture(pixels, base.metadata, base.source)


def shrunk(base: Picture, one: Composition, longest: int = 512) -> Pixels:
    """The composed picture, small, for a thumbnail: without making the whole of it first."""
    if one.rect == Rect.of_size(one.canvas):
        return one.patch
    step = max(1, base.size.longest // longest)
    small = base.pixels[::step, ::step].copy()
    # Sample the patch on the same grid as the base, so that both fit together to the pixel.
    top, left = -one.rect.top % step, -one.rect.left % step
    part = one.patch[top::step, left::step]
    y, x = (one.rect.top + top) // step, (one.rect.left + left) // step
    small[y : y + part.shape[0], x : x + part.shape[1]] = part
    return small


def _replace(canvas: Canvas, plan: Plan, answer: Pixels, codec: Codec, index: int) -> Composition:
    """A variation is a picture of its own, at the size at which it came, without the plan's padding."""
    sent = planning.fit_answer(plan, answer[..., :3])
    pixels = codec.from_srgb(cast("Pixels", np.ascontiguousarray(sent[plan.placed.slices])), canvas.picture)
    if canvas.picture.has_alpha:
        opaque = np.full((*pixels.shape[:2], 1), np.iinfo(pixels.dtype).max, pixels.dtype)
        pixels = np.concatenate((pixels, opaque), axis=2)
    height, width = pixels.shape[:2]
    return Composition(index, Rect(0, 0, width, height), pixels, 0, (0.0, 0.0), True, Size(width, height))
