"""Words that came from a server, made safe to show, log and store: plain, short, and without the key."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

LONGEST: Final = 500
"""Characters of server text that are kept."""

_LONGEST_ID: Final = 200

_KEY: Final = re.compile(r"\bsk-[A-Za-z0-9_\-*.…]{3,}")
_MARKUP: Final = re.compile(r"(?is)^\s*<(?:!doctype|html|head|body|\?xml)")


def plain(text: object, key: str | None = None) -> str:
    """`text` on one line, at most 500 characters, without control and bidirectional characters.

    `key` and whatever looks like a key of OpenAI becomes `[key]`: a 401 can echo it. Anything that is no text, and
    a page of HTML, becomes the empty string.
    """
    if not isinstance(text, str) or is_html(text):
        return ""
    shown = visible(text[: 40 * LONGEST])
    if key:
        shown = shown.replace(key, "[key]")
    shown = " ".join(_KEY.sub("[key]", shown).split())
    return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"


def request_id_of(headers: Mapping[str, str], key: str | None) -> str | None:
    """What a service calls a request: words of a server's like all others, and they are kept."""
    return plain(headers.get("x-request-id", ""), key)[:_LONGEST_ID] or None


def visible(text: str) -> str:
    """`text` without control, format and bidirectional characters; line breaks stay, other white space is a space."""
    kept = (ch for ch in text if ch.isspace() or unicodedata.category(ch)[0] != "C")
    return "".join(" " if ch.isspace() and ch != "\n" else ch for ch in kept)


def is_html(text: str) -> bool:
    """Whether a text is a web page, judged by its beginning."""
    return _MARKUP.match(text[:200]) is not None
