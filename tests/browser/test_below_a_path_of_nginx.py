"""A site below a path of a host that has other pages: Chromium before a real nginx with the example of deploy/."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.desk import connected, outbox, press, write
from tests.deploy.nginx import NGINX, needed, nginx, replaced
from tests.live_server import LiveServer, live_server, until
from tests.ports import free_ports

pytestmark = [pytest.mark.browser, needed]
EXAMPLE = Path(__file__).parent.parent.parent / "deploy/below-a-path.conf"
NEWS = '<!doctype html><title>News</title><h1>News</h1><script src="/nights/embed.js" data-blog="anora"></script>'


class Host:
    """An nginx with a page of its own, `/news`, and the example for web processes at the port `web`."""

    def __init__(self, folder: Path, port: int, web: int, after_port: str) -> None:
        self._folder, self.url = folder, f"http://127.0.0.1:{port}"
        example = replaced(EXAMPLE.read_text(), ("http://127.0.0.1:8000;", f"http://127.0.0.1:{web}{after_port};"))
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        rest = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
        news = f"location = /news {{ default_type text/html; return 200 '{NEWS}'; }}"
        server = f"server {{ listen 127.0.0.1:{port}; {news}\n{example} }}"
        text = f"pid {folder}/pid; error_log stderr; events {{}} http {{ access_log off; {rest} {server} }}"
        (folder / "nginx.conf").write_text(text)

    def start(self) -> None:
        how = "daemon off;" + (" user root;" if os.getuid() == 0 else "")
        self._process = subprocess.Popen([str(NGINX), "-c", str(self._folder / "nginx.conf"), "-g", how])
        until(lambda: (self._folder / "pid").exists())

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


@pytest.fixture(params=["", "/"], ids=["passed on", "removed, before the nginx that caches"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Host, LiveServer]]:
    (port,) = free_ports(1)
    with ExitStack() as stack:
        server = stack.enter_context(live_server("serve", LIVEBLOG_BASE_URL=f"http://127.0.0.1:{port}/nights"))
        server.open("anora")
        behind = server.url
        if request.param:
            (tmp_path / "inner").mkdir()
            behind = stack.enter_context(nginx(tmp_path / "inner", [port_of(server.url)]))
        host = Host(tmp_path, port, port_of(behind), request.param)
        host.start()
        stack.callback(host.stop)
        yield host, server


def test_readers_of_each_kind_of_page_get_what_the_desk_posts_also_after_a_restart(
    host: tuple[Host, LiveServer], visit: Visit
) -> None:
    front, server = host
    answers = [requests.get(f"{front.url}/nights{page}", timeout=60).status_code for page in ("", "/", "/metrics")]
    assert answers == [200, 200, 404]
    link = until(lambda: re.search(r"sign-in, once: (\S+)\n", server.log.path.read_text()))
    desk = visit(link[1])
    desk.get_by_label("Name").fill("Ana Torres")
    desk.get_by_label("Password").fill("correct horse battery")
    desk.keyboard.press("Enter")
    desk.get_by_role("link", name="Open the desk").click()
    connected(desk)
    desk.goto(desk.url)  # the session's cookie comes along
    connected(desk)
    page, news = visit(f"{front.url}/nights/live/anora"), visit(front.url, go=False)
    news.goto(f"{front.url}/news")
    frame = news.frame_locator("iframe")

    def all_get(headline: str) -> None:
        write(desk, headline)
        press(desk, "Publish")
        expect(outbox(desk)).to_be_hidden()
        for reading in (page, frame):
            expect(reading.get_by_role("heading", name=headline)).to_be_visible()

    all_get("The doors are open")
    front.stop()
    front.start()
    all_get("The show begins")
    with news.context.expect_page() as opened:
        frame.get_by_role("link", name="The show begins").or_(frame.locator("article a.when")).first.click()
    expect(opened.value).to_have_url(re.compile(f"^{front.url}/nights/live/anora/posts/"))
