"""A replica that lacks the end of the night takes over while readers follow and editors publish."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.failover import Replica
from tests.live_server import live_server, until
from tests.push.socket_client import Reader

pytestmark = pytest.mark.usefixtures("send_path")


@pytest.mark.fault
def test_acts_that_a_failover_lost_and_later_ones_reach_every_reader() -> None:
    with live_server("serve", LIVEBLOG_HEAD_SECONDS="1", LIVEBLOG_WORKERS="2") as server:
        slug = server.open()
        readers = [Reader(server.url, slug) for _ in range(8)]  # both workers serve some
        for reader in readers:
            reader.start()

        def publish(body: str) -> str:
            answer = server.api("POST", f"/blogs/{slug}/posts", {"body": body})
            assert answer.status_code == 201, answer.text
            return body

        acknowledged = [publish("before")]
        replica = Replica(server.store, slug)
        acknowledged += [publish("lost by the failover"), publish("this too")]
        until(lambda: all(reader.seq == 4 for reader in readers))
        replica.takes_over()
        acknowledged += [publish("after the failover"), publish("and one more")]
        until(lambda: all(said(reader) == sorted(acknowledged) for reader in readers))
        acknowledged.append(publish("and on"))
        final = until(lambda: settled(server.url, slug, acknowledged))
        until(lambda: all((reader.epoch, reader.seq) == (final["epoch"], final["seq"]) for reader in readers))
        for reader in readers:
            reader.leaving.set()
        whole = {f"{obj['kind']}:{obj['id']}": obj for obj in final["objects"]}
        assert all(reader.objects == whole for reader in readers)


def said(reader: Reader) -> list[str]:
    return sorted(obj["body"] for obj in list(reader.objects.values()) if obj.get("type") == "update")


def settled(url: str, slug: str, bodies: list[str]) -> dict[str, Any] | None:
    """The state, once all workers answer with the same one and it has every acknowledged act."""
    answers = [requests.get(f"{url}/api/v1/blogs/{slug}/changes?after=0", timeout=60).json() for _ in range(8)]
    same = all(answer == answers[0] for answer in answers)
    found = sorted(obj["body"] for obj in answers[0]["objects"] if obj.get("type") == "update")
    state: dict[str, Any] = answers[0]
    return state if same and found == sorted(bodies) else None
