"""Only what an edit touched is coded anew; every other block of a JPEG keeps its coefficients."""

from __future__ import annotations

import io
import struct
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dalle_studio.core.geometry import Rect
from dalle_studio.core.picture import Picture
from dalle_studio.formats import coefficient_store, coefficients, decoding, encoding, jpeg_bands, jpeg_exchange, saving
from dalle_studio.formats.jpeg_patch import patch_jpeg, stored
from dalle_studio.formats.jpeg_structure import read_structure
from dalle_studio.formats.opening import open_picture
from tests.conftest import PhotoFactory
from tests.formats.files import DISPLAY_P3, encoded, gamma_curve, matrix_profile, noise, turned_exif
from tests.formats.test_exif import full_block

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS: dict[str, dict[str, object]] = {
    "4:2:0": {"subsampling": 2},
    "4:2:2": {"subsampling": 1},
    "4:4:4": {"subsampling": 0},
    "progressive 4:2:0": {"subsampling": 2, "progressive": True},
    "progressive 4:4:4": {"subsampling": 0, "progressive": True},
    "codes of its own": {"subsampling": 2, "optimize": True},
    "tables of its own": {"subsampling": 2, "qtables": [[2 + i % 30 for i in range(64)], [3 + i for i in range(64)]]},
    "restart markers": {"subsampling": 2, "restart_marker_blocks": 3},
    "finest": {"quality": 100, "subsampling": 0},
    "coarsest": {"quality": 1, "subsampling": 2},
}


def edited(picture: Picture, rect: Rect, level: int = 90) -> Picture:
    """The rectangle half as strong, so that it still looks like the photo."""
    pixels = picture.pixels.astype(np.uint8)
    pixels[rect.slices] = pixels[rect.slices] // 2 + level
    return replace(picture, pixels=pixels)


def differing(before: Picture, after: Picture) -> NDArray[np.bool_]:
    """(h, w): where any channel differs."""
    found: NDArray[np.bool_] = (before.pixels != after.pixels).any(axis=2)
    return found


def assert_kept_outside(before: Picture, after: Picture, rect: Rect, block: int = 16) -> None:
    """Every pixel farther from `rect` than one MCU is the same."""
    differs = differing(before, after)
    differs[rect.grown(block).clipped(before.size).slices] = False
    assert not differs.any()


def patched(original: bytes, picture: Picture) -> bytes:
    done = patch_jpeg(original, picture)
    assert done is not None
    return done.data


@pytest.mark.parametrize("kind", KINDS)
def test_pixels_beyond_one_unit_around_the_edit_are_identical(kind: str, photo: PhotoFactory) -> None:
    original = encoded(photo(333, 251), "JPEG", **KINDS[kind])
    opened = open_picture(original, name="x")
    rect = Rect(101, 77, 60, 43)
    wanted = edited(opened, rect)
    data = patched(original, wanted)
    saved = open_picture(data, name="x")
    block = read_structure(original).block
    assert_kept_outside(opened, saved, rect, max(block.width, block.height))
    difference = np.abs(saved.pixels.astype(int) - wanted.pixels)[rect.slices]
    plain, _ = saving.encode_picture(replace(wanted, source=replace(wanted.source, format="PNG")), "JPEG")
    assert plain != data
    # as near to what was wanted as this quality allows: no worse than what the first encoding lost, by and large
    lost = np.abs(opened.pixels.astype(int) - photo(333, 251)).mean()
    assert difference.mean() < 2.5 * lost + 2


