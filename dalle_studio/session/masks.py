"""Mask files in and out, on the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from dalle_studio.core.geometry import Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.ports import Lanes
from dalle_studio.formats import masks, saving


@dataclass(frozen=True, slots=True, eq=False)
class Import:
    """A mask that is to be read."""

    read: Callable[[], bytes]
    """*Blocking.*"""
    name: str
    invert: bool = False
    size: Size | None = None
    """Its own, where it is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was read, and message ids of what should be said about it."""

    mask: FrozenMask | None
    """None when its size is another than the photo's."""
    other: Import | None = None
    """Then this says what it is."""
    warnings: tuple[str, ...] = ()
    polarity: str = ""
    """What of the file was taken as "edit": a value of `formats.masks.Polarity`."""
    name: str = ""


async def read(lanes: Lanes, source: Import, size: Size, *, scales: bool = False) -> Found:
    """A mask for a photo of `size`; of another size only with `scales`. BadInput when it is unreadable or no mask."""

    def work() -> Found:
        pixels, polarity, warnings = masks.read_mask(source.read(), name=Path(source.name).name)
        own = Size(pixels.shape[1], pixels.shape[0])
        if own != size:
            if not scales:
                return Found(None, Import(source.read, source.name, source.invert, own))
            pixels = np.asarray(cv2.resize(pixels, (size.width, size.height), interpolation=cv2.INTER_NEAREST))
        if source.invert:
            pixels = np.bitwise_not(pixels)
            warnings = ()
        return Found(FrozenMask.of(pixels), None, warnings, polarity.value, Path(source.name).name)

    return await lanes.cpu(work)


async def encode(lanes: Lanes, mask: FrozenMask) -> bytes:
    """In the form `openai`: right for readers of alpha and for readers of luminance."""
    return await lanes.cpu(lambda: masks.encode_mask(mask.full()))


async def export(lanes: Lanes, mask: FrozenMask, path: Path) -> None:
    """StorageProblem when it can't be written."""
    data = await encode(lanes, mask)
    await lanes.disk(saving.write_atomically, path, data)
