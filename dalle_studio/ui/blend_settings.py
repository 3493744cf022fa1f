"""How the chosen edit is blended: sliders that answer while they are dragged, and what they gave when they are let go.

GUI thread; the editor looks and keeps. A value that comes from the keyboard, the wheel or a number is kept after a
moment of rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from dalle_studio.core.records import BlendMode, BlendSettings
from dalle_studio.core.words import Words
from dalle_studio.ui.check import Check
from dalle_studio.ui.controls import Choice, headline, label, link, role
from dalle_studio.ui.numbers import Range, add_number
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.core.records import Layer
    from dalle_studio.session.editor import Editor
    from dalle_studio.session.proofs import Sight
    from dalle_studio.ui.controls import CurvedSlider
    from dalle_studio.workflow.stack import Item

_REST_MS: Final = 400
_LABEL: Final = 84
_SLIDER: Final = 152
_NUMBERS: Final = {
    "feather": Range(0, 256, "px", 2.0),
    "grow": Range(-64, 64, "px"),
    "colour": Range(0, 100, "%"),
    "grain": Range(0, 100, "%"),
    "opacity": Range(0, 100, "%"),
}


class BlendRows(QWidget):
    """Follows the chosen layer of the editor's stack; `sight` says what of the photo is on the screen."""

    def __init__(self, theme: Theme, words: Words, editor: Editor, sight: Callable[[], Sight]) -> None:
        super().__init__()
        role(self, "plain")
        self._words = words
        self._editor = editor
        self._sight = sight
        self._is_showing = False
        self._held: Layer | None = None  # as it was when a handle was taken
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(editor.keep_tuned)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 6, 14, 8)
        column.setSpacing(2)
        self._title = label(words("reblend.settings"), "strong")
        self.reset = link(words("reblend.reset"), "blendReset")
        self.reset.setToolTip(words("reblend.reset.tip"))
        self.reset.clicked.connect(self.reset_layer)
        column.addLayout(headline(self._title, self.reset))
        self._sliders = {which: self._add_slider(column, theme, which) for which in _NUMBERS}
        self._add_choices(column, theme)
        self._why = label("", "small")
        self._why.setWordWrap(True)
        column.addWidget(self._why)

    # --- building ----------------------------------------------------------------------------------------------

    def _add_slider(self, column: QVBoxLayout, theme: Theme, which: str) -> CurvedSlider:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(6)
        texts = (words(f"reblend.{which}"), words(f"reblend.{which}.accessible"))
        slider = add_number(row, theme, f"blend{which.capitalize()}", texts, _NUMBERS[which])
        for at in range(row.count()):
            place = row.itemAt(at)
            head = None if place is None else place.widget()
            if isinstance(head, QLabel):
                head.setFixedWidth(_LABEL)
        slider.setFixedWidth(_SLIDER)
        row.addStretch(1)
        slider.valueChanged.connect(lambda value, which=which: self._set(which, value))
        slider.sliderPressed.connect(self._remember)
        slider.taken_back.connect(self._take_back)
        slider.sliderReleased.connect(self._keep)
        column.addLayout(row)
        return slider

    def _add_choices(self, column: QVBoxLayout, theme: Theme) -> None:
        words = self._words
        self.mode = Choice(theme, "blendMode", words("reblend.mode.accessible"))
        self.mode.currentIndexChanged.connect(lambda _: self._choose_mode())
        self.candidate = Choice(theme, "blendCandidate", words("reblend.candidate.accessible"))
        self.candidate.currentIndexChanged.connect(lambda _: self._choose_candidate())
        self.align = Check(theme, "blendAlign", words("reblend.align"))
        self.align.toggled.connect(lambda on: self._set_at_once(lambda blend: replace(blend, align=on)))
        row = QHBoxLayout()
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(8)
        for choice in (self.mode, self.candidate):
            row.addWidget(choice, 1)
        column.addLayout(row)
        column.addWidget(self.align, 0, Qt.AlignmentFlag.AlignLeft)

    # --- doing -------------------------------------------------------------------------------------------------

    @property
    def _item(self) -> Item | None:
        at = self._editor.layer_at
        return self._editor.stack[at] if at >= 0 else None

    def reset_layer(self) -> None:
        item = self._item
        if item is not None:
            self._editor.reset_layer(item.layer.edit_id)

    def _set(self, which: str, value: int) -> None:
        """A number was changed: look, and keep it when it is let go or left alone."""
        item = self._item
        if self._is_showing or item is None:
            return
        self._tune(replace(item.layer, blend=_changed(item.layer.blend, which, value)))
        if not self._sliders[which].isSliderDown():
            self._rest.start()

    def _remember(self) -> None:
        item = self._item
        self._held = None if item is None else item.layer

    def _take_back(self) -> None:
        """The layer as it was: a setting that was left to the program is not the number that its slider shows."""
        if self._held is not None:
            self._tune(self._held)

    def _keep(self) -> None:
        self._rest.stop()
        self._editor.keep_tuned()

    def _set_at_once(self, change: Callable[[BlendSettings], BlendSettings]) -> None:
        item = self._item
        if self._is_showing or item is None:
            return
        self._tune(replace(item.layer, blend=change(item.layer.blend)))
        self._keep()

    def _choose_mode(self) -> None:
        chosen = self.mode.currentData()
        if chosen is not None:
            mode = BlendMode(chosen)  # Qt hands out a plain string
            self._set_at_once(lambda blend: replace(blend, mode=mode))

    def _choose_candidate(self) -> None:
        item = self._item
        if not self._is_showing and item is not None and self.candidate.currentData() is not None:
            self._tune(replace(item.layer, candidate=self.candidate.currentData()))
            self._keep()

    def _tune(self, layer: Layer) -> None:
        self._editor.tune(layer, self._sight())

    # --- showing -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the chosen layer as it is."""
        item, editor = self._item, self._editor
        blends = item is not None and item.can_blend
        ready = blends and editor.can_tune and item is not None and item.layer.is_visible
        for part in (*self._sliders.values(), self.mode, self.candidate, self.align, self.reset):
            part.setEnabled(ready)
        for slider in self._sliders.values():
            number = self.findChild(QWidget, f"{slider.objectName()}Value")
            if number is not None:
                number.setEnabled(ready)
        self._why.setText(self._reason(item))
        self._why.setVisible(bool(self._why.text()))
        if item is None or not blends:
            return
        self._is_showing = True
        for which, value in _values(item).items():
            slider = self._sliders[which]
            if which == "feather":
                slider.setMaximum(max(8, item.widest_feather, value))
            if not slider.isSliderDown():
                slider.setValue(value)
        self.mode.fill([(self._words(f"reblend.mode.{mode}"), mode) for mode in BlendMode], item.layer.blend.mode)
        count = len(item.record.candidates)
        rows = [
            (self._words("reblend.candidate.row", number=at + 1, count=count), one.index)
            for at, one in enumerate(item.record.candidates)
        ]
        self.candidate.fill(rows, item.layer.candidate)
        self.candidate.setVisible(count > 1)
        self.mode.setEnabled(ready)
        self.candidate.setEnabled(ready)
        self.align.setChecked(item.layer.blend.align)
        changed = item.layer.blend != item.record.blend or item.layer.candidate != item.record.chosen
        self.reset.setEnabled(ready and changed)
        self._is_showing = False

    def _reason(self, item: Item | None) -> str:
        if item is None or self._editor.is_busy:
            return ""
        if not item.can_blend:
            return self._words("reblend.fixed.not_blended")
        return "" if item.layer.is_visible else self._words("reblend.fixed.is_hidden")


def _values(item: Item) -> dict[str, int]:
    """What the sliders show."""
    blend = item.layer.blend
    return {
        "feather": item.record.feather if blend.feather is None else blend.feather,
        "grow": blend.grow,
        "colour": round(100 * blend.match),
        "grain": 100 if blend.grain is None else round(100 * blend.grain),
        "opacity": round(100 * blend.opacity),
    }


def _changed(blend: BlendSettings, which: str, value: int) -> BlendSettings:
    match which:
        case "feather":
            return replace(blend, feather=value)
        case "grow":
            return replace(blend, grow=value)
        case "colour":
            return replace(blend, match=value / 100)
        case "grain":
            return replace(blend, grain=value / 100)
    return replace(blend, opacity=value / 100)
