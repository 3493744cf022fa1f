"""The main window: regions put together and wired to the editor and the canvas. GUI thread.

* menu, 30 pixels high
* tool options, 40
* tool strip, 48 wide; canvas; right side, 348 wide: prompt, what will be sent, run, history
* status, 26
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from dalle_studio.core.geometry import Size
from dalle_studio.core.words import Words
from dalle_studio.ui import icons, window_place
from dalle_studio.ui.actions import Actions, Menu
from dalle_studio.ui.canvas_drop import DropZones
from dalle_studio.ui.commands import Commands
from dalle_studio.ui.controls import line, role
from dalle_studio.ui.engine_menu import EngineMenu
from dalle_studio.ui.fields import TextField
from dalle_studio.ui.history_panel import HistoryPanel
from dalle_studio.ui.leaving import Leaving
from dalle_studio.ui.lower_side import LowerSide
from dalle_studio.ui.news import News
from dalle_studio.ui.notices import NoticeStrip
from dalle_studio.ui.prompt_panel import MODE_OF, PromptPanel
from dalle_studio.ui.run_panel import RunPanel
from dalle_studio.ui.sent_panel import SentPanel
from dalle_studio.ui.status import StatusBar, percent
from dalle_studio.ui.theme import Theme
from dalle_studio.ui.tool_options import ToolOptions
from dalle_studio.ui.tool_strip import ToolStrip
from dalle_studio.ui.upper_side import UpperSide
from dalle_studio.ui.workspace import Workspace

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent

    from dalle_studio.core.picture import Pixels
    from dalle_studio.session.editor import Editor
    from dalle_studio.session.proofs import Sight
    from dalle_studio.ui.canvas import Canvas
    from dalle_studio.ui.window_house import WindowHouse

SIDE_WIDTH: Final = 348
_LOW: Final = 880
_LOW_WITH_DETAILS: Final = _LOW + 240  # pixels that the unfolded details take
_BACKSLASH: Final = "\\₩"


class MainWindow(QMainWindow):
    """Built before the library and the engines are there; they announce themselves through the editor's signals."""

    closed = Signal()
    """The user wants to leave and nothing stands against it."""

    def __init__(self, editor: Editor, canvas: Canvas, theme: Theme, house: WindowHouse) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.editor = editor
        self.canvas = canvas
        self.theme = theme
        self.house = house
        self.words: Words = editor.words
        self.last_place: str | None = None
        """Where the window was when it was closed, for the settings."""
        self.setAccessibleName(self.words("ui.program"))
        self.setMinimumSize(960, 640)
        window_place.put(self, house.settings.window_geometry)

        self.commands = Commands(self)
        self.news = News(self)
        self.drops = DropZones(self, self.words, theme, lambda: editor.has_document)
        self.actions_by_id = Actions(self, canvas, self.words, self.commands.table())
        self._build()
        self.leaving = Leaving(self)
        self._wire()
        self.show_document()

    # --- building ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words, theme, editor, actions = self.words, self.theme, self.editor, self.actions_by_id
        bar = self.menuBar()
        bar.setNativeMenuBar(False)
        bar.setFixedHeight(30)
        self._menus = actions.add_menus(bar, words)

        self.tool_options = ToolOptions(theme, words, actions)
        self.tool_strip = ToolStrip(theme, actions)
        self.workspace = Workspace(theme, words, self.canvas)
        self.prompt_panel = PromptPanel(theme, words, editor)
        self.sent_panel = SentPanel(theme, words, editor)
        self.run_panel = RunPanel(theme, words, editor)
        self.history_panel = HistoryPanel(theme, words, editor, self.house)
        self.lower_side = LowerSide(theme, words, editor, self.history_panel, self._sight)
        self.side = self._side()
        self.status = StatusBar(words)
        self.setStatusBar(self.status)

        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.tool_strip)
        middle.addWidget(self.workspace, 1)
        middle.addWidget(self.side)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._column = column
        self._bar: QWidget | None = None  # in place of the tool options
        column.addWidget(self.tool_options)
        column.addLayout(middle, 1)
        self.setCentralWidget(centre)
        order = (self.canvas, self.prompt_panel.prompt, self.history_panel.search, self.tool_options.brush_size)
        self.regions: tuple[QWidget, ...] = order
        self.canvas.setFocus()

    def _side(self) -> QWidget:
        side = QWidget()
        role(side, "side")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        side.setFixedWidth(SIDE_WIDTH)
        column = QVBoxLayout(side)
        column.setContentsMargins(1, 0, 0, 0)
        column.setSpacing(0)
        upper = UpperSide(self.words("ui.sent"), (self.prompt_panel, line(), self.sent_panel))
        for part in (upper, self.run_panel, line()):
            column.addWidget(part)
        column.addWidget(self.lower_side, 1)
        return side

    # --- wiring ------------------------------------------------------------------------------------------------

    def _wire(self) -> None:
        editor, canvas = self.editor, self.canvas
        self.prompt_panel.mode_chosen.connect(self.commands.choose_mode)
        self.prompt_panel.reference_wanted.connect(self.commands.add_reference)
        self.prompt_panel.prompt.picture_pasted.connect(self.commands.paste_reference)
        self.run_panel.run.connect(self.commands.run)
        self.run_panel.let_go.connect(canvas.setFocus)
        self.lower_side.tab_changed.connect(self._make_room)
        self.lower_side.let_go.connect(canvas.setFocus)
        self.notice.let_go.connect(canvas.setFocus)
        editor.stack_changed.connect(self.show_candidates)
        self.run_panel.compared.connect(canvas.set_before_shown)
        self.tool_options.brush_chosen.connect(self._choose_brush)
        self.tool_options.let_go.connect(canvas.setFocus)
        self.tool_strip.let_go.connect(canvas.setFocus)
        canvas.brush_changed.connect(self.show_brush)
        editor.choices_changed.connect(self.show_brush)  # the brush that was kept comes with the settings
        canvas.tool_changed.connect(self.show_tool)
        canvas.zoom_changed.connect(self.show_title)
        canvas.zoom_changed.connect(lambda _: editor.note_sight())
        editor.ask_sight = self._place_of_photo
        editor.sight_back.connect(self._put_photo_back)
        canvas.pointer_moved.connect(self._follow_pointer)
        for signal in (editor.document_changed, editor.mask_changed, editor.undo_changed, editor.pixels_changed):
            signal.connect(self.show_document)
        for signal in (editor.waiting_changed, editor.selecting_changed, canvas.crop_changed):
            signal.connect(self.show_undo)
        for signal in (editor.request_changed, editor.choices_changed, editor.busy_changed):
            signal.connect(self.show_request)
        for signal in (editor.title_changed, editor.loading_changed):
            signal.connect(self.show_title)
        editor.opening_previewed.connect(self._show_first_sight)
        editor.sent_today_changed.connect(self.show_sent)
        self.drops.file_dropped.connect(self.commands.take_drop)
        self.news.wire()
        self.commands.mask.wire()
        self.commands.edits.wire()
        self.commands.frame.wire()
        self.commands.markup.wire()
        self.commands.mask.recall_look()
        self.actions_by_id["quick_mask"].setChecked(canvas.overlay_visible)
        self.actions_by_id["panels"].setChecked(True)
        self.show_brush()
        self.show_tool()
        self.show_request()
        self.show_sent()

    # --- showing -----------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """What the first paint can do without."""
        self.tool_options.finish()
        self.actions_by_id.fill(self._menus)
        self.engine_menu = EngineMenu(
            self._menus[Menu.ENGINE], self.actions_by_id["to_prompt"], self.words, self.editor
        )
        self.setWindowIcon(icons.application_icon())
        self.history_panel.search.setClearButtonEnabled(True)

    def show_document(self) -> None:
        """Everything that depends on the photo, its mask and its undo list."""
        editor, actions = self.editor, self.actions_by_id
        open_now = editor.has_document
        mask = editor.mask
        self.status.show_share(None if mask is None else mask.coverage)
        self.status.show_step(editor.undo.position, len(editor.undo.names))
        for action_id in (
            *(
                "save",
                "save_as",
                "import_mask",
                "export_mask",
                "export_layers",
                "copy",
                "copy_mask",
                "paste_mask",
                "select_all",
            ),
            *("clear_mask", "invert_mask", "fit", "actual_pixels", "zoom_in", "zoom_out"),
            *("mask_colour_range", "mask_from_channel", "undo_history", "describe", "tool_markup"),
        ):
            actions[action_id].setEnabled(open_now)
        masked = mask is not None and not mask.is_empty
        for action_id in (
            *("mask_grow", "mask_shrink", "mask_feather", "mask_smooth", "mask_fill_holes", "mask_remove_specks"),
        ):
            actions[action_id].setEnabled(masked)
        actions["mask_from_transparency"].setEnabled(editor.picture is not None and editor.picture.has_alpha)
        self.commands.frame.show_document()
        self.show_undo()
        actions["before"].setEnabled(editor.before is not None)
        self.show_candidates()
        self.workspace.show_badge(editor.identical is True)
        self.show_title()

    def show_candidates(self) -> None:
        """Whether there are several to go through."""
        for action_id in ("previous_candidate", "next_candidate"):
            self.actions_by_id[action_id].setEnabled(len(self.editor.candidates) > 1)
        self.run_panel.refresh()

    def show_undo(self) -> None:
        """Whether there is something to undo and to redo: of the frame while one is being set."""
        crop = self.canvas.crop
        self.actions_by_id["undo"].setEnabled(crop is not None or self.editor.can_undo)
        self.actions_by_id["redo"].setEnabled(self.editor.can_redo if crop is None else crop.can_step_forward)

    def show_title(self) -> None:
        editor = self.editor
        size = editor.size
        if not editor.has_document or size is None:
            self.workspace.show_title("")
            self.status.show_zoom(None)
            self.setWindowTitle(self.words("ui.program"))
            return
        zoom = self.canvas.zoom / 100
        self.status.show_zoom(zoom)
        self.workspace.show_title(f"{editor.title} · {size.width} × {size.height} · {percent(zoom)}")
        self.setWindowTitle(f"{editor.title} – {self.words('ui.program')}")

    def _place_of_photo(self) -> tuple[float, float, float] | None:
        canvas = self.canvas
        if canvas.is_fitted:
            return None
        return canvas.zoom, *canvas.widget_to_photo(QPointF(canvas.width() / 2, canvas.height() / 2))

    def _put_photo_back(self, sight: tuple[float, float, float]) -> None:
        zoom, x, y = sight
        self.canvas.zoom_to(zoom)
        at = self.canvas.photo_to_widget(x, y)
        self.canvas.pan_by(self.canvas.width() / 2 - at.x(), self.canvas.height() / 2 - at.y())

    def _follow_pointer(self, at: tuple[int, int] | None) -> None:
        view = self.editor.view
        self.status.show_position(at, () if at is None or view is None else view.picture.colour(*at))

    def show_request(self) -> None:
        editor, actions = self.editor, self.actions_by_id
        actions[f"mode_{MODE_OF[str(editor.mode)]}"].setChecked(True)
        self.commands.frame.show_document()
        actions["stop"].setEnabled(editor.is_busy)
        actions["run"].setEnabled(not editor.is_busy)
        actions["translate"].setEnabled(editor.can_translate)

    def show_brush(self) -> None:
        self.tool_options.show_brush(self.editor.brush.radius, self.editor.brush.hardness)

    def show_tool(self) -> None:
        action = self.actions_by_id[f"tool_{self.canvas.tool}"]
        action.setChecked(True)
        self.tool_options.show_tool(self.canvas.tool, action.text())
        if self.words.has(f"tools.{self.canvas.tool}.hint"):
            self.status.show_message(self.words(f"tools.{self.canvas.tool}.hint"))

    def show_sent(self) -> None:
        self.status.show_sent(self.editor.sent_today)
        self.status.show_spending(self.editor.spending)

    def _sight(self) -> Sight:
        from dalle_studio.session.proofs import Sight

        return Sight(self.canvas.zoom / 100, self.canvas.sight)

    def put_bar(self, bar: QWidget | None) -> None:
        """In place of the tool options; None = these again."""
        self._bar = bar
        if bar is not None:
            self._column.insertWidget(0, bar)
        self.show_tool_options()

    def show_tool_options(self) -> None:
        """They are one of the panels, and away while there is a bar in their place."""
        self.tool_options.setHidden(self._bar is not None or self.side.isHidden())

    def _choose_brush(self, radius: float, hardness: float) -> None:
        self.editor.set_brush(radius, hardness)
        self.canvas.show_brush()

    @property
    def notice(self) -> NoticeStrip:
        return self.workspace.notice

    def _show_first_sight(self, pixels: Pixels) -> None:
        """A small version of the photo that is still being decoded."""
        height, width = pixels.shape[:2]
        self.canvas.set_preview(pixels, Size(width, height))
        self.workspace.show_title("")  # the name and the zoom are those of the photo that is still open
        self.status.show_zoom(None)

    # --- keys --------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not event.isAutoRepeat():
            self.commands.step_out()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.commands.apply_bar():
            event.accept()
        elif _is_backslash(event):
            if not event.isAutoRepeat():
                self.canvas.set_before_shown(True)
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if _is_backslash(event):
            if not event.isAutoRepeat():
                self.canvas.set_before_shown(False)
        else:
            super().keyReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.canvas.set_before_shown(self.actions_by_id["before"].isChecked())
        super().changeEvent(event)

    def text_with_focus(self) -> TextField | None:
        """The text field being typed in, if any."""
        focus = QApplication.focusWidget()
        return focus if isinstance(focus, TextField) else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for panel in (self.prompt_panel, self.sent_panel, self.run_panel):
            panel.set_compact(self.height() < _LOW)
        self._make_room()

    def _make_room(self) -> None:
        """On a low screen what would be sent gives way to the edits: blending them anew sends nothing."""
        low = _LOW_WITH_DETAILS if self.sent_panel.unfold.isChecked() else _LOW
        self.sent_panel.setHidden(self.height() < low and self.lower_side.shows_edits)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.leaving.may_close():
            if self.isVisible():
                self.last_place = window_place.describe(self)
            event.accept()
            self.closed.emit()
        else:
            event.ignore()


def _is_backslash(event: QKeyEvent) -> bool:
    plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
    return plain and (event.key() == Qt.Key.Key_Backslash or (event.text() != "" and event.text() in _BACKSLASH))
