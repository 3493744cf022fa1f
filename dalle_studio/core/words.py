"""The one catalogue of sentences, Korean and English, for the window and for the Qt-free command line.

The texts are flat JSON files, `resources/words/<language>/<area>.json`, id → sentence with `{name}` placeholders.
An id is `area.…`; the area is loaded when it is first asked for. A test proves that both languages hold the same
ids with the same placeholders. (Qt's .ts files would have needed Qt on the command line, or a second catalogue.)
"""

from __future__ import annotations

import json
import locale
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from dalle_studio.core.errors import Megapixels, Reasons, Seconds
from dalle_studio.core.resources import resource

if TYPE_CHECKING:
    from dalle_studio.core.errors import StudioError

LANGUAGES: Final = ("ko", "en")

_UNITS: Final = (("seconds", 1, 120), ("minutes", 60, 7200), ("hours", 3600, 172_800), ("days", 86_400, 0))
"""Each with its seconds, and how many of these are said in the next one."""


class Words:
    """Sentences in one language. Calling it with an id and parameters gives the text."""

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise ValueError(f"no such language: {language}")
        self.language = language
        self.hint_area = ""
        """An area with next steps of its own for some errors, `<area>.hint.<error>`: `ui` knows no options to type."""
        self._areas: dict[str, dict[str, str]] = {}

    def __call__(self, message: str, /, **params: object) -> str:
        """The sentence of `message`. KeyError when the catalogue lacks it: that is a bug, tests catch it."""
        said = {name: self._said(one) for name, one in params.items()}
        return self._area(message.partition(".")[0])[message].format_map(said)

    def has(self, message: str) -> bool:
        area = message.partition(".")[0]
        return resource("words", self.language, f"{area}.json").is_file() and message in self._area(area)

    def of(self, error: StudioError) -> tuple[str, str]:
        """An error's sentence and its next step (the step may be empty)."""
        own = f"{self.hint_area}.hint.{error.message}"
        step = own if self.hint_area and self.has(own) else error.hint
        params = self._named(error.params)
        hint = self(step, **params) if self.has(step) else ""
        if error.maybe_billed:
            hint = f"{self('errors.maybe_billed')} {hint}".strip()
        return self(error.message, **params), hint

    def _named(self, params: Mapping[str, object]) -> dict[str, object]:
        """With the engine as the hints' area calls it: what is an option to type is a name to read in a window."""
        name = f"{self.hint_area}.engine.{params.get('engine')}"
        return {**params, "engine": self(name)} if self.hint_area and self.has(name) else dict(params)

    def _said(self, one: object) -> object:
        if isinstance(one, Reasons):
            return self._reasons(one)
        if isinstance(one, Megapixels) and self.language == "ko":
            return _in_korean(one)
        if isinstance(one, Seconds):
            unit, length = next(((unit, length) for unit, length, most in _UNITS if one < most), _UNITS[-1][:2])
            return self(f"errors.{unit}", count=-(-one // length))
        return one

    def _reasons(self, reasons: Reasons) -> str:
        """In brackets behind a sentence; a name that the catalogue does not know stays as it is."""
        ids = [f"refusals.{name.replace('/', '_').replace('-', '_')}" for name in reasons.names]
        said = [self(one) if self.has(one) else name for one, name in zip(ids, reasons.names, strict=True)]
        return f" ({', '.join(said)})" if said else ""

    def _area(self, area: str) -> dict[str, str]:
        if area not in self._areas:
            text = resource("words", self.language, f"{area}.json").read_text(encoding="utf-8")
            self._areas[area] = json.loads(text)
        return self._areas[area]


def _in_korean(megapixels: int) -> str:
    """225 → 2억 2500만."""
    large, small = divmod(megapixels, 100)
    return " ".join(part for part, counts in ((f"{large}억", large), (f"{small}00만", small)) if counts) or "0"


def system_language() -> str:
    """`ko` where the system speaks Korean, else `en`. Looks at the environment and the locale, opens nothing."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "ko" if value.lower().startswith("ko") else "en"
    return "ko" if (locale.getlocale()[0] or "").lower().startswith(("ko", "korean")) else "en"
