"""What a file dialog offers can be opened; what it offers for saving is saved in that format."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dalle_studio.core.errors import BadInput
from dalle_studio.core.picture import Picture
from dalle_studio.core.words import Words
from dalle_studio.formats import saving, sniffing
from dalle_studio.formats.opening import open_picture, read_file
from dalle_studio.formats.suffixes import READ_ONLY, SUFFIXES, can_write, patterns
from tests.formats.files import encoded, noise

HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAchtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9j"
    "AAAAAERAAAIAAQAAAAAB7AABAAAAAAAAAJQAAgAAAAACgAABAAAAAAAAADYAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAA"
    "ABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABB2lwcnAAAADmaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNg"
    "AAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZE"
    "AcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AA"
    "AAACAAAAEHBpeGkAAAAAAwgICAAAAAlpcm90AwAAABlpcG1hAAAAAAAAAAEAAQaBAgMFhIYAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAA"
    "ANJtZGF0AAAAkCgBrwngPg6bnk4QdLDGLT7Bfo0eRr+xOd97XvMQQXwUPtKuvdy7Ou25gFzr4jthSUOBtYN6V2HjTxJ5JLvOAxnh9wWXfue6"
    "PmkGTaQNFNtB+3hObi9SSsfmBFPtBhDb0+AYAgaTuQ4uMMZJmPEMN0KdfBe9MuOvZ1eILVyokpJwnoopbq+Ni+YmPsECupwf4AAAAAZFeGlm"
    "AABNTQAqAAAACAACAQ8AAgAAAAYAAAAmARIAAwAAAAEABgAAAAAAAE1ha2VyAA=="
)
"""A ramp of 64 × 48 pixels, turned by its own transformation and by EXIF's tag 6; made for this test."""


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_ending_is_saved_in_its_format_and_opens_again(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"사진{suffix.upper()}"
    picture = Picture(noise(40, 30))
    saving.write_atomically(path, saving.encode_picture(picture, saving.format_for(path))[0])
    opened = open_picture(read_file(path), name=path.name)
    assert opened.size == picture.size
    assert opened.source.format == SUFFIXES[suffix]
    assert can_write(path)


def test_what_is_only_read_is_read() -> None:
    made = {
        ".gif": encoded(noise(40, 30), "GIF"),
        ".j2k": encoded(noise(40, 30), "JPEG2000", no_jp2=True),
        ".jpx": encoded(noise(40, 30), "JPEG2000"),
    }
    assert set(made) == set(READ_ONLY) - {".heic", ".heif"}
    for suffix, data in made.items():
        assert open_picture(data, name=f"photo{suffix}").size.width == 40
        assert not can_write(Path(f"photo{suffix}"))


def test_a_heic_photo_opens_with_the_extra_and_names_it_without() -> None:
    if sniffing.heif_plugin() is not None:
        picture = open_picture(HEIC, name="IMG_0001.HEIC")
        assert (picture.size.width, picture.size.height) == (48, 64)  # turned once, not twice
        corners = picture.pixels[[0, 0, -1, -1], [0, -1, 0, -1]].astype(int)
        assert np.abs(corners - [(0, 235, 128), (0, 0, 128), (252, 235, 128), (252, 0, 128)]).max() < 8
        assert b"Maker" in (picture.metadata.exif or b"")
        return
    with pytest.raises(BadInput) as caught:
        open_picture(HEIC, name="IMG_0001.HEIC")
    for language in ("ko", "en"):
        sentence, hint = Words(language).of(caught.value)
        assert "IMG_0001.HEIC" in sentence
        assert "pip install pillow-heif" in hint


def test_dialogs_offer_all_that_opens_and_for_saving_all_that_is_written() -> None:
    assert {f"*{suffix}" for suffix in (*SUFFIXES, *READ_ONLY)} == set(patterns(to_save=False).split())
    assert {f"*{suffix}" for suffix in SUFFIXES} == set(patterns(to_save=True).split())


def test_the_endings_are_known_without_loading_a_codec() -> None:
    seen = "import sys, dalle_studio.formats.suffixes; print([m for m in ('numpy', 'cv2', 'PIL') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
