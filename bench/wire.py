"""What a change costs on its way: bytes a reader for the demo night, plain and compressed, and our processor time.

.venv/bin/python -m bench wire
"""

from __future__ import annotations

import os
import statistics
import time
from typing import Any

import requests

from liveblog.demo.replay import SLUG, play, prepare
from liveblog.push import frames
from tests.live_server import LiveServer, live_server, until
from tests.push.deflating_client import Deflating
from tests.push.socket_client import Line

from . import peers
from .crowd import Crowd
from .fanout import BODY

POSTS = 20
ROUNDS = 3
KINDS = ("plain", "compressed")


def measure(readers: int) -> dict[str, Any]:
    """The demo night once, then the same posts to two crowds in turn, of which one has agreed to compression."""
    with live_server() as server:
        figures = night(server)
    os.sched_setaffinity(0, {peers.CROWD_CORE})
    figures["readers"] = readers
    figures |= {f"{name}_bytes_per_reader": _memory(readers, offers=name == "compressed") for name in KINDS}
    with peers.liveblog(BODY) as peer:
        spent: dict[str, list[float]] = {f"{name}_cpu_us": [] for name in KINDS}
        for _ in range(ROUNDS):
            for name, rounds in spent.items():
                rounds.append(_posts(peer, readers, offers=name.startswith("compressed")))
        return figures | {name: round(statistics.median(rounds), 2) for name, rounds in spent.items()}


def night(server: LiveServer) -> dict[str, Any]:
    prepare(server.store)
    until(lambda: requests.get(f"{server.url}/api/v1/blogs/{SLUG}", timeout=60).ok)
    plain, compressed = Line(server.url, {"blog": SLUG}), Deflating(server.url)
    compressed.follow(blog=SLUG)
    changes = list[bytes]()
    for line in (plain, compressed):
        assert line.event()[0] == "sync"
    before = compressed.wire
    play(server.store, 1000)
    last = server.state(SLUG)["seq"]
    while not changes or f'"seq":{last},"prev"'.encode() not in changes[-1]:
        packet = plain.hear()
        if packet.startswith('42/live,["change"'):
            changes.append(frames.frame(packet.encode()))
    while compressed.event()[1]["seq"] < last:
        pass
    times = [_seconds(change) for change in changes]
    plain.close()
    compressed.close()
    return {
        "changes": len(changes),
        "plain_bytes": sum(map(len, changes)),
        "compressed_bytes": compressed.wire - before,
        "compressing_us": round(1e6 * statistics.mean(times), 1),
    }


def _seconds(frame: bytes) -> float:
    """Processor time of compressing a change; the least of some tries, because the machine does other things too."""
    found = []
    for _ in range(20):
        began = time.thread_time()
        frames.compressed(frame)
        found.append(time.thread_time() - began)
    return min(found)


def _crowd(peer: peers.Liveblog, readers: int, *, offers: bool) -> Crowd:
    crowd = peer.crowd(peer.protocol(offers=offers))
    crowd.connect(readers)
    return crowd


def _memory(readers: int, *, offers: bool) -> int:
    """Bytes a reader, in a process that had none before."""
    with peers.liveblog(BODY) as peer:
        before = peer.memory()
        crowd = _crowd(peer, readers, offers=offers)
        taken = peer.memory() - before
        crowd.leave()
    return round(taken / readers)


def _posts(peer: peers.Liveblog, readers: int, *, offers: bool) -> float:
    """Microseconds of our processor time for each post and reader, with what a post costs in any case."""
    crowd = _crowd(peer, readers, offers=offers)
    cpu = peer.cpu()
    for _ in range(POSTS):
        crowd.start_counting()
        peer.begin()
        crowd.until_each_has(1)
        peer.end()
    spent = peer.cpu() - cpu
    crowd.leave()
    return 1e6 * spent / POSTS / readers
