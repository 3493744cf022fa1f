"""An editor without files, engines or threads: the same signals and properties, and a list of what was called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from dalle_studio.core.geometry import Margins, Rect, Region, Size
from dalle_studio.core.mask import Mask
from dalle_studio.core.picture import Picture
from dalle_studio.core.records import Operation
from dalle_studio.core.undo import UndoStack
from dalle_studio.core.words import Words
from dalle_studio.session.spending import Spending
from dalle_studio.session.worker import Post, Worker
from dalle_studio.storage.keys import KeyStore
from dalle_studio.storage.places import Places
from dalle_studio.storage.settings import Settings
from dalle_studio.storage.trash import Emptied
from dalle_studio.tools.pointer import Brush

if TYPE_CHECKING:
    import numpy as np

    from dalle_studio.core.listed import Listed


class FakeEditor(QObject):
    document_changed = Signal()
    sight_back = Signal(object)
    opening_previewed = Signal(object)
    title_changed = Signal()
    loading_changed = Signal(bool)
    bug_met = Signal(object)
    pixels_changed = Signal(object)
    mask_changed = Signal(object)
    mask_preview_changed = Signal()
    mask_read = Signal(object)
    mask_size_differs = Signal(object)
    mask_file_changed = Signal()
    selecting_changed = Signal(bool)
    waiting_changed = Signal()
    room_made = Signal(object)
    markup_changed = Signal()
    markup: tuple[Any, ...] = ()
    takes_markup: bool | None = True
    sends_markup = False
    reshaping_changed = Signal(object)
    preview_changed = Signal()
    undo_changed = Signal()
    busy_changed = Signal(bool)
    progress_changed = Signal(object)
    message = Signal(str, str, str)
    edit_finished = Signal(object)
    edit_failed = Signal(object)
    choices_changed = Signal()
    request_changed = Signal()
    plan_changed = Signal()
    sending_changed = Signal()
    english_changed = Signal(str)
    meaning_changed = Signal(str)
    references_changed = Signal()
    library_changed = Signal()
    looking_changed = Signal(object)
    first_page_read = Signal(object)
    sent_today_changed = Signal()
    stack_changed = Signal()
    heat_changed = Signal()
    mask_preview = None
    stack: tuple[Any, ...] = ()
    layer_at = -1
    can_tune = is_tuning = is_keeping = shows_heat = is_planning = False
    heat: Any = None
    tuned_heat: Any = None
    is_previewing = False
    mask_file = None
    references: tuple[Any, ...] = ()
    can_find_cause = False
    backgrounds: tuple[str, ...] = ()
    background = "auto"
    formats: tuple[str, ...] = ()
    answer_format: str | None = None
    max_references: int | None = None
    sent_references = 0
    is_translating = False
    english_is_stale = False
    can_tell_back = False
    meaning = ""
    asked_for_english = False
    divides = 0
    sends_each = False
    cost_together: float | None = None
    cost_each: float | None = None
    context: int | None = None
    sending: Any = None
    sending_is_old = False
    sending_at = 0
    count_of_plans = 1
    is_looking = False

    def __init__(self, language: str = "en") -> None:
        super().__init__()
        self.calls: list[tuple[Any, ...]] = []
        self.words = Words(language)
        self.picture: Picture | None = None
        self.mask: Mask | None = None
        self.mask_spent = False
        self.view: Any = None
        self.keep_view = False
        self.path = None
        self.title = ""
        self.size: Size | None = None
        self.is_busy = False
        self.is_loading = False
        self.undo = UndoStack()
        self.plan: Any = None
        self.plan_problem: Any = None
        self.mode = Operation.EDIT
        self.prompt = ""
        self.english = ""
        self.engine = "openai"
        self.engines: tuple[str, ...] = ("openai", "local")
        self.model: str | None = "gpt-image-2.5-flare"
        self.models: tuple[str, ...] = ("gpt-image-2.5-flare", "gpt-image-2.5-sunburst")
        self.sent_size = "auto"
        self.sizes: tuple[str, ...] = ("auto", "1024x1024", "1536x1024")
        self.quality = "low"
        self.qualities: tuple[str, ...] = ("low", "medium", "high")
        self.count = 2
        self.max_count = 10
        self.candidates: tuple[Any, ...] = ()
        self.chosen = 0
        self.current_edit: str | None = None
        self.original_id: str | None = None
        self.identical: bool | None = None
        self.before: Any = None
        self.partial = None
        self.sent_today: dict[str, int] = {}
        self.spending: Spending | None = None
        self.margins = Margins()
        self.brush = Brush()
        self.follows_prompt = True
        self.prompt_is_foreign = False
        self.needs_english = False
        self.can_translate = True
        self.host: str | None = "api.openai.com"
        self.cost_usd: float | None = None
        self.sent_share: float | None = None
        self.save_needs_name = True
        self.rows, self.records = list[Any](), dict[str, Any]()
        self.worker = Worker(Post())

    @property
    def sent_bounds(self) -> Rect | None:
        return None if self.mask is None else self.mask.bounds

    @property
    def plans(self) -> tuple[Any, ...]:
        return () if self.plan is None else (self.plan,) * self.count_of_plans

    @property
    def can_undo(self) -> bool:
        return self.undo.can_undo

    @property
    def can_redo(self) -> bool:
        return self.undo.can_redo

    @property
    def has_document(self) -> bool:
        return self.picture is not None

    def ending(self, model: str) -> None:
        """Its models live for ever."""

    def __getattr__(self, name: str) -> Any:
        """Any method that isn't written out: note the call."""
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args: self.calls.append((name, *args))

    def show(self, pixels: np.ndarray[Any, Any], name: str = "harbour.jpg") -> None:
        self.picture = Picture(pixels)
        self.size = self.picture.size
        self.mask = Mask(self.size)
        from dalle_studio.session.document_view import DocumentView

        self.view = DocumentView.build(pixels, self.mask)
        self.title = name
        self.document_changed.emit()

    def paint(self, rect: Rect) -> None:
        assert self.mask is not None
        self.mask.begin()
        self.mask.writable(rect)[...] = 255
        step = self.mask.commit("ui_canvas.step_paint")
        assert step is not None
        self.undo.push(step)
        self.view.mask.refresh(rect)
        self.mask_changed.emit((rect,))
        self.undo_changed.emit()

    def settle_mask(self) -> bool:
        return True

    def cancel_selection(self) -> bool:
        return False

    def set_flow(self, flow: float) -> None:
        self.brush = replace(self.brush, flow=flow)

    def set_stroke(self, **changes: Any) -> None:
        self.brush = replace(self.brush, **changes)

    def begin_stroke(self, *, erases: bool) -> Region:
        assert self.mask is not None
        self.mask.begin()
        return ()

    def set_prompt(self, text: str) -> None:
        self.calls.append(("set_prompt", text))
        self.prompt = text
        self.prompt_is_foreign = not text.isascii()
        self.request_changed.emit()

    @property
    def wants_english(self) -> bool:
        return self.needs_english or self.asked_for_english

    def translate(self) -> None:
        self.calls.append(("translate",))
        self.asked_for_english = True

    def set_mode(self, mode: Operation) -> None:
        self.calls.append(("set_mode", mode))
        self.mode = mode
        self.request_changed.emit()

    def set_margins(self, margins: Margins) -> None:
        self.calls.append(("set_margins", margins))
        self.margins = margins
        self.request_changed.emit()
        self.plan_changed.emit()

    def change_margins(self, before: Margins, after: Margins, *, typed: bool = False) -> None:
        self.calls.append(("change_margins", before, after))
        self.set_margins(after)

    def set_brush(self, radius: float, hardness: float) -> None:
        self.brush = Brush(radius, hardness)

    def look_through(self) -> None:
        self.calls.append(("look_through",))
        self.is_looking = True

    def cancel_export(self) -> bool:
        return False

    def cancel_looking(self) -> bool:
        was, self.is_looking = self.is_looking, False
        return was

    def load_history(self, show: Any, grouping: str = "photo") -> None:
        self.calls.append(("load_history", grouping))
        show(self.rows)

    def look_up(self, edit_ids: Any, show: Any) -> None:
        self.calls.append(("look_up", *edit_ids))
        show([self.records[edit_id] for edit_id in edit_ids])

    def find_files(self, edit_ids: Any, photos: Any, show: Any) -> None:
        self.calls.append(("find_files", tuple(edit_ids), tuple(photos)))
        show([])

    def past_prompts(self) -> list[str]:
        return []


