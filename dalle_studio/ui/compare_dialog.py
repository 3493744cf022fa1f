"""Comparing two versions: what they are called, how they are laid against each other, and the pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout

from dalle_studio.ui.compare_pane import CompareMode, ComparePane
from dalle_studio.ui.controls import Choice, Segments, label, name, role
from dalle_studio.ui.status import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtWidgets import QWidget

    from dalle_studio.core.words import Words
    from dalle_studio.session.comparing import Comparison
    from dalle_studio.ui.theme import Theme


class CompareDialog(QDialog):
    """Made before the pictures are there; `show_comparison` brings them."""

    def __init__(self, parent: QWidget, theme: Theme, words: Words, names: tuple[str, str]) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._words, self._names, self._theme = words, names, theme
        name(self, "compareDialog", words("ui_history.compare_title"))
        self.setWindowTitle(words("ui_history.compare_title"))
        self.setMinimumSize(720, 420)
        self.resize(1180, 760)
        self.pane = ComparePane(theme)
        name(self.pane, "comparePane", words("ui_history.compare_title"))
        self.modes = Segments(words("ui_history.compare_title"))
        self.modes.setFixedWidth(420)
        for number, mode in enumerate(CompareMode, start=1):
            text = words(f"ui_history.compare_{mode}")
            self._difference = self.modes.add(mode, f"compare_{mode}", text, f"{text}  {number}")
            shortcut = QShortcut(QKeySequence(str(number)), self)
            shortcut.activated.connect(lambda mode=mode: self.choose(mode))
        self.modes.chosen.connect(self.choose)
        for keys, do in (("Ctrl+0", self.pane.fit), ("Ctrl+1", lambda: self.pane.zoom_to(100))):
            QShortcut(QKeySequence(keys), self).activated.connect(do)
        self._first, self._second, self._zoom = label(""), label(""), label("", "second")
        self._second.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        bar = QHBoxLayout()
        bar.setContentsMargins(14, 10, 14, 10)
        bar.addWidget(self._first, 1)
        bar.addWidget(self.modes)
        bar.addWidget(self._second, 1)
        self._below = below = QHBoxLayout()
        below.setSpacing(10)
        below.setContentsMargins(14, 6, 14, 8)
        self._told = label(words("ui_history.comparing"), "second")
        self._told.setObjectName("compareTold")
        below.addWidget(self._told, 1)
        below.addWidget(self._zoom)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)  # names of versions may be long
        column.addLayout(bar)
        column.addWidget(self.pane, 1)
        column.addLayout(below)
        role(self, "panel")
        self.pane.zoom_changed.connect(lambda zoom: self._zoom.setText(percent(zoom / 100)))
        self.pane.turned.connect(self._show_names)
        self.choose(CompareMode.SLIDER)

    def offer(self, names: Mapping[int, str], pair: tuple[int, int], choose: Callable[[int, int], object]) -> None:
        """More than two could be compared: `choose` is called with those that the user wants to see."""
        fields = []
        for which, index in zip(("First", "Second"), pair, strict=True):
            field = Choice(self._theme, f"compare{which}", self._words("ui_history.compare_title"))
            field.fill([(text, key) for key, text in names.items()], index)
            field.setFixedWidth(field.fontMetrics().horizontalAdvance(max(names.values(), key=len)) + 48)
            fields.append(field)

        def chosen() -> None:
            first, second = (int(field.currentData()) for field in fields)
            self._names = (names[first], names[second])
            self._show_names(0)
            choose(first, second)

        for at, field in enumerate(fields):
            field.currentIndexChanged.connect(lambda _: chosen())
            self._below.insertWidget(at, field)

    def choose(self, mode: str) -> None:
        """One of `CompareMode`; the difference, which is the last, only where there is one."""
        if mode == CompareMode.DIFFERENCE and not self._difference.isEnabled():
            return
        self.modes.choose(mode)
        self.pane.set_mode(CompareMode(mode))
        self._show_names(0)
        self.pane.setFocus()

    def show_comparison(self, comparison: Comparison) -> None:
        """The pictures are there."""
        words = self._words
        if comparison.changed is None:
            self._told.setText(words("ui_history.other_sizes"))
            self._difference.setEnabled(False)
            if self.pane.mode is CompareMode.DIFFERENCE:
                self.choose(CompareMode.SLIDER)
        else:
            self._told.setText(words("ui_history.changed", share=percent(comparison.changed)))
        self.pane.show_comparison(comparison)

    def _show_names(self, turn: int) -> None:
        """Which one lies where."""
        first, second = self._names
        if self.pane.mode is CompareMode.BLINK:
            first, second = self._names[turn], ""
        elif self.pane.mode is CompareMode.DIFFERENCE:
            first, second = f"{first} ↔ {second}", ""
        self._first.setText(first)
        self._second.setText(second)
