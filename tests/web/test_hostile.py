"""No text costs more than its length: whatever people send, four times as much takes about four times as long."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from liveblog.errors import Invalid
from liveblog.intake.article import from_html
from liveblog.web.render import markdown
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
