"""Another frame for the photo: shown, recorded, taken back exactly, and there again after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from dalle_studio.core.errors import StorageProblem
from dalle_studio.core.framing import Ground
from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.records import Operation
from dalle_studio.core.reshape import Reshape
from dalle_studio.formats.opening import open_picture
from tests.formats.files import DISPLAY_P3, encoded, matrix_profile, srgb_curve, turned_exif
from tests.session.conftest import (
    Heard,
    NewEditor,
    Script,
    TestHouse,
    colour_of,
    mask_of,
    open_photo,
    paint,
    pixels_of,
    wait_for,
)

if TYPE_CHECKING:
    from pathlib import Path

    from dalle_studio.session.editor import Editor
    from tests.conftest import PhotoFactory

SPOT = Rect(100, 80, 60, 40)
RIGHT = Reshape(turns=1)
FLIP = Reshape(mirrored=True)
CROP = Reshape(crop=Rect(40, 30, 200, 150))
STRAIGHT = Reshape(angle=2.5, crop=Ground(Size(320, 240), 2.5).proposed())


def reshape(editor: Editor, change: Reshape) -> None:
    editor.reshape(change)
    assert editor.wait_idle(20)


def undo(editor: Editor, times: int = 1) -> None:
    for _ in range(times):
        editor.undo_step()
    assert editor.wait_idle(20)


def redo(editor: Editor, times: int = 1) -> None:
    for _ in range(times):
        editor.redo_step()
    assert editor.wait_idle(20)


def state(editor: Editor) -> tuple[bytes, bytes, str | None, str]:
    return pixels_of(editor).tobytes(), mask_of(editor).pixels.tobytes(), editor.current_edit, str(editor.size)


def test_a_turned_photo_takes_its_mask_along(opened: Editor, heard: Heard) -> None:
    before = pixels_of(opened).copy()
    paint(opened, SPOT)
    masked = mask_of(opened).pixels.copy()
    reshape(opened, RIGHT)
    assert np.array_equal(pixels_of(opened), np.rot90(before, -1))
    assert np.array_equal(mask_of(opened).pixels, np.rot90(masked, -1))
    assert mask_of(opened).bounds == Rect(240 - 80 - 40, 100, 40, 60)
    assert str(opened.size) == "240x320"
    assert opened.view is not None
    assert opened.view.size == opened.size
    assert heard.of("document_changed") == [None]
    assert not heard.messages


@pytest.mark.parametrize("change", [RIGHT, FLIP, CROP, STRAIGHT], ids=lambda change: change.title)
def test_undo_and_redo_are_exact_with_the_steps_of_the_mask_around_them(opened: Editor, change: Reshape) -> None:
    states = [state(opened)]
    paint(opened, SPOT)
    states.append(state(opened))
    reshape(opened, change)
    states.append(state(opened))
    paint(opened, Rect(5, 5, 20, 30), 128)
    states.append(state(opened))
    opened.invert_mask()
    assert opened.wait_idle(10)
    for expected in reversed(states):
        undo(opened)
        assert state(opened) == expected
    for expected in states[1:]:
        redo(opened)
        assert state(opened) == expected


def test_steps_pressed_in_a_row_go_over_changes_of_the_frame(opened: Editor) -> None:
    before = state(opened)
    paint(opened, SPOT)
    reshape(opened, RIGHT)
    reshape(opened, CROP_OF_TURNED)
    paint(opened, Rect(5, 5, 20, 30))
    after = state(opened)
    undo(opened, 4)
    assert state(opened) == before
    opened.go_to_step(4)
    assert opened.wait_idle(20)
    assert state(opened) == after


CROP_OF_TURNED = Reshape(crop=Rect(10, 20, 200, 150))


def test_turns_pressed_in_a_row_are_all_done(opened: Editor) -> None:
    before = pixels_of(opened).copy()
    opened.reshape(RIGHT)
    opened.reshape(RIGHT)
    opened.reshape(FLIP)
    assert opened.wait_idle(20)
    assert np.array_equal(pixels_of(opened), np.rot90(before, 2)[:, ::-1])
    assert len(opened.undo.names) == 3


def test_a_reshape_stands_in_the_history_with_words_and_a_thumbnail(opened: Editor, house: TestHouse) -> None:
    reshape(opened, RIGHT)
    (record,) = house.library.edits()
    assert (record.edit_id, record.operation, record.reshape) == (opened.current_edit, Operation.ROTATE, RIGHT)
    assert (record.original, record.canvas) == (opened.original_id, Size(240, 320))
    assert record.thumbnail is not None
    assert house.library.blob(record.thumbnail)[:2] == b"\xff\xd8"


def test_a_reshaped_photo_comes_back_after_a_restart_and_can_be_edited(
    opened: Editor, new_editor: NewEditor, photo_path: Path
) -> None:
    reshape(opened, RIGHT)
    paint(opened, SPOT)
    shown = state(opened)
    opened.shutdown()
    again = new_editor()
    again.resume()
    assert again.wait_idle(20)
    assert state(again) == shown
    again.set_mode(Operation.REMOVE)
    again.generate()
    assert again.wait_idle(20)
    assert colour_of(pixels_of(again), SPOT) == 0
    edited = pixels_of(again).copy()
    reshape(again, FLIP)
    assert again.current_edit is not None
    last = again.current_edit
    open_photo(again, photo_path)
    again.restore(last)
    assert again.wait_idle(20)
    assert np.array_equal(pixels_of(again), edited[:, ::-1])


def test_a_mask_of_another_frame_is_not_laid_over_the_photo(opened: Editor, photo_path: Path) -> None:
    reshape(opened, FLIP)  # the same size, but another frame
    paint(opened, SPOT)
    open_photo(opened, photo_path)
    assert mask_of(opened).is_empty


def test_going_to_a_version_of_another_frame_leaves_the_mask_behind(opened: Editor) -> None:
    reshape(opened, FLIP)
    paint(opened, SPOT)
    assert opened.original_id is not None
    opened.restore(opened.original_id)
    assert opened.wait_idle(20)
    assert mask_of(opened).is_empty
    undo(opened)
    assert mask_of(opened).bounds == SPOT


def test_a_reshape_that_cannot_be_recorded_changes_nothing(opened: Editor, script: Script, heard: Heard) -> None:
    paint(opened, SPOT)
    before = state(opened)
    script.faults["record"] = StorageProblem("errors_storage.disk_full", folder="x", need="1 MB")
    reshape(opened, RIGHT)
    assert state(opened) == before
    assert [kind for kind, _, _ in heard.messages] == ["error"]
    script.faults.clear()
    reshape(opened, RIGHT)
    assert str(opened.size) == "240x320"


def test_undo_cancels_a_reshape_that_is_under_way(opened: Editor, house: TestHouse) -> None:
    before = state(opened)
    opened.reshape(STRAIGHT)
    opened.undo_step()
    assert opened.wait_idle(20)
    assert state(opened) == before
    assert house.library.edits() == []
    assert not opened.is_reshaping


def test_a_photo_that_the_library_could_not_take_is_taken_before_it_is_reshaped(
    editor: Editor, script: Script, photo_path: Path, house: TestHouse
) -> None:
    script.faults["keep_original"] = StorageProblem("errors_storage.disk_full", folder="x", need="1 MB")
    open_photo(editor, photo_path)
    script.faults.clear()
    reshape(editor, RIGHT)
    assert editor.original_id is not None
    assert house.library.blob(editor.original_id) == photo_path.read_bytes()
    undo(editor)
    assert str(editor.size) == "320x240"


def test_while_an_edit_runs_the_frame_stays(opened: Editor, script: Script, heard: Heard) -> None:
    script.waits = True
    opened.set_prompt("a boat")
    paint(opened, SPOT)
    opened.generate()
    wait_for(opened, script.started.is_set)
    opened.reshape(RIGHT)
    assert heard.messages[-1][1:] == (
        "An edit is running on this photo.",
        "Wait for it to finish, or cancel it; then change the frame.",
    )
    script.release.set()
    assert opened.wait_idle(20)
    assert str(opened.size) == "320x240"
    assert opened.identical is True


def test_a_cropped_jpeg_is_saved_upright_with_its_metadata_and_it_is_said(
    editor: Editor, heard: Heard, tmp_path: Path, photo: PhotoFactory
) -> None:
    profile = matrix_profile(DISPLAY_P3, srgb_curve())
    path = tmp_path / "harbour.jpg"
    path.write_bytes(
        encoded(photo(320, 240), "JPEG", quality=90, exif=turned_exif(6), icc_profile=profile, dpi=(300, 300))
    )
    open_photo(editor, path)
    assert str(editor.size) == "240x320"
    reshape(editor, Reshape(crop=Rect(21, 33, 160, 201)))
    shown = pixels_of(editor).copy()
    target = tmp_path / "cropped.jpg"
    editor.save(target)
    assert editor.wait_idle(20)
    assert heard.messages[-1][:2] == (
        "info",
        "Saved: cropped.jpg · Its frame has changed, so the JPEG was encoded anew with the source’s own quality.",
    )
    with Image.open(target) as saved, Image.open(path) as source:
        assert saved.size == (160, 201)
        assert saved.getexif()[0x0112] == 1
        assert saved.getexif()[0x010F] == "Maker"
        assert saved.info["icc_profile"] == profile
        assert saved.info["dpi"] == (300, 300)
        assert saved.quantization == source.quantization  # type: ignore[attr-defined]  # of JPEGs
        assert not saved.getxmp()  # no edit was painted in: nothing to say
    written = open_picture(target.read_bytes(), name="cropped.jpg").pixels
    assert np.abs(written.astype(int) - shown.astype(int)).mean() < 3


def test_a_jpeg_turned_round_and_back_is_the_very_file_again(
    editor: Editor, heard: Heard, tmp_path: Path, photo: PhotoFactory
) -> None:
    path = tmp_path / "harbour.jpg"
    path.write_bytes(encoded(photo(320, 240), "JPEG", quality=90))
    open_photo(editor, path)
    reshape(editor, FLIP)
    reshape(editor, FLIP)
    editor.save(tmp_path / "same.jpg")
    assert editor.wait_idle(20)
    assert (tmp_path / "same.jpg").read_bytes() == path.read_bytes()
    assert heard.messages[-1][1] == "Saved: same.jpg"


def test_a_flipped_jpeg_says_that_no_block_could_stay(
    editor: Editor, heard: Heard, tmp_path: Path, photo: PhotoFactory
) -> None:
    path = tmp_path / "harbour.jpg"
    path.write_bytes(encoded(photo(320, 240), "JPEG", quality=90, exif=turned_exif(8)))
    open_photo(editor, path)
    shown = pixels_of(editor)[:, ::-1].astype(int)
    reshape(editor, FLIP)
    editor.save(tmp_path / "flipped.jpg")
    assert editor.wait_idle(20)
    assert "encoded anew" in heard.messages[-1][1]
    written = open_picture((tmp_path / "flipped.jpg").read_bytes(), name="flipped.jpg").pixels
    assert np.abs(written.astype(int) - shown).mean() < 3


# --- margins ---------------------------------------------------------------------------------------------------------


def test_margins_are_steps_and_what_is_typed_in_a_row_is_one(opened: Editor) -> None:
    opened.set_mode(Operation.EXTEND)
    opened.change_margins(Margins(), Margins(right=40))
    opened.change_margins(Margins(right=40), Margins(left=5, right=40), typed=True)
    opened.change_margins(Margins(left=5, right=40), Margins(left=56, right=40), typed=True)
    assert opened.undo.names == ["reshape.step.margins"] * 2
    undo(opened)
    assert opened.margins == Margins(right=40)
    opened.set_mode(Operation.EDIT)
    undo(opened)
    assert (opened.mode, opened.margins) == (Operation.EXTEND, Margins())
    redo(opened, 2)
    assert opened.margins == Margins(left=56, right=40)


def test_an_extension_taken_back_brings_its_margins_back_and_redone_uses_them_up(opened: Editor) -> None:
    opened.set_mode(Operation.EXTEND)
    opened.set_engine("local")
    opened.change_margins(Margins(), Margins(right=40))
    opened.generate()
    assert opened.wait_idle(20)
    assert (str(opened.size), opened.margins) == ("360x240", Margins())
    undo(opened)
    assert (str(opened.size), opened.margins) == ("320x240", Margins(right=40))
    undo(opened)
    assert opened.margins == Margins()
    redo(opened, 2)
    assert (str(opened.size), opened.margins) == ("360x240", Margins())


def test_margins_between_leave_a_mask_spent(opened: Editor) -> None:
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    spent = [opened.mask_spent]
    opened.set_mode(Operation.EXTEND)
    opened.change_margins(Margins(), Margins(right=40))
    paint(opened, Rect(0, 0, 10, 10))
    spent.append(opened.mask_spent)
    undo(opened)
    assert [*spent, opened.mask_spent] == [True, False, True]


def test_another_frame_drops_the_margins_and_undo_brings_them_back(opened: Editor) -> None:
    opened.set_mode(Operation.EXTEND)
    opened.change_margins(Margins(), Margins(right=40))
    reshape(opened, RIGHT)
    assert opened.margins == Margins()
    undo(opened)
    assert opened.margins == Margins(right=40)
