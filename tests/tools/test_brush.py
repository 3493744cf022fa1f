"""Strokes from pointer events into the mask, without Qt."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import Mask
from dalle_studio.core.mask_cells import CELL
from dalle_studio.tools.brush import BrushTool
from dalle_studio.tools.pointer import Brush, PointerEvent, PointerKind, ToolName

PRESS, MOVE, RELEASE = PointerKind.PRESS, PointerKind.MOVE, PointerKind.RELEASE
HARD = Brush(radius=12, hardness=1.0)


def draw(
    tool: BrushTool, mask: Mask, points: list[tuple[float, float]], brush: Brush = HARD, *, straight: bool = False
) -> Rect:
    """Press at the first point, release at the last. Returns everything that was reported as changed."""
    dirty = Rect(0, 0, 0, 0)
    kinds = [PRESS, *[MOVE] * (len(points) - 1), RELEASE]
    for kind, (x, y) in zip(kinds, [*points, points[-1]], strict=True):
        dirty = dirty.united(tool.handle(PointerEvent(kind, x, y, straight=straight), mask, brush))
    return dirty


points = st.tuples(st.floats(-60, 360), st.floats(-60, 260))
brushes = st.builds(Brush, st.floats(0.5, 90), st.floats(0, 1))


@given(st.lists(points, min_size=1, max_size=8), brushes)
def test_nothing_outside_the_reported_rectangles_changes(path: list[tuple[float, float]], brush: Brush) -> None:
    mask = Mask(Size(300, 200))
    dirty = draw(BrushTool(), mask, path, brush)
    assert Rect.of_size(mask.size).contains(dirty) or dirty.is_empty
    assert dirty.contains(mask.bounds) or mask.is_empty


@given(st.lists(st.tuples(st.lists(points, min_size=1, max_size=5), brushes, st.booleans()), min_size=1, max_size=5))
def test_undoing_all_strokes_restores_and_redoing_repeats(
    strokes: list[tuple[list[tuple[float, float]], Brush, bool]],
) -> None:
    mask = Mask(Size(300, 200))
    tools = {False: BrushTool(), True: BrushTool(erase=True)}
    steps = []
    for path, brush, erase in strokes:
        draw(tools[erase], mask, path, brush)
        if (step := tools[erase].take_step()) is not None:
            steps.append(step)
    last = mask.pixels.copy()
    for step in reversed(steps):
        step.swap()
    assert mask.is_empty
    for step in steps:
        step.swap()
    assert np.array_equal(mask.pixels, last)


def test_samples_far_apart_leave_no_gap() -> None:
    mask = Mask(Size(300, 200))
    draw(BrushTool(), mask, [(20, 100), (280, 100)], Brush(5, 1.0))
    assert (mask.pixels[100, 20:280] == 255).all()


def test_many_near_samples_give_the_same_stroke_as_few() -> None:
    few, many = Mask(Size(400, 200)), Mask(Size(400, 200))
    draw(BrushTool(), few, [(50, 100), (350, 100)], Brush(40, 1.0))
    draw(BrushTool(), many, [(50 + i * 0.5, 100) for i in range(601)], Brush(40, 1.0))
    assert np.abs(few.pixels.astype(int) - many.pixels).max() <= 64  # the anti-aliased rim of joined capsules
    assert np.count_nonzero((few.pixels > 127) != (many.pixels > 127)) < 60


def test_the_last_sample_counts_however_near() -> None:
    mask = Mask(Size(300, 200))
    tool = BrushTool()
    brush = Brush(50, 1.0)
    tool.handle(PointerEvent(PRESS, 100, 100), mask, brush)
    tool.handle(PointerEvent(MOVE, 101, 100), mask, brush)  # nearer than the spacing
    right = mask.bounds.right
    tool.handle(PointerEvent(RELEASE, 101.5, 100), mask, brush)
    assert mask.bounds.right > right


def test_erasing_can_begin_and_end_within_a_stroke() -> None:
    mask = Mask(Size(300, 200))
    tool = BrushTool()
    draw(tool, mask, [(50, 100), (250, 100)])
    tool.handle(PointerEvent(PRESS, 60, 100, erases=True), mask, Brush(20, 1.0))
    tool.handle(PointerEvent(RELEASE, 60, 100, erases=True), mask, Brush(20, 1.0))
    assert mask.pixels[100, 60] == 0
    assert mask.pixels[100, 200] == 255


def test_a_straight_line_starts_where_the_last_stroke_ended() -> None:
    mask = Mask(Size(300, 200))
    tool = BrushTool()
    draw(tool, mask, [(30, 30)])
    draw(tool, mask, [(270, 170)], straight=True)
    assert mask.pixels[100, 150] == 255
    tool.forget()
    fresh = Mask(Size(300, 200))
    draw(tool, fresh, [(270, 170)], straight=True)
    assert fresh.pixels[100, 150] == 0


def test_a_long_diagonal_keeps_only_the_cells_along_it() -> None:
    mask = Mask(Size(CELL * 16, CELL * 16))
    tool = BrushTool()
    draw(tool, mask, [(10, 10)])
    tool.take_step()
    draw(tool, mask, [(CELL * 16 - 10, CELL * 16 - 10)], straight=True)
    step = tool.take_step()
    assert step is not None
    assert len(step._cells) <= 3 * 16


def test_cancelling_restores_the_mask() -> None:
    mask = Mask(Size(300, 200))
    tool = BrushTool()
    tool.handle(PointerEvent(PRESS, 100, 100), mask, HARD)
    tool.handle(PointerEvent(MOVE, 200, 100), mask, HARD)
    dirty = tool.cancel(mask)
    assert mask.is_empty
    assert dirty.contains(Rect(100, 100, 100, 1))
    assert not tool.is_open
    assert tool.take_step() is None
    assert tool.handle(PointerEvent(MOVE, 210, 100), mask, HARD).is_empty


def test_a_stroke_that_changes_nothing_makes_no_step() -> None:
    mask = Mask(Size(300, 200))
    tool = BrushTool(erase=True)
    draw(tool, mask, [(50, 50), (100, 100)])
    assert tool.take_step() is None


@pytest.mark.parametrize(("radius", "hardness", "flow"), [(0, 1, 1), (-1, 1, 1), (5, 1.1, 1), (5, 0.5, 0)])
def test_impossible_brushes_are_refused(radius: float, hardness: float, flow: float) -> None:
    with pytest.raises(ValueError, match="no such brush"):
        Brush(radius, hardness, flow)


def test_only_crop_drawing_pan_and_zoom_leave_the_mask_alone() -> None:
    rest = [tool for tool in ToolName if not (tool.paints or tool.selects)]
    assert rest == [ToolName.CROP, ToolName.MARKUP, ToolName.PAN, ToolName.ZOOM]
