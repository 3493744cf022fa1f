from __future__ import annotations

import json
import stat
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.errors import BadUsage
from dalle_studio.storage import settings as kept
from dalle_studio.storage.places import Places
from dalle_studio.storage.settings import Server, Settings
from tests.conftest import ROOT

CHANGED = Settings(
    language="ko",
    theme="light",
    engine="내 서버",
    model="gpt-image-2.5-flare",
    quality="high",
    count=4,
    brush_radius=12.5,
    brush_hardness=0.25,
    stroke_spacing=0.5,
    stroke_smoothing=12.0,
    stroke_pressure="flow",
    overlay_opacity=1.0,
    overlay_inverted=True,
    overlay_colour=(40, 200, 90),
    mask_look="outline",
    marks_ai=False,
    describer_model="small-eyes",
    check_before_sending=True,
    servers=(Server("내 서버", "http://localhost:8080/v1", "sdcpp"), Server("b", "https://example.com", "vllm")),
    translate="on",
    translate_while_typing=True,
    translator_url="https://example.com/v1",
    translator_model="small",
    monthly_cap_usd=20.0,
    timeout_seconds=90.0,
    pixel_limit=50_000_000,
    window_geometry="AdnQywAD",
    recent_files=("/사진/a.jpg", "/b.png"),
)


def test_there_are_settings_before_anything_was_set(places: Places, data_dir: Path) -> None:
    assert kept.load(places) == Settings()
    assert not data_dir.exists()


def test_everything_that_can_be_set_is_kept(places: Places) -> None:
    for one in fields(Settings):
        if one.name != "set_aside":
            assert getattr(CHANGED, one.name) != getattr(Settings(), one.name), f"{one.name} is not tried here"
    kept.save(places, CHANGED)
    assert kept.load(places) == CHANGED
    assert stat.S_IMODE(places.settings.stat().st_mode) == 0o600 or sys.platform == "win32"


def test_what_a_newer_program_wrote_is_kept(places: Places) -> None:
    places.prepare()
    places.settings.write_text(json.dumps({"theme": "light", "from_the_future": {"deep": [1, None]}}))
    kept.save(places, replace(kept.load(places), count=3))
    written = json.loads(places.settings.read_text())
    assert (written["from_the_future"], written["theme"], written["count"]) == ({"deep": [1, None]}, "light", 3)


def test_a_value_that_breaks_its_rule_is_as_good_as_absent(places: Places) -> None:
    places.prepare()
    broken = {
        "language": "fr",
        "theme": 3,
        "count": 0,
        "brush_radius": "wide",
        "overlay_opacity": 2,
        "overlay_inverted": "yes",
        "overlay_colour": [0, 300, 0],
        "mask_look": "sideways",
        "servers": [{"name": "no address"}, 7, {"name": "ok", "base_url": "https://example.com"}],
        "translator_url": "http://example.com",
        "pixel_limit": True,
        "recent_files": ["/a.jpg", 5],
        "set_aside": "/etc/passwd",
        "quality": "high",
    }
    places.settings.write_text(json.dumps(broken))
    servers = (Server("ok", "https://example.com", "openai"),)
    assert kept.load(places) == replace(Settings(), servers=servers, quality="high", recent_files=("/a.jpg",))


@pytest.mark.parametrize("damage", [b"", b"{", b"[1, 2]", b"\xff\xfe\x00", b"null", b"[" * 100_000])
def test_a_damaged_file_is_put_aside_and_said_once(places: Places, damage: bytes) -> None:
    places.prepare()
    places.settings.write_bytes(damage)
    first = kept.load(places)
    assert first.set_aside is not None
    assert Path(first.set_aside).read_bytes() == damage
    assert replace(first, set_aside=None) == Settings()
    assert kept.load(places) == Settings()


def test_any_json_object_can_be_loaded(places: Places) -> None:
    values = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5)
    names = st.sampled_from([one.name for one in fields(Settings)])
    places.prepare()

    @given(st.dictionaries(names, values))
    def loads(found: dict[str, object]) -> None:
        places.settings.write_text(json.dumps(found))
        assert kept.load(places).set_aside is None

    loads()


def test_two_windows_keep_each_others_changes(places: Places) -> None:
    kept.change(places, theme="light")
    mine = kept.load(places)
    kept.change(places, count=2)
    assert kept.change(places, quality="low") == replace(mine, count=2, quality="low")


def test_an_address_with_a_password_is_never_written(places: Places) -> None:
    for wrong in (
        Settings(servers=(Server("a", "https://user:secret@example.com"),)),
        Settings(translator_url="https://example.com/v1?key=secret"),
    ):
        with pytest.raises(BadUsage):
            kept.save(places, wrong)
    assert not places.settings.exists()


def test_recent_files_are_newest_first_once_and_not_too_many() -> None:
    settings = Settings()
    for number in range(30):
        settings = settings.with_recent(f"/{number}.jpg")
    settings = settings.with_recent("/25.jpg")
    assert settings.recent_files[:3] == ("/25.jpg", "/29.jpg", "/28.jpg")
    assert len(set(settings.recent_files)) == len(settings.recent_files) == 20


def test_a_file_name_that_is_no_text_can_be_a_recent_one(places: Places) -> None:
    name = b"/photos/\xff.jpg".decode("utf-8", "surrogateescape")
    kept.save(places, Settings().with_recent(name))
    assert kept.load(places).recent_files == (name,)


def test_reading_settings_loads_nothing_heavy() -> None:
    """The window asks for its theme before the first paint."""
    script = """
import sys
from pathlib import Path
from dalle_studio.storage import settings
from dalle_studio.storage.places import Places
settings.load(Places(Path("/nonexistent")))
print(sorted({"numpy", "sqlite3", "keyring", "cv2", "PIL", "openai", "platformdirs"} & set(sys.modules)))
"""
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
