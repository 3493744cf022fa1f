"""What is to be done with a mask of several separate areas. A plain value: the window knows it before numpy."""

from __future__ import annotations

from enum import StrEnum


class Areas(StrEnum):
    """How separate areas are sent; the value is what the command line's `--areas` takes."""

    AUTO = "auto"
    """In one request; where separate ones would cost less or keep more detail, the user is told."""
    TOGETHER = "together"
    EACH = "each"
    """One edit after another, each on the result of the one before."""
