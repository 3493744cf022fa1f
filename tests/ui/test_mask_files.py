"""Masks from elsewhere and for elsewhere, in the window: dialogs, drops, the clipboard, and what is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel, QMessageBox

from dalle_studio.core.geometry import Rect
from dalle_studio.formats.masks import Polarity, encode_mask, read_mask
from tests.session.conftest import write_png
from tests.ui.masked_studio import do, find, mask_of, paint, press

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from dalle_studio.app import Studio
    from dalle_studio.core.picture import MaskPixels

SHAPE = (400, 600)
SPOT = Rect(60, 50, 40, 40)


def spot(rect: Rect = SPOT, value: int = 255) -> MaskPixels:
    """A mask of the photo's size with one rectangle."""
    pixels = np.zeros(SHAPE, np.uint8)
    pixels[rect.slices] = value
    return pixels


def soft() -> MaskPixels:
    return np.asarray(cv2.GaussianBlur(spot(), (0, 0), 6))


def write(path: Path, pixels: MaskPixels, polarity: Polarity = Polarity.WHITE) -> Path:
    path.write_bytes(encode_mask(pixels, polarity))
    return path


def drop(studio: Studio, path: Path) -> None:
    studio.window.commands.take_drop(path, "mask")
    assert studio.wait_idle(20)


def hint(studio: Studio) -> str:
    label = find(studio, "maskAdjustHint")
    assert isinstance(label, QLabel)
    return label.text()


def message(studio: Studio) -> str:
    label = find(studio, "statusMessage")
    assert isinstance(label, QLabel)
    return label.text()


Filters = list[str]


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Filters]:
    """`choose(path, words)` answers the next file dialogs: that path, and the filter with these words in it."""

    def prepare(path: str, words: str) -> Filters:
        offered: Filters = []

        def answer(*arguments: object) -> tuple[str, str]:
            filters = str(arguments[3]).split(";;")
            assert arguments[4] in filters
            assert not str(arguments[1]).endswith("…")  # a title announces nothing
            offered[:] = filters
            return path, next(one for one in filters if words in one)

        monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
        monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
        return offered

    return prepare


# --- in --------------------------------------------------------------------------------------------------------------


def test_a_mask_file_is_shown_with_what_it_was_taken_for_and_can_be_inverted(studio: Studio, tmp_path: Path) -> None:
    drop(studio, write(tmp_path / "spot.png", spot()))
    assert mask_of(studio).is_empty
    assert studio.editor.is_previewing
    words = studio.window.words
    assert words("mask_files.guessed", what=words("mask_files.what.white")) in hint(studio)
    assert "spot.png" in hint(studio)
    assert "0.7 %" in hint(studio)
    press(studio, "maskAdjustInvert")
    assert "99 %" in hint(studio)
    press(studio, "maskAdjustApply")
    assert np.array_equal(mask_of(studio).pixels, 255 - spot())
    assert studio.editor.undo.names == ["session.step.import"]


def test_more_than_half_asks_whether_it_is_the_other_way_round(studio: Studio, tmp_path: Path) -> None:
    path = write(tmp_path / "black.png", spot(), Polarity.BLACK)
    drop(studio, path)
    assert "99 %" in studio.window.notice.text
    press(studio, "invertFound")
    press(studio, "maskAdjustApply")
    assert np.array_equal(mask_of(studio).pixels, spot())
    drop(studio, path)
    press(studio, "keepFound")
    press(studio, "maskAdjustApply")
    assert np.array_equal(mask_of(studio).pixels, 255 - spot())


def test_the_question_goes_with_what_it_is_about(studio: Studio, tmp_path: Path) -> None:
    drop(studio, write(tmp_path / "black.png", spot(), Polarity.BLACK))
    assert studio.window.notice.isVisible()
    press(studio, "maskAdjustCancel")
    assert not studio.window.notice.isVisible()
    assert mask_of(studio).is_empty


@pytest.mark.parametrize(("polarity", "words"), [(Polarity.BLACK, "Black = edit"), (Polarity.OPENAI, "OpenAI")])
def test_the_dialog_names_the_kind_and_nobody_is_asked_then(
    studio: Studio, tmp_path: Path, choose: Callable[[str, str], Filters], polarity: Polarity, words: str
) -> None:
    offered = choose(str(write(tmp_path / "mask.png", 255 - spot(), polarity)), words)
    do(studio, "import_mask")
    assert len(offered) == len(Polarity)
    assert not studio.window.notice.isVisible()
    assert studio.window.words(f"mask_files.what.{polarity}") in hint(studio)
    press(studio, "maskAdjustApply")
    assert np.array_equal(mask_of(studio).pixels, 255 - spot())


