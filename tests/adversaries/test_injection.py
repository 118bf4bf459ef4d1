"""Texts that would be scripts: whatever is published, no page, fragment or feed has anything that runs."""

from __future__ import annotations

import io
import json
import re
import zipfile
from itertools import product
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from bs4 import BeautifulSoup

from tests.live_server import LiveServer
from tests.photos import photo

ESCAPES = ["", '"', "'", "-->", "</script>", "</title>", "</textarea>", "]]>", "</style>", "`", "\\", "&quot;", "%22"]
SCRIPTS = [
    "<script>alert(7)</script>",
    "<img src=x onerror=alert(7)>",
    "<svg/onload=alert(7)>",
    " autofocus onfocus=alert(7) x=",
    "<iframe srcdoc='<script>alert(7)</script>'>",
    "<a href=javascript:alert(7)>x</a>",
    "<details open ontoggle=alert(7)>",
    "<math><mtext><mglyph><style><img src onerror=alert(7)>",
    "<!--<script>alert(7)",
    "{{7*7}}${alert(7)}<%=alert(7)%>",
]
LINKS = [
    "javascript:alert(7)",
    "JaVaScRiPt:alert(7)",
    "java&#10;script:alert(7)",
    "&#106;avascript:alert(7)",
    "%6aavascript:alert(7)",
    "vbscript:alert(7)",
    "data:text/html,<script>alert(7)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCg3KTwvc2NyaXB0Pg==",
    'https://x.example/"onmouseover=alert(7)//',
    "https://x.example/'><script>alert(7)</script>",
    "//x.example/<svg/onload=alert(7)>",
    "\x01javascript:alert(7)".replace("\x01", "&#1;"),
]
MARKED = [
    "[x]({})",
    "![x]({})",
    "<{}>",
    "[x]: {}\n\n[x]",
    '[x](https://a.example "{}")',
    "> {}",
    "`{}`",
    "|a|\n|-|\n|{}|",
]
RAW = [before + script for before, script in product(ESCAPES, SCRIPTS)]
VECTORS = RAW + [how.format(link) for how, link in product(MARKED, LINKS)]
"""Two hundred and more, by rule: a script after each way out of a context, and a link in each form of Markdown."""
LEADING = ("href", "src", "action", "formaction", "xlink:href", "data", "poster", "srcset", "background")
RUNS = re.compile(r"^[\x00-\x20]*(javascript|vbscript|data(?!:image/))[\s:]", re.I)


def running(html: str, own: set[str]) -> list[str]:
    """What runs in a page or fragment. `own` are this program's own inline scripts."""
    wrong = []
    for element in BeautifulSoup(html, "html.parser").find_all(True):
        for name, value in element.attrs.items():
            said = " ".join(value) if isinstance(value, list) else str(value)
            odd = re.search(r"[\"'<>`=]", name) or name.startswith("on") or name == "srcdoc"
            if odd or (name in LEADING and RUNS.match(said)):
                wrong.append(f"{element.name} {name}={said}"[:200])
        if element.name in ("object", "embed", "math", "mtext", "mglyph", "marquee"):
            wrong.append(str(element)[:200])
        if element.name == "base" and not re.match(r"https?://127\.0\.0\.1:\d+/live/[a-z0-9-]+$", str(element["href"])):
            wrong.append(str(element)[:200])
        if element.name == "script" and not element.get("src"):
            text = element.get_text()
            if "json" in str(element.get("type", "")):
                json.loads(text)
            elif text not in own and "alert(7)" in text:
                wrong.append(text[:200])
    return wrong


def fragments(said: Any) -> list[str]:
    """All texts in an answer of JSON that are HTML of ours."""
    if isinstance(said, dict):
        inner = [each for value in said.values() for each in fragments(value)]
        return inner + [value for key, value in said.items() if key in HTML and isinstance(value, str)]
    return [each for value in said for each in fragments(value)] if isinstance(said, list) else []


HTML = {"html", "moment", "decision", "tally", "content_html", "board", "advice", "look"}


def test_the_search_finds_what_would_run() -> None:
    found = [script for script in SCRIPTS if running(script.replace(" auto", "<p auto"), set())]
    assert len(found) == len(SCRIPTS) - 3  # in a comment, of a template language, in a tag that does not end
    assert [link for link in LINKS[:1] + LINKS[5:8] if not running(f'<a href="{link}">x</a>', set())] == []


