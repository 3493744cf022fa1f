"""What only the system can provide: Qt's libraries, fonts with Hangul, a headless screen, python3-venv.

Each need is found missing by looking for the thing itself, so any Linux works. On a Debian-like system root gets it
installed; everybody else gets the one command to type. macOS and Windows need nothing.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

LIBRARIES = {
    # What QtCore, QtGui, QtWidgets and QtDBus link.
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libX11.so.6": "libx11-6",
    # The X11 platform plug-in.
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    # The Wayland platform plug-in.
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
PROGRAMS = {
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "gnome-keyring-daemon": "gnome-keyring",
    "dbus-run-session": "dbus",
    "strace": "strace",
    "git": "git",
}
HANGUL_FONT = "fonts-nanum"  # 10 MB where Noto CJK weighs 57
HANGUL_FILES = (
    "*Nanum*",
    "*NotoSansCJK*",
    "*NotoSansKR*",
    "*NotoSansMonoCJK*",
    "*Pretendard*",
    "*UnDotum*",
    "*SourceHan*",
)

VENV = "ensurepip"
VENV_PACKAGE = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"

ENVIRONMENT = frozenset({VENV})
"""What making `.venv` needs; Debian keeps that part of Python in a package of its own."""
WINDOW = frozenset({*LIBRARIES, HANGUL_FONT})
"""What a window needs."""
HEADLESS = frozenset(PROGRAMS)
"""What the tests need besides: a screen, a window manager, an input driver, a keyring, a tracer."""


def ensure(required: frozenset[str], *, wanted: frozenset[str] = frozenset()) -> None:
    """Install the Debian packages of what is missing, or say in one command how to.

    Ends the program when something required stays missing; what is only wanted is named, and that is all.
    """
    if not sys.platform.startswith("linux"):
        return
    gone = missing(required | wanted)
    if gone and install(packages(gone)):
        gone = missing(gone)
    if not gone:
        return
    told = f"Missing on this system: {', '.join(sorted(gone))}.\n{advice(packages(gone))}"
    if gone & required:
        sys.exit(told)
    print(told)


def missing(needs: frozenset[str]) -> frozenset[str]:
    """Those of `needs` that this system does not have."""
    return frozenset(need for need in needs if not is_there(need))


def is_there(need: str) -> bool:
    """Whether a library loads, a program is on the PATH, Python is whole, a font with Hangul is installed."""
    if need in LIBRARIES:
        try:
            ctypes.CDLL(need)
        except OSError:
            return False
        return True
    if need in PROGRAMS:
        return shutil.which(need) is not None
    if need == VENV:
        return importlib.util.find_spec(VENV) is not None
    return has_hangul_font()


def has_hangul_font() -> bool:
    """Whether fontconfig, or failing it a look through the usual folders, knows a font with Hangul."""
    if shutil.which("fc-list"):
        found = subprocess.run(["fc-list", ":lang=ko", "family"], stdout=subprocess.PIPE, check=False)
        if found.stdout.strip():
            return True
    home = Path.home()
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), home / ".local/share/fonts", home / ".fonts")
    return any(next(folder.rglob(pattern), None) for folder in folders for pattern in HANGUL_FILES)


def packages(needs: frozenset[str]) -> list[str]:
    """The Debian packages that hold `needs`, sorted."""
    names = LIBRARIES | PROGRAMS | {VENV: VENV_PACKAGE}
    return sorted({names.get(need, need) for need in needs})


def install(names: list[str]) -> bool:
    """Install Debian packages when that can be done without asking; whether it was done and went well."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    print("Installing", *names, flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    commands = (["update"], ["install", "--yes", "--no-install-recommends", *names])
    for command in commands:
        quiet = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0", *command]
        done = subprocess.run(quiet, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            return False
    return True


def advice(names: list[str]) -> str:
    """The one command to type, where it is known."""
    if shutil.which("apt-get"):
        rights = "" if os.geteuid() == 0 else "sudo "
        install_them = f"{rights}apt-get install --no-install-recommends {' '.join(names)}"
        return f"Type: {rights}apt-get update && {install_them}"
    return f"Install what your system calls (Debian's names): {' '.join(names)}"
