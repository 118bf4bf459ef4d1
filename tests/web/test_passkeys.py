"""Answers of passkeys that no browser makes: each is refused as one, and none is a fault of the server."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import Any

import cbor2
import pytest
from flask.testing import FlaskClient
from webauthn.helpers import bytes_to_base64url

from liveblog import factors
from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.store.accounts import Account
from liveblog.store.commits import Store
from liveblog.store.factors import Passkey
from liveblog.store.people import People
from liveblog.web import tries
from tests.web.office import PASSWORD, Office, hash_of

CHALLENGE, ALONE = "/desk/sign-in/passkey/challenge", "/desk/sign-in/passkey"
ORIGIN = "https://live.example.org"


@pytest.fixture
def office(store: Store) -> Office:
    made = Office(store)
    made.app = create_app(Settings.from_environ({"LIVEBLOG_BASE_URL": ORIGIN}), store)
    made.people = People(store)
    return made


def with_passkey(office: Office) -> Passkey:
    office.people.accounts.put(Account(name="Ana", role="editor", password_hash=hash_of(PASSWORD)))
    key = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32})
    passkey = Passkey(id=bytes_to_base64url(b"id"), key=bytes_to_base64url(key), name="Key")
    factors.add_passkey(office.people, office.account("Ana"), passkey)
    return office.people.factors.get("Ana").passkeys[0]


def asked(who: FlaskClient) -> dict[str, Any]:
    answer = who.post(CHALLENGE)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def answer_to(options: dict[str, Any], passkey: Passkey, **changed: Any) -> dict[str, Any]:
    said = {"type": "webauthn.get", "challenge": options["challenge"], "origin": ORIGIN}
    response = {
        "clientDataJSON": bytes_to_base64url(json.dumps(said).encode()),
        "authenticatorData": bytes_to_base64url(b"\0" * 37),
        "signature": bytes_to_base64url(b"\0" * 70),
        **changed,
    }
    return {"id": passkey.id, "rawId": passkey.id, "type": "public-key", "response": response}


def refused(who: FlaskClient, said: str) -> None:
    answer = who.post(ALONE, data={"credential": said})
    assert answer.status_code in (403, 422), answer.text
    assert who.get("/desk/account").status_code == 302


def test_the_options_ask_for_what_signs_in_alone(office: Office) -> None:
    options = asked(office.browser())
    assert (options["rpId"], options["userVerification"]) == ("live.example.org", "required")
    assert not options.get("allowCredentials")


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"signature": ""},
        {"signature": None},
        {"signature": 7},
        {"clientDataJSON": ""},
        {"clientDataJSON": "W10"},
        {"clientDataJSON": "bnVsbA"},
        {"authenticatorData": ""},
        {"authenticatorData": "A" * 2000},
        {"authenticatorData": {}},
        {"userHandle": "AAAA"},
        {"userHandle": "é"},
        {"userHandle": ["x"]},
        {"userHandle": "\ud800"},
        {"clientDataJSON": "\ud800"},
    ],
    ids=str,
)
def test_an_answer_that_is_none(office: Office, changed: dict[str, Any]) -> None:
    passkey, who = with_passkey(office), office.browser()
    refused(who, json.dumps(answer_to(asked(who), passkey, **changed)))


@pytest.mark.parametrize(
    "said",
    [
        *("", "{", "[]", "null", "7", '"x"', "{}", "[" * 9000, "x" * 20000),
        *('{"id": 7}', '{"id": []}', '{"id":"aWQ"}', r'{"id":"\ud800"}'),
    ],
)
def test_no_answer_at_all(office: Office, said: str) -> None:
    with_passkey(office)
    who = office.browser()
    asked(who)
    refused(who, said)


def test_random_answers(office: Office) -> None:
    """Parts of a right shape with wrong contents, and the other way round."""
    passkey, chance = with_passkey(office), random.Random(7)
    values: list[object] = [None, 7, "", "AAAA", [], {}, True, "é", "A" * 500, {"x": []}, passkey.id]
    for _ in range(150):
        who = office.browser()
        said = answer_to(asked(who), passkey)
        for _ in range(chance.randint(1, 3)):
            place = (
                chance.choice([said, said["response"]])
                if isinstance(said["response"], dict) and said["response"]
                else said
            )
            place[chance.choice([*place])] = chance.choice(values)
        refused(who, json.dumps(said))
        office.people.tries.forget("127.0.0.1")  # which are no guesses here


def test_random_registrations(office: Office) -> None:
    office.people.accounts.put(Account(name="Ana", role="editor", password_hash=hash_of(PASSWORD)))
    who, chance = office.browser(), random.Random(7)
    office.signs_in("Ana", PASSWORD, who)
    page = who.get("/desk/account/factors").text
    csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
    for _ in range(150):
        options = who.post("/desk/account/factors/challenge", headers={"X-CSRF-Token": csrf}).json
        assert options
        said = {"type": "webauthn.create", "challenge": options["challenge"], "origin": ORIGIN}
        data = chance.randbytes(chance.choice([0, 36, 37, 55, 90, 200]))
        attestation: Any = chance.choice(
            [
                7,
                {},
                {"fmt": "none", "attStmt": {}, "authData": data},
                {"fmt": "packed", "attStmt": [], "authData": data},
            ]
        )
        response = {
            "clientDataJSON": bytes_to_base64url(json.dumps(said).encode()),
            "attestationObject": bytes_to_base64url(chance.choice([cbor2.dumps(attestation), data])),
            "transports": chance.choice([None, 7, ["usb", 7, "x"], "usb", ["\ud800"]]),
        }
        sent = {"id": "aWQ", "rawId": "aWQ", "type": "public-key", "response": response}
        form = {"csrf": csrf, "act": "passkey", "credential": json.dumps(sent)}
        answer = who.post("/desk/account/factors", data=form)
        assert answer.status_code == 422, answer.text
    assert not office.people.factors.get("Ana").any


@pytest.mark.parametrize(
    ("base", "here"),
    [
        ("https://live.example.org", True),
        ("https://live.example.org:8443/night", True),
        ("http://localhost:8000", True),
        ("http://live.example.org", False),  # browsers have no passkeys without HTTPS
        ("https://192.0.2.7", False),  # nor for addresses
        ("https://[2001:db8::1]", False),
    ],
)
def test_passkeys_are_offered_where_browsers_have_them(store: Store, base: str, here: bool) -> None:
    app = create_app(Settings.from_environ({"LIVEBLOG_BASE_URL": base}), store, prefix="")
    page = app.test_client().get("/desk/sign-in").text
    assert ("Sign in with a passkey" in page) is here
    assert (app.test_client().post(CHALLENGE).status_code == 200) is here


def test_anybody_gets_a_bounded_number_of_challenges(office: Office) -> None:
    who = office.browser()
    answers = {who.post(CHALLENGE).status_code for _ in range(tries.TRIES_OF_ADDRESS + 2)}
    assert answers == {200, 429}
    assert who.post(CHALLENGE, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_server_loads_the_library_of_passkeys_only_when_somebody_uses_one() -> None:
    ask = "import sys; import liveblog.app, liveblog.cli; print('webauthn' in sys.modules)"
    ask += "; import liveblog.web.passkeys; print('webauthn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
