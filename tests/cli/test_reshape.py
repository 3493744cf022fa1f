"""`reshape`: the frame of a photo, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from dalle_studio.core.framing import Ground
from dalle_studio.core.geometry import Size
from dalle_studio.core.operation import Operation
from dalle_studio.core.words import Words
from tests.formats.files import encoded, noise, turned_exif

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.cli.conftest import Cli

PIXELS = noise(60, 40)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(PIXELS).save(path)
    return path


def read(path: Path) -> NDArray[np.uint8]:
    return np.asarray(Image.open(path))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--flip", "h"], PIXELS[:, ::-1]),
        (["--flip", "v"], PIXELS[::-1]),
        (["--rotate", "90"], np.rot90(PIXELS, -1)),
        (["--rotate", "270"], np.rot90(PIXELS)),
        (["--flip", "v", "--rotate", "90"], np.rot90(PIXELS[::-1], -1)),
        (["--crop", "5,6,20,30"], PIXELS[6:36, 5:25]),
        (["--rotate", "180", "--crop", "0,0,10,10"], PIXELS[:-11:-1, :-11:-1]),
    ],
)
def test_pixels_move_and_none_changes(
    cli: Cli, source: Path, tmp_path: Path, words: list[str], expected: NDArray[np.uint8]
) -> None:
    out = tmp_path / "out.png"
    ran = cli("reshape", source, *words, "-o", out, "--json")
    assert np.array_equal(read(out), expected)
    assert (ran.json["outputs"], ran.json["size"]) == ([str(out)], f"{expected.shape[1]}x{expected.shape[0]}")
    assert np.array_equal(read(source), PIXELS)


def test_the_result_is_in_the_history_and_can_be_had_from_it(cli: Cli, source: Path, tmp_path: Path) -> None:
    done = cli("reshape", source, "--rotate", "90", "--json").json
    assert done["outputs"] == [str(tmp_path / "photo-edit.png")]
    (listed,) = cli("history", "list", "--json").json["edits"]
    assert (listed["edit_id"], listed["operation"]) == (done["edit_id"], "rotate")
    assert listed["outputs"] == done["outputs"]
    again = tmp_path / "again.png"
    assert cli("history", "export", done["edit_id"], "-o", again).status == 0
    assert np.array_equal(read(again), np.rot90(PIXELS, -1))


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("operation", Operation)
def test_the_history_has_a_word_for_everything_that_can_be_done(language: str, operation: Operation) -> None:
    assert Words(language)(f"cli.operation_{operation}")


def test_straightened_without_a_crop_no_empty_corner_is_left(cli: Cli, source: Path, tmp_path: Path) -> None:
    done = cli("reshape", source, "--straighten", "-3", "-o", tmp_path / "out.png", "--json").json
    assert done["crop"] == Ground(Size(60, 40), -3).proposed().as_list()


def test_a_jpeg_is_upright_and_what_happened_to_it_is_said(cli: Cli, tmp_path: Path) -> None:
    source, out = tmp_path / "photo.jpg", tmp_path / "out.jpg"
    source.write_bytes(encoded(PIXELS, "JPEG", quality=95, exif=turned_exif(6)))
    ran = cli("reshape", source, "--crop", "0,0,30,50", "-o", out, "--json")
    assert "encoded anew" in ran.json["warnings"][0]
    with Image.open(out) as image:
        assert (image.size, image.getexif()[0x0112]) == ((30, 50), 1)


def test_a_photo_too_small_to_be_straightened_is_told_so_and_nothing_of_a_crop(cli: Cli, tmp_path: Path) -> None:
    source = tmp_path / "p1x1.png"
    source.write_bytes(encoded(PIXELS[:1, :1], "PNG"))
    ran = cli("reshape", source, "--straighten", "10", "-o", tmp_path / "out.png", "--lang", "en")
    assert ran.status == 3
    assert "10 degrees" in ran.err
    assert "crop" not in ran.err.lower()


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ([], 2),
        (["--crop", "1,2,3"], 2),
        (["--crop", "0,0,0,9"], 2),
        (["--straighten", "60"], 2),
        (["--rotate", "45"], 2),
        (["--crop", "50,0,20,20"], 3),
        (["--straighten", "10", "--crop", "0,0,60,40"], 3),
    ],
)
def test_what_cannot_be_done_is_said(cli: Cli, source: Path, tmp_path: Path, words: list[str], status: int) -> None:
    assert cli("reshape", source, *words, "-o", tmp_path / "out.png").status == status
    assert not (tmp_path / "out.png").exists()
