"""Every field of a text, on every way that a text takes. A place that forgets a field fails here.

To add a field, give it a sample. If readers do not see it somewhere, that needs a reason (`UNSEEN`).
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import msgspec
import pytest
import requests
from bs4 import BeautifulSoup
from msgspec.structs import replace

from liveblog import actions, drafts
from liveblog.drafts import Writer
from liveblog.model import (
    EDITABLE_FIELDS,
    TEXT_FIELDS,
    Draft,
    Media,
    Object,
    Outcome,
    Post,
    Text,
    When,
    public,
    ref_of,
    text_of,
)
from liveblog.push.schedule import Schedule
from liveblog.store.accounts import Account
from liveblog.store.commits import Commit, Store
from liveblog.store.dump import export, restore
from liveblog.store.people import People
from liveblog.timeline import merge
from liveblog.web.feeds import ATOM
from tests.live_server import LiveServer
from tests.newsroom import DIRECTOR, PICTURE, Newsroom, only, open_newsroom
from tests.photos import photo
from tests.web.syndicated import Site, syndicated

ROOT = Path(__file__).parent.parent
ADA = Writer(name="Ada", editor=True)
SAMPLES: dict[str, Any] = {
    "type": "notice",
    "headline": "A quokka at the door",
    "body": "It wears a **bowtie**.",
    "category": "director",
    "key": True,
    "byline": "Zelda Ferret",
    "media": [Media(name="0123456789abcdef0123456789abcdef.webp", width=8, height=6, alt="A marsupial")],
}
"""For each field a value that differs from its default."""
FULL = Text(**SAMPLES)
SEEN: dict[str, str] = {
    "body": "<strong>bowtie</strong>",
    "category": "Best Director",
    "key": "Key moment",
    "media": SAMPLES["media"][0].name,
}
"""What readers see of a sample if that is not the sample itself."""
UNSEEN: dict[tuple[str, str], str] = {
    ("atom", "type"): "a feed's entries are of one kind",
    ("json", "type"): "a feed's items are of one kind",
}
"""Where readers do not see a field, and why."""
OF_A_RESULT = {"type": "result", "category": "director", "key": True}
"""What a result post has, whatever type, category and key mark the prepared text has."""

fields = pytest.mark.parametrize("name", TEXT_FIELDS)
editable = pytest.mark.parametrize("name", EDITABLE_FIELDS)


@pytest.fixture
def newsroom() -> Newsroom:
    return open_newsroom()


def plain(name: str) -> dict[str, Any]:
    """A text in which the field differs from its sample."""
    return {"body": "Nothing yet."} if name == "body" else text_of(FULL) | {name: text_of(Text())[name]}


def published(newsroom: Newsroom) -> Post:
    return only(newsroom.do(actions.publish, **SAMPLES).objects, Post)


def saved(newsroom: Newsroom, **more: object) -> Draft:
    return only(newsroom.do(drafts.save, by=ADA, **SAMPLES, **more).objects, Draft)


@fields
def test_every_field_has_a_distinct_sample(name: str) -> None:
    assert SAMPLES[name] != text_of(Text())[name]


# -- the acts


@fields
def test_a_field_is_published(newsroom: Newsroom, name: str) -> None:
    assert getattr(published(newsroom), name) == SAMPLES[name]


@editable
def test_a_field_of_a_post_is_edited_alone(newsroom: Newsroom, name: str) -> None:
    before = only(newsroom.do(actions.publish, **plain(name)).objects, Post)
    after = only(newsroom.do(actions.edit_post, before.id, **{name: SAMPLES[name]}).objects, Post)
    assert text_of(after) == text_of(before) | {name: SAMPLES[name]}


def test_a_post_keeps_its_type(newsroom: Newsroom) -> None:
    with pytest.raises(TypeError, match="no field type"):
        newsroom.do(actions.edit_post, published(newsroom).id, type="update")


@fields
def test_a_field_is_saved_and_edited_in_a_draft(newsroom: Newsroom, name: str) -> None:
    assert getattr(saved(newsroom), name) == SAMPLES[name]
    before = only(newsroom.do(drafts.save, by=ADA, **plain(name)).objects, Draft)
    after = only(newsroom.do(drafts.edit, before.id, by=ADA, **{name: SAMPLES[name]}).objects, Draft)
    assert text_of(after) == text_of(before) | {name: SAMPLES[name]}


@fields
def test_a_field_goes_back_and_forth_with_submit_return_publish_and_undo(newsroom: Newsroom, name: str) -> None:
    draft = saved(newsroom)
    newsroom.do(drafts.submit, draft.id, by=ADA)
    newsroom.do(drafts.give_back, draft.id, by=ADA, note="Once more")
    post = only(newsroom.do(drafts.publish, draft.id).objects, Post)
    assert getattr(post, name) == SAMPLES[name]
    newsroom.do(drafts.undo, post.id, by=ADA, now=post.published_at)
    (again,) = newsroom.drafts()
    assert getattr(again, name) == SAMPLES[name]
    assert getattr(only(newsroom.do(drafts.publish, again.id).objects, Post), name) == SAMPLES[name]


@fields
@pytest.mark.parametrize("wrong_one_first", [False, True])
def test_a_field_of_a_prepared_text_goes_out_with_the_result(
    newsroom: Newsroom, name: str, wrong_one_first: bool
) -> None:
    saved(newsroom, outcome=Outcome(category="director", nominee="sean-baker"))
    if wrong_one_first:
        newsroom.do(actions.announce, "director", winners=["brady-corbet"])
        newsroom.do(actions.recall, "director", note="The wrong card", winners=["sean-baker"])
    else:
        newsroom.do(actions.announce, "director", winners=["sean-baker"])
    assert getattr(newsroom.posts[-1], name) == OF_A_RESULT.get(name, SAMPLES[name])


@fields
def test_a_field_of_a_prepared_text_goes_out_in_a_tie_and_is_gone_once_that_is_recalled(
    newsroom: Newsroom, name: str
) -> None:
    saved(newsroom, outcome=Outcome(category="director", nominee="sean-baker"))
    newsroom.do(actions.announce, "director", winners=["sean-baker", "brady-corbet"])
    tie = newsroom.posts[-1]
    shown = {"headline": tie.body, "body": tie.body}  # in a part of the result's text
    if name in shown:
        assert SAMPLES[name].replace(".", "") in shown[name].replace(".", "")
    else:
        assert getattr(tie, name) == OF_A_RESULT.get(name, SAMPLES[name])
    newsroom.do(actions.recall, "director", note="Not so")
    kept = {**OF_A_RESULT, "byline": SAMPLES["byline"]}
    now = getattr(newsroom.posts[-1], name)
    assert now == kept[name] if name in kept else now != SAMPLES[name]


@fields
def test_a_retracted_post_and_a_discarded_draft_keep_no_field(newsroom: Newsroom, name: str) -> None:
    post, draft = published(newsroom), saved(newsroom)
    newsroom.do(actions.retract, post.id)
    newsroom.do(drafts.discard, draft.id, by=ADA)
    for gone in (newsroom.get("post", post.id), newsroom.get("draft", draft.id)):
        assert gone is not None
        assert getattr(gone, name) == text_of(Text())[name]
        assert name not in public(gone)


@fields
def test_a_field_is_put_back_after_a_fork(newsroom: Newsroom, name: str) -> None:
    start = newsroom.timeline()
    post = published(newsroom)
    found = {ref_of(obj): obj for obj, _ in merge(newsroom.timeline(), start)}
    assert getattr(found[f"post:{post.id}"], name) == SAMPLES[name]


# -- storage


@pytest.fixture
def blog(store: Store) -> Callable[..., Commit]:
    """Commits acts of a blog to the real storage."""

    def do(act: Any, *args: Any, **fields: Any) -> Commit:
        return store.perform("anora", lambda view: act(view, "anora", *args, **fields), by="Ada")

    store.perform(
        "anora",
        lambda view: actions.create_blog(view, slug="anora", title="Anora", categories=[DIRECTOR, PICTURE]),
        by="Ada",
    )
    return do


def test_every_field_is_stored_exported_and_imported(store: Store, blog: Callable[..., Commit]) -> None:
    post = blog(actions.publish, **SAMPLES).find("post")
    blog(actions.edit_post, post.id, **{name: plain(name)[name] for name in EDITABLE_FIELDS})
    draft = blog(drafts.save, by=ADA, **SAMPLES).find("draft")
    lines = list(export(store, "anora"))
    store.delete("anora")
    restore(store, lines)
    version = store.history.versions("anora", post.id)[-1].object
    stored = store.get("anora", "draft", draft.id)
    assert isinstance(version, Post)
    assert isinstance(stored, Draft)
    assert text_of(version) == text_of(stored) == SAMPLES
    blog(actions.edit_post, post.id, **{name: text_of(version)[name] for name in EDITABLE_FIELDS})
    now = store.get("anora", "post", post.id)
    assert isinstance(now, Post)
    assert text_of(now) == SAMPLES


@pytest.mark.parametrize(
    "plan", [{"publish_at": "2025-03-03T02:00:00Z"}, {"on": When(category="picture", state="on_stage")}]
)
def test_every_field_goes_out_on_schedule(store: Store, blog: Callable[..., Commit], plan: dict[str, object]) -> None:
    def publish(slug: str, draft: Draft) -> None:
        blog(drafts.publish, draft.id)

    blog(drafts.save, by=ADA, **SAMPLES, **plan)
    blog(actions.on_stage, "picture")
    Schedule(store, store.summaries.due, publish).step()
    post = store.load("anora").newest
    assert post is not None
    assert text_of(post) == SAMPLES


def test_every_field_survives_a_fork_of_storage(store: Store, blog: Callable[..., Commit]) -> None:
    post = blog(actions.publish, **SAMPLES).find("post")
    memory = store.load("anora")
    store.client.hset("lb:{anora}:meta", "public", 1)  # a replica that lacks the last change took over
    store.client.hdel("lb:{anora}:public", ref_of(post))
    found = store.heal("anora", memory).get(Post, post.id)
    assert found is not None
    assert text_of(found) == SAMPLES


@pytest.mark.parametrize("obj", [Post(id="x", published_at=""), Draft(id="x")], ids=["post", "draft"])
def test_seq_is_the_last_member_where_the_commit_stamps_it(obj: Object) -> None:
    for each in (obj, replace(obj, **text_of(FULL))):
        assert msgspec.json.encode(each).endswith(b',"seq":0}')


def test_data_of_an_earlier_release_is_read() -> None:
    post = (
        b'{"kind":"post","id":"A1","published_at":"2025-03-03T00:00:01.000Z","type":"notice","headline":"Doors","body":'
        b'"Open.","category":"director","key":true,"byline":"Ada","updated_at":"2025-03-03T00:00:02.000Z","media":'
        b'[{"name":"a.webp","width":8,"height":6,"alt":"A door"}],"corrections":[{"at":"2025-03-03T00:00:02.000Z",'
        b'"note":"Shut"}],"retracted":false,"seq":7}'
    )
    draft = (
        b'{"kind":"draft","id":"B2","author":"Carl","editor":"Ada","updated_at":null,"type":"update","headline":null,"body":'
        b'"Later.","category":null,"key":false,"byline":null,"media":[],"state":"submitted","note":null,"publish_at":null,'
        b'"on":null,"outcome":{"category":"director","nominee":"sean-baker"},"put_away":false,"gone":false,"seq":3}'
    )
    for stored in (post, draft):
        found: Any = msgspec.json.decode(stored, type=Object)
        assert msgspec.to_builtins(found) | json.loads(stored) == msgspec.to_builtins(found)


# -- what readers get


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    with syndicated(store) as made:
        yield made


def shown(site: Site, id: str) -> dict[str, str]:
    """What readers see of one post: on its page and in both feeds."""
    article = BeautifulSoup(site.get(f"/posts/{id}").data, "html.parser").find("article", id=f"post-{id}")
    entries = [each for each in site.atom().iter(f"{{{ATOM}}}entry") if id in xml.tostring(each, encoding="unicode")]
    items = [item for item in site.json()["items"] if item["url"].endswith(id)]
    assert len(entries) == len(items) == 1
    return {
        "page": str(article),
        "atom": "\n".join([*entries[0].itertext(), xml.tostring(entries[0], encoding="unicode")]),
        "json": json.dumps(items[0], ensure_ascii=False).replace('\\"', '"'),
    }


@fields
def test_readers_see_a_field_on_the_page_and_in_the_feeds(site: Site, name: str) -> None:
    with_it, without = (shown(site, site.publish(**text)) for text in (SAMPLES, plain(name)))
    sign = SEEN.get(name, SAMPLES[name])
    for place in with_it:
        if (place, name) not in UNSEEN:
            assert sign in with_it[place], f"{place} shows nothing of {name}"
            assert sign not in without[place]
        else:
            assert sign not in with_it[place], f"{place} shows {name}: its exemption is out of date"


@fields
def test_the_api_answers_with_a_field(site: Site, name: str) -> None:
    id = site.publish(**SAMPLES)
    api = "/api/v1/blogs/anora"
    post = site.client.get(f"{api}/posts/{id}").get_json()
    (listed,) = [each for each in site.client.get(api).get_json()["posts"] if each["id"] == id]
    (change,) = [each for each in site.client.get(f"{api}/changes").get_json()["objects"] if each["id"] == id]
    assert post == listed == change
    assert post[name] == msgspec.to_builtins(SAMPLES[name])


# -- what editors send


@pytest.fixture(scope="module")
def slug(server: LiveServer) -> str:
    return server.open("fields")


@pytest.fixture(scope="module")
def samples(server: LiveServer, slug: str) -> dict[str, Any]:
    """The samples as they are sent: the picture is one that was uploaded."""
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "image/jpeg"}
    made = requests.post(f"{server.url}/api/v1/blogs/{slug}/media", data=photo(), headers=headers, timeout=60).json()
    picture = {"name": made["name"], "alt": "A marsupial"}
    return {**msgspec.to_builtins(SAMPLES), "media": [picture]}


def same(answer: dict[str, Any], sent: dict[str, Any]) -> bool:
    """Whether an object has what was sent; for pictures their names, since the server knows the rest."""

    def told(value: Any) -> Any:
        return [each["name"] for each in value] if isinstance(value, list) else value

    return all(told(answer.get(name)) == told(value) for name, value in sent.items())


def test_the_api_takes_every_field_of_a_post(server: LiveServer, slug: str, samples: dict[str, Any]) -> None:
    posts = f"/blogs/{slug}/posts"
    post = server.api("POST", posts, samples).json()
    assert same(post, samples)
    bare = server.api("POST", posts, {"body": "Nothing yet."}).json()
    for name in EDITABLE_FIELDS:
        bare = server.api("PATCH", f"{posts}/{bare['id']}", {name: samples[name]}).json()
        assert same(bare, {name: samples[name]}), bare
    assert server.api("PATCH", f"{posts}/{bare['id']}", {"type": "notice"}).json()["field"] == "type"


def test_the_api_takes_every_field_of_a_draft(server: LiveServer, slug: str, samples: dict[str, Any]) -> None:
    path = f"/blogs/{slug}/drafts"
    assert same(server.api("POST", path, samples).json(), samples)
    bare = server.api("POST", path, {"body": "Nothing yet."}).json()
    for name in TEXT_FIELDS:
        bare = server.api("PATCH", f"{path}/{bare['id']}", {name: samples[name]}).json()
        assert same(bare, {name: samples[name]}), bare
    assert same(server.api("GET", f"{path}/{bare['id']}").json(), samples)


def test_a_version_of_the_history_can_be_restored_with_every_field(
    server: LiveServer, slug: str, samples: dict[str, Any]
) -> None:
    posts = f"/blogs/{slug}/posts"
    post = server.api("POST", posts, samples).json()
    other = {name: msgspec.to_builtins(plain(name)[name]) for name in EDITABLE_FIELDS}
    assert same(server.api("PATCH", f"{posts}/{post['id']}", other).json(), other)
    versions = server.api("GET", f"{posts}/{post['id']}/history").json()["versions"]
    first = versions[-1]["object"]
    assert same(first, samples)
    again = {name: first.get(name) for name in EDITABLE_FIELDS}
    assert same(server.api("PATCH", f"{posts}/{post['id']}", again).json(), samples)


@fields
def test_the_preview_shows_a_field(server: LiveServer, slug: str, samples: dict[str, Any], name: str) -> None:
    people = People(server.store)
    people.accounts.put(Account(name="Ada", role="editor", blogs=None))
    who = requests.Session()
    who.cookies["liveblog_session"] = people.sessions.open("Ada")
    token = who.get(f"{server.url}/desk/{slug}/session", timeout=60).json()["csrf"]
    headers = {"X-CSRF-Token": token, "Accept": "application/json"}
    answer = who.post(f"{server.url}/desk/{slug}/preview", json=samples, headers=headers, timeout=60)
    sign = samples["media"][0]["name"] if name == "media" else SEEN.get(name, SAMPLES[name])
    assert sign in answer.json()["html"]


# -- the desk's page and its scripts


@fields
def test_the_desks_form_has_a_place_for_a_field(name: str) -> None:
    page = (ROOT / "templates/desk/desk.html").read_text()
    form = page.partition('<form id="composer"')[2].partition("</form>")[0]
    assert f'name="{name}"' in form or (name == "media" and 'id="pictures"' in form)


def lists_in(script: str) -> list[set[str]]:
    """The lists and tables of a script that name at least three fields of a text."""
    found = []
    for each in re.findall(r"\[[^\[\]]*\]|\{[^{}]*\}", script):
        names = set(re.findall(r'"(\w+)"', each)) if each[0] == "[" else set(re.findall(r"(\w+): \"", each))
        if len(names & set(TEXT_FIELDS)) >= 3:
            found.append(names)
    return found


def test_the_desks_scripts_have_the_fields_of_the_struct() -> None:
    command = 'import("./static/js/desk/text.js").then((text) => console.log(JSON.stringify(text)))'
    done = subprocess.run(["node", "-e", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    text = json.loads(done.stdout)
    assert (text["FIELDS"], text["EDITABLE"]) == (list(TEXT_FIELDS), list(EDITABLE_FIELDS))


@pytest.mark.parametrize("script", sorted((ROOT / "static/js/desk").glob("*.js")), ids=lambda path: path.name)
def test_no_other_script_of_the_desk_lists_the_fields(script: Path) -> None:
    assert lists_in(script.read_text()) == []
