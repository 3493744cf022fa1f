"""An answer that is an address is fetched from its server only, and without the key."""

from __future__ import annotations

import asyncio

import pytest

from dalle_studio.core.geometry import Size
from dalle_studio.engines.connection import Connection
from dalle_studio.engines.fetching import _checked
from tests.engines.asking import make_ask, make_engine, run_job, size_of
from tests.fakes.images_server import KEY, FakeImagesServer

SQUARE = Size(1024, 1024)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])  # noqa: S104 - what servers say of themselves
def test_a_picture_behind_an_address_is_fetched_without_the_key(host: str) -> None:
    with FakeImagesServer("aquiles") as server:
        server.script.append({"url": f"http://{host}:{{port}}{{path}}"})
        outcome = run_job(make_engine(server), make_ask(size=SQUARE))
        assert outcome.error is None
        assert size_of(outcome.answers[0].data) == (1024, 1024)
        asked, fetched = server.requests
        assert asked.headers["authorization"] == f"Bearer {KEY}"
        assert "authorization" not in fetched.headers
        assert KEY not in str(fetched.headers)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/nothing", "https://127.0.0.1:{port}{path}", "file:///etc/passwd"]
)
def test_a_picture_that_cannot_be_fetched_is_paid_for(url: str) -> None:
    with FakeImagesServer("aquiles") as server:
        server.script.append({"url": url})
        outcome = run_job(make_engine(server), make_ask(size=SQUARE))
        assert outcome.error is not None
        assert outcome.error.message == "errors_engines.not_fetched"
        assert outcome.error.maybe_billed
        assert outcome.error.request_id == "req_1"


def test_openai_never_answers_with_an_address(server: FakeImagesServer) -> None:
    server.script.append({"url": "http://127.0.0.1:{port}{path}"})
    outcome = run_job(make_engine(server, partial_images=0), make_ask())
    assert outcome.error is not None
    assert outcome.error.message == "errors_engines.answer_unusable"
    assert len(server.requests) == 1


HERE = "http://127.0.0.1:8080/v1"
AWAY = "https://images.example.com/v1"


@pytest.mark.parametrize(
    ("base_url", "url", "target"),
    [
        (HERE, "http://localhost:8080/a.png", "http://localhost:8080/a.png"),
        (HERE, "http://0.0.0.0:8080/a.png", "http://127.0.0.1:8080/a.png"),
        (HERE, "http://0.0.0.0:9090/a.png", "http://127.0.0.1:9090/a.png"),
        (HERE, "http://example.com/a.png", None),
        (HERE, "http://192.168.0.1/a.png", None),
        (HERE, "https://192.168.0.1/a.png", None),
        (HERE, "https://1.1.1.1/a.png", "https://1.1.1.1/a.png"),
        (AWAY, "https://images.example.com/a.png", "https://images.example.com/a.png"),
        (AWAY, "https://images.example.com:8443/a.png", "https://images.example.com:8443/a.png"),
        (AWAY, "http://images.example.com/a.png", None),
        (AWAY, "http://127.0.0.1/a.png", None),
        (AWAY, "https://127.0.0.1/a.png", None),
        (AWAY, "https://10.0.0.1/a.png", None),
        (AWAY, "https://169.254.169.254/latest/meta-data", None),
        (AWAY, "https://[::1]/a.png", None),
        (AWAY, "https://[::ffff:10.0.0.1]/a.png", None),
        (AWAY, "https://user@images.example.com/a.png", None),
        (AWAY, "https://0.0.0.0/a.png", "https://images.example.com/a.png"),
        (AWAY, "ftp://images.example.com/a.png", None),
        (AWAY, "https://[broken/a.png", None),
        (AWAY, "a.png", None),
    ],
)
def test_only_the_own_host_and_public_https_are_fetched(base_url: str, url: str, target: str | None) -> None:
    assert asyncio.run(_checked(url, Connection(base_url))) == target
