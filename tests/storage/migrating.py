"""Kill a process in every migration, before it changes anything and when it has changed everything, and open again.

    python -m tests.storage.migrating FOLDER

Makes a library as the first version of the schema had it, brings copies of it to each later version, and lets the next
step end in SIGKILL. Prints a line for each kill with what is wrong afterwards, which should be nothing. POSIX only.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NoReturn

from dalle_studio.core.errors import StudioError
from dalle_studio.storage import schema
from dalle_studio.storage.database import Database
from dalle_studio.storage.library import StudioLibrary
from dalle_studio.storage.places import Places

Apply = Callable[[sqlite3.Connection], None]

_KEPT: Final = (b"the photo", b"the mask", b"the answer", b"the patch")
_TIME: Final = "2026-01-01T00:00:00Z"


def first_version(root: Path) -> None:
    """A library with one photo, an edit of it and an edit of that, as the first program wrote them."""
    places = Places(root)
    database = Database(places, schema.MIGRATIONS[:1])
    photo, mask, answer, patch = map(StudioLibrary(places)._blobs.put, _KEPT)
    whole = "[0, 0, 4, 3]"
    edit = {
        "state": "done",
        "operation": "edit",
        "original": photo,
        "prompt": "하늘",
        "prompt_sent": "sky",
        "words": "하늘\nsky",
        "engine": "openai",
        "engine_model": "gpt-image-2",
        "host": "api.openai.com",
        "created": _TIME,
        "quality": "low",
        "count": 1,
        "canvas": "[4, 3]",
        "margins": "[0, 0, 0, 0]",
        "crop": whole,
        "sent": "[4, 3]",
        "placed": whole,
        "mask": mask,
        "blend": '{"feather": 2}',
        "process": "me",
    }
    with database.writing() as connection:
        _insert(
            connection,
            "originals",
            original_id=photo,
            path=b"/home/me/old photo.jpg",
            name="old photo.jpg",
            words="old photo.jpg",
            width=4,
            height=3,
            created=_TIME,
            thumbnail=patch,
        )
        for edit_id, parent in (("first", None), ("second", "first")):
            number = _insert(connection, "edits", edit_id=edit_id, parent=parent, **edit)
            _insert(connection, "answers", edit=number, candidate=0, blob=answer, warnings="[]", has_usage=0)
            _insert(
                connection,
                "candidates",
                edit=number,
                candidate=0,
                answer=answer,
                patch=patch,
                rect=whole,
                shift="[0, 0]",
                outside_identical=1,
            )
    database.close()
    places.close()


def _insert(connection: sqlite3.Connection, table: str, **columns: object) -> int | None:
    names, slots = ", ".join(columns), ", ".join("?" * len(columns))
    query = f"INSERT INTO {table} ({names}) VALUES ({slots})"  # noqa: S608 - names from here
    return connection.execute(query, tuple(columns.values())).lastrowid


def bring_to(root: Path, migrations: Sequence[schema.Migration]) -> None:
    """Open the library with a program that knows no more than these."""
    places = Places(root)
    database = Database(places, migrations)
    with database.reading():
        pass
    database.close()
    places.close()


def killed(root: Path, version: int, *, after: bool) -> bool:
    """Let a program be killed in the step to `version`. False when it ended in another way."""
    child = os.fork()
    if child == 0:
        try:
            steps = [*schema.MIGRATIONS[:version]]
            steps[-1] = schema.Migration(version, _deadly(steps[-1].apply, after=after))
            bring_to(root, steps)
        finally:
            os._exit(3)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def _deadly(apply: Apply, *, after: bool) -> Apply:
    def die() -> NoReturn:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    def apply_and_die(connection: sqlite3.Connection) -> None:
        if after:
            apply(connection)
        die()

    return apply_and_die


def changes(library: StudioLibrary) -> Iterator[str]:
    """What is not as the first version had it."""
    edits = {edit.edit_id: edit for edit in library.edits()}
    if [*edits] != ["second", "first"] or edits["second"].parent != "first":
        yield f"other edits: {[*edits]}"
    for edit in edits.values():
        (candidate,) = edit.candidates
        blobs = (edit.original or "", edit.mask or "", candidate.answer, candidate.patch)
        if tuple(map(library.blob, blobs)) != _KEPT or edit.prompt != "하늘" or edit.blend.feather != 2:
            yield f"{edit.edit_id} is another"
    if [original.name for original in library.originals()] != ["old photo.jpg"]:
        yield "another photo"


def findings(root: Path) -> list[str]:
    """What the next program that opens the library would find wrong."""
    library = StudioLibrary(Places(root))
    try:
        found = [f"damaged: {one}" for one in library.verify().damaged]
        found += changes(library)
        own = library.places.token
        found += [f"left behind: {path.name}" for path in library.places.journal.iterdir() if own not in path.name]
        return found
    except StudioError as error:
        return [f"{error.message} {error.params}"]
    finally:
        library.close()
        library.places.close()


def main(folder: Path) -> int:
    """The script."""
    first_version(folder / "first")
    wrong = 0
    for version in range(2, len(schema.MIGRATIONS) + 1):
        for after in (False, True):
            root = folder / f"{version}-{after}"
            shutil.copytree(folder / "first", root)
            bring_to(root, schema.MIGRATIONS[: version - 1])
            died = killed(root, version, after=after)
            found = findings(root) if died else ["it was not killed"]
            wrong += len(found)
            print(f"to {version}, {'after' if after else 'before'} its changes: {'; '.join(found) or 'whole'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
