"""Long polls by cursor: who waits at one position asks for one address, and what caches may keep of the answers."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.live_server import LiveServer, live_server, until
from tests.push.socket_client import text_lines

SHARED = "public, max-age=1, must-revalidate"


def address(server: LiveServer, slug: str, cursor: str, call: str = "changes") -> str:
    return f"{server.url}/api/v1/blogs/{slug}/{call}?cursor={cursor}"


def wait(server: LiveServer, slug: str, cursor: str, **headers: str) -> requests.Response:
    return requests.get(address(server, slug, cursor), headers=headers, timeout=60)


def post(server: LiveServer, slug: str, body: str) -> dict[str, Any]:
    made: dict[str, Any] = server.api("POST", f"/blogs/{slug}/posts", {"body": body}).json()
    return made


def was_read(line: socket.socket) -> bool:
    """Whether the server has read all that was sent on a connection; elsewhere than on Linux: true."""
    if sys.platform != "linux":
        return True
    mine = f":{line.getsockname()[1]:04X}"
    theirs = (row.split() for row in Path("/proc/net/tcp").read_text().splitlines() if row.split()[2].endswith(mine))
    return any(row[3] == "01" and row[4].endswith(":00000000") and row[9] != "0" for row in theirs)


def waiting(server: LiveServer, slug: str, cursor: str, act: Callable[[], object]) -> tuple[Message, dict[str, Any]]:
    """The head and the state of the answer to a wait during which the desk does something."""
    with closing(HTTPConnection(server.url.removeprefix("http://"), timeout=60)) as line:
        line.request("GET", address(server, slug, cursor).removeprefix(server.url))
        until(lambda: was_read(line.sock))
        act()
        answer = line.getresponse()
        return answer.headers, json.loads(answer.read())


def test_all_ways_to_a_position_lead_to_one_address(server: LiveServer) -> None:
    slug = server.open("one-address")
    url = f"{server.url}/api/v1/blogs/{slug}"
    beginning = server.state(slug)
    made = post(server, slug, "Doors open")
    cursors = {
        requests.get(f"{url}/changes{query}", timeout=60).json()["cursor"]
        for query in (
            "",
            "?after=0",
            f"?epoch={beginning['epoch']}&after=1",
            f"?after=1&wait=25&epoch={beginning['epoch']}&mark={beginning['mark']}",
            f"?wait=1&epoch={beginning['epoch']}&after=2",
            "?epoch=another&after=7",
            f"?cursor={beginning['cursor']}",
        )
    }
    with requests.get(f"{url}/stream", stream=True, timeout=60) as events:
        data = next(line for line in text_lines(events) if line.startswith("data: "))
    (cursor,) = cursors
    assert f'"cursor":"{cursor}"' in data
    _, state = waiting(server, slug, cursor, lambda: post(server, slug, "The show begins"))
    assert [each["body"] for each in state["objects"]] == ["The show begins"]
    assert state["cursor"] == server.state(slug)["cursor"] != cursor
    assert made["seq"] == state["seq"] - 1


def test_what_caches_may_keep_of_a_wait(server: LiveServer) -> None:
    slug = server.open("kept-of-a-wait")
    cursor = server.state(slug)["cursor"]
    head, state = waiting(server, slug, cursor, lambda: post(server, slug, "Doors open"))
    assert head["Cache-Control"] == SHARED
    late = wait(server, slug, cursor)
    assert (late.json(), late.headers["Cache-Control"]) == (state, SHARED)
    assert wait(server, slug, cursor, If_None_Match=late.headers["ETag"]).json() == late.json()
    assert requests.get(late.url, headers={"If-None-Match": late.headers["ETag"]}, timeout=60).status_code == 304
    first = late.json()["objects"][0]["id"]
    server.api("DELETE", f"/blogs/{slug}/posts/{first}")
    assert wait(server, slug, cursor).json()["objects"] == [{"kind": "post", "id": first, "seq": 3, "retracted": True}]


def test_a_turn_without_a_change_ends_for_all_at_once_and_leads_to_one_other_address(server: LiveServer) -> None:
    slug = server.open("a-turn")
    state = server.state(slug)
    draft = server.open("a-turn-of-a-draft", "draft")
    own = {"Authorization": f"Bearer {server.token}"}
    desks = server.api("GET", f"/blogs/{draft}/changes").json()["cursor"]
    with ThreadPoolExecutor(9) as readers:
        private = readers.submit(wait, server, draft, desks, **own)
        answers = list(readers.map(lambda _: wait(server, slug, state["cursor"]), range(8)))
        assert (private.result().json()["objects"], private.result().headers["Cache-Control"]) == ([], "no-store")
    found = [each.json() for each in answers]
    assert {each.headers["Cache-Control"] for each in answers} == {SHARED}
    assert [each["objects"] for each in found] == [[]] * 8
    (following,) = {each["cursor"] for each in found}
    assert following != state["cursor"]
    _, answer = waiting(server, slug, following, lambda: post(server, slug, "Doors open"))
    assert (answer["seq"], answer["cursor"]) == (2, server.state(slug)["cursor"])


def test_a_process_that_stops_sends_its_waiting_readers_elsewhere() -> None:
    with live_server() as server:
        slug = server.open("stopping")
        cursor = server.state(slug)["cursor"]
        _, answer = waiting(server, slug, cursor, server.stop)
        assert answer["objects"] == []
        assert answer["cursor"] not in ("", cursor)


def test_a_drafts_waits_are_for_its_desk(server: LiveServer) -> None:
    slug = server.open("waiting-draft", "draft")
    found = server.api("GET", f"/blogs/{slug}/changes")
    assert found.headers["Cache-Control"] == "no-store"
    cursor = found.json()["cursor"]
    refused = wait(server, slug, cursor)
    assert (refused.status_code, refused.headers["Cache-Control"]) == (404, "no-store")
    assert requests.get(address(server, slug, cursor, "stream"), timeout=60).status_code == 404
    path = f"/blogs/{slug}/changes?cursor={cursor}"
    post(server, slug, "Private")
    assert server.api("GET", path).headers["Cache-Control"] == "no-store"
    own = {"Authorization": f"Bearer {server.token}"}
    with requests.get(address(server, slug, cursor, "stream"), headers=own, stream=True, timeout=60) as events:
        assert events.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("call", ["changes", "stream"])
@pytest.mark.parametrize("cursor", ["", "x", "e-1", "e-01-m"])
def test_a_cursor_that_was_never_issued_is_refused(server: LiveServer, call: str, cursor: str) -> None:
    slug = server.open("never-issued")
    answer = requests.get(address(server, slug, cursor, call), timeout=60)
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_cursor_of_another_history_leads_to_the_whole_state(server: LiveServer) -> None:
    slug = server.open("another-history")
    state = server.state(slug)
    for cursor in ("another-1-x", f"{state['epoch']}-1-x", f"{state['epoch']}-99-{state['mark']}"):
        assert wait(server, slug, cursor).json() == state | {"reset": True}


def test_a_stream_by_cursor_begins_at_its_position_and_caches_may_share_it(server: LiveServer) -> None:
    slug = server.open("shared-stream")
    state = server.state(slug)
    made = post(server, slug, "Doors open")
    url = address(server, slug, state["cursor"], "stream")
    with requests.get(url, stream=True, timeout=60) as events:
        assert events.headers["Cache-Control"] == SHARED
        lines = (line for line in text_lines(events) if line and not line.startswith(":"))
        assert [next(lines), next(lines)] == ["retry: 1000", f"id: {state['epoch']}:2"]
        assert f'"seq":{made["seq"]}' in next(lines)
    with requests.get(url, headers={"Last-Event-ID": f"{state['epoch']}:2"}, stream=True, timeout=60) as events:
        assert events.headers["Cache-Control"] == "no-store"  # it lacks what others at this address need
        lines = (line for line in text_lines(events) if line.startswith("id: "))
        post(server, slug, "The show begins")
        assert next(lines) == f"id: {state['epoch']}:3"
