"""The store on a real Redis Cluster of one node, where a command may use keys of one slot only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
import redis

from liveblog import actions, drafts
from liveblog.drafts import Writer
from liveblog.errors import Unavailable
from liveblog.store.commits import Store
from liveblog.store.people import People
from liveblog.timeline import Gap, Place
from tests.live_server import until
from tests.ports import free_port
from tests.store.test_replicas import start

BLOGS = ("anora", "conclave")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port() % 10_000 + 20_000  # the cluster's own port is 10,000 above
    server = start(tmp_path_factory.mktemp("cluster") / "node", port, "--cluster-enabled", "yes")
    try:
        node = redis.Redis(port=port)
        until(lambda: _answers(node))
        commands: Any = node
        commands.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        until(lambda: b"cluster_state:ok" in commands.execute_command("CLUSTER", "INFO", NEVER_DECODE=True))
        node.close()
        yield f"redis+cluster://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(60)


def _answers(node: redis.Redis) -> bool:
    with suppress(redis.ConnectionError):
        return bool(node.ping())
    return False


@pytest.fixture
def store(cluster: str) -> Iterator[Store]:
    made = Store(cluster)
    for slug in BLOGS:
        made.perform(slug, partial(actions.create_blog, slug=slug, title=slug), by="ada")
    yield made
    for slug in BLOGS:
        made.delete(slug)
    made.close()


def test_one_process_reads_on_in_blogs_of_different_slots(store: Store) -> None:
    places = [Place(slug, "public", store.load(slug).epoch, 1) for slug in BLOGS]
    assert store.read_on(places, 0) == [[], []]
    found: list[list[int] | str] = []

    def read() -> None:
        for each in store.read_on(places, 60_000):
            found.append(each.reason if isinstance(each, Gap) else [change.seq for change in each])

    reading = threading.Thread(target=read, daemon=True)
    reading.start()
    store.perform("conclave", lambda view: actions.publish(view, "conclave", body="White smoke"), by="ada")
    reading.join(60)
    assert found == [[], [2]]
    waiting = threading.Thread(target=store.read_on, args=(places[:1], 60_000), daemon=True)
    waiting.start()

    def ended() -> bool:
        store.wake()
        return not waiting.is_alive()

    until(ended)


def test_lists_the_schedule_and_figures_work_across_slots(store: Store) -> None:
    number, slugs = store.summaries.changed(0)
    assert set(slugs) >= set(BLOGS)
    ada = Writer(name="ada", editor=True)
    store.perform(
        "anora",
        lambda view: drafts.save(view, "anora", by=ada, body="Later", publish_at="2020-01-01T00:00:00Z"),
        by="ada",
    )
    assert store.summaries.changed(number)[1] == ["anora"]
    assert list(store.summaries.due()) == ["anora"]
    heard: list[str] = []
    listening = threading.Thread(
        target=lambda: store.presence.listen(lambda slug, *what: heard.append(slug), lambda: not heard), daemon=True
    )
    listening.start()

    def arrived() -> list[str]:
        store.presence.tell("anora", "one", b"{}")
        return heard

    until(arrived)
    store.presence.record("anora", "one", 3, {2: (3, 5)})
    assert store.presence.deliveries("anora") == {2: {"readers": 3, "ms": 5}}
    assert People(store).tokens.get(People(store).tokens.add("wire", "editor")) is not None


def test_a_cluster_that_is_away_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        Store("redis+cluster://127.0.0.1:1")
