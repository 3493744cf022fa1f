"""Endings of names: which format a file is saved in, and which files a dialog offers. Loads nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SUFFIXES: Final = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".avif": "AVIF",
    ".jp2": "JPEG2000",
    ".bmp": "BMP",
}
"""The ending of a name → the format it is saved in."""

READ_ONLY: Final = (".gif", ".j2k", ".jpx", ".heic", ".heif")
"""Further endings of what can be opened. What is in a file is told by its first bytes, whatever its name is."""


def can_write(path: Path) -> bool:
    """Whether the ending of the name says a format that can be written."""
    return path.suffix.lower() in SUFFIXES


def patterns(*, to_save: bool) -> str:
    """What Qt's file dialogs filter by: `*.jpg *.jpeg …`."""
    return " ".join(f"*{suffix}" for suffix in (*SUFFIXES, *(() if to_save else READ_ONLY)))
