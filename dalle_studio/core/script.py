"""In which script a prompt is written, and what stands in it in quotation marks. Plain text in, plain text out."""

from __future__ import annotations

import re
from typing import Final

HANGUL: Final = "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"
KANA: Final = "\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f"
IDEOGRAPHS: Final = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"

QUOTED: Final = re.compile(
    "“[^“”\n]+”|‘[^‘’\n]+’|「[^「」\n]+」|『[^『』\n]+』|＂[^＂\n]+＂"
    '|"[^"\n]+"'
    # An apostrophe is no quotation mark: don't, the dogs' park.
    r"|(?<![A-Za-z0-9])'[^'\n]+'(?![A-Za-z0-9])"
)
"""A quotation with its marks. What it says is to be painted letter for letter, so it is never translated."""

_LANGUAGES: Final = (
    ("ko", re.compile(f"[{HANGUL}]")),
    ("ja", re.compile(f"[{KANA}]")),
    ("zh", re.compile(f"[{IDEOGRAPHS}]")),
)


def language_of(text: str) -> str | None:
    """`ko`, `ja` or `zh` by the letters outside of quotations; None where there is nothing of these to translate."""
    spoken = QUOTED.sub(" ", text)
    return next((language for language, letter in _LANGUAGES if letter.search(spoken)), None)


def is_foreign(text: str) -> bool:
    """Whether something outside of quotations is written in Hangul, kana or ideographs."""
    return language_of(text) is not None
