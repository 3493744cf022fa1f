"""Two versions laid against each other: what is painted where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

from dalle_studio.core.words import Words
from dalle_studio.session.comparing import Comparison, difference
from dalle_studio.session.document_view import PictureLevels
from dalle_studio.ui.compare_dialog import CompareDialog
from dalle_studio.ui.compare_pane import CompareMode
from dalle_studio.ui.theme import Theme
from dalle_studio.ui.window import MainWindow
from tests.fakes.records import arranged, edit, original
from tests.ui.fake_editor import FakeEditor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QColor
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

RED, BLUE = (200, 0, 0), (0, 0, 200)


def flat(
    colour: tuple[int, int, int], width: int = 400, height: int = 200
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((height, width, 3), colour, np.uint8)


def comparison(same_size: bool = True) -> Comparison:
    first, second = flat(RED), flat(BLUE) if same_size else flat(BLUE, 300)
    if not same_size:
        return Comparison(PictureLevels(first), PictureLevels(second), None, None)
    shown, changed = difference(first, second)
    return Comparison(PictureLevels(first), PictureLevels(second), PictureLevels(shown), changed)


@pytest.fixture
def dialog(window: MainWindow, qapp: QApplication, qtbot: QtBot) -> Iterator[CompareDialog]:
    made = CompareDialog(window, Theme(qapp, "dark", "en"), Words("en"), ("photo.jpg", "a boat"))
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    qtbot.waitExposed(made)
    made.show_comparison(comparison())
    yield made
    made.close()


def colour(dialog: CompareDialog, x: float, y: float = 0.5) -> QColor:
    """At a share of the pane's width and height."""
    pane = dialog.pane
    image = pane.grab().toImage()
    return image.pixelColor(int(x * (image.width() - 1)), int(y * (image.height() - 1)))


def test_the_slider_parts_the_two_and_follows_keys_and_pointer(dialog: CompareDialog) -> None:
    pane = dialog.pane
    assert colour(dialog, 0.4).red() == 200
    assert colour(dialog, 0.6).blue() == 200
    pane.setFocus()
    for _ in range(5):
        QTest.keyClick(pane, Qt.Key.Key_Right)
    assert pane.split == pytest.approx(0.75)
    assert colour(dialog, 0.6).red() == 200
    y = pane.height() // 4
    QTest.mousePress(pane, Qt.MouseButton.LeftButton, pos=QPoint(round(0.75 * pane.width()), y))
    QTest.mouseMove(pane, QPoint(round(0.25 * pane.width()), y))
    QTest.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=QPoint(round(0.25 * pane.width()), y))
    assert pane.split == pytest.approx(0.25, abs=0.01)


def test_side_by_side_both_are_whole_and_zoom_together(dialog: CompareDialog) -> None:
    QTest.keyClick(dialog, Qt.Key.Key_1)
    assert dialog.pane.mode is CompareMode.SIDE
    assert (colour(dialog, 0.25).red(), colour(dialog, 0.75).blue()) == (200, 200)
    before = dialog.pane.zoom
    dialog.pane.zoom_to(300, QPointF(dialog.pane.width() * 0.75, dialog.pane.height() / 2))
    assert dialog.pane.zoom == pytest.approx(300) != before
    assert (colour(dialog, 0.02).red(), colour(dialog, 0.98).blue()) == (200, 200)
    dialog.pane.fit()
    assert dialog.pane.zoom == pytest.approx(before)


def test_blinking_shows_one_after_the_other_and_space_takes_over(dialog: CompareDialog) -> None:
    dialog.choose(CompareMode.BLINK)
    assert colour(dialog, 0.5).red() == 200
    assert dialog._first.text() == "photo.jpg"
    QTest.keyClick(dialog.pane, Qt.Key.Key_Space)
    assert colour(dialog, 0.5).blue() == 200
    assert dialog._first.text() == "a boat"
    assert not dialog.pane._blink.isActive()


def test_the_difference_is_shown_and_told(dialog: CompareDialog) -> None:
    dialog.choose(CompareMode.DIFFERENCE)
    shown = colour(dialog, 0.5)
    assert (shown.red(), shown.green(), shown.blue()) == (255, 0, 255)
    assert dialog._told.text() == "100 % of the pixels differ"


