"""A key that does not show itself, and text with keys blotted out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import NoReturn
from urllib.parse import quote

_BLOT = "[key]"
_SHORTEST = 4
"""Shorter ones (`x` for a server that wants no key) are no secret, and would blot out half the text."""

_OPENAI = re.compile(r"\bsk-[A-Za-z0-9_\-*.…]{3,}")
_HEADER = re.compile(r"(?i)\b(bearer|(?:x-)?api-key[\"']?\s*[:=])(\s*)[\"']?[\x21-\x7e]{8,}")


class Secret:
    """A key. `reveal` is the only way to it: not repr, str, format, pickle or copy."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere")


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """The text without any of the keys, as they are or as JSON and addresses write them, and without anything that
    looks like a key of OpenAI: an answer can echo it.
    """
    for secret in secrets:
        value = secret.reveal()
        if len(value) >= _SHORTEST:
            for form in {value, json.dumps(value)[1:-1], repr(value)[1:-1], quote(value, safe="")}:
                text = text.replace(form, _BLOT)
    return _HEADER.sub(rf"\1\2{_BLOT}", _OPENAI.sub(_BLOT, text))
