"""What is told until the answer comes: how far the engine is, pauses counted down, partial pictures. Nothing is kept.

Runs on the loop that waits for the engine; a partial picture is placed in a lane, and a slow one lets the next pass.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from dalle_studio.core.errors import StudioError
from dalle_studio.core.ports import Partial, Progress, Stage, Waiting, Working
from dalle_studio.imaging import planning
from dalle_studio.workflow import composing

if TYPE_CHECKING:
    from dalle_studio.core.geometry import Rect
    from dalle_studio.core.picture import Pixels
    from dalle_studio.core.plan import Plan
    from dalle_studio.core.ports import Codec, Lanes
    from dalle_studio.core.records import BlendSettings
    from dalle_studio.workflow.payload import Canvas


class Interim:
    """Of one question to an engine. `frame` is where the picture will be laid in; None for one of its own."""

    def __init__(
        self,
        frame: tuple[Canvas, Plan] | None,
        blend: BlendSettings,
        codec: Codec,
        lanes: Lanes,
        tell: Callable[[Progress], None],
    ) -> None:
        self._frame = frame
        self._rough = replace(blend, align=False, grain=0.0)  # seen for a moment: quick beats exact
        self._codec = codec
        self._lanes = lanes
        self._tell = tell
        self._previewing: asyncio.Task[None] | None = None
        self._resuming: asyncio.TimerHandle | None = None

    def show(self, event: Working | Waiting | Partial) -> None:
        match event:
            case Working():
                self._tell(Progress(Stage.WAIT, fraction=event.fraction))
            case Waiting():
                if self._resuming is not None:
                    self._resuming.cancel()
                self._count_down(event.message, asyncio.get_running_loop().time() + event.seconds)
            case Partial():
                if self._previewing is None or self._previewing.done():
                    self._previewing = asyncio.create_task(self._preview(event))

    def stop(self) -> None:
        """The answer is there, or will not come."""
        if self._previewing is not None:
            self._previewing.cancel()
        if self._resuming is not None:
            self._resuming.cancel()

    def _count_down(self, message: str, end: float) -> None:
        """Tell every second how much is left of a pause, and then that the answer is what is waited for."""
        loop = asyncio.get_running_loop()
        left = round(end - loop.time(), 2)  # a timer may be a little early
        if left <= 0:
            self._tell(Progress(Stage.WAIT))
            return
        shown = round(left) or 1
        self._tell(Progress(Stage.WAIT, message=message, params={"seconds": shown}))
        self._resuming = loop.call_at(end - (shown - 1), self._count_down, message, end)

    async def _preview(self, event: Partial) -> None:
        try:
            shown, rect = await self._lanes.cpu(self._placed, event)
        except StudioError:
            return  # a partial picture that can't be read is no failure: the answer itself is still to come
        self._tell(Progress(Stage.WAIT, partial=shown, partial_rect=rect))

    def _placed(self, event: Partial) -> tuple[Pixels, Rect | None]:
        """*Blocking.* What is seen of it, and where on the canvas."""
        pixels = self._codec.decode_answer(event.data)
        if self._frame is None:
            return pixels[..., :3], None
        canvas, plan = self._frame
        if canvas.whole:  # over the photo, whose place it will take
            return planning.paste_back(plan, pixels[..., :3]), plan.crop
        composed = composing.compose(canvas, plan, pixels, self._codec, self._rough, event.index)
        return self._codec.to_srgb(composed.patch, canvas.picture.metadata), composed.rect
