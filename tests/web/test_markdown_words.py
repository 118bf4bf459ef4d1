"""What people type without Markdown in mind comes out as they typed it."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from liveblog.web.render import markdown, plain


@pytest.mark.parametrize(
    "text",
    [
        *("M*A*S*H", "10*5*2", "2*3=6*1", "10*5 and 3*2", "f**k and s**t", "5* hotels", "3 * 4 * 5", "Ab*C*D*e"),
        *("2025. What a year", "1994) A good one", "98. The ceremony, at last", "- 5. Anora"),
        *("[Ana]: Thanks!", "[Ana]: Thanks.", "[Ana]: Well, thanks", "[Sean Baker]: Wow…", "[sic]"),
        *("#1", "#Oscars", "+1", "~5", "snake_case_x", "1.5 million", "(c) 5 > 3, <3"),
    ],
)
def test_it_comes_out_as_typed(text: str) -> None:
    assert BeautifulSoup(markdown(text), "html.parser").get_text().strip() == text.removeprefix("- ")
    assert "<em>" not in markdown(text)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*M*A*S*H*", "<em>M*A*S*H</em>"),
        ("M*A*S*H is *great*", "M*A*S*H is <em>great</em>"),
        ("**M*A*S*H**, *10*5*2*", "<strong>M*A*S*H</strong>, <em>10*5*2</em>"),
        ("f**k *really* s**t", "f**k <em>really</em> s**t"),
        ("H*2*O, M*ou*se", "H<em>2</em>O, M<em>ou</em>se"),
        ("un*frigging*believable", "un<em>frigging</em>believable"),
        ("fan**tas**tic, **An**ora, won**derful**", "fan<strong>tas</strong>tic, <strong>An</strong>ora"),
        ("这是**重点**内容", "这是<strong>重点</strong>内容"),
        ("3. three\n4. four", '<ol start="3">'),
        ("5. five\n   and more\n\n6. six", '<ol start="5">'),
        ("1. alone", "<ol>\n<li>alone"),
        ("0. zero", '<ol start="0">'),
        ("See [the list][1] now.\n\n[1]: www.example.org/list", '<a href="https://www.example.org/list"'),
    ],
)
def test_markdown_stays_markdown(text: str, html: str) -> None:
    assert html in markdown(text)


def test_an_excerpt_keeps_the_year() -> None:
    assert plain("2025. What a year\n\nFor M*A*S*H") == "2025. What a year For M*A*S*H"
