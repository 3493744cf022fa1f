"""Hair, fur and blur along the edge of a segmentation: how much of the object each pixel just outside still holds.

A pixel there is taken for a mixture of the object's colour and the background's, both as they are nearby (the linear
model of matting, as in Levin, Lischinski & Weiss 2008, with local means instead of a global system). Where the two
differ less than the background varies, nothing can be told and nothing is added. Pure; any thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, cast

import cv2
import numpy as np

from dalle_studio.core.picture import MaskPixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Floats: TypeAlias = NDArray[np.float32]

_REACH: Final = 0.07
"""How far from the edge a fringe may reach, in square roots of the object's area."""

_SHORTEST: Final = 6
_LONGEST: Final = 32
"""The same in pixels: what it is at least and at most."""

_CORE: Final = 3
"""The edge itself, so many pixels wide, tells nothing of the object's colour."""

_SEEN: Final = 0.15
"""Parts that hold less of the object don't count as connected with it."""

_FULL: Final = 0.75
"""A pixel that holds so much of the object's mean colour may well hold only the object."""

_OFF_THE_LINE: Final = 0.35
"""How far from any mixture of the two colours a pixel may lie, as a share of their distance squared."""


def with_fringe(colours: NDArray[np.uint8], inside: MaskPixels) -> MaskPixels:
    """`inside` (0, 255) with soft values just outside of it; what is inside stays 255. `colours` (h, w, 3) is RGB."""
    area = int(np.count_nonzero(inside))
    if area in (0, inside.size):
        return inside
    reach = int(np.clip(round(_REACH * area**0.5), _SHORTEST, _LONGEST))
    outer = cv2.dilate(inside, _disc(reach))
    zone = (outer > 0) & (inside == 0)
    share = _share(colours, cv2.erode(inside, _disc(_CORE)) > 0, outer == 0, 4 * reach + 1)
    distance = cv2.distanceTransform(cv2.bitwise_not(inside), cv2.DIST_L2, 3)
    share *= np.clip((reach - distance) / np.float32(reach / 2), 0, 1)
    soft = np.where(zone, np.rint(share * 255).astype(np.uint8), inside)
    _, labels = cv2.connectedComponents((soft > _SEEN * 255).astype(np.uint8), connectivity=8)
    return cast("MaskPixels", np.where(np.isin(labels, np.unique(labels[inside > 0])), soft, 0))


def _share(
    colours: NDArray[np.uint8], of_object: NDArray[np.bool_], of_ground: NDArray[np.bool_], side: int
) -> _Floats:
    """How much of the object there is in each pixel, from 0 to 1."""
    lab = cv2.cvtColor(colours, cv2.COLOR_RGB2Lab).astype(np.float32)
    thing, _, thing_near = _nearby(lab, of_object, side)
    ground, varies, ground_near = _nearby(lab, of_ground, side)
    way = thing - ground
    apart = (way * way).sum(axis=2) + 1
    along = ((lab - ground) * way).sum(axis=2) / apart
    aside = ((lab - ground - along[..., None] * way) ** 2).sum(axis=2)
    # The background's own variation must not pass for hair.
    lowest = np.clip(1.2 * np.sqrt(varies / apart), 0.1, 1)
    known = np.clip(1 - 3 * varies / apart, 0, 1) * (thing_near > 0.005) * (ground_near > 0.02)
    share = np.clip((along - lowest) / np.maximum(_FULL - lowest, 0.1), 0, 1) * known
    return cast("_Floats", (share * np.exp(-aside / (_OFF_THE_LINE * apart))).astype(np.float32))


def _nearby(values: _Floats, where: NDArray[np.bool_], side: int) -> tuple[_Floats, _Floats, _Floats]:
    """Mean and variance (over all channels) of `where` in windows of that side, and how much of them it fills."""
    window = (side, side)
    weight = where.astype(np.float32)
    filled = cv2.blur(weight, window)
    least = np.maximum(filled, np.float32(1e-4))[..., None]
    mean = cv2.blur(values * weight[..., None], window) / least
    square = cv2.blur(values * values * weight[..., None], window) / least
    return (
        cast("_Floats", mean),
        cast("_Floats", np.maximum(square - mean * mean, 0).sum(axis=2)),
        cast("_Floats", filled),
    )


def _disc(radius: int) -> MaskPixels:
    return cast("MaskPixels", cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1)))
