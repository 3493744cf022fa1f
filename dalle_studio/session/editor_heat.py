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
    from dalle_studio.session.qimages import SharedImage
    from dalle_studio.session.worker import Job, Tell


class EditorHeat(EditorSending):
    """GUI thread."""

    heat_changed = Signal()
    """`shows_heat` or `heat` is another one."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._heat: tuple[Picture, Heat] | None = None  # and the picture that it is of
        self._heating: Job[Any] | None = None
        self._heating_of: Picture | None = None
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

    @property
    def tuned_heat(self) -> SharedImage | None:
        """The map of `partial`, where that is a look at what is being tuned."""
        found = self._looked_map
        return found[1] if found is not None and found[0] is self.partial and self._shows_heat else None

    def show_heat(self, shown: bool) -> None:
        """Lay the map over the photo, or take it away."""
        if shown != self._shows_heat:
            self._shows_heat = shown and self.has_document
            self._heat_again()
            self.heat_changed.emit()

    def _heat_again(self) -> None:
        picture = self.picture
        if self._heating is not None and self._shows_heat and self._heating_of is picture:
            return  # something is being tuned meanwhile
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
        if self._stack_of == self._shown_version:  # or it will be told
            self._measure(picture)

    def _measure(self, picture: Picture) -> None:
        items, original = self._stack, self.original_id
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

        def failed(error: StudioError) -> None:
            if self._heating_of is picture:
                self._heating = None
            self._no_heat(error)

        self._heating_of = picture
        self._heating = self._submit("heat", measure, done, failed)

    def _no_heat(self, error: StudioError) -> None:
        if error.kind != "cancelled":
            self._tell_failure(error)
            self.show_heat(False)
