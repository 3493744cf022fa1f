"""Growing, shrinking, inverting and feathering masks. Whole arrays in, new arrays out; safe on any thread."""

from __future__ import annotations

from typing import cast

import numpy as np

from dalle_studio.core.picture import MaskPixels


def disc(radius: int) -> MaskPixels:
    """A filled disc, (2 radius + 1) square, of 0 and 1: the structuring element of a round brush."""
    offset = np.arange(-radius, radius + 1)
    # Half a pixel more than the radius makes the small discs round.
    return cast("MaskPixels", (offset[:, None] ** 2 + offset**2 <= (radius + 0.5) ** 2).astype(np.uint8))
