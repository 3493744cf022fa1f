"""Edits whose process died are finished from what the library kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dalle_studio.core.errors import StorageProblem
from dalle_studio.core.geometry import Margins, Rect, Size
from dalle_studio.core.mask import FrozenMask
from dalle_studio.core.picture import Picture, Pixels
from dalle_studio.core.records import EditRequest, Operation, State
from dalle_studio.formats.opening import open_picture
from dalle_studio.workflow import recovery, restore
from dalle_studio.workflow.edit import AnswerNotKept, run_edit
from tests.conftest import PhotoFactory
from tests.workflow.scripted import ScriptedEngine, World


@pytest.fixture
def world(data_dir: Path) -> Iterator[World]:
    world = World(data_dir, ScriptedEngine())
    yield world
    world.close()


class Dying:
    """A library at whose last step the program dies."""

    def __init__(self, real: object) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        if name == "finish":
            raise StorageProblem("errors_storage.disk_failed", folder="", reason="")
        return getattr(self._real, name)


def opened(data: bytes, name: str) -> Picture:
    return open_picture(data, name=name)


def spot(size: Size) -> FrozenMask:
    pixels = np.zeros(size.shape, np.uint8)
    pixels[Rect(100, 90, 80, 60).slices] = 255
    return FrozenMask.of(pixels)


@pytest.mark.parametrize(
    ("operation", "margins"),
    [
        (Operation.EDIT, Margins()),
        (Operation.EXTEND, Margins(right=60)),
        (Operation.EXTEND, Margins(30, 20, 10, 0)),
        (Operation.VARY, Margins()),
        (Operation.GENERATE, Margins()),
    ],
)
def test_a_recovered_edit_is_the_one_that_was_interrupted(
    world: World, photo: PhotoFactory, operation: Operation, margins: Margins
) -> None:
    picture = Picture(photo(1200, 900))
    request = EditRequest(operation, prompt="a green disc", count=2)
    if operation is not Operation.GENERATE:
        mask = None if operation is Operation.VARY else spot(picture.size)
        request = replace(request, picture=picture, mask=mask, margins=margins, original=world.keep(picture))
    ports = replace(world.ports, store=Dying(world.library))
    with pytest.raises(AnswerNotKept) as interrupted:
        asyncio.run(run_edit(request, ports, world.tell))
    (record,) = world.library.edits(every_state=True)
    assert record.state is State.RECEIVED

    done = recovery.recover(world.library, world.codec, opened, record)
    again = recovery.recover(world.library, world.codec, opened, record)

    assert done.state is State.DONE
    assert again == done
    assert [edit.edit_id for edit in world.library.edits()] == [record.edit_id]
    for index in range(2):
        found = version(world, record.edit_id, index)
        assert np.array_equal(found, interrupted.value.picture(index).pixels)


def version(world: World, edit_id: str, index: int) -> Pixels:
    return restore.load_version(world.library, world.codec, opened, edit_id, index).pixels
