"""Describing the open photo."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

from dalle_studio.core.describing import Description
from dalle_studio.core.errors import Cancelled, EngineUnavailable, StudioError
from dalle_studio.core.geometry import Rect
from tests.session.conftest import Heard, Script, TestHouse, paint, wait_for

if TYPE_CHECKING:
    from dalle_studio.session.editor import Editor
    from dalle_studio.session.editor_describing import DescribeAhead
    from dalle_studio.session.history_rows import HistoryRow

PART = Rect(40, 30, 100, 80)


def test_only_the_part_leaves_and_only_on_describe(opened: Editor, script: Script) -> None:
    ahead: list[DescribeAhead] = []
    opened.look_at_describing(PART, ahead.append)
    assert opened.wait_idle(10)
    assert (ahead[0].host, str(ahead[0].sent)) == ("api.openai.com", "100x80")
    assert script.described == []
    came: list[Description] = []
    failed: list[StudioError] = []
    opened.describe(PART, came.append, failed.append)
    assert opened.wait_idle(10)
    assert failed == []
    assert came[0].text == "en: a harbour at noon"
    assert Image.open(io.BytesIO(script.described[0])).size == (100, 80)
    assert opened.sent_today == {"api.openai.com": 1}


def test_a_failure_is_handed_on_and_counted(opened: Editor, script: Script) -> None:
    script.fails = EngineUnavailable("errors_engines.timed_out", host="x", maybe_billed=True)
    failed: list[StudioError] = []
    opened.describe(PART, lambda _: None, failed.append)
    assert opened.wait_idle(10)
    assert [error.message for error in failed] == ["errors_engines.timed_out"]
    assert opened.sent_today == {"api.openai.com": 1}


def test_it_can_be_cancelled(opened: Editor, script: Script) -> None:
    script.waits = True
    failed: list[StudioError] = []
    job = opened.describe(PART, lambda _: None, failed.append)
    wait_for(opened, script.started.is_set)
    assert job is not None
    job.cancel()
    wait_for(opened, lambda: bool(failed))
    assert isinstance(failed[0], Cancelled)
    assert failed[0].maybe_billed


def test_a_caption_is_found_by_the_history(opened: Editor, house: TestHouse, heard: Heard) -> None:
    opened.keep_caption("A harbour at noon, warm light")
    assert opened.wait_idle(10)
    assert heard.of("library_changed")
    rows: list[HistoryRow] = []
    opened.load_history(lambda found: rows.__setitem__(slice(None), found))
    assert opened.wait_idle(10)
    assert "harbour at noon" in rows[0].haystack
    original = house.library.original(str(opened.original_id))
    assert original.caption == "A harbour at noon, warm light"
    house.library.keep_original(None, house.library.blob(original.original_id), original.size, b"x", "other.png")
    assert house.library.original(original.original_id).caption == original.caption


def test_the_crop_of_an_edit_can_be_described(opened: Editor) -> None:
    assert opened.crop_to_describe() is None
    paint(opened, Rect(150, 100, 8, 8))
    assert opened.wait_idle(10)
    crop = opened.crop_to_describe()
    assert crop is not None
    assert crop.width < 320
