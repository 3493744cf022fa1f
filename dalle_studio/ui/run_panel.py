"""The button everything leads to, how far it is, and the answers one can step through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from dalle_studio.core.words import Words
from dalle_studio.ui.controls import PrimaryButton, ToolButton, button, label, name, role
from dalle_studio.ui.prompt_panel import MODE_OF
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from dalle_studio.core.ports import Progress
    from dalle_studio.session.editor import Editor

_PRESSES: Final = frozenset({QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick})


class RunPanel(QWidget):
    """Generate or Remove; while a job runs: cancel and progress; after it: candidates and compare."""

    run = Signal()
    compared = Signal(bool)
    """True while the compare button is held."""

    let_go = Signal()
    """The button with the keyboard's focus is about to go: who takes it says the window, not the tab order."""

    def __init__(self, theme: Theme, words: Words, editor: Editor) -> None:
        super().__init__()
        role(self, "plain")
        self._words = words
        self._editor = editor
        self._column = column = QVBoxLayout(self)
        self.set_compact(False)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.generate = PrimaryButton(theme, "generate", words("ui.run.key"))
        self.cancel = QPushButton(words("ui.cancel"))
        name(self.cancel, "cancel", words("ui.cancel"))
        self.cancel.setFixedHeight(38)
        self.cancel.hide()
        self._pressed: QObject | None = None  # which of the two the pointer pressed last, and when
        self._since = QElapsedTimer()
        for press in (self.generate, self.cancel):
            press.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the focus in the prompt or on the canvas
            press.installEventFilter(self)
        row.addWidget(self.generate, 1)
        row.addWidget(self.cancel)
        column.addLayout(row)
        column.addWidget(self._progress_row())
        column.addWidget(self._answer_row(theme))
        self.generate.clicked.connect(self.run)
        self.cancel.clicked.connect(editor.cancel)
        editor.busy_changed.connect(self.show_busy)
        editor.progress_changed.connect(self.show_progress)
        for signal in (
            *(editor.request_changed, editor.choices_changed, editor.document_changed),
            *(editor.pixels_changed, editor.edit_finished, editor.undo_changed),
        ):
            signal.connect(self.refresh)
        self.show_busy(editor.is_busy)

    def _progress_row(self) -> QWidget:
        self._running = QWidget()
        column = QVBoxLayout(self._running)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.progress = QProgressBar()
        name(self.progress, "progress", self._words("ui.progress"))
        self.progress.setTextVisible(False)
        self._stage = label("", "small")
        column.addWidget(self.progress)
        column.addWidget(self._stage)
        self._running.hide()
        return self._running

    def _answer_row(self, theme: Theme) -> QWidget:
        words = self._words
        self._answers = QWidget()
        row = QHBoxLayout(self._answers)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.previous = ToolButton(theme, "left", "previousCandidate", words("ui.action.previous_candidate"), 26)
        self._which = label("")
        name(self._which, "candidate", words("ui.candidate"))
        self._which.setMinimumWidth(38)
        self._which.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.next = ToolButton(theme, "right", "nextCandidate", words("ui.action.next_candidate"), 26)
        self._stepper = QWidget()
        steps = QHBoxLayout(self._stepper)
        steps.setContentsMargins(0, 0, 0, 0)
        steps.setSpacing(2)
        for part in (self.previous, self._which, self.next):
            steps.addWidget(part)
        keeps_room = self._stepper.sizePolicy()
        keeps_room.setRetainSizeWhenHidden(True)
        self._stepper.setSizePolicy(keeps_room)
        row.addWidget(self._stepper)
        row.addStretch(1)
        self.compare = button(words("ui.compare"), "flat", "compare")
        self.compare.setToolTip(words("ui.compare.tip"))
        row.addWidget(self.compare)
        self.previous.clicked.connect(lambda: self._editor.step_candidate(-1))
        self.next.clicked.connect(lambda: self._editor.step_candidate(+1))
        self.compare.pressed.connect(lambda: self.compared.emit(True))
        self.compare.released.connect(lambda: self.compared.emit(False))
        self._answers.hide()
        return self._answers

    def set_compact(self, compact: bool) -> None:
        """On a low screen: closer together."""
        self._column.setContentsMargins(14, 8 if compact else 10, 14, 8 if compact else 12)
        self._column.setSpacing(5 if compact else 8)

    def refresh(self) -> None:
        editor = self._editor
        mode = MODE_OF[str(editor.mode)]
        self.generate.show_text(self._words("ui.run.remove" if mode == "remove" else "ui.run.generate"))
        several = len(editor.candidates) > 1
        self._stepper.setVisible(several)
        if several:
            self._which.setText(f"{editor.chosen + 1} / {len(editor.candidates)}")
        # Choosing a layer, or hiding it, must not move the list that one chooses from.
        may_be_several = several or any(len(item.record.candidates) > 1 for item in editor.stack)
        self._answers.setVisible((may_be_several or editor.before is not None) and not editor.is_busy)
        self.compare.setVisible(editor.before is not None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Drop the further presses of a double click that began on the other button.

        Where *Cancel* was, *Generate* is as soon as it is gone, and the other way round: the second press would pay
        for another picture, or give up one that is paid for.
        """
        if event.type() not in _PRESSES:
            return super().eventFilter(watched, event)
        goes_on = self._pressed is not None and self._since.elapsed() < QApplication.doubleClickInterval()
        self._since.start()
        if goes_on and watched is not self._pressed:
            return True
        self._pressed = watched
        return False

    def show_busy(self, busy: bool) -> None:
        if (self.generate if busy else self.cancel).hasFocus():
            self.let_go.emit()
        self.generate.setEnabled(not busy)
        self.cancel.setVisible(busy)
        self._running.setVisible(busy)
        if busy:
            self.progress.setRange(0, 0)
            self._stage.setText(self._words("ui.stage.plan"))
        self.refresh()

    def show_progress(self, progress: Progress) -> None:
        """A known share fills the bar; an unknown one lets it wander."""
        if progress.fraction is None:
            self.progress.setRange(0, 0)
        else:
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(progress.fraction * 1000))
        if progress.message is not None:
            self._stage.setText(self._words(progress.message, **progress.params))
        else:
            here = progress.stage == "wait" and self._editor.host is None
            self._stage.setText(self._words("ui.stage.work" if here else f"ui.stage.{progress.stage}"))
