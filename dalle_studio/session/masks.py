"""Mask files in and out, on the worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from dalle_studio.core.geometry import Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.ports import Lanes
from dalle_studio.formats import masks, saving
from dalle_studio.formats.opening import PIXEL_LIMIT
from dalle_studio.imaging.stopping import ShouldStop, check, never


@dataclass(frozen=True, slots=True, eq=False)
class Import:
    """A mask that is to be read."""

    read: Callable[[], bytes]
    """*Blocking.*"""
    name: str
    polarity: str = "auto"
    """A value of `formats.masks.Polarity`."""
    invert: bool = False
    size: Size | None = None
    """Its own, where it is known."""
    pixel_limit: int = PIXEL_LIMIT


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
    is_guess: bool = False
    """Nobody named the polarity."""
    name: str = ""
    coverage: float = 0.0
    """Share of the photo's pixels that would change at all."""
    coverage_inverted: float = 1.0
    """The same, the other way round."""


async def read(
    lanes: Lanes, source: Import, size: Size, *, scales: bool = False, should_stop: ShouldStop = never
) -> Found:
    """A mask for a photo of `size`; of another size only with `scales`. BadInput when it is unreadable or no mask."""
    name = Path(source.name).name

    def work() -> Found:
        data = source.read()
        check(should_stop)
        pixels, polarity, warnings = masks.read_mask(
            data, polarity=masks.Polarity(source.polarity), name=name, pixel_limit=source.pixel_limit
        )
        check(should_stop)
        own = Size(pixels.shape[1], pixels.shape[0])
        if own != size:
            if not scales:
                return Found(None, replace(source, size=own))
            pixels = np.asarray(cv2.resize(pixels, (size.width, size.height), interpolation=cv2.INTER_NEAREST_EXACT))
        if source.invert:
            pixels = np.bitwise_not(pixels)
            warnings = tuple(warning for warning in warnings if warning != masks.LARGE)
        mask = FrozenMask.of(pixels)
        is_guess = source.polarity == masks.Polarity.AUTO
        inverted = 1 - int(np.count_nonzero(mask.pixels == 255)) / size.area
        return Found(mask, None, warnings, polarity.value, is_guess, name, mask.coverage, inverted)

    return await lanes.cpu(work)


async def encode(
    lanes: Lanes,
    mask: FrozenMask,
    polarity: str,
    told: masks.Told | None = None,
    should_stop: ShouldStop = never,
) -> tuple[bytes, tuple[str, ...]]:
    """A PNG in that polarity, and message ids of what should be said about it. Cancelled."""
    wanted = masks.Polarity(polarity)
    return await lanes.cpu(masks.export_mask, mask, wanted, told=told, should_stop=should_stop)


async def export(
    lanes: Lanes,
    mask: FrozenMask,
    path: Path,
    polarity: str,
    told: masks.Told | None = None,
    should_stop: ShouldStop = never,
) -> tuple[str, ...]:
    """The same into a file. StorageProblem when it can't be written; stopped before, nothing is."""
    data, warnings = await encode(lanes, mask, polarity, told, should_stop)
    await lanes.disk(saving.write_atomically, path, data)
    return warnings
