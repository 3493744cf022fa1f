"""The layers of the shown version as Qt sees them, the uppermost first. Pure data; the editor says what there is."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt

from dalle_studio.core.engine_names import engine_name
from dalle_studio.core.words import Words
from dalle_studio.session.history_model import Index, LoadThumbnail, Role, title_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage

    from dalle_studio.workflow.stack import Item


class LayerRole(IntEnum):
    """What the delegate asks for besides the roles of the history."""

    VISIBLE = Qt.ItemDataRole.UserRole + 40
    CAN_HIDE = VISIBLE + 1


class StackModel(QAbstractListModel):
    """GUI thread only."""

    def __init__(self, words: Words, load_thumbnail: LoadThumbnail, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self._load_thumbnail = load_thumbnail
        self._items: tuple[Item, ...] = ()
        self._current = -1
        self._thumbnails: dict[str, QImage | None] = {}
        self._answers: dict[int, Callable[[Item], object]] = {
            Qt.ItemDataRole.DisplayRole: self._title,
            Qt.ItemDataRole.ToolTipRole: lambda item: item.record.prompt or self._title(item),
            Qt.ItemDataRole.AccessibleTextRole: lambda item: f"{self._title(item)}, {self._second(item)}",
            Qt.ItemDataRole.DecorationRole: self._thumbnail,
            Role.DEPTH: lambda _: 0,
            Role.SECOND: self._second,
            LayerRole.VISIBLE: lambda item: item.layer.is_visible,
        }

    def show(self, items: tuple[Item, ...], current: int) -> None:
        """Take the stack, from the bottom, and which of it is chosen."""
        same = [one.layer.edit_id for one in items] == [one.layer.edit_id for one in self._items]
        if not same:
            self.beginResetModel()
        self._items, self._current = items, current
        if not same:
            self.endResetModel()
        elif items:
            self.dataChanged.emit(self.index(0), self.index(len(items) - 1))

    def at(self, index: Index) -> int:
        """Which layer a row shows, counted from the bottom."""
        return len(self._items) - 1 - index.row()

    def index_of(self, at: int) -> QModelIndex:
        return self.index(len(self._items) - 1 - at)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._items):
            return None
        at = self.at(index)
        if role == Role.CURRENT:
            return at == self._current
        if role == LayerRole.CAN_HIDE:
            from dalle_studio.workflow import stack

            return stack.why_not_hidden(self._items, at) is None
        answer = self._answers.get(role)
        return None if answer is None else answer(self._items[at])

    def _title(self, item: Item) -> str:
        return title_of(self._words, item.record)

    def _second(self, item: Item) -> str:
        words, blend = self._words, item.layer.blend
        parts = [engine_name(words, item.record)]
        if item.can_blend and blend.opacity < 1:
            parts.append(words("reblend.row.opacity", share=round(100 * blend.opacity)))
        if not item.layer.is_visible:
            parts.append(words("reblend.row.hidden"))
        return " · ".join(part for part in parts if part)

    def _thumbnail(self, item: Item) -> QImage | None:
        candidates = item.record.candidates
        found = next((one.thumbnail for one in candidates if one.index == item.layer.candidate), item.record.small)
        if found is None:
            return None
        if found not in self._thumbnails:
            self._thumbnails[found] = None
            self._load_thumbnail(found, lambda image: self._take(found, image))
        return self._thumbnails[found]

    def _take(self, blob: str, image: QImage) -> None:
        self._thumbnails[blob] = None if image.isNull() else image
        if self._items:
            self.dataChanged.emit(
                self.index(0), self.index(len(self._items) - 1), [int(Qt.ItemDataRole.DecorationRole)]
            )
