"""What an edit does, apart from everything that is kept of it: the window knows these before anything else."""

from __future__ import annotations

from enum import StrEnum


class Operation(StrEnum):
    """What an edit does; the value is what `history list --json` shows."""

    EDIT = "edit"
    REMOVE = "remove"
    EXTEND = "extend"
    VARY = "vary"
    GENERATE = "generate"
    BLEND = "blend"
    """What was edited already, put together in another way: blended anew, hidden, in another order."""
    CROP = "crop"
    ROTATE = "rotate"
    FLIP = "flip"
    STRAIGHTEN = "straighten"

    @property
    def is_asked(self) -> bool:
        """Done by an engine. The others are done here, from what the library keeps, and send nothing."""
        return self not in _DONE_HERE


class Translate(StrEnum):
    """When a prompt is translated: `auto` where the engine needs English and the prompt holds Hangul."""

    AUTO = "auto"
    OFF = "off"
    ON = "on"


_DONE_HERE = frozenset({Operation.BLEND, Operation.CROP, Operation.ROTATE, Operation.FLIP, Operation.STRAIGHTEN})
