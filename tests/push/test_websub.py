"""The notifier: the hub gets each change once, whichever process dies or fails, and nobody waits for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
import requests

from liveblog import actions
from liveblog.errors import Unavailable
from liveblog.push.websub import BACKOFF, SETTLE, SWEEP, TRIES, HubFailed, HubNotifier, publish
from liveblog.store.commits import Store
from liveblog.timeline import Summary
from tests.live_server import live_server, until
from tests.newsroom import Newsroom, open_newsroom


@contextmanager
def hub(*statuses: int) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A hub on loopback that answers with these statuses in turn, then with 204; its address and its notifications."""
    told: list[tuple[str, str]] = []
    answers = list(statuses)

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            status = answers.pop(0) if answers else 204
            if status < 300:
                told.append((sent["hub.mode"][0], sent["hub.url"][0]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hub", told
    server.shutdown()
    server.server_close()
    thread.join()


def summary(newsroom: Newsroom) -> Summary:
    """The summary that storage would have of its blog."""
    timeline = newsroom.timeline()
    return Summary(
        blog=timeline.blog,
        epoch=timeline.epoch,
        born=timeline.born,
        seq=timeline.seq,
        at=timeline.last,
        created="",
        began="",
        posts=len(timeline.posts),
    )


class Night:
    """The notifiers of two processes on one storage, and the hub's notifications."""

    def __init__(self, store: Store) -> None:
        self.newsroom: Newsroom = open_newsroom()
        self.told: list[str] = []
        self.fails = False
        self.now = 1000.0
        self.heralds = [self.process(store), self.process(store)]

    def process(self, store: Store) -> HubNotifier:
        return HubNotifier(
            store.records, lambda: [summary(self.newsroom)], lambda slug: [slug], self.tell, clock=lambda: self.now
        )

    def tell(self, topic: str) -> None:
        if self.fails:
            raise HubFailed("HTTP 500")
        self.told.append(topic)

    def publish(self) -> None:
        self.newsroom.do(actions.publish, body="News")
        for notifier in self.heralds:
            notifier.note("anora")

    def after(self, seconds: float) -> None:
        self.now += seconds
        for notifier in self.heralds:
            notifier.step(self.now)


@pytest.fixture
def night(store: Store) -> Night:
    night = Night(store)
    night.after(0)  # each process's first step
    night.after(BACKOFF[0])
    assert night.told == ["anora"]
    night.told.clear()
    return night


def test_one_process_announces_a_change_once(night: Night) -> None:
    night.publish()
    night.after(SETTLE - 0.1)
    assert night.told == []
    night.after(0.2)
    night.after(10)
    assert night.told == ["anora"]


def test_a_draft_is_not_announced(store: Store) -> None:
    told: list[str] = []
    newsroom = Newsroom("anora")
    newsroom.do(actions.create_blog, slug="anora", title="Anora", status="draft")
    notifier = HubNotifier(
        store.records, lambda: [summary(newsroom)], lambda slug: [slug], told.append, clock=lambda: 0.0
    )
    notifier.step(0.0)
    newsroom.do(actions.publish, body="News")
    notifier.note("anora")
    notifier.step(SETTLE)
    assert told == []
    newsroom.do(actions.edit_blog, status="preview")
    notifier.note("anora")
    notifier.step(SETTLE)
    assert told == ["anora"]


def test_a_burst_is_announced_once(night: Night) -> None:
    for _ in range(5):
        night.publish()
    night.after(SETTLE)
    night.after(60)
    assert night.told == ["anora"]


def test_a_failing_hub_is_retried_at_growing_intervals(night: Night) -> None:
    night.fails = True
    notifier = night.heralds[0]
    night.newsroom.do(actions.publish, body="News")
    notifier.note("anora")
    night.now += SETTLE
    pauses = []
    for _ in range(3):
        pauses.append(notifier.step(night.now))
        night.now += pauses[-1]
    assert pauses == [2.0, 4.0, 8.0]
    night.fails = False
    night.after(60)
    assert night.told == ["anora"]


def test_a_change_is_given_up_in_the_end_and_the_next_one_is_tried(night: Night) -> None:
    night.fails = True
    night.heralds.pop()
    night.publish()
    for _ in range(TRIES):
        night.after(BACKOFF[1])
    night.fails = False
    night.after(SWEEP + 1)
    assert night.told == []
    night.publish()
    night.after(SETTLE)
    assert night.told == ["anora"]


def test_another_process_announces_what_a_dead_one_did_not(night: Night, store: Store) -> None:
    night.newsroom.do(actions.publish, body="News")  # the process that noted it is gone
    store.records.put("lb:{anora}:hub:lease", b"1", ttl=1)  # and it held the lease
    night.after(SWEEP)
    assert night.told == []
    until(lambda: not store.records.get("lb:{anora}:hub:lease"))
    night.after(BACKOFF[0])
    assert night.told == ["anora"]


def test_absent_storage_only_costs_time(night: Night, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> bytes:
        raise Unavailable("gone")

    with monkeypatch.context() as patch:
        patch.setattr(store.records, "get", away)
        night.publish()
        night.after(SETTLE)
    assert night.told == []
    night.after(BACKOFF[0])
    assert night.told == ["anora"]


def test_a_refusing_or_absent_hub_is_named() -> None:
    with hub(500, 302) as (address, told):
        for status in (500, 302):
            with pytest.raises(HubFailed, match=f"HTTP {status}"):
                publish(address, "https://live.example.org/feed")
        publish(address, "https://live.example.org/feed")
        assert told == [("publish", "https://live.example.org/feed")]
    with pytest.raises(HubFailed):
        publish("http://127.0.0.1:9/", "https://live.example.org/feed")


def test_a_real_hub_gets_each_change_from_one_of_two_workers() -> None:
    with (
        hub(503) as (address, told),
        live_server(
            "serve", "--workers", "2", LIVEBLOG_HUB=address, LIVEBLOG_BASE_URL="https://live.example.org"
        ) as server,
    ):
        feeds = [("publish", f"https://live.example.org/live/anora/feed.{kind}") for kind in ("atom", "json", "rss")]
        server.open()
        for _ in range(8):
            server.state()  # both workers serve it
        server.api("POST", "/blogs/anora/posts", {"body": "News"})
        until(lambda: len(told) >= 3)
        assert told == feeds
        for kind in ("atom", "json", "rss"):  # and finds it there
            assert "News" in requests.get(f"{server.url}/live/anora/feed.{kind}", timeout=60).text
