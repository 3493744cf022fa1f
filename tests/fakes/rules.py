"""What each kind of Images server accepts: fields, sizes, pictures, masks, and the words in which it refuses.

Written from the services' own error messages and the servers' sources, not from the program under test.
"""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from tests.fakes.multipart import Part

FREE_SIZE_MODELS = (
    "gpt-image-2",
    "gpt-image-2-2026-04-21",
    "gpt-image-2.5-flare",
    "gpt-image-2.5-flare-2026-09-08",
    "gpt-image-2.5-sunburst",
    "gpt-image-2.6-flare",
    "gpt-image-2.6-sunburst",
)
FIXED_SIZE_MODELS = ("gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest")

_COMMON = {
    "model", "prompt", "n", "size", "quality", "background", "output_format", "output_compression", "stream",
    "partial_images", "user", "safety_identifier", "input_fidelity", "complexity", "frame_count", "frame_duration_ms",
}  # fmt: skip
_DALLE2 = {"model", "prompt", "n", "size", "response_format", "user"}


@dataclass(frozen=True)
class Server:
    """One kind of server."""

    generation_fields: frozenset[str]
    edit_fields: frozenset[str]
    mask_field: str | None = "mask"
    luma_mask: bool = False
    routes: frozenset[str] = frozenset({"generations", "edits"})
    error_form: str = "openai"
    sizes: frozenset[str] = frozenset()
    """Empty: as the model says (openai), or anything."""
    step: int = 0
    english_only: bool = False
    max_prompt: int = 32_000
    text_routes: frozenset[str] = frozenset({"responses", "chat/completions"})
    ignores_unknown: bool = False
    answers_url: bool = False
    knows_models: bool = False
    knows_keys: bool = True


_GPT = Server(frozenset(_COMMON | {"moderation"}), frozenset(_COMMON | {"image", "image[]", "mask", "markup"}))
_CHAT = frozenset({"chat/completions"})
_SQUARES = frozenset({"256x256", "512x512", "1024x1024"})
_LOCAL_FIELDS = frozenset(_DALLE2 | {"image", "image[]", "mask", "mask_image", "steps", "step", "quality"})

SERVERS = {
    "openai": replace(_GPT, knows_models=True),
    "azure": _GPT,
    "dalle2": Server(
        frozenset(_DALLE2),
        frozenset(_DALLE2 | {"image", "mask"}),
        routes=frozenset({"generations", "edits", "variations"}),
        sizes=_SQUARES,
        english_only=True,
        max_prompt=1000,
        text_routes=_CHAT,
    ),
    "sdcpp": Server(
        frozenset({"prompt", "n", "size", "output_format", "output_compression", "model"}),
        frozenset({"prompt", "n", "size", "output_format", "output_compression", "image", "image[]", "mask"}),
        luma_mask=True,
        knows_keys=False,
        error_form="string",
        step=64,
        english_only=True,
        text_routes=frozenset(),
    ),
    "localai": Server(
        _LOCAL_FIELDS,
        _LOCAL_FIELDS,
        luma_mask=True,
        routes=frozenset({"generations", "inpainting"}),
        english_only=True,
        text_routes=_CHAT,
        ignores_unknown=True,
        answers_url=True,
    ),
    "vllm": Server(
        _LOCAL_FIELDS,
        _LOCAL_FIELDS,
        mask_field="mask_image",
        luma_mask=True,
        english_only=True,
        text_routes=_CHAT,
        ignores_unknown=True,
    ),
    "aquiles": Server(
        _LOCAL_FIELDS,
        _LOCAL_FIELDS,
        mask_field=None,
        error_form="detail",
        english_only=True,
        max_prompt=1000,
        text_routes=_CHAT,
        ignores_unknown=True,
        answers_url=True,
    ),
}


class Refusal(Exception):
    """An answer other than 200, in OpenAI's terms."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        kind: str = "image_generation_user_error",
        param: str | None = None,
        status: int = 400,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": kind, "param": param, "code": code}


@dataclass(frozen=True)
class Job:
    """A request that was accepted."""

    route: str
    prompt: str
    width: int
    height: int
    count: int
    picture: Image.Image | None
    edit_area: Image.Image | None
    """Grey, 255 where the mask says edit, of the picture's size."""
    stream: bool
    partials: int
    inputs: int
    clear: bool = False
    """The background is to be transparent."""


