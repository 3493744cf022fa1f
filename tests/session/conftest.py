"""A real editor on a real library and codec, with an engine that does as it is told."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from dalle_studio.assembly import EngineChoice, House
from dalle_studio.core.errors import KeyProblem, StudioError
from dalle_studio.core.geometry import Rect, Size
from dalle_studio.core.mask import Mask
from dalle_studio.core.picture import Picture, Pixels
from dalle_studio.core.plan import AnySize, FreeSizes
from dalle_studio.core.ports import (
    Answer,
    Ask,
    Budget,
    Checker,
    Describer,
    EngineEvent,
    EngineInfo,
    Partial,
    Translator,
    Working,
)
from dalle_studio.core.records import EditRequest, Operation, Usage
from dalle_studio.core.words import Words
from dalle_studio.engines.model_table import ModelTable, table_of
from dalle_studio.formats import opening
from dalle_studio.formats.codec import StudioCodec
from dalle_studio.session.editor import Editor
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
from dalle_studio.storage.settings import Settings
from dalle_studio.workflow.lanes import ThreadLanes
from tests.fakes.images_server import FakeImagesServer

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.conftest import PhotoFactory

COLOURS = ((200, 30, 40), (30, 200, 40), (30, 40, 200), (250, 250, 10))


class Gate:
    """Waited for on the loop, opened from the test's thread."""

    def __init__(self) -> None:
        self._is_open = threading.Event()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def set(self) -> None:
        self._is_open.set()
        for loop, event in self._waiting:
            loop.call_soon_threadsafe(event.set)

    async def wait(self) -> None:
        event = asyncio.Event()
        self._waiting.append((asyncio.get_running_loop(), event))
        if not self._is_open.is_set():
            await event.wait()


@dataclass
class Script:
    """What the engines do, and what they were asked."""

    asks: list[Ask] = field(default_factory=list)
    fails: StudioError | None = None
    waits: bool = False
    """Never answer until `release` is set or the edit is cancelled."""
    partials: int = 0
    has_key: bool = True
    needs_english: bool = False
    english: str = "closed eyes"
    translates: bool = True
    takes_markup: bool = True
    described: list[bytes] = field(default_factory=list)
    """What the describer was shown."""
    translated: list[str] = field(default_factory=list)
    """What the translator was asked."""
    faults: dict[str, StudioError] = field(default_factory=dict)
    """Method of the library or the codec → what it raises."""
    threads: set[int] = field(default_factory=set)
    """Where library, codec and engines were called."""
    started: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)
    release: Gate = field(default_factory=Gate)


class ScriptedEngine:
    """Paints what it is asked for in flat colours."""

    def __init__(self, info: EngineInfo, script: Script) -> None:
        self.info = info
        self._script = script

    async def prepare(self) -> None:
        return

    async def run(self, ask: Ask) -> AsyncIterator[EngineEvent]:
        self._script.asks.append(ask)
        self._script.started.set()
        try:
            if self._script.fails is not None:
                raise self._script.fails
            yield Working(0.5)
            for index in range(self._script.partials):
                yield Partial(0, _png(ask, COLOURS[index]))
            if self._script.waits:
                await self._script.release.wait()
            for index in range(ask.count):
                yield Answer(index, _png(ask, COLOURS[index]))
        finally:
            self._script.closed.set()


def _png(ask: Ask, colour: tuple[int, int, int]) -> bytes:
    """The picture that was sent, as it is, with the colour where it may change."""
    pixels = np.full((*ask.size.shape, 3), colour, np.uint8)
    if ask.image is not None and ask.mask is not None:
        pixels = np.where(ask.mask[..., None] > 0, pixels, ask.image[..., :3]).astype(np.uint8)
    return cv2.imencode(".png", pixels[..., ::-1])[1].tobytes()


class ScriptedTranslator:
    def __init__(self, script: Script) -> None:
        self._script = script

    async def translate(self, text: str) -> str:
        self._script.translated.append(text)
        self._script.started.set()
        if self._script.waits:
            await self._script.release.wait()
        return self._script.english

    async def translate_back(self, english: str, language: str) -> str:
        self._script.translated.append(english)
        return f"{language}: {english}"


