"""A server that answers as a test says, one request after the other, and notes what it was asked."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tests import leaks


class Said(NamedTuple):
    """An answer; its connection ends after it."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = {}


def events(*catch_ups: dict[str, Any]) -> Said:
    """An event stream that brings these and ends. Nobody waits long before the next one."""
    data = "".join(f"id: x\ndata: {json.dumps(each)}\n\n" for each in catch_ups)
    return Said(body=f"retry: 10\n\n{data}: still here\n\n".encode(), headers={"Content-Type": "text/event-stream"})


def problem(status: int, code: str, **headers: str) -> Said:
    return Said(status, json.dumps({"code": code, "detail": f"it is {code}"}).encode(), headers)


class Scripted:
    """`url` is its address; after the last answer it says that there is no such blog."""

    def __init__(self, *answers: Said) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._answers = iter(answers)
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                self.rfile.read(length)
                server.asked.append((self.path, dict(self.headers)))
                status, body, headers = next(server._answers, problem(404, "not_found"))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        leaks.OPEN.add(self)

    def queries(self) -> list[str]:
        return [path.partition("?")[2] for path, _ in self.asked]

    def close(self) -> None:
        leaks.OPEN.discard(self)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
