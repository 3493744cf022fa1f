"""What the photo shows, in words: what would leave and what it costs stand above the button that sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QButtonGroup, QDialog, QHBoxLayout, QPushButton, QRadioButton, QVBoxLayout

from dalle_studio.core.geometry import Rect
from dalle_studio.ui.controls import label, name
from dalle_studio.ui.fields import TextField

if TYPE_CHECKING:
    from dalle_studio.core.describing import Description
    from dalle_studio.core.errors import StudioError
    from dalle_studio.session.editor_describing import DescribeAhead
    from dalle_studio.session.worker import Job
    from dalle_studio.ui.window import MainWindow


class DescribeDialog(QDialog):
    """Whole or crop, ask, then use the words as a prompt or keep them with the photo."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._words = words = window.words
        self._job: Job[Any] | None = None
        self._is_open = True
        size = window.editor.size
        self._whole = Rect(0, 0, 0, 0) if size is None else Rect.of_size(size)
        self._crop = window.editor.crop_to_describe()
        name(self, "describeDialog", words("ui_words.describe.title"))
        self.setWindowTitle(words("ui_words.describe.title"))
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(10)
        column.addWidget(label(words("ui_words.describe.what"), "strong"))
        column.addLayout(self._choice())
        self._leaves = label("", "second")
        self._leaves.setWordWrap(True)
        self._leaves.setMinimumHeight(2 * self.fontMetrics().height())  # a long address may take a second line
        name(self._leaves, "describeLeaves", words("ui_words.describe.what"))
        column.addWidget(self._leaves)
        self.text = TextField(
            "describeText", words("ui_words.describe.text"), words("ui_words.describe.placeholder"), 120
        )
        self.text.setMinimumWidth(436)  # not the dialog's: its buttons need their room, whatever they say
        column.addWidget(self.text)
        self._state = label("", "second")
        self._state.setObjectName("describeState")
        self._state.setWordWrap(True)
        self.limit = QPushButton(words("ui_money.offer_limit"))
        name(self.limit, "describeLimit", self.limit.text())
        self.limit.setAutoDefault(False)
        self.limit.hide()
        self.limit.clicked.connect(self._change_limit)
        told = QHBoxLayout()
        told.setSpacing(8)
        told.addWidget(self._state, 1)
        told.addWidget(self.limit)
        column.addLayout(told)
        column.addLayout(self._buttons())
        self.text.textChanged.connect(self._show_buttons)
        self.finished.connect(self._forget)
        self._look()
        self._show_buttons()

    def _choice(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(18)
        self._group = QButtonGroup(self)
        self.whole = QRadioButton(self._words("ui_words.describe.whole"))
        self.crop = QRadioButton(self._words("ui_words.describe.crop"))
        name(self.whole, "describeWhole", self.whole.text())
        name(self.crop, "describeCrop", self.crop.text())
        self.crop.setEnabled(self._crop is not None)
        (self.whole if self._crop is None else self.crop).setChecked(True)
        for choice in (self.whole, self.crop):
            self._group.addButton(choice)
            row.addWidget(choice)
        row.addStretch(1)
        self.whole.toggled.connect(self._look)
        return row

    def _buttons(self) -> QHBoxLayout:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(8)
        self.keep = QPushButton(words("ui_words.describe.keep"))
        name(self.keep, "describeKeep", self.keep.text())
        self.keep.setToolTip(words("ui_words.describe.keep.tip"))
        self.use = QPushButton(words("ui_words.describe.use"))
        name(self.use, "describeUse", self.use.text())
        self.ask = QPushButton(words("ui_words.describe.ask"))
        name(self.ask, "describeAsk", self.ask.text())
        close = QPushButton(words("ui.close"))
        name(close, "close", words("ui.close"))
        for press in (self.keep, self.use, self.ask, close):
            press.setAutoDefault(False)
        self.ask.setDefault(True)
        row.addWidget(close)
        row.addStretch(1)
        for press in (self.keep, self.use, self.ask):
            row.addWidget(press)
        close.clicked.connect(self.reject)
        self.keep.clicked.connect(self._keep)
        self.use.clicked.connect(self._use)
        self.ask.clicked.connect(self._press)
        return row

    @property
    def _rect(self) -> Rect:
        return self._crop if self._crop is not None and self.crop.isChecked() else self._whole

    # --- what would leave --------------------------------------------------------------------------------------

    def _look(self) -> None:
        if not self._whole.is_empty:
            self._window.editor.look_at_describing(self._rect, self._show_leaves)

    def _show_leaves(self, ahead: DescribeAhead) -> None:
        if not self._is_open:
            return
        words = self._words
        size = f"{ahead.sent.width} × {ahead.sent.height}"
        parts = [
            words("ui_words.describe.send", size=size),
            words("ui_words.describe.host", host=ahead.host),
        ]
        if ahead.usd:
            parts.append(words("ui_words.describe.cost", cost=f"{ahead.usd:.4f}"))
        self._leaves.setText(" · ".join(parts))

    # --- asking ------------------------------------------------------------------------------------------------

    def _press(self) -> None:
        if self._job is not None:
            self._job.cancel()
            return
        self._say(self._words("ui_words.describe.waiting"))
        self._job = self._window.editor.describe(self._rect, self._came, self._failed)
        self._show_buttons()

    def _came(self, description: Description) -> None:
        self._job = None
        if not self._is_open:
            return
        self.text.put(description.text)
        usd = description.usage.cost_usd
        told = "ui_words.describe.came_free" if not usd else "ui_words.describe.came"
        self._say(self._words(told, cost=f"{usd or 0:.4f}"))
        self._show_buttons()

    def _failed(self, error: StudioError) -> None:
        self._job = None
        if self._is_open:
            text = " ".join(part for part in self._words.of(error) if part)
            self._say(text, over_limit=error.message.startswith("errors_money."))
            self._show_buttons()

    def _say(self, text: str, *, over_limit: bool = False) -> None:
        self._state.setText(text)
        self.limit.setVisible(over_limit)
        self._column.activate()
        needed = self._column.totalHeightForWidth(self.width())  # a long sentence breaks into lines
        self.resize(self.width(), max(self.height(), needed))

    def _change_limit(self) -> None:
        self._say("")
        self._window.commands.show_limit()

    def _show_buttons(self) -> None:
        waiting, has_text = self._job is not None, bool(self.text.toPlainText().strip())
        words = self._words
        again = "ui_words.describe.again" if has_text else "ui_words.describe.ask"
        self.ask.setText(words("ui_words.describe.stop" if waiting else again))
        self.ask.setAccessibleName(self.ask.text())
        self.ask.setEnabled(not self._whole.is_empty)
        self.use.setEnabled(has_text and not waiting)
        self.keep.setEnabled(has_text and not waiting and self._window.editor.original_id is not None)

    # --- using -------------------------------------------------------------------------------------------------

    def _use(self) -> None:
        self._window.editor.set_prompt(self.text.toPlainText().strip())
        self.accept()
        self._window.commands.to_prompt()

    def _keep(self) -> None:
        self._window.editor.keep_caption(self.text.toPlainText().strip())

    def _forget(self) -> None:
        self._is_open = False
        if self._job is not None:
            self._job.cancel()
