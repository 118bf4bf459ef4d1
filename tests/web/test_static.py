"""Static files: compressed, cached by browsers, and never stale."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import brotli
import pytest
import requests

from liveblog.web import render, static
from tests.live_server import LiveServer

ROOT = Path(__file__).parent.parent.parent


def get(server: LiveServer, path: str, **headers: str) -> requests.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(server.url + path, headers=sent, timeout=60)


def test_a_page_names_files_that_browsers_may_keep(server: LiveServer) -> None:
    page = get(server, f"/live/{server.open('kept-files')}").text
    found = set(re.findall(r'"(/static/[^"]+)"', page))
    assert any(path.endswith("reader.css") for path in found)
    for path in found:
        answer = get(server, path)
        assert answer.status_code == 200, path
        assert "immutable" in answer.headers["Cache-Control"], path


def test_files_are_compressed_once_and_revalidated_by_their_etag(server: LiveServer) -> None:
    plain = get(server, "/static/css/live.css", Accept_Encoding="identity")
    small = requests.get(
        f"{server.url}/static/css/live.css", headers={"Accept-Encoding": "br"}, stream=True, timeout=60
    )
    assert brotli.decompress(small.raw.read(decode_content=False)) == plain.content
    assert small.headers["ETag"] != plain.headers["ETag"]
    assert plain.headers["Cache-Control"] == "no-cache"  # the address has no version
    assert (
        get(server, "/static/css/live.css", If_None_Match=small.headers["ETag"], Accept_Encoding="br").status_code
        == 304
    )
    assert "immutable" not in get(server, "/static/v-older/css/live.css").headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["nothing.js", "../pyproject.toml", "%2e%2e/pyproject.toml", "v-x/..%2f..%2fREADME.md", "css"]
)
def test_nothing_else_is_served(server: LiveServer, path: str) -> None:
    assert get(server, f"/static/{path}").status_code == 404


def test_a_page_names_every_script_that_it_needs() -> None:
    for page in ("js/reader/main.js", "js/embed/main.js"):
        named = static.imported(page)
        assert "js/reader/words.js" in named
        assert "vendor/socket.io.esm.min.js" in named
        assert page not in named
        assert all((render.assets("static") / name).suffix == ".js" for name in named)
    assert "js/reader/paging.js" in static.imported("js/reader/main.js")  # a needed script needs it
    assert "js/reader/post_list.js" not in static.imported("js/embed/main.js")


@pytest.mark.node
def test_scripts_come_without_comments_and_otherwise_as_they_were_written(server: LiveServer) -> None:
    root = render.assets("static")
    scripts = [path for path in sorted(root.rglob("*.js")) if path.parent.name != "vendor"]
    written = [path.read_text() for path in scripts]
    served = [get(server, f"/static/{path.relative_to(root)}").text for path in scripts]
    assert [text.count("\n") for text in served] == [text.count("\n") for text in written]
    assert sum(map(len, served)) < 0.8 * sum(map(len, written))
    command = ["node", str(ROOT / "tests/js/same_program.mjs")]
    done = subprocess.run(
        command, input=json.dumps([written, served]), capture_output=True, text=True, check=True, timeout=60
    )
    assert [scripts[number] for number in json.loads(done.stdout)] == []


def test_what_only_looks_like_a_comment_stays() -> None:
    lines = ['const a = "//";', "const b = 1; // why", 'const c = "/*"; /* why */ f();', "/* why */ g();"]
    script = "// about\n" + "\n".join(lines) + "\n  /** two\n   * lines */\nh();\n"
    assert static.without_comments(script) == "\n" + "\n".join(lines) + "\n\n\nh();\n"
