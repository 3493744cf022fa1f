"""Named steps of the fake server's script: how an answer can go wrong. Plain JSON, so a command line can give them.

Keys of a step: `status`, `error` (object, string or detail), `body` and `type` (raw), `headers`; `delay` in seconds
before the answer; `trickle` seconds between pieces; `cut` bytes of the body before the connection is reset; `hand`
(see painter.Hand); `b64` "truncate" | "prefix" | "illegal"; `data` "null" | "missing" | "empty"; `stream` "incomplete"
| "error" | "json" | "garbage" | "reset" | "reset_after"; `partials`; `url` (with {port} and {path}); `say` the
translation; `count` pictures instead of those asked for.
"""

from __future__ import annotations

from typing import Any

Step = dict[str, Any]


def _error(status: int, message: str, code: str | None = None, **more: Any) -> Step:
    kind = more.pop("kind", "invalid_request_error")
    headers = more.pop("headers", {})
    return {
        "status": status,
        "error": {"message": message, "type": kind, "param": more.pop("param", None), "code": code, **more},
        "headers": headers,
    }


_SAFETY = (
    "Your request was rejected by the safety system. If you believe this is an error, contact us at help.openai.com "
    "and include the request ID req_1. safety_violations=[sexual]."
)


def _moderation(stage: str) -> Step:
    details = {"moderation_stage": stage, "categories": ["sexual"]}
    kind = "image_generation_user_error"
    return _error(400, _SAFETY, "moderation_blocked", kind=kind, moderation_details=details)


