"""A request as it would leave: what is shown before it goes. Plain values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class OutgoingFile:
    """One file part of a request."""

    name: str
    """Of the form field."""
    filename: str
    media_type: str
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class Outgoing:
    """One request. Its headers, where the key is, are no part of it."""

    url: str
    fields: tuple[tuple[str, str], ...]
    """Names and values of the form, as they are written."""
    files: tuple[OutgoingFile, ...]
    times: int = 1
    """How often the same leaves: once a candidate where answers stream."""

    @property
    def size_bytes(self) -> int:
        """Of everything in it, without the form's own lines."""
        texts = sum(len(name.encode()) + len(value.encode()) for name, value in self.fields)
        return texts + sum(len(file.data) for file in self.files)
