"""The shipped nginx makes one request of many long polls by cursor: of those that begin in a second at one position."""

from __future__ import annotations

import json
import selectors
import socket
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.deploy.nginx import needed, nginx
from tests.deploy.origin import Origin, ask, keepers_clock, later
from tests.live_server import LiveServer, until
from tests.watch.test_metrics import figure

pytestmark = [pytest.mark.fault, needed]
READERS = 1000
FEW = 5
"""Requests at the web processes that a change may cost, however many readers wait for it."""
SHARED = "public, max-age=1, must-revalidate"
PATH = "/api/v1/blogs/anora/changes?cursor="


class Crowd:
    """Readers that all ask for one address of nginx, each on a connection of its own."""

    def __init__(self, front: str, path: str, count: int, *fields: str) -> None:
        host, _, port = front.removeprefix("http://").partition(":")
        head = "".join(f"{line}\r\n" for line in (f"GET {path} HTTP/1.0", f"Host: {host}:{port}", *fields, ""))
        self.received: dict[socket.socket, bytes] = {}
        self._selector = selectors.DefaultSelector()
        for _ in range(count):
            line = socket.create_connection((host, int(port)), 60)
            line.sendall(head.encode())
            self.received[line] = b""
            self._selector.register(line, selectors.EVENT_READ)

    def leave(self, count: int) -> None:
        for line in list(self.received)[:count]:
            self._selector.unregister(line)
            del self.received[line]
            line.close()

    def answers(self) -> list[tuple[int, str]]:
        """Status and body of all answers, once they are whole."""
        while self._selector.get_map():
            ready = self._selector.select(60)
            assert ready, f"{len(self._selector.get_map())} readers have no answer"
            for key, _ in ready:
                line: socket.socket = key.fileobj  # type: ignore[assignment]
                self._take(line, line.recv(65536))
        self._selector.close()
        parts = [each.partition(b"\r\n\r\n") for each in self.received.values()]
        return [(int(head.split()[1]), body.decode()) for head, _, body in parts]

    def _take(self, line: socket.socket, more: bytes) -> None:
        self.received[line] += more
        if not more:
            self._selector.unregister(line)
            line.close()


# -- before web processes


@contextmanager
def before(server: LiveServer) -> Iterator[str]:
    port = int(server.url.rpartition(":")[2])
    with tempfile.TemporaryDirectory(prefix="lb") as folder, nginx(Path(folder), [port]) as front:
        yield front


def asked(server: LiveServer) -> float:
    """Questions for changes that the web processes answered."""
    routes = ("api.get_changes", "api.get_changes.wait")
    return sum(figure(server, "liveblog_http_seconds_count", route=route) for route in routes)


def address(slug: str, cursor: str) -> str:
    return f"/api/v1/blogs/{slug}/changes?cursor={cursor}"


def test_a_thousand_waiting_readers_cost_a_few_requests_a_change(server: LiveServer) -> None:
    slug = server.open("crowd")
    cursor = server.state(slug)["cursor"]
    with before(server) as front:
        for number in range(3):
            begun = asked(server)
            crowd = Crowd(front, address(slug, cursor), READERS)
            server.api("POST", f"/blogs/{slug}/posts", {"body": f"Update {number}"})
            found = crowd.answers()
            assert {status for status, _ in found} == {200}
            told = [json.loads(body) for _, body in found]
            assert [[post["body"] for post in each["objects"]] for each in told] == [[f"Update {number}"]] * READERS
            (cursor,) = {each["cursor"] for each in told}
            assert asked(server) - begun <= FEW


def test_a_turn_without_a_change_costs_a_few_requests_and_leads_all_readers_to_one_address(server: LiveServer) -> None:
    slug = server.open("quiet-crowd")
    cursor = server.state(slug)["cursor"]
    with before(server) as front:
        begun = asked(server)
        told = [json.loads(body) for _, body in Crowd(front, address(slug, cursor), READERS).answers()]
        assert {(each["seq"], len(each["objects"])) for each in told} == {(1, 0)}
        (following,) = {each["cursor"] for each in told}
        assert following != cursor
        assert asked(server) - begun <= FEW