@pytest.fixture(scope="module")
def slugs(server: LiveServer) -> list[str]:
    """Blogs that have the vectors in every field of readers' pages and of the desk."""
    made = []
    short = [text.replace("\n", " ")[:150] for text in RAW]
    picture = server.upload(server.open("pictures"), photo(80, 60))
    for number in range(6):
        mine = short[number::6]
        fields = {"title": mine[0], "summary": " ".join(mine)[:900], "film": mine[1]}
        night = {"venue": {"name": mine[2], "locality": mine[3]}, "starts": "2026-11-27T20:00:00Z", "status": "live"}
        slug = f"injected-{number}"
        answer = server.api("POST", "/blogs", {"slug": slug, **night, **fields})
        assert answer.status_code == 201, answer.text
        made.append(slug)
        nominees = [{"name": each, "film": mine[-1 - at], "detail": each} for at, each in enumerate(mine[:6])]
        category = server.api("POST", f"/blogs/{slug}/categories", {"name": mine[4], "nominees": nominees}).json()
        for at, vector in enumerate(VECTORS[number::6]):
            line, plain = mine[at % len(mine)], {"name": picture, "alt": mine[at % len(mine)], "caption": vector[:150]}
            text = {
                "body": vector,
                "headline": line,
                "byline": line,
                "key": at % 3 == 0,
                "media": [plain | {"credit": line}],
            }
            posted = server.api("POST", f"/blogs/{slug}/posts", text)
            assert posted.status_code == 201, posted.text
            if at % 4 == 0:
                call = f"/blogs/{slug}/posts/{posted.json()['id']}"
                assert server.api("PATCH", call, {"body": vector, "correction": line}).status_code == 200
            if at % 5 == 0:
                assert server.api("POST", f"/blogs/{slug}/drafts", text).status_code == 201
        call = f"/blogs/{slug}/categories/{category['id']}"
        winner = category["nominees"][0]["id"]
        assert server.api("POST", f"{call}/announce", {"winners": [winner], "source": mine[5]}).status_code == 200
        assert server.api("POST", f"{call}/doubt", {"note": mine[6]}).status_code == 200
        assert server.api("POST", f"{call}/recall", {"note": mine[7], "winners": [winner]}).status_code == 200
    return made


def test_nothing_that_readers_get_runs(server: LiveServer, slugs: list[str]) -> None:
    own = {each.get_text() for each in BeautifulSoup(_got(server, "/").text, "html.parser").find_all("script")}
    wrong, seen = [], 0
    for slug in slugs:
        state = server.state(slug)
        posts = [each for each in state["objects"] if each["kind"] == "post" and "html" in each]
        paths = [f"/live/{slug}", f"/live/{slug}/embed", f"/live/{slug}/pages/1", f"/live/{slug}/start/1", "/"]
        paths += [f"/live/{slug}/posts/{post['id']}" for post in posts[::12]]
        for path in paths:
            answer = _got(server, path)
            seen += answer.ok
            wrong += [(path, each) for each in running(answer.text, own)]
        for path in (f"/live/{slug}/feed.json", f"/api/v1/blogs/{slug}", f"/api/v1/blogs/{slug}/changes?after=0"):
            for html in fragments(_got(server, path).json()):
                wrong += [(path, each) for each in running(html, own)]
        wrong += [("atom", each) for each in _in_feed(_got(server, f"/live/{slug}/feed.atom").text, own)]
        for kind in ("json", "xml"):
            told = _got(server, f"/oembed?format={kind}&url={server.url}/live/{slug}")
            html = told.json()["html"] if kind == "json" else ElementTree.fromstring(told.text).findtext("html") or ""
            assert "iframe" in html
            wrong += [(f"oembed {kind}", each) for each in running(html, own)]
    assert not wrong, "\n".join(map(str, wrong[:20]))
    assert seen > 6 * len(slugs)
    server.log.check()


def _in_feed(feed: str, own: set[str]) -> list[str]:
    html = [each.text or "" for each in ElementTree.fromstring(feed).iter() if each.get("type") == "html"]
    assert html
    return [each for text in html for each in running(text, own)]


def _got(server: LiveServer, path: str, **headers: str) -> requests.Response:
    answer = requests.get(f"{server.url}{path}", headers=headers, timeout=60)
    assert answer.status_code < 500, path
    return answer


def test_nothing_that_the_desk_gets_runs(server: LiveServer, slugs: list[str]) -> None:
    own: set[str] = set()
    key = {"Authorization": f"Bearer {server.token}"}
    wrong = []
    for slug in slugs:
        for path in ("/desk/", f"/desk/{slug}", f"/desk/{slug}/setup", "/desk/people"):
            answer = _got(server, path, **key)
            assert answer.ok, path
            assert not answer.history, path
            wrong += [(path, each) for each in running(answer.text, own)]
        for vector in VECTORS[::7]:
            asked = requests.post(f"{server.url}/desk/{slug}/preview", json={"body": vector}, headers=key, timeout=60)
            assert asked.ok, asked.text
            wrong += [("preview", each) for html in fragments(asked.json()) for each in running(html, own)]
    archive = requests.get(f"{server.url}/desk/{slugs[0]}/archive", headers=key, timeout=60)
    assert archive.ok, archive.text
    with zipfile.ZipFile(io.BytesIO(archive.content)) as files:
        pages = [name for name in files.namelist() if name.endswith(".html")]
        assert pages
        wrong += [(name, each) for name in pages for each in running(files.read(name).decode(), own)]
    assert not wrong, "\n".join(map(str, wrong[:20]))
    server.log.check()
