"""What is done to a library while it is tortured, and what must hold afterwards, whatever happened in between.

    python -m tests.storage.victim DATA_DIR ACTION

Does the action's steps one by one and acknowledges each on stdout; a step that the disk refuses is told and tried
again in the same process. `prepare` makes the folder it runs in, `findings` looks at it afterwards, as the next start
would, and returns what is not as it must be.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from dalle_studio.core.errors import StorageProblem, StudioError
from dalle_studio.core.records import EditRecord, State
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places
from tests.storage import material, migrating

ACTIONS: Final = ("edit", "organise", "empty", "collect", "migrate", "back-up", "restore")
SECRET: Final = b"SECRET-PIXELS"
_NOTE: Final = "a note to keep"
_TRIES: Final = 3

Step = tuple[str, Callable[[], object]]


def prepare(folder: Path, action: str) -> None:
    """A data folder in which the action can be done, and a backup beside it."""
    if action == "migrate":  # through every version there ever was
        migrating.first_version(folder / "data")
        return
    library = StudioLibrary(Places(folder / "data"))
    material.perform(library, "before", original=material.keep(library).original_id, count=2)
    library.marks.change(["before"], lambda marks: replace(marks, note=_NOTE))
    library.back_up(folder / "library.zip")
    if action in {"empty", "restore"}:
        secret = material.keep(library, SECRET).original_id
        material.perform(library, "secret", original=secret, prompt=SECRET.decode(), mask_png=SECRET + b" mask")
        if action == "restore":
            library.back_up(folder / "library.zip")
        library.delete(secret)
        if action == "restore":
            library.empty_trash()
    if action == "collect":
        library._blobs.put(b"an orphan")
    library.close()
    library.places.close()


def steps(library: StudioLibrary, action: str) -> Iterator[Step]:
    """What is done, one after the other."""
    if action == "edit":
        yield "kept", lambda: material.keep(library, b"another photo")
        yield "begun", lambda: library.begin(material.intent("one", parent="before", mask_png=b"another mask"))
        yield "answered", lambda: library.store_answer("one", material.answer("one"))
        yield "done", lambda: library.finish("one", (material.composed("one"),), feather=1, seconds={})
        yield "written", lambda: library.add_output("one", Path("/somewhere/one.png"))
    elif action == "organise":
        yield "rated", lambda: library.marks.change(["before"], lambda marks: replace(marks, rating=5))
        yield "chosen", lambda: library.choose("before", 1)
        yield "thrown", lambda: library.delete("before")
        yield "back", lambda: library.restore("before")
    elif action == "empty":
        yield "emptied", library.empty_trash
    elif action == "collect":
        yield "collected", library.gc
    elif action == "migrate":
        yield "opened", library.edits
    elif action == "back-up":
        yield "backed up", lambda: library.back_up(library.places.root.parent / "library.zip")
    elif action == "restore":
        yield "restored", lambda: library.restore_backup(library.places.root.parent / "library.zip")


def main(folder: Path, action: str) -> None:
    """The victim."""
    library = StudioLibrary(Places(folder / "data"))
    for name, work in steps(library, action):
        for _ in range(_TRIES):
            try:
                work()
            except StorageProblem as problem:
                if problem.message == "errors_storage.already_begun":
                    break  # the commit was said to have failed, and had not
                _say(f"refused {name}")
            else:
                break
        else:
            _say(f"given up {name}")
            break
        _say(f"done {name}")
    library.close()
    library.places.close()


def _say(line: str) -> None:
    try:
        os.write(1, f"{line}\n".encode())
    except OSError:  # it is our own write that was tortured
        os.write(1, f"{line}\n".encode())


# --- afterwards ------------------------------------------------------------------------------------------------------


def findings(folder: Path, action: str, acknowledged: set[str]) -> list[str]:
    """What is not as it must be; empty when nothing was lost and nothing is half done."""
    library = StudioLibrary(Places(folder / "data"))
    try:
        found = [f"damaged: {damage}" for damage in library.verify().damaged]
        found += _ground(library, action, acknowledged)
        found += _CHECKS.get(action, _nothing)(library, acknowledged)
        library.gc()
        verified = library.verify()
        found += [f"damaged after a collection: {damage}" for damage in verified.damaged]
        if verified.orphans:
            found.append("a collection leaves orphans")
        own = library.places.token
        strangers = [path.name for path in library.places.journal.iterdir() if not path.name.startswith(own)]
        found += [f"left behind: {name}" for name in strangers if name != library.places.drafts.name]
        found += [f"left beside: {path.name}" for path in folder.iterdir() if path.name not in {"data", "library.zip"}]
        return found
    except StudioError as error:
        return [f"{error.message} {error.params}"]
    finally:
        library.close()
        library.places.close()


def _ground(library: StudioLibrary, action: str, acknowledged: set[str]) -> Iterator[str]:
    """What was there before is there still."""
    if action == "migrate":
        yield from migrating.changes(library)
        return
    before = library.edit("before")
    yield from _whole(library, before, 2)
    if library.marks.of("before").note != _NOTE:
        yield "the note is lost"


def _whole(library: StudioLibrary, edit: EditRecord, count: int) -> Iterator[str]:
    if edit.state is not State.DONE or len(edit.candidates) != count:
        yield f"{edit.edit_id} is {edit.state} with {len(edit.candidates)} candidates"
    for index, candidate in enumerate(edit.candidates):
        if library.blob(candidate.patch) != material.composed(edit.edit_id, index).patch_png:
            yield f"{edit.edit_id}: another patch"
        if library.blob(candidate.answer) != material.answer(edit.edit_id, index).data:
            yield f"{edit.edit_id}: another answer"


def _edited(library: StudioLibrary, acknowledged: set[str]) -> Iterator[str]:
    edits = {edit.edit_id: edit for edit in library.edits(every_state=True)}
    one = edits.get("one")
    if one is None:
        if acknowledged & {"begun", "answered", "done", "written"}:
            yield "the edit is lost"
        return
    if "kept" in acknowledged and len(library.originals()) != 2:
        yield "the original is lost"
    if "answered" in acknowledged and library.blob(one.answers[0]) != material.answer("one").data:
        yield "the answer is lost"
    if "written" in acknowledged and one.outputs != (Path("/somewhere/one.png"),):
        yield "where it was written is lost"
    if one.state is State.DONE:
        yield from _whole(library, one, 1)
    elif "done" in acknowledged:
        yield f"it was done and is {one.state}"
    elif [edit.edit_id for edit in library.unfinished()] != ["one"]:
        yield "it is not offered for recovery"
    elif one.answers:
        library.finish("one", (material.composed("one"),), feather=1, seconds={})
        yield from _whole(library, library.edit("one"), 1)
    else:
        library.end("one", State.FAILED, error=None, maybe_billed=True)
    if library.unfinished():
        yield "recovery finds something twice"


def _organised(library: StudioLibrary, acknowledged: set[str]) -> Iterator[str]:
    before = library.edit("before")
    if "rated" in acknowledged and library.marks.of("before").rating != 5:
        yield "the rating is lost"
    if "chosen" in acknowledged and before.chosen != 1:
        yield "the choice is lost"
    if "back" in acknowledged and library.trashed():
        yield "it lies in the trash"
    if "thrown" not in acknowledged and library.trashed() and "chosen" not in acknowledged:
        yield "it was thrown away too early"


def _emptied(library: StudioLibrary, acknowledged: set[str]) -> Iterator[str]:
    if "emptied" not in acknowledged:
        library.empty_trash()  # begun and killed: doing it again ends it
    left = [path for path in library.places.root.rglob("*") if path.is_file() and SECRET in path.read_bytes()]
    yield from (f"deleted and still in {path.name}" for path in left)


def _backed_up(library: StudioLibrary, _: set[str]) -> Iterator[str]:
    other = StudioLibrary(Places(library.places.root / "cache"))
    try:
        other.restore_backup(library.places.root.parent / "library.zip")
        if other.edit("before") != library.edit("before") or other.verify().damaged:
            yield "the backup is another"
    finally:
        other.close()
        other.places.close()
    # A second one sweeps what the killed one left beside it.
    library.back_up(library.places.root.parent / "library.zip")


def _restored(library: StudioLibrary, acknowledged: set[str]) -> Iterator[str]:
    if "restored" not in acknowledged:
        library.restore_backup(library.places.root.parent / "library.zip")
    yield from _whole(library, library.edit("secret"), 1)


def _nothing(_: StudioLibrary, __: set[str]) -> Iterator[str]:
    yield from ()


_CHECKS: Final[dict[str, Callable[[StudioLibrary, set[str]], Iterator[str]]]] = {
    "edit": _edited,
    "organise": _organised,
    "empty": _emptied,
    "back-up": _backed_up,
    "restore": _restored,
}

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
