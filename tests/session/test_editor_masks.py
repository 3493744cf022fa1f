"""Selections and operations on the mask: worked out on the worker, one step each, never in a stroke's way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.operation import Operation
from dalle_studio.core.picture import MaskPixels
from dalle_studio.imaging import morphology, shapes
from dalle_studio.imaging.selection import Combine
from dalle_studio.imaging.stopping import ShouldStop, check
from dalle_studio.session import editor_masks
from dalle_studio.session.editor import Editor
from dalle_studio.session.editor_selections import MaskWork
from dalle_studio.tools.selecting import SelectionJob
from tests.session.conftest import mask_of, open_photo, paint, write_png

if TYPE_CHECKING:
    from tests.conftest import PhotoFactory
    from tests.session.conftest import Heard

SPOT = Rect(40, 30, 60, 50)


@pytest.fixture
def large(editor: Editor, tmp_path: Path, photo: PhotoFactory) -> Editor:
    """A photo whose whole mask is too much to be changed at once."""
    path = tmp_path / "large.png"
    write_png(path, photo(2400, 1700))
    open_photo(editor, path)
    assert Size(2400, 1700).area > editor_masks.QUICK_AREA
    return editor


def rectangle(size: Size, rect: Rect, how: Combine = Combine.REPLACE, *, slow: bool = False) -> SelectionJob:
    return SelectionJob("tools.step_rectangle", how, lambda _: shapes.rectangle(size, rect), is_slow=slow)


def until_stopped(begun: threading.Event) -> SelectionJob:
    def work(should_stop: ShouldStop) -> FrozenMask:
        begun.set()
        while True:
            check(should_stop)

    return SelectionJob("tools.step_wand", Combine.REPLACE, work, is_slow=True)


def size_of(editor: Editor) -> Size:
    assert editor.size is not None
    return editor.size


def shown(editor: Editor) -> MaskPixels:
    """The smallest level of what the canvas draws, to be compared with one made anew."""
    from dalle_studio.imaging.pyramid import MaskPyramid

    assert editor.view is not None
    levels = editor.view.mask._pyramid.levels
    fresh = MaskPyramid(mask_of(editor).pixels).levels
    for level, expected in zip(levels, fresh, strict=True):
        assert np.array_equal(level, expected)
    return levels[-1]


@pytest.mark.parametrize("slow", [False, True])
def test_selections_join_the_mask_one_step_each(opened: Editor, slow: bool) -> None:
    size = size_of(opened)
    opened.select(rectangle(size, Rect(10, 10, 100, 100), slow=slow))
    opened.select(rectangle(size, Rect(60, 60, 100, 100), Combine.ADD, slow=slow))
    opened.select(rectangle(size, Rect(0, 0, 30, 200), Combine.SUBTRACT, slow=slow))
    opened.select(rectangle(size, Rect(0, 0, 120, 120), Combine.INTERSECT, slow=slow))
    assert opened.wait_idle(10)
    expected = np.zeros(size.shape, np.uint8)
    expected[10:110, 10:110] = expected[60:160, 60:160] = 255
    expected[:200, :30] = 0
    expected[120:] = 0
    expected[:, 120:] = 0
    assert np.array_equal(mask_of(opened).pixels, expected)
    assert opened.undo.names == ["tools.step_rectangle"] * 4
    assert shown(opened).any()
    for _ in range(4):
        opened.undo_step()
    assert opened.wait_idle(10)
    assert mask_of(opened).is_empty
    assert not shown(opened).any()


def test_large_changes_are_made_on_the_worker_and_undone_bit_for_bit(large: Editor) -> None:
    seen: list[MaskPixels] = [mask_of(large).pixels.copy()]
    paint(large, Rect(100, 100, 900, 700), 130)
    seen.append(mask_of(large).pixels.copy())
    large.invert_mask()
    assert mask_of(large).is_open
    assert large.wait_idle(20)
    assert np.array_equal(mask_of(large).pixels, 255 - seen[-1])
    seen.append(mask_of(large).pixels.copy())
    large.select_all()
    large.clear_mask()
    assert large.wait_idle(20)
    assert mask_of(large).is_empty
    for expected in ((seen[2] | 255), seen[2], seen[1], seen[0]):
        large.undo_step()
        assert large.wait_idle(20)
        assert np.array_equal(mask_of(large).pixels, expected)
        shown(large)
    large.go_to_step(2)
    assert large.wait_idle(20)
    assert large.undo.position == 2
    assert np.array_equal(mask_of(large).pixels, seen[2])
    assert mask_of(large).coverage == pytest.approx(np.count_nonzero(seen[2]) / seen[2].size)


def test_undo_and_redo_pressed_faster_than_they_are_done_are_all_done(large: Editor) -> None:
    large.invert_mask()
    for _ in range(3):
        large.undo_step()
        large.redo_step()
    large.undo_step()
    assert large.wait_idle(30)
    assert mask_of(large).is_empty
    assert large.undo.position == 0


def test_a_stroke_waits_for_a_change_that_is_being_written(large: Editor) -> None:
    large.invert_mask()
    assert large.settle_mask()
    assert not mask_of(large).is_open
    assert mask_of(large).coverage == 1
    paint(large, Rect(0, 0, 50, 50), 0)
    assert large.wait_idle(10)
    assert large.undo.names == ["session.step.invert", "session.step.all"]


def test_a_slow_selection_can_be_cancelled_and_changes_nothing(opened: Editor, heard: Heard) -> None:
    begun = threading.Event()
    paint(opened, SPOT)
    assert opened.wait_idle(10)
    opened.select(until_stopped(begun))
    assert begun.wait(10)
    assert not opened.settle_mask()
    opened.undo_step()  # takes back what is being made
    assert opened.wait_idle(10)
    assert not opened.is_selecting
    assert mask_of(opened).bounds == SPOT
    assert opened.undo.names == ["session.step.all"]
    assert heard.messages[-1][0] == "info"


@pytest.mark.parametrize("how", ["found", "nothing", "cancelled"])
def test_an_edit_waits_for_the_selection_that_is_being_made(opened: Editor, how: str) -> None:
    paint(opened, SPOT)
    assert opened.wait_idle(10)
    chosen = Rect(90, 60, 20, 20) if how == "found" else Rect(-50, 0, 10, 10)
    begun, go_on = threading.Event(), threading.Event()

    def work(should_stop: ShouldStop) -> FrozenMask:
        begun.set()
        while not go_on.wait(0.01):
            check(should_stop)
        return shapes.rectangle(size_of(opened), chosen)

    opened.select(SelectionJob("tools.step_wand", Combine.ADD, work, is_slow=True))
    assert begun.wait(10)
    opened.remove()
    if how == "cancelled":
        opened.cancel_selection()
    else:
        go_on.set()
    assert opened.wait_idle(20)
    first = opened.undo.names[0]
    assert opened.undo.names == ([first, "tools.step_wand", "session.step.remove"] if how == "found" else [first])


def test_the_list_of_steps_is_gone_through_while_something_is_being_selected(opened: Editor) -> None:
    begun = threading.Event()
    for _ in range(2):
        paint(opened, SPOT)
        opened.invert_mask()
    assert opened.wait_idle(10)
    opened.select(until_stopped(begun))
    assert begun.wait(10)
    opened.go_to_step(1)
    assert opened.wait_idle(10)
    assert opened.undo.position == 1


def test_what_finds_nothing_says_so_and_leaves_the_mask(opened: Editor, heard: Heard) -> None:
    paint(opened, SPOT)
    opened.select(rectangle(size_of(opened), Rect(-50, 0, 10, 10), slow=True))
    assert opened.wait_idle(10)
    assert mask_of(opened).bounds == SPOT
    assert heard.messages[-1][1] == opened.words("tools.found_nothing")


def test_operations_change_the_mask_as_one_step(opened: Editor) -> None:
    paint(opened, SPOT)
    opened.change_mask("tools.step_grow", grown_by(7))
    assert opened.wait_idle(10)
    assert mask_of(opened).bounds == SPOT.grown(7)
    assert opened.undo.names[-1] == "tools.step_grow"
    opened.change_mask("tools.step_shrink", lambda mask, stop: morphology.shrink(mask, 200, stop))
    assert opened.wait_idle(10)
    assert mask_of(opened).is_empty


def grown_by(pixels: int) -> MaskWork:
    return lambda mask, stop: morphology.grow(mask, pixels, stop)


def test_a_preview_shows_the_last_that_was_asked_for_and_is_applied_as_shown(opened: Editor) -> None:
    paint(opened, SPOT)
    for pixels in (3, 9, 5):
        opened.preview_mask(grown_by(pixels))
    assert opened.wait_idle(10)
    shown_at_first = opened.mask_preview
    assert shown_at_first is not None
    assert mask_of(opened).bounds == SPOT
    assert not opened.settle_mask()
    opened.redo_step()
    assert mask_of(opened).bounds == SPOT
    opened.apply_preview("tools.step_grow")
    assert opened.wait_idle(10)
    assert opened.mask_preview is None
    assert mask_of(opened).bounds == SPOT.grown(5)
    assert opened.undo.names == ["session.step.all", "tools.step_grow"]


def test_a_preview_that_is_applied_before_it_is_there_is_made_all_the_same(opened: Editor) -> None:
    paint(opened, SPOT)
    opened.preview_mask(grown_by(4))
    opened.apply_preview("tools.step_grow")
    assert opened.wait_idle(10)
    assert mask_of(opened).bounds == SPOT.grown(4)


def test_a_preview_that_is_dropped_leaves_nothing(opened: Editor) -> None:
    paint(opened, SPOT)
    opened.preview_mask(grown_by(4))
    opened.drop_preview()
    assert opened.wait_idle(10)
    assert opened.mask_preview is None
    assert mask_of(opened).bounds == SPOT
    assert opened.settle_mask()


def test_another_photo_ends_what_was_being_selected(opened: Editor, photo_path: Path) -> None:
    begun = threading.Event()
    opened.select(until_stopped(begun))
    assert begun.wait(10)
    opened.open(photo_path)
    assert opened.wait_idle(20)
    assert not opened.is_selecting
    assert mask_of(opened).is_empty
    assert opened.settle_mask()


def operation(which: str, pixels: int) -> MaskWork:
    act: Callable[[FrozenMask, int, ShouldStop], FrozenMask] = getattr(morphology, which)
    return lambda mask, stop: act(mask, pixels, stop)


rects = st.builds(Rect, st.integers(-20, 330), st.integers(-20, 250), st.integers(0, 200), st.integers(0, 160))
acts = st.one_of(
    st.tuples(st.just("paint"), rects, st.integers(0, 255)),
    st.tuples(st.just("select"), rects, st.sampled_from(Combine)),
    st.tuples(st.just("whole"), st.sampled_from(("invert_mask", "clear_mask", "select_all")), st.none()),
    st.tuples(
        st.just("change"), st.sampled_from(("grow", "shrink", "feather", "smooth", "remove_specks")), st.integers(1, 30)
    ),
)


@pytest.mark.parametrize("quick_area", [editor_masks.QUICK_AREA, 0])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, min_size=1, max_size=7))
def test_strokes_and_operations_undone_give_the_first_mask_and_redone_the_last(
    opened: Editor, monkeypatch: pytest.MonkeyPatch, quick_area: int, done: list[tuple[str, Any, Any]]
) -> None:
    monkeypatch.setattr(editor_masks, "QUICK_AREA", quick_area)
    opened.go_to_step(0)
    assert opened.wait_idle(20)
    first, size = mask_of(opened).pixels.copy(), size_of(opened)
    for kind, what, how in done:
        if kind == "paint":
            assert opened.settle_mask()
            opened.begin_stroke()
            mask_of(opened).writable(what)[...] = how
            if (step := mask_of(opened).commit("ui_canvas.step_paint")) is not None:
                opened.push_step(step)
            assert opened.view is not None
            opened.view.mask.refresh(what.clipped(size))
        elif kind == "select":
            opened.select(rectangle(size, what, how))
        elif kind == "whole":
            getattr(opened, what)()
        else:
            opened.change_mask(f"tools.step_{what}", operation(what, how))
            assert opened.wait_idle(20)
    assert opened.wait_idle(20)
    last, steps = mask_of(opened).pixels.copy(), opened.undo.position
    for _ in range(steps):
        opened.undo_step()
    assert opened.wait_idle(20)
    assert opened.undo.position == 0
    assert np.array_equal(mask_of(opened).pixels, first)
    shown(opened)
    opened.go_to_step(steps)
    assert opened.wait_idle(20)
    assert np.array_equal(mask_of(opened).pixels, last)
    assert mask_of(opened).coverage == pytest.approx(np.count_nonzero(last) / last.size)
    shown(opened)


def test_a_stroke_that_is_held_keeps_nobody_waiting_and_its_end_is_looked_at(opened: Editor) -> None:
    opened.begin_stroke()
    mask = mask_of(opened)
    mask.writable(SPOT)[...] = 255
    opened.set_mode(Operation.REMOVE)
    assert opened.wait_idle(20)
    assert opened.plan is None
    step = mask.commit("ui_canvas.step_paint")
    assert step is not None
    opened.push_step(step)
    assert opened.wait_idle(20)
    assert opened.plan is not None
