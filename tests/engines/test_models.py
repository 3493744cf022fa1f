"""The price table agrees with what OpenAI publishes."""

from __future__ import annotations

from datetime import date

import pytest

from dalle_studio.core.geometry import Size
from dalle_studio.core.plan import FixedSizes, FreeSizes
from dalle_studio.engines import models
from dalle_studio.engines.models import Load

SQUARE = Size(1024, 1024)

PUBLISHED = [
    ("gpt-image-2", "low", "1024x1024", 196, 0.006),
    ("gpt-image-2", "medium", "1024x1024", 1756, 0.053),
    ("gpt-image-2", "high", "1024x1024", 7024, 0.211),
    ("gpt-image-2", "high", "1536x1024", 5488, 0.165),
    ("gpt-image-2", "low", "1024x768", 134, 0.004),
    ("gpt-image-2", "low", "2048x2048", 397, 0.012),
    ("gpt-image-2", "low", "3840x2160", 371, 0.011),
    ("gpt-image-2.5-flare", "low", "1024x1024", 196, 0.006),
    ("gpt-image-2.5-flare", "medium", "1024x1024", 439, 0.013),
    ("gpt-image-2.5-flare", "high", "1024x1024", 1756, 0.053),
    ("gpt-image-2.5-flare", "xhigh", "1024x1024", 3122, 0.094),
    ("gpt-image-2.5-flare", "max", "1024x1024", 7024, 0.211),
    ("gpt-image-2.6-sunburst", "high", "1024x1024", 1756, 0.053),
    ("gpt-image-1.5", "low", "1024x1024", 272, 0.009),
    ("gpt-image-1.5", "medium", "1024x1024", 1056, 0.034),
    ("gpt-image-1.5", "high", "1024x1024", 4160, 0.133),
    ("gpt-image-1-mini", "low", "1024x1024", 272, 0.002),
    ("gpt-image-1-mini", "medium", "1024x1024", 1056, 0.008),
    ("gpt-image-1-mini", "high", "1024x1024", 4160, 0.033),
]


@pytest.mark.parametrize(("model", "quality", "size", "tokens", "dollars"), PUBLISHED)
def test_tokens_and_prices_are_the_published_ones(
    model: str, quality: str, size: str, tokens: int, dollars: float
) -> None:
    assert models.MODELS[model].output_tokens(quality, Size.parse(size)) == (tokens, True)
    estimate = models.MODELS[model].estimate(quality, Size.parse(size), Load())
    assert estimate.tokens == tokens
    assert estimate.exact
    assert estimate.usd == pytest.approx(dollars, abs=0.0006)


def test_tokens_do_not_depend_on_the_orientation() -> None:
    assert models.MODELS["gpt-image-2"].output_tokens("low", Size(768, 1024))[0] == 134


def test_partial_pictures_candidates_and_inputs_are_counted() -> None:
    load = Load(count=3, partials=2, pictures=2, prompt="x" * 400)
    rich = models.MODELS["gpt-image-2.5-flare"].estimate("medium", SQUARE, load)
    assert rich.tokens == 3 * (439 + 200)
    expected = 3 * ((439 + 200) * 30 + 2 * 512 * 8 + 100 * 5) / 1_000_000
    assert rich.usd == pytest.approx(expected)


@pytest.mark.parametrize(
    ("model", "quality"),
    [("gpt-image-2.6-flare", "low"), ("gpt-image-2.6-flare", "medium"), ("gpt-image-2.5-flare", "auto")],
)
def test_what_is_not_published_is_no_exact_estimate(model: str, quality: str) -> None:
    assert not models.MODELS[model].estimate(quality, SQUARE, Load()).exact


def test_a_dated_snapshot_is_its_model() -> None:
    assert models.find("gpt-image-2.5-flare-2026-09-08") is models.find("gpt-image-2.5-flare")


def test_models_that_end_name_a_living_successor() -> None:
    for model in models.MODELS.values():
        if model.dies is not None:
            heir = models.find(models.successor(model.name))
            assert heir is not None
            assert heir.dies is None
    assert models.successor("dall-e-3") == models.DEFAULT_MODEL
    assert models.RETIRED["dall-e-3"].isoformat() == "2026-05-12"
    assert models.successor(models.DEFAULT_MODEL) != models.DEFAULT_MODEL


def test_a_model_is_dead_from_its_last_day_on() -> None:
    old = models.MODELS["gpt-image-1.5"]
    assert not old.dead_on(date(2026, 11, 30))
    assert old.dead_on(date(2026, 12, 1))
    assert not models.MODELS[models.DEFAULT_MODEL].dead_on(date(2040, 1, 1))


def test_sizes_are_free_from_generation_two_on() -> None:
    assert isinstance(models.MODELS["gpt-image-2"].sizes, FreeSizes)
    assert isinstance(models.MODELS["gpt-image-1.5"].sizes, FixedSizes)
    assert not models.MODELS["gpt-image-2"].sizes.allows(Size(512, 512))
