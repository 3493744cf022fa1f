"""Asks for engines, and one job run to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from dalle_studio.core.errors import StudioError
from dalle_studio.core.geometry import Size
from dalle_studio.core.picture import MaskPixels, Pixels
from dalle_studio.core.ports import Answer, Ask, EngineEvent, Partial, Waiting
from dalle_studio.core.records import Operation
from dalle_studio.engines.connection import Connection
from dalle_studio.engines.exchange import Patience
from dalle_studio.engines.openai import OpenAIEngine
from dalle_studio.engines.profiles import PROFILES
from tests.fakes.images_server import KEY, FakeImagesServer

IMPATIENT = Patience(rate_limit=(0.01, 0.01), connection=(0.01, 0.01))
SMALL = Size(1024, 640)
"""The smallest legal size."""


class Key:
    """A key as the program holds it."""

    def __init__(self, text: str = KEY) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text


def png(pixels: Pixels | MaskPixels) -> bytes:
    """RGB(A) or grey as PNG without metadata."""
    turned: Any = pixels
    if pixels.ndim == 3:
        turned = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA)
    return cv2.imencode(".png", turned)[1].tobytes()


def both_ways(mask: MaskPixels) -> bytes:
    """The mask as it leaves: edit (255, 255, 255, 0), keep (0, 0, 0, 255)."""
    rgba = np.zeros((*mask.shape, 4), np.uint8)
    rgba[mask == 0] = (0, 0, 0, 255)
    rgba[mask > 0] = (255, 255, 255, 0)
    return png(rgba)


def make_ask(operation: Operation = Operation.EDIT, size: Size = SMALL, **more: Any) -> Ask:
    """An ask of any operation: a grey picture, a square to edit in it."""
    prompt = more.pop("prompt", "closed eyes")
    plain = Ask(operation, prompt, size)
    if operation is not Operation.GENERATE:
        image = np.full((*size.shape, 3), (90, 120, 150), np.uint8)
        plain = replace(plain, image=image, image_png=png(image))
    if operation in {Operation.EDIT, Operation.REMOVE, Operation.EXTEND}:
        mask = np.zeros(size.shape, np.uint8)
        mask[size.height // 4 : size.height // 2, size.width // 4 : size.width // 2] = 255
        plain = replace(plain, mask=mask, mask_png=both_ways(mask))
    return replace(plain, **more)


def make_engine(server: FakeImagesServer, profile: str | None = None, **more: Any) -> OpenAIEngine:
    """An engine for a fake server; the profile is the server's own unless another is named."""
    chosen = PROFILES[profile or server.profile]
    key = None if server.key is None else Key(server.key)
    model = more.pop("model", "gpt-image-2.5-flare" if server.profile in {"openai", "azure"} else "stable-diffusion")
    return OpenAIEngine(Connection(server.url, key, chosen), model, patience=IMPATIENT, **more)


@dataclass
class Outcome:
    """What a job brought."""

    events: list[EngineEvent] = field(default_factory=list)
    error: StudioError | None = None

    @property
    def answers(self) -> list[Answer]:
        return [event for event in self.events if isinstance(event, Answer)]

    @property
    def partials(self) -> list[Partial]:
        return [event for event in self.events if isinstance(event, Partial)]

    @property
    def waits(self) -> list[Waiting]:
        return [event for event in self.events if isinstance(event, Waiting)]


class Clock(asyncio.SelectorEventLoop):
    """A loop whose time can be put on, so that a deadline passes when a test says so."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead

    def put_on(self, seconds: float) -> None:
        """Safe on any thread."""

        def put_on() -> None:
            self.ahead += seconds

        self.call_soon_threadsafe(put_on)


def run_job(engine: OpenAIEngine, ask: Ask, loop: Clock | None = None) -> Outcome:
    """Run a job to its end; a StudioError is part of the outcome, anything else is raised."""
    outcome = Outcome()

    async def go() -> None:
        events: AsyncIterator[EngineEvent] = engine.run(ask)
        try:
            async for event in events:
                outcome.events.append(event)
        except StudioError as error:
            outcome.error = error

    with asyncio.Runner(loop_factory=None if loop is None else lambda: loop) as runner:
        runner.run(go())
    return outcome


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height of an encoded picture."""
    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    return pixels.shape[1], pixels.shape[0]
