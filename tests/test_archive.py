"""The archive: a night that any web server can serve."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.commands import liveblog, refused, said
from tests.live_server import LiveServer


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
    seen, wanted = set(), {"/live/archived"}
    while wanted:
        path = wanted.pop()
        seen.add(path)
        answer = requests.get(served + path, timeout=60)
        assert answer.ok, path
        if "html" in answer.headers["Content-Type"]:
            assert '<script type="module"' not in answer.text
            links = re.findall(r'(?:href|src)="(/(?:live|static|media)/[^"#?]*)', answer.text)
            wanted |= {link for link in links if "/feed." not in link} - seen
    assert "Sean Baker" in requests.get(f"{served}/live/archived/", timeout=60).text
    assert "Headline 0" in requests.get(f"{served}/live/archived/pages/1/", timeout=60).text
    assert {f"/live/archived/pages/{n}" for n in (1,)} <= seen
    assert len([path for path in seen if "/posts/" in path]) == 47
    assert requests.get(f"{served}/live/archived/feed.atom", timeout=60).ok
    assert any(path.endswith(".css") for path in seen)
