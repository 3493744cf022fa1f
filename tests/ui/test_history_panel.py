"""The history panel: restoring, searching, filtering, organising, the trash."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QItemSelectionModel, Qt
from PySide6.QtGui import QAction, QGuiApplication, QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from dalle_studio.core.geometry import Rect
from dalle_studio.core.look import Colour, Look
from dalle_studio.core.marks import Label, Marks
from dalle_studio.core.records import Operation
from dalle_studio.session.history_filter import Filter
from dalle_studio.session.history_model import Role
from dalle_studio.session.history_rows import Grouping
from dalle_studio.session.wanted_export import Wanted
from dalle_studio.ui import questions
from dalle_studio.ui.export_dialog import ExportDialog
from dalle_studio.ui.history_filter import FilterMenu
from dalle_studio.ui.history_menu import HistoryMenu
from dalle_studio.ui.history_panel import HistoryPanel
from dalle_studio.ui.mark_dialog import MarkDialog
from dalle_studio.ui.window import MainWindow
from tests.fakes.records import arranged, edit, listed, original
from tests.ui.fake_editor import FakeEditor, FakeTrash

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.fixture
def with_history(window: MainWindow, editor: FakeEditor) -> MainWindow:
    editor.rows = arranged([original("O1")], [edit("e1", 1, prompt="sky"), edit("e2", 2, prompt="a boat")])
    editor.current_edit, editor.original_id = "e2", "O1"
    editor.library_changed.emit()
    return window


def test_a_click_restores(with_history: MainWindow, editor: FakeEditor, qtbot: QtBot) -> None:
    view = with_history.history_panel.list
    at = view.visualRect(with_history.history_panel.model.index(2)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert ("restore", "e1") in editor.calls


def test_the_keyboard_restores(with_history: MainWindow, editor: FakeEditor, qtbot: QtBot) -> None:
    view = with_history.history_panel.list
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.currentIndex().row() == 2
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.currentIndex().row() == 0
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert ("restore", "e1") in editor.calls


def test_the_edit_on_the_canvas_is_marked(with_history: MainWindow, editor: FakeEditor) -> None:
    model = with_history.history_panel.model
    assert model.index(1).data(Role.CURRENT) is True
    editor.current_edit = None
    editor.pixels_changed.emit(Rect(0, 0, 1, 1))
    assert model.index(0).data(Role.CURRENT) is True


def test_searching_narrows_and_says_when_nothing_is_found(with_history: MainWindow, qtbot: QtBot) -> None:
    panel = with_history.history_panel
    QTest.keyClicks(panel.search, "boat")
    assert panel.model.rowCount() == 2
    QTest.keyClicks(panel.search, " and more")
    assert panel.model.rowCount() == 0
    assert panel._nothing.text() == "Nothing found"


def test_an_edit_goes_to_the_trash_and_comes_back(with_history: MainWindow, qtbot: QtBot) -> None:
    panel = with_history.history_panel
    panel.delete(panel.model.rows_of(["e1"]))
    qtbot.waitUntil(with_history.notice.isVisible)
    back = with_history.notice.findChild(QAbstractButton, "offerBack")
    assert back is not None
    back.click()
    trash = cast("FakeTrash", with_history.house.library)
    qtbot.waitUntil(lambda: trash.calls == [("delete", "e1"), ("restore", "e1")])


def test_several_go_to_the_trash_together(with_history: MainWindow, editor: FakeEditor, qtbot: QtBot) -> None:
    view = with_history.history_panel.list
    editor.current_edit = None
    editor.pixels_changed.emit(Rect(0, 0, 1, 1))
    view.setFocus()
    view.selectAll()
    QTest.keyClick(view, Qt.Key.Key_Delete)
    qtbot.waitUntil(with_history.notice.isVisible)
    trash = cast("FakeTrash", with_history.house.library)
    assert trash.calls == [("delete", "e2"), ("delete", "e1")], "the photo is open"


def test_a_row_goes_to_the_trash_with_all_settings_it_stands_for_and_a_photo_with_its_edits(
    window: MainWindow, editor: FakeEditor, qtbot: QtBot
) -> None:
    panel = window.history_panel
    blends = [
        edit("b1", 2, parent="e1", operation=Operation.BLEND),
        edit("b2", 3, parent="b1", operation=Operation.BLEND),
    ]
    editor.rows = arranged([original("O1"), original("O2")], [edit("e1", 1), *blends])
    editor.library_changed.emit()
    trash = cast("FakeTrash", window.house.library)
    panel.delete(panel.model.rows_of(["b2"]))
    qtbot.waitUntil(lambda: trash.calls == [("delete", "b1"), ("delete", "b2")])
    act(menu_of(panel, panel.model.row_of("O2")), "deleteEdit").trigger()
    qtbot.waitUntil(lambda: trash.calls[2:] == [("delete", "O2")])


def test_what_is_open_stays_and_that_is_said(with_history: MainWindow) -> None:
    panel = with_history.history_panel
    panel.list.choose(panel.model.index(1))
    assert "deleteEdit" not in [action.objectName() for action in HistoryMenu(panel, panel.selected()).actions()]
    panel.list.setFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    assert with_history.notice.text == "What is open can't go to the trash."
    assert cast("FakeTrash", with_history.house.library).calls == []


def test_keys_mark_what_is_selected(with_history: MainWindow, editor: FakeEditor) -> None:
    panel = with_history.history_panel
    panel.list.setFocus()
    panel.list.choose(panel.model.index(2))
    for key in (Qt.Key.Key_4, Qt.Key.Key_F):
        editor.calls.clear()
        QTest.keyClick(panel.list, key)
        ((called, keys, change),) = editor.calls
        assert (called, keys) == ("mark", ["e1"])
        assert change(Marks()) == (Marks(rating=4) if key == Qt.Key.Key_4 else Marks(favourite=True))
    assert panel.model.index(2).data(Role.KEY) == "e1", "no shortcut of the window was meant"


def test_a_row_that_changes_stays_the_one_that_keys_work_on(with_history: MainWindow, editor: FakeEditor) -> None:
    panel = with_history.history_panel
    panel.list.setFocus()
    panel.list.choose(panel.model.index(2))
    editor.rows = arranged(
        [original("O1")], [edit("e1", 1, prompt="sky"), edit("e2", 2)], {"e1": Marks(rating=4), "O1": Marks(note="x")}
    )
    editor.library_changed.emit()
    assert [row.key for row in panel.selected()] == ["e1"]
    assert panel.list.currentIndex().data(Role.KEY) == "e1"
    editor.rows = arranged([original("O1")], [edit("e2", 2)])  # another window has deleted it
    editor.library_changed.emit()
    assert len(panel.selected()) == 1
    assert panel.list.currentIndex().data(Role.KEY) == panel.selected()[0].key


def test_ctrl_a_in_the_list_selects_all_versions_and_is_no_shortcut_for_the_mask(with_history: MainWindow) -> None:
    panel = with_history.history_panel
    panel.list.setFocus()
    asked = QKeyEvent(QEvent.Type.ShortcutOverride, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier, "\x01")
    asked.ignore()
    QCoreApplication.sendEvent(panel.list, asked)
    assert asked.isAccepted(), "or else the window would paint the whole photo"
    QTest.keyClick(panel.list, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert [row.key for row in panel.selected()] == ["O1", "e2", "e1"]


@pytest.mark.parametrize("key", [Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Tab])
def test_from_the_search_field_keys_lead_to_what_was_found(
    with_history: MainWindow, editor: FakeEditor, key: Qt.Key
) -> None:
    panel = with_history.history_panel
    editor.current_edit = None
    with_history.actions_by_id["find"].trigger()
    QTest.keyClicks(panel.search, "sky")
    for _ in range(2 if key is Qt.Key.Key_Tab else 1):  # the funnel is between them
        QTest.keyClick(with_history.focusWidget(), key)
    assert panel.list.hasFocus()
    assert [row.key for row in panel.selected()] == [panel.list.currentIndex().data(Role.KEY)]
    QTest.keyClick(panel.list, Qt.Key.Key_End)
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert ("restore", "e1") in editor.calls


def test_a_click_with_control_selects_and_restores_nothing(with_history: MainWindow, editor: FakeEditor) -> None:
    view = with_history.history_panel.list
    editor.calls.clear()
    for row in (1, 2):
        at = view.visualRect(with_history.history_panel.model.index(row)).center()
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, at)
    assert not [call for call in editor.calls if call[0] == "restore"]


def menu_of(panel: HistoryPanel, row: int) -> HistoryMenu:
    panel.list.choose(panel.model.index(row))
    return HistoryMenu(panel, panel.selected())


def act(menu: HistoryMenu, which: str) -> QAction:
    return next(action for action in menu.actions() if action.objectName() == which)


def test_the_menu_marks_copies_and_uses_an_edit_again(with_history: MainWindow, editor: FakeEditor) -> None:
    panel = with_history.history_panel
    menu = menu_of(panel, 2)
    actions = {action.objectName(): action for action in menu.findChildren(QAction) if action.objectName()}
    actions["label_green"].trigger()
    assert editor.calls[-1][2](Marks()) == Marks(label=Label.GREEN)
    actions["copyPrompt"].trigger()
    assert QGuiApplication.clipboard().text() == "sky"
    actions["useSettings"].trigger()
    assert editor.calls[-1] == ("use_again", "e1")
    assert not actions["revealFile"].isEnabled(), "it was never saved"
    actions["restoreVersion"].trigger()
    assert editor.calls[-1] == ("restore", "e1")


def test_the_menu_of_several_copies_all_words_and_takes_all_along(
    window: MainWindow, editor: FakeEditor, tmp_path: Path
) -> None:
    saved = replace(edit("e2", 2, prompt="a boat"), outputs=(tmp_path / "a.png",))
    photo = replace(original("O1"), path=tmp_path / "photo.jpg")
    editor.rows = arranged([photo], [edit("e1", 1, prompt="sky"), saved, edit("e3", 3, prompt="sky")])
    editor.library_changed.emit()
    panel = window.history_panel
    panel.list.selectAll()
    menu = HistoryMenu(panel, panel.selected())
    act(menu, "copyPrompt").trigger()
    assert QGuiApplication.clipboard().text() == "sky\na boat"
    act(menu, "useAsReference").trigger()
    assert [call[:2] for call in editor.calls[-4:]] == [("use_as_reference", key) for key in ("O1", "e3", "e2", "e1")]
    said: list[str] = []
    editor.message.connect(lambda _kind, text, _hint: said.append(text))
    act(menu, "revealFile").trigger()
    assert editor.calls[-1] == ("find_files", ("e2",), (tmp_path / "photo.jpg",))
    assert said == ["The file is no longer there."]
    assert not {"usePrompt", "useSettings"} & {action.objectName() for action in menu.actions()}


def test_the_funnel_narrows_and_groups(with_history: MainWindow, editor: FakeEditor) -> None:
    panel = with_history.history_panel
    menu = FilterMenu(
        panel, panel.words, panel.model.filter, Grouping.PHOTO, panel.model.everything, panel.narrow, panel.group
    )
    actions = {action.objectName(): action for action in menu.findChildren(QAction) if action.objectName()}
    actions["filterFavourites"].trigger()
    assert panel.model.rowCount() == 0
    assert panel.funnel.isChecked()
    actions["filterClear"].trigger()
    panel.narrow(Filter())
    assert panel.model.rowCount() == 3
    assert not panel.funnel.isChecked()
    actions["group_day"].trigger()
    assert editor.calls[-1] == ("load_history", Grouping.DAY)


def test_a_note_and_tags_are_asked_for(with_history: MainWindow) -> None:
    panel = with_history.history_panel
    old = Marks(name="old", tags=("sky",), note="dark")
    one = MarkDialog(panel, panel.words, [old], [old])
    one.name_field.setText("  a   cover ")
    one.tags.setText("sky, spring")
    assert one.change()(old) == Marks(name="a cover", tags=("sky", "spring"), note="dark")
    several = MarkDialog(panel, panel.words, [old, Marks()], [old])
    several.projects.setText("book")
    assert several.change()(old) == Marks(name="old", tags=("sky",), projects=("book",), note="dark")


def test_rows_are_fifty_pixels_high(with_history: MainWindow) -> None:
    view = with_history.history_panel.list
    assert view.visualRect(with_history.history_panel.model.index(0)).height() == 50


def test_the_export_dialog_says_what_is_wanted(with_history: MainWindow, tmp_path: Path) -> None:
    panel = with_history.history_panel
    dialog = ExportDialog(panel, with_history.theme, panel.words, ("e1", "e2"), tmp_path)
    assert dialog.wanted() == Wanted(("e1", "e2"), tmp_path)
    dialog.template.setText("{date} {prompt}")
    dialog.format.setCurrentIndex(dialog.format.findData(".webp"))
    dialog.longest.setValue(2048)
    dialog.metadata.setChecked(False)
    assert dialog.wanted() == Wanted(("e1", "e2"), tmp_path, "{date} {prompt}", ".webp", 2048, metadata=False)
    dialog.deleteLater()


def test_the_trash_is_emptied_only_when_the_user_says_so(
    with_history: MainWindow, editor: FakeEditor, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    editor.message.connect(lambda _kind, text, _hint: said.append(text))
    empty = with_history.actions_by_id["empty_trash"]
    empty.trigger()
    qtbot.waitUntil(lambda: said == ["The trash is empty."])
    panel = with_history.history_panel
    panel.delete(panel.model.rows_of(["e1"]))
    trash = cast("FakeTrash", with_history.house.library)
    qtbot.waitUntil(lambda: trash.calls == [("delete", "e1")])
    qtbot.waitUntil(lambda: with_history.notice.offers("offerBack"))

    editor.original_id = "O1"  # the photo on the canvas
    answers, asked = [True, False], []

    def ask(_parent: object, _title: str, which: str, texts: tuple[str, ...]) -> bool:
        asked.append((which, texts[0]))
        return answers.pop()

    monkeypatch.setattr(questions, "ask_so", ask)
    for left in ([("delete", "e1")], []):
        empty.trigger()
        qtbot.waitUntil(lambda: editor.worker.is_idle)
        assert trash.calls == left
        assert with_history.notice.offers("offerBack") is bool(left), "nothing can be brought back any more"
    assert asked == [("emptyTrash", "Delete what lies in the trash for good? Entries: 1")] * 2
    assert said[-1] == "Deleted for good: 1."
    assert trash.spared == "O1"


def test_what_lies_in_the_trash_is_shown_and_put_back(
    with_history: MainWindow, editor: FakeEditor, qtbot: QtBot
) -> None:
    panel = with_history.history_panel
    trash = cast("FakeTrash", with_history.house.library)
    trash.put_away = [listed(edit("e9", 9, prompt="a kite")), listed(edit("e8", 8, prompt="fog"))]
    with_history.actions_by_id["trash"].trigger()
    qtbot.waitUntil(lambda: panel.model.rowCount() == 2)
    assert panel.trash_bar.isVisible()
    panel.list.choose(panel.model.index(0))
    panel.restore("e9")
    assert ("restore", "e9") not in editor.calls, "what lies in the trash is not edited"
    menu = HistoryMenu(panel, panel.selected())
    offered = [action.objectName() for action in menu.actions() if action.text()]
    assert offered == [
        "putBack",
        "copyPrompt",
        "emptyTrash",
    ]
    panel.list.setFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: trash.calls == [("restore", "e9")])
    editor.library_changed.emit()
    qtbot.waitUntil(lambda: editor.worker.is_idle)
    assert panel.shows_trash
    leave = panel.trash_bar.findChild(QAbstractButton, "trashLeave")
    assert leave is not None
    leave.click()
    assert [row.key for row in panel.model.everything] == ["O1", "e2", "e1"]
    assert not panel.shows_trash


def test_similar_pictures_are_shown_as_soon_as_their_look_is_known(
    with_history: MainWindow, editor: FakeEditor
) -> None:
    panel = with_history.history_panel
    looks: dict[str, Look | None] = {"thumbnail of e1": Look(0b1), "thumbnail of e2": Look(0b11)}
    looks |= {"thumbnail of O1": Look(2**50 - 1)}
    edits = [edit("e1", 1, prompt="sky"), edit("e2", 2, prompt="a boat"), edit("e3", 3)]
    panel.find_similar("e1")
    assert panel.model.filter.is_open, "nobody has looked yet"
    editor.rows = arranged([original("O1")], edits, looks=looks)
    editor.library_changed.emit()
    assert [panel.model.index(at).data(Role.KEY) for at in range(panel.model.rowCount())] == ["O1", "e2", "e1"]
    assert panel.funnel.isChecked()
    panel.list.choose(panel.model.index(1))
    act(HistoryMenu(panel, panel.selected()), "showEverything").trigger()
    assert panel.model.rowCount() == 4


def test_what_is_selected_stays_so_when_the_rows_are_put_together_anew(window: MainWindow, editor: FakeEditor) -> None:
    panel, flags = window.history_panel, QItemSelectionModel.SelectionFlag
    edits = [edit(f"e{number}", number, of=f"O{number % 2}") for number in range(8)]
    photos = [original("O0"), original("O1")]
    editor.rows = arranged(photos, edits)
    editor.library_changed.emit()
    wanted = ["e7", "e6", "e4", "e1"]
    for key in wanted:
        panel.list.selectionModel().select(panel.model.index(panel.model.row_of(key)), flags.Select | flags.Rows)
    editor.rows = arranged(photos, edits, grouping=Grouping.DAY)
    panel.group(Grouping.DAY)
    assert [row.key for row in panel.selected()] == wanted
    panel.list.selectAll()
    editor.rows = arranged(photos, edits)
    panel.group(Grouping.PHOTO)
    assert {row.key for row in panel.selected()} >= {one.edit_id for one in edits}


def test_looking_through_the_pictures_is_told_and_ended(with_history: MainWindow, editor: FakeEditor) -> None:
    panel = with_history.history_panel

    def looks() -> bool:
        return editor.is_looking

    panel.narrow(Filter(colour=Colour.RED))
    assert looks()
    bar = panel.findChild(QWidget, "lookingBar")
    assert bar is not None
    assert bar.isHidden(), "a few pictures are looked at in no time"
    editor.looking_changed.emit(0.3)
    assert bar.isVisible()
    assert "30" in bar.findChildren(QLabel)[0].text()
    stop = bar.findChild(QAbstractButton, "lookingStop")
    assert stop is not None
    stop.click()
    assert not looks()
    editor.looking_changed.emit(None)
    assert bar.isHidden()
    editor.is_looking = True
    with_history.canvas.setFocus()
    QTest.keyClick(with_history.canvas, Qt.Key.Key_Escape)
    assert not looks()


def test_a_version_becomes_a_reference(with_history: MainWindow, editor: FakeEditor) -> None:
    panel = with_history.history_panel
    panel.list.choose(panel.model.index(1))
    act(HistoryMenu(panel, panel.selected()), "useAsReference").trigger()
    assert editor.calls[-1] == ("use_as_reference", "e2", "a boat")


def test_ctrl_f_goes_to_the_search_field(with_history: MainWindow) -> None:
    panel = with_history.history_panel
    panel.search.setText("boat")
    QTest.keyClick(with_history, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert panel.search.hasFocus()
    assert panel.search.selectedText() == "boat"


def test_the_search_follows_what_an_input_method_is_composing(with_history: MainWindow, editor: FakeEditor) -> None:
    panel = with_history.history_panel
    editor.rows = arranged([original("O1")], [edit("e1", 1, prompt="빨간 돛단배"), edit("e2", 2, prompt="하늘")])
    editor.library_changed.emit()

    def shown() -> list[str]:
        return [panel.model.index(at).data(Role.KEY) for at in range(panel.model.rowCount())]

    panel.search.setFocus()
    for composed in ("ㄷ", "도", "돛"):
        QCoreApplication.sendEvent(panel.search, QInputMethodEvent(composed, []))
        assert shown() == ["O1", "e1"]
    done = QInputMethodEvent("ㅌ", [])
    done.setCommitString("돛")
    QCoreApplication.sendEvent(panel.search, done)
    assert shown() == []
    QCoreApplication.sendEvent(panel.search, QInputMethodEvent("", []))
    assert (panel.search.text(), shown()) == ("돛", ["O1", "e1"])
