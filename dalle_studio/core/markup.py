"""Arrows, lines and notes drawn onto a photo to tell an engine what is meant. Plain values, in photo pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

Point: TypeAlias = tuple[float, float]


class MarkKind(StrEnum):
    """What is drawn; the value is part of object names and word ids."""

    ARROW = "arrow"
    LINE = "line"
    BOX = "box"
    ROUND = "round"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Pen:
    """What a mark is drawn with."""

    kind: MarkKind = MarkKind.ARROW
    colour: tuple[int, int, int] = (235, 64, 64)
    width: float = 12.0
    """Photo pixels; a note's letters are six times as high."""
    text: str = ""
    """Of a note."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that was drawn: a line through all its points, anything else from the first to the last."""

    pen: Pen
    points: tuple[Point, ...]

    def as_json(self) -> dict[str, object]:
        """For the draft's file."""
        pen = self.pen
        return {
            "kind": pen.kind.value,
            "colour": list(pen.colour),
            "width": pen.width,
            "text": pen.text,
            "points": [list(point) for point in self.points],
        }

    @classmethod
    def of_json(cls, found: dict[str, Any]) -> Mark:
        """Raises KeyError, TypeError or ValueError for anything else."""
        red, green, blue = map(int, found["colour"])
        pen = Pen(MarkKind(found["kind"]), (red, green, blue), float(found["width"]), str(found["text"]))
        points = tuple((float(x), float(y)) for x, y in found["points"])
        if not points or not 0 < pen.width < 10_000:
            raise ValueError("no mark")
        return cls(pen, points)

    @property
    def ends(self) -> tuple[Point, Point]:
        return self.points[0], self.points[-1]

    @property
    def says_something(self) -> bool:
        """A press that did not move draws nothing, unless it puts down a note."""
        if self.pen.kind is MarkKind.NOTE:
            return bool(self.pen.text.strip())
        (x0, y0), (x1, y1) = self.ends
        return len(self.points) > 2 or math.hypot(x1 - x0, y1 - y0) >= self.pen.width / 2

    def distance(self, x: float, y: float) -> float:
        """How far a place is from the nearest of its lines; for a note, from where it begins."""
        corners: tuple[Point, ...] = self.points
        (x0, y0), (x1, y1) = self.ends
        if self.pen.kind in {MarkKind.BOX, MarkKind.ROUND}:
            corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))
        elif self.pen.kind is MarkKind.NOTE:
            corners = ((x0, y0), (x0 + 3.6 * self.pen.width * len(self.pen.text), y0))
        pairs = zip(corners, corners[1:] if len(corners) > 1 else corners, strict=False)
        return min(_to_segment(x, y, one, two) for one, two in pairs)


def _to_segment(x: float, y: float, one: Point, two: Point) -> float:
    (x0, y0), (x1, y1) = one, two
    across, down = x1 - x0, y1 - y0
    length = across * across + down * down
    share = 0.0 if length == 0 else min(1.0, max(0.0, ((x - x0) * across + (y - y0) * down) / length))
    return math.hypot(x - x0 - share * across, y - y0 - share * down)
