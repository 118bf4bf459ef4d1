"""What a session that somebody took must not do: a person is asked to sign in once more."""

from __future__ import annotations

import pytest

from liveblog import actions, factors
from liveblog.app import create_app
from liveblog.store.commits import Store
from liveblog.store.factors import Passkey
from tests.web.office import NEW, PASSWORD, Office


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


@pytest.mark.parametrize("act", ["invite", "reset", "change", "reset-factors", "token"])
def test_what_gives_access_asks_for_a_fresh_sign_in(office: Office, act: str) -> None:
    root, _ = office.come_in("Root", fresh=False), office.come_in("Ana", "editor")
    sent = {"role": "admin", "where": "all", "bounds": "all"}
    answer = root.on("Wire" if act == "token" else "Ana", act, **sent)
    assert (answer.status_code, answer.location) == (303, "/desk/sign-in?fresh=1&next=/desk/people")
    assert "sign in once more" in root.client.get("/desk/people").text
    assert (office.people.tokens.list(), office.people.invitations.open()) == ([], {})
    assert office.account("Ana").role == "editor"
    assert office.signs_in("Root", PASSWORD, root.client) == 303
    assert "sign in once more" not in root.client.get("/desk/people").text


@pytest.mark.parametrize("act", ["disable", "sign-out"])
def test_what_takes_access_away_is_not_held_up(office: Office, act: str) -> None:
    root, ana = office.come_in("Root", fresh=False), office.come_in("Ana", "editor")
    assert root.on("Ana", act).status_code == 303
    assert not ana.is_in


def test_ending_another_device(office: Office) -> None:
    desk, phone = office.come_in("Ada", fresh=False), office.come_in("Ada")
    (other,) = [each.id for each in office.people.sessions.listed()["Ada"] if each.id != desk.id]
    assert "you are asked to sign in once more" in desk.client.get("/desk/account").text
    answer = desk.send("/desk/account/devices", id=other)
    assert (answer.status_code, answer.location) == (303, "/desk/sign-in?fresh=1&next=/desk/account")
    assert "Is it you?" in desk.client.get(answer.location).text
    assert phone.is_in
    fields = {"name": "Ada", "password": PASSWORD, "next": "/desk/account"}
    assert desk.client.post("/desk/sign-in", data=fields).location == "/desk/account"
    desk.reload()
    assert desk.send("/desk/account/devices", id=other).location.endswith("end-session")
    assert not phone.is_in


def test_signing_out_is_never_held_up(office: Office) -> None:
    desk, phone = office.come_in("Ada", fresh=False), office.come_in("Ada", fresh=False)
    assert desk.send("/desk/sign-out", everywhere="1").status_code == 303
    assert not desk.is_in
    assert not phone.is_in


def test_a_new_password_of_a_person_with_a_second_factor(office: Office) -> None:
    ada = office.come_in("Ada", fresh=False)
    factors.add_passkey(office.people, office.account("Ada"), Passkey(id="AAAA", key="AAAA", name="Key"))
    answer = ada.send("/desk/account", old=PASSWORD, password=NEW)
    assert (answer.status_code, answer.location) == (303, "/desk/sign-in?fresh=1&next=/desk/account")
    assert office.signs_in("Ada", NEW) == 403


def test_a_token_by_the_api(office: Office) -> None:
    stale, fresh = office.come_in("Root", fresh=False), office.come_in("Rhea")
    for who, status in ((stale, 403), (fresh, 201)):
        answer = who.client.post(
            "/api/v1/tokens", json={"name": f"wire {status}", "role": "editor"}, headers={"X-CSRF-Token": who.csrf}
        )
        assert answer.status_code == status, answer.text
    token = office.people.tokens.add("maker", "admin")
    answer = office.browser().post(
        "/api/v1/tokens", json={"name": "made", "role": "editor"}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 201  # a program has no session that could be taken


@pytest.mark.parametrize(
    ("part", "sent"),
    [
        ("webhooks", {"url": "https://93.184.216.34/hook", "begin": "now"}),
        ("incoming", {"blog": "anora", "kind": "plain", "name": "Red carpet"}),
    ],
)
def test_hooks_and_their_secrets(office: Office, part: str, sent: dict[str, str]) -> None:
    """With each of them somebody acts who has no session."""
    office.app = create_app(store=office.store, follow=lambda run: None)  # nothing is read on behind the test's back
    office.store.perform("anora", lambda view: actions.create_blog(view, slug="anora", title="Anora"), by="test")
    stale, fresh, desk = office.come_in("Root", fresh=False), office.come_in("Rhea"), f"/desk/{part}"
    assert "sign in once more" in stale.client.get(desk).text
    assert stale.send(desk, act="add", **sent).location == f"/desk/sign-in?fresh=1&next={desk}"
    made = [
        each.client.post(f"/api/v1/{part}", json=sent, headers={"X-CSRF-Token": each.csrf}) for each in (stale, fresh)
    ]
    assert [each.status_code for each in made] == [403, 201]
    id = made[1].get_json()["id"]
    assert stale.send(desk, act="rotate", id=id).location == f"/desk/sign-in?fresh=1&next={desk}"
    again = [
        each.client.post(f"/api/v1/{part}/{id}/secret", json={}, headers={"X-CSRF-Token": each.csrf})
        for each in (stale, fresh)
    ]
    assert [each.status_code for each in again] == [403, 200]
    assert stale.send(desk, act="remove", id=id, sure="yes").status_code == 303  # what takes away is not held up