class FakeServers:
    """Says where OpenAI is."""

    def base_url(self, given: str | None) -> str:
        return given or "https://api.openai.com/v1"


class FakeHouse:
    """Implements `ui.window_house.WindowHouse` with real settings and a key store without a keyring."""

    def __init__(self, folder: Path) -> None:
        self.places = Places(folder)
        self.settings = Settings()
        self.keys = KeyStore({}, backends=())

        self.library = FakeTrash()
        self.servers = FakeServers()

    def redact(self, text: str) -> str:
        return text


class FakeTrash:
    """Notes what was put away and brought back."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.put_away: list[Listed] = []

    def delete(self, *edit_ids: str) -> tuple[str, ...]:
        self.calls += [("delete", edit_id) for edit_id in edit_ids]
        return edit_ids

    def restore(self, *edit_ids: str) -> tuple[str, ...]:
        self.calls += [("restore", edit_id) for edit_id in edit_ids]
        return edit_ids

    @property
    def listing(self) -> FakeTrash:
        return self

    def trashed(self) -> list[Any]:
        return [*self.put_away, *(key for did, key in self.calls if did == "delete")]

    def trashed_originals(self) -> list[Any]:
        return []

    def empty_trash(self, open_photo: str | None = None) -> Emptied:
        self.spared = open_photo
        gone = len(self.trashed())
        self.calls.clear()
        return Emptied(gone, 0, 0, 0, 0)
