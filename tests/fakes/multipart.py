"""A strict reader of multipart/form-data, for the fake server: what was sent, part by part."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form. `filename` is None for a plain field."""

    name: str
    filename: str | None
    content_type: str | None
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode()


def parse(content_type: str, body: bytes) -> list[Part]:
    """The parts of a form; ValueError when it is malformed."""
    match = re.search(r'boundary="?([^";]+)"?', content_type)
    if match is None:
        raise ValueError("no boundary")
    marker = b"--" + match[1].encode()
    pieces = body.split(marker)
    if pieces[0] not in {b"", b"\r\n"} or not pieces[-1].startswith(b"--"):
        raise ValueError("no end")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> Part:
    head, separator, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not separator or not data.endswith(b"\r\n"):
        raise ValueError("a part without head or end")
    headers = {}
    for line in head.decode().split("\r\n"):
        header, _, value = line.partition(":")
        headers[header.strip().lower()] = value.strip()
    disposition = headers["content-disposition"]
    name = re.search(r'\bname="([^"]*)"', disposition)
    filename = re.search(r'\bfilename="([^"]*)"', disposition)
    if name is None:
        raise ValueError("a part without a name")
    return Part(name[1], filename[1] if filename else None, headers.get("content-type"), data.removesuffix(b"\r\n"))
