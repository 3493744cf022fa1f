"""What exactly will leave the computer: the crop with its mask, its size, where it goes, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from dalle_studio.core.geometry import bounds_of
from dalle_studio.core.words import Words
from dalle_studio.session.crop_preview import crop_preview
from dalle_studio.ui.controls import Segments, headline, label, link, name, role
from dalle_studio.ui.reference_row import left_out
from dalle_studio.ui.sent_picture import SentPicture
from dalle_studio.ui.status import percent
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from dalle_studio.session.editor import Editor
    from dalle_studio.ui.sent_details import SentDetails

_WIDTH, _HEIGHT = 96, 72
_LOW_WIDTH, _LOW_HEIGHT = 72, 54


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
        self.unfold = link(words("sent.details"), "sentUnfold")
        self.unfold.setCheckable(True)
        self.unfold.setToolTip(words("sent.details.tip"))
        column.addLayout(headline(self._title, self.unfold))
        row = QHBoxLayout()
        row.setSpacing(12)
        self._picture = SentPicture(theme, _WIDTH, _HEIGHT)
        row.addWidget(self._picture)
        lines = QVBoxLayout()
        lines.setSpacing(1)
        lines.addStretch(1)
        self._size, self._scale = label("", "strong"), label("", "second")
        lines.addLayout(_beside(self._size, self._scale))
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
        column.addWidget(self._areas_row())
        self.details: SentDetails | None = None  # made when it is first wanted
        self.unfold.toggled.connect(self._unfold)
        editor.plan_changed.connect(self.refresh)
        editor.document_changed.connect(self.refresh)
        editor.markup_changed.connect(self.refresh)
        editor.references_changed.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    def _areas_row(self) -> QWidget:
        words, editor = self._words, self._editor
        self.areas = Segments(words("sent.areas"))
        name(self.areas, "sentAreas", words("sent.areas"))
        self._areas = {
            key: self.areas.add(key, f"sentAreas_{key}", words(f"sent.areas.{key}"), "") for key in ("together", "each")
        }
        self.areas.chosen.connect(lambda key: editor.set_sends_each(key == "each"))
        self.areas.hide()
        return self.areas

    def set_compact(self, compact: bool) -> None:
        """On a low screen: a smaller picture, and the price beside the place."""
        self._picture.setFixedSize(*((_LOW_WIDTH, _LOW_HEIGHT) if compact else (_WIDTH, _HEIGHT)))
        down, right = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._where_and_cost.setDirection(right if compact else down)
        self._where_and_cost.setSpacing(10 if compact else 1)
        self._where_and_cost.setStretch(1, 1 if compact else 0)
        self._column.setContentsMargins(14, 7 if compact else 10, 14, 0)
        self._column.setSpacing(5 if compact else 8)

    def _unfold(self, shown: bool) -> None:
        self.unfold.setText(self._words("sent.fold" if shown else "sent.details"))
        if self.details is None:
            from dalle_studio.ui.sent_details import SentDetails

            self.details = SentDetails(self._theme, self._words, self._editor)
            self._column.addWidget(self.details)
        self.details.look(shown)

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
            self._content.setText(self._without_a_crop() if problem is None else words.of(problem)[0])
        else:
            self._show_plan()
        self._show_areas()
        self.setAccessibleDescription(self._description())

    def _show_areas(self) -> None:
        """Only where there is something to choose: what one request for all costs, and what one for each."""
        editor, words = self._editor, self._words
        self.areas.setVisible(editor.divides > 0)
        if not editor.divides:
            return
        for key, cost in (("together", editor.cost_together), ("each", editor.cost_each)):
            price = "" if not cost else f" · {words('ui.cost.about', cost=f'{cost:.3f}')}"
            self._areas[key].setText(words(f"sent.areas.{key}") + price)
            self._areas[key].setAccessibleName(self._areas[key].text())
            self._areas[key].setToolTip(words(f"sent.areas.{key}.tip", count=editor.divides))
        self.areas.choose("each" if editor.sends_each else "together")

    def _show_plan(self) -> None:
        editor, words = self._editor, self._words
        plan = editor.plan
        assert plan is not None  # noqa: S101 - the caller looked
        sizes = [f"{one.sent.width} × {one.sent.height}" for one in editor.plans]
        self._size.setText(sizes[0] if len(sizes) == 1 else words("sent.several", count=len(sizes)))
        scale = words("ui.sent.exact") if plan.is_exact else words("ui.sent.scaled", scale=percent(plan.scale))
        self._scale.setText(f" · {scale}")
        share = editor.sent_share
        mask = "" if share is None else words("ui.sent.mask", share=percent(share)) + " · "
        if editor.markup and editor.host is not None:
            mask += words("markup.sent" if editor.sends_markup else "markup.stays") + " · "
        if editor.sent_references:
            mask += words("ui_words.references.sent", count=editor.sent_references) + " · "
        if len(editor.references) > editor.sent_references and editor.host is not None:
            mask += words("references.stay", numbers=left_out(editor)) + " · "
        kept = "" if editor.host is None else words("ui.sent.no_metadata")
        self._content.setText(mask + kept if kept else mask.removesuffix(" · "))
        self._picture.show_image(self._preview())

    def _preview(self) -> QImage:
        editor = self._editor
        if editor.plan is None or editor.picture is None or editor.mask is None:
            return QImage()
        margins = editor.margins
        whole = bounds_of(plan.crop for plan in editor.plans)
        crop = whole.moved(-margins.left, -margins.top)
        hidden = editor.mask_spent and str(editor.mode) == "extend"
        mask = None if hidden else editor.mask.pixels
        if str(editor.mode) == "vary":
            mask = None
        marks = editor.markup if editor.sends_markup else ()
        return crop_preview(editor.picture.pixels, mask, crop, 2 * _WIDTH, self._theme.tokens.overlay, marks)

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

    def _without_a_crop(self) -> str:
        """What leaves where no part of the photo does, or why nothing does."""
        editor, words = self._editor, self._words
        mode = str(editor.mode)
        if mode == "generate":
            count = editor.sent_references
            if not count:
                return words("ui.sent.only_words")
            stay = words("references.stay", numbers=left_out(editor)) if len(editor.references) > count else ""
            return " · ".join(part for part in (words("references.with_words", count=count), stay) if part)
        if not editor.has_document:
            return words("ui.sent.no_photo")
        return words("ui.sent.no_margins" if mode == "extend" else "ui.sent.no_mask")

    def _description(self) -> str:
        parts = (self._size.text() + self._scale.text(), self._content.text(), self._host.text(), self._cost.text())
        return ", ".join(part for part in parts if part)


def _beside(*parts: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(0)
    for part in parts:
        row.addWidget(part)
    row.addStretch(1)
    return row
