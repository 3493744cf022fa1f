"""A strict Images server over real HTTP, for tests: it refuses what the real ones refuse, and misbehaves on request.

In a test:      with FakeImagesServer() as server: … server.url, server.requests, server.script += script("rate,ok")
As a program:   python -m tests.fakes.images_server --port-file F [--profile openai] [--key KEY] [--script rate,ok]
                [--hand JSON] [--translations FILE] [--record-dir DIR] [--port N]

Only 127.0.0.1, any free port. A script step is taken for each request to a picture or text route; see faults.py.
"""

from __future__ import annotations

import argparse
import base64
import json
import select
import socket
import struct
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from tests.fakes.faults import STREAM_ERROR, STREAM_REFUSAL, Step, script
from tests.fakes.moderating import moderated
from tests.fakes.multipart import Part, parse
from tests.fakes.painter import Hand, paint
from tests.fakes.payloads import base64_of, models_of, usage_of
from tests.fakes.rules import SERVERS, Job, Refusal, accept
from tests.fakes.translating import translated

KEY = "sk-test-0123456789abcdefghijklmnop"


@dataclass
class Recorded:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    fields: dict[str, Any] = field(default_factory=dict)
    files: list[Part] = field(default_factory=list)
    status: int = 0
    disconnected: threading.Event = field(default_factory=threading.Event)
    """Set when the client hung up before it had its answer."""

    def file(self, name: str) -> Part:
        return next(part for part in self.files if part.name == name)


class FakeImagesServer:
    """Runs in a thread while its `with` block lasts."""

    def __init__(
        self,
        profile: str = "openai",
        *,
        key: str | None = KEY,
        steps: list[Step] | None = None,
        hand: Hand | None = None,
        translations: dict[str, str] | None = None,
        record_dir: Path | None = None,
        port: int = 0,
    ) -> None:
        self.rules = SERVERS[profile]
        self.profile = profile
        self.key = key
        self.hand = hand or Hand()
        self.script: deque[Step] = deque(steps or [])
        self.translations = translations or {}
        self.requests: list[Recorded] = []
        self.lists_models = True
        self.elsewhere = ""
        """Where a redirect points to."""
        self.stored: dict[str, bytes] = {}
        """Pictures that are fetched by their address."""
        self.stopping = threading.Event()
        self.arrived = threading.Condition()
        self.at_work = 0
        self.most_at_once = 0
        """The most requests that were being answered side by side."""
        self._record_dir = record_dir
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def pictures(self) -> list[Recorded]:
        """Requests to picture routes only."""
        return [request for request in self.requests if request.path.startswith("/v1/images/")]

    def wait_for_requests(self, count: int, seconds: float = 10.0) -> None:
        """Return when so many requests have arrived; TimeoutError otherwise."""
        with self.arrived:
            if not self.arrived.wait_for(lambda: len(self.requests) >= count, seconds):
                raise TimeoutError(f"{len(self.requests)} of {count} requests")

    def record(self, request: Recorded) -> None:
        with self.arrived:
            self.requests.append(request)
            number = len(self.requests)
            self.arrived.notify_all()
        if self._record_dir is not None:
            _write(self._record_dir, number, request)

    def count(self, change: int) -> None:
        """One more, or one less, at work."""
        with self.arrived:
            self.at_work += change
            self.most_at_once = max(self.most_at_once, self.at_work)

    def next_step(self) -> Step:
        return self.script.popleft() if self.script else {}


