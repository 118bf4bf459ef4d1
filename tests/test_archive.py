"""The archive: a night that any web server can serve."""

from __future__ import annotations

import functools
import http.server
import posixpath
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from bs4 import BeautifulSoup

from liveblog.archive import _named_files
from tests.commands import liveblog, refused, said
from tests.live_server import LiveServer
from tests.photos import photo


@pytest.fixture
def served(server: LiveServer, tmp_path: Path) -> Iterator[str]:
    """The address of the archived night, on Python's plain web server."""
    slug = server.open("archived")
    for number in range(45):
        server.api("POST", f"/blogs/{slug}/posts", {"body": f"Update {number}", "headline": f"Headline {number}"})
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    assert "files in" in said(liveblog("archive", slug, str(tmp_path / "night"), data=server.data))
    assert "not empty" in refused(liveblog("archive", slug, str(tmp_path / "night"), data=server.data))
    assert "no blog" in refused(liveblog("archive", "nowhere", str(tmp_path / "other"), data=server.data))
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *about: None})
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(quiet, directory=tmp_path / "night"))
    thread = threading.Thread(target=web.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{web.server_address[1]}"
    web.shutdown()
    thread.join()
    web.server_close()


def test_every_page_and_its_files_are_there(served: str) -> None:
    seen, wanted = set(), {"/live/archived/index.html"}
    while wanted:
        path = wanted.pop()
        seen.add(path)
        answer = requests.get(served + path, timeout=60)
        assert answer.ok, path
        links: list[str] = []
        if "html" in answer.headers["Content-Type"]:
            assert '<script type="module"' not in answer.text
            links = re.findall(r'(?:href|src)="([^"#?]+)', answer.text)
        elif path.endswith(".css"):
            links = re.findall(r'url\("([^"]+)"\)', answer.text)
        assert not [link for link in links if link.startswith("/")]  # a browser can open it from a disk
        here = [link for link in links if not re.match(r"\w+:", link)]
        wanted |= {posixpath.normpath(posixpath.join(posixpath.dirname(path), link)) for link in here} - seen
    assert "Sean Baker" in requests.get(f"{served}/live/archived/", timeout=60).text
    assert "Headline 0" in requests.get(f"{served}/live/archived/pages/1/", timeout=60).text
    assert {f"/live/archived/pages/{n}/index.html" for n in (1,)} <= seen
    assert len([path for path in seen if "/posts/" in path]) == 47
    assert {"/live/archived/feed.atom", "/index.html"} <= seen
    assert any(path.endswith(".css") for path in seen)
    assert any(path.endswith(".woff2") for path in seen)


def test_on_paper_links_say_where_they_lead_and_pictures_are_there(server: LiveServer, tmp_path: Path) -> None:
    slug = server.open("paper")
    picture = server.upload(slug, photo(900, 600))
    body = "[Read on](https://example.org/long) or https://example.org/plain"
    media = [{"name": picture, "alt": "The carpet"}]
    post = server.api("POST", f"/blogs/{slug}/posts", {"body": body, "media": media}).json()["id"]
    liveblog("archive", slug, str(tmp_path / "night"), data=server.data, LIVEBLOG_BASE_URL="https://live.example.org")
    page = BeautifulSoup((tmp_path / "night/live" / slug / "index.html").read_text(), "html.parser")
    told = [link.get("data-address") for link in page.select(f"#post-{post} a:not(.large)")]
    assert told == [f"https://live.example.org/live/{slug}/posts/{post}", "https://example.org/long", None]
    image = page.select_one(f"#post-{post} img")
    assert image is not None
    assert not image.has_attr("loading")
    sources = [str(image["src"]), *(each.split()[0] for each in str(image["srcset"]).split(","))]
    assert all((tmp_path / "night/live" / slug / source).is_file() for source in sources)


def test_a_link_that_leads_nowhere_stays_as_it_is(server: LiveServer, tmp_path: Path) -> None:
    slug = server.open("dead-links")
    post = server.api(
        "POST", f"/blogs/{slug}/posts", {"body": "[a](http://[) <http://[b]/> [c](//) http://[::1"}
    ).json()["id"]
    said(liveblog("archive", slug, str(tmp_path / "night"), data=server.data))
    assert "[::1" in (tmp_path / "night/live" / slug / "posts" / post / "index.html").read_text()


def test_files_take_as_long_each_in_a_long_night_as_in_a_short_one() -> None:
    def seconds_each(posts: int) -> float:
        cards = [f"/live/night/posts/{number}/card.png?v={number}" for number in range(posts)]
        began = time.process_time()
        written = [path for path, _ in _named_files(lambda address: b"", cards)]
        assert len(set(written)) == posts
        return (time.process_time() - began) / posts

    assert min(seconds_each(8000) for _ in range(3)) < 4 * min(seconds_each(400) for _ in range(3))


def test_a_file_that_styles_name_is_written_once() -> None:
    css = {
        "/static/css/a.css": b'@import url("b.css"); src: url("../x.woff2")',
        "/static/css/b.css": b"url(../x.woff2)",
    }
    written = [path for path, _ in _named_files(lambda address: css.get(address, b""), ["/static/css/a.css"])]
    assert sorted(written) == ["/static/css/a.css", "/static/css/b.css", "/static/x.woff2"]
