"""Paths and headers that two programs read differently, forged sessions, and links that lead elsewhere."""

from __future__ import annotations

import re
import secrets
import socket
from itertools import product

import pytest
import requests

from liveblog.store.people import People
from tests.adversaries.fronts import LAST, Dial, said_to
from tests.live_server import LiveServer, live_server

METRICS = [
    "/metrics",
    "/%6detrics",
    "/metric%73",
    "//metrics",
    "/./metrics",
    "/x/../metrics",
    "/%2e/metrics",
    "/x/%2e%2e/metrics",
    "/%2fmetrics",
    "/metrics/",
    "/metrics;x",
    "/metrics%3bx",
    "/metrics%00",
    "/metrics?x",
    "/metrics%3f",
    "/METRICS",
    "/metrics%20",
    "/metrics#x",
    "/live/../metrics",
    "/static/..%2fmetrics",
    "/%c0%afmetrics",
    "/%25%36detrics",
    "http://localhost/metrics",
    "http://localhost/%6detrics",
    "http://localhost//metrics",
]
"""Ways to write an address that proxies do not pass on."""
PATHS = [
    "//evil.example/",
    "//evil.example/desk/",
    "/%2fevil.example/desk",
    "/\\evil.example/desk",
    "/%5cevil.example/desk/",
    "/desk//evil.example",
    "/desk/%2f%2fevil.example",
    "/desk/..%2f..%2fevil.example",
    "/desk/;@evil.example",
    "/desk/%0d%0aX-Forged:%20yes",
    "/desk/x%0aX-Forged:yes",
    "/live//evil.example",
    "/live/%2e%2e/%2e%2e/etc/passwd",
    "/static/..%2f..%2f..%2fetc%2fpasswd",
    "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static//etc/passwd",
    "/media/..%2f..%2fserver.pid",
    "/media/%2e%2e%2fserver.pid",
    "/static/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",
    "/static/a%00.css",
    "/live/a%00b",
    "/live/%ff%fe",
    "/live/%c0%af",
    "/live/%",
    "/live/%zz",
    "/desk/%u002f",
    "/api/v1/blogs/..%2f..",
    "/api/v1/blogs/%00/changes",
    "/desk",
    "/live",
    "/socket.io/../desk/",
    "/" + "a" * 65536,
    "/" + "../" * 5000,
    "/?" + "a=b&" * 15000,
]


def lines_of(head: bytes) -> dict[str, str]:
    """The fields of the first answer, by lower-case name."""
    fields = head.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (each.partition(": ") for each in fields)}


def asked(path: str, *more: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *more]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.fault
def test_figures_are_not_public_however_their_address_is_written(dial: Dial) -> None:
    found = [path for path in METRICS if b"# HELP" in said_to(dial(), asked(path))]
    assert not found, "\n".join(found)


@pytest.mark.fault
def test_no_path_leads_elsewhere_behind_a_proxy(dial: Dial, server: LiveServer) -> None:
    found = []
    for path in PATHS:
        answer = said_to(dial(), asked(path))
        if fault(answer) and not (len(path) > 8192 and answer == b""):  # a proxy may hang up on what it cannot hold
            found.append((path[:99], answer[:400]))
    assert not found, "\n".join(map(str, found))
    server.log.check()


@pytest.mark.parametrize("below", ["", "/blog"])
def test_no_path_leads_elsewhere(below: str) -> None:
    base = {"LIVEBLOG_BASE_URL": f"https://x.example{below}"} if below else {}
    with live_server("serve", **base) as server:
        host, _, port = server.url.removeprefix("http://").partition("/")[0].partition(":")
        for path in [prefix + path for prefix in {"", below} for path in PATHS]:
            answer = said_to(socket.create_connection((host, int(port)), 60), asked(path))
            assert not fault(answer), (path[:99], answer[:999])
            assert said_to(socket.create_connection((host, int(port)), 60), LAST)


def fault(answer: bytes) -> bool:
    """Whether an answer is a server's error, leads to another site, has a forged header or a file of the machine."""
    head = lines_of(answer)
    to = head.get("location", "/")
    away = re.match(r"(https?:)?[/\\]{2}(?!localhost|x\.example)|.*[\r\n]", to) is not None
    return answer[9:12] in (b"500", b"502", b"504", b"") or away or "x-forged" in head or b"root:x:" in answer


