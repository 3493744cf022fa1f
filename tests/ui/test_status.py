from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel

from dalle_studio.core.words import Words
from dalle_studio.ui.status import StatusBar

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_the_colour_under_the_pointer_stands_beside_its_place(qtbot: QtBot) -> None:
    status = StatusBar(Words("en"))
    qtbot.addWidget(status)
    colour, swatch = (status.findChild(QLabel, f"status{which}") for which in ("Colour", "Swatch"))
    assert colour is not None
    assert swatch is not None
    status.show_position((12, 34), (255, 128, 7))
    assert colour.text() == "#FF8007"
    assert swatch.pixmap().toImage().pixelColor(3, 3) == QColor(255, 128, 7)
    status.show_position((12, 35), (1, 2, 3, 0))
    qtbot.waitUntil(lambda: colour.text() == "#01020300")
    status.show_position((12, 36), (1, 2, 3))
    status.show_position(None)  # of several in quick succession the last one is shown
    qtbot.waitUntil(lambda: colour.text() == "")
    assert swatch.isHidden()


@pytest.mark.parametrize(
    ("sent", "text", "tip"),
    [
        ({}, "nothing", ""),
        ({"api.openai.com": 1}, "1 crop to api.openai.com", ""),
        ({"api.openai.com": 12}, "12 crops to api.openai.com", ""),
        ({"api.openai.com": 1, "nas": 2}, "3 crops to 2 servers", "api.openai.com: 1\nnas: 2"),
    ],
)
def test_what_left_today_is_told_by_host(qtbot: QtBot, sent: dict[str, int], text: str, tip: str) -> None:
    status = StatusBar(Words("en"))
    qtbot.addWidget(status)
    status.show_sent(sent)
    shown = status.findChild(QLabel, "statusSent")
    assert shown is not None
    assert shown.text() == f"Sent from this computer today: {text}"
    assert shown.toolTip() == tip


def test_in_a_narrow_window_a_message_takes_the_room_of_the_others_and_ends_in_dots(qtbot: QtBot) -> None:
    status = StatusBar(Words("ko"))
    qtbot.addWidget(status)
    status.show_zoom(0.15)
    status.show_share(0.078)
    status.show_step(2, 2)
    status.show_sent({"api.openai.com": 12})
    status.show_position((1398, 1021), (47, 54, 3))
    status.resize(960, 26)
    parts = {which: status.findChild(QLabel, f"status{which}") for which in ("Mask", "Sent", "Swatch", "Message")}
    message = parts["Message"]
    assert message is not None
    text = status._words("reblend.saved_coded", name="휴가 사진.avif", levels=14)
    status.show_message(text)
    status.grab()
    assert message.width() >= message.fontMetrics().horizontalAdvance(text)
    assert message.toolTip() == ""
    assert [which for which, part in parts.items() if part is not None and part.isHidden()] == [
        "Mask",
        "Sent",
        "Swatch",
    ]
    status.show_message(text * 3)
    status.grab()
    assert message.toolTip() == text * 3
    status.show_message("")
    assert not any(part.isHidden() for part in parts.values() if part is not None)
