"""What an export is asked for. Plain values; loads nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dalle_studio.workflow.exporting import FIELDS, TEMPLATE

__all__ = ["FIELDS", "TEMPLATE", "Wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be written and how."""

    versions: tuple[str, ...]
    """Ids of edits, or of originals."""
    folder: Path
    template: str = TEMPLATE
    suffix: str = ""
    """`.png` …; empty = the photo's own format."""
    longest: int | None = None
    metadata: bool = True
