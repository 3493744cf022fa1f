"""The mask's promises: steps undo bit for bit, bounds and coverage are those of the pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import FrozenMask, Mask, MaskStep
from dalle_studio.core.picture import MaskPixels
from dalle_studio.core.undo import UndoStack

SIZE = Size(700, 530)

rects = st.builds(Rect, st.integers(-50, 720), st.integers(-50, 560), st.integers(0, 400), st.integers(0, 400))
writes = st.lists(st.tuples(rects, st.integers(0, 255)), min_size=1, max_size=8)


def write(mask: Mask, rect: Rect, value: int) -> MaskStep | None:
    mask.begin()
    mask.writable(rect)[...] = value
    return mask.commit("cli.about")


@given(writes)
def test_any_steps_undone_give_the_first_mask_and_redone_the_last(steps: list[tuple[Rect, int]]) -> None:
    mask, undo = Mask(SIZE), UndoStack()
    for rect, value in steps:
        step = write(mask, rect, value)
        if step is not None:
            undo.push(step)
    last = mask.pixels.copy()
    while undo.undo() is not None:
        pass
    assert not mask.pixels.any()
    assert mask.is_empty
    while undo.redo() is not None:
        pass
    assert np.array_equal(mask.pixels, last)


@given(writes)
def test_bounds_and_coverage_are_those_of_the_pixels(steps: list[tuple[Rect, int]]) -> None:
    mask = Mask(SIZE)
    for rect, value in steps:
        write(mask, rect, value)
    rows, columns = np.nonzero(mask.pixels)
    if rows.size == 0:
        assert mask.bounds.is_empty
    else:
        expected = Rect.of_edges(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert mask.bounds == expected
    assert mask.coverage == pytest.approx(np.count_nonzero(mask.pixels) / SIZE.area)


@given(writes, rects)
def test_a_frozen_mask_is_a_copy_that_cuts_like_the_whole(steps: list[tuple[Rect, int]], part: Rect) -> None:
    mask = Mask(SIZE)
    for rect, value in steps:
        write(mask, rect, value)
    frozen, before = mask.freeze(), mask.pixels.copy()
    write(mask, Rect.of_size(SIZE), 77)
    assert np.array_equal(frozen.full(), before)
    padded = np.zeros((SIZE.height + 1000, SIZE.width + 1200), np.uint8)
    padded[100 : 100 + SIZE.height, 100 : 100 + SIZE.width] = before
    assert np.array_equal(frozen.cut(part), padded[part.moved(100, 100).slices])


def test_rolling_back_restores_the_pixels() -> None:
    mask = Mask(SIZE)
    write(mask, Rect(10, 10, 300, 300), 200)
    before = mask.pixels.copy()
    mask.begin()
    mask.writable(Rect(0, 0, 700, 530))[...] = 9
    dirty = mask.roll_back()
    assert dirty == Rect.of_size(SIZE)
    assert np.array_equal(mask.pixels, before)


def test_a_step_that_changes_nothing_is_none() -> None:
    mask = Mask(SIZE)
    assert write(mask, Rect(5, 5, 50, 50), 0) is None


def test_the_view_is_read_only_and_writing_needs_a_step() -> None:
    mask = Mask(SIZE)
    with pytest.raises(ValueError, match="read-only"):
        mask.pixels[0, 0] = 1
    with pytest.raises(RuntimeError, match="no mask step"):
        mask.writable(Rect(0, 0, 1, 1))


def test_a_stroke_costs_little_memory() -> None:
    mask = Mask(Size(6000, 4000))
    step = write(mask, Rect(1000, 1000, 2000, 300), 255)
    assert step is not None
    assert step.size_bytes < 0.001 * mask.size.area


def test_an_undo_list_keeps_at_least_two_hundred_steps_and_drops_the_oldest() -> None:
    mask, undo = Mask(SIZE), UndoStack(limit_bytes=1)
    for number in range(230):
        step = write(mask, Rect(number, 0, 1, 5), 255)
        assert step is not None
        undo.push(step)
    assert undo.position == 200
    while undo.undo() is not None:
        pass
    assert np.count_nonzero(mask.pixels) == 30 * 5


def test_an_undo_list_of_large_steps_ends_before_the_memory_does() -> None:
    mask, undo = Mask(Size(256, 256)), UndoStack(limit_bytes=100_000, most_bytes=400_000)
    for value in range(1, 31):
        mask.begin()
        mask.writable(Rect(0, 0, 256, 256))[...] = np.arange(256) % (value + 1)
        step = mask.commit("test")
        assert step is not None
        undo.push(step)
    assert 5 <= undo.position <= 8
    taken_back = 0
    while undo.undo() is not None:
        taken_back += 1
    assert taken_back == len(undo.names)
    assert np.array_equal(mask.pixels[0], np.arange(256) % (31 - taken_back))


def test_a_new_step_ends_the_redo_list() -> None:
    mask, undo = Mask(SIZE), UndoStack()
    for value in (10, 20):
        step = write(mask, Rect(0, 0, 5, 5), value)
        assert step is not None
        undo.push(step)
    undo.undo()
    step = write(mask, Rect(0, 0, 5, 5), 30)
    assert step is not None
    undo.push(step)
    assert not undo.can_redo
    undo.undo()
    assert mask.pixels[0, 0] == 10


def test_an_empty_array_freezes_to_an_empty_mask() -> None:
    frozen = FrozenMask.of(np.zeros((20, 30), np.uint8))
    assert frozen.is_empty
    assert frozen.coverage == 0
    assert frozen.full().shape == (20, 30)


def scattered(rect: Rect, present: MaskPixels) -> MaskPixels | None:
    """Leaves every third cell alone."""
    return None if (rect.x // 256 + rect.y // 256) % 3 == 0 else np.bitwise_not(present)


@given(writes, rects, st.booleans())
def test_a_rewritten_part_is_a_step_like_any_other(steps: list[tuple[Rect, int]], part: Rect, pack: bool) -> None:
    mask = Mask(SIZE)
    for rect, value in steps:
        write(mask, rect, value)
    before = mask.pixels.copy()
    mask.begin()
    step = mask.end_rewriting("cli.about", mask.rewrite(part, scattered, pack=pack))
    after = mask.pixels.copy()
    changed = after != before
    assert (step is None) == (not changed.any())
    assert mask.coverage == pytest.approx(np.count_nonzero(after) / SIZE.area)
    if step is None:
        return
    told = np.zeros(SIZE.shape, np.bool_)
    for rect in step.region:
        assert not told[rect.slices].any(), "rectangles of a region do not overlap"
        told[rect.slices] = True
    assert not (changed & ~told).any()
    if pack:
        step.pack()
    for expected in (before, after, before):
        assert step.swap() == step.region
        assert np.array_equal(mask.pixels, expected)
        assert mask.coverage == pytest.approx(np.count_nonzero(expected) / SIZE.area)


@given(writes)
def test_a_step_prepared_elsewhere_swaps_as_one_that_was_not(steps: list[tuple[Rect, int]]) -> None:
    mask = Mask(SIZE)
    states = [mask.pixels.copy()]
    done = []
    for rect, value in steps:
        step = write(mask, rect, value)
        if step is not None:
            done.append(step)
            states.append(mask.pixels.copy())
    for step, before in zip(reversed(done), reversed(states[:-1]), strict=True):
        mask.begin()
        step.prepare()
        mask.release()
        step.swap()
        assert np.array_equal(mask.pixels, before)
        assert mask.coverage == pytest.approx(np.count_nonzero(before) / SIZE.area)


def test_a_change_that_fails_leaves_the_mask_as_it_was() -> None:
    mask = Mask(SIZE)
    write(mask, Rect(10, 10, 500, 400), 90)
    before = mask.pixels.copy()

    def fail(rect: Rect, present: MaskPixels) -> MaskPixels:
        if rect.x >= 256:
            raise ValueError(rect)
        return np.bitwise_not(present)

    mask.begin()
    with pytest.raises(ValueError, match="256"):
        mask.rewrite(Rect.of_size(SIZE), fail)
    mask.release()
    assert np.array_equal(mask.pixels, before)
    assert not mask.is_open


@given(writes, rects)
def test_counting_a_part_counts_its_pixels(steps: list[tuple[Rect, int]], part: Rect) -> None:
    mask = Mask(SIZE)
    for rect, value in steps:
        write(mask, rect, value)
    assert mask.count(part) == np.count_nonzero(mask.pixels[part.clipped(SIZE).slices])
    outside = mask.pixels.copy()
    for rect in mask.filled:
        outside[rect.slices] = 0
    assert not outside.any()


def test_packing_makes_a_step_small_and_changes_nothing_else() -> None:
    mask = Mask(Size(6000, 4000))
    write(mask, Rect(900, 900, 1500, 1500), 100)
    before = mask.pixels.copy()
    step = write(mask, Rect(1000, 1000, 2000, 300), 255)
    assert step is not None
    raw = step.size_bytes
    step.pack()
    assert step.size_bytes < raw / 10
    step.swap()
    step.pack()
    assert step.size_bytes < raw / 10
    assert np.array_equal(mask.pixels, before)


def test_an_undo_list_counts_steps_by_what_they_take_once_packed() -> None:
    mask, undo = Mask(Size(2048, 2048)), UndoStack(limit_bytes=2**20, keep=3)
    write(mask, Rect.of_size(mask.size), 1)
    for value in range(2, 12):
        step = write(mask, Rect.of_size(mask.size), value)
        assert step is not None
        undo.push(step)
        step.pack()
    assert undo.position == 10
