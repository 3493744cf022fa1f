"""The menu behind the funnel in the search field: what the history shows, and what its rows are put together by."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from dalle_studio.core.engine_names import short_model
from dalle_studio.core.look import Colour
from dalle_studio.core.marks import HIGHEST, Label
from dalle_studio.core.operation import Operation
from dalle_studio.session.history_filter import Filter, engine_of
from dalle_studio.session.history_rows import Grouping, HistoryRow
from dalle_studio.ui.history_row import COLOURS, dot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dalle_studio.core.words import Words


DOTS: Final[dict[object, str]] = {
    **{label: colour for label, colour in COLOURS.items()},  # noqa: C416 - of any kind
    Colour.PINK: "#e58fb1",
    Colour.BROWN: "#8a5a3b",
    Colour.BLACK: "#111214",
    Colour.GREY: "#8b8d94",
    Colour.WHITE: "#f4f4f5",
}
"""What stands before a colour's name, of labels and of pictures."""


class FilterMenu(QMenu):
    """Made anew whenever it is opened; each choice is handed on at once."""

    def __init__(
        self,
        parent: QWidget,
        words: Words,
        present: Filter,
        grouping: Grouping,
        rows: Iterable[HistoryRow],
        narrow: Callable[[Filter], object],
        group: Callable[[Grouping], object],
    ) -> None:
        super().__init__(parent)
        self.setObjectName("historyFilterMenu")
        self._words, self._present, self._narrow = words, present, narrow
        favourites = self.addAction(words("ui_history.only_favourites"))
        favourites.setObjectName("filterFavourites")
        favourites.setCheckable(True)
        favourites.setChecked(present.favourite)
        favourites.triggered.connect(lambda on: narrow(replace(present, favourite=on)))
        paid = self.addAction(words("ui_history.paid"))
        paid.setObjectName("filterPaid")
        paid.setCheckable(True)
        paid.setChecked(present.paid)
        paid.triggered.connect(lambda on: narrow(replace(present, paid=on)))
        ratings: list[tuple[object, str]] = [(0, words("ui_history.any"))]
        stars = ((count, "★" * count) for count in range(1, HIGHEST + 1))
        self._choice("rating", ratings + [(count, words("ui_history.at_least", stars=text)) for count, text in stars])
        labels: list[tuple[object, str]] = [(Label.NONE, words("ui_history.any"))]
        self._choice("label", labels + [(one, words(f"ui_history.label_{one}")) for one in Label if one])
        colours: list[tuple[object, str]] = [(None, words("ui_history.any"))]
        self._choice("colour", colours + [(one, words(f"ui_history.colour_{one}")) for one in Colour])
        done: list[tuple[object, str]] = [(None, words("ui_history.any"))]
        shown = (one for one in Operation if words.has(f"ui.history.{one}"))
        self._choice("operation", done + [(one, words(f"ui.history.{one}")) for one in shown])
        engines = sorted({engine_of(row) for row in rows} - {""})
        names: list[tuple[object, str]] = [("", words("ui_history.any"))]
        self._choice("engine", names + [(one, self._engine(one)) for one in engines])
        self.addSeparator()
        how = self._submenu("group")
        for one in Grouping:
            action = self._add(how, words(f"ui_history.by_{one}"), f"group_{one}", checked=one is grouping)
            action.triggered.connect(lambda _=False, one=one: group(one))
        self.addSeparator()
        clear = self.addAction(words("ui_history.clear"))
        clear.setObjectName("filterClear")
        clear.setEnabled(not present.is_open)
        clear.triggered.connect(lambda: narrow(Filter(text=present.text)))

    def _choice(self, field: str, values: list[tuple[object, str]]) -> None:
        """One of several values of a field of the filter."""
        menu = self._submenu(field)
        for value, text in values:
            action = self._add(menu, text, f"{field}_{value}", checked=getattr(self._present, field) == value)
            if value in DOTS:
                action.setIcon(dot(DOTS[value]))
            action.triggered.connect(
                lambda _=False, value=value: self._narrow(replace(self._present, **{field: value}))
            )

    def _submenu(self, which: str) -> QMenu:
        menu = self.addMenu(self._words(f"ui_history.{which}"))
        menu.setObjectName(f"history_{which}")
        return menu

    def _add(self, menu: QMenu, text: str, name: str, *, checked: bool) -> QAction:
        group = menu.findChild(QActionGroup) or QActionGroup(menu)
        action = menu.addAction(text)
        action.setObjectName(name)
        action.setCheckable(True)
        action.setChecked(checked)
        group.addAction(action)
        return action

    def _engine(self, engine: str) -> str:
        known = f"ui.engine.{engine}"
        return self._words(known) if self._words.has(known) else short_model(engine)
