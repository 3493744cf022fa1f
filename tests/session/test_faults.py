"""Whatever the service does: the window's editor says it once, is never busy for ever, and asks no more than it may.

One editor lives through all of it, one fault after the other, as a bad day goes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dalle_studio.core.geometry import Rect
from dalle_studio.core.records import Operation, State
from dalle_studio.session.editor import Editor
from dalle_studio.storage import settings
from dalle_studio.storage.places import Places
from tests.conftest import PhotoFactory
from tests.fakes.expected import ROWS, Row
from tests.fakes.faults import script
from tests.fakes.images_server import KEY, FakeImagesServer
from tests.session.conftest import Heard, NewStudio, mask_of, paint, pixels_of, wait_for, write_png

SPOT = Rect(400, 300, 120, 90)
FAULTS = [row for row in ROWS if row.streams and not row.is_slow]


@pytest.fixture
def small_photo(tmp_path: Path, photo: PhotoFactory) -> Path:
    path = tmp_path / "small.png"
    write_png(path, photo(1024, 800))
    return path


@pytest.fixture
def studio(new_studio: NewStudio, server: FakeImagesServer, small_photo: Path) -> Editor:
    editor = new_studio(small_photo, OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY)
    paint(editor, SPOT)
    editor.set_prompt("a red balloon")
    assert editor.wait_idle(20)
    return editor


def test_at_least_twenty_five_faults_are_met() -> None:
    assert len([row for row in FAULTS if row.error is not None]) >= 25


def test_every_fault_is_told_once_and_nothing_is_lost(studio: Editor, server: FakeImagesServer) -> None:
    photo, mask = pixels_of(studio).copy(), mask_of(studio).pixels.copy()
    for row in FAULTS:
        heard, before = Heard(studio), len(server.pictures)
        server.script.clear()
        server.script += script(row.fault)
        studio.generate()
        assert studio.wait_idle(30), row
        assert not studio.is_busy, row
        assert studio.partial is None, row
        assert len(server.pictures) - before == row.requests, row
        assert heard.of("bug_met") == [], row
        check_outcome(row, heard)
        if row.error is None:
            studio.undo_step()
            assert studio.wait_idle(20), row
        assert np.array_equal(pixels_of(studio), photo), row
        assert np.array_equal(mask_of(studio).pixels, mask), row
        assert studio.prompt == "a red balloon", row
    records = studio.library.edits(every_state=True)
    assert len(records) == len(FAULTS)
    assert {one.state for one in records} == {State.DONE, State.FAILED}


def check_outcome(row: Row, heard: Heard) -> None:
    failed, done = heard.of("edit_failed"), heard.of("edit_finished")
    if row.error is None:
        assert (len(failed), len(done)) == (0, 1), row
        return
    (error,) = failed
    assert done == [], row
    assert type(error) is row.error, row
    assert error.message == f"errors_engines.{row.message}", row
    assert error.maybe_billed is row.billed, row


@pytest.mark.parametrize("fault", ["slow", "crawl", "rate_wait", "html:20"])
def test_cancelling_at_any_moment_closes_the_socket_and_sends_nothing_more(
    studio: Editor, server: FakeImagesServer, fault: str
) -> None:
    if fault == "rate_wait":
        server.script.append(script("rate")[0] | {"headers": {"Retry-After": "60"}})
    else:
        server.script += script(fault)
    heard = Heard(studio)
    studio.generate()
    if fault == "rate_wait":
        wait_for(studio, lambda: any(one.message for one in heard.of("progress_changed")))
    else:
        wait_for(studio, lambda: len(server.pictures) == 1)
    studio.cancel()
    wait_for(studio, lambda: not studio.is_busy)
    if fault != "rate_wait":
        assert server.pictures[0].disconnected.wait(1.0)
    assert studio.wait_idle(10)
    assert len(server.pictures) == 1
    (record,) = studio.library.edits(every_state=True)
    assert record.state is State.CANCELLED
    assert record.maybe_billed
    assert heard.of("edit_failed") == []
    assert [kind for kind, *_ in heard.messages] == ["warning"]


def test_pressing_twice_sends_once(studio: Editor, server: FakeImagesServer) -> None:
    server.script += script("slow:0.3")
    for _ in range(5):  # a double click, a key that repeats
        studio.generate()
    assert studio.wait_idle(30)
    assert len(server.pictures) == 1


def test_a_crash_before_the_answer_sends_nothing_at_the_next_start(
    studio: Editor, server: FakeImagesServer, new_studio: NewStudio, small_photo: Path
) -> None:
    server.script += script("slow")
    studio.generate()
    wait_for(studio, lambda: len(server.pictures) == 1)
    studio.shutdown()
    assert server.pictures[0].disconnected.wait(3.0)
    again = new_studio(small_photo, OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY)
    assert again.wait_idle(20)
    assert len(server.pictures) == 1


def test_partial_pictures_lie_where_the_result_will_and_leave_the_rest_alone(
    studio: Editor, server: FakeImagesServer
) -> None:
    server.script.append({"trickle": 0.15})
    heard = Heard(studio)
    studio.generate()
    assert studio.wait_idle(30)
    (shown,) = {one.partial_rect for one in heard.of("progress_changed") if one.partial is not None}
    (record,) = heard.of("edit_finished")
    assert shown == record.candidates[0].rect
    partial = next(one.partial for one in heard.of("progress_changed") if one.partial is not None)
    assert partial.shape[:2] == (shown.height, shown.width)
    (changed,) = heard.of("pixels_changed")
    assert changed == shown
    assert studio.partial is None


def test_partial_pictures_of_a_variation_lie_over_the_photo(studio: Editor, server: FakeImagesServer) -> None:
    server.script.append({"trickle": 0.15})
    heard = Heard(studio)
    studio.set_mode(Operation.VARY)
    studio.generate()
    assert studio.wait_idle(30)
    (partial,) = [one for one in heard.of("progress_changed") if one.partial is not None]
    assert partial.partial_rect == Rect(0, 0, 1024, 800)
    assert partial.partial.shape == (800, 1024, 3)


def test_partial_pictures_of_a_deep_photo_are_shown_in_eight_bits(
    new_studio: NewStudio, server: FakeImagesServer, tmp_path: Path, photo: PhotoFactory
) -> None:
    deep = tmp_path / "deep.png"
    write_png(deep, photo(1024, 800, depth=16))
    editor = new_studio(deep, OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY)
    paint(editor, SPOT)
    editor.set_prompt("a red balloon")
    server.script.append({"trickle": 0.15})
    heard = Heard(editor)
    editor.generate()
    assert editor.wait_idle(30)
    (partial,) = [one.partial for one in heard.of("progress_changed") if one.partial is not None]
    assert partial.dtype == np.uint8
    assert heard.of("bug_met") == []


def test_the_monthly_limit_blocks_in_the_window(studio: Editor, server: FakeImagesServer, data_dir: Path) -> None:
    heard = Heard(studio)
    places = Places(data_dir)
    studio._house.settings = settings.change(places, monthly_cap_usd=0.001)  # type: ignore[misc]  # as the dialog does
    places.close()
    studio.settings_changed()
    assert studio.wait_idle(10)
    studio.generate()
    assert studio.wait_idle(20)
    (error,) = heard.of("edit_failed")
    assert error.exit_status == 7
    assert server.pictures == []
    assert studio.spending is not None
    assert studio.spending.cap == 0.001


def test_the_list_of_engine_models_is_read_once_a_day_and_only_after_sending(
    studio: Editor, server: FakeImagesServer
) -> None:
    assert server.requests == []
    for _ in range(2):
        studio.generate()
        assert studio.wait_idle(30)
        studio.set_prompt(studio.prompt + "!")
        studio.undo_step()
        assert studio.wait_idle(20)
    lists = [one for one in server.requests if one.path == "/v1/models"]
    assert len(lists) == 1
    assert studio.spending is not None
    assert studio.spending.today > 0
