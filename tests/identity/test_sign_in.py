"""Signing in at an identity provider, over HTTP, against one that also does what no honest provider does."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey
from werkzeug.test import TestResponse

from liveblog import factors, identities, staff
from liveblog.app import create_app
from liveblog.config import Settings, WrongSetting
from liveblog.errors import WrongState
from liveblog.store.accounts import Account, Subject
from liveblog.store.commits import Store
from liveblog.store.factors import Passkey
from liveblog.store.people import People
from liveblog.web import cookies, tries
from tests.identity.provider import ACCESS, CLIENT, SECRET, FakeProvider, fake_provider
from tests.web.office import NEW, PASSWORD, Office, hash_of

ROLES = "desk=editor;heads=admin;oscars=editor:anora"
SITE = "https://live.example.org/night"
BACK = "/desk/sign-in/provider/back"


class Newsroom(Office):
    """A newsroom whose people sign in at a provider."""

    def __init__(self, store: Store, provider: FakeProvider, **settings: str) -> None:
        self.store, self.provider = store, provider
        environ = {
            "LIVEBLOG_OIDC_ISSUER": provider.url,
            "LIVEBLOG_OIDC_CLIENT_ID": CLIENT,
            "LIVEBLOG_OIDC_CLIENT_SECRET": SECRET,
            "LIVEBLOG_OIDC_ROLES": ROLES,
            "LIVEBLOG_BASE_URL": SITE,
        }
        self.settings = Settings.from_environ(environ | settings)
        self.app = create_app(self.settings, store, prefix="")
        self.people = People(store, passwords=self.settings.passwords, issuer=self.settings.oidc_issuer)

    def leaves(self, who: FlaskClient, path: str = "/desk/sign-in/provider") -> str:
        return way(who.get(path))

    def comes_back(self, who: FlaskClient, address: str, **changed: str) -> TestResponse:
        sent = {**self.provider.goes_in(address), **changed}
        return who.get(BACK, query_string={name: value for name, value in sent.items() if value})

    def goes_through(self, who: FlaskClient | None = None) -> TestResponse:
        who = who or self.browser()
        return self.comes_back(who, self.leaves(who))

    def with_password(self, name: str, **fields: Any) -> FlaskClient:
        """A person's browser who has just signed in with a password."""
        self.people.accounts.put(
            Account(**{"name": name, "role": "editor", "password_hash": hash_of(PASSWORD)} | fields)
        )
        who = self.browser()
        assert self.signs_in(name, PASSWORD, who) == 303
        return who


def way(answer: TestResponse) -> str:
    """The address to which a page leads a person on."""
    assert answer.status_code == 200, answer.text
    (address,) = set(re.findall(r'(?:0; url=|class="button" href=")([^"]+)"', answer.text))
    return unescape(address)


def csrf_of(who: FlaskClient) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', who.get("/desk/account").text)
    assert found
    return found[1]


def is_in(who: FlaskClient) -> bool:
    return who.get("/desk/account").status_code == 200


@pytest.fixture(scope="module")
def running() -> Iterator[FakeProvider]:
    with fake_provider() as provider:
        yield provider


@pytest.fixture
def provider(running: FakeProvider) -> FakeProvider:
    kept = running.url, running.key
    running.__init__(kept[0])  # type: ignore[misc]
    return running


@pytest.fixture
def house(store: Store, provider: FakeProvider) -> Newsroom:
    return Newsroom(store, provider)


# -- the way there and back


def test_a_person_comes_in_with_the_role_of_its_groups(house: Newsroom) -> None:
    who = house.browser()
    address = house.leaves(who)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert address.startswith(f"{house.provider.url}/auth?")
    assert asked["redirect_uri"] == f"{SITE}{BACK}"
    assert (asked["scope"], asked["code_challenge_method"]) == ("openid profile", "S256")
    done = house.comes_back(who, address)
    assert (done.status_code, done.location) == (303, "/desk/")
    assert is_in(who)
    account = house.account("Ana")
    assert (account.role, account.blogs, account.password_hash) == ("editor", None, None)
    assert account.subject == Subject(iss=house.provider.url, sub="ana-7")
    assert not house.provider.wrong_requests


def test_a_newsroom_signs_in_from_one_address(house: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "TRIES_OF_ADDRESS", 3)
    assert {house.goes_through().status_code for _ in range(7)} == {303}
    assert {house.browser().get("/desk/sign-in/provider").status_code for _ in range(4)} == {200, 429}


