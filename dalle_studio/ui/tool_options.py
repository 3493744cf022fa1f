"""The bar above the canvas: what can be set for the tool, what to do with the mask, how strongly it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from dalle_studio.core.words import Words
from dalle_studio.tools.pointer import ToolName
from dalle_studio.ui.actions import Actions
from dalle_studio.ui.controls import CurvedSlider, button, by_pointer, label, line, role
from dalle_studio.ui.numbers import Range, add_number
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

    from dalle_studio.ui.selection_options import SelectionRow

LARGEST: Final = 4000
"""Largest brush diameter in photo pixels: enough for one sweep over a 100-megapixel sky."""

_ROOMY: Final = 1250
"""Below this width sliders that have a number are hidden."""

REFINE: Final = (
    ("mask_grow", "mask_shrink", "mask_feather", "mask_smooth"),
    ("mask_fill_holes", "mask_remove_specks"),
    ("mask_colour_range", "mask_from_channel", "mask_from_transparency"),
)
LOOKS: Final = (("look_overlay", "look_outline", "look_alone"), ("overlay_inverted",))


class ToolOptions(QWidget):
    """Sliders with their numbers. All values are in the photo's pixels and in per cent."""

    brush_chosen = Signal(float, float)
    """Radius in photo pixels, hardness 0–1."""
    opacity_chosen = Signal(float)
    """Opacity of the overlay, 0–1."""
    selection_chosen = Signal(object)
    """tools.selecting.SelectionOptions."""
    let_go = Signal()
    """A button or slider was used by the pointer: the canvas wants the keys now."""

    def __init__(self, theme: Theme, words: Words, actions: Actions) -> None:
        super().__init__()
        role(self, "bar")
        self.setObjectName("toolOptions")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(40)
        self._theme = theme
        self._words = words
        self._actions = actions
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(60, 0, 12, 0)
        self._row.setSpacing(8)
        self._tool = label("", "strong")
        self._tool.setMinimumWidth(52)
        self._row.addWidget(self._tool)
        self._brush = QWidget()
        self._selection: SelectionRow | None = None  # made when it is first wanted
        self._brush_row = self._inner(self._brush)
        self.brush_size = self._slider(self._brush_row, "brushSize", Range(1, LARGEST, "px", curve=2.5))
        self.hardness = self._slider(self._brush_row, "brushHardness", Range(0, 100, "%"))
        self.stroke = self._quiet("stroke_options")
        self._row.addWidget(self._brush)
        self._separator()
        for action_id in ("invert_mask", "clear_mask"):
            self._row.addWidget(self._quiet(action_id))
        self.refine = self._menu_button("refine", self._fill_refine)
        self._separator()
        self.opacity = self._slider(self._row, "maskOpacity", Range(10, 100, "%"))
        self.look = self._menu_button("look", self._fill_look)
        self.look_menu_extras: Callable[[QMenu], None] = lambda _: None
        self._row.addStretch(1)
        self.brush_size.valueChanged.connect(self._tell_brush)
        self.hardness.valueChanged.connect(self._tell_brush)
        self.opacity.valueChanged.connect(lambda value: self.opacity_chosen.emit(value / 100))

    def finish(self) -> None:
        """What the first paint can do without."""
        self._brush_row.addWidget(self.stroke)
        self._make_room()

    # --- building ----------------------------------------------------------------------------------------------

    def _inner(self, part: QWidget) -> QHBoxLayout:
        role(part, "plain")
        row = QHBoxLayout(part)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        return row

    def _slider(self, row: QHBoxLayout, object_name: str, span: Range) -> CurvedSlider:
        words = self._words
        texts = (words(f"ui.{object_name}"), words(f"ui.{object_name}.accessible"))
        slider = add_number(row, self._theme, object_name, texts, span)
        by_pointer(slider, self.let_go.emit)
        return slider

    def _quiet(self, action_id: str) -> QPushButton:
        action = self._actions[action_id]
        quiet = button(self._words(f"ui.short.{action_id}"), "flat", f"{action_id}_button")
        quiet.setToolTip(self._actions.tip(action_id))
        by_pointer(quiet, self.let_go.emit)
        quiet.clicked.connect(action.trigger)
        action.enabledChanged.connect(quiet.setEnabled)
        quiet.setEnabled(action.isEnabled())
        return quiet

    def _menu_button(self, which: str, fill: Callable[[QMenu], None]) -> QPushButton:
        quiet = button(self._words(f"ui_tools.{which}"), "flat", f"{which}_button")
        quiet.setToolTip(self._words(f"ui_tools.{which}.tip"))

        def pop() -> None:
            menu = QMenu(quiet)
            menu.setObjectName(f"{which}_menu")
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            fill(menu)
            menu.popup(quiet.mapToGlobal(quiet.rect().bottomLeft()))

        by_pointer(quiet, self.let_go.emit)
        quiet.clicked.connect(pop)
        self._row.addWidget(quiet)
        return quiet

    def _fill_refine(self, menu: QMenu) -> None:
        self._fill(menu, REFINE)

    def _fill_look(self, menu: QMenu) -> None:
        self._fill(menu, LOOKS)
        self.look_menu_extras(menu)

    def _fill(self, menu: QMenu, groups: tuple[tuple[str, ...], ...]) -> None:
        for group in groups:
            if group is not groups[0]:
                menu.addSeparator()
            for action_id in group:
                menu.addAction(self._actions[action_id])

    def _separator(self) -> None:
        stroke = line()
        stroke.setFixedSize(1, 18)
        self._row.addSpacing(4)
        self._row.addWidget(stroke)
        self._row.addSpacing(4)

    # --- showing -----------------------------------------------------------------------------------------------

    def _tell_brush(self) -> None:
        self.brush_chosen.emit(self.brush_size.value() / 2, self.hardness.value() / 100)

    def show_tool(self, tool: ToolName, text: str) -> None:
        """What can be set for this tool."""
        self._tool.setText(text)
        self._brush.setVisible(not tool.selects)
        if tool.selects:
            if self._selection is None:
                from dalle_studio.ui.selection_options import SelectionRow

                self._selection = SelectionRow(self._theme, self._words)
                self._selection.chosen.connect(self.selection_chosen)
                self._selection.let_go.connect(self.let_go)
                self._row.insertWidget(self._row.indexOf(self._brush), self._selection)
            self._selection.show_tool(tool)
        if self._selection is not None:
            self._selection.setVisible(tool.selects)

    def show_brush(self, radius: float, hardness: float) -> None:
        """Show what was changed elsewhere, without telling it back."""
        blocked = self.blockSignals(True)  # ours only: the numbers beside the sliders follow
        self.brush_size.setValue(round(radius * 2))
        self.hardness.setValue(round(hardness * 100))
        self.blockSignals(blocked)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        for slider in (self.hardness, self.opacity):
            slider.setVisible(self.width() >= _ROOMY)
