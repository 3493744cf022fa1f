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


class Translate(StrEnum):
    """When a prompt is translated: `auto` where the engine needs English and the prompt holds Hangul."""

    AUTO = "auto"
    OFF = "off"
    ON = "on"
