"""As many idle readers as this machine holds, all on one process: what each costs, and how soon the last has a post.

Both ends of each connection are on this machine, so the kernel holds two sockets a reader and a real server one.
"""

from __future__ import annotations

import os
import statistics
import time
from typing import Any

from rich.console import Console

from . import peers
from .crowd import Crowd, Protocol
from .fanout import BODY
from .machine import Kernel, available, open_files
from .peers import Liveblog

STEP = 20_000
"""Readers that connect between two looks at the memory."""
SPARE = 2 << 30
"""Bytes of memory that stay free."""
OWN_FILES = 1000
IDLE_SECONDS = 75
"""Three pings, five heads."""
POSTS = 3
MISSED = 10
WITHIN = 900.0
"""Seconds for one step; far more than a slow machine needs."""


def measure(most: int, console: Console) -> dict[str, Any]:
    """Open up to `most` readers, wait, publish, and let a tenth of them come back at once."""
    with open_files(most + OWN_FILES) as files, peers.liveblog(BODY) as peer:
        os.sched_setaffinity(0, {peers.CROWD_CORE})
        before = peer.memory()
        crowd, kernel = peer.crowd(), Kernel()
        figures = _connect(peer, crowd, min(most, files - OWN_FILES), most, console)
        count = len(crowd.members)
        figures |= {
            "our_megabytes": round((peer.memory() - before) / 1e6),
            "our_bytes_a_reader": round((peer.memory() - before) / count),
            "kernel_bytes_a_socket": round(kernel.grown() / 2 / count),
            "idle_cores": _idle(peer, crowd),
            **_posts(peer, crowd),
            **_return(peer, crowd, count // 10),
            "our_megabytes_at_the_end": round((peer.memory() - before) / 1e6),
        }
        return figures


def _connect(peer: Liveblog, crowd: Crowd, room: int, most: int, console: Console) -> dict[str, Any]:
    """Connect readers until there are `room` of them or memory runs short. Says what bounded them."""
    bound = f"{most:,} were asked for" if room == most else f"open files: {room:,}"
    cpu, took = peer.cpu(), 0.0
    while len(crowd.members) < room:
        if available() < SPARE:
            bound = f"memory: {available() >> 20:,} MiB were left"
            break
        took += crowd.connect(min(STEP, room - len(crowd.members)), within=WITHIN)
        console.print(f"{len(crowd.members):,} readers, {took:,.0f} s, {available() >> 20:,} MiB left")
    return {
        "readers": len(crowd.members),
        "bounded_by": bound,
        "connects_per_s": round(len(crowd.members) / took),
        "connect_cpu_us": round((peer.cpu() - cpu) / len(crowd.members) * 1e6),
    }


def _idle(peer: Liveblog, crowd: Crowd) -> float:
    cpu, began = peer.cpu(), time.perf_counter()
    while time.perf_counter() - began < IDLE_SECONDS:
        crowd.turn(0.2)
    return round((peer.cpu() - cpu) / (time.perf_counter() - began), 2)


def _posts(peer: Liveblog, crowd: Crowd) -> dict[str, Any]:
    """From the call that publishes to the last reader; beats and pings go on meanwhile."""
    last = []
    for _ in range(POSTS):
        crowd.start_counting()
        began = peer.begin()
        last.append(crowd.until_each_has(1, within=WITHIN) - began)
        peer.end()
    return {"last_reader_s": round(statistics.median(last), 2), "last_reader_best_s": round(min(last), 2)}


def _return(peer: Liveblog, crowd: Crowd, count: int) -> dict[str, Any]:
    """A tenth leaves, misses some posts, and comes back at once, while all others stay."""
    position = peer.position()
    for member in list(crowd.members.values())[:count]:
        crowd.drop(member)
    crowd.start_counting()
    peer.publish(MISSED)
    crowd.until_each_has(MISSED, within=WITHIN)
    crowd.speak(Protocol(peers.SOCKET_IO, {"blog": peers.SLUG, **position}))
    return {"return": count, "return_s": round(crowd.connect(count, within=WITHIN), 1)}
