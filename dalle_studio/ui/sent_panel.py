"""What exactly will leave the computer: the crop with its mask, its size, where it goes, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from dalle_studio.core.words import Words
from dalle_studio.session.crop_preview import crop_preview
from dalle_studio.ui.controls import label, name, role
from dalle_studio.ui.status import percent
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from dalle_studio.session.editor import Editor

_WIDTH, _HEIGHT = 96, 72
_LOW_WIDTH, _LOW_HEIGHT = 72, 54


class SentPicture(QWidget):
    """The thumbnail, fitted into its frame; empty while nothing would be sent."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._image = QImage()
        self.setFixedSize(_WIDTH, _HEIGHT)

    def show_image(self, image: QImage) -> None:
        self._image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()), 7, 7)
        painter.fillPath(path, QColor(self._theme.tokens.field))
        if self._image.isNull():
            painter.setPen(QColor(self._theme.tokens.line))
            painter.drawPath(path)
        else:
            painter.setClipPath(path)
            size = self._image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
            painter.drawImage(QRectF(left, top, size.width(), size.height()), self._image)
        painter.end()


class SentPanel(QWidget):
    """Follows the editor's plan."""

    def __init__(self, theme: Theme, words: Words, editor: Editor) -> None:
        super().__init__()
        role(self, "plain")
        self._theme = theme
        self._words = words
        self._editor = editor
        name(self, "whatIsSent", words("ui.sent"))
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 0)
        column.setSpacing(8)
        self._title = label(words("ui.sent"))
        column.addWidget(self._title)
        row = QHBoxLayout()
        row.setSpacing(12)
        self._picture = SentPicture(theme)
        row.addWidget(self._picture)
        lines = QVBoxLayout()
        lines.setSpacing(1)
        lines.addStretch(1)
        first = QHBoxLayout()
        first.setSpacing(0)
        self._size = label("", "strong")
        self._scale = label("", "second")
        first.addWidget(self._size)
        first.addWidget(self._scale)
        first.addStretch(1)
        lines.addLayout(first)
        self._content = label("", "second")
        self._content.setWordWrap(True)
        self._host = label("", "second")
        self._cost = label("")
        name(self._cost, "costEstimate", words("ui.cost"))
        lines.addWidget(self._content)
        self._where_and_cost = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._where_and_cost.setSpacing(1)
        for part in (self._host, self._cost):
            self._where_and_cost.addWidget(part)
        lines.addLayout(self._where_and_cost)
        lines.addStretch(1)
        row.addLayout(lines, 1)
        column.addLayout(row)
        editor.plan_changed.connect(self.refresh)
        editor.document_changed.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    def set_compact(self, compact: bool) -> None:
        """On a low screen: a smaller picture, and the price beside the place."""
        self._picture.setFixedSize(*((_LOW_WIDTH, _LOW_HEIGHT) if compact else (_WIDTH, _HEIGHT)))
        down, right = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._where_and_cost.setDirection(right if compact else down)
        self._where_and_cost.setSpacing(10 if compact else 1)
        self._where_and_cost.setStretch(1, 1 if compact else 0)
        self._column.setContentsMargins(14, 7 if compact else 10, 14, 0)
        self._column.setSpacing(5 if compact else 8)

    def refresh(self) -> None:
        editor, words = self._editor, self._words
        plan = editor.plan
        title = words("ui.sent.here" if self._stays_here else "ui.sent")
        self._title.setText(title)
        self.setAccessibleName(title)
        self._host.setText(self._host_text())
        self._host.setVisible(bool(self._host.text()))
        self._cost.setText(self._cost_text())
        self._cost.setVisible(bool(self._cost.text()))
        if plan is None:
            self._picture.show_image(QImage())
            self._size.setText("")
            self._scale.setText("")
            problem = editor.plan_problem
            self._content.setText(words(self._why_nothing()) if problem is None else words.of(problem)[0])
        else:
            self._show_plan()
        self.setAccessibleDescription(self._description())

    def _show_plan(self) -> None:
        editor, words = self._editor, self._words
        plan = editor.plan
        assert plan is not None  # noqa: S101 - the caller looked
        self._size.setText(f"{plan.sent.width} × {plan.sent.height}")
        scale = words("ui.sent.exact") if plan.is_exact else words("ui.sent.scaled", scale=percent(plan.scale))
        self._scale.setText(f" · {scale}")
        share = editor.sent_share
        mask = "" if share is None else words("ui.sent.mask", share=percent(share)) + " · "
        kept = "" if editor.host is None else words("ui.sent.no_metadata")
        self._content.setText(mask + kept if kept else mask.removesuffix(" · "))
        self._picture.show_image(self._preview())

    def _preview(self) -> QImage:
        editor = self._editor
        if editor.plan is None or editor.picture is None or editor.mask is None:
            return QImage()
        margins = editor.margins
        crop = editor.plan.crop.moved(-margins.left, -margins.top)
        hidden = editor.mask_spent and str(editor.mode) == "extend"
        mask = None if hidden else editor.mask.pixels
        return crop_preview(editor.picture.pixels, mask, crop, 2 * _WIDTH, self._theme.tokens.overlay)

    def _host_text(self) -> str:
        """Where it goes. Nothing is promised of an engine that is not known yet."""
        if self._editor.host is not None:
            return self._words("ui.sent.host", host=self._editor.host)
        return self._words("ui.sent.stays") if self._stays_here else ""

    @property
    def _stays_here(self) -> bool:
        editor = self._editor
        return editor.host is None and (editor.engine == "local" or editor.plan is not None)

    def _cost_text(self) -> str:
        cost = self._editor.cost_usd
        if cost is None:
            return ""
        return self._words("ui.cost.free") if cost == 0 else self._words("ui.cost.about", cost=f"{cost:.3f}")

    def _why_nothing(self) -> str:
        mode = str(self._editor.mode)
        if mode == "generate":
            return "ui.sent.only_words"
        if not self._editor.has_document:
            return "ui.sent.no_photo"
        return "ui.sent.no_margins" if mode == "extend" else "ui.sent.no_mask"

    def _description(self) -> str:
        parts = (self._size.text() + self._scale.text(), self._content.text(), self._host.text(), self._cost.text())
        return ", ".join(part for part in parts if part)
