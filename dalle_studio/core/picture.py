"""A photo in memory: read-only pixels in its own colour space, with what its file said about itself.

Pixels are RGB or RGBA, `uint8` or `uint16`, in the profile that `metadata.icc` describes (sRGB when None).
A greyscale file is held as RGB and remembers it in `source.grey`, so that it can be written back as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from dalle_studio.core.geometry import Rect, Size

Pixels: TypeAlias = NDArray[np.uint8] | NDArray[np.uint16]
"""(h, w, 3) or (h, w, 4)."""

Bytes: TypeAlias = NDArray[np.uint8]
"""(h, w, 3) or (h, w, 4), eight bits a channel."""

MaskPixels: TypeAlias = NDArray[np.uint8]
"""(h, w), 255 = edit, 0 = keep."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is kept from the file and written back. Never sent to an engine."""

    icc: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the pixels came from. `format` is the codec's name: JPEG, PNG, WEBP, TIFF."""

    format: str = "PNG"
    grey: bool = False
    notices: tuple[str, ...] = ()
    """Message ids of what had to be said on opening (several pages, CMYK converted …)."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Owns its array and marks it read-only; anything that changes pixels makes a new Picture."""

    pixels: Pixels
    metadata: Metadata = field(default_factory=Metadata)
    source: Source = field(default_factory=Source)

    def __post_init__(self) -> None:
        p = self.pixels
        if p.ndim != 3 or p.shape[2] not in (3, 4) or p.dtype not in (np.uint8, np.uint16):
            raise ValueError(f"a picture is (h, w, 3|4) of uint8 or uint16, not {p.shape} {p.dtype}")
        p.flags.writeable = False

    @property
    def size(self) -> Size:
        return Size(self.pixels.shape[1], self.pixels.shape[0])

    @property
    def has_alpha(self) -> bool:
        return bool(self.pixels.shape[2] == 4)

    @property
    def depth(self) -> int:
        """Bits per channel: 8 or 16."""
        return 8 if self.pixels.dtype == np.uint8 else 16

    def cut(self, rect: Rect) -> Pixels:
        """A read-only view of the rectangle, which must lie inside the picture."""
        return self.pixels[rect.slices]
