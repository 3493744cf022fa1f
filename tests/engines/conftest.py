"""A fake Images server for a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.images_server import FakeImagesServer


@pytest.fixture
def server() -> Iterator[FakeImagesServer]:
    """Speaks as api.openai.com does."""
    with FakeImagesServer() as running:
        yield running
