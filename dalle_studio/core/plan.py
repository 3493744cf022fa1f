"""What is sent for an edit: which part of the photo, at which size, with which padding. Plain values.

`imaging.planning` makes plans, and cuts and pastes pixels by them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from dalle_studio.core.geometry import Margins, Rect, Size


@dataclass(frozen=True, slots=True)
class FreeSizes:
    """Any size within limits. Defaults: GPT Image 2 and later (openai-images: size rules, "exact, and enforced")."""

    step: int = 16
    longest: int = 3840
    ratio: float = 3.0
    min_area: int = 655_360
    max_area: int = 8_294_400
    preferred_area: int = 3_686_400
    """Above this the service calls the size experimental (2560×1440)."""

    def allows(self, size: Size) -> bool:
        return (
            size.width % self.step == 0
            and size.height % self.step == 0
            and size.longest <= self.longest
            and size.longest <= self.ratio * size.shortest
            and self.min_area <= size.area <= self.max_area
        )


@dataclass(frozen=True, slots=True)
class FixedSizes:
    """A list of sizes; the crop is letterboxed into the one of the nearest ratio."""

    sizes: tuple[Size, ...]

    def allows(self, size: Size) -> bool:
        return size in self.sizes


@dataclass(frozen=True, slots=True)
class AnySize:
    """No rule: the crop is worked on as it is (the local engine)."""

    def allows(self, size: Size) -> bool:
        return size.area > 0


SizeRules: TypeAlias = FreeSizes | FixedSizes | AnySize


@dataclass(frozen=True, slots=True)
class Plan:
    """A frozen plan that can be undone exactly.

    The pixels of `crop` (photo coordinates, inside `photo`) are resampled to `placed.size` and put at `placed`
    within a picture of the size `sent`; what lies around `placed` is padding and belongs to the mask.
    """

    photo: Size
    """Size of the canvas that is edited: the photo, grown already when it is extended."""
    crop: Rect
    sent: Size
    placed: Rect
    experimental: bool = False
    """The size is legal, but the service calls it experimental."""

    @property
    def scale(self) -> float:
        """Sent pixels per photo pixel; exactly 1.0 means that nothing is resampled."""
        if self.placed.size == self.crop.size:
            return 1.0
        return math.sqrt(self.placed.width / self.crop.width * self.placed.height / self.crop.height)

    @property
    def is_exact(self) -> bool:
        """True when no pixel is resampled."""
        return self.placed.size == self.crop.size

    @property
    def padding(self) -> Margins:
        """Padding around the crop, in sent pixels."""
        return Margins(
            self.placed.left,
            self.placed.top,
            self.sent.width - self.placed.right,
            self.sent.height - self.placed.bottom,
        )
