"""A short night on a real server, recorded as vectors: what a socket and an event stream bring.

What a client must have after each step is the whole state that the server gives to somebody who comes then. As
`python -m tests.client.night` it writes the vectors that strangers read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import requests

from tests.client.vectors import FOLDER, Vector, recorded
from tests.live_server import LiveServer, live_server
from tests.push.socket_client import Line, text_lines

Steps = list[tuple[str, Any, Any]]
MARKUP = ("html", "decision", "moment")


def record(server: LiveServer) -> list[Vector]:
    slug = server.open("vectors")
    changes = f"{server.url}/api/v1/blogs/{slug}/changes"
    stream = requests.get(changes.replace("changes", "stream"), stream=True, timeout=60)
    line, events = Line(server.url, {"blog": slug}), _events(stream)
    by_socket: Steps = []
    by_stream: Steps = []

    def heard(on: str) -> None:
        """Note what both ways bring, and what a client must have then."""
        state = requests.get(changes, timeout=60).json()
        position = {name: state[name] for name in ("epoch", "seq", "mark")}
        then = {"position": position, "asks": None, "holds": state["objects"], "tally": state["tally"]}
        while (event := line.event())[0] != on:
            pass
        by_socket.append((on, event[1], then))
        by_stream.append(("sync", next(events), then))

    beginning: Any = {"position": {}, "asks": None, "holds": [], "tally": None}
    by_socket.append(("connect", None, beginning))
    by_stream.append(("connect", None, beginning))
    with stream:
        heard("sync")
        for method, path, body in _acts(server, slug):
            answer = server.api(method, f"/blogs/{slug}{path}", body)
            assert answer.ok, answer.text
            heard("change")
        line.close()
        for text in ("Missed in the tunnel.", "This one, too."):
            server.api("POST", f"/blogs/{slug}/posts", {"body": text})
        by_socket.append(("connect", None, by_socket[-1][2]))
        line = Line(server.url, {"blog": slug, **by_socket[-1][2]["position"]})
        next(events)  # the socket's next catch-up has both posts; the stream had an event for each
        heard("sync")
    line.close()
    ways = ("socket: with changes, and a catch-up after a tunnel", by_socket), ("event stream", by_stream[:-1])
    return [recorded(f"a night by {name}", steps) for name, steps in ways]


def _events(stream: requests.Response) -> Iterator[Any]:
    return (json.loads(line[6:]) for line in text_lines(stream) if line.startswith("data: "))


def _acts(server: LiveServer, slug: str) -> Iterator[tuple[str, str, Any]]:
    """Each as method, path and body."""
    director = "/categories/director"
    yield "POST", "/posts", {"headline": "Doors open", "body": "The *first* cars have arrived."}
    (post,) = (each for each in server.state(slug)["objects"] if each.get("headline") == "Doors open")
    yield "PATCH", f"/posts/{post['id']}", {"body": "The first cars are here.", "key": True}
    yield "POST", f"{director}/on-stage", None
    yield "POST", f"{director}/announce", {"winners": ["brady-corbet"]}
    yield "POST", f"{director}/doubt", {"note": "The card may have been the wrong one."}
    yield "POST", f"{director}/recall", {"winners": ["sean-baker"]}
    yield "POST", f"{director}/confirm", None
    yield "PUT", "/pin", {"post": post["id"]}
    yield "DELETE", f"/posts/{post['id']}", None
    yield "POST", "/categories", {"name": "Honorary Award", "id": "honorary-award"}
    yield "DELETE", "/categories/honorary-award", None
    yield "PATCH", "", {"status": "ended"}


def plain(vectors: list[Vector]) -> list[Vector]:
    """Without markup and cursors; ids, epochs, marks and times are numbered as they appear."""
    named: dict[str, str] = {}

    def name(text: str, what: str) -> str:
        alike = sum(each.startswith(what) for each in named.values())
        return named.setdefault(text, f"{what}{alike + 1}")

    def walk(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            if value.get("kind") == "post":
                name(value["id"], "post-")
            if value.get("kind") == "blog":
                named[value["id"]] = "night"
            return {each: walk(value[each], each) for each in value if each not in (*MARKUP, "cursor")}
        if isinstance(value, list):
            return [walk(each) for each in value]
        if not isinstance(value, str):
            return value
        if key in ("epoch", "tally"):
            return name(value, f"{key}-")
        if key in ("mark", "prev_mark"):
            return name(value, "mark-")
        if key in ("pinned", "post"):
            return name(value, "post-")
        if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value):
            return name(value, "time-")
        return named.get(value, value)

    return [walk(vector) for vector in vectors]


def text(value: Any, indent: int = 0) -> str:
    """JSON for people: what fits into a line stands in one."""
    flat = json.dumps(value, ensure_ascii=False)
    if indent + len(flat) <= 98 or not isinstance(value, dict | list):
        return flat
    comma = f",\n{' ' * (indent + 1)}"
    if isinstance(value, list):
        return f"[{comma.join(text(each, indent + 1) for each in value)}]"
    lines: list[str] = []
    for part in (f"{json.dumps(key)}: {text(each, indent + 1)}" for key, each in value.items()):
        fits = lines and indent + len(lines[-1]) + len(part) <= 98 and "\n" not in lines[-1] + part
        lines[-1:] = [f"{lines[-1]}, {part}"] if fits else [*lines[-1:], part]
    return f"{{{comma.join(lines)}}}"


if __name__ == "__main__":
    with live_server() as own:
        (FOLDER / "night.json").write_text(text(plain(record(own))) + "\n")
