"""The fake refuses what the real service refuses; it is worth nothing otherwise."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.conftest import ROOT
from tests.fakes.images_server import KEY, FakeImagesServer

SIZE = (1024, 640)


def picture(mode: str = "RGB", kind: str = "PNG", size: tuple[int, int] = SIZE, **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **options)
    return out.getvalue()


def mask(alpha: int = 0) -> bytes:
    pixels = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    pixels[..., 3] = 255
    pixels[:100, :100, 3] = alpha
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def with_text() -> bytes:
    info = PngInfo()
    info.add_text("Author", "somebody")
    return picture(pnginfo=info)


def post(url: str, fields: dict[str, str], files: dict[str, tuple[str, bytes]], key: str = KEY) -> tuple[int, Any]:
    """Post a form; files are field name to (content type, bytes)."""
    body = b"".join(
        f'--X\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    )
    for name, (kind, data) in files.items():
        head = f'--X\r\nContent-Disposition: form-data; name="{name}"; filename="a.png"\r\nContent-Type: {kind}\r\n\r\n'
        body += head.encode() + data + b"\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=X", "Authorization": f"Bearer {key}"}
    request = urllib.request.Request(f"{url}/images/edits", body + b"--X--\r\n", headers)  # noqa: S310 - a fake here
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


GOOD_FIELDS = {"model": "gpt-image-2.5-flare", "prompt": "a cat", "size": "1024x640"}
GOOD_FILES = {"image": ("image/png", picture()), "mask": ("image/png", mask())}


def test_a_good_edit_is_painted() -> None:
    with FakeImagesServer() as server:
        status, told = post(server.url, GOOD_FIELDS, GOOD_FILES)
        assert status == 200
        assert told["usage"]["input_tokens"] == 532


@pytest.mark.parametrize(
    ("fields", "files", "code", "text"),
    [
        ({"response_format": "b64_json"}, {}, "unknown_parameter", "Unknown parameter: 'response_format'."),
        ({"seed": "1"}, {}, "unknown_parameter", "'seed'"),
        ({"size": "auto"}, {}, "invalid_value", "Invalid size"),
        ({"size": "1500x1500"}, {}, "invalid_value", "divisible by 16"),
        ({"size": "512x512"}, {}, "invalid_value", "below the current minimum pixel budget"),
        ({"size": "3840x3840"}, {}, "invalid_value", "exceeds the current pixel budget"),
        ({"size": "4096x1024"}, {}, "invalid_value", "longest edge"),
        ({"size": "3200x640"}, {}, "invalid_value", "3:1"),
        ({"model": "dall-e-3"}, {}, "invalid_value", "The model 'dall-e-3' does not exist."),
        ({"model": "gpt-image-2", "quality": "max"}, {}, "invalid_value", "max"),
        ({"input_fidelity": "high"}, {}, "invalid_input_fidelity_model", "does not support the 'input_fidelity'"),
        ({"n": "11"}, {}, "integer_above_max_value", "n"),
        ({"partial_images": "2"}, {}, "invalid_value", "stream"),
        ({"prompt": ""}, {}, "missing_required_parameter", "prompt"),
        ({"prompt": "x" * 32_001}, {}, "string_above_max_length", "prompt"),
        ({}, {"image": ("application/octet-stream", picture())}, "unsupported_file_mimetype", "unsupported mimetype"),
        ({}, {"image": ("image/png", picture(kind="JPEG"))}, "invalid_image_file", "image 1"),
        ({}, {"image": ("image/jpeg", picture("CMYK", "JPEG"))}, "invalid_image_file", "image 1"),
        ({}, {"image": ("image/png", with_text())}, "metadata_sent", "tEXt"),
        ({}, {"mask": ("image/png", picture(size=(64, 64)))}, "invalid_mask_image_format", "size does not match"),
        ({}, {"mask": ("image/png", picture())}, "invalid_mask_image_format", "missing alpha channel"),
        ({}, {"mask": ("image/png", mask(alpha=128))}, "invalid_mask_image_format", "alpha 0 or 255"),
    ],
)
def test_what_the_service_refuses_is_refused(
    fields: dict[str, str], files: dict[str, tuple[str, bytes]], code: str, text: str
) -> None:
    with FakeImagesServer() as server:
        status, told = post(server.url, GOOD_FIELDS | fields, GOOD_FILES | files)
        assert status == 400
        assert told["error"]["code"] == code
        assert text in told["error"]["message"]


def test_a_wrong_key_is_refused() -> None:
    with FakeImagesServer() as server:
        status, told = post(server.url, GOOD_FIELDS, GOOD_FILES, key="sk-wrong")
        assert status == 401
        assert told["error"]["code"] == "invalid_api_key"


def test_it_runs_as_a_program_and_writes_down_what_came(tmp_path: Path) -> None:
    port_file, records = tmp_path / "port", tmp_path / "records"
    command = [sys.executable, "-m", "tests.fakes.images_server", "--port-file", str(port_file)]
    command += ["--record-dir", str(records), "--script", "server_error,ok"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert post(url, GOOD_FIELDS, GOOD_FILES)[0] == 500
        assert post(url, GOOD_FIELDS, GOOD_FILES)[0] == 200
        assert url == f"http://127.0.0.1:{port_file.read_text()}/v1"
        process.terminate()
    told = json.loads((records / "002.json").read_text("utf-8"))
    assert told["fields"] == GOOD_FIELDS
    assert (records / told["files"][1]["path"]).read_bytes() == GOOD_FILES["mask"][1]
