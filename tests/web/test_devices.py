"""The list of one's devices, signing them out, and the cookie by which a browser is known."""

from __future__ import annotations

import json
import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.store.accounts import Account
from liveblog.store.commits import Store
from liveblog.store.people import People, session_id
from liveblog.web.cookies import COOKIE, HOST_COOKIE
from tests.live_server import LiveServer, until
from tests.push.socket_client import Wire
from tests.web.office import NEW, PASSWORD, hash_of

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def people(server: LiveServer) -> People:
    people = People(server.store)
    for name in ("Ada", "Bea"):
        people.accounts.put(Account(name=name, role="admin", password_hash=hash_of(PASSWORD)))
        people.sessions.close_all(name)
    return people


class Browser:
    """A browser that signed in."""

    def __init__(self, store: Store, name: str, agent: str, address: str = "192.0.2.7", **settings: str) -> None:
        self.client: FlaskClient = create_app(Settings.from_environ(settings), store).test_client()
        self._sent = {"headers": {"User-Agent": agent}, "environ_overrides": {"REMOTE_ADDR": address}}
        answer = self.client.post("/desk/sign-in", data={"name": name, "password": PASSWORD}, **self._sent)
        assert answer.status_code == 303

    def page(self, path: str = "/desk/account") -> TestResponse:
        return self.client.get(path)

    def post(self, path: str, **fields: str) -> TestResponse:
        csrf = re.search(r'name="csrf" value="([^"]+)"', self.page().text)
        assert csrf
        return self.client.post(path, data={"csrf": csrf[1], **fields})

    @property
    def is_in(self) -> bool:
        return self.page().status_code == 200

    @property
    def token(self) -> str:
        cookie = self.client.get_cookie(COOKIE)
        assert cookie is not None
        return cookie.value


def test_a_person_sees_where_they_are_signed_in_and_ends_one_of_them(server: LiveServer, people: People) -> None:
    desk, phone = Browser(server.store, "Ada", FIREFOX), Browser(server.store, "Ada", PHONE, "2001:db8::9")
    other = Browser(server.store, "Bea", FIREFOX)
    page = desk.page().text
    assert page.index("Safari on iPhone") < page.index("Firefox on Linux")  # the newest first
    assert page.count(">this one<") == 1
    assert "2001:db8::9" in page
    assert desk.post("/desk/account/devices", id=session_id(phone.token)).headers["Location"].endswith("end-session")
    assert (desk.is_in, phone.is_in) == (True, False)
    assert desk.post("/desk/account/devices", id=session_id(phone.token)).status_code == 404
    assert desk.post("/desk/account/devices", id=session_id(other.token)).status_code == 404
    assert other.is_in
    out = desk.post("/desk/account/devices", id=session_id(desk.token))
    assert out.headers["Location"] == "/desk/sign-in"
    assert not desk.is_in
    acts = [(each.by, each.note["act"], each.note.get("whom")) for each in server.store.audit.of_site(count=2)]
    assert ("Ada", "sign_out", "Ada") in acts


def test_an_admin_ends_a_colleagues_session(server: LiveServer, people: People) -> None:
    admin = Browser(server.store, "Ada", FIREFOX)
    laptop, phone = Browser(server.store, "Bea", FIREFOX), Browser(server.store, "Bea", PHONE)
    assert "Safari on iPhone" in admin.page("/desk/people").text
    assert admin.post("/desk/people", act="end-session", name="Bea", id=session_id(phone.token)).status_code == 303
    assert (laptop.is_in, phone.is_in) == (True, False)
    gone = admin.post("/desk/people", act="end-session", name="Bea", id=session_id(phone.token))
    assert gone.status_code == 404
    assert "There is no such session" in gone.text


def test_a_new_password_ends_the_other_devices(server: LiveServer, people: People) -> None:
    desk, phone = Browser(server.store, "Ada", FIREFOX), Browser(server.store, "Ada", PHONE)
    assert desk.post("/desk/account", old=PASSWORD, password=NEW).status_code == 303
    assert (desk.is_in, phone.is_in) == (True, False)
    assert len(people.sessions.listed()["Ada"]) == 1


def test_an_ended_sessions_desk_is_disconnected_between_two_beats(server: LiveServer, people: People) -> None:
    slug = server.open("ended-desks")
    sessions = [people.sessions.open("Ada") for _ in range(3)]
    lines = [Wire(server.url, cookie=f"{COOKIE}={token}") for token in sessions]
    for line in lines:
        line.say("40/desk," + json.dumps({"blog": slug}))
        until(lambda line=line: line.hear().startswith("42/desk,"))  # type: ignore[misc]
    assert people.sessions.end("Ada", session_id(sessions[1]))
    until(lambda: lines[1].hear().startswith("41/desk"))
    assert people.sessions.get(sessions[0])
    lines[0].say('42/desk,["editing",{"ref":null}]')
    until(lambda: lines[0].hear().startswith('42/desk,["head"'))  # the other ones go on
    for line in lines:
        line.close()


# -- the cookie


@pytest.mark.parametrize(
    ("base", "path", "name", "secure"),
    [
        ("https://live.example.org", "/", HOST_COOKIE, True),
        ("https://example.org/blog", "/blog/", COOKIE, True),
        ("http://live.example.org", "/", COOKIE, False),
        ("http://example.org/blog", "/blog/", COOKIE, False),
    ],
)
def test_the_cookie_is_bound_to_the_host_where_that_is_possible(
    server: LiveServer, people: People, base: str, path: str, name: str, secure: bool
) -> None:
    app = create_app(Settings.from_environ({"LIVEBLOG_BASE_URL": base}), server.store)
    answer = app.test_client().post(f"{path}desk/sign-in", data={"name": "Ada", "password": PASSWORD})
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if "session" in each]
    assert cookie.startswith(f"{name}=")
    assert f"Path={path};" in cookie
    assert "Domain" not in cookie
    assert ("; Secure" in cookie) is secure


def test_a_site_that_binds_its_cookie_takes_no_planted_one(server: LiveServer, people: People) -> None:
    app = create_app(Settings.from_environ({"LIVEBLOG_BASE_URL": "https://live.example.org"}), server.store)
    own, planted = people.sessions.open("Ada"), people.sessions.open("Bea")
    for sent, status in (
        (f"{COOKIE}={planted}", 302),
        (f"{COOKIE}={own}", 302),  # also one of the release before: its person signs in once more
        (f"{HOST_COOKIE}={own}", 200),
        (f"{COOKIE}={planted}; {HOST_COOKIE}={own}", 200),
    ):
        page = app.test_client(use_cookies=False).get("/desk/account", headers={"Cookie": sent})
        assert page.status_code == status, sent
        assert ("Ada" in page.text) == (status == 200)


def test_signing_out_forgets_both_cookies(server: LiveServer, people: People) -> None:
    desk = Browser(server.store, "Ada", FIREFOX)
    out = desk.post("/desk/sign-out")
    ended = [each for each in out.headers.getlist("Set-Cookie") if "Max-Age=0" in each]
    assert {each.partition("=")[0] for each in ended} == {COOKIE, HOST_COOKIE}


def test_a_proxy_with_tls_is_enough_without_a_public_address(server: LiveServer, people: People) -> None:
    client = create_app(Settings.from_environ({}), server.store).test_client()
    through = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    answer = client.post("/desk/sign-in", data={"name": "Ada", "password": PASSWORD}, headers=through)
    assert answer.headers["Set-Cookie"].startswith(f"{HOST_COOKIE}=")
