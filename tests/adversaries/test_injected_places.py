"""The vectors of `test_injection.py` in the places where texts come in besides posts: files, pastes, names, imports."""

from __future__ import annotations

import html
import json
import re
import socket
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
import requests

from liveblog.intake.article import decode_article, from_clipboard, parse_article
from liveblog.intake.night import decode_night, read_text
from liveblog.store.accounts import Account
from liveblog.store.dump import export, restore
from liveblog.store.people import People
from liveblog.web import render
from tests.adversaries.fronts import said_to
from tests.adversaries.test_injection import LINKS, RAW, VECTORS, running
from tests.fuzz.targets import safe
from tests.live_server import LiveServer

WORD = '<html xmlns:o="urn:schemas-microsoft-com:office:office"><body><!--StartFragment-->{}<!--EndFragment-->'
FORMS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "Word": lambda text: WORD.format(f'<p class=MsoNormal style="mso-x:y">{text}<o:p></o:p></p>'),
    "Word's condition": lambda text: WORD.format(f"<p>One</p><!--[if gte mso 9]>{text}<![endif]--><p>Two</p>"),
    "Docs": lambda text: f'<meta charset=utf-8><b style="font-weight:normal" id="docs-internal-guid-1">{text}</b>',
    "list": lambda text: f"<ul><li>{text}<li>Two</ul>",
    "table": lambda text: f"<table><tr><th>A<td>{text}</table>",
    "quotation": lambda text: f"<blockquote>{text}</blockquote>",
    "code": lambda text: f"<pre><code>{text}</code></pre>",
    "escaped": lambda text: f"<p>{html.escape(text)}</p>",
    "escaped twice": lambda text: f"<p>{html.escape(html.escape(text))}</p>",
    "link": lambda text: f'<p><a href="{html.escape(text)}" title="{html.escape(text)}">x</a></p>',
    "picture": lambda text: f'<p>x<img src="{html.escape(text)}" alt="{html.escape(text)}"></p>',
    "style": lambda text: f"<style>{text}</style><p style='{html.escape(text)}'>One</p>",
    "frame": lambda text: f'<p>x</p><iframe src="{html.escape(text)}" srcdoc="{html.escape(text)}"></iframe>',
    "heading": lambda text: f"<h1>{text}</h1><h2 id='{html.escape(text)}'>{text}</h2><p>One</p>",
    "title": lambda text: f"<title>{text}</title><p>One</p>",
}
"""HTML as programs put it on the clipboard, with a vector in it."""
ESCAPED = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]"


@pytest.mark.parametrize("form", FORMS)
def test_no_paste_and_no_article_runs(form: str) -> None:
    for vector in (*VECTORS, *LINKS):
        text = FORMS[form](vector)
        safe(render.markdown(from_clipboard(text, "")))
        safe(render.markdown(from_clipboard("", text)))
        for name in ("preview.html", "preview.md", "preview.txt"):
            decoded = decode_article(f"One\n\n{text}".encode(), name)
            article = parse_article(decoded.text, name, decoded.notes)
            safe(render.markdown(article.body))


def night_of(texts: list[str], kind: str) -> str:
    """A running order of this kind in which every name is a vector."""
    if kind == "csv":
        rows = (
            ",".join('"{}"'.format(each.replace('"', '""')) for each in (texts[0], text, texts[1])) for text in texts
        )
        return "Category,Nominee,Film\n" + "\n".join(rows)
    nominees = [{"name": text, "film": texts[1], "detail": text} for text in texts]
    night = {"title": texts[0], "category": [{"name": texts[2], "nominees": nominees}]}
    if kind == "json":
        return json.dumps(night)
    entries = ", ".join("{{ name = {}, film = {} }}".format(*map(json.dumps, (text, texts[1]))) for text in texts)
    return f"title = {json.dumps(texts[0])}\n[[category]]\nname = {json.dumps(texts[2])}\nnominees = [{entries}]\n"


@pytest.mark.parametrize("kind", ["toml", "csv", "json"])
def test_no_night_file_runs(server: LiveServer, kind: str) -> None:
    texts = [text[:150] for text in RAW if "\n" not in text][::3]
    written = night_of(texts, kind).encode()
    found = read_text(decode_night(written, f"night.{kind}"), f"night.{kind}")
    assert len(found.categories[0].nominees) == len(texts)
    slug = f"filed-{kind}"
    key = {"Authorization": f"Bearer {server.token}"}
    body = {"slug": slug, "title": texts[0], "status": "live"}
    assert server.api("POST", "/blogs", body).status_code == 201
    for category in found.categories:
        nominees = [{"name": each.name, "film": each.film, "detail": each.detail} for each in category.nominees]
        made = server.api("POST", f"/blogs/{slug}/categories", {"name": category.name, "nominees": nominees})
        assert made.status_code == 201, made.text
    wrong = []
    for path in pages(slug):
        wrong += [(path, each) for each in running(page(server, path, key), set())]
    assert wrong == []


def pages(slug: str) -> list[str]:
    """The pages that show a blog, to readers and at the desk."""
    reader = [f"/live/{slug}", f"/live/{slug}/embed", f"/live/{slug}/start/1", "/"]
    return [
        *reader,
        "/desk/",
        f"/desk/{slug}",
        f"/desk/{slug}/setup",
        "/desk/people",
        "/desk/webhooks",
        "/desk/incoming",
        "/desk/log",
    ]


def page(server: LiveServer, path: str, key: dict[str, str]) -> str:
    answer = requests.get(f"{server.url}{path}", headers=key, timeout=60)
    assert answer.status_code < 500, path
    return answer.text


