"""A program for `test_memory`: open a photo, paint, then open a large one with only so much memory more.

A process of its own, since what earlier tests free late, or keep for reuse, would be room that nobody counted.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from dalle_studio.core.geometry import Rect
from dalle_studio.core.words import Words
from dalle_studio.session.editor import Editor
from tests.session.conftest import Choice, Heard, Script, TestHouse, mask_of, open_photo, paint, pixels_of


@contextmanager
def only_so_much_more(size: int) -> Iterator[None]:
    """This process may take no more than so many bytes besides what it has. Linux."""
    import resource

    gc.collect()
    present = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (present + size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("photo", type=Path)
    parser.add_argument("ordinary", type=Path, help="a photo like the large one, for which there is memory")
    parser.add_argument("large", type=Path)
    parser.add_argument("room", type=int, help="bytes")
    asked = parser.parse_args()
    app = QGuiApplication(sys.argv[:1])
    house = TestHouse(asked.data_dir, Script())
    editor = Editor(house, Choice, Words("en"))
    editor.start()
    editor.wait_idle(20)
    open_photo(editor, asked.ordinary)  # loads every library and starts every thread that opening needs
    open_photo(editor, asked.photo)
    paint(editor, Rect(20, 20, 100, 50))
    before, mask = pixels_of(editor), mask_of(editor)
    heard = Heard(editor)
    with only_so_much_more(asked.room):
        editor.open(asked.large)
        came_to_rest = editor.wait_idle(60)
    found: dict[str, object] = {
        "came_to_rest": came_to_rest,
        "messages": heard.messages,
        "bugs": len(heard.of("bug_met")),
        "same_photo": pixels_of(editor) is before,
        "same_mask": mask_of(editor) is mask and not mask.is_empty,
    }
    open_photo(editor, asked.large)
    found["then_opens"] = editor.size is not None and (editor.size.width, editor.size.height)
    editor.shutdown()
    house.library.close()
    house.places.close()
    app.quit()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
