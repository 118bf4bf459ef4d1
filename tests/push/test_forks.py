"""Clients that keep no mark, as a browser's EventSource does, after a failover that lost what they have.

The web process that had it in memory dies with the primary, so that nobody can put it back or knows how much it was.
"""

from __future__ import annotations

import json
import os
import signal
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.failover import Pair
from tests.live_server import LiveServer, live_server, until

from .socket_client import Line, text_lines

LOST = 3


class EventSource:
    """What a browser does with a stream: it keeps the id of the last event, and comes back with that alone."""

    def __init__(self) -> None:
        self.id = ""
        self.objects: dict[str, Any] = {}
        self.resets = 0

    def read(self, server: LiveServer, slug: str, upto: str) -> EventSource:
        """Follow a stream until the event with this id."""
        url, id = f"{server.url}/api/v1/blogs/{slug}/stream", ""
        with requests.get(url, headers={"Last-Event-ID": self.id}, stream=True, timeout=60) as answer:
            assert answer.ok, answer.text
            for line in text_lines(answer):
                if line.startswith("id: "):
                    id = line.removeprefix("id: ")
                elif line.startswith("data: "):
                    self._take(json.loads(line.removeprefix("data: ")))
                    self.id = id
                    if id == upto:
                        return self
        raise AssertionError(f"the stream ended at {self.id}, before {upto}")

    def _take(self, event: dict[str, Any]) -> None:
        if event["reset"]:
            self.resets += 1
            self.objects.clear()
        self.objects |= {f"{each['kind']}:{each['id']}": each for each in event["objects"]}


def publish(server: LiveServer, slug: str, body: str) -> None:
    answer = server.api("POST", f"/blogs/{slug}/posts", {"body": body})
    assert answer.status_code == 201, answer.text


def changes(server: LiveServer, slug: str, **position: Any) -> requests.Response:
    return requests.get(f"{server.url}/api/v1/blogs/{slug}/changes", params=position, timeout=60)


@pytest.mark.fault
def test_a_client_that_has_only_a_number_ends_with_what_storage_has(tmp_path: Path) -> None:
    with closing(Pair(tmp_path)) as pair:
        with live_server("serve", LIVEBLOG_REDIS_URL=pair.primary) as before:
            slug = before.open()
            publish(before, slug, "Both servers have this")
            until(pair.is_in_step)
            at = before.state(slug)
            pair.promote()
            seqs = range(at["seq"], at["seq"] + LOST + 1)
            readers = [EventSource().read(before, slug, f"{at['epoch']}:{at['seq']}")]
            for seq in seqs[1:]:
                publish(before, slug, f"Lost {seq}")
                readers.append(EventSource().read(before, slug, f"{at['epoch']}:{seq}"))
            pair.kill_primary()
            os.killpg(before.process.pid, signal.SIGKILL)
            before.process.wait()
        with live_server("serve", LIVEBLOG_REDIS_URL=pair.replica) as server:
            for number in range(LOST + 1):
                publish(server, slug, f"Later {number}")
            state = server.state(slug)
            assert state["epoch"] == at["epoch"]
            whole = {f"{each['kind']}:{each['id']}": each for each in state["objects"]}
            for reader, seq in zip(readers, seqs, strict=True):
                doubted = seq > at["seq"]
                reader.read(server, slug, f"{state['epoch']}:{state['seq']}")
                assert (reader.objects, reader.resets) == (whole, int(doubted))
                assert changes(server, slug, epoch=at["epoch"], after=seq).json()["reset"] is doubted
                with closing(Line(server.url, {"blog": slug, "epoch": at["epoch"], "seq": seq})) as line:
                    assert line.event()[1]["reset"] is doubted
            here = {"epoch": state["epoch"], "after": state["seq"]}
            assert changes(server, slug, **here, mark=state["mark"]).json()["objects"] == []
            waited = changes(server, slug, **here, wait=1)  # it does not ask again and again for the whole state
            assert (waited.headers["Cache-Control"], waited.json()["reset"]) == ("no-store", True)
