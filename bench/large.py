"""A long night with 5,000 posts in one blog: the time from start to a served page, and the live page's own time."""

from __future__ import annotations

import http.client
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import track

from liveblog import actions
from liveblog.actions import Plan, View
from liveblog.store.commits import Store
from liveblog.store.embedded import ensure

from .server import served


def measure(posts: int) -> dict[str, Any]:
    """Seconds from `liveblog serve` to the served live page, then milliseconds of the page inside the application."""
    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        data = Path(folder) / "data"
        _fill(data, posts)
        started = _start(data)
        app = _in_process(data)
    return {"posts": posts, "start_s": round(started, 2), **app}


def _fill(data: Path, posts: int) -> None:
    embedded = ensure(data)
    store = Store(embedded.url)
    store.perform("night", lambda view: actions.create_blog(view, slug="night", title="Night", status="live"), by="b")
    for start in track(range(0, posts, 100), "writing posts"):
        store.perform("night", partial(_batch, start=start), by="bench")
    store.close()
    embedded.stop()


def _batch(view: View, start: int) -> Plan:
    plans = [
        actions.publish(view, "night", body=f"Update {n}. " + "All quiet. " * 40) for n in range(start, start + 100)
    ]
    return Plan(public=[obj for plan in plans for obj in plan.public])


def _start(data: Path) -> float:
    began = time.monotonic()
    with served(data) as (netloc, _):
        connection = http.client.HTTPConnection(netloc)
        connection.request("GET", "/live/night")
        assert connection.getresponse().status == 200
        return time.monotonic() - began


def _in_process(data: Path) -> dict[str, Any]:
    """Call the application directly: the page from memory, and the page after each change."""
    from liveblog.app import create_app
    from liveblog.config import Settings

    embedded = ensure(data)
    app = create_app(Settings.from_environ({"LIVEBLOG_REDIS_URL": embedded.url}))
    client, services = app.test_client(), app.extensions["liveblog"]
    client.get("/live/night")
    again = [_timed(client) for _ in range(200)]
    changed = []
    for number in range(50):
        commit = services.store.perform(
            "night", lambda view, n=number: actions.publish(view, "night", body=f"Late {n}"), by="b"
        )
        services.tails.reach("night", commit.seq)
        changed.append(_timed(client))
    services.reader.stop()
    services.store.close()
    embedded.stop()
    return {
        "page_again_ms": round(statistics.median(again), 2),
        "page_after_change_ms": round(statistics.median(changed), 2),
        "page_after_change_worst_ms": round(max(changed), 2),
    }


def _timed(client: Any) -> float:
    began = time.perf_counter()
    assert client.get("/live/night").status_code == 200
    return (time.perf_counter() - began) * 1000
