"""The desk's pages over HTTP: what each person sees, what is refused, and every page's headers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
from bs4 import BeautifulSoup

from liveblog import actions
from liveblog.app import create_app
from liveblog.checks import RESERVED
from liveblog.config import Settings
from liveblog.store.accounts import Account, Role
from liveblog.store.commits import Store
from liveblog.store.people import People
from tests.live_server import LiveServer
from tests.web.office import Office


@pytest.fixture(scope="module")
def slug(server: LiveServer) -> str:
    return server.open("desk")


@pytest.fixture(scope="module")
def signed_in(server: LiveServer) -> Callable[..., requests.Session]:
    """A browser with a session of its own."""

    def make(name: str, role: Role = "editor", blogs: list[str] | None = None) -> requests.Session:
        people = People(server.store)
        people.accounts.put(Account(name=name, role=role, blogs=blogs))
        who = requests.Session()
        who.cookies["liveblog_session"] = people.sessions.open(name)
        return who

    return make


def test_the_desks_own_paths_are_not_slugs() -> None:
    rules = [
        rule.rule for rule in create_app(Settings.from_environ({}), Store("redis://127.0.0.1:1")).url_map.iter_rules()
    ]
    before = {rule.partition("<slug>")[0] for rule in rules if "<slug>" in rule}
    words = {rule.removeprefix(room).partition("/")[0] for room in before for rule in rules if rule.startswith(room)}
    assert words - {"", "<slug>"} == RESERVED


def csrf(server: LiveServer, who: requests.Session, slug: str) -> str:
    found: str = who.get(f"{server.url}/desk/{slug}/session", timeout=60).json()["csrf"]
    return found


def bare(text: str, *ids: str) -> str:
    """An article without the values that only a published post has: its id, place, version and times."""
    return re.sub("|".join([*ids, r"preview|data-(seq|place)=\"\d+\"|\d[\d:T.-]+Z?( [AP]M)?"]), "", text)


def test_every_page_is_private(server: LiveServer, slug: str, signed_in: Callable[..., requests.Session]) -> None:
    who = signed_in("Private", "admin")
    link = People(server.store).invitations.make("editor")
    for path in ("sign-in", f"welcome/{link}", "welcome/used", "", slug, "nowhere", f"{slug}/session"):
        get: Callable[..., requests.Response] = requests.get if path == "sign-in" else who.get
        headers = get(f"{server.url}/desk/{path}", timeout=60).headers
        assert headers["Cache-Control"] == "no-store", path
        assert headers["X-Robots-Tag"] == "noindex"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


def pages(slug: str) -> list[str]:
    """The addresses below /desk/ that a browser can open, of the site and of one blog."""
    rules = create_app(Settings.from_environ({}), Store("redis://127.0.0.1:1")).url_map.iter_rules()
    paths = {rule.rule for rule in rules if rule.rule.startswith("/desk/") and "GET" in (rule.methods or ())}
    return sorted(re.sub(r"<(?:\w+:)?\w+>", "nothing", path.replace("<slug>", slug)) for path in paths)


def test_every_page_has_a_way_out(server: LiveServer, slug: str, signed_in: Callable[..., requests.Session]) -> None:
    who, seen = signed_in("Wanda Out", "admin"), []
    for path in pages(slug):
        answer = who.get(server.url + path, timeout=60, allow_redirects=False)
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            seen.append(path)
            out = BeautifulSoup(answer.text, "html.parser").select_one('form[action$="/desk/sign-out"] button')
            assert out is not None, path
            assert "hidden" not in out.attrs, path
    assert {"/desk/", f"/desk/{slug}", "/desk/account", "/desk/people", "/desk/webhooks"} <= set(seen)


def test_opening_a_page_or_reading_the_api_changes_nothing(store: Store) -> None:
    """Only writes need the page's token. Noted may be a use, a try, and a key that is proposed."""
    store.perform(
        "anora", lambda view: actions.create_blog(view, slug="anora", title="Anora", status="live"), by="test"
    )
    office = Office(store)
    office.app = create_app(store=store, follow=lambda run: None)
    ada = office.come_in("Ada").client
    rules = office.app.url_map.iter_rules()
    paths = {rule.rule for rule in rules if "GET" in (rule.methods or ()) and "stream" not in rule.endpoint}
    everything = [re.sub(r"<(?:\w+:)?\w+>", "nothing", path.replace("<slug>", "anora")) for path in sorted(paths)]

    def kept() -> dict[bytes, object]:
        names = [
            name
            for name in store.client.scan_iter()
            if not name.startswith((b"lb:sessions:", b"lb:errands:", b"lb:tries:"))
        ]
        return {name: store.client.dump(name) for name in names}

    before = kept()
    seen = {path: ada.get(path).status_code for path in everything}
    assert sum(status == 200 for status in seen.values()) > 40
    after = kept()
    assert {name for name in before | after if before.get(name) != after.get(name)} == set()


