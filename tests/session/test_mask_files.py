"""Mask files through the editor: what goes out comes back, and what is said on the way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import MaskPixels
from dalle_studio.formats.masks import Polarity
from dalle_studio.session import editor_masks
from dalle_studio.session.editor import Editor
from dalle_studio.session.masks import Found
from tests.session.conftest import Heard, mask_of, paint, write_png

if TYPE_CHECKING:
    from tests.conftest import PhotoFactory

BINARY = [Polarity.OPENAI, Polarity.WHITE, Polarity.BLACK, Polarity.CHANNEL]
SOFT = BINARY[1:]

small = arrays.arrays(np.uint8, (12, 16), elements=st.integers(0, 255), fill=st.sampled_from([0, 255]))


def put(editor: Editor, pixels: MaskPixels) -> None:
    """This mask, as one stroke."""
    mask = mask_of(editor)
    mask.begin()
    mask.writable(Rect.of_size(mask.size))[...] = pixels
    step = mask.commit("session.step.all")
    if step is not None:
        editor.push_step(step)
    assert editor.view is not None
    editor.view.mask.refresh(Rect.of_size(mask.size))


def there_and_back(editor: Editor, path: Path, pixels: MaskPixels, polarity: Polarity) -> MaskPixels:
    put(editor, pixels)
    editor.export_mask(path, polarity)
    editor.clear_mask()
    assert editor.wait_idle(20)
    assert mask_of(editor).is_empty
    editor.import_mask(path, polarity=polarity)
    assert editor.wait_idle(20)
    return mask_of(editor).pixels


@pytest.mark.parametrize("quick_area", [editor_masks.QUICK_AREA, 0])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(small, st.sampled_from(SOFT), st.booleans())
def test_every_export_read_back_with_its_polarity_named_is_the_same_mask(
    opened: Editor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    quick_area: int,
    pixels: MaskPixels,
    polarity: Polarity,
    smooth: bool,
) -> None:
    monkeypatch.setattr(editor_masks, "QUICK_AREA", quick_area)
    shape = mask_of(opened).pixels.shape
    way = cv2.INTER_CUBIC if smooth else cv2.INTER_NEAREST
    soft = np.asarray(cv2.resize(pixels, shape[::-1], interpolation=way), np.uint8)
    assert np.array_equal(there_and_back(opened, tmp_path / "mask.png", soft, polarity), soft)
    hard = np.where(soft >= 128, 255, 0).astype(np.uint8)
    for each in BINARY:
        assert np.array_equal(there_and_back(opened, tmp_path / "mask.png", hard, each), hard)


def test_an_empty_mask_can_be_exported_and_copied(opened: Editor, tmp_path: Path, heard: Heard) -> None:
    empty = np.zeros(mask_of(opened).pixels.shape, np.uint8)
    for polarity in BINARY:
        assert np.array_equal(there_and_back(opened, tmp_path / "mask.png", empty, polarity), empty)
    copied: list[bytes] = []
    opened.encode_mask(copied.append)
    assert opened.wait_idle(20)
    assert copied
    assert {kind for kind, _, _ in heard.messages} == {"info"}


def test_a_copied_mask_keeps_every_value(opened: Editor) -> None:
    values = np.random.default_rng(5).integers(0, 256, mask_of(opened).pixels.shape, dtype=np.uint8)
    put(opened, values)
    copied: list[bytes] = []
    opened.encode_mask(copied.append)
    opened.clear_mask()
    assert opened.wait_idle(20)
    opened.import_mask_bytes(copied[0], polarity="white")
    assert opened.wait_idle(20)
    assert np.array_equal(mask_of(opened).pixels, values)
    assert opened.undo.names[-1] == "mask_files.step_paste"


def test_a_mask_tells_what_it_covers_both_ways(opened: Editor, tmp_path: Path) -> None:
    paint(opened, Rect(0, 0, 160, 120), 255)
    paint(opened, Rect(160, 0, 160, 120), 100)
    read: list[Found] = []
    opened.mask_read.connect(read.append)
    opened.export_mask(tmp_path / "mask.png", "channel")
    assert opened.wait_idle(20)
    opened.look_at_mask(tmp_path / "mask.png")
    assert opened.wait_idle(20)
    assert (read[0].coverage, read[0].coverage_inverted) == (0.5, 0.75)
    assert (read[0].polarity, read[0].is_guess, read[0].name) == ("white", True, "mask.png")


def test_a_file_under_way_belongs_to_the_photo_it_was_asked_for(
    opened: Editor, tmp_path: Path, photo: PhotoFactory, heard: Heard
) -> None:
    other = tmp_path / "other.png"
    write_png(other, photo(320, 240, seed=9))
    paint(opened, Rect(10, 10, 50, 50), 255)
    opened.export_mask(tmp_path / "mask.png")
    assert opened.wait_idle(20)
    opened.import_mask(tmp_path / "mask.png", invert=True)
    opened.open(other)
    assert opened.wait_idle(20)
    assert opened.title.startswith("other.png")
    assert mask_of(opened).is_empty
    assert opened.mask_file is None
    assert "error" not in [kind for kind, _, _ in heard.messages]
