"""Money in the real window against a real server: what the monthly limit holds back, the way to it, what was lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from dalle_studio.storage import settings
from dalle_studio.ui.describe_dialog import DescribeDialog
from dalle_studio.ui.settings_dialog import SettingsDialog
from tests.fakes.faults import script
from tests.fakes.images_server import FakeImagesServer

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # of the platform without a screen

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from dalle_studio.app import Studio


@pytest.fixture
def limit(server: FakeImagesServer, studio: Studio) -> Callable[[float | None], None]:
    """Sets the monthly limit of the window that is open."""

    def change(dollars: float | None) -> None:
        house = studio.window.house
        house.settings = settings.change(house.places, monthly_cap_usd=dollars)
        studio.editor.settings_changed()
        assert studio.wait_idle(60)

    return change


def state(dialog: DescribeDialog) -> str:
    found = dialog.findChild(QLabel, "describeState")
    assert found is not None
    return found.text()


def focus_of_the_settings(press: QPushButton) -> str:
    """The object name of what has the focus in the settings that the button opens; they are closed again."""
    focused: list[str] = []

    def look() -> None:
        dialog = next((one for one in QApplication.topLevelWidgets() if isinstance(one, SettingsDialog)), None)
        if dialog is None or not dialog.isVisible():
            QTimer.singleShot(20, look)
            return
        focused.append(dialog.focusWidget().objectName())
        dialog.reject()

    QTimer.singleShot(20, look)
    press.click()
    (name,) = focused
    return name


def test_a_description_over_the_limit_is_not_asked_for(
    server: FakeImagesServer, studio: Studio, qtbot: QtBot, limit: Callable[[float | None], None]
) -> None:
    limit(0.00001)
    dialog = DescribeDialog(studio.window)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.ask.click()
    assert studio.wait_idle(60)
    assert "monthly limit" in state(dialog)
    assert "Nothing was sent" in state(dialog)
    assert dialog.text.toPlainText() == ""
    assert server.requests == []
    assert dialog.limit.isVisible()
    said = dialog.findChild(QLabel, "describeState")
    assert said is not None
    assert said.height() >= said.heightForWidth(said.width())  # all of it, and nothing under it
    assert said.mapTo(dialog, said.rect().topLeft()).y() >= dialog.text.geometry().bottom()
    assert focus_of_the_settings(dialog.limit) == "settingMonthlyCap"
    assert not dialog.limit.isVisible()
    limit(1.0)
    dialog.ask.click()
    assert studio.wait_idle(60)
    assert dialog.text.toPlainText()
    assert not dialog.limit.isVisible()
    assert all(press.width() >= press.sizeHint().width() for press in (dialog.ask, dialog.use, dialog.keep))
    assert len(server.requests) == 1
    spent = studio.editor.spending
    assert spent is not None
    limit(round(spent.month, 6))  # what was spent counts: there is no room for another
    dialog.ask.click()
    assert studio.wait_idle(60)
    assert "monthly limit" in state(dialog)
    assert len(server.requests) == 1


@pytest.mark.parametrize("asked", ["generate", "translate"])
def test_over_the_limit_a_button_leads_to_it(
    server: FakeImagesServer, studio: Studio, qtbot: QtBot, limit: Callable[[float | None], None], asked: str
) -> None:
    window, editor = studio.window, studio.editor
    house = window.house
    house.settings = settings.change(house.places, translator_url=server.url)
    limit(0.00001)
    editor.select_all()
    editor.set_prompt("눈 감은 얼굴")
    assert studio.wait_idle(60)
    getattr(editor, asked)()
    assert studio.wait_idle(60)
    assert server.requests == []
    assert window.notice.isVisible()
    offer = window.notice.findChild(QPushButton, "offerLimit")
    assert offer is not None
    assert focus_of_the_settings(offer) == "settingMonthlyCap"
    limit(5.0)
    getattr(editor, asked)()
    assert studio.wait_idle(60)
    assert len(server.requests) >= 1


def test_without_a_translator_a_button_leads_to_where_one_is_set(server: FakeImagesServer, studio: Studio) -> None:
    window, editor = studio.window, studio.editor
    editor.set_prompt("눈 감은 얼굴")
    assert studio.wait_idle(60)
    editor.translate()
    assert studio.wait_idle(60)
    offer = window.notice.findChild(QPushButton, "offerTranslator")
    assert offer is not None
    assert focus_of_the_settings(offer) == "setting_translator_url"
    assert server.requests == []


def test_the_price_of_a_translation_to_come_is_in_the_windows_estimate(
    server: FakeImagesServer, studio: Studio, limit: Callable[[float | None], None]
) -> None:
    editor, house = studio.editor, studio.window.house
    house.settings = settings.change(house.places, translator_url=server.url, translate="on")
    limit(None)
    editor.select_all()
    editor.set_prompt("closed eyes")
    assert studio.wait_idle(60)
    plain = editor.cost_usd
    editor.set_prompt("눈 감은")
    assert studio.wait_idle(60)
    assert plain is not None
    assert editor.cost_usd is not None
    assert editor.cost_usd > plain + 1e-5
    assert not editor.cost_is_exact
    editor.translate()
    assert studio.wait_idle(60)
    assert editor.english
    assert editor.cost_usd == pytest.approx(plain, abs=1e-5)  # it is made, and paid for


def test_a_check_that_is_cancelled_costs_nothing(
    server: FakeImagesServer, studio: Studio, qtbot: QtBot, limit: Callable[[float | None], None]
) -> None:
    editor, house = studio.editor, studio.window.house
    house.settings = settings.change(house.places, check_before_sending=True)
    limit(5.0)
    editor.select_all()
    editor.set_prompt("closed eyes")
    assert studio.wait_idle(60)
    server.script += script("slow")
    editor.generate()
    qtbot.waitUntil(lambda: len(server.requests) == 1, timeout=20_000)
    with qtbot.waitSignal(editor.message) as told:
        editor.cancel()
    assert told.args is not None
    assert "billed" not in " ".join(map(str, told.args))
    assert studio.wait_idle(60)
    assert server.pictures == []
    assert editor.spending is None or editor.spending.is_nothing


def test_a_lost_candidate_and_its_bill_are_told_beside_those_that_came(
    server: FakeImagesServer, studio: Studio, limit: Callable[[float | None], None]
) -> None:
    limit(None)
    studio.editor.select_all()
    studio.editor.set_prompt("closed eyes")
    studio.editor.set_count(3)
    server.script += script("ok,server_error,ok")
    assert studio.wait_idle(60)
    studio.editor.generate()
    assert studio.wait_idle(60)
    assert len(studio.editor.candidates) == 2
    notice = studio.window.notice
    assert notice.isVisible()
    assert notice.text == "Only 2 of 3 pictures arrived; the others failed."
    assert "(HTTP 500)" in notice.accessibleDescription()
    assert "may still be billed" in notice.accessibleDescription()
    spent, told = studio.editor.spending, studio.window.status.findChild(QLabel, "statusSpent")
    assert spent is not None
    assert told is not None
    assert spent.maybe_today > 0
    assert told.text() == f"Today ${spent.today:.2f} to ${spent.today + spent.maybe_today:.2f}"
