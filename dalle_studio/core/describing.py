"""What a picture shows, in words that a service found for it. Plain values."""

from __future__ import annotations

from dataclasses import dataclass

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.records import Usage


@dataclass(frozen=True, slots=True)
class DescriptionIntent:
    """What is journalled before a picture leaves to be described."""

    description_id: str
    original: str | None
    """Id of the photo it shows, where the library has it."""
    host: str
    model: str
    language: str
    """`ko` or `en`."""
    crop: Rect
    """In photo pixels."""
    sent: Size
    estimate_usd: float | None = None
    """What it will cost at most; None = unknown, or nothing."""
    cap_usd: float | None = None
    """Dollars that may be spent in a calendar month, this included; None = as many as it takes."""


@dataclass(frozen=True, slots=True)
class Description:
    """What came back."""

    intent: DescriptionIntent
    text: str
    usage: Usage