class ScriptedDescriber:
    host = "api.openai.com"
    model = "gpt-6-luna"
    charges = True

    def __init__(self, script: Script) -> None:
        self._script = script

    async def describe(self, picture_png: bytes, language: str) -> tuple[str, Usage]:
        self._script.described.append(picture_png)
        self._script.started.set()
        if self._script.waits:
            await self._script.release.wait()
        if self._script.fails is not None:
            raise self._script.fails
        return f"{language}: a harbour at noon", Usage(900, 60, None, 0.0001)

    def estimate(self, sent: Size) -> float | None:
        return 0.0002


@dataclass(frozen=True)
class Choice:
    operation: Operation
    engine: str | None
    model: str | None


class Watched:
    """Passes every call on, notes the thread it came on, and fails where a test wants it to."""

    def __init__(self, real: object, script: Script) -> None:
        self._real = real
        self._script = script

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._script.threads.add(threading.get_ident())
            if name in self._script.faults:
                raise self._script.faults[name]
            return found(*args, **kwargs)

        return call


class ScriptedServers:
    """Implements `session.house.Servers`."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def engine(self, choice: Choice) -> ScriptedEngine:
        self.script.threads.add(threading.get_ident())
        if choice.engine == "openai" and not self.script.has_key:
            raise KeyProblem("errors_session.no_key_for_tests")
        return ScriptedEngine(self.engine_info(choice), self.script)

    def engine_info(self, choice: Choice) -> EngineInfo:
        self.script.threads.add(threading.get_ident())
        if choice.engine == "local":
            return EngineInfo(
                "local",
                None,
                None,
                AnySize(),
                frozenset({Operation.REMOVE, Operation.EXTEND}),
                follows_prompt=False,
                max_count=1,
                grows_mask=0,
            )
        return EngineInfo(
            "openai",
            choice.model or "gpt-image-2.5-flare",
            "api.openai.com",
            FreeSizes(min_area=64 * 64),
            frozenset(Operation),
            needs_english=self.script.needs_english,
            max_pictures=4,
            takes_markup=self.script.takes_markup,
            backgrounds=("auto", "opaque", "transparent"),
            formats=("png", "webp", "jpeg"),
            needs_key=True,
        )

    def translator(self, choice: Choice, lanes: ThreadLanes) -> Translator | None:
        self.script.threads.add(threading.get_ident())
        return ScriptedTranslator(self.script) if choice.engine == "openai" and self.script.translates else None

    def checker(self, choice: Choice) -> Checker | None:
        return None

    def describer(self, choice: Choice) -> Describer:
        return ScriptedDescriber(self.script)

    async def refresh_models(self, choice: Choice, lanes: ThreadLanes) -> bool:
        return False


class KnownModels:
    """Implements `session.house.ModelLists` by what is known by heart."""

    def table(self, host: str, profile: str = "openai") -> ModelTable:
        return table_of(profile=profile)


class ScriptedPrices:
    """Implements `session.house.Prices`: a cent a picture."""

    def __init__(self, script: Script, house: TestHouse) -> None:
        self.script = script
        self._house = house

    def estimate(self, info: EngineInfo, request: EditRequest, size: Size) -> tuple[int | None, float | None, bool]:
        self.script.threads.add(threading.get_ident())
        return (None, 0.0, True) if info.host is None else (100 * request.count, 0.01 * request.count, True)

    @property
    def budget(self) -> Budget:
        return Budget(
            lambda info, request, size: self.estimate(info, request, size)[1], self._house.settings.monthly_cap_usd
        )

    def translation(self, choice: Choice, info: EngineInfo, request: EditRequest) -> float | None:
        return 0.0


class TestHouse:
    """Everything real but the engines."""

    __test__ = False

    def __init__(self, folder: Path, script: Script) -> None:
        self.places = Places(folder)
        self.library: Any = Watched(StudioLibrary(self.places), script)
        self.codec: Any = Watched(StudioCodec(), script)
        self.settings = Settings()
        self.script = script
        self.servers = ScriptedServers(script)
        self.models = KnownModels()
        self.prices = ScriptedPrices(script, self)

    def open_bytes(self, data: bytes, name: str) -> Picture:
        self.script.threads.add(threading.get_ident())
        return opening.open_picture(data, name=name)


class Heard:
    """Everything an editor says, in order."""

    def __init__(self, editor: Editor) -> None:
        self.said: list[tuple[str, Any]] = []
        self.threads: set[int] = set()
        for name in (
            *("document_changed", "pixels_changed", "mask_changed", "preview_changed", "undo_changed"),
            *("busy_changed", "loading_changed", "progress_changed", "edit_finished", "edit_failed"),
            *("choices_changed", "request_changed", "plan_changed", "english_changed", "library_changed"),
            *("meaning_changed", "sent_today_changed", "bug_met", "title_changed", "opening_previewed"),
        ):
            getattr(editor, name).connect(self._hear(name))
        editor.message.connect(lambda kind, text, hint: self.said.append(("message", (kind, text, hint))))

    def _hear(self, name: str) -> Callable[..., None]:
        def hear(*values: object) -> None:
            self.threads.add(threading.get_ident())
            self.said.append((name, values[0] if values else None))

        return hear

    def of(self, name: str) -> list[Any]:
        return [value for said, value in self.said if said == name]

    @property
    def messages(self) -> list[tuple[str, str, str]]:
        return self.of("message")


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def house(data_dir: Path, script: Script) -> Iterator[TestHouse]:
    house = TestHouse(data_dir, script)
    yield house
    house.library.close()
    house.places.close()


NewEditor = Callable[[], Editor]
NewStudio = Callable[..., Editor]


def choose(operation: Operation, engine: str | None, model: str | None) -> EngineChoice:
    """As the window chooses."""
    return EngineChoice(operation, engine, model, partial_images=1)


@pytest.fixture
def new_editor(qtbot: QtBot, house: TestHouse) -> Iterator[NewEditor]:
    """Makes started editors on the same data folder."""
    made: list[Editor] = []

    def make() -> Editor:
        editor = Editor(house, Choice, Words("en"))
        made.append(editor)
        editor.start()
        assert editor.wait_idle(20)
        return editor

    yield make
    for editor in made:
        editor.shutdown()


@pytest.fixture
def editor(new_editor: NewEditor) -> Editor:
    return new_editor()


@pytest.fixture
def heard(editor: Editor) -> Heard:
    return Heard(editor)


@pytest.fixture
def photo_path(tmp_path: Path, photo: PhotoFactory) -> Path:
    """A lossless photo of 320×240."""
    path = tmp_path / "harbour.png"
    write_png(path, photo(320, 240))
    return path


@pytest.fixture
def opened(editor: Editor, photo_path: Path) -> Editor:
    """An editor with that photo open."""
    open_photo(editor, photo_path)
    return editor


@pytest.fixture
def server() -> Iterator[FakeImagesServer]:
    with FakeImagesServer() as server:
        yield server


@pytest.fixture
def new_studio(qtbot: QtBot, data_dir: Path, sample_photo: Path) -> Iterator[NewStudio]:
    """An editor on a wired program with the sample photo open."""
    ends: list[Callable[[], None]] = []

    def make(path: Path | None = None, **environment: str) -> Editor:
        house = House(Places(data_dir), {**os.environ, **environment}, "en")
        editor = Editor(house, choose, Words("en"))
        ends.extend((house.close, editor.shutdown))
        editor.start()
        open_photo(editor, sample_photo if path is None else path)
        return editor

    yield make
    for end in reversed(ends):
        end()


def open_photo(editor: Editor, path: Path) -> None:
    editor.open(path)
    assert editor.wait_idle(20)
    assert editor.has_document


def wait_for(editor: Editor, happened: Callable[[], bool]) -> None:
    """Run the event loop until it has happened; a test that waits in vain fails."""
    for _ in range(1000):
        if happened():
            return
        editor.wait_idle(0.02)
    pytest.fail("waited in vain")


def write_png(path: Path, pixels: Pixels) -> None:
    path.write_bytes(cv2.imencode(".png", pixels[..., ::-1])[1].tobytes())


def paint(editor: Editor, rect: Rect, value: int = 255) -> None:
    """One stroke, as a tool does it."""
    mask = mask_of(editor)
    mask.begin()
    mask.writable(rect)[...] = value
    step = mask.commit("session.step.all")
    assert step is not None
    editor.push_step(step)


def mask_of(editor: Editor) -> Mask:
    assert editor.mask is not None
    return editor.mask


def pixels_of(editor: Editor) -> Pixels:
    assert editor.picture is not None
    return editor.picture.pixels


def colour_of(pixels: Pixels, rect: Rect) -> int | None:
    """Which of the engine's colours a rectangle has, give or take what matching and grain make of it."""
    part = pixels[rect.slices][..., :3].astype(np.float64) / (257 if pixels.dtype == np.uint16 else 1)
    mean = part.mean(axis=(0, 1))
    return next((index for index, colour in enumerate(COLOURS) if np.abs(mean - colour).max() < 12), None)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
