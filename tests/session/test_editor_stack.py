"""Edits of the open photo blended anew: looked at, kept, taken back, there after a restart; nothing is sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dalle_studio.core.errors import StorageProblem
from dalle_studio.core.geometry import Margins, Rect
from dalle_studio.core.records import BlendMode, Layer, Operation, Reshape
from dalle_studio.session.editor import Editor
from dalle_studio.session.proofs import Sight
from tests.session.conftest import Heard, NewEditor, Script, open_photo, paint, pixels_of, wait_for

LEFT, RIGHT, BOTH = Rect(30, 60, 70, 50), Rect(200, 120, 60, 60), Rect(70, 80, 70, 50)
EVERYTHING = Sight(1.0, Rect(0, 0, 320, 240))


def edit(editor: Editor, where: Rect, prompt: str = "a red disc") -> None:
    """One edit of a fresh mask."""
    editor.clear_mask()
    paint(editor, where)
    editor.set_prompt(prompt)
    editor.set_count(2)
    editor.generate()
    assert editor.wait_idle(30)
    assert editor.stack[-1].record.prompt == prompt


def blended(editor: Editor, at: int = -1, **settings: Any) -> Layer:
    """A layer of the stack with other blend settings."""
    layer = editor.stack[at].layer
    return replace(layer, blend=replace(layer.blend, **settings))


def settle(editor: Editor) -> None:
    editor.keep_tuned()
    assert editor.wait_idle(30)
    assert not editor.is_tuning


def test_a_setting_is_looked_at_then_kept_taken_back_and_done_again(
    opened: Editor, heard: Heard, script: Script
) -> None:
    photo = pixels_of(opened).copy()
    edit(opened, LEFT)
    composed = pixels_of(opened).copy()

    opened.tune(blended(opened, opacity=0.5), EVERYTHING)
    assert opened.wait_idle(30)

    looked = opened.partial
    assert looked is not None
    assert looked.partial is not None
    assert looked.partial_rect is not None
    assert np.array_equal(pixels_of(opened), composed)  # no version yet
    settle(opened)
    exact = pixels_of(opened).copy()
    assert opened.partial is None
    assert np.abs(looked.partial.astype(int) - exact[looked.partial_rect.slices]).max() <= 2
    half = (photo.astype(float) + composed) / 2
    assert np.abs(exact[LEFT.slices] - half[LEFT.slices]).mean() < 12  # mixed in linear light
    assert opened.undo.names[-1] == "reblend.step"
    assert opened.identical is True

    opened.undo_step()
    assert opened.wait_idle(30)
    assert np.array_equal(pixels_of(opened), composed)
    assert opened.stack[-1].layer.blend.opacity == 1.0
    opened.redo_step()
    assert opened.wait_idle(30)
    assert np.array_equal(pixels_of(opened), exact)
    assert opened.stack[-1].layer.blend.opacity == 0.5
    assert len(script.asks) == 1
    assert heard.of("bug_met") == []


@pytest.mark.parametrize(
    "settings",
    [
        {"feather": 12},
        {"feather": 0, "grow": 9},
        {"grow": -7},
        {"match": 0.3, "grain": 0.0},
        {"mode": BlendMode.POISSON},
        {"mode": BlendMode.COLOUR},
        {"mode": BlendMode.LUMINOSITY, "opacity": 0.7},
    ],
    ids=str,
)
def test_what_is_looked_at_is_what_it_becomes(opened: Editor, settings: dict[str, Any]) -> None:
    edit(opened, LEFT)
    opened.tune(blended(opened, **settings), EVERYTHING)
    assert opened.wait_idle(30)
    looked = opened.partial
    assert looked is not None
    assert looked.partial is not None
    assert looked.partial_rect is not None
    settle(opened)
    apart = np.abs(looked.partial.astype(int) - pixels_of(opened)[looked.partial_rect.slices])
    assert np.percentile(apart, 99.5) <= 3


def test_only_the_latest_of_many_settings_is_kept(opened: Editor, heard: Heard) -> None:
    edit(opened, LEFT)
    steps = opened.undo.position
    for feather in range(1, 40):
        opened.tune(blended(opened, feather=feather), EVERYTHING)
    settle(opened)
    assert opened.undo.position == steps + 1
    assert opened.stack[-1].layer.blend.feather == 39
    assert len([one for one in opened.library.edits() if one.operation is Operation.BLEND]) == 1
    assert heard.of("edit_failed") == []


def test_the_lower_of_two_edits_is_hidden_and_shown_again_byte_for_byte(opened: Editor) -> None:
    photo = pixels_of(opened).copy()
    edit(opened, LEFT, "first")
    edit(opened, RIGHT, "second")
    both = pixels_of(opened).copy()
    assert [item.record.prompt for item in opened.stack] == ["first", "second"]

    opened.set_layer(replace(opened.stack[0].layer, is_visible=False))
    assert opened.wait_idle(30)

    assert np.array_equal(pixels_of(opened)[LEFT.slices], photo[LEFT.slices])
    assert np.array_equal(pixels_of(opened)[RIGHT.slices], both[RIGHT.slices])
    opened.set_layer(replace(opened.stack[0].layer, is_visible=True))
    assert opened.wait_idle(30)
    assert np.array_equal(pixels_of(opened), both)


def test_layers_that_do_not_overlap_change_places(opened: Editor) -> None:
    edit(opened, LEFT, "first")
    edit(opened, RIGHT, "second")
    edit(opened, BOTH, "third")
    whole = pixels_of(opened).copy()

    opened.lift(0)
    assert opened.wait_idle(30)

    assert [item.record.prompt for item in opened.stack] == ["second", "first", "third"]
    assert np.array_equal(pixels_of(opened), whole)
    steps = opened.undo.position
    opened.lift(1)  # overlaps the third
    assert opened.wait_idle(30)
    assert opened.undo.position == steps


def test_after_a_restart_the_version_is_there_and_is_blended_anew_without_a_request(
    new_editor: NewEditor, photo_path: Path, script: Script
) -> None:
    first = new_editor()
    open_photo(first, photo_path)
    edit(first, LEFT)
    composed = pixels_of(first).copy()
    first.tune(blended(first, opacity=0.25), None)
    settle(first)
    left = pixels_of(first).copy()
    first.shutdown()

    again = new_editor()
    again.resume()
    wait_for(again, lambda: again.has_document and bool(again.stack) and again.is_idle)
    assert np.array_equal(pixels_of(again), left)
    assert again.stack[0].layer.blend.opacity == 0.25
    again.reset_layer(again.stack[0].layer.edit_id)
    assert again.wait_idle(30)
    assert np.array_equal(pixels_of(again), composed)
    assert len(script.asks) == 1


def test_another_candidate_is_shown_below_an_edit_that_overlaps_it(opened: Editor) -> None:
    edit(opened, LEFT, "first")
    edit(opened, BOTH, "second")
    before = pixels_of(opened).copy()
    lower = opened.stack[0].layer

    opened.set_layer(replace(lower, candidate=1))
    assert opened.wait_idle(30)

    alone = Rect(LEFT.x, LEFT.y, 15, 15)
    assert not np.array_equal(pixels_of(opened)[alone.slices], before[alone.slices])
    opened.set_layer(lower)
    assert opened.wait_idle(30)
    assert np.array_equal(pixels_of(opened), before)


def test_what_the_library_lost_is_said_and_everything_stays(opened: Editor, heard: Heard, script: Script) -> None:
    edit(opened, LEFT)
    composed, steps = pixels_of(opened).copy(), opened.undo.position
    script.faults["answer_indices"] = StorageProblem("errors_workflow.no_picture", edit="x")

    opened.tune(blended(opened, feather=30), EVERYTHING)
    settle(opened)

    assert [kind for kind, _, _ in heard.messages][-1] == "error"
    assert np.array_equal(pixels_of(opened), composed)
    assert opened.undo.position == steps
    assert opened.stack[0].layer.blend.feather is None


def test_what_is_tuned_is_kept_before_it_is_taken_back_or_saved(opened: Editor, tmp_path: Path) -> None:
    edit(opened, LEFT)
    composed = pixels_of(opened).copy()
    opened.tune(blended(opened, opacity=0.5), None)
    opened.save(tmp_path / "out.png")
    assert opened.wait_idle(30)
    assert opened.is_saved
    assert not np.array_equal(pixels_of(opened), composed)
    opened.tune(blended(opened, opacity=0.1), None)
    opened.undo_step()
    assert opened.wait_idle(30)
    assert opened.stack[0].layer.blend.opacity == 0.5
    opened.undo_step()
    assert opened.wait_idle(30)
    assert np.array_equal(pixels_of(opened), composed)


def test_while_an_engine_works_on_the_photo_its_edits_rest(opened: Editor, script: Script) -> None:
    edit(opened, LEFT)
    layer, composed = blended(opened, opacity=0.5), pixels_of(opened).copy()
    opened.clear_mask()
    paint(opened, RIGHT)
    script.waits = True
    script.started.clear()
    opened.generate()
    wait_for(opened, script.started.is_set)
    ready = [opened.can_tune]
    opened.tune(layer, EVERYTHING)
    opened.lift(0)
    assert not opened.is_tuning
    opened.cancel()
    assert opened.wait_idle(20)
    ready.append(opened.can_tune)
    assert ready == [False, True]
    assert np.array_equal(pixels_of(opened), composed)


def test_the_map_counts_what_changed_and_follows_the_version(opened: Editor, heard: Heard) -> None:
    photo = pixels_of(opened).copy()
    opened.show_heat(True)
    assert opened.wait_idle(20)
    assert opened.heat is not None
    assert (opened.heat.share, opened.heat.largest, opened.heat.stray) == (0, 0, 0)
    edit(opened, LEFT)
    assert opened.wait_idle(20)
    apart = np.abs(pixels_of(opened).astype(int) - photo).max(axis=2)
    assert opened.heat is not None
    assert opened.heat.share == np.count_nonzero(apart) / apart.size
    assert (opened.heat.largest, opened.heat.stray) == (apart.max(), 0)
    opened.set_mode(Operation.VARY)
    opened.generate()
    assert opened.wait_idle(30)
    assert not opened.shows_heat  # nothing of the photo is left to compare with
    assert heard.messages[-1][0] == "error"


def test_new_canvas_is_no_difference_to_a_photo_that_was_not_there(opened: Editor) -> None:
    opened.set_mode(Operation.EXTEND)
    opened.set_engine("openai")
    opened.set_margins(Margins(right=80))
    opened.set_prompt("more water")
    opened.generate()
    assert opened.wait_idle(30)
    opened.show_heat(True)
    assert opened.wait_idle(20)
    assert opened.heat is not None
    assert opened.heat.stray == 0
    assert opened.heat.share >= 80 / 400


@pytest.mark.parametrize("reshape", [Reshape(turns=1), Reshape(mirrored=True, turns=3, crop=Rect(20, 30, 180, 250))])
def test_an_edit_below_a_changed_frame_is_looked_at_in_that_frame(opened: Editor, reshape: Reshape) -> None:
    edit(opened, LEFT)
    opened.reshape(reshape)
    assert opened.wait_idle(30)
    assert opened.size is not None
    opened.choose_layer(0)
    before = pixels_of(opened).copy()
    opened.tune(blended(opened, 0, opacity=0.4, feather=10), Sight(1.0, Rect.of_size(opened.size)))
    assert opened.wait_idle(30)
    looked = opened.partial
    assert looked is not None
    assert looked.partial is not None
    assert looked.partial_rect is not None
    settle(opened)
    assert not np.array_equal(pixels_of(opened), before)
    apart = np.abs(looked.partial.astype(int) - pixels_of(opened)[looked.partial_rect.slices])
    assert np.percentile(apart, 99.5) <= 3
