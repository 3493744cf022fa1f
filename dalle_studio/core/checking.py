"""What a safety check found, and the parts of a prompt that can be asked about by themselves. Plain values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_BETWEEN: Final = re.compile(r"[.,;:!?\n·、。，；！？]+")
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether something meets the rules, and which of them, by the service's own names."""

    flagged: bool = False
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a prompt was refused, as far as its words tell. Without a `part` it is the whole, or nothing at all."""

    finding: Finding
    part: str = ""


def parts_of(prompt: str) -> tuple[str, ...]:
    """The prompt, then its parts between punctuation marks, where there are several."""
    parts = [part.strip() for part in _BETWEEN.split(prompt) if part.strip()]
    return (prompt, *parts[:_MOST]) if len(parts) > 1 else (prompt,)


def cause_of(texts: Sequence[str], findings: Sequence[Finding]) -> Cause:
    """The first part that is met by itself; else the whole, of which there may be no other part."""
    for text, finding in zip(texts[1:], findings[1:], strict=True):
        if finding.flagged:
            return Cause(finding, text)
    alone = len(texts) == 1 and findings[0].flagged
    return Cause(findings[0], texts[0].strip() if alone else "")
