"""The editor on the wired program: real engines, a server over real HTTP."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dalle_studio.core.geometry import Margins, Rect
from dalle_studio.core.markup import Mark, MarkKind, Pen
from dalle_studio.core.records import Operation
from dalle_studio.formats.sniffing import heif_plugin
from dalle_studio.storage import settings
from dalle_studio.storage.places import Places
from dalle_studio.storage.settings import Server
from tests.fakes.faults import script as steps
from tests.fakes.images_server import KEY, FakeImagesServer
from tests.formats.test_suffixes import HEIC
from tests.session.conftest import Heard, NewStudio, mask_of, open_photo, paint, pixels_of, wait_for

SPOT = Rect(1400, 700, 300, 200)


def test_a_prompt_edit_goes_to_the_server_once_and_comes_back_into_the_photo(
    new_studio: NewStudio, server: FakeImagesServer
) -> None:
    editor = new_studio(OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY)
    heard = Heard(editor)
    before = pixels_of(editor).copy()
    paint(editor, SPOT)
    editor.set_prompt("a red balloon")
    assert editor.wait_idle(20)
    plan = editor.plan
    assert plan is not None
    editor.generate()
    assert editor.wait_idle(60)
    assert heard.of("edit_failed") == []
    (request,) = [one for one in server.requests if one.path.endswith("/images/edits")]
    assert request.fields["size"] == str(plan.sent)
    after = pixels_of(editor)
    (record,) = heard.of("edit_finished")
    (changed,) = heard.of("pixels_changed")
    outside = np.ones(before.shape[:2], bool)
    outside[changed.slices] = False
    assert np.array_equal(before[outside], after[outside])
    assert not np.array_equal(before[SPOT.slices], after[SPOT.slices])
    assert changed.contains(SPOT)
    assert editor.identical is True
    assert record.prompt_sent == "a red balloon"
    assert sum(editor.sent_today.values()) == 1


def test_an_english_only_server_gets_the_translation_of_a_korean_prompt(new_studio: NewStudio, data_dir: Path) -> None:
    with FakeImagesServer("sdcpp", key=None) as english_only, FakeImagesServer() as service:
        places = Places(data_dir)
        settings.change(
            places,
            servers=(Server("mine", english_only.url, "sdcpp"),),
            engine="mine",
            translator_url=service.url,
        )
        places.close()
        editor = new_studio(OPENAI_BASE_URL=service.url, OPENAI_API_KEY=KEY)
        heard = Heard(editor)
        assert editor.engines == ("openai", "local", "mine")
        assert editor.engine == "mine"
        paint(editor, SPOT)
        editor.set_prompt("눈 감은 표정")
        editor.generate()
        assert editor.wait_idle(60)
        assert [one for one in english_only.requests if one.path.endswith("/images/edits")] == []
        editor.generate()
        assert editor.wait_idle(60)
        assert heard.of("edit_failed") == []
        (request,) = [one for one in english_only.requests if one.path.endswith("/images/edits")]
        assert request.fields["prompt"] == "closed eyes"
        assert editor.english == "closed eyes"
        (record,) = heard.of("edit_finished")
        assert (record.prompt, record.prompt_sent) == ("눈 감은 표정", "closed eyes")
        assert record.engine == "mine"  # as the user called it, not the dialect it speaks


def test_references_leave_as_clean_pictures_beside_the_crop(
    new_studio: NewStudio, server: FakeImagesServer, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    reference = tmp_path / "비밀 이름.jpg"
    Image.new("RGB", (3000, 1500), (200, 20, 20)).save(reference, exif=exif)
    editor = new_studio(OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY)
    paint(editor, SPOT)
    editor.set_prompt("a balloon like in the second picture")
    assert editor.wait_idle(20)
    before = editor.cost_usd
    editor.add_reference(reference)
    assert editor.wait_idle(20)
    assert before is not None
    assert editor.cost_usd is not None
    assert editor.cost_usd > before
    editor.generate()
    assert editor.wait_idle(60)
    (request,) = server.pictures
    sent = [part for part in request.files if part.name == "image[]"]
    assert [(part.filename, part.content_type) for part in sent] == [("image.png", "image/png")] * 2
    assert Image.open(io.BytesIO(sent[1].data)).size == (2048, 1024)
    for secret in (b"Secret", "비밀".encode(), b"Exif", b"eXIf"):
        assert secret not in request.body
    assert request.file("mask").content_type == "image/png"


def test_a_new_picture_may_be_transparent_and_is_saved_so(
    new_studio: NewStudio, server: FakeImagesServer, tmp_path: Path
) -> None:
    editor = new_studio(OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY)
    heard = Heard(editor)
    editor.set_mode(Operation.GENERATE)
    editor.set_prompt("a paper boat, cut out")
    assert editor.wait_idle(20)
    assert "transparent" in editor.backgrounds
    editor.set_background("transparent")
    editor.set_answer_format("jpeg")
    assert (editor.background, editor.answer_format) == ("auto", "jpeg")
    editor.set_background("transparent")
    assert (editor.background, editor.answer_format) == ("transparent", None)
    editor.set_answer_format("webp")
    editor.generate()
    assert editor.wait_idle(60)
    assert heard.of("edit_failed") == []
    (request,) = server.pictures
    assert (request.fields["background"], request.fields["output_format"]) == ("transparent", "webp")
    assert editor.picture is not None
    assert editor.picture.has_alpha
    assert editor.view is not None
    assert editor.view.picture.has_alpha  # the canvas shows the checkerboard below it
    out = tmp_path / "boat.png"
    editor.save_as(out)
    assert editor.wait_idle(20)
    saved = Image.open(out)
    assert saved.mode == "RGBA"
    assert saved.getpixel((2, 2))[3] == 0  # type: ignore[index]  # RGBA
    editor.set_mode(Operation.EDIT)
    assert not editor.backgrounds
    paint(editor, Rect(400, 400, 100, 100))
    editor.generate()
    assert editor.wait_idle(60)
    assert "background" not in server.pictures[1].fields


@pytest.mark.parametrize("marked", [True, False])
def test_a_saved_edit_says_that_a_model_painted_unless_that_is_off_and_an_unedited_jpeg_is_the_very_file(
    new_studio: NewStudio, server: FakeImagesServer, tmp_path: Path, sample_photo: Path, data_dir: Path, marked: bool
) -> None:
    if not marked:
        places = Places(data_dir)
        settings.change(places, marks_ai=False)
        places.close()
    editor = new_studio(OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY)
    same, out, png = tmp_path / "same.jpg", tmp_path / "out.jpg", tmp_path / "out.png"
    editor.save_as(same)
    assert editor.wait_idle(20)
    assert same.read_bytes() == sample_photo.read_bytes()
    paint(editor, SPOT)
    editor.set_prompt("a red balloon")
    editor.generate()
    assert editor.wait_idle(60)
    for path in (out, png):
        editor.save_as(path)
        assert editor.wait_idle(30)
        assert (b"/compositeWithTrainedAlgorithmicMedia" in path.read_bytes()) is marked
    editor.undo_step()
    assert editor.wait_idle(20)
    editor.save_as(out)
    assert editor.wait_idle(20)
    assert out.read_bytes() == sample_photo.read_bytes()


def test_what_a_file_could_not_be_opened_as_is_said(new_studio: NewStudio, tmp_path: Path) -> None:
    """The first of several pictures, inks turned into colours; a phone's photo that needs a package leaves what is."""
    frames = [Image.new("RGB", (400, 300), (level, 90, 90)) for level in (10, 200)]
    frames[0].save(tmp_path / "two.gif", save_all=True, append_images=frames[1:])
    Image.new("CMYK", (400, 300), (20, 90, 0, 10)).save(tmp_path / "inks.jpg")
    editor = new_studio()
    for name, words in (("two.gif", "only the first"), ("inks.jpg", "CMYK")):
        heard = Heard(editor)
        open_photo(editor, tmp_path / name)
        assert [one for one in heard.messages if words in " ".join(one)], heard.messages
    if heif_plugin() is None:
        (tmp_path / "IMG_1.HEIC").write_bytes(HEIC)
        heard = Heard(editor)
        editor.open(tmp_path / "IMG_1.HEIC")
        assert editor.wait_idle(20)
        assert [one for one in heard.messages if "pip install pillow-heif" in " ".join(one)], heard.messages
        assert pixels_of(editor).shape == (300, 400, 3), "the photo before is still there"