def test_a_page_of_another_site_uses_up_nobodys_tries(house: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tries, "TRIES_OF_ADDRESS", 3)
    by_a_script = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    for _ in range(7):
        answer = house.browser().get("/desk/sign-in/provider", headers=by_a_script)
        assert answer.location.startswith("/desk/sign-in?")
    assert house.goes_through().status_code == 303


def test_another_sites_page_cannot_begin_a_sign_in(house: Newsroom) -> None:
    """The provider may sign a person in without asking: then a link elsewhere would open a session by itself."""
    for site in ("cross-site", "same-site"):
        who = house.browser()
        answer = who.get("/desk/sign-in/provider?next=/desk/anora", headers={"Sec-Fetch-Site": site})
        assert (answer.status_code, answer.location) == (303, "/desk/sign-in?next=/desk/anora")
        assert "Set-Cookie" not in answer.headers
        button = re.search(r'class="button" href="([^"]+)"', who.get(answer.location).text)
        assert button
        assert house.comes_back(who, house.leaves(who, unescape(button[1]))).location == "/desk/anora"


def test_the_providers_tokens_stay_on_the_server(house: Newsroom) -> None:
    who = house.browser()
    address = house.leaves(who)
    answers = [house.comes_back(who, address), who.get("/desk/"), who.get("/desk/account")]
    told = "".join(f"{answer.headers}{answer.text}" for answer in answers)
    kept = [str(house.store.client.dump(key)) for key in house.store.client.scan_iter()]
    secrets = [*house.provider.issued, SECRET]
    assert len(secrets) == 3
    for secret in secrets:
        assert secret not in told
        assert not [each for each in kept if secret in each]


def test_the_page_that_was_wanted_comes_afterwards_and_no_other_site(house: Newsroom) -> None:
    for wanted, reached in (
        ("/desk/anora", "/desk/anora"),
        ("https://evil.example/", "/desk/"),
        ("//evil.example/desk/", "/desk/"),
        ("/desk/anora@evil.example", "/desk/"),
    ):
        who = house.browser()
        address = house.leaves(who, f"/desk/sign-in/provider?next={wanted}")
        assert house.comes_back(who, address).location == reached


def test_an_account_belongs_to_the_subject_whatever_its_name(house: Newsroom) -> None:
    house.goes_through()
    house.provider.person = {"sub": "ana-7", "name": "Ana Torres-Ruiz", "groups": ["desk"]}  # she married
    who = house.browser()
    house.goes_through(who)
    assert is_in(who)
    assert [each.name for each in house.people.accounts.list()] == ["Ana"]


def test_a_squatted_name_takes_nobodys_account(house: Newsroom) -> None:
    house.with_password("Root", role="admin")
    for name in ("Root", "ROOT", " root "):
        house.provider.person = {"sub": "mallory", "name": name, "email": "root@example.org", "groups": ["desk"]}
        who = house.browser()
        answer = house.goes_through(who)
        assert answer.status_code == 403
        assert "connect it under Your account" in answer.text
        assert not is_in(who)
    assert house.account("Root").subject is None


def test_the_same_subject_of_another_issuer_is_somebody_else(house: Newsroom) -> None:
    house.people.accounts.put(
        Account(name="Eve", role="admin", subject=Subject(iss="https://old.example", sub="ana-7"))
    )
    house.goes_through()
    assert house.account("Ana").role == "editor"
    assert house.account("Eve").subject == Subject(iss="https://old.example", sub="ana-7")


# -- roles


def test_a_role_of_today_holds_from_the_next_sign_in(house: Newsroom) -> None:
    house.goes_through()
    house.provider.person["groups"] = ["heads", "oscars"]
    house.goes_through()
    assert (house.account("Ana").role, house.account("Ana").blogs) == ("admin", None)
    house.provider.person["groups"] = ["oscars"]
    house.goes_through()
    assert (house.account("Ana").role, house.account("Ana").blogs) == ("editor", ["anora"])
    changes = [entry for entry in house.store.audit.of_site() if entry.note["act"] == "change"]
    assert [(entry.by, entry.note["role"]) for entry in changes] == [
        ("identity provider", "editor"),
        ("identity provider", "admin"),
    ]


