"""What nginx caches, with the shipped configuration: before a fake origin, and before web processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from liveblog import actions, cache_tags
from liveblog.model import Post
from liveblog.store.commits import Store
from liveblog.web.answers import BURIED, DELETABLE
from tests.deploy.nginx import needed, nginx
from tests.deploy.origin import Origin, ask, later
from tests.leaks import free_of_faults
from tests.live_server import until
from tests.newsroom import DIRECTOR, PICTURE
from tests.ports import free_ports

pytestmark = [pytest.mark.fault, needed]
CODINGS = ("gzip, deflate, br", "gzip", "br", "identity")
"""What browsers send, and what programs send."""
NAMED = ("# 192.0.2.0/24 1;", "127.0.0.1 1;")
"""What an operator writes for a CDN or balancer in front of nginx."""


@pytest.fixture
def page(origin: Origin, front: str, request: pytest.FixtureRequest) -> str:
    """The address of an existing page that nobody has requested yet."""
    origin.say(200, "The winner is Emilia Pérez.", ETag='"wrong"')
    origin.asked.clear()
    name = "".join(letter for letter in request.node.name if letter.isalnum())
    return f"{front}/live/anora/posts/{name}"


@pytest.mark.parametrize("cache", [None, "no-store", "public, max-age=1", "no-cache"])
@pytest.mark.parametrize("status", [404, 410])
def test_a_404_or_410_replaces_the_cached_answer(origin: Origin, page: str, status: int, cache: str | None) -> None:
    for coding in CODINGS:
        assert ask(page, coding).status_code == 200
    origin.say(status, "Taken back.", cache)
    later(page)
    for coding in CODINGS:
        assert ask(page, coding).status_code == status, coding
    assert ask(page, method="HEAD").status_code == status
    assert ask(page, Range="bytes=0-5").status_code == status
    assert ask(page, If_None_Match='"wrong"').status_code == status
    assert ask(f"{page}?utm_source=post").status_code == status


@pytest.mark.parametrize("more", ["", ", stale-while-revalidate=3600", ", stale-if-error=3600"])
def test_the_first_request_after_a_pause_gets_nothing_old(origin: Origin, page: str, more: str) -> None:
    root = page.partition("/live/")[0]
    addresses = [page, root + "/", root + "/api/v1/blogs/anora/changes?after=0", root + "/sitemap.xml"]
    later(page)
    for text in ("Old.", "New."):
        origin.say(200, text, "public, max-age=1" + more)
        assert [ask(address).text for address in addresses] == [text] * 4
        later(page)


def test_many_requests_at_once_for_an_expired_page_become_one(origin: Origin, page: str) -> None:
    assert ask(page).text == "The winner is Emilia Pérez."
    later(page)
    origin.asked.clear()
    origin.say(200, "The winner is Anora.")
    origin.go.clear()
    address, path = page.removeprefix("http://").partition("/")[::2]
    host, _, port = address.partition(":")
    with ExitStack() as lines:
        readers = [lines.enter_context(socket.create_connection((host, int(port)), 60)) for _ in range(200)]
        for n, reader in enumerate(readers):
            mark = f"?mark={n}" if n % 2 else ""
            reader.sendall(f"GET /{path}{mark} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
        until(lambda: origin.asked)
        origin.go.set()
        for reader in readers:
            received = b""
            while more := reader.recv(65536):
                received += more
            assert received.endswith(b"The winner is Anora.")
    assert len(origin.asked) <= 10  # one for each second that the requests took


def test_a_deleted_picture_goes_when_its_shared_time_is_over_and_stays_gone(origin: Origin, front: str) -> None:
    """The shared time is a second here, and a minute in what we send (`web/answers.py: DELETABLE, BURIED`)."""
    address = f"{front}/media/{'1' * 32}.webp"
    origin.say(200, "A picture.", DELETABLE.replace("s-maxage=60", "s-maxage=1"), ETag='"picture"')
    origin.asked.clear()
    assert [ask(address).text for _ in range(3)] == ["A picture."] * 3
    assert len(origin.asked) == 1
    later(address)
    origin.say(503, "Not now.", "no-store")
    assert ask(address).text == "A picture."  # while no web process can say anything else
    later(address)
    origin.say(410, "Deleted.", BURIED.replace("max-age=60", "max-age=1"))
    assert ask(address).status_code == 410
    later(address)
    origin.say(503, "Not now.", "no-store")
    assert ask(address).status_code == 410


@pytest.mark.parametrize("path", ["/live/anora", "/media/tagged.webp", "/api/v1/blogs/anora/changes?cursor=e-1-1"])
def test_cache_tags_are_for_the_balancer_alone(origin: Origin, front: str, path: str) -> None:
    origin.say(200, "The winner is Mikey Madison.", **cache_tags.fields(cache_tags.of_blog("anora")))
    hidden = {"Surrogate-Key", "Cache-Tag"}
    with (
        tempfile.TemporaryDirectory(prefix="lb") as folder,
        nginx(Path(folder), [origin.server_port], NAMED) as balanced,
    ):
        for _ in ("made", "cached"):
            answer, passed = ask(front + path), ask(balanced + path)
            assert answer.headers["Cache-Groups"] == cache_tags.groups(cache_tags.of_blog("anora"))
            assert not hidden & set(answer.headers)
            assert {passed.headers.get(name) for name in hidden} == {cache_tags.of_blog("anora")}


def test_a_fault_is_for_those_of_its_second(origin: Origin, page: str) -> None:
    for status in (500, 403, 422):
        origin.say(status, "No.", None)
        assert ask(page).status_code == status
        origin.say(200, "Yes.")
        later(page)
        assert ask(page).text == "Yes."
        later(page)


def test_private_answers_are_not_cached(origin: Origin, page: str) -> None:
    cookies = ("liveblog_session=x", "a=b; __Host-liveblog_session=x")
    mine: list[dict[str, str]] = [{"Authorization": "Bearer x"}, *({"Cookie": each} for each in cookies)]
    for headers in mine:
        origin.say(200, "Mine.")
        assert ask(page, **headers).text == "Mine."
        origin.say(200, "For all.")
        assert ask(page).text == "For all."
        origin.say(200, "Mine again.")
        assert ask(page, **headers).text == "Mine again."
        later(page)
    for cache in ("private, max-age=60", "no-store", "no-cache", None):
        origin.say(200, "Once.", cache)
        assert ask(page).text == "Once."
        origin.say(200, "Twice.", cache)
        assert ask(page).text == "Twice."
    origin.say(200, "Once.", Set_Cookie="a=b")
    assert ask(page).text == "Once."
    origin.say(200, "Twice.")
    assert ask(page).text == "Twice."


@pytest.mark.parametrize("status", [200, 404])
def test_nothing_of_the_desk_is_cached(origin: Origin, front: str, status: int) -> None:
    for path in ("/desk/", "/desk/welcome/x", "/desk/anora"):
        for text in ("Once.", "Twice."):
            origin.say(status, text)
            assert ask(front + path).text == text


def test_frames_and_cards_are_cached_by_their_queries(origin: Origin, front: str) -> None:
    for path in ("/live/anora/embed?theme=", "/live/anora/card.png?v=", "/api/v1/blogs/anora/changes?after="):
        for n in range(2):
            origin.say(200, f"Number {n}.")
            assert ask(f"{front}{path}{n}").text == f"Number {n}."


def test_an_address_that_only_looks_like_a_frames_does_not_take_its_place(origin: Origin, front: str) -> None:
    for path in ("/live/b/posts/p%3Fx=1", "/live/b/embed%3Ftheme=dark"):
        origin.say(404, "There is no such page.", "no-store")
        assert ask(front + path).status_code == 404
        origin.say(200, "Here.")
        assert ask(front + path.replace("%3F", "?")).text == "Here."


def test_an_act_is_sent_once(origin: Origin, page: str) -> None:
    origin.say(503, "Not now.", "no-store")
    assert ask(page, method="POST").status_code == 503
    assert len(origin.asked) == 1


def test_a_temporary_refusal_is_passed_on_if_nothing_is_cached(origin: Origin, page: str) -> None:
    origin.say(503, "One moment.", "no-store", Retry_After="1")
    answer = ask(page)
    assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (503, "One moment.", "1")
    origin.say(200, "Here.")
    later(page)
    assert ask(page).text == "Here."
    later(page)
    origin.say(503, "One moment.", "no-store", Retry_After="1")
    assert ask(page).text == "Here."


# -- two web processes


class Night:
    """A blog with an older page, served by two web processes behind nginx, and a desk that writes to storage."""

    def __init__(self, storage: str, folder: Path) -> None:
        self.store, self.storage, self.folder = Store(storage), storage, folder
        self.ports = free_ports(2)
        self.front = ""
        self.web: list[subprocess.Popen[bytes]] = []
        self.store.perform("kept", self._create, by="test")

    def _create(self, view: actions.View) -> actions.Plan:
        nominated = [DIRECTOR, PICTURE]
        return actions.create_blog(view, slug="kept", title="Kept", status="live", film="Anora", categories=nominated)

    def do(self, act: Callable[..., actions.Plan], *args: Any, **fields: Any) -> list[Any]:
        """Perform an act, and wait until both web processes have it. Returns the commit."""
        done = self.store.perform("kept", lambda view: act(view, "kept", *args, **fields), by="test")
        for port in self.ports:
            until(partial(self._has, port, done.seq))
        return done.objects

    def _has(self, port: int, seq: int) -> bool:
        return bool(self.direct(port, "/api/v1/blogs/kept").json()["seq"] >= seq)

    def publish(self, body: str, **fields: Any) -> str:
        (post,) = self.do(actions.publish, body=body, **fields)
        return str(post.id)

    def direct(self, port: int, path: str) -> requests.Response:
        """A web process's answer to nginx."""
        headers = {"Host": self.front.removeprefix("http://"), "Accept-Encoding": "identity"}
        return requests.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=60, allow_redirects=False)

    def start(self) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("LIVEBLOG_")}
        environ |= {"LIVEBLOG_REDIS_URL": self.storage, "LIVEBLOG_DATA": str(self.folder), "LIVEBLOG_WORKERS": "1"}
        for port in self.ports:
            command = [sys.executable, "-m", "liveblog", "serve", "--port", str(port)]
            with (self.folder / "web.log").open("ab") as log:
                self.web.append(subprocess.Popen(command, env=environ, stdout=log, stderr=log, start_new_session=True))
        for port in self.ports:
            until(partial(self._answers, port))

    def _answers(self, port: int) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=60).status_code == 200
        except requests.ConnectionError:
            return False

    def kill(self) -> None:
        """Kill both, and all processes that they started, at once."""
        while self.web:
            process = self.web.pop()
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)


