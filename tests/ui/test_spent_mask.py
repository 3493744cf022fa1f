"""A stroke on a large mask that an edit has used up: it waits, unseen, until a worker has made room for it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from dalle_studio.app import Studio
from dalle_studio.core.geometry import Rect
from dalle_studio.core.records import Operation
from dalle_studio.session import editor_masks
from tests.ui.canvas_driver import Hand
from tests.ui.masked_studio import RED, mask_of, paint


@pytest.fixture
def removed(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """The red rectangle was removed; its mask is spent, and counts as one of very many pixels."""
    paint(studio, RED)
    studio.editor.set_mode(Operation.REMOVE)
    studio.editor.generate()
    assert studio.wait_idle(60)
    assert studio.editor.mask_spent
    studio.editor.set_brush(8, 1.0)
    monkeypatch.setattr(editor_masks, "QUICK_AREA", 100)
    return studio


def test_the_stroke_waits_for_the_worker_and_is_then_there_as_drawn(removed: Studio) -> None:
    mask, hand = mask_of(removed), Hand(removed.window.canvas)
    hand.drag((450, 300), (500, 300), (500, 350))
    assert removed.wait_idle(20)
    assert mask.bounds == Rect(441, 291, 68, 68)
    assert not removed.editor.mask_spent
    removed.editor.undo_step()
    assert removed.wait_idle(20)
    assert mask.bounds == RED
    assert (mask.pixels[RED.slices] == 255).all()
    removed.editor.redo_step()
    assert removed.wait_idle(20)
    assert mask.bounds == Rect(441, 291, 68, 68)


def test_samples_after_the_wait_belong_to_the_same_stroke(removed: Studio) -> None:
    mask, hand, canvas = mask_of(removed), Hand(removed.window.canvas), removed.window.canvas
    steps = removed.editor.undo.position
    hand.press(hand.at(450, 300))
    assert removed.wait_idle(20)
    assert canvas.is_stroking
    hand.move(hand.at(500, 300))
    hand.release(hand.at(500, 300))
    assert mask.bounds == Rect(441, 291, 68, 18)
    assert removed.editor.undo.position == steps + 1


@pytest.mark.parametrize("late", [False, True])
def test_a_stroke_taken_back_leaves_the_used_mask_as_it_was(removed: Studio, late: bool) -> None:
    mask, hand, canvas = mask_of(removed), Hand(removed.window.canvas), removed.window.canvas
    before = mask.pixels.copy()
    hand.press(hand.at(450, 300))
    if late:
        assert removed.wait_idle(20)
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
    else:
        canvas.cancel_gesture()
    assert removed.wait_idle(20)
    assert np.array_equal(mask.pixels, before)
    assert not mask.is_open
    hand.drag((300, 300), (320, 300))
    assert removed.wait_idle(20)
    assert mask.bounds == Rect(291, 291, 38, 18)


def test_erasing_from_a_used_mask_keeps_the_rest(removed: Studio) -> None:
    mask, hand = mask_of(removed), Hand(removed.window.canvas)
    hand.drag((200, 200), (210, 200), button=Qt.MouseButton.RightButton)
    assert removed.wait_idle(20)
    assert mask.pixels[200, 205] == 0
    assert mask.bounds == RED
