"""Mask files in and out, on the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dalle_studio.core.geometry import Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import MaskPixels
from dalle_studio.core.ports import Lanes
from dalle_studio.formats import masks, saving


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A mask (h, w) that was read, and message ids of what should be said about it."""

    pixels: MaskPixels
    warnings: tuple[str, ...]


async def read(lanes: Lanes, get: Callable[[], bytes], name: str, size: Size, *, invert: bool) -> Found:
    """BadInput when it is unreadable or of another size than the photo."""

    def work() -> Found:
        pixels, _, warnings = masks.read_mask(get(), size=size, name=Path(name).name)
        return Found(np.bitwise_not(pixels) if invert else pixels, warnings)

    return await lanes.cpu(work)


async def encode(lanes: Lanes, mask: FrozenMask) -> bytes:
    """In the form `openai`: right for readers of alpha and for readers of luminance."""
    return await lanes.cpu(lambda: masks.encode_mask(mask.full()))


async def export(lanes: Lanes, mask: FrozenMask, path: Path) -> None:
    """StorageProblem when it can't be written."""
    data = await encode(lanes, mask)
    await lanes.disk(saving.write_atomically, path, data)
