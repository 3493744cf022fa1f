"""Small pictures of the library for whoever paints a list: one job for all that are wanted, the latest first.

A fast scroll wants hundreds. A job each would wake the worker hundreds of times, and the window would wait for the
interpreter's lock as often.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from PySide6.QtGui import QImage

from dalle_studio.core.errors import StudioError

if TYPE_CHECKING:
    from dalle_studio.core.ports import Lanes
    from dalle_studio.session.house import House
    from dalle_studio.session.worker import Tell

Show: TypeAlias = Callable[[QImage], None]
_Found: TypeAlias = list[tuple[Show, QImage]]

_PORTION: Final = 8
"""Pictures that are shown together; a page of the history has about twenty."""


class Thumbnails:
    """`begin` starts a job that runs `load` and hands what that tells, and what it returns, to `show`. GUI thread."""

    def __init__(self, house: House, lanes: Callable[[], Lanes], begin: Callable[[Thumbnails], object]) -> None:
        self._house, self._lanes, self._begin = house, lanes, begin
        self._wanted: deque[tuple[str, Show]] = deque()
        self._loading = False

    def want(self, blob_id: str, show: Show) -> None:
        """Hand a picture to `show`, soon; a null one when it can't be had."""
        self._wanted.append((blob_id, show))
        if not self._loading:
            self._loading = True
            self._begin(self)

    async def load(self, tell: Tell) -> _Found:
        """*On the worker.* Everything that is wanted, what comes meanwhile included."""
        lanes = self._lanes()
        found: _Found = []
        while self._wanted:
            if found:
                tell(found)
            portion = [self._wanted.pop() for _ in range(min(_PORTION, len(self._wanted)))]
            data = await lanes.disk(self._read, portion)
            found = await lanes.cpu(self._decode, data)
        return found

    def show(self, found: object) -> None:
        """Some came."""
        for show, image in cast("_Found", found):
            show(image)

    def end(self, found: object) -> None:
        """The job is over; what was wanted after its last look begins another one."""
        self._loading = False
        self.show(found)
        if self._wanted and not self._loading:
            self._loading = True
            self._begin(self)

    def fail(self) -> None:
        """The job ended in another way: nothing of it comes any more."""
        self._loading = False
        while self._wanted:
            _, show = self._wanted.pop()
            show(QImage())

    def _read(self, portion: list[tuple[str, Show]]) -> list[tuple[Show, bytes]]:
        return [(show, self._blob(blob)) for blob, show in portion]

    def _blob(self, blob: str) -> bytes:
        try:
            return self._house.library.blob(blob)
        except StudioError:  # missing or damaged: `history verify` tells of it
            return b""

    def _decode(self, data: list[tuple[Show, bytes]]) -> _Found:
        return [(show, self._image(one)) for show, one in data]

    def _image(self, data: bytes) -> QImage:
        from dalle_studio.session.qimages import share_picture

        if not data:
            return QImage()
        try:
            return share_picture(self._house.codec.decode_answer(data)).image.copy()
        except StudioError:
            return QImage()
