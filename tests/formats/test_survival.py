"""The table in resources/docs/formats.md, cell by cell, against files that are really written."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from PIL import Image

from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import Metadata, Picture, Source
from dalle_studio.formats import encoding, exif, saving
from dalle_studio.formats.opening import open_picture
from dalle_studio.formats.suffixes import SUFFIXES
from tests.conftest import ROOT, PhotoFactory
from tests.formats.files import DISPLAY_P3, encoded, gamma_curve, matrix_profile, noise, turned_exif

PAGE = ROOT / "resources" / "docs" / "formats.md"
P3 = matrix_profile(DISPLAY_P3, gamma_curve(2.2))
XMP = "<x:xmpmeta xmlns:x='adobe:ns:meta/'>사진</x:xmpmeta>".encode()
DPI = (300.0, 240.0)


def table() -> dict[tuple[str, str], str]:
    """(row, column) → cell."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    names, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {(row[0], name): cell for row in rows for name, cell in zip(names[1:], row[1:], strict=True)}


CELLS = table()


@dataclass(frozen=True)
class Case:
    """How a row's file is made."""

    kind: str
    from_jpeg: bool = False

    def save(self, picture: Picture) -> tuple[bytes, tuple[str, ...]]:
        """Opened from a file with all the picture's metadata, edited, saved."""
        if not self.from_jpeg:
            return saving.encode_picture(picture, self.kind)
        grey = picture.source.grey
        original = encoded(
            Image.fromarray(picture.pixels.astype(np.uint8)[..., 0] if grey else picture.pixels),
            "JPEG",
            exif=turned_exif(6),
            icc_profile=picture.metadata.icc or b"",
            xmp=picture.metadata.xmp,
            dpi=(300, 240),
        )
        opened = open_picture(original, name="x")
        pixels = opened.pixels.copy()
        pixels[3:7, 3:7] = 90
        return saving.encode_picture(replace(opened, pixels=pixels), "JPEG", original=original)


ROWS = {
    "JPEG, edited": Case("JPEG", from_jpeg=True),
    "JPEG, new": Case("JPEG"),
    "PNG": Case("PNG"),
    "TIFF": Case("TIFF"),
    "WebP": Case("WEBP"),
    "AVIF": Case("AVIF"),
    "JPEG 2000": Case("JPEG2000"),
    "BMP": Case("BMP"),
}


def full(**changes: object) -> Picture:
    """A photo with everything."""
    metadata = Metadata(P3, exif.bare(turned_exif(1)), XMP, DPI)
    return replace(Picture(noise(64, 48), metadata), **changes)  # type: ignore[arg-type]  # fields by their names


def read(data: bytes) -> Picture:
    return open_picture(data, name="saved")


def orientation(case: Case) -> str:
    # The picture is upright in memory already; a turned file becomes one only by its tag.
    data, _ = case.save(full())
    stored = Image.open(io.BytesIO(data))
    tag = stored.getexif().get(0x0112, 1)
    if tag == 6:
        assert (stored.width, stored.height) == (64, 48)
        assert (read(data).size.width, read(data).size.height) == (48, 64)
        return "tag kept"
    assert tag == 1
    assert (stored.width, stored.height) == (64, 48)
    return "upright"


def kept_exif(case: Case) -> str:
    data, warnings = case.save(full())
    found = read(data).metadata.exif
    if found is not None and b"Maker" in found:
        return "kept"
    return "lost, said" if encoding.METADATA_NOT_HELD in warnings else "–"


def icc(case: Case) -> str:
    picture = full()
    saved = read(case.save(picture)[0])
    if saved.metadata.icc == P3:
        return "kept"
    from dalle_studio.formats import colour

    assert saved.metadata.icc is None
    assert np.array_equal(saved.pixels, colour.to_srgb(picture.pixels, picture.metadata))
    return "as sRGB"


def dpi(case: Case) -> str:
    found = read(case.save(full())[0]).metadata.dpi
    return "kept" if found is not None and found == pytest.approx(DPI, abs=0.5) else "–"


def xmp(case: Case) -> str:
    data, warnings = case.save(full())
    found = read(data).metadata.xmp
    if found == XMP:
        return "kept"
    return "lost, said" if encoding.METADATA_NOT_HELD in warnings else "–"


def sixteen_bits(case: Case) -> str:
    if case.from_jpeg:
        return "–"  # its source has 8
    deep = (noise(64, 48).astype(np.uint16) << 8) + 77
    data, warnings = case.save(full(pixels=deep, metadata=Metadata()))
    if np.array_equal(read(data).pixels, deep):
        return "kept"
    return "8 bits, said" if encoding.DEPTH_REDUCED in warnings and read(data).depth == 8 else "–"


