"""Versions out of the library: by template, smaller, bare; a contact sheet; the costs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Cli, Scene
from tests.fakes.images_server import FakeImagesServer


@pytest.fixture
def edits(cli: Cli, make_scene: Callable[..., Scene]) -> tuple[Scene, list[str]]:
    """Two edits by the local engine."""
    scene = make_scene(240, 160, radius=20, suffix=".jpg")
    words = ("edit", scene.photo, "--remove", "--mask", scene.mask, "--json")
    return scene, [cli(*words).json["edit_id"] for _ in range(2)]


def test_several_go_into_a_folder_by_template_and_replace_nothing(
    cli: Cli, edits: tuple[Scene, list[str]], tmp_path: Path
) -> None:
    scene, ids = edits
    folder = tmp_path / "내보냄"
    words = ("history", "export", *ids, "--to", folder, "--name", "{photo} {operation}", "--format", "png", "--json")
    first = cli(*words).json["outputs"]
    assert [Path(path).name for path in first] == ["눈 photo remove.png", "눈 photo remove-2.png"]
    again = cli(*words).json["outputs"]
    assert not set(first) & set(again)
    assert scene.read(Path(first[0])).shape == (160, 240, 3)
    (shown, _) = cli("history", "list", "--json").json["edits"]
    assert len(shown["outputs"]) == 3


def test_an_export_may_be_smaller_and_bare(cli: Cli, edits: tuple[Scene, list[str]], tmp_path: Path) -> None:
    scene, ids = edits
    out = tmp_path / "small.jpg"
    done = cli("history", "export", ids[0], "-o", out, "--longest", 120, "--no-metadata")
    assert done.status == 0
    assert scene.read(out).shape == (80, 120, 3)
    assert b"xmp" not in out.read_bytes().lower()
    assert b"Exif" not in out.read_bytes()


def test_an_export_tells_how_far_its_format_changed_the_pixels(
    cli: Cli, edits: tuple[Scene, list[str]], tmp_path: Path
) -> None:
    scene, ids = edits
    exact, coded, kept = (tmp_path / f"out.{ending}" for ending in ("png", "webp", "jpg"))
    told = [cli("history", "export", ids[0], "-o", out, "--json", "--lang", "en").json for out in (exact, coded, kept)]
    apart = np.abs(scene.read(coded).astype(int) - scene.read(exact)).max()
    assert [one["warnings"] for one in told] == [
        [],
        [f"The format of out.webp changed pixels by up to {apart} of 255 levels; PNG and TIFF keep them identical."],
        [],  # only the blocks of the edit were coded anew
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("A", "B"),
        ("A", "--to", "DIR", "-o", "x.png"),
        ("A", "--to", "DIR", "--name", "{nonsense}"),
        ("A", "--to", "DIR", "--name", "{photo"),
        ("A", "--to", "DIR", "--name", "photo}"),
        ("A", "--to", "DIR", "--format", "xyz"),
    ],
)
def test_wrong_exports_are_explained(
    cli: Cli, edits: tuple[Scene, list[str]], tmp_path: Path, words: tuple[str, ...]
) -> None:
    _, ids = edits
    meant = {"A": ids[0], "B": ids[1], "DIR": str(tmp_path / "there")}
    ran = cli("history", "export", *(meant.get(word, word) for word in words), "--json")
    assert ran.status in {2, 3}
    assert ran.json["error"]["hint"]
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize("below", ["", "further"])
def test_a_file_in_place_of_the_folder_is_named(
    cli: Cli, edits: tuple[Scene, list[str]], tmp_path: Path, below: str
) -> None:
    _, ids = edits
    file = tmp_path / "album.txt"
    file.write_text("mine")
    ran = cli("history", "export", *ids, "--to", file / below, "--json")
    assert (ran.status, ran.json["error"]["kind"]) == (2, "bad_usage")
    assert ran.json["error"]["message"] == f"This is a file, not a folder: {file}"
    assert file.read_text() == "mine"


@pytest.mark.parametrize(("name", "magic"), [("sheet.pdf", b"%PDF"), ("sheet.png", b"\x89PNG")])
def test_a_contact_sheet_shows_every_edit(
    cli: Cli, edits: tuple[Scene, list[str]], tmp_path: Path, name: str, magic: bytes
) -> None:
    scene, _ = edits
    out = tmp_path / name
    assert cli("history", "sheet", "-o", out, "--columns", 2, "--json").json["pictures"] == 2
    assert out.read_bytes().startswith(magic)
    if name.endswith(".png"):
        pixels = scene.read(out)
        left, right = pixels[:, : pixels.shape[1] // 2], pixels[:, pixels.shape[1] // 2 :]
        assert min(int(np.ptp(left)), int(np.ptp(right))) > 100, "a picture on either side"
    assert cli("history", "sheet", "-o", tmp_path / "sheet.gif").status == 2


def test_a_contact_sheet_names_engines_in_the_language_of_its_reader(
    cli: Cli, edits: tuple[Scene, list[str]], tmp_path: Path
) -> None:
    _, ids = edits
    cli("history", "mark", *ids, "--name", "x")  # all else is the same in both languages
    for language in ("ko", "en"):
        assert cli("history", "sheet", "-o", tmp_path / f"{language}.png", "--lang", language).status == 0
    assert (tmp_path / "ko.png").read_bytes() != (tmp_path / "en.png").read_bytes()


def test_costs_come_as_a_table(
    cli: Cli, server: FakeImagesServer, make_scene: Callable[..., Scene], tmp_path: Path
) -> None:
    scene = make_scene(240, 160, radius=20)
    words = ("edit", scene.photo, "--mask", scene.mask, "--quality", "low", "--json")
    paid = cli(*words, "--prompt", "=1+1").json
    cli("edit", scene.photo, "--remove", "--mask", scene.mask)
    out = tmp_path / "costs.csv"
    assert cli("history", "costs", "-o", out, "--json").json["edits"] == 2
    rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8-sig"))))
    assert rows[0]["edit_id"] == paid["edit_id"]
    assert float(rows[0]["cost_usd"]) == pytest.approx(paid["cost_usd"])
    assert rows[0]["photo"] == scene.photo.name
    assert rows[0]["prompt"] == "'=1+1", "no formula for a spreadsheet"
    assert rows[1]["cost_usd"] == "0"
    assert cli("history", "costs").out.lstrip("\ufeff").startswith("created,")
