"""The mask over the photo at the resolution of the screen."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.geometry import Rect
from dalle_studio.imaging.overlay import Tint, covered, overlay, sample

TINT = Tint.of(235, 64, 64, 0.48)


def blob(width: int = 400, height: int = 300) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    cv2.ellipse(mask, (width // 2, height // 2), (width // 3, height // 4), 20, 0, 360, 255, -1, cv2.LINE_AA)
    return mask


@given(
    st.integers(-20, 380),
    st.integers(-20, 280),
    st.integers(1, 90),
    st.integers(1, 90),
    st.sampled_from([1.0, 2.0, 3.0]),
)
def test_a_part_equals_the_same_part_of_the_whole(left: int, top: int, width: int, height: int, scale: float) -> None:
    mask = blob()
    whole = overlay(mask, Rect(-40, -40, 1300, 1000), scale, TINT, smooth=False)
    part = overlay(mask, Rect(left, top, width, height), scale, TINT, smooth=False)
    assert np.array_equal(part, whole[top + 40 : top + 40 + height, left + 40 : left + 40 + width])


@pytest.mark.parametrize("line", [1, 2])
def test_the_edge_is_a_closed_line_of_dashes_and_gaps(line: int) -> None:
    mask = np.zeros((300, 300), np.uint8)
    cv2.circle(mask, (150, 150), 90, 255, -1)
    image = overlay(mask, Rect(0, 0, 300, 300), 1.0, TINT, smooth=False, line=line)
    inner = image == TINT.table[255]
    outer = image == 0
    edge = ~(inner | outer)
    dash, gap = edge & (image != TINT.gap), edge & (image == TINT.gap)
    assert 0.6 < np.count_nonzero(dash) / np.count_nonzero(gap) < 1.6
    # Inside and outside touch nowhere: the line has no hole.
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    touching = cv2.dilate(outer.astype(np.uint8), cross).astype(bool)
    assert not (touching & inner).any()


def test_dashes_stay_even_in_every_direction() -> None:
    mask = np.zeros((500, 500), np.uint8)
    cv2.circle(mask, (250, 250), 200, 255, -1, cv2.LINE_AA)
    image = overlay(mask, Rect(0, 0, 500, 500), 1.0, TINT, smooth=False)
    y, x = np.nonzero((image != 0) & (image != TINT.gap) & (image >> 24 > 200))
    angle = np.arctan2(y - 250, x - 250)
    share, _ = np.histogram(angle, bins=16, range=(-np.pi, np.pi))
    assert share.min() > 0.5 * share.max()


def test_a_photo_masked_to_its_border_has_an_edge_there() -> None:
    image = overlay(np.full((50, 60), 255, np.uint8), Rect(0, 0, 60, 50), 1.0, TINT, smooth=False)
    assert (image[0] != TINT.table[255]).all()
    assert (image[:, -1] != TINT.table[255]).all()
    assert (image[5:-5, 5:-5] == TINT.table[255]).all()


@given(st.floats(0.5, 0.999), st.integers(-5, 300), st.integers(-5, 200))
def test_smooth_sampling_meets_pixel_centres(scale: float, left: int, top: int) -> None:
    columns, rows = np.meshgrid(np.arange(400), np.arange(300))
    ramp = (columns * 0.4 + rows * 0.2).astype(np.uint8)
    values = sample(ramp, left, top, 20, 20, scale, smooth=True)
    x = (left + np.arange(20) + 0.5) / scale - 0.5
    y = (top + np.arange(20) + 0.5) / scale - 0.5
    expected = np.add.outer(y * 0.2, x * 0.4)
    seen = np.logical_and.outer((y > 1) & (y < 298), (x > 1) & (x < 398))
    assert np.abs(values - expected)[seen].max(initial=0) <= 1.6


def test_covered_finds_what_is_there() -> None:
    mask = np.zeros((100, 100), np.uint8)
    assert covered(mask, Rect(0, 0, 100, 100)).is_empty
    mask[20:30, 40:45] = 1
    assert covered(mask, Rect(-10, -10, 200, 200)) == Rect(40, 20, 5, 10)
    assert covered(mask, Rect(42, 25, 30, 30)) == Rect(42, 25, 3, 5)
    assert covered(mask, Rect(200, 200, 5, 5)).is_empty
