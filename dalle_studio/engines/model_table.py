"""The engine-model table as it holds today: what is built in, what the service's own list says, what the user says.

Later wins: the built-in rows, then `shutdown_date` from `GET /v1/models`, then `models.toml` in the data folder:

    [models."my-deployment"]            # a name of the user's own
    like = "gpt-image-2.5-flare"        # starts as that row; a known name starts as its own
    dies = 2027-06-01                   # the day it is shut down; `false` = not at all
    successor = "gpt-image-2.6-flare"
    sizes = ["1024x1024", "1536x1024"]  # or "free"
    qualities = ["auto", "low", "high"]
    streaming = true
    [models."my-deployment".prices]     # USD per million tokens; all 0 for a server of one's own
    text_in = 5.0
    image_in = 8.0
    image_out = 30.0
    [texts."my-translator"]             # a model that translates or describes; USD per million tokens
    input = 0.1
    output = 0.5

When a model dies is told by OpenAI and, of its own deployments, by Azure; other servers keep what they have.

Values, no I/O.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from dalle_studio.core.geometry import Size
from dalle_studio.core.plan import FixedSizes, FreeSizes, SizeRules
from dalle_studio.engines import models
from dalle_studio.engines.listing import ListedModel
from dalle_studio.engines.models import DEFAULT_MODEL, MODELS, EngineModel, Estimate, Life, Load, Prices

_LONGEST_NAME: Final = 200
_OPENAI: Final = "openai"
_AZURE: Final = "azure"
_PRICES: Final = tuple(one.name for one in fields(Prices))


class TextRate(NamedTuple):
    """USD per million tokens of a model that writes."""

    into: float
    out: float


@dataclass(frozen=True, slots=True)
class Listing:
    """What a server's `GET /v1/models` said, and on which day."""

    day: date
    models: tuple[ListedModel, ...]


def listing_of(day: date, names: Iterable[tuple[str, date | None]]) -> Listing:
    """From names, each with the day it is shut down."""
    return Listing(day, tuple(ListedModel(name, shutdown) for name, shutdown in names))


@dataclass(frozen=True, slots=True)
class Overrides:
    """The user's own rows. `problems` names what could not be used, one line each."""

    rows: Mapping[str, EngineModel] = field(default_factory=dict)
    undated: Mapping[str, str] = field(default_factory=dict)
    """Of the rows that name no last day, the built-in row they start as: its day is theirs."""
    texts: Mapping[str, TextRate] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """An engine model that is shut down on `day`, or was."""

    day: date
    is_over: bool
    successor: str
    """One that lives."""


@dataclass(frozen=True, slots=True)
class ModelTable:
    """Rows by name. `listed` is the day on which the service's list was read last, None for never."""

    rows: Mapping[str, EngineModel] = field(default_factory=lambda: MODELS)
    retired: Mapping[str, date] = field(default_factory=dict)
    """Names without a row that are gone for good, with their last day."""
    texts: Mapping[str, TextRate] = field(default_factory=dict)
    """What the user says that models cost which translate or describe."""
    listed: date | None = None
    problems: tuple[str, ...] = ()

    def find(self, name: str | None) -> EngineModel | None:
        """The row of a model or of a dated snapshot of it; None for a name that is not in the table."""
        if not name:
            return None
        return self.rows.get(name) or self.rows.get(models.without_date(name))

    def life(self, name: str | None, day: date) -> Life:
        """A model that is not in the table is taken for alive."""
        row = self.find(name)
        return Life.LIVE if row is None else row.life(day)

    def successor(self, name: str, day: date | None = None) -> str:
        """What to use instead of a model that is gone: one that lives on `day`."""
        row = self.find(name)
        heir = (row.successor if row is not None else None) or models.successor(name)
        if day is None or self.life(heir, day) is not Life.ENDED:
            return heir
        living = [one for one, row in self.rows.items() if row.life(day) is Life.LIVE]
        return next((one for one in living if one.endswith("flare")), living[0] if living else DEFAULT_MODEL)

    def ending(self, name: str | None, day: date) -> Ending | None:
        """When it goes, where that is within 60 days or past; None for all others."""
        row = self.find(name)
        if name is not None and row is None and name in self.retired:
            return Ending(self.retired[name], is_over=True, successor=self.successor(name, day))
        if name is None or row is None or row.dies is None or row.life(day) is Life.LIVE:
            return None
        return Ending(row.dies, row.dead_on(day), self.successor(name, day))

    def endings(self, day: date, *more: str | None) -> dict[str, Ending]:
        """Of all rows, and of these names."""
        names = dict.fromkeys((*self.rows, *(name for name in more if name is not None)))
        return {name: ending for name in names if (ending := self.ending(name, day)) is not None}

    def estimate(self, name: str | None, quality: str, size: Size, load: Load) -> Estimate | None:
        """What it will cost; None for a model that is not in the table."""
        row = self.find(name)
        return None if row is None else row.estimate(quality, size, load)

    def offered(self, day: date) -> tuple[str, ...]:
        """Names of the models that can be used on that day, newest first."""
        return tuple(name for name, row in self.rows.items() if row.life(day) is not Life.ENDED)


