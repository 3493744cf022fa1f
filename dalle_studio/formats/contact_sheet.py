"""A contact sheet: small pictures with a line of words each, on pages, as PNG or PDF."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw, ImageFont

from dalle_studio.core.marks import NO_MARKS
from dalle_studio.core.records import Original

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from dalle_studio.core.marks import Marks
    from dalle_studio.core.picture import Pixels
    from dalle_studio.core.ports import Codec, Library
    from dalle_studio.core.records import EditRecord

_PAGE: Final = (1240, 1754)
"""A4 at 150 dpi."""
_MARGIN: Final = 70
_GAP: Final = 24
_WORDS: Final = 46
_DPI: Final = 150
_FONTS: Final = (
    *("NotoSansCJK-Regular.ttc", "NotoSansKR-Regular.otf", "NotoSansKR-Regular.ttf", "NanumGothic.ttf"),
    *("AppleSDGothicNeo.ttc", "malgun.ttf", "DejaVuSans.ttf"),
)
"""Looked for where the system keeps its fonts, those with Hangul first."""


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One picture of the sheet: (h, w, 3) 8-bit sRGB, and what stands below it."""

    pixels: Pixels
    text: str
    second: str = ""


def tiles_of(
    library: Library,
    codec: Codec,
    marks: Mapping[str, Marks],
    versions: Iterable[EditRecord | Original],
    title: Callable[[EditRecord], str],
    maker: Callable[[EditRecord], str],
) -> list[Tile]:
    """*Blocking.* Versions as they are shown in the history.

    `title` says what an edit without a name is called, `maker` who made it.
    """
    tiles = []
    for version in versions:
        if version.thumbnail is None:
            continue
        if isinstance(version, Original):
            own = marks.get(version.original_id, NO_MARKS)
            text, told = own.name or version.name, f"{version.size.width} × {version.size.height}"
        else:
            own = marks.get(version.edit_id, NO_MARKS)
            text, told = own.name or title(version), maker(version)
        second = " · ".join(filter(None, ("★" * own.rating, version.created[:10], told)))
        tiles.append(Tile(codec.decode_answer(library.blob(version.thumbnail)), text, second))
    return tiles


def encode(tiles: Sequence[Tile], suffix: str, columns: int = 4) -> bytes:
    """As `.pdf` or `.png`."""
    return (pdf if suffix.lower() == ".pdf" else png)(tiles, columns)


def pages(tiles: Sequence[Tile], columns: int, *, one_page: bool = False) -> list[Image.Image]:
    """The sheets. `one_page` makes a single one, as long as it must be."""
    width = (_PAGE[0] - 2 * _MARGIN - (columns - 1) * _GAP) // columns
    height = width * 3 // 4
    step = height + _WORDS + _GAP
    rows = -(-len(tiles) // columns)
    a_page = rows if one_page else max(1, (_PAGE[1] - 2 * _MARGIN + _GAP) // step)
    first, second = _font(17), _font(14)
    sheets = []
    for start in range(0, len(tiles), a_page * columns):
        part = tiles[start : start + a_page * columns]
        tall = 2 * _MARGIN + rows * step - _GAP if one_page else _PAGE[1]
        sheet = Image.new("RGB", (_PAGE[0], tall), "white")
        draw = ImageDraw.Draw(sheet)
        for number, tile in enumerate(part):
            x = _MARGIN + number % columns * (width + _GAP)
            y = _MARGIN + number // columns * step
            picture = Image.fromarray(tile.pixels[..., :3])
            picture.thumbnail((width, height), Image.Resampling.LANCZOS)
            sheet.paste(picture, (x + (width - picture.width) // 2, y + (height - picture.height) // 2))
            draw.text((x, y + height + 6), _cut(draw, tile.text, first, width), "#1e1f22", first)
            draw.text((x, y + height + 27), _cut(draw, tile.second, second, width), "#6a6c73", second)
        sheets.append(sheet)
    return sheets


def png(tiles: Sequence[Tile], columns: int = 4) -> bytes:
    """All of them on one sheet."""
    written = io.BytesIO()
    pages(tiles, columns, one_page=True)[0].save(written, "PNG")
    return written.getvalue()


def pdf(tiles: Sequence[Tile], columns: int = 4) -> bytes:
    """Pages of A4."""
    written = io.BytesIO()
    first, *rest = pages(tiles, columns)
    first.save(written, "PDF", save_all=True, append_images=rest, resolution=_DPI, quality=90)
    return written.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def _cut(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    """As much of the text as fits."""
    if draw.textlength(text, font) <= width:
        return text
    while text and draw.textlength(f"{text}…", font) > width:
        text = text[:-1]
    return f"{text}…"
