"""The user's own servers in the settings: pick one, change it, add one, take one away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QWidget

from dalle_studio.core.words import Words
from dalle_studio.ui.controls import Choice, button, label, name
from dalle_studio.ui.fields import FieldKeys
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from dalle_studio.storage.settings import Server


class ServerFields(QWidget):
    """Works on a copy; `servers` gives the result."""

    def __init__(self, theme: Theme, words: Words, servers: tuple[Server, ...]) -> None:
        super().__init__()
        from dalle_studio.engines.profiles import PROFILES

        self._words = words
        self._servers = list(servers)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(0, 130)
        grid.setColumnStretch(1, 1)
        self.which = Choice(theme, "settingServer", words("ui.settings.server"))
        self.add = button(words("ui.settings.server_add"), "flat", "settingServerAdd")
        self.remove = button(words("ui.settings.server_remove"), "flat", "settingServerRemove")
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.which, 1)
        top.addWidget(self.add)
        top.addWidget(self.remove)
        self.server_name = self._field("settingServerName", "server_name")
        self.url = self._field("settingServerUrl", "server_url")
        self.profile = Choice(theme, "settingServerProfile", words("ui.settings.server_profile"))
        self.profile.fill([(_shown(words, key), key) for key in PROFILES], "openai")
        grid.addWidget(label(words("ui.settings.server"), "second"), 0, 0)
        grid.addLayout(top, 0, 1)
        rows = (("server_name", self.server_name), ("server_url", self.url), ("server_profile", self.profile))
        for at, (key, widget) in enumerate(rows, start=1):
            text = label(words(f"ui.settings.{key}"), "second")
            text.setBuddy(widget)
            grid.addWidget(text, at, 0)
            grid.addWidget(widget, at, 1)
        self.which.currentIndexChanged.connect(self._show)
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        self.server_name.textEdited.connect(self._take)
        self.url.textEdited.connect(self._take)
        self.profile.activated.connect(self._take)
        self._list(0)

    def servers(self) -> tuple[Server, ...]:
        """Those that have a name and an address."""
        return tuple(server for server in self._servers if server.name and server.base_url)

    def shown(self) -> tuple[str, str] | None:
        """Address and profile of the one that is shown; None where there is none."""
        at = self.which.currentData()
        server = self._servers[at] if isinstance(at, int) else None
        return None if server is None or not server.base_url else (server.base_url, server.profile)

    def _field(self, object_name: str, key: str) -> QLineEdit:
        field = QLineEdit()
        name(field, object_name, self._words(f"ui.settings.{key}"))
        field.setPlaceholderText(self._words(f"ui.settings.{key}.placeholder"))
        FieldKeys.keep(field)
        return field

    def _list(self, chosen: int) -> None:
        unnamed = self._words("ui.settings.server_unnamed")
        rows: list[tuple[str, object]] = [(server.name or unnamed, at) for at, server in enumerate(self._servers)]
        self.which.fill(rows or [(self._words("ui.settings.server_none"), None)], chosen if rows else None)
        self._show()

    def _show(self) -> None:
        at = self.which.currentData()
        server = self._servers[at] if isinstance(at, int) else None
        for widget in (self.server_name, self.url, self.profile, self.remove):
            widget.setEnabled(server is not None)
        self.server_name.setText("" if server is None else server.name)
        self.url.setText("" if server is None else server.base_url)
        self.profile.choose("openai" if server is None else server.profile)

    def _take(self) -> None:
        at = self.which.currentData()
        if isinstance(at, int):
            self._servers[at] = replace(
                self._servers[at],
                name=self.server_name.text().strip(),
                base_url=self.url.text().strip(),
                profile=str(self.profile.currentData()),
            )
            self.which.setItemText(at, self._servers[at].name or self._words("ui.settings.server_unnamed"))

    def _add(self) -> None:
        from dalle_studio.storage.settings import Server

        self._servers.append(Server("", ""))
        self._list(len(self._servers) - 1)
        self.server_name.setFocus()

    def _remove(self) -> None:
        at = self.which.currentData()
        if isinstance(at, int):
            del self._servers[at]
            self._list(max(0, at - 1))


def _shown(words: Words, profile: str) -> str:
    known = f"ui.profile.{profile}"
    return words(known) if words.has(known) else profile
