"""Saving a JPEG without generation loss: only the blocks that an edit touched are coded anew.

No bookkeeping of edits is needed: the file that the photo came from is decoded again and compared with the picture,
unit by unit (a unit, T.81's MCU, is 8 to 16 pixels wide). The touched ones are encoded with the source's own tables
and subsampling and put between the source's other coefficients, which stay as they are, and so do its markers. The
outcome is decoded once more and compared outside the touched units, for which nobody's word is taken.

The coefficients pass through child processes, jpeg_exchange.py. Nothing is decoded whole where that can be helped: the
photo itself takes 3 bytes a pixel, and all the rest 1 more. Blocking; any thread but the GUI's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from dalle_studio.core.geometry import Rect
from dalle_studio.formats import decoding, exif, jpeg, jpeg_exchange, jpeg_structure
from dalle_studio.formats.jpeg_bands import Band, bands
from dalle_studio.formats.jpeg_exchange import Piece, Source
from dalle_studio.formats.jpeg_structure import Segment, Structure, read_structure
from dalle_studio.formats.provenance import Making, marked

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from dalle_studio.core.picture import Bytes, Picture

_KEPT: Final = frozenset((*range(0xE0, 0xF0), jpeg_structure.COM, jpeg_structure.DQT))
_EXIF: Final = b"Exif\x00\x00"
_MULTI_PICTURE: Final = b"MPF\x00"
_MOST_TOUCHED: Final = 0.5
"""Share of units beyond which what was decoded by bands is not believed: decoders may smooth an unfinished picture."""


@dataclass(frozen=True, slots=True)
class Patched:
    """A JPEG with an edit."""

    data: bytes
    touched: int
    """How many units differ from the source's."""
    dropped_extras: bool = False
    """Pictures or films that hung behind the photo were left out: they show it without the edit."""


def patch_jpeg(
    original: bytes, picture: Picture, scratch: Path | None = None, making: Making | None = None
) -> Patched | None:
    """`original` with what `picture`, opened from it and then edited, changed; the very bytes where that is nothing.

    None where it can't be done: another size or depth, transparency, colour in a grey file, CMYK, arithmetic coding,
    unusual subsampling, or no library for coefficients on this system. `scratch` is a private folder for temporary
    files (the system's own without it); none is left behind. `making` is said in the XMP of an edited picture.
    """
    try:
        structure = read_structure(original)
        image = decoding.open_image(original, "JPEG")
        head = decoding.read_head(image, original, "JPEG")
        if head.size != picture.size or picture.depth != 8 or picture.has_alpha:
            return None
        decoding.refuse_many_scans(original)
    except decoding.DECODER_FAILURES:
        return None
    wanted, bare = stored(picture.pixels, head.orientation), _bare(original, structure)
    try:
        with jpeg_exchange.opened(bare, structure, scratch) as source:
            touched = _touched(source, original, wanted, structure)
            if not touched.any():
                return Patched(original, 0)
            piece = _piece(wanted, touched, structure)
            if piece is None:
                return None
            done = None if source is None else source.exchanged(piece)
            del source
        for folder in (scratch, None):  # that of the system, too: the disk of the private one may be full
            done = done or jpeg_exchange.exchanged_whole(bare, structure, piece, folder)
        data = None if done is None else _assembled(structure, done, making)
        if data is None or not _is_kept(data, wanted, touched, structure):
            return None
    except decoding.DECODER_FAILURES:
        return None
    extras = bool(original[structure.scans[1] :].strip(b"\x00\xff"))
    return Patched(data, int(touched.sum()), extras)


def is_same_size(original: bytes, picture: Picture) -> bool:
    """Whether the picture still has the size of that file: otherwise nobody expects its blocks to stay."""
    try:
        image = decoding.open_image(original, "JPEG")
        return decoding.read_head(image, original, "JPEG").size == picture.size
    except decoding.DECODER_FAILURES:
        return False


def stored(pixels: NDArray[np.generic], orientation: int) -> NDArray[np.generic]:
    """Upright pixels as the file stores them: the inverse of `decoding.upright`, as a view."""
    if orientation >= 5:
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 6, 7):
        pixels = pixels[::-1]
    if orientation in (2, 3, 7, 8):
        pixels = pixels[:, ::-1]
    return pixels


def _touched(
    source: Source | None, original: bytes, wanted: NDArray[np.generic], structure: Structure
) -> NDArray[np.bool_]:
    """(rows, columns) of units: where the picture is another one than the source's."""
    if source is not None:
        touched = differing_units(bands(source.plain), wanted, structure)
        if touched.mean() <= _MOST_TOUCHED:
            return touched
    return differing_units(((0, _decoded(original)),), wanted, structure)


