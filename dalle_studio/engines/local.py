"""The local engine: *Remove* and *Extend* without network or key, from the photo's own pixels.

It follows no prompt and says so. The pixel work runs in threads of its own, one a time, because a compiled search can't
be interrupted: on cancellation it is abandoned and goes on unseen, and it never keeps the interpreter from ending.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import cv2
import numpy as np

from dalle_studio.core.errors import BadUsage
from dalle_studio.core.picture import MaskPixels, Pixels
from dalle_studio.core.plan import AnySize
from dalle_studio.core.ports import Answer, Ask, EngineEvent, EngineInfo, Working
from dalle_studio.core.records import Operation
from dalle_studio.imaging.exemplar import Colours
from dalle_studio.imaging.fill import fill
from dalle_studio.imaging.morphology import disc

MOST: Final = 4
"""Candidates of one request."""

SCRATCH: Final = 3.0
"""Half the width, in pixels, up to which a removed thing counts as a scratch and is grown by only one pixel."""

ROOM: Final = 6
"""Pixels by which removed things are grown: their soft edges go with them, and the blend has something to fade with."""


@dataclass(frozen=True, slots=True)
class _Failed:
    error: BaseException


_Report: TypeAlias = "EngineEvent | _Failed | None"
"""What the thread sends; None = done."""


class LocalEngine:
    """`core.ports.Engine` over `imaging.fill.fill`."""

    def __init__(self, encode_png: Callable[[Pixels], bytes]) -> None:
        """`encode_png` makes an answer of (h, w, 3) uint8 pixels; called in the engine's thread."""
        self._encode_png = encode_png
        self._info = EngineInfo(
            name="local",
            model=None,
            host=None,
            sizes=AnySize(),
            operations=frozenset({Operation.REMOVE, Operation.EXTEND}),
            follows_prompt=False,
            max_count=MOST,
            grows_mask=0,  # the engine grows what it removes, but never new canvas into the photo
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    async def prepare(self) -> None:
        """Nothing to find out."""

    async def run(self, ask: Ask) -> AsyncIterator[EngineEvent]:
        """How far it is, and one answer a candidate. BadUsage for what it can't do, BadInput when nothing is known."""
        image, hole = self._checked(ask)
        loop = asyncio.get_running_loop()
        reports: asyncio.Queue[_Report] = asyncio.Queue()
        stop = threading.Event()

        def tell(report: _Report) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(reports.put_nowait, report)

        def work() -> None:
            try:
                self._fill_all(image, hole, ask, stop, tell)
            except BaseException as error:  # noqa: BLE001 - carried over and raised where it is awaited
                tell(_Failed(error))
            else:
                tell(None)

        # A daemon: the interpreter ends without waiting for it.
        threading.Thread(target=work, name="local-engine", daemon=True).start()
        try:
            yield Working(0.0)
            while (report := await reports.get()) is not None:
                if isinstance(report, _Failed):
                    raise report.error
                yield report
        finally:
            stop.set()

    def _checked(self, ask: Ask) -> tuple[Pixels, MaskPixels]:
        if ask.operation not in self._info.operations:
            raise BadUsage("errors_local.no_prompt")
        if ask.image is None or ask.mask is None:
            raise ValueError("the local engine works on pixels and a mask")
        return ask.image, _grown(ask.mask, ask.operation)

    def _fill_all(
        self,
        image: Pixels,
        hole: MaskPixels,
        ask: Ask,
        stop: threading.Event,
        tell: Callable[[_Report], None],
    ) -> None:
        count = max(1, min(ask.count, MOST))
        first = secrets.randbelow(2**31) if ask.seed is None else ask.seed
        for index in range(count):

            def on_progress(share: float, done: int = index) -> None:
                tell(Working((done + share) / count))

            filled = fill(
                cast("Colours", image),
                hole,
                seed=(first + index) % 2**32,
                should_stop=stop.is_set,
                on_progress=on_progress,
            )
            tell(Answer(index, self._encode_png(filled)))


def _grown(mask: MaskPixels, operation: Operation) -> MaskPixels:
    """The mask, wider around removed things. New canvas ends exactly at the photo: every known pixel stays as it is.

    When extending, the parts that touch the frame of the crop are taken for new canvas, and the others for things to
    remove.
    """
    solid = (mask > 0).view(np.uint8)
    if operation is Operation.EXTEND:
        _, parts = cv2.connectedComponents(solid, connectivity=8)
        frame = np.concatenate((parts[0], parts[-1], parts[:, 0], parts[:, -1]))
        things = (solid > 0) & ~np.isin(parts, np.unique(frame[frame > 0]))
    else:
        things = solid > 0
    if not things.any():
        return mask
    half = float(cv2.distanceTransform(things.view(np.uint8), cv2.DIST_L2, 3).max())
    wider = cv2.dilate(things.view(np.uint8), disc(1 if half <= SCRATCH - 1 else ROOM))
    grown = np.maximum(wider, solid)
    # In a tiny photo that would leave nothing to copy from.
    return mask if grown.all() else cast("MaskPixels", grown * np.uint8(255))
