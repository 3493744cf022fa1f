"""For each kind of server: a request it understands, field by field, and the mask in the form it reads."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dalle_studio.core.geometry import Size
from dalle_studio.core.picture import MaskPixels
from dalle_studio.core.ports import Answer
from dalle_studio.core.records import Operation
from dalle_studio.engines.profiles import PROFILES, MaskUse
from tests.engines.asking import make_ask, make_engine, run_job, size_of
from tests.fakes.images_server import FakeImagesServer
from tests.fakes.painter import Hand

GPT = {"model": "gpt-image-2.5-flare", "n": "1", "quality": "auto", "stream": "true", "partial_images": "1"}
SD = {"model": "stable-diffusion", "n": "1", "response_format": "b64_json"}
FIELDS: dict[str, dict[str, str]] = {
    "openai": GPT,
    "azure": GPT,
    "dalle2": SD,
    "sdcpp": {"n": "1"},
    "localai": SD,
    "vllm": SD,
    "aquiles": SD,
}
"""Of every request to such a server, whatever is asked for; besides these the prompt and the size."""

SIZES = {"dalle2": "512x512", "sdcpp": "768x512", "localai": "512x512", "vllm": "768x512", "aquiles": "1024x1024"}
MASKED, WHOLE, NEW = Operation.EDIT, Operation.VARY, Operation.GENERATE


@dataclass(frozen=True)
class Row:
    """What a server must receive for one operation."""

    profile: str
    operation: Operation
    route: str
    files: tuple[str, ...] = ()
    prompt: str | None = "closed eyes"
    """None: the field must not be there."""

    @property
    def size(self) -> Size:
        return Size.parse(SIZES.get(self.profile, "1024x640"))

    @property
    def fields(self) -> dict[str, str]:
        prompt = {} if self.prompt is None else {"prompt": self.prompt}
        return FIELDS[self.profile] | {"size": str(self.size)} | prompt

    def __str__(self) -> str:
        return f"{self.profile} {self.operation.value}"


def _rows() -> Iterator[Row]:
    for profile in FIELDS:
        route = "inpainting" if profile == "localai" else "edits"
        mask = "mask_image" if profile == "vllm" else "mask"
        for masked in (Operation.EDIT, Operation.REMOVE, Operation.EXTEND):
            yield Row(profile, masked, route, ("image", mask))
        if profile == "dalle2":
            yield Row(profile, WHOLE, "variations", ("image",), prompt=None)
        elif profile != "localai":  # its inpainting wants a mask
            yield Row(profile, WHOLE, route, ("image",))
        yield Row(profile, NEW, "generations")


@pytest.mark.parametrize("row", list(_rows()), ids=str)
def test_a_request_is_what_the_server_understands(row: Row) -> None:
    with FakeImagesServer(row.profile, hand=Hand(colour=(200, 20, 20))) as server:
        ask = make_ask(row.operation, row.size)
        outcome = run_job(make_engine(server), ask)
        assert outcome.error is None
        (request,) = server.requests
        assert request.path == f"/v1/images/{row.route}"
        assert {name: str(value).lower() for name, value in request.fields.items()} == row.fields
        assert tuple(part.name for part in request.files) == row.files
        assert {part.content_type for part in request.files} <= {"image/png"}
        for part in request.files:
            assert size_of(part.data) == (row.size.width, row.size.height)
        (answer,) = outcome.answers
        assert size_of(answer.data) == (row.size.width, row.size.height)
        if ask.mask is not None:
            _check_mask(row, ask.mask, request.file(row.files[1]).data, answer)
        else:
            assert answer.warnings == ()


def _check_mask(row: Row, mask: MaskPixels, sent: bytes, answer: Answer) -> None:
    """The very file says *edit* by its alpha and by its brightness, and the server has read it as it was meant."""
    rgba = np.asarray(Image.open(io.BytesIO(sent)))
    assert np.array_equal(np.unique(rgba.reshape(-1, 4), axis=0), [(0, 0, 0, 255), (255, 255, 255, 0)])
    assert np.array_equal(rgba[..., 3] == 0, mask > 0)
    if PROFILES[row.profile].mask is MaskUse.IGNORED:
        assert answer.warnings == ("errors_engines.mask_ignored",)
        return
    painted = np.asarray(Image.open(io.BytesIO(answer.data)).convert("RGB")).astype(int)
    assert np.array_equal(painted[..., 0] - painted[..., 2] > 100, mask > 0)
    assert answer.warnings == ()


def test_a_server_that_wants_a_mask_makes_no_variations() -> None:
    with FakeImagesServer("localai") as server:
        engine = make_engine(server)
        assert Operation.VARY not in engine.info.operations
        error = run_job(engine, make_ask(Operation.VARY, Size(512, 512))).error
        assert error is not None
        assert error.message == "errors_engines.operation_unknown"
        assert server.requests == []


def test_every_profile_is_among_these() -> None:
    assert FIELDS.keys() == PROFILES.keys()


def test_dalle2_gets_a_picture_with_alpha() -> None:
    with FakeImagesServer("dalle2") as server:
        ask = make_ask(size=Size(256, 256))
        run_job(make_engine(server), ask)
        picture = Image.open(io.BytesIO(server.requests[0].file("image").data))
        assert picture.mode == "RGBA"
        assert ask.image is not None
        assert np.array_equal(np.asarray(picture)[..., :3], ask.image)
        assert picture.getchannel("A").getextrema() == (255, 255)


@pytest.mark.parametrize(("name", "size"), [("localai", "512x512"), ("dalle2", "256x256"), ("sdcpp", "768x512")])
def test_candidates_are_a_request_each_on_every_server(name: str, size: str) -> None:
    with FakeImagesServer(name) as server:
        outcome = run_job(make_engine(server), make_ask(size=Size.parse(size), count=3))
        assert [request.fields["n"] for request in server.requests] == ["1", "1", "1"]
        assert sorted(answer.index for answer in outcome.answers) == [0, 1, 2]


@pytest.mark.parametrize("name", ["dalle2", "sdcpp", "localai", "vllm", "aquiles"])
def test_the_stable_diffusion_family_wants_english(name: str) -> None:
    with FakeImagesServer(name) as server:
        assert make_engine(server).info.needs_english


@pytest.mark.parametrize("name", ["openai", "azure"])
def test_gpt_image_takes_korean(name: str) -> None:
    with FakeImagesServer(name) as server:
        engine = make_engine(server)
        assert not engine.info.needs_english
        assert run_job(engine, make_ask(prompt="눈 감은 표정")).answers


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_plans_only_sizes_that_it_allows(name: str) -> None:
    with FakeImagesServer(name) as server:
        outcome = run_job(make_engine(server), make_ask(size=Size(1000, 700)))
        assert outcome.error is not None
        assert outcome.error.message == "errors_engines.size_illegal"
        assert server.requests == []


@pytest.mark.parametrize(
    ("profile", "ask", "text"),
    [
        ("sdcpp", {"prompt": "눈 감은 표정", "size": Size(768, 512)}, "English"),
        ("aquiles", {"prompt": "눈 감은 표정", "size": Size(1024, 1024)}, "English"),
        ("dalle2", {"prompt": "눈 감은 표정", "size": Size(256, 256)}, "English"),
    ],
)
def test_errors_in_every_form_are_read(profile: str, ask: dict[str, Any], text: str) -> None:
    with FakeImagesServer(profile) as server:
        error = run_job(make_engine(server), make_ask(**ask)).error
        assert error is not None
        assert text in str(error.params["detail"])


def test_the_first_listed_model_is_taken_where_none_is_named() -> None:
    with FakeImagesServer("vllm") as server:
        engine = make_engine(server, model=None)
        for _ in range(2):
            assert run_job(engine, make_ask(size=Size(768, 512))).answers
        assert [request.path.removeprefix("/v1/") for request in server.requests] == [
            "models",
            "images/edits",
            "images/edits",
        ]
        assert {request.fields["model"] for request in server.requests[1:]} == {"stable-diffusion"}


def test_a_server_without_a_list_gets_no_model() -> None:
    with FakeImagesServer("aquiles") as server:
        server.lists_models = False
        assert run_job(make_engine(server, model=None), make_ask(size=Size(1024, 1024))).answers
        assert "model" not in server.requests[-1].fields
