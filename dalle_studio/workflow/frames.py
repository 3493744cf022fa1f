"""The way from an edit's canvas to the picture that is shown: what was added around it above, turned and cropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from dalle_studio.core.geometry import Margins, Rect, Size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dalle_studio.core.reshape import Reshape

Step: TypeAlias = "Margins | tuple[Reshape, Size]"
"""Added margins, or a change of the frame with the size before it."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Steps that move pixels and change none: a rotation by an angle is not among them."""

    steps: tuple[Step, ...] = ()

    def after(self, step: Step) -> Frames:
        return Frames((*self.steps, step))

    @property
    def only_add(self) -> bool:
        return all(isinstance(step, Margins) for step in self.steps)

    @property
    def offset(self) -> tuple[int, int]:
        """How far all margins move a pixel."""
        added = [step for step in self.steps if isinstance(step, Margins)]
        return sum(one.left for one in added), sum(one.top for one in added)

    def to_shown(self, rect: Rect) -> Rect:
        """A rectangle of the edit's canvas on the shown picture, beyond whose edges it may reach."""
        for step in self.steps:
            if isinstance(step, Margins):
                rect = rect.moved(step.left, step.top)
                continue
            reshape, size = step
            if reshape.mirrored:
                rect = Rect(size.width - rect.right, rect.y, rect.width, rect.height)
            for turn in range(reshape.turns):
                height = size.width if turn % 2 else size.height
                rect = Rect(height - rect.bottom, rect.x, rect.height, rect.width)
            if reshape.crop is not None:
                rect = rect.moved(-reshape.crop.x, -reshape.crop.y)
        return rect

    def from_shown(self, rect: Rect) -> Rect:
        """The other way round."""
        for step in reversed(self.steps):
            if isinstance(step, Margins):
                rect = rect.moved(-step.left, -step.top)
                continue
            reshape, size = step
            if reshape.crop is not None:
                rect = rect.moved(reshape.crop.x, reshape.crop.y)
            for turn in reversed(range(reshape.turns)):
                height = size.width if turn % 2 else size.height
                rect = Rect(rect.y, height - rect.right, rect.height, rect.width)
            if reshape.mirrored:
                rect = Rect(size.width - rect.right, rect.y, rect.width, rect.height)
        return rect

    def turned(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Pixels of a rectangle as they are shown."""
        for step in self.steps:
            if not isinstance(step, Margins):
                reshape = step[0]
                pixels = pixels[:, ::-1] if reshape.mirrored else pixels
                pixels = np.rot90(pixels, -reshape.turns)
        return np.ascontiguousarray(pixels)