def test_a_person_who_is_in_no_group_any_more_is_out(house: Newsroom) -> None:
    house.provider.person["groups"] = ["heads"]
    there, here = house.browser(), house.browser()
    house.goes_through(there)
    made = staff.add_token(house.people, staff.By(name="Ana", account="Ana"), "wire", "editor")
    invited = staff.invite(house.people, staff.By(name="Ana", account="Ana"), "editor", None)
    house.provider.person["groups"] = ["choir"]
    assert house.goes_through(here).status_code == 403
    assert not is_in(here)
    assert not is_in(there)
    assert house.people.tokens.get(made) is None
    assert house.people.invitations.peek(invited) is None
    house.provider.person["groups"] = ["desk"]
    house.goes_through(here)
    assert is_in(here)


def test_an_admin_whose_groups_went_is_no_admin_any_more(house: Newsroom, caplog: pytest.LogCaptureFixture) -> None:
    house.provider.person["groups"] = ["heads"]
    house.goes_through()
    house.with_password("Root", role="admin")
    house.provider.person["groups"] = ["choir"]
    assert house.goes_through().status_code == 403
    assert (house.account("Ana").role, house.account("Ana").blogs) == ("contributor", [])
    with pytest.raises(WrongState, match="the only admin"):
        staff.shut_out(house.people, staff.HERE, "Root")
    assert "no admin of all blogs" not in caplog.text


def test_if_the_groups_leave_nobody_who_is_an_admin_the_log_says_so(
    house: Newsroom, caplog: pytest.LogCaptureFixture
) -> None:
    house.provider.person["groups"] = ["heads"]
    house.goes_through()
    made = staff.add_token(house.people, staff.By(name="Ana", account="Ana"), "wire", "admin")
    house.provider.person["groups"] = ["oscars"]
    house.goes_through()
    assert "no admin of all blogs can sign in now" in caplog.text
    assert house.people.tokens.get(made) is None
    assert staff.first_invitation(house.people) is not None  # at the next start, the way back in


def test_the_last_admin_is_not_connected_as_an_editor(house: Newsroom) -> None:
    who = house.with_password("Root", role="admin")
    answer = house.comes_back(who, way(who.post("/desk/account/provider", data={"csrf": csrf_of(who)})))
    assert answer.status_code == 409
    assert "the only admin of everything" in answer.text
    assert house.account("Root").password_hash


def test_sessions_end_where_their_issuer_is_no_setting_any_more(house: Newsroom) -> None:
    house.goes_through()
    session = house.people.sessions.open("Ana")
    with_passwords = create_app(Settings.from_environ({"LIVEBLOG_BASE_URL": SITE}), house.store, prefix="")
    here, there = house.browser(), with_passwords.test_client()
    for who in (here, there):
        who.set_cookie(cookies.HOST_COOKIE, session)
    assert (is_in(here), is_in(there)) == (True, False)


def test_a_newcomer_without_a_group_gets_no_account(house: Newsroom) -> None:
    house.provider.userinfo = {"sub": "ana-7", "name": "Ana"}
    nothing: list[object] = [None, [], "choir", {"desk": True}]
    for groups in nothing:
        house.provider.person["groups"] = groups
        assert house.goes_through().status_code == 403
    assert not house.people.accounts.list()


def test_groups_that_the_token_lacks_are_asked_for(house: Newsroom) -> None:
    house.provider.person = {"sub": "ana-7"}
    house.provider.userinfo = {"sub": "ana-7", "name": "Ana", "groups": ["heads"]}
    house.goes_through()
    assert house.account("Ana").role == "admin"
    house.provider.userinfo = {"sub": "mallory", "name": "Ana", "groups": ["heads"]}
    assert house.goes_through().status_code == 403


def test_a_person_who_is_shut_out_stays_out(house: Newsroom) -> None:
    who = house.browser()
    house.goes_through(who)
    house.with_password("Root", role="admin")
    staff.shut_out(house.people, staff.HERE, "Ana")
    assert not is_in(who)
    answer = house.goes_through(who)
    assert answer.status_code == 403
    assert "shut out" in answer.text
    assert not is_in(who)
    staff.reset(house.people, staff.HERE, "Ana")  # let in again
    house.goes_through(who)
    assert is_in(who)


# -- accounts that exist