@pytest.fixture(scope="module")
def night(storage: str) -> Iterator[Night]:
    with tempfile.TemporaryDirectory(prefix="lb") as folder, ExitStack() as stack:
        night = Night(storage, Path(folder))
        stack.callback(night.store.close)
        stack.callback(night.kill)
        night.front = stack.enter_context(nginx(Path(folder), night.ports))
        night.start()
        for number in range(40):
            night.store.perform("kept", partial(actions.publish, slug="kept", body=f"Update {number}."), by="t")
        yield night
        print(free_of_faults((Path(folder) / "web.log").read_text())[-4000:])


def asked(front: str, addresses: list[str], coding: str = "identity") -> dict[str, requests.Response]:
    return {address: ask(front + address, coding) for address in addresses}


def everywhere(night: Night, *posts: str) -> list[str]:
    """Every public address that can show these posts or a result."""
    found = [f"/live/kept{path}" for path in ("", "/pages/1", "/embed", "/embed?view=board", "/card.png")]
    found += [f"/live/kept{page}/feed.{kind}" for page in ("", "/pages/1") for kind in ("atom", "json")]
    found += ["/", "/sitemap.xml", "/api/v1/blogs/kept", "/api/v1/blogs/kept/changes", "/live/kept?utm_source=mail"]
    state = night.direct(night.ports[0], "/api/v1/blogs/kept").json()
    found += [f"/api/v1/blogs/kept/changes?epoch={state['epoch']}&after=1"]
    for id in posts:
        page = f"/live/kept/posts/{id}"
        found += [page, f"{page}?utm_source=mail", f"{page}/card.png", f"/live/kept/embed?post={id}"]
        found += [f"/oembed?url={quote(night.front + page)}", f"/api/v1/blogs/kept/posts/{id}"]
        shown = night.direct(night.ports[0], page).text
        found += re.findall(r"/live/kept/posts/[^/]+/card\.png\?v=\d+", shown)[:1]
    return list(dict.fromkeys(found))


