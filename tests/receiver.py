"""Receivers of webhooks for tests: real servers on loopback, which check every signature as strangers do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

from liveblog.web.replies import DELIVERED
from liveblog.web.schemas import components, reference
from tests.described import Described

Answer = tuple[int, dict[str, str]]
OK: Answer = (204, {})
STRICT = Described({"components": {"schemas": components(DELIVERED.values())}})


class Receiver:
    """What came, each delivery once (`taken`), and all tries of it (`tries`: id, status).

    `answers` has what it answers next, then it takes everything; `meets` is called with each delivery before that.
    """

    def __init__(self) -> None:
        self.url = self.secret = ""
        self.answers: list[Answer] = []
        self.tries: list[tuple[str, int]] = []
        self.bodies: list[dict[str, Any]] = []
        self.taken: dict[str, dict[str, Any]] = {}
        self.meets: Callable[[], object] = lambda: None
        self.headers: list[dict[str, str]] = []
        self.state: dict[str, dict[str, Any]] = {}
        """The objects of each blog by kind and id, after the rules of docs/webhooks.md."""
        self.positions: dict[str, tuple[str, int]] = {}
        self.missed: list[tuple[int, int]] = []
        """What it knows to be missing: between which changes."""
        self.asks: Callable[[str], dict[str, Any]] = lambda slug: {}
        """Asks `/changes` for the whole state of a blog."""

    def get(self, body: bytes, headers: dict[str, str]) -> Answer:
        Webhook(self.secret).verify(body, headers)
        self.headers.append(headers)
        self.meets()
        answer = self.answers.pop(0) if self.answers else OK
        self.tries.append((headers["webhook-id"], answer[0]))
        self.bodies.append(json.loads(body))
        STRICT.check(reference(DELIVERED[self.bodies[-1]["type"]]), self.bodies[-1])
        if answer[0] < 300 and headers["webhook-id"] not in self.taken:
            self.taken[headers["webhook-id"]] = self.bodies[-1]
            self.follow(self.bodies[-1])
        return answer

    def follow(self, event: dict[str, Any]) -> None:
        data = event["data"]
        if data.get("reset") or event["type"] == "blog.gone":
            self.state.pop(data["blog"], None)
            self.positions.pop(data["blog"], None)
        if event["type"] == "blog.gone":
            return
        epoch, seq = self.positions.get(data["blog"], (data["epoch"], 0))
        assert epoch == data["epoch"]
        if seq > data.get("void_after", seq):  # it has what storage has lost
            self.state.pop(data["blog"])
            self.positions.pop(data["blog"])
            self.follow({"type": "blog.changed", "data": {"blog": data["blog"], **self.asks(data["blog"])}})
            return
        if data.get("prev", 0) > seq:
            self.missed.append((seq, data["prev"]))
        held = self.state.setdefault(data["blog"], {})
        for each in data["objects"]:
            name = f"{each['kind']}:{each['id']}"
            if each["seq"] > held.get(name, {"seq": 0})["seq"]:
                held[name] = each
        self.positions[data["blog"]] = (epoch, max(seq, data["seq"]))

    def said(self) -> list[str]:
        """The texts of what was taken, in its order."""
        return [each.get("body", "") for event in self.taken.values() for each in event["data"]["objects"]]


@contextmanager
def receiver(port: int = 0) -> Iterator[Receiver]:
    """A receiver at a port of loopback."""
    mine = Receiver()

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                status, headers = mine.get(body, {name.lower(): value for name, value in self.headers.items()})
            except ConnectionAbortedError:  # it dies
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in ({"Content-Length": "0"} | headers).items():
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self) -> None:
            mine.tries.append(("redirected", 200))

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", port), Desk)
    server.daemon_threads = True
    mine.url = f"http://127.0.0.1:{server.server_port}/hook?key=hidden"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield mine
    server.shutdown()
    server.server_close()
    thread.join()