def accept(server: Server, route: str, fields: dict[str, object], files: list[Part]) -> Job:
    """Check a request as the real service does. Raises Refusal."""
    _known(server, route, fields, files)
    prompt = _prompt(server, route, fields)
    count = _whole(fields, "n", 1, 10, 1)
    width, height = _size(server, fields)
    if server.knows_models:
        _model_rules(fields)
    stream = str(fields.get("stream", False)).lower() == "true"
    partials = _whole(fields, "partial_images", 0, 3, 0)
    if partials and not stream:
        raise Refusal("'partial_images' is only supported with 'stream'.", code="invalid_value", param="partial_images")
    pictures = [part for part in files if part.name in {"image", "image[]"}]
    masks = [part for part in files if part.name == server.mask_field]
    clear = fields.get("background") == "transparent"
    if route == "generations":
        return Job(route, prompt, width, height, count, None, None, stream, partials, 0, clear)
    if not pictures:
        raise Refusal("Missing required parameter: 'image'.", code="missing_required_parameter", param="image")
    opened = [_picture(server, part, number + 1) for number, part in enumerate(pictures)]
    if route == "inpainting" and not masks:
        raise Refusal("mask is required", code="", param="mask")
    area = _edit_area(server, masks[0], opened[0]) if masks else None
    return Job(route, prompt, width, height, count, opened[0], area, stream, partials, len(opened), clear)


def _known(server: Server, route: str, fields: dict[str, object], files: list[Part]) -> None:
    known = server.generation_fields if route == "generations" else server.edit_fields
    if route == "variations":
        known = known - {"prompt", "mask"}
    for name in (*fields, *(part.name for part in files)):
        if name not in known and not server.ignores_unknown:
            raise Refusal(
                f"Unknown parameter: '{name}'.", code="unknown_parameter", param=name, kind="invalid_request_error"
            )


def _prompt(server: Server, route: str, fields: dict[str, object]) -> str:
    if route == "variations":
        return ""
    prompt = fields.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise Refusal("Missing required parameter: 'prompt'.", code="missing_required_parameter", param="prompt")
    if len(prompt) > server.max_prompt:
        raise Refusal(
            f"Invalid 'prompt': string too long. Expected a string with maximum length {server.max_prompt}.",
            code="string_above_max_length",
            param="prompt",
        )
    bare = re.sub("[\"'“‘「『][^\"'”’」』]*[\"'”’」』]", "", prompt)
    if server.english_only and re.search("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]", bare):
        raise Refusal("This model understands English prompts only.", code="invalid_value", param="prompt")
    return prompt


def _size(server: Server, fields: dict[str, object]) -> tuple[int, int]:
    size = fields.get("size")
    match = re.fullmatch(r"(\d+)x(\d+)", str(size))
    if match is None:
        raise Refusal(f"Invalid size '{size}'. A test wants an explicit size.", code="invalid_value", param="size")
    width, height = int(match[1]), int(match[2])
    if server.sizes:
        if size not in server.sizes:
            raise Refusal(f"'{size}' is not one of {sorted(server.sizes)} - 'size'", code=None, param=None)
    elif server.step and (width % server.step or height % server.step):
        raise Refusal(f"width and height must be multiples of {server.step}", param="size")
    elif server.generation_fields is _GPT.generation_fields:
        _free_size(str(fields.get("model")), str(size), width, height)
    return width, height


def _free_size(model: str, size: str, width: int, height: int) -> None:
    if model in FIXED_SIZE_MODELS:
        if size not in {"1024x1024", "1536x1024", "1024x1536"}:
            raise Refusal(f"Invalid size '{size}'. Supported sizes are 1024x1024 …", code="invalid_value", param="size")
        return
    reason = None
    if width % 16 or height % 16:
        reason = "Width and height must both be divisible by 16."
    elif max(width, height) > 3840:
        reason = "The longest edge must be less than or equal to 3840."
    elif max(width, height) > 3 * min(width, height):
        reason = "The maximum supported aspect ratio is 3:1."
    elif width * height < 655_360:
        reason = "Requested resolution is below the current minimum pixel budget."
    elif width * height > 8_294_400:
        reason = "Requested resolution exceeds the current pixel budget."
    if reason is not None:
        raise Refusal(f"Invalid size '{size}'. {reason}", code="invalid_value", param="size")


