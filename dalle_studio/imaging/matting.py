"""A segmentation made at a reduced size, carried to full size so that its edge follows the picture's own.

Guided filter (He, Sun & Tang 2010) with its coefficients found at the reduced size (He & Sun 2015): near every pixel
the mask is a linear function of the colour, fine hair included. Only tiles along the edge cost anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, cast

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels
from dalle_studio.imaging.fringe import with_fringe
from dalle_studio.imaging.selection import pieces, within
from dalle_studio.imaging.stopping import ShouldStop, check
from dalle_studio.imaging.visible import Colours, Visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Floats: TypeAlias = "NDArray[np.float32]"

BAND: Final = 5
"""How far from the reduced edge, in reduced pixels, the true edge is looked for."""

_RADIUS: Final = 4
"""Half the side of the windows in which mask and colour are held against each other, in reduced pixels."""

_CALM: Final = 4e-4
"""Variance of colour, of 1, below which the mask rather follows the segmentation."""

_STEEPNESS: Final = 1.5
"""A linear function of colour gives grey where the eye sees a plain edge; that is drawn apart again."""

_TILE: Final = 512


def refined(photo: Visible, region: Rect, small: Colours, inside: MaskPixels, should_stop: ShouldStop) -> FrozenMask:
    """The mask of a photo whose part `region` was reduced to `small` and segmented into `inside` (0, 255).

    More than `BAND` reduced pixels from the segmentation's edge, nothing differs from it but its fringe (`fringe`).
    """
    near = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    near = cv2.dilate(near, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * BAND + 1, 2 * BAND + 1)))
    check(should_stop)
    inside = with_fringe(small, inside)
    fringe = cv2.dilate(cv2.inRange(inside, 1, 254), np.ones((3, 3), np.uint8))
    near = cv2.bitwise_or(near, fringe)
    coefficients = _coefficients(small, inside)
    # The result fades into the segmentation at the band's rim.
    weight = cast("_Floats", cv2.blur((near > 0).astype(np.float32), (5, 5)))
    scale = (inside.shape[1] / region.width, inside.shape[0] / region.height)
    out = np.zeros((region.height, region.width), np.uint8)
    for tile in pieces(Rect(0, 0, region.width, region.height), _TILE):
        check(should_stop)
        seen = Rect.of_edges(
            int(tile.left * scale[0]) - 1,
            int(tile.top * scale[1]) - 1,
            int(tile.right * scale[0]) + 2,
            int(tile.bottom * scale[1]) + 2,
        ).intersected(Rect(0, 0, inside.shape[1], inside.shape[0]))
        if not near[seen.slices].any():
            out[tile.slices] = inside[seen.slices][0, 0]
            continue
        colours = photo.part(tile.moved(region.x, region.y))
        out[tile.slices] = _guided(colours, tile, scale, coefficients, inside, weight)
    return within(photo.size, region, out)


def _coefficients(small: Colours, inside: MaskPixels) -> _Floats:
    """(h, w, 4): three factors and a constant, which make the mask (0 to 1) from a colour (0 to 1) around there."""
    colour = small.astype(np.float32) * np.float32(1 / 255)
    mask = inside.astype(np.float32) * np.float32(1 / 255)
    window = (2 * _RADIUS + 1, 2 * _RADIUS + 1)

    def mean(values: _Floats) -> _Floats:
        return cast("_Floats", cv2.blur(values, window, borderType=cv2.BORDER_REFLECT))

    centre, level = mean(colour), mean(mask)
    together = mean(colour * mask[..., None]) - centre * level[..., None]
    spread = np.empty((*mask.shape, 3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            spread[..., i, j] = spread[..., j, i] = (
                mean(colour[..., i] * colour[..., j]) - centre[..., i] * centre[..., j]
            )
    spread += np.float32(_CALM) * np.eye(3, dtype=np.float32)
    factors = np.linalg.solve(spread, together[..., None])[..., 0]
    constant = level - (factors * centre).sum(axis=2)
    return mean(np.dstack((factors, constant)))


def _guided(
    colours: Colours,
    tile: Rect,
    scale: tuple[float, float],
    coefficients: _Floats,
    inside: MaskPixels,
    weight: _Floats,
) -> MaskPixels:
    # Pixel centres to pixel centres.
    x = (np.arange(tile.left, tile.right, dtype=np.float32) + np.float32(0.5)) * np.float32(scale[0]) - np.float32(0.5)
    y = (np.arange(tile.top, tile.bottom, dtype=np.float32) + np.float32(0.5)) * np.float32(scale[1]) - np.float32(0.5)
    at = np.meshgrid(x, y)

    def enlarged(values: _Floats) -> _Floats:
        return cast("_Floats", cv2.remap(values, at[0], at[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))

    here = enlarged(coefficients)
    value = np.einsum("ijk,ijk->ij", here[..., :3], colours.astype(np.float32)) * np.float32(1 / 255) + here[..., 3]
    value = np.clip((value - np.float32(0.5)) * np.float32(_STEEPNESS) + np.float32(0.5), 0, 1)
    plain = np.clip((enlarged(inside.astype(np.float32)) - np.float32(127.5)) / np.float32(80) + np.float32(0.5), 0, 1)
    share = enlarged(weight)
    return cast("MaskPixels", np.rint((value * share + plain * (1 - share)) * 255).astype(np.uint8))
