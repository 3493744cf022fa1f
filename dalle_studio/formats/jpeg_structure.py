"""What a JPEG file is made of: its segments, its frame, its quantisation tables. Nothing is decoded. Any thread.

Source: ITU-T T.81 annex B; the colour rules are those of libjpeg (JFIF and Adobe markers, then component ids).
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from dalle_studio.core.geometry import Size

if TYPE_CHECKING:
    from collections.abc import Iterator

SOF0: Final = 0xC0
DHT: Final = 0xC4
EOI: Final = 0xD9
SOS: Final = 0xDA
DQT: Final = 0xDB
DRI: Final = 0xDD
APP0: Final = 0xE0
APP1: Final = 0xE1
APP2: Final = 0xE2
APP14: Final = 0xEE
COM: Final = 0xFE
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {DHT, 0xC8, 0xCC}
JFIF: Final = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
"""The segment that says: grey or YCbCr, whatever the components are called (JFIF 1.02)."""
_HUFFMAN_FRAMES: Final = (0xC0, 0xC1, 0xC2)
"""Baseline, extended sequential, progressive. The others are lossless, hierarchical or arithmetic."""
_STANDARD_AC: Final = 162
_WITHOUT_CONTENT: Final = frozenset((0x01, *range(0xD0, 0xD8)))
_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


@dataclass(frozen=True, slots=True)
class Segment:
    """A marker and what follows it, without the length."""

    marker: int
    content: bytes

    def packed(self) -> bytes:
        return struct.pack(">BBH", 0xFF, self.marker, len(self.content) + 2) + self.content


@dataclass(frozen=True, slots=True)
class Component:
    """One plane. `across` and `down` are its sampling factors, `table` its quantisation table's slot."""

    id: int
    across: int
    down: int
    table: int


@dataclass(frozen=True, slots=True)
class Structure:
    """A JPEG of 8 bits, grey or YCbCr, coded by Huffman's method."""

    head: tuple[Segment, ...]
    """All segments before the first scan."""
    size: Size
    """As stored, before orientation."""
    components: tuple[Component, ...]
    tables: dict[int, tuple[int, ...]]
    """Slot → 64 steps in zigzag order."""
    is_progressive: bool
    scans: tuple[int, int]
    """Where the first scan's segment starts, and where the picture ends (behind EOI)."""

    @property
    def block(self) -> Size:
        """A minimum coded unit, in pixels: what can be exchanged without touching its neighbours."""
        if len(self.components) == 1:
            return Size(8, 8)
        return Size(8 * max(c.across for c in self.components), 8 * max(c.down for c in self.components))

    @property
    def sampling(self) -> tuple[tuple[int, int], ...]:
        """(across, down) of each component; a single one has no other to be measured against."""
        return tuple((c.across, c.down) for c in self.components) if len(self.components) > 1 else ((1, 1),)

    @property
    def has_standard_codes(self) -> bool:
        """Whether the Huffman tables are as large as those of T.81, K.3.3, and so not made for this very picture."""
        lengths = [length for s in self.head if s.marker == DHT for length in _lengths_of_ac_tables(s.content)]
        return not self.is_progressive and bool(lengths) and min(lengths) >= _STANDARD_AC

    @property
    def quantisation(self) -> tuple[tuple[int, ...], ...]:
        """The table of each component."""
        return tuple(self.tables[c.table] for c in self.components)


def read_structure(data: bytes) -> Structure:
    """ValueError for what is damaged or of another kind: CMYK, RGB, arithmetic coding, 12 bits, tables of 16 bits."""
    head: list[Segment] = []
    frame = b""
    tables: dict[int, tuple[int, ...]] = {}
    marker_of_frame = first_scan = end = 0
    for marker, start, content in _segments(data):
        if marker == SOS:
            first_scan = first_scan or start
        elif marker == EOI:
            end = start + 2
        elif not first_scan:
            head.append(Segment(marker, content))
        elif marker == DQT or marker in FRAMES:
            raise ValueError("tables or frames change between the scans")
        if marker == DQT:
            tables |= _tables(content)
        elif marker in FRAMES:
            if marker not in _HUFFMAN_FRAMES or frame:
                raise ValueError("another kind of JPEG")
            marker_of_frame, frame = marker, content
    if not frame or not first_scan or not end:
        raise ValueError("the JPEG is cut short")
    size, components = _frame(frame)
    if any(c.table not in tables for c in components) or not _is_grey_or_ycbcr(head, components):
        raise ValueError("another kind of JPEG")
    return Structure(tuple(head), size, components, tables, marker_of_frame == 0xC2, (first_scan, end))


def _segments(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(marker, where it starts, content) up to and with EOI; what lies between a scan's head and the next is passed."""
    at = 2
    while (found := _MARKER.search(data, at)) is not None:
        marker, start, at = data[found.end() - 1], found.start(), found.end()
        if marker == EOI:
            yield marker, start, b""
            return
        if marker in _WITHOUT_CONTENT:
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        if length < 2 or at + length > len(data):
            raise ValueError("the JPEG is cut short")
        yield marker, start, data[at + 2 : at + length]
        at += length


def _tables(content: bytes) -> dict[int, tuple[int, ...]]:
    if len(content) % 65 or any(content[at] > 3 for at in range(0, len(content), 65)):
        raise ValueError("not tables of 8 bits")
    return {content[at]: tuple(content[at + 1 : at + 65]) for at in range(0, len(content), 65)}


def _lengths_of_ac_tables(content: bytes) -> Iterator[int]:
    """How many symbols each table for AC coefficients in a DHT segment has."""
    at = 0
    while at + 17 <= len(content):
        symbols = sum(content[at + 1 : at + 17])
        if content[at] >> 4:
            yield symbols
        at += 17 + symbols


def _frame(content: bytes) -> tuple[Size, tuple[Component, ...]]:
    if len(content) < 6 or len(content) != 6 + 3 * content[5] or content[5] not in (1, 3) or content[0] != 8:
        raise ValueError("another kind of JPEG")
    height, width = struct.unpack_from(">HH", content, 1)
    parts = (content[at : at + 3] for at in range(6, len(content), 3))
    components = tuple(Component(part[0], part[1] >> 4, part[1] & 15, part[2]) for part in parts)
    if not all(1 <= factor <= 4 for c in components for factor in (c.across, c.down)):
        raise ValueError("the frame is damaged")
    return Size(width, height), components


def _is_grey_or_ycbcr(head: list[Segment], components: tuple[Component, ...]) -> bool:
    if len(components) == 1 or any(s.marker == APP0 and s.content.startswith(b"JFIF\x00") for s in head):
        return True
    for segment in head:
        if segment.marker == APP14 and segment.content.startswith(b"Adobe") and len(segment.content) >= 12:
            return segment.content[11] == 1
    return bytes(c.id for c in components) != b"RGB"
