"""What an editor waits for: from the request over HTTP to the answer that the post is on the disk.

The disk's own share is measured beside it: a file that grows by a post's bytes and is synced each time.
"""

from __future__ import annotations

import http.client
import json
import os
import tempfile
import time
from collections.abc import Callable
from typing import Any

from . import peers
from .fanout import BODY, BURST

POSTS = 1000
BURSTS = 20
WARM = 50


def measure(readers: int) -> dict[str, Any]:
    """Percentiles of acknowledged posts one by one, and of twenty in a row, with this many readers on one process."""
    os.sched_setaffinity(0, {peers.CROWD_CORE})
    with peers.liveblog(BODY) as peer:
        crowd = peer.crowd()
        crowd.connect(readers)
        editor = _Editor(peer)
        times = []
        for _ in range(WARM + POSTS):
            times.append(_seconds(editor.post))
            crowd.turn(0)
        bursts = []
        for _ in range(BURSTS):
            bursts.append(_seconds(editor.burst))
            while crowd.turn(0.05):
                pass
        crowd.leave()
        disk = _disk(peer)
    return {"readers": readers, "post": _ms(times[WARM:]), "twenty": _ms(bursts), "disk_alone": _ms(disk)}


class _Editor:
    def __init__(self, peer: peers.Liveblog) -> None:
        self._line = http.client.HTTPConnection("127.0.0.1", peer.port)
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {peer.token}"}
        self._body = peer.body

    def post(self) -> None:
        self._line.request("POST", f"/api/v1/blogs/{peers.SLUG}/posts", json.dumps({"body": self._body}), self._headers)
        answer = self._line.getresponse()
        answer.read()
        assert answer.status == 201, answer.status

    def burst(self) -> None:
        for _ in range(BURST):
            self.post()


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _disk(peer: peers.Liveblog) -> list[float]:
    """Seconds to append a post and sync, in the folder where storage is."""
    with tempfile.NamedTemporaryFile(dir=peer.server.data, buffering=0) as file:

        def append() -> None:
            file.write(bytes(1000))
            os.fdatasync(file.fileno())

        return [_seconds(append) for _ in range(POSTS)]


def _ms(times: list[float]) -> dict[str, float]:
    times = sorted(times)
    return {
        "p50_ms": round(1000 * times[len(times) // 2], 2),
        "p99_ms": round(1000 * times[int(len(times) * 0.99)], 2),
    }
