from __future__ import annotations

import logging
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dalle_studio.storage import logs
from dalle_studio.storage.places import Places
from dalle_studio.storage.secret import Secret, redact

LOG = logging.getLogger("dalle_studio")


@pytest.fixture(autouse=True)
def closed_afterwards() -> Iterator[None]:
    yield
    logs.close_log()
    LOG.propagate = True
    LOG.setLevel(logging.NOTSET)


def redacted(text: str) -> str:
    return redact(text, [Secret("the-servers-key")])


def test_messages_and_tracebacks_are_written_without_keys(places: Places) -> None:
    path = logs.open_log(places, redacted)
    try:
        raise ValueError("answer was: the-servers-key and sk-abcdefgh")
    except ValueError:
        LOG.exception("bug with %s", "the-servers-key")
    text = path.read_text(encoding="utf-8")
    assert "ValueError: answer was: [key] and [key]" in text
    assert "bug with [key]" in text
    assert path.parent == places.logs
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 or sys.platform == "win32"


def test_opening_twice_writes_once(places: Places) -> None:
    logs.open_log(places, redacted)
    path = logs.open_log(places, redacted)
    LOG.warning("한 번")
    assert path.read_text(encoding="utf-8").count("한 번") == 1


def test_what_other_loggers_say_is_not_written(places: Places) -> None:
    path = logs.open_log(places, redacted)
    logging.getLogger("openai").warning("a whole request")
    LOG.warning("ours")
    assert "a whole request" not in path.read_text(encoding="utf-8")


def test_the_log_does_not_grow_for_ever(places: Places) -> None:
    path = logs.open_log(places, redacted)
    for _ in range(60):
        LOG.warning("x" * 100_000)
    sizes = [file.stat().st_size for file in places.logs.iterdir()]
    assert len(sizes) <= 4
    assert sum(sizes) < 5_000_000
    assert path.exists()


def test_where_no_file_can_be_made_the_log_goes_to_stderr(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").write_text("a file in the way")
    assert logs.open_log(Places(tmp_path / "data"), redacted) == Path("stderr")
    LOG.warning("the-servers-key")
    assert "[key]" in capfd.readouterr().err
