"""As many idle readers as this machine holds: what each costs, and how soon the last has a post.

Both ends of each connection are on this machine, so the kernel holds two sockets a reader and a real server one. Where
a process may not open as many files, there are several web processes, and as many processes of readers.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from multiprocessing.connection import Connection
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
    with open_files(most + OWN_FILES) as files, ExitStack() as stack:
        room = files - OWN_FILES
        processes = -(-most // room)
        peer = stack.enter_context(peers.liveblog(BODY, LIVEBLOG_WORKERS=str(processes)))
        os.sched_setaffinity(0, {peers.CROWD_CORE})
        crowds = [stack.enter_context(closing(Readers(peer.crowd()))) for _ in range(processes)]
        before, kernel = peer.memory(), Kernel()
        figures = _connect(peer, crowds, most, console)
        count = figures["readers"]
        figures |= {
            "processes": processes,
            "our_megabytes": round((peer.memory() - before) / 1e6),
            "our_bytes_a_reader": round((peer.memory() - before) / count),
            "kernel_bytes_a_socket": round(kernel.grown() / 2 / count),
            "idle_cores": _idle(peer),
            **_posts(peer, crowds),
            **_return(peer, crowds, count // 10),
            "our_megabytes_at_the_end": round((peer.memory() - before) / 1e6),
        }
        return figures


class Readers:
    """A crowd in a process of its own, which answers pings whatever else happens."""

    def __init__(self, crowd: Crowd) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("fork").Process(target=_answer, args=(theirs, crowd))
        self._process.start()

    def begin(self, act: str, *arguments: Any) -> None:
        self._pipe.send((act, arguments))

    def end(self) -> float:
        found: float = self._pipe.recv()
        return found

    def close(self) -> None:
        self._process.kill()
        self._process.join()


def _answer(pipe: Connection, crowd: Crowd) -> None:
    """Do what is asked for, and be readers meanwhile."""

    def leave(count: int) -> None:
        for member in list(crowd.members.values())[:count]:
            crowd.drop(member)

    def back(count: int, protocol: Protocol) -> float:
        crowd.speak(protocol)
        return crowd.connect(count, within=WITHIN)

    acts: dict[str, Callable[..., float | None]] = {
        "connect": partial(crowd.connect, within=WITHIN),
        "count": crowd.start_counting,
        "until each has": partial(crowd.until_each_has, within=WITHIN),
        "leave": leave,
        "back": back,
    }
    while True:
        while not pipe.poll():
            crowd.turn(0.05)
        act, arguments = pipe.recv()
        pipe.send(acts[act](*arguments))


def _all(crowds: list[Readers], act: str, *arguments: Any) -> list[float]:
    """Have all do something at the same time."""
    for crowd in crowds:
        crowd.begin(act, *arguments)
    return [crowd.end() for crowd in crowds]


def _connect(peer: Liveblog, crowds: list[Readers], most: int, console: Console) -> dict[str, Any]:
    """Connect readers until there are `most` of them or memory runs short. Says what bounded them."""
    bound = f"{most:,} were asked for"
    cpu, took, count = peer.cpu(), 0.0, 0
    while most - count >= len(crowds):  # each connects as many
        if available() < SPARE:
            bound = f"memory: {available() >> 20:,} MiB were left"
            break
        each = min(STEP, most - count) // len(crowds)
        took += max(_all(crowds, "connect", each))
        count += each * len(crowds)
        console.print(f"{count:,} readers, {took:,.0f} s, {available() >> 20:,} MiB left")
    return {
        "readers": count,
        "bounded_by": bound,
        "connects_per_s": round(count / took),
        "connect_cpu_us": round((peer.cpu() - cpu) / count * 1e6),
    }


def _idle(peer: Liveblog) -> float:
    cpu, began = peer.cpu(), time.perf_counter()
    time.sleep(IDLE_SECONDS)
    return round((peer.cpu() - cpu) / (time.perf_counter() - began), 2)


def _posts(peer: Liveblog, crowds: list[Readers]) -> dict[str, Any]:
    """From the call that publishes to the last reader; beats and pings go on meanwhile."""
    last = []
    for _ in range(POSTS):
        _all(crowds, "count")
        began = peer.begin()
        last.append(max(_all(crowds, "until each has", 1)) - began)
        peer.end()
    return {"last_reader_s": round(statistics.median(last), 2), "last_reader_best_s": round(min(last), 2)}


def _return(peer: Liveblog, crowds: list[Readers], count: int) -> dict[str, Any]:
    """Some leave, miss some posts, and come back at once, while all others stay."""
    position, each = peer.position(), count // len(crowds)
    _all(crowds, "leave", each)
    _all(crowds, "count")
    peer.publish(MISSED)
    _all(crowds, "until each has", MISSED)
    back = _all(crowds, "back", each, Protocol(peers.SOCKET_IO, {"blog": peers.SLUG, **position}))
    return {"return": each * len(crowds), "return_s": round(max(back), 1)}
