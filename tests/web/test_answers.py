"""All answers: the headers of their kind from Flask and front door, other sites' rights, refusals, sizes of bodies."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import requests
from flask import Flask
from werkzeug.routing import Rule

from liveblog import actions, cache_tags
from liveblog.app import LARGEST_BODY, create_app
from liveblog.config import Settings
from liveblog.store.commits import Store
from liveblog.web import answers, auth
from tests.live_server import LiveServer
from tests.photos import photo

TO_FLASK = {"X-Forwarded-Proto": "http"}
"""Makes the front door pass a request on to Flask, which decides whether the header counts."""
OF_THE_SENDER = ("Date", "Server", "Connection", "Last-Modified", "X-Request-Id")
"""Header fields that depend on the server that wrote the answer, the request and the time. All others belong to it."""


@pytest.fixture(scope="module")
def app() -> Flask:
    """An application for its addresses; its storage cannot be reached."""
    return create_app(Settings.from_environ({}), Store("redis://127.0.0.1:1"))


def kind_of(app: Flask, rule: Rule) -> answers.Kind | None:
    kinds = app.extensions["liveblog.kinds"]
    found: answers.Kind | None = kinds.get(rule.endpoint) or kinds.get(rule.endpoint.rpartition(".")[0])
    return found


@pytest.fixture(scope="module")
def night(server: LiveServer) -> dict[str, Any]:
    """A night that is long enough for older pages, with a picture. Returns the values for all addresses."""
    slug = server.open("answers")
    for number in range(45):
        server.store.perform(slug, partial(actions.publish, slug=slug, body=f"Update {number}"), by="test")
    picture = server.upload(slug, photo())
    post = server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"}).json()
    return {"slug": slug, "id": post["id"], "n": 1, "name": picture, "filename": "css/live.css"}


def addresses(app: Flask, values: dict[str, Any]) -> Iterator[str]:
    """Every public address that takes a GET, without streams."""
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and kind_of(app, rule) not in ("desk", "private", "operation", "stream"):
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), rule.rule)
    slug = values["slug"]
    yield from (f"/live/{slug}/embed?theme=dark&accent=b08a33", f"/oembed?url={{base}}/live/{slug}", "/nowhere")
    yield from (f"/api/v1/blogs/{slug}/changes?epoch=none&after=1", f"/api/v1/blogs/{slug}/changes?after=x")
    yield from (f"/api/v1/blogs?status={kind}" for kind in ("live", "none"))


def ask(server: LiveServer, path: str, door: dict[str, str], **headers: str) -> requests.Response:
    path = path.replace("{base}", server.url)
    sent = door | {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(server.url + path, headers=sent, timeout=60, allow_redirects=False)


def fields(answer: requests.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in OF_THE_SENDER}


def test_every_public_address_is_answered_alike_by_the_front_door_and_by_flask(
    server: LiveServer, app: Flask, night: dict[str, Any]
) -> None:
    at_the_door = set()
    for values in (night, night | {"slug": "no-such-blog"}, night | {"id": "no-such-post", "n": 99}):
        for path in addresses(app, values):
            by_flask, by_front = ask(server, path, TO_FLASK), ask(server, path, {})
            assert "Server" in by_flask.headers
            assert (by_flask.status_code, fields(by_flask)) == (by_front.status_code, fields(by_front)), path
            assert by_flask.content == by_front.content, path
            if "Server" not in by_front.headers:
                at_the_door.add(path)
            if "ETag" in by_flask.headers:
                known = [ask(server, path, door, If_None_Match=by_flask.headers["ETag"]) for door in (TO_FLASK, {})]
                assert fields(known[0]) == fields(known[1]), path
    assert len(at_the_door) >= 9  # so that this has really compared both
    assert not {path for path in at_the_door if "no-such" in path}


@pytest.mark.parametrize("path", ["/live/anora", "/live/anora/posts/1", "/live/anora/embed"])
def test_a_page_that_cannot_be_read_now_comes_back_by_itself(app: Flask, path: str) -> None:
    """Without scripts, and not all of them at once."""
    client = app.test_client()
    pages = [client.get(path) for _ in range(12)]
    assert {page.status_code for page in pages} == {503}
    found = [re.search(r'<meta http-equiv="refresh" content="(\d+)">', page.text) for page in pages]
    waits = {int(each[1]) for each in found if each}
    assert len(waits) > 1, waits
    assert waits <= set(answers.AGAIN)
    assert "comes back by itself" in pages[0].text
    assert "http-equiv" not in client.get("/nothing/here").text


def test_a_stream_has_the_same_head_from_both_doors(server: LiveServer, night: dict[str, Any]) -> None:
    path = f"/api/v1/blogs/{night['slug']}/stream"
    with requests.get(server.url + path, stream=True, timeout=60) as stream:
        by_front = {name: value for name, value in fields(stream).items() if name != "Transfer-Encoding"}
    by_flask = fields(requests.head(server.url + path, timeout=60))
    assert by_front == {name: value for name, value in by_flask.items() if name != "Content-Length"}
    for wrong in (path.replace(night["slug"], "no-such-blog"), path + "?after=x"):
        refused = ask(server, wrong, {})
        assert (refused.headers["Content-Type"], refused.headers["Access-Control-Allow-Origin"]) == (
            "application/problem+json",
            "*",
        )
        assert fields(refused) == fields(requests.head(server.url + wrong, timeout=60)) or "after" in wrong


def test_every_address_has_a_kind_and_its_headers(server: LiveServer, app: Flask, night: dict[str, Any]) -> None:
    values = night | {"token": "none", "kind": "atom"}
    for rule in app.url_map.iter_rules():
        kind = kind_of(app, rule)
        assert kind is not None, f"{rule.endpoint} has none"
        if "GET" in (rule.methods or ()) and kind != "stream" and rule.endpoint != "ops.no_websocket":
            path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), rule.rule)
            answer = ask(server, path, {})
            wanted = answers.HEADERS[kind] if answer.ok else answers.HEADERS[kind] | {"Cache-Control": "no-store"}
            own = {"Cache-Control"} if answer.ok else set()  # some set this themselves
            if not answer.ok and answer.headers["Content-Type"].startswith("text/html") and kind != "frame":
                wanted = wanted | {
                    "Content-Security-Policy": answers.HEADERS["desk" if kind == "desk" else "page"][
                        "Content-Security-Policy"
                    ]
                }
            assert {name: answer.headers.get(name) for name in wanted if name not in own} == {
                name: value for name, value in wanted.items() if name not in own
            }, path
            assert answer.headers["Cache-Control"]


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PATCH"])
@pytest.mark.parametrize(
    "path", ["/", "/nowhere", "/api/v1/nowhere", "/static/nothing.js", "/desk/sign-out", "/healthz"]
)
def test_no_answer_can_be_sniffed_as_another_type(server: LiveServer, method: str, path: str) -> None:
    answer = requests.request(method, server.url + path, timeout=60)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/live/a", "/api/v1/blogs", "/desk/", "/socket.io/", "/static/a.js", "/media/a"])
def test_trace_gives_nobody_back_what_was_sent(server: LiveServer, path: str) -> None:
    cookie = {"Cookie": "liveblog_session=swordfish", "X-Sent": "swordfish"}
    answer = requests.request("TRACE", server.url + path, headers=cookie, timeout=60)
    assert answer.status_code in (405, 501)
    assert "swordfish" not in answer.text + str(answer.headers)


def test_a_fault_tells_nothing_of_itself(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(store=store)
    secret = "swordfish at /srv/liveblog/store.py"

    def fails(*given: Any) -> None:
        raise RuntimeError(secret)

    monkeypatch.setattr(app.extensions["liveblog"].tails, "timeline", fails)
    monkeypatch.setattr(auth, "actor", fails)
    for path in (
        "/api/v1/blogs/a",
        "/api/v1/blogs/a/drafts",
        "/live/a",
        "/live/a/embed",
        "/desk/a",
        "/desk/",
        "/live/a/feed.atom",
    ):
        answer = app.test_client().get(path)
        assert answer.status_code == 500, path
        assert not [word for word in ("swordfish", "Traceback", "RuntimeError", ".py") if word in answer.text], path


def test_texts_say_their_coding(server: LiveServer, app: Flask, night: dict[str, Any]) -> None:
    seen = set()
    for path in addresses(app, night):
        said = ask(server, path, {}).headers["Content-Type"]
        kind, _, more = said.partition("; ")
        seen.add(kind)
        if kind.startswith("text/") or kind.endswith(("/xml", "+xml", "javascript")):
            assert more.split("; ")[0] == "charset=utf-8", path
        else:
            assert kind.endswith(("json", "/webp", "/png")), said
    assert {"text/html", "application/json", "application/atom+xml", "image/png"} <= seen


@pytest.mark.parametrize("kind", answers.HEADERS)
def test_every_page_says_what_other_sites_learn_of_its_address(kind: answers.Kind) -> None:
    wanted = {
        "page": "strict-origin-when-cross-origin",
        "frame": "strict-origin-when-cross-origin",
        "desk": "same-origin",
    }
    assert answers.HEADERS[kind].get("Referrer-Policy") == wanted.get(kind)


@pytest.mark.parametrize("kind", answers.HEADERS)
def test_no_kind_of_answer_can_be_framed_or_run_plugins_unless_it_is_the_frame(kind: answers.Kind) -> None:
    policy = dict(
        each.split(" ", 1) for each in answers.HEADERS[kind]["Content-Security-Policy"].split("; ") if " " in each
    )
    assert policy["default-src"] == "'none'" or policy["object-src"] == "'none'"
    assert policy["frame-ancestors"] == {"frame": "*", "page": "'self'"}.get(kind, "'none'")


# -- cache tags


def tags_of(answer: requests.Response) -> list[str]:
    """The tags of an answer, which all three fields must have alike."""
    tags = answer.headers.get("Surrogate-Key", "").split()
    assert answer.headers.get("Cache-Tag", "").split(",") == (tags or [""]), answer.url
    assert [each.strip(' "') for each in answer.headers.get("Cache-Groups", "").split(",")] == (tags or [""]), (
        answer.url
    )
    return tags


def test_every_public_answer_has_the_tags_of_what_it_shows(
    server: LiveServer, app: Flask, night: dict[str, Any]
) -> None:
    """From both doors, of every address that there is: a new one cannot be forgotten."""
    values = night | {"token": "none", "kind": "atom"}
    slug, post = night["slug"], cache_tags.of_post(night["slug"], night["id"])
    found: dict[str, list[str]] = {}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or kind_of(app, rule) == "stream" or rule.endpoint == "ops.no_websocket":
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), rule.rule)
        answers_of_both = [ask(server, path, door) for door in (TO_FLASK, {}, {})]
        answer = answers_of_both[0]
        assert len({tuple(tags_of(each)) for each in answers_of_both}) == 1, path
        found[path] = tags_of(answer)
        kept = answer.headers["Cache-Control"] != "no-store" and kind_of(app, rule) in answers.TAGGED
        assert bool(found[path]) == kept, path
        assert all(re.fullmatch("[a-z][0-9a-f]{10}", tag) for tag in found[path])
        assert len(found[path]) <= 2
        if kept and "<slug>" in rule.rule:
            assert found[path][0] == cache_tags.of_blog(slug), path
            assert (post in found[path]) == (f"posts/{night['id']}" in path), path
    assert found["/"] == found["/sitemap.xml"] == found["/api/v1/blogs"] == [cache_tags.SITE]
    framed = ask(server, f"/live/{slug}/embed?post={night['id']}", {})
    described = ask(server, f"/oembed?url={server.url}/live/{slug}/posts/{night['id']}", {})
    assert tags_of(framed) == tags_of(described) == [cache_tags.of_blog(slug), post]


def test_all_files_of_a_picture_have_its_tag_and_only_that(server: LiveServer, night: dict[str, Any]) -> None:
    picture = server.upload(night["slug"], photo(1000, 600))
    files = [picture, picture.replace(".webp", "-640.webp")]
    assert [tags_of(ask(server, f"/media/{file}", {})) for file in files] == [[cache_tags.of_picture(picture)]] * 2
    deleted = server.api("DELETE", f"/blogs/{night['slug']}/media/{picture}")
    assert cache_tags.of_picture(picture) in deleted.headers["Cache-Group-Invalidation"]
    gone = ask(server, f"/media/{picture}", {})
    assert (gone.status_code, tags_of(gone)) == (410, [cache_tags.of_picture(picture)])


def test_a_write_has_the_caches_on_its_way_drop_its_blog(server: LiveServer, night: dict[str, Any]) -> None:
    slug = night["slug"]
    published = server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"})
    wanted = cache_tags.groups(cache_tags.of_blog(slug), cache_tags.SITE)
    assert published.headers["Cache-Group-Invalidation"] == wanted
    for quiet in (
        server.api("POST", f"/blogs/{slug}/posts", {}),
        server.api("POST", f"/blogs/{slug}/drafts", {"body": "For later"}),
        server.api("GET", f"/blogs/{slug}"),
    ):
        assert "Cache-Group-Invalidation" not in quiet.headers


def test_a_draft_blog_has_no_tags(server: LiveServer) -> None:
    slug = server.open("tagless", status="draft")
    assert not tags_of(server.api("GET", f"/blogs/{slug}"))


# -- other sites


def test_other_sites_pages_may_read_everything_public(server: LiveServer, night: dict[str, Any]) -> None:
    slug = night["slug"]
    at = server.state(slug)
    position = f"epoch={at['epoch']}&after={at['seq']}"
    paths = {
        f"/api/v1/blogs/{slug}": 200,
        "/api/v1/blogs": 200,
        f"/api/v1/blogs/{slug}/posts/{night['id']}": 200,
        f"/api/v1/blogs/{slug}/changes?after=0": 200,
        f"/api/v1/blogs/{slug}/changes?{position}&wait=1": 200,
        f"/api/v1/blogs/{slug}/changes?after=x": 422,
        f"/api/v1/blogs/{slug}/changes?{position}&wait=99": 422,
        "/api/v1/blogs/no-such-blog": 404,
        "/api/v1/blogs/no-such-blog/stream": 404,
        f"/api/v1/blogs/{slug}/drafts": 401,
        "/api/v1/nowhere": 404,
        f"/live/{slug}/feed.json": 200,
        "/live/no-such-blog/feed.json": 404,
        f"/live/{slug}/card.png": 200,
        f"/media/{night['name']}": 200,
        "/media/nothing.webp": 404,
        "/embed.js": 200,
        "/oembed": 400,
        "/sitemap.xml": 200,
    }
    for path, status in paths.items():
        answer = requests.get(server.url + path, headers={"Origin": "https://www.example"}, timeout=60)
        assert (answer.status_code, answer.headers.get("Access-Control-Allow-Origin")) == (status, "*"), path
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    for path in (f"/live/{slug}", "/", "/desk/sign-in"):
        assert "Access-Control-Allow-Origin" not in requests.get(server.url + path, timeout=60).headers


@pytest.mark.parametrize(
    ("path", "wanted", "header"),
    [
        ("/api/v1/blogs/{slug}", "GET", "If-None-Match"),
        ("/api/v1/blogs/{slug}/stream", "GET", "Last-Event-ID"),
        ("/api/v1/blogs/{slug}/posts", "POST", "Idempotency-Key"),
        ("/api/v1/blogs/{slug}/posts/{id}", "PATCH", "If-Match"),
        ("/api/v1/blogs/{slug}/posts/{id}", "DELETE", "Authorization"),
        ("/api/v1/blogs/{slug}/pin", "PUT", "Content-Type"),
        ("/live/{slug}/feed.atom", "GET", "If-None-Match"),
        ("/media/{name}", "GET", "If-None-Match"),
    ],
)
def test_a_preflight_is_answered(
    server: LiveServer, night: dict[str, Any], path: str, wanted: str, header: str
) -> None:
    asked = {
        "Origin": "https://www.example",
        "Access-Control-Request-Method": wanted,
        "Access-Control-Request-Headers": header,
    }
    answer = requests.options(server.url + path.format(**night), headers=asked, timeout=60)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert wanted in answer.headers["Access-Control-Allow-Methods"].split(", ")
    assert header in answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert "X-CSRF-Token" not in answer.headers["Access-Control-Allow-Headers"]  # sessions write only from our pages


def test_a_program_on_another_sites_page_writes_with_its_token(server: LiveServer, night: dict[str, Any]) -> None:
    answer = server.api(
        "POST",
        f"/blogs/{night['slug']}/posts",
        {"body": "From afar"},
        Origin="https://www.example",
        Idempotency_Key="a",
    )
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (201, "*")


# -- what a client knows already


def test_a_post_that_the_client_has_is_not_sent_again(server: LiveServer) -> None:
    slug = server.open("known-post")
    path = f"/blogs/{slug}/posts"
    id = server.api("POST", path, {"body": "Doors open", "category": "director"}).json()["id"]
    first = requests.get(f"{server.url}/api/v1{path}/{id}", timeout=60)

    def again() -> requests.Response:
        held = {"If-None-Match": first.headers["ETag"]}
        return requests.get(f"{server.url}/api/v1{path}/{id}", headers=held, timeout=60)

    assert (again().status_code, again().content, again().headers["ETag"]) == (304, b"", first.headers["ETag"])
    server.api("PATCH", f"/blogs/{slug}/categories/director", {"name": "Directing"})
    assert "Directing" in again().json()["html"]  # the article names its category, but the post's ETag does not change
    edited = server.api("PATCH", f"{path}/{id}", {"body": "Doors are open"})
    assert (again().status_code, again().headers["ETag"]) == (200, edited.headers["ETag"])


def test_only_an_equal_etag_matches(server: LiveServer, night: dict[str, Any]) -> None:
    path = f"/api/v1/blogs/{night['slug']}"
    mark = ask(server, path, {}, Accept_Encoding="identity").headers["ETag"].strip('"')
    for sent, status in {
        f'"{mark}"': 304,
        f'W/"{mark}"': 304,
        f'"{mark}-gzip"': 304,
        f'"other", "{mark}-br"': 304,
        "*": 304,
        f'"{mark}x"': 200,
        f'"x{mark}"': 200,
        f'"{mark[:-1]}"': 200,
    }.items():
        for door in (TO_FLASK, {}):
            answer = ask(server, path, door, If_None_Match=sent, Accept_Encoding="identity")
            assert answer.status_code == status, sent


# -- bodies


def in_chunks(server: LiveServer, path: str, body: bytes, type: str = "application/json") -> tuple[int, bytes]:
    """Status and body of the answer to a POST of unknown length."""
    host, _, port = server.url.removeprefix("http://").partition(":")
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {server.token}\r\nContent-Type: {type}\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    pieces = [body[at : at + 8000] for at in range(0, len(body), 8000)]
    with socket.create_connection((host, int(port)), 60) as connection:
        connection.sendall(head.encode() + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces))
        connection.sendall(b"0\r\n\r\n")
        received = b""
        while more := connection.recv(65536):
            received += more
    return int(received.split()[1]), received.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("more", [0, 1, 30_000])
def test_a_body_that_is_too_large_is_refused_however_it_is_framed(server: LiveServer, more: int) -> None:
    slug = server.open(f"large-{more}")
    path = f"/api/v1/blogs/{slug}/posts"
    body = b'{"body": "Doors open"}'.ljust(LARGEST_BODY + more)  # a cut would leave valid JSON
    status, answer = in_chunks(server, path, body)
    sent = requests.post(server.url + path, data=body, headers={"Authorization": f"Bearer {server.token}"}, timeout=60)
    assert status == sent.status_code == (413 if more else 201), answer
    if more:
        assert json.loads(answer) == sent.json()
        assert sent.json()["code"] == "too_large"


def test_a_picture_in_chunks_may_be_as_large_as_any(server: LiveServer, night: dict[str, Any]) -> None:
    path, limit = f"/api/v1/blogs/{night['slug']}/media", 50 * 1024 * 1024
    assert in_chunks(server, path, photo(), "image/jpeg")[0] == 201
    for type in ("image/jpeg", "multipart/form-data; boundary=b"):
        form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' if "b=" in type else b""
        status, answer = in_chunks(server, path, form + b"x" * (limit + 100_000), type)
        assert (status, json.loads(answer)["code"]) == (413, "too_large")


def test_the_desk_refuses_a_large_form_in_chunks_as_its_pages_do(server: LiveServer) -> None:
    body = b"name=" + b"x" * (LARGEST_BODY + 1)
    status, answer = in_chunks(server, "/desk/sign-in", body, "application/x-www-form-urlencoded")
    assert status == 413
    assert b"64 KiB" in answer
