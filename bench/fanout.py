"""Thousands of readers on one core, compared with the peers: the time to the last reader, and its cost."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from rich.console import Console
from rich.progress import track

from . import peers
from .crowd import Crowd, Member, Protocol
from .machine import Kernel, open_files
from .peers import Liveblog, Peer

FRAME = 1000
"""Bytes of one post on the wire, for every peer."""
BODY = 141
"""Bytes of text that make a post of this size here, with its rendered article."""
PAGE_BODY = 1000
"""Bytes of text of each of the 39 posts on a live page of about 60 KB."""
ROUNDS = 9
BURST, BURSTS = 20, 3
FILES = 2000
"""Open files besides those of readers: nginx needs two a reader, and a tenth of them more are stalled."""
Starter = Callable[[], AbstractContextManager[Any]]

PEERS: dict[str, Starter] = {
    "bare": lambda: peers.bare(FRAME),
    "liveblog": lambda: peers.liveblog(BODY),
    "liveblog without io_uring": lambda: peers.liveblog(BODY, LIVEBLOG_IO_URING="off"),
    "nchan": lambda: peers.nchan(FRAME),
    "node": lambda: peers.node(FRAME),
    "stock": lambda: peers.stock(FRAME),
}
SECURE: dict[str, Starter] = {
    "liveblog, TLS": lambda: peers.behind_tls(peers.liveblog(BODY)),
    "nchan, TLS": lambda: peers.nchan(FRAME, tls=True),
    "node, TLS": lambda: peers.behind_tls(peers.node(FRAME)),
}
"""Behind the shipped nginx with TLS 1.3; nchan is nginx itself."""


def measure(sizes: list[int], names: list[str], console: Console) -> list[dict[str, Any]]:
    """One row for each peer and number of readers, measured one after the other in one run."""
    os.sched_setaffinity(0, {peers.CROWD_CORE})
    rows = []
    absent = peers.missing()
    for count in sizes:
        for name in names:
            if what := absent.get(name.partition(",")[0]):
                console.print(f"{name}: left out, {what} is missing")
                continue
            console.print(f"{name}, {count} readers …")
            try:
                with open_files(3 * count + FILES), (PEERS | SECURE)[name]() as peer:
                    rows.append({"peer": name, "readers": count, **_peer(peer, count)})
            except (AssertionError, OSError) as no:  # the others' figures stay; stock fails with 10,000 readers here
                console.print(f"{name} failed: {no}", markup=False)
                continue
            rows[-1] |= _against_bare(rows)
            console.print_json(data=rows[-1])
    return rows


def _against_bare(rows: list[dict[str, Any]]) -> dict[str, float]:
    """The last row's time to the last reader as a multiple of the bare loop's with as many readers in this run."""
    row = rows[-1]
    bare = next((each for each in rows if each["peer"] == "bare" and each["readers"] == row["readers"]), None)
    return {"times_bare": round(row["last_reader_ms"] / bare["last_reader_ms"], 2)} if bare else {}


def _peer(peer: Peer, count: int) -> dict[str, Any]:
    before, cpu, hop, kernel = peer.memory(), peer.cpu(), Hop(peer), Kernel()
    crowd = peer.crowd()
    connected = crowd.connect(count)
    figures: dict[str, Any] = {
        "connects_per_s": round(count / connected),
        "connect_cpu_us": round((peer.cpu() - cpu) / count * 1e6),
        "bytes_per_reader": round((peer.memory() - before) / count),
    }
    figures |= hop.held(count)
    figures["kernel_bytes_per_socket"] = round(kernel.grown() / count / (4 if peer.hop else 2))
    figures |= _posts(peer, crowd)
    figures |= _burst(peer, crowd, count)
    figures |= _idle(peer, crowd)
    if isinstance(peer, Liveblog):
        figures |= _stalled(peer, crowd, count)
    cpu = peer.cpu()
    crowd.leave()
    _until_calm(peer)
    figures["vanish_cpu_s"] = round(peer.cpu() - cpu, 2)
    if isinstance(peer, Liveblog):
        figures |= _return(peer, count)
    return figures


def _posts(peer: Peer, crowd: Crowd) -> dict[str, Any]:
    """One post at a time: from the call that publishes to the last reader."""
    last, spread, cpu, hop = [], [], peer.cpu(), Hop(peer)
    for _ in range(ROUNDS):
        _settle(crowd)
        crowd.start_counting()
        began = peer.begin()
        until = crowd.until_each_has(1)
        peer.end()
        last.append(1000 * (until - began))
        spread.append(1000 * (until - min(member.last for member in crowd.members.values())))
    return {
        "last_reader_ms": round(statistics.median(last), 1),
        "last_reader_best_ms": round(min(last), 1),
        "first_to_last_ms": round(statistics.median(spread), 1),
        "delivery_cpu_us": round((peer.cpu() - cpu) / ROUNDS / len(crowd.members) * 1e6, 1),
        **hop.worked("delivery", ROUNDS * len(crowd.members)),
    }


class Hop:
    """What a proxy in front has cost since now, if there is one."""

    def __init__(self, peer: Peer) -> None:
        self._pids = peer.hop
        self._memory, self._cpu = peers.memory(self._pids), peers.cpu(self._pids)

    def held(self, readers: int) -> dict[str, float]:
        taken = peers.memory(self._pids) - self._memory
        if not self._pids:
            return {}
        return {"hop_bytes_per_reader": round(taken / readers), **self.worked("connect", readers)}

    def worked(self, at: str, times: int) -> dict[str, float]:
        taken = peers.cpu(self._pids) - self._cpu
        return {f"hop_{at}_cpu_us": round(taken / times * 1e6, 1)} if self._pids else {}


def _burst(peer: Peer, crowd: Crowd, count: int) -> dict[str, float]:
    best, cpu = 0.0, peers.cpu([*peer.pids, *peer.hop])
    for _ in range(BURSTS):
        _settle(crowd)
        crowd.start_counting()
        began = peer.begin(BURST)
        until = crowd.until_each_has(BURST)
        peer.end()
        best = max(best, BURST * count / (until - began))
    cpu = peers.cpu([*peer.pids, *peer.hop]) - cpu
    gigabits = BURSTS * BURST * count * FRAME * 8 / 1e9
    return {"burst_deliveries_per_s": round(best), "burst_gbit_per_core_s": round(gigabits / cpu, 2)}


def _idle(peer: Peer, crowd: Crowd, seconds: float = 20.0) -> dict[str, float]:
    _settle(crowd)
    cpu, hop, began = peer.cpu(), Hop(peer), time.perf_counter()
    while time.perf_counter() - began < seconds:
        crowd.turn(0.2)
    took = time.perf_counter() - began
    share = round(100 * (peer.cpu() - cpu) / took, 2)
    return {"idle_cpu_percent": share, **hop.worked("idle", round(took * len(crowd.members)))}


def _settle(crowd: Crowd, calm: float = 0.3) -> None:
    """Read until nothing more comes."""
    quiet = time.perf_counter()
    while time.perf_counter() - quiet < calm:
        if crowd.turn(0.05):
            quiet = time.perf_counter()


def _until_calm(peer: Peer) -> None:
    """Wait until the server is idle."""
    spent = -1.0
    while (now := peer.cpu()) > spent + 0.01:
        spent = now
        time.sleep(0.5)


def _stalled(peer: Liveblog, crowd: Crowd, count: int) -> dict[str, Any]:
    """The same posts with a tenth more readers, who do not read."""
    deaf = peer.crowd()
    deaf.connect(count // 10)
    for _ in range(3):  # until their windows are full they cost the same as others
        peer.publish(50)
        _settle(crowd)
    figures = _posts(peer, crowd)
    deaf.leave()
    _settle(crowd)
    return {"last_reader_with_stalled_ms": figures["last_reader_ms"]}


def _return(peer: Liveblog, count: int, missed: int = 10) -> dict[str, Any]:
    """All readers come back at once after missing the same posts; one more post is published meanwhile."""
    position = peer.position()
    peer.publish(missed)
    crowd = peer.crowd(Protocol(peers.SOCKET_IO, {"blog": peers.SLUG, **position}))
    published: list[float] = []
    late = _Latecomer(f'"body":"{peer.number + 1} '.encode())
    crowd.heard = late.heard

    def publish() -> None:
        time.sleep(count / 20_000)
        published.append(peer.begin())

    thread = threading.Thread(target=publish)
    thread.start()
    took = crowd.connect(count)
    thread.join()
    peer.end()
    _settle(crowd)
    last = late.last
    heard = late.count
    crowd.leave()
    _until_calm(peer)
    return {
        "return_s": round(took, 2),
        **({"return_post_late_ms": round(1000 * (last - published[0]))} if heard else {}),
        "return_heard_live": heard,
    }


class _Latecomer:
    """Records when the readers who are connected already get the post that is published during the rush."""

    def __init__(self, mark: bytes) -> None:
        self.mark, self.last, self.count = mark, 0.0, 0

    def heard(self, member: Member, data: bytes) -> None:
        if data.startswith(b'42/live,["change"') and self.mark in data:
            self.last, self.count = time.perf_counter(), self.count + 1


def pages(readers: int = 5000, seconds: float = 10.0) -> dict[str, Any]:
    """The time of a page GET while posts go out to thousands, and the pages per second from memory."""
    os.sched_setaffinity(0, {peers.CROWD_CORE})
    with peers.liveblog(BODY) as peer:
        peer.publish(40)
        crowd = peer.crowd()
        crowd.connect(readers)
        stop = threading.Event()
        times: list[float] = []
        threads = [
            threading.Thread(target=_get, args=(peer, stop, times)),
            threading.Thread(target=_keep_publishing, args=(peer, stop)),
        ]
        for thread in threads:
            thread.start()
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            crowd.turn(0.05)
        stop.set()
        for thread in threads:
            thread.join()
        crowd.leave()
        times.sort()
        return {
            "readers": readers,
            "gets": len(times),
            "page_p50_ms": round(times[len(times) // 2], 1),
            "page_p99_ms": round(times[int(len(times) * 0.99)], 1),
        }


def requests_per_second(seconds: int = 5) -> dict[str, Any]:
    """The live page (about 60 KB plain, less compressed) and its 304, from memory, by wrk on 16 connections."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return {"left_out": "wrk is missing (Debian: apt install wrk)"}
    with peers.liveblog(PAGE_BODY) as peer:
        peer.publish(38)
        url = f"http://127.0.0.1:{peer.port}/live/{peers.SLUG}"
        answer = http.client.HTTPConnection("127.0.0.1", peer.port)
        answer.request("GET", f"/live/{peers.SLUG}")
        page = answer.getresponse()
        size, etag = len(page.read()), page.headers["ETag"]
        known = f"If-None-Match: {etag}"
        return {
            "page_bytes": size,
            "plain_per_s": _wrk(wrk, url, seconds),
            "gzip_per_s": _wrk(wrk, url, seconds, "Accept-Encoding: gzip"),
            "not_modified_per_s": _wrk(wrk, url, seconds, known),
        }