def test_a_person_connects_its_account_while_signed_in(house: Newsroom) -> None:
    who, other = house.with_password("Bo"), house.with_password("Bo")
    factors.add_passkey(house.people, house.account("Bo"), Passkey(id="AAAA", key="AAAA", name="Key"))
    answer = who.post("/desk/account/provider", data={"csrf": csrf_of(who)})
    done = house.comes_back(who, way(answer))
    assert done.status_code == 303, done.text
    assert is_in(who)
    assert not is_in(other)
    account = house.account("Bo")
    assert account.subject == Subject(iss=house.provider.url, sub="ana-7")
    assert account.password_hash is None
    assert not house.people.factors.get("Bo").any
    assert house.people.factors.owner("AAAA") is None
    assert house.signs_in("Bo", PASSWORD) == 403  # the password is gone
    assert [each.name for each in house.people.accounts.list()] == ["Bo"]


def test_a_fresh_sign_in_is_asked_for_at_the_provider(house: Newsroom) -> None:
    """Of a person whose account is connected, there and nowhere else; and also where the provider knows it still."""
    who = house.browser()
    house.goes_through(who)
    page = who.get("/desk/sign-in?fresh=1&next=/desk/people").text
    assert "Is it you?" in page
    assert 'name="password"' not in page
    (there,) = re.findall(r'class="button" href="([^"]+)"', page)
    address = house.leaves(who, unescape(there))
    assert "prompt=login" in address
    assert "prompt=" not in house.leaves(house.browser())
    house.provider.claims = {"auth_time": int(time.time())}
    assert house.comes_back(who, address).location.endswith("/desk/people")


def test_connecting_asks_for_a_fresh_sign_in_and_for_the_pages_own_form(house: Newsroom) -> None:
    who = house.browser()
    house.people.accounts.put(Account(name="Bo", role="editor", password_hash=hash_of(PASSWORD)))
    who.set_cookie(cookies.HOST_COOKIE, house.people.sessions.open("Bo"))
    assert who.post("/desk/account/provider", data={"csrf": csrf_of(who)}).location.startswith("/desk/sign-in?fresh")
    assert house.with_password("Cy").post("/desk/account/provider").status_code == 403


def test_who_signed_out_on_the_way_connects_nothing(house: Newsroom) -> None:
    who = house.with_password("Bo")
    address = way(who.post("/desk/account/provider", data={"csrf": csrf_of(who)}))
    staff.sign_out(house.people, staff.HERE, "Bo")
    house.signs_in("Bo", PASSWORD, who)  # anew: not the session that left
    assert house.comes_back(who, address).status_code == 401
    assert house.account("Bo").subject is None


def test_nobody_connects_a_subject_that_somebody_has(house: Newsroom) -> None:
    house.goes_through()
    who = house.with_password("Bo")
    answer = house.comes_back(who, way(who.post("/desk/account/provider", data={"csrf": csrf_of(who)})))
    assert (answer.status_code, "belongs to Ana already" in answer.text) == (422, True)
    assert house.account("Bo").password_hash


def test_an_admins_link_connects_an_account_that_has_the_name(house: Newsroom) -> None:
    house.with_password("Ana")
    _, token = staff.reset(house.people, staff.HERE, "Ana")
    who = house.browser()
    assert "Come in by 127.0.0.1" in who.get(f"/desk/welcome/{token}").text
    house.comes_back(who, way(who.post(f"/desk/welcome/{token}/provider")))
    assert is_in(who)
    assert house.account("Ana").subject
    assert who.post(f"/desk/welcome/{token}/provider").status_code == 404  # it works once


def test_a_link_that_was_refused_can_be_used_again(house: Newsroom) -> None:
    house.with_password("Ana")
    token = staff.invite(house.people, staff.HERE, "editor", None)
    who = house.browser()
    answer = house.comes_back(who, way(who.post(f"/desk/welcome/{token}/provider")))
    assert (answer.status_code, "there is an account Ana already" in answer.text) == (422, True)
    house.provider.person["name"] = "Ana T."
    house.comes_back(who, way(who.post(f"/desk/welcome/{token}/provider")))
    assert is_in(who)


def test_a_new_password_by_link_brings_a_person_back(house: Newsroom) -> None:
    """The provider is gone for good: an admin makes links, as for a forgotten password."""
    house.goes_through()
    _, token = staff.reset(house.people, staff.HERE, "Ana")
    who = house.browser()
    assert who.post(f"/desk/welcome/{token}", data={"password": NEW}).status_code == 303
    assert is_in(who)
    assert house.account("Ana").subject is None
    assert house.signs_in("Ana", NEW) == 303


