"""Takedowns: what is marked is put wherever it can get to, and afterwards it is nowhere; the certificate is true."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook

from liveblog import cache_tags
from liveblog.app import pictures_of
from liveblog.config import Settings
from liveblog.errors import Unavailable
from liveblog.model import WORDLESS
from liveblog.store.commits import Store
from liveblog.store.people import People
from liveblog.store.takedowns import Takedowns
from tests.commands import liveblog
from tests.live_server import LiveServer, Relay, live_server, relay_of, until
from tests.photos import photo
from tests.push.test_purges import Asked, cache
from tests.receiver import Answer, Receiver, receiver

MARK = "qzx-false-accusation"
REASON = "Order of a court, file 12-34"
WRONG: Answer = (400, {})


def stored(store: Store) -> dict[str, str]:
    """Everything that storage has, by key."""
    client: Any = store.client
    read = {
        b"string": client.get,
        b"hash": client.hgetall,
        b"stream": client.xrange,
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"list": lambda key: client.lrange(key, 0, -1),
    }
    return {key.decode(): str(read[client.type(key)](key)) for key in client.scan_iter(match="*")}


def keys_with(store: Store, mark: str) -> set[str]:
    return {key for key, value in stored(store).items() if mark in value}


def files_with(folder: Path, mark: str) -> list[str]:
    """The files below a directory that have these bytes."""
    found = []
    for path in folder.rglob("*"):
        try:
            if path.is_file() and mark.encode() in path.read_bytes():
                found.append(path.name)
        except FileNotFoundError:  # it was replaced meanwhile
            pass
    return found


class Site:
    """A server with a cache, a relay and a receiver of webhooks, and a blog in which the mark got everywhere."""

    def __init__(self, server: LiveServer, relay: Relay, cache: Asked, receiver: Receiver) -> None:
        self.server, self.relay, self.cache, self.receiver = server, relay, cache, receiver
        self.slug = server.open()
        self.picture, self.shared = server.upload(self.slug, photo()), server.upload(self.slug, photo(800, 600))
        self.act("POST", "/posts", {"body": "Another update", "media": [{"name": self.shared, "alt": "Shared"}]})
        self.post = self._post()
        self.result = self._result()
        self.copy = self.act("POST", "/posts", {"body": f"So says {MARK}."})["id"]

    def act(self, method: str, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        answer = self.server.api(method, f"/blogs/{self.slug}{path}", body or {}, **headers)
        assert answer.ok, (path, answer.text)
        found: dict[str, Any] = answer.json()
        return found

    def _post(self) -> str:
        """A post that was a draft, which was returned, submitted and published by a key; edited and corrected since."""
        media = [{"name": name, "alt": MARK, "caption": MARK, "credit": MARK} for name in (self.picture, self.shared)]
        draft = self.act("POST", "/drafts", {"body": f"{MARK}?"}, Idempotency_Key="a draft")["id"]
        self.act("POST", f"/drafts/{draft}/submit")
        self.act("POST", f"/drafts/{draft}/return", {"note": f"Is {MARK} right?"})
        self.act("PATCH", f"/drafts/{draft}", {"headline": f"{MARK}!", "body": f"So says {MARK}.", "media": media})
        post: str = self.act("POST", f"/drafts/{draft}/publish", Idempotency_Key="publish")["id"]
        self.act("PATCH", f"/posts/{post}", {"body": f"No, {MARK}.", "correction": MARK}, Idempotency_Key="edit")
        self.act("PUT", "/pin", {"post": post}, Idempotency_Key="pin")
        self.act("POST", "/drafts", {"body": f"No, {MARK}."})  # somebody copied it
        return post

    def _result(self) -> str:
        """A result post with words of the mark: prepared, announced, doubted, recalled, noted anew."""
        outcome = {"category": "director", "nominee": "sean-baker"}
        self.act("POST", "/drafts", {"body": f"{MARK} wins", "outcome": outcome})
        here = "/categories/director"
        source = {"winners": ["sean-baker"], "source": f"{MARK} on the phone"}
        result: str = self.act("POST", f"{here}/announce", source, Idempotency_Key="call")["posts"][0]["id"]
        self.act("POST", f"{here}/doubt", {"note": f"{MARK} may be wrong"}, Idempotency_Key="doubt")
        again = {"winners": ["brady-corbet"], "note": f"It was not {MARK}", "source": MARK}
        self.act("POST", f"{here}/recall", again, Idempotency_Key="recall")
        self.act("PATCH", here, {"correction": f"{MARK} did not win"})
        self.act("POST", f"{here}/doubt", {"note": f"Nor {MARK}"})
        return result

    def file(self) -> str:
        """A text from the red carpet, with a picture that has no description. Its draft."""
        hook = self.server.api("POST", "/incoming", {"blog": self.slug, "kind": "plain", "name": "Wire"}).json()
        pictures = [
            {"data": base64.b64encode(data).decode(), "alt": alt}
            for data, alt in ((photo(640, 400), MARK), (photo(400, 640), ""))
        ]
        body, now = (
            json.dumps({"headline": MARK, "body": f"{MARK} on the carpet", "pictures": pictures}),
            datetime.now(UTC),
        )
        signed = {
            "webhook-id": "carpet",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(hook["secret"]).sign("carpet", now, body),
        }
        answer = requests.post(self.server.url + hook["path"], data=body, headers=signed, timeout=60)
        assert answer.status_code == 201, answer.text
        draft: str = answer.json()["draft"]
        return draft

    def publish(self, draft: str) -> str:
        """The post that an editor makes of a draft, in other words."""
        self.act("PATCH", f"/drafts/{draft}", {"body": f"{MARK} has arrived"})
        post: str = self.act("POST", f"/drafts/{draft}/publish")["id"]
        return post

    def give_up(self) -> dict[str, Any]:
        """A webhook of which one delivery was given up, because its receiver took nothing, and another waits."""
        self.receiver.answers += [WRONG] * 1000
        sent = {"url": self.receiver.url, "blog": self.slug, "begin": "start"}
        hook: dict[str, Any] = self.server.api("POST", "/webhooks", sent).json()
        self.receiver.secret = hook["secret"]
        self.server.log.expect("webhook")

        def asked() -> bool:
            now = self.webhook(hook["id"])
            if (waits := now["pending"]) and not now["dead"]:
                self.server.api("POST", f"/webhooks/{hook['id']}/deliveries/{waits['id']}/again")
            return bool(now["dead"])

        until(asked)
        return hook

    def recovered(self, id: str) -> str:
        """All that the receiver gets when it takes deliveries again, also those that were given up."""
        self.receiver.answers.clear()
        before = len(self.receiver.bodies)
        for letter in self.webhook(id)["dead"]:
            self.server.api("POST", f"/webhooks/{id}/deliveries/{letter['id']}/again")
        if waits := self.webhook(id)["pending"]:
            self.server.api("POST", f"/webhooks/{id}/deliveries/{waits['id']}/again")
        at = self.server.state(self.slug)["seq"]
        until(lambda: self.receiver.positions.get(self.slug, ("", 0))[1] == at and not self.webhook(id)["dead"])
        return json.dumps(self.receiver.bodies[before:])

    def webhook(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.server.api("GET", f"/webhooks/{id}").json()
        return found

    def addresses(self) -> list[str]:
        """All addresses that show the blog: readers', the API's, the desk's."""
        live, api = f"/live/{self.slug}", f"/api/v1/blogs/{self.slug}"
        parts = ("", "/card.png", "/embed", ".ninjs.json")
        of_post = [f"{live}/posts/{id}{part}" for id in (self.post, self.result) for part in parts]
        of_post += [f"{api}/posts/{id}{part}" for id in (self.post, self.result) for part in ("", "/history")]
        pages = ["/", "/sitemap.xml", live, f"{live}/embed", f"{live}/card.png", f"{live}/start/1"]
        feeds = [f"{live}/{name}" for name in ("feed.atom", "feed.json", "feed.rss", "ninjs.json")]
        feeds += [f"{live}/winners.{kind}" for kind in ("csv", "json")]
        kept = [f"/desk/{self.slug}", f"/desk/{self.slug}/export", f"/desk/{self.slug}/takedowns"]
        reads = ("", "/changes?after=0", "/relay?after=0", "/drafts", "/retracted", "/log", "/calls", "/media")
        return [*of_post, *pages, *feeds, *kept, *(api + read for read in (*reads, "/desk/changes", "/takedowns"))]

    def shown(self, mark: str) -> list[str]:
        """The addresses whose answers have these words, here and at the relay."""
        signed_in = {"Authorization": f"Bearer {self.server.token}"}
        found = []
        for base, headers in ((self.server.url, signed_in), (self.relay.url, {})):
            for path in self.addresses():
                answer = requests.get(base + path, headers=headers, timeout=60)
                assert answer.status_code < 500, path
                found += [base + path] if mark in answer.text else []
        return found

    def take_down(self, **what: str) -> dict[str, Any]:
        return self.act("POST", "/takedowns", {"reason": REASON, **what})


