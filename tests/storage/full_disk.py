"""What a full disk does to the library. Run in a process of its own: `python -m tests.storage.full_disk DIR WAY`.

WAY is `limit` (no file may grow beyond a few kilobytes) or `fill` (DIR is a small file system that is filled up).
Every step that must not fail asserts so; prints "whole" at the end.
"""

from __future__ import annotations

import resource
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dalle_studio.core.errors import StorageProblem
from dalle_studio.core.ports import Answer
from dalle_studio.core.records import State
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
from tests.storage import material

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def limited(_: Path) -> Iterator[None]:
    """No file may be longer than 4 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Not a byte is free."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    try:
        yield
    finally:
        filler.unlink()


def refusal(work: Callable[[], object]) -> StorageProblem:
    """The StorageProblem that the work must end with."""
    try:
        work()
    except StorageProblem as problem:
        return problem
    raise AssertionError("it did not notice")


def main(folder: Path, way: str) -> None:
    """Edit, fill the disk, go on, free the disk, go on."""
    full = {"limit": limited, "fill": filled}[way]
    library = StudioLibrary(Places(folder / "data"))
    before = material.perform(library, "before", original=material.keep(library).original_id)
    library.begin(material.intent("one"))
    paid = Answer(0, bytes(range(256)) * 1000)
    accepted: list[str] = []
    with full(folder):
        problem = refusal(lambda: library.store_answer("one", paid))
        assert problem.message == "errors_storage.disk_full", problem
        assert problem.params["folder"] == str(library.places.blobs), problem.params
        refusal(lambda: library.keep_original(None, paid.data, before.canvas, b"small", "a photo"))

        def begin_many() -> None:
            for number in range(300):
                edit_id = f"more {number}"
                library.begin(material.intent(edit_id, mask_png=None, prompt="long " * 200))
                accepted.append(edit_id)

        refusal(begin_many)
        assert library.edits() == [before]
        assert library.verify().damaged == ()
    # Without a restart:
    library.store_answer("one", paid)
    done = library.finish("one", (material.composed("one"),), feather=0, seconds={})
    assert library.blob(done.answers[0]) == paid.data
    assert library.edits() == [done, before]
    states = {edit.edit_id: edit.state for edit in library.edits(every_state=True)}
    assert states == dict.fromkeys(accepted, State.SENT) | {"one": State.DONE, "before": State.DONE}
    assert library.verify().damaged == ()
    assert list(library.places.journal.rglob("*.tmp")) == []
    library.close()
    library.places.close()
    print("whole")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