def test_an_admin_of_the_provider_counts_as_one(house: Newsroom) -> None:
    house.provider.person["groups"] = ["heads"]
    house.goes_through()
    house.with_password("Root", role="admin")
    staff.shut_out(house.people, staff.HERE, "Root")
    assert house.account("Root").disabled


def test_a_person_of_the_provider_has_no_factors_here(store: Store, provider: FakeProvider) -> None:
    house = Newsroom(store, provider, LIVEBLOG_SECOND_FACTOR="all")
    who = house.browser()
    house.goes_through(who)
    assert is_in(who)  # the provider asks for them
    assert who.get("/desk/account/factors").status_code == 403


# -- confirming who one is


def asks_who_it_is(house: Newsroom, who: FlaskClient) -> str:
    """Somebody of the provider wants to change how it signs in. Returns the way to the provider."""
    asked = who.post("/desk/account/provider", data={"csrf": csrf_of(who)})
    assert asked.location.startswith("/desk/sign-in?fresh")
    button = re.search(r'class="button" href="([^"]+)"', who.get(asked.location).text)
    assert button
    return house.leaves(who, unescape(button[1]))


def is_fresh(who: FlaskClient) -> bool:
    return who.post("/desk/account/provider", data={"csrf": csrf_of(who)}).status_code == 200


def test_a_person_of_the_provider_confirms_there_who_it_is(house: Newsroom) -> None:
    who = house.browser()
    house.goes_through(who)
    address = asks_who_it_is(house, who)
    asked = parse_qs(urlsplit(address).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
    house.provider.claims = {"auth_time": int(time.time())}
    done = house.comes_back(who, address)
    assert (done.status_code, done.location) == (303, "/desk/account")
    assert is_fresh(who)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"auth_time": int(time.time()) - 3600},
        {"auth_time": str(int(time.time()) + 3600)},
        {"auth_time": True},
        {"auth_time": int(time.time()) + 3600, "sub": "mallory"},
    ],
    ids=["does not say", "of an hour ago", "a text", "true", "somebody else"],
)
def test_what_confirms_nothing(house: Newsroom, claims: dict[str, Any]) -> None:
    who = house.browser()
    house.goes_through(who)
    address = asks_who_it_is(house, who)
    house.provider.claims = claims
    assert house.comes_back(who, address).status_code == 403
    assert is_in(who)
    assert not is_fresh(who)
    assert [each.name for each in house.people.accounts.list()] == ["Ana"]


@pytest.mark.parametrize(("age", "fresh"), [(0, True), (300, True), (900, False)])
def test_a_sign_in_is_as_fresh_as_the_one_at_the_provider(house: Newsroom, age: int, fresh: bool) -> None:
    house.provider.claims = {"auth_time": int(time.time()) - age}
    who = house.browser()
    house.goes_through(who)
    assert is_fresh(who) is fresh


# -- instead of passwords