FAULTS: dict[str, Step] = {
    "ok": {},
    "bad_key": _error(
        401,
        "Incorrect API key provided: {key}. You can find your API key at https://platform.openai.com/account/api-keys.",
        "invalid_api_key",
    ),
    "no_key": _error(401, "You didn't provide an API key. You need to provide it in an Authorization header."),
    "unverified": _error(
        403,
        "Your organization must be verified to use the model `gpt-image-1`. Please go to: "
        "https://platform.openai.com/settings/organization/general and click on Verify Organization.",
    ),
    "country": _error(
        403, "Country, region, or territory not supported", "unsupported_country_region_territory",
        kind="request_forbidden",
    ),
    "forbidden": _error(403, "Project `proj_1` does not have access to model `gpt-image-2.5-flare`"),
    "retired": _error(400, "The model 'dall-e-3' does not exist.", "invalid_value", kind="image_generation_user_error"),
    "deprecated": _error(404, "The model `x` has been deprecated, learn more here: …", "model_not_found"),
    "moderation_input": _moderation("input"),
    "moderation_output": _moderation("output"),
    "content_policy": _error(
        400, "Your request was rejected as a result of our safety system.", "content_policy_violation"
    ),
    "billing": _error(400, "Billing hard limit has been reached", "billing_hard_limit_reached"),
    "quota": _error(
        429, "You exceeded your current quota, please check your plan and billing details.", "insufficient_quota",
        kind="insufficient_quota",
    ),
    "rate": _error(
        429, "Rate limit reached for gpt-image-2 on input-images per min: Limit 5, Used 5. Please try again in 12s.",
        "rate_limit_exceeded", kind="requests", headers={"Retry-After": "0.05"},
    ),
    "rate_text": _error(429, "Rate limit reached. Please try again in 40ms.", "rate_limit_exceeded", kind="requests"),
    "rate_long": _error(
        429, "Rate limit reached.", "rate_limit_exceeded", kind="requests", headers={"Retry-After": "3600"}
    ),
    "too_big": {"status": 413, "body": "<html><head><title>413 Request Entity Too Large</title></head></html>",
                "type": "text/html"},
    "server_error": _error(500, "The server had an error while processing your request.", "server_error",
                           kind="server_error"),
    "gateway": {"status": 502, "body": "<!DOCTYPE html><html>Bad gateway</html>", "type": "text/html"},
    "overloaded": {"status": 503, "body": ""},
    "unknown_parameter": _error(400, "Unknown parameter: 'style'.", "unknown_parameter", param="style"),
    "size": _error(
        400, "Invalid size '1500x1500'. Width and height must both be divisible by 16.", "invalid_value", param="size",
        kind="image_generation_user_error",
    ),
    "picture": _error(
        400, "Invalid image file or mode for image 1, please check your image file.", "invalid_image_file",
        kind="image_generation_user_error",
    ),
    "mask": _error(
        400, "Invalid mask image format - mask size does not match image size", "invalid_mask_image_format",
        kind="image_generation_user_error",
    ),
    "transparent": _error(
        400, "Transparent background is not supported for this model.", "invalid_value", param="background"
    ),
    "prompt_long": _error(400, "Invalid 'prompt': string too long.", "string_above_max_length", param="prompt"),
    "string_error": {"status": 400, "error_string": "prompt is required"},
    "detail_error": {"status": 422, "detail": "size not supported"},
    "detail_key": {"status": 403, "detail": "Invalid API key"},
    "not_found": {"status": 404, "body": "404 page not found", "type": "text/plain"},
    "redirect": {"status": 307, "body": "", "headers": {"Location": "{elsewhere}"}},
    "html": {"status": 200, "body": "<!doctype html><html>Welcome to Hotel Wi-Fi</html>", "type": "text/html"},
    "null": {"status": 200, "body": "null", "type": "application/json"},
    "broken_json": {"status": 200, "body": '{"data": [', "type": "application/json"},
    "empty": {"status": 200, "body": "", "type": "application/json"},
    "error_200": {"status": 200, "body": '{"error": {"message": "worker died"}}', "type": "application/json"},
    "no_data": {"data": "missing"},
    "empty_data": {"data": "empty"},
    "truncated_base64": {"b64": "truncate"},
    "illegal_base64": {"b64": "illegal"},
    "prefixed_base64": {"b64": "prefix"},
    "lined_base64": {"b64": "lines"},
    "data_url": {"url": "data:image/png;base64,{picture}", "stream": "json"},
    "plain_type": {"answer_type": "text/plain; charset=utf-8", "stream": "json"},
    "html_type": {"answer_type": "text/html", "stream": "json"},
    "gif": {"hand": {"kind": "GIF"}},
    "wrong_size": {"hand": {"size": [1254, 1254]}},
    "jpeg": {"hand": {"kind": "JPEG"}},
    "more_than_asked": {"count": 2},
    "cut_after_picture": {"stream": "reset_after"},
    "payment": _error(402, "Your credit balance is too low.", "insufficient_credit"),
    "conflict": _error(409, "Conflict."),
    "deployment": _error(404, "The API deployment for this resource does not exist.", "DeploymentNotFound"),
    "reset": {"cut": 200},
    "reset_at_once": {"cut": 0},
    "slow": {"delay": 30},
    "trickle": {"trickle": 0.2},
    "crawl": {"trickle": 5},
    "compressed": {"status": 200, "body": "x", "type": "application/json", "headers": {"Content-Encoding": "gzip"}},
    "incomplete": {"stream": "incomplete"},
    "stream_error": {"stream": "error"},
    "flat_error": {"stream": "flat_error"},
    "stream_refused": {"stream": "refused"},
    "stream_garbage": {"stream": "garbage"},
    "stream_reset": {"stream": "reset"},
    "json_for_stream": {"stream": "json"},
    "stream_as_text": {"stream_type": "text/plain; charset=utf-8"},
    "json_as_stream": {"stream": "json", "answer_type": "text/event-stream"},
    "stream_unended": {"stream": "unended"},
    "limited_500": _error(500, "Rate limit reached. Please try again in 40ms.", "rate_limit_exceeded"),
    "fewer_partials": {"partials": 0},
}  # fmt: skip

STREAM_ERROR = {"message": "An error occurred while painting.", "type": "server_error", "param": None, "code": None}
STREAM_REFUSAL = FAULTS["moderation_output"]["error"]


def script(text: str) -> list[Step]:
    """Steps from names with commas between, `slow:0.5` meaning a delay of half a second."""
    steps = []
    for name in filter(None, (one.strip() for one in text.split(","))):
        bare, _, number = name.partition(":")
        steps.append(FAULTS[bare] | ({"delay": float(number)} if number else {}))
    return steps
