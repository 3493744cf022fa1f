"""Whatever a file holds: a Picture or a BadInput, nothing else, no warning, no wait."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import sys
import warnings
import zlib
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dalle_studio.core.errors import BadInput
from dalle_studio.core.picture import Metadata, Picture
from dalle_studio.core.words import Words
from dalle_studio.formats import decoding, saving
from dalle_studio.formats.opening import header, open_picture, quick_preview, read_file, readable_name
from tests.formats.files import deep_noise, encoded, encoded_deep, noise, png_bomb, turned_exif

GOOD = {
    "jpeg": encoded(noise(40, 30), "JPEG", exif=turned_exif(6)),
    "progressive": encoded(noise(40, 30), "JPEG", progressive=True),
    "cmyk": encoded(Image.fromarray(noise(40, 30, 4), "CMYK"), "JPEG"),
    "png": encoded(noise(40, 30), "PNG", exif=turned_exif(6)),
    "palette": encoded(Image.fromarray(noise(40, 30)).convert("P"), "PNG"),
    "png 16": encoded_deep(deep_noise(40, 30), ".png"),
    "webp": encoded(noise(40, 30), "WEBP"),
    "webp lossless": encoded(noise(40, 30, 4), "WEBP", lossless=True),
    "tiff": encoded(noise(40, 30), "TIFF"),
    "tiff lzw": encoded(noise(40, 30), "TIFF", compression="tiff_lzw"),
    "tiff 16": encoded_deep(deep_noise(40, 30), ".tiff"),
    "gif": encoded(Image.fromarray(noise(40, 30)).convert("P"), "GIF"),
    "bmp": encoded(noise(40, 30), "BMP"),
    "avif": encoded(noise(40, 30), "AVIF", exif=turned_exif(6)),
    "jpeg 2000": saving.encode_picture(Picture(noise(40, 30), Metadata(xmp=b"<x/>", dpi=(300, 300))), "JPEG2000")[0],
    "jpeg 2000 16": encoded_deep(deep_noise(40, 33), ".jp2"),
    "codestream": encoded(noise(40, 30), "JPEG2000", no_jp2=True),
}


def refusal(data: bytes, **options: int) -> str:
    """The message id with which the file is refused; its sentence exists in both languages."""
    with pytest.raises(BadInput) as caught:
        open_picture(data, name="photo", **options)
    for language in ("ko", "en"):
        sentence, hint = Words(language).of(caught.value)
        assert sentence
        assert hint
    return caught.value.message


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.97])
def test_files_cut_short_are_refused(kind: str, share: float) -> None:
    data = GOOD[kind]
    assert refusal(data[: int(len(data) * share)]) in ("errors_formats.unreadable", "errors_formats.unsupported")


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "tiff"])
def test_large_files_cut_near_the_end_are_refused(kind: str) -> None:
    data = encoded(noise(640, 480), kind)
    for missing in (20, 4000):
        assert refusal(data[:-missing]) == "errors_formats.unreadable"


@given(st.sampled_from(sorted(GOOD)), st.data())
def test_damaged_files_give_a_picture_or_bad_input(kind: str, draw: st.DataObject) -> None:
    data = bytearray(GOOD[kind])
    for _ in range(draw.draw(st.integers(1, 8))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    damaged = bytes(data)
    for door in (lambda: open_picture(damaged, name="x", pixel_limit=10**6), lambda: header(damaged)):
        with contextlib.suppress(BadInput):
            door()
    quick_preview(damaged, 8)


@given(st.sampled_from(sorted(GOOD)), st.binary(max_size=400))
def test_a_good_beginning_with_anything_behind_it_raises_nothing_else(kind: str, rest: bytes) -> None:
    data = GOOD[kind][: 40 + len(rest) % 200] + rest
    with contextlib.suppress(BadInput):
        assert isinstance(open_picture(data, name="x", pixel_limit=10**6), Picture)


def test_nothing_and_nonsense_are_refused() -> None:
    assert refusal(b"") == "errors_formats.empty"
    assert refusal(b"\x00" * 1000) == "errors_formats.unsupported"
    assert refusal("사진".encode() * 50) == "errors_formats.unsupported"


@pytest.mark.parametrize(
    "content",
    [
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/tmp/owned) (w) file closefile\nshowpage\n%%EOF\n",
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        b"%PDF-1.4\n",
        b"P6\n9 9\n255\n" + bytes(243),
        b"\x00\x00\x00\x20ftypisom" + bytes(100),
        b"8BPS\x00\x01" + bytes(100),
        b"\xc5\xd0\xd3\xc6" + bytes(60),
    ],
    ids=["eps", "svg", "pdf", "ppm", "mp4", "psd", "dos-eps"],
)
def test_other_formats_are_refused_whatever_their_name(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "photo.png"
    file.write_bytes(content)
    assert refusal(read_file(file)) == "errors_formats.unsupported"


def test_a_name_that_lies_among_known_formats_does_no_harm() -> None:
    assert open_picture(GOOD["jpeg"], name="photo.png").source.format == "JPEG"


@pytest.mark.parametrize("size", [(100_000, 100_000), (14_143, 14_143), (2**31 - 1, 1)])
@pytest.mark.parametrize("depth", [8, 16])
def test_bombs_are_refused_by_their_header(size: tuple[int, int], depth: int) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert refusal(png_bomb(*size, depth)) == "errors_formats.too_many_pixels"
    assert not seen


def test_the_limit_is_a_setting() -> None:
    data = encoded(noise(100, 80), "PNG")
    assert refusal(data, pixel_limit=7_999) == "errors_formats.too_many_pixels"
    open_picture(data, name="photo", pixel_limit=8_000)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_photo_over_the_limit_is_told_both_numbers_and_the_setting(language: str) -> None:
    with pytest.raises(BadInput) as caught:
        open_picture(encoded(Image.new("1", (3000, 2000)), "PNG"), name="photo.png", pixel_limit=5_000_000)
    words = Words(language)
    words.hint_area = "ui"  # as the window has it
    text, hint = words.of(caught.value)
    assert all(part in text for part in ("photo.png", "6", "3000 × 2000", "5"))
    assert words("ui.settings.pixel_limit") in hint


def test_photos_above_pillows_own_limit_open_without_a_warning() -> None:
    data = encoded(Image.new("1", (10_000, 9_500)), "PNG")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert header(data)[1].area == 95_000_000


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    good = encoded(noise(64, 64), "JPEG", progressive=True)
    last = good.rindex(b"\xff\xda")
    bomb = good[:-2] + good[last:-2] * 300 + good[-2:]
    with pytest.raises(ValueError, match="scans"):
        decoding.refuse_many_scans(bomb)
    assert refusal(bomb) == "errors_formats.unreadable"
    assert quick_preview(bomb, 8) is None


def test_scan_markers_behind_the_end_are_nobodys_business() -> None:
    film = b"\xff\xda\x00\x02" * 500
    assert open_picture(GOOD["jpeg"] + film, name="motion photo").size == header(GOOD["jpeg"])[1]


def test_a_png_full_of_compressed_text_is_no_memory_bomb() -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    good = GOOD["png"]
    text = chunk(b"zTXt", b"k\x00\x00" + zlib.compress(bytes(10_000_000), 9))
    with contextlib.suppress(BadInput):
        open_picture(good[:33] + text * 50 + good[33:], name="texts")


def open_descriptors() -> int:
    """How many this process has, where the system tells."""
    place = Path("/proc/self/fd")
    return len(list(place.iterdir())) if place.is_dir() else 0


class TestReadFile:
    def test_files_are_read_whatever_their_name(self, tmp_path: Path) -> None:
        for name in ("사진 한 장.jpg", "with space.png", "-rf", "a\nb", "x" * 255, "<b>.png"):
            file = tmp_path / name
            file.write_bytes(b"content")
            assert read_file(file) == b"content"

    def test_links_are_followed(self, tmp_path: Path) -> None:
        (tmp_path / "photo").write_bytes(b"content")
        (tmp_path / "link").symlink_to("photo")
        assert read_file(tmp_path / "link") == b"content"

    @staticmethod
    def refusal(path: Path, **options: int) -> str:
        with pytest.raises(BadInput) as caught:
            read_file(path, **options)
        for language in ("ko", "en"):
            assert all(Words(language).of(caught.value))
        return caught.value.message

    def test_what_is_not_there_is_missing(self, tmp_path: Path) -> None:
        (tmp_path / "loose").symlink_to("nothing")
        (tmp_path / "file").write_bytes(b"")
        for name in ("none.jpg", "loose", "file/inside.jpg", "zero\x00byte"):
            assert self.refusal(tmp_path / name) == "errors_formats.missing"

    def test_a_name_too_long_and_a_circle_of_links_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "circle").symlink_to("circle")
        assert self.refusal(tmp_path / "circle") == "errors_formats.not_a_file"
        assert self.refusal(tmp_path / ("x" * 300)) == "errors_formats.not_a_file"

    def test_folders_pipes_and_devices_are_refused_at_once(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe.png")
        for path in (tmp_path, tmp_path / "pipe.png", Path("/dev/zero"), Path("/dev/null")):
            assert self.refusal(path) == "errors_formats.not_a_file"

    def test_the_size_is_looked_at_before_reading(self, tmp_path: Path) -> None:
        sparse = tmp_path / "huge.jpg"
        with sparse.open("wb") as file:
            file.truncate(10 * 2**30)
        assert self.refusal(sparse) == "errors_formats.file_too_large"
        sparse.write_bytes(bytes(11))
        assert self.refusal(sparse, limit_bytes=10) == "errors_formats.file_too_large"
        assert read_file(sparse, limit_bytes=11) == bytes(11)

    def test_no_descriptor_is_left_open(self, tmp_path: Path) -> None:
        before = open_descriptors()
        for _ in range(20):
            self.refusal(tmp_path)
        assert open_descriptors() == before


def test_names_are_shown_without_tricks() -> None:
    assert readable_name("photo\n\x1b[31m\u202egpj.exe") == "photo��[31m�gpj.exe"
    assert readable_name(os.fsdecode(b"caf\xe9.jpg")) == "caf�.jpg"
    assert readable_name("사진 <b> -rf.jpg") == "사진 <b> -rf.jpg"
    long = readable_name("x" * 300 + ".jpeg")
    assert len(long) == 120
    assert long.endswith(".jpeg")


def test_pillow_keeps_nothing_open() -> None:
    data = io.BytesIO(GOOD["tiff"])
    assert open_picture(data.getvalue(), name="x").size == header(data.getvalue())[1]


class TestHeic:
    """Photos of phones, through a package that not everybody has."""

    PHOTO = b"\x00\x00\x00\x1cftypheic\x00\x00\x00\x00mif1heicmiaf" + bytes(100)

    def test_without_the_package_the_refusal_names_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pillow_heif", None)
        assert refusal(self.PHOTO) == "errors_formats.heic_needs_extra"

    def test_with_the_package_it_is_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        plugin = ModuleType("pillow_heif")
        plugin.register_heif_opener = lambda: None  # type: ignore[attr-defined]  # made for this test
        monkeypatch.setitem(sys.modules, "pillow_heif", plugin)
        with pytest.raises(BadInput) as caught:
            open_picture(self.PHOTO, name="photo")
        assert caught.value.message == "errors_formats.unreadable"
