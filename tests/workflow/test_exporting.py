from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dalle_studio.core.errors import BadInput
from dalle_studio.core.marks import Marks
from dalle_studio.core.operation import Operation
from dalle_studio.workflow.exporting import FIELDS, file_stem
from tests.fakes.records import edit


def test_a_template_holds_what_is_known_of_an_edit() -> None:
    one = edit("e1", 1, prompt="a/b: c?", created="2026-11-03T12:34:56Z")
    assert file_stem("{photo}-{number}", one, 7, "Harbour.jpg") == "Harbour-007"
    assert file_stem("{date} {time} {prompt}", one, 1, "x.png") == "2026-11-03 123456 a b c"
    assert file_stem("{prompt}-{number}", edit("e2", 2, prompt="", operation=Operation.REMOVE), 2, "x") == "remove-002"
    assert file_stem("{name} {rating}", one, 1, "x.png", Marks(name="표지", rating=4)) == "표지 4"


@given(st.text(alphabet="{}pho", max_size=12))
def test_a_template_is_filled_in_whole_or_refused(template: str) -> None:
    said, stem = "", ""
    try:
        stem = file_stem(template, edit("e1", 1), 1, "x.png")
    except BadInput as problem:
        said = problem.message
    assert said in {"", "export.open_brace", "export.unknown_field"}
    assert not set(stem) & set("{}")
    assert bool(said) == bool(set(template.replace("{photo}", "")) & set("{}"))


@given(st.text(max_size=300), st.sampled_from([f"{{{field}}}" for field in FIELDS]), st.text(max_size=200))
def test_any_prompt_makes_a_name_that_every_file_system_takes(prompt: str, field: str, photo: str) -> None:
    stem = file_stem(field + "{prompt}", edit("e1", 1, prompt=prompt), 1, photo)
    assert stem
    assert len(stem.encode("utf-8", "surrogatepass")) <= 180
    assert not set(stem) & set('<>:"/\\|?*\x00\n')
    assert stem.strip(". ") == stem
