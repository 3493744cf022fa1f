"""Next steps as the window gives them: nobody there can type an option."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QPushButton

from dalle_studio.core.errors import BadInput, BadUsage, KeyProblem
from dalle_studio.core.resources import resource
from dalle_studio.core.words import LANGUAGES, Words

if TYPE_CHECKING:
    from dalle_studio.ui.window import MainWindow
    from tests.ui.fake_editor import FakeEditor

AREAS = ("errors", "errors_engines", "errors_formats", "errors_storage", "errors_workflow", "session", "ui_canvas")
ELSEWHERE = {"errors_storage.no_home", "errors_workflow.answer_of_another"}
"""The first comes before there is a window, the second from the command line only."""


PARAMS = ("engine", "host", "model", "folder", "path")


def named(text: str) -> bool:
    return "--" in text or "dalle-studio " in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_window_names_no_options(language: str) -> None:
    words = Words(language)
    words.hint_area = "ui"
    for area in AREAS:
        texts = json.loads(resource("words", language, f"{area}.json").read_text(encoding="utf-8"))
        for message, text in texts.items():
            error = message.removesuffix(".hint")
            if error not in ELSEWHERE and named(text):
                assert message.endswith(".hint"), message
                assert words.has(f"ui.hint.{error}"), error
                assert not named(words(f"ui.hint.{error}", **dict.fromkeys(PARAMS, "x")))


@pytest.mark.parametrize(("language", "known"), [("ko", "이 컴퓨터"), ("en", "This computer")])
def test_an_engine_has_the_name_that_the_window_gives_it_elsewhere(language: str, known: str) -> None:
    words, problem = Words(language), BadUsage("errors_workflow.engine_without_words", engine="local")
    assert "local" in words.of(problem)[0], "what is typed on the command line"
    words.hint_area = "ui"
    said = words.of(problem)[0]
    assert known in said
    assert "local" not in said


def test_the_command_line_keeps_its_own_hints() -> None:
    assert "--english" in Words("en").of(BadInput("errors_workflow.needs_english", engine="dalle2"))[1]


def test_a_refused_key_is_changed_and_a_missing_one_added(window: MainWindow, editor: FakeEditor) -> None:
    for message, text in (("errors_engines.no_key", "Add a key…"), ("errors_engines.key_refused", "Change the key…")):
        editor.edit_failed.emit(KeyProblem(message, host="api.openai.com"))
        offer = window.notice.findChild(QPushButton, "offerKey")
        assert offer is not None
        assert offer.text() == text
        window.notice.hide()
        offer.setObjectName("")
