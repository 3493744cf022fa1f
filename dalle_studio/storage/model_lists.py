"""What servers said of their engine models, and the user's own table of them. Two small files; any thread; blocks.

`models.toml` is the user's and is only read. `model-lists.json` holds, by host, the day and the names with the day on
which each is shut down; what can't be read is as good as absent, since it can be asked for again.
"""

from __future__ import annotations

import contextlib
import json
from datetime import date
from typing import Any, Final, TypeAlias

from dalle_studio.core.errors import StorageProblem
from dalle_studio.storage import durable
from dalle_studio.storage.places import Places

_MOST_HOSTS: Final = 20

Names: TypeAlias = tuple[tuple[str, date | None], ...]
"""Engine models in the server's order, each with the day it is shut down."""


def own_table(places: Places) -> str:
    """The text of `models.toml`; empty where there is none. OSError where it can't be read."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return places.models.read_text("utf-8", "replace")
    return ""


def load(places: Places, host: str) -> tuple[date, Names] | None:
    """What that server said, and when; None where nothing is known."""
    kept = _read(places).get(host)
    with contextlib.suppress(TypeError, ValueError, KeyError, AttributeError):
        if kept is not None:
            names = tuple((str(name), None if day is None else date.fromisoformat(day)) for name, day in kept["models"])
            return date.fromisoformat(kept["day"]), names
    return None


def keep(places: Places, host: str, day: date, names: Names) -> None:
    """Remember a server's list. A disk that does not take it is no reason to complain."""
    lists = {name: told for name, told in _read(places).items() if name != host}
    told = {"day": day.isoformat(), "models": [[name, None if end is None else end.isoformat()] for name, end in names]}
    lists = dict(list(lists.items())[-(_MOST_HOSTS - 1) :]) | {host: told}
    data = json.dumps(lists, ensure_ascii=False, indent=1).encode("utf-8", "replace")
    with contextlib.suppress(StorageProblem):
        places.prepare()
        with durable.disk_failures(places.root, len(data)):
            temp = places.temp_path()
            durable.write_new(temp, data)
            durable.replace(temp, places.model_lists)


def _read(places: Places) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError, RecursionError):
        kept = json.loads(places.model_lists.read_text("utf-8"))
        if isinstance(kept, dict):
            return kept
    return {}
