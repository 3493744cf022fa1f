"""What the open photo shows, asked of a model that sees; and the caption that is kept of it. GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dalle_studio.core.errors import BadInput, Cancelled, StudioError
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.operation import Operation
from dalle_studio.session.editor_again import EditorAgain

if TYPE_CHECKING:
    from dalle_studio.core.describing import Description
    from dalle_studio.session.worker import Job, Tell


@dataclass(frozen=True, slots=True)
class DescribeAhead:
    """What would leave: how large, where to, and what it costs about (None = not known)."""

    sent: Size
    host: str
    usd: float | None


class EditorDescribing(EditorAgain):
    """Descriptions of the photo or of the crop."""

    def crop_to_describe(self) -> Rect | None:
        """The part that an edit would send, inside the photo; None where there is none."""
        plan, size = self.plan, self.size
        if plan is None or size is None or self.mode not in {Operation.EDIT, Operation.REMOVE}:
            return None
        inside = plan.crop.intersected(Rect.of_size(size))
        return None if inside.is_empty or inside == Rect.of_size(size) else inside

    def look_at_describing(self, rect: Rect, show: Callable[[DescribeAhead], None]) -> None:
        """Hand what it would mean to `show`. Nothing leaves."""
        choice = self._choice(Operation.EDIT)

        async def look(_: Tell) -> DescribeAhead:
            def ask() -> DescribeAhead:
                from dalle_studio.imaging.shrinking import shrunk_size
                from dalle_studio.workflow.describe import LONGEST

                describer = self._house.servers.describer(choice)
                sent = shrunk_size(rect.size, LONGEST)
                return DescribeAhead(sent, describer.host, describer.estimate(sent))

            return await self._lanes.keyring(ask)

        self._submit("look at describing", look, show)

    def describe(
        self, rect: Rect, done: Callable[[Description], None], failed: Callable[[StudioError], None]
    ) -> Job[Any] | None:
        """Ask for the description of that part; the job can be cancelled. None, and `failed`, without a photo."""
        picture, original, language = self.picture, self.original_id, self.words.language
        if picture is None:
            failed(BadInput("errors_workflow.picture_missing"))
            return None
        choice = self._choice(Operation.EDIT)

        async def ask(_: Tell) -> Description:
            from dalle_studio.workflow.describe import DescribePorts, Subject, describe

            house = self._house
            describer = await self._lanes.keyring(house.servers.describer, choice)
            cap = house.settings.monthly_cap_usd
            ports = DescribePorts(describer, house.codec, house.library.descriptions, self._lanes, cap)
            return await describe(Subject(picture, rect, language, original), ports)

        def came(description: Description) -> None:
            self._history_changed()
            done(description)

        def lost(error: StudioError) -> None:
            error.maybe_billed = error.maybe_billed or isinstance(error, Cancelled)
            self._history_changed()
            failed(error)

        return self._submit("describe", ask, came, lost)

    def keep_caption(self, text: str) -> None:
        """The history's search finds the photo by these words from now on."""
        original, house = self.original_id, self._house
        if original is None:
            return

        async def keep(_: Tell) -> None:
            await self._lanes.disk(house.library.descriptions.set_caption, original, text)

        def kept(_: None) -> None:
            self._tell("info", "session.caption_kept")
            self.library_changed.emit()

        self._submit("caption", keep, kept)
