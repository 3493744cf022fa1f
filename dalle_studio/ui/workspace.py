"""The canvas with what lies over it: the file's name, the badge after an edit, and notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dalle_studio.core.words import Words
from dalle_studio.ui.controls import button, label, name
from dalle_studio.ui.heat_legend import HeatLegend
from dalle_studio.ui.notices import NoticeStrip
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from dalle_studio.session.heat import Heat

_EDGE = 14
_PADDING = 7  # left and right of the title, as in the style sheet


class Workspace(QWidget):
    """Keeps the small labels in the corners; only what can be pressed takes the pointer from the canvas."""

    heat_closed = Signal()

    def __init__(self, theme: Theme, words: Words, canvas: QWidget) -> None:
        super().__init__()
        self._words = words
        self._title_text = ""
        self.canvas = canvas
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(canvas)
        self.title = label("", "on-canvas")
        name(self.title, "documentTitle", words("ui.title"))
        self.badge = button(words("ui.identical"), "badge", "identicalBadge")
        self.badge.setToolTip(words("ui.identical.tip"))
        self.badge.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for over in (self.title, self.badge):
            over.setParent(self)
            over.hide()
        self.title.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.legend = HeatLegend(theme, words, self, self.heat_closed.emit)
        self.notice = NoticeStrip(theme, words, self)
        self.notice.installEventFilter(self)

    def show_title(self, text: str) -> None:
        self._title_text = text
        self.title.setVisible(bool(text))
        self._place()

    def show_heat(self, shown: bool, heat: Heat | None) -> None:
        """The legend of the map of changes."""
        self.legend.show_heat(shown, heat)
        self._place()

    def show_badge(self, shown: bool) -> None:
        self.badge.setVisible(shown)
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.LayoutRequest):
            self._place()
        return False

    def _place(self) -> None:
        badge = self.badge.sizeHint()
        self.badge.setGeometry(self.width() - badge.width() - _EDGE, 10, badge.width(), badge.height())
        room = self.width() - 2 * _EDGE - (badge.width() + _EDGE if self.badge.isVisibleTo(self) else 0)
        self.title.ensurePolished()
        metrics = QFontMetrics(self.title.font())
        shown = metrics.elidedText(self._title_text, Qt.TextElideMode.ElideMiddle, max(0, room - 2 * _PADDING))
        self.title.setText(shown)
        size = self.title.sizeHint()
        self.title.setGeometry(_EDGE - _PADDING, 12, size.width(), size.height())
        legend = self.legend.sizeHint()
        bottom = self.notice.height() + _EDGE if self.notice.isVisibleTo(self) else 0
        self.legend.setGeometry(
            _EDGE, self.height() - legend.height() - _EDGE - bottom, legend.width(), legend.height()
        )
        width = min(720, self.width() - 2 * _EDGE)
        height = max(self.notice.heightForWidth(width), self.notice.minimumSizeHint().height())
        self.notice.setGeometry((self.width() - width) // 2, self.height() - height - _EDGE, width, height)
