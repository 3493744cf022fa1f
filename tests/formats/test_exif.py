from __future__ import annotations

import io
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dalle_studio.core.geometry import Size
from dalle_studio.formats import exif
from tests.formats.files import encoded, noise, turned_exif


def full_block(order: str = "<") -> bytes:
    """Orientation 6, a stated size, GPS, a maker note and a thumbnail."""
    block = Image.Exif()
    block.endian = order
    block[0x0112] = 6
    block[0x010F] = "Maker"
    block.get_ifd(0x8769).update({0xA002: 40, 0xA003: 30, 0x927C: b"note" * 9})
    block.get_ifd(0x8825).update({1: "N", 2: (37.0, 33.0, 59.0)})
    block[0x8769], block[0x8825] = block.get_ifd(0x8769), block.get_ifd(0x8825)
    bare = bytearray(exif.bare(block.tobytes()))
    thumbnail = encoded(noise(16, 12), "JPEG")
    # A second directory with the thumbnail, linked behind the first one.
    name: Literal["little", "big"] = "little" if order == "<" else "big"
    count = int.from_bytes(bare[8:10], name)
    link = 10 + 12 * count
    start = len(bare)
    bare[link : link + 4] = start.to_bytes(4, name)
    bare += (2).to_bytes(2, name)
    for tag, value in ((0x0201, start + 30), (0x0202, len(thumbnail))):
        bare += tag.to_bytes(2, name) + (4).to_bytes(2, name) + (1).to_bytes(4, name) + value.to_bytes(4, name)
    bare += bytes(4)
    return bytes(bare) + thumbnail


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_block_is_made_upright_in_place(order: str) -> None:
    block = full_block(order)
    assert exif.orientation(block) == 6
    upright = exif.normalised(block, Size(300, 400))
    assert len(upright) == len(block)
    read = Image.Exif()
    read.load(b"Exif\x00\x00" + upright)
    assert read[0x0112] == 1
    assert read[0x010F] == "Maker"
    assert read.get_ifd(0x8769)[0xA002] == 300
    assert read.get_ifd(0x8769)[0xA003] == 400
    assert read.get_ifd(0x8769)[0x927C] == b"note" * 9
    assert read.get_ifd(0x8825)[2] == (37.0, 33.0, 59.0)


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_embedded_thumbnail_is_blanked_not_only_unlinked(order: str) -> None:
    block = full_block(order)
    name: Literal["little", "big"] = "little" if order == "<" else "big"
    link = 10 + 12 * int.from_bytes(block[8:10], name)
    assert int.from_bytes(block[link : link + 4], name) > link
    at = block.index(b"\xff\xd8\xff")
    upright = exif.normalised(block, Size(30, 40))
    assert not any(upright[at:])
    assert upright[link : link + 4] == bytes(4)


def test_normalising_twice_changes_nothing() -> None:
    once = exif.normalised(full_block(), Size(30, 40))
    assert exif.normalised(once, Size(30, 40)) == once


def test_missing_and_odd_blocks_mean_upright() -> None:
    assert exif.orientation(None) == 1
    for block in (b"", b"II*\x00", b"nonsense" * 4, exif.bare(turned_exif(6))[:14], exif.bare(turned_exif(9))):
        assert exif.orientation(block) == 1


@given(st.data())
def test_damaged_blocks_raise_nothing_and_keep_their_length(data: st.DataObject) -> None:
    block = bytearray(full_block())
    for _ in range(data.draw(st.integers(1, 6))):
        block[data.draw(st.integers(0, 200))] = data.draw(st.integers(0, 255))
    damaged = bytes(block[: data.draw(st.integers(0, len(block)))])
    assert 1 <= exif.orientation(damaged) <= 8
    assert len(exif.normalised(damaged, Size(3, 4))) == len(damaged)


def test_a_jpeg_with_such_a_block_opens_in_pillow() -> None:
    upright = exif.normalised(full_block(), Size(30, 40))
    data = encoded(noise(30, 40), "JPEG", exif=b"Exif\x00\x00" + upright)
    assert Image.open(io.BytesIO(data)).getexif()[0x010F] == "Maker"