def test_without_passwords_the_provider_is_the_only_way(store: Store, provider: FakeProvider) -> None:
    before = Newsroom(store, provider).with_password("Root", role="admin")
    assert is_in(before)
    house = Newsroom(store, provider, LIVEBLOG_PASSWORDS="0")
    assert "Sign in with a passkey" in Newsroom(store, provider).browser().get("/desk/sign-in").text
    assert house.signs_in("Root", PASSWORD) == 403
    old = house.browser()
    old.set_cookie(cookies.COOKIE, house.people.sessions.open("Root"))
    assert not is_in(old)  # nor does a session that began with one go on
    page = house.browser().get("/desk/sign-in").text
    assert "Password" not in page
    assert "passkey" not in page  # it would be refused
    assert "Sign in at 127.0.0.1" in page
    _, token = staff.reset(house.people, staff.HERE, "Root")
    assert house.browser().post(f"/desk/welcome/{token}", data={"password": NEW}).status_code == 403
    assert house.browser().post("/desk/sign-in/passkey", data={"credential": "{}"}).status_code == 403
    who = house.browser()
    house.goes_through(who)
    assert is_in(who)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"OIDC_ISSUER": ""}, "LIVEBLOG_PASSWORDS=0 needs LIVEBLOG_OIDC_ISSUER"),
        ({"BASE_URL": ""}, "LIVEBLOG_OIDC_ISSUER needs LIVEBLOG_BASE_URL"),
        ({"OIDC_CLIENT_ID": ""}, "LIVEBLOG_OIDC_ISSUER needs LIVEBLOG_OIDC_CLIENT_ID"),
        ({"OIDC_ROLES": ""}, "LIVEBLOG_OIDC_ISSUER needs LIVEBLOG_OIDC_ROLES"),
        ({"OIDC_ROLES": "desk=editor;heads=admin:anora"}, "LIVEBLOG_PASSWORDS=0 needs GROUP=admin in"),
        ({"OIDC_ROLES": "heads=boss"}, "LIVEBLOG_OIDC_ROLES"),
        ({"OIDC_ISSUER": "login.example.org"}, "LIVEBLOG_OIDC_ISSUER"),
        ({"OIDC_ISSUER": "http://login.example.org"}, "LIVEBLOG_OIDC_ISSUER"),
        ({"OIDC_SCOPES": "profile"}, "LIVEBLOG_OIDC_SCOPES"),
    ],
)
def test_a_wrong_setting_is_named_at_the_start(changed: dict[str, str], named: str) -> None:
    right = {
        "PASSWORDS": "0",
        "BASE_URL": SITE,
        "OIDC_ISSUER": "https://login.example.org",
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_ROLES": ROLES,
    }
    assert Settings.from_environ({f"LIVEBLOG_{name}": value for name, value in right.items()})
    with pytest.raises(WrongSetting, match=re.escape(named)):
        Settings.from_environ({f"LIVEBLOG_{name}": value for name, value in (right | changed).items()})


# -- a provider that is away


def test_where_the_provider_is_away_passwords_still_work(house: Newsroom) -> None:
    house.provider.status = 503
    answer = house.browser().get("/desk/sign-in/provider")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "127.0.0.1, where people sign in, cannot be used" in answer.text
    assert "Sign in with a password" in answer.text
    assert is_in(house.with_password("Bo"))


def test_a_provider_that_answers_ten_megabytes_or_leads_elsewhere_is_not_followed(house: Newsroom) -> None:
    house.provider.discovery = {"padding": "x" * 10_000_000}
    answer = house.browser().get("/desk/sign-in/provider")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    house.provider.status = 302
    assert house.browser().get("/desk/sign-in/provider").status_code == 503
    house.provider.status, house.provider.discovery = 200, {}
    who = house.browser()
    address = house.leaves(who)
    house.provider.status = 302  # from here on also where the code is exchanged
    assert house.comes_back(who, address).status_code == 503
    assert "/elsewhere" not in house.provider.asked
    assert house.people.accounts.list() == []


def test_of_two_tabs_the_last_one_signs_in_and_the_back_button_does_not(house: Newsroom) -> None:
    who = house.browser()
    first, last = house.leaves(who), house.leaves(who)
    assert house.comes_back(who, first).status_code == 403
    sent = house.provider.goes_in(last)
    assert who.get(BACK, query_string=sent).status_code == 303
    assert who.get(BACK, query_string=sent).status_code == 403
    assert is_in(who)


def test_two_people_of_one_name_and_mail_address_are_two(house: Newsroom) -> None:
    house.provider.person = {"sub": "one", "name": "Ana", "email": "a@example.org", "groups": ["desk"]}
    assert house.goes_through().status_code == 303
    house.provider.person = {"sub": "two", "name": "Ana", "email": "a@example.org", "groups": ["heads"]}
    assert house.goes_through().status_code == 403
    (account,) = house.people.accounts.list()
    assert (account.role, account.subject and account.subject.sub) == ("editor", "one")


def test_what_was_discovered_is_kept(house: Newsroom) -> None:
    for _ in range(3):
        house.goes_through()
    assert house.provider.asked["/.well-known/openid-configuration"] == 1
    assert house.provider.asked["/jwks"] == 1


@pytest.mark.parametrize(
    "said", [{"issuer": "https://evil.example"}, {"token_endpoint": "ftp://x/"}, {"jwks_uri": None}, {"issuer": 7}]
)
def test_a_discovery_that_cannot_be_right_is_not_used(house: Newsroom, said: dict[str, Any]) -> None:
    house.provider.discovery = said
    assert house.browser().get("/desk/sign-in/provider").status_code == 503


# -- answers that are not right


