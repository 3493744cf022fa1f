"""A screen for tests without a screen: Xvfb on a display number of its own, with a window manager.

Ordinary Qt tests draw into memory (`QT_QPA_PLATFORM=offscreen`); only those that ask for a real window use this one.
Linux only; elsewhere there is none and those tests are left out. Both processes end with the block, by their ids.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 20.0
"""How long the server and the window manager may take to come up on a busy machine."""


@contextlib.contextmanager
def screen() -> Iterator[str | None]:
    """The DISPLAY of a fresh X server of 1920×1080 with a window manager; None where there is no X.

    Ends the program with words when either does not come up.
    """
    if not sys.platform.startswith("linux"):
        yield None
        return
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="dalle-studio-screen-"))
        display = start_server(stack)
        start_window_manager(stack, display, home)
        yield display


def start_server(stack: contextlib.ExitStack) -> str:
    """Xvfb on the first free display number, which it chooses itself and writes into a pipe."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1920x1080x24", "-nolisten", "tcp", "-noreset"]
    start(stack, command, pass_fds=(writer,))
    os.close(writer)
    with os.fdopen(reader, encoding="ascii") as answer:
        number = answer.readline().strip()  # ends empty when the server dies, for its end of the pipe closes
    if not number:
        sys.exit("Xvfb did not start.")
    return f":{number}"


def start_window_manager(stack: contextlib.ExitStack, display: str, home: str) -> None:
    """Openbox, with its own defaults instead of the user's, waited for until it manages the screen."""
    environment = os.environ | {"DISPLAY": display, "HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home}
    process = start(stack, ["openbox", "--sm-disable"], environment=environment)
    deadline = time.monotonic() + SECONDS
    # Only a window manager tells the number of desktops.
    asks = ["xdotool", "get_num_desktops"]
    while subprocess.run(asks, env=environment, capture_output=True, check=False).returncode:
        if process.poll() is not None or time.monotonic() > deadline:
            sys.exit("The window manager (openbox) did not start.")
        time.sleep(0.05)


def start(
    stack: contextlib.ExitStack,
    command: list[str],
    *,
    environment: dict[str, str] | None = None,
    pass_fds: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """Start a process that ends with `stack`."""
    process = subprocess.Popen(
        command,
        env=environment,
        pass_fds=pass_fds,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl+C in the terminal ends the tests first, then this
    )
    stack.callback(end, process)
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, and insist after five seconds."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def environment(display: str | None) -> dict[str, str]:
    """The environment of the tests: Qt draws into memory, and the user's own desktop is out of reach."""
    mine = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    mine["QT_QPA_PLATFORM"] = "offscreen"
    if display is not None:
        mine["DALLE_STUDIO_TEST_DISPLAY"] = display
    return mine
