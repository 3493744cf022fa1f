"""Exchanging units of a JPEG by child processes: the files they work on, and what they are told.

`Source` goes through coefficient_store.py, which keeps the coefficients in a file; `exchanged_whole` through
coefficients.py, for systems where that can't be. Whatever fails is None: the caller has another way to save. Blocking.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import secrets
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from dalle_studio.formats import coefficient_store, coefficients

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from dalle_studio.core.geometry import Size
    from dalle_studio.formats.jpeg_structure import Structure

_LIBRARY: Final = "jpeglib"
_SECONDS: Final = 120
_INHERITED: Final = (
    "PATH", "PYTHONPATH", "PYTHONHOME", "HOME", "USERPROFILE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
)  # fmt: skip
"""All of the environment that a child needs; the rest may hold keys."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A JPEG of a part of the picture, some of whose units replace the source's."""

    data: bytes
    size: Size
    at: tuple[int, int]
    """The unit of the source, column and row, where its first one lies."""
    touched: NDArray[np.bool_]
    """(rows, columns): which of its units."""


@dataclass(frozen=True, slots=True)
class Source:
    """A JPEG whose coefficients lie in a file. `plain` is the same picture with a restart marker after each row."""

    plain: bytes
    structure: Structure
    folder: Path
    names: Names

    def exchanged(self, piece: Piece) -> bytes | None:
        """The JPEG with those units, a restart marker after each row. Once only: the file is changed."""
        _write_private(self.folder / self.names["piece"], piece.data)
        _write_private(self.folder / self.names["piece_store"], b"")
        order = _order(self.structure, self.names)
        order["piece"], order["piece_store"] = self.names["piece"], self.names["piece_store"]
        order["piece_size"], order["at"], order["runs"] = (piece.size.width, piece.size.height), piece.at, _runs(piece)
        order["optimise"] = not self.structure.has_standard_codes
        return _carried_out(coefficient_store.__file__, order, self.folder)


Names = dict[str, str]


@contextlib.contextmanager
def opened(bare: bytes, structure: Structure, scratch: Path | None) -> Iterator[Source | None]:
    """The source, a JPEG without metadata; None where it can't be had. No file is left behind.

    `scratch` is a private folder for the files, 2 bytes a coefficient; the system's own without it.
    """
    names = ("source", "store", "piece", "piece_store", "done")
    with _temporary_names(scratch, names) as (folder, taken):
        yield None if _has_odd_units(structure) else _opened(bare, structure, folder, taken)


def _opened(bare: bytes, structure: Structure, folder: Path, names: Names) -> Source | None:
    order = _order(structure, names)
    order["read"] = True
    with contextlib.suppress(OSError):
        _write_private(folder / names["source"], bare)
        _write_private(folder / names["store"], b"")
        plain = _carried_out(coefficient_store.__file__, order, folder)
        return None if plain is None else Source(plain, structure, folder, names)
    return None


def _has_odd_units(structure: Structure) -> bool:
    """A single plane whose factors say otherwise is coded block by block all the same (T.81, A.2.2)."""
    return any((c.across, c.down) != s for c, s in zip(structure.components, structure.sampling, strict=True))


def _order(structure: Structure, names: Names) -> coefficient_store.Order:
    return coefficient_store.Order(
        source=names["source"], store=names["store"], read=False,
        size=(structure.size.width, structure.size.height),
        sampling=list(structure.sampling),
        piece="", piece_store="", piece_size=(0, 0), at=(0, 0), runs=[],
        done=names["done"],
        optimise=False,
    )  # fmt: skip


def _runs(piece: Piece) -> list[tuple[int, int, int]]:
    """(row, first, end) of touched units side by side."""
    edges = np.diff(np.pad(piece.touched, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, firsts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    return [(int(row), int(first), int(end)) for row, first, end in zip(rows, firsts, ends, strict=True)]


def exchanged_whole(bare: bytes, structure: Structure, piece: Piece, scratch: Path | None) -> bytes | None:
    """The JPEG with the piece's units, all its coefficients in the child's memory, twice."""
    with _temporary_names(scratch, ("source", "piece", "touched", "done")) as (folder, names):
        order = coefficients.Order(
            source=names["source"], piece=names["piece"], touched=names["touched"], done=names["done"],
            size=(structure.size.width, structure.size.height),
            piece_size=(piece.size.width, piece.size.height),
            at=piece.at,
            sampling=list(structure.sampling),
            optimise=not structure.has_standard_codes,
        )  # fmt: skip
        with contextlib.suppress(OSError):
            _write_private(folder / names["source"], bare)
            _write_private(folder / names["piece"], piece.data)
            with os.fdopen(os.open(folder / names["touched"], _EXCLUSIVE, 0o600), "wb") as file:
                np.save(file, piece.touched)
            return _carried_out(coefficients.__file__, order, folder)
    return None


def _carried_out(program: str, order: Mapping[str, object], folder: Path) -> bytes | None:
    """What the child wrote to `done`. None when it failed or wrote nothing."""
    if importlib.util.find_spec(_LIBRARY) is None or getattr(sys, "frozen", False):
        return None
    done = folder / str(order["done"])
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        _write_private(done, b"")
        ended = subprocess.run(
            [sys.executable, "-P", program, json.dumps(order)],
            cwd=folder,  # names without a path: the library's C code knows no others than ASCII on Windows
            env={name: os.environ[name] for name in _INHERITED if name in os.environ},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        found = done.read_bytes() if ended.returncode == 0 else b""
        done.unlink()
        return found or None
    return None


_EXCLUSIVE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, _EXCLUSIVE, 0o600), "wb") as file:
        file.write(content)


@contextlib.contextmanager
def _temporary_names(scratch: Path | None, wanted: tuple[str, ...]) -> Iterator[tuple[Path, Names]]:
    """A folder and names in it that are not taken; whatever is there in the end is removed."""
    folder = scratch if scratch is not None else Path(tempfile.gettempdir())
    token = secrets.token_hex(8)
    names = {name: f"{token}-{number}.tmp" for number, name in enumerate(wanted)}
    try:
        yield folder, names
    finally:
        for name in names.values():
            (folder / name).unlink(missing_ok=True)