@pytest.mark.parametrize("kind", KINDS)
def test_whole_arrays_and_rows_give_the_same_picture(
    kind: str, photo: PhotoFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = encoded(photo(333, 251), "JPEG", **KINDS[kind])
    wanted = edited(open_picture(original, name="x"), Rect(101, 77, 60, 43))
    by_rows = patched(original, wanted)
    monkeypatch.setattr(coefficient_store, "__file__", str(tmp_path / "not there"))
    whole = patched(original, wanted)
    assert b"\xff\xdd" in by_rows
    assert b"\xff\xdd" not in whole
    assert abs(len(by_rows) - len(whole)) < 400
    assert np.array_equal(open_picture(by_rows, name="x").pixels, open_picture(whole, name="x").pixels)


def test_bands_are_the_picture(photo: PhotoFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jpeg_bands, "_PIXELS", 5000)
    for subsampling in (0, 1, 2):
        data = encoded(photo(333, 251), "JPEG", subsampling=subsampling, restart_marker_rows=1)
        found = list(jpeg_bands.bands(data))
        assert len(found) > 10
        assert np.array_equal(np.concatenate([band for _, band in found]), open_picture(data, name="x").pixels)
    with pytest.raises(ValueError, match="restart marker"):
        list(jpeg_bands.bands(encoded(photo(333, 251), "JPEG", restart_marker_rows=2)))


def test_a_grey_file_whose_factors_are_not_one(photo: PhotoFactory) -> None:
    """A single plane is coded block by block, whatever its factors say (T.81, A.2.2)."""
    original = bytearray(encoded(Image.fromarray(photo(150, 90)).convert("L"), "JPEG"))
    original[original.index(b"\xff\xc0") + 11] = 0x22
    opened = open_picture(bytes(original), name="x")
    rect = Rect(40, 30, 30, 20)
    assert_kept_outside(opened, open_picture(patched(bytes(original), edited(opened, rect)), name="x"), rect, 8)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("options", [{"subsampling": 2}, {"subsampling": 1}, {"progressive": True}])
def test_turned_photos_keep_their_tag_and_their_blocks(
    orientation: int, options: dict[str, object], photo: PhotoFactory
) -> None:
    original = encoded(photo(203, 150), "JPEG", exif=turned_exif(orientation), **options)
    opened = open_picture(original, name="x")
    rect = Rect(70, 33, 25, 40)
    wanted = edited(opened, rect)
    data = patched(original, wanted)
    saved = open_picture(data, name="x")
    assert saved.size == opened.size
    assert Image.open(io.BytesIO(data)).getexif()[0x0112] == orientation
    assert_kept_outside(opened, saved, rect)
    assert np.abs(saved.pixels.astype(int) - wanted.pixels)[rect.slices].mean() < 4


def test_grey_files_stay_grey(photo: PhotoFactory) -> None:
    for options in ({}, {"progressive": True}):
        original = encoded(Image.fromarray(photo(150, 90)).convert("L"), "JPEG", **options)
        opened = open_picture(original, name="x")
        rect = Rect(40, 30, 30, 20)
        data = patched(original, edited(opened, rect))
        assert Image.open(io.BytesIO(data)).mode == "L"
        assert_kept_outside(opened, open_picture(data, name="x"), rect, 8)


@settings(max_examples=15)
@given(
    st.sampled_from(sorted(KINDS)),
    st.integers(9, 90),
    st.integers(9, 90),
    st.integers(1, 8),
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 80), st.integers(1, 30)), max_size=3),
)
def test_wherever_edits_lie_the_rest_is_kept(
    kind: str, width: int, height: int, orientation: int, places: list[tuple[int, int, int]]
) -> None:
    original = encoded(noise(width, height), "JPEG", exif=turned_exif(orientation), **KINDS[kind])
    opened = wanted = open_picture(original, name="x")
    near = np.zeros(opened.pixels.shape[:2], bool)
    for left, top, side in places:
        rect = Rect(left, top, side, side).clipped(opened.size)
        if not rect.is_empty:
            wanted = edited(wanted, rect)
            near[rect.grown(16).clipped(opened.size).slices] = True
    saved = open_picture(patched(original, wanted), name="x")
    assert not (differing(opened, saved) & ~near).any()


