"""How an answer fits the photo: where it lies, what its colours lack, which grain. Pure, for a pixel lane.

Measured on the ring that should not have changed, at the answer's scale: that is what the model saw, and its size is
bounded whatever the photo's. Drawn in the photo's pixels, in one interpolation from the answer's and in floating
point, so that half a level stays half a level in a photo of 16 bits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import Pixels
from dalle_studio.core.plan import Plan
from dalle_studio.core.ports import Codec
from dalle_studio.imaging import grain, greyness, matching, planning, registration
from dalle_studio.imaging.grain import Grain
from dalle_studio.imaging.matching import Match
from dalle_studio.imaging.registration import Matrix
from dalle_studio.workflow.payload import Canvas

Floats: TypeAlias = NDArray[np.float32]
Flags: TypeAlias = NDArray[np.bool_]

GROWN: Final = 8
"""Pixels of the answer around the mask that an engine may have changed, for the sent mask is wider (EngineInfo)."""

GRAIN_REACH: Final = 512
"""Pixels around the mask in which grain is looked for."""

_KERNEL: Final = 8
"""Pixels that a Lanczos kernel, and a little rounding, reach beyond."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """An answer with what the ring tells about it; the same for every feather, strength and opacity."""

    pixels: Pixels | Floats
    """(h, w, 3) levels of 8-bit sRGB: the answer as it came, or in the crop's pixels where those are coarser."""
    place: Matrix
    """From pixels of the crop to those of `pixels`, alignment included."""
    cells: Matrix
    """From pixels of the crop to those of the aligned answer, where `match` was measured."""
    aligned: bool
    shift: tuple[float, float]
    """Displacement of the answer's content at the crop's centre, in photo pixels, + right and down."""
    match: Match | None
    """None where the ring came back as it was sent: nothing is to be corrected."""
    grain: Grain | None

    @property
    def is_exact(self) -> bool:
        """Whether the answer's own bytes lie where the crop's do."""
        return self.pixels.dtype == np.uint8 and _whole_steps(self.place)

    def draw(self, rect: Rect, strength: float = 1.0) -> Floats:
        """(h, w, 3) levels of a rectangle, in coordinates of the crop; colours matched by a strength of 0 to 1.

        Not clipped to 0 to 255.
        """
        out = self._moved(rect)
        if self.match is None or strength == 0:
            return out
        rest = self.match.rest_for(_from_corner(rect, self.cells), rect.width, rect.height)
        return self.match.correct(out, rest, strength)

    def exactly(self, rect: Rect) -> Pixels:
        """The answer's own bytes, when `is_exact`."""
        x, y = self.place[:, 2].astype(int).tolist()
        return cast("Pixels", self.pixels[rect.moved(x, y).slices])

    def _moved(self, rect: Rect) -> Floats:
        if _whole_steps(self.place):
            x, y = self.place[:, 2].astype(int).tolist()
            return self.pixels[rect.moved(x, y).slices].astype(np.float32)
        back = _from_corner(rect, self.place)
        corners = np.array(((0, 0, 1), (rect.width, 0, 1), (0, rect.height, 1), (rect.width, rect.height, 1))) @ back.T
        low, high = (
            np.floor(corners.min(axis=0)).astype(int).tolist(),
            np.ceil(corners.max(axis=0)).astype(int).tolist(),
        )
        frame = Rect(0, 0, self.pixels.shape[1], self.pixels.shape[0])
        wanted = Rect.of_edges(low[0], low[1], high[0], high[1]).grown(_KERNEL).intersected(frame)
        source = frame if wanted.is_empty else wanted
        part = self.pixels[source.slices].astype(np.float32)  # only what the kernel reaches
        back[:, 2] -= (source.x, source.y)
        flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
        size = (rect.width, rect.height)
        return cast("Floats", cv2.warpAffine(part, back, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101))


def fit(canvas: Canvas, plan: Plan, answer: Pixels, codec: Codec, *, align: bool = True) -> Fitted:
    """Measure a decoded answer, (h, w, 3|4) uint8 sRGB of any size, against the photo.

    An answer whose ring came back untouched, as a local engine's does, is left alone at the cost of one comparison.
    """
    came = cast("Pixels", np.ascontiguousarray(planning.fit_answer(plan, answer[..., :3])))
    photo = codec.to_srgb(canvas.picture.cut(plan.crop), canvas.picture.metadata)
    sent = planning.cut_pixels(plan, photo)
    keep = _ring(canvas, plan)
    if canvas.picture.source.grey and greyness.is_grey(photo):
        came = greyness.without_tint(came, keep)
    to_sent = _to_sent(plan)
    if _is_same(sent, came, keep):
        return _placed(plan, Fitted(came, to_sent, to_sent, aligned=False, shift=(0.0, 0.0), match=None, grain=None))
    matrix, moved, aligned, shift = np.eye(2, 3), came, False, (0.0, 0.0)
    if align:
        found = registration.register(sent, came, keep)
        if found.applied:
            matrix, aligned = found.matrix, True
            moved = registration.warp(came, matrix)
            shift = _shift(plan, matrix)
    match = matching.measure(sent, moved, keep)
    del sent, moved  # a large crop's pixels are not needed twice
    place = np.concatenate((matrix[:, :2] @ to_sent[:, :2], matrix @ np.append(to_sent[:, 2], 1)[:, None]), axis=1)
    fitted = _placed(plan, Fitted(came, place, to_sent, aligned, shift, match, grain=None))
    return replace(fitted, grain=_missing_grain(fitted, canvas, plan, photo, keep))


