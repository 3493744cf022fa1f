"""From a parsed command line to the room that does it. Rooms are imported when they are needed."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from importlib import import_module

from dalle_studio.assembly import House
from dalle_studio.cli import parser
from dalle_studio.cli.report import Report
from dalle_studio.core.errors import BadUsage
from dalle_studio.core.words import Words

_EDITS = ("edit", "generate", "vary", "extend")
_ROOMS = {
    "describe": "describing",
    "reblend": "reblend",
    "reshape": "reshaping",
    "mask": "masks",
    "history": "history",
    "key": "keys",
    "doctor": "doctor",
}
"""Command → the module beside this one whose `run` does it."""


def parsed(argv: Sequence[str], words: Words) -> argparse.Namespace:
    """What was asked for. `estimate COMMAND ARGS…` is that command with `--dry-run`. Raises BadUsage."""
    options = parser.build(words).parse_args(argv)
    if options.command != "estimate":
        return options
    rest = [word for word in options.rest if word != "--json"]
    if not rest or rest[0] not in _EDITS:
        raise BadUsage("cli.estimate_what", commands=", ".join(_EDITS))
    inner = parser.build(words).parse_args([*rest, "--dry-run"])
    inner.data_dir = inner.data_dir or options.data_dir
    return inner


def house_for(options: argparse.Namespace, language: str | None, report: Report) -> House:
    """The wired program for this command; `language` is the one asked for, wherever it stood."""
    house = House.for_command_line(options.data_dir, os.environ, language)
    report.words = house.words
    report.redact = house.redact
    return house


def run(options: argparse.Namespace, house: House, report: Report) -> int:
    """Run the command; returns the exit status. Raises StudioError."""
    if options.command in _EDITS:
        from dalle_studio.cli import editing

        return editing.run(options, house, report)
    if options.command in {"prepare", "apply"}:
        from dalle_studio.cli import offline

        return (
            offline.prepare(options, house, report)
            if options.command == "prepare"
            else offline.apply(options, house, report)
        )
    status: int = import_module(f"dalle_studio.cli.{_ROOMS[options.command]}").run(options, house, report)
    return status


def log_bug(house: House | None, error: BaseException) -> str:
    """Put the traceback into the log and return where that is (an empty text when there is no log)."""
    return "" if house is None else house.log_bug(error)
