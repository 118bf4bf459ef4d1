"""The admins' page of people and programs, each person's own account, and the log."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from liveblog.app import create_app
from liveblog.store.accounts import Account, Role
from liveblog.store.people import People
from liveblog.web import passwords
from liveblog.web import people as people_pages
from tests.live_server import LiveServer
from tests.web.office import session_of

PASSWORD = "forty velvet umbrellas"


class Browser:
    """A browser that sends forms with the page's own values."""

    def __init__(self, url: str, session: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.cookies.set("liveblog_session", session, domain="127.0.0.1")

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=60)

    def send(self, path: str, **fields: object) -> requests.Response:
        csrf = re.search(r'name="csrf" value="([^"]+)"', self.get("/desk/").text)
        assert csrf
        data = {"csrf": csrf[1], **fields}
        return self.session.post(self.url + path, data=data, timeout=60, allow_redirects=False)

    def upload(self, path: str, parts: dict[str, Any]) -> str:
        csrf = re.search(r'name="csrf" value="([^"]+)"', self.get("/desk/").text)
        assert csrf
        files = {"csrf": (None, csrf[1]), **parts}
        return self.session.post(self.url + path, files=files, timeout=60).text


@pytest.fixture(scope="module")
def people(server: LiveServer) -> People:
    return People(server.store)


@pytest.fixture(scope="module")
def come_in(server: LiveServer, people: People) -> Callable[..., Browser]:
    hash_ = passwords.hashed(PASSWORD)

    def make(name: str, role: Role = "admin", blogs: list[str] | None = None) -> Browser:
        people.accounts.put(Account(name=name, role=role, blogs=blogs, password_hash=hash_))
        return Browser(server.url, session_of(people, name))

    return make


def test_an_admin_invites_changes_and_shuts_out(
    server: LiveServer, people: People, come_in: Callable[..., Browser]
) -> None:
    slug = server.open("people-page")
    ada = come_in("Ada Admin")
    invited = ada.send("/desk/people", act="invite", role="contributor", where="some", blogs=slug)
    link = re.search(r'readonly value="([^"]+)"', invited.text)
    assert link
    assert link[1].startswith("/desk/welcome/")  # no request says at which address
    guest = requests.Session()
    assert guest.post(server.url + link[1], data={"name": "Nia", "password": PASSWORD}, timeout=60).ok
    nia = people.accounts.get("Nia")
    assert nia is not None
    assert (nia.role, nia.blogs) == ("contributor", [slug])
    assert guest.get(f"{server.url}/desk/people", timeout=60).status_code == 403
    changed = ada.send("/desk/people", act="change", name="Nia", role="editor", where="all")
    assert changed.headers["Location"] == "/desk/people?done=change"
    assert "editor for all blogs" in ada.get("/desk/people?done=change").text
    ada.send("/desk/people", act="sign-out", name="Nia")
    assert guest.get(f"{server.url}/desk/", timeout=60).url.endswith("next=/desk/")
    ada.send("/desk/people", act="disable", name="Nia")
    assert "shut out" in ada.get("/desk/people").text
    again = ada.send("/desk/people", act="reset", name="Nia")
    assert "/desk/welcome/" in again.text
    found = people.accounts.get("Nia")
    assert found is not None
    assert not found.disabled


def test_a_wrong_form_is_refused_and_changes_nothing(
    server: LiveServer, people: People, come_in: Callable[..., Browser]
) -> None:
    ada = come_in("Ada Admin")
    for fields, words in (
        ({"act": "fire"}, "no such act"),
        ({"act": "invite", "role": "king"}, "choose a role"),
        ({"act": "invite", "role": "editor", "where": "some"}, "at least one blog"),
        ({"act": "invite", "role": "editor", "where": "some", "blogs": "nowhere"}, "no blog nowhere"),
        ({"act": "disable", "name": "Nobody"}, "there is no account nobody"),
        ({"act": "revoke", "name": "nothing"}, "there is no token nothing"),
        ({"act": "token", "name": " ", "role": "editor"}, "a name must be one line"),
    ):
        answer = ada.send("/desk/people", **fields)
        assert answer.status_code in (404, 409, 422), fields
        assert words in answer.text.lower()
    without = ada.session.post(f"{server.url}/desk/people", data={"act": "disable", "name": "Ada Admin"}, timeout=60)
    assert without.status_code == 403


def test_what_a_refused_form_had_is_still_there(come_in: Callable[..., Browser]) -> None:
    ada = come_in("Ada Admin")
    invited = ada.send("/desk/people", act="invite", name='Nia "B"', role="king").text
    assert invited.count('value="Nia &#34;B&#34;"') == 1  # and not in the form for tokens
    fields = {"act": "token", "name": "ticker", "role": "contributor", "bounds": "some", "expires": "2031-12-24"}
    wanted = ada.send("/desk/people", **fields).text
    assert "Choose at least one scope" in wanted
    assert wanted.count('value="ticker"') == 1
    for kept in ('"contributor" selected', '"some" checked> Only these calls', 'type="date" value="2031-12-24"'):
        assert kept in wanted
    hook = ada.send("/desk/webhooks", act="add", url="https://10.0.0.1/hook", begin="start").text
    assert 'value="https://10.0.0.1/hook"' in hook
    assert 'value="start" checked' in hook


