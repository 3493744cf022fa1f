"""What keeps the window alive and the work safe: threads, faults, late results, closing."""

from __future__ import annotations

import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dalle_studio.core.errors import StorageProblem
from dalle_studio.core.geometry import Margins, Rect, Size, bounds_of
from dalle_studio.core.records import Operation
from dalle_studio.core.words import Words
from dalle_studio.session import document as documents
from dalle_studio.session import drafts
from dalle_studio.session.editor import Editor
from tests.conftest import make_photo
from tests.session.conftest import (
    COLOURS,
    Choice,
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
    write_png,
)
from tests.storage import material

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from dalle_studio.session.masks import Found, Import


def document_of(editor: Editor) -> documents.Document:
    assert editor._document is not None
    return editor._document


SPOT = Rect(100, 80, 60, 40)
FULL = StorageProblem("errors_storage.disk_full", folder="/data", need="20 MB")


def test_importing_the_editor_loads_nothing_slow() -> None:
    slow = ("numpy", "cv2", "PIL", "openai", "keyring", "sqlite3", "asyncio")
    code = f"import sys, dalle_studio.session.editor; print([m for m in {slow} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout.strip() == "[]"


def test_library_codec_and_engines_are_never_called_on_the_gui_thread(
    opened: Editor, script: Script, tmp_path: Path
) -> None:
    opened.set_prompt("눈 감은 표정")
    opened.set_count(2)
    paint(opened, SPOT)
    opened.generate()
    opened.wait_idle(20)
    opened.step_candidate(+1)
    opened.wait_idle(20)
    opened.undo_step()
    opened.translate()
    opened.keep_draft()
    opened.load_history(lambda _: None)
    opened.save_as(tmp_path / "out.jpg")
    opened.export_mask(tmp_path / "mask.png")
    opened.import_mask(tmp_path / "mask.png")
    opened.encode_picture(lambda _: None)
    opened.wait_idle(20)
    opened.restore(opened.original_id or "")
    opened.shutdown()
    assert script.threads
    assert threading.get_ident() not in script.threads


def test_closing_with_an_edit_under_way_takes_no_answer_and_leaves_nothing_running(
    opened: Editor, script: Script, house: TestHouse, heard: Heard
) -> None:
    script.waits = True
    opened.set_prompt("a boat")
    paint(opened, SPOT)
    opened.generate()
    assert script.started.wait(10)
    opened.shutdown()
    assert script.closed.is_set()
    assert [edit.state for edit in house.library.edits(every_state=True)] == ["cancelled"]
    assert [edit.maybe_billed for edit in house.library.edits(every_state=True)] == [True]
    assert heard.of("edit_finished") == []
    opened.open(Path("nowhere.png"))
    assert not any(said == "message" for said, _ in heard.said)


def test_a_photo_opens_even_when_the_library_is_full_and_is_kept_later(
    editor: Editor, photo_path: Path, script: Script, heard: Heard, house: TestHouse
) -> None:
    script.faults["keep_original"] = FULL
    open_photo(editor, photo_path)
    assert editor.original_id is None
    assert [kind for kind, _, _ in heard.messages] == ["warning"]
    editor.set_mode(Operation.REMOVE)
    paint(editor, SPOT)
    editor.generate()
    assert editor.wait_idle(10)
    assert heard.of("edit_failed") == [FULL]
    assert script.asks == []
    script.faults.clear()
    editor.generate()
    assert editor.wait_idle(10)
    assert len(heard.of("edit_finished")) == 1
    assert house.library.blob(editor.original_id) == photo_path.read_bytes()


def test_an_answer_that_the_library_cannot_keep_is_shown_and_can_be_saved(
    opened: Editor, script: Script, heard: Heard, tmp_path: Path
) -> None:
    script.faults["finish"] = FULL
    original = pixels_of(opened).copy()
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(10)
    (problem,) = heard.of("edit_failed")
    assert isinstance(problem, StorageProblem)
    assert colour_of(pixels_of(opened), SPOT) == 0
    edited = pixels_of(opened).copy()
    opened.save_as(tmp_path / "rescued.png")
    assert opened.wait_idle(10)
    assert (tmp_path / "rescued.png").stat().st_size > 0
    opened.undo_step()
    assert opened.wait_idle(10)
    assert np.array_equal(pixels_of(opened), original)
    opened.redo_step()
    assert opened.wait_idle(10)
    assert np.array_equal(pixels_of(opened), edited)