@pytest.fixture
def site() -> Iterator[Site]:
    with ExitStack() as stack:
        address, asked = stack.enter_context(cache())
        settings = {
            "LIVEBLOG_CACHES": f"fastly={address}/service/1",
            "LIVEBLOG_FASTLY_TOKEN": "open-sesame-fastly",
            "LIVEBLOG_WEBHOOK_NETWORKS": "127.0.0.0/8",
        }
        server = stack.enter_context(live_server(**settings))
        relay, hears = stack.enter_context(relay_of(server.url)), stack.enter_context(receiver())
        yield Site(server, relay, asked, hears)


def test_what_is_taken_down_is_nowhere(site: Site) -> None:
    server, filed = site.server, site.publish(site.file())
    hook = site.give_up()
    carpet = {each["name"] for each in site.act("GET", "/media")["media"]} - {site.picture, site.shared}
    assert len(carpet) == 2
    until(lambda: site.relay.url in " ".join(site.shown(MARK)))
    assert len(site.shown(MARK)) > 15
    assert {"public", "desk", "history", "audit", "public:log"} <= {
        key.rpartition("}:")[2] for key in keys_with(server.store, MARK)
    }
    assert any(":request:" in key for key in keys_with(server.store, MARK))
    assert files_with(server.data, MARK)
    server.store.client.config_set("rdbcompression", "no")  # else the bytes could hide in the file

    made = site.take_down(post=site.post)
    assert made["copies"] == [site.copy]
    assert (made["left"], made["reason"], made["ordered_by"]) == (0, REASON, "editor")
    assert made["shared_pictures"] == [site.shared]
    assert [each["count"] for each in made["removed"] if site.picture in each["what"]] == [2]
    site.take_down(post=site.copy)
    site.take_down(post=site.result)
    site.take_down(post=filed)

    assert not keys_with(server.store, MARK)
    until(lambda: not files_with(server.data, MARK))  # replaced files go a moment later
    until(lambda: not site.shown(MARK))
    assert MARK not in server.log.path.read_text()
    for picture in {site.picture, *carpet}:
        assert requests.get(f"{server.url}/media/{picture}", timeout=60).status_code == 410
    assert requests.get(f"{server.url}/media/{site.shared}", timeout=60).status_code == 200
    assert "Another update" in requests.get(f"{server.url}/live/{site.slug}", timeout=60).text
    category = next(each for each in server.state(site.slug)["objects"] if each["id"] == "director")
    assert (category["winners"], category["corrections"]) == (["brady-corbet"], [])
    edit = {"body": f"No, {MARK}.", "correction": MARK}
    repeated = site.act("PATCH", f"/posts/{site.post}", edit, Idempotency_Key="edit")
    assert repeated == {"kind": "post", "id": site.post, "seq": repeated["seq"], "retracted": True}
    assert not site.recovered(hook["id"]).count(MARK)
    assert site.receiver.state[site.slug][f"post:{filed}"]["retracted"]


