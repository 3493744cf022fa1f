from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dalle_studio.core.errors import BadInput, EngineUnavailable, KeyProblem
from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.records import Operation
from dalle_studio.core.reshape import Reshape
from dalle_studio.formats.opening import open_picture
from tests.conftest import make_photo
from tests.formats.files import png_bomb
from tests.session.conftest import (
    Heard,
    NewEditor,
    Script,
    TestHouse,
    colour_of,
    digest,
    mask_of,
    open_photo,
    paint,
    pixels_of,
    wait_for,
    write_png,
)

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from dalle_studio.session.comparing import Comparison
    from dalle_studio.session.editor import Editor

SPOT = Rect(100, 80, 60, 40)


def test_an_opened_photo_is_shown_and_kept(opened: Editor, photo_path: Path, house: TestHouse) -> None:
    assert opened.title == "harbour.png"
    assert str(opened.size) == "320x240"
    assert opened.view is not None
    assert opened.original_id is not None
    assert house.library.blob(opened.original_id) == photo_path.read_bytes()
    assert mask_of(opened).is_empty
    assert opened.save_needs_name


def test_what_is_open_stays_when_another_photo_cannot_be_opened(opened: Editor, tmp_path: Path, heard: Heard) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    paint(opened, SPOT)
    before = opened.picture
    opened.open(broken)
    assert opened.wait_idle(10)
    assert opened.picture is before
    assert not mask_of(opened).is_empty
    assert [kind for kind, _, _ in heard.messages] == ["error"]
    assert heard.of("loading_changed") == [True, False]


def test_the_main_job_changes_only_what_was_painted(opened: Editor, heard: Heard, house: TestHouse) -> None:
    before = pixels_of(opened).copy()
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.is_busy
    assert opened.wait_idle(20)
    after = pixels_of(opened)
    assert colour_of(after, SPOT) == 0
    (changed,) = heard.of("pixels_changed")
    outside = np.ones(before.shape[:2], bool)
    outside[changed.slices] = False
    assert np.array_equal(before[outside], after[outside])
    (record,) = heard.of("edit_finished")
    assert opened.current_edit == record.edit_id
    assert opened.identical is True
    assert heard.of("busy_changed") == [True, False]
    assert [edit.edit_id for edit in house.library.edits()] == [record.edit_id]
    assert heard.threads == {threading.get_ident()}


def test_undo_and_redo_walk_over_strokes_and_edits(opened: Editor) -> None:
    original = pixels_of(opened).copy()
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    edited = pixels_of(opened).copy()
    edit = opened.current_edit
    opened.undo_step()
    opened.undo_step()
    assert opened.wait_idle(10)
    assert np.array_equal(pixels_of(opened), original)
    assert mask_of(opened).is_empty
    assert (opened.current_edit, opened.identical, opened.undo.can_undo) == (None, None, False)
    opened.redo_step()
    opened.redo_step()
    opened.redo_step()
    assert opened.wait_idle(10)
    assert np.array_equal(pixels_of(opened), edited)
    assert (opened.current_edit, opened.identical, opened.undo.can_redo) == (edit, True, False)


def test_candidates_are_stepped_through_and_the_choice_is_kept(opened: Editor, house: TestHouse) -> None:
    opened.set_prompt("a boat")
    opened.set_count(3)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    shown = []
    for _ in range(4):
        shown.append((opened.chosen, colour_of(pixels_of(opened), SPOT)))
        opened.step_candidate(+1)
        assert opened.wait_idle(10)
    assert shown == [(0, 0), (1, 1), (2, 2), (0, 0)]
    assert opened.current_edit is not None
    assert house.library.edit(opened.current_edit).chosen == 1
    opened.undo_step()
    opened.redo_step()
    assert opened.wait_idle(10)
    assert colour_of(pixels_of(opened), SPOT) == 1


