"""What counts as a guess: a whole newsroom signs in from one address, and an account here gives nobody more guesses."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.store.accounts import Account
from liveblog.store.commits import Store
from liveblog.store.people import People
from liveblog.web import tries
from liveblog.web.site import services
from tests.web.office import NEW, PASSWORD, Office, hash_of
from tests.web.soft_key import SoftKey

CHALLENGE, ALONE, STEP = "/desk/sign-in/passkey/challenge", "/desk/sign-in/passkey", "/desk/sign-in/second"
FACTORS = "/desk/account/factors"
ORIGIN, HOST = "https://live.example.org", "live.example.org"
FEW = 12
"""How many tries an address has here."""


@pytest.fixture
def office(store: Store, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office whose people share one address."""
    monkeypatch.setattr(tries, "TRIES_OF_ADDRESS", FEW)
    made = Office(store)
    made.app = create_app(Settings.from_environ({"LIVEBLOG_BASE_URL": ORIGIN}), store)
    made.people = People(store)
    for name in ("Ana", "Bo"):
        made.people.accounts.put(Account(name=name, role="editor", password_hash=hash_of(PASSWORD)))
    return made


def form(who: FlaskClient) -> dict[str, str]:
    """What every form of a signed-in person has."""
    found = re.search(r'name="csrf" value="([^"]+)"', who.get("/desk/account").text)
    assert found
    return {"csrf": found[1]}


def with_key(office: Office, name: str) -> SoftKey:
    """A person's new passkey."""
    who, key = office.browser(), SoftKey(ORIGIN, HOST, name.encode())
    assert office.signs_in(name, PASSWORD, who) == 303
    asked = who.post(f"{FACTORS}/challenge", headers={"X-CSRF-Token": form(who)["csrf"]})
    made = who.post(FACTORS, data={**form(who), "act": "passkey", "credential": key.makes(asked.get_json())})
    assert made.status_code == 200, made.text
    return key


def alone(office: Office, key: SoftKey, who: FlaskClient | None = None) -> int:
    """Sign in with a passkey alone, in a new browser."""
    who = who or office.browser()
    asked = who.post(CHALLENGE)
    if asked.status_code != 200:
        return asked.status_code
    return who.post(ALONE, data={"credential": key.proves(asked.get_json())}).status_code


def test_a_newsroom_signs_in_from_one_address(office: Office) -> None:
    assert {office.signs_in(("Ana", "Bo")[number % 2], PASSWORD) for number in range(3 * FEW)} == {303}


def test_a_newsroom_signs_in_with_passkeys_from_one_address(office: Office) -> None:
    key = with_key(office, "Ana")
    assert {alone(office, key) for _ in range(2 * FEW)} == {303}
    laptop = office.browser()
    assert {alone(office, key, laptop) for _ in range(2 * FEW)} == {303}  # on a device that the site knows


def test_a_newsroom_takes_the_second_step_from_one_address(office: Office) -> None:
    key = with_key(office, "Ana")
    for _ in range(2 * FEW):
        who = office.browser()
        assert office.signs_in("Ana", PASSWORD, who) == 303
        asked = who.post(f"{CHALLENGE}?step=1").get_json()
        assert who.post(STEP, data={"credential": key.proves(asked)}).status_code == 303


def test_an_account_here_gives_nobody_more_guesses(office: Office) -> None:
    for number in range(FEW - 1):
        assert office.signs_in(f"Nobody {number}", "a wrong guess") == 403
        assert office.signs_in("Ana", PASSWORD) == 303
    assert office.signs_in("Nobody", "a wrong guess") == 403
    assert office.signs_in("Nobody", "a wrong guess") == 429


def test_the_tries_before_a_right_password_were_none(office: Office) -> None:
    for _ in range(FEW):
        assert [office.signs_in("Ana", guess) for guess in ("typed", "wrong", PASSWORD)] == [403, 403, 303]


def test_a_mistyped_old_password_is_a_try_and_a_right_one_is_none(office: Office) -> None:
    who = office.browser()
    assert office.signs_in("Ana", PASSWORD, who) == 303
    old, new = PASSWORD, NEW
    for _ in range(FEW):
        assert who.post("/desk/account", data={**form(who), "old": "mistyped", "password": new}).status_code == 422
        assert who.post("/desk/account", data={**form(who), "old": old, "password": new}).status_code == 303
        old, new = new, old


def test_what_was_counted_ends_when_it_would_have(office: Office) -> None:
    """A try that is given back after its count has ended leaves none below nothing, which nobody would reach."""
    office.people.tries.give_back("198.51.100.1")
    assert office.people.tries.count("198.51.100.1") == 1
    assert office.people.tries.count("198.51.100.1") == 2
    office.people.tries.give_back("198.51.100.1", number=5)
    assert office.people.tries.count("198.51.100.1") == 1
    assert all(0 < office.store.client.ttl(name) <= 300 for name in office.store.client.keys("lb:tries:*"))


def test_a_flood_without_tries_left_costs_storage_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(FEW + 1):
        office.signs_in(f"Nobody {number}", "a wrong guess")
    with office.app.app_context():
        here = services().people
    monkeypatch.setattr(here, "accounts", None)
    monkeypatch.setattr(here.tries, "count_each", None)
    assert office.signs_in("Nobody", "a wrong guess") == 429
