"""The bar above the canvas: size and hardness of the brush, what to do with the mask, how strongly it is shown."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QWidget

from dalle_studio.core.words import Words
from dalle_studio.ui.actions import Actions
from dalle_studio.ui.controls import CurvedSlider, button, label, line, name, role
from dalle_studio.ui.fields import FieldKeys
from dalle_studio.ui.theme import Theme

LARGEST = 4000
"""Largest brush diameter in photo pixels: enough for one sweep over a 100-megapixel sky."""


class ToolOptions(QWidget):
    """Sliders with their numbers. All values are in the photo's pixels and in per cent."""

    brush_chosen = Signal(float, float)
    """Radius in photo pixels, hardness 0–1."""
    opacity_chosen = Signal(float)
    """Opacity of the overlay, 0–1."""

    def __init__(self, theme: Theme, words: Words, actions: Actions) -> None:
        super().__init__()
        role(self, "bar")
        self.setObjectName("toolOptions")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(40)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(60, 0, 12, 0)
        self._row.setSpacing(8)
        self._tool = label("", "strong")
        self._tool.setMinimumWidth(52)
        self._row.addWidget(self._tool)
        self.brush_size = self._slider(theme, words, "brushSize", 1, LARGEST, "px", curve=2.5)
        self.hardness = self._slider(theme, words, "brushHardness", 0, 100, "%")
        self._separator()
        for action_id in ("invert_mask", "clear_mask"):
            action = actions[action_id]
            quiet = button(words(f"ui.short.{action_id}"), "flat", f"{action_id}_button")
            quiet.setToolTip(actions.tip(action_id))
            quiet.clicked.connect(action.trigger)
            action.enabledChanged.connect(quiet.setEnabled)
            quiet.setEnabled(action.isEnabled())
            self._row.addWidget(quiet)
        self._separator()
        self.opacity = self._slider(theme, words, "maskOpacity", 10, 100, "%")
        self._row.addStretch(1)
        self.brush_size.valueChanged.connect(self._tell_brush)
        self.hardness.valueChanged.connect(self._tell_brush)
        self.opacity.valueChanged.connect(lambda value: self.opacity_chosen.emit(value / 100))

    def _slider(
        self, theme: Theme, words: Words, object_name: str, low: int, high: int, unit: str, curve: float = 1.0
    ) -> CurvedSlider:
        text: QLabel = label(words(f"ui.{object_name}"), "second")
        slider = CurvedSlider(theme, low, high, curve)
        name(slider, object_name, words(f"ui.{object_name}.accessible"))
        slider.setToolTip(words(f"ui.{object_name}.accessible"))
        number = QSpinBox()
        role(number, "value")
        name(number, f"{object_name}Value", words(f"ui.{object_name}.accessible"))
        number.setRange(low, high)
        number.setSuffix(f" {unit}")
        number.setFixedWidth(62)
        number.setKeyboardTracking(False)
        FieldKeys.keep(number)
        slider.valueChanged.connect(number.setValue)
        number.valueChanged.connect(slider.setValue)
        self._row.addWidget(text)
        self._row.addWidget(slider)
        self._row.addWidget(number)
        return slider

    def _separator(self) -> None:
        stroke = line()
        stroke.setFixedSize(1, 18)
        self._row.addSpacing(4)
        self._row.addWidget(stroke)
        self._row.addSpacing(4)

    def _tell_brush(self) -> None:
        self.brush_chosen.emit(self.brush_size.value() / 2, self.hardness.value() / 100)

    def show_tool(self, text: str) -> None:
        self._tool.setText(text)

    def show_brush(self, radius: float, hardness: float) -> None:
        """Show what was changed elsewhere, without telling it back."""
        blocked = self.blockSignals(True)  # ours only: the numbers beside the sliders follow
        self.brush_size.setValue(round(radius * 2))
        self.hardness.setValue(round(hardness * 100))
        self.blockSignals(blocked)
