"""The few controls that Qt's own don't cover: a curved slider, a drop-down with our arrow, segments, the big button."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from dalle_studio.ui import icons
from dalle_studio.ui.theme import Theme, sized


def role(widget: QWidget, name: str) -> None:
    """Give a widget its place in the style sheet."""
    widget.setProperty("role", name)


def name(widget: QWidget, object_name: str, accessible: str) -> None:
    """Both names: the one for scripts, and the one a screen reader says."""
    widget.setObjectName(object_name)
    widget.setAccessibleName(accessible)


def label(text: str, kind: str = "") -> QLabel:
    """A label that never reads its text as markup: file names and answers of a server come through here."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if kind:
        role(result, kind)
    return result


def line(parent: QWidget | None = None) -> QWidget:
    """A separator of one pixel."""
    result = QWidget(parent)
    role(result, "line")
    result.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    result.setFixedHeight(1)
    return result


def button(text: str, kind: str, object_name: str) -> QPushButton:
    """A quiet button in one of the style sheet's roles."""
    result = QPushButton(text)
    role(result, kind)
    name(result, object_name, text)
    result.setAutoDefault(False)
    result.setCursor(Qt.CursorShape.PointingHandCursor)
    return result


def by_pointer(part: QAbstractButton | QSlider, then: Callable[[], None]) -> None:
    """A click on `part` does not take the focus, and `then` gives it where it is wanted; keys keep it.

    Otherwise Space, held over the canvas to pan, would press the button that was clicked last.
    """
    part.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    used = part.sliderReleased if isinstance(part, QSlider) else part.clicked
    used.connect(lambda: None if part.window().focusWidget() is part else then())


class Choice(QComboBox):
    """A drop-down whose arrow is our own line, and which the wheel changes only while it has the focus."""

    def __init__(self, theme: Theme, object_name: str, accessible: str) -> None:
        super().__init__()
        self._theme = theme
        name(self, object_name, accessible)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(3)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def fill(self, rows: Iterable[tuple[str, object]], current: object) -> None:
        """Replace the rows (text, data) without telling anyone, and choose `current`."""
        rows = list(rows)
        blocked = self.blockSignals(True)
        if [(self.itemText(i), self.itemData(i)) for i in range(self.count())] != rows:
            self.clear()
            self.addItems([text for text, _ in rows])  # not `addItem`, which would load Qt's icon classes
            for at, (_, data) in enumerate(rows):
                self.setItemData(at, data)
        self.choose(current)
        self.blockSignals(blocked)
        self.setEnabled(self.count() > 0)

    def choose(self, data: object) -> None:
        """Show the row with this data, if there is one, without telling anyone."""
        blocked = self.blockSignals(True)
        index = next((i for i in range(self.count()) if self.itemData(i) == data), -1)
        if index >= 0:
            self.setCurrentIndex(index)
        self.blockSignals(blocked)
        self.setToolTip(self.currentText())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        side = 12.0
        at = QRectF(self.width() - side - 8, (self.height() - side) / 2, side, side)
        colour = QColor(self._theme.tokens.second)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 1.3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        centre = at.center()
        painter.drawPolyline([centre + QPointF(-3.5, -1.75), centre + QPointF(0, 1.75), centre + QPointF(3.5, -1.75)])
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class CurvedSlider(QSlider):
    """A slider whose handle moves along a power curve, so that small brushes are as easy to set as large ones.

    `value()` stays plain (pixels, per cent); only the way from value to position is curved. `curve` 1 is linear.
    Esc while the handle is held takes it back to where it was, and lets it go.
    """

    taken_back = Signal()
    """The value is the one from before the drag; `sliderReleased` follows."""

    def __init__(self, theme: Theme, low: int, high: int, curve: float = 1.0) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._theme = theme
        self._curve = curve
        self._held_from = low
        self.setRange(low, high)
        self.setPageStep(max(1, (high - low) // 20))
        self.setFixedSize(96, 24)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _place(self) -> float:
        share = (self.value() - self.minimum()) / max(1, self.maximum() - self.minimum())
        return float(share ** (1 / self._curve))

    def _move_to(self, x: float) -> None:
        share = min(1.0, max(0.0, (x - 7) / max(1, self.width() - 14)))
        self.setValue(round(self.minimum() + share**self._curve * (self.maximum() - self.minimum())))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held_from = self.value()
            self.setSliderDown(True)
            self._move_to(event.position().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isSliderDown():
            self.setValue(self._held_from)
            self.taken_back.emit()
            self.setSliderDown(False)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._move_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.height() / 2
        painter.setBrush(QColor(tokens.line))
        painter.drawRoundedRect(QRectF(2, middle - 1.5, self.width() - 4, 3), 1.5, 1.5)
        centre = QPointF(7 + self._place() * (self.width() - 14), middle)
        painter.setBrush(QColor(tokens.text if self.isEnabled() else tokens.second))
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.accent), 2))
        painter.drawEllipse(centre, 6, 6)
        painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()


