"""The readers' pages over HTTP: complete without JavaScript, cacheable, without drafts."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import partial

import pytest
import requests
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from liveblog import actions
from liveblog.actions import Plan, View
from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.model import Status
from liveblog.store.commits import Store
from liveblog.web.reader import NIGHTS
from tests.live_server import LiveServer, until


def get(server: LiveServer, path: str, **headers: str) -> requests.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(server.url + path, headers=sent, timeout=60)


def publish(server: LiveServer, slug: str, body: str, **fields: object) -> dict[str, object]:
    made: dict[str, object] = server.api("POST", f"/blogs/{slug}/posts", {"body": body, **fields}).json()
    return made


def full_night(server: LiveServer, slug: str, posts: int) -> None:
    """A blog with its preview and `posts` updates, each in its own commit."""
    server.open(slug)
    for number in range(1, posts + 1):
        server.store.perform(slug, partial(actions.publish, slug=slug, body=f"Update {number}."), by="test")
    until(lambda: server.state(slug)["seq"] == posts + 1)


def updates(page: str) -> list[int]:
    return [int(number) for number in re.findall(r"<p>Update (\d+)\.</p>", page)]


def test_the_first_paint_is_whole(server: LiveServer) -> None:
    slug = server.open("paint")
    publish(server, slug, "Doors *open*", headline="Here we go")
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    page = get(server, f"/live/{slug}").text
    for text in (
        "Live</p>",
        "Best Director",
        "Sean Baker",
        "1 of 2",
        "Six nominations.",
        "Here we go",
        "<em>open</em>",
    ):
        assert text in page
    state = server.state(slug)
    at = f'data-epoch="{state["epoch"]}" data-seq="{state["seq"]}" data-mark="{state["mark"]}"'
    assert page.count(at) == 2  # for the connection that begins early, and for the page's script


def test_a_page_is_sent_again_only_after_a_change(server: LiveServer) -> None:
    slug = server.open("etag")
    first = get(server, f"/live/{slug}")
    assert "max-age=1" in first.headers["Cache-Control"]
    again = get(server, f"/live/{slug}", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    publish(server, slug, "News")
    moved = get(server, f"/live/{slug}", If_None_Match=first.headers["ETag"])
    assert moved.status_code == 200
    assert "News" in moved.text


def test_older_pages_hold_twenty_posts_and_never_shift(server: LiveServer) -> None:
    slug = "older"
    full_night(server, slug, 45)  # with the preview 46 posts: one older page, 26 on the live page
    assert updates(get(server, f"/live/{slug}").text) == list(range(45, 19, -1))
    oldest = get(server, f"/live/{slug}/pages/1")
    assert updates(oldest.text) == list(range(19, 0, -1))
    for number in range(46, 60):
        publish(server, slug, f"Update {number}.")
    assert updates(get(server, f"/live/{slug}/pages/1").text) == list(range(19, 0, -1))
    assert updates(get(server, f"/live/{slug}/pages/2").text) == list(range(39, 19, -1))
    live = get(server, f"/live/{slug}").text
    assert f'href="/live/{slug}/pages/2"' in live
    assert updates(live) == list(range(59, 39, -1))
    for n in (0, 3, 99):
        assert get(server, f"/live/{slug}/pages/{n}").status_code == 404


def test_a_post_has_its_own_address_and_the_way_back_to_the_night(server: LiveServer) -> None:
    slug = server.open("permalink")
    post = publish(server, slug, "For sharing", headline="Look at this")
    page = get(server, f"/live/{slug}/posts/{post['id']}")
    assert page.status_code == 200
    assert '<meta property="og:title" content="Look at this">' in page.text
    assert f'href="/live/{slug}#post-{post["id"]}"' in page.text
    assert f'id="post-{post["id"]}"' in get(server, f"/live/{slug}").text


def test_a_retracted_post_is_gone_everywhere(server: LiveServer) -> None:
    slug = server.open("gone")
    post = publish(server, slug, "Not for the public", headline="Rumour")
    server.api("DELETE", f"/blogs/{slug}/posts/{post['id']}")
    page = get(server, f"/live/{slug}/posts/{post['id']}")
    assert page.status_code == 410
    assert "noindex" in page.text
    for path in (f"/live/{slug}/posts/{post['id']}", f"/live/{slug}", f"/api/v1/blogs/{slug}/changes"):
        text = get(server, path).text
        assert "Not for the public" not in text
        assert "Rumour" not in text


@pytest.mark.parametrize(
    "path", ["/live/nowhere", "/live/missing/posts/none", "/nothing/here", "/live/missing/pages/x"]
)
def test_an_unknown_address_is_a_page_for_people(server: LiveServer, path: str) -> None:
    if "missing" in path and "missing" not in server.store.summaries.slugs():
        server.open("missing")
    answer = get(server, path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<h1>" in answer.text


@pytest.mark.parametrize("path", ["/api/v1/blogs/nowhere", "/api/v1/nothing", "/api/v2/blogs"])
def test_and_a_problem_for_programs(server: LiveServer, path: str) -> None:
    answer = get(server, path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"
    assert "blog nowhere" in answer.text or "/api/ lists the calls" in answer.text


def test_a_wrong_method_is_named_with_the_right_ones(server: LiveServer) -> None:
    answer = requests.put(f"{server.url}/api/v1/blogs", timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]
    assert answer.json()["detail"] == "PUT is not possible at this address, only GET, HEAD, OPTIONS, POST"


def index_pages(server: LiveServer) -> list[list[str]]:
    """The nights that the index links to, page after page."""
    pages, address = [], "/"
    while address:
        text = get(server, address).text
        pages.append(re.findall(r'href="/live/([a-z0-9-]+)"', text))
        onward = re.search(r'rel="next" href="(/pages/[0-9]+)"', text)
        address = onward[1] if onward else ""
        assert len(pages) < 50
    return pages


def test_the_list_shows_live_blogs_first_and_no_drafts(server: LiveServer) -> None:
    nights: tuple[tuple[str, Status], ...]
    nights = ("index-a-over", "ended"), ("index-b-live", "live"), ("index-c-soon", "preview")
    for slug, status in nights:
        server.open(slug, status)
    server.open("index-d-secret", "draft")
    found = [slug for page in index_pages(server) for slug in page if slug.startswith("index-")]
    assert found == ["index-b-live", "index-c-soon", "index-a-over"]  # the others newest first


@pytest.mark.parametrize("status", ["ended", "live"])
def test_many_nights_are_on_several_pages_each_on_one(server: LiveServer, status: Status) -> None:
    """Also nights that nobody ended, so that no page grows with the years."""
    for n in range(NIGHTS + 5):
        server.open(f"paged-{status}-{n:02}", status)
    pages = index_pages(server)
    assert max(map(len, pages)) == NIGHTS
    found = [slug for page in pages for slug in page if slug.startswith(f"paged-{status}-")]
    assert found == [f"paged-{status}-{n:02}" for n in range(NIGHTS + 5)][::-1]
    assert get(server, f"/pages/{len(pages) + 1}").status_code == 404
    assert get(server, "/pages/0").status_code == 404


def test_a_draft_has_no_page_until_it_is_opened(server: LiveServer) -> None:
    slug = server.open("unopened", "draft")
    assert get(server, f"/live/{slug}").status_code == 404
    assert server.api("PATCH", f"/blogs/{slug}", {"status": "preview"}).status_code == 200
    assert get(server, f"/live/{slug}").status_code == 200


def test_pages_run_nothing_but_their_own_scripts(server: LiveServer) -> None:
    slug = server.open("policy")
    for path in (f"/live/{slug}", "/", "/nothing/here"):
        headers = get(server, path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_allows_the_style_and_scripts_in_it_by_their_hashes_and_no_others(server: LiveServer) -> None:
    slug = server.open("inline")
    post = server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"}).json()["id"]
    for path in (f"/live/{slug}", f"/live/{slug}/posts/{post}", "/", "/nothing/here", "/live/none/embed"):
        answer = get(server, path)
        policy = dict(each.split(" ", 1) for each in answer.headers["Content-Security-Policy"].split("; "))
        page = BeautifulSoup(answer.text, "html.parser")
        (style,) = page.select("style")
        assert f"'sha256-{digest(style.string)}'" in policy["style-src"].split()
        assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
        for script in page.select("script:not([src], [type$=json])"):
            assert f"'sha256-{digest(script.string)}'" in policy["script-src"].split(), path
        font = get(server, re.findall(r'url\("([^"]+\.woff2)"\)', str(style.string))[0])
        assert "immutable" in font.headers["Cache-Control"]


def digest(text: str | None) -> str:
    return base64.b64encode(hashlib.sha256((text or "").encode()).digest()).decode()


@pytest.fixture
def published_at(store: Store) -> Iterator[FlaskClient]:
    """The application behind its public address."""

    def act(view: View) -> Plan:
        return actions.create_blog(view, slug="anora", title="Anora at the Oscars", preview=(None, "Soon."))

    store.perform("anora", act, by="test")
    app = create_app(Settings.from_environ({"LIVEBLOG_BASE_URL": "https://live.example.org/"}), store)
    with app.test_client() as client:
        yield client
    app.extensions["liveblog"].reader.stop()


def test_the_canonical_address_is_the_public_one(published_at: FlaskClient, store: Store) -> None:
    (preview,) = store.load("anora").posts
    for path in ("/live/anora", f"/live/anora/posts/{preview.id}"):
        page = published_at.get(f"{path}?utm_source=x", headers={"Host": "10.0.0.7:8000"}).text
        assert f'<link rel="canonical" href="https://live.example.org{path}">' in page
