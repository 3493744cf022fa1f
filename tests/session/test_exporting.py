"""Versions of the history into files, with the real editor and library."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import pytest

from dalle_studio.core.geometry import Rect
from dalle_studio.core.records import Operation
from dalle_studio.session.editor import Editor
from dalle_studio.session.wanted_export import Wanted
from tests.session.conftest import Heard, TestHouse, paint

SPOT = Rect(20, 10, 30, 20)


@pytest.fixture
def edited(opened: Editor, house: TestHouse) -> tuple[str, str]:
    """Ids of the photo and of an edit of it."""
    opened.set_mode(Operation.EDIT)
    opened.set_prompt("a boat: red/blue")
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    assert opened.original_id is not None
    assert opened.current_edit is not None
    return opened.original_id, opened.current_edit


def test_costs_and_a_contact_sheet_are_written(
    opened: Editor, edited: tuple[str, str], tmp_path: Path, heard: Heard
) -> None:
    opened.export_costs(tmp_path / "costs.csv")
    assert opened.wait_idle(20)
    rows = list(csv.DictReader((tmp_path / "costs.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["edit_id"], row["prompt"]) for row in rows] == [(edited[1], "a boat: red/blue")]
    for name, magic in (("sheet.pdf", b"%PDF"), ("sheet.png", b"\x89PNG")):
        opened.export_sheet(edited, tmp_path / name)
        assert opened.wait_idle(20)
        assert (tmp_path / name).read_bytes().startswith(magic)
        assert heard.messages[-1][1] == f"Wrote {name}."
    opened.export_costs(tmp_path / "nowhere" / "costs.csv")
    assert opened.wait_idle(20)
    assert heard.messages[-1][0] == "error"


def test_versions_are_written_under_names_by_template_and_nothing_is_replaced(
    opened: Editor, edited: tuple[str, str], tmp_path: Path, heard: Heard, house: TestHouse
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    for _ in range(2):
        opened.export(Wanted(edited, folder, "{prompt}", ".png"))
        assert opened.wait_idle(20)
    stem = Path(house.library.original(edited[0]).name).stem
    names = {f"{stem}.png", f"{stem}-2.png", "a boat red blue.png", "a boat red blue-2.png"}
    assert {path.name for path in folder.iterdir()} == names
    assert len(house.library.edit(edited[1]).outputs) == 2
    assert heard.messages[-1][1] == f"Files written to {folder}: 2."
    assert opened.picture is not None
    written = cv2.imread(str(folder / "a boat red blue.png"))
    assert written is not None
    assert (written[..., ::-1] == opened.picture.pixels[..., :3]).all()


def test_an_export_can_be_stopped_and_what_is_written_stays(
    opened: Editor, edited: tuple[str, str], tmp_path: Path, heard: Heard
) -> None:
    def stop_after_the_first(kind: str, text: str, _: str) -> None:
        if text.startswith("Exporting"):
            opened.cancel_export()

    opened.message.connect(stop_after_the_first)
    opened.export(Wanted(edited * 50, tmp_path / "out", "{photo}", ".png"))
    assert opened.wait_idle(20)
    assert heard.messages[-1][1] == "The export was stopped. Files that are written stay."
    assert 0 < len(list((tmp_path / "out").iterdir())) < 100
    assert not opened.cancel_export()


def test_an_export_may_be_smaller_and_without_metadata(opened: Editor, edited: tuple[str, str], tmp_path: Path) -> None:
    opened.export(Wanted(edited[1:], tmp_path, "small", ".jpg", longest=30, metadata=False))
    assert opened.wait_idle(20)
    data = (tmp_path / "small.jpg").read_bytes()
    assert b"http://ns.adobe.com/xap" not in data
    written = cv2.imread(str(tmp_path / "small.jpg"))
    assert written is not None
    assert max(written.shape[:2]) == 30


def test_the_largest_difference_that_a_format_made_is_told(
    opened: Editor, edited: tuple[str, str], tmp_path: Path, heard: Heard
) -> None:
    assert opened.picture is not None
    for metadata in (True, False):
        opened.export(Wanted(edited[1:], tmp_path, f"lossy {metadata}", ".jpg", metadata=metadata))
        assert opened.wait_idle(20)
        written = cv2.imread(str(tmp_path / f"lossy {metadata}.jpg"))
        assert written is not None
        apart = abs(written[..., ::-1].astype(int) - opened.picture.pixels[..., :3]).max()
        assert apart > 0
        assert f"up to {apart} of 255 levels" in heard.messages[-1][1]


def test_a_template_that_asks_for_the_unknown_is_explained(
    opened: Editor, edited: tuple[str, str], tmp_path: Path, heard: Heard
) -> None:
    opened.export(Wanted(edited[1:], tmp_path, "{weather}"))
    assert opened.wait_idle(20)
    kind, text, hint = heard.messages[-1]
    assert (kind, "{weather}" in text, "{prompt}" in hint) == ("error", True, True)


def test_the_folder_is_made_unless_a_file_is_in_the_way(
    opened: Editor, edited: tuple[str, str], tmp_path: Path, heard: Heard
) -> None:
    opened.export(Wanted(edited, tmp_path / "새 폴더" / "in it"))
    assert opened.wait_idle(20)
    assert len(list((tmp_path / "새 폴더" / "in it").iterdir())) == 2
    (tmp_path / "file").touch()
    opened.export(Wanted(edited, tmp_path / "file"))
    assert opened.wait_idle(20)
    assert heard.messages[-1] == (
        "error",
        f"This is a file, not a folder: {tmp_path / 'file'}",
        "Name another one; it is made where there is none.",
    )
