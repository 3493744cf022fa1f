"""What changed since the photo was opened, as a map over it: made on the worker, anew when the version changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from dalle_studio.core.errors import BadInput, StudioError
from dalle_studio.session.editor_sending import EditorSending

if TYPE_CHECKING:
    from dalle_studio.core.picture import Picture
    from dalle_studio.core.words import Words
    from dalle_studio.session.heat import Heat
    from dalle_studio.session.house import Choose, House
    from dalle_studio.session.worker import Job, Tell


class EditorHeat(EditorSending):
    """GUI thread."""

    heat_changed = Signal()
    """`shows_heat` or `heat` is another one."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._shows_heat = False
        self._heat: tuple[Picture, Heat] | None = None  # and the picture that it is of
        self._heating: Job[Any] | None = None
        self.stack_changed.connect(self._heat_again)
        self.document_changed.connect(self._heat_again)

    @property
    def shows_heat(self) -> bool:
        """The map is wanted; it is there when `heat` is."""
        return self._shows_heat

    @property
    def heat(self) -> Heat | None:
        """The map of the picture that is shown; None while it is being made, or where there is none."""
        if not self._shows_heat or self._heat is None or self._heat[0] is not self.picture:
            return None
        return self._heat[1]

    def show_heat(self, shown: bool) -> None:
        """Lay the map over the photo, or take it away."""
        if shown != self._shows_heat:
            self._shows_heat = shown and self.has_document
            self._heat_again()
            self.heat_changed.emit()

    def _heat_again(self) -> None:
        picture, original = self.picture, self.original_id
        if self._heating is not None:
            self._heating.cancel()
            self._heating = None
        if not self._shows_heat:
            self._heat = None
            return
        if picture is None:
            self.show_heat(False)
            return
        if self._heat is not None and self._heat[0] is picture:
            return
        self.heat_changed.emit()
        items = self._stack
        if self._stack_of != self._shown_version:
            return  # it will be told
        if original is None:
            self._no_heat(BadInput("reblend.heat.nothing"))
            return

        async def measure(_: Tell) -> Heat | None:
            from dalle_studio.session import heat

            return await self._lanes.cpu(heat.measure, self._house, original, items, picture)

        def done(found: Heat | None) -> None:
            self._heating = None
            if found is None:
                self._no_heat(BadInput("reblend.heat.nothing"))
            else:
                self._heat = (picture, found)
                self.heat_changed.emit()

        self._heating = self._submit("heat", measure, done, self._no_heat)

    def _no_heat(self, error: StudioError) -> None:
        if error.kind != "cancelled":
            self._tell_failure(error)
            self.show_heat(False)
