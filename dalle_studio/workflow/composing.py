"""Put an answer back into the photo: undo the plan, align, match, add grain, blend, check. Pure, for a pixel lane.

Only a patch is made; everything outside it is the base picture's own memory, copied as it is. What is slow
(`fitting.fit`) does not depend on feather, grow, strength, mode or opacity: keep it for another blend of an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, cast

import numpy as np

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels, Picture, Pixels
from dalle_studio.core.plan import Plan
from dalle_studio.core.ports import Codec
from dalle_studio.core.records import BlendMode, BlendSettings
from dalle_studio.imaging import blend_modes, blending, grain, greyness, matching, morphology, planning, poisson
from dalle_studio.workflow.fitting import Fitted, Floats, fit
from dalle_studio.workflow.payload import Canvas

ROWS: Final = 128
"""Rows that are drawn at a time, so that little is ever held in floating point."""


@dataclass(frozen=True, slots=True, eq=False)
class Composition:
    """One candidate, composed: `patch` replaces `rect` of the canvas, in the photo's own depth and space."""

    index: int
    rect: Rect
    patch: Pixels
    feather: int
    shift: tuple[float, float]
    """By how much the answer's content lay beside the photo's at the crop's centre, in photo pixels; 0, 0 when it was
    not moved."""
    outside_identical: bool
    canvas: Size
    """Size of the picture it belongs to; a variation has its own."""
    aligned: bool = False
    matched: bool = False
    """Whether the colours were matched."""
    grained: bool = False
    """Whether the photo's grain was added."""


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """An answer as it is laid over the canvas: moved, matched and in the photo's own depth and space."""

    rect: Rect
    pixels: Pixels
    """(h, w, 3) of `rect`; 0 where `alpha` is."""
    alpha: MaskPixels
    """How much of it shows, (h, w): the mask with its band."""
    feather: int
    fitted: Fitted


def band_width(canvas: Canvas, plan: Plan, blend: BlendSettings) -> int:
    """The feather in pixels: as asked or from the mask's size, but never wider than the context that came back.

    Where the crop ends inside the photo, a wider band would end in a visible line.
    """
    return feather_for(canvas.mask.bounds, plan, blend)


def feather_for(bounds: Rect, plan: Plan, blend: BlendSettings) -> int:
    """`band_width` for a mask with these bounds."""
    wanted = blending.default_feather(bounds) if blend.feather is None else blend.feather
    return max(0, min(wanted, blending.feather_room(plan, bounds) - max(0, blend.grow)))


def compose(
    canvas: Canvas,
    plan: Plan,
    answer: Pixels,
    codec: Codec,
    blend: BlendSettings,
    index: int = 0,
    fitted: Fitted | None = None,
) -> Composition:
    """Blend a decoded answer, (h, w, 3|4) uint8 sRGB of any size, into the canvas.

    `fitted` is what an earlier `fit` of the same answer found; without, it is measured now.
    """
    if canvas.whole:
        return _replace(canvas, plan, answer, codec, index)
    over = overlay(canvas, plan, answer, codec, blend, fitted)
    fitted, before = over.fitted, canvas.picture.cut(over.rect)
    patch = blending.blend(before, over.pixels, over.alpha, linear=over.feather >= blending.LINEAR_FROM)
    return Composition(
        index,
        over.rect,
        patch,
        over.feather,
        fitted.shift,
        blending.outside_identical(before, patch, over.alpha),
        canvas.picture.size,
        aligned=fitted.aligned,
        matched=fitted.match is not None and fitted.match.known and blend.match > 0,
        grained=fitted.grain is not None and blend.grain != 0,
    )