def test_a_bug_is_told_once_and_nothing_stays_busy(
    opened: Editor, script: Script, heard: Heard, house: TestHouse, caplog: pytest.LogCaptureFixture
) -> None:
    script.needs_english = True
    house.servers.translator = lambda *_: 1 / 0  # type: ignore[assignment]  # the bug
    opened.set_prompt("a boat")
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(10)
    assert [type(error).__name__ for error in heard.of("edit_failed")] == ["UnexpectedProblem"]
    assert len(heard.of("bug_met")) == 1
    assert "ZeroDivisionError" in heard.of("bug_met")[0].diagnostics
    assert "ZeroDivisionError" in caplog.text
    assert not opened.is_busy


def test_an_edit_that_ends_on_another_version_shows_its_own(opened: Editor, script: Script, heard: Heard) -> None:
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(10)
    script.waits = True
    opened.generate()
    wait_for(opened, lambda: len(script.asks) == 2)
    opened.undo_step()
    wait_for(opened, lambda: opened.current_edit is None)
    script.release.set()
    assert opened.wait_idle(10)
    assert opened.current_edit == heard.of("edit_finished")[1].edit_id
    opened.undo_step()
    assert opened.wait_idle(10)
    assert opened.current_edit is None


def test_a_mask_that_was_used_makes_room_for_the_next_stroke(opened: Editor) -> None:
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(10)
    assert opened.mask_spent
    assert not mask_of(opened).is_empty
    used = opened.begin_stroke()
    assert used is not None
    assert bounds_of(used).contains(SPOT)
    mask_of(opened).writable(Rect(0, 0, 10, 10))[...] = 255
    step = mask_of(opened).commit("session.step.all")
    assert step is not None
    opened.push_step(step)
    assert mask_of(opened).bounds == Rect(0, 0, 10, 10)
    assert document_of(opened).spent is False
    opened.undo_step()
    assert mask_of(opened).bounds == SPOT
    assert document_of(opened).spent is True
    opened.undo_step()
    assert opened.wait_idle(10)
    assert document_of(opened).spent is False


def test_a_used_mask_is_still_a_used_one_after_a_restart(new_editor: NewEditor, photo_path: Path) -> None:
    first = new_editor()
    open_photo(first, photo_path)
    first.set_mode(Operation.REMOVE)
    paint(first, SPOT)
    first.generate()
    assert first.wait_idle(10)
    made = first.current_edit
    assert made is not None
    first.shutdown()

    again = new_editor()
    again.resume()
    wait_for(again, lambda: again.has_document and again.is_idle)
    assert (again.mask_spent, mask_of(again).bounds) == (True, SPOT)
    assert again.begin_stroke() is not None
    mask_of(again).writable(Rect(0, 0, 10, 10))[...] = 255
    step = mask_of(again).commit("session.step.all")
    assert step is not None
    again.push_step(step)
    assert (again.mask_spent, mask_of(again).bounds) == (False, Rect(0, 0, 10, 10))
    again.undo_step()
    assert (again.mask_spent, mask_of(again).bounds) == (True, SPOT)
    paint(again, Rect(5, 5, 10, 10))
    again.shutdown()

    third = new_editor()
    third.restore(made)
    wait_for(third, lambda: third.has_document and third.is_idle)
    assert not third.mask_spent
    first_opened = new_editor()
    open_photo(first_opened, photo_path)
    assert not first_opened.mask_spent


def test_a_mask_painted_while_an_edit_runs_is_not_used_up(opened: Editor, script: Script) -> None:
    script.waits = True
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    paint(opened, Rect(0, 0, 10, 10))
    script.release.set()
    assert opened.wait_idle(10)
    assert not opened.mask_spent


def test_edits_whose_pixels_were_forgotten_are_undone_from_the_library(
    opened: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "KEPT_BYTES", 0)
    seen = [pixels_of(opened).copy()]
    opened.set_mode(Operation.REMOVE)
    for left in (10, 100, 200):
        opened.clear_mask()
        paint(opened, Rect(left, 80, 60, 40))
        opened.generate()
        assert opened.wait_idle(10)
        seen.append(pixels_of(opened).copy())
    for _ in range(3):
        seen.pop()
        while opened.undo.next_undo is not None and opened.undo.next_undo.name != "session.step.remove":
            opened.undo_step()
        opened.undo_step()
        assert opened.wait_idle(10)
        assert np.array_equal(pixels_of(opened), seen[-1])


