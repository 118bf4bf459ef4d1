"""A fake web process behind nginx, and a reader's requests to nginx."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

from tests.live_server import until


def ask(url: str, coding: str = "identity", method: str = "GET", **headers: str) -> requests.Response:
    sent = {"Accept-Encoding": coding, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return requests.request(method, url, headers=sent, timeout=60, allow_redirects=False)


def later(url: str) -> None:
    """Wait until everything that may be cached for a second is older than that, by the keeper's own clock."""
    begun = keepers_clock(url)
    until(lambda: keepers_clock(url) >= begun + timedelta(seconds=2))


def keepers_clock(url: str) -> datetime:
    """Nginx refuses /metrics itself, without asking a web process."""
    root = "/".join(url.split("/")[:3])
    return parsedate_to_datetime(requests.head(f"{root}/metrics", timeout=60).headers["Date"])


class Origin(ThreadingHTTPServer):
    """Answers every request with `body`, once it is released, and notes the requests. If it `dies`, it hangs up.

    Of the requests only those wait for the release that have the header field `held`, if it is set.
    """

    request_queue_size = 512
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.asked: list[str] = []
        self.fields_of: list[set[str]] = []
        self.held = ""
        self.dies = False
        self.go = threading.Event()
        self.go.set()
        self.say(200, "The winner is Emilia Pérez.")

    def say(self, status: int, text: str, cache: str | None = "public, max-age=1", **headers: str) -> None:
        self.status, self.body = status, text.encode()
        self.fields = {name.replace("_", "-"): value for name, value in headers.items()}
        self.fields |= {"Cache-Control": cache} if cache else {}


class Answering(BaseHTTPRequestHandler):
    server: Origin
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.fields_of.append(set(self.headers))
        assert (self.server.held and self.server.held not in self.headers) or self.server.go.wait(60)
        if self.server.dies:
            self.close_connection = True
            return
        coding = self.headers.get("Accept-Encoding", "")
        self.send_response(self.server.status)
        for name, value in {**self.server.fields, "Vary": "Accept-Encoding", "X-Asked-For": coding}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_POST = do_GET

    def log_message(self, *what: Any) -> None:
        """Nothing."""
