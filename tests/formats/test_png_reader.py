from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from dalle_studio.core.picture import MaskPixels, Pixels
from dalle_studio.formats import png, png_reader
from dalle_studio.formats.opening import open_picture
from tests.formats.files import deep_noise, noise

sides = st.integers(1, 40)
shapes = st.one_of(st.tuples(sides, sides), st.tuples(sides, sides, st.just(3)), st.tuples(sides, sides, st.just(4)))


def file_of(rows: bytes, *, width: int, height: int, kind: int = 2, pieces: int = 1, extra: bytes = b"") -> bytes:
    """A PNG of filtered rows, deflated by zlib and cut into so many IDAT chunks."""
    deflated = zlib.compress(rows) + extra
    step = -(-len(deflated) // pieces)
    body = [(b"IDAT", deflated[at : at + step]) for at in range(0, len(deflated), step)]
    header = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    whole = [(b"IHDR", header), *body, (b"IEND", b"")]
    return png.SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in whole
    )


@given(arrays.arrays(np.uint8, shapes), st.booleans())
def test_what_the_writer_wrote_is_read_exactly(pixels: MaskPixels, few_colours: bool) -> None:
    back = png_reader.read(png.encode(pixels, [(b"tEXt", b"a\x00b")], few_colours=few_colours))
    assert back is not None
    assert np.array_equal(back, pixels)


def test_pictures_of_several_bands_are_read_exactly() -> None:
    for pixels in (noise(1500, 2100), noise(1500, 2100, 4), noise(2500, 2100, 1)):
        back = png_reader.read(png.encode(pixels))
        assert back is not None
        assert np.array_equal(back, pixels)


@given(st.integers(1, 30), st.integers(1, 12), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_rows_of_both_filters_in_many_chunks_are_read_as_pillow_reads_them(
    height: int, width: int, pieces: int, seed: int
) -> None:
    choice = np.random.default_rng(seed)
    rows = choice.integers(0, 256, (height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 0] = choice.choice((0, 2), height)
    data = file_of(rows.tobytes(), width=width, height=height, pieces=pieces)
    back = png_reader.read(data)
    assert back is not None
    assert np.array_equal(back, np.asarray(Image.open(io.BytesIO(data))))


@pytest.mark.parametrize("number", [1, 3, 4, 5, 6, 255])
def test_a_single_row_of_another_filter_is_left_to_other_decoders(number: int) -> None:
    rows = np.zeros((20, 1 + 3 * 5), np.uint8)
    for row in (0, 7, 8, 19):
        other = rows.copy()
        other[row, 0] = number
        assert png_reader.read(file_of(other.tobytes(), width=5, height=20)) is None


def test_pictures_that_other_programs_filter_are_opened_as_before() -> None:
    smooth = cv2.GaussianBlur(noise(90, 70), (0, 0), 3)
    out = io.BytesIO()
    Image.fromarray(smooth).save(out, "PNG")
    assert png_reader.read(out.getvalue()) is None
    assert np.array_equal(open_picture(out.getvalue(), name="x").pixels, smooth)


def test_unusual_kinds_are_left_to_other_decoders() -> None:
    interlaced = bytearray(png.encode(noise(9, 9)))
    interlaced[28] = 1
    interlaced[29:33] = struct.pack(">I", zlib.crc32(interlaced[12:29]))
    assert png_reader.read(bytes(interlaced)) is None
    assert png_reader.read(png.encode(deep_noise(9, 9))) is None
    for kind in (b"tRNS", b"acTL"):
        assert png_reader.read(png.encode(noise(9, 9), [(kind, b"\x00" * 8)])) is None
    behind = png.encode(noise(9, 9))[:-12] + struct.pack(">I", 0) + b"tEXt" + struct.pack(">I", zlib.crc32(b"tEXt"))
    assert png_reader.read(behind + png.encode(noise(1, 1))[-12:]) is None  # a decoder has to look at what it says


def test_what_is_too_short_or_too_long_is_left_to_other_decoders() -> None:
    rows = bytes(10 * (1 + 3 * 4))
    assert png_reader.read(file_of(rows, width=4, height=10)) is not None
    for wrong in (rows[:-1], rows + b"\x00", rows + bytes(13), rows * 500, b""):
        assert png_reader.read(file_of(wrong, width=4, height=10)) is None
    assert png_reader.read(file_of(rows, width=4, height=10, extra=b"more")) is None
    assert png_reader.read(file_of(rows, width=2**31 - 1, height=2**31 - 1)) is None


def test_damage_anywhere_is_left_to_other_decoders() -> None:
    good = png.encode(noise(9, 9))
    for at in range(len(good)):
        assert png_reader.read(good[:at]) is None
        assert png_reader.read(good[:at] + bytes((good[at] ^ 0x10,)) + good[at + 1 :]) is None
    # with the chunk's own checksum right, so that deflate's has to tell
    rows = np.zeros((4, 1 + 3 * 4), np.uint8)
    data = file_of(rows.tobytes(), width=4, height=4)
    deflated = bytearray(zlib.compress(rows.tobytes()))
    deflated[-1] ^= 1
    chunk = struct.pack(">I", len(deflated)) + b"IDAT" + deflated + struct.pack(">I", zlib.crc32(b"IDAT" + deflated))
    assert png_reader.read(data[:33] + chunk + data[-12:]) is None


def test_pixels_of_a_written_file_come_through_the_door() -> None:
    for pixels in (noise(30, 41), noise(30, 41, 4)):
        opened: Pixels = open_picture(png.encode(pixels), name="x").pixels
        assert np.array_equal(opened, pixels)