def test_a_draft_that_nobody_published_is_taken_down_too(site: Site) -> None:
    for id in (site.post, site.copy, site.result):
        site.take_down(post=id)
    draft = site.file()
    pictures = {each["name"] for each in site.act("GET", "/media")["media"]} - {site.shared}
    site.act("POST", f"/drafts/{draft}/return", {"note": f"Not {MARK}!"})
    assert keys_with(site.server.store, MARK)
    made = site.take_down(post=draft)
    assert (made["post"], made["left"]) == (draft, 0)
    assert not keys_with(site.server.store, MARK)
    for picture in pictures:
        assert requests.get(f"{site.server.url}/media/{picture}", timeout=60).status_code == 410
    until(lambda: certificate(site, made["id"])["caches"][0].get("obeyed_at"))
    assert site.take_down(post=draft)["id"] == made["id"]


def test_what_came_without_words_is_no_copy_of_another(site: Site) -> None:
    """Both have the same words, which we put there."""
    one, other = (site.act("POST", "/drafts", {"body": WORDLESS[0], "headline": each})["id"] for each in ("One", "Two"))
    site.take_down(post=one)
    assert site.act("GET", f"/drafts/{other}")["headline"] == "Two"


def test_a_draft_that_was_published_goes_with_its_post(site: Site) -> None:
    draft = site.file()
    post = site.publish(draft)
    refused = site.server.api("POST", f"/blogs/{site.slug}/takedowns", {"reason": REASON, "post": draft})
    assert (refused.status_code, post in refused.json()["detail"]) == (422, True)


