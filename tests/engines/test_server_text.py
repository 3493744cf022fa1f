"""Whatever a server says is harmless when it is shown."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.engines.server_text import LONGEST, plain


@given(st.text())
def test_server_text_is_one_short_line_without_control_characters(text: str) -> None:
    shown = plain(text)
    assert len(shown) <= LONGEST
    assert not any(unicodedata.category(ch)[0] == "C" for ch in shown)
    assert "\n" not in shown


@given(st.text(max_size=50), st.text(max_size=50), st.text("abcXYZ019-_", min_size=8))
def test_the_key_never_shows(before: str, after: str, key: str) -> None:
    assert key not in plain(f"{before}{key}{after}", key).replace("[key]", "")


def test_what_looks_like_a_key_does_not_show() -> None:
    assert plain("Incorrect API key provided: sk-proj-abc***XYZ9. Look") == "Incorrect API key provided: [key] Look"
    assert plain("sk-a\u200bbcdef") == "[key]"


def test_long_text_is_cut() -> None:
    assert len(plain("word " * 1000)) == LONGEST


def test_bidirectional_overrides_are_removed() -> None:
    assert plain("abc\u202egnp.exe\u202c\x00\x1b[31m") == "abcgnp.exe[31m"


def test_pages_and_non_text_say_nothing() -> None:
    assert plain("<!DOCTYPE html><p>502") == ""
    assert plain({"a": 1}) == ""
    assert plain(None) == ""
