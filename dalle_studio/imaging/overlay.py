"""The mask as it lies over the photo on the screen: tinted, with a dashed edge. Pure functions, any thread.

A pixel of the result depends on its neighbours and its place only, never on how a contour runs elsewhere: a part
computed alone equals the same part of the whole, so a stroke refreshes just its dirty rectangle. This runs at every
pointer event: a few calls over a small array, and none where there is no mask. (Qt takes four times as long to scale
and blend an indexed picture as these take together.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dalle_studio.core.picture import MaskPixels

_LENGTH: Final = 4  # of a dash and of a gap, in widths of the line
_FARTHEST: Final = 1 << 14  # OpenCV warps sources up to 32767 pixels; a viewport never needs as many
_DASH: Final = 0xF2F2F2F2  # white, 95 %, as premultiplied ARGB
_GAP_SHADE: Final = 0.55  # how much of the tint a gap keeps


@dataclass(frozen=True, slots=True, eq=False)
class Tint:
    """Colours of the overlay as premultiplied ARGB, 32 bit."""

    table: NDArray[np.uint32]
    """256 of them, by mask value."""
    gap: np.uint32
    """Between two dashes of the edge."""

    @classmethod
    def of(cls, red: int, green: int, blue: int, opacity: float) -> Tint:
        """0 to 255 each; the mask's value scales `opacity`, 0 to 1."""
        alpha = np.arange(256) / 255 * opacity
        table = _premultiplied(red, green, blue, alpha)
        dark = 1 - (1 - opacity) * _GAP_SHADE
        shade = opacity * _GAP_SHADE / dark
        gap = _premultiplied(round(red * shade), round(green * shade), round(blue * shade), np.array([dark]))
        return cls(table, gap[0])


def covered(level: MaskPixels, rect: Rect) -> Rect:
    """The smallest rectangle around everything in `rect` that is not 0; empty when there is nothing."""
    left, top = max(0, rect.x), max(0, rect.y)
    part = level[top : max(top, rect.bottom), left : max(left, rect.right)]
    if part.size == 0:
        return Rect(0, 0, 0, 0)
    x, y, width, height = cv2.boundingRect(part)
    return Rect(left + x, top + y, width, height)


def overlay(
    level: MaskPixels, rect: Rect, scale: float, tint: Tint, *, smooth: bool, line: int = 1, phase: int = 0
) -> NDArray[np.uint32]:
    """`rect` of the screen, (rect.height, rect.width), as premultiplied ARGB.

    `level` is shown at `scale` screen pixels per mask pixel with its corner at (0, 0), interpolated if `smooth`. `line`
    is the width of the dashed edge in screen pixels; `phase` lets the dashes march.
    """
    width, height = rect.width + 2 * line, rect.height + 2 * line
    values = sample(level, rect.x - line, rect.y - line, width, height, scale, smooth=smooth)
    out = np.take(tint.table, values[line:-line, line:-line], mode="clip")
    edge, is_dash = _dashes(values, rect, line, phase)
    if edge.size:
        out.reshape(-1)[edge] = np.where(is_dash, np.uint32(_DASH), tint.gap)
    return out


def sample(
    level: MaskPixels, left: int, top: int, width: int, height: int, scale: float, *, smooth: bool
) -> MaskPixels:
    """The mask at `height` × `width` screen pixels from (left, top) on; 0 beyond its edges. The rest as above."""
    rows, columns = level.shape
    if scale == 1.0 and left >= 0 and top >= 0 and left + width <= columns and top + height <= rows:
        return level[top : top + height, left : left + width]
    first_x, first_y = max(0, int(left / scale) - 2), max(0, int(top / scale) - 2)
    last_x, last_y = min(columns, int((left + width) / scale) + 3), min(rows, int((top + height) / scale) + 3)
    if not (0 < last_x - first_x < _FARTHEST and 0 < last_y - first_y < _FARTHEST):
        return np.zeros((height, width), np.uint8)
    # Centres of pixels meet: source = (screen + ½) / scale − ½, counted from the corner of the part that is read.
    step = 1 / scale
    back = np.array(
        ((step, 0, (left + 0.5) * step - 0.5 - first_x), (0, step, (top + 0.5) * step - 0.5 - first_y)), np.float64
    )
    flags = (cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST) | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(level[first_y:last_y, first_x:last_x], back, (width, height), flags=flags), np.uint8
    )


def _dashes(values: MaskPixels, rect: Rect, line: int, phase: int) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where the rim of what is at least half selected lies, as flat places in `rect`, and which of it are dashes.

    `values` reach `line` pixels beyond `rect` on each side. Where the rim runs rather across it is dashed by x,
    elsewhere by y: the dashes stay even along any curve.
    """
    inside = values >= 128
    if line == 1:
        kept = inside[:-2, 1:-1] & inside[2:, 1:-1]
        kept &= inside[1:-1, :-2]
        kept &= inside[1:-1, 2:]
    else:
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * line + 1, 2 * line + 1))
        kept = np.asarray(cv2.erode(inside.view(np.uint8), disc))[line:-line, line:-line].view(np.bool_)
    rim = np.flatnonzero(inside[line:-line, line:-line] > kept)  # several times faster than nonzero
    if rim.size == 0:
        return rim, np.zeros(0, np.bool_)
    rows, columns = np.divmod(rim, rect.width)
    x, y = columns + line, rows + line
    down = values[y + line, x].astype(np.int16) - values[y - line, x]
    along = values[y, x + line].astype(np.int16) - values[y, x - line]
    run = np.where(np.abs(down) >= np.abs(along), columns + (rect.x + phase), rows + (rect.y + phase))
    return rim, (run // (_LENGTH * line)) & 1 == 0


def _premultiplied(red: int, green: int, blue: int, alpha: NDArray[np.float64]) -> NDArray[np.uint32]:
    """ARGB, 32 bit; `alpha` is 0 to 1."""
    channels = [np.rint(255 * alpha), np.rint(red * alpha), np.rint(green * alpha), np.rint(blue * alpha)]
    out = np.zeros(alpha.shape, np.uint32)
    for channel in channels:
        out = (out << np.uint32(8)) | channel.astype(np.uint32)
    return out