def named(vectors: list[str]) -> Iterator[str]:
    """Vectors as names: short enough, each once."""
    for number, text in enumerate(vectors):
        yield f"{number}{text}"[:80].strip()


def test_no_name_of_a_person_or_program_runs(server: LiveServer) -> None:
    people, slug = People(server.store), server.open("signed")
    for name in named(RAW):
        people.accounts.put(Account(name=name, role="editor"))
        people.tokens.add(name, "editor")
        people.invitations.make("editor", name=name, by=name)
        people.note(name, "invite", role="editor", whom=name)
    token = people.tokens.add(next(named(RAW[5:])), "editor")
    wrote = {"Authorization": f"Bearer {token}"}
    call = f"{server.url}/api/v1/blogs/{slug}"
    post = requests.post(f"{call}/posts", json={"body": "Mine"}, headers=wrote, timeout=60).json()
    requests.patch(f"{call}/posts/{post['id']}", json={"body": "Still mine"}, headers=wrote, timeout=60)
    requests.post(f"{call}/drafts", json={"body": "Mine too"}, headers=wrote, timeout=60)
    key = {"Authorization": f"Bearer {server.token}"}
    wrong = [(path, each) for path in pages(slug) for each in running(page(server, path, key), set())]
    for name in RAW[::7]:
        form = {"name": name, "password": name, "next": name}
        refused = requests.post(f"{server.url}/desk/sign-in", data=form, timeout=60)
        wrong += [("sign-in", each) for each in running(refused.text, set())]
        secret = people.invitations.make("editor")
        welcome = requests.post(f"{server.url}/desk/welcome/{secret}", data={"name": name * 9}, timeout=60)
        wrong += [("welcome", each) for each in running(welcome.text, set())]
    assert wrong == []


def test_no_import_runs(server: LiveServer) -> None:
    """A file in which somebody has replaced every text by a vector."""
    slug = server.open("template")
    text = {"body": "TEXT", "headline": "TEXT", "byline": "TEXT", "category": "director"}
    post = server.api("POST", f"/blogs/{slug}/posts", text).json()
    server.api("PATCH", f"/blogs/{slug}/posts/{post['id']}", {"body": "TEXT", "correction": "TEXT"})
    server.api("POST", f"/blogs/{slug}/drafts", text)
    server.api("PATCH", f"/blogs/{slug}", {"title": "TEXT", "summary": "TEXT", "film": "TEXT"})
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    template = b"\n".join(export(server.store, slug)).decode()
    template = re.sub(r'"(name|film|detail)":"[^"]*"', r'"\1":"TEXT"', template)
    key, wrong = {"Authorization": f"Bearer {server.token}"}, []
    for number, vector in enumerate(RAW[::5]):
        name = f"imported-{number}"
        written = template.replace('"TEXT"', json.dumps(vector)).replace(f'"{slug}"', f'"{name}"')
        restore(server.store, written.encode().split(b"\n"))
        paths = [*pages(name)[:3], f"/live/{name}/posts/{post['id']}", f"/desk/{name}", f"/desk/{name}/setup"]
        wrong += [(path, each) for path in paths for each in running(page(server, path, key), set())]
    wrong += [("/", each) for each in running(page(server, "/", key), set())]
    assert wrong == []


def test_no_page_of_an_error_runs(server: LiveServer) -> None:
    key, wrong = {"Authorization": f"Bearer {server.token}"}, []
    for vector in (*RAW, *LINKS):
        said = quote(vector, safe="")
        for path in (
            f"/live/{said}",
            f"/desk/{said}",
            f"/desk/welcome/{said}",
            f"/{said}?x={said}",
            f"/oembed?url={said}",
        ):
            wrong += [(path, each) for each in running(page(server, path, key if "desk" in path else {}), set())]
    assert wrong == []


def test_nobody_writes_lines_or_colours_into_the_log(server: LiveServer) -> None:
    """What strangers send is in no line as it came: terminals obey it, and programs that read logs believe it."""
    forged = "2026-11-28 00:00:00,000 INFO liveblog: forged"
    slug = server.open("logged")
    for sign in ("\n", "\r", "\r\n", "\x1b[2J", "\x9b31m", "\u2028", "\x85", "\0", "\u202e", "\b\b\b"):
        text = f"x{sign}{forged}"
        quoted = quote(text, safe="")
        for path in (
            f"/live/{quoted}",
            f"/api/v1/blogs/{quoted}",
            f"/desk/{quoted}",
            f"/api/v1/blogs/{slug}/posts/{quoted}",
        ):
            requests.post(f"{server.url}{path}", data=text.encode(), timeout=60)
            requests.get(f"{server.url}{path}", timeout=60)
        requests.post(f"{server.url}/desk/sign-in", data={"name": text, "password": text}, timeout=60)
        server.api("POST", f"/blogs/{slug}/posts", {"body": text}, Idempotency_Key=quoted[:200])
        host, _, port = server.url.removeprefix("http://").partition(":")
        for header in ("User-Agent", "Origin", "X-Request-Id", "traceparent", "X-Forwarded-For", "Referer"):
            head = f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n{header}: {text}\r\n"
            upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            sent = f"{head}{upgrade}Sec-WebSocket-Version: 13\r\nConnection: close\r\n\r\n"
            said_to(socket.create_connection((host, int(port)), 60), sent.encode(errors="replace"))
    log = server.log.path.read_text()
    assert [line for line in log.split("\n") if line.startswith(forged)] == []
    assert re.findall(ESCAPED, log) == []
