"""Reads a JPEG's DCT coefficients into a file, and writes a JPEG from such a file, never holding more than a few rows.

A program of its own, run by jpeg_exchange.py as a child in the folder of the files, as coefficients.py is and for the
same reasons:

    python -P coefficient_store.py '{"source": …, "store": …, "done": …, …}'

libjpeg keeps the coefficients of a whole picture in its "virtual arrays", 3 bytes a pixel with 4:2:0, which its memory
manager could swap to disk, but here does not. So this program stands in for the two methods of that manager that hand
out rows, and keeps the rows in a file. Where the library's own functions can't be called (Windows exports none), the
status is 1, and coefficients.py does it with whole arrays. The layout of the structures is that of libjpeg 7, in which
this version of libjpeg-turbo is built; the library compares version and sizes itself. Sources: libjpeg.txt, jpeglib.h.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import sys
from pathlib import Path
from typing import BinaryIO, Final, TypedDict

_VERSION: Final = 70
_BLOCK: Final = 128
"""Bytes of a block: 64 numbers of 16 bits."""
_Pointer = ctypes.c_void_p
_Int = ctypes.c_int
_Request = ctypes.CFUNCTYPE(_Pointer, _Pointer, _Int, _Int, ctypes.c_uint, ctypes.c_uint, ctypes.c_uint)
_Access = ctypes.CFUNCTYPE(_Pointer, _Pointer, _Pointer, ctypes.c_uint, ctypes.c_uint, _Int)


class Order(TypedDict):
    """What to do; names of files are relative to the current folder."""

    source: str
    """A JPEG without metadata: its parameters count, and its coefficients when `read`."""
    store: str
    """The coefficients of the source."""
    read: bool
    """Whether to fill the store first."""
    size: tuple[int, int]
    """Width and height in pixels."""
    sampling: list[tuple[int, int]]
    """(across, down) of each component."""
    piece: str
    """A JPEG of which some units replace the source's; empty for none."""
    piece_store: str
    piece_size: tuple[int, int]
    at: tuple[int, int]
    """The unit of the source, column and row, where the piece's first one lies."""
    runs: list[tuple[int, int, int]]
    """(row, first, end) of the piece's units that replace the source's."""
    done: str
    """The JPEG to write: baseline, with a restart marker after each row of units."""
    optimise: bool
    """Huffman tables made for this picture instead of the standard ones."""


class _Manager(ctypes.Structure):
    """The beginning of jpeg_memory_mgr."""

    _fields_ = (
        ("allocators", _Pointer * 5),
        ("request", _Request),
        ("realise", _Pointer),
        ("access_samples", _Pointer),
        ("access", _Access),
    )


_COMMON: Final = (
    ("errors", _Pointer),
    ("memory", ctypes.POINTER(_Manager)),
    ("progress", _Pointer),
    ("client", _Pointer),
    ("is_decompressor", _Int),
    ("state", _Int),
    ("file", _Pointer),
)


class _Decompress(ctypes.Structure):
    """jpeg_decompress_struct, of which only the beginning is looked at."""

    _fields_ = (*_COMMON, ("rest", ctypes.c_char * 592))


class _Compress(ctypes.Structure):
    """jpeg_compress_struct up to the last field that is written here."""

    _fields_ = (
        *_COMMON,
        ("size", ctypes.c_uint * 2),
        ("input", _Int * 2),
        ("gamma", ctypes.c_double),
        ("scaling", ctypes.c_uint * 4),
        ("precision_and_components", _Int * 3),
        ("components", _Pointer),
        ("quantisation", _Pointer * 4),
        ("scale_factors", _Int * 4),
        ("huffman", _Pointer * 8),
        ("arithmetic", ctypes.c_uint8 * 48),
        ("scans", _Int),
        ("scan_script", _Pointer),
        ("raw_data", _Int),
        ("arithmetic_coding", _Int),
        ("optimise", _Int),
        ("cosited", _Int),
        ("fancy_downsampling", _Int),
        ("smoothing", _Int),
        ("transform", _Int),
        ("restart_interval", ctypes.c_uint),
        ("restart_in_rows", _Int),
        ("rest", ctypes.c_char * 244),
    )