def overlay(
    canvas: Canvas, plan: Plan, answer: Pixels, codec: Codec, blend: BlendSettings, fitted: Fitted | None = None
) -> Overlay:
    """What `compose` mixes with the photo, on its own. The canvas must have a mask (it is not `whole`)."""
    if fitted is None:
        fitted = fit(canvas, plan, answer, codec, align=blend.align)
    feather = band_width(canvas, plan, blend)
    mask = _shown_mask(canvas, plan, blend)
    # The gradient-domain mode looks at the pixels around what it changes.
    margin = feather + (blend.mode is BlendMode.POISSON)
    rect = mask.bounds.united(canvas.mask.bounds).grown(margin).intersected(plan.crop)
    new_area = canvas.new_area(rect)
    alpha = opaque_by(blend, blending.alpha_for(mask.cut(rect), feather, new_area=new_area), new_area)
    came = codec.from_srgb(_draw(fitted, canvas, plan, rect, alpha, blend, codec), canvas.picture)
    came = mixed(canvas.picture.cut(rect), came, blend.mode, new_area)
    return Overlay(rect, came, alpha, feather, fitted)


def _shown_mask(canvas: Canvas, plan: Plan, blend: BlendSettings) -> FrozenMask:
    """The user's mask grown or shrunk as asked, as far as the answer reaches. A new area stays what it is."""
    pixels = min(blend.grow, blending.feather_room(plan, canvas.mask.bounds))
    if pixels == 0:
        return canvas.mask
    new_area = canvas.new_area(Rect.of_size(canvas.picture.size))
    if new_area is None:
        return morphology.grow(canvas.mask, pixels)
    asked = cast("MaskPixels", np.where(new_area > 0, np.uint8(0), canvas.mask.full()))
    return FrozenMask.of(np.maximum(morphology.grow(FrozenMask.of(asked), pixels).full(), new_area))


def mixed(photo: Pixels, came: Pixels, mode: BlendMode, new_area: MaskPixels | None) -> Pixels:
    """The answer, (h, w, 3), as the modes of colour want it; a new area has no photo to go with."""
    if mode is BlendMode.COLOUR:
        found = blend_modes.recoloured(photo, came)
    elif mode is BlendMode.LUMINOSITY:
        found = blend_modes.recoloured(came, photo)
    else:
        return came
    if new_area is not None:
        np.copyto(found, came, where=(new_area > 0)[..., None])
    return found


def opaque_by(blend: BlendSettings, alpha: MaskPixels, new_area: MaskPixels | None) -> MaskPixels:
    """Alpha, thinned by the opacity."""
    if blend.opacity >= 1:
        return alpha
    thin = np.rint(alpha * np.float32(max(0.0, blend.opacity))).astype(np.uint8)
    # There is nothing below a new area that could shine through.
    return thin if new_area is None else cast("MaskPixels", np.where(new_area > 0, alpha, thin))


def _draw(
    fitted: Fitted, canvas: Canvas, plan: Plan, rect: Rect, alpha: MaskPixels, blend: BlendSettings, codec: Codec
) -> Pixels:
    """The answer for `rect` of the canvas: sRGB, (h, w, 3), of 16 bits where the photo has them and it is finer."""
    inside = rect.moved(-plan.crop.x, -plan.crop.y)
    strength = min(1.0, max(0.0, blend.match))
    share = 1.0 if blend.grain is None else max(0.0, blend.grain)
    noise = fitted.grain if share > 0 else None
    corrected = fitted.match is not None and strength > 0
    whole: Floats | None = None
    if blend.mode is BlendMode.POISSON:
        photo = codec.to_srgb(canvas.picture.cut(rect), canvas.picture.metadata).astype(np.float32)
        whole = poisson.clone(photo, _drawn(fitted, inside, plan, strength, deep=canvas.picture.depth == 16), alpha > 0)
    elif fitted.is_exact and noise is None and not corrected:
        return fitted.exactly(inside)
    deep = canvas.picture.depth == 16
    out = np.zeros((rect.height, rect.width, 3), np.uint16 if deep else np.uint8)
    for top in range(0, rect.height, ROWS):
        rows = slice(top, min(rect.height, top + ROWS))
        if not alpha[rows].any():
            continue
        band = Rect.of_edges(inside.left, inside.top + rows.start, inside.right, inside.top + rows.stop)
        drawn = _drawn(fitted, band, plan, strength, deep=deep) if whole is None else whole[rows]
        if noise is not None:
            grain.lay(drawn, (rect.x, rect.y + top), noise, share * grain_share(alpha[rows]))
        np.clip(drawn, 0, 255, out=drawn)
        out[rows] = np.rint(drawn * np.float32(257) if deep else drawn)
    return out


