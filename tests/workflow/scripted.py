"""A scripted engine and everything around it that is real: codec, library, lanes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from dalle_studio.core.errors import StudioError
from dalle_studio.core.picture import Picture, Pixels
from dalle_studio.core.plan import FreeSizes, SizeRules
from dalle_studio.core.ports import Answer, Ask, EngineEvent, EngineInfo, Progress, Waiting
from dalle_studio.core.records import Operation, Usage
from dalle_studio.formats.codec import StudioCodec
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
from dalle_studio.workflow.edit import Ports
from dalle_studio.workflow.lanes import ThreadLanes

if TYPE_CHECKING:
    from numpy.typing import NDArray

Paint = Callable[[Ask], Pixels]


def repaint(ask: Ask) -> Pixels:
    """What a GPT Image model does: a new rendering of the whole frame, object included, in slightly other colours.

    The object comes out as (30, 200, 60) once the cast is taken out.
    """
    frame = np.full((ask.size.height, ask.size.width, 3), 128, np.uint8) if ask.image is None else ask.image[..., :3]
    scene = cv2.GaussianBlur(frame, (0, 0), 1.2).astype(np.int16)
    if ask.mask is not None:
        scene[ask.mask > 0] = (30, 200, 60)
    out: NDArray[np.uint8] = np.clip(scene + 7, 0, 255).astype(np.uint8)
    return out


@dataclass
class ScriptedEngine:
    """Implements `core.ports.Engine`: paints `paint`, or raises the `failures` of a candidate, in that order."""

    codec: StudioCodec = field(default_factory=StudioCodec)
    paint: Paint = repaint
    failures: Sequence[StudioError | None] = ()
    sizes: SizeRules = field(default_factory=FreeSizes)
    needs_english: bool = False
    follows_prompt: bool = True
    host: str | None = "images.example"
    data: bytes | None = None
    order: Sequence[int] | None = None
    """Of the answers; None = by index."""
    pause: Waiting | None = None
    """What it waits for, really, before it paints."""
    wait_for_ever: bool = False
    asked: list[Ask] = field(default_factory=list)
    closed: bool = False
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it waits for ever."""

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            "scripted",
            "script-1",
            self.host,
            self.sizes,
            frozenset(Operation),
            follows_prompt=self.follows_prompt,
            needs_english=self.needs_english,
        )

    async def prepare(self) -> None:
        return

    async def run(self, ask: Ask) -> AsyncIterator[EngineEvent]:
        self.asked.append(ask)
        try:
            if self.pause is not None:
                yield self.pause
                await asyncio.sleep(self.pause.seconds)
            for index in self.order or range(ask.count):
                failure = self.failures[index] if index < len(self.failures) else None
                if failure is not None:
                    raise failure
                data = self.codec.encode_png(self.paint(ask)) if self.data is None else self.data
                yield Answer(index, data, Usage(100, 439, '{"output_tokens": 439}', 0.01), "req_1")
            if self.wait_for_ever:
                self.waiting.set()
                await asyncio.Event().wait()
        finally:
            self.closed = True


class World:
    """Real ports around a scripted engine; `progress` is what the workflow told."""

    def __init__(self, data: Path, engine: ScriptedEngine) -> None:
        self.places = Places(data)
        self.places.prepare()
        self.library = StudioLibrary(self.places)
        self.codec = StudioCodec()
        self.lanes = ThreadLanes()
        self.engine = engine
        self.progress: list[Progress] = []
        self.ports = Ports(engine, self.codec, self.library, self.lanes)

    def tell(self, progress: Progress) -> None:
        self.progress.append(progress)

    def keep(self, picture: Picture) -> str:
        """The picture as an original of the library; returns its id."""
        data = self.codec.encode_png(picture.pixels)
        thumbnail = self.codec.thumbnail(picture.pixels, picture.metadata)
        return self.library.keep_original(None, data, picture.size, thumbnail, "photo.png").original_id

    def close(self) -> None:
        self.library.close()
        self.lanes.close()
        self.places.close()