def test_a_failed_edit_leaves_everything_as_it_was(opened: Editor, heard: Heard, script: Script) -> None:
    script.fails = EngineUnavailable("errors_workflow.no_answer", engine="openai")
    opened.set_prompt("a boat")
    paint(opened, SPOT)
    picture, pixels, mask = opened.picture, pixels_of(opened).copy(), mask_of(opened).pixels.copy()
    opened.generate()
    assert opened.wait_idle(20)
    assert heard.of("edit_failed") == [script.fails]
    assert opened.picture is picture
    assert np.array_equal(pixels_of(opened), pixels)
    assert np.array_equal(mask_of(opened).pixels, mask)
    assert opened.prompt == "a boat"
    assert not opened.is_busy


def test_what_never_reached_the_network_is_not_counted_as_sent(opened: Editor, script: Script) -> None:
    opened.set_prompt("a boat")
    paint(opened, SPOT)
    script.fails = EngineUnavailable("errors_workflow.no_answer", unsent=True, engine="openai")
    opened.generate()
    assert opened.wait_idle(20)
    assert opened.sent_today == {}
    script.fails = EngineUnavailable("errors_workflow.no_answer", engine="openai")
    opened.generate()
    assert opened.wait_idle(20)
    assert opened.sent_today == {"api.openai.com": 1}


def test_what_was_sent_is_counted_while_the_answer_is_waited_for(opened: Editor, script: Script, qtbot: QtBot) -> None:
    script.waits = True
    opened.set_prompt("a boat")
    paint(opened, SPOT)
    opened.generate()
    qtbot.waitUntil(lambda: opened.sent_today == {"api.openai.com": 1}, timeout=20_000)
    assert opened.is_busy
    script.release.set()
    assert opened.wait_idle(20)
    assert opened.sent_today == {"api.openai.com": 1}


def test_a_prompt_edit_without_a_key_keeps_the_prompt_and_can_be_removed_instead(
    opened: Editor, heard: Heard, script: Script
) -> None:
    script.has_key = False
    opened.set_prompt("눈 감은 표정")
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    assert [type(error) for error in heard.of("edit_failed")] == [KeyProblem]
    assert script.asks == []
    assert opened.prompt == "눈 감은 표정"
    opened.remove()
    assert opened.wait_idle(20)
    assert [record.operation for record in heard.of("edit_finished")] == [Operation.REMOVE]
    assert (opened.prompt, opened.mode) == ("눈 감은 표정", Operation.EDIT)


def test_nothing_is_sent_for_an_empty_mask_or_an_empty_prompt(opened: Editor, heard: Heard, script: Script) -> None:
    opened.generate()
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(10)
    assert [error.message for error in heard.of("edit_failed")] == [
        "errors_workflow.mask_empty",
        "errors_workflow.prompt_empty",
    ]
    assert all(isinstance(error, BadInput) for error in heard.of("edit_failed"))
    assert script.asks == []


def test_a_second_press_while_an_edit_runs_sends_nothing(opened: Editor, script: Script) -> None:
    script.waits = True
    opened.set_prompt("a boat")
    paint(opened, SPOT)
    opened.generate()
    opened.generate()
    opened.remove()
    script.release.set()
    assert opened.wait_idle(20)
    assert len(script.asks) == 1


def test_cancelling_ends_the_edit_within_a_second(
    opened: Editor, heard: Heard, script: Script, house: TestHouse
) -> None:
    script.waits = True
    opened.set_prompt("a boat")
    paint(opened, SPOT)
    picture = opened.picture
    opened.generate()
    assert script.started.wait(10)
    opened.cancel()
    assert opened.wait_idle(1.0)
    assert script.closed.is_set()
    assert opened.picture is picture
    assert not opened.is_busy
    assert heard.of("edit_failed") == []
    assert heard.messages[-1][0] == "warning"
    assert "billed" in heard.messages[-1][2]
    assert [edit.state for edit in house.library.edits(every_state=True)] == ["cancelled"]


