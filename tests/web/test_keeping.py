"""What an editor downloads: the export that `liveblog import` reads, and the archive for any web server."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import pytest
import requests
from werkzeug.test import TestResponse

from liveblog import actions
from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.store.accounts import Account, Role
from liveblog.store.commits import Store
from liveblog.store.dump import export
from liveblog.store.people import People
from tests.live_server import LiveServer


@pytest.fixture
def download(server: LiveServer) -> Callable[..., requests.Response]:
    """Downloads something of a blog as a person with this role there."""

    def get(path: str, role: Role = "editor") -> requests.Response:
        people = People(server.store)
        people.accounts.put(Account(name=f"Keeper {role}", role=role))
        cookies = {"liveblog_session": people.sessions.open(f"Keeper {role}")}
        return requests.get(f"{server.url}/desk/{path}", cookies=cookies, timeout=60, allow_redirects=False)

    return get


def test_an_editor_downloads_the_export(server: LiveServer, download: Callable[..., requests.Response]) -> None:
    slug = server.open("kept")
    server.api("POST", f"/blogs/{slug}/drafts", {"body": "Only for the desk"})
    sent = download(f"{slug}/export")
    assert sent.headers["Content-Disposition"] == f'attachment; filename="{slug}.ndjson"'
    assert sent.headers["Cache-Control"] == "no-store"
    head, *lines = sent.content.splitlines()
    assert lines == list(export(server.store, slug))[1:]
    assert json.loads(head)["slug"] == slug
    assert "Only for the desk" in sent.text
    for path in ("export", "archive"):
        assert download(f"{slug}/{path}", "contributor").status_code == 403
        assert download(f"nowhere/{path}").status_code == 404
        signed_out = requests.get(f"{server.url}/desk/{slug}/{path}", timeout=60, allow_redirects=False)
        assert "/desk/sign-in" in signed_out.headers["Location"]


def test_an_editor_downloads_the_archive(server: LiveServer, download: Callable[..., requests.Response]) -> None:
    slug, hidden = server.open("packed"), server.open("packed-draft", "draft")
    made = server.api("POST", f"/blogs/{slug}/posts", {"headline": "In the archive", "body": "x"}).json()
    server.api("POST", f"/blogs/{slug}/drafts", {"body": "Only for the desk"})
    sent = download(f"{slug}/archive")
    assert sent.headers["Content-Disposition"] == f'attachment; filename="{slug}.zip"'
    with zipfile.ZipFile(io.BytesIO(sent.content)) as packed:
        assert packed.testzip() is None
        names = packed.namelist()
        assert len(set(names)) == len(names)
        page = packed.read(f"{slug}/live/{slug}/index.html").decode()
        everything = b"".join(packed.read(name) for name in names)
    assert "In the archive" in page
    assert f"{server.url}/live/{slug}" in page  # the site's own addresses, not those of a test
    assert {f"{slug}/index.html", f"{slug}/live/{slug}/feed.atom"} <= set(names)
    assert f"{slug}/live/{slug}/posts/{made['id']}/index.html" in names
    assert any(name.endswith(".css") for name in names)
    assert any(name.endswith(".woff2") for name in names)
    assert b"Only for the desk" not in everything
    refused = download(f"{hidden}/archive")
    assert refused.status_code == 409
    assert "open it to readers first" in refused.text


def test_a_process_of_its_own_reads_the_blog_for_one_editor_at_a_time(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.perform("kept", lambda view: actions.create_blog(view, slug="kept", title="Kept", status="live"), by="test")
    environ = {"LIVEBLOG_REDIS_URL": store.url}
    monkeypatch.setenv("LIVEBLOG_REDIS_URL", store.url)
    monkeypatch.delattr(Store, "snapshot")  # what reads a whole blog, with its earlier versions
    client = create_app(Settings.from_environ(environ), store, follow=lambda run: None).test_client()
    headers = {"Authorization": f"Bearer {People(store).tokens.add('keeper', 'editor')}"}

    def get(path: str) -> TestResponse:
        return client.get(f"/desk/kept/{path}", headers=headers)

    for path in ("export", "archive"):
        first = get(path)
        assert first.status_code == 200
        refused = get(path)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
        first.close()  # as when the client goes away
        with get(path) as again:
            assert again.status_code == 200
