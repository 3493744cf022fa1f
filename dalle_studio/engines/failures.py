"""From what went wrong on the wire to what a user is told: one table, first row that fits.

Recognised by status, code, type, parameter and, where the service leaves those empty, by the text. Whatever may have
been done and charged for is `maybe_billed`; only what surely was not may be tried again.
"""

from __future__ import annotations

import email.utils
import json
import math
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from dalle_studio.core.errors import (
    BadInput,
    BudgetExceeded,
    EngineRefused,
    EngineUnavailable,
    KeyProblem,
    Reasons,
    Seconds,
    StudioError,
)
from dalle_studio.engines.server_text import is_html, plain, request_id_of

_AREA: Final = "errors_engines"
_LONGEST_WAIT: Final = 1e7
WAITING_RATE_LIMIT: Final = f"{_AREA}.waiting_rate_limit"
WAITING_CONNECTION: Final = f"{_AREA}.waiting_connection"


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing was done for this request and it may be sent again after `seconds`. `message` is shown meanwhile."""

    message: str
    seconds: float | None
    """None: the server did not say."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What to raise, and whether the request may be sent again first."""

    error: StudioError
    pause: Pause | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What a sentence may need to name. `key` is only there to be found and blotted out."""

    host: str
    model: str | None = None
    successor: str | None = None
    """What takes the place of the engine model, where that is known."""
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Rejection:
    """An error a server sent, in whatever form. `status` is None inside a stream."""

    status: int | None
    code: str = ""
    type: str = ""
    param: str = ""
    text: str = ""
    stage: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: all conditions that are given must hold; `codes` are looked for in `code` and in `type`."""

    error: type[StudioError]
    message: str
    statuses: tuple[range, ...] = ()
    codes: frozenset[str] = frozenset()
    text: str = ""
    param: str = ""
    stage: str = ""
    maybe_billed: bool = False

    def fits(self, it: Rejection) -> bool:
        return (
            (not self.statuses or any(it.status in statuses for statuses in self.statuses))
            and (not self.codes or it.code in self.codes or it.type in self.codes)
            and (not self.text or re.search(self.text, it.text, re.IGNORECASE) is not None)
            and (not self.param or it.param == self.param)
            and (not self.stage or it.stage == self.stage)
        )


def _only(*statuses: int) -> tuple[range, ...]:
    return tuple(range(status, status + 1) for status in statuses)


_MODERATION: Final = frozenset({"moderation_blocked"})
_SERVER_ERRORS: Final = (range(500, 600),)
_RATE_LIMITED: Final = range(429, 430)

RULES: Final = (
    Rule(EngineRefused, "refused_input", codes=_MODERATION, stage="input"),
    # The picture was painted before it was looked at.
    Rule(EngineRefused, "refused_output", codes=_MODERATION, stage="output", maybe_billed=True),
    Rule(EngineRefused, "refused", codes=_MODERATION | {"content_policy_violation", "content_filter"}),
    Rule(EngineRefused, "refused", text=r"rejected (by|as a result of) .*safety system|content (management )?policy"),
    Rule(BudgetExceeded, "quota", codes=frozenset({"insufficient_quota"})),
    Rule(BudgetExceeded, "quota", text=r"exceeded your current quota"),
    Rule(BudgetExceeded, "billing_limit", codes=frozenset({"billing_hard_limit_reached", "billing_not_active"})),
    Rule(BudgetExceeded, "billing_limit", text=r"billing hard limit"),
    Rule(BudgetExceeded, "billing_limit", statuses=_only(402)),
    Rule(KeyProblem, "no_key", statuses=_only(401), text=r"didn't provide an api key"),
    Rule(KeyProblem, "key_refused", statuses=_only(401)),
    Rule(KeyProblem, "key_refused", codes=frozenset({"invalid_api_key"})),
    Rule(KeyProblem, "key_refused", statuses=_only(403), text=r"(invalid|incorrect|missing) api[ _-]?key"),
    Rule(KeyProblem, "unverified", statuses=_only(403), text=r"organization must be verified|verify organization"),
    Rule(KeyProblem, "country", codes=frozenset({"unsupported_country_region_territory"})),
    Rule(KeyProblem, "forbidden", statuses=_only(403)),
    Rule(EngineUnavailable, "rate_limited", statuses=(_RATE_LIMITED,)),
    Rule(BadInput, "too_big", statuses=_only(413)),
    Rule(EngineUnavailable, "server_error", statuses=_SERVER_ERRORS, maybe_billed=True),  # whatever code it carries
    Rule(EngineUnavailable, "rate_limited", codes=frozenset({"rate_limit_exceeded"})),
    Rule(EngineUnavailable, "server_error", codes=frozenset({"server_error", "internal_error"}), maybe_billed=True),
    Rule(EngineUnavailable, "timed_out", statuses=_only(408), maybe_billed=True),
    Rule(EngineUnavailable, "server_error", statuses=_only(409, 425), maybe_billed=True),
    Rule(BadInput, "deployment_gone", codes=frozenset({"DeploymentNotFound"})),
    Rule(BadInput, "model_gone", codes=frozenset({"model_not_found"})),
    Rule(BadInput, "model_gone", text=r"the model .* (does not exist|has been deprecated|not found)"),
    Rule(BadInput, "transparent", text=r"transparent background is not supported"),
    Rule(BadInput, "size_refused", codes=frozenset({"invalid_value"}), param="size"),
    Rule(BadInput, "size_refused", text=r"invalid size '|pixel budget|longest edge must|supported aspect ratio"),
    Rule(BadInput, "picture_refused", codes=frozenset({"invalid_image_file", "unsupported_file_mimetype"})),
    Rule(BadInput, "mask_refused", codes=frozenset({"invalid_mask_image_format"})),
    Rule(BadInput, "prompt_long", codes=frozenset({"string_above_max_length"}), param="prompt"),
    Rule(BadInput, "field_unknown", codes=frozenset({"unknown_parameter", "invalid_input_fidelity_model"})),
    Rule(EngineUnavailable, "no_route", statuses=_only(404, 405, 501)),
    Rule(EngineUnavailable, "redirected", statuses=(range(300, 400),)),
    Rule(BadInput, "rejected", statuses=(range(400, 500),)),
    # An error inside a stream or in a 200: the service had begun to work.
    Rule(EngineUnavailable, "stream_error", maybe_billed=True),
)


