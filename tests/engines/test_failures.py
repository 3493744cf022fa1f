"""Reading errors in any form, and how long a rate limit asks to wait."""

from __future__ import annotations

import email.utils
import json
import ssl
import time
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.words import LANGUAGES, Words
from dalle_studio.engines import failures
from dalle_studio.engines.failures import (
    Context,
    Rejection,
    of_exception,
    of_rejection,
    read_rejection,
    seconds_to_wait,
)

CONTEXT = Context("api.openai.com", "gpt-image-2.5-flare", "sk-secret-0123456789")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["error", "message", "code", "type", "param", "detail", "moderation_details", "categories", "moderation_stage"]
    ) | st.text(), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@given(st.integers(300, 599) | st.none(), JSON)
def test_any_error_body_becomes_a_sentence_in_both_languages(status: int | None, body: Any) -> None:
    for form in (body, json.dumps(body).encode()):
        error = of_rejection(read_rejection(status, form), CONTEXT).error
        for language in LANGUAGES:
            sentence, hint = Words(language).of(error)
            assert sentence
            assert hint


@given(st.integers(300, 599), st.binary())
def test_any_bytes_become_a_sentence(status: int, body: bytes) -> None:
    assert Words("ko").of(of_rejection(read_rejection(status, body), CONTEXT).error)[0]


@pytest.mark.parametrize("rule", failures.RULES, ids=lambda rule: rule.message)
def test_every_row_of_the_table_has_its_words(rule: failures.Rule) -> None:
    assert Words("ko").has(f"errors_engines.{rule.message}")
    assert Words("ko").has(f"errors_engines.{rule.message}.hint")


@pytest.mark.parametrize(
    ("headers", "text", "seconds"),
    [
        ({"retry-after-ms": "250"}, "", 0.25),
        ({"retry-after": "12"}, "try again in 3s", 12.0),
        ({"retry-after": "1.5"}, "", 1.5),
        ({"retry-after": "soon"}, "Please try again in 3s.", 3.0),
        ({}, "Please try again in 250ms.", 0.25),
        ({}, "Please try again in 1m30s.", 90.0),
        ({}, "Please try again in 1h2m3.5s.", 3723.5),
        ({}, "Please retry after 12 seconds.", 12.0),  # Azure
        ({}, "Try again in 2 minutes 5 s", 125.0),
        ({}, "Please try again in 300 milliseconds.", 0.3),
        ({}, "Try again in 3 months.", None),
        ({}, "Please wait.", None),
        ({"retry-after": "-5"}, "", 0.0),
        ({"retry-after": "nan"}, "", None),
        ({"retry-after": "inf"}, "", None),
        ({"retry-after": "1e300"}, "", 1e7),
        ({"retry-after": "Wed, 21 Oct 99999 07:28:00 GMT"}, "", None),
        ({"retry-after-ms": "x", "retry-after": "3"}, "try again in 2s", 2.0),
        ({}, f"Please try again in {'9' * 400}s.", None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], text: str, seconds: float | None) -> None:
    assert seconds_to_wait(headers, text) == seconds


def test_a_date_to_wait_for() -> None:
    seconds = seconds_to_wait({"retry-after": email.utils.formatdate(time.time() + 100, usegmt=True)}, "")
    assert seconds is not None
    assert 90 < seconds < 101


def test_an_untrusted_certificate_is_not_tried_again() -> None:
    error = httpx2.ConnectError("no")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed")
    failure = of_exception(error, CONTEXT)
    assert failure.error.message == "errors_engines.no_trust"
    assert failure.pause is None


def test_only_what_surely_was_not_done_may_be_sent_again() -> None:
    """Of all transport failures: no connection. Of all answers: 429 that is no quota."""
    request = httpx2.Request("POST", "https://api.openai.com/v1/images/edits")
    kinds = [httpx2.ReadTimeout, httpx2.WriteTimeout, httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError,
             httpx2.CloseError, httpx2.DecodingError, httpx2.ProxyError, httpx2.PoolTimeout]  # fmt: skip
    for kind in kinds:
        assert of_exception(kind("x", request=request), CONTEXT).pause is None
    for connect in (httpx2.ConnectError, httpx2.ConnectTimeout):
        assert of_exception(connect("x", request=request), CONTEXT).pause is not None
    for status in range(300, 600):
        assert (of_rejection(Rejection(status), CONTEXT).pause is not None) == (status == 429)


def test_whatever_is_ambiguous_may_have_been_billed() -> None:
    request = httpx2.Request("POST", "https://api.openai.com/v1/images/edits")
    for kind in (httpx2.ReadTimeout, httpx2.WriteTimeout, httpx2.ReadError, httpx2.RemoteProtocolError):
        assert of_exception(kind("x", request=request), CONTEXT).error.maybe_billed
    for status in range(500, 600):
        assert of_rejection(Rejection(status), CONTEXT).error.maybe_billed
    for status in range(300, 500):
        assert of_rejection(Rejection(status), CONTEXT).error.maybe_billed == (status in {408, 409, 425})
