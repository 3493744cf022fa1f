from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.picture import Picture
from dalle_studio.core.records import EditRequest, Operation
from dalle_studio.session.choices import Choices
from dalle_studio.session.lookahead import Wish, edit_bounds, look_ahead
from dalle_studio.storage.settings import Server, Settings
from dalle_studio.workflow import payload
from tests.session.conftest import Choice, TestHouse

NOTHING = Rect(0, 0, 0, 0)
PICTURE = Picture(np.zeros((60, 80, 3), np.uint8))

margins = st.builds(Margins, *[st.integers(0, 9)] * 4)


@given(margins)
def test_the_bounds_of_an_extension_are_those_of_its_grown_mask(added: Margins) -> None:
    request = EditRequest(Operation.EXTEND, PICTURE, margins=added)
    found = edit_bounds(request, NOTHING)
    if added.is_empty:
        assert found is None
        return
    canvas = payload.lay_canvas(request)
    assert found == (canvas.picture.size, canvas.mask.bounds)


def test_nothing_is_planned_before_something_is_painted() -> None:
    spot = Rect(3, 4, 5, 6)
    assert edit_bounds(EditRequest(Operation.EDIT, PICTURE), NOTHING) is None
    assert edit_bounds(EditRequest(Operation.EDIT), spot) is None
    assert edit_bounds(EditRequest(Operation.EDIT, PICTURE), spot) == (Size(80, 60), spot)
    assert edit_bounds(EditRequest(Operation.VARY, PICTURE), NOTHING) == (Size(80, 60), Rect(0, 0, 80, 60))


def test_a_size_that_the_engine_refuses_is_a_problem_and_no_plan(house: TestHouse) -> None:
    choice = Choice(Operation.EDIT, "openai", None)
    wish = Wish(choice, EditRequest(Operation.EDIT, PICTURE, size=Size(1000, 1000)), Rect(3, 4, 5, 6))
    ahead = look_ahead(house, wish)
    assert ahead.plan is None
    assert ahead.problem is not None
    assert ahead.problem.exit_status == 3
    assert (ahead.sent, ahead.usd) == (None, None)


def test_a_new_picture_has_a_price_without_a_plan(house: TestHouse) -> None:
    wish = Wish(Choice(Operation.GENERATE, "openai", None), EditRequest(Operation.GENERATE, count=3), NOTHING)
    ahead = look_ahead(house, wish)
    assert (ahead.plan, ahead.sent) == (None, Size(1024, 1024))
    assert ahead.usd == pytest.approx(0.03)
    assert "1024x1024" in ahead.sizes
    assert "low" in ahead.qualities


def test_the_local_engine_is_the_default_for_removing_and_extending_only() -> None:
    choices = Choices()
    assert {mode: choices.engine_for(mode) for mode in Operation if mode.is_asked} == {
        Operation.EDIT: "openai",
        Operation.REMOVE: "local",
        Operation.EXTEND: "local",
        Operation.VARY: "openai",
        Operation.GENERATE: "openai",
    }
    choices.mode = Operation.REMOVE
    choices.engine = "openai"
    assert choices.engine_for(Operation.EXTEND) == "local"
    assert choices.engine_for(Operation.EDIT) == "openai"


def test_removing_takes_no_words_along() -> None:
    choices = Choices(prompt="a boat", english="a boat", margins=Margins(left=3), sent_size="1024x1024")
    request = choices.request(Operation.REMOVE, PICTURE, None, "o", "p")
    assert (request.prompt, request.english, request.margins, request.size) == ("", None, Margins(), None)
    assert (request.original, request.parent) == ("o", "p")
    new = choices.request(Operation.GENERATE, PICTURE, None, "o", "p")
    assert (new.picture, new.mask, new.original, new.parent, new.size) == (None, None, None, None, Size(1024, 1024))


def test_settings_do_not_undo_what_was_chosen_since_the_start() -> None:
    choices = Choices(quality="low", count=4)
    choices.adopt(Settings(quality="high", count=2, engine="mine", model="m"), {"quality"})
    assert (choices.quality, choices.count, choices.engine, choices.model) == ("low", 2, "mine", "m")


@pytest.mark.parametrize(("profile", "offers"), [("openai", True), ("azure", True), ("dalle2", False)])
def test_openais_models_are_offered_only_where_they_may_be(house: TestHouse, profile: str, *, offers: bool) -> None:
    house.settings = replace(house.settings, servers=(Server("mine", "https://mine.example/v1", profile),))
    ahead = look_ahead(house, Wish(Choice(Operation.EDIT, "mine", None), EditRequest(Operation.EDIT, PICTURE), NOTHING))
    assert bool(ahead.models) is offers
