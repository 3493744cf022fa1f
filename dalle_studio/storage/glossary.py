"""The user's glossary as a text file in the data folder, to be edited in the window or with any editor. Blocks."""

from __future__ import annotations

from typing import Final

from dalle_studio.core.glossary import Glossary
from dalle_studio.storage import durable
from dalle_studio.storage.places import Places

_LARGEST: Final = 1_000_000
"""Bytes that are read; a glossary is typed by hand."""


def load_text(places: Places) -> str:
    """What stands in the file, remarks included; empty where there is none. StorageProblem where it may not be read."""
    with durable.disk_failures(places.root):
        try:
            with places.glossary.open("rb") as file:
                data = file.read(_LARGEST)
        except (FileNotFoundError, NotADirectoryError):
            return ""
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def load(places: Places) -> Glossary:
    """The terms. StorageProblem."""
    return Glossary.parse(load_text(places))


def save_text(places: Places, text: str) -> None:
    """Keep the text, for good when this returns. StorageProblem."""
    places.prepare()
    data = text.encode("utf-8", "replace")
    with durable.disk_failures(places.root, len(data)):
        temp = places.temp_path()
        durable.write_new(temp, data)
        durable.replace(temp, places.glossary)
