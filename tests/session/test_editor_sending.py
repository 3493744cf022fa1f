"""What the window shows of a request is what leaves; areas go as the user chose. Real program, real HTTP."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from dalle_studio.assembly import EngineChoice, House
from dalle_studio.core.geometry import Rect
from dalle_studio.core.operation import Operation
from dalle_studio.core.words import Words
from dalle_studio.session.editor import Editor
from dalle_studio.storage.places import Places
from tests.conftest import make_photo
from tests.fakes.faults import script as steps
from tests.fakes.images_server import KEY, FakeImagesServer
from tests.session.conftest import Heard, open_photo, paint, pixels_of

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from dalle_studio.workflow.sending import Sending

SPOT = Rect(700, 500, 120, 90)
FIRST, SECOND = Rect(200, 200, 700, 40), Rect(2100, 2050, 700, 40)
"""Flat and far apart: one crop for both costs more than two."""


@pytest.fixture
def server() -> Iterator[FakeImagesServer]:
    with FakeImagesServer() as server:
        yield server


@pytest.fixture
def new_studio(
    qtbot: QtBot, data_dir: Path, tmp_path: Path, server: FakeImagesServer
) -> Iterator[Callable[[int, int], Editor]]:
    """An editor on the wired program, with a photo of the wished size open."""
    ends: list[Callable[[], None]] = []

    def make(width: int, height: int) -> Editor:
        path = tmp_path / "photo.png"
        cv2.imencode(".png", make_photo(width, height)[..., ::-1])[1].tofile(path)
        house = House(Places(data_dir), {**os.environ, "OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": KEY}, "en")
        editor = Editor(house, EngineChoice, Words("en"))
        ends.extend((house.close, editor.shutdown))
        editor.start()
        open_photo(editor, path)
        return editor

    yield make
    for end in reversed(ends):
        end()


def shown_by(editor: Editor) -> Sending | None:
    return editor.sending


def test_what_is_shown_is_what_leaves_byte_for_byte(
    new_studio: Callable[[int, int], Editor], server: FakeImagesServer
) -> None:
    editor = new_studio(1500, 1100)
    paint(editor, SPOT)
    editor.set_prompt("a red balloon")
    assert editor.wait_idle(20)
    assert shown_by(editor) is None, "nobody looks"
    editor.watch_sending(True)
    assert editor.wait_idle(20)
    shown = shown_by(editor)
    assert shown is not None
    assert shown.parcel is not None
    assert server.requests == []
    editor.set_prompt("a blue balloon")
    assert editor.wait_idle(20)
    again = editor.sending
    assert again is not None
    assert again.parcel is shown.parcel, "only the words changed"
    editor.generate()
    assert editor.wait_idle(60)
    (request,) = server.pictures
    assert request.file("image").data == shown.parcel.image_png
    assert request.file("mask").data == shown.parcel.mask_png
    assert again.prompt is not None
    assert request.fields["prompt"] == again.prompt.sent == "a blue balloon"
    assert request.fields["size"] == str(shown.size)


def test_removing_through_a_service_shows_the_fill_that_leaves(
    new_studio: Callable[[int, int], Editor], server: FakeImagesServer
) -> None:
    editor = new_studio(900, 800)
    editor.set_mode(Operation.REMOVE)
    editor.set_engine("openai")
    paint(editor, Rect(300, 300, 60, 50))
    editor.watch_sending(True)
    assert editor.wait_idle(30)
    shown = editor.sending
    assert shown is not None
    assert shown.parcel is not None
    editor.generate()
    assert editor.wait_idle(60)
    (request,) = server.pictures
    assert request.file("image").data == shown.parcel.image_png
    editor.watch_sending(False)
    assert editor.sending is None


def test_the_context_changes_the_crop_and_goes_back_to_automatic(new_studio: Callable[[int, int], Editor]) -> None:
    editor = new_studio(3000, 2400)
    paint(editor, SPOT)
    assert editor.wait_idle(20)
    assert editor.plan is not None
    planned = editor.plan
    crops = []
    for context in (0, 400, 700):
        editor.set_context(context)
        assert editor.wait_idle(20)
        assert editor.plan is not None
        assert editor.plan.is_exact
        crops.append(editor.plan.crop)
    assert crops[0].area < crops[1].area < crops[2].area
    assert crops[2].contains(SPOT.grown(700).clipped(planned.photo))
    editor.set_context(None)
    assert editor.wait_idle(20)
    assert editor.plan == planned


def test_separate_areas_are_two_requests_only_when_that_was_chosen(
    new_studio: Callable[[int, int], Editor], server: FakeImagesServer
) -> None:
    editor = new_studio(3000, 2400)
    heard = Heard(editor)
    before = pixels_of(editor).copy()
    for spot in (FIRST, SECOND):
        paint(editor, spot)
    editor.set_prompt("a hedge")
    assert editor.wait_idle(20)
    assert (editor.divides, editor.sends_each, len(editor.plans)) == (2, False, 1)
    assert editor.cost_each is not None
    assert editor.cost_together is not None
    assert editor.cost_each < editor.cost_together == editor.cost_usd
    editor.set_sends_each(True)
    assert (len(editor.plans), editor.cost_usd) == (2, editor.cost_each)
    editor.generate()
    assert editor.wait_idle(90)
    assert heard.of("edit_failed") == []
    assert [one.fields["size"] for one in server.pictures] == [str(plan.sent) for plan in editor.plans]
    assert heard.of("busy_changed") == [True, False]  # one job for whoever wants to cancel it, or waits for its end
    first, second = heard.of("edit_finished")
    assert second.parent == first.edit_id
    assert editor.current_edit == second.edit_id
    changed = (pixels_of(editor) != before).any(axis=2)
    assert all(changed[spot.slices].mean() > 0.5 for spot in (FIRST, SECOND))
    for spot in (FIRST, SECOND):
        changed[spot.grown(70).clipped(editor.plans[0].photo).slices] = False
    assert not changed.any()
    editor.undo_step()
    assert editor.wait_idle(20)
    assert editor.current_edit == first.edit_id
    assert np.array_equal(pixels_of(editor)[SECOND.slices], before[SECOND.slices])


def test_each_of_several_requests_can_be_looked_at_before_it_leaves(
    new_studio: Callable[[int, int], Editor], server: FakeImagesServer
) -> None:
    editor = new_studio(3000, 2400)
    for spot in (FIRST, SECOND):
        paint(editor, spot)
    editor.set_prompt("a hedge")
    editor.set_sends_each(True)
    editor.watch_sending(True)
    assert editor.wait_idle(30)
    shown = [editor.sending]
    editor.look_at_sending(2)
    assert editor.sending_at == 0, "there are only two"
    editor.look_at_sending(1)
    assert editor.wait_idle(30)
    shown.append(editor.sending)
    editor.generate()
    assert editor.wait_idle(90)
    for request, one in zip(server.pictures, shown, strict=True):
        assert one is not None
        assert one.parcel is not None
        assert request.file("image").data == one.parcel.image_png
        assert request.file("mask").data == one.parcel.mask_png
    editor.set_sends_each(False)
    assert editor.wait_idle(30)
    assert editor.sending_at == 0


def test_after_a_failure_no_further_area_is_sent(
    new_studio: Callable[[int, int], Editor], server: FakeImagesServer
) -> None:
    editor = new_studio(3000, 2400)
    heard = Heard(editor)
    for spot in (FIRST, SECOND):
        paint(editor, spot)
    editor.set_prompt("a hedge")
    assert editor.wait_idle(20)
    editor.set_sends_each(True)
    server.script += steps("moderation_input")
    editor.generate()
    assert editor.wait_idle(60)
    assert len(heard.of("edit_failed")) == 1
    assert len(server.pictures) == 1


def test_one_area_or_an_engine_on_this_computer_leaves_nothing_to_choose(
    new_studio: Callable[[int, int], Editor],
) -> None:
    editor = new_studio(3000, 2400)
    paint(editor, FIRST)
    assert editor.wait_idle(20)
    assert editor.divides == 0
    paint(editor, SECOND)
    assert editor.wait_idle(20)
    assert editor.divides == 2
    editor.set_mode(Operation.REMOVE)
    assert editor.wait_idle(20)
    assert (editor.engine, editor.divides) == ("local", 0)


def test_what_is_shown_of_an_older_mask_is_known_to_be_old_until_the_new_is_there(
    new_studio: Callable[[int, int], Editor],
) -> None:
    editor = new_studio(1200, 900)
    paint(editor, FIRST)
    editor.set_prompt("a hedge")
    editor.watch_sending(True)
    assert editor.wait_idle(30)
    first, told = editor.sending, list[bool]()
    assert first is not None
    assert not editor.sending_is_old
    editor.sending_changed.connect(lambda: told.append(editor.sending_is_old))
    paint(editor, FIRST.grown(20).clipped(editor.plans[0].photo))
    assert (editor.sending, editor.sending_is_old) == (first, True)
    assert editor.wait_idle(30)
    assert editor.sending is not first
    assert (told[0], told[-1]) == (True, False)
