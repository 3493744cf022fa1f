"""The crop tool, as a hand uses it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.framing import GRIPS, WHOLE, Grip
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.reshape import Reshape, is_filled
from dalle_studio.tools.crop import CropTool
from dalle_studio.tools.pointer import PointerEvent, PointerKind

SIZE = Size(600, 400)
NEAR = 6.0


@pytest.fixture
def tool() -> CropTool:
    return CropTool(SIZE)


def drag(tool: CropTool, *points: tuple[float, float], shift: bool = False) -> None:
    kinds = [PointerKind.PRESS, *[PointerKind.MOVE] * (len(points) - 1), PointerKind.RELEASE]
    for kind, (x, y) in zip(kinds, [*points, points[-1]], strict=True):
        tool.handle(PointerEvent(kind, x, y, straight=shift), NEAR)


def test_at_first_it_is_the_whole_photo_and_changes_nothing(tool: CropTool) -> None:
    assert tool.frame == Rect.of_size(SIZE)
    assert tool.reshape.is_nothing


def test_corners_sides_and_the_inside_are_dragged(tool: CropTool) -> None:
    drag(tool, (2, 3), (50, 60), (102, 53))
    assert tool.frame == Rect(100, 50, 500, 350)
    drag(tool, (600, 200), (500, 0))
    assert tool.frame == Rect(100, 50, 400, 350)
    drag(tool, (300, 200), (250, 190))
    assert tool.frame == Rect(50, 40, 400, 350)
    drag(tool, (20, 20), (300, 300))  # outside: nothing is held
    assert tool.frame == Rect(50, 40, 400, 350)
    assert tool.reshape == Reshape(crop=Rect(50, 40, 400, 350))


def test_every_grip_is_found_where_it_is_drawn(tool: CropTool) -> None:
    tool.nudge(0, 0)
    places = {-1: (0, 0), 0: (300, 200), 1: (600, 400)}
    for grip in GRIPS:
        assert tool.grip_at(places[grip.across][0], places[grip.down][1], NEAR) == grip
    assert tool.grip_at(300, 200, NEAR) == WHOLE
    assert tool.grip_at(-20, 200, NEAR) is None
    assert tool.grip_at(-4, 404, NEAR) == Grip(-1, 1)


def test_a_ratio_gives_the_largest_frame_of_it_and_shift_keeps_the_present_one(tool: CropTool) -> None:
    tool.set_ratio(1.0)
    assert tool.frame == Rect(100, 0, 400, 400)
    tool.set_ratio(None)
    drag(tool, (500, 400), (300, 390), shift=True)
    assert tool.frame.size == Size(390, 390)


def test_an_angle_proposes_the_largest_frame_and_a_dragged_one_comes_back(tool: CropTool) -> None:
    tool.set_angle(10)
    assert is_filled(SIZE, 10, tool.frame)
    assert tool.frame.width < 600
    drag(tool, (tool.frame.right, 200), (400, 200))
    dragged = tool.frame
    tool.set_angle(30)
    assert tool.frame.width < dragged.width
    tool.set_angle(10)
    assert tool.frame == dragged
    tool.reset()
    assert tool.reshape.is_nothing


@pytest.mark.parametrize(
    ("end", "angle"),
    [((400, 110), -5.71), ((400, 90), 5.71), ((320, 300), 5.71), ((280, 300), -5.71), ((200, 90), -5.71)],
)
def test_a_line_along_something_makes_it_level_or_upright(
    tool: CropTool, end: tuple[float, float], angle: float
) -> None:
    start = (300, 100)
    tool.draws_line = True
    drag(tool, start, end)
    assert tool.angle == pytest.approx(angle, abs=0.01)
    assert not tool.draws_line


def test_a_line_on_a_rotated_photo_adds_to_its_angle(tool: CropTool) -> None:
    tool.set_angle(5)
    tool.draws_line = True
    drag(tool, (100, 100), (400, 100))
    assert tool.angle == 5
    tool.draws_line = True
    drag(tool, (100, 100), (101, 101))  # a slip of the hand
    assert tool.angle == 5


def set_something(tool: CropTool, what: str, by: int) -> None:
    if what == "angle":
        tool.set_angle(by / 10)
    elif what == "ratio":
        tool.set_ratio(None if by % 3 == 0 else 1 + by / 100)
    elif what == "nudge":
        tool.nudge(by, 1)
    else:
        drag(tool, (tool.frame.right, tool.frame.bottom), (tool.frame.right - abs(by), tool.frame.bottom - 7))


@given(st.lists(st.tuples(st.sampled_from(["angle", "ratio", "nudge", "drag"]), st.integers(-40, 40)), max_size=12))
def test_all_that_was_set_is_taken_back_and_comes_again(changes: list[tuple[str, int]]) -> None:
    tool = CropTool(SIZE)
    for what, by in changes:
        set_something(tool, what, by)
    last = (tool.frame, tool.ground)
    while tool.step_back():
        pass
    assert (tool.frame, tool.ground) == (Rect.of_size(SIZE), CropTool(SIZE).ground)
    while tool.step_forward():
        pass
    assert (tool.frame, tool.ground) == last


def test_a_drag_is_cancelled(tool: CropTool) -> None:
    tool.handle(PointerEvent(PointerKind.PRESS, 0, 0), NEAR)
    tool.handle(PointerEvent(PointerKind.MOVE, 50, 50), NEAR)
    assert tool.is_open
    assert tool.cancel()
    assert tool.frame == Rect.of_size(SIZE)
    assert not tool.cancel()
    tool.draws_line = True
    assert tool.cancel()
    assert not tool.draws_line
