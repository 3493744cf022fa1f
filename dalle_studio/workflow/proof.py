"""A stack at screen resolution, for a look while a setting is being dragged. For a pixel lane.

`lay_out` gathers what no such setting changes: the ground below a layer, and the answers on it and above it as they
lie there, in 8 bits. A `Proof` is that at the scale and for the part that is in sight; `show` blends it with the very
functions that make the exact picture, in some milliseconds, whatever the photo's size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import Bytes, MaskPixels, Picture
from dalle_studio.core.records import BlendMode, BlendSettings
from dalle_studio.imaging import blending, grain, morphology, poisson
from dalle_studio.imaging.difference import difference
from dalle_studio.workflow import composing, payload, stack
from dalle_studio.workflow.bare import photo_in_frame
from dalle_studio.workflow.fits import Fits
from dalle_studio.workflow.frames import Frames

if TYPE_CHECKING:
    from dalle_studio.core.plan import Plan
    from dalle_studio.core.ports import Codec, Library
    from dalle_studio.workflow.fitting import Fitted
    from dalle_studio.workflow.payload import Canvas
    from dalle_studio.workflow.restore import OpenBytes
    from dalle_studio.workflow.stack import Item

Floats: TypeAlias = NDArray[np.float32]
T = TypeVar("T", np.uint8, np.int16)

AROUND: Final = 128
"""Photo pixels beyond what is in sight that are worked on too: a mask just outside has its band inside."""

_POISSON_AREA: Final = 40_000
"""Bytes that a gradient-domain blend is looked at in; solving for more takes longer than a hand that drags waits."""

_ROWS: Final = 256
_HALF: Final = 128


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One layer's answer as it lies on `place`, for any blend settings but alignment."""

    edit_id: str
    place: Rect
    """On the canvas of the layer at the bottom; the arrays are of its size."""
    plain: Bytes
    """(h, w, 3) uint8 sRGB."""
    matched: Bytes | None
    """The same with its colours wholly matched; None where there is nothing to match."""
    grain: NDArray[np.int16] | None
    """(h, w, 3): what the answer lacks."""
    mask: MaskPixels
    new_area: MaskPixels | None
    bounds: Rect
    """Of the whole mask, and the plan: what the width of the band depends on."""
    plan: Plan
    edges: dict[tuple[int, int], MaskPixels] = field(default_factory=dict)
    """The last alpha by growth and feather: most sliders leave it as it is."""

    def cut(self, region: Rect, scale: float) -> Sheet | None:
        """The part on `region`, reduced; None where there is none."""
        common = self.place.intersected(region)
        if common.is_empty:
            return None
        inside = common.moved(-self.place.x, -self.place.y)
        place = _scaled(common.moved(-region.x, -region.y), scale)
        if place.is_empty:
            return None

        def reduced(pixels: NDArray[T]) -> NDArray[T]:
            return _reduced(pixels[inside.slices], place)

        return replace(
            self,
            place=place,
            plain=reduced(self.plain),
            matched=None if self.matched is None else reduced(self.matched),
            grain=None if self.grain is None else reduced(self.grain),
            mask=reduced(self.mask),
            new_area=None if self.new_area is None else reduced(self.new_area),
            edges={},
        )


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A layer's crop, with everything that lies on it from there up."""

    ground: Bytes
    """(h, w, 3|4) uint8 sRGB."""
    region: Rect
    """Where it lies on the canvas of that layer."""
    frames: Frames
    """From that canvas to the picture that is shown."""
    sheets: tuple[Sheet, ...]
    bare: Bytes | None = None
    """The photo without its edits there, like `ground`, where that was asked for and there is one."""
    known: MaskPixels | None = None
    """0 where the photo has no pixels there; None = it has them everywhere."""

    def proof(self, scale: float, sight: Rect) -> Proof | None:
        """At so many screen pixels a photo pixel, for what is in sight of the shown picture; None = nothing of it."""
        scale = min(1.0, scale)
        seen = self.frames.from_shown(sight).intersected(self.region)
        if seen.is_empty:
            return None
        region = seen.grown(AROUND).intersected(self.region)
        whole = _scaled(region.moved(-region.x, -region.y), scale)
        place = _scaled(seen.moved(-region.x, -region.y), scale)
        if place.is_empty:
            return None
        inside = region.moved(-self.region.x, -self.region.y).slices
        ground = _reduced(self.ground[inside], whole)
        bare = None if self.bare is None else _reduced(self.bare[inside], whole)
        known = None if self.known is None else _reduced(self.known[inside], whole)
        cut = (sheet.cut(region, scale) for sheet in self.sheets)
        sheets = tuple(sheet for sheet in cut if sheet is not None)
        return Proof(ground, self.frames.to_shown(seen), scale, sheets, place, self.frames, bare, known)