def of_rejection(it: Rejection, context: Context, headers: Mapping[str, str] | None = None) -> Failure:
    """The failure behind an error that a server sent."""
    headers = headers or {}
    rule = next(rule for rule in RULES if rule.fits(it))
    shown = "" if is_html(it.text) else plain(it.text, context.key)
    pause, seconds = None, 60.0
    if rule.message == "rate_limited":
        wait = seconds_to_wait(headers, it.text)
        seconds = seconds if wait is None else wait
        # Some gateways say it with another status: what became of the request is not known then.
        if it.status in _RATE_LIMITED and headers.get("x-should-retry", "").lower() != "false":
            pause = Pause(WAITING_RATE_LIMIT, wait)
    is_theirs = rule.message == "model_gone" and context.successor is None
    error = rule.error(
        f"{_AREA}.{rule.message}",
        hint=f"{_AREA}.model_unknown.hint" if is_theirs else None,
        request_id=request_id_of(headers, context.key),
        maybe_billed=rule.maybe_billed,
        host=context.host,
        model=context.model or "",
        successor=context.successor or "",
        trouble=f" (HTTP {it.status})" if it.status else "",
        detail=shown or (f"HTTP {it.status}" if it.status else context.host),
        said=f": {shown}" if shown else ".",
        field=plain(it.param, context.key) or "?",
        seconds=Seconds(round(seconds) or 1),
        reason=Reasons(it.categories),
    )
    return Failure(error, pause)


def read_rejection(status: int | None, body: bytes | str | object) -> Rejection:
    """An error body in any of the servers' forms: OpenAI's object, a string, FastAPI's `detail`, HTML, nothing."""
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return Rejection(status, text=str(body))
    inner: Any = body
    if isinstance(inner, dict):
        inner = inner.get("error") or inner.get("detail") or inner
    if isinstance(inner, list):  # FastAPI lists what it did not like
        parts = [one["msg"] for one in inner if isinstance(one, dict) and isinstance(one.get("msg"), str)]
        inner = "; ".join(parts) or inner
    if not isinstance(inner, dict):
        return Rejection(status, text=inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False))
    details = inner.get("moderation_details")
    details = details if isinstance(details, dict) else {}
    categories = details.get("categories")
    return Rejection(
        status,
        code=_word(inner.get("code")),
        type=_word(inner.get("type")),
        param=_word(inner.get("param")),
        text=_word(inner.get("message")) or _word(inner.get("detail")),
        stage=_word(details.get("moderation_stage")),
        categories=tuple(plain(c) for c in categories if isinstance(c, str)) if isinstance(categories, list) else (),
    )


