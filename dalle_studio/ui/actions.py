r"""Every action of the window: one row of the table each, with its menu and its keys.

The row's id is also the action's `objectName` and, behind `ui.action.`, the id of its text. What an action does is
given by whoever builds the window (`build`). Keys that are held (Space, `\`, Alt) are not shortcuts and live with the
canvas and the window; the table lists them for the help page (`HELD`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from dalle_studio.core.words import Words

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu, QMenuBar, QWidget


class Menu(StrEnum):
    """The menus, in their order in the bar."""

    FILE = "file"
    EDIT = "edit"
    SELECT = "select"
    VIEW = "view"
    IMAGE = "image"
    ENGINE = "engine"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Row:
    """One action. `gap` puts a separator before it; a `group` makes it one choice among its fellows."""

    id: str
    menu: Menu
    keys: tuple[str, ...] = ()
    gap: bool = False
    checkable: bool = False
    group: str = ""
    only_canvas: bool = False
    """Its keys count only while the canvas has the focus."""
    repeats: bool = False
    """Holding the key does it again and again."""


TABLE: Final[tuple[Row, ...]] = (
    Row("open", Menu.FILE, ("Ctrl+O",)),
    Row("save", Menu.FILE, ("Ctrl+S",), gap=True),
    Row("save_as", Menu.FILE, ("Ctrl+Shift+S",)),
    Row("import_mask", Menu.FILE, ("Ctrl+Alt+M",), gap=True),
    Row("export_mask", Menu.FILE, ("Ctrl+Shift+M",)),
    Row("export_layers", Menu.FILE, ("Ctrl+Shift+E",)),
    Row("export_costs", Menu.FILE),
    Row("trash", Menu.FILE, (), gap=True),
    Row("empty_trash", Menu.FILE),
    Row("settings", Menu.FILE, ("Ctrl+,",), gap=True),
    Row("quit", Menu.FILE, ("Ctrl+Q",), gap=True),
    Row("undo", Menu.EDIT, ("Ctrl+Z",), repeats=True),
    Row("redo", Menu.EDIT, ("Ctrl+Shift+Z", "Ctrl+Y"), repeats=True),
    Row("undo_history", Menu.EDIT),
    Row("find", Menu.EDIT, ("Ctrl+F",)),
    Row("copy", Menu.EDIT, ("Ctrl+C",), gap=True),
    Row("paste", Menu.EDIT, ("Ctrl+V",)),
    Row("copy_mask", Menu.EDIT, ("Ctrl+Shift+C",), gap=True),
    Row("paste_mask", Menu.EDIT, ("Ctrl+Shift+V",)),
    Row("paste_reference", Menu.EDIT),
    Row("select_all", Menu.SELECT, ("Ctrl+A",)),
    Row("clear_mask", Menu.SELECT, ("Ctrl+D",)),
    Row("invert_mask", Menu.SELECT, ("Ctrl+Shift+I",)),
    Row("mask_grow", Menu.SELECT, (), gap=True),
    Row("mask_shrink", Menu.SELECT),
    Row("mask_feather", Menu.SELECT),
    Row("mask_smooth", Menu.SELECT),
    Row("mask_fill_holes", Menu.SELECT),
    Row("mask_remove_specks", Menu.SELECT),
    Row("mask_colour_range", Menu.SELECT, (), gap=True),
    Row("mask_from_channel", Menu.SELECT),
    Row("mask_from_transparency", Menu.SELECT),
    Row("tool_brush", Menu.SELECT, ("B",), gap=True, checkable=True, group="tool"),
    Row("tool_eraser", Menu.SELECT, ("E",), checkable=True, group="tool"),
    Row("swap_tools", Menu.SELECT, ("X",)),
    Row("tool_rectangle", Menu.SELECT, ("M",), checkable=True, group="tool"),
    Row("tool_ellipse", Menu.SELECT, ("Shift+M",), checkable=True, group="tool"),
    Row("tool_lasso", Menu.SELECT, ("L",), checkable=True, group="tool"),
    Row("tool_wand", Menu.SELECT, ("W",), checkable=True, group="tool"),
    Row("tool_smart_select", Menu.SELECT, ("S",), checkable=True, group="tool"),
    Row("stroke_options", Menu.SELECT, (), gap=True),
    Row("brush_smaller", Menu.SELECT, ("[",), repeats=True),
    Row("brush_larger", Menu.SELECT, ("]",), repeats=True),
    Row("brush_softer", Menu.SELECT, ("Shift+[",), repeats=True),
    Row("brush_harder", Menu.SELECT, ("Shift+]",), repeats=True),
    Row("zoom_in", Menu.VIEW, ("Ctrl++", "Ctrl+="), repeats=True),
    Row("zoom_out", Menu.VIEW, ("Ctrl+-",), repeats=True),
    Row("fit", Menu.VIEW, ("Ctrl+0",)),
    Row("actual_pixels", Menu.VIEW, ("Ctrl+1",)),
    Row("tool_pan", Menu.VIEW, ("H",), gap=True, checkable=True, group="tool"),
    Row("tool_zoom", Menu.VIEW, ("Z",), checkable=True, group="tool"),
    Row("quick_mask", Menu.VIEW, ("Q",), gap=True, checkable=True),
    Row("look_overlay", Menu.VIEW, (), checkable=True, group="look"),
    Row("look_outline", Menu.VIEW, (), checkable=True, group="look"),
    Row("look_alone", Menu.VIEW, (), checkable=True, group="look"),
    Row("overlay_inverted", Menu.VIEW, (), checkable=True),
    Row("before", Menu.VIEW, (), gap=True, checkable=True),
    Row("heat_map", Menu.VIEW, ("Ctrl+Shift+D",), checkable=True),
    Row("panels", Menu.VIEW, ("Tab",), gap=True, checkable=True, only_canvas=True),
    Row("next_region", Menu.VIEW, ("F6",)),
    Row("tool_markup", Menu.IMAGE, (), checkable=True, group="tool"),
    Row("mode_replace", Menu.IMAGE, (), checkable=True, group="mode"),
    Row("mode_remove", Menu.IMAGE, (), checkable=True, group="mode"),
    Row("mode_extend", Menu.IMAGE, (), checkable=True, group="mode"),
    Row("mode_vary", Menu.IMAGE, (), checkable=True, group="mode"),
    Row("mode_new", Menu.IMAGE, (), checkable=True, group="mode"),
    Row("previous_candidate", Menu.IMAGE, ("Alt+Left",), gap=True),
    Row("next_candidate", Menu.IMAGE, ("Alt+Right",)),
    Row("edits", Menu.IMAGE, ("Ctrl+B",), gap=True, checkable=True),
    Row("layer_visible", Menu.IMAGE, ("Ctrl+Shift+H",)),
    Row("layer_up", Menu.IMAGE, ("Ctrl+]",)),
    Row("layer_down", Menu.IMAGE, ("Ctrl+[",)),
    Row("layer_reset", Menu.IMAGE),
    Row("tool_crop", Menu.IMAGE, ("C",), gap=True, checkable=True, group="tool"),
    Row("straighten", Menu.IMAGE),
    Row("rotate_left", Menu.IMAGE, ("Ctrl+Shift+R",)),
    Row("rotate_right", Menu.IMAGE, ("Ctrl+R",)),
    Row("rotate_180", Menu.IMAGE),
    Row("flip_horizontally", Menu.IMAGE),
    Row("flip_vertically", Menu.IMAGE),
    Row("to_prompt", Menu.ENGINE, ("Ctrl+L",)),
    Row("add_reference", Menu.ENGINE),
    Row("run", Menu.ENGINE, ("Ctrl+Return", "Ctrl+Enter")),
    Row("stop", Menu.ENGINE),
    Row("translate", Menu.ENGINE, (), gap=True),
    Row("glossary", Menu.ENGINE),
    Row("describe", Menu.ENGINE),
    Row("key", Menu.ENGINE, (), gap=True),
    Row("shortcuts", Menu.HELP, ("F1",)),
    Row("command_palette", Menu.HELP, ("Ctrl+Shift+P",)),
    Row("about", Menu.HELP, (), gap=True),
)

HELD: Final[tuple[tuple[str, str], ...]] = (
    ("before_held", "\\"),
    ("pan_held", "Space"),
    ("pan_arrows", "← → ↑ ↓"),
    ("erase_held", "Alt, E"),
    ("straight_line", "Shift"),
    ("step_out", "Esc"),
)
"""Keys that do something while they are held or with the pointer: (id behind `ui.held.`, what to show)."""


class Actions:
    """The built actions, by id, and their menus."""

    def __init__(self, window: QWidget, canvas: QWidget, words: Words, run: Mapping[str, Callable[[], object]]) -> None:
        """`run` holds what each row does; a row without an entry, or the other way round, is a KeyError."""
        if missing := {row.id for row in TABLE} ^ set(run):
            raise KeyError(f"actions without a counterpart: {sorted(missing)}")
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        for row in TABLE:
            self._actions[row.id] = self._build(row, window, canvas, words, run[row.id])

    def _build(self, row: Row, window: QWidget, canvas: QWidget, words: Words, do: Callable[[], object]) -> QAction:
        action = QAction(words(f"ui.action.{row.id}"), window)
        action.setObjectName(row.id)
        action.setCheckable(row.checkable)
        action.setAutoRepeat(row.repeats)
        if sys.platform == "darwin":
            action.setMenuRole(QAction.MenuRole.NoRole)  # or macOS moves some to the program's own menu
        if row.keys:
            action.setShortcuts([QKeySequence(keys) for keys in row.keys])
        if row.only_canvas:
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            canvas.addAction(action)
        else:
            window.addAction(action)
        if row.group:
            group = self._groups.setdefault(row.group, QActionGroup(window))
            group.addAction(action)
        action.triggered.connect(lambda _checked=False: do())
        return action

    def tip(self, action_id: str) -> str:
        """For the buttons that mirror an action: its text and its first key."""
        keys = next(row.keys for row in TABLE if row.id == action_id)
        return "  ".join([self._actions[action_id].text(), *keys[:1]])

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def all(self) -> list[QAction]:
        return list(self._actions.values())

    def add_menus(self, bar: QMenuBar, words: Words) -> dict[Menu, QMenu]:
        """The menus of the table, in the bar, still empty."""
        menus = {}
        for which in Menu:
            menu = bar.addMenu(words(f"ui.menu.{which}"))
            menu.setObjectName(f"menu_{which}")
            menus[which] = menu
        return menus

    def fill(self, menus: dict[Menu, QMenu]) -> None:
        """Put the actions into their menus; nobody opens one before the first paint."""
        for row in TABLE:
            if row.gap:
                menus[row.menu].addSeparator()
            menus[row.menu].addAction(self._actions[row.id])
