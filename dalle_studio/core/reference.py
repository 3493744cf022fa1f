"""A picture that goes along with an edit, to show what is meant. Plain values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture as it leaves: upright, 8-bit sRGB PNG, without metadata. Its name stays here."""

    name: str
    """Of the file it came from, to be shown; empty where it had none."""
    png: bytes = field(repr=False, compare=False)
    sha256: str
    """Of the PNG."""

    @classmethod
    def of(cls, name: str, png: bytes) -> Reference:
        return cls(name, png, hashlib.sha256(png).hexdigest())
