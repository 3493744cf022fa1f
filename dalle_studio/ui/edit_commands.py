"""What the actions for edits that were made do: their panel, hiding and moving them, what they changed. GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dalle_studio.ui.notices import Offer

if TYPE_CHECKING:
    from collections.abc import Callable

    from dalle_studio.ui.window import MainWindow


class EditCommands:
    """Holds the window and nothing else."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def table(self) -> dict[str, Callable[[], object]]:
        """By action."""
        return {
            "edits": self.show_edits,
            "layer_visible": self.toggle_layer,
            "layer_up": lambda: self._window.editor.lift(self._window.editor.layer_at),
            "layer_down": lambda: self._window.editor.lift(self._window.editor.layer_at - 1),
            "layer_reset": self.reset_layer,
            "heat_map": self.toggle_heat,
        }

    def wire(self) -> None:
        """Once the window is built."""
        self._window.editor.heat_changed.connect(self._show_heat)
        self._window.workspace.heat_closed.connect(lambda: self._window.editor.show_heat(False))
        self._window.workspace.badge.clicked.connect(self.explain_identity)
        self._window.editor.stack_changed.connect(self.refresh)
        self._window.editor.busy_changed.connect(lambda _: self.refresh())
        self.refresh()

    def refresh(self) -> None:
        """What can be done now."""
        editor, actions = self._window.editor, self._window.actions_by_id
        actions["edits"].setEnabled(bool(editor.stack))
        actions["edits"].setChecked(self._window.lower_side.shows_edits)
        actions["heat_map"].setEnabled(editor.has_document)
        ready = editor.can_tune
        for action_id in ("layer_visible", "layer_up", "layer_down", "layer_reset"):
            actions[action_id].setEnabled(ready)

    def show_edits(self) -> None:
        window = self._window
        if window.side.isHidden():
            window.commands.toggle_panels()
        window.lower_side.toggle()
        self.refresh()

    def toggle_layer(self) -> None:
        editor = self._window.editor
        if editor.layer_at >= 0:
            editor.toggle_layer(editor.layer_at)

    def reset_layer(self) -> None:
        editor = self._window.editor
        if editor.layer_at >= 0:
            editor.reset_layer(editor.stack[editor.layer_at].layer.edit_id)

    def explain_identity(self) -> None:
        """What the badge promises, and how it is known."""
        window = self._window
        show = Offer("offerHeat", window.words("ui.action.heat_map"), lambda: window.editor.show_heat(True))
        offers = () if window.editor.shows_heat else (show,)
        window.notice.tell(window.words("reblend.identical"), window.words("reblend.identical.hint"), offers)

    def _show_heat(self) -> None:
        window, editor = self._window, self._window.editor
        window.actions_by_id["heat_map"].setChecked(editor.shows_heat)
        window.workspace.show_heat(editor.shows_heat, editor.heat)

    def toggle_heat(self) -> None:
        self._window.editor.show_heat(self._window.actions_by_id["heat_map"].isChecked())