def _write(folder: Path, number: int, request: Recorded) -> None:
    """One JSON file a request, with the file parts beside it."""
    files = []
    for place, part in enumerate(request.files):
        path = folder / f"{number:03}-{place}-{part.name.strip('[]')}.png"
        path.write_bytes(part.data)
        files.append({"name": part.name, "filename": part.filename, "type": part.content_type, "path": path.name})
    told = {
        "method": request.method,
        "path": request.path,
        "headers": request.headers,
        "fields": request.fields,
        "files": files,
    }
    temporary = folder / f".{number:03}"
    temporary.write_text(json.dumps(told, ensure_ascii=False, indent=2), encoding="utf-8")
    temporary.rename(folder / f"{number:03}.json")


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    fake: FakeImagesServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what many tests are about; a crash of the fake is not."""
        import sys

        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _HungUp(OSError):
    """The client closed the connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Server
    request: socket.socket
    recorded: Recorded

    @property
    def fake(self) -> FakeImagesServer:
        return self.server.fake

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        pass

    def do_GET(self) -> None:
        self._record(b"")
        if self.path == "/v1/models" and self.fake.lists_models:
            try:
                self._check_key()
                self._json(200, models_of(self.fake.profile))
            except Refusal as refusal:
                self._refuse(refusal)
        elif self.path in self.fake.stored:
            self._send(200, self.fake.stored[self.path], "image/png", {})
        else:
            self._refuse(Refusal("Not found", status=404))

    def do_POST(self) -> None:
        self._record(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        self.fake.count(1)
        try:
            self._post()
        finally:
            self.fake.count(-1)

    def _post(self) -> None:
        try:
            self._read_body()
            self._check_key()
            route = self.path.removeprefix("/v1/")
            step = self.fake.next_step()
            if route in {"responses", "chat/completions"}:
                if route not in self.fake.rules.text_routes:
                    raise Refusal("Not found", status=404)
                if not self._misbehave(step):
                    said = step.get("say")
                    self._json(200, translated(route, self.recorded.fields, self.fake.translations, said))
                return
            if route == "moderations" and self.fake.profile == "openai":
                if not self._misbehave(step):
                    self._json(200, moderated(self.recorded.fields))
                return
            kind = route.removeprefix("images/")
            if not route.startswith("images/") or kind not in self.fake.rules.routes:
                raise Refusal("Not found", status=404)
            if self._misbehave(step):
                return
            job = accept(self.fake.rules, kind, self.recorded.fields, self.recorded.files)
            self._answer(job, step)
        except Refusal as refusal:
            self._refuse(refusal)
        except _HungUp:
            self.recorded.disconnected.set()
            self.close_connection = True

    # --- reading -----------------------------------------------------------------------------------------------

    def _record(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.recorded = Recorded(self.command, self.path, headers, body)
        if "multipart/form-data" not in headers.get("content-type", "") and body:
            with suppress(ValueError):
                self.recorded.fields = json.loads(body)
        elif body:
            parts = parse(headers["content-type"], body)
            self.recorded.files = [part for part in parts if part.filename is not None]
            self.recorded.fields = {part.name: part.text for part in parts if part.filename is None}
        self.fake.record(self.recorded)

    def _read_body(self) -> None:
        kind = self.recorded.headers.get("content-type", "")
        has_files = self.path.endswith(("edits", "variations", "inpainting"))
        if not kind.startswith("multipart/form-data" if has_files else "application/json"):
            raise Refusal(f"Unsupported content type: '{kind}'.", code="unsupported_content_type")

    def _check_key(self) -> None:
        if self.fake.key is None or not self.fake.rules.knows_keys:
            return
        sent = self.recorded.headers.get("authorization", "").removeprefix("Bearer ")
        if not sent:
            raise Refusal("You didn't provide an API key.", status=401, kind="invalid_request_error")
        if sent != self.fake.key:
            raise Refusal(
                f"Incorrect API key provided: {sent}. You can find your API key at …",
                status=401,
                code="invalid_api_key",
                kind="invalid_request_error",
            )

    # --- answering ---------------------------------------------------------------------------------------------

    def _misbehave(self, step: Step) -> bool:
        """Do what the step says instead of working; True when that was the answer."""
        if "delay" in step:
            self._wait(step["delay"])
        if "status" not in step:
            return False
        headers = {
            name: value.replace("{elsewhere}", self.fake.elsewhere) for name, value in step.get("headers", {}).items()
        }
        key = self.recorded.headers.get("authorization", "").removeprefix("Bearer ")
        if "body" in step:
            self._send(step["status"], step["body"].encode(), step.get("type", "text/plain"), headers)
            return True
        if "error_string" in step:
            told: Any = {"error": step["error_string"]}
        elif "detail" in step:
            told = {"detail": step["detail"]}
        else:
            told = {"error": step["error"] | {"message": step["error"]["message"].replace("{key}", key)}}
        self._json(step["status"], told, headers)
        return True

    def _answer(self, job: Job, step: Step) -> None:
        hand = Hand.of(step["hand"]) if "hand" in step else self.fake.hand
        if job.stream and step.get("stream") != "json":
            self._stream(job, step, hand)
            return
        headers: dict[str, str] = step.get("headers", {})
        data: list[dict[str, Any]] = []
        for index in range(step.get("count", job.count)):
            picture = paint(job, hand, index)
            wants_bytes = self.recorded.fields.get("response_format") == "b64_json"
            if "url" in step or (self.fake.rules.answers_url and not wants_bytes):
                path = f"/generated-images/{len(self.fake.stored)}.png"
                self.fake.stored[path] = picture
                url: str = step.get("url", "http://127.0.0.1:{port}{path}")
                text = base64.b64encode(picture).decode()
                data.append({"url": url.format(port=self.fake.port, path=path, picture=text)})
            else:
                data.append({"b64_json": base64_of(picture, step)})
        told: dict[str, Any] = {"created": 1, "data": data}
        if self.fake.profile in {"openai", "azure"}:
            told |= {
                "size": f"{job.width}x{job.height}",
                "quality": "low",
                "background": "opaque",
                "output_format": "png",
                "usage": usage_of(job, job.count),
            }
        if step.get("data") == "missing":
            del told["data"]
        elif step.get("data") == "empty":
            told["data"] = []
        self._send(200, json.dumps(told).encode(), step.get("answer_type", "application/json"), headers, step)

    def _stream(self, job: Job, step: Step, hand: Hand) -> None:
        name = "image_generation" if job.route == "generations" else "image_edit"
        base = {"created_at": 1, "size": f"{job.width}x{job.height}", "quality": "low", "background": "opaque",
                "output_format": "png"}  # fmt: skip
        self._head(
            200, step.get("stream_type", "text/event-stream"), {"Connection": "close", **step.get("headers", {})}
        )
        self.close_connection = True
        if "cut" in step:
            self._reset()
            return
        picture = paint(job, hand)
        for index in range(step.get("partials", job.partials)):
            partial = base | {"type": f"{name}.partial_image", "partial_image_index": index,
                              "b64_json": base64.b64encode(picture).decode()}  # fmt: skip
            self._event(partial, step)
        ending = step.get("stream")
        if ending in {"error", "refused"}:
            error = STREAM_ERROR if ending == "error" else STREAM_REFUSAL
            self._event({"type": "error", "error": error}, step)
        elif ending == "flat_error":
            self._event({"type": "error", "code": "overloaded", "message": "slow down", "param": None}, step)
        elif ending == "garbage":
            self._write(b"event: x\ndata: {\n\n")
        elif ending == "reset":
            self._reset()
        elif ending != "incomplete":
            done = {"type": f"{name}.completed", "b64_json": base64_of(picture, step), "usage": usage_of(job, 1)}
            self._event(base | done, step, end="" if ending == "unended" else "\n\n")
            if ending == "reset_after":
                self._wait(0.3)  # a reset takes along what the other side has not read yet
                self._reset()

    def _event(self, told: dict[str, Any], step: Step, end: str = "\n\n") -> None:
        text = f"event: {told['type']}\ndata: {json.dumps(told)}{end}".encode()
        if "trickle" not in step:
            self._write(text)
            return
        third = -(-len(text) // 3)
        for start in range(0, len(text), third):
            self._write(text[start : start + third])
            self._wait(step["trickle"])

    def _refuse(self, refusal: Refusal) -> None:
        form = self.fake.rules.error_form
        if form == "string":
            self._json(refusal.status, {"error": str(refusal)})
        elif form == "detail":
            self._json(refusal.status, {"detail": str(refusal)})
        else:
            self._json(refusal.status, {"error": refusal.error})

    def _json(self, status: int, told: object, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(told, ensure_ascii=False).encode(), "application/json", headers or {})

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str], step: Step | None = None) -> None:
        step = step or {}
        self._head(status, kind, {"Content-Length": str(len(body)), **headers})
        if "cut" in step:
            self._write(body[: step["cut"]])
            self._reset()
        elif "trickle" in step:
            third = -(-len(body) // 3)
            for start in range(0, len(body), third):
                self._write(body[start : start + third])
                self._wait(step["trickle"])
        else:
            self._write(body)

    def _head(self, status: int, kind: str, headers: dict[str, str]) -> None:
        self.recorded.status = status
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in ({"x-request-id": f"req_{len(self.fake.requests)}"} | headers).items():
            self.send_header(name, value)
        self.end_headers()

    def _write(self, data: bytes) -> None:
        try:
            self.wfile.write(data)
            self.wfile.flush()
        except OSError:
            raise _HungUp from None

    def _wait(self, seconds: float) -> None:
        """Let time pass, but notice a client that hangs up and a server that is told to stop."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self.fake.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.02))
            if readable:
                try:
                    gone = not self.connection.recv(1, socket.MSG_PEEK)
                except OSError:
                    gone = True
                if gone:
                    raise _HungUp

    def _reset(self) -> None:
        """Close with a TCP reset, as a proxy that dies does."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True


def main() -> None:
    """Serve until a line (or the end) comes on standard input, or the process is ended."""
    options = argparse.ArgumentParser(description="A strict fake Images server on 127.0.0.1.")
    options.add_argument("--port-file", type=Path)
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--profile", choices=sorted(SERVERS), default="openai")
    options.add_argument("--key", default=KEY, help="the only key that is accepted; empty: none is needed")
    options.add_argument("--script", default="", help="names with commas between, or a JSON list of steps")
    options.add_argument("--hand", default="{}", help="how to paint, as JSON")
    options.add_argument("--translations", type=Path, help="JSON file, text to English")
    options.add_argument("--record-dir", type=Path, help="where to write every request")
    given = options.parse_args()
    steps = cast("list[Step]", json.loads(given.script)) if given.script.startswith("[") else script(given.script)
    if given.record_dir is not None:
        given.record_dir.mkdir(parents=True, exist_ok=True)
    with FakeImagesServer(
        given.profile,
        key=given.key or None,
        steps=steps,
        hand=Hand.of(json.loads(given.hand)),
        translations=json.loads(given.translations.read_text("utf-8")) if given.translations else None,
        record_dir=given.record_dir,
        port=given.port,
    ) as server:
        print(server.url, flush=True)
        if given.port_file is not None:
            temporary = given.port_file.with_suffix(".tmp")
            temporary.write_text(str(server.port))
            temporary.rename(given.port_file)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
