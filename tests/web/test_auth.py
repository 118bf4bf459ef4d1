"""Signing in: one-time links, passwords, sessions, CSRF and roles, over HTTP against the real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from argon2 import PasswordHasher, extract_parameters
from flask.testing import FlaskClient
from requests.adapters import HTTPAdapter
from werkzeug.test import TestResponse

from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.store.accounts import Account
from liveblog.store.commits import Store
from liveblog.store.people import People
from liveblog.web import passwords
from liveblog.web.auth import Actor
from liveblog.web.passwords import hashed, verified
from tests.live_server import LiveServer, live_server, until

PASSWORD = "correct horse battery"


class From(HTTPAdapter):
    """Sends from another address of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._address, 0), **options)


@pytest.fixture(scope="module")
def people(server: LiveServer) -> People:
    return People(server.store)


@pytest.fixture(scope="module")
def slug(server: LiveServer) -> str:
    return server.open("auth")


@pytest.fixture(scope="module")
def account(people: People) -> Callable[..., Account]:
    """An account that can sign in with PASSWORD."""
    hash_ = hashed(PASSWORD)

    def make(name: str, **fields: Any) -> Account:
        made = Account(**{"name": name, "role": "editor", "password_hash": hash_, **fields})
        people.accounts.put(made)
        return made

    return make


def browser(address: str | None = None) -> requests.Session:
    made = requests.Session()
    if address is not None:
        made.mount("http://", From(address))
    return made


def sign_in(
    server: LiveServer, name: str, password: str = PASSWORD, who: requests.Session | None = None, **fields: str
) -> requests.Response:
    data = {"name": name, "password": password, **fields}
    return (who or browser()).post(f"{server.url}/desk/sign-in", data=data, allow_redirects=False, timeout=60)


def inside(server: LiveServer, name: str) -> requests.Session:
    """A browser that has signed in."""
    who = browser()
    assert sign_in(server, name, who=who).status_code == 303
    return who


def csrf_of(server: LiveServer, who: requests.Session) -> str:
    page = who.get(f"{server.url}/desk/", timeout=60)
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found, page.text
    return found.group(1)


def publish(
    server: LiveServer, who: requests.Session, slug: str, csrf: str | None, **headers: str
) -> requests.Response:
    sent = {
        **({"X-CSRF-Token": csrf} if csrf is not None else {}),
        **{n.replace("_", "-"): v for n, v in headers.items()},
    }
    return who.post(f"{server.url}/api/v1/blogs/{slug}/posts", json={"body": "Hello"}, headers=sent, timeout=60)


# -- one-time links


