"""A real server for the tests: gunicorn, its workers and the embedded storage as processes on loopback."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import requests

from liveblog import actions
from liveblog.model import Status
from liveblog.store.commits import Store
from liveblog.store.embedded import locate
from liveblog.store.people import People
from tests.leaks import Log, watched
from tests.newsroom import DIRECTOR, PICTURE

T = TypeVar("T")


def until(condition: Callable[[], T | None], seconds: float = 60.0) -> T:
    """Wait for a condition; its first true value. Fails after the deadline.

    The longer it has waited, the less often it looks: what takes seconds need not be asked for fifty times a second.
    """
    pause, deadline = 0.02, time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(pause)
        pause = min(pause * 1.1, 0.2)
    return found


class LiveServer:
    """A running server; `url` is its address, `store` its storage."""

    def __init__(self, process: subprocess.Popen[str], data: Path, url: str, log: Log, store: Store) -> None:
        self.process, self.data, self.url, self.log = process, data, url, log
        self.greeting = log.path.read_text()
        self.store = store
        self._token = ""

    @property
    def token(self) -> str:
        if not self._token:
            self._token = People(self.store).tokens.add("editor", "admin")
        return self._token

    def open(self, slug: str = "anora", status: Status = "live") -> str:
        """A blog with two categories and a pinned preview. Where another file's test has the slug, it gets a number."""
        wanted, number = slug, 1
        while self.store.blog(slug) is not None:
            number += 1
            slug = f"{wanted}-{number}"

        def act(view: actions.View) -> actions.Plan:
            return actions.create_blog(
                view,
                slug=slug,
                title="Anora at the Oscars",
                status=status,
                film="Anora",
                categories=[DIRECTOR, PICTURE],
                preview=("Before the show", "Six nominations."),
            )

        self.store.perform(slug, act, by="test")
        return slug

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        sent = {"Authorization": f"Bearer {self.token}", **{n.replace("_", "-"): v for n, v in headers.items()}}
        return requests.request(method, f"{self.url}/api/v1{path}", json=body, headers=sent, timeout=60)

    def upload(self, slug: str, picture: bytes) -> str:
        """Upload a JPEG for a blog. Returns its name."""
        sent = {"Authorization": f"Bearer {self.token}"}
        answer = requests.post(f"{self.url}/api/v1/blogs/{slug}/media", data=picture, headers=sent, timeout=60)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["name"])

    def state(self, slug: str = "anora") -> dict[str, Any]:
        """The public state after a catch-up from nothing."""
        found: dict[str, Any] = requests.get(f"{self.url}/api/v1/blogs/{slug}/changes?after=0", timeout=60).json()
        return found

    def workers(self) -> list[int]:
        """The web workers' process ids."""
        kids = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split()
        return [int(kid) for kid in kids if b"\0-m\0liveblog\0" in _command(kid)]

    def storage_pid(self) -> int:
        return int(until((self.data / "server.pid").read_text))  # empty while it is being written

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)


@contextmanager
def live_server(*arguments: str, **settings: str) -> Iterator[LiveServer]:
    """Start `liveblog serve` (or `arguments`), with its own storage and port unless settings name them."""
    with (
        _started(arguments or ("serve",), settings) as (process, data, url, log),
        closing(Store(settings.get("LIVEBLOG_REDIS_URL") or str(locate(data)))) as store,
    ):
        server = LiveServer(process, data, url, log, store)
        yield server
        server.stop()


class Relay:
    """A running relay."""

    def __init__(self, process: subprocess.Popen[str], data: Path, url: str, log: Log) -> None:
        self.process, self.data, self.url, self.log = process, data, url, log

    def state(self, slug: str) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.url}/api/v1/blogs/{slug}/changes?after=0", timeout=60).json()
        return found

    def age(self) -> int:
        """Seconds since it heard from its origin, as it says itself."""
        answer = requests.get(f"{self.url}/readyz", timeout=60)
        assert answer.status_code == 200, answer.text
        return int(answer.text.split(" was last heard ")[1].split()[0])

    def is_ready(self) -> bool:
        return requests.get(f"{self.url}/readyz", timeout=60).status_code == 200


@contextmanager
def relay_of(origin: str, **settings: str) -> Iterator[Relay]:
    """Start a relay of the liveblog at an address."""
    with _started(("relay", "--from", origin), {"LIVEBLOG_HEAD_SECONDS": "1", **settings}) as started:
        yield Relay(*started)


@contextmanager
def _started(
    arguments: tuple[str, ...], settings: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[str], Path, str, Log]]:
    """A process that serves: with its data directory, address and log. It has stopped in order when this ends."""
    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        data = Path(settings.get("LIVEBLOG_DATA", f"{folder}/data"))
        environ = {**os.environ, "LIVEBLOG_PORT": "0", **settings, "LIVEBLOG_DATA": str(data)}
        log = Path(folder) / "log"
        with log.open("w") as sink:
            process = subprocess.Popen(
                [sys.executable, "-u", "-m", "liveblog", *arguments],
                env=environ,
                stdout=sink,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        try:
            found = until(lambda: _serving(process, log))
            with watched(log) as its_log:
                yield process, data, found.group(1), its_log
                if process.poll() is None:
                    _end(process)
        finally:
            if process.poll() is None:
                _end(process)
            if log.stat().st_size:
                print(log.read_text()[-4000:])


def _end(process: subprocess.Popen[str]) -> None:
    """Stop after a failed test: together with its storage, if that is still possible."""
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has just ended
        return b""


def _serving(process: subprocess.Popen[str], log: Path) -> re.Match[str] | None:
    """The log's line with the address, once it is there; the process must live until then."""
    found = re.search(r"^Serving (\S+)$", log.read_text(), re.M)
    assert found or process.poll() is None, log.read_text()
    return found