def refused(house: Newsroom, **changed: str) -> None:
    who = house.browser()
    answer = house.comes_back(who, house.leaves(who), **changed)
    assert answer.status_code == 403, answer.text
    assert "Begin again" in answer.text or "did not sign you in" in answer.text
    assert not is_in(who)
    assert not house.people.accounts.list()


@pytest.mark.parametrize(
    "changed",
    [{"state": "x"}, {"state": ""}, {"code": "x"}, {"code": ""}, {"iss": "https://evil.example"}, {"error": "x"}],
)
def test_an_answer_that_is_not_the_one_asked_for(house: Newsroom, changed: dict[str, str]) -> None:
    refused(house, **changed)


def test_an_answer_without_its_issuer_where_the_provider_names_it(house: Newsroom) -> None:
    house.provider.discovery = {"authorization_response_iss_parameter_supported": True}
    refused(house, iss="")


def test_an_answer_to_another_browser(house: Newsroom) -> None:
    """Somebody sends a link with which one would sign in as that person."""
    mallory, ana = house.browser(), house.browser()
    address = house.leaves(mallory)
    house.leaves(ana)
    assert house.comes_back(ana, address).status_code == 403
    assert not is_in(ana)


def test_an_answer_twice(house: Newsroom) -> None:
    who = house.browser()
    address = house.leaves(who)
    sent = house.provider.goes_in(address)
    state = who.get_cookie("__Host-liveblog_errand")
    assert state
    assert who.get(BACK, query_string=sent).status_code == 303
    who.set_cookie("__Host-liveblog_errand", state.value)
    assert who.get(BACK, query_string=sent).status_code == 403


def timed(claims: dict[str, Any]) -> dict[str, Any]:
    """The claims with times instead of how far they are from now: the list of tests is older than the test."""
    return {
        name: int(time.time() + value.total_seconds()) if isinstance(value, timedelta) else value
        for name, value in claims.items()
    }


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another"},
        {"aud": [CLIENT, "another"]},  # without azp
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"azp": "another"},
        {"exp": timedelta(seconds=-120)},
        {"exp": None},
        {"exp": True},
        {"exp": "never"},
        {"iat": timedelta(seconds=3600)},
        {"iat": None},
        {"nbf": timedelta(seconds=3600)},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"at_hash": 7},
    ],
    ids=str,
)
def test_a_token_that_says_something_else(house: Newsroom, claims: dict[str, Any]) -> None:
    house.provider.claims = timed(claims)
    refused(house)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": timedelta(seconds=-20)},  # clocks differ
        {"iat": timedelta(seconds=40)},
        {"aud": [CLIENT, "another"], "azp": CLIENT},
        {"at_hash": "QX2ufJ0mPLCXbsMhjzV0zQ"},
    ],
    ids=str,
)
def test_a_token_within_what_is_allowed(house: Newsroom, claims: dict[str, Any]) -> None:
    if "at_hash" in claims:
        import hashlib

        half = hashlib.sha256(ACCESS.encode()).digest()[:16]
        claims = {"at_hash": base64.urlsafe_b64encode(half).decode().rstrip("=")}
    house.provider.claims = timed(claims)
    assert house.goes_through().status_code == 303


def unsigned(token: str, head: dict[str, Any], signature: str = "") -> str:
    said = base64.urlsafe_b64encode(json.dumps(head).encode()).decode().rstrip("=")
    return f"{said}.{token.split('.')[1]}.{signature}"


def test_a_signature_that_is_none_of_the_providers(house: Newsroom) -> None:
    provider = house.provider
    who = house.browser()
    address = house.leaves(who)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    right = provider.token_for(asked)
    stranger = provider.new_key("one")  # of the same name
    claims = json.loads(base64.urlsafe_b64decode(right.split(".")[1] + "=="))
    by_secret = jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])
    public = json.dumps(provider.key.as_dict(private=False))
    by_public_key = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(public), algorithms=["HS256"])
    body, _, signature = right.rpartition(".")
    for token in (
        provider.signed(claims, stranger),
        unsigned(right, {"alg": "none"}),
        unsigned(right, {"alg": "None", "kid": "one"}),
        unsigned(right, {"alg": "RS256", "kid": "one"}),
        unsigned(right, {"alg": "RS256", "kid": "one", "crit": ["x"], "x": 1}, signature),
        by_secret,
        by_public_key,
        f"{body}.{signature[:-8]}AAAAAAAA",
        f"{body}x.{signature}",
        "",
        "a.b.c",
        "é" * 10,
        "[]." * 3,
    ):
        provider.id_token = token
        refused(house)
    provider.id_token = right
    assert house.comes_back(who, address).status_code == 303