def test_deep_photos_with_alpha_are_edited_in_their_own_depth(editor: Editor, tmp_path: Path) -> None:
    import cv2

    pixels = make_photo(320, 240, channels=4, depth=16)
    path = tmp_path / "deep.png"
    path.write_bytes(cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA))[1].tobytes())
    open_photo(editor, path)
    assert np.array_equal(pixels_of(editor), pixels)
    editor.set_mode(Operation.REMOVE)
    paint(editor, SPOT)
    editor.generate()
    assert editor.wait_idle(10)
    assert pixels_of(editor).dtype == np.uint16
    assert colour_of(pixels_of(editor), SPOT) == 0
    assert editor.view is not None
    shown = editor.view.picture.image(0).pixelColor(130, 100)
    assert max(abs(a - b) for a, b in zip((shown.red(), shown.green(), shown.blue()), COLOURS[0], strict=True)) < 25


def test_closing_a_photo_keeps_its_mask_for_the_next_time(opened: Editor, photo_path: Path, tmp_path: Path) -> None:
    paint(opened, SPOT)
    opened.close_document()
    assert opened.wait_idle(10)
    assert (opened.picture, opened.mask, opened.view, opened.title) == (None, None, None, "")
    other = tmp_path / "other.png"
    write_png(other, make_photo(200, 100, seed=3))
    open_photo(opened, other)
    assert mask_of(opened).is_empty
    open_photo(opened, photo_path)
    assert mask_of(opened).bounds == SPOT


def test_every_photo_has_its_own_words(opened: Editor, photo_path: Path, tmp_path: Path, heard: Heard) -> None:
    opened.set_prompt("눈 감은 표정")
    opened.set_english("closed eyes")
    paint(opened, SPOT)
    other = tmp_path / "other.png"
    write_png(other, make_photo(200, 100, seed=3))
    open_photo(opened, other)
    assert opened.prompt == "눈 감은 표정", "the same may be wanted of the next one"
    opened.set_prompt("a boat")
    opened.set_english("")
    opened.set_mode(Operation.VARY)
    open_photo(opened, photo_path)
    assert (opened.prompt, opened.english, opened.mode) == ("눈 감은 표정", "closed eyes", Operation.EDIT)
    assert heard.of("english_changed")[-1] == "closed eyes"
    assert mask_of(opened).bounds == SPOT
    open_photo(opened, other)
    assert (opened.prompt, opened.english, opened.mode) == ("a boat", "", Operation.VARY)
    assert heard.of("english_changed")[-1] == ""


def test_what_is_painted_while_the_same_photo_opens_again_is_there(opened: Editor, photo_path: Path) -> None:
    paint(opened, Rect(10, 10, 50, 50))
    first = mask_of(opened)
    opened.open(photo_path)
    paint(opened, Rect(100, 100, 20, 20))  # the draft that is being read does not hold it
    assert opened.wait_idle(20)
    mask = mask_of(opened)
    assert mask is not first
    assert np.array_equal(mask.pixels, first.pixels)


def test_a_stroke_under_way_while_the_same_photo_opens_again_is_there(opened: Editor, photo_path: Path) -> None:
    first = mask_of(opened)
    first.begin()
    first.writable(Rect(30, 30, 40, 40))[...] = 255
    opened.open(photo_path)
    assert not opened.wait_idle(0.3)  # it waits for the stroke
    assert mask_of(opened) is first
    step = first.commit("session.step.stroke")
    assert step is not None
    opened.push_step(step)
    assert opened.wait_idle(20)
    assert mask_of(opened) is not first
    assert np.array_equal(mask_of(opened).pixels, first.pixels)