@dataclass(frozen=True, slots=True, eq=False)
class Proof:
    """Ready to be blended in whatever way."""

    ground: Bytes
    rect: Rect
    """What of the shown picture it is."""
    scale: float
    sheets: tuple[Sheet, ...]
    seen: Rect
    """What of the ground is in sight: only there is anything blended."""
    frames: Frames
    bare: Bytes | None = None
    known: MaskPixels | None = None

    def show(self, blends: Mapping[str, BlendSettings]) -> Bytes:
        """(h, w, 3|4) uint8 sRGB, to be stretched over `rect`; layers that are not in `blends` are left out."""
        out = self.ground.copy()
        for sheet in self.sheets:
            blend = blends.get(sheet.edit_id)
            if blend is not None:
                _lay(out[sheet.place.slices], sheet, blend, self.scale, self.seen.moved(-sheet.place.x, -sheet.place.y))
        return self.frames.turned(out[self.seen.slices])

    def apart(self, shown: Bytes) -> MaskPixels | None:
        """(h, w): how far what `show` gave is from the photo, 0 to 255; all of 255 where that has no pixels.

        None where the layout does not know the photo.
        """
        if self.bare is None:
            return None
        values = difference(self.frames.turned(self.bare[self.seen.slices]), shown)
        if self.known is not None:
            values[self.frames.turned(self.known[self.seen.slices]) < _HALF] = 255
        return values


def can_lay_out(items: Sequence[Item], at: int) -> bool:
    """Whether there is a way from the layer to what is shown: nothing above replaces it, rotates it by an angle, or
    lies on it in another frame.
    """
    if not items[at].can_blend:
        return False
    frames, region, size = Frames(), items[at].record.crop, items[at].record.canvas
    for one in items[at + 1 :]:
        reshape = one.record.reshape
        if reshape is None and not one.can_blend:
            return False
        if reshape is not None and reshape.angle:
            return False
        frames, size = _framed(frames, size, one)
        lies_on_it = one.can_blend and one.layer.is_visible
        if lies_on_it and not frames.only_add and not frames.from_shown(one.reach).intersected(region).is_empty:
            return False
    return True


def _framed(frames: Frames, size: Size, item: Item) -> tuple[Frames, Size]:
    """The way with one more item above, and the size of its picture."""
    reshape, margins = item.record.reshape, item.record.margins
    if reshape is not None:
        return frames.after((reshape, size)), reshape.size_of(size)
    return (frames, size) if margins.is_empty else (frames.after(margins), margins.around(size))