@pytest.mark.parametrize(
    ("kind", "orientation", "progressive"),
    [("4:2:0", 6, False), ("4:2:2", 5, True), ("4:4:4", 3, False), ("grey", 8, True)],
)
def test_ten_edits_saved_and_reopened_leave_everything_else_as_in_the_first_file(
    kind: str, orientation: int, progressive: bool, photo: PhotoFactory
) -> None:
    pixels = Image.fromarray(photo(640, 480))
    image = pixels.convert("L") if kind == "grey" else pixels
    options = {**KINDS.get(kind, {}), "progressive": progressive, "exif": turned_exif(orientation)}
    first = data = encoded(image, "JPEG", quality=85, **options)
    opened = open_picture(first, name="x")
    block = read_structure(first).block
    near = np.zeros(opened.pixels.shape[:2], bool)
    for number in range(10):
        rect = Rect(20 + 43 * number, 10 + 45 * (number * 7 % 10), 21, 24)
        data = patched(data, edited(open_picture(data, name="x"), rect))
        near[rect.grown(max(block.width, block.height)).clipped(opened.size).slices] = True
    assert not (differing(opened, open_picture(data, name="x")) & ~near).any()
    assert near.mean() < 0.15


def test_a_photo_without_edits_is_the_very_same_bytes(photo: PhotoFactory) -> None:
    for options in ({}, {"progressive": True, "exif": turned_exif(5)}, {"comment": b"kept"}):
        original = encoded(photo(64, 48), "JPEG", **options) + b"film behind the photo"
        done = patch_jpeg(original, open_picture(original, name="x"))
        assert done is not None
        assert done.data == original
        assert not done.dropped_extras


def test_metadata_is_the_same_segments() -> None:
    profile = matrix_profile(DISPLAY_P3, gamma_curve(2.2))
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    options = {"icc_profile": profile, "exif": turned_exif(3), "xmp": xmp, "comment": b"words", "dpi": (240, 240)}
    original = encoded(noise(64, 64), "JPEG", progressive=True, **options)
    data = patched(original, edited(open_picture(original, name="x"), Rect(3, 3, 9, 9)))
    before, after = read_structure(original), read_structure(data)
    kept = [s for s in before.head if s.marker >= 0xE0 or s.marker == 0xDB]
    assert kept == [s for s in after.head if s.marker >= 0xE0 or s.marker == 0xDB]
    assert len(kept) >= 6
    assert open_picture(data, name="x").metadata == open_picture(original, name="x").metadata


def test_the_thumbnail_does_not_show_what_was_removed() -> None:
    original = encoded(noise(40, 30), "JPEG", exif=b"Exif\x00\x00" + full_block())
    assert original.count(b"\xff\xd8\xff") == 2
    data = patched(original, edited(open_picture(original, name="x"), Rect(3, 3, 9, 9)))
    assert data.count(b"\xff\xd8\xff") == 1
    assert Image.open(io.BytesIO(data)).getexif()[0x0112] == 6


def test_what_hangs_behind_the_photo_is_left_out_and_said(photo: PhotoFactory) -> None:
    index = b"\xff\xe2" + struct.pack(">H", 2 + 8) + b"MPF\x00MM\x00*"
    original = encoded(photo(64, 48), "JPEG")
    original = original[:20] + index + original[20:] + encoded(photo(16, 16), "JPEG")
    picture = edited(open_picture(original, name="x"), Rect(3, 3, 9, 9))
    data, warnings = saving.encode_picture(picture, "JPEG", original=original)
    assert warnings == (encoding.JPEG_EXTRAS_LOST,)
    assert data.endswith(b"\xff\xd9")
    assert b"MPF\x00" not in data
    assert data.count(b"\xff\xd8\xff") == 1


@pytest.mark.parametrize("ids", [b"\x14\x15\x16", b"RGB"])
def test_component_numbers_of_the_source_are_kept(photo: PhotoFactory, ids: bytes) -> None:
    """RGB, too, where JFIF says that it is YCbCr."""
    original = encoded(photo(64, 48), "JPEG", subsampling=2)
    frame, scan = original.index(b"\xff\xc0"), original.index(b"\xff\xda")
    renumbered = bytearray(original)
    for number, name in enumerate(ids):
        renumbered[frame + 10 + 3 * number] = renumbered[scan + 5 + 2 * number] = name
    opened = open_picture(bytes(renumbered), name="x")
    rect = Rect(3, 3, 9, 9)
    data = patched(bytes(renumbered), edited(opened, rect))
    assert bytes(c.id for c in read_structure(data).components) == ids
    assert_kept_outside(opened, open_picture(data, name="x"), rect)


