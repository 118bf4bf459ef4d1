"""An editor at work through every fault: each act is repeated under its idempotency key until it is acknowledged."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests

from bench.faults.audience import PRIVATE

PATIENCE = 15.0
"""Seconds that the desk waits for an answer (`static/js/desk/api.js`)."""
PAUSE = 0.5
"""Seconds between two attempts."""


@dataclass(frozen=True)
class Done:
    """An acknowledged act: what it changed, when it was begun and acknowledged, how often it was refused before."""

    ref: str
    seq: int
    begun: float
    acknowledged: float
    refused: int


@dataclass
class Post:
    """What the editor was told of a post."""

    body: str
    corrections: int = 0
    retracted: bool = False


@dataclass
class Ledger:
    """All that was acknowledged."""

    posts: dict[str, Post] = field(default_factory=dict)
    acts: list[Done] = field(default_factory=list)
    refusals: list[tuple[float, int]] = field(default_factory=list)
    """The seconds until each refusal, and its status; 0 if nothing was answered."""
    doubled: int = 0
    strange: list[str] = field(default_factory=list)
    """Refusals that are neither "try again" nor a broken connection."""


class Editor(threading.Thread):
    """Publishes, edits, retracts and writes drafts, `rate` acts a second. All times are `time.monotonic()`."""

    def __init__(self, url: str, slug: str, token: str, rate: float) -> None:
        super().__init__(daemon=True)
        self.url, self.token, self.rate = f"{url}/api/v1/blogs/{slug}", token, rate
        self.ledger = Ledger()
        self.since: float | None = None
        """When the act that is not acknowledged yet was begun."""
        self._done = threading.Event()
        self._name = secrets.token_hex(3)

    def run(self) -> None:
        number = 0
        while not self._done.is_set():
            number += 1
            begun = time.monotonic()
            self._work(number)
            self._done.wait(max(0.0, begun + 1 / self.rate - time.monotonic()))

    def finish(self) -> None:
        """End after the act at hand."""
        self._done.set()
        self.join()

    def _work(self, number: int) -> None:
        body = f"Update {number} of {self._name}"
        made = self._act("POST", "/posts", {"body": body})
        if made is None:
            return
        id = made["id"]
        self.ledger.doubled += id in self.ledger.posts
        post = self.ledger.posts[id] = Post(body)
        if number % 3 == 0 and self._act("PATCH", f"/posts/{id}", {"body": f"{body}, edited", "correction": "Wrong"}):
            post.body, post.corrections = f"{body}, edited", 1
        if number % 4 == 0:
            self._act("POST", "/drafts", {"body": f"{PRIVATE.decode()} {number}"})
        if number % 5 == 0 and self._act("DELETE", f"/posts/{id}", None) is not None:
            post.retracted = True
        if number % 6 == 0:
            self._act("PATCH", "/categories/director", {"name": f"Best Director {number}"})

    def _act(self, method: str, path: str, body: Any) -> dict[str, Any] | None:
        """Repeat one act until it is acknowledged; None if it was refused for good, or the work ended before."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": secrets.token_hex(8)}
        self.since, refused = time.monotonic(), 0
        while True:
            sent = time.monotonic()
            try:
                answer = requests.request(method, self.url + path, json=body, headers=headers, timeout=PATIENCE)
                status = answer.status_code
            except requests.RequestException:
                status = 0
            if 200 <= status < 300:
                return self._acknowledged(answer, refused)
            if refused and status == 404 and answer.json()["code"] == "retracted":
                self.since = None  # an earlier attempt was done, and put back without its key (docs/reliability.md)
                return {}
            if 400 <= status < 500:
                self.ledger.strange.append(f"{method} {path}: {status} {answer.text[:200]}")
                self.since = None
                return None
            if status == 500:
                self.ledger.strange.append(f"{method} {path}: 500")
            refused += 1
            self.ledger.refusals.append((round(time.monotonic() - sent, 1), status))
            if (
                self._done.wait(max(0.0, sent + PAUSE - time.monotonic()))
                and time.monotonic() - self.since > 4 * PATIENCE
            ):
                self.ledger.strange.append(f"{method} {path}: not acknowledged within a minute")
                return None

    def _acknowledged(self, answer: requests.Response, refused: int) -> dict[str, Any]:
        told: dict[str, Any] = answer.json() if answer.content else {}
        assert self.since is not None
        ref = f"{told.get('kind')}:{told.get('id')}"
        self.ledger.acts.append(Done(ref, int(told.get("seq", 0)), self.since, time.monotonic(), refused))
        self.since = None
        return told
