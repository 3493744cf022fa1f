"""What a server offers, read with care."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest

from dalle_studio.core.errors import KeyProblem
from dalle_studio.engines.connection import Connection
from dalle_studio.engines.listing import ListedModel, list_models
from tests.engines.asking import Key
from tests.fakes.images_server import FakeImagesServer


def listed(server: FakeImagesServer, key: str | None = None) -> tuple[ListedModel, ...]:
    return asyncio.run(list_models(Connection(server.url, Key() if key is None else Key(key))))


def test_models_come_with_their_last_day(server: FakeImagesServer) -> None:
    days = {one.name: one.shutdown for one in listed(server)}
    assert days["gpt-image-1.5"] == date(2026, 12, 1)
    assert days["gpt-image-2.5-flare"] is None


def test_a_server_without_a_list_offers_nothing(server: FakeImagesServer) -> None:
    server.lists_models = False
    assert listed(server) == ()


def test_a_refused_key_is_told(server: FakeImagesServer) -> None:
    with pytest.raises(KeyProblem):
        listed(server, "sk-wrong")