def test_cancelling_what_stays_on_this_computer_costs_nothing(opened: Editor, heard: Heard, script: Script) -> None:
    script.waits = True
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert script.started.wait(10)
    opened.cancel()
    assert opened.wait_idle(5)
    kind, _, hint = heard.messages[-1]
    assert kind == "info"
    assert "billed" not in hint


def test_partial_pictures_are_shown_and_go_away(opened: Editor, heard: Heard, script: Script) -> None:
    script.partials = 2
    script.waits = True
    opened.set_prompt("a boat")
    paint(opened, SPOT)
    seen: list[object] = []

    def look() -> None:
        if opened.partial is not None:
            seen.append(opened.partial.partial_rect)
            script.release.set()

    opened.preview_changed.connect(look)
    opened.generate()
    assert opened.wait_idle(20)
    assert seen
    assert opened.partial is None


def test_a_korean_prompt_is_translated_and_looked_at_before_it_is_sent(
    opened: Editor, heard: Heard, script: Script
) -> None:
    script.needs_english = True
    opened.set_prompt("눈 감은 표정")
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    assert script.asks == []
    assert heard.of("english_changed") == ["closed eyes"]
    assert heard.messages[-1] == ("info", "Check the English, then press Generate again.", "")
    assert not opened.is_busy
    opened.generate()
    assert opened.wait_idle(20)
    assert [ask.prompt for ask in script.asks] == ["closed eyes"]
    (record,) = heard.of("edit_finished")
    assert (record.prompt, record.prompt_sent) == ("눈 감은 표정", "closed eyes")
    opened.set_prompt("뜬 눈")
    opened.generate()
    assert opened.wait_idle(20)
    assert len(script.asks) == 1


def test_words_that_an_engine_does_not_follow_are_not_in_the_history(
    opened: Editor, script: Script, heard: Heard
) -> None:
    opened.set_prompt("눈 감은 표정")
    opened.set_mode(Operation.EXTEND)
    opened.set_margins(Margins(right=40))
    opened.generate()
    assert opened.wait_idle(20)
    assert [record.prompt for record in heard.of("edit_finished")] == [""]
    assert opened.prompt == "눈 감은 표정"


def test_the_users_own_english_is_what_is_sent(opened: Editor, script: Script) -> None:
    script.needs_english = True
    opened.set_prompt("눈 감은 표정")
    opened.translate()
    assert opened.wait_idle(10)
    assert opened.english == "closed eyes"
    opened.set_english("eyes gently closed")
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    assert [ask.prompt for ask in script.asks] == ["eyes gently closed"]
    opened.set_prompt("다른 말")
    assert opened.english == "eyes gently closed"
    assert opened.english_is_stale
    opened.set_prompt("")
    assert opened.english == ""


def test_saving_unedited_copies_the_file_and_edited_writes_the_pixels(
    opened: Editor, tmp_path: Path, photo_path: Path, house: TestHouse
) -> None:
    copy = tmp_path / "copy.png"
    opened.save_as(copy)
    assert opened.wait_idle(10)
    assert copy.read_bytes() == photo_path.read_bytes()
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    opened.save()
    assert opened.wait_idle(10)
    assert np.array_equal(open_picture(copy.read_bytes(), name="copy.png").pixels, pixels_of(opened))
    assert opened.current_edit is not None
    assert house.library.edit(opened.current_edit).outputs == (copy,)
    assert (opened.title, opened.save_needs_name, opened.is_saved) == ("copy.png", False, True)


def test_a_photo_changed_by_others_is_kept_before_it_is_written_over(
    opened: Editor, photo_path: Path, tmp_path: Path, house: TestHouse
) -> None:
    other = tmp_path / "other.png"
    write_png(other, np.zeros((10, 10, 3), np.uint8))
    known = digest(other)
    opened.save_as(other)
    assert opened.wait_idle(10)
    assert known in {original.original_id for original in house.library.originals()}


