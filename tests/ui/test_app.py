from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPushButton

from dalle_studio.app import Studio, create
from dalle_studio.core.geometry import Rect
from dalle_studio.core.records import Operation
from tests.fakes.images_server import KEY, FakeImagesServer

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

ROOT = Path(__file__).resolve().parents[2]
LATE = ("numpy", "cv2", "PIL", "openai", "keyring", "sqlite3")

DIALOG = """
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog
from dalle_studio.app import create

studio = create(["--lang", "{language}"])
assert studio.wait_idle(20)
box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
print(box.buttons()[0].text().replace("&", ""))
dialog = QFileDialog(options=QFileDialog.Option.DontUseNativeDialog)
print(dialog.labelText(QFileDialog.DialogLabel.LookIn))
print(dialog.labelText(QFileDialog.DialogLabel.FileType))
studio.close()
"""

FIRST_PAINT = """
import json, sys
from PySide6.QtCore import QEvent, QObject
from dalle_studio.app import create

studio = create(sys.argv)
late = %r

class Look(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and not hasattr(self, "loaded"):
            self.loaded = [name for name in late if name in sys.modules]
            self.started = studio.is_started
        return False

look = Look()
studio.window.canvas.installEventFilter(look)
idle = studio.wait_idle(60)
print(json.dumps([look.loaded, look.started, idle, [name for name in ("numpy",) if name in sys.modules]]))
studio.close()
"""


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.fixture
def studio(qtbot: QtBot, data_dir: Path) -> Iterator[Studio]:
    made = create([])
    yield made
    made.close()


@pytest.mark.parametrize(
    ("language", "words"),
    [("ko", ["취소", "찾는 위치(&L)", "파일 형식(&T)"]), ("en", ["Cancel", "Look in", "Files of type"])],
)
def test_qts_own_dialogs_speak_the_language_of_the_window(data_dir: Path, language: str, words: list[str]) -> None:
    done = python("-c", DIALOG.format(language=language))
    assert done.returncode == 0, done.stderr
    told = [line.replace(":", "") for line in done.stdout.strip().splitlines()]
    assert [line if language == "ko" else line.replace("&", "") for line in told] == words


def test_nothing_heavy_is_loaded_at_the_first_paint(data_dir: Path) -> None:
    done = python("-c", FIRST_PAINT % (LATE,))
    assert done.returncode == 0, done.stderr
    loaded, started, idle, later = json.loads(done.stdout)
    assert loaded == []
    assert started is False
    assert idle is True
    assert later == ["numpy"]


def test_a_photo_is_opened_shown_and_kept(studio: Studio, sample_photo: Path) -> None:
    studio.editor.open(sample_photo)
    assert studio.wait_idle(60)
    assert studio.editor.has_document
    assert "dandelions.jpg · 3200 × 1800" in studio.window.workspace.title.text()
    assert studio.window.history_panel.model.rowCount() == 1


def test_a_photo_comes_back_where_it_lay_on_the_canvas(studio: Studio, sample_photo: Path, data_dir: Path) -> None:
    studio.editor.open(sample_photo)
    assert studio.wait_idle(60)
    studio.editor.set_prompt("a boat")
    studio.window.canvas.zoom_to(150)
    studio.window.canvas.pan_by(-90, 40)
    there = studio.window._place_of_photo()
    assert there is not None
    studio.close()
    again = create([])
    try:
        assert again.wait_idle(60)
        assert again.editor.prompt == "a boat"
        back = again.window._place_of_photo()
        assert back is not None
        assert back == pytest.approx(there, abs=1.5)
    finally:
        again.close()


def test_a_photo_that_was_only_opened_comes_back_unless_another_is_named(
    studio: Studio, sample_photo: Path, data_dir: Path, tmp_path: Path
) -> None:
    studio.editor.open(sample_photo)
    assert studio.wait_idle(60)
    studio.close()
    again = create([])
    try:
        assert again.wait_idle(60)
        assert again.editor.path == sample_photo
    finally:
        again.close()
    other = tmp_path / "other.jpg"
    other.write_bytes(sample_photo.read_bytes())
    third = create([str(other)])
    try:
        assert third.wait_idle(60)
        assert third.editor.path == other
    finally:
        third.close()


def test_what_is_painted_is_planned_and_shown(studio: Studio, sample_photo: Path) -> None:
    editor = studio.editor
    editor.open(sample_photo)
    assert studio.wait_idle(60)
    mask = editor.mask
    assert mask is not None
    mask.begin()
    mask.writable(Rect(1000, 800, 200, 200))[...] = 255
    step = mask.commit("ui_canvas.step_paint")
    assert step is not None
    editor.push_step(step)
    assert studio.wait_idle(60)
    said = studio.window.sent_panel.accessibleDescription()
    assert "×" in said
    assert "api.openai.com" in said
    assert editor.plan is not None
    assert editor.plan.is_exact


