"""Hair around a segmented object, with the truth known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import MaskPixels
from dalle_studio.imaging.fringe import with_fringe
from dalle_studio.imaging.smart_select import select_in_box

SIDE, MIDDLE = 700, 350


def furry(ground: tuple[int, int, int], noise: int) -> tuple[np.ndarray, MaskPixels]:
    """A bright disc with 400 fine hairs on a dark ground: the photo, and how much of the disc is in each pixel."""
    rng = np.random.default_rng(4)
    truth = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(truth, (MIDDLE, MIDDLE), 180, 255, -1, cv2.LINE_AA)
    for angle in rng.uniform(0, 2 * np.pi, 400):
        length = rng.uniform(186, 206)
        end = (round(MIDDLE + length * np.cos(angle)), round(MIDDLE + length * np.sin(angle)))
        cv2.line(truth, (MIDDLE, MIDDLE), end, 255, 1, cv2.LINE_AA)
    share = truth[..., None] / 255
    photo = share * np.array([225, 210, 180]) + (1 - share) * np.array(ground)
    photo += rng.normal(0, noise, photo.shape)
    return np.clip(photo, 0, 255).astype(np.uint8), truth


def disc() -> MaskPixels:
    """The object without its hair."""
    return np.asarray(cv2.circle(np.zeros((SIDE, SIDE), np.uint8), (MIDDLE, MIDDLE), 184, (255,), -1), np.uint8)


def rim() -> np.ndarray:
    """Where only hair can be."""
    segmented = disc()
    reach = cv2.circle(np.zeros_like(segmented), (MIDDLE, MIDDLE), 208, 255, -1)
    return np.asarray((segmented == 0) & (reach > 0))


def test_hair_that_the_segmentation_cut_off_is_found() -> None:
    photo, truth = furry((40, 60, 30), 5)
    segmented = disc()
    found = with_fringe(photo, segmented)
    where = rim()
    before = np.abs(truth[where].astype(float) - segmented[where]).mean()
    after = np.abs(truth[where].astype(float) - found[where]).mean()
    assert after < 0.5 * before
    assert (found[segmented > 0] == 255).all()
    assert np.corrcoef(truth[where], found[where])[0, 1] > 0.8


def test_smart_select_takes_the_hair_along() -> None:
    photo, truth = furry((40, 60, 30), 5)
    found = select_in_box(photo, Rect(100, 100, 500, 500)).full()
    where = rim()
    assert np.abs(truth[where].astype(float) - found[where]).mean() < 0.6 * truth[where].mean()


@pytest.mark.parametrize("ground", [(215, 200, 175), (225, 210, 180)])
def test_where_object_and_ground_look_alike_nothing_is_invented(ground: tuple[int, int, int]) -> None:
    photo, _ = furry(ground, 12)
    segmented = disc()
    assert with_fringe(photo, segmented)[segmented == 0].mean() < 1


def test_what_is_not_connected_with_the_object_is_left_out() -> None:
    photo = np.full((200, 200, 3), 30, np.uint8)
    inside = np.zeros((200, 200), np.uint8)
    for pixels, value in ((photo, 220), (inside, 255)):
        pixels[60:140, 60:140] = value
    photo[60:140, 145:149] = 220
    found = with_fringe(photo, inside)
    assert found[100, 147] == 0
    assert found[100, 142] < 40


@pytest.mark.parametrize("value", [0, 255])
def test_nothing_and_everything_have_no_fringe(value: int) -> None:
    inside = np.full((20, 30), value, np.uint8)
    assert np.array_equal(with_fringe(np.full((20, 30, 3), 90, np.uint8), inside), inside)