def _model_rules(fields: dict[str, object]) -> None:
    model = fields.get("model")
    if not isinstance(model, str):
        raise Refusal("You must provide a model parameter.", code="missing_required_parameter", param="model")
    if model not in FREE_SIZE_MODELS + FIXED_SIZE_MODELS:
        raise Refusal(f"The model '{model}' does not exist.", code="invalid_value", param="model")
    if "input_fidelity" in fields and model != "gpt-image-1.5":
        raise Refusal(
            f"The model '{model}' does not support the 'input_fidelity' parameter.",
            code="invalid_input_fidelity_model",
            param="input_fidelity",
        )
    qualities = {"auto", "low", "medium", "high"}
    if "2.5" in model or "2.6" in model:
        qualities |= {"xhigh", "max"}
    if fields.get("quality", "auto") not in qualities:
        raise Refusal(f"Invalid value: '{fields['quality']}'.", code="invalid_value", param="quality")
    if fields.get("background") == "transparent" and model.startswith("gpt-image-2-"):
        raise Refusal(
            "Transparent background is not supported for this model.", code="invalid_value", param="background"
        )


def _whole(fields: dict[str, object], name: str, least: int, most: int, default: int) -> int:
    value = fields.get(name, default)
    try:
        number = int(str(value))
    except ValueError:
        raise Refusal(f"Invalid type for '{name}'.", code="invalid_type", param=name) from None
    if number > most:
        raise Refusal(f"Invalid '{name}': integer above maximum value.", code="integer_above_max_value", param=name)
    if number < least:
        raise Refusal(f"Invalid '{name}': integer below minimum value.", code="integer_below_min_value", param=name)
    return number


def _picture(server: Server, part: Part, number: int) -> Image.Image:
    """Open an uploaded picture; refuse a part without type, another format, and anything but bare pixels."""
    if part.content_type not in {"image/png", "image/jpeg", "image/webp"}:
        raise Refusal(
            f"Invalid file 'image': unsupported mimetype ('{part.content_type}'). Supported file formats are "
            "'image/jpeg', 'image/png', and 'image/webp'.",
            code="unsupported_file_mimetype",
            param="image",
        )
    if part.filename is None:
        raise Refusal("Invalid file 'image'.", code="invalid_type", param="image")
    try:
        picture = Image.open(io.BytesIO(part.data), formats=[part.content_type.removeprefix("image/").upper()])
        picture.load()
    except (OSError, SyntaxError, ValueError):
        picture = None
    if picture is None or picture.mode not in {"RGB", "RGBA", "L", "LA"}:
        raise Refusal(
            f"Invalid image file or mode for image {number}, please check your image file.",
            code="invalid_image_file",
            param="image",
        )
    if metadata := metadata_of(part.data):
        raise Refusal(f"A test refuses metadata in uploads: {metadata}", code="metadata_sent", param="image")
    if server is SERVERS["dalle2"] and picture.mode not in {"RGBA", "LA", "L"}:
        raise Refusal(
            f"Uploaded image must be in one of the following formats: ['RGBA', 'LA', 'L'], got {picture.mode}."
        )
    return picture


def metadata_of(png: bytes) -> list[str]:
    """Names of the chunks of a PNG that say anything beyond its pixels; other formats are looked at for EXIF."""
    if not png.startswith(b"\x89PNG"):
        return ["EXIF"] if b"Exif" in png[:65536] else []
    found, position = [], 8
    while position + 8 <= len(png):
        length, kind = struct.unpack(">I4s", png[position : position + 8])
        if kind not in {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}:
            found.append(kind.decode("latin-1"))
        position += 12 + length
    return found


def _edit_area(server: Server, part: Part, picture: Image.Image) -> Image.Image:
    """Where the mask says edit. For OpenAI: its alpha, only 0 and 255. For the Stable Diffusion family: white."""

    def refuse(reason: str) -> Refusal:
        return Refusal(f"Invalid mask image format - {reason}", code="invalid_mask_image_format", param=None)

    if part.content_type != "image/png" or part.filename is None:
        raise refuse("mask must be a PNG")
    if len(part.data) > 4_000_000:
        raise refuse("mask is too large")
    try:
        mask = Image.open(io.BytesIO(part.data), formats=["PNG"])
        mask.load()
    except (OSError, SyntaxError, ValueError):
        raise refuse("not an image") from None
    if metadata_of(part.data):
        raise refuse("a test refuses metadata in the mask")
    if mask.size != picture.size:
        raise refuse("mask size does not match image size")
    if server.luma_mask:
        return mask.convert("RGB").convert("L").point(lambda value: 255 if value > 127 else 0)
    if mask.mode not in {"RGBA", "LA"}:
        raise refuse("mask image missing alpha channel")
    alpha = np.asarray(mask.getchannel("A"))
    if not np.isin(alpha, (0, 255)).all():
        raise refuse("a test wants alpha 0 or 255 only")
    return Image.fromarray(np.where(alpha == 0, 255, 0).astype(np.uint8))
