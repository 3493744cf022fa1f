"""The canvas is extended by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.framing import GRIPS, Grip
from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.tools.extending import LARGEST, MarginsTool
from dalle_studio.tools.pointer import PointerEvent, PointerKind

SIZE = Size(600, 400)
NEAR = 6.0
PLACES = {-1: (0, 0), 0: (300, 200), 1: (600, 400)}


def drag(tool: MarginsTool, start: tuple[float, float], end: tuple[float, float], *, shift: bool = False) -> bool:
    for kind, (x, y) in ((PointerKind.PRESS, start), (PointerKind.MOVE, end), (PointerKind.RELEASE, end)):
        if not tool.handle(PointerEvent(kind, x, y, straight=shift), NEAR):
            return False
    return True


def place(grip: Grip) -> tuple[float, float]:
    return (PLACES[grip.across][0], PLACES[grip.down][1])


@pytest.mark.parametrize(
    ("grip", "shift", "expected"),
    [
        (Grip(1, 0), False, Margins(right=80)),
        (Grip(-1, 0), False, Margins()),
        (Grip(0, 1), False, Margins(bottom=50)),
        (Grip(1, 1), False, Margins(right=80, bottom=50)),
        (Grip(1, 0), True, Margins(left=80, right=80)),
        (Grip(0, 1), True, Margins(top=50, bottom=50)),
        (Grip(1, 1), True, Margins(right=80, bottom=53)),
    ],
)
def test_what_is_held_grows_outwards(grip: Grip, shift: bool, expected: Margins) -> None:
    tool = MarginsTool(SIZE, Margins())
    x, y = place(grip)
    assert drag(tool, (x, y), (x + 80, y + 50), shift=shift)
    assert tool.margins == expected
    assert not tool.is_open


def test_every_handle_is_found_where_it_is_drawn() -> None:
    tool = MarginsTool(SIZE, Margins())
    for grip in GRIPS:
        assert tool.grip_at(*place(grip), NEAR) == grip
    assert tool.grip_at(603, 100, NEAR) == Grip(1, 0)


def test_the_photo_itself_is_left_to_the_tools() -> None:
    tool = MarginsTool(SIZE, Margins())
    for at in ((300, 200), (598, 100), (100, 2), (20, 20)):
        assert not drag(tool, at, (900, 900))
    assert tool.margins.is_empty


def test_a_drag_goes_on_from_what_is_there_and_can_be_taken_back() -> None:
    tool = MarginsTool(SIZE, Margins(left=40))
    assert tool.grown == Rect(-40, 0, 640, 400)
    tool.handle(PointerEvent(PointerKind.PRESS, -40, 200), NEAR)
    tool.handle(PointerEvent(PointerKind.MOVE, -60, 200), NEAR)
    assert (tool.margins, tool.start) == (Margins(left=60), Margins(left=40))
    assert tool.cancel()
    assert tool.margins == Margins(left=40)
    assert not tool.cancel()


@given(st.sampled_from(GRIPS), st.floats(-1e5, 1e5), st.floats(-1e5, 1e5), st.booleans())
def test_margins_are_never_negative_nor_without_end(grip: Grip, dx: float, dy: float, shift: bool) -> None:
    tool = MarginsTool(SIZE, Margins(10, 20, 30, 40))
    grown = tool.grown
    x = {-1: grown.left, 0: (grown.left + grown.right) / 2, 1: grown.right}[grip.across]
    y = {-1: grown.top, 0: (grown.top + grown.bottom) / 2, 1: grown.bottom}[grip.down]
    assert drag(tool, (x, y), (x + dx, y + dy), shift=shift)
    sides = (tool.margins.left, tool.margins.top, tool.margins.right, tool.margins.bottom)
    assert all(0 <= side <= LARGEST for side in sides)
