"""The desk's namespace: both timelines, presence, and the figures of the last change."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
import socketio

from liveblog.store.accounts import Account
from liveblog.store.people import People
from tests.live_server import LiveServer, live_server, until
from tests.push.socket_client import Reader


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """Two web processes."""
    with live_server("serve", "--workers", "2", LIVEBLOG_HEAD_SECONDS="1") as running:
        yield running


class Desk:
    """A stock client on /desk. It keeps the events by name and timeline."""

    def __init__(self, server: LiveServer, slug: str, name: str = "ada", **auth: Any) -> None:
        self.heard: dict[str, list[Any]] = {}
        self.client = socketio.Client(reconnection=False)
        self.client.on("*", self._keep, namespace="/desk")
        self.token = People(server.store).tokens.add(name, "editor", slug)
        self.client.connect(
            server.url,
            namespaces=["/desk"],
            transports=["websocket"],
            auth={"blog": slug, "token": self.token, **auth},
            wait_timeout=60,
        )

    def _keep(self, event: str, payload: Any = None) -> None:
        self.heard.setdefault(event, []).append(payload)

    def last(self, event: str, scope: str | None = None) -> Any:
        found = [each for each in self.heard.get(event, []) if scope is None or each["scope"] == scope]
        return found[-1] if found else None

    def edit(self, ref: str | None) -> None:
        self.client.emit("editing", {"ref": ref}, namespace="/desk")

    def people(self) -> list[tuple[str, str | None]]:
        return [(one["name"], one["editing"]) for one in (self.last("presence") or {"people": []})["people"]]

    def leave(self) -> None:
        self.client.disconnect()


def test_both_timelines_arrive_whole_and_then_each_change(server: LiveServer) -> None:
    slug = server.open("both")
    server.api("POST", f"/blogs/{slug}/drafts", {"body": "Before"})
    desk = Desk(server, slug)
    public, private = until(lambda: desk.last("sync", "public")), until(lambda: desk.last("sync", "desk"))
    assert (public["seq"], len(public["objects"])) == (1, 4)
    assert [each["body"] for each in private["objects"]] == ["Before"]
    draft = server.api("POST", f"/blogs/{slug}/drafts", {"body": "Now"}).json()
    change = until(lambda: desk.last("change", "desk"))
    assert (change["prev"], change["seq"], change["objects"]) == (1, 2, [draft])
    post = server.api("POST", f"/blogs/{slug}/drafts/{draft['id']}/publish", {}).json()
    assert until(lambda: desk.last("change", "public"))["objects"] == [post]
    until(lambda: desk.last("change", "desk")["objects"][0].get("gone"))
    until(lambda: desk.last("head") and desk.last("head")["desk_seq"] == 3)
    back = Desk(server, slug, epoch=public["epoch"], seq=1, desk_seq=2)
    assert [each["id"] for each in until(lambda: back.last("sync", "public"))["objects"]] == [post["id"]]
    assert [each["seq"] for each in until(lambda: back.last("sync", "desk"))["objects"]] == [3]
    desk.leave()
    back.leave()


def test_strangers_are_refused_with_a_reason(server: LiveServer) -> None:
    slug = server.open("strangers")
    elsewhere = People(server.store).tokens.add("eve", "editor", "elsewhere")
    for auth, code in (({}, "not_signed_in"), ({"token": "no"}, "not_signed_in"), ({"token": elsewhere}, "forbidden")):
        client = socketio.Client(reconnection=False)
        said: list[Any] = []
        client.on("connect_error", said.append, namespace="/desk")
        with pytest.raises(socketio.exceptions.ConnectionError):
            client.connect(server.url, namespaces=["/desk"], transports=["websocket"], auth={"blog": slug, **auth})
        assert said[0]["data"]["code"] == code
        client.disconnect()


def test_a_person_who_is_shut_out_is_disconnected(server: LiveServer) -> None:
    slug = server.open("shut-out")
    people = People(server.store)
    people.accounts.put(Account(name="Gil", role="editor", blogs=[slug]))
    session = people.sessions.open("Gil")
    client = socketio.Client(reconnection=False)
    cookie = {"Cookie": f"liveblog_session={session}"}
    client.connect(server.url, headers=cookie, namespaces=["/desk"], transports=["websocket"], auth={"blog": slug})
    people.sessions.close_all("Gil")
    until(lambda: not client.connected or not client.namespaces)
    client.disconnect()


def test_people_see_each_other_across_processes_until_soon_after_their_connection_ends(server: LiveServer) -> None:
    slug = server.open("here-now")
    desks = [Desk(server, slug, name) for name in ("ada", "ben", "cem", "dot")]  # almost certainly on both processes
    desks[0].edit("post:1")
    until(lambda: ("ada", "post:1") in desks[3].people() and len(desks[3].people()) == 4)
    desks[0].edit(None)
    until(lambda: ("ada", None) in desks[3].people())
    line = desks[1].client.eio.ws.sock
    assert line is not None
    line.shutdown(2)  # cut without a close
    until(lambda: sorted(name for name, _ in desks[3].people()) == ["ada", "cem", "dot"])
    for desk in desks:
        desk.leave()


def test_the_desk_gets_the_number_of_readers_and_how_fast_they_had_a_change(server: LiveServer) -> None:
    slug = server.open("figures")
    readers = [Reader(server.url, slug) for _ in range(6)]
    for reader in readers:
        reader.start()
    desk = Desk(server, slug)
    until(lambda: (desk.last("figures") or {}).get("readers") == 6)  # the desk itself does not count
    called = {"winners": ["sean-baker"]}
    server.api("POST", f"/blogs/{slug}/categories/director/announce", called)
    last = until(lambda: (found := desk.last("figures")["last"]) and found["readers"] == 6 and found)
    assert last["seq"] == 2
    assert 0 <= last["ms"] < 5000

    def call() -> dict[str, Any]:
        found: dict[str, Any] = server.api("GET", f"/blogs/{slug}/calls").json()["calls"][0]
        return found

    until(lambda: call().get("readers") == 6)  # each process keeps its part of it once in a while
    assert call()["ms"] == last["ms"]
    assert server.api("GET", f"/blogs/{slug}/audience").json()["points"]
    desk.leave()
    for reader in readers:
        reader.leaving.set()


@pytest.mark.fault
def test_a_scheduled_draft_is_published_once_although_the_process_that_took_it_is_killed() -> None:
    with live_server("serve", "--workers", "2") as server:
        slug = server.open("killed")
        due = time.time() + 2
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(due)) + ".000Z"
        for number in range(5):
            server.api("POST", f"/blogs/{slug}/drafts", {"body": f"Number {number}", "publish_at": at})
        os.kill(server.workers()[0], signal.SIGKILL)

        def posts() -> list[Any]:
            return [post for post in server.store.load(slug).posts if post.type == "update"]

        until(lambda: len(posts()) == 5)
        assert sorted(post.body for post in posts()) == [f"Number {n}" for n in range(5)]
        assert min(post.published_at for post in posts()) >= at
        until(lambda: server.store.load(slug, "desk").drafts == [])
