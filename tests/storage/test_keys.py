from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.address import host_of
from dalle_studio.core.errors import BadUsage, KeyProblem, StudioError
from dalle_studio.storage.keyrings import accepted
from dalle_studio.storage.keys import KeyState, KeyStore, Secret, Where, redact
from tests.conftest import ROOT

OPENAI = "https://api.openai.com/v1"
OTHER = "https://images.example.com/v1"
KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz"
NULL = "keyring.backends.null.Keyring"
FAIL = "keyring.backends.fail.Keyring"
CHAINER = "keyring.backends.chainer.ChainerBackend"


def store_of(**environment: str) -> KeyStore:
    """A store that keeps keys in memory only."""
    return KeyStore({"DALLE_STUDIO_KEYRING": "session"} | environment)


def revealed(store: KeyStore, base_url: str) -> str | None:
    secret = store.lookup(base_url)
    return None if secret is None else secret.reveal()


# Hosts


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("https://api.openai.com/v1", "https://API.OpenAI.com:443/"),
        ("https://images.example.com/v1", " https://images.example.com/other/path "),
        ("http://localhost:8080/v1", "http://LOCALHOST:8080"),
        ("http://[::1]:8080/v1", "http://[::1]:8080"),
    ],
)
def test_addresses_of_one_server_share_a_key(first: str, second: str) -> None:
    assert host_of(first) == host_of(second)


def test_another_port_or_name_is_another_server() -> None:
    addresses = [
        "https://example.com",
        "https://example.com:8443",
        "https://www.example.com",
        "https://example.com.",
        "http://localhost",
        "https://localhost",
        "http://127.0.0.1",
        "http://localhost:8080",
    ]
    assert len({host_of(address).account for address in addresses}) == len(addresses)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.openai.com",
        "ftp://example.com",
        "https://",
        "http://example.com",
        "http://192.168.0.10:8080",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://0x7f.1",
        "https://user@example.com",
        "https://user:password@example.com",
        "https://example.com?key=1",
        "https://example.com?",
        "https://example.com#part",
        "https://example.com:99999",
        "https://example.com:port",
        "https://exam\nple.com",
        "https://exam ple.com",
        "https://evil.example\\.openai.com",
        "https://[::1",
    ],
)
def test_addresses_that_can_not_be_trusted_are_refused(address: str) -> None:
    with pytest.raises(BadUsage) as caught:
        host_of(address)
    assert "password" not in str(caught.value.params)


# Keys


@pytest.mark.parametrize("key", [KEY, f"  {KEY}\n", f"\t{KEY} \r\n"])
def test_space_around_a_key_is_no_part_of_it(key: str) -> None:
    store = store_of()
    store.store(OPENAI, key)
    assert revealed(store, OPENAI) == KEY


@pytest.mark.parametrize(
    ("base_url", "key"),
    [
        (OPENAI, ""),
        (OPENAI, " \n"),
        (OPENAI, "sk-too-short"),
        (OPENAI, "k" * 513),
        (OPENAI, f"{KEY}\n{KEY}"),
        (OPENAI, f"{KEY[:10]} {KEY[10:]}"),
        (OPENAI, "열쇠" * 20),
        (OPENAI, f"{KEY}\x00"),
        (OTHER, ""),
        (OTHER, "k" * 513),
    ],
)
def test_what_can_be_no_key_is_refused_without_showing_it(base_url: str, key: str) -> None:
    store = store_of()
    with pytest.raises(KeyProblem) as caught:
        store.store(base_url, key)
    if key.strip():
        assert key.strip() not in f"{caught.value!r} {caught.value.params}"
    assert caught.value.__cause__ is None
    assert not store.status(base_url).has_key


def test_short_keys_of_compatible_servers_are_fine() -> None:
    store = store_of()
    for key in ("x", "EMPTY", "sk-1234"):
        store.store(OTHER, key)
        assert revealed(store, OTHER) == key


def test_a_key_is_given_out_for_its_own_host_only() -> None:
    store = store_of()
    assert store.store(OTHER, "other-key") == KeyState("images.example.com", Where.SESSION)
    assert revealed(store, "https://images.example.com/v2") == "other-key"
    for stranger in (OPENAI, "https://images.example.com:8443", "https://example.com", "http://localhost"):
        assert store.lookup(stranger) is None
        assert store.status(stranger).where is Where.NONE


def test_the_environments_key_goes_to_openai_when_no_base_url_is_set() -> None:
    for unset in ({}, {"OPENAI_BASE_URL": ""}, {"OPENAI_BASE_URL": "  "}):
        store = store_of(OPENAI_API_KEY=f"{KEY}\n", **unset)
        assert revealed(store, OPENAI) == KEY
        assert store.status(OPENAI) == KeyState("api.openai.com", Where.ENVIRONMENT)
        assert store.lookup(OTHER) is None
        assert store.lookup("http://localhost:8080") is None