def test_readers_that_wait_while_the_blog_is_deleted_and_made_anew_get_the_new_one(server: LiveServer) -> None:
    slug = server.open("anew")
    cursor = server.state(slug)["cursor"]
    with before(server) as front:
        waiting = Crowd(front, address(slug, cursor), 200)
        server.store.delete(slug)
        assert {status for status, _ in waiting.answers()} == {404}
        server.open(slug)
        later(front)
        found = {body for _, body in Crowd(front, address(slug, cursor), 200).answers()}
        (state,) = map(json.loads, found)
        assert (state["reset"], state["epoch"]) == (True, server.state(slug)["epoch"])


def test_other_sites_pages_and_caches_of_their_own_wait_too(server: LiveServer) -> None:
    slug = server.open("elsewhere")
    old = server.state(slug)["cursor"]
    server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open. " * 100})
    with before(server) as front:
        url = front + address(slug, old)
        for coding in ("gzip", "identity"):
            found = ask(url, coding, Origin="https://news.example")
            assert found.headers["Access-Control-Allow-Origin"] == "*"
            assert found.headers.get("Content-Encoding", "identity") == coding
            assert "Accept-Encoding" in found.headers["Vary"]
            assert found.headers["Cache-Control"] == SHARED
            assert ask(url, coding, If_None_Match=found.headers["ETag"]).status_code == 304


def test_a_retracted_post_is_in_no_answer_to_a_wait_that_begins_a_second_later(server: LiveServer) -> None:
    slug, word = server.open("retracted-crowd"), "Marrakesh"
    cursor = server.state(slug)["cursor"]
    with before(server) as front:
        waiting = Crowd(front, address(slug, cursor), 20)
        post = server.api("POST", f"/blogs/{slug}/posts", {"body": f"From {word}."}).json()["id"]
        assert all(word in body for _, body in waiting.answers())
        server.api("DELETE", f"/blogs/{slug}/posts/{post}")
        later(front)
        for coding in ("identity", "gzip"):
            found = ask(front + address(slug, cursor), coding)
            assert word not in found.text
            assert found.json()["objects"] == [{"kind": "post", "id": post, "seq": 3, "retracted": True}]


def test_a_draft_is_shown_to_its_desk_alone(server: LiveServer) -> None:
    slug = server.open("draft-crowd", "draft")
    path = address(slug, server.api("GET", f"/blogs/{slug}/changes").json()["cursor"])
    with before(server) as front:
        desk = Crowd(front, path, 5, f"Authorization: Bearer {server.token}")
        readers = Crowd(front, path, 5)
        assert {status for status, _ in readers.answers()} == {404}
        server.api("POST", f"/blogs/{slug}/posts", {"body": "Private"})
        assert [(status, "Private" in body) for status, body in desk.answers()] == [(200, True)] * 5
        assert ask(front + path).status_code == 404


# -- before a fake origin


@pytest.fixture
def origins() -> Iterator[list[Origin]]:
    """Two web processes that answer when the test says so."""
    with ExitStack() as stack:
        made = [stack.enter_context(Origin()) for _ in range(2)]
        for origin in made:
            threading.Thread(target=origin.serve_forever, daemon=True).start()
            stack.callback(origin.shutdown)
            origin.go.clear()
            origin.say(200, "Anora wins.", SHARED)
        yield made
        for origin in made:
            origin.go.set()


@pytest.fixture
def front(origins: list[Origin]) -> Iterator[str]:
    with (
        tempfile.TemporaryDirectory(prefix="lb") as folder,
        nginx(Path(folder), [origin.server_port for origin in origins]) as url,
    ):
        yield url


def requested(origins: list[Origin]) -> list[str]:
    return [path for origin in origins for path in origin.asked]


def release(origins: list[Origin]) -> None:
    for origin in origins:
        origin.go.set()


def test_readers_that_leave_do_not_end_the_others_wait(origins: list[Origin], front: str) -> None:
    crowd = Crowd(front, PATH + "e-7-m", 50)
    until(lambda: requested(origins))
    crowd.leave(40)  # the first one, whose request it is, among them
    release(origins)
    assert crowd.answers() == [(200, "Anora wins.")] * 10
    assert len(requested(origins)) <= FEW


