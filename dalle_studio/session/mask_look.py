"""How the mask is shown on the canvas. Plain values, loaded before the first paint."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MaskLook(StrEnum):
    """The value is part of word ids."""

    OVERLAY = "overlay"
    """A tint over the photo, with a dashed edge."""
    OUTLINE = "outline"
    """Only the edge, its dashes marching."""
    ALONE = "alone"
    """The mask itself in grey, without the photo."""


@dataclass(frozen=True, slots=True)
class Look:
    """A way to show it."""

    kind: MaskLook = MaskLook.OVERLAY
    colour: tuple[int, int, int] = (235, 64, 64)
    """RGB of the tint."""
    opacity: float = 0.48
    """0 to 1."""
    inverted: bool = False
    """Tint what stays instead of what will change, as Photoshop does."""

    @property
    def is_everywhere(self) -> bool:
        """Something is drawn also where the mask is 0."""
        return self.kind is MaskLook.ALONE or (self.kind is MaskLook.OVERLAY and self.inverted)
