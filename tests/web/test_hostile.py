"""No text costs more than its length: whatever people send, four times as much takes about four times as long."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from bs4 import BeautifulSoup

from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.errors import Invalid
from liveblog.intake.article import from_html
from liveblog.store.commits import Store
from liveblog.web.render import markdown
from tests.live_server import LiveServer
from tests.web.hostile import AREAS

MOST = 9
"""Proportional work would be 4, quadratic work 16."""


@pytest.fixture(scope="module")
def grown() -> dict[str, dict[str, float | str | None]]:
    """For each area, how much more work each long text is; None for a text that its area did not get past."""
    command = [sys.executable, "-m", "tests.web.hostile"]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, dict[str, float | str | None]] = {area: {} for area in AREAS}
    for area, name, much in map(json.loads, done.stdout.splitlines()):
        found[area][name] = much
    return found


@pytest.mark.parametrize("area", AREAS)
def test_work_grows_with_the_text(grown: dict[str, dict[str, float | str | None]], area: str) -> None:
    assert not {name: much for name, much in grown[area].items() if not isinstance(much, float) or much > MOST}
    assert {*grown[area]} == {*AREAS[area][1]}


def test_a_long_address_is_not_repeated_without_end() -> None:
    text = "[a]: https://example.org/" + "b" * 30_000 + "\n\n" + "[a] " * 8_000
    html = markdown(text)
    assert len(html) < 16 * len(text)
    assert 1 < html.count("<a ") < 20
    assert BeautifulSoup(html, "html.parser").get_text().count("a") == 8_000  # the words stay


def test_a_table_is_not_larger_than_a_text() -> None:
    wide = "|" + "a|" * 60 + "\n|" + "-|" * 60 + "\n"
    html = markdown("\n".join([wide + "|\n" * 150] * 60))
    assert 9_000 < html.count("<td") < 20_001
    real = "|Film|Wins|\n|-|-|\n" + "|Anora|5|\n" * 4_000
    assert markdown(real).count("<td") == 8_000


def test_the_depth_of_emphasis_is_bounded() -> None:
    html = markdown("*a " * 300 + "b" + " a*" * 300)
    assert html.count("<em>") == html.count("</em>") == 20
    assert BeautifulSoup(html, "html.parser").get_text().split() == [*["a"] * 300, "b", *["a"] * 300]


def test_a_page_that_is_too_deep_keeps_its_text() -> None:
    body = from_html("<div>" * 5000 + "<p>One</p>" + "</div>" * 5000 + "<p>Two <b>words</b></p>").body
    assert body == "One\n\nTwo **words**"


def test_a_page_of_too_many_elements_is_refused() -> None:
    with pytest.raises(Invalid, match="more than 20000 elements") as refused:
        from_html("<b>a</b>" * 20_001)
    assert refused.value.field == "preview"


MANY = "9" * 9000
CALLS = ("preview", "paste", "rehearsal")
"""What the desk asks for beside the API."""
DEEP = '{"a":' * 9000 + "1" + "}" * 9000
FIELDS = ("body", "media", "on", "outcome", "nominees", "winners", "order", "venue", "note", "categories", "html")
BODIES = {
    "a number of 9,000 digits": MANY,
    **{f"such a number in {field}": f'{{"{field}": {MANY}}}' for field in FIELDS},
    "a number out of range": '{"minute": 1e999999}',
    "open lists": "[" * 30_000,
    "lists in lists": "[" * 15_000 + "]" * 15_000,
    **{f"lists in {field}": f'{{"{field}": {"[" * 15_000}{"]" * 15_000}}}' for field in FIELDS},
    **{f"objects in {field}": f'{{"{field}": {DEEP}}}' for field in FIELDS},
}


def test_no_body_is_an_error_of_the_server(server: LiveServer) -> None:
    slug = server.open("bodies")
    draft = server.api("POST", f"/blogs/{slug}/drafts", {"body": "To come"}).json()["id"]
    post = server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"}).json()["id"]
    sent = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    rules = create_app(Settings.from_environ({}), Store("redis://127.0.0.1:1")).url_map.iter_rules()
    for rule in rules:
        path = rule.rule.replace("<slug>", slug).replace("/drafts/<id>", f"/drafts/{draft}")
        path = path.replace("/categories/<id>", "/categories/director").replace("<id>", post)
        if "<" in path or not path.startswith(("/api/v1/", *(f"/desk/{slug}/{call}" for call in CALLS))):
            continue
        for method in {"POST", "PATCH", "PUT"} & (rule.methods or set()):
            for name, body in BODIES.items():
                answer = requests.request(method, f"{server.url}{path}", data=body, headers=sent, timeout=60)
                assert answer.status_code < 500, (method, path, name, answer.text)