def test_a_new_key_is_fetched_and_seldom(store: Store, provider: FakeProvider) -> None:
    house = Newsroom(store, provider)
    services = house.app.extensions["liveblog"]
    clock = [1000.0]
    services.provider._monotonic = lambda: clock[0]
    assert house.goes_through().status_code == 303
    provider.key = provider.new_key("two")
    provider.published = [*provider.published, provider.key]
    clock[0] += 31
    assert house.goes_through().status_code == 303
    assert provider.asked["/jwks"] == 2
    provider.key = provider.new_key("three")  # and is published nowhere
    for _ in range(5):
        assert house.goes_through().status_code == 403
    assert provider.asked["/jwks"] == 2  # whoever sends names of keys causes no requests
    clock[0] += 31
    assert house.goes_through().status_code == 403
    assert provider.asked["/jwks"] == 3


def test_a_key_that_was_withdrawn_ends(store: Store, provider: FakeProvider) -> None:
    house = Newsroom(store, provider)
    services = house.app.extensions["liveblog"]
    clock = [1000.0]
    services.provider._monotonic = lambda: clock[0]
    assert house.goes_through().status_code == 303
    provider.published = [provider.new_key("two")]
    clock[0] += 3601
    assert house.goes_through().status_code == 403


# -- signing out


def test_signing_out_offers_to_sign_out_there_too(house: Newsroom) -> None:
    who = house.browser()
    house.goes_through(who)
    answer = who.post("/desk/sign-out", data={"csrf": csrf_of(who)})
    assert answer.location == "/desk/sign-out/provider"
    assert not is_in(who)
    address = way(who.get(answer.location))
    asked = parse_qs(urlsplit(address).query)
    assert address.startswith(f"{house.provider.url}/end?")
    assert asked == {"client_id": [CLIENT], "post_logout_redirect_uri": [f"{SITE}/desk/sign-in"]}
    plain = house.with_password("Bo")
    assert plain.post("/desk/sign-out", data={"csrf": csrf_of(plain)}).location == "/desk/sign-in"


def test_who_signs_out_there_is_signed_out_here(house: Newsroom) -> None:
    who = house.browser()
    house.goes_through(who)
    sent = {"logout_token": house.provider.logout_token()}
    answer = house.browser().post("/desk/sign-in/provider/sign-out", data=sent)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert not is_in(who)
    strangers = {"logout_token": house.provider.logout_token(sub="nobody")}
    assert house.browser().post("/desk/sign-in/provider/sign-out", data=strangers).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another"},
        {"iss": "https://evil.example"},
        {"iat": timedelta(seconds=-3600)},
        {"events": {}},
        {"events": None},
        {"nonce": "x"},
        {"sub": None},
        {"exp": timedelta(seconds=-3600)},
    ],
    ids=str,
)
def test_a_log_out_that_is_none(house: Newsroom, changed: dict[str, Any]) -> None:
    who = house.browser()
    house.goes_through(who)
    sent = {"logout_token": house.provider.logout_token(**timed(changed))}
    assert house.browser().post("/desk/sign-in/provider/sign-out", data=sent).status_code == 400
    assert is_in(who)


def test_an_id_token_signs_nobody_out(house: Newsroom) -> None:
    who = house.browser()
    house.goes_through(who)
    token = house.provider.token_for({"nonce": "x"})
    assert house.browser().post("/desk/sign-in/provider/sign-out", data={"logout_token": token}).status_code == 400
    assert is_in(who)


def test_without_a_provider_there_is_none_of_this(store: Store) -> None:
    office = Office(store)
    for path in ("/desk/sign-in/provider", BACK, "/desk/sign-out/provider"):
        assert office.browser().get(path).status_code == 404
    assert "provider" not in office.browser().get("/desk/sign-in").text


def test_two_first_sign_ins_of_one_subject_make_one_account(house: Newsroom) -> None:
    subject = Subject(iss=house.provider.url, sub="ana-7")
    identities.create(house.people, "Ana", subject, ("editor", None))
    with pytest.raises(Exception, match="belongs to another account"):
        identities.create(house.people, "Ana T.", subject, ("editor", None))