def test_the_last_admin_stays(server: LiveServer, people: People, come_in: Callable[..., Browser]) -> None:
    ada = come_in("Ada Admin")
    for other in people.accounts.list():
        if other.name != "Ada Admin":
            people.accounts.delete(other.name)
    for fields in ({"act": "disable"}, {"act": "change", "role": "editor", "where": "all"}):
        answer = ada.send("/desk/people", name="Ada Admin", **fields)
        assert (answer.status_code, "only admin" in answer.text) == (409, True)


def test_tokens_are_made_shown_once_and_ended(
    server: LiveServer, people: People, come_in: Callable[..., Browser]
) -> None:
    ada = come_in("Ada Admin")
    made = ada.send("/desk/people", act="token", name="ticker", role="editor", where="all")
    token = re.search(r'readonly value="(lb_[^"]+)"', made.text)
    assert token
    assert people.tokens.get(token[1]) is not None
    assert token[1] not in ada.get("/desk/people").text
    ada.send("/desk/people", act="revoke", name="ticker")
    assert people.tokens.get(token[1]) is None


def test_ones_own_password(server: LiveServer, people: People, come_in: Callable[..., Browser]) -> None:
    bo, elsewhere = come_in("Bea Own", "editor"), come_in("Bea Own", "editor")
    assert bo.send("/desk/account", old="wrong", password="seven zinc lanterns").status_code == 422
    assert bo.send("/desk/account", old=PASSWORD, password="short").status_code == 422
    changed = bo.send("/desk/account", old=PASSWORD, password="seven zinc lanterns")
    assert changed.headers["Location"] == "/desk/account?done=password"
    assert "password was changed" in bo.get("/desk/account?done=password").text
    assert elsewhere.get("/desk/account").url.endswith("/desk/sign-in?next=/desk/account")


def test_the_log_says_who_did_what(server: LiveServer, come_in: Callable[..., Browser]) -> None:
    slug = server.open("people-log")
    ada = come_in("Ada Log")
    ada.send("/desk/people", act="token", name="logged", role="editor", where="all")
    server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors"})
    page = ada.get("/desk/log?by=Ada+Log").text
    assert re.search(r"<td>Ada Log</td><td>made a token: logged, editor<", page)
    assert re.search(
        r"<td>editor</td><td>published: <a href=\"/live/people-log/posts/[^\"]+\">an update",
        ada.get(f"/desk/log?blog={slug}").text,
    )
    assert come_in("Cy", "editor").get("/desk/log").status_code == 403
    entries = requests.get(
        f"{server.url}/api/v1/log", headers={"Authorization": f"Bearer {server.token}"}, timeout=60
    ).json()["entries"]
    assert any(each["act"] == "token" and each["name"] == "logged" for each in entries)


def test_the_log_is_paged_for_one_person_and_guessing_does_not_fill_it(
    server: LiveServer, come_in: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(5):
        server.store.audit.note(by="Rare" if n == 0 else "Often", act="token", name=f"t{n}")
    monkeypatch.setattr(people_pages, "LOG", 2)
    found, further = people_pages._entries(server.store.audit.of_site, "Rare", "+")
    assert [entry.note["name"] for entry in found] == ["t0"]
    assert further is None
    newest, further = people_pages._entries(server.store.audit.of_site, "Often", "+")
    older, _ = people_pages._entries(server.store.audit.of_site, "Often", further or "")
    assert [entry.note["name"] for entry in [*newest, *older]] == ["t4", "t3", "t2", "t1"]
    page = come_in("Ada Log").get("/desk/log?by=Rare").text
    assert page.count("made a token") == 1
    for _ in range(4):
        requests.post(f"{server.url}/desk/sign-in", data={"name": "Guess", "password": "x"}, timeout=60)
    assert len(people_pages._entries(server.store.audit.of_site, "Guess", "+")[0]) <= 1


def test_a_password_is_hashed_in_a_thread(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing takes 50 ms on purpose; the thread that serves everybody must not do it."""
    where: list[int] = []
    verified = passwords.verified

    def noted(account: Account | None, password: str) -> bool:
        where.append(threading.get_ident())
        return verified(account, password)

    monkeypatch.setattr(passwords, "verified", noted)
    app = create_app(store=server.store)
    answer = app.test_client().post("/desk/sign-in", data={"name": "Nobody", "password": PASSWORD})
    assert answer.status_code == 403
    assert where
    assert where != [threading.get_ident()]