def test_a_password_is_typed_unseen_and_password_managers_may_fill_it_in(
    server: LiveServer, slug: str, signed_in: Callable[..., requests.Session]
) -> None:
    """And nothing else is asked for that somebody could find out, such as the name of a pet."""
    link = People(server.store).invitations.make("editor")
    asked = {
        "/desk/sign-in": (requests.Session(), {"name", "password"}),
        f"/desk/welcome/{link}": (requests.Session(), {"name", "password"}),
        "/desk/account": (signed_in("Wilma Word"), {"old", "password"}),
    }
    for path, (who, wanted) in asked.items():
        page = BeautifulSoup(who.get(server.url + path, timeout=60).text, "html.parser")
        form = next(form for form in page.find_all("form") if form.find("input", attrs={"name": "password"}))
        inputs = [each for each in form.find_all("input") if each.get("name") and each.get("type") != "hidden"]
        fields = {str(each["name"]): each for each in inputs}
        assert set(fields) == wanted, path
        for name, each in fields.items():
            if name != "name":
                assert each["type"] == "password", path
                assert each["autocomplete"] in ("current-password", "new-password"), path
            assert not {"onpaste", "readonly", "pattern"} & set(each.attrs), path
    scripts = [path.read_text() for path in Path("static/js/desk").glob("*.js") if "password" in path.read_text()]
    assert not [text for text in scripts if re.search(r"[\"']paste[\"']", text)]


def test_the_list_shows_ones_own_blogs(
    server: LiveServer, slug: str, signed_in: Callable[..., requests.Session]
) -> None:
    server.open("desk-other")
    server.open("desk-draft", "draft")

    def page(*who: Any) -> str:
        return signed_in(*who).get(f"{server.url}/desk/", timeout=60).text

    everything = page("All", "admin")
    assert all(f'href="/desk/{each}"' in everything for each in (slug, "desk-other", "desk-draft"))
    assert "New blog" in everything
    assert everything.index('"/desk/desk-draft"') < everything.index('"/desk/desk-other"')  # the newest first
    assert ">Draft</strong>" in everything
    who = signed_in("All", "admin")
    for query, there in (("OTHER desk", "desk-other"), ("ánora&status=draft", "desk-draft")):
        found = who.get(f"{server.url}/desk/?q={query}", timeout=60).text
        assert [each in found for each in ("/desk/desk-other", "/desk/desk-draft")] == [
            there == each for each in ("desk-other", "desk-draft")
        ]
    assert "No blog fits" in who.get(f"{server.url}/desk/?q=qqzz&page=x", timeout=60).text
    one = page("One", "editor", [slug])
    assert f'href="/desk/{slug}"' in one
    assert "desk-other" not in one
    assert "New blog" not in one
    none = page("None", "editor", [])
    assert "No blog is open to you yet" in none


def test_what_is_not_ones_own_is_refused_on_a_page(
    server: LiveServer, slug: str, signed_in: Callable[..., requests.Session]
) -> None:
    unknown = signed_in("Lost").get(f"{server.url}/desk/nowhere", timeout=60)
    assert unknown.status_code == 404
    assert "There is no such page" in unknown.text
    strange = signed_in("Stranger", "admin", ["another"]).get(f"{server.url}/desk/{slug}", timeout=60)
    assert strange.status_code == 403
    assert "Not allowed" in strange.text


