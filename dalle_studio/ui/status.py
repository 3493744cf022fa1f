"""The status bar: where one stands on the left, what left this computer today on the right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStatusBar

from dalle_studio.core.words import Words
from dalle_studio.ui.controls import button, label, name
from dalle_studio.ui.money_fields import spent_text, today_text

if TYPE_CHECKING:
    from dalle_studio.session.spending import Spending

_SHOWN_MS = 6000
_SWATCH = 11
_GAP = 14
_SPACING = 6
_PACE_MS = 50


class _Message(QLabel):
    """One line that ends in dots where there is no room for it; the whole is in its tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())
        self.setToolTip("" if shown == self.text() else self.text())
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.end()


class StatusBar(QStatusBar):
    """Zoom, position, mask share and undo step; a message takes their place for a few seconds."""

    steps_wanted = Signal()
    """The undo step was clicked."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.setObjectName("statusBar")
        self.setFixedHeight(26)
        self.setSizeGripEnabled(False)
        self.setContentsMargins(12, 0, 12, 0)
        self._zoom = self._part("statusZoom")
        self._position = self._part("statusPosition")
        self._swatch = label("")
        self._swatch.setObjectName("statusSwatch")
        keeps_room = self._swatch.sizePolicy()
        keeps_room.setRetainSizeWhenHidden(True)
        self._swatch.setSizePolicy(keeps_room)
        self._swatch.setFixedWidth(_SWATCH)
        self._swatch.hide()
        self.addWidget(self._swatch)
        self._colour = self._part("statusColour")
        self._square = QPixmap(_SWATCH, _SWATCH)
        self._shown_colour: tuple[int, ...] = ()
        self._is_tight = False  # a message needs the room
        self._share = self._part("statusMask")
        self._step = button("", "status", "statusStep")
        self._step.setAccessibleName(words("ui.statusStep"))
        self._step.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the menu has the same for the keyboard
        self._step.setToolTip(words("ui.action.undo_history"))
        self._step.clicked.connect(self.steps_wanted)
        self._step.hide()
        self.addWidget(self._step)
        self._message = _Message()
        name(self._message, "statusMessage", words("ui.statusMessage"))
        self.addWidget(self._message, 1)
        self._spent = label("")
        name(self._spent, "statusSpent", words("ui_money.spent"))
        self._spent.setContentsMargins(0, 0, 14, 0)
        self._spent.hide()
        self.addPermanentWidget(self._spent)
        self._sent = label("")
        name(self._sent, "statusSent", words("ui.status.sent"))
        self.addPermanentWidget(self._sent)
        self._waiting: tuple[tuple[int, int] | None, tuple[int, ...]] | None = None
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.setInterval(_PACE_MS)
        self._pace.timeout.connect(self._show_waiting)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SHOWN_MS)
        self._timer.timeout.connect(lambda: self._say(""))

    def showEvent(self, event: QShowEvent) -> None:
        """What stands behind the position must not move away from a pointer that leaves the photo."""
        super().showEvent(event)
        for part, longest in ((self._position, "00000, 00000"), (self._colour, "#DDDDDD")):
            part.setMinimumWidth(part.fontMetrics().horizontalAdvance(longest) + _GAP)

    def _part(self, object_name: str) -> QLabel:
        part = label("")
        name(part, object_name, self._words(f"ui.{object_name}"))
        part.setContentsMargins(0, 0, _GAP, 0)
        self.addWidget(part)
        return part

    def show_zoom(self, zoom: float | None) -> None:
        self._zoom.setText("" if zoom is None else percent(zoom))

    def show_position(self, at: tuple[int, int] | None, colour: tuple[int, ...] = ()) -> None:
        """The photo pixel under the pointer and its colour: R, G, B and, where there is transparency, A.

        Shown at once, and then as often as it can be read: laying the bar out takes longer than a stroke's sample.
        """
        self._waiting = (at, colour)
        if not self._pace.isActive():
            self._show_waiting()

    def _show_waiting(self) -> None:
        if self._waiting is None:
            return
        (at, colour), self._waiting = self._waiting, None
        self._position.setText("" if at is None else f"{at[0]}, {at[1]}")
        self._show_colour(colour)
        self._pace.start()

    def _show_colour(self, colour: tuple[int, ...]) -> None:
        if colour == self._shown_colour:
            return
        self._shown_colour = colour
        self._swatch.setVisible(bool(colour) and not self._is_tight)
        self._colour.setText(("#" + "%02X" * len(colour)) % colour if colour else "")
        if colour:
            self._square.fill(QColor(*colour[:3]))
            self._swatch.setPixmap(self._square)

    def show_share(self, share: float | None) -> None:
        self._share.setText("" if share is None else self._words("ui.status.mask", share=percent(share)))

    def show_step(self, position: int, count: int) -> None:
        self._step.setText(self._words("ui.status.step", position=position, count=count))
        self._step.setVisible(count > 0)

    def above_step(self) -> QPoint:
        """Where a menu about the undo steps stands, on the screen."""
        return self.mapToGlobal(QPoint(self._step.x(), 0))

    def show_sent(self, sent: Mapping[str, int]) -> None:
        """Crops by the host they went to; of several hosts the counts are in the tooltip."""
        count = sum(sent.values())
        host = next(iter(sent), "")
        if len(sent) > 1:
            key = "session.sent_several"
        elif count == 1:
            key = "session.sent_one"
        else:
            key = "ui.status.sent_today" if count else "ui.status.sent_none"
        self._sent.setText(self._words(key, count=count, host=host, hosts=len(sent)))
        self._sent.setToolTip("\n".join(f"{host}: {crops}" for host, crops in sent.items()) if len(sent) > 1 else "")

    def show_spending(self, spent: Spending | None) -> None:
        """Today's dollars; this month's are in the tooltip. Nothing for those who never spend."""
        self._spent.setVisible(spent is not None and not spent.is_nothing)
        if spent is not None:
            self._spent.setText(today_text(self._words, spent))
            self._spent.setToolTip(spent_text(self._words, spent))

    @property
    def message(self) -> str:
        return self._message.text()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _say(self, text: str) -> None:
        self._message.setText(text)
        self._make_room()

    def _make_room(self) -> None:
        """Where a message does not fit beside them, what belongs to the pointer and the money give way to it."""
        wish = self._message.sizeHint().width() + sum(
            part.sizeHint().width() + _SPACING
            for part in (self._zoom, self._position, self._swatch, self._colour, self._share, self._step, self._sent)
            if part.text() or not part.isHidden()
        )
        self._is_tight = bool(self._message.text()) and wish > self.contentsRect().width()
        for part in (self._position, self._colour, self._share, self._sent):
            part.setHidden(self._is_tight)
        self._swatch.setVisible(bool(self._shown_colour) and not self._is_tight)

    def show_message(self, text: str, *, stays: bool = False) -> None:
        """For a few seconds, or until the next one; an empty text takes the message away."""
        self._say(text)
        if stays:
            self._timer.stop()
        else:
            self._timer.start()


def percent(share: float) -> str:
    """`0.045` → `4.5 %`; whole numbers from 10 % on."""
    value = share * 100
    if value == 0 or value >= 10:
        return f"{value:.0f} %"
    return f"{value:.1f} %" if value >= 0.1 else "< 0.1 %"
