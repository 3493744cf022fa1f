from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import numpy as np
import pytest

from dalle_studio.core.errors import BadInput, BadUsage
from dalle_studio.core.geometry import Size
from dalle_studio.core.picture import MaskPixels, Pixels
from dalle_studio.core.ports import Answer, Ask, Engine, EngineEvent, Working
from dalle_studio.core.records import Operation
from dalle_studio.core.words import LANGUAGES, Words
from dalle_studio.engines.local import LocalEngine


def as_bytes(pixels: Pixels) -> bytes:
    """Stands for a PNG: the engine does not look into what its encoder makes."""
    return np.array(pixels.shape, "<i4").tobytes() + pixels.tobytes()


def as_pixels(data: bytes) -> Pixels:
    shape = np.frombuffer(data[:12], "<i4")
    return np.frombuffer(data[12:], np.uint8).reshape(tuple(shape))


def picture(height: int = 150, width: int = 200) -> Pixels:
    return np.random.default_rng(0).integers(60, 120, (height, width, 3), np.uint8)


def spot(height: int = 150, width: int = 200) -> MaskPixels:
    mask = np.zeros((height, width), np.uint8)
    mask[50:90, 70:120] = 255
    return mask


def ask(operation: Operation, image: Pixels, mask: MaskPixels, **more: object) -> Ask:
    size = Size(image.shape[1], image.shape[0])
    return Ask(operation, "", size, image, mask, **more)  # type: ignore[arg-type]  # a test's keywords


async def events(engine: Engine, request: Ask) -> list[EngineEvent]:
    return [event async for event in engine.run(request)]


def answers(seen: list[EngineEvent]) -> list[Pixels]:
    return [as_pixels(event.data) for event in seen if isinstance(event, Answer)]


def test_it_removes_and_extends_without_network_or_key() -> None:
    info = LocalEngine(as_bytes).info
    assert info.name == "local"
    assert info.host is None
    assert not info.needs_key
    assert not info.follows_prompt
    assert info.operations == {Operation.REMOVE, Operation.EXTEND}


def test_a_removed_spot_is_filled_and_the_rest_stays() -> None:
    image, mask = picture(), spot()
    image[mask > 0] = 255
    seen = asyncio.run(events(LocalEngine(as_bytes), ask(Operation.REMOVE, image, mask, seed=1)))
    (filled,) = answers(seen)
    assert filled[mask > 0].max() < 200
    far = np.ones(mask.shape, bool)
    far[40:100, 60:130] = False
    np.testing.assert_array_equal(filled[far], image[far])


def test_removal_takes_a_few_pixels_around_along() -> None:
    image, mask = picture(), spot()
    image[47:93, 67:123] = 255  # the halo of what is removed
    seen = asyncio.run(events(LocalEngine(as_bytes), ask(Operation.REMOVE, image, mask, seed=1)))
    assert answers(seen)[0].max() < 200


def test_an_extension_keeps_every_known_pixel() -> None:
    image = picture()
    mask = np.zeros(image.shape[:2], np.uint8)
    mask[:, :40] = 255
    image[mask > 0] = 0
    seen = asyncio.run(events(LocalEngine(as_bytes), ask(Operation.EXTEND, image, mask, seed=1)))
    (filled,) = answers(seen)
    np.testing.assert_array_equal(filled[mask == 0], image[mask == 0])
    assert filled[mask > 0].min() > 30


def test_a_spot_removed_while_extending_is_grown_but_the_new_canvas_is_not() -> None:
    image, mask = picture(), spot()
    image[47:93, 67:123] = 255
    mask[:, :30] = 255
    seen = asyncio.run(events(LocalEngine(as_bytes), ask(Operation.EXTEND, image, mask, seed=1)))
    (filled,) = answers(seen)
    np.testing.assert_array_equal(filled[:, 30:60], image[:, 30:60])
    assert filled.max() < 200


def test_candidates_differ_and_a_seed_repeats_them() -> None:
    image, mask = picture(), spot()
    request = ask(Operation.REMOVE, image, mask, seed=7, count=2)
    first = answers(asyncio.run(events(LocalEngine(as_bytes), request)))
    again = answers(asyncio.run(events(LocalEngine(as_bytes), request)))
    assert len(first) == 2
    assert (first[0] != first[1]).any()
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_it_tells_how_far_it_is() -> None:
    seen = asyncio.run(events(LocalEngine(as_bytes), ask(Operation.REMOVE, picture(), spot(), count=2)))
    shares = [event.fraction for event in seen if isinstance(event, Working)]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert [event.index for event in seen if isinstance(event, Answer)] == [0, 1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_prompt_edit_is_refused_with_the_next_step(language: str) -> None:
    with pytest.raises(BadUsage) as caught:
        asyncio.run(events(LocalEngine(as_bytes), ask(Operation.EDIT, picture(), spot())))
    sentence, hint = Words(language).of(caught.value)
    assert sentence
    assert hint


def test_failures_of_the_work_reach_whoever_waits() -> None:
    everything = np.full((150, 200), 255, np.uint8)
    with pytest.raises(BadInput):
        asyncio.run(events(LocalEngine(as_bytes), ask(Operation.REMOVE, picture(), everything)))


def test_closing_does_not_wait_for_the_work() -> None:
    started, go_on = threading.Event(), threading.Event()

    def stuck(pixels: Pixels) -> bytes:
        started.set()
        go_on.wait(60)
        return as_bytes(pixels)

    async def cancel() -> None:
        async def listen() -> None:
            async for _ in LocalEngine(stuck).run(ask(Operation.REMOVE, picture(), spot())):
                pass

        task = asyncio.create_task(listen())
        await asyncio.to_thread(started.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 30)

    try:
        asyncio.run(cancel())
        assert any(thread.name == "local-engine" for thread in threading.enumerate()), "the work is still stuck"
    finally:
        go_on.set()
    for thread in threading.enumerate():
        if thread.name == "local-engine":
            thread.join(60)


def test_the_loop_stays_free_while_it_works() -> None:
    async def both() -> int:
        beats = 0
        async for _ in LocalEngine(as_bytes).run(ask(Operation.REMOVE, picture(400, 500), spot(400, 500))):
            beats += 1
            await asyncio.sleep(0)
        return beats

    assert asyncio.run(both()) > 4


def test_the_interpreter_ends_while_a_fill_is_running() -> None:
    program = """
import asyncio, threading
import numpy as np
from dalle_studio.core.geometry import Size
from dalle_studio.core.ports import Ask
from dalle_studio.core.records import Operation
from dalle_studio.engines.local import LocalEngine

reached = threading.Event()

def never(pixels):
    reached.set()
    threading.Event().wait()

async def main():
    mask = np.zeros((90, 90), np.uint8)
    mask[40:50, 40:50] = 255
    image = np.full((90, 90, 3), 9, np.uint8)
    run = LocalEngine(never).run(Ask(Operation.REMOVE, "", Size(90, 90), image, mask))
    await anext(run)
    await asyncio.to_thread(reached.wait)
    await run.aclose()

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], timeout=60, check=False)
    assert done.returncode == 0