def test_only_editors_are_offered_to_publish(
    server: LiveServer, slug: str, signed_in: Callable[..., requests.Session]
) -> None:
    writer = signed_in("Writer", "contributor").get(f"{server.url}/desk/{slug}", timeout=60).text
    editor = signed_in("Editor").get(f"{server.url}/desk/{slug}", timeout=60).text
    assert 'type="submit">Publish' not in writer
    assert "An editor publishes" in writer
    assert 'type="submit">Publish' in editor


def test_a_preview_is_the_readers_rendering(
    server: LiveServer, slug: str, signed_in: Callable[..., requests.Session]
) -> None:
    who = signed_in("Previewer", "contributor")
    headers = {"X-CSRF-Token": csrf(server, who, slug), "Accept": "application/json"}

    def preview(sample: Any) -> requests.Response:
        return who.post(f"{server.url}/desk/{slug}/preview", json=sample, headers=headers, timeout=60)

    sample = {
        "headline": "A <b>bold</b> one",
        "body": "*Anora* <script>alert(1)</script> [x](javascript:alert(1))",
        "category": "director",
        "key": True,
        "byline": "Ana",
        "type": "notice",
    }
    html = preview(sample).json()["html"]
    assert "<em>Anora</em>" in html
    assert "<script" not in html
    assert 'href="javascript' not in html
    published = server.api("POST", f"/blogs/{slug}/posts", sample).json()

    assert bare(html) == bare(published["html"], published["id"])
    assert preview({"body": "See [x](#y)"}).json()["advice"] == ["“x” is no link: “#y” is no web address."]
    assert preview({"body": "https://youtu.be/dQw4w9WgXcQ"}).json()["untitled"] == []  # nobody may be asked
    title = {"address": "https://youtu.be/dQw4w9WgXcQ"}
    assert who.post(f"{server.url}/desk/{slug}/title", json=title, headers=headers, timeout=60).status_code == 404
    assert preview({"body": "\x00 \ud800 fine"}).status_code == 200
    assert preview({"body": "", "category": "unknown"}).status_code == 200
    for wrong, field in (
        ({"body": 7}, "body"),
        ({"body": "", "type": "odd"}, "type"),
        ([], None),
        (None, None),
    ):
        refused = preview(wrong)
        assert (refused.status_code, refused.json().get("field")) == (422, field)
    deep = {**headers, "Content-Type": "application/json"}
    assert who.post(f"{server.url}/desk/{slug}/preview", data="[" * 60_000, headers=deep, timeout=60).status_code == 422
    assert who.post(f"{server.url}/desk/{slug}/preview", json={"body": "x"}, timeout=60).json()["code"] == "csrf"


def test_a_call_is_rehearsed_word_by_word_and_nothing_is_committed(
    server: LiveServer, signed_in: Callable[..., requests.Session]
) -> None:
    blog = server.open("rehearsed")
    who = signed_in("Caller")
    headers = {"X-CSRF-Token": csrf(server, who, blog), "Accept": "application/json"}

    def rehearse(**call: Any) -> requests.Response:
        url = f"{server.url}/desk/{blog}/rehearsal"
        return who.post(url, json={"category": "director", **call}, headers=headers, timeout=60)

    def as_called(act: str, **call: Any) -> str:
        """The article that the rehearsal shows, which must be the one that the call publishes."""
        before = server.state(blog)["seq"]
        shown: str = rehearse(**call).json()["html"]
        assert server.state(blog)["seq"] == before
        post = server.api("POST", f"/blogs/{blog}/categories/director/{act}", call).json()["posts"][0]
        assert bare(shown, post["id"]) == bare(post["html"], post["id"])
        return shown

    text = {"headline": "Baker!", "body": "His *second*.", "outcome": {"category": "director", "nominee": "sean-baker"}}
    server.api("POST", f"/blogs/{blog}/drafts", text)
    assert "His <em>second</em>." in as_called("announce", winners=["sean-baker"])
    assert "The card was wrong." in as_called("recall", note="The card was wrong.", winners=["brady-corbet"])
    assert "withdrawn" in as_called("recall", note="Nobody, yet.")
    assert "Baker!" in as_called("announce", winners=["sean-baker", "brady-corbet"])
    for wrong, status in (
        ({"winners": []}, 409),
        ({"note": "x", "winners": ["nobody"]}, 422),
        ({"category": "no"}, 404),
    ):
        assert rehearse(**wrong).status_code == status
    writer = signed_in("Learner", "contributor")
    mine = {"X-CSRF-Token": csrf(server, writer, blog)}
    asked = {"category": "director", "note": "x"}
    assert writer.post(f"{server.url}/desk/{blog}/rehearsal", json=asked, headers=mine, timeout=60).status_code == 403