def test_a_request_for_the_head_alone_waits_with_the_others(origins: list[Origin], front: str) -> None:
    with ThreadPoolExecutor(1) as program:
        head = program.submit(ask, front + PATH + "e-7-m", method="HEAD")
        until(lambda: requested(origins))
        crowd = Crowd(front, PATH + "e-7-m", 50)
        release(origins)
        assert crowd.answers() == [(200, "Anora wins.")] * 50
        assert (head.result(60).status_code, head.result().text) == (200, "")
    assert len(requested(origins)) <= FEW


def test_a_wait_outlasts_what_a_page_may_take(origins: list[Origin], front: str) -> None:
    """Readers wait beyond the five seconds after which nginx lets requests for pages through."""
    crowd = Crowd(front, PATH + "e-7-m", 50)
    until(lambda: requested(origins))
    started = len(requested(origins))
    for _ in range(4):
        later(front)
    assert len(requested(origins)) == started <= FEW
    release(origins)
    assert crowd.answers() == [(200, "Anora wins.")] * 50
    assert len(requested(origins)) == started


def test_of_thousands_only_one_in_a_second_comes_through(origins: list[Origin], front: str) -> None:
    """Nginx counts the uses of an address in ten bits."""
    begun = keepers_clock(front)
    crowd = Crowd(front, PATH + "e-7-m", 2100)
    ended = keepers_clock(front)
    later(front)
    assert len(requested(origins)) <= (ended - begun).seconds + 1
    release(origins)
    assert crowd.answers() == [(200, "Anora wins.")] * 2100


@pytest.mark.parametrize("status", [404, 422, 500, 503])
def test_a_refusal_is_for_all_who_asked_with_it_and_for_nobody_later(
    origins: list[Origin], front: str, status: int
) -> None:
    """One after another, as nginx passes on what it does not keep, the last one would be refused after a while."""
    for origin in origins:
        origin.say(status, "No.", "no-store")
    crowd = Crowd(front, PATH + "e-7-m", 200)
    until(lambda: requested(origins))
    release(origins)
    assert crowd.answers() == [(status, "No.")] * 200
    assert len(requested(origins)) <= FEW
    for origin in origins:
        origin.say(200, "Yes.", SHARED)
    later(front)
    assert ask(front + PATH + "e-7-m").text == "Yes."


def test_only_the_spelling_that_was_issued_is_shared(origins: list[Origin], front: str) -> None:
    """Another one may mean something else to the web process than to nginx."""
    release(origins)
    spellings = ["e-7-m&wait=1", "e-7-m&x", "e-7-m&cursor=e-8-m", "e-7%2Dm", "e-7-m?", "e%2d7-m"]
    for spelling in (*(PATH + each for each in spellings), PATH.replace("?", "?%63ursor=e-9-m&") + "e-7-m"):
        for text in ("Once.", "Twice."):
            for origin in origins:
                origin.say(200, text, SHARED)
            assert Crowd(front, spelling, 1).answers() == [(200, text)], spelling


def test_a_session_or_token_waits_alone(origins: list[Origin], front: str) -> None:
    release(origins)
    cookies = [{"Cookie": each} for each in ("liveblog_session=x", "__Host-liveblog_session=x")]
    for own in ({"Authorization": "Bearer x"}, *cookies):
        for origin in origins:
            origin.say(200, "Mine.", SHARED)
        assert ask(front + PATH + "e-7-m", **own).text == "Mine."
        for origin in origins:
            origin.say(200, "For all.", SHARED)
        assert ask(front + PATH + "e-7-m").text == "For all."
        later(front)


def test_when_a_web_process_dies_its_readers_wait_on_at_another(origins: list[Origin], front: str) -> None:
    crowd = Crowd(front, PATH + "e-7-m", 50)
    until(lambda: requested(origins))
    one, other = sorted(origins, key=lambda origin: not origin.asked)
    one.dies = True
    one.go.set()
    until(lambda: other.asked)
    other.go.set()
    assert crowd.answers() == [(200, "Anora wins.")] * 50
