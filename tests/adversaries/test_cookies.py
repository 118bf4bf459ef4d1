"""Cookies that somebody planted: a site at a neighbouring name can set cookies for ours, with any path."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator

import pytest
import requests

from liveblog.store.accounts import Account
from liveblog.store.people import People
from liveblog.web.cookies import COOKIE
from tests.live_server import LiveServer, live_server, until
from tests.push.socket_client import Wire
from tests.web.office import PASSWORD, hash_of

JUNK = {
    "short": "x",
    "like ours": "n" * 43,
    "quoted": '"quoted"',
    "quote that does not end": '"',
    "long": "x" * 4000,
    "Latin": "\xff",
    "escaped": "%00",
    "pair": "a=b",
    "path": "../..",
    "empty": "",
    "of RFC 2109": "$Version=1",
}


@pytest.fixture
def people(server: LiveServer) -> People:
    people = People(server.store)
    for name in ("Ana", "Bob"):
        people.accounts.put(Account(name=name, role="editor", password_hash=hash_of(PASSWORD)))
    return people


def orders(*tokens: str) -> Iterator[str]:
    """A Cookie header with these tokens under our name, in both orders: browsers send the longer path first."""
    for each in (tokens, tokens[::-1]):
        yield "; ".join(["theme=dark", *(f"{COOKIE}={token}" for token in each), "lang=en"])


def signed_in(server: LiveServer, cookie: str) -> str:
    """Who is signed in with this Cookie header; nobody is empty."""
    headers = {"Cookie": cookie.encode("latin-1")}
    page = requests.get(f"{server.url}/desk/account", headers=headers, timeout=60, allow_redirects=False)
    assert page.status_code in (200, 302)
    found = [name for name in ("Ana", "Bob") if name in page.text and page.status_code == 200]
    assert len(found) < 2
    return "".join(found)


def csrf_of(server: LiveServer, cookie: str) -> str:
    page = requests.get(f"{server.url}/desk/account", headers={"Cookie": cookie.encode("latin-1")}, timeout=60)
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    return found[1] if found else ""


@pytest.mark.parametrize("junk", JUNK.values(), ids=JUNK.keys())
def test_junk_beside_a_session_signs_nobody_out(server: LiveServer, people: People, junk: str) -> None:
    own = people.sessions.open("Ana")
    for cookie in orders(own, junk):
        assert signed_in(server, cookie) == "Ana"
        posted = requests.post(
            f"{server.url}/api/v1/blogs/{server.open('planted')}/posts",
            json={"body": "Still mine"},
            headers={"Cookie": cookie.encode("latin-1"), "X-CSRF-Token": csrf_of(server, cookie)},
            timeout=60,
        )
        assert posted.status_code == 201, posted.text


def test_many_planted_cookies_sign_nobody_out(server: LiveServer, people: People) -> None:
    """Those with a longer path come before ours."""
    planted = [secrets.token_urlsafe(32) for _ in range(100)]
    sent = "; ".join(f"{COOKIE}={token}" for token in [*planted, people.sessions.open("Ana")])
    assert signed_in(server, sent) == "Ana"


def test_nobody_acts_under_the_name_of_somebody_who_planted_a_session(server: LiveServer, people: People) -> None:
    for cookie in orders(people.sessions.open("Ana"), people.sessions.open("Bob")):
        assert signed_in(server, cookie) == ""
    assert all(signed_in(server, each) == "Ana" for each in orders(*(people.sessions.open("Ana") for _ in range(2))))


def test_signing_in_and_out_ends_a_planted_session_too(server: LiveServer, people: People) -> None:
    for first in (True, False):
        own, planted = people.sessions.open("Ana"), people.sessions.open("Bob")
        cookie = [*orders(own, planted)][first]
        form = {"name": "Ana", "password": PASSWORD}
        sent = {"Cookie": cookie}
        answer = requests.post(f"{server.url}/desk/sign-in", data=form, headers=sent, timeout=60, allow_redirects=False)
        new = answer.cookies[COOKIE]
        assert new not in (own, planted)
        assert people.sessions.get(own) is None
        assert people.sessions.get(planted) is None
        assert signed_in(server, f"{COOKIE}={planted}; {COOKIE}={new}") == "Ana"
    own, planted = people.sessions.open("Ana"), people.sessions.open("Ana")
    both = f"{COOKIE}={planted}; {COOKIE}={own}"
    out = {"csrf": csrf_of(server, both)}
    requests.post(f"{server.url}/desk/sign-out", data=out, headers={"Cookie": both}, timeout=60)
    assert signed_in(server, f"{COOKIE}={own}") == signed_in(server, f"{COOKIE}={planted}") == ""


def test_another_installations_session_opens_nothing(server: LiveServer, people: People) -> None:
    with live_server("serve") as other:
        elsewhere = People(other.store)
        elsewhere.accounts.put(Account(name="Ana", role="admin", password_hash=hash_of(PASSWORD)))
        theirs = elsewhere.sessions.open("Ana")
        assert signed_in(other, f"{COOKIE}={theirs}") == "Ana"
        assert signed_in(server, f"{COOKIE}={theirs}") == ""
        for cookie in orders(theirs, people.sessions.open("Bob")):
            assert signed_in(server, cookie) == "Bob"
            assert signed_in(other, cookie) == "Ana"


def test_the_desks_socket_knows_the_same_person(server: LiveServer, people: People) -> None:
    slug = server.open("two-cookies")
    mine, planted = people.sessions.open("Ana"), people.sessions.open("Bob")
    for other, beginning in (("junk", "40/desk,"), (planted, "44/desk,")):
        for cookie in orders(mine, other):
            line = Wire(server.url, cookie=cookie)
            line.say("40/desk," + json.dumps({"blog": slug}))
            assert line.hear().startswith(beginning), other
            line.close()


def test_cookies_as_large_as_they_get_cost_nobody_else_anything(server: LiveServer) -> None:
    """A head has a limit; what is beyond it is refused, and the server goes on."""
    slug = server.open("large-cookies")
    for size in (4_000, 16_000, 64_000, 1_000_000):
        for cookie in ("a=" + "x" * size, "a=;" * (size // 3), f"{COOKIE}=x;" * (size // 19)):
            try:
                answer = requests.get(f"{server.url}/live/{slug}", headers={"Cookie": cookie}, timeout=60)
            except requests.ConnectionError:
                continue  # hung up on while it was still sending
            assert answer.status_code in (200, 400, 431), (size, answer.status_code)
    assert until(lambda: requests.get(f"{server.url}/live/{slug}", timeout=60).ok)
    server.log.check()