def holding(word: str, answers: dict[str, requests.Response]) -> list[str]:
    return [address for address, answer in answers.items() if word in answer.text]


def test_a_retracted_post_is_gone_from_every_address(night: Night) -> None:
    """In each coding, for the first request half a minute or half an hour later; also for clients with the old page."""
    word = "Marrakesh"
    posts = [night.publish(f"From {word}.", headline=word, key=True)]
    posts += [night.publish(f"A neighbour, {n}.") for n in range(2)]
    old = night.store.load("kept").posts[-1].id
    night.do(actions.edit_post, old, headline=word, key=True)
    addresses = everywhere(night, *posts, old)
    before = {coding: asked(night.front, addresses, coding) for coding in CODINGS}
    assert {answer.status_code for answers in before.values() for answer in answers.values()} == {200}
    assert len(holding(word, before["gzip"])) >= 19
    codings = [before[coding]["/live/kept"].headers.get("Content-Encoding") for coding in CODINGS]
    assert codings == ["gzip", "gzip", None, None]
    for id in (posts[0], old):
        night.do(actions.retract, id)
    later(night.front)
    for coding in CODINGS:
        after = asked(night.front, addresses, coding)
        assert holding(word, after) == [], coding
        for id in (posts[0], old):
            assert after[f"/live/kept/posts/{id}"].status_code == 410
            assert {a.status_code for name, a in after.items() if f"{id}/card.png" in name} <= {404, 410}
    for address, answer in before["gzip"].items():
        if word in answer.text and "ETag" in answer.headers:
            assert ask(night.front + address, "gzip", If_None_Match=answer.headers["ETag"]).status_code != 304, address


