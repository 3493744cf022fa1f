"""A picture no larger than somebody looks at. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import cv2

from dalle_studio.core.geometry import Size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def shrunk_size(size: Size, longest: int) -> Size:
    """With its longer side at most `longest`, the shape kept to within a pixel; never larger."""
    scale = min(1.0, longest / size.longest)
    return Size(max(1, round(size.width * scale)), max(1, round(size.height * scale)))


def shrunk(pixels: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """(h, w, c) in that size, averaged over the area of each pixel (OpenCV's INTER_AREA)."""
    size = Size(pixels.shape[1], pixels.shape[0])
    to = shrunk_size(size, longest)
    if to == size:
        return pixels
    return cast("NDArray[np.uint8]", cv2.resize(pixels, (to.width, to.height), interpolation=cv2.INTER_AREA))
