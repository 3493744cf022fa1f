"""Integer rectangles and sizes: the coordinates everything else speaks in.

Pixels are counted from the top-left corner of the photo *after* EXIF orientation, x to the right and y down.
A rectangle covers [left, right) × [top, bottom). Standard library only; safe on any thread.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self, TypeAlias


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """Width and height in pixels, both at least 1."""

    width: int
    height: int

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"a size needs positive sides, not {self.width}x{self.height}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """`"1024x768"` (also with × or X) as a size. ValueError when it is none."""
        match = re.fullmatch(r"\s*(\d{1,6})\s*[xX×]\s*(\d{1,6})\s*", text)
        if match is None:
            raise ValueError(f"not a size: {text!r}")
        return cls(int(match[1]), int(match[2]))

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def longest(self) -> int:
        return max(self.width, self.height)

    @property
    def shortest(self) -> int:
        return min(self.width, self.height)

    @property
    def ratio(self) -> float:
        """Longest side divided by the shortest, at least 1."""
        return self.longest / self.shortest

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width), the order numpy wants."""
        return (self.height, self.width)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of whole pixels; width and height may be 0 (then it is empty)."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def of_edges(cls, left: int, top: int, right: int, bottom: int) -> Self:
        return cls(left, top, max(0, right - left), max(0, bottom - top))

    @classmethod
    def of_size(cls, size: Size) -> Self:
        return cls(0, 0, size.width, size.height)

    @classmethod
    def around(cls, x0: float, y0: float, x1: float, y1: float, margin: float = 0.0) -> Self:
        """The smallest rectangle of whole pixels around two points, `margin` pixels wider on each side."""
        return cls.of_edges(
            math.floor(min(x0, x1) - margin),
            math.floor(min(y0, y1) - margin),
            math.ceil(max(x0, x1) + margin) + 1,
            math.ceil(max(y0, y1) + margin) + 1,
        )

    @property
    def left(self) -> int:
        return self.x

    @property
    def top(self) -> int:
        return self.y

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def is_empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    @property
    def size(self) -> Size:
        """ValueError when the rectangle is empty."""
        return Size(self.width, self.height)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Row and column slices: `array[rect.slices]` is a view of the rectangle."""
        return (slice(self.y, self.y + self.height), slice(self.x, self.x + self.width))

    def grown(self, margin: int) -> Rect:
        return Rect.of_edges(self.left - margin, self.top - margin, self.right + margin, self.bottom + margin)

    def moved(self, dx: int, dy: int) -> Rect:
        return Rect(self.x + dx, self.y + dy, self.width, self.height)

    def intersected(self, other: Rect) -> Rect:
        return Rect.of_edges(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def clipped(self, size: Size) -> Rect:
        return self.intersected(Rect.of_size(size))

    def united(self, other: Rect) -> Rect:
        if self.is_empty:
            return other
        if other.is_empty:
            return self
        return Rect.of_edges(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def contains(self, other: Rect) -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def as_list(self) -> list[int]:
        """`[x, y, w, h]`, the form of the command line's JSON and of plan.json."""
        return [self.x, self.y, self.width, self.height]


Region: TypeAlias = tuple[Rect, ...]
"""Rectangles that do not overlap: what must be repainted after a change."""


def bounds_of(region: Iterable[Rect]) -> Rect:
    """The smallest rectangle around all of them."""
    found = Rect(0, 0, 0, 0)
    for rect in region:
        found = found.united(rect)
    return found


@dataclass(frozen=True, slots=True)
class Margins:
    """How many pixels are added on each side of the canvas; never negative."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def __post_init__(self) -> None:
        if min(self.left, self.top, self.right, self.bottom) < 0:
            raise ValueError("margins are never negative")

    @property
    def is_empty(self) -> bool:
        return not (self.left or self.top or self.right or self.bottom)

    def around(self, size: Size) -> Size:
        """The size of the canvas once grown."""
        return Size(size.width + self.left + self.right, size.height + self.top + self.bottom)

    def inner(self, size: Size) -> Rect:
        """Where the picture of `size` lies on the grown canvas."""
        return Rect(self.left, self.top, size.width, size.height)
