"""What became of the mask is measured, whatever the server says of itself."""

from __future__ import annotations

import numpy as np
import pytest

from dalle_studio.core.geometry import Size
from dalle_studio.core.plan import FixedSizes, FreeSizes
from dalle_studio.engines.profiles import PROFILES
from dalle_studio.workflow.trial import MaskFate, differences, fate, scene, smallest


def test_the_smallest_legal_size_is_sent() -> None:
    assert smallest(FreeSizes()) == Size(816, 816)
    assert smallest(FixedSizes((Size(1024, 1024), Size(256, 256)))) == Size(256, 256)
    for profile in PROFILES.values():
        if profile.sizes is not None:
            assert profile.sizes.allows(smallest(profile.sizes))


@pytest.mark.parametrize("size", [Size(256, 256), Size(1024, 640)])
def test_each_fate_of_the_mask_is_told_apart(size: Size) -> None:
    image, mask = scene(size)
    red = np.where(mask[..., None] > 0, np.array((220, 20, 20), np.uint8), image)
    soft = np.clip(red.astype(int) + 9, 0, 255).astype(np.uint8)
    other = np.roll(np.flip(image, axis=(0, 1)), 40, axis=1)
    inverted = np.where(mask[..., None] > 0, image, np.array((220, 20, 20), np.uint8))
    found = {name: fate(*differences(image, mask, np.ascontiguousarray(answer))) for name, answer in {
        "exact": red, "soft": soft, "other": other, "same": image, "inverted": inverted,
    }.items()}  # fmt: skip
    assert found == {
        "exact": MaskFate.EXACT,
        "soft": MaskFate.SOFT,
        "other": MaskFate.IGNORED,
        "same": MaskFate.NOTHING,
        "inverted": MaskFate.IGNORED,
    }


def test_an_answer_of_another_size_is_measured_all_the_same() -> None:
    image, mask = scene(Size(512, 512))
    red = np.where(mask[..., None] > 0, np.array((220, 20, 20), np.uint8), image)
    half = np.ascontiguousarray(red.repeat(2, axis=0).repeat(2, axis=1))
    assert fate(*differences(image, mask, half)) is MaskFate.EXACT
