"""A language model's server for tests: on this machine only, with answers that are written down before."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Behaviour = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """One whole answer."""
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def says(content: Any, *, usage: Any = None, finish: str = "stop") -> Behaviour:
    """The model says this: text, or a list of claims."""
    text = content if isinstance(content, str) else json.dumps({"claims": content})

    def behave(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": finish}]}
        if usage is not None:
            answer["usage"] = usage
        send(handler, json.dumps(answer).encode())

    return behave


def counted(content: Any) -> Behaviour:
    """The same with 1,000 tokens in and 100 out."""
    return says(content, usage={"prompt_tokens": 1000, "completion_tokens": 100})


def by_text(answers: dict[str, list[dict[str, Any]]]) -> Behaviour:
    """Claims by what stands in the question: those of every key that is found there."""

    def behave(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        asked = body["messages"][1]["content"]
        counted([claim for key, claims in answers.items() if key in asked for claim in claims])(handler, body)

    return behave


def fails(status: int, message: str = "", **headers: str) -> Behaviour:
    """A refusal with its message."""
    return lambda handler, body: send(handler, json.dumps({"error": {"message": message}}).encode(), status, **headers)


def raw(body: bytes) -> Behaviour:
    """Any bytes as the answer."""
    return lambda handler, _: send(handler, body)


def silent(seconds: float) -> Behaviour:
    """Nothing for so long."""

    def behave(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        time.sleep(seconds)

    return behave


def drips(seconds: float, header: bool) -> Behaviour:
    """A byte now and then, in the header or the body, so that no single wait is long."""

    def behave(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        end = time.monotonic() + seconds
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: " if header else b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while time.monotonic() < end:
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.02)

    return behave


def breaks_off(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    """Half an answer."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{")


def echoes_the_key(status: int) -> Behaviour:
    """A refusal that repeats the header with the key."""
    return lambda handler, _: fails(status, f"no: {handler.headers.get('Authorization')}")(handler, {})


class FakeModel:
    """The server; each request takes the next behaviour, the last one stays. ``requests`` keeps (path, headers, body)."""

    def __init__(self, *behaviours: Behaviour) -> None:
        self.behaviours = list(behaviours)
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                number = len(fake.requests)
                fake.requests.append((self.path, dict(self.headers.items()), body))
                with suppress(OSError):
                    fake.behaviours[min(number, len(fake.behaviours) - 1)](self, body)
                self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"

    def __enter__(self) -> FakeModel:
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()