class TestWhatCanNotBePatched:
    """None, and the caller encodes the whole picture with the source's tables, and says so."""

    @staticmethod
    def refused(original: bytes, picture: Picture) -> tuple[bytes, tuple[str, ...]]:
        assert patch_jpeg(original, picture) is None
        return saving.encode_picture(picture, "JPEG", original=original)

    def test_cmyk(self) -> None:
        original = encoded(Image.fromarray(noise(32, 32, 4), "CMYK"), "JPEG")
        picture = edited(open_picture(original, name="x"), Rect(3, 3, 9, 9))
        assert self.refused(original, picture)[1] == (encoding.JPEG_ENCODED_ANEW,)

    def test_rgb_planes_without_ycbcr(self) -> None:
        original = encoded(noise(32, 32), "JPEG", keep_rgb=True)
        picture = edited(open_picture(original, name="x"), Rect(3, 3, 9, 9))
        assert self.refused(original, picture)[1] == (encoding.JPEG_ENCODED_ANEW,)

    def test_arithmetic_coding(self, photo: PhotoFactory) -> None:
        original = bytearray(encoded(photo(32, 32), "JPEG"))
        original[original.index(b"\xff\xc0") + 1] = 0xC9
        with pytest.raises(ValueError, match="another kind"):
            read_structure(bytes(original))
        assert patch_jpeg(bytes(original), Picture(noise(32, 32))) is None

    def test_another_size_needs_no_words(self, photo: PhotoFactory) -> None:
        original = encoded(photo(64, 48), "JPEG")
        picture = Picture(photo(80, 48).astype(np.uint8))
        assert self.refused(original, picture)[1] == ()

    def test_colour_in_a_grey_file(self) -> None:
        original = encoded(noise(32, 32, 1), "JPEG")
        opened = open_picture(original, name="x")
        pixels = opened.pixels.astype(np.uint8)
        pixels[4, 4] = (200, 10, 10)
        data, warnings = self.refused(original, replace(opened, pixels=pixels))
        assert warnings == (encoding.JPEG_ENCODED_ANEW,)
        assert Image.open(io.BytesIO(data)).mode == "RGB"

    def test_depth_and_transparency(self) -> None:
        original = encoded(noise(32, 32), "JPEG")
        assert patch_jpeg(original, Picture(noise(32, 32, 4))) is None
        assert patch_jpeg(original, Picture(noise(32, 32).astype(np.uint16))) is None

    @pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.99])
    def test_a_damaged_source(self, share: float) -> None:
        original = encoded(noise(32, 32), "JPEG")
        assert patch_jpeg(original[: int(len(original) * share)], Picture(noise(32, 32))) is None

    def test_a_child_that_fails(self, photo: PhotoFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        broken = tmp_path / "broken.py"
        for child in (coefficients, coefficient_store):
            monkeypatch.setattr(child, "__file__", str(broken))
        original = encoded(photo(64, 48), "JPEG")
        picture = edited(open_picture(original, name="x"), Rect(3, 3, 9, 9))
        nonsense = "import json, sys; open(json.loads(sys.argv[1])['done'], 'wb').write(b'nonsense')"
        for program in ("raise SystemExit(1)", "pass", nonsense):
            broken.write_text(program, encoding="utf-8")
            data, warnings = self.refused(original, picture)
            assert warnings == (encoding.JPEG_ENCODED_ANEW,)
            assert open_picture(data, name="x").size == picture.size

    def test_coefficients_that_came_back_wrong(
        self, photo: PhotoFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        liar = tmp_path / "liar.py"
        other = tmp_path / "other.jpg"
        other.write_bytes(encoded(photo(64, 48, seed=3), "JPEG", subsampling=2))
        liar.write_text(
            f"import json, sys, shutil\nshutil.copyfile({str(other)!r}, json.loads(sys.argv[1])['done'])\n",
            encoding="utf-8",
        )
        for child in (coefficients, coefficient_store):
            monkeypatch.setattr(child, "__file__", str(liar))
        original = encoded(photo(64, 48), "JPEG", subsampling=2)
        assert patch_jpeg(original, edited(open_picture(original, name="x"), Rect(3, 3, 9, 9))) is None


class TestTheChild:
    @pytest.mark.parametrize(("child", "files"), [(coefficients, 4), (coefficient_store, 3)])
    def test_it_leaves_nothing_and_learns_no_key(
        self, child: ModuleType, files: int, photo: PhotoFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scratch = tmp_path / "사진 폴더"
        scratch.mkdir()
        spy = tmp_path / "spy.py"
        spy.write_text(
            "import os, pathlib, runpy, sys\n"
            f"with open({str(tmp_path / 'seen')!r}, 'a') as seen: print(dict(os.environ), os.listdir(), file=seen)\n"
            f"sys.argv[0] = {child.__file__!r}\n"
            f"runpy.run_path({child.__file__!r}, run_name='__main__')\n",
            encoding="utf-8",
        )
        if child is coefficients:
            monkeypatch.setattr(coefficient_store, "__file__", str(tmp_path / "not there"))
        monkeypatch.setattr(child, "__file__", str(spy))
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-of-the-user")
        original = encoded(photo(64, 48), "JPEG")
        picture = edited(open_picture(original, name="x"), Rect(3, 3, 9, 9))
        assert patch_jpeg(original, picture, scratch) is not None
        seen = (tmp_path / "seen").read_text(encoding="utf-8")
        assert "secret" not in seen
        assert seen.splitlines()[0].count(".tmp") == files
        assert list(scratch.iterdir()) == []

    def test_instead_of_a_folder_that_is_not_there_the_systems_is_taken(
        self, photo: PhotoFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        original = encoded(photo(64, 48), "JPEG")
        picture = edited(open_picture(original, name="x"), Rect(3, 3, 9, 9))
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        assert patch_jpeg(original, picture, tmp_path / "not there") is not None
        assert list(tmp_path.iterdir()) == []
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nor there"))
        assert patch_jpeg(original, picture, tmp_path / "not there") is None

    @pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")
    def test_where_the_coefficients_have_no_room_they_stay_in_memory(self, photo: PhotoFactory, tmp_path: Path) -> None:
        import resource

        original = encoded(photo(333, 251), "JPEG", subsampling=2)
        opened, rect = open_picture(original, name="x"), Rect(101, 77, 60, 43)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * len(original), before[1]))  # the child's, too
        try:
            done = patch_jpeg(original, edited(opened, rect), tmp_path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert done is not None
        assert b"\xff\xdd" not in done.data  # no restart markers: the other way
        assert_kept_outside(opened, open_picture(done.data, name="x"), rect)
        assert list(tmp_path.iterdir()) == []

    def test_what_has_only_two_units_is_planned_right(self) -> None:
        planes = coefficients._empty((17, 9), [(2, 2), (1, 1), (1, 1)])
        assert [plane.shape for plane in planes] == [(2, 3, 64), (1, 2, 64), (1, 2, 64)]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_stored_undoes_upright(orientation: int) -> None:
    pixels = noise(7, 5)
    assert np.array_equal(stored(decoding.upright(pixels, orientation), orientation), pixels)


@given(st.binary(max_size=60), st.integers(0, 700), st.integers(0, 255))
def test_damaged_files_are_structures_or_value_errors(rest: bytes, place: int, value: int) -> None:
    damaged = bytearray(encoded(noise(24, 16), "JPEG", subsampling=2))
    damaged[min(place, len(damaged) - 1)] = value
    for data in (bytes(damaged), bytes(damaged[: place + 2]) + rest):
        try:
            read_structure(data)
        except ValueError:
            continue


def test_patching_is_left_out_without_the_library(photo: PhotoFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jpeg_exchange, "_LIBRARY", "a_library_that_is_not_there")
    original = encoded(photo(64, 48), "JPEG")
    opened = open_picture(original, name="x")
    assert patch_jpeg(original, opened) is not None
    assert patch_jpeg(original, edited(opened, Rect(3, 3, 9, 9))) is None
