"""The /live namespace of a real server."""

from __future__ import annotations

import socket
from functools import partial
from typing import Any

import pytest
import websocket

from liveblog import actions
from liveblog.actions import Plan, View
from tests.live_server import LiveServer, live_server, until
from tests.push.socket_client import Line, Reader, Refused


def next_named(line: Line, wanted: str) -> dict[str, Any]:
    """The next event of this name."""
    for _ in range(100):
        name, payload = line.event()
        if name == wanted:
            return payload
    raise AssertionError(f"no {wanted}")


def whole_frames(line: Line) -> int:
    """The number of events that still arrive, each whole, before the connection is found to be cut."""
    for number in range(1000):
        try:
            assert line.event()[0] in ("sync", "change", "head")
        except (OSError, websocket.WebSocketException):
            return number
    raise AssertionError("the line is still open")


def test_a_new_reader_gets_the_state_and_then_each_change(server: LiveServer) -> None:
    slug = server.open("first")
    line = Line(server.url, {"blog": slug})
    sync = next_named(line, "sync")
    assert set(sync) == {"epoch", "seq", "mark", "reset", "objects", "tally", "retry_ms"}
    assert (sync["seq"], sync["reset"], len(sync["objects"])) == (1, False, 4)
    posted = server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open", "headline": "Here we go"}).json()
    change = next_named(line, "change")
    assert set(change) == {"epoch", "seq", "mark", "prev", "prev_mark", "at", "objects"}
    assert (change["prev"], change["seq"], change["objects"]) == (1, 2, [posted])
    assert change["prev_mark"] == sync["mark"] != change["mark"]
    assert "<article" in posted["html"]
    line.close()


def test_the_tally_comes_where_it_changed_and_a_new_reader_has_it_too(server: LiveServer) -> None:
    slug = server.open("tally")
    reader = Line(server.url, {"blog": slug})
    sync = next_named(reader, "sync")
    tally, category = sync["tally"], next(obj for obj in sync["objects"] if obj["kind"] == "category")
    path, winner = f"/blogs/{slug}/categories/{category['id']}", category["nominees"][0]["id"]
    sent = []
    for act, body in (
        ("on-stage", None),
        ("announce", {"winners": [winner]}),
        ("confirm", None),
        ("recall", {"note": "The envelope was the wrong one"}),
    ):
        assert server.api("POST", f"{path}/{act}", body).ok
        change = next_named(reader, "change")
        sent.append("tally" in change)
        tally = change.get("tally", tally)
        newest = Line(server.url, {"blog": slug})
        assert next_named(newest, "sync")["tally"] == tally
        newest.close()
    assert sent == [True, True, False, True]  # the first one that the audience is sent, and then those that differ
    reader.close()


def test_a_returning_reader_gets_exactly_what_was_missed(server: LiveServer) -> None:
    slug = server.open("away")
    line = Line(server.url, {"blog": slug})
    sync = next_named(line, "sync")
    line.close()
    ids = [server.api("POST", f"/blogs/{slug}/posts", {"body": f"Update {n}"}).json()["id"] for n in range(3)]
    server.api("DELETE", f"/blogs/{slug}/posts/{ids[1]}")
    back = next_named(Line(server.url, {"blog": slug, "epoch": sync["epoch"], "seq": sync["seq"]}), "sync")
    assert back["reset"] is False
    assert [(o["id"], o.get("retracted", False)) for o in back["objects"]] == [
        (ids[0], False),
        (ids[2], False),
        (ids[1], True),
    ]
    assert set(back["objects"][2]) == {"kind", "id", "seq", "retracted"}


def test_a_foreign_position_or_one_ahead_starts_over(server: LiveServer) -> None:
    slug = server.open("strange")
    epoch = server.state(slug)["epoch"]
    for position in ({"epoch": "another", "seq": 1}, {"epoch": epoch, "seq": 99}):
        sync = next_named(Line(server.url, {"blog": slug, **position}), "sync")
        assert sync["reset"] is True
        assert len(sync["objects"]) == 4


@pytest.mark.parametrize(
    ("auth", "code"),
    [
        ({"blog": "nowhere"}, "not_found"),
        ({"blog": 7}, "bad_request"),
        ({}, "bad_request"),
        ({"blog": "bad", "epoch": "x"}, "bad_position"),
        ({"blog": "bad", "epoch": "x", "seq": -1}, "bad_position"),
        ({"blog": "bad", "epoch": "x", "seq": True}, "bad_position"),
        ({"blog": "bad", "epoch": ["x"], "seq": 1}, "bad_position"),
    ],
)
def test_a_bad_introduction_is_refused_with_a_code(server: LiveServer, auth: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as no:
        Line(server.url, auth)
    assert no.value.args[0]["data"] == {"code": code}


def test_head_repeats_the_position(server: LiveServer) -> None:
    slug = server.open("head")
    line = Line(server.url, {"blog": slug})
    sync, head = next_named(line, "sync"), next_named(line, "head")
    assert head == {name: sync[name] for name in ("epoch", "seq", "mark")}


def test_a_catch_up_too_large_for_a_socket_is_fetched_whole(server: LiveServer) -> None:
    slug = server.open("large")

    def flood(view: View) -> Plan:
        plans = [actions.publish(view, slug, body=f"Update {n}") for n in range(5000)]
        return Plan(public=[obj for plan in plans for obj in plan.public])

    server.store.perform(slug, flood, by="test")
    until(lambda: server.state(slug)["seq"] == 2)
    assert next_named(Line(server.url, {"blog": slug}), "sync")["objects"] is None
    reader = Reader(server.url, slug)
    reader.start()
    until(lambda: len(reader.objects) == 5004)
    reader.leaving.set()


def test_a_stalled_reader_is_closed_and_nobody_else_notices(server: LiveServer) -> None:
    slug = server.open("stalled")
    small = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 4096),)
    stalled = Line(server.url, {"blog": slug}, sockopt=small)
    reader = Reader(server.url, slug)
    reader.start()
    until(lambda: reader.seq == 1)

    def has(seq: int) -> bool:
        return reader.seq == seq

    for n in range(120):
        assert server.api("POST", f"/blogs/{slug}/posts", {"body": f"{n} " + "x" * 40_000}).status_code == 201
        until(partial(has, n + 2))
    assert 0 < whole_frames(stalled) < 120
    reader.leaving.set()


def test_a_planned_stop_says_bye_and_every_worker_serves() -> None:
    with live_server("serve", "--workers", "2") as running:
        slug = running.open()
        lines = [Line(running.url, {"blog": slug}) for _ in range(8)]
        for line in lines:
            next_named(line, "sync")
        posted = running.api("POST", f"/blogs/{slug}/posts", {"body": "To all"}).json()
        assert all(next_named(line, "change")["objects"][0]["id"] == posted["id"] for line in lines)
        running.process.terminate()
        assert all(next_named(line, "bye")["retry_ms"] > 0 for line in lines)
        assert running.process.wait(60) == 0


def test_when_a_blog_is_deleted_its_readers_are_disconnected(server: LiveServer) -> None:
    slug = server.open("deleted")
    line = Line(server.url, {"blog": slug})
    next_named(line, "sync")
    server.store.delete(slug)
    assert whole_frames(line) < 10
    with pytest.raises(Refused) as no:
        Line(server.url, {"blog": slug})
    assert no.value.args[0]["data"] == {"code": "not_found"}