def test_a_drawing_leaves_as_a_clear_picture_of_the_same_size_and_without_a_mask(
    new_studio: NewStudio, server: FakeImagesServer
) -> None:
    editor = new_studio(OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY)
    heard = Heard(editor)
    editor.add_mark(Mark(Pen(MarkKind.ARROW, (255, 0, 0), 40.0), ((400.0, 300.0), (2000.0, 900.0))))
    editor.set_mode(Operation.VARY)
    editor.set_prompt("move the flower along the arrow")
    assert editor.wait_idle(20)
    assert editor.takes_markup
    editor.generate()
    assert editor.wait_idle(60)
    assert heard.of("edit_failed") == []
    (request,) = server.pictures
    assert sorted(part.name for part in request.files) == ["image", "markup"]
    drawing, picture = (Image.open(io.BytesIO(request.file(name).data)) for name in ("markup", "image"))
    assert (drawing.mode, drawing.size, drawing.info) == ("RGBA", picture.size, {})
    assert drawing.getchannel("A").getextrema() == (0, 255)


def test_words_and_crop_are_checked_first_where_the_user_wants_that(
    new_studio: NewStudio, server: FakeImagesServer, data_dir: Path
) -> None:
    places = Places(data_dir)
    settings.change(places, check_before_sending=True)
    places.close()
    editor = new_studio(OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY)
    heard = Heard(editor)
    paint(editor, SPOT)
    editor.set_prompt("red boat, knife with blood")
    editor.generate()
    assert editor.wait_idle(60)
    (error,) = heard.of("edit_failed")
    assert (error.message, error.maybe_billed) == ("errors_checking.refused", False)
    assert [one.path for one in server.requests] == ["/v1/moderations"]
    editor.set_prompt("a red boat")
    editor.generate()
    assert editor.wait_idle(60)
    assert len(heard.of("edit_finished")) == 1
    sent = [one.path for one in server.requests if one.method == "POST"]
    assert sent[1:] == ["/v1/moderations", "/v1/images/edits"]


