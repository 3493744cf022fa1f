"""The engines in the menu: the same choice as the drop-down, for the keyboard and for those who look there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup

from dalle_studio.core.words import Words

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from dalle_studio.session.editor import Editor


class EngineMenu:
    """Keeps one checkable entry an engine at the top of the menu."""

    def __init__(self, menu: QMenu, before: QAction, words: Words, editor: Editor) -> None:
        self._menu = menu
        self._words = words
        self._editor = editor
        self._group = QActionGroup(menu)
        self._before = menu.insertSeparator(before)
        menu.aboutToShow.connect(self.refresh)

    def refresh(self) -> None:
        for old in self._group.actions():
            self._group.removeAction(old)
            self._menu.removeAction(old)
            old.deleteLater()
        for engine in self._editor.engines:
            known = f"ui.engine.{engine}"
            action = QAction(self._words(known) if self._words.has(known) else engine, self._menu)
            action.setObjectName(f"engine_{engine}")
            action.setCheckable(True)
            action.setChecked(engine == self._editor.engine)
            action.triggered.connect(lambda _=False, engine=engine: self._editor.set_engine(engine))
            self._group.addAction(action)
            self._menu.insertAction(self._before, action)
