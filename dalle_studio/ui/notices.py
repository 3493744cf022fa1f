"""One sentence about what went wrong, the next step, and buttons that do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from dalle_studio.core.words import Words
from dalle_studio.ui.controls import ToolButton, label, name, role
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from dalle_studio.ui.window_house import WindowHouse

_PASSING_MS: Final = 10_000  # news nobody has to act on stay this long, and as long as the pointer is on them


@dataclass(frozen=True, slots=True)
class Offer:
    """A button of a notice: its object name, its text, and what it does besides closing the notice."""

    object_name: str
    text: str
    act: Callable[[], object]


class NoticeStrip(QFrame):
    """Lies over the bottom of the canvas until it is answered, closed, replaced by the next one, or passes."""

    let_go = Signal()
    """One of its buttons was pressed, and it is gone: the keys are the canvas's again."""

    def __init__(self, theme: Theme, words: Words, parent: QWidget) -> None:
        super().__init__(parent)
        role(self, "notice")
        name(self, "notice", words("ui.notice"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 8, 10)
        row.setSpacing(10)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        self._text = label("", "strong")
        self._hint = label("", "second")
        for part in (self._text, self._hint):
            part.setWordWrap(True)
            part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            texts.addWidget(part)
        self._text.setObjectName("noticeText")
        self._hint.setObjectName("noticeHint")
        row.addLayout(texts, 1)
        self._offers = QHBoxLayout()
        self._offers.setSpacing(6)
        row.addLayout(self._offers)
        close = ToolButton(theme, "close", "noticeClose", words("ui.close"), 26)
        close.clicked.connect(self._put_away)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._buttons: list[QPushButton] = []
        self.passing = QTimer(self)
        self.passing.setInterval(_PASSING_MS)
        self.passing.timeout.connect(self._pass)
        self.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def tell(self, text: str, hint: str = "", offers: tuple[Offer, ...] = (), *, passes: bool = False) -> None:
        """Show a notice; it takes the place of the one before, but the same words again don't take its buttons away.

        One that `passes` is news: it goes by itself after a while.
        """
        if not offers and self.isVisible() and (text, hint) == (self._text.text(), self._hint.text()):
            return
        self._text.setText(text)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.setAccessibleDescription(f"{text} {hint}".strip())
        for old in self._buttons:
            old.deleteLater()
        self._buttons = [self._button(offer) for offer in offers]
        if passes:
            self.passing.start()
        else:
            self.passing.stop()
        self.show()
        self.raise_()

    @property
    def waits_for_answer(self) -> bool:
        """It offers something that would be gone with it."""
        return self.isVisible() and bool(self._buttons)

    def offers(self, object_name: str) -> bool:
        """Whether a button of that name can be pressed."""
        return self.isVisible() and any(button.objectName() == object_name for button in self._buttons)

    def _pass(self) -> None:
        if not self.underMouse() and not self.has_focus:
            self.passing.stop()
            self.hide()

    def _put_away(self) -> None:
        had_focus = self.has_focus
        _Shield(self)
        self.hide()
        if had_focus:  # Qt passes it on to whatever comes next, the size of the brush
            self.let_go.emit()

    @property
    def has_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def _button(self, offer: Offer) -> QPushButton:
        result = QPushButton(offer.text)
        name(result, offer.object_name, offer.text)
        result.clicked.connect(self._put_away)
        result.clicked.connect(lambda _checked=False: offer.act())
        self._offers.addWidget(result)
        return result


class _Shield(QWidget):
    """Where a notice was, until it is too late for a double click: its second press would paint on the photo."""

    def __init__(self, notice: QWidget) -> None:
        super().__init__(notice.parentWidget())
        self.setGeometry(notice.geometry())
        self.show()
        self.raise_()
        QTimer.singleShot(QApplication.doubleClickInterval(), self.deleteLater)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()


def copy_diagnostics(diagnostics: str, house: WindowHouse) -> None:
    """Onto the clipboard, without keys."""
    QGuiApplication.clipboard().setText(house.redact(diagnostics))
