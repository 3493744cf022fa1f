"""For each kind of server: a request it understands, field by field, and the mask in the form it reads."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dalle_studio.core.geometry import Size
from dalle_studio.core.records import Operation
from dalle_studio.engines.profiles import PROFILES, MaskUse
from tests.engines.asking import make_ask, make_engine, run_job, size_of
from tests.fakes.images_server import FakeImagesServer
from tests.fakes.painter import Hand

GPT = {"model": "gpt-image-2.5-flare", "prompt": "closed eyes", "n": "1", "quality": "auto",
       "stream": "true", "partial_images": "1"}  # fmt: skip
SD = {"model": "stable-diffusion", "prompt": "closed eyes", "n": "1", "response_format": "b64_json"}


@dataclass(frozen=True)
class Row:
    """What a server must receive for one edit."""

    profile: str
    size: str
    route: str
    fields: dict[str, str]
    files: tuple[str, ...] = ("image", "mask")


EDITS = [
    Row("openai", "1024x640", "edits", GPT),
    Row("azure", "1024x640", "edits", GPT),
    Row("dalle2", "512x512", "edits", SD),
    Row("sdcpp", "768x512", "edits", {"prompt": "closed eyes", "n": "1"}),
    Row("localai", "512x512", "inpainting", SD),
    Row("vllm", "768x512", "edits", SD, ("image", "mask_image")),
    Row("aquiles", "1024x1024", "edits", SD),
]


@pytest.mark.parametrize("row", EDITS, ids=lambda row: row.profile)
def test_an_edit_is_what_the_server_understands(row: Row) -> None:
    red = Hand(colour=(200, 20, 20))
    with FakeImagesServer(row.profile, hand=red) as server:
        ask = make_ask(size=Size.parse(row.size))
        outcome = run_job(make_engine(server), ask)
        assert outcome.error is None
        (request,) = server.requests
        assert request.path == f"/v1/images/{row.route}"
        assert request.fields == row.fields | {"size": row.size}
        assert tuple(part.name for part in request.files) == row.files
        (answer,) = outcome.answers
        assert size_of(answer.data) == (ask.size.width, ask.size.height)
        assert ask.mask is not None
        painted = np.asarray(Image.open(io.BytesIO(answer.data)).convert("RGB")).astype(int)
        if PROFILES[row.profile].mask is MaskUse.OBEYED:
            # Red just where the mask says edit: the server has read the mask as it was meant.
            assert np.array_equal(painted[..., 0] - painted[..., 2] > 100, ask.mask > 0)
            assert answer.warnings == ()
        else:
            assert answer.warnings == ("errors_engines.mask_ignored",)


@pytest.mark.parametrize("name", PROFILES)
def test_every_server_can_generate(name: str) -> None:
    with FakeImagesServer(name) as server:
        sizes: dict[str, Size] = {"openai": Size(1024, 640), "azure": Size(1024, 640), "localai": Size(512, 512),
                                  "sdcpp": Size(768, 512), "vllm": Size(768, 512)}  # fmt: skip
        outcome = run_job(make_engine(server), make_ask(Operation.GENERATE, sizes.get(name, Size(1024, 1024))))
        assert outcome.error is None
        assert len(outcome.answers) == 1


def test_the_variations_endpoint_gets_no_prompt_and_no_mask() -> None:
    with FakeImagesServer("dalle2") as server:
        outcome = run_job(make_engine(server), make_ask(Operation.VARY, Size(256, 256), prompt=""))
        assert outcome.error is None
        (request,) = server.requests
        assert request.path == "/v1/images/variations"
        assert "prompt" not in request.fields
        assert [part.name for part in request.files] == ["image"]


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
