"""Plain words stay plain words: whatever signs they contain, readers see the same."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveblog.intake.article import from_clipboard
from liveblog.intake.escaping import escape
from liveblog.web.render import markdown

LINES = st.lists(st.text(alphabet="ab 1.*_`[]()<>&~|\\#+-=!:;/'\"\t", max_size=14), min_size=1, max_size=4)


def words(text: str) -> list[str]:
    """The words of each line; a blank line between two paragraphs."""
    lines = re.sub(r"\n(\s*\n)+", "\n\n", text.strip()).split("\n")
    return [" ".join(line.split()) for line in lines]


def seen(text: str) -> list[str]:
    """What readers see of a Markdown text, which must be paragraphs of plain words."""
    page = markdown(text).replace("</p>\n<p>", "\n\n")
    assert not re.search(r"<(?!/?p>|br)", page)
    return words(html.unescape(re.sub("<[^>]*>", "", page)))


@given(LINES)
def test_a_paste_without_formatting_reads_as_it_was(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert seen(from_clipboard("<span>" + html.escape(text).replace("\n", "<br>") + "</span>", text)) == words(text)


@given(LINES)
def test_plain_words_beside_formatted_ones_read_as_they_were(lines: list[str]) -> None:
    text = "\n".join(lines)
    pasted = from_clipboard("<p>" + html.escape(text).replace("\n", "<br>") + "<p><b>Bold", "")
    assert pasted.endswith("**Bold**")
    assert seen(pasted.removesuffix("**Bold**")) == words(text)


@pytest.mark.parametrize(
    "line",
    [
        "3 * 4 - 5 + 6 = 13",
        "snake_case",
        "[sic] (!) #Oscars 24/7; a|b, 100% & more <3",
        "https://example.org/a_b_c*d",
        "-5 degrees, +1, 1.5 million",
    ],
)
def test_signs_that_mean_nothing_stay_bare(line: str) -> None:
    assert escape(line) == line
