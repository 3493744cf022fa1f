"""What a person notes on a version: a name of its own, a star, a rating, a colour, a note, tags, projects. Values only.

A version is named by its edit's id, or by its original's. Marks change nothing of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

HIGHEST: Final = 5
"""Of ratings; 0 = not rated."""


class Label(StrEnum):
    """A colour to tell versions apart by; `NONE` is no colour."""

    NONE = ""
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    PURPLE = "purple"


@dataclass(frozen=True, slots=True)
class Marks:
    """All that is noted on one version."""

    name: str = ""
    """Shown in place of the prompt or the file's name."""
    favourite: bool = False
    rating: int = 0
    """0 to `HIGHEST`."""
    label: Label = Label.NONE
    note: str = ""
    tags: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    """Collections it belongs to."""

    def __post_init__(self) -> None:
        if not 0 <= self.rating <= HIGHEST:
            raise ValueError(f"no rating: {self.rating}")

    @property
    def words(self) -> tuple[str, ...]:
        """What a search looks through."""
        return tuple(filter(None, (self.name, self.note, *self.tags, *self.projects)))


NO_MARKS: Final = Marks()


def names(text: str) -> tuple[str, ...]:
    """Tags or projects as they are typed: parted by commas, each once, in the order given."""
    parts = (" ".join(part.split()) for part in text.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))
