"""The clipboard: pictures and masks as the bytes that were put there, never through Qt's decoders. GUI thread."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QGuiApplication

_FORMS: Final = ("image/png", "image/tiff", "image/webp", "image/jpeg", "image/bmp")
"""Forms of a picture, the most faithful first."""


class Kind(StrEnum):
    """What this program puts on the clipboard."""

    PICTURE = "picture"
    MASK = "mask"


def put(png: bytes, kind: Kind) -> None:
    """A PNG for every program; `kind` is left beside it for our own paste."""
    data = QMimeData()
    data.setData("image/png", png)
    data.setData(_own(kind), b"1")
    QGuiApplication.clipboard().setMimeData(data)


def content() -> QMimeData | None:
    """What is there; None for an empty clipboard, whatever the stubs say."""
    return QGuiApplication.clipboard().mimeData()


def holds(data: QMimeData | None, kind: Kind) -> bool:
    """Whether this program put it there, as that."""
    return data is not None and data.hasFormat(_own(kind))


def local_path(data: QMimeData | None) -> Path | None:
    """The first file among what was copied."""
    if data is None or not data.hasUrls():
        return None
    return next((Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()), None)


def holds_picture(data: QMimeData) -> bool:
    """Whether another program offers a picture; nothing is fetched for that."""
    return data.hasImage() or any(map(data.hasFormat, _FORMS))


def picture_bytes(data: QMimeData | None) -> bytes | None:
    """A picture as the bytes the other program offered, undecoded."""
    if data is None:
        return None
    for form in _FORMS:
        if data.hasFormat(form):
            found = bytes(data.data(form).data())
            if found:
                return found
    return None


def _own(kind: Kind) -> str:
    return f"application/x-dalle-studio-{kind}"