def test_a_false_winner_is_gone_from_every_address(night: Night) -> None:
    word = "Ouagadougou"
    told = night.do(actions.announce, "director", winners=["brady-corbet"], headline=word, body=f"{word} wins.")
    (post,) = (each.id for each in told if isinstance(each, Post))
    addresses = everywhere(night, post)
    for coding in CODINGS:
        before = asked(night.front, addresses, coding)
    (card,) = (address for address in addresses if "card.png?v=" in address)
    night.do(actions.recall, "director", note="The wrong card was read.", winners=["sean-baker"])
    later(night.front)
    for coding in CODINGS:
        after = asked(night.front, addresses, coding)
        assert holding(word, after) == [], coding
        assert after[card].status_code in (404, 410)
        for address in ("/live/kept", "/live/kept/embed?view=board", f"/live/kept/posts/{post}"):
            assert after[address].text == night.direct(night.ports[0], address).text
        assert after["/live/kept/card.png"].content != before["/live/kept/card.png"].content
        (director, _) = after["/api/v1/blogs/kept"].json()["categories"]
        assert director["winners"] == ["sean-baker"]


def test_while_no_web_process_answers_pages_stay_and_retracted_posts_stay_gone(night: Night) -> None:
    word = "Timbuktu"
    post = night.publish(f"From {word}.", headline=word)
    page = f"/live/kept/posts/{post}"
    addresses = everywhere(night, post)
    for coding in CODINGS:
        asked(night.front, addresses, coding)
    night.do(actions.retract, post)
    later(night.front)
    assert ask(night.front + page, "gzip").status_code == 410
    asked(night.front, addresses)
    night.kill()
    for _ in range(2):
        later(night.front)
        for coding in CODINGS:
            kept = asked(night.front, addresses, coding)
            assert holding(word, kept) == [], coding
            assert kept[page].status_code == kept[f"{page}?utm_source=mail"].status_code == 410
            assert kept["/live/kept"].status_code == kept["/live/kept/feed.atom"].status_code == 200
            assert "Update 39." in kept["/live/kept"].text
    assert ask(f"{night.front}/live/nobody-asked").status_code in (502, 504)
    night.start()
    again = night.publish("We are back.")
    later(night.front)
    assert again in until(lambda: _whole(f"{night.front}/live/kept"))


def test_after_all_web_processes_were_away_pages_come_back_beside_open_connections(night: Night) -> None:
    page, stream = f"{night.front}/desk/sign-in", f"{night.front}/api/v1/blogs/kept/stream"
    night.kill()
    assert [ask(page).status_code for _ in range(8)] == [502] * 8  # nginx takes both for failed
    later(night.front)  # and asks each of them once, now and then
    night.start()
    with ExitStack() as stack:
        for _ in night.ports:  # this must not be what it waits for: it does not end
            follows = stack.enter_context(requests.get(stream, stream=True, timeout=60))
            assert follows.status_code == 200
        assert until(lambda: all(ask(page).status_code == 200 for _ in range(8)))  # within `fail_timeout`


def _whole(url: str) -> str:
    answer = ask(url)
    return answer.text if answer.status_code == 200 and "We are back." in answer.text else ""