def _ring(canvas: Canvas, plan: Plan) -> Flags:
    """(sent.height, sent.width): what the engine was asked to keep and the photo shows."""
    keep: Flags = planning.cut_mask(plan, canvas.mask, GROWN) == 0
    if canvas.picture.has_alpha:
        veil = canvas.picture.cut(plan.crop)[..., 3]
        opaque = (veil == np.iinfo(veil.dtype).max).view(np.uint8) * np.uint8(255)
        keep &= planning.cut_pixels(plan, cast("Pixels", opaque)) == 255
    return keep


def _is_same(sent: Pixels, came: Pixels, keep: Flags) -> bool:
    for top in range(0, keep.shape[0], 64):
        rows = slice(top, top + 64)
        if (cv2.absdiff(sent[rows], came[rows]).max(axis=2) * keep[rows]).any():
            return False
    return True


# --- coordinates -----------------------------------------------------------------------------------------------


def _to_sent(plan: Plan) -> Matrix:
    """From pixels of the crop to pixels of what was sent; (0, 0) is the centre of the first."""
    x, y = plan.placed.width / plan.crop.width, plan.placed.height / plan.crop.height
    return np.array(((x, 0, plan.placed.x + (x - 1) / 2), (0, y, plan.placed.y + (y - 1) / 2)))


def _from_corner(rect: Rect, matrix: Matrix) -> Matrix:
    """The matrix for coordinates that begin at the rectangle's corner."""
    out = matrix.copy()
    out[:, 2] += matrix[:, :2] @ (rect.x, rect.y)
    return out


def _whole_steps(matrix: Matrix) -> bool:
    return bool(np.array_equal(matrix[:, :2], np.eye(2)) and (matrix[:, 2] % 1 == 0).all())


def _shift(plan: Plan, matrix: Matrix) -> tuple[float, float]:
    placed = plan.placed
    centre = np.array((placed.x + (placed.width - 1) / 2, placed.y + (placed.height - 1) / 2))
    dx, dy = (matrix[:, :2] @ centre + matrix[:, 2] - centre).tolist()
    return round(dx * plan.crop.width / placed.width, 3), round(dy * plan.crop.height / placed.height, 3)


def _placed(plan: Plan, fitted: Fitted) -> Fitted:
    """Where the answer is finer than the photo, it is averaged down once: a kernel as wide as a pixel would alias."""
    if plan.placed.width <= plan.crop.width and plan.placed.height <= plan.crop.height:
        return fitted
    moved: Pixels | Floats = fitted.pixels
    if fitted.aligned:
        # Lay the answer where the photo was sent; `place` holds the alignment on top of the way there.
        to_sent = np.concatenate((fitted.cells, ((0, 0, 1),)))
        matrix = np.concatenate((fitted.place, ((0, 0, 1),))) @ np.linalg.inv(to_sent)
        whole = Rect(0, 0, plan.sent.width, plan.sent.height)
        moved = replace(fitted, place=matrix[:2]).draw(whole, strength=0)
    small = planning.paste_back(plan, cast("Pixels", moved))
    return replace(fitted, pixels=small, place=np.eye(2, 3))


# --- grain -----------------------------------------------------------------------------------------------------


def _missing_grain(fitted: Fitted, canvas: Canvas, plan: Plan, photo: Pixels, keep: Flags) -> Grain | None:
    """Measured in the photo's own pixels, on the corrected answer, near the mask."""
    near = canvas.mask.bounds.grown(GRAIN_REACH).intersected(plan.crop).moved(-plan.crop.x, -plan.crop.y)
    kept = planning.paste_back(plan, cast("Pixels", keep.view(np.uint8) * np.uint8(255)))[near.slices] == 255
    part = cast("Pixels", np.ascontiguousarray(photo[near.slices]))
    blocks = grain.plain_blocks(part, kept)
    if not blocks:
        return None
    shown = np.stack([part[block.slices] for block in blocks]).astype(np.float32)
    drawn = np.stack([fitted.draw(block.moved(near.x, near.y)) for block in blocks])
    return grain.missing(shown, drawn)