def test_the_words_behind_a_refusal_are_found_and_nothing_is_sent_again(
    new_studio: NewStudio, server: FakeImagesServer
) -> None:
    server.script.extend(steps("moderation_input"))
    editor = new_studio(OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY)
    heard = Heard(editor)
    paint(editor, SPOT)
    editor.set_prompt("red boat, knife with blood")
    editor.generate()
    assert editor.wait_idle(60)
    assert len(heard.of("edit_failed")) == 1
    assert editor.can_find_cause
    editor.find_cause()
    assert editor.wait_idle(20)
    kind, text, hint = heard.messages[-1]
    assert kind == "warning"
    assert "“knife with blood”" in text
    assert "(violence)" in text
    assert hint
    sent = [one.path for one in server.requests if one.method == "POST"]
    assert sent == ["/v1/images/edits", "/v1/moderations"]


def test_a_refusal_keeps_photo_mask_and_prompt(new_studio: NewStudio, server: FakeImagesServer) -> None:
    server.script.extend(steps("moderation_input"))
    editor = new_studio(OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY)
    heard = Heard(editor)
    paint(editor, SPOT)
    editor.set_prompt("a red balloon")
    picture, painted = editor.picture, mask_of(editor).pixels.copy()
    editor.generate()
    assert editor.wait_idle(60)
    assert [error.kind for error in heard.of("edit_failed")] == ["refused"]
    assert editor.picture is picture
    assert np.array_equal(mask_of(editor).pixels, painted)
    assert editor.prompt == "a red balloon"


def test_cancelling_hangs_up_on_the_server(new_studio: NewStudio, server: FakeImagesServer) -> None:
    server.script.append({"delay": 30})
    editor = new_studio(OPENAI_BASE_URL=server.url, OPENAI_API_KEY=KEY)
    paint(editor, SPOT)
    editor.set_prompt("a red balloon")
    editor.generate()
    wait_for(editor, lambda: any(one.path.endswith("/images/edits") for one in server.requests))
    editor.cancel()
    assert editor.wait_idle(1.0)
    assert server.requests[-1].disconnected.wait(5)
    assert [edit.state for edit in editor.library.edits(every_state=True)] == ["cancelled"]


def test_without_network_and_key_things_are_removed_and_the_photo_grows(new_studio: NewStudio) -> None:
    editor = new_studio()
    heard = Heard(editor)
    before = pixels_of(editor).copy()
    paint(editor, SPOT)
    editor.set_mode(Operation.REMOVE)
    editor.generate()
    assert editor.wait_idle(120)
    assert heard.of("edit_failed") == []
    assert not np.array_equal(before[SPOT.slices], pixels_of(editor)[SPOT.slices])
    removed = pixels_of(editor).copy()
    editor.clear_mask()
    editor.set_mode(Operation.EXTEND)
    editor.set_margins(Margins(right=64))
    editor.generate()
    assert editor.wait_idle(120)
    assert heard.of("edit_failed") == []
    assert str(editor.size) == "3264x1800"
    assert np.array_equal(pixels_of(editor)[:, :3200], removed)