def test_a_mask_of_another_size_names_both_and_is_scaled_on_demand(studio: Studio, tmp_path: Path) -> None:
    pixels = np.zeros((200, 300), np.uint8)
    pixels[50:100, 60:120] = 255
    path = write(tmp_path / "mask.png", pixels)
    drop(studio, path)
    notice = studio.window.notice
    assert "300 × 200" in notice.text
    assert "600 × 400" in notice.text
    press(studio, "cancelMask")
    assert not studio.editor.is_previewing
    drop(studio, path)
    press(studio, "scaleMask")
    press(studio, "maskAdjustApply")
    assert mask_of(studio).bounds == Rect(120, 100, 120, 100)
    assert set(np.unique(mask_of(studio).pixels)) == {0, 255}


def test_a_mask_of_another_shape_says_that_it_would_be_distorted(studio: Studio, tmp_path: Path) -> None:
    drop(studio, write(tmp_path / "mask.png", np.zeros((300, 300), np.uint8)))
    assert find(studio, "noticeHint").isVisible()
    assert studio.window.words("mask_files.other_shape.hint") in studio.window.notice.accessibleDescription()


@pytest.mark.parametrize("kind", ["letter", "photo", "empty"])
def test_what_is_no_mask_is_said_so(studio: Studio, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mask.png"
    if kind == "letter":
        path.write_bytes(b"this is a letter")
    elif kind == "photo":
        colours = np.random.default_rng(3).integers(0, 120, (*SHAPE, 3), dtype=np.uint8)
        write_png(path, colours)
    else:
        write(path, np.zeros(SHAPE, np.uint8))
    drop(studio, path)
    assert studio.window.notice.isVisible()
    assert "mask.png" in studio.window.notice.text
    assert studio.editor.is_previewing is (kind != "letter")
    assert mask_of(studio).is_empty


# --- out -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("polarity", [Polarity.OPENAI, Polarity.WHITE, Polarity.BLACK, Polarity.CHANNEL])
def test_a_mask_is_written_in_the_kind_that_the_dialog_names(
    studio: Studio, tmp_path: Path, choose: Callable[[str, str], Filters], polarity: Polarity
) -> None:
    paint(studio, SPOT)
    offered = choose(str(tmp_path / "out.png"), studio.window.words(f"mask_files.kind.{polarity}"))
    do(studio, "export_mask")
    assert len(offered) == 4
    back, used, _ = read_mask((tmp_path / "out.png").read_bytes(), polarity=polarity)
    assert used is polarity
    assert np.array_equal(back, spot())
    assert "out.png" in message(studio)


def test_an_ending_is_appended_and_a_file_there_is_not_lost_unasked(
    studio: Studio, tmp_path: Path, choose: Callable[[str, str], Filters], monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(studio, SPOT)
    choose(str(tmp_path / "out.jpg"), "OpenAI")
    do(studio, "export_mask")
    assert np.array_equal(read_mask((tmp_path / "out.jpg.png").read_bytes())[0], spot())
    (tmp_path / "out.jpg.png").write_bytes(b"precious")
    answers = iter(("no", "yes"))

    def answer(box: QMessageBox) -> int:
        button = box.findChild(QAbstractButton, next(answers))
        assert isinstance(button, QAbstractButton)
        button.click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    do(studio, "export_mask")
    assert (tmp_path / "out.jpg.png").read_bytes() == b"precious"
    do(studio, "export_mask")
    assert (tmp_path / "out.jpg.png").read_bytes() != b"precious"


def test_soft_edges_that_a_kind_has_no_room_for_are_said(
    studio: Studio, tmp_path: Path, choose: Callable[[str, str], Filters]
) -> None:
    mask = mask_of(studio)
    studio.editor.begin_stroke()
    mask.writable(Rect(0, 0, 600, 400))[...] = soft()
    step = mask.commit("ui_canvas.step_paint")
    assert step is not None
    studio.editor.push_step(step)
    choose(str(tmp_path / "hard.png"), "OpenAI")
    do(studio, "export_mask")
    assert studio.window.words("errors_formats.mask_hardened") in studio.window.notice.accessibleDescription()
    choose(str(tmp_path / "soft.png"), "channel")
    do(studio, "export_mask")
    assert np.array_equal(read_mask((tmp_path / "soft.png").read_bytes())[0], soft())
    assert not studio.window.notice.isVisible()


# --- the clipboard ---------------------------------------------------------------------------------------------------


def test_a_copied_mask_comes_back_exactly_as_one_step(studio: Studio) -> None:
    mask = mask_of(studio)
    studio.editor.begin_stroke()
    mask.writable(Rect(0, 0, 600, 400))[...] = soft()
    step = mask.commit("ui_canvas.step_paint")
    assert step is not None
    studio.editor.push_step(step)
    do(studio, "copy_mask")
    assert message(studio) == studio.window.words("mask_files.copied")
    do(studio, "clear_mask")
    do(studio, "paste_mask")
    assert np.array_equal(mask_of(studio).pixels, soft())
    assert studio.editor.undo.names[-1] == "mask_files.step_paste"
    do(studio, "undo")
    assert mask_of(studio).is_empty


@pytest.mark.parametrize("as_file", [False, True])
def test_what_another_program_copied_is_looked_at_first(studio: Studio, tmp_path: Path, as_file: bool) -> None:
    data = QMimeData()
    if as_file:
        data.setUrls([QUrl.fromLocalFile(str(write(tmp_path / "copied.png", spot())))])
    else:
        data.setData("image/png", encode_mask(spot(), Polarity.WHITE))
    QGuiApplication.clipboard().setMimeData(data)
    do(studio, "paste_mask")
    assert mask_of(studio).is_empty
    assert studio.editor.is_previewing
    press(studio, "maskAdjustApply")
    assert np.array_equal(mask_of(studio).pixels, spot())


def test_other_programs_can_read_a_copied_mask(studio: Studio) -> None:
    paint(studio, SPOT)
    do(studio, "copy_mask")
    data = QGuiApplication.clipboard().mimeData()
    pixels = cv2.imdecode(np.frombuffer(data.data("image/png").data(), np.uint8), cv2.IMREAD_UNCHANGED)
    assert pixels is not None
    assert np.array_equal(pixels, spot())


def test_a_clipboard_without_a_mask_is_said(studio: Studio) -> None:
    QGuiApplication.clipboard().setText("not a mask")
    do(studio, "paste_mask")
    assert message(studio) == studio.window.words("mask_files.none")


# --- large ones ------------------------------------------------------------------------------------------------------


@pytest.fixture
def busy(studio: Studio) -> Iterator[threading.Event]:
    """The worker has other things to do until this is set: whatever comes takes its time."""
    release = threading.Event()
    worker = studio.editor.worker
    for _ in range(2):
        worker.submit(
            "wait", lambda _: worker.lanes.cpu(release.wait, 60), on_done=lambda _: None, on_error=lambda _: None
        )
    yield release
    release.set()


@pytest.mark.parametrize("which", ["reading", "writing"])
def test_what_takes_its_time_is_told_and_left_by_escape(
    studio: Studio, qtbot: QtBot, tmp_path: Path, busy: threading.Event, which: str
) -> None:
    window, out = studio.window, tmp_path / "out.png"
    if which == "reading":
        window.commands.take_drop(write(tmp_path / "mask.png", spot()), "mask")
    else:
        studio.editor.export_mask(out)
    qtbot.waitUntil(lambda: message(studio) == window.words(f"mask_files.{which}"))
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: message(studio) == window.words(f"mask_files.cancelled_{which}"))
    assert studio.editor.mask_file is None
    busy.set()
    assert studio.wait_idle(20)
    assert not studio.editor.is_previewing
    assert mask_of(studio).is_empty
    assert not out.exists()


def test_news_of_a_mask_under_way_go_when_it_is_there(
    studio: Studio, qtbot: QtBot, tmp_path: Path, busy: threading.Event
) -> None:
    words = studio.window.words
    studio.window.commands.take_drop(write(tmp_path / "mask.png", spot()), "mask")
    qtbot.waitUntil(lambda: message(studio) == words("mask_files.reading"))
    busy.set()
    assert studio.wait_idle(20)
    assert message(studio) == ""
    assert studio.editor.is_previewing
