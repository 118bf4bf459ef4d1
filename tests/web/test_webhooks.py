"""Webhooks are set up at the desk and by the API, by admins only; their secrets are shown once."""

from __future__ import annotations

import re

import pytest

from liveblog import actions
from liveblog.app import create_app
from liveblog.store.commits import Store
from liveblog.store.people import People
from liveblog.store.webhooks import Delivery, Webhooks
from tests.newsroom import DIRECTOR
from tests.web.office import Office, Person

HOOK = "http://127.0.0.1:8009/hook?key=hidden"


@pytest.fixture
def office(store: Store, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("LIVEBLOG_WEBHOOK_NETWORKS", "127.0.0.0/8")
    for slug in ("anora", "wicked"):
        store.perform(
            slug,
            lambda view, slug=slug: actions.create_blog(view, slug=slug, title=slug, categories=[DIRECTOR]),  # type: ignore[misc]
            by="test",
        )
    office = Office(store)
    office.app = create_app(store=store, follow=lambda run: None)  # nothing is read on behind the tests' back
    return office


def kept(office: Office) -> Webhooks:
    return Webhooks(office.store.records)


def shown_secret(text: str) -> str:
    found = re.search(r'value="(whsec_[^"]+)"', text)
    assert found, text
    return found[1]


class Program:
    """A program with a token."""

    def __init__(self, office: Office, blog: str | None = None, role: str = "admin") -> None:
        self.client = office.browser()
        self.token = People(office.store).tokens.add("wire", role, blog)  # type: ignore[arg-type]

    def asks(self, method: str, path: str = "", body: object = None) -> tuple[int, dict[str, object]]:
        sent = {"Authorization": f"Bearer {self.token}"}
        answer = self.client.open(f"/api/v1/webhooks{path}", method=method, json=body, headers=sent)
        return answer.status_code, answer.json or {}


def test_a_webhook_is_set_up_changed_and_removed_at_the_desk(office: Office) -> None:
    ada = office.come_in("Ada")
    made = ada.send("/desk/webhooks", act="add", url=HOOK, blog="", begin="now")
    secret = shown_secret(made.text)
    (hook,) = kept(office).list()
    assert (hook.secrets[0].key, hook.by, hook.blog) == (secret, "Ada", None)
    assert kept(office).state(hook.id).positions.keys() == {"anora", "wicked"}  # it begins now
    page = ada.client.get("/desk/webhooks").text
    assert secret not in page
    assert "It has everything." in page
    new = shown_secret(ada.send("/desk/webhooks", act="rotate", id=hook.id).text)
    assert [each.key for each in kept(office).get(hook.id).secrets] == [new, secret]
    assert on(ada, "switch_off", hook.id).endswith("done=switch_off")
    assert "switched off by Ada" in ada.client.get("/desk/webhooks").text
    on(ada, "switch_on", hook.id)
    on(ada, "replay", hook.id, blog="anora", seq="0")
    assert "It is being sent what it lacks." in ada.client.get("/desk/webhooks?done=replay").text
    on(ada, "remove", hook.id)
    assert kept(office).list() == []
    log = ada.client.get("/desk/log").text
    for words in ("added a webhook to", "made a new secret of the webhook to", "removed a webhook to", "127.0.0.1"):
        assert words in log
    assert "key=hidden" not in log
    assert "whsec_" not in log


def on(admin: Person, act: str, id: str, **fields: str) -> str:
    answer = admin.send("/desk/webhooks", act=act, id=id, **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def test_a_dead_letter_is_shown_with_its_reason_and_sent_again_or_dropped(office: Office) -> None:
    ada, hooks = office.come_in("Ada"), kept(office)
    hook = hooks.add(HOOK, None, "Ada", {})
    for name in ("one", "two"):
        letter = Delivery(id=f"msg_{name}", blog="anora", at="2026-03-15T20:00:00.000Z", failures=30, why="HTTP <500>")
        hooks.bury(hook.id, letter)
    page = ada.client.get("/desk/webhooks").text
    assert page.count("HTTP &lt;500&gt; · failed tries: 30") == 2
    on(ada, "again", hook.id, delivery="msg_one")
    on(ada, "forget", hook.id, delivery="msg_two")
    (left,) = hooks.state(hook.id).dead
    assert (left.id, left.asked) == ("msg_one", True)
    assert ada.send("/desk/webhooks", act="again", id=hook.id, delivery="msg_two").status_code == 404


def test_programs_set_webhooks_up_too(office: Office) -> None:
    wire = Program(office)
    status, made = wire.asks("POST", body={"url": HOOK, "blog": "anora", "begin": "start"})
    assert status == 201
    id, secret = made["id"], made.pop("secret")
    assert wire.asks("GET", f"/{id}") == (200, made)
    assert wire.asks("GET")[1] == {"webhooks": [made]}
    assert (made["positions"], made["on"], made["dead"]) == ({}, True, [])
    assert wire.asks("POST", body={"url": HOOK, "blog": "anora"})[1]["code"] == "exists"
    assert wire.asks("PATCH", f"/{id}", {"on": False})[1]["off"] == "switched off by wire"
    assert wire.asks("POST", f"/{id}/secret")[1]["secret"] != secret
    assert wire.asks("POST", f"/{id}/replay", {"blog": "anora"})[1]["positions"] != {}
    assert wire.asks("POST", f"/{id}/deliveries/msg_x/again")[0] == 404
    assert wire.asks("DELETE", f"/{id}/deliveries/msg_x")[0] == 404
    assert wire.asks("DELETE", f"/{id}") == (200, {"id": id})
    assert wire.asks("GET", f"/{id}")[0] == 404


def test_only_admins_of_its_blogs_may_know_or_change_a_webhook(office: Office) -> None:
    hooks = kept(office)
    all, one = hooks.add(HOOK, None, "Ada", {}), hooks.add(HOOK, "anora", "Ada", {})
    calls = [
        *(("GET", "", None), ("PATCH", "", {"on": False}), ("DELETE", "", None), ("POST", "/secret", None)),
        *(
            ("POST", "/replay", {"blog": "anora"}),
            ("POST", "/deliveries/x/again", None),
            ("DELETE", "/deliveries/x", None),
        ),
    ]
    for who, mine in (
        (Program(office, None, "editor"), []),
        (Program(office, "anora"), [one]),
        (Program(office, "wicked"), []),
    ):
        assert [each["id"] for each in who.asks("GET")[1]["webhooks"]] == [each.id for each in mine]  # type: ignore[attr-defined]
        for hook in (all, one):
            for method, path, body in calls if hook not in mine else []:
                assert who.asks(method, f"/{hook.id}{path}", body)[0] == 403, (method, path)
    assert Program(office, "anora").asks("POST", body={"url": HOOK})[0] == 403
    assert office.browser().get(f"/api/v1/webhooks/{one.id}").status_code == 401
    assert office.come_in("Ed", "editor").client.get("/desk/webhooks").status_code == 403
    assert [hooks.get(each.id) for each in (all, one)] == [all, one]


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "hook",
            "ftp://127.0.0.1/",
            "javascript:alert(1)",
            "http://127.0.0.1:8009/\r\nX: y",
            "http://127.0.0.1/#part",
        ),
        *(
            "http://ana:secret@127.0.0.1/",
            "http:///hook",
            "http://127.0.0.1:99999/",
            "https://[::1]/",
            "https://10.0.0.1/",
        ),
        *(
            "https://169.254.169.254/latest",
            "http://8.8.8.8/",
            "https://nowhere.invalid/",
            "https://[::ffff:127.0.0.1]/",
        ),
        *(
            "https://0x7f000001.0/",
            "https://[64:ff9b::a00:1]/",
            f"http://127.0.0.1/{'a' * 2001}",
            "https://localhost.:1/é",
        ),
        *(
            "https://example.org:0/",
            "https://example.org:22/",
            "http://127.0.0.1:25/",
            "https://192.0.0.192/",
        ),
    ],
)
def test_an_address_that_may_not_be_reached_is_refused(office: Office, url: str) -> None:
    status, refusal = Program(office).asks("POST", body={"url": url})
    assert (status, refusal["field"]) == (422, "url")
    assert kept(office).list() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"url": HOOK, "blog": "nowhere"}, 404),
        ({"url": HOOK, "begin": "yesterday"}, 422),
        ({"url": HOOK, "secret": "whsec_mine"}, 422),
        ({"blog": "anora"}, 422),
    ],
)
def test_what_is_no_webhook_is_refused(office: Office, body: dict[str, str], status: int) -> None:
    assert Program(office).asks("POST", body=body)[0] == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"blog": "wicked"}, 422),
        ({"blog": "anora", "seq": 99}, 422),
        ({"blog": "anora", "seq": -1}, 422),
        ({"blog": "anora", "epoch": "an older life", "seq": 99}, 422),
        ({"blog": "anora", "epoch": "older", "seq": 99}, 200),
    ],
)
def test_a_replay_begins_at_a_position(office: Office, body: dict[str, object], status: int) -> None:
    hook = kept(office).add(HOOK, "anora", "Ada", {})
    assert Program(office).asks("POST", f"/{hook.id}/replay", body)[0] == status


def test_a_position_that_begins_or_is_replayed_has_its_mark(office: Office) -> None:
    """Else a receiver would get the whole blog after a restart of storage, though it wants only what comes now."""
    office.store.client.hset("lb:{anora}:meta", "replid", "of an earlier server")
    for body in ("One", "Two"):
        office.store.perform("anora", lambda view, body=body: actions.publish(view, "anora", body=body), by="test")  # type: ignore[misc]
    timeline, wire = office.store.load("anora"), Program(office)
    _, made = wire.asks("POST", body={"url": HOOK, "blog": "anora", "begin": "now"})
    for seq in (3, 2):
        position = kept(office).state(str(made["id"])).positions["anora"]
        assert position.seq == seq
        assert not timeline.since(position).reset
        wire.asks("POST", f"/{made['id']}/replay", {"blog": "anora", "seq": 2})