def alpha(case: Case) -> str:
    if case.from_jpeg:
        return "–"  # its source has none
    pixels = np.full((48, 64, 4), 80, np.uint8)
    pixels[:, :32, 3] = 0
    data, warnings = case.save(full(pixels=pixels, metadata=Metadata()))
    saved = read(data).pixels
    if saved.shape[2] == 4:
        assert np.array_equal(saved[..., 3] > 127, pixels[..., 3] > 127)
        return "kept"
    assert saved[:, :16].min() > 250
    return "white, said" if encoding.TRANSPARENCY_LOST in warnings else "–"


def grey(case: Case) -> str:
    pixels = np.repeat(noise(64, 48, 1)[..., None], 3, axis=2)
    saved = read(case.save(full(pixels=pixels, metadata=Metadata(), source=Source(grey=True)))[0])
    return "kept" if saved.source.grey else "–"


def pixels(case: Case, photo: PhotoFactory) -> str:
    if case.from_jpeg:
        before = encoded(photo(200, 150), "JPEG", subsampling=2)
        opened = read(before)
        changed = opened.pixels.copy()
        changed[40:60, 40:60] = 90
        after = read(saving.encode_picture(replace(opened, pixels=changed), "JPEG", original=before)[0])
        differs = (after.pixels != opened.pixels).any(axis=2)
        differs[Rect(40, 40, 20, 20).grown(16).slices] = False
        assert not differs.any()
        return "untouched blocks exact"
    picture = full(metadata=Metadata())
    data, _ = case.save(picture)
    exact = np.array_equal(read(data).pixels, picture.pixels)
    assert not saving.is_lossless(case.kind, data) or exact
    return "exact" if exact else "lossy"


COLUMNS: dict[str, Callable[[Case], str]] = {
    "orientation": orientation,
    "EXIF": kept_exif,
    "ICC": icc,
    "DPI": dpi,
    "XMP": xmp,
    "16 bits": sixteen_bits,
    "alpha": alpha,
    "grey": grey,
}


@pytest.mark.parametrize("row", ROWS)
@pytest.mark.parametrize("column", COLUMNS)
def test_the_cell_is_true(row: str, column: str) -> None:
    assert COLUMNS[column](ROWS[row]) == CELLS[row, column]


@pytest.mark.parametrize("row", ROWS)
def test_the_pixels_are_as_said(row: str, photo: PhotoFactory) -> None:
    assert pixels(ROWS[row], photo) == CELLS[row, "pixels"]


def test_every_cell_of_the_page_is_backed_by_a_test() -> None:
    assert set(CELLS) == {(row, column) for row in ROWS for column in (*COLUMNS, "pixels")}
    assert set(SUFFIXES.values()) == {case.kind for case in ROWS.values()}


def test_turned_sources_of_every_format_are_upright_once_saved() -> None:
    wanted = np.rot90(noise(20, 12), -1)
    finest: dict[str, dict[str, object]] = {"WEBP": {"lossless": True}, "AVIF": {"quality": 100}}
    for kind in ("PNG", "TIFF", "WEBP", "AVIF"):
        opened = read(encoded(noise(20, 12), kind, exif=turned_exif(6), **finest.get(kind, {})))
        for target in SUFFIXES.values():
            saved = read(saving.encode_picture(opened, target)[0])
            assert (saved.size.width, saved.size.height) == (12, 20)
            if target in ("PNG", "JPEG2000") and kind != "AVIF":
                assert np.array_equal(saved.pixels, wanted)


def test_gif_opens_with_its_transparency_and_says_that_there_is_more() -> None:
    frames = [Image.fromarray(noise(30, 20, 4)) for _ in range(2)]
    for number, frame in enumerate(frames):
        frame.paste((0, 0, 0, 0), (0, 0, 10 + number, 10))
    picture = read(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert picture.has_alpha
    assert picture.pixels[5, 5, 3] == 0
    assert picture.source.notices == ("errors_formats.first_frame",)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_opens_as_rgb_and_says_so(kind: str) -> None:
    picture = read(encoded(Image.fromarray(noise(30, 20, 4), "CMYK"), kind))
    assert picture.source.notices == ("errors_formats.cmyk_converted",)
    assert picture.pixels.shape == (20, 30, 3)
    assert picture.metadata.icc is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF", "JPEG2000"])
def test_text_beyond_ascii_stays_in_the_exif_block(kind: str) -> None:
    block, artist, lens = Image.Exif(), "김철수".encode(), "렌즈".encode()
    block[0x0112], block[0x013B] = 1, "A" * len(artist)
    block[0x8769] = {0xA433: "L" * len(lens)}
    data = exif.bare(block.tobytes()).replace(b"A" * len(artist), artist).replace(b"L" * len(lens), lens)
    picture = full(metadata=Metadata(exif=data))
    for _ in range(2):  # saved, opened, saved again
        picture = read(saving.encode_picture(picture, kind)[0])
        assert picture.metadata.exif is not None
        read_again = Image.Exif()
        read_again.load(b"Exif\x00\x00" + picture.metadata.exif)
        assert read_again[0x013B].encode("latin-1") == artist
        assert read_again.get_ifd(0x8769)[0xA433].encode("latin-1") == lens
