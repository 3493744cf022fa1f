"""The bar that takes the tool options' place while the photo's frame is set: ratio, angle, size. GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QWidget

from dalle_studio.core.reshape import MAX_ANGLE
from dalle_studio.ui.controls import Choice, CurvedSlider, button, label, name, role
from dalle_studio.ui.fields import FieldKeys

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from dalle_studio.core.geometry import Size
    from dalle_studio.core.words import Words
    from dalle_studio.ui.canvas import Canvas
    from dalle_studio.ui.theme import Theme

RATIOS: Final = ("1:1", "3:2", "4:3", "16:9", "2:3", "3:4", "9:16")
_FREE: Final = "free"
_ORIGINAL: Final = "original"
_RATIOS: Final = (_FREE, _ORIGINAL, *RATIOS)
_STEPS: Final = 10  # of the slider, a degree


class CropBar(QWidget):
    """Return applies what is set, Esc leaves the photo as it was."""

    applied = Signal()
    cancelled = Signal()

    def __init__(self, theme: Theme, words: Words, canvas: Canvas) -> None:
        super().__init__()
        role(self, "bar")
        name(self, "cropBar", words("reshape.bar"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(40)
        self._canvas = canvas
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(60, 0, 12, 0)
        row.setSpacing(8)
        title = label(words("reshape.step.crop"), "strong")
        title.setMinimumWidth(52)
        row.addWidget(title)
        self.ratio = self._add_ratio(theme, words)
        row.addSpacing(8)
        self.slider, self.angle = self._add_angle(theme, words)
        self.level = button(words("reshape.level"), "flat", "cropLevel")
        self.level.setToolTip(words("reshape.level.tip"))
        self.level.setCheckable(True)
        self.level.toggled.connect(self._draw_line)
        row.addWidget(self.level)
        row.addSpacing(8)
        self.apply_button = button(words("ui_tools.apply"), "", "cropApply")
        self.apply_button.setDefault(True)
        self.apply_button.clicked.connect(self.applied)
        self.cancel_button = button(words("ui_tools.cancel"), "flat", "cropCancel")
        self.cancel_button.clicked.connect(self.cancelled)
        for part in (self.apply_button, self.cancel_button):
            row.addWidget(part)
        row.addStretch(1)
        self.size_label = label("", "second")
        name(self.size_label, "cropSize", words("reshape.size"))
        row.addWidget(self.size_label)
        canvas.crop_changed.connect(self.show_crop)
        self.show_crop()

    # --- building ----------------------------------------------------------------------------------------------

    def _add_ratio(self, theme: Theme, words: Words) -> Choice:
        text = words("reshape.ratio")
        ratio = Choice(theme, "cropRatio", text)
        named = [(words(f"reshape.ratio.{which}"), which) for which in (_FREE, _ORIGINAL)]
        ratio.fill([*named, *((which, which) for which in RATIOS)], _FREE)
        ratio.setFixedWidth(104)
        ratio.currentIndexChanged.connect(lambda _: self._choose_ratio())
        self._row.addWidget(label(text, "second"))
        self._row.addWidget(ratio)
        return ratio

    def _add_angle(self, theme: Theme, words: Words) -> tuple[CurvedSlider, QDoubleSpinBox]:
        text = words("reshape.angle")
        slider = CurvedSlider(theme, round(-MAX_ANGLE * _STEPS), round(MAX_ANGLE * _STEPS))
        name(slider, "cropAngle", text)
        slider.setToolTip(words("reshape.angle.tip"))
        slider.setFixedWidth(150)
        number = QDoubleSpinBox()
        role(number, "value")
        name(number, "cropAngleValue", text)
        number.setDecimals(1)
        number.setSingleStep(0.1)
        number.setRange(-MAX_ANGLE, MAX_ANGLE)
        number.setSuffix("°")
        number.setFixedWidth(62)
        number.setKeyboardTracking(False)
        FieldKeys.keep(number)
        slider.valueChanged.connect(lambda value: self._turn(value / _STEPS))
        number.valueChanged.connect(self._turn)
        self._row.addWidget(label(text, "second"))
        for part in (slider, number):
            self._row.addWidget(part)
        return slider, number

    # --- showing and setting -----------------------------------------------------------------------------------

    def show_crop(self) -> None:
        """What the tool on the canvas has now."""
        crop = self._canvas.crop
        if crop is None:
            return
        for part in (self.slider, self.angle, self.level):
            part.blockSignals(True)
        self.slider.setValue(round(crop.angle * _STEPS))
        self.angle.setValue(crop.angle)
        self.level.setChecked(crop.draws_line or crop.line is not None)
        for part in (self.slider, self.angle, self.level):
            part.blockSignals(False)
        size, ratio = crop.ground.size, crop.ground.ratio
        if _ratio_of(str(self.ratio.currentData()), size) != ratio:  # another photo, or taken back
            self.ratio.choose(next(which for which in _RATIOS if _ratio_of(which, size) == ratio))
        self.size_label.setText(f"{crop.frame.width} × {crop.frame.height} px")
        self.slider.update()

    def _choose_ratio(self) -> None:
        crop = self._canvas.crop
        if crop is not None:
            crop.set_ratio(_ratio_of(str(self.ratio.currentData()), crop.ground.size))
            self._canvas.show_crop()

    def _turn(self, angle: float) -> None:
        crop = self._canvas.crop
        if crop is not None and round(angle * _STEPS) != round(crop.angle * _STEPS):
            crop.set_angle(angle)
            self._canvas.show_crop()

    def _draw_line(self, draws: bool) -> None:
        crop = self._canvas.crop
        if crop is not None:
            crop.draws_line = draws
            self._canvas.setFocus()
            self._canvas.show_crop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.applied.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)


def _ratio_of(which: str, photo: Size) -> float | None:
    if which == _FREE:
        return None
    if which == _ORIGINAL:
        return photo.width / photo.height
    across, _, down = which.partition(":")
    return int(across) / int(down)
