"""Pictures that go along: clean, in order, no more than are looked at, kept with the draft and in the history."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from dalle_studio.core.geometry import Rect
from dalle_studio.core.operation import Operation
from dalle_studio.core.reshape import Reshape
from dalle_studio.session import drafts
from tests.session.conftest import Heard, NewEditor, Script, TestHouse, mask_of, open_photo, paint, pixels_of, wait_for

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from dalle_studio.session.editor import Editor

SPOT = Rect(100, 80, 60, 40)


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Three JPEGs with metadata, one of them lying on its side."""
    paths = []
    for number, colour in enumerate(((200, 20, 20), (20, 200, 20), (20, 20, 200))):
        exif = Image.Exif()
        exif[0x0112] = 6 if number == 0 else 1
        exif[0x010F] = "Secret Camera"
        path = tmp_path / f"ref{number}.jpg"
        Image.new("RGB", (120, 80), colour).save(path, exif=exif)
        paths.append(path)
    return paths


def add(editor: Editor, *paths: Path) -> None:
    for path in paths:
        editor.add_reference(path)
        assert editor.wait_idle(10)


def names(editor: Editor) -> list[str]:
    return [one.name for one in editor.references]


def test_a_reference_is_made_clean_when_it_is_added(opened: Editor, pictures: list[Path]) -> None:
    add(opened, pictures[0])
    (reference,) = opened.references
    picture = Image.open(io.BytesIO(reference.png))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (80, 120))
    assert b"Secret" not in reference.png
    assert not picture.info


def test_pictures_that_are_dropped_together_stay_in_their_order(
    opened: Editor, pictures: list[Path], tmp_path: Path
) -> None:
    """“The second picture” is the second one, however long the first takes."""
    large = tmp_path / "large.jpg"
    Image.effect_noise((3000, 2000), 90).convert("RGB").save(large, quality=95)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    for path in (large, broken, *pictures[:2]):
        opened.add_reference(path)
    assert opened.wait_idle(20)
    assert names(opened) == ["large.jpg", "ref0.jpg", "ref1.jpg"]


def test_references_go_with_the_edit_in_their_order_and_are_in_its_record(
    opened: Editor, script: Script, heard: Heard, house: TestHouse, pictures: list[Path]
) -> None:
    add(opened, *pictures)
    opened.move_reference(2, 0)
    opened.remove_reference(1)
    assert names(opened) == ["ref2.jpg", "ref1.jpg"]
    sent = tuple(one.png for one in opened.references)
    paint(opened, SPOT)
    opened.set_prompt("like the second picture")
    opened.generate()
    assert opened.wait_idle(20)
    assert [ask.references for ask in script.asks] == [sent]
    (record,) = heard.of("edit_finished")
    assert tuple(house.library.blob(blob) for blob in record.references) == sent
    assert house.library.verify().damaged == ()
    house.library.gc()
    assert house.library.blob(record.references[0]) == sent[0]


def test_the_references_of_an_edit_can_be_used_again(
    opened: Editor, heard: Heard, pictures: list[Path], script: Script
) -> None:
    add(opened, *pictures[:2])
    paint(opened, SPOT)
    opened.set_prompt("a boat")
    opened.generate()
    assert opened.wait_idle(20)
    (record,) = heard.of("edit_finished")
    opened.remove_reference(0)
    opened.remove_reference(0)
    opened.use_references_of(record.edit_id)
    assert opened.wait_idle(10)
    assert tuple(one.png for one in opened.references) == script.asks[0].references


def test_a_version_of_the_history_goes_along_as_it_looks(opened: Editor, heard: Heard, house: TestHouse) -> None:
    paint(opened, SPOT)
    opened.set_prompt("a boat")
    opened.generate()
    assert opened.wait_idle(20)
    (record,) = heard.of("edit_finished")
    opened.use_as_reference(record.edit_id, "a boat")
    opened.use_as_reference(str(opened.original_id), "photo.png")
    assert opened.wait_idle(10)
    assert sorted(one.name for one in opened.references) == ["a boat", "photo.png"]
    after = next(one for one in opened.references if one.name == "a boat")
    assert np.array_equal(house.codec.decode_png(after.png)[..., :3], pixels_of(opened)[..., :3])


def test_what_is_no_picture_is_said_and_nothing_is_added(opened: Editor, heard: Heard, tmp_path: Path) -> None:
    path = tmp_path / "notes.png"
    path.write_text("no picture")
    add(opened, path)
    ((kind, text, hint),) = heard.messages
    assert kind == "error"
    assert "notes.png" in text
    assert hint
    assert opened.references == ()