def _drawn(fitted: Fitted, band: Rect, plan: Plan, strength: float, *, deep: bool) -> Floats:
    """A band of the crop, without the steps of 8 bits for a photo of 16."""
    if not deep:
        return fitted.draw(band, strength)
    wide = band.grown(matching.UNROUNDED_REACH).intersected(Rect.of_size(plan.crop.size))
    return matching.unrounded(fitted.draw(wide, strength))[band.moved(-wide.x, -wide.y).slices]


def grain_share(alpha: MaskPixels) -> Floats:
    """More grain within the band, where mixing two grains that have nothing in common would leave less than either.

    Half of each leaves sqrt(1/2); the answer's share a gets what makes a² g² + (1 - a)² = 1, up to twice the grain.
    """
    share = np.maximum(np.arange(256, dtype=np.float32) / 255, np.float32(1 / 255))
    more = np.minimum(np.sqrt((2 - share) / share), 2)
    more[0] = 0
    return cast("Floats", np.take(more, alpha))


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


def brings_colour(canvas: Canvas, one: Composition) -> bool:
    """Whether a greyscale photo is none any more with this laid on it."""
    picture = canvas.picture
    return picture.source.grey and not greyness.is_grey(one.patch) and greyness.is_grey(picture.pixels)


@contextmanager
def laid_on(base: Picture, one: Composition) -> Iterator[Picture]:
    """The composed picture in the base's own memory while the context lasts; then the base is as it was.

    Spares a copy of the photo, in time and in memory. Nobody else may look at the base meanwhile: for a program that
    does one thing. Where that can't be (another canvas, memory of others), it is a copy.
    """
    pixels = base.pixels
    if not pixels.flags.owndata or one.canvas != base.size or one.rect == Rect.of_size(base.size):
        yield apply(base, one.rect, one.patch, one.canvas)
        return
    before = pixels[one.rect.slices].copy()
    pixels.flags.writeable = True
    try:
        pixels[one.rect.slices] = one.patch
        yield Picture(pixels, base.metadata, base.source)  # which makes it read-only again
    finally:
        pixels.flags.writeable = True
        pixels[one.rect.slices] = before
        pixels.flags.writeable = False


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
    """A variation is a picture of its own, at the size at which it came, without the plan's padding.

    Where it came with a transparent background it has one, whatever the photo has.
    """
    sent = planning.fit_answer(plan, answer)[plan.placed.slices]
    colours = cast("Pixels", np.ascontiguousarray(sent[..., :3]))
    if canvas.picture.source.grey and greyness.is_grey(canvas.picture.pixels):
        colours = greyness.without_tint(colours, np.zeros(colours.shape[:2], np.bool_))
    pixels = codec.from_srgb(colours, canvas.picture)
    clear = sent.shape[2] == 4 and bool((sent[..., 3] < 255).any())
    if clear or canvas.picture.has_alpha:
        full = np.iinfo(pixels.dtype).max
        alpha = np.full((*pixels.shape[:2], 1), full, pixels.dtype)
        if clear:
            alpha = (sent[..., 3:].astype(pixels.dtype) * (full // 255)).astype(pixels.dtype)
        pixels = np.concatenate((pixels, alpha), axis=2)
    height, width = pixels.shape[:2]
    return Composition(index, Rect(0, 0, width, height), pixels, 0, (0.0, 0.0), True, Size(width, height))