def test_a_photo_that_cannot_be_kept_is_not_written_over(opened: Editor, heard: Heard, tmp_path: Path) -> None:
    other = tmp_path / "panorama.png"
    other.write_bytes(png_bomb(60_000, 60_000))
    before = other.read_bytes()
    opened.save_as(other)
    assert opened.wait_idle(10)
    assert other.read_bytes() == before
    (told,) = [text for kind, text, _ in heard.messages if kind != "info"]
    assert "panorama.png" in told
    text = tmp_path / "notes.png"
    text.write_text("no photo at all")
    opened.save_as(text)
    assert opened.wait_idle(10)
    assert text.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("margins", [Margins(right=40, bottom=20), Margins(right=40), Margins(40, 20, 5, 7)])
def test_extending_grows_the_canvas_and_undo_brings_photo_and_mask_back(
    opened: Editor, heard: Heard, margins: Margins
) -> None:
    original = pixels_of(opened).copy()
    size = margins.around(Size(320, 240))
    inner = margins.inner(Size(320, 240)).slices
    opened.set_mode(Operation.EXTEND)
    opened.set_margins(margins)
    opened.generate()
    assert opened.wait_idle(20)
    assert heard.of("edit_failed") == []
    assert opened.size == size
    assert mask_of(opened).size == opened.size
    assert opened.view is not None
    assert opened.view.size == opened.size
    extended = pixels_of(opened).copy()
    assert np.array_equal(extended[inner], original)
    opened.undo_step()
    assert opened.wait_idle(10)
    assert np.array_equal(pixels_of(opened), original)
    assert mask_of(opened).size == opened.size
    opened.redo_step()
    assert opened.wait_idle(10)
    assert np.array_equal(pixels_of(opened), extended)


def test_what_was_added_or_cut_off_does_not_move_a_photo_that_is_compared(opened: Editor) -> None:
    first = opened.original_id
    assert first is not None
    opened.set_mode(Operation.EXTEND)
    opened.set_margins(Margins(40, 20, 5, 7))
    opened.generate()
    assert opened.wait_idle(20)
    extended = opened.current_edit
    opened.reshape(Reshape(crop=Rect(10, 10, 200, 100)))
    assert opened.wait_idle(20)
    cropped = opened.current_edit
    opened.reshape(Reshape(turns=1))
    assert opened.wait_idle(20)
    turned = opened.current_edit
    assert extended is not None
    assert cropped is not None
    assert turned is not None
    shown: list[Comparison] = []
    for pair in ((first, extended), (extended, first), (first, cropped), (first, turned)):
        opened.compare(*pair, shown.append)
        assert opened.wait_idle(20)
    assert [one.corner for one in shown[:3]] == [(-40, -20), (40, 20), (-30, -10)]
    assert [one.changed for one in shown] == [0, 0, 0, None]
    assert [one.difference_corner for one in shown[:3]] == [(0, 0), (40, 20), (0, 0)]
    assert shown[0].difference is not None
    assert shown[0].difference.size == Size(320, 240)
    assert shown[3].scale == 240 / 200, "as large as the first"


