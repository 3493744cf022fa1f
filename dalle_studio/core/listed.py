"""An edit as the history lists it: what arranging, searching, filtering and painting a row go by. Values only.

What its picture is made of stays in its `EditRecord`, which is read when somebody wants to see it: a list of thousands
is there at once, since nothing of a row is taken apart before it is looked at.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from dalle_studio.core.geometry import Size
from dalle_studio.core.reshape import Reshape


class Listed(NamedTuple):
    """In the order of the columns that `storage.listing` asks for."""

    sequence: int
    """Orders edits; clocks may jump."""
    stamp: int
    """Grows with every change of the edit."""
    edit_id: str
    operation: str
    """The value of an `Operation`."""
    original: str | None
    parent: str | None
    created: str
    """ISO 8601, UTC."""
    prompt: str
    engine: str
    model: str | None
    quality: str
    words: str
    """Prompts and file names as a search compares them."""
    cost_usd: float | None
    """None = unknown, or nothing."""
    maybe_billed: bool
    thumbnail: str | None
    """Blob id of a small JPEG."""
    outside_identical: bool
    """Whether the chosen candidate was verified to keep everything outside; False where there is none."""
    variants: int
    """How many candidates there are."""
    is_saved: bool
    """Whether its picture was written to a file."""
    seconds_json: str
    canvas_json: str
    reshape_json: str | None
    references_json: str | None

    @property
    def seconds(self) -> float:
        """All its steps together."""
        return float(sum(json.loads(self.seconds_json).values()))

    @property
    def canvas(self) -> Size:
        """The picture's size after it."""
        return Size(*json.loads(self.canvas_json))

    @property
    def reshape(self) -> Reshape | None:
        """How the frame changed."""
        return None if self.reshape_json is None else Reshape.of_json(json.loads(self.reshape_json))

    @property
    def references(self) -> tuple[str, ...]:
        """Blob ids of the pictures that were sent along."""
        return () if self.references_json is None else tuple(json.loads(self.references_json))