def differing_units(found: Iterable[Band], wanted: NDArray[np.generic], structure: Structure) -> NDArray[np.bool_]:
    """(rows, columns) of units: where any pixel differs."""
    block = structure.block
    height, width = wanted.shape[:2]
    columns = -(-width // block.width)
    differing = np.zeros((-(-height // block.height), columns), bool)
    for first, band in found:
        for top in range(0, band.shape[0], block.height):
            row = first + top // block.height
            one, other = band[top : top + block.height], wanted[row * block.height : (row + 1) * block.height]
            if np.array_equal(one, other):
                continue
            differs = (one != other).any(axis=(0, 2))
            differs = np.pad(differs, (0, columns * block.width - width))
            differing[row] = differs.reshape(columns, block.width).any(axis=1)
    return differing


def _is_kept(data: bytes, wanted: NDArray[np.generic], touched: NDArray[np.bool_], structure: Structure) -> bool:
    """Whether all is as wanted outside the touched units and one unit around them, where chroma reaches over."""
    in_rows = any(s.marker == jpeg_structure.DRI for s in read_structure(data).head)
    found = bands(data) if in_rows else ((0, _decoded(data)),)
    near = cv2.dilate(touched.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    return not (differing_units(found, wanted, structure) & ~near).any()


def _decoded(data: bytes) -> Bytes:
    image = decoding.open_image(data, "JPEG")
    return decoding.decode(image, data, "JPEG").pixels.astype(np.uint8, copy=False)


def _piece(wanted: NDArray[np.generic], touched: NDArray[np.bool_], structure: Structure) -> Piece | None:
    """The touched units and what lies between them, coded as the source is; None when that can't be had."""
    rows, columns = np.nonzero(touched.any(axis=1))[0], np.nonzero(touched.any(axis=0))[0]
    units = Rect.of_edges(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    block = structure.block
    box = Rect(units.x * block.width, units.y * block.height, units.width * block.width, units.height * block.height)
    box = box.clipped(structure.size)
    data = _encoded_alike(np.ascontiguousarray(wanted[box.slices]), structure)
    return None if data is None else Piece(data, box.size, (units.x, units.y), touched[units.slices])


def _encoded_alike(pixels: NDArray[np.generic], structure: Structure) -> bytes | None:
    """(h, w, 3) as a JPEG with the tables and subsampling of `structure`; None when that can't be had."""
    if len(structure.components) == 1:
        if (pixels[..., 0] != pixels[..., 1]).any() or (pixels[..., 1] != pixels[..., 2]).any():
            return None
        pixels = np.ascontiguousarray(pixels[..., 0])
    piece = jpeg.encode(pixels.astype(np.uint8, copy=False), jpeg.recipe_of_structure(structure))
    found = read_structure(piece)
    alike = found.sampling == structure.sampling and found.quantisation == structure.quantisation
    return _bare(piece, found) if alike else None


def _bare(data: bytes, structure: Structure) -> bytes:
    """Only what is needed to decode: no metadata, nothing behind the picture."""
    needed = (s.packed() for s in structure.head if s.marker not in _KEPT or s.marker == jpeg_structure.DQT)
    start, end = structure.scans
    return b"".join((b"\xff\xd8", jpeg_structure.JFIF, *needed, memoryview(data)[start:end]))


def _assembled(structure: Structure, done: bytes, making: Making | None) -> bytes:
    """The child's coded picture between the source's own segments, with the source's component numbers."""
    coded = read_structure(done)
    start, end = coded.scans
    frame = bytearray((8, *structure.size.height.to_bytes(2, "big"), *structure.size.width.to_bytes(2, "big")))
    frame.append(len(structure.components))
    for component, (across, down) in zip(structure.components, structure.sampling, strict=True):
        frame += bytes((component.id, across << 4 | down, component.table))
    kept = [_without_thumbnail(s) for s in structure.head if s.marker in _KEPT and not _points_behind(s)]
    if making is not None:
        kept = _with_statement(kept, making)
    codes = [s for s in coded.head if s.marker in (jpeg_structure.DHT, jpeg_structure.DRI)]
    scan = bytearray(done[start:end])
    for number, component in enumerate(structure.components):
        scan[5 + 2 * number] = component.id  # behind the marker, the length and the count
    parts = [s.packed() for s in (*kept, Segment(jpeg_structure.SOF0, bytes(frame)), *codes)]
    return b"".join((b"\xff\xd8", *parts, scan))


def _with_statement(segments: list[Segment], making: Making) -> list[Segment]:
    """Segments whose XMP says how the picture came about; as they are where a segment has no room for it."""
    head = jpeg.XMP_HEAD
    place = next((n for n, s in enumerate(segments) if s.marker == 0xE1 and s.content.startswith(head)), None)
    before = None if place is None else segments[place].content.removeprefix(head)
    after = marked(before, making)
    if after is None or len(head) + len(after) > jpeg.MOST_IN_SEGMENT:
        return segments
    said = Segment(jpeg_structure.APP1, head + after)
    if place is not None:
        return [*segments[:place], said, *segments[place + 1 :]]
    first = 0  # behind JFIF and EXIF, which readers look for at the very beginning
    while first < len(segments) and segments[first].marker in (jpeg_structure.APP0, jpeg_structure.APP1):
        first += 1
    return [*segments[:first], said, *segments[first:]]


def _without_thumbnail(segment: Segment) -> Segment:
    """It would go on showing what was removed from the photo."""
    if segment.marker != jpeg_structure.APP1 or not segment.content.startswith(_EXIF):
        return segment
    return Segment(segment.marker, _EXIF + exif.without_thumbnail(exif.bare(segment.content)))


def _points_behind(segment: Segment) -> bool:
    """The index of further pictures behind the photo, which are not kept (CIPA DC-007)."""
    return segment.marker == jpeg_structure.APP2 and segment.content.startswith(_MULTI_PICTURE)