def table_of(listing: Listing | None = None, overrides: Overrides | None = None, profile: str = _OPENAI) -> ModelTable:
    """The built-in rows with the service's list and the user's own rows over them, for a server of that profile."""
    rows = {name: replace(row, dies=_last_day(row, profile)) for name, row in MODELS.items()}
    if listing is not None:
        shutdowns = {one.name: one.shutdown for one in listing.models if one.shutdown is not None}
        for name, row in rows.items():
            # A day that is told stands. That none is told any more is no promise: the built-in day stays.
            if name in shutdowns:
                heir = row.successor or (None if name == DEFAULT_MODEL else DEFAULT_MODEL)
                rows[name] = replace(row, dies=shutdowns[name], successor=heir)
    overrides = overrides or Overrides()
    days = {name: rows[base].dies for name, base in overrides.undated.items()}
    rows |= {name: replace(row, dies=days[name]) if name in days else row for name, row in overrides.rows.items()}
    return ModelTable(
        MappingProxyType(rows),
        models.RETIRED if profile == _OPENAI else {},
        overrides.texts,
        None if listing is None else listing.day,
        overrides.problems,
    )


def _last_day(row: EngineModel, profile: str) -> date | None:
    """Built-in, by who serves the model: what OpenAI shuts down may live on elsewhere."""
    return {_OPENAI: row.dies, _AZURE: row.dies_at_azure}.get(profile)


def read_overrides(text: str) -> Overrides:
    """The rows of `models.toml`. What can't be used is left out and named; nothing is raised."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return Overrides(problems=(str(error)[:200],))
    told = document.get("models", {})
    if not isinstance(told, dict):
        return Overrides(problems=("models",))
    rows: dict[str, EngineModel] = {}
    undated: dict[str, str] = {}
    problems: list[str] = []
    for name, values in told.items():
        try:
            base, changes = _changes(name, values)
            rows[name] = replace(base, **changes)
            if base.name in MODELS and "dies" not in changes:
                undated[name] = base.name
        except (ValueError, TypeError, KeyError) as error:
            problems.append(f"{name[:80]}: {str(error)[:120]}")
    rates = document.get("texts", {})
    texts: dict[str, TextRate] = {}
    for name, values in rates.items() if isinstance(rates, dict) else [("texts", rates)]:
        try:
            texts[name] = _rate(values)
        except (ValueError, TypeError) as error:
            problems.append(f"{name[:80]}: {str(error)[:120]}")
    return Overrides(
        MappingProxyType(rows), MappingProxyType(undated), MappingProxyType(texts), problems=tuple(problems)
    )


def _rate(values: Any) -> TextRate:
    if not isinstance(values, dict) or values.keys() != {"input", "output"}:
        raise ValueError("input, output")
    return TextRate(_dollars(values["input"]), _dollars(values["output"]))


def _changes(name: str, values: Any) -> tuple[EngineModel, dict[str, Any]]:
    """The row that one of the user's starts as, and what is other in it."""
    if not isinstance(values, dict):
        raise TypeError("a table of values is expected")
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        raise ValueError("name")
    like = values.pop("like", name)
    base = models.find(like) if isinstance(like, str) else None
    if base is None:
        if "like" in values or like != name:
            raise ValueError(f"like = {like!r}")
        base = EngineModel(name, FreeSizes(), ("auto",), Prices(0, 0, 0, 0, 0))
    changes: dict[str, Any] = {"name": name}
    for key, value in values.items():
        if key not in _READERS:
            raise ValueError(f"{key}?")
        changes[key] = _READERS[key](value, base)
    return base, changes


def _sizes(value: Any, _: EngineModel) -> SizeRules:
    if value == "free":
        return FreeSizes()
    return FixedSizes(tuple(Size.parse(_text(one)) for one in _list(value)))


def _day(value: Any, _: EngineModel) -> date | None:
    if value is False:
        return None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError("dies: a day such as 2027-06-01, or false")
    return value


def _prices(value: Any, base: EngineModel) -> Prices:
    if not isinstance(value, dict) or value.keys() - set(_PRICES):
        raise ValueError(f"prices: {', '.join(_PRICES)}")
    return replace(base.prices, **{key: _dollars(one) for key, one in value.items()})


def _dollars(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1e6:
        raise ValueError("prices: USD per million tokens")
    return float(value)


def _names(value: Any, _: EngineModel) -> tuple[str, ...]:
    return tuple(_text(one) for one in _list(value))


def _switch(value: Any, _: EngineModel) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("a text is expected")
    return value


def _list(value: Any) -> Iterable[Any]:
    if not isinstance(value, list) or not value:
        raise TypeError("a list is expected")
    return value


_READERS: Final = MappingProxyType(
    {
        "sizes": _sizes,
        "qualities": _names,
        "streaming": _switch,
        "dies": _day,
        "successor": lambda value, _: _text(value),
        "prices": _prices,
    }
)
