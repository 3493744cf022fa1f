"""`mask`: conventions in and out, changes of the mask, and what is said about them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import Image

from dalle_studio.core.mask import FrozenMask
from dalle_studio.imaging import morphology

if TYPE_CHECKING:
    from dalle_studio.core.picture import MaskPixels
    from tests.cli.conftest import Cli

POLARITIES = ["openai", "white", "black", "channel"]


def patchy() -> MaskPixels:
    """A frame with a frayed side, two specks, and soft edges on one of its sides."""
    mask = np.zeros((100, 120), np.uint8)
    mask[30:70, 40:90] = 255
    mask[45:55, 55:75] = 0
    mask[28:30, 40:90:3] = 255
    mask[5, 5] = mask[90:92, 100:102] = 255
    return mask


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    Image.fromarray(patchy()).save(path)
    return path


def read(path: Path) -> MaskPixels:
    return np.asarray(Image.open(path))


@pytest.mark.parametrize("polarity", POLARITIES)
def test_masks_go_through_every_convention_and_back(cli: Cli, tmp_path: Path, polarity: str) -> None:
    hard = np.zeros((60, 80), np.uint8)
    hard[10:30, 20:50] = 255
    given = hard if polarity == "openai" else np.asarray(cv2.GaussianBlur(hard, (0, 0), 3))
    first, middle, last = tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.png"
    Image.fromarray(given).save(first)
    assert cli("mask", first, "--from", "channel", "--to", polarity, "-o", middle).status == 0
    back = cli("mask", middle, "--from", polarity, "--to", "channel", "-o", last, "--json")
    assert (back.json["from"], back.json["to"]) == (polarity, "channel")
    assert np.array_equal(read(last), given)


def test_what_was_detected_and_how_much_it_covers_is_said(cli: Cli, source: Path, tmp_path: Path) -> None:
    ran = cli("mask", source, "-o", tmp_path / "b.png", "--json")
    assert (ran.json["from"], ran.json["to"], ran.json["size"]) == ("white", "openai", "120x100")
    assert ran.json["coverage"] == pytest.approx((patchy() > 0).mean(), abs=1e-5)
    again = cli("mask", tmp_path / "b.png", "-o", tmp_path / "c.png", "--json")
    assert again.json["from"] == "openai"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--invert",), morphology.invert),
        (("--fill-holes",), morphology.fill_holes),
        (("--remove-specks", 5), lambda mask: morphology.remove_specks(mask, 5)),
        (("--smooth", 4), lambda mask: morphology.smooth(mask, 4)),
        (("--grow", 5), lambda mask: morphology.grow(mask, 5)),
        (("--grow", -3), lambda mask: morphology.shrink(mask, 3)),
        (("--shrink", 3), lambda mask: morphology.shrink(mask, 3)),
        (("--feather", 6), lambda mask: morphology.feather(mask, 6)),
        (
            ("--feather", 6, "--shrink", 2, "--remove-specks", 5, "--fill-holes"),
            lambda mask: morphology.feather(
                morphology.shrink(morphology.remove_specks(morphology.fill_holes(mask), 5), 2), 6
            ),
        ),
    ],
    ids=lambda given: " ".join(map(str, given)) if isinstance(given, tuple) else "",
)
def test_masks_are_changed_as_in_the_window(
    cli: Cli, source: Path, tmp_path: Path, words: tuple[object, ...], expected: Callable[[FrozenMask], FrozenMask]
) -> None:
    out = tmp_path / "b.png"
    assert cli("mask", source, "--to", "channel", "-o", out, *words).status == 0
    assert np.array_equal(read(out), expected(FrozenMask.of(patchy())).full())


def test_a_mask_is_scaled_without_blurring_its_edges(cli: Cli, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.png"
    assert cli("mask", source, "--to", "white", "--resize", "240x200", "-o", out).status == 0
    assert np.array_equal(read(out), np.repeat(np.repeat(patchy(), 2, 0), 2, 1))
    assert cli("mask", source, "--resize", "0x5", "-o", out).status == 2


def test_a_mask_is_not_scaled_beyond_what_can_be_opened(cli: Cli, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.png"
    ran = cli("mask", source, "--resize", "100000x100000", "-o", out, "--json")
    assert (ran.status, ran.json["error"]["kind"]) == (3, "bad_input")
    assert all(part in ran.json["error"]["message"] for part in ("10000", "100000 × 100000", "200"))
    assert not out.exists()


@pytest.mark.parametrize(("size", "said"), [("30000x7500", "2억 2500만 화소"), ("20000x10001", "2억 100만 화소")])
def test_pixels_are_counted_as_korean_counts(cli: Cli, source: Path, tmp_path: Path, size: str, said: str) -> None:
    ran = cli("mask", source, "--resize", size, "-o", tmp_path / "b.png", "--lang", "ko")
    assert said in ran.err
    assert "2억 화소까지" in ran.err


def test_a_mask_that_may_be_the_other_way_round_is_said(cli: Cli, tmp_path: Path) -> None:
    source, out = tmp_path / "a.png", tmp_path / "b.png"
    Image.fromarray(255 - patchy()).save(source)
    assert "--from black" in cli("mask", source, "-o", out, "--json").json["warnings"][0]
    assert not cli("mask", source, "-o", out, "--json", "--invert").json["warnings"]
    assert not cli("mask", source, "-o", out, "--json", "--from", "white").json["warnings"]


def test_lost_soft_edges_are_said(cli: Cli, source: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.png"
    assert cli("mask", source, "--feather", 4, "-o", out, "--json").json["warnings"]
    assert not cli("mask", source, "--feather", 4, "--to", "channel", "-o", out, "--json").json["warnings"]


def test_what_is_no_mask_and_what_is_no_png_is_refused(cli: Cli, source: Path, tmp_path: Path) -> None:
    letter = tmp_path / "letter.png"
    letter.write_bytes(b"dear friend")
    assert cli("mask", letter, "-o", tmp_path / "b.png").status == 3
    assert cli("mask", source, "-o", tmp_path / "b.jpg").status == 2
    assert cli("mask", source, "-o", source).status == 2
    assert np.array_equal(read(source), patchy())
    assert cli("mask", source, "--from", "openai", "-o", tmp_path / "b.png").status == 3


def test_masks_pass_through_pipes(source: Path) -> None:
    words = [sys.executable, "-m", "dalle_studio", "mask", "-", "--to", "black", "-o", "-"]
    done = subprocess.run(words, input=source.read_bytes(), capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    pixels = cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    assert np.array_equal(pixels, 255 - patchy())
