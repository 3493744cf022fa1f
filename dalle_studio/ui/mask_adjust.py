"""The bar that takes the tool options' place while the mask is adjusted: a slider, and what it would give, live.

GUI thread; the editor works out previews on the worker. What can be done is in `mask_operations`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dalle_studio.tools.pointer import PointerEvent
from dalle_studio.ui.check import Check
from dalle_studio.ui.controls import Choice, button, label, name, role
from dalle_studio.ui.mask_files import shortened
from dalle_studio.ui.mask_operations import Colour, Operation, Setting
from dalle_studio.ui.numbers import add_number
from dalle_studio.ui.status import percent

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from dalle_studio.core.words import Words
    from dalle_studio.session.editor import Editor
    from dalle_studio.session.masks import Found
    from dalle_studio.ui.canvas import Canvas
    from dalle_studio.ui.controls import CurvedSlider
    from dalle_studio.ui.theme import Theme

_PAUSE_MS: Final = 30
"""Values that come faster than this from a slider are not worked out one by one."""

_CHANNELS: Final = ("luminance", "red", "green", "blue")


class AdjustBar(QWidget):
    """Shows the result while it is set; Return applies it, Esc leaves the mask as it was."""

    closed = Signal()

    def __init__(self, theme: Theme, words: Words, editor: Editor, canvas: Canvas, operation: Operation) -> None:
        super().__init__()
        role(self, "bar")
        name(self, "maskAdjust", words("ui_tools.adjust"))
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(40)
        self._words = words
        self._editor = editor
        self._canvas = canvas
        self._operation = operation
        self._colours: tuple[Colour, ...] = ()
        self._is_open = True
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._preview)
        row = QHBoxLayout(self)
        row.setContentsMargins(60, 0, 12, 0)
        row.setSpacing(8)
        self._add_texts(row, words)
        self.slider = self._add_slider(row, theme, words)
        self._add_choices(row, theme, words)
        self._add_buttons(row, words)
        row.addStretch(1)
        if operation.picks_colours:
            canvas.set_picker(self._pick)
        editor.document_changed.connect(self._close)
        editor.mask_preview_changed.connect(self._follow)
        self._preview()

    # --- building ----------------------------------------------------------------------------------------------

    def _add_texts(self, row: QHBoxLayout, words: Words) -> None:
        operation = self._operation
        row.addWidget(label(words(f"ui_tools.{operation.id}"), "strong"))
        row.addSpacing(4)
        self._hint = label(words(operation.hint) if operation.hint else "", "second")
        name(self._hint, "maskAdjustHint", words(f"ui_tools.{operation.id}"))
        if operation.hint or operation.found is not None:
            row.addWidget(self._hint)
            row.addSpacing(8)

    def _add_slider(self, row: QHBoxLayout, theme: Theme, words: Words) -> CurvedSlider | None:
        operation = self._operation
        if operation.span is None:
            return None
        text = words(operation.amount)
        slider = add_number(row, theme, "maskAdjustAmount", (text, text), operation.span)
        slider.setFixedWidth(180)
        slider.setValue(operation.start)
        slider.valueChanged.connect(lambda _: self._pause.start())
        return slider

    def _add_choices(self, row: QHBoxLayout, theme: Theme, words: Words) -> None:
        self.channel = Choice(theme, "maskAdjustChannel", words("ui_tools.channel"))
        self.channel.fill([(words(f"tools.channel_{which}"), which) for which in _CHANNELS], "luminance")
        self.channel.setFixedWidth(120)
        self.channel.currentIndexChanged.connect(lambda _: self._preview())
        self.channel.setVisible(self._operation.has_channel)
        self.inverted = Check(theme, "maskAdjustInvert", words("ui_tools.invert"))
        self.inverted.toggled.connect(lambda _: self._preview())
        self.inverted.setVisible(self._operation.has_inversion)
        for part in (self.channel, self.inverted):
            row.addWidget(part)
        row.addSpacing(8)

    def _add_buttons(self, row: QHBoxLayout, words: Words) -> None:
        self.apply_button = button(words("ui_tools.apply"), "", "maskAdjustApply")
        self.apply_button.setDefault(True)
        self.apply_button.clicked.connect(self.apply)
        self.cancel_button = button(words("ui_tools.cancel"), "flat", "maskAdjustCancel")
        self.cancel_button.clicked.connect(self.cancel)
        for part in (self.apply_button, self.cancel_button):
            row.addWidget(part)

    # --- doing -------------------------------------------------------------------------------------------------

    @property
    def setting(self) -> Setting:
        return Setting(
            0 if self.slider is None else self.slider.value(),
            str(self.channel.currentData()),
            self.inverted.isChecked(),
            self._colours,
        )

    def apply(self) -> None:
        """Make it one step."""
        if not self._is_open:
            return
        if self._pause.isActive():
            self._preview()
        self._editor.apply_preview(self._operation.step)
        self._close()

    def cancel(self) -> None:
        """Leave the mask as it was."""
        if self._is_open:
            self._editor.drop_preview()
            self._close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.apply()
        elif event.key() == Qt.Key.Key_Escape:
            self.cancel()
        else:
            super().keyPressEvent(event)

    def _preview(self) -> None:
        self._pause.stop()
        if self._operation.found is not None:
            self._hint.setText(self._described(self._operation.found))
        if self._is_open:
            self._editor.preview_mask(self._operation.make(self._editor, self.setting))

    def _described(self, found: Found) -> str:
        """A mask from elsewhere: its name, what of it was taken as "edit", and how much of the photo that is."""
        words = self._words
        what = words(f"mask_files.what.{found.polarity}")
        if found.is_guess:
            what = words("mask_files.guessed", what=what)
        share = percent(found.coverage_inverted if self.inverted.isChecked() else found.coverage)
        return words("mask_files.found", name=shortened(found.name), what=what, share=share)

    def _pick(self, event: PointerEvent) -> None:
        picture = self._editor.picture
        if picture is None:
            return
        x, y = int(event.x), int(event.y)
        if not (0 <= x < picture.size.width and 0 <= y < picture.size.height):
            return
        pixel = picture.pixels[y, x, :3]
        shift = 8 if pixel.dtype.itemsize == 2 else 0
        red, green, blue = (int(value) >> shift for value in pixel)
        colour = (red, green, blue)
        if event.erases:
            self._colours = _without(self._colours, colour)
        elif event.straight:
            self._colours = (*self._colours, colour)
        else:
            self._colours = (colour,)
        self._preview()

    def _follow(self) -> None:
        """Something else was done to the mask: what was being adjusted is over."""
        if not self._editor.is_previewing:
            self._close()

    def _close(self) -> None:
        if self._is_open:
            self._is_open = False
            self._pause.stop()
            if self._operation.picks_colours:
                self._canvas.set_picker(None)
            self.closed.emit()


def _without(colours: tuple[Colour, ...], colour: Colour) -> tuple[Colour, ...]:
    """Without the one nearest to `colour`."""
    if not colours:
        return colours
    nearest = min(colours, key=lambda one: sum((a - b) ** 2 for a, b in zip(one, colour, strict=True)))
    return tuple(one for one in colours if one is not nearest)