def wire_errors() -> tuple[type[Exception], ...]:
    """What the client, its transport and the reading of an answer may raise; anything else is a bug."""
    import anyio
    import httpx2
    import openai

    return (
        openai.OpenAIError,
        httpx2.HTTPError,
        httpx2.InvalidURL,
        httpx2.StreamError,
        anyio.EndOfStream,
        OSError,  # ssl.SSLError is one
        ValueError,  # json.JSONDecodeError and UnicodeError are
        RecursionError,
    )


def of_exception(error: Exception, context: Context) -> Failure:
    """The failure behind an exception of the client, of its transport, or of reading an answer."""
    import openai

    if isinstance(error, StudioError):
        return Failure(error)
    if isinstance(error, openai.APIStatusError):
        return of_rejection(read_rejection(error.status_code, error.response.content), context, error.response.headers)
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__
        return _of_transport(cause if isinstance(cause, Exception) else error, context)
    if isinstance(error, openai.APIError):  # an error event inside a stream
        return of_rejection(read_rejection(None, error.body), context)
    return _of_transport(error, context)


def _of_transport(error: Exception, context: Context) -> Failure:
    import ssl

    import httpx2

    def unavailable(message: str, *, maybe_billed: bool = False, unsent: bool = False) -> EngineUnavailable:
        return EngineUnavailable(f"{_AREA}.{message}", maybe_billed=maybe_billed, unsent=unsent, host=context.host)

    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        if _caused_by(error, ssl.SSLCertVerificationError):
            return Failure(unavailable("no_trust", unsent=True))
        if _caused_by(error, ssl.SSLError):
            return Failure(unavailable("no_tls", unsent=True))
        return Failure(unavailable("no_connection", unsent=True), Pause(WAITING_CONNECTION, None))
    if isinstance(error, httpx2.ProxyError):
        return Failure(unavailable("proxy", unsent=True))
    if isinstance(error, httpx2.TimeoutException):
        return Failure(unavailable("timed_out", maybe_billed=True))
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError | httpx2.InvalidURL):
        return Failure(unavailable("no_connection"))
    if isinstance(error, ValueError | RecursionError):
        return Failure(unavailable("answer_unusable", maybe_billed=True))
    return Failure(unavailable("cut_off", maybe_billed=True))


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    while error is not None:
        if isinstance(error, kind):
            return True
        error = error.__cause__ or error.__context__
    return False


_UNIT: Final = "ms|milliseconds?|s|sec|seconds?|m|min|minutes?|h|hours?"
_AGAIN: Final = re.compile(
    rf"(?:try again in|retry after) ((?:\d+(?:\.\d+)? ?(?:{_UNIT})(?![a-z])\s*)+)", re.IGNORECASE
)
_PART: Final = re.compile(r"(\d+(?:\.\d+)?) ?(mil|ms|s|m|h)", re.IGNORECASE)
_LONGEST_NUMBER: Final = 9
_UNITS: Final = {"ms": 0.001, "mil": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds_to_wait(headers: Mapping[str, str], text: str) -> float | None:
    """How long a 429 asks to wait: `retry-after-ms`, `Retry-After` (seconds or a date), else the text's words."""
    seconds = _said_in_headers(headers)
    if seconds is None and (match := _AGAIN.search(text)) is not None:
        seconds = _seconds(match[1])
    if seconds is None or not math.isfinite(seconds):
        return None
    return min(max(0.0, seconds), _LONGEST_WAIT)


def _said_in_headers(headers: Mapping[str, str]) -> float | None:
    try:
        if "retry-after-ms" in headers:
            return float(headers["retry-after-ms"]) / 1000
        if "retry-after" in headers:
            return float(headers["retry-after"])
    except ValueError:
        with suppress(ValueError, OverflowError):  # a year without end
            moment = email.utils.parsedate_tz(headers.get("retry-after", ""))
            return None if moment is None else email.utils.mktime_tz(moment) - time.time()
    return None


def _seconds(text: str) -> float:
    """Of `1m2s`, `20ms` and the like."""
    return sum(float(number) * _UNITS[unit.lower()] for number, unit in _PART.findall(text))


def seconds_until_room(headers: Mapping[str, str], pictures: int) -> float | None:
    """How long to hold back the next request with so many pictures, by the `x-ratelimit-…` headers of an answer.

    None while there is room, or where nothing is said.
    """
    waits = []
    for kind, need in (("requests", 1), ("images", 1), ("input-images", pictures)):
        left, reset = headers.get(f"x-ratelimit-remaining-{kind}", ""), headers.get(f"x-ratelimit-reset-{kind}", "")
        if left.isdecimal() and len(left) <= _LONGEST_NUMBER and int(left) < need:
            waits.append(_seconds(reset))
    return max(waits) if waits else None


def _word(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)