def test_what_was_added_around_a_photo_does_not_move_it(dialog: CompareDialog) -> None:
    """A second picture with 100 pixels of blue on the left and 50 above the red that both have."""
    extended = flat(BLUE, 500, 250)
    extended[50:, 100:] = RED
    shown, changed = difference(flat(RED), extended[50:, 100:])
    first, second, levels = (PictureLevels(pixels) for pixels in (flat(RED), extended, shown))
    dialog.show_comparison(Comparison(first, second, levels, changed, (-100, -50)))
    pane = dialog.pane
    for mode in (CompareMode.SIDE, CompareMode.BLINK, CompareMode.SLIDER):
        dialog.choose(mode)
        width = pane.width() // 2 if mode is CompareMode.SIDE else pane.width()
        scale, left = pane._view.scale, pane._view.left
        assert left - 100 * scale >= 0
        assert left + 400 * scale <= width, "all of both is in sight"
    pane.slide_to(0)
    image = pane.grab().toImage()
    left, top, scale = pane._view.left, pane._view.top, pane._view.scale
    assert image.pixelColor(left - 4, top + 20).blue() == 200
    assert image.pixelColor(left + 4, top - 4).blue() == 200
    assert image.pixelColor(left + 4, top + 4).red() == 200
    dialog.choose(CompareMode.DIFFERENCE)
    assert dialog._told.text() == "0 % of the pixels differ"
    assert pane.grab().toImage().pixelColor(left + 4, top + 4).red() == 0


def test_a_picture_of_another_resolution_is_shown_as_large_as_the_first(dialog: CompareDialog) -> None:
    dialog.show_comparison(
        Comparison(PictureLevels(flat(RED)), PictureLevels(flat(BLUE, 40, 20)), None, None, scale=10.0)
    )
    dialog.pane.slide_to(0)
    left, top, scale = dialog.pane._view.left, dialog.pane._view.top, dialog.pane._view.scale
    image = dialog.pane.grab().toImage()
    assert image.pixelColor(left + 4, top + 4).blue() == 200
    assert image.pixelColor(round(left + 396 * scale), round(top + 196 * scale)).blue() == 200


def test_of_two_sizes_there_is_no_difference(dialog: CompareDialog) -> None:
    dialog.choose(CompareMode.DIFFERENCE)
    dialog.show_comparison(comparison(same_size=False))
    assert dialog.pane.mode is CompareMode.SLIDER
    QTest.keyClick(dialog, Qt.Key.Key_4)
    assert dialog.pane.mode is CompareMode.SLIDER


def test_variants_lie_side_by_side_and_others_can_be_chosen(window: MainWindow, editor: FakeEditor) -> None:
    from dataclasses import replace

    from dalle_studio.ui.history_menu import HistoryMenu

    made = edit("e1", 1, prompt="sky")
    made = replace(made, candidates=tuple(replace(made.candidates[0], index=at) for at in (0, 1, 3)), chosen=1)
    editor.rows = arranged([original("O1")], [made])
    editor.records = {"e1": made}
    editor.library_changed.emit()
    panel = window.history_panel
    panel.list.choose(panel.model.index(1))
    menu = HistoryMenu(panel, panel.selected())
    next(action for action in menu.actions() if action.objectName() == "compareVariants").trigger()
    called = editor.calls[-1]
    assert (called[:3], called[4]) == (("compare", "e1", "e1"), (1, 0))
    dialog = panel.findChild(CompareDialog)
    assert dialog is not None
    assert dialog.pane.mode is CompareMode.SIDE
    called[3](comparison())
    assert (dialog._first.text(), dialog._second.text()) == ("Candidate 2", "Candidate 1")
    second = dialog.findChild(QComboBox, "compareSecond")
    assert second is not None
    second.setCurrentIndex(2)
    assert editor.calls[-1][4] == (1, 3)
    assert dialog._second.text() == "Candidate 3"
    editor.calls[-1][3](comparison(same_size=False))
    called[3](comparison())  # the pair that was asked for before comes last
    assert dialog.pane._comparison is not None
    assert dialog.pane._comparison.changed is None
    dialog.close()


def test_the_history_compares_a_row_with_the_canvas_the_older_one_first(
    window: MainWindow, editor: FakeEditor, qtbot: QtBot
) -> None:

    editor.rows = arranged([original("O1")], [edit("e1", 1, prompt="sky"), edit("e2", 2, prompt="a boat")])
    editor.current_edit = "e1"
    editor.library_changed.emit()
    panel = window.history_panel
    panel.list.setFocus()
    panel.list.choose(panel.model.index(1))
    QTest.keyClick(panel.list, Qt.Key.Key_C)
    called = editor.calls[-1]
    assert called[:3] == ("compare", "e1", "e2")
    dialog = panel.findChild(CompareDialog)
    assert dialog is not None
    called[3](comparison())
    assert dialog._told.text().startswith("100 %")
    dialog.close()
    qtbot.waitUntil(lambda: panel.findChild(CompareDialog) is None)
    called[3](comparison())  # too late: nobody is there any more
    called[5]()


def test_nothing_stays_open_where_a_version_can_not_be_had(
    window: MainWindow, editor: FakeEditor, qtbot: QtBot
) -> None:
    editor.rows = arranged([original("O1")], [edit("e1", 1, prompt="sky"), edit("e2", 2, prompt="a boat")])
    editor.library_changed.emit()
    panel = window.history_panel
    first, second = panel.model.rows_of(["e1", "e2"])
    panel.compare(first, second)
    assert panel.findChild(CompareDialog) is not None
    editor.calls[-1][5]()
    qtbot.waitUntil(lambda: panel.findChild(CompareDialog) is None)
