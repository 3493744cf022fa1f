"""A slider with its number beside it: two ways to the same value."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QSpinBox

from dalle_studio.ui.controls import CurvedSlider, label, name, role
from dalle_studio.ui.fields import FieldKeys
from dalle_studio.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Range:
    """What a number may be."""

    low: int
    high: int
    unit: str
    curve: float = 1.0
    """Of the slider: above 1 small values get more room."""


def add_number(row: QHBoxLayout, theme: Theme, object_name: str, texts: tuple[str, str], span: Range) -> CurvedSlider:
    """Append label, slider and number to a row. `texts`: the label, and what a screen reader says."""
    slider, number = coupled(theme, object_name, texts[1], span)
    row.addWidget(label(texts[0], "second"))
    row.addWidget(slider)
    row.addWidget(number)
    return slider


def coupled(theme: Theme, object_name: str, accessible: str, span: Range) -> tuple[CurvedSlider, QSpinBox]:
    """Slider and number, each following the other."""
    slider = CurvedSlider(theme, span.low, span.high, span.curve)
    name(slider, object_name, accessible)
    slider.setToolTip(accessible)
    number = QSpinBox()
    role(number, "value")
    name(number, f"{object_name}Value", accessible)
    number.setRange(span.low, span.high)
    number.setSuffix(f" {span.unit}" if span.unit else "")
    number.setFixedWidth(62 if span.unit else 46)
    number.setKeyboardTracking(False)
    FieldKeys.keep(number)
    slider.valueChanged.connect(number.setValue)
    number.valueChanged.connect(slider.setValue)
    return slider, number
