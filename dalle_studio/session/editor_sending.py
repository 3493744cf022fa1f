"""What would be sent, to the byte, while somebody looks at it. GUI thread; the worker makes it as the edit would."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal

from dalle_studio.core.errors import StudioError
from dalle_studio.core.operation import Operation
from dalle_studio.session.editor_stack import EditorStack

if TYPE_CHECKING:
    from dalle_studio.core.frozen_mask import FrozenMask
    from dalle_studio.core.markup import Mark
    from dalle_studio.core.records import EditRequest
    from dalle_studio.core.words import Words
    from dalle_studio.session.house import Choose, House
    from dalle_studio.session.worker import Job, Tell
    from dalle_studio.workflow.sending import Sending


class EditorSending(EditorStack):
    """The details of the next request."""

    sending_changed = Signal()
    """`sending` is another one."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._sending: Sending | None = None
        self._sending_at = 0
        self._is_watched = False
        self._seeing: Job[Any] | None = None
        self._seen_of: tuple[object, ...] | None = None  # what the pixels of `_sending` were made from
        self._mask_state = 0  # counts changes of the mask
        self.plan_changed.connect(self._see_sending)
        self.markup_changed.connect(self._see_sending)

    @property
    def sending(self) -> Sending | None:
        """Of the request `sending_at`; None while nothing would be sent, or nobody watches."""
        return self._sending

    @property
    def sending_is_old(self) -> bool:
        """`sending` was made from another mask, place or photo; the present one is on its way."""
        return self._sending is not None and self._seen_of != self._made_from()

    @property
    def sending_at(self) -> int:
        """Which of several requests is looked at, from 0."""
        return min(self._sending_at, max(0, len(self.plans) - 1))

    def look_at_sending(self, at: int) -> None:
        """Look at another of several requests."""
        if 0 <= at < len(self.plans) and at != self.sending_at:
            self._sending_at = at
            self._see_sending()
            self.sending_changed.emit()

    def watch_sending(self, watched: bool) -> None:
        """Whether `sending` is wanted: it costs as much as the edit's own preparation."""
        self._is_watched = watched
        self._see_sending()

    def _see_sending(self) -> None:
        if self._seeing is not None:
            self._seeing.cancel()
            self._seeing = None
        document, mode = self._document, self.mode
        made_from = self._made_from()
        if not self._is_watched or self._closed or made_from is None:
            self._show_sending(None, None)
            return
        if self._sending is not None and made_from != self._seen_of:
            self.sending_changed.emit()  # it is an old one from now on
        if self._sending is not None and made_from == self._seen_of:
            self._speak_sending()
        elif document is None or mode in {Operation.GENERATE, Operation.VARY} or not self._uses_mask(mode):
            self._see(self._request_as_it_is(None), made_from)
        else:
            self._freeze(lambda mask: self._see(self._request_as_it_is(mask), made_from))

    def _made_from(self) -> tuple[object, ...] | None:
        """What the pixels that would be sent now depend on; None where nothing would be sent."""
        ahead, mode = self._ahead, self.mode
        plan = self.plans[self.sending_at] if self.plans else None
        if ahead is None or (plan is None and mode is not Operation.GENERATE):
            return None
        return (mode, ahead.info, plan, self._mask_state, self.margins, self.picture, self._marks_to_send)

    @property
    def _marks_to_send(self) -> tuple[Mark, ...]:
        return self.markup if self.sends_markup else ()

    def _request_as_it_is(self, mask: FrozenMask | None) -> EditRequest:
        return self._choices.request(self.mode, self.picture, mask, None, None)

    def _speak_sending(self) -> None:
        """Only the words are others."""
        from dalle_studio.workflow.prompt import said

        sending = self._sending
        if sending is not None:
            spoken = said(self._request_as_it_is(None), sending.info)
            self._show_sending(replace(sending, prompt=spoken), self._seen_of)

    def _see(self, request: EditRequest, made_from: tuple[object, ...]) -> None:
        choice, each, at, marks = self._choice(self.mode), self.sends_each, self.sending_at, self._marks_to_send

        async def see(_: Tell) -> Sending | None:
            def look() -> Sending | None:
                from dalle_studio.session.markup_painting import render
                from dalle_studio.workflow import areas, sending

                info = self._house.servers.engine_info(choice)
                division = areas.division_of(request, info) if each else None
                one = request if division is None else areas.requests_for_each(request, division)[at]
                if marks and one.picture is not None and info.takes_markup:
                    one = replace(one, markup=render(marks, one.picture.size))
                return sending.look_at(one, info, self._house.codec)

            return await self._lanes.cpu(look)

        def seen(found: Sending | None) -> None:
            self._seeing = None
            self._show_sending(found, made_from)

        def failed(error: StudioError) -> None:
            if error.kind != "cancelled":  # a newer look is under way; and what can't be sent is told elsewhere
                seen(None)

        self._seeing = self._submit("see what is sent", see, seen, failed)

    def _show_sending(self, sending: Sending | None, made_from: tuple[object, ...] | None) -> None:
        if sending is not self._sending:
            self._sending, self._seen_of = sending, made_from
            self.sending_changed.emit()

    def _mask_touched(self) -> None:
        super()._mask_touched()
        self._mask_state += 1
        if self._sending is not None:
            self.sending_changed.emit()