class Segments(QFrame):
    """Buttons in one frame of which exactly one is chosen; the arrow keys go from one to the next.

    A click leaves the focus where it is: in the prompt, or on the canvas, where Space pans.
    """

    chosen = Signal(str)

    def __init__(self, accessible: str) -> None:
        super().__init__()
        role(self, "segments")
        self.setAccessibleName(accessible)
        self.setFixedHeight(36)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(3, 3, 3, 3)
        self._layout.setSpacing(2)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._keys: dict[str, QToolButton] = {}

    def add(self, key: str, object_name: str, text: str, tip: str) -> QToolButton:
        segment = QToolButton()
        role(segment, "segment")
        name(segment, object_name, text)
        segment.setText(text)
        segment.setToolTip(tip)
        segment.setCheckable(True)
        segment.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        segment.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        segment.clicked.connect(lambda: self.chosen.emit(key))
        self._layout.addWidget(segment)
        self._group.addButton(segment)
        self._keys[key] = segment
        return segment

    def choose(self, key: str) -> None:
        if key in self._keys:
            self._keys[key].setChecked(True)


class PrimaryButton(QPushButton):
    """The one coloured button: what it does in bold, and its key beside it."""

    def __init__(self, theme: Theme, object_name: str, hint: str) -> None:
        super().__init__()
        self._theme = theme
        self._hint = hint
        self.setObjectName(object_name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(38)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        self.setText(text)
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:
        return QSize(200, 38)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = tokens.ground
        if not self.isEnabled():
            ground = tokens.hover
        elif self.isDown():
            ground = tokens.ground_pressed
        elif self.underMouse():
            ground = tokens.ground_hover
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(frame, 8, 8)
        if self.hasFocus():
            painter.setPen(QPen(QColor(tokens.on_ground), 1.5))
            painter.setBrush(QBrush(Qt.BrushStyle.NoBrush))
            painter.drawRoundedRect(frame.adjusted(2.5, 2.5, -2.5, -2.5), 6, 6)
        self._draw_text(painter, QColor(tokens.on_ground if self.isEnabled() else tokens.second))
        painter.end()

    def _draw_text(self, painter: QPainter, colour: QColor) -> None:
        strong = sized(self.font(), 14, QFont.Weight.DemiBold)
        small = sized(self.font(), 12)
        first = QFontMetrics(strong).horizontalAdvance(self.text())
        second = QFontMetrics(small).horizontalAdvance(self._hint)
        x = (self.width() - first - 10 - second) / 2
        painter.setPen(colour)
        painter.setFont(strong)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(x, 0, first + 4, self.height()), flags, self.text())
        painter.setFont(small)
        if self.isEnabled():
            colour.setAlphaF(0.88)
        painter.setPen(colour)
        painter.drawText(QRectF(x + first + 10, 0, second + 4, self.height()), flags, self._hint)


class ToolButton(QToolButton):
    """A square button with one of our icons, painted as lines in the theme's colours.

    Not a QIcon: making its pixmaps, and Qt's icon classes, would cost a tenth of the time to the first paint.
    """

    def __init__(self, theme: Theme, icon_name: str, object_name: str, accessible: str, side: int = 36) -> None:
        super().__init__()
        self._theme = theme
        self._icon_name = icon_name
        role(self, "tool")
        name(self, object_name, accessible)
        self.setFixedSize(side, side)
        self._icon_side = 18 if side > 30 else 14
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_icon(self, icon_name: str) -> None:
        if icon_name != self._icon_name:
            self._icon_name = icon_name
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        tokens = self._theme.tokens
        colour = QColor(tokens.text if self.isChecked() or self.underMouse() else tokens.second)
        if not self.isEnabled():
            colour.setAlphaF(0.45)
        inset = (self.width() - self._icon_side) / 2
        painter = QPainter(self)
        icons.draw(painter, self._icon_name, QRectF(inset, inset, self._icon_side, self._icon_side), colour)
        painter.end()


def link(text: str, object_name: str) -> QPushButton:
    """A word that does something, at the right end of a label's line."""
    return button(text, "link", object_name)


def headline(left: QLabel, *right: QAbstractButton) -> QHBoxLayout:
    """A label with links at the right end of its line."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    row.addWidget(left)
    row.addStretch(1)
    for item in right:
        row.addWidget(item)
    return row