def test_the_environments_key_goes_to_the_host_of_its_base_url_only() -> None:
    store = store_of(OPENAI_API_KEY="EMPTY", OPENAI_BASE_URL=OTHER)
    assert revealed(store, OTHER) == "EMPTY"
    assert store.lookup(OPENAI) is None
    broken = store_of(OPENAI_API_KEY=KEY, OPENAI_BASE_URL="http://images.example.com")
    assert broken.lookup(OPENAI) is None


def test_an_empty_variable_counts_as_unset() -> None:
    store = store_of(OPENAI_API_KEY=" ")
    assert store.lookup(OPENAI) is None
    store.store(OPENAI, KEY)
    assert store.status(OPENAI).where is Where.SESSION


def test_a_malformed_key_in_the_environment_is_said_and_not_shown() -> None:
    store = store_of(OPENAI_API_KEY=f"{KEY}\nX-Header: 1")
    with pytest.raises(KeyProblem) as caught:
        store.lookup(OPENAI)
    assert KEY not in f"{caught.value!r} {caught.value.params}"
    assert store.lookup(OTHER) is None


def test_deleting_forgets_the_key_and_tells_what_is_left() -> None:
    store = store_of()
    store.store(OPENAI, KEY)
    assert store.delete(OPENAI).where is Where.NONE
    assert store.delete(OPENAI).where is Where.NONE
    assert store_of(OPENAI_API_KEY=KEY).delete(OPENAI).where is Where.ENVIRONMENT


# Secrets and redaction


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret(KEY)
    for shown in (repr(secret), str(secret), f"{secret}", f"{[secret]}", repr({"key": secret})):
        assert KEY[3:10] not in shown
    for write in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            write(secret)
    assert not hasattr(secret, "__dict__")


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=60), st.text(max_size=20))
def test_redaction_leaves_no_key(key: str, around: str) -> None:
    text = f"{around}{key}{around} {json.dumps({'key': key})} {key!r}"
    assert key not in redact(text, [Secret(key)]).replace("[key]", "")


def test_redaction_knows_keys_it_was_not_told() -> None:
    text = 'Incorrect API key provided: sk-abc***wxyz. {"Authorization": "Bearer abcdef123456"} x-api-key: abcdefgh'
    shown = redact(text, [])
    assert "wxyz" not in shown
    assert "abcdef" not in shown
    assert shown.startswith("Incorrect API key provided: [key]")


def test_every_key_that_was_seen_is_known_for_redaction() -> None:
    store = store_of(OPENAI_API_KEY="environment-key")
    store.store(OTHER, "other-key")
    store.lookup(OTHER)
    assert redact("environment-key other-key", store.known()) == "[key] [key]"


# Keyrings


def test_only_keyrings_that_the_system_encrypts_are_accepted() -> None:
    assert accepted({}, "linux")[0] == "keyring.backends.SecretService.Keyring"
    assert accepted({"XDG_CURRENT_DESKTOP": "KDE"}, "linux")[0] == "keyring.backends.kwallet.DBusKeyring"
    assert accepted({}, "darwin") == ("keyring.backends.macOS.Keyring",)
    assert accepted({}, "win32") == ("keyring.backends.Windows.WinVaultKeyring",)
    assert accepted({"DALLE_STUDIO_KEYRING": "session"}, "darwin") == ()
    for unwanted in (NULL, FAIL, CHAINER, "keyrings.alt.file.PlaintextKeyring", "evil.Keyring"):
        assert accepted({"PYTHON_KEYRING_BACKEND": unwanted}, "linux") == ()


@pytest.mark.parametrize("backend", [NULL, FAIL, CHAINER, "nothing.like.This"])
def test_a_keyring_that_forgets_or_fails_means_this_session_only(backend: str) -> None:
    store = KeyStore({}, backends=(backend,))
    assert store.store(OPENAI, KEY) == KeyState("api.openai.com", Where.SESSION)
    assert revealed(store, OPENAI) == KEY
    again = KeyStore({}, backends=(backend,))
    try:
        assert again.lookup(OPENAI) is None
    except KeyProblem as problem:
        assert problem.message == "errors_storage.keyring_failed"  # noqa: PT017 - either is right


CONFIGURED = """
import os, sys
from pathlib import Path
from dalle_studio.storage.keys import KeyStore
store = KeyStore(os.environ)
print(store.store("https://api.openai.com/v1", sys.stdin.read()).where, "evil" in sys.modules)
"""


