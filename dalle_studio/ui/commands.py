"""What each action does: calls of the editor, the canvas and the dialogs, one short method each. GUI thread.

Pictures and masks never pass through Qt's decoders: files and clipboard data go to the editor as paths and bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QWidget

from dalle_studio.core.operation import Operation
from dalle_studio.formats.suffixes import patterns
from dalle_studio.tools.pointer import ToolName
from dalle_studio.ui import clipboard, file_dialogs
from dalle_studio.ui.edit_commands import EditCommands
from dalle_studio.ui.fields import TextField
from dalle_studio.ui.frame_commands import FrameCommands
from dalle_studio.ui.markup_commands import MarkupCommands
from dalle_studio.ui.mask_commands import MaskCommands
from dalle_studio.ui.prompt_panel import MODES

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLineEdit

    from dalle_studio.ui.money_fields import CapField
    from dalle_studio.ui.settings_dialog import SettingsDialog
    from dalle_studio.ui.window import MainWindow


class Commands:
    """Holds the window and nothing else."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.mask = MaskCommands(window)
        self.edits = EditCommands(window)
        self.frame = FrameCommands(window)
        self.markup = MarkupCommands(window)

    def table(self) -> dict[str, Callable[[], object]]:
        """One entry for each row of `actions.TABLE`."""
        editor, canvas = self._window.editor, self._window.canvas
        modes = {f"mode_{mode}": lambda mode=mode: self.choose_mode(mode) for mode in MODES}
        tools = {f"tool_{tool}": lambda tool=tool: self.choose_tool(tool) for tool in ToolName}
        return {
            "open": self.open,
            "save": self.save,
            "save_as": self.save_as,
            "export_layers": self.export_layers,
            "export_costs": self.export_costs,
            "trash": self.show_trash,
            "empty_trash": self.empty_trash,
            "find": self.find,
            "settings": self.show_settings,
            "quit": self._window.close,
            "undo": self.undo,
            "redo": self.redo,
            "copy": self.copy,
            "paste": self.paste,
            "add_reference": self.add_reference,
            "paste_reference": self.paste_reference,
            "select_all": editor.select_all,
            "clear_mask": editor.clear_mask,
            "invert_mask": editor.invert_mask,
            "swap_tools": canvas.toggle_erase,
            "brush_smaller": lambda: canvas.step_brush_size(-1),
            "brush_larger": lambda: canvas.step_brush_size(+1),
            "brush_softer": lambda: canvas.step_brush_hardness(-1),
            "brush_harder": lambda: canvas.step_brush_hardness(+1),
            "zoom_in": canvas.zoom_in,
            "zoom_out": canvas.zoom_out,
            "fit": canvas.fit,
            "actual_pixels": lambda: canvas.zoom_to(100),
            "quick_mask": self.toggle_overlay,
            "before": self.toggle_before,
            "panels": self.toggle_panels,
            "next_region": self.next_region,
            "previous_candidate": lambda: editor.step_candidate(-1),
            "next_candidate": lambda: editor.step_candidate(+1),
            "to_prompt": self.to_prompt,
            "run": self.run,
            "stop": editor.cancel,
            "translate": editor.translate,
            "glossary": self.show_glossary,
            "describe": self.show_describe,
            "key": self.show_key,
            "shortcuts": self.show_shortcuts,
            "command_palette": self.show_palette,
            "about": self.show_about,
            **self.mask.table(),
            **self.edits.table(),
            **self.frame.table(),
            **modes,
            **tools,
        }

    # --- files -------------------------------------------------------------------------------------------------

    def open(self) -> None:
        title, kinds = self._window.words("ui.action.open"), self._pictures(to_save=False)
        chosen, _ = file_dialogs.to_open(self._window, title, self._folder(), kinds)
        if chosen is not None:
            self._window.editor.open(chosen)

    def save(self) -> None:
        """The first time on an opened photo this is *Save as*: what was opened is never written over unasked."""
        if self._window.editor.save_needs_name:
            self.save_as()
        else:
            self._window.editor.save()

    def save_as(self) -> None:
        editor, title = self._window.editor, self._window.words("ui.action.save_as")
        chosen, _ = file_dialogs.to_save(self._window, title, editor.suggested_path(), self._pictures(to_save=True))
        if chosen is not None:
            editor.save_as(chosen)

    def show_trash(self) -> None:
        if self._window.side.isHidden():
            self.toggle_panels()
        self._window.history_panel.show_trash()

    def empty_trash(self) -> None:
        self._window.history_panel.empty_trash()

    def find(self) -> None:
        self._window.history_panel.to_search()

    def export_layers(self) -> None:
        """The original, each answer and each mask, for GIMP or Krita to go on from."""
        words, editor = self._window.words, self._window.editor
        proposed = self._folder() / f"{Path(editor.title).stem or 'picture'}.ora"
        kind = f"{words('layers.files')} (*.ora)"
        chosen, _ = file_dialogs.to_save(self._window, words("ui.action.export_layers"), proposed, kind)
        if chosen is not None:
            editor.export_layers(chosen)

    def export_costs(self) -> None:
        """What every edit cost, for a spreadsheet."""
        words = self._window.words
        title, proposed = words("ui.action.export_costs"), self._folder() / words("ui_history.costs_name")
        chosen, _ = file_dialogs.to_save(self._window, title, proposed, "CSV (*.csv)")
        if chosen is not None:
            self._window.editor.export_costs(chosen if chosen.suffix else chosen.with_suffix(".csv"))

    def _folder(self) -> Path:
        path = self._window.editor.path
        return path.parent if path is not None else Path.home()

    def _pictures(self, *, to_save: bool) -> str:
        """The filter of a file dialog."""
        return f"{self._window.words('ui.files.pictures')} ({patterns(to_save=to_save)})"

    # --- clipboard ---------------------------------------------------------------------------------------------

    def copy(self) -> None:
        self._window.editor.encode_picture(partial(clipboard.put, kind=clipboard.Kind.PICTURE))

    def paste(self) -> None:
        data = clipboard.content()
        path = clipboard.local_path(data)
        if path is not None:
            self._window.editor.open(path)
        elif (pasted := clipboard.picture_bytes(data)) is not None:
            self._window.editor.open_bytes(pasted, self._window.words("ui.pasted"))
        else:
            self._window.status.show_message(self._window.words("ui.clipboard.none"))

    def add_reference(self) -> None:
        title, kinds = self._window.words("ui.action.add_reference"), self._pictures(to_save=False)
        for chosen in file_dialogs.to_open_several(self._window, title, self._folder(), kinds):
            self._window.editor.add_reference(chosen)

    def paste_reference(self) -> None:
        data = clipboard.content()
        path = clipboard.local_path(data)
        if path is not None:
            self._window.editor.add_reference(path)
        elif (pasted := clipboard.picture_bytes(data)) is not None:
            self._window.editor.add_reference_bytes(pasted, self._window.words("ui.pasted"))
        else:
            self._window.status.show_message(self._window.words("ui.clipboard.none"))

    def take_drop(self, path: Path, zone: str) -> None:
        """What was dropped onto the window, by the zone it was dropped on."""
        if zone == "mask":
            self.mask.files.look_at(path)
        elif zone == "reference":
            self._window.editor.add_reference(path)
        else:
            self._window.editor.open(path)

    # --- tools and view ----------------------------------------------------------------------------------------

    def choose_tool(self, tool: str) -> None:
        self._window.canvas.set_tool(ToolName(tool))

    def toggle_overlay(self) -> None:
        self._window.canvas.set_overlay_visible(self._window.actions_by_id["quick_mask"].isChecked())

    def undo(self) -> None:
        """The last corner of an open outline, the last change of a frame that is being set, or else the last step."""
        if self._window.canvas.is_selecting:
            self._window.canvas.step_selection_back()
        elif not self.frame.undo():
            self._window.editor.undo_step()

    def redo(self) -> None:
        if not self.frame.redo():
            self._window.editor.redo_step()

    def toggle_before(self) -> None:
        self._window.canvas.set_before_shown(self._window.actions_by_id["before"].isChecked())

    def toggle_panels(self) -> None:
        window = self._window
        shown = window.side.isHidden()
        for part in (window.side, window.tool_strip):
            part.setVisible(shown)
        window.show_tool_options()
        window.actions_by_id["panels"].setChecked(shown)

    def next_region(self) -> None:
        """Round the regions that can be seen: canvas, prompt, history, tool options."""
        regions = [region for region in self._window.regions if region.isVisible() and region.isEnabled()]
        focus = QApplication.focusWidget()
        at = next((i for i, region in enumerate(regions) if self._holds(region, focus)), -1)
        regions[(at + 1) % len(regions)].setFocus()

    def _holds(self, region: QWidget, focus: QWidget | None) -> bool:
        home = region if region is self._window.canvas else region.parentWidget()
        return focus is not None and home is not None and (home is focus or home.isAncestorOf(focus))

    def step_out(self) -> None:
        """Esc, one step a press: the composition, what is done to the mask, the notice, the focus (to the canvas),
        looking through the history, an export, the job.
        """
        window = self._window
        field = window.text_with_focus()
        if field is not None and field.is_composing:
            field.drop_composition()
        elif self.mask.cancel() or self.frame.cancel():
            pass
        elif window.notice.isVisible():
            window.news.close()
        elif QApplication.focusWidget() is not window.canvas:
            window.canvas.setFocus()
        elif window.editor.cancel_looking() or window.editor.cancel_export():
            pass
        elif window.editor.is_busy:
            from dalle_studio.ui.questions import ask

            if ask(window, window.words, "cancelling", until=window.editor.busy_changed):
                window.editor.cancel()

    def apply_bar(self) -> bool:
        """Return: take what is being adjusted. False when nothing is."""
        return self.mask.apply() or self.frame.apply()

    # --- the request -------------------------------------------------------------------------------------------

    def choose_mode(self, mode: str) -> None:
        self._window.editor.set_mode(Operation(MODES[mode]))

    def to_prompt(self) -> None:
        if self._window.side.isHidden():
            self.toggle_panels()
        self._window.prompt_panel.prompt.setFocus()

    def run(self) -> None:
        """Commit the syllable being composed and the number being typed, then generate (or remove) with them."""
        number = QApplication.focusWidget()
        if isinstance(number, QAbstractSpinBox):
            number.interpretText()
        for field in self._window.findChildren(TextField):
            field.commit_composition()
        if self._window.editor.is_busy:
            return
        self._window.notice.hide()
        self.mask.apply()  # what is seen is what goes
        self._window.editor.generate()

    def remove(self) -> None:
        """Remove what is masked, in whatever mode."""
        self.mask.apply()
        self._window.editor.remove()

    # --- dialogs -----------------------------------------------------------------------------------------------

    def show_settings(self) -> None:
        from dalle_studio.ui.settings_dialog import SettingsDialog

        SettingsDialog(self._window).exec()

    def show_limit(self) -> None:
        """The settings, where the month's limit is."""
        self._show_setting(lambda dialog: dialog.cap)

    def show_translator(self) -> None:
        """The settings, where the translator is."""
        self._show_setting(lambda dialog: dialog.translator_url)

    def _show_setting(self, field_of: Callable[[SettingsDialog], QLineEdit | CapField]) -> None:
        from dalle_studio.ui.settings_dialog import SettingsDialog

        dialog = SettingsDialog(self._window)
        field = field_of(dialog)
        field.setFocus()
        field.selectAll()
        dialog.exec()

    def show_key(self) -> None:
        from dalle_studio.ui.key_dialog import KeyDialog

        KeyDialog(self._window).exec()

    def show_glossary(self) -> None:
        from dalle_studio.ui.glossary_dialog import GlossaryDialog

        GlossaryDialog(self._window).exec()

    def show_describe(self) -> None:
        from dalle_studio.ui.describe_dialog import DescribeDialog

        DescribeDialog(self._window).exec()

    def show_shortcuts(self) -> None:
        from dalle_studio.ui.help_dialog import HelpDialog

        HelpDialog(self._window).exec()

    def show_palette(self) -> None:
        from dalle_studio.ui.command_palette import CommandPalette

        CommandPalette(self._window).exec()

    def show_about(self) -> None:
        from dalle_studio.ui.help_dialog import AboutDialog

        AboutDialog(self._window).exec()
