"""How a picture looks, in few words: what a search by colour or by a similar picture compares. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SIMILAR: Final = 14
"""Two looks that differ in at most so many of 64 bits are of similar pictures; unrelated ones differ in about 32."""


class Colour(StrEnum):
    """Colours that a person searches for."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    PURPLE = "purple"
    PINK = "pink"
    BROWN = "brown"
    BLACK = "black"
    GREY = "grey"
    WHITE = "white"


@dataclass(frozen=True, slots=True)
class Look:
    """Of one picture."""

    bits: int
    """A perceptual hash of 64 bits: pictures that look alike differ in few of them."""
    colours: frozenset[Colour] = frozenset()
    """What covers a good part of it."""

    def resembles(self, bits: int) -> bool:
        """Whether a picture of these bits looks much like it."""
        return (self.bits ^ bits).bit_count() <= SIMILAR
