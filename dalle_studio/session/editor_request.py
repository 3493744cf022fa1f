"""The request side of the editor: mode, words, engine, and what would be sent. GUI thread; the worker plans."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QTimer

from dalle_studio.core.areas import Areas
from dalle_studio.core.errors import StudioError
from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.operation import Operation
from dalle_studio.core.words import Words
from dalle_studio.session.choices import AUTO, LOCAL, OPENAI, WHOLE, Choices
from dalle_studio.session.editor_state import EditorState
from dalle_studio.session.worker import Job

if TYPE_CHECKING:
    from dalle_studio.core.mask import Mask
    from dalle_studio.core.plan import Plan
    from dalle_studio.engines.model_table import Ending
    from dalle_studio.imaging.areas import Area
    from dalle_studio.session.house import Choice, Choose, House
    from dalle_studio.session.lookahead import Ahead
    from dalle_studio.session.worker import Tell

_PAUSE_MS: Final = 50
"""A stroke or a word may change much at once: planning waits until it has been quiet for so long."""

TRANSPARENT: Final = "transparent"
JPEG: Final = "jpeg"

_FOLLOWS_PROMPT: Final = {Operation.EDIT, Operation.VARY, Operation.GENERATE}


class EditorRequest(EditorState):
    """What is asked for, and what it would mean."""

    def __init__(self, house: House, choose: Choose, words: Words) -> None:
        super().__init__(house, choose, words)
        self._choices = Choices()
        self._ahead: Ahead | None = None
        self._servers: tuple[str, ...] = ()
        self._chosen: set[str] = set()  # settings that were chosen since the start
        self._looking: Job[Any] | None = None
        self._is_started = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._look_ahead)

    # --- what is asked for -------------------------------------------------------------------------------------

    @property
    def mode(self) -> Operation:
        return self._choices.mode

    def set_mode(self, mode: Operation) -> None:
        if mode is not self._choices.mode:
            self._choices.mode = Operation(mode)
            self._ahead = None
            self._changed(engine=True)

    @property
    def prompt(self) -> str:
        return self._choices.prompt

    def set_prompt(self, text: str) -> None:
        if text != self._choices.prompt:
            self._choices.prompt = text
            self._changed()

    @property
    def margins(self) -> Margins:
        """How far the canvas grows; nothing outside mode Extend."""
        return self._choices.margins if self.mode is Operation.EXTEND else Margins()

    def set_margins(self, margins: Margins) -> None:
        if margins != self._choices.margins:
            self._choices.margins = margins
            self._changed()

    @property
    def context(self) -> int | None:
        """Pixels of surroundings around the mask; None = planned."""
        return self._choices.context

    def set_context(self, pixels: int | None) -> None:
        if pixels != self._choices.context:
            self._choices.context = pixels
            self._changed()

    @property
    def divides(self) -> int:
        """How many separate areas could be sent one by one, where that is worth a choice; else 0."""
        division = None if self._ahead is None else self._ahead.division
        return 0 if division is None else len(division.areas)

    @property
    def sent_bounds(self) -> Rect | None:
        """What is painted of the first request; None while nothing is."""
        mask = self.mask
        if self.sends_each and self._ahead is not None and self._ahead.division is not None:
            return self._ahead.division.areas[0].bounds
        return None if mask is None or mask.is_empty else mask.bounds

    @property
    def sends_each(self) -> bool:
        """Whether every separate area is an edit of its own."""
        return self.divides > 0 and self._choices.areas is Areas.EACH

    def set_sends_each(self, each: bool) -> None:
        wish = Areas.EACH if each else Areas.TOGETHER
        if wish is not self._choices.areas:
            self._choices.areas = wish
            self.request_changed.emit()
            self.plan_changed.emit()

    @property
    def cost_together(self) -> float | None:
        return None if self._ahead is None or self._ahead.sent is None else self._ahead.usd

    @property
    def cost_each(self) -> float | None:
        """Of all the edits, were every area one of its own."""
        return None if self._ahead is None else self._ahead.usd_each

    def _uses_mask(self, mode: Operation) -> bool:
        """A mask that an edit used up is hidden, and would erase that edit's result where the canvas grows."""
        return mode is not Operation.EXTEND or not self.mask_spent

    @property
    def engine(self) -> str:
        return self._choices.engine

    def set_engine(self, name: str) -> None:
        """For the present mode; other modes keep theirs."""
        if name != self._choices.engine:
            self._choices.engine = name
            if self.mode in _FOLLOWS_PROMPT and name != LOCAL:
                self._choices.preferred = name
                self._prefer(engine=name)
            self._ahead = None
            self._changed(engine=True)

    @property
    def model(self) -> str | None:
        """The engine model: the chosen one, else the engine's default."""
        chosen = self._choices.model
        return chosen if chosen is not None or self._ahead is None else self._ahead.info.model

    def set_model(self, name: str | None) -> None:
        if name != self._choices.model:
            self._choices.model = name
            if self.engine == self._choices.preferred:
                self._prefer(model=name)
            self._changed(engine=True)

    @property
    def sent_size(self) -> str:
        """`auto` or WxH."""
        return self._choices.sent_size

    def set_sent_size(self, text: str) -> None:
        """`auto` or WxH; anything else is not taken."""
        if text != AUTO:
            try:
                text = str(Size.parse(text))
            except ValueError:
                self._tell("warning", "session.no_size", text=text)
                return
        if text != self._choices.sent_size:
            self._choices.sent_size = text
            self._changed()

    @property
    def quality(self) -> str:
        return self._choices.quality

    def set_quality(self, quality: str) -> None:
        if quality != self._choices.quality:
            self._choices.quality = quality
            self._prefer(quality=quality)
            self._changed()

    @property
    def count(self) -> int:
        """How many candidates; no more than the engine makes at once."""
        return min(self._choices.count, self.max_count)

    def set_count(self, count: int) -> None:
        count = max(1, min(count, self.max_count))
        if count != self.count:
            self._choices.count = count
            self._prefer(count=count)
            self._changed()

    @property
    def background(self) -> str:
        """Of a new picture or a variation."""
        return self._choices.background if self._choices.background in self.backgrounds else AUTO

    def set_background(self, background: str) -> None:
        """JPEG can't be transparent: then the answer comes as it usually does."""
        if background != self._choices.background:
            self._choices.background = background
            if background == TRANSPARENT and self._choices.answer_format == JPEG:
                self._choices.answer_format = None
            self._changed()

    @property
    def answer_format(self) -> str | None:
        """As what a new picture or a variation comes; None = as usual."""
        return self._choices.answer_format if self._choices.answer_format in self.formats else None

    def set_answer_format(self, name: str | None) -> None:
        if name != self._choices.answer_format:
            self._choices.answer_format = name
            if self._choices.background == TRANSPARENT and name == JPEG:
                self._choices.background = AUTO
            self._changed()

    def _prefer(self, **choices: object) -> None:
        """The user chose these settings; the parts above keep them."""
        self._chosen |= choices.keys()

    # --- what can be chosen ------------------------------------------------------------------------------------

    @property
    def engines(self) -> tuple[str, ...]:
        return (OPENAI, LOCAL, *self._servers)

    @property
    def models(self) -> tuple[str, ...]:
        return () if self._ahead is None else self._ahead.models

    @property
    def sizes(self) -> tuple[str, ...]:
        """`auto` first."""
        offered = () if self._ahead is None else self._ahead.sizes
        own = (self.sent_size,) if self.sent_size not in {AUTO, *offered} else ()
        return (AUTO, *offered, *own)

    def ending(self, model: str) -> Ending | None:
        """When that engine model is shut down, where that is soon or was already."""
        return None if self._ahead is None else self._ahead.endings.get(model)

    @property
    def qualities(self) -> tuple[str, ...]:
        return (AUTO,) if self._ahead is None else self._ahead.qualities

    @property
    def backgrounds(self) -> tuple[str, ...]:
        """What can be asked for; empty where the engine model or the mode has no choice."""
        return () if self._ahead is None or self.mode not in WHOLE else self._ahead.info.backgrounds

    @property
    def formats(self) -> tuple[str, ...]:
        """As what a whole picture may come; empty where there is no choice."""
        return () if self._ahead is None or self.mode not in WHOLE else self._ahead.info.formats

    @property
    def max_count(self) -> int:
        if self._ahead is None:
            return 10 if self.engine != LOCAL else 1
        return self._ahead.info.max_count

    @property
    def host(self) -> str | None:
        """Where the crop goes; None = nothing leaves this computer, or not known yet."""
        return None if self._ahead is None else self._ahead.info.host

    @property
    def follows_prompt(self) -> bool:
        if self.mode is Operation.REMOVE:
            return False
        return self.engine != LOCAL if self._ahead is None else self._ahead.info.reads_words(self.mode)

    # --- what would be sent ------------------------------------------------------------------------------------

    @property
    def plan(self) -> Plan | None:
        """Of the request, or of the first where every area is one."""
        plans = self.plans
        return plans[0] if plans else None

    @property
    def plans(self) -> tuple[Plan, ...]:
        """One for each request that Generate would send."""
        ahead = self._ahead
        if ahead is None or ahead.plan is None:
            return ()
        return ahead.division.each if self.sends_each and ahead.division is not None else (ahead.plan,)

    @property
    def is_planning(self) -> bool:
        """`plan` may be of another mask, or of other choices; the present one is on its way."""
        return self._pause.isActive() or self._looking is not None

    @property
    def plan_problem(self) -> StudioError | None:
        """Why there is no plan: a size that the engine does not allow."""
        return None if self._ahead is None else self._ahead.problem

    @property
    def cost_usd(self) -> float | None:
        """Before sending; None when unknown or when there is nothing to send."""
        return self.cost_each if self.sends_each else self.cost_together

    @property
    def cost_is_exact(self) -> bool:
        return self._ahead is not None and self._ahead.exact

    @property
    def sent_share(self) -> float | None:
        """How much of the crop is masked, 0 to 1; None where there is no mask to speak of."""
        mask, plans = self.mask, self.plans
        if mask is None or not plans or self.mode not in {Operation.EDIT, Operation.REMOVE}:
            return None
        return sum(mask.count(plan.crop) for plan in plans) / sum(plan.crop.area for plan in plans)

    @property
    def is_idle(self) -> bool:
        return super().is_idle and (self._is_stroking or not self._pause.isActive())

    # --- looking ahead -----------------------------------------------------------------------------------------

    def _choice(self, mode: Operation) -> Choice:
        engine = self._choices.engine_for(mode)
        return self._choose(mode, engine, self._choices.model_for(engine))

    def _changed(self, *, engine: bool = False) -> None:
        if engine:
            self.choices_changed.emit()
        self.request_changed.emit()
        self._plan_soon()

    def _plan_soon(self) -> None:
        if self._is_started and not self._closed:
            self._pause.start()

    @property
    def _is_stroking(self) -> bool:
        """The mask is being written to; where that is no work of ours, it waits for a hand."""
        return self._document is not None and self._document.mask.is_open

    def _look_ahead(self) -> None:
        document = self._document
        mask = None if document is None else document.mask
        if self._is_stroking:
            self._pause.start()
            return
        request = replace(self._choices.request(self.mode, self.picture, None, None, None), count=self.count)
        spare = not self._uses_mask(self.mode)
        choice, bounds = self._choice(self.mode), Rect(0, 0, 0, 0) if mask is None or spare else mask.bounds
        apart = () if mask is None or spare else self._areas_of(mask)

        async def look(_: Tell) -> Ahead:
            def ask() -> Ahead:
                from dalle_studio.session.lookahead import Wish, look_ahead

                return look_ahead(self._house, Wish(choice, request, bounds, apart))

            return await self._lanes.cpu(ask)

        if self._looking is not None:
            self._looking.cancel()
        self._looking = self._submit("look ahead", look, self._looked, self._not_looked)

    def _areas_of(self, mask: Mask) -> tuple[Area, ...]:
        """The mask's connected parts, told apart by its cells: that takes a few milliseconds at most."""
        if self.mode not in {Operation.EDIT, Operation.REMOVE} or mask.is_empty:
            return ()
        from dalle_studio.imaging.areas import areas_in

        return areas_in(mask.pixels, mask.filled)

    def _looked(self, ahead: Ahead) -> None:
        old, self._ahead = self._ahead, ahead
        self._looking = None
        if old is None or (old.info, old.models, old.sizes) != (ahead.info, ahead.models, ahead.sizes):
            self.choices_changed.emit()
        self.plan_changed.emit()

    def _not_looked(self, error: StudioError) -> None:
        if error.kind == "cancelled":
            return  # a newer look is under way
        self._looking = self._ahead = None
        self.plan_changed.emit()
        self._tell_failure(error)
