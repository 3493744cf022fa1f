"""The frame of a crop stays on the photo whatever is done to it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.framing import GRIPS, WHOLE, Grip, Ground
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.reshape import is_filled

SIZES = st.builds(Size, st.integers(16, 5000), st.integers(16, 5000))
ANGLES = st.one_of(st.just(0.0), st.floats(-45, 45).map(lambda angle: round(angle, 2)))
RATIOS = st.one_of(st.none(), st.sampled_from([1.0, 1.5, 2 / 3, 4 / 3, 0.75, 16 / 9, 9 / 16]))
GROUNDS = st.builds(Ground, SIZES, ANGLES, RATIOS)
DELTAS = st.floats(-6000, 6000)


@given(GROUNDS)
def test_the_proposal_is_filled_and_cannot_be_larger(ground: Ground) -> None:
    frame = ground.proposed()
    assert ground.holds(frame)
    if ground.angle == 0 and ground.ratio is None:
        assert frame == Rect.of_size(ground.size)
    assert not is_filled(ground.size, ground.angle, frame.grown(2))


@given(SIZES, ANGLES)
def test_the_proposal_is_as_large_as_can_be(size: Size, angle: float) -> None:
    """A rectangle s·w × s·h around the centre, turned by a, lies inside as long as its corners do:
    s (w cos a + h sin a) ≤ w and s (w sin a + h cos a) ≤ h.
    """
    sine, cosine = math.sin(math.radians(abs(angle))), math.cos(math.radians(angle))
    share = min(
        size.width / (size.width * cosine + size.height * sine),
        size.height / (size.width * sine + size.height * cosine),
    )
    frame = Ground(size, angle).proposed()
    if min(share * size.width, share * size.height) > 2:
        assert abs(frame.width - share * size.width) <= 2
        assert abs(frame.height - share * size.height) <= 2


@given(GROUNDS, st.sampled_from([*GRIPS, WHOLE]), DELTAS, DELTAS)
def test_a_dragged_frame_stays_on_the_photo(ground: Ground, grip: Grip, dx: float, dy: float) -> None:
    start = ground.proposed()
    frame = ground.dragged(start, grip, dx, dy)
    assert ground.holds(frame)
    if grip.is_whole:
        assert frame.size == start.size


@given(GROUNDS, st.sampled_from(GRIPS), st.floats(-300, 300), st.floats(-300, 300))
def test_a_ratio_is_kept_to_the_pixel(ground: Ground, grip: Grip, dx: float, dy: float) -> None:
    frame = ground.dragged(ground.proposed(), grip, dx, dy)
    if ground.ratio is not None:
        assert abs(frame.width - frame.height * ground.ratio) <= 1 + 1.01 * max(1.0, ground.ratio)


@given(GROUNDS, st.integers(-500, 5500), st.integers(-500, 5500), st.integers(1, 6000), st.integers(1, 6000))
def test_any_wish_is_made_to_fit(ground: Ground, x: int, y: int, width: int, height: int) -> None:
    assert ground.holds(ground.fitted(Rect(x, y, width, height)))


PLAIN = Ground(Size(400, 300))


@pytest.mark.parametrize(
    ("grip", "by", "expected"),
    [
        (Grip(1, 1), (30, 20), Rect(100, 80, 130, 120)),
        (Grip(-1, -1), (30, 20), Rect(130, 100, 70, 80)),
        (Grip(1, 0), (30, 99), Rect(100, 80, 130, 100)),
        (Grip(0, -1), (99, -20), Rect(100, 60, 100, 120)),
        (Grip(1, 1), (900, 20), Rect(100, 80, 300, 120)),
        (Grip(-1, 0), (900, 0), Rect(199, 80, 1, 100)),
        (WHOLE, (30, 20), Rect(130, 100, 100, 100)),
        (WHOLE, (-900, 900), Rect(0, 200, 100, 100)),
    ],
)
def test_a_frame_follows_what_is_held(grip: Grip, by: tuple[float, float], expected: Rect) -> None:
    assert PLAIN.dragged(Rect(100, 80, 100, 100), grip, *by) == expected


def test_with_a_ratio_the_other_side_follows() -> None:
    ground = Ground(Size(400, 300), ratio=2.0)
    assert ground.dragged(Rect(100, 100, 100, 50), Grip(1, 0), 40, 0) == Rect(100, 90, 140, 70)
    assert ground.dragged(Rect(100, 100, 100, 50), Grip(1, 1), 40, 0) == Rect(100, 100, 140, 70)
    assert ground.dragged(Rect(100, 100, 100, 50), Grip(-1, -1), -300, 0) == Rect(0, 50, 200, 100)
