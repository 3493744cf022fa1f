"""What can be set: language and look, servers, the translator. Kept at once when the dialog is accepted.

The settings file is written on the worker; what another window changed in other fields stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from dalle_studio.session.spending import Spending
from dalle_studio.ui.controls import Choice, button, label, line, name
from dalle_studio.ui.fields import FieldKeys
from dalle_studio.ui.money_fields import CapField, spent_label
from dalle_studio.ui.problem import ProblemLabel
from dalle_studio.ui.server_fields import ServerFields
from dalle_studio.ui.server_trial import ServerTrial
from dalle_studio.ui.tall_page import TallPage

if TYPE_CHECKING:
    from dalle_studio.core.errors import StudioError
    from dalle_studio.session.worker import Tell
    from dalle_studio.storage.settings import Settings
    from dalle_studio.ui.window import MainWindow

_MEGA: Final = 1_000_000


class SettingsDialog(QDialog):
    """One page; every row says what it does by its label."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._words = words = window.words
        settings = window.house.settings
        self._is_open = True
        name(self, "settingsDialog", words("ui.settings.title"))
        self.setWindowTitle(words("ui.settings.title"))
        self.setMinimumWidth(560)
        column = self._page()
        self.language = self._choice("language", [(None, "system"), ("ko", "ko"), ("en", "en")], settings.language)
        self.look = self._choice("theme", [("dark", "dark"), ("light", "light"), ("system", "system")], settings.theme)
        self.pixels = QSpinBox()
        name(self.pixels, "settingPixelLimit", words("ui.settings.pixel_limit"))
        self.pixels.setRange(1, 2000)
        self.pixels.setSuffix(words("ui.settings.megapixels"))
        self.pixels.setValue(settings.pixel_limit // _MEGA)
        self.pixels.lineEdit().setTextMargins(7, 0, 0, 0)
        FieldKeys.keep(self.pixels)
        self.checks = self._switch("check_before_sending", checked=settings.check_before_sending)
        self.marks = self._switch("marks_ai", checked=settings.marks_ai)
        rows: list[tuple[str, QWidget]] = [
            ("language", self.language),
            ("theme", self.look),
            ("pixel_limit", self.pixels),
            ("check_before_sending", self.checks),
            ("marks_ai", self.marks),
        ]
        self._section(column, "general", rows)

        self.cap = CapField(words, settings.monthly_cap_usd)
        spent = spent_label(words, window.editor.spending or Spending())
        column.addWidget(line())
        self._section(column, "ui_money.title", [("ui_money.cap", self.cap), ("ui_money.spent", spent)])

        self.servers = ServerFields(window.theme, words, settings.servers)
        column.addWidget(line())
        column.addWidget(label(words("ui.settings.servers"), "strong"))
        column.addWidget(self.servers)
        self.trial = ServerTrial(window, self.servers.shown)
        column.addWidget(self.trial)

        self.translate = self._choice("translate", [("auto", "auto"), ("on", "on"), ("off", "off")], settings.translate)
        self.typing = self._switch("translate_while_typing", checked=settings.translate_while_typing)
        self.translator_url = self._field("translator_url", settings.translator_url or "")
        self.translator_model = self._field("translator_model", settings.translator_model or "")
        self.describer_model = self._field("describer_model", settings.describer_model or "")
        self.translator_key = button(words("ui.settings.translator_key"), "flat", "settingTranslatorKey")
        self.translator_key.clicked.connect(self._ask_for_key)
        column.addWidget(line())
        rows = [
            ("translate", self.translate),
            ("translate_while_typing", self.typing),
            ("translator_url", self.translator_url),
            ("translator_model", self.translator_model),
            ("describer_model", self.describer_model),
            ("", self.translator_key),
        ]
        self._section(column, "translator", rows)
        column.addStretch(1)
        self.resize(self.sizeHint())  # by itself it would take two thirds of the screen at most
        self.finished.connect(self._forget)

    # --- building ----------------------------------------------------------------------------------------------

    def _page(self) -> QVBoxLayout:
        """A page that scrolls on a low screen, below it what went wrong and the buttons. Returns the page's column."""
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        page = TallPage()
        page.column.setContentsMargins(22, 18, 22, 12)
        page.column.setSpacing(10)
        self._problem = ProblemLabel("settingsProblem")
        below = QVBoxLayout()
        below.setContentsMargins(22, 6, 22, 16)
        below.addWidget(self._problem)
        below.addWidget(self._buttons())
        outer.addWidget(page, 1)
        outer.addLayout(below)
        return page.column

    def _section(self, column: QVBoxLayout, which: str, rows: list[tuple[str, QWidget]]) -> None:
        column.addWidget(label(self._words(_id(which)), "strong"))
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for key, widget in rows:
            text = label(self._words(_id(key)) if key else "", "second")
            text.setMinimumWidth(130)
            text.setBuddy(widget)
            form.addRow(text, widget)
        column.addLayout(form)

    def _choice(self, key: str, values: list[tuple[str | None, str]], current: str | None) -> Choice:
        choice = Choice(self._window.theme, f"setting_{key}", self._words(f"ui.settings.{key}"))
        choice.fill([(self._words(f"ui.settings.{key}.{text}"), value) for value, text in values], current)
        return choice

    def _field(self, key: str, text: str) -> QLineEdit:
        field = QLineEdit(text)
        name(field, f"setting_{key}", self._words(f"ui.settings.{key}"))
        field.setPlaceholderText(self._words(f"ui.settings.{key}.placeholder"))
        FieldKeys.keep(field)
        return field

    def _switch(self, key: str, *, checked: bool) -> QCheckBox:
        switch = QCheckBox(self._words(f"ui.settings.{key}.text"))
        name(switch, f"setting_{key}", self._words(f"ui.settings.{key}.text"))
        switch.setChecked(checked)
        return switch

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox()
        keep = box.addButton(self._words("ui.settings.keep"), QDialogButtonBox.ButtonRole.AcceptRole)
        keep.setObjectName("settingsKeep")
        keep.setDefault(True)
        close = box.addButton(self._words("ui.close"), QDialogButtonBox.ButtonRole.RejectRole)
        close.setObjectName("close")
        close.setAutoDefault(False)
        box.accepted.connect(self._keep)
        box.rejected.connect(self.reject)
        return box

    # --- keeping -----------------------------------------------------------------------------------------------

    def _ask_for_key(self) -> None:
        from dalle_studio.ui.key_dialog import KeyDialog

        url = self.translator_url.text().strip() or None
        KeyDialog(self._window, self._window.house.servers.base_url(url)).exec()

    def _keep(self) -> None:
        changes: dict[str, object] = {
            "language": self.language.currentData(),
            "theme": self.look.currentData(),
            "pixel_limit": self.pixels.value() * _MEGA,
            "monthly_cap_usd": self.cap.cap,
            "servers": self.servers.servers(),
            "translate": self.translate.currentData(),
            "translate_while_typing": self.typing.isChecked(),
            "check_before_sending": self.checks.isChecked(),
            "marks_ai": self.marks.isChecked(),
            "translator_url": self.translator_url.text().strip() or None,
            "translator_model": self.translator_model.text().strip() or None,
            "describer_model": self.describer_model.text().strip() or None,
        }
        house, lanes = self._window.house, self._window.editor.worker.lanes

        async def keep(_: Tell) -> Settings:
            from dalle_studio.storage import settings

            return await lanes.disk(lambda: settings.change(house.places, **changes))

        self._problem.hide()
        self._window.editor.worker.submit("keep settings", keep, on_done=self._kept, on_error=self._fail)

    def _kept(self, settings: Settings) -> None:
        window = self._window
        old, window.house.settings = window.house.settings, settings
        window.theme.choose(settings.theme)
        window.editor.settings_changed()
        if settings.language != old.language:
            window.status.show_message(self._words("ui.settings.next_start"))
        if self._is_open:
            self.accept()

    def _fail(self, error: StudioError) -> None:
        if self._is_open:
            self._problem.tell(self._words, error)
            self.resize(self.sizeHint())

    def _forget(self) -> None:
        self._is_open = False
        self.trial.stop()


def _id(key: str) -> str:
    """Rows of other areas name their words whole."""
    return key if "." in key else f"ui.settings.{key}"