def lay_out(
    library: Library,
    codec: Codec,
    open_bytes: OpenBytes,
    original: str | None,
    items: Sequence[Item],
    at: int,
    fits: Fits,
    *,
    with_bare: bool = False,
) -> Layout:
    """*Blocking.* For the layer `at` and those above it; see `can_lay_out`. StorageProblem for what is lost.

    `with_bare` is for `Proof.apart`.
    """
    item = items[at]
    below = stack.replay(library, codec, open_bytes, original, items[:at], fits=fits).picture
    ground = payload.grown(below, item.record.margins)
    canvas = stack.canvas_of(library, codec, item.record, ground)
    region = item.record.crop
    seen = stack.stack_of(library, item.record.parent, item.record.parent_candidate)
    as_seen = [one.layer for one in seen] == [one.layer for one in items[:at]]
    fitted = stack.fit_layer(library, codec, open_bytes, item, canvas if as_seen else None, fits=fits)
    sheets = [_sheet(item, canvas, fitted, region, (0, 0))]
    frames, size = Frames(), item.record.canvas
    for other in items[at + 1 :]:
        frames, size = _framed(frames, size, other)
        if not frames.only_add or not other.layer.is_visible:
            continue  # in another frame none lies on this one
        dx, dy = frames.offset
        place = other.record.crop.moved(-dx, -dy).intersected(region)
        if place.is_empty or other.reach.moved(-dx, -dy).intersected(region).is_empty:
            continue
        its = stack.canvas_of(library, codec, other.record, _bare(other))
        fitted = stack.fit_layer(library, codec, open_bytes, other, None, fits=fits)
        sheets.append(_sheet(other, its, fitted, place, (dx, dy)))
    laid = Layout(_eight_bit(ground, region, codec), region, frames, tuple(sheets))
    found = None if original is None or not with_bare else photo_in_frame(library, open_bytes, original, items[:at])
    if found is None:
        return laid
    found = found.grown(item.record.margins)
    known = None if found.known is None else found.known[region.slices]
    return replace(laid, bare=_eight_bit(found.picture, region, codec), known=known)


def _bare(item: Item) -> Picture:
    """A canvas of the right size for what only asks for that: one pixel, repeated without memory."""
    size = item.record.canvas
    return Picture(cast("Bytes", np.broadcast_to(np.zeros((1, 1, 3), np.uint8), (*size.shape, 3))))


def _sheet(item: Item, canvas: Canvas, fitted: Fitted, place: Rect, offset: tuple[int, int]) -> Sheet:
    own = place.moved(*offset)
    inside = own.moved(-item.record.crop.x, -item.record.crop.y)
    plain = np.empty((place.height, place.width, 3), np.uint8)
    matched = np.empty_like(plain) if fitted.match is not None and fitted.match.known else None
    lacking = np.empty(plain.shape, np.int16) if fitted.grain is not None else None
    for top in range(0, place.height, _ROWS):  # little at a time in floating point
        band = Rect(inside.x, inside.y + top, inside.width, min(_ROWS, place.height - top))
        rows = slice(top, top + band.height)
        drawn = fitted.draw(band, 0.0)
        plain[rows] = np.rint(np.clip(drawn, 0, 255))
        if matched is not None:
            drawn = fitted.draw(band, 1.0)
            matched[rows] = np.rint(np.clip(drawn, 0, 255))
        if lacking is not None and fitted.grain is not None:
            grained = drawn.copy()
            grain.lay(grained, (own.x, own.y + top), fitted.grain)
            lacking[rows] = np.rint(grained - drawn)
    return Sheet(
        item.record.edit_id,
        place,
        cast("Bytes", plain),
        cast("Bytes | None", matched),
        lacking,
        canvas.mask.cut(own),
        canvas.new_area(own),
        canvas.mask.bounds,
        stack.plan_of(item.record),
    )


def _eight_bit(picture: Picture, region: Rect, codec: Codec) -> Bytes:
    """What the screen shows of it, transparency included."""
    cut = picture.cut(region)
    shown = codec.to_srgb(cut, picture.metadata)
    if not picture.has_alpha:
        return shown
    veil = cut[..., 3:]
    if veil.dtype == np.uint16:
        veil = (veil >> 8).astype(np.uint8)
    return cast("Bytes", np.concatenate((shown[..., :3], veil), axis=2))


# --- blending --------------------------------------------------------------------------------------------------


