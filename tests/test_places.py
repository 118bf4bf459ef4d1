"""Where a site can be: below a path, at a unix socket, behind a proxy on another machine."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
import requests
from flask.testing import FlaskClient

from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.server import PortInUse, listen
from liveblog.store.accounts import Account
from liveblog.store.commits import Store
from liveblog.store.people import People
from tests.commands import liveblog, said
from tests.live_server import LiveServer, live_server, until
from tests.push.socket_client import Reader, text_lines

BASE = "https://www.example.org/nights/live"
PREFIX = "/nights/live"


# -- below a path


@pytest.fixture(scope="module")
def below() -> Iterator[LiveServer]:
    with live_server("serve", LIVEBLOG_BASE_URL=BASE) as running:
        running.open("anora")
        yield running


@pytest.mark.parametrize("passed", [PREFIX, ""], ids=["passed on", "removed by the proxy"])
def test_a_site_below_a_path_names_no_address_beside_it(below: LiveServer, passed: str) -> None:
    for page in ("/", "/live/anora", "/live/anora/embed", "/live/nobody", "/desk/sign-in", "/live/anora/start/1"):
        answer = requests.get(f"{below.url}{passed}{page}", timeout=60)
        named = re.findall(r'(?:href|src|action|srcset)="([^"]*)"', answer.text)
        named += re.findall(r'url\("([^"]*)"\)', answer.text)
        local = {address for address in named if address.startswith("/")}
        assert local
        assert {address for address in local if not address.startswith(f"{PREFIX}/")} == set(), page
        for address in local:
            asked = requests.get(f"{below.url}{address}", timeout=60)
            assert asked.status_code in (200, 405), address  # a form's own address takes no GET


def test_what_is_told_of_a_site_below_a_path_leads_there(below: LiveServer) -> None:
    post = below.api("POST", "/blogs/anora/posts", {"body": "The doors are open."}).json()
    assert f'href="{PREFIX}/live/anora/posts/{post["id"]}"' in post["html"]
    feed = requests.get(f"{below.url}{PREFIX}/live/anora/feed.json", timeout=60).json()
    assert feed["items"][0]["url"] == f"{BASE}/live/anora/posts/{post['id']}"
    assert f"Disallow: {PREFIX}/desk/" in requests.get(f"{below.url}{PREFIX}/robots.txt", timeout=60).text
    for url, status in ((f"{BASE}/live/anora", 200), ("https://www.example.org/live/anora", 404)):
        assert requests.get(f"{below.url}{PREFIX}/oembed", params={"url": url}, timeout=60).status_code == status
    made = below.api("POST", "/blogs/anora/posts", {"body": "And closed."})
    assert made.headers["Location"].startswith(f"{PREFIX}/api/v1/")


@pytest.mark.parametrize("passed", [PREFIX, ""], ids=["passed on", "removed by the proxy"])
def test_readers_follow_a_site_below_a_path(below: LiveServer, passed: str) -> None:
    reader = Reader(f"{below.url}{passed}", "anora")
    reader.start()
    stream = requests.get(f"{below.url}{passed}/api/v1/blogs/anora/stream", stream=True, timeout=60)
    words = f"Said to those at {passed or 'the root'}."
    below.api("POST", "/blogs/anora/posts", {"body": words})
    until(lambda: any(each.get("body") == words for each in [*reader.objects.values()]))
    assert any(words in line for line in text_lines(stream))
    stream.close()
    reader.leaving.set()


def test_a_session_below_a_path_is_not_sent_beside_it(below: LiveServer) -> None:
    token = People(below.store).invitations.make("admin", first=True)
    guest = requests.Session()
    form = {"name": "Ana", "password": "correct horse battery"}
    url = f"{below.url}{PREFIX}/desk/welcome/{token}"
    answer = guest.post(url, data=form, allow_redirects=False, timeout=60)
    assert answer.headers["Location"] == f"{PREFIX}/desk/"
    parts = answer.headers["Set-Cookie"].split("; ")
    assert {f"Path={PREFIX}/", "Secure", "HttpOnly"} <= set(parts)


def test_other_paths_are_no_pages(below: LiveServer) -> None:
    for path in ("/nights", "/nights/lives/live/anora", "/nights/live/nights/live/live/anora"):
        assert requests.get(f"{below.url}{path}", timeout=60).status_code == 404


def test_an_archive_of_a_site_below_a_path_opens_from_a_disk(below: LiveServer, tmp_path: Path) -> None:
    said(liveblog("archive", "anora", str(tmp_path / "night"), data=below.data, LIVEBLOG_BASE_URL=BASE))
    page = (tmp_path / "night/live/anora/index.html").read_text()
    assert f'"{PREFIX}' not in page
    assert f'href="{BASE}/live/anora"' in page
    assert (tmp_path / "night/live/anora/card.png").exists()


# -- behind a proxy on another machine


def site(store: Store, **settings: str) -> FlaskClient:
    environ = {"LIVEBLOG_REDIS_URL": "redis://unused"} | settings
    return create_app(Settings.from_environ(environ), store, follow=lambda run: None).test_client()


def canonical(client: FlaskClient, peer: str, **headers: str) -> str:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    page = client.get("/live/anora", environ_base={"REMOTE_ADDR": peer}, headers=named).text
    found = re.search(r'rel="canonical" href="([^"]+)"', page)
    assert found
    return found[1]


def test_canonical_addresses_have_the_scheme_of_the_named_proxy(below: LiveServer) -> None:
    client = site(below.store, LIVEBLOG_PROXIES="10.0.0.0/8")
    said = {"Host": "live.example", "X_Forwarded_Proto": "https", "X_Forwarded_For": "203.0.113.7"}
    assert canonical(client, "10.1.2.3", **said) == "https://live.example/live/anora"
    assert canonical(client, "::ffff:10.1.2.3", **said) == "https://live.example/live/anora"
    assert canonical(client, "127.0.0.1", **said) == "http://live.example/live/anora"
    assert canonical(client, "10.1.2.3", X_Forwarded_Host="outer.example", **said) == "https://outer.example/live/anora"


def test_with_a_public_address_no_request_changes_it(below: LiveServer) -> None:
    client = site(below.store, LIVEBLOG_BASE_URL="https://live.example")
    assert canonical(client, "127.0.0.1", Host="evil.example", X_Forwarded_Host="worse.example") == (
        "https://live.example/live/anora"
    )


@pytest.mark.parametrize("host", ["a..b", "a*b", "", "a:99999", "é.example", "a" * 64])
def test_a_host_that_is_none_is_in_no_link_and_no_fault_of_the_server(below: LiveServer, host: str) -> None:
    """The front door refuses it; here it comes from a proxy, or from a server of another kind."""
    client = site(below.store)
    assert (
        canonical(client, "127.0.0.1", X_Forwarded_Host=host, Host="live.example") == "http://live.example/live/anora"
    )
    plain = client.application.test_client(use_cookies=False)
    assert plain.get("/live/anora", environ_overrides={"HTTP_HOST": host}).status_code == 200


def test_the_address_of_a_request_counts_before_its_host(below: LiveServer) -> None:
    client = site(below.store)
    page = client.get("/live/anora", environ_overrides={"RAW_URI": "http://outer.example/live/anora"}).text
    assert 'rel="canonical" href="http://outer.example/live/anora"' in page


def test_a_redirect_names_no_host(below: LiveServer) -> None:
    """A proxy may know the server by a name that readers cannot use."""
    for passed, host in ((PREFIX, "web-1:8000"), ("", "A.EXAMPLE")):
        url = f"{below.url}{passed}/desk"
        answer = requests.get(url, headers={"Host": host}, timeout=60, allow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (308, f"{PREFIX}/desk/")


# -- at a unix socket


class _Socket(HTTPConnection):
    """A connection to a server at a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("live.example")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(str(self._path))