def test_extending_leaves_the_result_of_the_edit_before_as_it_is(opened: Editor, script: Script) -> None:
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    edited = pixels_of(opened).copy()
    assert opened.mask_spent
    opened.set_mode(Operation.EXTEND)
    opened.set_margins(Margins(right=40))
    assert opened.wait_idle(10)
    opened.generate()
    assert opened.wait_idle(20)
    mask = script.asks[-1].mask
    assert mask is not None
    assert not mask[:, : mask.shape[1] // 2].any()
    assert np.array_equal(pixels_of(opened)[:, :320], edited)


def test_a_photo_is_not_extended_beyond_what_can_be_opened(opened: Editor, script: Script, heard: Heard) -> None:
    opened.set_mode(Operation.EXTEND)
    opened.set_margins(Margins(left=20_000, top=20_000))
    assert opened.wait_idle(10)
    assert opened.plan_problem is not None
    opened.generate()
    assert opened.wait_idle(10)
    assert [error.message for error in heard.of("edit_failed")] == ["errors_workflow.result_too_large"]
    assert script.asks == []
    assert opened.margins == Margins(left=20_000, top=20_000)


def test_extending_redraws_what_was_painted_for_it(opened: Editor) -> None:
    opened.set_mode(Operation.EXTEND)
    opened.set_margins(Margins(right=40))
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    assert colour_of(pixels_of(opened), SPOT) == 0


def test_margins_hold_in_extend_only_and_for_one_extension(opened: Editor, script: Script, heard: Heard) -> None:
    opened.set_mode(Operation.EXTEND)
    opened.set_margins(Margins(right=40))
    opened.set_mode(Operation.VARY)
    assert opened.margins.is_empty
    opened.set_mode(Operation.EXTEND)
    assert opened.margins == Margins(right=40)
    opened.generate()
    assert opened.wait_idle(20)
    assert opened.margins.is_empty
    opened.generate()
    assert opened.wait_idle(20)
    assert [error.message for error in heard.of("edit_failed")] == ["errors_workflow.margins_empty"]
    assert str(opened.size) == "360x240"
    assert len(script.asks) == 1


def test_the_history_leads_back_to_any_version(opened: Editor, heard: Heard) -> None:
    original = pixels_of(opened).copy()
    original_id = opened.original_id
    assert original_id is not None
    opened.set_mode(Operation.REMOVE)
    for spot in (SPOT, Rect(10, 10, 40, 40)):
        opened.clear_mask()
        paint(opened, spot)
        opened.generate()
        assert opened.wait_idle(20)
    first, second = (record.edit_id for record in heard.of("edit_finished"))
    last = pixels_of(opened).copy()
    opened.restore(original_id)
    assert opened.wait_idle(10)
    assert np.array_equal(pixels_of(opened), original)
    opened.restore(first)
    assert opened.wait_idle(10)
    assert opened.current_edit == first
    opened.undo_step()
    opened.undo_step()
    assert opened.wait_idle(10)
    assert np.array_equal(pixels_of(opened), last)
    assert opened.current_edit == second


def test_a_version_from_the_history_is_not_saved_over_the_file_of_another(
    opened: Editor, heard: Heard, tmp_path: Path
) -> None:
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    edit, target = opened.current_edit, tmp_path / "edited.png"
    opened.save_as(target)
    assert opened.wait_idle(10)
    written = digest(target)
    opened.restore(opened.original_id or "")
    assert opened.wait_idle(10)
    opened.save()
    assert opened.wait_idle(10)
    assert digest(target) == written
    assert heard.messages[-1][1] == "Choose where to save first."
    opened.save_as(tmp_path / "again.png")
    assert opened.wait_idle(10)
    opened.restore(edit or "")
    assert opened.wait_idle(10)
    assert opened.save_needs_name


@pytest.mark.parametrize("mode", [Operation.VARY, Operation.GENERATE])
def test_nothing_is_said_of_the_outside_of_a_picture_that_is_new_all_over(opened: Editor, mode: Operation) -> None:
    opened.set_mode(mode)
    opened.set_prompt("a harbour at dawn")
    opened.generate()
    assert opened.wait_idle(20)
    assert opened.current_edit is not None
    assert opened.identical is None


def test_an_edit_stands_on_the_version_that_is_shown(opened: Editor, heard: Heard) -> None:
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    opened.generate()
    assert opened.wait_idle(20)
    first, second = heard.of("edit_finished")
    assert (first.parent, second.parent) == (None, first.edit_id)
    assert first.original == second.original == opened.original_id


def test_the_same_again_is_another_try_on_the_version_before(opened: Editor, heard: Heard, script: Script) -> None:
    original = pixels_of(opened).copy()
    opened.set_prompt("a boat")
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    opened.generate()
    opened.generate()
    assert opened.wait_idle(20)
    first, second = heard.of("edit_finished")
    assert (first.parent, second.parent) == (None, None)
    assert opened.current_edit == second.edit_id
    assert len(script.asks) == 2
    assert any("Another try" in text for _, text, _ in heard.messages)
    opened.undo_step()
    assert opened.wait_idle(10)
    assert np.array_equal(pixels_of(opened), original)
    opened.redo_step()
    assert opened.wait_idle(10)
    opened.set_prompt("two boats")
    opened.generate()
    assert opened.wait_idle(20)
    assert heard.of("edit_finished")[2].parent == second.edit_id


def test_another_try_that_fails_leaves_the_result_of_the_first(opened: Editor, heard: Heard, script: Script) -> None:
    opened.set_prompt("a boat")
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    edit, edited = opened.current_edit, pixels_of(opened).copy()
    script.fails = EngineUnavailable("errors_workflow.no_answer", engine="openai")
    opened.generate()
    assert opened.wait_idle(20)
    assert heard.of("edit_failed") == [script.fails]
    assert opened.current_edit == edit
    assert np.array_equal(pixels_of(opened), edited)
    assert opened.mask_spent


def test_a_generated_picture_becomes_a_photo_of_its_own(editor: Editor, heard: Heard) -> None:
    editor.set_mode(Operation.GENERATE)
    editor.set_prompt("a harbour at dawn")
    editor.generate()
    assert editor.wait_idle(20)
    assert editor.title == "a harbour at dawn"
    assert (editor.path, editor.original_id) == (None, None)
    (record,) = heard.of("edit_finished")
    assert editor.current_edit == record.edit_id
    editor.set_mode(Operation.REMOVE)
    paint(editor, SPOT)
    editor.generate()
    assert editor.wait_idle(20)
    assert heard.of("edit_finished")[1].parent == record.edit_id
    edited = pixels_of(editor).copy()
    editor.restore(record.edit_id)
    editor.wait_idle(10)
    editor.restore(heard.of("edit_finished")[1].edit_id)
    assert editor.wait_idle(10)
    assert np.array_equal(pixels_of(editor), edited)


def test_two_photos_keep_their_edits_apart(opened: Editor, tmp_path: Path, script: Script, heard: Heard) -> None:
    script.waits = True
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert script.started.wait(10)
    other = tmp_path / "other.png"
    write_png(other, make_photo(200, 100, seed=3))
    opened.open(other)
    heard_before = len(heard.of("document_changed"))
    wait_for(opened, lambda: len(heard.of("document_changed")) > heard_before)
    shown = opened.picture
    script.release.set()
    assert opened.wait_idle(20)
    assert opened.picture is shown
    assert len(heard.of("edit_finished")) == 1


def test_what_was_painted_and_written_is_there_at_the_next_start(
    opened: Editor, photo_path: Path, new_editor: NewEditor
) -> None:
    opened.set_prompt("눈 감은 표정")
    paint(opened, SPOT)
    painted = mask_of(opened).pixels.copy()
    opened.shutdown()
    again = new_editor()
    open_photo(again, photo_path)
    assert np.array_equal(mask_of(again).pixels, painted)
    assert again.prompt == "눈 감은 표정"


def test_resuming_brings_back_the_photo_as_it_was_left(opened: Editor, new_editor: NewEditor) -> None:
    opened.set_mode(Operation.REMOVE)
    paint(opened, SPOT)
    opened.generate()
    assert opened.wait_idle(20)
    paint(opened, Rect(0, 0, 20, 20))
    left, mask, edit = pixels_of(opened).copy(), mask_of(opened).pixels.copy(), opened.current_edit
    opened.shutdown()
    again = new_editor()
    again.resume()
    assert again.wait_idle(20)
    assert again.current_edit == edit
    assert np.array_equal(pixels_of(again), left)
    assert np.array_equal(mask_of(again).pixels, mask)
