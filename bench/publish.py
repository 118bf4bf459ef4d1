"""What an editor waits for: from the request over HTTP to the answer that the post is on the disk.

The disk's own share is measured beside it: a file that grows by a post's bytes and is synced each time.
"""

from __future__ import annotations

import os
import tempfile
import time
from typing import Any

from . import peers
from .crowd import Crowd
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
        posts = [_acknowledged(peer, crowd, 1) for _ in range(WARM + POSTS)]
        bursts = [_acknowledged(peer, crowd, BURST) for _ in range(BURSTS)]
        crowd.leave()
        disk = _disk(peer)
    return {"readers": readers, "post": _ms(posts[WARM:]), "twenty": _ms(bursts), "disk_alone": _ms(disk)}


def _acknowledged(peer: peers.Liveblog, crowd: Crowd, count: int) -> float:
    """Seconds until so many posts, one after the other, were acknowledged; then every reader gets them."""
    crowd.start_counting()
    peer.begin(count)
    took = peer.editor.end()
    crowd.until_each_has(count)
    return took


def _disk(peer: peers.Liveblog) -> list[float]:
    """Seconds to append a post and sync, in the folder where storage is."""
    times = []
    with tempfile.NamedTemporaryFile(dir=peer.server.data, buffering=0) as file:
        for _ in range(POSTS):
            began = time.perf_counter()
            file.write(bytes(1000))
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
    return times


def _ms(times: list[float]) -> dict[str, float]:
    times = sorted(times)
    return {
        "p50_ms": round(1000 * times[len(times) // 2], 2),
        "p99_ms": round(1000 * times[int(len(times) * 0.99)], 2),
    }
