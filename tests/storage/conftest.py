"""Libraries of the tests' own, closed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places

OpenLibrary = Callable[[], StudioLibrary]


@pytest.fixture
def places(data_dir: Path) -> Iterator[Places]:
    own = Places(data_dir)
    yield own
    own.close()


@pytest.fixture
def library(places: Places) -> Iterator[StudioLibrary]:
    own = StudioLibrary(places)
    yield own
    own.close()


@pytest.fixture
def open_library(data_dir: Path) -> Iterator[OpenLibrary]:
    """Opens the same data folder again, as another program would."""
    opened: list[StudioLibrary] = []

    def open_again() -> StudioLibrary:
        opened.append(StudioLibrary(Places(data_dir)))
        return opened[-1]

    yield open_again
    for one in opened:
        one.close()
        one.places.close()