def _wrk(wrk: str, url: str, seconds: int, *headers: str) -> int:
    lines = [word for header in headers for word in ("-H", header)]
    command = [wrk, "-t1", "-c16", f"-d{seconds}s", *lines, url]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    assert found is not None, printed
    assert "Non-2xx" not in printed or "-H" in command, printed
    return round(float(found[1]))


def churn(rounds: int = 100, count: int = 1000) -> dict[str, Any]:
    """Memory over many connects and disconnects: it must stop growing."""
    os.sched_setaffinity(0, {peers.CROWD_CORE})
    with peers.liveblog(BODY) as peer:
        levels = []
        for _ in track(range(rounds), "readers come and go"):
            crowd = peer.crowd()
            crowd.connect(count)
            crowd.leave()
            levels.append(peer.memory())
        _until_calm(peer)
        tenth = rounds // 10
        return {
            "connects": rounds * count,
            "after_the_first_tenth_mb": round(levels[tenth - 1] / 1e6, 1),
            "at_the_end_mb": round(peer.memory() / 1e6, 1),
        }


def _get(peer: Liveblog, stop: threading.Event, times: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", peer.port)
    while not stop.is_set():
        began = time.perf_counter()
        connection.request("GET", f"/live/{peers.SLUG}", headers={"Accept-Encoding": "gzip"})
        connection.getresponse().read()
        times.append(1000 * (time.perf_counter() - began))
        time.sleep(0.01)


def _keep_publishing(peer: Liveblog, stop: threading.Event) -> None:
    while not stop.wait(0.3):
        peer.publish()
