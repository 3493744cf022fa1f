"""Every way in which a picture job can fail: one row a fault.

A row says how many requests are sent, what the user is told, with which exit status, and whether it may have been
billed. What is kept is the same for all: the photo, the mask and the words, and every picture that came. The engine,
the window's editor and the command line are held to the same rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from dalle_studio.core.errors import (
    BadInput,
    BudgetExceeded,
    EngineRefused,
    EngineUnavailable,
    KeyProblem,
    StudioError,
)


@dataclass(frozen=True)
class Row:
    """`fault` names steps of the fake's script."""

    fault: str
    error: type[StudioError] | None
    message: str = ""
    requests: int = 1
    billed: bool = False
    streams: bool = True
    words: str = ""
    """A part of the English sentence or hint."""

    @property
    def exit_status(self) -> int:
        return 0 if self.error is None else self.error.exit_status

    @property
    def is_slow(self) -> bool:
        """It lasts until a deadline."""
        return self.message == "timed_out"

    def __str__(self) -> str:
        return self.fault if self.streams else f"{self.fault} (whole)"


ROWS = [
    Row("bad_key", KeyProblem, "key_refused", words="does not accept the API key"),
    Row("no_key", KeyProblem, "no_key"),
    Row("unverified", KeyProblem, "unverified", words="Verify Organization"),
    Row("country", KeyProblem, "country"),
    Row("forbidden", KeyProblem, "forbidden", words="does not have access to model"),
    Row("detail_key", KeyProblem, "key_refused"),
    Row("retired", BadInput, "model_gone", words="Choose gpt-image-2.6-flare"),
    Row("deprecated", BadInput, "model_gone"),
    Row("moderation_input", EngineRefused, "refused_input", words="(sexual content)"),
    Row("moderation_output", EngineRefused, "refused_output", billed=True),
    Row("content_policy", EngineRefused, "refused"),
    Row("billing", BudgetExceeded, "billing_limit"),
    Row("quota,ok", BudgetExceeded, "quota"),
    Row("rate,ok", None, requests=2),
    Row("rate_text,rate,ok", None, requests=3),
    Row("rate,rate,rate,ok", EngineUnavailable, "rate_limited", requests=3),
    Row("rate_long,ok", EngineUnavailable, "rate_limited", words="about 60 min"),
    Row("too_big", BadInput, "too_big"),
    Row("server_error,ok", EngineUnavailable, "server_error", billed=True, words="(HTTP 500)"),
    Row("gateway,ok", EngineUnavailable, "server_error", billed=True, words="(HTTP 502)"),
    Row("overloaded,ok", EngineUnavailable, "server_error", billed=True),
    Row("unknown_parameter", BadInput, "field_unknown", words="'style'"),
    Row("size", BadInput, "size_refused", words="divisible by 16"),
    Row("picture", BadInput, "picture_refused"),
    Row("mask", BadInput, "mask_refused"),
    Row("transparent", BadInput, "transparent"),
    Row("prompt_long", BadInput, "prompt_long"),
    Row("string_error", BadInput, "rejected", words="prompt is required"),
    Row("detail_error", BadInput, "rejected", words="size not supported"),
    Row("not_found", EngineUnavailable, "no_route"),
    Row("html", EngineUnavailable, "web_page"),
    Row("html", EngineUnavailable, "web_page", streams=False),
    Row("null", EngineUnavailable, "answer_unusable", billed=True),
    Row("null", EngineUnavailable, "answer_unusable", billed=True, streams=False),
    Row("broken_json", EngineUnavailable, "cut_off", billed=True, streams=False),
    Row("empty", EngineUnavailable, "answer_unusable", billed=True, streams=False),
    Row("error_200", EngineUnavailable, "stream_error", billed=True, streams=False, words="worker died"),
    Row("no_data", EngineUnavailable, "answer_unusable", billed=True, streams=False),
    Row("empty_data", EngineUnavailable, "answer_unusable", billed=True, streams=False),
    Row("truncated_base64", EngineUnavailable, "answer_unusable", billed=True),
    Row("truncated_base64", EngineUnavailable, "answer_unusable", billed=True, streams=False),
    Row("illegal_base64", EngineUnavailable, "answer_unusable", billed=True),
    Row("prefixed_base64", None),
    Row("lined_base64", None),
    Row("lined_base64", None, streams=False),
    Row("data_url", None),
    Row("plain_type", None),
    Row("html_type", None),
    Row("gif", None),
    Row("wrong_size", None),
    Row("jpeg", None),
    Row("reset,ok", EngineUnavailable, "cut_off", billed=True, streams=False),
    Row("reset_at_once,ok", EngineUnavailable, "cut_off", billed=True),
    Row("slow,ok", EngineUnavailable, "timed_out", billed=True),
    Row("slow,ok", EngineUnavailable, "timed_out", billed=True, streams=False),
    Row("crawl,ok", EngineUnavailable, "timed_out", billed=True),
    Row("crawl,ok", EngineUnavailable, "timed_out", billed=True, streams=False),
    Row("incomplete,ok", EngineUnavailable, "cut_off", billed=True),
    Row("stream_error,ok", EngineUnavailable, "server_error", billed=True),
    Row("flat_error,ok", EngineUnavailable, "stream_error", billed=True, words="slow down"),
    Row("stream_refused,ok", EngineRefused, "refused_output", billed=True),
    Row("stream_garbage,ok", EngineUnavailable, "answer_unusable", billed=True),
    Row("stream_reset,ok", EngineUnavailable, "cut_off", billed=True),
    Row("json_for_stream", None),
    Row("stream_as_text", None),
    Row("json_as_stream", None),
    Row("stream_unended", None),
    Row("limited_500,ok", EngineUnavailable, "server_error", billed=True),
    Row("fewer_partials", None),
    Row("cut_after_picture", None),
    Row("more_than_asked", None, streams=False),
    Row("payment", BudgetExceeded, "billing_limit"),
    Row("conflict,ok", EngineUnavailable, "server_error", billed=True),
    Row("deployment", BadInput, "deployment_gone"),
    Row("compressed,ok", EngineUnavailable, "answer_unusable", billed=True),
]

STREAM_ONLY = {
    *("incomplete", "stream_error", "stream_refused", "stream_garbage", "stream_reset", "cut_after_picture"),
    *("stream_as_text", "stream_unended", "flat_error"),
}
"""Faults that need a stream."""