def test_the_certificate_says_when_the_cache_obeyed_and_is_the_same_on_paper_and_in_a_terminal(site: Site) -> None:
    site.cache.answers += [(503, b"")] * 1000
    made = site.take_down(post=site.post)
    site.server.log.expect("does not drop what was withdrawn")
    assert [sorted(each) for each in made["caches"]] == [["cache", "error"]]
    until(lambda: certificate(site, made["id"])["caches"][0]["error"] == "HTTP 503")
    site.cache.answers.clear()
    obeyed = until(lambda: certificate(site, made["id"])["caches"][0].get("obeyed_at"))
    assert obeyed > made["done_at"]
    told = " ".join(fields.get("Surrogate-Key", "") for _, _, fields, _ in site.cache.requests)
    assert {cache_tags.of_blog(site.slug), cache_tags.of_picture(site.picture)} <= set(told.split())
    asked = {"LIVEBLOG_CACHES": made["caches"][0]["cache"].replace(" ", "="), "LIVEBLOG_FASTLY_TOKEN": "x" * 20}
    terminal = run(site, "certificate", made["id"], **asked)
    page = requests.get(
        f"{site.server.url}/desk/{site.slug}/takedowns/{made['id']}",
        headers={"Authorization": f"Bearer {site.server.token}"},
        timeout=60,
    ).text
    for words in (
        made["id"],
        REASON,
        obeyed.replace("T", " ").replace("Z", ""),
        site.post,
        "webhooks",
        "Backups that were made",
    ):
        assert words in page
    for words in (made["id"], REASON, obeyed, site.post, "webhooks", "Backups that were made"):
        assert words in terminal
    assert MARK not in page + terminal


def certificate(site: Site, id: str) -> dict[str, Any]:
    found: dict[str, Any] = site.server.api("GET", f"/blogs/{site.slug}/takedowns/{id}").json()
    return found


