"""The topology of docker-compose.yml, as processes on this machine: nginx with the shipped configuration, two web
processes, three storage servers and three sentinels. The primary is killed in the middle of the night."""

from __future__ import annotations

import secrets
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from liveblog import actions
from liveblog.store.people import People
from tests.deploy.house import House
from tests.deploy.nginx import needed
from tests.live_server import until
from tests.newsroom import DIRECTOR, PICTURE
from tests.push.socket_client import Reader

pytestmark = [pytest.mark.fault, needed]


class Desk:
    """An editor who writes through nginx, and repeats unacknowledged requests with the same key."""

    def __init__(self, house: House, slug: str) -> None:
        self.url = f"{house.url}/api/v1/blogs/{slug}/posts"
        self.token = People(house.store).tokens.add("desk", "admin")
        self.acknowledged: list[str] = []

    def publish(self, body: str) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": secrets.token_hex(8)}

        def published() -> str:
            answer = requests.post(self.url, json={"body": body}, headers=headers, timeout=60)
            assert answer.status_code in (201, 502, 503, 504), answer.text
            return str(answer.json()["id"]) if answer.status_code == 201 else ""

        self.acknowledged.append(until(published))


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        house = House(Path(folder))
        try:
            house.start()
            yield house
        finally:
            house.close()


@pytest.fixture(scope="module")
def blog(house: House) -> str:
    def act(view: actions.View) -> actions.Plan:
        return actions.create_blog(
            view, slug="anora", title="Anora", status="live", film="Anora", categories=[DIRECTOR, PICTURE]
        )

    house.store.perform("anora", act, by="test")
    return "anora"


@pytest.fixture
def reader(house: House, blog: str) -> Iterator[Reader]:
    reading = Reader(house.url, blog)
    reading.start()
    until(lambda: reading.epoch)
    yield reading
    reading.leaving.set()
    reading.join(60)


def has(reader: Reader, ids: list[str]) -> bool:
    return all(f"post:{id}" in reader.objects for id in ids)


def test_a_post_published_through_nginx_reaches_an_open_page(house: House, blog: str, reader: Reader) -> None:
    desk = Desk(house, blog)
    desk.publish("The doors open.")
    until(lambda: has(reader, desk.acknowledged))


def test_pages_and_catch_ups_are_fetched_once_for_all(house: House, blog: str) -> None:
    for address in (f"{house.url}/live/{blog}", f"{house.url}/api/v1/blogs/{blog}/changes?after=0"):
        told = [requests.get(address, timeout=60).headers["X-Cache"] for _ in range(5)]
        assert "HIT" in told, told
    for address in (f"{house.url}/api/v1/blogs/{blog}/changes?after=0&wait=1", f"{house.url}/desk/"):
        assert requests.get(address, timeout=60).headers["X-Cache"] == "BYPASS"
    mine = requests.get(f"{house.url}/live/{blog}", headers={"Authorization": "Bearer mine"}, timeout=60)
    assert mine.headers["X-Cache"] == "BYPASS"
    assert requests.get(f"{house.url}/metrics", timeout=60).status_code == 404


def test_an_event_stream_is_not_buffered(house: House, blog: str) -> None:
    desk = Desk(house, blog)
    with requests.get(f"{house.url}/api/v1/blogs/{blog}/stream", stream=True, timeout=60) as stream:
        lines = stream.iter_lines()
        first = next(line for line in lines if line.startswith(b"data:"))
        assert b'"objects"' in first
        desk.publish("Straight through.")
        assert b"Straight through." in next(line for line in lines if line.startswith(b"data:"))


def test_after_a_failover_publishing_goes_on_and_nothing_acknowledged_is_lost(
    house: House, blog: str, reader: Reader
) -> None:
    desk = Desk(house, blog)
    for n in range(20):
        desk.publish(f"Before {n}")
    lost = house.primary()
    house.stop(f"valkey-{lost}", signal.SIGKILL)
    for n in range(20):
        desk.publish(f"After {n}")
    assert house.primary() != lost
    until(lambda: has(reader, desk.acknowledged))

    house.start_storage(lost)
    house.stop(f"web-{house.web[0]}")
    for n in range(5):
        desk.publish(f"One web process less {n}")
    until(lambda: has(reader, desk.acknowledged))
    origin = f"http://127.0.0.1:{house.web[1]}"  # directly, because nginx caches for a second
    state = requests.get(f"{origin}/api/v1/blogs/{blog}/changes?after=0", timeout=60).json()
    ids = [obj["id"] for obj in state["objects"] if obj["kind"] == "post"]
    assert {*desk.acknowledged} <= {*ids}
    assert len(ids) == len({*ids})
    assert house.store.load(blog).seq == state["seq"]


def test_a_primary_that_comes_back_follows_the_new_one(house: House, blog: str) -> None:
    """Also after everything was stopped: its configuration once made it the primary, and its data are older."""
    desk = Desk(house, blog)
    desk.publish("Before the loss.")
    lost = house.primary()
    house.stop(f"valkey-{lost}", signal.SIGKILL)
    desk.publish("With the new one.")
    house.start_storage(lost)
    until(lambda: house.replicas(house.primary()) == 2)
    assert house.primary() != lost
    for port in [*house.sentinels, *house.storage]:
        house.stop(f"{'sentinel' if port in house.sentinels else 'valkey'}-{port}")
    for port in house.storage:
        house.start_storage(port)
    for port in house.sentinels:
        house.start_sentinel(port)
    desk.publish("After a night's sleep.")
    ids = {post.id for post in house.store.load(blog).posts}
    assert {*desk.acknowledged} <= ids
    assert house.primary() != lost
