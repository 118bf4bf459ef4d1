"""Static files: compressed, cached by browsers, and never stale."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import brotli
import pytest
import requests
from flask import Flask

from liveblog.web import bundle, render, static
from tests.live_server import LiveServer

ROOT = Path(__file__).parent.parent.parent


def get(server: LiveServer, path: str, **headers: str) -> requests.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(server.url + path, headers=sent, timeout=60)


def test_a_page_names_files_that_browsers_may_keep(server: LiveServer) -> None:
    page = get(server, f"/live/{server.open('kept-files')}").text
    found = set(re.findall(r'"(/static/[^"]+)"', page))
    assert any(path.endswith("js/reader/main.bundle.js") for path in found)
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
    "path",
    [
        "js/reader/board.bundle.js",
        "js/reader/nothing.bundle.js",
        "reader/main.bundle.js",
        "main.bundle.js",
        "nothing.js",
        "../pyproject.toml",
        "%2e%2e/pyproject.toml",
        "v-x/..%2f..%2fREADME.md",
        "css",
    ],
)
def test_nothing_else_is_served(server: LiveServer, path: str) -> None:
    assert get(server, f"/static/{path}").status_code == 404


def test_every_page_begins_with_one_script_that_comes_with_all_it_needs() -> None:
    named = [
        name
        for page in render.assets("templates").rglob("*.html")
        for name in re.findall(r'<script type="module" src="([^"]+)"', page.read_text())
    ]
    addresses = {f"{{{{ url_for('static', filename='js/{page}{static.BUNDLE}') }}}}" for page in static.PAGES}
    assert set(named) == addresses


@pytest.mark.parametrize("page", static.PAGES + static.LATER)
def test_a_bundle_is_kept_by_browsers_and_compressed(server: LiveServer, page: str) -> None:
    name = f"js/{page}.bundle.js"
    plain = get(server, f"/static/{static.version()}/{name}", Accept_Encoding="identity")
    assert plain.text == bundle.script(render.assets("static"), f"js/{page}.js")
    assert "immutable" in plain.headers["Cache-Control"]
    assert plain.headers["Content-Type"].startswith("text/javascript")
    small = get(server, f"/static/{static.version()}/{name}", Accept_Encoding="br")
    assert small.headers["Content-Encoding"] == "br"
    assert small.headers["ETag"] != plain.headers["ETag"]
    assert small.text == plain.text
    again = get(server, f"/static/{name}", If_None_Match=small.headers["ETag"], Accept_Encoding="br")
    assert (again.status_code, again.headers["Cache-Control"]) == (304, "no-cache")


@pytest.mark.parametrize(
    ("served", "whole", "part", "newer", "added"),
    [
        (
            "js/reader/main.bundle.js",
            ("js/reader/main.js", 'import { it } from "./part.js";\nit();\n'),
            ("js/reader/part.js", "export const it = () => 1;\n"),
            'import { more } from "./added.js";\nexport const it = () => more;\n',
            ("js/reader/added.js", 'export const more = "added";\n'),
        ),
        (
            "css/live.css",
            ("css/live.css", '@import url("part.css");\n.it { top: 0; }\n'),
            ("css/part.css", ".part { top: 0; }\n"),
            '@import url("added.css");\n.part { left: 0; }\n',
            ("css/added.css", ".added { top: 0; }\n"),
        ),
    ],
)
def test_an_edited_part_is_served_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    served: str,
    whole: tuple[str, str],
    part: tuple[str, str],
    newer: str,
    added: tuple[str, str],
) -> None:
    monkeypatch.setattr(render, "assets", lambda name: tmp_path)
    monkeypatch.setattr(static, "_found", {})
    app = Flask("edited", static_folder=None)
    app.add_url_rule("/static/<path:filename>", "static", static.serve)
    files, answers = {whole[0]: whole[1], part[0]: part[1]}, []
    for edits in ({}, {part[0]: newer, added[0]: added[1]}, {added[0]: added[1].replace("added", "edited")}):
        for name, text in (files | edits).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        files |= edits
        answers.append(app.test_client().get(f"/static/{served}"))
    assert len({answer.headers["ETag"] for answer in answers}) == 3
    assert ["added" in answers[0].text, "added" in answers[1].text, "edited" in answers[2].text] == [False, True, True]


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


@pytest.mark.parametrize("name", ["%00", "a%00b.css", "a" * 300, "%C0%AF", "js/%00.bundle.js"])
def test_a_name_that_no_file_can_have_is_not_found(server: LiveServer, name: str) -> None:
    assert requests.get(f"{server.url}/static/{name}", timeout=60).status_code == 404
