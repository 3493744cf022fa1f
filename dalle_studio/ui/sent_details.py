"""The details of what will be sent: how much around the mask, the pictures and the words as they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from dalle_studio.core.words import Words
from dalle_studio.session.crop_preview import drawn_preview, sent_preview
from dalle_studio.ui.controls import headline, label, link, name, role
from dalle_studio.ui.numbers import Range, add_number
from dalle_studio.ui.sent_picture import SentPicture
from dalle_studio.ui.status import percent
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from dalle_studio.core.picture import MaskPixels, Pixels
    from dalle_studio.session.editor import Editor
    from dalle_studio.workflow.payload import Payload
    from dalle_studio.workflow.sending import Sending

_WIDTH, _HEIGHT = 154, 104
_TEXT_WIDTH: Final = 2 * _WIDTH + 12
_MOST_CONTEXT: Final = 2048
_LONGEST_PROMPT: Final = 400


class SentDetails(QWidget):
    """Follows the editor while it is shown; `look` begins and ends that."""

    def __init__(self, theme: Theme, words: Words, editor: Editor) -> None:
        super().__init__()
        role(self, "plain")
        self._words = words
        self._editor = editor
        name(self, "sentDetails", words("sent.details"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        span = Range(0, _MOST_CONTEXT, "px", curve=2.0)
        self.context = add_number(row, theme, "context", (words("sent.context"), words("sent.context.tip")), span)
        row.addStretch(1)
        self.auto = link(words("sent.context.auto"), "contextAuto")
        self.auto.setToolTip(words("sent.context.auto.tip"))
        row.addWidget(self.auto)
        self._context_row = QWidget()
        self._context_row.setLayout(row)
        (self._number,) = self._context_row.findChildren(QSpinBox)
        column.addWidget(self._context_row)
        column.addWidget(self._several_row())
        self._pictures = QWidget()
        self._pictures.setFixedHeight(_HEIGHT)
        pictures = QHBoxLayout(self._pictures)
        pictures.setContentsMargins(0, 0, 0, 0)
        pictures.setSpacing(12)
        self.picture, self.sent_mask, self.sent_markup = (SentPicture(theme, _WIDTH, _HEIGHT) for _ in range(3))
        for part, key in ((self.picture, "picture"), (self.sent_mask, "mask"), (self.sent_markup, "markup")):
            name(part, f"sent{key.capitalize()}", words(f"sent.{key}"))
            part.setToolTip(words(f"sent.{key}.tip"))
            pictures.addWidget(part)
        pictures.addStretch(1)
        column.addWidget(self._pictures)
        self._told = label("", "second")
        self._told.setWordWrap(True)
        name(self._told, "sentTold", words("sent.details"))
        column.addWidget(self._told)
        self.context.valueChanged.connect(self._choose_context)
        self.auto.clicked.connect(lambda: editor.set_context(None))
        editor.plan_changed.connect(self.refresh)
        editor.sending_changed.connect(self.refresh)

    def _several_row(self) -> QWidget:
        """Which of several requests is shown, and a way to the others."""
        words, editor = self._words, self._editor
        self._which = label("", "second")
        self.previous, self.next = link("‹", "sentPrevious"), link("›", "sentNext")
        for part, key, step in ((self.previous, "previous", -1), (self.next, "next", 1)):
            part.setAccessibleName(words(f"sent.{key}"))
            part.setToolTip(words(f"sent.{key}"))
            part.clicked.connect(lambda _=False, step=step: editor.look_at_sending(editor.sending_at + step))
        self._several = QWidget()
        self._several.setLayout(headline(self._which, self.previous, self.next))
        return self._several

    def look(self, shown: bool) -> None:
        self.setVisible(shown)
        self._editor.watch_sending(shown)
        self.refresh()

    def refresh(self) -> None:
        if self.isHidden():
            return
        editor, sending = self._editor, self._editor.sending
        masked = str(editor.mode) in {"edit", "remove"}
        self._context_row.setVisible(masked)
        self.auto.setEnabled(editor.context is not None)
        with QSignalBlocker(self.context), QSignalBlocker(self._number):
            self.context.setValue(self._shown_context())
            self._number.setValue(self.context.value())
        self.context.update()
        count, at = len(editor.plans), editor.sending_at
        self._several.setVisible(count > 1)
        self._which.setText(self._words("sent.which", number=at + 1, count=count))
        self.previous.setEnabled(at > 0)
        self.next.setEnabled(at < count - 1)
        self._pictures.setVisible(str(editor.mode) != "generate")
        parcel = None if sending is None else sending.parcel
        old = editor.sending_is_old
        self.picture.show_image(_small(None if parcel is None else parcel.image), old=old)
        self.sent_mask.show_image(_small(None if parcel is None else parcel.mask), old=old)
        drawn = parcel is not None and parcel.markup is not None
        self.sent_markup.show_image(_drawn(parcel), old=old)
        self.sent_markup.setVisible(drawn)  # never beside a mask
        self.sent_mask.setVisible(str(editor.mode) != "vary")
        lines = [] if sending is None else self._lines(sending)
        if old:  # in the place of the first line: nothing moves for a moment
            lines[:1] = [self._words("reblend.sending_old")]
        self._told.setText("\n".join(lines))
        self._told.setMinimumHeight(max(0, self._told.heightForWidth(_TEXT_WIDTH)))  # or it is cut
        self._told.setVisible(sending is not None)

    def _choose_context(self, pixels: int) -> None:
        self._editor.set_context(pixels)

    def _shown_context(self) -> int:
        """What was chosen; else how far the crop really reaches beyond the mask on the side where it is nearest."""
        editor = self._editor
        if editor.context is not None:
            return editor.context
        bounds = editor.sent_bounds
        if editor.plan is None or bounds is None:
            return 0
        if editor.is_planning:
            return self.context.value()  # between the new mask and the old plan there is no distance to speak of
        crop = editor.plan.crop
        sides = (bounds.left - crop.left, bounds.top - crop.top, crop.right - bounds.right, crop.bottom - bounds.bottom)
        return max(0, min(_MOST_CONTEXT, *sides))

    def _lines(self, sending: Sending) -> list[str]:
        words, plan, parcel = self._words, sending.plan, sending.parcel
        lines = []
        if plan is not None:
            crop = plan.crop
            lines.append(words("sent.crop_place", crop=f"{crop.width} × {crop.height} @ {crop.x}, {crop.y}"))
            pad = plan.padding
            if not pad.is_empty:
                sides = {"left": pad.left, "top": pad.top, "right": pad.right, "bottom": pad.bottom}
                lines.append(words("sent.padding_line", **sides))
        if sending.masked is not None:
            lines.append(words("sent.mask_line", share=percent(sending.masked)))
        if sending.info.host is None:
            return lines
        if parcel is not None and parcel.markup is not None:
            lines.append(words("markup.sent_line"))
        if parcel is not None and parcel.image_png is not None:
            size = sum(len(file or b"") for file in (parcel.image_png, parcel.mask_png, parcel.markup_png))
            lines.append(words("sent.bytes_line", size=f"{size / 1e6:.1f}"))
        if sending.prompt is None:
            lines.append(words("sent.translated_first"))
        elif sending.prompt.sent:
            said = sending.prompt.sent
            lines.append(words("sent.prompt_line", prompt=said if len(said) <= _LONGEST_PROMPT else f"{said[:400]}…"))
        return lines


def _small(pixels: Pixels | MaskPixels | None) -> QImage:
    return QImage() if pixels is None else sent_preview(pixels, 2 * _WIDTH)


def _drawn(parcel: Payload | None) -> QImage:
    if parcel is None or parcel.markup is None:
        return QImage()
    return drawn_preview(parcel.image, parcel.markup, 2 * _WIDTH)
