"""What the readers get who waited in nginx for an answer that it may not keep: together, and without a storm."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.deploy.nginx import needed
from tests.deploy.origin import Origin, ask, keepers_clock, later
from tests.deploy.test_waits import FEW, Crowd, address, before
from tests.live_server import LiveServer, until

pytestmark = [pytest.mark.fault, needed]
READERS = 200


@pytest.fixture(autouse=True)
def held(origin: Origin) -> Iterator[None]:
    """The web process answers when the test says so."""
    origin.asked.clear()
    origin.fields_of.clear()
    origin.held = ""
    origin.go.clear()
    yield
    origin.go.set()


OURS = {"Host", "Accept-Encoding", "X-Forwarded-For", "X-Forwarded-Proto", "X-Request-Id"}
PLACES = ["/live/anora/posts/", "/api/v1/blogs/anora/changes?after=", "/media/", "/static/v-1/", "/static/"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("status", [403, 500, 503])
def test_a_refusal_is_for_all_who_asked_with_it(origin: Origin, front: str, place: str, status: int) -> None:
    origin.say(status, "No.", "no-store", Retry_After="1")
    readers = Crowd(front, place + uuid4().hex, READERS)
    until(lambda: origin.asked)
    origin.go.set()
    assert readers.answers() == [(status, "No.")] * READERS
    assert all(b"Cache-Control: no-store\r\n" in answer for answer in readers.received.values())
    assert len(origin.asked) <= FEW


@pytest.mark.parametrize(
    "fields", [{"Cache-Control": "no-cache"}, {"Cache-Control": "no-store"}, {}, {"Set-Cookie": "a=b"}], ids=str
)
@pytest.mark.parametrize("place", ["/live/anora/posts/", "/api/v1/blogs/anora/posts/", "/static/"])
def test_an_answer_that_nobody_may_share_is_fetched_by_all_at_once(
    origin: Origin, front: str, place: str, fields: dict[str, str]
) -> None:
    """As soon as nginx knows that, no reader waits for another one's answer."""
    origin.say(200, "Yours.", "public, max-age=1" if "Set-Cookie" in fields else None)
    origin.fields |= fields
    origin.held = "X-Reader"
    readers = Crowd(front, place + uuid4().hex, READERS, "X-Reader: 1")
    until(lambda: sum("X-Reader" in each for each in origin.fields_of) == READERS)
    origin.go.set()
    assert readers.answers() == [(200, "Yours.")] * READERS
    for answer in readers.received.values():  # MISS is what nginx says of those whom it let through after a while
        assert b"X-Cache: BYPASS\r\n" in answer


@pytest.mark.parametrize("place", PLACES[:3])
def test_a_slow_web_process_gets_no_more_requests_the_longer_readers_wait(
    origin: Origin, front: str, place: str
) -> None:
    origin.say(200, "At last.", "public, max-age=1")
    begun = keepers_clock(front)
    readers = Crowd(front, place + uuid4().hex, READERS)
    until(lambda: origin.asked)
    seconds = (keepers_clock(front) - begun).seconds + 1
    for _ in range(4):
        later(front)
    assert len(origin.asked) <= seconds
    origin.go.set()
    assert readers.answers() == [(200, "At last.")] * READERS
    assert len(origin.asked) <= seconds


def test_a_request_for_all_has_nothing_of_its_client_but_the_address(origin: Origin, front: str) -> None:
    origin.go.set()
    odd = {"X-Odd": "1", "Cookie": "theme=dark", "Range": "bytes=0-1", "If-None-Match": '"x"', "Accept": "text/plain"}
    cursor = "/api/v1/blogs/anora/changes?cursor=e-7-"
    for path in (f"/live/anora/posts/{uuid4().hex}", cursor + uuid4().hex, f"/media/{uuid4().hex}"):
        ask(front + path, **odd)
        assert origin.fields_of[-1] == OURS, path
    ask(f"{front}/live/anora/posts/{'x' * 8}?mark={'y' * 5000}")
    assert origin.asked[-1] == f"/live/anora/posts/{'x' * 8}"


def test_one_reader_cannot_have_the_others_refused(server: LiveServer) -> None:
    """The web process refuses a head with more than a hundred lines, and an address that is too long."""
    slug = server.open("one-bad-reader")
    path = address(slug, server.state(slug)["cursor"])
    with before(server) as front:
        many = [f"X-Odd-{n}: 1" for n in range(120)]
        readers = [Crowd(front, path, 1, *many), Crowd(front, path, 20)]
        server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"})
        for status, body in (each for crowd in readers for each in crowd.answers()):
            assert (status, json.loads(body)["seq"]) == (200, 2)
        odd = Crowd(front, f"/live/{slug}?{'x' * 5000}", 1, *many)
        assert [status for status, _ in [*odd.answers(), *Crowd(front, f"/live/{slug}", 20).answers()]] == [200] * 21
