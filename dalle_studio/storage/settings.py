"""What the user prefers: one frozen value, kept in `settings.json`. Never a key. Standard library only.

A setting is one field with its rule. What a newer program wrote is kept when this one writes; a value that breaks
its rule is as good as absent; a file that can't be read is put aside, and said once. Any thread; blocks.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, TypeAlias

from dalle_studio.core.address import host_of
from dalle_studio.core.errors import BadUsage
from dalle_studio.storage import durable
from dalle_studio.storage.places import Places

_RECENT: Final = 20

Reader: TypeAlias = Callable[[Any], Any]
"""From JSON to the field's value. Raises ValueError or TypeError for what breaks the rule."""


@dataclass(frozen=True, slots=True)
class Server:
    """A compatible server of the user's own."""

    name: str
    base_url: str
    profile: str = "openai"
    """Name of a server profile."""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _maybe(reader: Reader) -> Reader:
    return lambda value: None if value is None else reader(value)


def _one_of(*values: str) -> Reader:
    def read(value: Any) -> str:
        if value not in values:
            raise ValueError(value)
        return _text(value)

    return read


def _whole(least: int, most: int) -> Reader:
    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(value)
        return value

    return read


def _real(least: float, most: float) -> Reader:
    def read(value: Any) -> float:
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(value)
        return float(value)

    return read


def _colour(value: Any) -> tuple[int, int, int]:
    read = _whole(0, 255)
    if not isinstance(value, list):
        raise TypeError("not a colour")
    red, green, blue = value
    return read(red), read(green), read(blue)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not true or false")
    return value


def _address(value: Any) -> str:
    try:
        host_of(_text(value))
    except BadUsage:
        raise ValueError(value) from None
    return _text(value)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return tuple(one for one in value if isinstance(one, str))


def _servers(value: Any) -> tuple[Server, ...]:
    """The usable ones of the list."""
    servers = []
    for one in value if isinstance(value, list) else []:
        try:
            servers.append(Server(_text(one["name"]), _address(one["base_url"]), _text(one.get("profile", "openai"))))
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return tuple(servers)


def _setting(default: Any, reader: Reader) -> Any:
    return field(default=default, metadata={"reader": reader})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set. None = as the program or the system has it."""

    language: str | None = _setting(None, _maybe(_one_of("ko", "en")))
    """None = the system's."""
    theme: str = _setting("dark", _one_of("dark", "light", "system"))
    engine: str | None = _setting(None, _maybe(_text))
    """`openai`, `local` or a server's name; None = as the operation has it."""
    model: str | None = _setting(None, _maybe(_text))
    """Engine model."""
    quality: str = _setting("auto", _text)
    count: int = _setting(1, _whole(1, 10))
    brush_radius: float = _setting(40.0, _real(0.5, 5000))
    """In photo pixels."""
    brush_hardness: float = _setting(0.8, _real(0, 1))
    stroke_spacing: float = _setting(0.0, _real(0, 3))
    """Share of the brush's diameter."""
    stroke_smoothing: float = _setting(0.0, _real(0, 200))
    """In pixels of the screen."""
    stroke_pressure: str = _setting("size", _one_of("none", "size", "flow"))
    """What the pressure of a pen scales."""
    overlay_opacity: float | None = _setting(None, _maybe(_real(0, 1)))
    """None = as the theme has it."""
    overlay_inverted: bool = _setting(False, _switch)
    """Red = protected, as Photoshop shows it."""
    overlay_colour: tuple[int, int, int] | None = _setting(None, _maybe(_colour))
    """RGB; None = as the theme has it."""
    mask_look: str = _setting("overlay", _one_of("overlay", "outline", "alone"))
    servers: tuple[Server, ...] = _setting((), _servers)
    translate: str = _setting("auto", _one_of("auto", "off", "on"))
    translate_while_typing: bool = _setting(False, _switch)
    """Text leaves while it is typed; off unless the user wants it."""
    translator_url: str | None = _setting(None, _maybe(_address))
    translator_model: str | None = _setting(None, _maybe(_text))
    check_before_sending: bool = _setting(False, _switch)
    """Whether words and crop go to the service's free safety check first."""
    describer_model: str | None = _setting(None, _maybe(_text))
    """What looks at a picture to describe it; None = the program's choice."""
    monthly_cap_usd: float | None = _setting(None, _maybe(_real(0, 1e6)))
    timeout_seconds: float | None = _setting(None, _maybe(_real(5, 86_400)))
    """Total for one job; None = by quality."""
    pixel_limit: int = _setting(200_000_000, _whole(1_000_000, 2_000_000_000))
    """Pixels that a picture may have."""
    marks_ai: bool = _setting(True, _switch)
    """Whether saved pictures say in their metadata that a model painted into them (IPTC Digital Source Type)."""
    window_geometry: str | None = _setting(None, _maybe(_text))
    """The window's own business: size, place and panels."""
    recent_files: tuple[str, ...] = _setting((), _texts)
    """Newest first."""
    set_aside: str | None = None
    """Where a damaged file was put at this loading, to be said once. Not kept."""

    def with_recent(self, path: str) -> Settings:
        """With that file as the newest one."""
        return replace(self, recent_files=(path, *(one for one in self.recent_files if one != path))[:_RECENT])


def load(places: Places) -> Settings:
    """The settings as they are kept. StorageProblem when the file is there and may not be read."""
    kept, set_aside = _read(places)
    found: dict[str, Any] = {}
    for one in fields(Settings):
        if one.name in kept and "reader" in one.metadata:
            try:
                found[one.name] = one.metadata["reader"](kept[one.name])
            except (TypeError, ValueError):
                continue
    return Settings(**found, set_aside=set_aside)


def save(places: Places, settings: Settings) -> None:
    """Keep the settings, for good when this returns. Raises StorageProblem, and BadUsage for a server's address
    that can't be used (it might hold a password).
    """
    for server in settings.servers:
        host_of(server.base_url)
    if settings.translator_url is not None:
        host_of(settings.translator_url)
    places.prepare()
    kept, _ = _read(places)
    known = {one.name: _plain(getattr(settings, one.name)) for one in fields(Settings) if "reader" in one.metadata}
    text = json.dumps(kept | known, ensure_ascii=False, indent=2) + "\n"
    data = text.encode("utf-8", "surrogateescape")
    with durable.disk_failures(places.root, len(data)):
        temp = places.temp_path()
        durable.write_new(temp, data)
        durable.replace(temp, places.settings)


def change(places: Places, **changes: Any) -> Settings:
    """Change these fields and keep what another window changed in others. Returns what is kept now."""
    settings = replace(load(places), **changes)
    save(places, settings)
    return settings


def _read(places: Places) -> tuple[dict[str, Any], str | None]:
    """What the file holds, and where it was put when that was nonsense."""
    with durable.disk_failures(places.root):
        try:
            text = places.settings.read_bytes().decode("utf-8", "surrogateescape")
        except (FileNotFoundError, NotADirectoryError):
            return {}, None
        try:
            kept = json.loads(text)
        except (ValueError, RecursionError):
            kept = None
        if isinstance(kept, dict):
            return kept, None
        aside = next(
            path
            for number in range(1, 10_000)
            if not (path := places.root / f"settings.damaged-{number}.json").exists()
        )
        os.replace(places.settings, aside)  # noqa: PTH105 - Path.replace reads no better
        return {}, str(aside)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Server):
        return {"name": value.name, "base_url": value.base_url, "profile": value.profile}
    return value
