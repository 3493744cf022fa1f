"""The engine-model table: what each GPT Image model can do, how long it lives and what it costs. Data, no I/O.

Facts as of 2026-11-22, from OpenAI's guides, price pages and deprecation list and from openai-python 3.54. A model
that is not in the table (a deployment's own name, a newer model) is treated as a free-size one without a price.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from dalle_studio.core.geometry import Size
from dalle_studio.core.plan import FixedSizes, FreeSizes, SizeRules

DEFAULT_MODEL: Final = "gpt-image-2.5-flare"
NEWEST_MODEL: Final = "gpt-image-2.6-flare"

PARTIAL_TOKENS: Final = 100
"""Output tokens billed for each streamed partial picture."""

INPUT_IMAGE_TOKENS: Final = 512
"""Image tokens of one input picture; from a single probe, so every estimate with pictures is rough."""

_BYTES_PER_TEXT_TOKEN: Final = 4
_NOTICE: Final = timedelta(days=60)


class MarkupSupport(StrEnum):
    """Whether a model reads a `markup` layer (drawn arrows and notes); never together with a mask."""

    NONE = "none"
    WITHOUT_MASK = "without_mask"


class Life(StrEnum):
    """Where a model stands in its life."""

    LIVE = "live"
    ENDING = "ending"
    """It is shut down within 60 days."""
    ENDED = "ended"


class Transparency(StrEnum):
    """Whether `background=transparent` is obeyed."""

    NONE = "none"
    PREVIEW = "preview"
    """Some accounts answer 400."""
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Prices:
    """USD per million tokens."""

    text_in: float
    text_cached: float
    image_in: float
    image_cached: float
    image_out: float
    text_out: float = 0.0


class Estimate(NamedTuple):
    """Price before sending. `tokens` are output tokens of all candidates, partial pictures included.

    `exact` says that those tokens follow from the published formula or table; the input's share of `usd` is always
    an estimate.
    """

    tokens: int
    usd: float
    exact: bool


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked for besides quality and size. `pictures` counts every one that is sent, the photo's crop too."""

    count: int = 1
    partials: int = 0
    pictures: int = 0
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class EngineModel:
    """One row of the table."""

    name: str
    sizes: SizeRules
    qualities: tuple[str, ...]
    prices: Prices
    factors: Mapping[str, int] = field(default_factory=dict)
    """The formula's factor of each quality (free-size models)."""
    tokens: Mapping[tuple[str, Size], int] = field(default_factory=dict)
    """Output tokens of each quality and size (fixed-size models)."""
    uncertain: Mapping[str, float] = field(default_factory=dict)
    """Qualities whose tokens are only known roughly: by how much the formula is multiplied, at the upper end."""
    streaming: bool = True
    input_fidelity: tuple[str, ...] = ()
    """Values the field accepts; empty = the field must not be sent."""
    markup: MarkupSupport = MarkupSupport.NONE
    transparency: Transparency = Transparency.FULL
    max_prompt: int = 32_000
    max_images: int = 16
    dies: date | None = None
    """The day it is shut down at OpenAI."""
    dies_at_azure: date | None = None
    successor: str | None = None

    def dead_on(self, day: date) -> bool:
        return self.dies is not None and self.dies <= day

    def life(self, day: date) -> Life:
        """Whether it can be used on that day, and still can be in 60 days."""
        if self.dead_on(day):
            return Life.ENDED
        return Life.ENDING if self.dies is not None and self.dies - day <= _NOTICE else Life.LIVE

    def estimate(self, quality: str, size: Size, load: Load) -> Estimate:
        """What all candidates will cost. Each is a request of its own, so the input is counted for each."""
        tokens, exact = self.output_tokens(quality, size)
        tokens = (tokens + PARTIAL_TOKENS * load.partials) * load.count
        text = -(-len(load.prompt.encode()) // _BYTES_PER_TEXT_TOKEN) * load.count
        pictures = INPUT_IMAGE_TOKENS * load.pictures * load.count
        dollars = tokens * self.prices.image_out + text * self.prices.text_in + pictures * self.prices.image_in
        return Estimate(tokens, dollars / 1_000_000, exact)

    def output_tokens(self, quality: str, size: Size) -> tuple[int, bool]:
        """Output tokens of one picture, and whether the number is exact.

        `auto` is resolved by the server; it is counted as medium, though low was seen. Formula: OpenAI's price
        calculator, checked against every published figure.
        """
        counted = quality if quality in self.qualities and quality != "auto" else "medium"
        exact = counted == quality
        if self.factors:
            tokens = _free_size_tokens(self.factors[counted], size)
            return round(tokens * self.uncertain.get(counted, 1.0)), exact and counted not in self.uncertain
        listed = self.tokens.get((counted, size))
        if listed is not None:
            return listed, exact
        return max((count for (named, _), count in self.tokens.items() if named == counted), default=0), False


def _free_size_tokens(factor: int, size: Size) -> int:
    short_side = (2 * factor * size.shortest + size.longest) // (2 * size.longest)
    return -(-factor * short_side * (2_000_000 + size.area) // 4_000_000)


_FIVE = ("auto", "low", "medium", "high", "xhigh", "max")
_THREE = ("auto", "low", "medium", "high")
_SQUARE, _WIDE, _TALL = Size(1024, 1024), Size(1536, 1024), Size(1024, 1536)
_THREE_SIZES = FixedSizes((_SQUARE, _WIDE, _TALL))
_FACTORS_2 = MappingProxyType({"low": 16, "medium": 48, "high": 96})
_FACTORS_25 = MappingProxyType({"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96})
_TOKENS_1 = MappingProxyType(
    {
        ("low", _SQUARE): 272,
        ("low", _WIDE): 400,
        ("low", _TALL): 408,
        ("medium", _SQUARE): 1056,
        ("medium", _WIDE): 1568,
        ("medium", _TALL): 1584,
        ("high", _SQUARE): 4160,
        ("high", _WIDE): 6208,
        ("high", _TALL): 6240,
    }
)
_PRICES_2 = Prices(text_in=5.00, text_cached=1.25, image_in=8.00, image_cached=2.00, image_out=30.00)
_PRICES_15 = Prices(text_in=5.00, text_cached=1.25, image_in=8.00, image_cached=2.00, image_out=32.00, text_out=10.00)
_PRICES_MINI = Prices(text_in=2.00, text_cached=0.20, image_in=2.50, image_cached=0.25, image_out=8.00)


def _newer(name: str, *, uncertain: Mapping[str, float], azure: date | None) -> EngineModel:
    return EngineModel(
        name,
        FreeSizes(),
        _FIVE,
        _PRICES_2,
        factors=_FACTORS_25,
        uncertain=uncertain,
        markup=MarkupSupport.WITHOUT_MASK,
        dies_at_azure=azure,
    )


_ROUGH_26: Final = MappingProxyType({"low": 4.0, "medium": 4.0})
"""2.6 takes three to four times the tokens of 2.5 at these qualities (one report)."""

_AZURE_25: Final = date(2027, 9, 9)
_LAST_OF_1: Final = date(2026, 12, 1)

MODELS: Final[Mapping[str, EngineModel]] = MappingProxyType(
    {
        model.name: model
        for model in (
            _newer("gpt-image-2.6-sunburst", uncertain=_ROUGH_26, azure=None),
            _newer("gpt-image-2.6-flare", uncertain=_ROUGH_26, azure=None),
            _newer("gpt-image-2.5-sunburst", uncertain={}, azure=_AZURE_25),
            _newer("gpt-image-2.5-flare", uncertain={}, azure=_AZURE_25),
            EngineModel(
                "gpt-image-2",
                FreeSizes(),
                _THREE,
                _PRICES_2,
                factors=_FACTORS_2,
                transparency=Transparency.PREVIEW,
                dies_at_azure=date(2027, 10, 21),
            ),
            EngineModel(
                "gpt-image-1.5",
                _THREE_SIZES,
                _THREE,
                _PRICES_15,
                tokens=_TOKENS_1,
                input_fidelity=("low", "high"),
                dies=_LAST_OF_1,
                dies_at_azure=date(2026, 12, 16),
                successor=DEFAULT_MODEL,
            ),
            EngineModel(
                "chatgpt-image-latest",
                _THREE_SIZES,
                _THREE,
                _PRICES_15,
                tokens=_TOKENS_1,
                dies=_LAST_OF_1,
                successor=DEFAULT_MODEL,
            ),
            EngineModel(
                "gpt-image-1-mini",
                _THREE_SIZES,
                _THREE,
                _PRICES_MINI,
                tokens=_TOKENS_1,
                input_fidelity=("low",),
                dies=_LAST_OF_1,
                dies_at_azure=date(2027, 4, 7),
                successor=DEFAULT_MODEL,
            ),
            EngineModel(
                "gpt-image-1",
                _THREE_SIZES,
                _THREE,
                _PRICES_15,
                tokens=_TOKENS_1,
                input_fidelity=("low", "high"),
                dies=date(2026, 10, 23),
                successor=DEFAULT_MODEL,
            ),
        )
    }
)

RETIRED: Final[Mapping[str, date]] = MappingProxyType(dict.fromkeys(("dall-e-2", "dall-e-3"), date(2026, 5, 12)))
"""Of what OpenAI served before, the day it was shut down: nothing else needs to be known of these any more."""

_SNAPSHOT: Final = re.compile(r"-\d{4}-\d{2}-\d{2}$")


def without_date(name: str) -> str:
    """`gpt-image-2-2026-04-21` is `gpt-image-2`, frozen on that day."""
    return _SNAPSHOT.sub("", name)


def find(name: str) -> EngineModel | None:
    """The built-in row of a model or of a dated snapshot of it; None for a name that is not in the table."""
    return MODELS.get(name) or MODELS.get(without_date(name))


def successor(name: str) -> str:
    """What to use instead of a model that is gone."""
    row = find(name)
    heir = (row.successor if row is not None else None) or DEFAULT_MODEL
    return heir if heir != without_date(name) else NEWEST_MODEL