def test_the_first_link_makes_the_first_admin_once() -> None:
    with live_server("serve", LIVEBLOG_BASE_URL="https://live.example.org") as server:
        log = server.data.parent / "log"
        link = (
            server.url + until(lambda: re.search(r"sign-in, once: https://live.example.org(\S+)\n", log.read_text()))[1]
        )
        who = browser()
        assert "Welcome to the desk" in who.get(link, timeout=60).text
        form = {"name": "  Ana   Torres ", "password": PASSWORD}
        made = who.post(link, data=form, allow_redirects=False, timeout=60)
        assert (made.status_code, made.headers["Location"]) == (303, "/desk/")
        flags = made.headers["Set-Cookie"]
        assert all(flag in flags for flag in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/"))
        account = People(server.store).accounts.get("Ana Torres")
        assert account is not None
        assert (account.role, account.blogs) == ("admin", None)
        for again in (who.get(link, timeout=60), who.post(link, data=form, timeout=60)):
            assert again.status_code == 404
            assert "has been used" in again.text


def test_unknown_and_expired_links_get_the_same_answer(server: LiveServer, people: People) -> None:
    expired = people.invitations.make("editor", ttl=1)
    (key,) = [k for k in server.store.client.keys("lb:invitations:*") if server.store.client.ttl(k) <= 1]
    server.store.client.pexpire(key, 1)
    until(lambda: not server.store.client.exists(key))
    for token in (expired, "nobody-made-this", "x" * 500):
        page = requests.get(f"{server.url}/desk/welcome/{token}", timeout=60)
        assert page.status_code == 404
        assert "works once and for a day" in page.text


def test_an_editor_invited_on_the_command_line_chooses_only_the_password(server: LiveServer, people: People) -> None:
    slug = server.open("invited")
    said = subprocess.run(
        [sys.executable, "-m", "liveblog", "editor", "add", "Ben Okri", "--role", "editor", "--blog", slug],
        env={**os.environ, "LIVEBLOG_DATA": str(server.data)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    path = re.search(r"/desk/welcome/\S+", said)
    assert path is not None
    link = server.url + path[0]
    assert sign_in(server, "Ben Okri", "").status_code == 403  # invited, but without a password
    assert "readonly" in requests.get(link, timeout=60).text
    who = browser()
    made = who.post(link, data={"name": "Somebody Else", "password": PASSWORD}, timeout=60)
    assert made.status_code == 200
    assert "Ben Okri" in made.text
    account = people.accounts.get("Ben Okri")
    assert account is not None
    assert (account.role, account.blogs) == ("editor", [slug])
    assert people.accounts.get("Somebody Else") is None


def test_a_new_password_by_invitation_keeps_the_role_and_ends_the_old_sessions(
    server: LiveServer, people: People, account: Callable[..., Account]
) -> None:
    account("Cleo", role="contributor")
    old = inside(server, "Cleo")
    link = f"{server.url}/desk/welcome/{people.invitations.make('admin', name='Cleo')}"
    new = browser()
    assert new.post(link, data={"password": "seven zinc lanterns"}, timeout=60).status_code == 200
    changed = people.accounts.get("Cleo")
    assert changed is not None
    assert changed.role == "contributor"
    assert old.get(f"{server.url}/desk/", allow_redirects=False, timeout=60).status_code == 302
    assert sign_in(server, "Cleo").status_code == 403
    assert sign_in(server, "Cleo", "seven zinc lanterns").status_code == 303


@pytest.mark.parametrize(
    ("name", "password", "said"),
    [
        ("Refused Name", "short", "at least 10"),
        ("Refused Name", "x" * 1001, "at most 1000"),
        ("", PASSWORD, "1 to 80"),
        ("x" * 81, PASSWORD, "1 to 80"),
        ("Do\u200bra", PASSWORD, "1 to 80"),
        ("Do\x00ra", PASSWORD, "1 to 80"),
        ("Taken", PASSWORD, "taken"),
    ],
)
def test_a_bad_name_or_password_is_refused_and_the_link_still_works(
    server: LiveServer, people: People, account: Callable[..., Account], name: str, password: str, said: str
) -> None:
    account("Taken", role="admin")
    token = people.invitations.make("editor")
    form = requests.post(f"{server.url}/desk/welcome/{token}", data={"name": name, "password": password}, timeout=60)
    assert form.status_code == 422
    assert said in form.text
    assert people.invitations.peek(token) is not None
    assert people.accounts.get("Refused Name") is None
    taken = people.accounts.get("Taken")
    assert taken is not None
    assert taken.role == "admin"


# -- signing in


def test_signing_in_and_out(server: LiveServer, account: Callable[..., Account]) -> None:
    account("Eve Jose\u0301")
    who = browser()
    answer = sign_in(server, "Eve  Jos\u00e9", who=who)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/")
    assert "Secure" not in answer.headers["Set-Cookie"]
    token = who.cookies["liveblog_session"]
    assert token is not None
    out = who.post(f"{server.url}/desk/sign-out", data={"csrf": csrf_of(server, who)}, timeout=60)
    assert out.url.endswith("/desk/sign-in")
    assert "liveblog_session" not in who.cookies
    back = requests.get(f"{server.url}/desk/", cookies={"liveblog_session": token}, allow_redirects=False, timeout=60)
    assert back.status_code == 302


def test_a_wrong_password_and_an_unknown_name_look_alike(server: LiveServer, account: Callable[..., Account]) -> None:
    account("Finn")
    wrong, unknown = sign_in(server, "Finn", "not the password"), sign_in(server, "Nobody", "not the password")
    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text.replace("Finn", "Nobody") == unknown.text


def test_a_password_costs_who_guesses_it_memory_and_time(costly_hasher: PasswordHasher) -> None:
    assert costly_hasher.hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,")


def test_names_cannot_be_found_by_timing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nearly all of the time is one verification, whose parameters set its cost."""
    known = Account(name="Gus", role="editor", password_hash=hashed(PASSWORD))
    shut_out = Account(**{**_fields(known), "disabled": True})
    assert verified(known, PASSWORD)
    hasher, costs = passwords.hasher, []

    class Counting:
        hash = staticmethod(hasher.hash)

        def verify(self, hash: str, password: str) -> bool:
            costs.append(extract_parameters(hash))
            return hasher.verify(hash, password)

    monkeypatch.setattr(passwords, "hasher", Counting())
    for account, password in ((known, "not the password"), (None, PASSWORD), (shut_out, PASSWORD)):
        assert not verified(account, password)
    assert not verified(Account(name="x", role="editor"), PASSWORD)
    assert costs == [extract_parameters(hashed(PASSWORD))] * 4


def _fields(account: Account) -> dict[str, Any]:
    return {name: getattr(account, name) for name in account.__struct_fields__}


def test_a_password_counts_whole_and_as_it_was_written(server: LiveServer, account: Callable[..., Account]) -> None:
    long = "Forty velvet umbrellas, and " * 12 + "rain"  # longer than some hashes look
    account("Wes", password_hash=hashed(long))
    assert sign_in(server, "Wes", long).status_code == 303
    for other in (long[:-1], f"{long} ", f" {long}", long.swapcase(), long.replace("  ", " ") + "s", long[:72]):
        assert sign_in(server, "Wes", other).status_code == 403


def test_a_password_is_the_same_from_every_keyboard() -> None:
    assert verified(
        Account(name="x", role="editor", password_hash=hashed("caf\u00e9 con leche")),
        "cafe\u0301 con leche",
    )


def test_guessing_is_throttled_but_locks_nobody_out_elsewhere(
    server: LiveServer, account: Callable[..., Account]
) -> None:
    account("Hana")
    guesser = browser("127.0.0.7")
    for _ in range(10):
        assert sign_in(server, "Hana", "a wrong guess", who=guesser).status_code == 403
    refused = sign_in(server, "Hana", who=guesser)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "300")
    assert "Too many tries" in refused.text
    assert sign_in(server, "Hana", who=browser("127.0.0.8")).status_code == 303
    assert sign_in(server, "Hana").status_code == 303


def test_behind_a_proxy_on_this_machine_the_real_address_is_counted(
    server: LiveServer, account: Callable[..., Account]
) -> None:
    account("Hugo")

    def guess(address: str, password: str) -> int:
        who = browser()
        who.headers["X-Forwarded-For"] = f"10.9.9.9, {address}"
        return sign_in(server, "Hugo", password, who=who).status_code

    assert [guess("198.51.100.1", "a wrong guess") for _ in range(11)][-1] == 429
    assert guess("198.51.100.2", PASSWORD) == 303


def test_all_addresses_of_an_ipv6_network_are_one_client(server: LiveServer, account: Callable[..., Account]) -> None:
    """A provider gives each customer at least so many (/64): each address for itself would be no limit."""
    account("Ines")

    def guess(address: str, password: str) -> int:
        who = browser()
        who.headers["X-Forwarded-For"] = address
        return sign_in(server, "Ines", password, who=who).status_code

    assert [guess(f"2001:db8:0:7:{n}::1", "a wrong guess") for n in range(11)][-1] == 429
    assert guess("2001:db8:0:8::1", PASSWORD) == 303


@pytest.fixture
def behind(store: Store, account: Callable[..., Account]) -> Callable[..., FlaskClient]:
    """A browser whose requests reach the application from `peer`, with these headers of proxies in between."""
    app = create_app(Settings.from_environ({"LIVEBLOG_PROXIES": "192.0.2.0/28, fd00::1"}), store)
    People(store).accounts.put(account("Ivo"))

    def make(peer: str, **headers: str) -> FlaskClient:
        client = app.test_client()
        sent = {f"HTTP_X_FORWARDED_{name.upper()}": value for name, value in headers.items()}
        client.environ_base = {**client.environ_base, "REMOTE_ADDR": peer, **sent}
        return client

    return make


def try_in(client: FlaskClient, password: str = PASSWORD) -> TestResponse:
    return client.post("/desk/sign-in", data={"name": "Ivo", "password": password})


@pytest.mark.parametrize(
    ("peer", "named"),
    [
        ("192.0.2.1", "203.0.113.{n}, 198.51.100.9"),  # addresses that a guesser writes do not count
        ("192.0.2.1", "203.0.113.{n}, 198.51.100.9, 192.0.2.2"),  # two of our proxies, one behind the other
        ("fd00::1", "203.0.113.{n},198.51.100.9"),
        ("::ffff:192.0.2.1", "203.0.113.{n}, ::ffff:198.51.100.9"),  # a socket for both kinds of addresses
        ("198.51.100.9", "203.0.113.{n}"),  # not one of our proxies
        ("198.51.100.9", "192.0.2.{n}"),
        ("127.0.0.1", "203.0.113.{n}"),  # this machine is not in the list
        ("192.0.2.1", "203.0.113.{n}, unknown"),
        ("192.0.2.1", ""),
    ],
)
def test_a_guesser_is_known_by_the_address_that_our_own_proxies_saw(
    behind: Callable[..., FlaskClient], peer: str, named: str
) -> None:
    tries = [try_in(behind(peer, **{"for": named.format(n=n)}), "a wrong guess").status_code for n in range(11)]
    assert tries == [403] * 10 + [429]
    elsewhere = behind("192.0.2.1", **{"for": "198.51.100.10"})
    assert try_in(elsewhere).status_code == 303


@pytest.mark.parametrize(
    ("peer", "scheme", "secure"),
    [
        ("192.0.2.1", "https", True),
        ("192.0.2.1", "http, HTTPS", True),
        ("192.0.2.1", "http", False),
        ("192.0.2.1", "", False),
        ("198.51.100.9", "https", False),
        ("127.0.0.1", "https", False),
    ],
)
def test_only_our_own_proxies_may_forward_https(
    behind: Callable[..., FlaskClient], peer: str, scheme: str, secure: bool
) -> None:
    assert ("Secure" in try_in(behind(peer, proto=scheme)).headers["Set-Cookie"]) is secure


def test_successful_sign_ins_do_not_count_as_guesses(server: LiveServer, account: Callable[..., Account]) -> None:
    account("Ines")
    assert {sign_in(server, "Ines").status_code for _ in range(12)} == {303}


def test_signing_out_everywhere_ends_every_session(server: LiveServer, account: Callable[..., Account]) -> None:
    account("Jo")
    phone, laptop = inside(server, "Jo"), inside(server, "Jo")
    csrf = csrf_of(server, laptop)
    laptop.post(f"{server.url}/desk/sign-out", data={"csrf": csrf, "everywhere": "1"}, timeout=60)
    assert phone.get(f"{server.url}/desk/", allow_redirects=False, timeout=60).status_code == 302
    assert inside(server, "Jo").get(f"{server.url}/desk/", timeout=60).status_code == 200


def test_a_person_of_one_blog_can_sign_out(server: LiveServer, slug: str, account: Callable[..., Account]) -> None:
    account("Kim", role="contributor", blogs=[slug])
    who = inside(server, "Kim")
    out = who.post(f"{server.url}/desk/sign-out", data={"csrf": csrf_of(server, who)}, timeout=60)
    assert out.url.endswith("/desk/sign-in")


def test_a_disabled_account_is_signed_out_at_once(
    server: LiveServer, slug: str, people: People, account: Callable[..., Account]
) -> None:
    kept = account("Lou")
    who = inside(server, "Lou")
    csrf = csrf_of(server, who)
    assert publish(server, who, slug, csrf).status_code == 201
    people.accounts.put(Account(**{**_fields(kept), "disabled": True}))
    assert publish(server, who, slug, csrf).status_code == 401
    assert who.get(f"{server.url}/desk/", allow_redirects=False, timeout=60).status_code == 302
    assert sign_in(server, "Lou").status_code == 403


def test_a_sign_in_never_continues_an_earlier_session(server: LiveServer, account: Callable[..., Account]) -> None:
    account("Mia")
    planted = {"Cookie": "liveblog_session=planted"}
    form = {"name": "Mia", "password": PASSWORD}
    url = f"{server.url}/desk/sign-in"
    first = requests.post(url, data=form, headers=planted, allow_redirects=False, timeout=60).cookies
    assert first["liveblog_session"] != "planted"
    requests.post(url, data=form, cookies=first, allow_redirects=False, timeout=60)  # ends the earlier session
    gone = requests.get(f"{server.url}/desk/", cookies=first, allow_redirects=False, timeout=60)
    assert gone.status_code == 302


@pytest.mark.parametrize(
    ("wanted", "to"),
    [
        ("/desk/auth", "/desk/auth"),
        ("/desk/auth/takedowns/0f3eb419240c", "/desk/auth/takedowns/0f3eb419240c"),
        ("https://evil.example/desk/", "/desk/"),
        ("//evil.example", "/desk/"),
        ("/desk//evil.example", "/desk/"),
        ("/desk/..//evil", "/desk/"),
        ("/desk/\\evil.example", "/desk/"),
        ("/desk/auth\nSet-Cookie: a=b", "/desk/"),
        ("/live/auth", "/desk/"),
        ("", "/desk/"),
    ],
)
def test_a_sign_in_leads_back_but_never_to_another_site(
    server: LiveServer, account: Callable[..., Account], wanted: str, to: str
) -> None:
    account("Nina")
    assert sign_in(server, "Nina", next=wanted).headers["Location"] == to


def test_a_page_of_the_desk_sends_to_sign_in_and_back(
    server: LiveServer, slug: str, account: Callable[..., Account]
) -> None:
    account("Olaf")
    who = browser()
    page = who.get(f"{server.url}/desk/{slug}", timeout=60)
    assert page.url.endswith(f"/desk/sign-in?next=/desk/{slug}")
    wanted = re.search(r'name="next" value="([^"]*)"', page.text)
    assert wanted
    assert sign_in(server, "Olaf", who=who, next=wanted.group(1)).headers["Location"] == f"/desk/{slug}"
    assert who.get(page.url, timeout=60).url.endswith(f"/desk/{slug}")  # signed in already


# -- writing


def test_a_write_needs_the_pages_token_and_the_same_site(
    server: LiveServer, slug: str, account: Callable[..., Account]
) -> None:
    account("Pia")
    account("Pit")
    who = inside(server, "Pia")
    csrf = csrf_of(server, who)
    others = csrf_of(server, inside(server, "Pit"))
    for token in (None, "", "wrong", "\u00e9".encode().decode("latin-1"), others):
        refused = publish(server, who, slug, token)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    for headers in (
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://evil.example"},
    ):
        refused = publish(server, who, slug, csrf, **headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    for headers in ({}, {"Sec_Fetch_Site": "same-origin"}, {"Origin": server.url}):
        assert publish(server, who, slug, csrf, **headers).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://["}],
)
def test_another_sites_page_cannot_sign_anybody_in(
    server: LiveServer, people: People, account: Callable[..., Account], headers: dict[str, str]
) -> None:
    account("Quin")
    who = browser()
    who.headers.update(headers)
    assert sign_in(server, "Quin", who=who).status_code == 403
    token = people.invitations.make("editor")
    data = {"name": "Planted", "password": PASSWORD}
    assert who.post(f"{server.url}/desk/welcome/{token}", data=data, timeout=60).status_code == 403
    assert people.invitations.peek(token) is not None


def test_an_open_page_continues_after_a_new_sign_in(
    server: LiveServer, slug: str, account: Callable[..., Account]
) -> None:
    account("Rosa")
    who = inside(server, "Rosa")
    before = csrf_of(server, who)
    sign_in(server, "Rosa", who=who)
    assert publish(server, who, slug, before).json()["code"] == "csrf"
    fresh = who.get(f"{server.url}/desk/{slug}/session", timeout=60).json()["csrf"]
    assert publish(server, who, slug, fresh).status_code == 201
    nobody = requests.get(f"{server.url}/desk/{slug}/session", headers={"Accept": "application/json"}, timeout=60)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "not_signed_in")


def test_roles(server: LiveServer, slug: str, account: Callable[..., Account]) -> None:
    server.open("elsewhere")
    account("Writer", role="contributor")
    account("Editor of one", blogs=[slug])
    account("Editor of none", blogs=[])
    account("Editor")
    account("Admin", role="admin")
    may = {"Writer": (403, 403, 403), "Editor of one": (201, 403, 403), "Editor of none": (403, 403, 403)}
    may |= {"Editor": (201, 201, 403), "Admin": (201, 201, 201)}
    for name, expected in may.items():
        who = inside(server, name)
        csrf = csrf_of(server, who)
        new = {"slug": "made-new", "title": "New"}
        made = who.post(f"{server.url}/api/v1/blogs", json=new, headers={"X-CSRF-Token": csrf}, timeout=60)
        found = publish(server, who, slug, csrf), publish(server, who, "elsewhere", csrf), made
        assert tuple(answer.status_code for answer in found) == expected, name


def test_no_blogs_is_not_all_blogs() -> None:
    assert Actor(kind="account", name="x", role="editor").may("editor", "anora")
    assert not Actor(kind="account", name="x", role="admin", blogs=[]).may("contributor", "anora")
    assert not Actor(kind="account", name="x", role="admin", blogs=["anora"]).may("admin")


def test_a_password_that_a_proxy_asks_for_does_not_sign_anybody_out(
    server: LiveServer, account: Callable[..., Account]
) -> None:
    account("Sam")
    who = inside(server, "Sam")
    assert who.get(f"{server.url}/desk/", headers={"Authorization": "Basic eDp5"}, timeout=60).status_code == 200


def test_without_storage_the_desk_asks_for_a_moment(tmp_path: Path) -> None:
    settings = Settings.from_environ({"LIVEBLOG_DATA": str(tmp_path)})
    app = create_app(settings, Store(f"unix://{tmp_path}/nothing-here"))
    client = app.test_client()
    client.set_cookie("liveblog_session", "some-session")
    for answer in (
        client.post("/desk/sign-in", data={"name": "x", "password": PASSWORD}),
        client.get("/desk/welcome/some-token"),
        client.get("/desk/"),
    ):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert "One moment, please" in answer.text


def test_a_password_typed_as_a_name_does_not_get_into_the_log(server: LiveServer) -> None:
    secret = "correct horse battery"
    app = create_app(store=server.store)
    sent = {"REMOTE_ADDR": "192.0.2.77"}
    answer = app.test_client().post("/desk/sign-in", data={"name": secret, "password": "x"}, environ_overrides=sent)
    assert answer.status_code == 403
    entry = next(each for each in server.store.audit.of_site() if each.note["act"] == "sign_in_failed")
    assert entry.by == "somebody unknown"
    assert all(secret not in str(each) for each in server.store.audit.of_site())


@pytest.mark.parametrize("password", ["Butterfly1987", "Una Novak 2026"])
def test_a_password_that_others_guess_first_is_refused(server: LiveServer, people: People, password: str) -> None:
    token = people.invitations.make("editor")
    form = requests.post(
        f"{server.url}/desk/welcome/{token}", data={"name": "Una Novak", "password": password}, timeout=60
    )
    assert form.status_code == 422
    assert "several words make a better one" in form.text
    assert people.accounts.get("Una Novak") is None
    assert people.invitations.peek(token) is not None


@pytest.mark.parametrize("old", ["short", "butterfly1987"])
def test_a_password_older_than_the_rules_signs_in_and_is_asked_to_change(
    server: LiveServer, people: People, old: str
) -> None:
    people.accounts.put(Account(name="Vic", role="editor", password_hash=passwords.hasher.hash(old)))
    who = browser()
    answer = sign_in(server, "Vic", old, who=who, next="/desk/some-night")
    assert answer.headers["Location"] == "/desk/account?done=weak"
    assert "choose another one here" in who.get(f"{server.url}/desk/account?done=weak", timeout=60).text
    csrf = csrf_of(server, who)
    form = {"csrf": csrf, "old": old, "password": "butterfly 1988"}
    assert who.post(f"{server.url}/desk/account", data=form, timeout=60).status_code == 422
    assert who.post(f"{server.url}/desk/account", data=form | {"password": PASSWORD}, timeout=60).status_code == 200
    assert sign_in(server, "Vic", next="/desk/some-night").headers["Location"] == "/desk/some-night"
