from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QWidget

from dalle_studio.app import create
from dalle_studio.storage import settings
from dalle_studio.storage.places import Places
from dalle_studio.ui import window_place

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

SMALL = QRect(0, 0, 1280, 800)
FAR = st.integers(-5000, 5000)


@given(x=FAR, y=FAR, width=st.integers(1, 5000), height=st.integers(1, 5000))
def test_a_window_never_leaves_the_screen(x: int, y: int, width: int, height: int) -> None:
    found = window_place.fitted(QRect(x, y, width, height), SMALL)
    assert SMALL.contains(found)
    assert found.width() <= width
    assert found.height() <= height


def test_a_place_with_room_is_kept_as_it_was() -> None:
    wanted = QRect(100, 80, 1000, 660)
    assert window_place.fitted(wanted, SMALL) == wanted


@pytest.mark.parametrize("kept", ["", "AdnQywAD", "1 2 3", "0 0 0 0 normal", "a b c d normal", "9 9 9 9 9 9"])
def test_what_is_no_place_is_ignored(kept: str, qtbot: QtBot) -> None:
    one, other = QWidget(), QWidget()
    qtbot.addWidget(one)
    qtbot.addWidget(other)
    window_place.put(one, kept)
    window_place.put(other, None)
    assert one.size() == other.size()


def test_the_window_opens_inside_the_screen_and_where_it_was_left(qapp: QApplication, data_dir: Path) -> None:
    screen = qapp.primaryScreen().availableGeometry()
    studio = create(["--data-dir", str(data_dir), "--lang", "en"])
    assert studio.wait_idle(20)
    least = studio.window.minimumSize()
    assert studio.window.width() <= max(screen.width(), least.width())
    assert studio.window.height() <= max(screen.height(), least.height())
    studio.window.resize(least)
    qapp.processEvents()
    studio.close()
    kept = settings.load(Places(data_dir)).window_geometry
    assert kept is not None
    assert kept.split()[2:] == [str(least.width()), str(least.height()), "normal"]
    again = create(["--data-dir", str(data_dir), "--lang", "en"])
    assert again.window.size() == least
    assert again.wait_idle(20)
    again.close()
