"""What was withdrawn leaves real caches, although they would keep it: Varnish and nginx with the shipped files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from liveblog import cache_tags
from liveblog.push.purges import SETTLE
from tests.deploy import nginx as front_nginx
from tests.deploy import varnish as front_varnish
from tests.deploy.origin import Origin, later
from tests.live_server import LiveServer, live_server, until
from tests.photos import photo
from tests.ports import free_ports

pytestmark = pytest.mark.fault
AN_HOUR = {
    "varnish": ("set beresp.grace = 0s;", "set beresp.grace = 0s; set beresp.ttl = 1h;"),
    "nginx": (
        "proxy_cache_revalidate on;",
        "proxy_cache_revalidate on; proxy_ignore_headers Cache-Control; proxy_cache_valid 200 1h;",
    ),
}
"""What an operator may write who wants to spare the web processes: answers are kept for an hour, whatever they say."""


@pytest.fixture
def night(request: pytest.FixtureRequest) -> Iterator[tuple[LiveServer, str]]:
    """A server, and the address of the cache in front of it."""
    kind: str = request.param
    if (kind == "nginx" and front_nginx.NGINX is None) or (kind == "varnish" and front_varnish.VARNISH is None):
        pytest.skip(f"{kind} is not installed (Debian: apt install nginx-light varnish)")
    front, web = free_ports(2)
    site = f"http://127.0.0.1:{front}"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lb")))
        settings = {"LIVEBLOG_CACHES": f"{kind}={site}", "LIVEBLOG_BASE_URL": site, "LIVEBLOG_PORT": str(web)}
        server = stack.enter_context(live_server(**settings))
        server.log.expect("does not drop what was withdrawn")  # it is not there yet
        if kind == "varnish":
            stack.enter_context(front_varnish.varnish(folder, front, web, AN_HOUR[kind]))
        else:
            stack.enter_context(front_nginx.nginx(folder, [web], AN_HOUR[kind], front=front))
        yield server, site


@pytest.mark.parametrize("night", ["varnish"], indirect=True)
def test_varnish_drops_what_was_withdrawn_and_keeps_the_rest(night: tuple[LiveServer, str]) -> None:
    server, site = night
    slug, other = server.open(), server.open("wicked")
    post = server.api("POST", f"/blogs/{slug}/posts", {"body": "qzx was too early."}).json()
    paths = [f"/live/{slug}", f"/live/{slug}/posts/{post['id']}", f"/live/{slug}/feed.atom", f"/api/v1/blogs/{slug}"]
    for path in [*paths, f"/live/{other}"]:
        first, kept = requests.get(site + path, timeout=60), requests.get(site + path, timeout=60)
        assert kept.content == first.content
        assert kept.headers["X-Varnish"].count(" ") == 1, path  # the second number is the request that filled it
        assert "Cache-Groups" in kept.headers
        assert not {"Surrogate-Key", "Cache-Tag"} & set(kept.headers)
    server.api("PATCH", f"/blogs/{slug}/posts/{post['id']}", {"body": "Nothing happened."})
    server.api("DELETE", f"/blogs/{slug}/posts/{post['id']}")
    until(lambda: not any(b"qzx" in requests.get(site + path, timeout=60).content for path in paths))
    assert requests.get(f"{site}/live/{other}", timeout=60).headers["X-Varnish"].count(" ") == 1
    assert until(lambda: obeyed(server, slug, slug))


def obeyed(server: LiveServer, slug: str, subject: str) -> str:
    """When the cache has dropped all of a blog or picture, as the desk is told; empty if it has not."""
    found: list[dict[str, Any]] = server.api("GET", f"/blogs/{slug}/caches").json()["caches"]
    return next((each["obeyed_at"] for each in found if each["subject"] == subject and "waits_since" not in each), "")


@pytest.mark.parametrize("night", ["varnish", "nginx"], indirect=True)
def test_a_deleted_picture_leaves_the_cache(night: tuple[LiveServer, str]) -> None:
    server, site = night
    slug = server.open()
    name, kept = server.upload(slug, photo()), server.upload(slug, photo(800, 600))
    for path in (name, name, kept):
        assert requests.get(f"{site}/media/{path}", timeout=60).status_code == 200
    server.api("DELETE", f"/blogs/{slug}/media/{name}")
    until(lambda: obeyed(server, slug, name))
    assert requests.get(f"{site}/media/{name}", timeout=60).status_code == 410
    assert requests.get(f"{site}/media/{kept}", timeout=60).status_code == 200


@front_varnish.needed
def test_varnish_takes_orders_from_web_processes_alone(origin: Origin) -> None:
    (front,) = free_ports(1)
    stranger = ('  "127.0.0.1";\n', '  "192.0.2.1";\n')
    for changes, status in (((), 200), ((stranger,), 403)):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lb")))
            site = stack.enter_context(front_varnish.varnish(folder, front, origin.server_port, *changes))
            order = {"xkey-purge": f"{cache_tags.SITE} {cache_tags.of_blog('anora')}"}
            assert requests.request("PURGE", site, headers=order, timeout=60).status_code == status
            for wrong in ({}, {"xkey-purge": ".* "}, {"xkey-purge": 'a" || obj.status != "200'}):
                refused = requests.request("PURGE", site, headers=wrong, timeout=60).status_code
                assert refused == (400 if status == 200 else 403)


@front_varnish.needed
def test_varnish_does_not_keep_what_was_on_its_way_when_it_was_told_to_drop_it(origin: Origin) -> None:
    """A web process that hangs had made the answer before the retraction, and sends it after Varnish has obeyed."""
    tags = cache_tags.fields(cache_tags.of_blog("anora"))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lb")))
        (front,) = free_ports(1)
        site = stack.enter_context(front_varnish.varnish(folder, front, origin.server_port, AN_HOUR["varnish"]))
        origin.say(200, "The winner is Emilia Pérez.", **{name.replace("-", "_"): tags[name] for name in tags})
        origin.go.clear()
        pool = stack.enter_context(ThreadPoolExecutor())
        late = pool.submit(requests.get, f"{site}/live/anora", timeout=60)
        settled = datetime.now(UTC) + timedelta(seconds=SETTLE)
        until(lambda: origin.asked and datetime.now(UTC) > settled)
        order = {"xkey-purge": cache_tags.of_blog("anora")}
        assert requests.request("PURGE", site, headers=order, timeout=60).status_code == 200
        origin.go.set()
        assert "Emilia" in late.result().text
        origin.say(200, "The winner is Anora.")
        until(lambda: "Anora" in requests.get(f"{site}/live/anora", timeout=60).text)


@front_nginx.needed
@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nginx_fetches_anew_what_it_keeps_for_bad_times(scheme: str, origin: Origin) -> None:
    """Of a page it keeps the last answer, for when no web process answers: after a PURGE that is the right one."""
    page, tls = "/live/anora/posts/wrong", free_ports(1)[0]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lb")))
        secure = scheme == "https"
        front = stack.enter_context(front_nginx.nginx(folder, [origin.server_port], tls=tls if secure else 0))
        host = {"Host": f"localhost:{tls}" if secure else front.partition("//")[2]}
        site = f"https://localhost:{tls}" if secure else front

        def read() -> str:
            return requests.get(site + page, timeout=60, verify=False, headers=host).text

        origin.say(200, "The winner is Emilia Pérez.")
        assert "Emilia" in read()
        origin.say(200, "The winner is Anora.")
        later(front + page)
        order = host | {"X-Forwarded-Proto": scheme}
        purged = requests.request("PURGE", front + page, headers=order, timeout=60, allow_redirects=False)
        assert purged.status_code == 200
        origin.dies = True
        try:
            until(lambda: "Anora" in read())
        finally:
            origin.dies = False
