"""Drawing onto the photo: undone, kept apart from masks, sent with a variation, and in the record of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.markup import Mark, MarkKind, Pen
from dalle_studio.core.operation import Operation
from dalle_studio.session.markup_painting import render
from tests.session.conftest import Heard, NewEditor, Script, TestHouse, open_photo, paint

if TYPE_CHECKING:
    from pathlib import Path

    from dalle_studio.session.editor import Editor

ARROW = Mark(Pen(MarkKind.ARROW, (255, 0, 0), 6.0), ((40.0, 40.0), (200.0, 160.0)))
NOTE = Mark(Pen(MarkKind.NOTE, (0, 0, 255), 6.0, "여기"), ((60.0, 200.0),))


def test_every_mark_is_one_undoable_step(opened: Editor, heard: Heard) -> None:
    opened.add_mark(ARROW)
    opened.add_mark(NOTE)
    assert list(opened.markup) == [ARROW, NOTE]
    opened.undo_step()
    assert list(opened.markup) == [ARROW]
    opened.redo_step()
    opened.remove_mark_at(120, 100, 4)
    assert list(opened.markup) == [NOTE]
    opened.clear_markup()
    assert list(opened.markup) == []
    opened.undo_step()
    opened.undo_step()
    assert [mark.pen.kind for mark in opened.markup] == ["arrow", "note"]


def test_a_press_that_did_not_move_and_an_empty_note_draw_nothing(opened: Editor) -> None:
    opened.add_mark(Mark(Pen(), ((5.0, 5.0),)))
    opened.add_mark(Mark(Pen(MarkKind.NOTE, text="  "), ((5.0, 5.0),)))
    assert not opened.markup
    assert not opened.undo.can_undo


@pytest.mark.parametrize("kind", MarkKind)
def test_what_is_rendered_lies_where_it_was_drawn_and_the_rest_is_transparent(kind: MarkKind) -> None:
    mark = Mark(Pen(kind, (10, 200, 30), 4.0, "배"), ((20.0, 60.0), (80.0, 90.0)))
    pixels = render((mark,), Size(120, 100))
    assert pixels.shape == (100, 120, 4)
    drawn = pixels[..., 3] > 0
    assert drawn.any()
    assert not drawn[:30].any()
    solid = pixels[pixels[..., 3] == 255]
    assert (solid[:, :3] == (10, 200, 30)).all()


def test_a_drawing_goes_with_a_variation_and_is_recorded(
    opened: Editor, script: Script, heard: Heard, house: TestHouse
) -> None:
    opened.add_mark(ARROW)
    opened.set_mode(Operation.VARY)
    opened.set_prompt("move it there")
    assert opened.wait_idle(10)
    assert opened.sends_markup
    opened.generate()
    assert opened.wait_idle(30)
    assert heard.of("edit_failed") == []
    (ask,) = script.asks
    assert ask.mask_png is None
    assert ask.markup_png is not None
    drawing = cast("Any", house.library._real.blob(heard.of("edit_finished")[0].markup))
    assert drawing == ask.markup_png
    sent = house.codec.decode_png(ask.markup_png)
    assert sent.shape == (*ask.size.shape, 4)
    assert (sent[..., 3] == 0).any()
    assert (sent[sent[..., 3] == 255][:, 0] > 200).all()
    assert len(opened.markup) == 0  # it belongs to the version it was drawn on
    house.library.gc()
    assert house.library.verify().damaged == ()


def test_what_will_be_sent_shows_the_drawing(opened: Editor, script: Script) -> None:
    opened.set_mode(Operation.VARY)
    opened.set_prompt("move it there")
    opened.watch_sending(True)
    assert opened.wait_idle(10)
    assert opened.sending is not None
    assert opened.sending.parcel is not None
    assert opened.sending.parcel.markup is None
    opened.add_mark(ARROW)
    assert opened.wait_idle(10)
    parcel = opened.sending.parcel
    assert parcel is not None
    assert parcel.markup is not None
    opened.generate()
    assert opened.wait_idle(30)
    assert script.asks[0].markup_png == parcel.markup_png


def test_beside_a_mask_no_drawing_is_sent(opened: Editor, script: Script) -> None:
    opened.add_mark(ARROW)
    paint(opened, Rect(100, 80, 60, 40))
    opened.set_prompt("a boat")
    assert not opened.sends_markup
    opened.generate()
    assert opened.wait_idle(30)
    assert [ask.markup_png for ask in script.asks] == [None]


def test_an_engine_model_that_reads_none_gets_none(opened: Editor, script: Script) -> None:
    script.takes_markup = False
    opened.set_mode(Operation.VARY)
    opened.set_model("gpt-image-2")
    assert opened.wait_idle(10)
    opened.add_mark(ARROW)
    assert not opened.sends_markup
    opened.generate()
    assert opened.wait_idle(30)
    assert [ask.markup_png for ask in script.asks] == [None]


def test_a_drawing_that_was_not_used_is_there_at_the_next_start(
    opened: Editor, new_editor: NewEditor, photo_path: Path
) -> None:
    opened.add_mark(ARROW)
    opened.add_mark(NOTE)
    opened.shutdown()
    second = new_editor()
    open_photo(second, photo_path)
    assert list(second.markup) == [ARROW, NOTE]


def test_distance_is_measured_to_the_line() -> None:
    assert ARROW.distance(40, 40) == 0
    assert np.isclose(ARROW.distance(40, 30), 10)
    box = Mark(Pen(MarkKind.BOX), ((0.0, 0.0), (100.0, 100.0)))
    assert box.distance(50, 50) == 50
