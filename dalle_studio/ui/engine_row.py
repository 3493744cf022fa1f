"""Who does the edit, at which size, how well, how often: five drop-downs in two lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QWidget

from dalle_studio.core.engine_names import short_model
from dalle_studio.core.words import Words
from dalle_studio.ui.controls import Choice
from dalle_studio.ui.theme import Theme

if TYPE_CHECKING:
    from dalle_studio.session.editor import Editor


class EngineRow(QWidget):
    """Engine and engine model above; size, quality and count below."""

    def __init__(self, theme: Theme, words: Words, editor: Editor) -> None:
        super().__init__()
        self._words = words
        self._editor = editor
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        self.engine = Choice(theme, "engine", words("ui.engine"))
        self.model = Choice(theme, "model", words("ui.model"))
        self.sent_size = Choice(theme, "size", words("ui.size"))
        self.quality = Choice(theme, "quality", words("ui.quality"))
        self.count = Choice(theme, "count", words("ui.count"))
        grid.addWidget(self.engine, 0, 0, 1, 3)
        grid.addWidget(self.model, 0, 3, 1, 3)
        grid.addWidget(self.sent_size, 1, 0, 1, 2)
        grid.addWidget(self.quality, 1, 2, 1, 2)
        grid.addWidget(self.count, 1, 4, 1, 2)
        self.background = Choice(theme, "background", words("ui_words.background"))
        self.answer_format = Choice(theme, "answerFormat", words("ui_words.format"))
        grid.addWidget(self.background, 2, 0, 1, 3)
        grid.addWidget(self.answer_format, 2, 3, 1, 3)
        self.background.currentIndexChanged.connect(lambda: editor.set_background(str(self.background.currentData())))
        self.answer_format.currentIndexChanged.connect(
            lambda: editor.set_answer_format(self.answer_format.currentData())
        )
        for column in range(6):
            grid.setColumnStretch(column, 1)
        self.engine.currentIndexChanged.connect(lambda: editor.set_engine(str(self.engine.currentData())))
        self.model.currentIndexChanged.connect(lambda: editor.set_model(self.model.currentData()))
        self.sent_size.currentIndexChanged.connect(lambda: editor.set_sent_size(str(self.sent_size.currentData())))
        self.quality.currentIndexChanged.connect(lambda: editor.set_quality(str(self.quality.currentData())))
        self.count.currentIndexChanged.connect(lambda: editor.set_count(int(self.count.currentData())))
        editor.choices_changed.connect(self.refresh)
        editor.request_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Fill what changed. A drop-down with nothing to choose is disabled, never hidden: the row stays calm."""
        editor, words = self._editor, self._words
        self.engine.fill([(self._engine_text(key), key) for key in editor.engines], editor.engine)
        models: list[tuple[str, object]] = [(self._model_text(model), model) for model in editor.models]
        if not models:
            models = [(words("ui.model.none" if editor.engine == "local" else "ui.model.auto"), None)]
            if editor.model is not None and editor.engine != "local":
                models.append((short_model(editor.model), editor.model))
        self.model.fill(models, editor.model)
        self.model.setToolTip(self._ending_text(editor.model))
        self.model.setEnabled(models[0][1] is not None or len(models) > 1)
        self.sent_size.fill([(self._size_text(size), size) for size in editor.sizes], editor.sent_size)
        self.quality.fill([(self._quality_text(quality), quality) for quality in editor.qualities], editor.quality)
        self.count.fill([(f"× {count}", count) for count in range(1, editor.max_count + 1)], editor.count)
        self._fill_details()
        for choice in (self.sent_size, self.quality, self.count):
            choice.setEnabled(choice.count() > 1)

    def _fill_details(self) -> None:
        """Of a whole picture only, and where the engine model has them: elsewhere they would be two dead controls."""
        editor, words = self._editor, self._words
        backgrounds = [(words(f"ui_words.background.{one}"), one) for one in editor.backgrounds]
        self.background.fill(backgrounds, editor.background)
        usual = editor.formats[:1]
        formats: list[tuple[str, object]] = [
            (words("ui_words.format.as", name=name.upper()), None if name in usual else name) for name in editor.formats
        ]
        self.answer_format.fill(formats, editor.answer_format)
        self.background.setVisible(bool(backgrounds))
        self.answer_format.setVisible(bool(formats))

    def _engine_text(self, key: str) -> str:
        known = f"ui.engine.{key}"
        return self._words(known) if self._words.has(known) else key

    def _model_text(self, model: str) -> str:
        """Its short name, marked where the model is shut down soon or was already."""
        ending = self._editor.ending(model)
        if ending is None or ending.day is None:
            return short_model(model)
        key = "ui_money.model_ended" if ending.is_over else "ui_money.model_until"
        return self._words(key, model=short_model(model), month=ending.day.month, day=ending.day.day)

    def _ending_text(self, model: str | None) -> str:
        ending = None if model is None else self._editor.ending(model)
        if model is None or ending is None:
            return self._words("ui.model")
        key = "ui_money.model_ended.tip" if ending.is_over else "ui_money.model_until.tip"
        heir = short_model(ending.successor)
        return self._words(key, model=short_model(model), day=str(ending.day), successor=heir)

    def _quality_text(self, quality: str) -> str:
        known = f"ui.quality.{quality}"
        return self._words(known) if self._words.has(known) else quality

    def _size_text(self, size: str) -> str:
        return self._words("ui.size.auto") if size == "auto" else size.replace("x", " × ")
