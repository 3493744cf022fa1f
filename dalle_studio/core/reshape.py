"""A change of a photo's frame: mirrored, turned, straightened, cropped. Numbers only; `imaging.reshaping` does it.

The steps come in this order, each in the frame that the one before left: mirror left to right, turn clockwise by
quarters, rotate clockwise by `angle` around the centre in a frame of unchanged size, crop.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from dalle_studio.core.geometry import Rect, Size

MAX_ANGLE = 45.0
"""Degrees; beyond that a quarter turn comes first."""


@dataclass(frozen=True, slots=True)
class Reshape:
    """What is kept of such a change: it is done again from the picture below whenever the version is wanted."""

    mirrored: bool = False
    turns: int = 0
    """Quarters, clockwise, 0 to 3."""
    angle: float = 0.0
    """Degrees, clockwise, by which the content is rotated; at most `MAX_ANGLE` either way."""
    crop: Rect | None = None
    """In the turned frame; None = all of it."""

    def __post_init__(self) -> None:
        if not 0 <= self.turns <= 3 or not abs(self.angle) <= MAX_ANGLE:
            raise ValueError(f"not {self.turns} quarter turns and {self.angle} degrees")
        if self.crop is not None and self.crop.is_empty:
            raise ValueError("an empty crop")

    @property
    def is_nothing(self) -> bool:
        return self == Reshape()

    @property
    def title(self) -> str:
        """What people call it: the end of a message id."""
        if self.angle:
            return "straighten"
        return "crop" if self.crop is not None else _MOVES[self.mirrored, self.turns]

    @property
    def is_lossless(self) -> bool:
        """Every pixel of the photo is still there, moved."""
        return self.angle == 0 and self.crop is None

    @property
    def inverse(self) -> Reshape:
        """What takes it back. ValueError unless `is_lossless`."""
        if not self.is_lossless:
            raise ValueError("what was cut off or resampled can't be turned back")
        # A mirror turns the sense of the quarters round: mirror after turn = turn back after mirror.
        return Reshape(self.mirrored, self.turns if self.mirrored else -self.turns % 4)

    def turned(self, size: Size) -> Size:
        """The frame in which `angle` and `crop` are."""
        return Size(size.height, size.width) if self.turns % 2 else size

    def size_of(self, size: Size) -> Size:
        """The size of a picture of `size` after it. ValueError for a crop outside the frame."""
        frame = self.turned(size)
        if self.crop is None:
            return frame
        if not Rect.of_size(frame).contains(self.crop):
            raise ValueError(f"a crop of {self.crop.as_list()} in a frame of {frame}")
        return self.crop.size

    def as_json(self) -> dict[str, object]:
        crop = None if self.crop is None else self.crop.as_list()
        return {"mirrored": self.mirrored, "turns": self.turns, "angle": self.angle, "crop": crop}

    @classmethod
    def of_json(cls, found: Mapping[str, object]) -> Self:
        crop = found["crop"]
        return cls(
            mirrored=bool(found["mirrored"]),
            turns=int(str(found["turns"])),
            angle=float(str(found["angle"])),
            crop=Rect(*crop) if isinstance(crop, list) else None,
        )


_MOVES: Final = {
    (False, 0): "crop",
    (False, 1): "rotate_right",
    (False, 2): "rotate_180",
    (False, 3): "rotate_left",
    (True, 0): "flip_horizontally",
    (True, 1): "rotate_mirrored",
    (True, 2): "flip_vertically",
    (True, 3): "rotate_mirrored",
}


def is_filled(size: Size, angle: float, crop: Rect) -> bool:
    """Whether the crop shows no empty corner of a frame that was rotated by `angle`."""
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    for x in (crop.left, crop.right):
        for y in (crop.top, crop.bottom):
            dx, dy = x - size.width / 2, y - size.height / 2
            back = dx * cosine + dy * sine, dy * cosine - dx * sine
            if abs(back[0]) > size.width / 2 + 1e-6 or abs(back[1]) > size.height / 2 + 1e-6:
                return False
    return True
