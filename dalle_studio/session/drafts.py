"""Drafts: the mask and the words that were not used yet, so that closing or a crash never loses painting; and which
photo was open, how it lay on the canvas.

One JSON file a photo in `journal/drafts`, the mask inside it, replaced in one step: there is an old draft or a new
one, never half of one. All *blocking*, for the disk lane; a damaged draft is as good as none.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dalle_studio.core.geometry import Size
from dalle_studio.core.markup import Mark
from dalle_studio.core.records import Operation
from dalle_studio.core.reference import Reference
from dalle_studio.storage.durable import PRIVATE_FOLDER, disk_failures, replace, write_new
from dalle_studio.storage.places import Places

FOLDER: Final = "drafts"
_VERSION: Final = 1
_KEPT: Final = 100
"""Drafts of photos not opened for the longest time are dropped beyond this number."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was under way on one photo."""

    root: str
    """The original's id, or the edit that made the picture."""
    edit_id: str | None
    """The version that was shown."""
    size: Size
    """Of that version."""
    mask_png: bytes | None
    """Grey PNG of `size`; None = nothing painted."""
    mode: Operation
    prompt: str
    english: str
    english_of: str = ""
    """The prompt that the English belongs to."""
    references: tuple[Reference, ...] = ()
    """Pictures that are to go along; each in a file of its own, written once."""
    markup: tuple[Mark, ...] = ()
    """What is drawn onto that version."""
    spent: bool = False
    """That version was made with the mask, and nobody touched it since."""
    process: str = field(default="", compare=False)
    """Which one wrote it (`Places.token`)."""
    sight: tuple[float, float, float] | None = None
    """Zoom in per cent, and the photo point in the middle; None = the whole photo, fitted."""


def store(places: Places, draft: Draft) -> None:
    """Durable when it returns. StorageProblem."""
    places.prepare()
    folder = places.journal / FOLDER
    text = json.dumps(
        {
            "version": _VERSION,
            "process": places.token,
            "root": draft.root,
            "edit": draft.edit_id,
            "size": str(draft.size),
            "mask": None if draft.mask_png is None else base64.b64encode(draft.mask_png).decode(),
            "spent": draft.spent,
            "mode": draft.mode.value,
            "prompt": draft.prompt,
            "english": draft.english,
            "english_of": draft.english_of,
            "markup": [mark.as_json() for mark in draft.markup],
            "sight": draft.sight,
            "references": [{"file": one.sha256, "name": one.name} for one in draft.references],
        }
    )
    data = text.encode(errors="replace")
    with disk_failures(places.root, len(data)):
        folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
        _keep_pictures(places, folder / draft.root, draft.references)
        temp = places.temp_path()
        write_new(temp, data)
        replace(temp, _path(folder, draft.root))
        _drop_oldest(folder)


def load(journal: Path, root: str) -> Draft | None:
    """The draft of one photo."""
    return _read(_path(journal / FOLDER, root))


def newest_first(journal: Path) -> Iterator[Draft]:
    """What was worked on, the last first, for the next start."""
    files = _by_age(journal / FOLDER)
    return (draft for draft in map(_read, reversed(files)) if draft is not None)


def is_held(places: Places, draft: Draft | None) -> bool:
    """Whether another window that is open wrote it last: what is in it is under way there."""
    return draft is not None and draft.process not in {"", places.token} and places.lives(draft.process)


def _path(folder: Path, root: str) -> Path:
    return folder / f"{root}.json"


def _read(path: Path) -> Draft | None:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
        if found["version"] != _VERSION:
            return None
        mask = found["mask"]
        return Draft(
            root=str(found["root"]),
            edit_id=found["edit"],
            size=Size.parse(found["size"]),
            mask_png=None if mask is None else base64.b64decode(mask, validate=True),
            mode=Operation(found["mode"]),
            prompt=str(found["prompt"]),
            english=str(found["english"]),
            english_of=str(found.get("english_of", found["prompt"].strip())),
            markup=tuple(map(Mark.of_json, found.get("markup", []))),
            references=tuple(_pictures(path.with_suffix(""), found.get("references", []))),
            spent=found.get("spent") is True,
            process=str(found.get("process", "")),
            sight=_sight(found.get("sight")),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _sight(found: list[float] | None) -> tuple[float, float, float] | None:
    if found is None:
        return None
    zoom, x, y = map(float, found)
    return zoom, x, y


def _keep_pictures(places: Places, folder: Path, pictures: tuple[Reference, ...]) -> None:
    """Exactly these in the draft's own folder. Before the draft itself, which names them."""
    wanted = {f"{one.sha256}.png": one.png for one in pictures}
    if wanted:
        folder.mkdir(PRIVATE_FOLDER, exist_ok=True)
    elif not folder.is_dir():
        return
    present = {path.name for path in folder.iterdir()}
    for name, png in wanted.items():
        if name not in present:
            temp = places.temp_path()
            write_new(temp, png)
            replace(temp, folder / name)
    for name in present - wanted.keys():
        (folder / name).unlink(missing_ok=True)
    if not wanted:
        folder.rmdir()


def _pictures(folder: Path, listed: list[dict[str, str]]) -> Iterator[Reference]:
    """Those that are still there, whole."""
    for one in listed:
        with suppress(OSError):
            found = Reference.of(str(one["name"]), (folder / f"{one['file']}.png").read_bytes())
            if found.sha256 == one["file"]:
                yield found


def _drop_oldest(folder: Path) -> None:
    for path in _by_age(folder)[:-_KEPT]:
        with suppress(OSError):
            path.unlink()
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)


def _by_age(folder: Path) -> list[Path]:
    """Oldest first."""
    found: list[tuple[int, Path]] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".json"):
                with suppress(OSError):
                    found.append((entry.stat().st_mtime_ns, Path(entry.path)))
    return [path for _, path in sorted(found)]
