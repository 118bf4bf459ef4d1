"""Many nights in one installation: what 1, 100, 1,000 and 5,000 blogs of 200 posts cost the live one.

    .venv/bin/python -m bench nights

One process on embedded storage. Ten blogs are warm; one reader follows the newest one.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import track
from rich.table import Table

from liveblog import actions
from liveblog.actions import Plan, View
from liveblog.store.commits import Store
from liveblog.store.embedded import ensure, locate
from liveblog.store.people import People

from .server import served

BLOGS = (1, 100, 1000, 5000)
POSTS = 200
WARM = 10
IDLE_SECONDS = 10
SENT = 30
"""Number of timed posts."""
TICK = os.sysconf("SC_CLK_TCK")
COLUMNS = {
    "start_s": "start to served, s",
    "idle_cpu_percent": "idle, % of a core",
    "storage_cpu_percent": "storage idle, %",
    "memory_mb": "process, MB",
    "cold_ms": "cold page, ms",
    "index_ms": "index, ms",
    "list_ms": "GET /blogs, ms",
    "acknowledged_ms": "acknowledged, ms",
    "seen_ms": "seen, ms",
}


def measure(sizes: tuple[int, ...] = BLOGS) -> list[dict[str, Any]]:
    """One row for each number of blogs."""
    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        data, before, rows = Path(folder) / "data", 0, []
        for blogs in sizes:
            _fill(data, before, blogs)
            rows.append({"blogs": blogs, **_served(data, blogs)})
            before = blogs
        return rows


def table(rows: list[dict[str, Any]]) -> Table:
    made = Table("blogs", *COLUMNS.values())
    for row in rows:
        made.add_row(f"{row['blogs']:,}", *(f"{row[name]:,}" for name in COLUMNS))
    return made


def _fill(data: Path, first: int, end: int) -> None:
    embedded = ensure(data)
    store = Store(embedded.url)
    for n in track(range(first, end), f"writing {end - first} blogs"):
        slug = f"night-{n}"
        store.perform(slug, partial(_blog, slug=slug), by="bench")
        store.perform(slug, partial(_posts, slug=slug), by="bench")
        if n < end - 1:
            store.perform(slug, partial(actions.edit_blog, slug=slug, status="ended"), by="bench")
    store.close()
    embedded.stop()


def _blog(view: View, slug: str) -> Plan:
    return actions.create_blog(view, slug=slug, title=f"The night {slug}", summary="All of it.", status="live")


def _posts(view: View, slug: str) -> Plan:
    plans = [actions.publish(view, slug, body=f"Update {n}. " + "All quiet. " * 20) for n in range(POSTS)]
    return Plan(public=[obj for plan in plans for obj in plan.public])


def _served(data: Path, blogs: int) -> dict[str, Any]:
    began = time.monotonic()
    with served(data) as (url, master):
        newest = f"night-{blogs - 1}"
        _get(url, f"/live/{newest}")
        found: dict[str, Any] = {"start_s": round(time.monotonic() - began, 2)}
        store = Store(str(locate(data)))
        token = People(store).tokens.add("bench", "admin")
        cold = [_timed(partial(_get, url, f"/live/night-{n}")) for n in range(min(WARM, blogs) - 1)]
        found["cold_ms"] = round(statistics.median(cold or [0.0]), 1)
        found["index_ms"] = round(statistics.median(_timed(lambda: _get(url, "/")) for _ in range(9)), 1)
        found["list_ms"] = round(statistics.median(_timed(lambda: _get(url, "/api/v1/blogs")) for _ in range(9)), 1)
        found |= _posted(url, newest, token)
        worker = _child(master)
        found["idle_cpu_percent"], found["storage_cpu_percent"] = _idle(worker, int((data / "server.pid").read_text()))
        found["memory_mb"] = round(_memory(worker) / 1e6)
        store.close()
        return found


def _get(netloc: str, path: str) -> bytes:
    connection = http.client.HTTPConnection(netloc, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.status == 200, (path, answer.status)
        return answer.read()
    finally:
        connection.close()


def _posted(netloc: str, slug: str, token: str) -> dict[str, float]:
    """Medians in milliseconds from sending a post until it is acknowledged, and until an open stream has it."""
    stream, desk = (http.client.HTTPConnection(netloc, timeout=60) for _ in range(2))
    acknowledged, seen = [], []
    try:
        state = json.loads(_get(netloc, f"/api/v1/blogs/{slug}/changes?after=0"))
        stream.request("GET", f"/api/v1/blogs/{slug}/stream?epoch={state['epoch']}&after={state['seq']}")
        lines = stream.getresponse()
        for n in range(SENT):
            body = json.dumps({"body": f"Timed {n}."}).encode()
            began = time.perf_counter()
            desk.request("POST", f"/api/v1/blogs/{slug}/posts", body, {"Authorization": f"Bearer {token}"})
            answer = desk.getresponse()
            answer.read()
            assert answer.status == 201
            acknowledged.append(time.perf_counter() - began)
            while f"Timed {n}.".encode() not in lines.readline():
                pass
            seen.append(time.perf_counter() - began)
            time.sleep(0.05)
    finally:
        stream.close()
        desk.close()
    return {
        "acknowledged_ms": round(1000 * statistics.median(acknowledged), 1),
        "seen_ms": round(1000 * statistics.median(seen), 1),
    }


def _idle(*pids: int) -> list[float]:
    """Each process's share of a core while nothing happens, in per cent."""
    time.sleep(2)
    before = [_cpu(pid) for pid in pids]
    time.sleep(IDLE_SECONDS)
    return [round(100 * (_cpu(pid) - used) / IDLE_SECONDS, 2) for pid, used in zip(pids, before, strict=True)]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _child(master: int) -> int:
    """The web process's id."""
    kids = subprocess.run(["pgrep", "-P", str(master)], capture_output=True, text=True, check=True).stdout.split()
    return next(int(kid) for kid in kids if b"\0-m\0liveblog\0" in Path(f"/proc/{kid}/cmdline").read_bytes())


def _timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)
