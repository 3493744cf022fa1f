"""What is built in, what the service's list says and what the user says: the later wins, and nonsense is named."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.geometry import Size
from dalle_studio.core.plan import FixedSizes, FreeSizes
from dalle_studio.engines.listing import ListedModel
from dalle_studio.engines.model_table import Listing, ModelTable, read_overrides, table_of
from dalle_studio.engines.models import DEFAULT_MODEL, MODELS, Life, Load

DAY = date(2026, 11, 30)
SQUARE = Size(1024, 1024)


def test_models_are_live_until_sixty_days_before_they_end() -> None:
    end = DAY + timedelta(days=61)
    table = table_of(Listing(DAY, (ListedModel(DEFAULT_MODEL, end),)))
    assert table.life(DEFAULT_MODEL, DAY) is Life.LIVE
    assert table.life(DEFAULT_MODEL, DAY + timedelta(days=1)) is Life.ENDING
    assert table.life(DEFAULT_MODEL, end) is Life.ENDED
    assert table.listed == DAY


def test_what_the_list_does_not_say_stays_as_it_is_built_in() -> None:
    table = table_of(Listing(DAY, (ListedModel("gpt-image-1.5", None), ListedModel("someone-else", DAY))))
    assert table.rows["gpt-image-1.5"].dies == MODELS["gpt-image-1.5"].dies
    assert table.find("someone-else") is None


def test_a_dying_model_gets_a_successor_that_lives() -> None:
    table = table_of(
        Listing(DAY, (ListedModel("gpt-image-2", DAY), ListedModel(DEFAULT_MODEL, DAY - timedelta(days=1))))
    )
    heir = table.successor("gpt-image-2", DAY)
    assert table.life(heir, DAY) is Life.LIVE
    assert table.life(table.successor(DEFAULT_MODEL, DAY), DAY) is Life.LIVE
    assert "gpt-image-2" not in table.offered(DAY)


def test_the_user_has_the_last_word() -> None:
    overrides = read_overrides(
        """
        [models."my-deployment"]
        like = "gpt-image-2.5-flare"
        dies = 2027-06-01
        sizes = ["1024x1024", "1536x1024"]
        qualities = ["auto", "low"]
        streaming = false
        [models."my-deployment".prices]
        image_out = 60
        [models."gpt-image-1.5"]
        dies = false
        [models.own]
        """
    )
    assert overrides.problems == ()
    table = table_of(Listing(DAY, (ListedModel("gpt-image-1.5", DAY),)), overrides)
    mine = table.rows["my-deployment"]
    assert mine.dies == date(2027, 6, 1)
    assert mine.sizes == FixedSizes((SQUARE, Size(1536, 1024)))
    assert mine.qualities == ("auto", "low")
    assert not mine.streaming
    assert mine.prices.image_out == 60
    assert mine.prices.image_in == MODELS[DEFAULT_MODEL].prices.image_in
    assert table.life("gpt-image-1.5", DAY) is Life.LIVE
    assert isinstance(table.rows["own"].sizes, FreeSizes)
    free = table.estimate("own", "auto", SQUARE, Load())
    assert free is not None
    assert free.usd == 0


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("models = 3", "models"),
        ("[models.x]\nlike = 'nothing'", "x"),
        ("[models.x]\nspeed = 3", "x"),
        ("[models.x]\nsizes = ['big']", "x"),
        ("[models.x]\ndies = 'soon'", "x"),
        ("[models.x]\nprices = { image_out = -1 }", "x"),
        ("[models.x]\nqualities = []", "x"),
        ("[models.x]\nstreaming = 1", "x"),
        ("models = [", "Invalid value"),
    ],
)
def test_what_cannot_be_used_is_named_and_left_out(text: str, named: str) -> None:
    overrides = read_overrides(text)
    assert not overrides.rows
    (problem,) = overrides.problems
    assert named in problem
    assert ModelTable().rows.keys() == table_of(None, overrides).rows.keys()


@given(st.text(alphabet=st.sampled_from('[models.x]\n="1 {}likedies')))
def test_any_text_is_read_or_named(text: str) -> None:
    overrides = read_overrides(text)
    assert overrides.rows or overrides.problems or not text.strip() or "models" not in overrides.rows


def test_a_dated_snapshot_is_found() -> None:
    assert ModelTable().find("gpt-image-2.5-flare-2026-09-08") is MODELS["gpt-image-2.5-flare"]
    assert ModelTable().life("my-deployment", DAY) is Life.LIVE


def test_who_serves_a_model_says_when_it_ends() -> None:
    assert table_of().rows["gpt-image-1.5"].dies == MODELS["gpt-image-1.5"].dies
    assert table_of(profile="azure").rows["gpt-image-1.5"].dies == MODELS["gpt-image-1.5"].dies_at_azure
    for elsewhere in ("dalle2", "sdcpp", "localai", "vllm", "aquiles"):
        assert table_of(profile=elsewhere).endings(DAY, "dall-e-2", "gpt-image-1") == {}


def test_a_row_of_the_users_ends_where_it_is_served_unless_it_names_a_day() -> None:
    told = """
        [models.mine]
        like = "gpt-image-1.5"
        [models."gpt-image-1-mini"]
        qualities = ["low"]
        [models.fixed]
        like = "gpt-image-1.5"
        dies = 2028-01-01
        """

    def days(profile: str, listing: Listing | None = None) -> list[date | None]:
        rows = table_of(listing, read_overrides(told), profile).rows
        return [rows[name].dies for name in ("mine", "gpt-image-1-mini", "fixed")]

    built_in = MODELS["gpt-image-1.5"], MODELS["gpt-image-1-mini"]
    assert days("openai") == [*(one.dies for one in built_in), date(2028, 1, 1)]
    assert days("azure") == [*(one.dies_at_azure for one in built_in), date(2028, 1, 1)]
    assert days("vllm") == [None, None, date(2028, 1, 1)]
    sooner = Listing(DAY, (ListedModel("gpt-image-1-mini", DAY),))
    assert days("openai", sooner)[1] == DAY


@pytest.mark.parametrize("name", ["dall-e-2", "dall-e-3"])
def test_what_is_gone_for_good_names_a_living_successor(name: str) -> None:
    ending = table_of().ending(name, DAY)
    assert ending is not None
    assert ending.is_over
    assert table_of().life(ending.successor, DAY) is Life.LIVE
    kept = table_of(None, read_overrides(f"[models.{name}]"))
    assert kept.ending(name, DAY) is None


def test_the_user_says_what_words_cost() -> None:
    told = read_overrides("[texts.mine]\ninput = 1\noutput = 2.5\n[texts.odd]\ninput = 1\n[texts.free]\nx = 1")
    assert dict(table_of(None, told).texts) == {"mine": (1.0, 2.5)}
    assert len(told.problems) == 2
    assert "odd" in told.problems[0]
    assert len(read_overrides("texts = 3").problems) == 1