def test_a_keyring_configuration_imports_nothing_and_no_file_is_written(data_dir: Path) -> None:
    home = data_dir.parent / "home"
    config = home / ".config" / "python_keyring"
    config.mkdir(parents=True)
    (home / "evil.py").write_text("from keyring.backends.null import Keyring\nprint('imported')\n")
    (config / "keyringrc.cfg").write_text(f"[backend]\ndefault-keyring=evil.Keyring\nkeyring-path={home}\n")
    environment = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local"),
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={home}/no-bus",
        "PATH": "/usr/bin:/bin",
    }
    before = {path for path in data_dir.parent.rglob("*") if path.is_file()}
    result = subprocess.run(
        [sys.executable, "-B", "-c", CONFIGURED],
        cwd=ROOT,
        env=environment,
        input=KEY,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (result.stdout, result.stderr) == ("session False\n", "")
    assert {path for path in data_dir.parent.rglob("*") if path.is_file()} == before


def test_the_key_is_not_held_in_any_state_that_is_shown() -> None:
    store = store_of()
    state = store.store(OPENAI, KEY)
    assert KEY not in repr(state)
    assert KEY not in repr(store)


# A real Secret Service

SERVICE = 'printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec "$@" 2>&1'
linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the Secret Service of freedesktop.org")


def with_secret_service(script: str, runtime: Path) -> str:
    """Run a script in a session of its own with an unlocked keyring; returns what it printed."""
    home = runtime / "service"
    home.mkdir(mode=0o700)
    environment: Mapping[str, str] = {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "XDG_DATA_HOME": str(home / "share"),
        "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
        "KEY": KEY,
    }
    result = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", SERVICE, "_", sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return result.stdout


ROUND_TRIP = """
import os
from dalle_studio.storage.keys import KeyStore
OPENAI, OTHER = "https://api.openai.com/v1", "https://images.example.com"
key = os.environ.pop("KEY")
store = KeyStore(os.environ)
print(store.backend_name(), store.status(OPENAI).where)
print(store.store(OPENAI, key).where, store.store(OTHER, "other").where)
again = KeyStore(os.environ)
print(again.lookup(OPENAI).reveal() == key, again.lookup(OTHER).reveal(), again.lookup("https://example.com"))
print(again.status(OPENAI).where, len(again.known()))
print(KeyStore(dict(os.environ, OPENAI_API_KEY="e" * 20)).status(OPENAI).where)
print(again.delete(OPENAI).where, again.delete(OPENAI).where, store.lookup(OPENAI), store.lookup(OTHER).reveal())
"""


@linux_only
def test_keys_live_in_a_real_secret_service(tmp_path: Path) -> None:
    assert with_secret_service(ROUND_TRIP, tmp_path).splitlines() == [
        "Secret Service none",
        "keyring keyring",
        "True other None",
        "keyring 2",
        "environment",
        "none none None other",
    ]
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY.encode() not in written


STOPPED = """
import os, signal, subprocess, time
from dalle_studio.core.errors import KeyProblem
from dalle_studio.storage.keys import KeyStore
OPENAI = "https://api.openai.com/v1"
key = os.environ.pop("KEY")
store = KeyStore(os.environ)
print(store.store(OPENAI, key).where)
daemon = int(subprocess.run(
    ["dbus-send", "--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/",
     "org.freedesktop.DBus.GetConnectionUnixProcessID", "string:org.freedesktop.secrets"],
    capture_output=True, text=True, check=True).stdout.split()[-1])
os.kill(daemon, signal.SIGSTOP)
store._keyring._seconds = 0.3  # it will never answer; waiting longer shows no more
try:
    for address in (OPENAI, OPENAI, "http://localhost:8080"):
        try:
            print(store.lookup(address))
        except KeyProblem as problem:
            print(problem.message)
    print(store.store(OPENAI, key).where, store.lookup(OPENAI).reveal() == key)
finally:
    os.kill(daemon, signal.SIGCONT)
fresh = KeyStore(os.environ)
print(fresh.lookup(OPENAI).reveal() == key)
"""


@linux_only
def test_a_keyring_that_does_not_answer_costs_a_moment_and_is_said(tmp_path: Path) -> None:
    start = time.monotonic()
    assert with_secret_service(STOPPED, tmp_path).splitlines() == [
        "keyring",
        "errors_storage.keyring_silent",
        "errors_storage.keyring_silent",
        "None",
        "session True",
        "True",
    ]
    assert time.monotonic() - start < 30


def test_every_failure_has_a_sentence() -> None:
    problems: list[StudioError] = []
    for wrong in (lambda: host_of("x"), lambda: store_of().store(OPENAI, ""), lambda: store_of().store(OPENAI, "k")):
        with pytest.raises(StudioError) as caught:
            wrong()
        problems.append(caught.value)
    from dalle_studio.core.words import Words

    for language in ("ko", "en"):
        for problem in problems:
            sentence, hint = Words(language).of(problem)
            assert sentence
            assert hint