def _lay(out: Bytes, sheet: Sheet, blend: BlendSettings, scale: float, seen: Rect) -> None:
    """Blend a reduced sheet into `out`, its place on the ground."""
    feather = _pixels(composing.feather_for(sheet.bounds, sheet.plan, blend), scale)
    grow = min(blend.grow, blending.feather_room(sheet.plan, sheet.bounds))
    edge = (_pixels(grow, scale), feather)
    alpha = sheet.edges.get(edge)
    if alpha is None:
        alpha = blending.alpha_for(_grown(sheet, edge[0]), feather, new_area=sheet.new_area)
        sheet.edges.clear()
        sheet.edges[edge] = alpha
    alpha = composing.opaque_by(blend, alpha, sheet.new_area)
    box = blending.changed_rect(alpha)
    if blend.mode is not BlendMode.POISSON:  # which spreads from one end to the other
        box = box.intersected(seen)
    if box.is_empty:
        return
    margin = int(blend.mode is BlendMode.POISSON)
    box = box.grown(margin).intersected(Rect(0, 0, alpha.shape[1], alpha.shape[0]))
    alpha, photo = alpha[box.slices], out[box.slices]
    came = _drawn(sheet, box, blend)
    if blend.mode is BlendMode.POISSON:
        came = _cloned(photo[..., :3], came, alpha)
    else:
        new_area = None if sheet.new_area is None else sheet.new_area[box.slices]
        came = cast("Bytes", composing.mixed(photo, came, blend.mode, new_area))
    out[box.slices] = blending.blend(photo, came, alpha, linear=feather >= blending.LINEAR_FROM)


def _grown(sheet: Sheet, pixels: int) -> MaskPixels:
    if pixels == 0:
        return sheet.mask
    asked = sheet.mask
    if sheet.new_area is not None:
        asked = cast("MaskPixels", np.where(sheet.new_area > 0, np.uint8(0), asked))
    return morphology.grow(FrozenMask.of(asked), pixels).full()


def _drawn(sheet: Sheet, box: Rect, blend: BlendSettings) -> Bytes:
    """(h, w, 3) uint8: colours matched and grain added as far as the settings say."""
    strength = min(1.0, max(0.0, blend.match))
    plain = sheet.plain[box.slices]
    drawn = plain
    if sheet.matched is not None and strength > 0:
        whole = sheet.matched[box.slices]
        drawn = whole if strength == 1 else cast("Bytes", cv2.addWeighted(plain, 1 - strength, whole, strength, 0))
    share = 1.0 if blend.grain is None else min(1.0, max(0.0, blend.grain))
    if sheet.grain is None or share == 0:
        return np.ascontiguousarray(drawn)
    # The little more that the exact picture has within the band can't be seen while something moves.
    lacking = sheet.grain[box.slices]
    if share < 1:
        lacking = np.rint(lacking * np.float32(share)).astype(np.int16)
    return cast("Bytes", cv2.add(drawn, lacking, dtype=cv2.CV_8U))


def _cloned(photo: Bytes, came: Bytes, alpha: MaskPixels) -> Bytes:
    """Gradient-domain. What it adds to the answer is smooth: solved for in few pixels, it is added in all."""
    height, width = alpha.shape
    less = min(1.0, (_POISSON_AREA / (height * width)) ** 0.5)
    small = Rect(0, 0, max(2, round(width * less)), max(2, round(height * less)))
    before, answer = (_reduced(one, small).astype(np.float32) for one in (photo, came))
    inside = _reduced(alpha, small) > 0
    added = poisson.clone(before, answer, inside) - answer
    if less < 1:
        added = cast("Floats", cv2.resize(added, (width, height), interpolation=cv2.INTER_LINEAR))
    added += came
    return cast("Bytes", np.rint(np.clip(added, 0, 255, out=added)).astype(np.uint8))


def _pixels(photo_pixels: int, scale: float) -> int:
    """A length on the screen, at least one pixel where there is any."""
    if photo_pixels == 0:
        return 0
    return max(1, round(abs(photo_pixels) * scale)) * (1 if photo_pixels > 0 else -1)


def _scaled(rect: Rect, scale: float) -> Rect:
    left, top, right, bottom = (round(edge * scale) for edge in (rect.left, rect.top, rect.right, rect.bottom))
    return Rect.of_edges(left, top, right, bottom)


def _reduced(pixels: NDArray[T], place: Rect) -> NDArray[T]:
    whole = np.ascontiguousarray(pixels)
    if whole.shape[:2] == (place.height, place.width):
        return whole
    reduced = cv2.resize(whole, (place.width, place.height), interpolation=cv2.INTER_AREA)
    return cast("NDArray[T]", reduced)