def asked(path: Path, address: str, **headers: str) -> str:
    line = _Socket(path)
    line.request("GET", address, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = line.getresponse()
    assert answer.status == 200
    page = answer.read().decode()
    line.close()
    return page


@contextmanager
def serving_at(path: Path, data: Path) -> Iterator[subprocess.Popen[str]]:
    environ = {"LIVEBLOG_HOST": f"unix:{path}", "LIVEBLOG_DATA": str(data), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "liveblog", "serve"]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


def test_a_server_at_a_unix_socket_answers_and_believes_its_proxy(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    said(liveblog("blog", "create", "anora", "--title", "Anora", data=tmp_path / "data"))
    with serving_at(path, tmp_path / "data") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Serving unix:{path}\n"
        assert process.stdout.readline().startswith(
            "The desk's first sign-in, once, at the site's address: /desk/welcome/"
        )
        assert process.stdout.readline() == "  /live/anora\n"
        assert 'href="http://live.example/live/anora"' in asked(path, "/live/anora")
        assert 'href="https://live.example/live/anora"' in asked(path, "/live/anora", X_Forwarded_Proto="https")
        line = _Socket(path)
        line.request("GET", "/api/v1/blogs/anora/stream")
        assert line.getresponse().status == 200
        line.close()
    assert not path.exists()


def test_a_socket_that_a_killed_server_left_is_replaced_but_not_one_in_use(tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    listen(f"unix:{path}", 0).close()
    assert path.is_socket()
    with listen(f"unix:{path}", 0), pytest.raises(PortInUse, match="LIVEBLOG_HOST"):
        listen(f"unix:{path}", 0)


def test_a_file_in_the_sockets_place_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("What we know.")
    with pytest.raises(PortInUse, match="cannot listen"):
        listen(f"unix:{path}", 0)
    assert path.read_text() == "What we know."


def test_an_option_is_checked_as_its_setting_is() -> None:
    refused = liveblog("serve", "--host", "unix:")
    assert (refused.returncode, refused.stderr) == (
        1,
        "liveblog: LIVEBLOG_HOST is 'unix:'; it must be an address, a name, or unix: and the path of a socket, "
        "at most 103 bytes long\n",
    )


# -- without a public address


def test_a_server_that_others_can_reach_asks_for_its_public_address() -> None:
    with live_server("serve", LIVEBLOG_HOST="0.0.0.0") as running:
        assert "LIVEBLOG_BASE_URL is not set" in running.greeting
    with live_server("serve", LIVEBLOG_HOST="0.0.0.0", LIVEBLOG_BASE_URL="https://live.example") as running:
        assert "LIVEBLOG_BASE_URL is not set" not in running.greeting
    with live_server("serve") as running:
        assert "LIVEBLOG_BASE_URL is not set" not in running.greeting


def test_a_server_at_a_socket_asks_for_its_public_address_because_a_proxy_has_one(tmp_path: Path) -> None:
    with live_server("serve", LIVEBLOG_HOST=f"unix:{tmp_path}/web.sock") as running:
        assert "LIVEBLOG_BASE_URL is not set" in running.greeting


def test_the_desk_says_that_the_public_address_is_missing(below: LiveServer) -> None:
    client = site(below.store)
    people = People(below.store)
    people.accounts.put(Account(name="Ada", role="admin", password_hash="unused"))
    client.set_cookie("liveblog_session", people.sessions.open("Ada"), domain="live.example")
    page = client.get("/desk/", base_url="http://live.example").text
    assert "public address is not set" in page
    client.set_cookie("liveblog_session", people.sessions.open("Ada"), domain="127.0.0.1")
    assert "public address is not set" not in client.get("/desk/", base_url="http://127.0.0.1").text
    through = {"X-Forwarded-For": "203.0.113.7"}  # by a proxy that does not pass Host on
    assert "public address is not set" in client.get("/desk/", base_url="http://127.0.0.1", headers=through).text