class Store:
    """A file of coefficients: component after component, (rows, columns) of blocks, filled up to whole units."""

    def __init__(self, name: str, size: tuple[int, int], sampling: list[tuple[int, int]]) -> None:
        width, height = size
        most_across, most_down = (max(factors) for factors in zip(*sampling, strict=True))
        columns, rows = -(-width // (8 * most_across)), -(-height // (8 * most_down))
        self.sampling = sampling
        self.strides = [columns * across * _BLOCK for across, _ in sampling]
        lengths = [stride * rows * down for stride, (_, down) in zip(self.strides, sampling, strict=True)]
        self.starts = [sum(lengths[:number]) for number in range(len(lengths))]
        self.length = sum(lengths)
        self.file: BinaryIO = Path(name).open("r+b", buffering=0)  # noqa: SIM115 - open as long as this program runs
        self.file.truncate(self.length)  # what was not written yet reads as zeros, which the decoder expects

    def read(self, component: int, row: int, into: memoryview) -> None:
        self.file.seek(self.starts[component] + row * self.strides[component])
        if self.file.readinto(into) != len(into):  # type: ignore[attr-defined] # a raw file has it
            raise OSError("the store is cut short")

    def write(self, component: int, row: int, rows: memoryview) -> None:
        self.file.seek(self.starts[component] + row * self.strides[component])
        if self.file.write(rows) != len(rows):
            raise OSError("the disk is full")

    def take(self, piece: Store, at: tuple[int, int], runs: list[tuple[int, int, int]]) -> None:
        """Replace units by those of `piece`, whose first one lies at the unit `at`."""
        left, top = at
        for component, (across, down) in enumerate(self.sampling):
            unit = across * _BLOCK
            for row, first, end in runs:
                for line in range(down):
                    self.file.seek(
                        self.starts[component]
                        + ((top + row) * down + line) * self.strides[component]
                        + (left + first) * unit
                    )
                    self.file.write(piece.blocks(component, row * down + line, first * unit, end * unit))

    def blocks(self, component: int, row: int, first: int, end: int) -> bytes:
        self.file.seek(self.starts[component] + row * self.strides[component] + first)
        return self.file.read(end - first)


class Rows:
    """The rows of a store that the library works on: one row of units of each component at a time."""

    def __init__(self, store: Store, *, changes: bool) -> None:
        self._store, self._changes = store, changes
        self._at: list[int | None] = [None] * len(store.sampling)
        self._buffers, self._pointers = [], []
        for stride, (_, down) in zip(store.strides, store.sampling, strict=True):
            buffer = (ctypes.c_uint8 * (stride * down))()
            start = ctypes.addressof(buffer)
            self._buffers.append(buffer)
            self._pointers.append((_Pointer * down)(*(start + line * stride for line in range(down))))
        self._asked = 0
        self._methods = _Request(self._request), _Access(self._access)

    def install(self, manager: _Manager) -> None:
        """From now on the library's arrays are these rows: array n is the pointer n + 1."""
        manager.request, manager.access = self._methods

    def flush(self) -> None:
        """Put into the store what the library still works on."""
        for component in range(len(self._at)):
            self._put(component)

    def _request(self, *_: object) -> int:
        self._asked += 1
        return self._asked

    def _access(self, _: int, array: int, row: int, rows: int, __: int) -> int:
        component = array - 1
        if rows != self._store.sampling[component][1]:
            return 0  # which ends this program
        if self._at[component] != row:
            self._put(component)
            self._store.read(component, row, memoryview(self._buffers[component]).cast("B"))
            self._at[component] = row
        return ctypes.addressof(self._pointers[component])

    def _put(self, component: int) -> None:
        row = self._at[component]
        if self._changes and row is not None:
            self._store.write(component, row, memoryview(self._buffers[component]).cast("B"))


class Library:
    """libjpeg-turbo as jpeglib brings it along. AttributeError where it exports none of its own functions."""

    def __init__(self) -> None:
        found = importlib.util.find_spec("jpeglib")
        folder = Path((found.submodule_search_locations or [""])[0] if found else "") / "cjpeglib"
        self._jpeg = ctypes.CDLL(str(next(folder.glob("cjpeglib_turbo210.*so"))))
        self._c = ctypes.CDLL(None)
        self._c.fopen.restype = self._jpeg.jpeg_std_error.restype = self._jpeg.jpeg_read_coefficients.restype = _Pointer
        self._errors = ctypes.create_string_buffer(1024)
        self._errors_at = _Pointer(self._jpeg.jpeg_std_error(self._errors))

    def open(self, name: str) -> _Decompress:
        """The header is read."""
        source = _Decompress(errors=self._errors_at)
        size = ctypes.c_size_t(ctypes.sizeof(source))
        self._jpeg.jpeg_CreateDecompress(ctypes.byref(source), _VERSION, size)
        self._jpeg.jpeg_stdio_src(ctypes.byref(source), self._file(name, b"rb"))
        self._jpeg.jpeg_read_header(ctypes.byref(source), 1)
        return source

    def fill(self, store: Store, source: _Decompress) -> None:
        rows = Rows(store, changes=True)
        rows.install(source.memory.contents)
        if not self._jpeg.jpeg_read_coefficients(ctypes.byref(source)):
            raise OSError("the JPEG can't be read")
        rows.flush()

    def write(self, name: str, store: Store, source: _Decompress, *, optimise: bool) -> None:
        out = _Compress(errors=self._errors_at)
        size = ctypes.c_size_t(ctypes.sizeof(out))
        self._jpeg.jpeg_CreateCompress(ctypes.byref(out), _VERSION, size)
        file = self._file(name, b"wb")
        self._jpeg.jpeg_stdio_dest(ctypes.byref(out), file)
        self._jpeg.jpeg_copy_critical_parameters(ctypes.byref(source), ctypes.byref(out))
        out.optimise, out.restart_in_rows = optimise, 1
        rows = Rows(store, changes=False)
        rows.install(out.memory.contents)
        arrays = (_Pointer * len(store.sampling))(*range(1, len(store.sampling) + 1))
        self._jpeg.jpeg_write_coefficients(ctypes.byref(out), arrays)
        self._jpeg.jpeg_finish_compress(ctypes.byref(out))
        self._c.fclose(file)

    def _file(self, name: str, way: bytes) -> ctypes.c_void_p:
        opened = self._c.fopen(name.encode(), way)
        if not opened:
            raise OSError("can't open a file")
        return _Pointer(opened)


def carry_out(order: Order) -> None:
    """Do what was ordered. Anything that goes wrong ends the program with another status than 0."""
    library = Library()
    source = library.open(order["source"])
    store = Store(order["store"], order["size"], order["sampling"])
    if order["read"]:
        library.fill(store, source)
    if order["piece"]:
        piece = Store(order["piece_store"], order["piece_size"], order["sampling"])
        library.fill(piece, library.open(order["piece"]))
        store.take(piece, order["at"], order["runs"])
    library.write(order["done"], store, source, optimise=order["optimise"])


if __name__ == "__main__":
    carry_out(json.loads(sys.argv[1]))
