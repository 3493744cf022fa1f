"""What the command line says: the result on stdout, everything else on stderr, one JSON object with `--json`.

stdout is written when the edit is durable, never before.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable
from typing import IO, Any, Final

from dalle_studio.core.errors import Cancelled, Kind, StudioError
from dalle_studio.core.ports import Progress
from dalle_studio.core.words import Words

PART_FAILED: Final = 8
"""The exit status where some of several came (interfaces)."""

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Report:
    """Speaks for one command. `redact` takes keys out of everything that is said."""

    def __init__(
        self, words: Words, *, as_json: bool, verbose: bool, out: IO[str] | None = None, err: IO[str] | None = None
    ) -> None:
        self.words = words
        self.as_json = as_json
        self.verbose = verbose
        self.redact: Callable[[str], str] = _without_keys
        self.warnings: list[str] = []
        self._out = sys.stdout if out is None else out
        self._err = sys.stderr if err is None else err
        self._bar = _Bar(self._err, words)

    def warn(self, message: str, /, **params: object) -> None:
        """A sentence for stderr and for `warnings` of the JSON object."""
        sentence = self.plain(self.words(message, **params))
        if sentence not in self.warnings:
            self.warnings.append(sentence)
            self._say(sentence)

    def progress(self, progress: Progress) -> None:
        """Called by the workflow, on its own thread: a bar on a terminal, lines otherwise."""
        self._bar.show(progress)

    def note(self, message: str, /, **params: object) -> None:
        """A sentence for stderr alone; a result for people only, so not with `--json`."""
        if not self.as_json:
            self._say(self.plain(self.words(message, **params)))

    def detail(self, line: str) -> None:
        """Only with `-v`."""
        if self.verbose:
            self._say(self.plain(line))

    def done(self, document: dict[str, Any], lines: list[str], lost: StudioError | None = None) -> int:
        """The result; returns the exit status. `document` is the JSON form, `lines` are for people.

        `lost` says why a part of what was asked for did not come; the warnings have told so.
        """
        self._bar.clear()
        if self.as_json and lost is not None:
            self._print({"ok": False, "error": self._told(lost), **document, "warnings": self.warnings})
        elif self.as_json:
            self._print({"ok": True, **document, "warnings": self.warnings})
        else:
            for line in lines:
                print(self.plain(line), file=self._out)
        self._out.flush()
        return 0 if lost is None else PART_FAILED

    def fail(self, error: StudioError, document: dict[str, Any] | None = None) -> int:
        """Say what failed and the next step; returns the exit status."""
        self._bar.clear()
        message, hint = (self.plain(text) for text in self.words.of(error))
        if self.as_json:
            self._print({"ok": False, "error": self._told(error), **(document or {}), "warnings": self.warnings})
        if not self.as_json or self.verbose or not isinstance(error, Cancelled):
            self._say(message)
            if hint:
                self._say(f"  → {hint}")
            if error.request_id:
                self._say(f"  request id: {self.plain(error.request_id)}")
        return error.exit_status

    def fail_with_bug(self, error: BaseException, log: str) -> int:
        """Anything that is not a StudioError: one sentence here, the traceback in the log."""
        self._bar.clear()
        params = {"detail": self.plain(type(error).__name__), "log": log}
        message, hint = self.words("errors.bug", **params), self.words("errors.bug.hint", **params)
        if self.as_json:
            told = {"kind": Kind.BUG.value, "message": message, "hint": hint, "request_id": None}
            self._print({"ok": False, "error": told, "warnings": self.warnings})
        self._say(message)
        self._say(f"  → {hint}")
        return 1

    def _told(self, error: StudioError) -> dict[str, Any]:
        message, hint = (self.plain(text) for text in self.words.of(error))
        return {"kind": error.kind.value, "message": message, "hint": hint, "request_id": error.request_id}

    def plain(self, text: str) -> str:
        """Without keys, control characters and direction overrides (file names and servers may hold them)."""
        return "".join(
            "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in {"Cc", "Cs"} or c in _BIDI else c
            for c in self.redact(text)
        )

    def _say(self, line: str) -> None:
        self._bar.clear()
        print(line, file=self._err, flush=True)

    def _print(self, document: dict[str, Any]) -> None:
        text = json.dumps(document, ensure_ascii=False, indent=2)
        # A file name that is no UTF-8 comes as lone surrogates, which no encoding takes.
        print(self.redact(text).encode("utf-8", "replace").decode("utf-8"), file=self._out, flush=True)


def _without_keys(text: str) -> str:
    """Before any key is known: what looks like one may stand on the command line itself."""
    from dalle_studio.storage.secret import redact

    return redact(text, ())


class _Bar:
    """One line that is redrawn on a terminal; on anything else, a line whenever the stage changes."""

    WIDTH: Final = 24

    def __init__(self, err: IO[str], words: Words) -> None:
        self._err = err
        self._words = words
        self._live = err.isatty()
        self._drawn = False
        self._last = ("", "")

    def show(self, progress: Progress) -> None:
        text = self._words(f"cli.stage.{progress.stage}")
        if progress.message is not None:
            text = self._words(progress.message, **progress.params)
        if not self._live:
            said = (progress.stage, progress.message or "")  # of a pause that is counted down, the first second
            if said != self._last:
                print(text, file=self._err, flush=True)
                self._last = said
            return
        bar = ""
        if progress.fraction is not None:
            full = round(self.WIDTH * min(1.0, max(0.0, progress.fraction)))
            bar = f" {'━' * full}{'╌' * (self.WIDTH - full)} {progress.fraction:4.0%}"
        print(f"\r\x1b[2K{text}{bar}", end="", file=self._err, flush=True)
        self._drawn = True

    def clear(self) -> None:
        if self._drawn:
            print("\r\x1b[2K", end="", file=self._err, flush=True)
            self._drawn = False