def run(site: Site, *words: str, **settings: str) -> str:
    done = liveblog(*words, data=site.server.data, **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_named_picture_goes_from_every_update_and_every_blog(site: Site) -> None:
    other = site.server.open("wicked")
    site.server.api(
        "POST", f"/blogs/{other}/posts", {"body": "Here too", "media": [{"name": site.shared, "alt": "It"}]}
    )
    made = site.take_down(picture=site.shared.replace(".webp", "-320.webp"))
    assert (made["picture"], made["left"]) == (site.shared, 0)
    assert requests.get(f"{site.server.url}/media/{site.shared}", timeout=60).status_code == 410
    for slug in (site.slug, other):
        assert site.shared not in site.server.api("GET", f"/blogs/{slug}").text
    assert until(lambda: certificate(site, made["id"])["caches"][0].get("obeyed_at"))


def test_the_same_order_by_command_goes_on_with_the_earlier_one(site: Site) -> None:
    made = site.take_down(post=site.post)
    again = run(site, "takedown", site.slug, site.post, "--reason", "Another reason", "--yes")
    assert f'"{made["id"]}"' in again
    assert REASON in again
    assert len(site.act("GET", "/takedowns")["takedowns"]) == 1
    assert site.act("GET", "/takedowns")["takedowns"][0]["removed"] == made["removed"]


def test_what_was_taken_down_does_not_come_back_with_an_older_export(site: Site, tmp_path: Path) -> None:
    older = tmp_path / "older.ndjson"
    older.write_text(run(site, "export", site.slug))
    assert MARK in older.read_text()
    for id in (site.post, site.copy, site.result):
        site.take_down(post=id)
    site.server.store.delete(site.slug)
    assert len(site.act("GET", "/takedowns")["takedowns"]) == 3  # they outlive the blog
    run(site, "import", str(older))
    assert not keys_with(site.server.store, MARK)
    assert "Another update" in site.server.api("GET", f"/blogs/{site.slug}").text


def test_an_interrupted_takedown_is_finished_by_the_same_order(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    store = site.server.store
    takedowns = Takedowns(store, pictures_of(Settings.from_environ({"LIVEBLOG_DATA": str(site.server.data)}), store))
    for step in ("remove", "remove_words", "rewrite_file"):
        with monkeypatch.context() as patched:
            patched.setattr(store.purging, step, partial(_dies, step))
            with pytest.raises(Unavailable, match=step):
                takedowns.order(site.slug, post=site.post, reason=REASON, by="an admin")
        assert takedowns.all()[0].done_at == ""
    takedowns.finish()
    (done,) = takedowns.all()
    assert (done.done_at > done.ordered_at, takedowns.traces(done), done.shared) == (True, 0, [site.shared])
    assert [each.count for each in done.removed if site.picture in each.what] == [2]


def _dies(step: str, *_: object) -> None:
    raise Unavailable(f"storage is away at {step}")


def test_only_admins_take_down_and_only_what_is_there(site: Site) -> None:
    refused = partial(site.server.api, "POST", f"/blogs/{site.slug}/takedowns")
    editor = {"Authorization": f"Bearer {People(site.server.store).tokens.add('an editor', 'editor', site.slug)}"}
    assert refused({"reason": REASON, "post": site.post}, **editor).status_code == 403
    for body, status in (
        ({"reason": REASON}, 422),
        ({"reason": " ", "post": site.post}, 422),
        ({"reason": REASON, "post": site.post, "picture": site.picture}, 422),
        ({"reason": REASON, "post": "nothing"}, 404),
        ({"reason": REASON, "picture": "nothing"}, 422),
        ({"reason": REASON, "picture": "0" * 32 + ".webp"}, 404),
    ):
        assert refused(body).status_code == status, body
    assert MARK in requests.get(f"{site.server.url}/live/{site.slug}", timeout=60).text
    assert site.server.api("GET", f"/blogs/{site.slug}/takedowns/none").status_code == 404
