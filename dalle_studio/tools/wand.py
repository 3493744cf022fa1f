"""The magic wand: one click."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dalle_studio.imaging.stopping import ShouldStop
from dalle_studio.tools.pointer import PointerEvent, PointerKind
from dalle_studio.tools.selecting import Outline, Scene, SelectionJob, SelectionOptions, combine_for

if TYPE_CHECKING:
    from dalle_studio.core.mask import FrozenMask


class WandTool:
    """Selects on the press, so that nothing has to be waited for. Implements `tools.selecting.SelectionTool`."""

    @property
    def is_open(self) -> bool:
        return False

    @property
    def outline(self) -> Outline | None:
        return None

    def handle(self, event: PointerEvent, scene: Scene, options: SelectionOptions) -> SelectionJob | None:
        x, y, size = math.floor(event.x), math.floor(event.y), scene.picture.size
        if event.kind is not PointerKind.PRESS or not (0 <= x < size.width and 0 <= y < size.height):
            return None
        pixels = scene.picture.pixels

        def work(should_stop: ShouldStop) -> FrozenMask:
            from dalle_studio.imaging.wand import wand

            return wand(
                pixels,
                x,
                y,
                options.tolerance,
                contiguous=options.contiguous,
                all_channels=options.all_channels,
                antialias=options.antialias,
                should_stop=should_stop,
            )

        return SelectionJob("tools.step_wand", combine_for(event, options), work, is_slow=True)

    def finish(self, scene: Scene, options: SelectionOptions) -> SelectionJob | None:
        return None

    def step_back(self) -> bool:
        return False

    def cancel(self) -> None:
        """There is nothing open."""
