"""Comments, deletions and hidden HTML in Markdown and plain text."""

from __future__ import annotations

from typing import SupportsIndex

import pytest

from liveblog.intake import remarks
from liveblog.intake.article import parse_article

PRIVATE = [
    "One {--SECRET--}two.",
    "One {>>SECRET<<}two.",
    "One {~~SECRET~>two~~}.",
    "One {==two==}{>>SECRET<<}.",
    "One two.{>>SECRET\n\nSECRET<<}",
    "One %%SECRET%% two.",
    "One two.\n\n%%\nSECRET\n\nSECRET\n%%",
    "One {% comment %}SECRET{% endcomment %}two.",
    "One {{< comment >}}SECRET{{< /comment >}}two.",
    "One {# SECRET #}two.",
    "One {{/* SECRET */}}two.",
    "One two.\n\n::: comment\nSECRET\n:::",
    "One two.\n\n[//]: # (SECRET)",
    "[comment]: <> (SECRET)\n\nOne two.",
    "One <span hidden>SECRET</span>two.",
    'One <span style="display: none">SECRET <b>SECRET</b></span>two.',
    "One two.\n\n<div hidden>\nSECRET\n\n<div>SECRET</div>\n\nSECRET</div>",
    "One <del>SECRET</del>two.",
    'One <span class="comment-start">SECRET</span>two.',
    'One <i data-track="deletion">SECRET</i>two.',
    "One <SPAN HIDDEN>SECRET</SPAN>two.",
    "One two.\n\n<style>.n{display:none}</style>\n\n<p class=n>SECRET</p>",
    "One%%SECRET%% two.",
    "One two.\n\n<template>SECRET</template>",
    "One two.\n\n<script>SECRET</script>",
]


@pytest.mark.parametrize("name", ["story.md", "story.txt"])
@pytest.mark.parametrize("text", PRIVATE)
def test_what_authors_write_for_each_other_is_left_out_and_told(text: str, name: str) -> None:
    article = parse_article(text, name)
    assert "SECRET" not in article.body
    words = article.body.replace(".", "").split()
    assert words == ["One", "two"]
    assert any("left out" in note for note in article.notes)


@pytest.mark.parametrize(
    "text",
    [
        "Sales rose by 50%% and then by 60%%.",
        "Up 5 %% here and 6 %% there.",
        "`{--kept--}` and `<span hidden>kept</span>` and `%%kept%%`.",
        "```\n%%\nkept\n%%\n{>>kept<<}\n```\nEnd.",
        "A set {a, b} and a <- b, c++ and d--.",
        "1 < 2, a <3 and <https://example.org/a>.",
        "It is {so} #1 and 100% sure; {{ twice }}.",
        "She said: `yes.\n\nHe said no.",
    ],
)
def test_other_signs_stay_as_they_are(text: str) -> None:
    assert remarks.without(text) == (text, ())


def test_an_insertion_stays() -> None:
    assert remarks.without("A {++new++} and {==marked==} {~~old~>newer~~} word.") == (
        "A new and marked newer word.",
        (remarks.DELETIONS,),
    )


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("A {>>memo without an end.", "check “{>>memo without an end.”: the mark is never closed"),
        ("A <span hidden>memo without an end.", "check “<span hidden>”: what it hides has no end"),
        ("A <!-- memo without an end.", "check “<!-- memo without an end.”: the mark is never closed"),
        ("A <b>bold</b> word.", "HTML in it is shown as text (<b>)"),
    ],
)
def test_what_stays_and_may_not_be_meant_has_a_note(text: str, note: str) -> None:
    assert remarks.without(text) == (text, (note,))


class Searched(str):
    """A text that counts the characters that are searched."""

    passed = 0

    def find(self, what: str, start: SupportsIndex | None = 0, end: SupportsIndex | None = None, /) -> int:
        found = super().find(what, start, end)
        self.passed += (found if found >= 0 else len(self)) - int(start or 0)
        return found


@pytest.mark.parametrize(("begin", "end"), [("{++", "++}"), ("{==", "==}")])
def test_one_end_of_many_beginnings_is_searched_for_once(begin: str, end: str) -> None:
    text = Searched(1000 * begin + "a" + 1000 * end)
    remarks.without(text)
    assert text.passed <= 2 * len(text)
