"""Real faults: storage and web workers are killed while an editor publishes and sixty readers follow."""

from __future__ import annotations

import os
import random
import signal
import threading
from typing import Any

import pytest
import requests

from tests.live_server import LiveServer, live_server, until
from tests.push.socket_client import Reader

pytestmark = pytest.mark.usefixtures("send_path")
READERS, POSTS, KILLS = 60, 300, 3


class Editor:
    """Publishes, edits and retracts, and repeats each act under its key until it is acknowledged."""

    def __init__(self, server: LiveServer, slug: str) -> None:
        self.server, self.slug = server, slug
        self.bodies: dict[str, str] = {}
        self.retracted: set[str] = set()

    def act(self, method: str, path: str, body: Any, key: str) -> Any:
        def attempt() -> Any:
            try:
                answer = self.server.api(method, f"/blogs/{self.slug}{path}", body, Idempotency_Key=key)
            except requests.RequestException:
                return None
            assert answer.status_code < 400 or answer.status_code >= 500, answer.text
            return answer.json() if answer.ok else None

        return until(attempt)

    def work(self, number: int) -> None:
        id = self.act("POST", "/posts", {"body": f"Update {number}"}, f"post-{number}")["id"]
        assert id not in self.bodies
        self.bodies[id] = f"Update {number}"
        if number % 5 == 0:
            self.act("PATCH", f"/posts/{id}", {"body": f"Edited {number}", "correction": "Wrong"}, f"edit-{number}")
            self.bodies[id] = f"Edited {number}"
        if number % 7 == 0:
            self.act("DELETE", f"/posts/{id}", None, f"retract-{number}")
            self.retracted.add(id)


def kill(server: LiveServer, what: str) -> None:
    """Kill the storage or the worker, as soon as there is one, and wait for its successor."""

    def pid() -> int:
        return server.storage_pid() if what == "storage" else next(iter(server.workers()), 0)

    def killed() -> int:
        found = pid()
        if found:
            try:
                os.kill(found, signal.SIGKILL)
            except ProcessLookupError:  # the old one is gone and its successor has not registered yet
                return 0
        return found

    victim = until(killed)
    until(lambda: pid() not in (0, victim))


@pytest.mark.fault
def test_whatever_is_killed_all_readers_end_with_the_same_night() -> None:
    luck = random.Random(97)
    with live_server("serve", LIVEBLOG_HEAD_SECONDS="1") as server:
        slug = server.open()
        readers = [Reader(server.url, slug) for _ in range(READERS)]
        for reader in readers:
            reader.start()
        until(lambda: all(reader.seq for reader in readers))
        moments = dict(zip(luck.sample(range(20, POSTS - 20), 2 * KILLS), ["storage", "worker"] * KILLS, strict=True))
        editor, killers = Editor(server, slug), []
        for number in range(POSTS):
            if number in moments:
                killers.append(threading.Thread(target=kill, args=(server, moments[number])))
                killers[-1].start()
            editor.work(number)
        for killer in killers:
            killer.join(60)
        final = until(lambda: _answer(server, slug))
        until(lambda: all((r.epoch, r.seq) == (final["epoch"], final["seq"]) for r in readers))
        for reader in readers:
            reader.leaving.set()
        whole = {f"{obj['kind']}:{obj['id']}": obj for obj in final["objects"]}
        assert all(reader.objects == whole for reader in readers)
        _holds_exactly(whole, editor)


def _answer(server: LiveServer, slug: str) -> dict[str, Any] | None:
    try:
        return server.state(slug)
    except (requests.RequestException, ValueError):
        return None


def _holds_exactly(whole: dict[str, Any], editor: Editor) -> None:
    """Every acknowledged act once, and nothing else."""
    posts = {obj["id"]: obj for obj in whole.values() if obj["kind"] == "post" and obj.get("type") != "preview"}
    assert set(posts) == set(editor.bodies)
    for id, post in posts.items():
        if id in editor.retracted:
            assert set(post) == {"kind", "id", "seq", "retracted"}
        else:
            assert post["body"] == editor.bodies[id]
            assert len(post["corrections"]) == post["body"].startswith("Edited")


@pytest.mark.fault
def test_while_storage_hangs_readers_read_and_editors_get_a_refusal() -> None:
    """Storage is stalled, not dead: its connections stay open and nothing answers."""
    with live_server("serve") as server:
        slug = server.open()
        reader = Reader(server.url, slug)
        reader.start()
        until(lambda: reader.seq == 1)
        assert server.token
        os.kill(server.storage_pid(), signal.SIGSTOP)
        try:
            refused = server.api("POST", f"/blogs/{slug}/posts", {"body": "Held up"}, Idempotency_Key="held")
            assert (refused.status_code, refused.json()["code"]) == (503, "storage_unavailable")
            assert refused.headers["Retry-After"] == "1"
            for path in (
                f"/live/{slug}",
                f"/api/v1/blogs/{slug}",
                f"/api/v1/blogs/{slug}/changes",
                "/api/v1/blogs",
                "/",
            ):
                assert requests.get(server.url + path, timeout=60).status_code == 200
            assert requests.get(f"{server.url}/readyz", timeout=60).status_code == 503
        finally:
            os.kill(server.storage_pid(), signal.SIGCONT)
        until(lambda: server.api("POST", f"/blogs/{slug}/posts", {"body": "Held up"}, Idempotency_Key="held").ok)
        until(lambda: [obj["body"] for obj in reader.objects.values() if obj.get("type") == "update"] == ["Held up"])
        reader.leaving.set()