def test_what_is_pasted_is_converted_for_people_of_the_desk(
    server: LiveServer, slug: str, signed_in: Callable[..., requests.Session]
) -> None:
    who = signed_in("Paster", "contributor")
    known = csrf(server, who, slug)

    def pasted(copied: Any, by: requests.Session = who, token: str = known) -> requests.Response:
        headers = {"X-CSRF-Token": token, "Accept": "application/json"}
        return by.post(f"{server.url}/desk/{slug}/paste", json=copied, headers=headers, timeout=60)

    styles = "<style>" + "p { margin: 0 }\n" * 20_000 + "</style>"
    copied = {"html": f"{styles}<p>Six <b>chances\x01</b>", "text": "Six chances"}
    assert pasted(copied).json() == {"markdown": "Six **chances**"}
    assert pasted({**copied, "html": "x" * 512 * 1024}).status_code == 413
    assert pasted({**copied, "html": "ä" * 3 * 1024 * 1024}).status_code == 413
    assert pasted({**copied, "html": "<b>x</b>" * 25_000}).status_code == 422
    assert pasted({"html": "x"}).json()["field"] == "text"
    assert pasted(copied, token="x").json()["code"] == "csrf"
    assert pasted(copied, requests.Session()).status_code == 401


def test_scripts_get_problems_and_people_get_pages(server: LiveServer, slug: str) -> None:
    url = f"{server.url}/desk/{slug}/session"
    asked = requests.get(url, headers={"Accept": "application/json"}, timeout=60)
    assert (asked.status_code, asked.json()["code"]) == (401, "not_signed_in")
    assert requests.get(url, allow_redirects=False, timeout=60).status_code == 302


def test_the_desk_knows_whether_its_site_has_an_address(
    server: LiveServer, slug: str, signed_in: Callable[..., requests.Session]
) -> None:
    who = signed_in("Addressed")

    def desk(host: str) -> str:
        return who.get(f"{server.url}/desk/{slug}", headers={"Host": host}, timeout=60).text

    assert 'data-addressed="yes"' in desk("127.0.0.1:8000")
    assert 'data-addressed="yes"' in desk("[::1]:8000")
    assert 'data-addressed="no"' in desk("oscars.example")


def test_pages_around_the_desk_tell_event_time_by_a_24_hour_clock(
    server: LiveServer, signed_in: Callable[..., requests.Session]
) -> None:
    slug, who = server.open("clocks"), signed_in("Clock", "admin")
    assert server.api("PATCH", f"/blogs/{slug}", {"timezone": "Asia/Tokyo"}).ok
    (pinned,) = [obj for obj in server.state(slug)["objects"] if obj["kind"] == "post"]
    at = datetime.fromisoformat(pinned["published_at"]).astimezone(ZoneInfo("Asia/Tokyo"))
    assert re.search(r", \d\d:\d\d\sJST", who.get(f"{server.url}/desk/?q={slug}", timeout=60).text)
    log = who.get(f"{server.url}/desk/log?blog={slug}", timeout=60).text
    assert "Time in Tokyo" in log
    assert f"{at:%H:%M:%S}" in log
