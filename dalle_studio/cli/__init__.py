"""The command line: everything the window does to a file, without Qt. `main` parses, runs one command, reports."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from dalle_studio.cli.parser import COMMANDS
from dalle_studio.core.errors import Cancelled, StudioError
from dalle_studio.core.words import Words, system_language

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "main"]


def main(argv: Sequence[str]) -> int:
    """Run one command (`argv` without the program's name) and return the exit status."""
    from dalle_studio.cli import interrupts

    with interrupts.raised():
        return _main(argv)


def _main(argv: Sequence[str]) -> int:
    from dalle_studio.cli import commands, report

    _speak_utf8()
    language = _early(argv, "--lang", ("ko", "en"))
    words = Words(language or system_language())
    teller = report.Report(words, as_json="--json" in argv, verbose="-v" in argv or "--verbose" in argv)
    house = None
    try:
        options = commands.parsed(argv, words)
        house = commands.house_for(options, language, teller)
        return commands.run(options, house, teller)
    except StudioError as error:
        return teller.fail(error)
    except KeyboardInterrupt:
        return teller.fail(Cancelled("errors.cancelled"))
    except BrokenPipeError:
        # Whoever read our output is gone; say nothing more to it (Python docs, note on SIGPIPE).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the outermost door: a bug is told once, with its traceback in the log
        return teller.fail_with_bug(error, commands.log_bug(house, error))
    finally:
        if house is not None:
            house.close()


def _early(argv: Sequence[str], option: str, allowed: Sequence[str]) -> str | None:
    """The value of an option before parsing, so that even a parse error speaks the wished language."""
    for at, word in enumerate(argv):
        value = word.removeprefix(f"{option}=") if word.startswith(f"{option}=") else None
        if word == option and at + 1 < len(argv):
            value = argv[at + 1]
        if value in allowed:
            return value
    return None


def _speak_utf8() -> None:
    """LANG=C must not turn Korean into a UnicodeEncodeError."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]  # TextIO lacks it
