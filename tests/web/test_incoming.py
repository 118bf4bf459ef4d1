"""Texts from the red carpet: signed by Slack or a program, filed once as submitted drafts, with their pictures."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from msgspec.structs import replace
from slack_sdk.signature import SignatureVerifier
from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from liveblog import actions, identities, staff
from liveblog.app import create_app
from liveblog.errors import Invalid, WrongState
from liveblog.model import Draft
from liveblog.store.accounts import Account
from liveblog.store.commits import Store
from liveblog.store.incoming import TABLE, Incoming, IncomingHooks
from liveblog.store.people import People
from liveblog.store.webhooks import Webhooks
from liveblog.web import incoming
from liveblog.web.incoming import IN_A_MINUTE, from_slack
from liveblog.web.media_fields import MOST
from tests.newsroom import DIRECTOR
from tests.photos import photo
from tests.web.office import Office, Person

SLACKS = "8f742231b10e8888abcd99yyyzzz85a5"


def seconds(age: float) -> str:
    """The time of a request of this age."""
    return str(int((datetime.now(UTC) - timedelta(seconds=age)).timestamp()))


class Carpet:
    """A newsroom with a hook of each kind, and their senders."""

    def __init__(self, store: Store) -> None:
        self.store, self.office = store, Office(store)
        self.office.app = create_app(store=store, follow=lambda run: None)
        self.hooks = IncomingHooks(store.records)
        self.slack = self.hooks.add("anora", "slack", "Rita Carpet", "Ada", SLACKS, "xoxb-token")
        self.plain = self.hooks.add("anora", "plain", "Wire", "Ada")
        self.client = self.office.browser()

    def post(self, hook: Incoming, body: str, headers: dict[str, str]) -> TestResponse:
        return self.client.post(f"/api/v1/incoming/{hook.id}", data=body, headers=headers)

    def slacks(
        self, call: dict[str, Any], *, secret: str = SLACKS, age: float = 0, headers: dict[str, str] | None = None
    ) -> TestResponse:
        body, at = json.dumps(call), seconds(age)
        sign = SignatureVerifier(secret).generate_signature(timestamp=at, body=body)
        return self.post(
            self.slack, body, {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": sign or ""} | (headers or {})
        )

    def says(
        self, text: str = "", event: str = "Ev1", files: list[dict[str, str]] | None = None, **more: Any
    ) -> TestResponse:
        said = {"type": "message", "channel": "C1", "user": "U1", "text": text, "files": files or [], **more}
        return self.slacks({"type": "event_callback", "event_id": event, "event": said})

    def sends(self, id: str = "one", secret: str = "", age: float = 0, **body: Any) -> TestResponse:
        text, at = json.dumps(body), datetime.now(UTC) - timedelta(seconds=age)
        sign = Webhook(secret or self.plain.secrets[0].key).sign(id, at, text)
        sent = {"webhook-id": id, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": sign}
        return self.post(self.plain, text, sent)

    @property
    def drafts(self) -> list[Draft]:
        return self.store.load("anora", "desk").drafts


@pytest.fixture
def carpet(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Carpet:
    monkeypatch.setenv("LIVEBLOG_WEBHOOK_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("LIVEBLOG_DATA", str(tmp_path))
    store.perform(
        "anora",
        lambda view: actions.create_blog(view, slug="anora", title="Anora", status="live", categories=[DIRECTOR]),
        by="test",
    )
    return Carpet(store)


def test_a_message_in_slack_is_a_submitted_draft_once_however_often_slack_sends_it(carpet: Carpet) -> None:
    first = carpet.says("Mikey <https://example.org/a|arrives> &amp; smiles", "Ev7")
    again = carpet.says("Mikey <https://example.org/a|arrives> &amp; smiles", "Ev7")
    assert (first.status_code, again.status_code) == (201, 200)
    (draft,) = carpet.drafts
    assert first.json == again.json == {"draft": draft.id}
    assert (draft.state, draft.author, draft.note) == ("submitted", "Rita Carpet", None)
    assert draft.body == "Mikey [arrives](https://example.org/a) & smiles"
    assert carpet.store.load("anora").posts == []  # nothing is public
    assert carpet.says("Another", "Ev8").status_code == 201


def test_slack_finds_the_address_by_its_challenge(carpet: Carpet) -> None:
    found = carpet.slacks({"type": "url_verification", "token": "t", "challenge": "3eZbrw1a"})
    assert (found.status_code, found.json) == (200, {"challenge": "3eZbrw1a"})


@pytest.mark.parametrize(
    "more",
    [
        *({"subtype": "message_changed"}, {"subtype": "channel_join"}, {"bot_id": "B1"}),
        *({"type": "reaction_added"}, {"text": "  "}, {"subtype": "bot_message"}),
    ],
)
def test_what_is_no_reporters_message_is_no_draft(carpet: Carpet, more: dict[str, str]) -> None:
    found = carpet.says(**{"text": "Words", "event": "Ev9", **more})  # type: ignore[arg-type]
    assert (found.status_code, found.json, carpet.drafts) == (200, {"draft": None}, [])


def test_what_is_forged_old_or_changed_is_refused_and_files_nothing(carpet: Carpet) -> None:
    call = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "message", "text": "Words"}}
    refused = [
        carpet.slacks(call, secret="another secret of somebody"),
        carpet.slacks(call, age=301),
        carpet.slacks(call, age=-301),
        carpet.slacks(call, headers={"X-Slack-Signature": "v0="}),
        carpet.slacks(call, headers={"X-Slack-Signature": "v0=é"}),
        carpet.slacks(call, headers={"X-Slack-Request-Timestamp": seconds(1)}),  # not the one that was signed
        carpet.slacks(call, headers={"X-Slack-Request-Timestamp": "²"}),
        carpet.slacks({"type": "url_verification", "challenge": "c"}, secret="another secret of somebody"),
        carpet.post(carpet.slack, json.dumps(call), {}),
        carpet.post(carpet.plain, "{}", {}),
        carpet.sends(secret="whsec_" + base64.b64encode(b"x" * 32).decode(), body="Words"),
        carpet.sends(age=301, body="Words"),
        carpet.client.post("/api/v1/incoming/nobodys", data="{}"),
    ]
    assert {(each.status_code, each.json["detail"]) for each in refused} == {  # type: ignore[index]
        (401, "this request is not signed as this hook needs, or not within five minutes")
    }
    assert carpet.drafts == []


def test_a_program_files_a_text_with_a_picture(carpet: Carpet) -> None:
    data = base64.b64encode(photo()).decode()
    picture = {"data": data, "alt": "A gown", "credit": "Rita"}
    for status in (201, 200):
        assert carpet.sends(headline="She is here", body="The car.", pictures=[picture]).status_code == status
    (draft,) = carpet.drafts
    assert (draft.headline, draft.body, draft.author, draft.state) == ("She is here", "The car.", "Wire", "submitted")
    assert [(each.alt, each.credit) for each in draft.media] == [("A gown", "Rita")]


def test_a_picture_without_a_description_or_that_is_none_is_told_to_editors(carpet: Carpet) -> None:
    nameless = {"data": base64.b64encode(photo()).decode()}
    assert carpet.sends(body="Two", pictures=[nameless, {"data": "%%%"}, {"data": "QUJD"}]).status_code == 201
    (draft,) = carpet.drafts
    assert draft.media == []
    assert draft.note is not None
    assert re.match(r"A picture came without a description; it is uploaded: /media/[0-9a-f]{32}\.webp\.", draft.note)
    assert draft.note.count("A picture was not taken:") == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid"),
        ({"body": "x" * 70_000}, "invalid"),
        ({"publish_at": "now"}, "not_json"),
        ({"body": 7}, "not_json"),
    ],
)
def test_what_is_no_text_is_refused(carpet: Carpet, body: dict[str, Any], code: str) -> None:
    found = carpet.sends(**body)
    assert (found.status_code, found.json and found.json["code"]) == (422, code)
    assert carpet.drafts == []


def test_a_hook_that_floods_is_slowed_down(carpet: Carpet) -> None:
    found = [carpet.sends(f"id{number}").status_code for number in range(IN_A_MINUTE + 2)]
    assert found[-2:] == [429, 429]
    assert 429 not in found[:-2]


def test_a_contributor_who_was_shut_out_files_nothing(carpet: Carpet) -> None:
    carpet.office.come_in("Rita Carpet", "contributor")
    carpet.office.come_in("Ada")
    account = carpet.office.account("Rita Carpet")
    assert carpet.says("One", "Ev1").status_code == 201
    carpet.office.people.accounts.put(replace(account, disabled=True))
    assert carpet.says("Two", "Ev2").status_code == 403
    assert len(carpet.drafts) == 1


def test_a_contributor_who_lost_the_blog_files_nothing_until_it_is_back(carpet: Carpet) -> None:
    people = carpet.office.people
    people.accounts.put(Account(name="Rita Carpet", role="contributor", blogs=["anora"]))
    people.accounts.put(Account(name="Wire", role="editor"))
    carpet.store.perform("wicked", lambda view: actions.create_blog(view, slug="wicked", title="Wicked"), by="test")
    for role in ("contributor", "admin"):
        staff.change(people, staff.HERE, "Rita Carpet", role, ["wicked"])
        assert carpet.says("Two", "Ev2").status_code == 403
    staff.change(people, staff.HERE, "Rita Carpet", "contributor", ["wicked", "anora"])
    assert carpet.says("Two", "Ev2").status_code == 201
    identities.lose(people, carpet.office.account("Wire"))
    assert carpet.sends(body="From nobody's group").status_code == 403
    assert len(carpet.drafts) == 1


def test_a_hook_is_for_a_contributor_of_the_blog_or_has_a_name_of_its_own(carpet: Carpet) -> None:
    ada, people = carpet.office.come_in("Ada"), carpet.office.people
    people.accounts.put(Account(name="Zoe", role="editor", blogs=["wicked"]))
    people.accounts.put(Account(name="Out", role="editor", disabled=True))
    staff.add_token(people, staff.HERE, "robot", "editor")
    for name in ("Zoe", "zoe", "Out", "ROBOT", " ", "x" * 81):
        made = ada.send("/desk/incoming", act="add", blog="anora", kind="plain", name=name)
        assert made.status_code == 422, name
    assert len(carpet.hooks.list()) == 2
    for name in ("Wire", "WIRE"):  # several hooks may have one
        assert ada.send("/desk/incoming", act="add", blog="anora", kind="plain", name=name).status_code == 200
        with pytest.raises(Invalid, match="incoming hook"):
            staff.add_token(people, staff.HERE, name, "editor")
        with pytest.raises(Invalid, match="incoming hook"):
            staff.invite(people, staff.HERE, "editor", None, name)
    assert ada.send("/desk/incoming", act="add", blog="anora", kind="plain", name="ada").status_code == 200
    assert carpet.hooks.list()[-1].name == "Ada"


def test_the_desk_says_whose_maker_may_still_know_the_secret(carpet: Carpet) -> None:
    ada, people = carpet.office.come_in("Ada"), carpet.office.people
    carpet.office.come_in("Root")
    webhooks = Webhooks(carpet.store.records)
    webhooks.add("https://example.org/hook", "anora", "Ada", {})
    pages = ("/desk/incoming", "/desk/webhooks")
    assert not any("no admin here any more" in ada.client.get(page).text for page in pages)
    staff.change(people, staff.HERE, "Ada", "editor", None)
    root = Person(carpet.office.app, people, "Root")
    for page, hooks in zip(pages, (2, 1), strict=True):
        assert root.client.get(page).text.count("no admin here any more") == hooks
    assert carpet.sends(body="The night goes on").status_code == 201


def test_with_a_blog_go_its_hooks_and_tokens(carpet: Carpet) -> None:
    people = carpet.office.people
    other = carpet.hooks.add("wicked", "plain", "Wire", "Ada")
    ended, kept = (people.tokens.add("wire", "editor", blog) for blog in ("anora", "wicked"))
    everywhere = people.tokens.add("wire", "editor")
    carpet.store.delete("anora")
    assert carpet.hooks.list() == [other]
    assert people.tokens.get(ended) is None
    assert people.tokens.get(kept)
    assert people.tokens.get(everywhere)
    assert (carpet.says("Two").status_code, carpet.sends(body="Words").status_code) == (401, 401)


@contextmanager
def files(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """Slack's files on loopback, and with which tokens they were asked for."""
    tokens: list[str] = []

    class Desk(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tokens.append(self.headers.get("Authorization", ""))
            data = photo()
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/files-pri/carpet.jpg", tokens
    server.shutdown()
    server.server_close()
    thread.join()


def test_slacks_pictures_are_fetched_with_the_hooks_token(carpet: Carpet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "HOSTS", ("127.0.0.1",))
    with files() as (url, tokens):
        file = {"mimetype": "image/jpeg", "url_private_download": url, "alt_txt": "A gown"}
        text = {"mimetype": "text/plain", "url_private_download": url}
        assert carpet.says("Look", files=[file, text], subtype="file_share").status_code == 201
    assert tokens == ["Bearer xoxb-token"]
    assert [each.alt for each in carpet.drafts[0].media] == ["A gown"]


def test_the_token_goes_to_no_other_host_and_behind_no_redirect(
    carpet: Carpet, monkeypatch: pytest.MonkeyPatch
) -> None:
    with files(302) as (url, tokens):
        file = {"mimetype": "image/jpeg", "url_private_download": url, "alt_txt": "A gown"}
        assert carpet.says("", files=[file], event="Ev1").status_code == 201
        assert tokens == []
        monkeypatch.setattr(incoming, "HOSTS", ("127.0.0.1",))
        assert carpet.says("Look", files=[file], event="Ev2").status_code == 201
        assert len(tokens) == 1
    later, first = carpet.drafts
    assert (first.body, first.note) == ("(a file without words)", "A picture was not taken: it is not at Slack.")
    assert later.note == "A picture was not taken: HTTP 302."


def test_a_hook_is_made_given_a_new_secret_and_removed_at_the_desk(carpet: Carpet) -> None:
    ada = carpet.office.come_in("Ada")
    made = ada.send("/desk/incoming", act="add", blog="anora", kind="plain", name="Agency")
    secret = re.search(r'value="(whsec_[^"]+)"', made.text)
    assert secret is not None
    hook = carpet.hooks.list()[-1]
    carpet.plain = hook
    assert carpet.sends(body="Old secret").status_code == 201
    new = re.search(r'value="(whsec_[^"]+)"', ada.send("/desk/incoming", act="rotate", id=hook.id).text)
    assert new is not None
    for number, key in enumerate((secret[1], new[1])):  # both, for a day
        assert carpet.sends(f"id{number}", secret=key, body="Words").status_code == 201
    page = ada.client.get("/desk/incoming").text
    assert f"/api/v1/incoming/{hook.id}" in page
    for hidden in (secret[1], new[1], SLACKS, "xoxb-token"):
        assert hidden not in page + ada.client.get("/desk/log").text
    assert ada.send("/desk/incoming", act="rotate", id=carpet.slack.id, secret="short").status_code == 422
    assert ada.send("/desk/incoming", act="rotate", id=carpet.slack.id, secret="f" * 32).status_code == 200
    assert carpet.says("Signed with the earlier one").status_code == 201
    assert ada.send("/desk/incoming", act="remove", id=hook.id).status_code == 303
    assert carpet.sends(body="Words").status_code == 401


def test_a_hook_that_is_removed_while_it_gets_a_new_secret_stays_removed(
    carpet: Carpet, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, now = carpet.hooks.list(), carpet.store.records.now

    def meanwhile() -> str:
        IncomingHooks(carpet.store.records).remove(carpet.plain.id)
        return now()

    monkeypatch.setattr(carpet.store.records, "now", meanwhile)
    with pytest.raises(WrongState):
        carpet.hooks.rotate(carpet.plain.id)
    assert carpet.hooks.list() == [each for each in kept if each.id != carpet.plain.id]


def test_programs_of_its_admins_set_hooks_up_and_nobody_else(carpet: Carpet) -> None:
    def asks(role: str, blog: str | None, method: str, path: str = "", body: Any = None) -> TestResponse:
        token = People(carpet.store).tokens.add("wire", role, blog)  # type: ignore[arg-type]
        sent = {"Authorization": f"Bearer {token}"}
        return carpet.client.open(f"/api/v1/incoming{path}", method=method, json=body, headers=sent)

    new = {"blog": "anora", "kind": "plain", "name": "Agency"}
    assert asks("editor", None, "POST", body=new).status_code == 403
    made = asks("admin", "anora", "POST", body=new)
    assert made.status_code == 201
    hook = made.json or {}
    shown = asks("admin", None, "GET").text
    assert hook["secret"] not in shown
    assert SLACKS not in shown
    assert asks("editor", None, "DELETE", f"/{hook['id']}").status_code == 403
    assert asks("admin", None, "POST", f"/{hook['id']}/secret", {}).json["secret"] != hook["secret"]  # type: ignore[index]
    assert asks("admin", None, "POST", f"/{hook['id']}/secret", {"secret": "f" * 32}).status_code == 422
    assert asks("admin", None, "DELETE", f"/{hook['id']}").status_code == 200
    for wrong in ({"blog": "nowhere"}, {"kind": "fax"}, {"name": ""}, {"kind": "slack"}, {"token": "xoxb-0123456"}):
        assert asks("admin", None, "POST", body=new | wrong).status_code in (404, 422), wrong
    assert len(carpet.store.records.get_fields(TABLE)) == 2


@pytest.mark.parametrize(
    ("slacks", "markdown"),
    [
        ("<@U1> and <@U2|ana> in <#C1|carpet>", "@U1 and @ana in #carpet"),
        ("<!here> <!subteam^S1|@desk> <!date^1392734382^{date}|Feb 18>", "@here @desk Feb 18"),
        ("<https://a.example/?b=1&amp;c> &lt;3 &amp;amp;", "https://a.example/?b=1&c <3 &amp;"),
        ("<mailto:a@b.example|a@b.example> <mailto:c@d.example>", "a@b.example c@d.example"),
        ("<https://a.example/Anora_(film)|Anora [film]>", "[Anora [film]](https://a.example/Anora_%28film%29)"),
        ("<https://a.example|a](x)>", "[a\\](x)](https://a.example)"),
        ("<javascript:alert(1)|click> &lt;b&gt;", "click <b>"),
        ("*bold* _italic_ ~struck~ *a b*, 2*3*4 * x *", "**bold** _italic_ ~~struck~~ **a b**, 2*3*4 * x *"),
        ("`*code*` ```a ~b~\n<https://a.example>```", "`*code*` ```a ~b~\nhttps://a.example```"),
        ("*<https://a.example|Anora>* &lt;0&gt; \0", "**[Anora](https://a.example)** <0>"),
        ("&gt; a line\n:tada: “Anora”", "> a line\n:tada: “Anora”"),
        ("<https://" * 50_000, "<https://" * 50_000),
        ("", ""),
    ],
)
def test_marks_of_slack_become_markdown(slacks: str, markdown: str) -> None:
    assert from_slack(slacks) == markdown


def test_a_message_as_slack_sends_it_is_filed(carpet: Carpet) -> None:
    """With all that its documents show, and null where something is missing."""
    gone = {"id": "F1", "mode": "tombstone", "mimetype": None, "url_private_download": None}
    event: dict[str, Any] = {
        "type": "message",
        "subtype": None,
        "user": "U1",
        "ts": "1773604812.1",
        "client_msg_id": "c",
        "team": "T",
        "text": "She is here",
        "blocks": [{"type": "rich_text"}],
        "channel": "C1",
        "files": None,
    }
    call: dict[str, Any] = {
        "token": "t",
        "team_id": "T",
        "api_app_id": "A",
        "type": "event_callback",
        "event_time": 1773604812,
        "authorizations": [{"team_id": "T"}],
        "is_ext_shared_channel": False,
        "event_context": "4-m",
    }
    assert carpet.slacks(call | {"event_id": "Ev1", "event": event}).status_code == 201
    retry = {"X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout"}
    assert carpet.slacks(call | {"event_id": "Ev1", "event": event}, headers=retry).status_code == 200
    in_thread = event | {"subtype": "thread_broadcast", "thread_ts": "1773604812.1"}
    assert carpet.slacks(call | {"event_id": "Ev2", "event": in_thread}).status_code == 201
    assert carpet.slacks(call | {"event_id": "Ev3", "event": event | {"text": "", "files": [gone]}}).status_code == 201
    assert [(each.body, each.note) for each in carpet.drafts][::-1] == [
        *[("She is here", None)] * 2,
        ("(a file without words)", "A picture was not taken: the file is no picture."),
    ]


def test_pictures_beyond_those_of_a_post_are_told_to_editors(carpet: Carpet) -> None:
    assert carpet.sends(body="Many", pictures=[{"data": "%%%"}] * (MOST + 3)).status_code == 201
    assert "a post may have at most 12, and 3 more came" in str(carpet.drafts[0].note)
