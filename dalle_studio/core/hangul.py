"""Hangul that is still being written: which finished syllables an unfinished one may become.

An input method shows 빠 → 빨 → 빨가 on the way to 빨간, and ㅎ alone before 하. A search that waits for finished
syllables shows nothing meanwhile. Unicode, chapter 3.12: a syllable is 0xAC00 + (initial × 21 + vowel) × 28 + final.
"""

from __future__ import annotations

import re
from typing import Final

_FIRST: Final = 0xAC00
_LAST: Final = 0xD7A3
_VOWELS: Final = 21
_FINALS: Final = 28
_INITIALS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_MOVED: Final = (
    *("", "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ", "ㄹㅎ"),
    *("ㅁ", "ㅂ", "ㅂㅅ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ"),
)
"""Final → its letters, of which the last may become the next syllable's initial."""
_JOINING: Final = {8: 4, 13: 4, 18: 2}
"""ㅗ, ㅜ and ㅡ → how many vowels begin with it, itself counted."""
_JOINED: Final = {letters: number for number, letters in enumerate(_MOVED)}


def begun(sign: str) -> str:
    """A regular expression for what the unfinished last sign of a word, composed (NFC), may stand for."""
    number = ord(sign)
    if sign in _INITIALS:
        start = _FIRST + _INITIALS.index(sign) * _VOWELS * _FINALS
        return f"[{sign}{_range(start, _VOWELS * _FINALS)}]"
    if not _FIRST <= number <= _LAST:
        return re.escape(sign)
    final = (number - _FIRST) % _FINALS
    open_syllable = number - final
    if not final:  # any final may come, and ㅗ may become ㅘ, ㅙ, ㅚ, which follow it
        vowel = (number - _FIRST) // _FINALS % _VOWELS
        return f"[{_range(number, _FINALS * _JOINING.get(vowel, 1))}]"
    letters = _MOVED[final]
    kept, moved = letters[:-1], letters[-1]
    may_be = [sign, chr(open_syllable + _JOINED[kept]) + begun(moved)]
    # ㄹ may become ㄺ.
    may_be += [
        chr(open_syllable + other) for joined, other in _JOINED.items() if len(joined) == 2 and joined[0] == letters
    ]
    return f"(?:{'|'.join(may_be)})"


def _range(start: int, count: int) -> str:
    return f"{chr(start)}-{chr(start + count - 1)}"