def test_a_photo_that_waits_for_a_stroke_is_loaded_once_and_can_be_given_up(
    opened: Editor, photo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dalle_studio.session import opening

    first, load, loads = mask_of(opened), opening.open_path, []

    def watched(*args: Any) -> Any:
        loads.append(args)
        return load(*args)

    monkeypatch.setattr(opening, "open_path", watched)
    first.begin()
    first.writable(Rect(30, 30, 40, 40))[...] = 255
    opened.open(photo_path)
    assert not opened.wait_idle(0.5)
    assert len(loads) == 1
    opened.cancel()
    assert not opened.is_loading
    step = first.commit("session.step.stroke")
    assert step is not None
    opened.push_step(step)
    assert opened.wait_idle(20)
    assert (mask_of(opened), len(loads)) == (first, 1)


def test_choices_are_there_at_the_next_start(opened: Editor, new_editor: NewEditor, house: TestHouse) -> None:
    from dalle_studio.storage import settings

    opened.set_quality("low")
    opened.set_count(3)
    opened.set_model("gpt-image-2")
    opened.set_brush(55, 0.25)
    opened.shutdown()
    house.settings = settings.load(house.places)
    again = new_editor()
    assert (again.quality, again.count, again.model) == ("low", 3, "gpt-image-2")
    assert (again.brush.radius, again.brush.hardness) == (55, 0.25)


def test_the_plan_follows_the_mask_and_says_what_it_costs(opened: Editor, heard: Heard) -> None:
    assert opened.wait_idle(10)
    assert (opened.plan, opened.cost_usd) == (None, None)
    paint(opened, SPOT)
    assert opened.wait_idle(10)
    assert opened.plan is not None
    assert opened.plan.crop.contains(SPOT)
    assert opened.cost_usd == 0.01
    assert opened.sent_share is not None
    assert 0 < opened.sent_share < 1
    opened.set_count(2)
    assert opened.wait_idle(10)
    assert opened.cost_usd == 0.02
    opened.set_mode(Operation.REMOVE)
    assert opened.wait_idle(10)
    assert (opened.engine, opened.host, opened.cost_usd) == ("local", None, 0)
    opened.clear_mask()
    assert opened.wait_idle(10)
    assert opened.sent_share is None


def test_masks_go_out_and_come_back_in(opened: Editor, tmp_path: Path, heard: Heard) -> None:
    path = tmp_path / "mask.png"
    paint(opened, SPOT)
    opened.export_mask(path)
    opened.clear_mask()
    assert opened.wait_idle(10)
    opened.import_mask(path)
    assert opened.wait_idle(10)
    assert mask_of(opened).bounds == SPOT
    opened.undo_step()
    assert mask_of(opened).is_empty
    opened.invert_mask()
    assert mask_of(opened).coverage == 1
    opened.import_mask_bytes(b"no picture at all")
    assert opened.wait_idle(10)
    assert heard.messages[-1][0] == "error"
    assert mask_of(opened).coverage == 1


def test_layers_go_out_for_gimp_and_krita(opened: Editor, tmp_path: Path, heard: Heard) -> None:
    paint(opened, SPOT)
    opened.export_layers(tmp_path / "before")
    assert opened.wait_idle(10)
    assert layer_names(tmp_path / "before.ora") == [
        opened.words("layers.present_mask"),
        opened.words("layers.original"),
    ]
    opened.remove()
    assert opened.wait_idle(30)
    opened.export_layers(tmp_path / "after.ora")
    assert opened.wait_idle(10)
    assert len(layer_names(tmp_path / "after.ora")) == 3
    assert heard.messages[-1][:2] == ("info", opened.words("layers.exported", name="after.ora"))


def layer_names(path: Path) -> list[str]:
    stack = ET.fromstring(zipfile.ZipFile(path).read("stack.xml"))  # noqa: S314 - our own file
    return [layer.attrib["name"] for layer in stack.findall("stack/layer")]


def test_a_mask_of_another_size_is_taken_only_when_that_is_wanted(opened: Editor, tmp_path: Path) -> None:
    small = tmp_path / "small.png"
    pixels = np.zeros((120, 160, 3), np.uint8)
    pixels[20:40, 30:60] = 255
    write_png(small, pixels)
    offered: list[Import] = []
    opened.mask_size_differs.connect(offered.append)
    opened.import_mask(small)
    assert opened.wait_idle(10)
    assert mask_of(opened).is_empty
    assert offered[0].size == Size(160, 120)
    read: list[Found] = []
    opened.mask_read.connect(read.append)
    opened.look_at_scaled(offered[0])
    assert opened.wait_idle(10)
    assert read[0].mask is not None
    assert read[0].mask.bounds == Rect(60, 40, 60, 40)
    assert read[0].mask.size == opened.size
    assert mask_of(opened).is_empty


def test_the_history_lists_originals_and_edits_with_thumbnails(opened: Editor) -> None:
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(10)
    rows: list[str] = []
    pictures: list[QImage] = []
    opened.load_history(lambda found: rows.__setitem__(slice(None), [row.key for row in found]))
    assert opened.wait_idle(10)
    assert rows == [opened.original_id, opened.current_edit]
    thumbnail = opened.candidates[0].thumbnail
    assert thumbnail is not None
    opened.load_thumbnail(thumbnail, pictures.append)
    opened.load_thumbnail("0" * 64, pictures.append)
    assert opened.wait_idle(10)
    assert sorted(picture.isNull() for picture in pictures) == [False, True]


def test_a_draft_is_whole_or_absent(house: TestHouse) -> None:

    draft = drafts.Draft(
        "a" * 64, None, Size(30, 20), b"png", Operation.EDIT, "눈 감은 표정", "", sight=(150.0, 12.5, 8.0)
    )
    house.places.prepare()
    drafts.store(house.places, draft)
    assert drafts.load(house.places.journal, draft.root) == draft
    assert next(drafts.newest_first(house.places.journal), None) == draft
    path = house.places.journal / drafts.FOLDER / f"{draft.root}.json"
    path.write_bytes(path.read_bytes()[:40])
    assert drafts.load(house.places.journal, draft.root) is None
    assert next(drafts.newest_first(house.places.journal), None) is None
    empty = drafts.Draft(draft.root, None, Size(30, 20), None, Operation.EDIT, "", "")
    drafts.store(house.places, empty)
    assert next(drafts.newest_first(house.places.journal), None) == empty, "the photo was open all the same"


def test_an_edit_that_a_crash_interrupted_is_in_the_history_at_the_next_start(
    opened: Editor, script: Script, house: TestHouse, new_editor: NewEditor, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.faults["finish"] = FULL
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(10)
    edited = pixels_of(opened).copy()
    opened.shutdown()
    script.faults.clear()
    assert house.library.edits() == []
    monkeypatch.setattr(house.places, "lives", lambda _: False)  # the process that began it is gone
    again = new_editor()
    (record,) = house.library.edits()
    again.restore(record.edit_id)
    assert again.wait_idle(10)
    assert np.array_equal(pixels_of(again), edited)
    assert house.library.unfinished() == []


def test_an_edit_that_was_lost_on_its_way_is_reported_once(
    opened: Editor, house: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(opened, SPOT)
    opened.shutdown()
    house.library.begin(material.intent("lost", original=opened.original_id, host="api.example.com"))
    monkeypatch.setattr(house.places, "lives", lambda _: False)  # the process that began it is gone
    reports: list[str] = []
    for _ in range(2):
        again = Editor(house, Choice, Words("en"))
        again.message.connect(lambda kind, text, _: reports.append(text) if kind == "report" else None)
        again.start()
        again.resume()
        assert again.wait_idle(20)
        again.shutdown()
    assert reports == [Words("en")("ui_history.interrupted", count=1)]


def test_a_photo_that_another_window_deleted_for_good_does_not_stand_in_the_way_of_the_start(
    opened: Editor, new_editor: NewEditor, house: TestHouse, photo_path: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.png"
    write_png(other, make_photo(200, 100, seed=3))
    open_photo(opened, other)
    gone = opened.original_id
    assert gone is not None
    paint(opened, Rect(10, 10, 20, 20))
    opened.keep_draft()
    assert opened.wait_idle(10)
    house.library.delete(gone)
    house.library.empty_trash()
    assert drafts.load(house.places.journal, gone) is None
    opened.note_sight()  # as after another process has written to the library
    opened.shutdown()

    again, heard = new_editor(), []
    again.message.connect(lambda kind, *_: heard.append(kind))
    again.resume()
    wait_for(again, lambda: again.has_document and again.is_idle)
    assert again.title == photo_path.name
    assert "error" not in heard
    open_photo(again, other)
    assert mask_of(again).bounds == Rect(10, 10, 20, 20), "what was painted is there when the file is opened again"


def test_a_second_window_does_not_put_an_older_mask_over_what_is_painted_in_the_first(
    opened: Editor, new_editor: NewEditor, house: TestHouse, data_dir: Path, photo_path: Path, script: Script
) -> None:
    paint(opened, Rect(10, 10, 20, 20))
    opened.keep_draft()
    assert opened.wait_idle(10)
    beside = TestHouse(data_dir, script)
    second = Editor(beside, Choice, Words("en"))
    second.start()
    second.resume()
    assert second.wait_idle(20)
    assert not second.has_document, "the first window has it"
    open_photo(second, photo_path)
    assert mask_of(second).bounds == Rect(10, 10, 20, 20)
    paint(opened, Rect(100, 100, 20, 20))
    opened.keep_draft()
    assert opened.wait_idle(10)
    second.note_sight()  # it was only zoomed
    second.shutdown()
    beside.library.close()
    beside.places.close()
    opened.shutdown()

    again = new_editor()
    again.resume()
    wait_for(again, lambda: again.has_document and again.is_idle)
    assert mask_of(again).bounds == Rect(10, 10, 110, 110)


@pytest.mark.parametrize("mode", [Operation.REMOVE, Operation.EXTEND])
def test_a_stroke_that_is_open_when_an_edit_ends_is_not_disturbed(
    opened: Editor, script: Script, mode: Operation
) -> None:
    script.waits = True
    opened.set_mode(mode)
    opened.set_margins(Margins(right=40))
    paint(opened, SPOT)
    opened.generate()
    mask = mask_of(opened)
    opened.begin_stroke()
    mask.writable(Rect(0, 0, 10, 10))[...] = 255
    script.release.set()
    wait_for(opened, lambda: not opened.is_busy)
    opened.wait_idle(0.1)
    mask.writable(Rect(10, 0, 10, 10))[...] = 255
    step = mask.commit("session.step.all")
    assert step is not None
    opened.push_step(step)
    wait_for(opened, lambda: opened.current_edit is not None)
    while opened.undo.can_undo:
        opened.undo_step()
        assert opened.wait_idle(10)
    assert mask_of(opened) is mask
    assert mask.is_empty
    assert str(opened.size) == "320x240"


def test_candidates_do_not_hide_what_was_painted_since(opened: Editor) -> None:
    opened.set_prompt("a boat")
    opened.set_count(2)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(10)
    paint(opened, Rect(0, 0, 10, 10))
    opened.step_candidate(+1)
    assert opened.wait_idle(10)
    assert opened.chosen == 1
    assert not opened.mask_spent


def test_after_the_open_photos_original_was_purged_the_next_edit_says_so_and_sends_nothing(
    opened: Editor, script: Script, heard: Heard, house: TestHouse, photo_path: Path
) -> None:
    opened.set_prompt("a boat")
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    original, pixels = opened.original_id, pixels_of(opened).copy()
    assert original is not None
    house.library.delete(original)
    house.library.empty_trash()
    asked = len(script.asks)
    opened.set_prompt("a house")
    paint(opened, Rect(20, 30, 40, 30))
    mask = mask_of(opened).pixels.copy()
    opened.generate()
    assert opened.wait_idle(20)
    (problem,) = heard.of("edit_failed")
    assert (problem.kind, problem.message) == ("storage", "errors_storage.original_gone")
    assert len(script.asks) == asked
    assert opened.prompt == "a house"
    assert np.array_equal(mask_of(opened).pixels, mask)
    assert np.array_equal(pixels_of(opened), pixels)
    assert not heard.of("bug_met")
    open_photo(opened, photo_path)
    opened.set_prompt("a house")
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    assert len(script.asks) == asked + 1
    assert len(heard.of("edit_finished")) == 2


def test_after_undoing_what_the_library_refused_editing_goes_on(opened: Editor, script: Script, heard: Heard) -> None:
    script.faults["finish"] = FULL
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(10)
    script.faults.clear()
    opened.generate()
    assert opened.wait_idle(10)
    assert len(heard.of("edit_failed")) == 2
    opened.undo_step()
    assert opened.wait_idle(10)
    opened.generate()
    assert opened.wait_idle(10)
    assert len(heard.of("edit_finished")) == 1
