"""Qt's own dialogs, menus and buttons in the window's language. GUI thread.

Qt ships most of the words, found with the library wherever it is installed; what its Korean lacks is in our own
catalogue. Kinds of files come from the system's list of them, in the language of the default locale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator

if TYPE_CHECKING:
    from PySide6.QtCore import QCoreApplication

    from dalle_studio.core.words import Words

_LACKING: Final = {
    "&Look in:": "qt.look_in",
    "Files of &type:": "qt.files_of_type",
    "Folder": "qt.folder",
    "Drive": "qt.drive",
    "AVIF image": "qt.avif",
}
"""By Qt's English; the ampersand stands before the letter that Alt needs."""


class _Rest(QTranslator):
    """Asked for what the translator installed after it does not know."""

    def __init__(self, words: Words, application: QCoreApplication) -> None:
        super().__init__(application)
        self._known = {text: words(message) for text, message in _LACKING.items()}

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, text: str, comment: str | None = None, count: int = -1) -> str | None:
        return self._known.get(text)


def speak(application: QCoreApplication, words: Words) -> None:
    """From now on. English needs nothing: it is what Qt speaks by itself."""
    own = QLocale(words.language)
    if QLocale().language() != own.language():
        QLocale.setDefault(own)
    if words.language == "en":
        return
    application.installTranslator(_Rest(words, application))
    translator = QTranslator(application)
    if translator.load(f"qtbase_{words.language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        application.installTranslator(translator)