def test_the_same_picture_is_not_added_twice(opened: Editor, pictures: list[Path], heard: Heard) -> None:
    add(opened, pictures[1], pictures[1])
    assert names(opened) == ["ref1.jpg"]
    assert heard.messages[-1][0] == "info"


def test_no_more_are_added_than_the_engine_looks_at(
    opened: Editor, script: Script, pictures: list[Path], heard: Heard
) -> None:
    assert opened.max_references == 3
    add(opened, *pictures)
    fourth = pictures[0].with_name("fourth.png")
    Image.new("RGB", (64, 64), (9, 9, 9)).save(fourth)
    add(opened, fourth)
    assert len(opened.references) == 3
    assert heard.messages[-1][0] == "warning"
    opened.set_mode(Operation.GENERATE)
    assert opened.wait_idle(10)
    assert opened.max_references == 4


def test_what_an_engine_does_not_look_at_is_not_sent(opened: Editor, script: Script, pictures: list[Path]) -> None:
    add(opened, *pictures[:2])
    opened.set_mode(Operation.REMOVE)
    opened.set_engine("openai")
    assert opened.wait_idle(10)
    assert opened.sent_references == 0
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    assert script.asks[0].references == ()
    assert len(opened.references) == 2


def test_references_are_kept_with_the_draft_and_go_with_it(
    opened: Editor, new_editor: NewEditor, photo_path: Path, pictures: list[Path], house: TestHouse
) -> None:
    add(opened, *pictures[:2])
    kept = opened.references
    opened.keep_draft()
    assert opened.wait_idle(10)
    opened.shutdown()
    second = new_editor()
    open_photo(second, photo_path)
    assert second.references == kept
    assert [one.png for one in second.references] == [one.png for one in kept]
    folder = house.places.drafts / str(second.original_id)
    assert len(list(folder.iterdir())) == 2
    second.remove_reference(0)
    second.keep_draft()
    assert second.wait_idle(10)
    assert [path.stem for path in folder.iterdir()] == [kept[1].sha256]
    second.remove_reference(0)
    second.keep_draft()
    assert second.wait_idle(10)
    assert not folder.exists()
    kept_draft = drafts.load(house.places.journal, str(second.original_id))
    assert kept_draft is not None
    assert kept_draft.references == ()


def test_a_small_picture_is_made_off_the_window(opened: Editor, pictures: list[Path]) -> None:
    add(opened, pictures[2])
    shown: list[QImage] = []
    opened.load_reference(opened.references[0], shown.append)
    wait_for(opened, lambda: bool(shown))
    colour = shown[0].pixelColor(20, 20)
    assert np.allclose((colour.red(), colour.green(), colour.blue()), (20, 20, 200), atol=6)


def test_an_edit_can_be_asked_for_again_with_all_that_it_was_asked_for_with(
    opened: Editor, new_editor: NewEditor, photo_path: Path, pictures: list[Path], script: Script
) -> None:
    add(opened, pictures[1])
    opened.set_mode(Operation.EDIT)
    opened.set_prompt("눈 감은 표정")
    opened.set_english("closed eyes")
    opened.set_quality("high")
    opened.set_count(2)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    edit = opened.current_edit
    assert edit is not None
    first = script.asks[-1]
    opened.shutdown()

    later = new_editor()
    open_photo(later, photo_path)
    later.restore(later.original_id or "")
    assert later.wait_idle(20)
    later.clear_mask()
    later.set_mode(Operation.VARY)
    later.set_prompt("something else")
    while later.references:
        later.remove_reference(0)
    later.set_quality("low")
    later.set_count(1)
    later.use_again(edit)
    assert later.wait_idle(20)
    assert (later.mode, later.prompt, later.english) == (Operation.EDIT, "눈 감은 표정", "closed eyes")
    assert mask_of(later).bounds == SPOT
    assert len(later.references) == 1
    later.generate()
    assert later.wait_idle(20)
    again = script.asks[-1]
    assert (again.prompt, again.quality, again.count) == (first.prompt, first.quality, first.count)
    assert again.references == first.references
    assert again.mask is not None
    assert first.mask is not None
    assert np.array_equal(again.mask, first.mask)
    later.undo_step()
    later.undo_step()
    assert later.wait_idle(20)
    assert mask_of(later).is_empty, "the mask came as a step of its own"


def test_the_mask_of_another_frame_is_not_used_again(opened: Editor) -> None:
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    edit = opened.current_edit
    assert edit is not None
    opened.reshape(Reshape(turns=1))
    assert opened.wait_idle(20)
    opened.clear_mask()
    opened.use_again(edit)
    assert opened.wait_idle(20)
    assert mask_of(opened).is_empty
    assert opened.mode is Operation.REMOVE
