"""What the mask's actions do: adjustments with their bar, ways to look at it, the undo history. GUI thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from dalle_studio.session.mask_look import MaskLook
from dalle_studio.ui.mask_files import MaskFiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.core.mask import FrozenMask
    from dalle_studio.imaging.stopping import ShouldStop
    from dalle_studio.ui.mask_adjust import AdjustBar
    from dalle_studio.ui.mask_operations import Operation
    from dalle_studio.ui.window import MainWindow

_ADJUSTED: Final = (
    "grow",
    "shrink",
    "feather",
    "smooth",
    "fill_holes",
    "remove_specks",
    "colour_range",
    "from_channel",
)
_COLOURS: Final = {
    "theme": None,
    "green": (40, 200, 90),
    "blue": (50, 110, 255),
    "yellow": (250, 210, 20),
    "magenta": (230, 60, 220),
}
_STEPS: Final = 30
"""So many steps are listed, around the present one."""


class MaskCommands:
    """Holds the window, and the bar of an adjustment under way."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._bar: AdjustBar | None = None
        self.files = MaskFiles(window, self._open)

    def table(self) -> dict[str, Callable[[], object]]:
        """By action."""
        adjust = {f"mask_{which}": partial(self.adjust, which) for which in _ADJUSTED}
        looks = {f"look_{look}": partial(self._choose_look, look) for look in MaskLook}
        return {
            **adjust,
            **looks,
            **self.files.table(),
            "mask_from_transparency": self.take_transparency,
            "overlay_inverted": self.toggle_inversion,
            "undo_history": self.show_steps,
            "stroke_options": self.show_stroke_options,
        }

    def wire(self) -> None:
        """Once the window is built."""
        window, editor = self._window, self._window.editor
        self.files.wire()
        editor.selecting_changed.connect(self._show_selecting)
        window.status.steps_wanted.connect(self.show_steps)
        window.canvas.tool_pressed.connect(self.apply)  # what is seen is what is painted on
        window.tool_options.selection_chosen.connect(window.canvas.set_selection_options)
        window.tool_options.look_menu_extras = self._add_colours

    # --- adjusting ---------------------------------------------------------------------------------------------

    @property
    def is_adjusting(self) -> bool:
        return self._bar is not None

    def adjust(self, which: str) -> None:
        from dalle_studio.ui.mask_operations import OPERATIONS

        self._open(OPERATIONS[which])

    def apply(self) -> bool:
        """False when nothing is being adjusted."""
        if self._bar is None:
            return False
        self._bar.apply()
        return True

    def cancel(self) -> bool:
        """End an adjustment, a selection or a mask file under way, the first there is."""
        if self._bar is not None:
            self._bar.cancel()
            return True
        return self._window.editor.cancel_selection() or self._window.editor.cancel_mask_file()

    def _open(self, operation: Operation) -> AdjustBar | None:
        """None while a selection is being made."""
        from dalle_studio.ui.mask_adjust import AdjustBar

        window = self._window
        if self._bar is not None:
            self._bar.cancel()
        window.canvas.cancel_gesture()
        window.commands.frame.leave()
        if not window.editor.settle_mask():
            self._show_selecting(True)
            return None
        self._bar = AdjustBar(window.theme, window.words, window.editor, window.canvas, operation)
        self._bar.closed.connect(self._close)
        window.put_bar(self._bar)
        (self._bar.slider or self._bar.apply_button).setFocus()
        return self._bar

    def _close(self) -> None:
        bar, self._bar = self._bar, None
        if bar is not None:
            self._window.put_bar(None)
            bar.deleteLater()
            self._window.canvas.setFocus()

    def take_transparency(self) -> None:
        picture = self._window.editor.picture
        if picture is None:
            return

        def work(_: FrozenMask, should_stop: ShouldStop) -> FrozenMask:
            from dalle_studio.imaging.colour_range import from_transparency

            return from_transparency(picture.pixels, should_stop=should_stop)

        self._window.editor.change_mask("tools.step_from_transparency", work)

    def show_stroke_options(self) -> None:
        from dalle_studio.ui.stroke_options import StrokeOptions

        window = self._window
        StrokeOptions(window.theme, window.words, window.editor, window).pop_up(window.tool_options.stroke)

    # --- looking -----------------------------------------------------------------------------------------------

    def recall_look(self) -> None:
        """How the mask was shown the last time; it is kept from now on."""
        window, settings = self._window, self._window.house.settings
        opacity = settings.overlay_opacity
        if opacity is None:
            opacity = window.theme.tokens.overlay[3] / 255
        window.tool_options.opacity.setValue(round(100 * opacity))
        window.canvas.set_overlay_opacity(opacity)
        window.canvas.set_overlay_inverted(settings.overlay_inverted)
        window.canvas.set_overlay_colour(settings.overlay_colour)
        window.canvas.set_mask_look(MaskLook(settings.mask_look))
        window.actions_by_id[f"look_{settings.mask_look}"].setChecked(True)
        window.actions_by_id["overlay_inverted"].setChecked(settings.overlay_inverted)
        window.tool_options.opacity_chosen.connect(self._choose_opacity)

    def _choose_opacity(self, opacity: float) -> None:
        self._window.canvas.set_overlay_opacity(opacity)
        self._keep_look()

    def _choose_look(self, look: MaskLook) -> None:
        self._window.canvas.set_mask_look(look)
        self._keep_look()

    def _choose_colour(self, colour: tuple[int, int, int] | None) -> None:
        self._window.canvas.set_overlay_colour(colour)
        self._keep_look()

    def toggle_inversion(self) -> None:
        window = self._window
        window.canvas.set_overlay_inverted(window.actions_by_id["overlay_inverted"].isChecked())
        self._keep_look()

    def _keep_look(self) -> None:
        window, canvas = self._window, self._window.canvas
        opacity = window.tool_options.opacity.value() / 100
        window.editor.keep_look(canvas.mask_look, opacity, canvas.overlay_colour, inverted=canvas.overlay_inverted)

    def _add_colours(self, menu: QMenu) -> None:
        words, canvas = self._window.words, self._window.canvas
        menu.addSeparator()
        group = QActionGroup(menu)
        for which, colour in _COLOURS.items():
            action = menu.addAction(words(f"ui_tools.colour.{which}"))
            action.setObjectName(f"colour_{which}")
            action.setCheckable(True)
            action.setChecked(canvas.overlay_colour == colour)
            action.triggered.connect(lambda _checked=False, colour=colour: self._choose_colour(colour))
            group.addAction(action)

    def _show_selecting(self, selecting: bool) -> None:
        self._window.status.show_message(self._window.words("ui_tools.busy") if selecting else "")

    # --- the undo history --------------------------------------------------------------------------------------

    def show_steps(self) -> None:
        """A menu of what was done, by name; choosing a line goes there."""
        window = self._window
        menu = self.steps_menu()
        menu.popup(window.status.above_step() - QPoint(0, menu.sizeHint().height()))

    def steps_menu(self) -> QMenu:
        window, words = self._window, self._window.words
        undo = window.editor.undo
        menu = QMenu(window)
        menu.setObjectName("undoHistory")
        menu.setAccessibleName(words("ui_tools.steps"))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        names = [words("ui_tools.steps.start"), *map(words, undo.names)]
        if len(names) == 1:
            menu.addAction(words("ui_tools.steps.none")).setEnabled(False)
            return menu
        first = max(0, min(undo.position - _STEPS // 2, len(names) - _STEPS))
        for position in range(first, min(len(names), first + _STEPS)):
            action = menu.addAction(names[position] if position == 0 else f"{position}  {names[position]}")
            action.setObjectName(f"step_{position}")
            action.setCheckable(True)
            action.setChecked(position == undo.position)
            action.triggered.connect(lambda _checked=False, position=position: window.editor.go_to_step(position))
        return menu
