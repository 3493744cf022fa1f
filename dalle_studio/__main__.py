"""`dalle-studio` and `python -m dalle_studio`: a subcommand goes to the command line, everything else to the window."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
import threading
from collections.abc import Sequence
from typing import NoReturn


def main(argv: Sequence[str] | None = None) -> int:
    """Run and return the exit status. The command line never imports Qt."""
    words = list(sys.argv[1:] if argv is None else argv)
    os.environ.pop("OPENAI_LOG", None)  # would make the service's client log requests to stderr
    if words and not _is_path(words[0]):  # the grammar is not loaded for nothing: the window should be there soon
        from dalle_studio.cli import COMMANDS
        from dalle_studio.cli import main as run_command

        if words[0] in {"-h", "--help", "--version"}:
            return run_command(words)
        first = next((at for at, word in enumerate(words) if word in COMMANDS), None)
        if first is not None and all(word in {"--json", "-v", "--verbose"} for word in words[:first]):
            return run_command([words[first], *words[:first], *words[first + 1 :]])
    from dalle_studio.core.errors import StudioError
    from dalle_studio.core.words import Words, system_language

    say = Words(system_language())
    if not _has_display():
        sys.stderr.write(say("ui.no_display") + "\n")
        return 2
    gc.disable()  # what is built for the first paint stays: looking through it for garbage is a tenth of the start
    from dalle_studio.app import run

    try:
        return run(words)
    except StudioError as error:
        sys.stderr.write("\n".join([*filter(None, say.of(error)), ""]))
        return error.exit_status


def start() -> NoReturn:
    """Run as a process of its own."""
    end(main())


def end(status: int) -> NoReturn:
    """End the process, at once when work goes on that was left alone.

    At the interpreter's end a daemon thread is unwound where it comes back from its compiled call. Through a frame of
    C++ that aborts the process, and the status of what has been done well is lost. A thread of asyncio's own pool would
    be waited for: a look-up of a name that hangs, since nothing that writes runs there, and whoever leaves has waited
    for what writes before.
    """
    if threading.active_count() == 1:
        sys.exit(status)
    atexit._run_exitfuncs()  # noqa: SLF001 - temporary folders; there is no public way
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # none beside a window on Windows
            with contextlib.suppress(OSError, ValueError):  # nobody reads any more
                stream.flush()
    os._exit(status)


def _is_path(word: str) -> bool:
    """Whether this can only be the path of a photo: no command has a dot or a slash."""
    return "." in word or "/" in word or os.sep in word


def _has_display() -> bool:
    """Qt would end the process with a core dump where there is no screen."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    start()
