"""Server profiles: what an OpenAI-compatible server understands, as one table. Data, no I/O.

Read from the servers' own sources: LocalAI 82c191afa, stable-diffusion.cpp 97d29908, vLLM-Omni 0.30.0,
aquiles-image 0.8.3. A new server is one more row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from dalle_studio.core.geometry import Size
from dalle_studio.core.plan import FixedSizes, FreeSizes, SizeRules
from dalle_studio.engines.models import DEFAULT_MODEL


class Auth(StrEnum):
    """How a server is told the key."""

    REQUIRED = "required"
    """Bearer token; without one nothing is sent (unless the server is on this computer)."""
    OPTIONAL = "optional"
    """Bearer token when there is one, else a placeholder."""
    NONE = "none"
    """The server knows no keys: none is sent even if one is stored."""


class MaskUse(StrEnum):
    """What becomes of the mask. The program composites in any case."""

    OBEYED = "obeyed"
    IGNORED = "ignored"
    """The server redraws everything; the mask only selects what is pasted back."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of server. Routes are below the base URL, which ends in /v1 for all of these."""

    name: str
    generations: str | None = "/images/generations"
    edits: str | None = "/images/edits"
    variations: str | None = None
    image_field: str = "image"
    """`image`; several pictures go as `image[]`."""
    image_alpha: bool = False
    """Whether the picture must be sent as RGBA."""
    mask_field: str | None = "mask"
    mask: MaskUse = MaskUse.OBEYED
    needs_mask: bool = False
    """Whether the edits route refuses a picture without one, so that nothing can be varied there."""
    response_format: str | None = None
    """Sent as `response_format` when set; GPT Image models refuse the field."""
    url_answers: bool = False
    """Whether an answer may be an address that has to be fetched."""
    sends_model: bool = True
    default_model: str | None = None
    """None: the first that the server lists."""
    sends_quality: bool = False
    sends_background: bool = False
    sends_format: bool = False
    """Whether `output_format` is understood; PNG is the default everywhere."""
    sends_markup: bool = False
    """Whether `markup`, a layer of drawn arrows and notes, is understood."""
    streams: bool = False
    sizes: SizeRules | None = None
    """None: as the engine model says."""
    max_prompt: int = 32_000
    max_pictures: int = 1
    """Of one request: the edited one and its references."""
    max_image_bytes: int = 50_000_000
    needs_english: bool = False
    auth: Auth = Auth.OPTIONAL
    charges: bool = False
    """Whether it is a service that takes money: without a known price no cap can be kept there."""
    moderations: str | None = None
    """Where prompts and pictures can be checked for free."""
    responses: bool = True
    """Whether text may be asked for at /responses; otherwise only at /chat/completions."""


_SQUARES: Final = FixedSizes((Size(256, 256), Size(512, 512), Size(1024, 1024)))
_STABLE_DIFFUSION: Final = FreeSizes(
    step=64, longest=2048, ratio=3.0, min_area=512 * 512, max_area=2048 * 1024, preferred_area=1024 * 1024
)

PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile(
                "openai",
                default_model=DEFAULT_MODEL,
                sends_quality=True,
                sends_background=True,
                sends_format=True,
                sends_markup=True,
                streams=True,
                max_pictures=16,
                auth=Auth.REQUIRED,
                charges=True,
                moderations="/moderations",
            ),
            Profile(
                # `model` is the name of the user's own deployment; most are called like the engine model.
                "azure",
                default_model=DEFAULT_MODEL,
                sends_quality=True,
                sends_background=True,
                sends_format=True,
                sends_markup=True,
                streams=True,
                max_pictures=16,
                auth=Auth.REQUIRED,
                charges=True,
            ),
            Profile(
                # DALL·E 2 as OpenAI served it until 2026-05, and the servers that speak its dialect.
                "dalle2",
                variations="/images/variations",
                image_alpha=True,
                response_format="b64_json",
                url_answers=True,
                sizes=_SQUARES,
                max_prompt=1000,
                max_image_bytes=4_000_000,
                needs_english=True,
                charges=True,
                responses=False,
            ),
            Profile(
                # Reads the mask's luminance, white = edit; its model name is fixed; errors are plain strings.
                "sdcpp",
                sends_model=False,
                sends_format=True,
                sizes=_STABLE_DIFFUSION,
                max_pictures=10,
                needs_english=True,
                auth=Auth.NONE,
                responses=False,
            ),
            Profile(
                # No /images/edits; its own inpainting always works at 512x512 and answers with an address.
                "localai",
                edits="/images/inpainting",
                needs_mask=True,
                response_format="b64_json",
                url_answers=True,
                sizes=FixedSizes((Size(512, 512),)),
                needs_english=True,
                responses=False,
            ),
            Profile(
                # OpenAI's `mask` is ignored in silence; only some pipelines read `mask_image`.
                "vllm",
                mask_field="mask_image",
                sends_format=True,
                response_format="b64_json",
                sizes=_STABLE_DIFFUSION,
                max_pictures=10,
                needs_english=True,
                responses=False,
            ),
            Profile(
                # Accepts a mask and ignores it; 1536x1024 comes back with its sides swapped, so only the square.
                "aquiles",
                mask=MaskUse.IGNORED,
                response_format="b64_json",
                url_answers=True,
                sizes=FixedSizes((Size(1024, 1024),)),
                max_prompt=1000,
                max_pictures=10,
                needs_english=True,
                responses=False,
            ),
        )
    }
)

DEFAULT_PROFILE: Final = PROFILES["openai"]