def test_a_prompt_without_a_key_keeps_everything_and_offers_one(studio: Studio, sample_photo: Path) -> None:
    editor, window = studio.editor, studio.window
    editor.open(sample_photo)
    assert studio.wait_idle(60)
    editor.select_all()
    assert studio.wait_idle(60)
    window.prompt_panel.prompt.insertPlainText("a boat")
    window.run_panel.generate.click()
    assert studio.wait_idle(60)
    assert window.notice.isVisible()
    assert window.notice.findChild(QPushButton, "offerKey") is not None
    assert editor.prompt == "a boat"
    assert editor.mask is not None
    assert not editor.mask.is_empty
    assert not editor.is_busy


def test_the_brush_of_last_time_is_the_one_that_is_shown(data_dir: Path, sample_photo: Path) -> None:
    before = create([])
    before.window.show()
    before.editor.open(sample_photo)
    assert before.wait_idle(60)
    before.window.canvas.step_brush_size(+1)
    radius = before.editor.brush.radius
    before.close()
    again = create([])
    again.window.show()
    assert again.wait_idle(60)
    assert again.editor.brush.radius == radius
    assert again.window.tool_options.brush_size.value() == round(radius * 2)
    again.close()


def test_an_unreadable_file_is_one_clear_sentence(studio: Studio, tmp_path: Path) -> None:
    bad = tmp_path / "notes.jpg"
    bad.write_text("no picture")
    studio.editor.open(bad)
    assert studio.wait_idle(60)
    assert studio.window.notice.isVisible()
    assert "notes.jpg" in studio.window.notice.text


def test_closing_twice_is_harmless_and_quick(qtbot: QtBot, data_dir: Path) -> None:
    made = create([])
    made.close()
    made.close()
    assert not made.window.isVisible()


def test_modes_reach_the_real_editor(studio: Studio) -> None:
    studio.window.prompt_panel.modes.chosen.emit("extend")
    assert studio.editor.mode is Operation.EXTEND
    assert studio.window.prompt_panel.margins.isVisible()


def test_the_command_line_knows_its_words(data_dir: Path) -> None:
    done = python("-m", "dalle_studio", "history", "list", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["edits"] == []


def test_without_a_display_it_says_why(data_dir: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment.pop("QT_QPA_PLATFORM", None)
    done = subprocess.run(
        [sys.executable, "-m", "dalle_studio"],
        cwd=ROOT,
        env=environment | {"LANG": "en_US.UTF-8"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "no display" in done.stderr


WORKING = """
import pathlib, sys
from dataclasses import replace
from PySide6.QtCore import QTimer
from dalle_studio import app
from dalle_studio.core.geometry import Rect
from dalle_studio.core.operation import Operation

photo, out, ready = map(pathlib.Path, sys.argv[1:4])
start = app.Studio.start

def work(studio):
    editor = studio.editor
    assert studio.wait_idle(60)
    rect = Rect(400, 300, 90, 70)
    editor.mask.begin()
    editor.mask.writable(rect)[...] = 255
    editor.push_step(editor.mask.commit("session.step.all"))
    editor.set_mode(Operation.REMOVE)
    editor.generate()
    assert studio.wait_idle(60)
    if sys.argv[4] == "edit":
        editor.set_mode(Operation.EDIT)
        editor.set_prompt("a boat")
        editor.generate()
        assert editor.is_busy
    else:
        layer = editor.stack[-1].layer
        editor.tune(replace(layer, blend=replace(layer.blend, opacity=0.5)), None)
    editor.save(out)
    ready.touch()

def started(studio):
    start(studio)
    QTimer.singleShot(0, lambda: work(studio))

app.Studio.start = started
sys.exit(app.run([str(photo)]))
"""


@pytest.mark.parametrize(("under_way", "opacity"), [("edit", 1.0), ("tuning", 0.5)])
def test_sigterm_ends_without_a_question_and_finishes_what_is_being_written(
    data_dir: Path, tmp_path: Path, sample_photo: Path, qtbot: QtBot, under_way: str, opacity: float
) -> None:
    ready, out = tmp_path / "ready", tmp_path / "out.png"
    words = [sys.executable, "-c", WORKING, str(sample_photo), str(out), str(ready), under_way]
    with FakeImagesServer(steps=[{"delay": 60}]) as server:
        process = subprocess.Popen(
            words, cwd=ROOT, env=os.environ | {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url}
        )
        try:
            deadline = time.monotonic() + 60
            while not ready.exists() and time.monotonic() < deadline:
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(0.05)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            process.kill()
            process.wait()
    again = create([])
    try:
        assert again.wait_idle(60)
        assert [item.layer.blend.opacity for item in again.editor.stack] == [opacity]
        assert again.editor.picture is not None
        shown = again.editor.picture.pixels.copy()
        again.editor.open(out)
        assert again.wait_idle(60)
        assert (again.editor.picture.pixels == shown).all()
    finally:
        again.close()


def test_an_exception_in_a_slot_is_shown_and_nothing_stops(studio: Studio, qtbot: QtBot) -> None:
    from dalle_studio.ui.lifetime import bugs_told

    logged: list[BaseException] = []
    with qtbot.captureExceptions(), bugs_told(logged.append, studio.window.news.tell_bug):

        def fail() -> None:
            raise ValueError("a bug")

        QTimer.singleShot(0, fail)
        qtbot.waitUntil(lambda: bool(logged))
    assert studio.window.notice.isVisible()
    assert studio.window.notice.text == studio.window.words("ui.bug")
