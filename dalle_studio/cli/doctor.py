"""`doctor`: what works on this computer and what does not, with the next step. Opens no socket, unless asked to
test a connection.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from dalle_studio.assembly import House
from dalle_studio.cli.history import damage_text
from dalle_studio.cli.report import Report
from dalle_studio.core.address import host_of
from dalle_studio.core.errors import StudioError
from dalle_studio.core.local_day import today

_PARTS = ("PySide6-Essentials", "openai", "Pillow", "numpy", "opencv-python-headless", "pypatchmatch", "keyring")
_FONT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Finding:
    name: str
    ok: bool
    detail: str


def run(options: argparse.Namespace, house: House, report: Report) -> int:
    """Always 0: what is wrong is in the findings. With `--test-connection` that alone, with the status of an edit."""
    if options.test_connection:
        from dalle_studio.cli import trial

        return trial.run(options, house, report)
    findings = [_environment(house), *_parts(), _library(house), _keyring(house), _engine(house)]
    findings += [_models(house), _money(house), _fonts(house)]
    document: dict[str, Any] = {
        "findings": [{"name": one.name, "ok": one.ok, "detail": report.plain(one.detail)} for one in findings]
    }
    report.done(document, [f"{'✓' if one.ok else '✗'} {one.name}: {one.detail}" for one in findings])
    return 0


def _environment(house: House) -> _Finding:
    python = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return _Finding(house.words("cli.doctor_environment"), ok=True, detail=f"{python}, {house.places.root}")


def _parts() -> list[_Finding]:
    findings = []
    for part in _PARTS:
        try:
            findings.append(_Finding(part, ok=True, detail=importlib.metadata.version(part)))
        except importlib.metadata.PackageNotFoundError:
            findings.append(_Finding(part, ok=False, detail="—"))
    return findings


def _library(house: House) -> _Finding:
    name = house.words("cli.doctor_library")
    try:
        verified = house.library.verify()
    except StudioError as error:
        return _Finding(name, ok=False, detail=" ".join(house.words.of(error)))
    if verified.damaged:
        first = damage_text(verified.damaged[0], house)
        detail = house.words("cli.library_damaged", count=len(verified.damaged), first=first)
        return _Finding(name, ok=False, detail=detail)
    return _Finding(name, ok=True, detail=house.words("cli.library_whole", count=verified.checked))


def _keyring(house: House) -> _Finding:
    name = house.words("cli.doctor_keyring")
    backend = house.keys.backend_name()
    if backend is None:
        return _Finding(name, ok=False, detail=house.words("cli.doctor_no_keyring"))
    return _Finding(name, ok=True, detail=backend)


def _engine(house: House) -> _Finding:
    """The server a prompt edit would go to, and whether there is a key for it. Nothing is asked of it."""
    name = house.words("cli.doctor_engine")
    try:
        state = house.keys.status(house.servers.base_url(None))
    except StudioError as error:
        return _Finding(name, ok=False, detail=" ".join(house.words.of(error)))
    return _Finding(name, ok=state.has_key, detail=house.words(f"cli.key_{state.where.value}", host=state.host))


def _models(house: House) -> _Finding:
    """Engine models that end, and what is wrong with the user's own table. Nothing is asked of the service."""
    words, day = house.words, today()
    name = words("cli_engines.doctor_models")
    table = house.models.table(host_of(house.servers.base_url(None)).shown)
    if table.problems:
        problems = "; ".join(table.problems)
        return _Finding(name, ok=False, detail=words("cli_engines.doctor_own_table", problems=problems))
    chosen = house.settings.model
    lines = [
        words(
            f"cli_engines.doctor_model_{'ended' if ending.is_over else 'ends'}",
            model=model,
            day=str(ending.day),
            successor=ending.successor,
        )
        for model, ending in table.endings(day, chosen).items()
    ]
    live = words("cli_engines.doctor_models_live", count=len(table.offered(day)))
    return _Finding(name, ok=table.ending(chosen, day) is None, detail="; ".join(lines) or live)


def _money(house: House) -> _Finding:
    words, now = house.words, today().isoformat()
    name = words("cli_engines.doctor_money")
    try:
        day, month = house.library.costs(now), house.library.costs(now[:7])
    except StudioError as error:
        return _Finding(name, ok=False, detail=" ".join(words.of(error)))
    cap = house.settings.monthly_cap_usd
    told = {"today": f"{day.known_usd:.2f}", "month": f"{month.known_usd:.2f}"}
    if cap is None:
        detail = words("cli_engines.doctor_spent", **told)
    else:
        detail = words("cli_engines.doctor_spent_of", cap=f"{cap:.2f}", **told)
    if month.maybe_usd > 0:
        detail += ", " + words("cli_engines.doctor_maybe", usd=f"{month.maybe_usd:.2f}")
    return _Finding(name, ok=cap is None or month.most_usd <= cap, detail=detail)


def _fonts(house: House) -> _Finding:
    """A font with Hangul; macOS and Windows ship one."""
    name = house.words("cli.doctor_fonts")
    lister = shutil.which("fc-list")
    if sys.platform != "linux" or lister is None:
        return _Finding(name, ok=sys.platform != "linux", detail=house.words("cli.doctor_fonts_unknown"))
    try:
        done = subprocess.run(
            [lister, ":lang=ko", "family"], capture_output=True, text=True, timeout=_FONT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return _Finding(name, ok=False, detail=house.words("cli.doctor_fonts_unknown"))
    families = sorted({line.split(",")[0].strip() for line in done.stdout.splitlines() if line.strip()})
    if not families:
        return _Finding(name, ok=False, detail=house.words("cli.doctor_no_hangul"))
    return _Finding(name, ok=True, detail=families[0])
