"""What was not painted is the same, bit for bit, in the file that comes out; what was grey stays grey."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from PIL import Image

from dalle_studio.formats.grey_twin import rgb_twin
from dalle_studio.formats.opening import open_picture
from tests.cli.conftest import Cli
from tests.cli.untouched import (
    MATRIX,
    XMP,
    Lossless,
    beyond,
    disc,
    jpeg,
    profile_of,
    read,
    stored_mask,
    stored_pixels,
    strays,
    units_touched,
)
from tests.conftest import PhotoFactory
from tests.fakes.images_server import FakeImagesServer
from tests.fakes.painter import Hand

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALL, LARGE = (900, 750), (6000, 4000)
LARGE_ONES = [one for one in MATRIX if str(one) in {"tif-16-rgba-icc", "png-8-grey-icc"}]
"""The rest of the matrix at this size: tests/benchmarks/untouched.py."""


def edited(cli: Cli, folder: Path, photo: Path, mask: NDArray[np.uint8], *more: object) -> tuple[Path, dict[str, Any]]:
    """The file that an edit by words writes, and what is told about it."""
    (folder / "mask.png").write_bytes(cv2.imencode(".png", mask)[1].tobytes())
    out = folder / f"out{photo.suffix}"
    ran = cli("edit", photo, "--mask", folder / "mask.png", "--prompt", "a red boat", "-o", out, "--json", *more)
    assert ran.status == 0, ran.err
    return out, ran.json


@pytest.mark.parametrize(
    ("case", "size"),
    [*((case, SMALL) for case in MATRIX), *((case, LARGE) for case in LARGE_ONES)],
    ids=lambda value: str(value) if isinstance(value, Lossless) else f"{value[0] * value[1] / 1e6:.1f}MP",
)
def test_outside_the_band_every_bit_of_the_file_stays(
    cli: Cli, server: FakeImagesServer, tmp_path: Path, case: Lossless, size: tuple[int, int]
) -> None:
    server.hand = Hand(shift=(3, -2), cast=(-6, -6, -6), gain=0.95)
    photo, before = tmp_path / f"사진{case.suffix}", case.pixels(*size)
    case.write(photo, before)
    assert np.array_equal(read(photo), before), "the photo is what it should be"
    mask = disc(*size, size[1] // 10)
    out, told = edited(cli, tmp_path, photo, mask)
    after, far = read(out), beyond(mask, told["feather"])
    assert after.dtype == before.dtype
    coloured = case.channels == 1  # a red boat came
    if coloured:
        before = np.repeat(before[..., None], 3, axis=2)
    assert after.shape == before.shape
    assert np.array_equal(after[far], before[far])
    assert (after != before)[mask > 0].reshape(np.count_nonzero(mask), -1).any(axis=1).mean() > 0.9
    assert profile_of(out) == (rgb_twin(case.icc) if coloured and case.icc is not None else case.icc)
    assert [one for one in told["warnings"] if "greyscale" in one] == (
        ["The answer has colour, so the greyscale photo is a colour photo now."] if coloured else []
    )
    assert (told["outside_identical"], told["outside_max_difference"]) == (True, 0)


@pytest.mark.parametrize(("kind", "orientation"), [(("4:2:0", "4:2:2")[turn % 2], turn) for turn in range(1, 9)])
def test_of_a_turned_jpeg_at_most_one_unit_around_the_band_differs(
    cli: Cli, server: FakeImagesServer, tmp_path: Path, photo: PhotoFactory, kind: str, orientation: int
) -> None:
    original = jpeg(kind, np.asarray(photo(900, 740), np.uint8), orientation)
    path = tmp_path / "photo.jpg"
    path.write_bytes(original)
    width, height = (740, 900) if orientation > 4 else (900, 740)
    mask = disc(width, height, 60)
    out, told = edited(cli, tmp_path, path, mask)
    data = out.read_bytes()
    assert strays(kind, original, data, mask, told["feather"], orientation) == 0
    assert told["outside_max_difference"] == 0
    image = Image.open(io.BytesIO(data))
    assert image.getexif()[0x0112] == orientation
    assert image.info["dpi"] == (300, 240)
    assert "사진".encode() in image.info["xmp"]
    assert Image.open(io.BytesIO(original)).info["xmp"] == XMP


@pytest.mark.parametrize("kind", ["4:4:4", "grey", "progressive", "progressive grey"])
def test_of_any_jpeg_at_most_one_unit_around_the_band_differs(
    cli: Cli, server: FakeImagesServer, tmp_path: Path, photo: PhotoFactory, kind: str
) -> None:
    original = jpeg(kind, np.asarray(photo(900, 740), np.uint8), 6)
    path = tmp_path / "photo.jpg"
    path.write_bytes(original)
    mask = disc(740, 900, 60)
    # A grey photo is mended without words: a red boat would make it one of colours, which is tested below.
    grey = kind.endswith("grey")
    (tmp_path / "mask.png").write_bytes(cv2.imencode(".png", mask)[1].tobytes())
    out = tmp_path / "out.jpg"
    wish = ("--remove",) if grey else ("--prompt", "a red boat")
    told = cli("edit", path, "--mask", tmp_path / "mask.png", *wish, "-o", out, "--json").json
    data = out.read_bytes()
    assert strays(kind, original, data, mask, told["feather"], 6) == 0
    assert (told["outside_max_difference"], told["warnings"]) == (0, [])
    assert Image.open(io.BytesIO(data)).mode == ("L" if grey else "RGB")


@pytest.mark.parametrize("colour", [(150, 150, 150), (200, 40, 40)], ids=["grey", "red"])
def test_a_grey_jpeg_stays_grey_and_keeps_its_blocks_unless_colour_arrives(
    cli: Cli, server: FakeImagesServer, tmp_path: Path, photo: PhotoFactory, colour: tuple[int, int, int]
) -> None:
    """A service answers in three channels, tinted, whatever it was sent."""
    server.hand = Hand(colour=colour, cast=(4, 0, -3))
    original = jpeg("grey", np.asarray(photo(900, 740), np.uint8), 1)
    path = tmp_path / "photo.jpg"
    path.write_bytes(original)
    mask = disc(900, 740, 60)
    out, told = edited(cli, tmp_path, path, mask)
    grey = colour[0] == colour[1]
    assert Image.open(io.BytesIO(out.read_bytes())).mode == ("L" if grey else "RGB")
    assert bool(told["warnings"]) is not grey
    if grey:
        assert strays("grey", original, out.read_bytes(), mask, told["feather"]) == 0


def test_ten_edits_in_ten_places_each_saved_and_reopened(
    cli: Cli, server: FakeImagesServer, tmp_path: Path, photo: PhotoFactory
) -> None:
    first = jpeg("4:2:0", np.asarray(photo(1200, 900), np.uint8), 8)
    width, height = 900, 1200
    path, allowed = tmp_path / "0.jpg", units_touched(np.zeros((900, 1200), bool), (16, 16))
    path.write_bytes(first)
    for number in range(10):
        mask = np.zeros((height, width), np.uint8)
        cv2.circle(mask, (90 + 180 * (number % 5), 200 + 700 * (number // 5)), 20, 255, -1)
        (tmp_path / "mask.png").write_bytes(cv2.imencode(".png", mask)[1].tobytes())
        out = tmp_path / f"{number + 1}.jpg"
        words = ("--mask", tmp_path / "mask.png", "--prompt", f"boat {number}", "-o", out, "--json")
        ran = cli("edit", path, *words)
        assert ran.status == 0, ran.err
        band = stored_mask(~beyond(mask, ran.json["feather"]), 8)
        allowed |= units_touched(band, (16, 16), reach=1)
        path = out
    changed = units_touched((stored_pixels(path.read_bytes()) != stored_pixels(first)).any(axis=2), (16, 16))
    assert np.count_nonzero(changed) > 40
    assert not (changed & ~allowed).any()
    assert allowed.mean() < 0.3


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_saved_elsewhere_a_turned_photo_is_upright_with_its_metadata(
    cli: Cli, server: FakeImagesServer, tmp_path: Path, photo: PhotoFactory, suffix: str
) -> None:
    path, out = tmp_path / "photo.jpg", tmp_path / f"out{suffix}"
    path.write_bytes(jpeg("4:4:4", np.asarray(photo(900, 740), np.uint8), 6))
    mask = disc(740, 900, 60)
    (tmp_path / "mask.png").write_bytes(cv2.imencode(".png", mask)[1].tobytes())
    assert cli("edit", path, "--mask", tmp_path / "mask.png", "--remove", "-o", out).status == 0
    saved = open_picture(out.read_bytes(), name="saved")
    assert (saved.size.width, saved.size.height) == (740, 900)
    assert saved.metadata.exif is not None
    assert b"Maker" in saved.metadata.exif
    assert saved.metadata.xmp is not None
    assert "사진".encode() in saved.metadata.xmp
    if suffix != ".webp":
        assert saved.metadata.dpi == pytest.approx((300, 240), abs=0.5)
    with Image.open(out) as image:
        assert image.getexif().get(0x0112, 1) == 1
        assert image.size == (740, 900)
