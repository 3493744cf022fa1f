"""A key reaches its host and no other, and the environment changes nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from dalle_studio.core.errors import BadUsage, EngineUnavailable, KeyProblem
from dalle_studio.engines.connection import Connection
from dalle_studio.engines.profiles import PROFILES
from tests.conftest import ROOT
from tests.engines.asking import Key, make_ask, make_engine, run_job
from tests.fakes.images_server import KEY, FakeImagesServer


@pytest.mark.parametrize(
    ("given", "base_url", "host"),
    [
        ("https://api.openai.com/v1/", "https://api.openai.com/v1", "api.openai.com"),
        ("https://api.openai.com:443/v1", "https://api.openai.com/v1", "api.openai.com"),
        ("https://API.Example.com", "https://api.example.com/v1", "api.example.com"),
        ("https://x.openai.azure.com/openai/v1/", "https://x.openai.azure.com/openai/v1", "x.openai.azure.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1", "127.0.0.1:8080"),
        ("http://localhost:1234/v1", "http://localhost:1234/v1", "localhost:1234"),
        ("http://[::1]:1234/v1", "http://[::1]:1234/v1", "[::1]:1234"),
    ],
)
def test_addresses_are_written_in_one_way(given: str, base_url: str, host: str) -> None:
    connection = Connection(given)
    assert connection.base_url == base_url
    assert connection.host == host


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("", "address_malformed"),
        ("api.openai.com/v1", "address_malformed"),
        ("ftp://api.openai.com", "address_malformed"),
        ("https://", "address_malformed"),
        ("https://host:port/v1", "address_malformed"),
        ("https://a b/v1", "address_malformed"),
        ("https://user:pass@api.openai.com/v1", "address_extras"),
        ("https://api.openai.com/v1?key=1", "address_extras"),
        ("https://api.openai.com/v1#x", "address_extras"),
        ("http://api.openai.com/v1", "address_plain"),
        ("http://192.168.0.7:8080/v1", "address_plain"),
        ("http://localhost.example.com/v1", "address_plain"),
    ],
)
def test_unusable_addresses_are_named(given: str, message: str) -> None:
    with pytest.raises(BadUsage) as caught:
        Connection(given)
    assert caught.value.message == f"errors.{message}"


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(BadUsage) as caught:
        Connection("https://user:hunter2@api.openai.com/v1")
    assert "hunter2" not in repr(caught.value)


def test_openai_without_a_key_is_refused_before_any_socket() -> None:
    connection = Connection()
    assert connection.needs_key
    with pytest.raises(KeyProblem) as caught:
        connection.client()
    assert caught.value.message == "errors_engines.no_key"


def test_the_key_of_openai_is_needed_whatever_the_profile() -> None:
    assert Connection("https://api.openai.com/v1", profile=PROFILES["localai"]).needs_key


def test_a_server_on_this_computer_needs_no_key() -> None:
    for profile in PROFILES.values():
        assert not Connection("http://127.0.0.1:1/v1", profile=profile).needs_key


@pytest.mark.parametrize(
    "text", ["short", "sk-with a space in the middle 123", "sk-열쇠0123456789012345678", "x" * 513]
)
def test_malformed_keys_are_refused_without_showing_them(text: str) -> None:
    with pytest.raises(KeyProblem) as caught:
        Connection(key=Key(text)).key()
    assert caught.value.message == "errors_engines.key_malformed"
    assert text not in repr(caught.value)


def test_space_around_a_key_is_dropped() -> None:
    assert Connection(key=Key(f"  {KEY}\r\n")).key() == KEY


def test_short_keys_are_fine_elsewhere() -> None:
    assert Connection("http://127.0.0.1:1/v1", Key("EMPTY")).key() == "EMPTY"


def test_a_connection_does_not_show_its_key() -> None:
    assert KEY not in repr(Connection(key=Key()))


def test_nothing_of_the_environment_reaches_the_request(
    server: FakeImagesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "OPENAI_CUSTOM_HEADERS": "Authorization: Bearer stolen\nX-Leak: yes\nContent-Type: text/plain\nUser-Agent: me",
        "OPENAI_ORG_ID": "org-leak",
        "OPENAI_PROJECT_ID": "proj-leak",
        "OPENAI_ADMIN_KEY": "sk-admin-leak",
        "OPENAI_API_KEY": "sk-another-leak-0123456789",
        "OPENAI_WEBHOOK_SECRET": "whsec-leak",
        "OPENAI_BASE_URL": "https://leak.invalid/v1",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "HTTPS_PROXY": "http://127.0.0.1:1",
        "ALL_PROXY": "socks5://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    outcome = run_job(make_engine(server), make_ask())
    assert len(outcome.answers) == 1
    (request,) = server.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert "leak" not in str(request.headers).lower()
    allowed = {"host", "connection", "accept", "accept-encoding", "authorization", "user-agent", "content-type",
               "content-length"}  # fmt: skip
    assert {name for name in request.headers if not name.startswith("x-stainless-")} == allowed


def test_a_keyless_server_here_gets_a_placeholder() -> None:
    with FakeImagesServer("dalle2", key=None) as server:
        from dalle_studio.core.geometry import Size

        assert run_job(make_engine(server), make_ask(size=Size(256, 256))).answers
        assert server.requests[0].headers["authorization"] == "Bearer EMPTY"


def test_a_server_that_knows_no_keys_is_told_none() -> None:
    with FakeImagesServer("sdcpp", key=None) as server:
        from dalle_studio.engines.openai import OpenAIEngine

        engine = OpenAIEngine(Connection(server.url, Key(), PROFILES["sdcpp"]), None)
        assert run_job(engine, make_ask()).answers
        assert KEY not in str(server.requests[0].headers)


def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    with pytest.raises(EngineUnavailable) as caught:
        Connection(key=Key()).client()
    assert caught.value.message == "errors_engines.network_setup"


def test_the_client_does_not_retry_or_follow_redirects() -> None:
    async def go() -> None:
        client = Connection(key=Key()).client()
        assert client.max_retries == 0
        assert not client._client.follow_redirects
        await client.close()

    asyncio.run(go())


def test_loading_the_engines_does_not_load_the_sdk() -> None:
    loaded = (
        "import sys, dalle_studio.engines.openai, dalle_studio.engines.translation;"
        "sys.exit(bool({'openai', 'httpx2', 'cv2', 'PIL'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, check=False).returncode == 0