POISONS = [
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Proto: javascript",
    "X-Forwarded-Prefix: /evil.example",
    "X-Forwarded-Port: 666",
    "X-Forwarded-Scheme: evil.example",
    "X-Forwarded-Server: evil.example",
    "X-Host: evil.example",
    "X-Original-Host: evil.example",
    "X-Original-URL: /evil.example",
    "X-Rewrite-URL: /evil.example",
    "X-HTTP-Method-Override: DELETE",
    "X-Method-Override: POST",
    "X-HTTP-Method: PUT",
    "Forwarded: for=1.2.3.4;host=evil.example;proto=evil",
    "X-Script-Name: /evil.example",
    "Script-Name: /evil.example",
    "X-Request-Id: evil.example",
    "Range: bytes=0-0",
    "Range: bytes=5-1",
    "If-Range: evil.example",
    "Accept-Encoding: evil.example",
    "Accept-Encoding: br;q=1, *;q=0",
    "Accept: evil.example",
    "Accept-Language: evil.example",
    "User-Agent: evil.example",
    "Referer: https://evil.example/",
    "Origin: https://evil.example",
    "Cookie: theme=evil.example",
    "Upgrade: websocket\r\nConnection: upgrade",
    "Upgrade: h2c\r\nConnection: upgrade",
    "If-None-Match: *",
    "If-Modified-Since: Fri, 27 Nov 2099 00:00:00 GMT",
    "Cache-Control: max-age=999999",
    "Transfer-Encoding: chunked",
]


@pytest.mark.fault
def test_nobody_gets_a_page_that_another_ones_headers_made(dial: Dial, server: LiveServer) -> None:
    slug = server.open("poisoned")
    pages = [f"/live/{slug}", "/", f"/live/{slug}/feed.json", f"/live/{slug}/embed", "/static/css/base.css"]
    wrong = []
    for poison, page in product(POISONS, pages[:-1]):
        path = f"{page}?only={secrets.token_hex(8)}" if page.endswith(("embed", "json")) else page
        said_to(dial(), asked(path, poison) + (b"0\r\n\r\n" if "chunked" in poison else b""))
        answer = said_to(dial(), asked(path))
        if not answer.startswith(b"HTTP/1.1 200 ") or b"evil.example" in answer or b"javascript:" in answer:
            wrong.append((poison, path, answer[:500]))
    assert wrong == []


def test_a_cookie_that_was_planted_opens_nothing(server: LiveServer) -> None:
    """A neighbour's site can plant cookies for ours, with our name and with a path."""
    for planted in (
        "x",
        "",
        "x; liveblog_session=y",
        '"x"',
        "x" * 4000,
        "\xff",
        "..",
        "$Version=1; liveblog_session=z",
    ):
        cookie = {"Cookie": f"liveblog_session={planted}"}
        answer = requests.get(f"{server.url}/desk/", headers=cookie, timeout=60, allow_redirects=False)
        assert answer.status_code == 302, planted[:40]


def test_a_write_of_another_sites_page_is_refused_whatever_it_claims(server: LiveServer) -> None:
    token = People(server.store).invitations.make("admin", name=None)
    name = f"Ana {token[:5]}"
    person = requests.Session()
    joined = person.post(
        f"{server.url}/desk/welcome/{token}", data={"name": name, "password": "correct horse battery"}, timeout=60
    )
    found = re.search(r'name="csrf"[^>]* (?:value|content)="([^"]+)"', joined.text)
    assert found
    slug = server.open("forged")
    call = f"{server.url}/api/v1/blogs/{slug}/posts"
    sites = (None, "cross-site", "same-site", "", "Same-Origin", "same-origin, cross-site", "same-origin", "none")
    origins = (None, "null", "", "https://evil.example", server.url + ".evil.example", server.url, "http://[", "\xff")
    for site, origin, csrf in product(sites, origins, (None, "", "x", found[1][:-1], found[1])):
        sent = {"Sec-Fetch-Site": site, "Origin": origin, "X-CSRF-Token": csrf}
        headers = {key: value for key, value in sent.items() if value is not None}
        answer = person.post(call, json={"body": "Forged"}, headers=headers, timeout=60)
        ours = site in ("same-origin", "none") or (site is None and origin in (None, server.url))
        assert answer.status_code == (201 if ours and csrf == found[1] else 403), (sent, answer.text)


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example/desk/",
        "/\\evil.example",
        "/desk/../../evil",
        "/desk//evil.example",
        "javascript:alert(1)",
        "/desk/x\r\nX-Forged: 1",
        "/desk/x\n",
        "\t//evil.example",
        "/desk/%2f",
        "/desk/@evil",
    ],
)
def test_signing_in_leads_to_the_desk_only(server: LiveServer, wanted: str) -> None:
    token = People(server.store).invitations.make("editor", name=None)
    name, password = f"Bea {token[:6]}", "correct horse battery"
    person = requests.Session()
    person.post(f"{server.url}/desk/welcome/{token}", data={"name": name, "password": password}, timeout=60)
    form = {"name": name, "password": password, "next": wanted}
    answer = requests.post(f"{server.url}/desk/sign-in", data=form, timeout=60, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/")
    answer = person.get(f"{server.url}/desk/sign-in", params={"next": wanted}, timeout=60, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/")
