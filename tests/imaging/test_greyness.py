from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from dalle_studio.imaging.greyness import is_grey, without_tint
from tests.imaging.rerender import CAST, Bytes, Changes, crop_of, ellipse, grown, rerender


@pytest.fixture(scope="module")
def photo(sample_photo: Path) -> Bytes:
    grey = cv2.cvtColor(crop_of(sample_photo), cv2.COLOR_RGB2GRAY)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB).astype(np.uint8)


@pytest.mark.parametrize("tint", [(0, 0, 0), (3, 0, -3), (12, 0, -9)])
@pytest.mark.parametrize("extra", [{}, {**CAST, "noise": 4.0}])
def test_a_tint_that_lies_over_everything_is_no_colour(
    photo: Bytes, tint: tuple[int, int, int], extra: Changes
) -> None:
    mask = ellipse(*photo.shape[:2])
    grey: Changes = {"colour": (130, 130, 130)}
    answer = rerender(photo, mask, **(grey | extra))
    tinted = np.clip(answer.astype(int) + tint, 0, 255).astype(np.uint8)
    came = without_tint(tinted, ~grown(mask, 8))
    assert is_grey(came)
    assert np.abs(came.astype(float).mean() - answer.mean()) < 3


@pytest.mark.parametrize("colour", [(200, 60, 40), (140, 120, 100), (90, 120, 130)], ids=["red", "sepia", "steel"])
def test_colour_that_was_asked_for_arrives_as_it_came(photo: Bytes, colour: tuple[int, int, int]) -> None:
    mask = ellipse(*photo.shape[:2])
    answer = rerender(photo, mask, colour=colour)
    assert without_tint(answer, ~grown(mask, 8)) is answer


def test_a_small_spot_of_colour_is_colour(photo: Bytes) -> None:
    mask = ellipse(*photo.shape[:2])
    answer = rerender(photo, mask, colour=(130, 130, 130))
    answer[320:328, 450:458] = (200, 40, 40)
    assert without_tint(answer, ~grown(mask, 8)) is answer


@pytest.mark.parametrize("shape", [(1, 1), (3, 50), (33, 29)])
def test_any_size_with_or_without_a_ring(photo: Bytes, shape: tuple[int, int]) -> None:
    part = photo[: shape[0], : shape[1]].copy()
    part[..., 0] += 2
    for keep in (np.zeros(shape, np.bool_), np.ones(shape, np.bool_)):
        assert is_grey(without_tint(part, keep))
