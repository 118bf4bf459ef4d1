"""Each proxy that has an example in deploy/, as the real program with that example, in front of a real server."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter
from websocket import WebSocketBadStatusException

from liveblog.store.people import People
from tests.deploy.proxies import PROXIES, Place, Proxy, running
from tests.live_server import LiveServer, live_server, until
from tests.push.socket_client import Line, Reader, text_lines

pytestmark = pytest.mark.fault
FORGED = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example", "X-Forwarded-For": "203.0.113.7"}


@contextmanager
def trusted(proxy: Proxy, web: str) -> Iterator[Place]:
    """Run a proxy that all clients here trust, until it answers with what the web process says."""
    with tempfile.TemporaryDirectory(prefix="lb") as folder, pytest.MonkeyPatch.context() as patch:
        Path(folder).chmod(0o755)  # Apache reads as another user
        for name in ("REQUESTS_CA_BUNDLE", "WEBSOCKET_CLIENT_CA_BUNDLE"):
            patch.setenv(name, f"{folder}/ca")
        with running(proxy, Path(folder), web) as place:
            until(lambda: requests.get(f"https://localhost:{place.port}/readyz", timeout=60).ok)
            yield place


@pytest.fixture(scope="module", params=PROXIES, ids=lambda proxy: proxy.__name__)
def place(request: pytest.FixtureRequest, server: LiveServer) -> Iterator[Place]:
    with trusted(request.param, server.url.removeprefix("http://")) as place:
        yield place


@pytest.fixture(scope="module")
def url(place: Place) -> str:
    return f"https://localhost:{place.port}"


@pytest.fixture
def slug(server: LiveServer) -> str:
    return server.open("behind")


def from_address(address: str) -> requests.Session:
    """A client of the proxy that has this address of the loopback network."""

    class From(HTTPAdapter):
        def init_poolmanager(self, *args: object, **more: object) -> None:
            super().init_poolmanager(*args, source_address=(address, 0), **more)  # type: ignore[arg-type]

    session = requests.Session()
    session.mount("https://", From())
    return session


def test_readers_get_a_post_at_once_by_websocket_and_by_event_stream(server: LiveServer, url: str, slug: str) -> None:
    reader = Reader(url, slug)
    reader.start()
    until(lambda: reader.epoch)
    with requests.get(f"{url}/api/v1/blogs/{slug}/stream", stream=True, timeout=60) as stream:
        lines = text_lines(stream)
        assert '"objects"' in next(line for line in lines if line.startswith("data:"))
        server.api("POST", f"/blogs/{slug}/posts", {"body": "The doors are open."})
        assert "The doors are open." in next(line for line in lines if line.startswith("data:"))
    until(lambda: any(each.get("body") == "The doors are open." for each in [*reader.objects.values()]))
    reader.leaving.set()
    reader.join(60)


@pytest.mark.parametrize("claims", [{}, FORGED], ids=["a browser", "a forger"])
def test_links_have_the_scheme_and_host_that_the_client_used(url: str, slug: str, claims: dict[str, str]) -> None:
    page = requests.get(f"{url}/live/{slug}", headers=claims, timeout=60).text
    found = re.search(r'rel="canonical" href="([^"]+)"', page)
    assert found
    assert found[1] == f"{url}/live/{slug}"
    feed = requests.get(f"{url}/live/{slug}/feed.json", headers=claims, timeout=60).json()
    assert feed["home_page_url"] == f"{url}/live/{slug}"


def test_tries_of_a_password_count_for_the_address_from_which_they_came(url: str, place: Place) -> None:
    def tried(who: requests.Session, name: str, said: str) -> int:
        form = {"name": name, "password": "not the password"}
        return who.post(f"{url}/desk/sign-in", data=form, headers={"X-Forwarded-For": said}, timeout=60).status_code

    name = f"Nobody {place.port}"
    with from_address("127.0.0.2") as guesser, from_address("127.0.0.3") as other:
        assert [tried(guesser, name, f"203.0.113.{n}") for n in range(11)] == [403] * 10 + [429]
        assert tried(other, name, "203.0.113.1") == 403


def test_the_session_is_for_https_only(server: LiveServer, url: str) -> None:
    token = People(server.store).invitations.make("editor", name=None)
    form = {"name": f"Ana {token[:5]}", "password": "correct horse battery"}
    answer = requests.post(f"{url}/desk/welcome/{token}", data=form, timeout=60, allow_redirects=False)
    assert "Secure" in answer.headers["Set-Cookie"]


def test_only_the_sites_own_pages_may_open_a_websocket(url: str, slug: str) -> None:
    Line(url, {"blog": slug}, origin=url).close()
    with pytest.raises(WebSocketBadStatusException) as refused:
        Line(url, {"blog": slug}, origin="https://evil.example")
    assert refused.value.status_code == 403


def test_figures_of_a_process_are_not_public(url: str) -> None:
    assert requests.get(f"{url}/metrics", timeout=60).status_code == 404


def plainly(place: Place, path: str) -> requests.Response:
    host = {"Host": f"localhost:{place.plain if (place.folder / 'Caddyfile').exists() else place.port}"}
    return requests.get(f"http://localhost:{place.plain}{path}", headers=host, timeout=60, allow_redirects=False)


def test_plain_http_leads_people_to_https(url: str, place: Place) -> None:
    answer = plainly(place, "/live/x")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{url}/live/x")


@pytest.mark.parametrize("path", ["/api/v1/blogs", "/socket.io/?EIO=4&transport=websocket"])
def test_a_program_that_calls_without_tls_is_told_so(place: Place, path: str) -> None:
    answer = plainly(place, path)
    assert answer.status_code == 403
    assert "Location" not in answer.headers
    assert "by https" in answer.text


@pytest.fixture(scope="module")
def at_socket() -> Iterator[LiveServer]:
    with tempfile.TemporaryDirectory(prefix="lb") as folder:
        Path(folder).chmod(0o755)
        with live_server("serve", LIVEBLOG_HOST=f"unix:{folder}/web.sock") as running:
            Path(folder, "web.sock").chmod(0o777)  # the proxy may be another user
            yield running


@pytest.mark.parametrize("proxy", PROXIES, ids=lambda proxy: proxy.__name__)
def test_a_server_at_a_unix_socket_is_behind_a_proxy_too(at_socket: LiveServer, proxy: Proxy) -> None:
    slug = at_socket.open()
    with trusted(proxy, at_socket.url.removeprefix("unix:")) as place:
        url = f"https://localhost:{place.port}"
        Line(url, {"blog": slug}, origin=url).close()
        assert f'href="{url}/live/{slug}"' in requests.get(f"{url}/live/{slug}", headers=FORGED, timeout=60).text
