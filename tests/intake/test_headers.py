"""Facts before a text, without rules around them."""

from __future__ import annotations

import pytest

from liveblog.errors import Invalid
from liveblog.intake.article import parse_article

BODY = "\n\nThe lead is here.\n"
FACTS = [
    "Title: Six chances\nAuthor: Desk\nDate: 2031-01-01",
    "title: Six chances\nmemo: SECRET\n  and SECRET",
    "Title: Six chances",
    "% Six chances\n% SECRET; SECRET\n% 2031",
    "% Six\n  chances\n% SECRET",
    "#+TITLE: Six chances\n#+STARTUP: SECRET",
    ":title: Six chances\n:owner: SECRET",
    "= Six chances\nSECRET <secret@example.org>\n:owner: SECRET",
    '---json\n{"title": "Six chances", "memo": "SECRET"}\n---',
    ';;;\n"title": "Six chances", "memo": "SECRET"\n;;;',
    "---\ntitle: Six chances\nmemo: SECRET",
    "<!-- SECRET -->\n\n---\ntitle: Six chances\nmemo: SECRET\n---",
    " \n---\ntitle: Six chances\n---",
]


@pytest.mark.parametrize("name", ["story.md", "story.txt"])
@pytest.mark.parametrize("facts", FACTS)
def test_facts_are_none_of_the_text(facts: str, name: str) -> None:
    article = parse_article(facts + BODY, name)
    assert (article.headline, article.body) == ("Six chances", "The lead is here.")


@pytest.mark.parametrize(
    "facts", ["+++\nmemo = SECRET\n+++", '---json\n{"memo": "SECRET"}\n---', "---json\n{memo: SECRET,}\n---"]
)
def test_a_block_that_says_what_it_is_is_no_text(facts: str) -> None:
    assert parse_article(facts + BODY, "story.md").body == "The lead is here."


@pytest.mark.parametrize(
    "facts",
    [
        "Title: Six chances\nStatus: draft",
        "Title: Six chances\nOwner: Desk\nDraft: true",
        ":title: Six chances\n:status: draft",
        "#+title: Six chances\n#+draft: t\n#+status: draft",
        "= Six chances\n:status: draft",
        '---json\n{"draft": true}\n---',
        '---json\n{"draft": true,}\n---',
        "---\ntitle: Six chances\ndraft: true",
        "<!-- memo -->\n---\ndraft: true\n---",
    ],
)
def test_a_draft_is_refused(facts: str) -> None:
    with pytest.raises(Invalid, match="is a draft"):
        parse_article(facts + BODY, "story.txt")


@pytest.mark.parametrize(
    "text",
    [
        "Date: 2 March\nTime: 8 pm\nPlace: Dolby Theatre",
        "Best picture: Anora\nBest director: Sean Baker",
        "Tonight: six films, one night",
        "% of voters: 40",
        "Note: the show begins at eight.",
        "Status: it begins",
        "Source: the Academy\nSummary: ten films",
    ],
)
def test_a_text_may_begin_with_colons(text: str) -> None:
    article = parse_article(text + BODY, "story.txt")
    assert text.split("\n")[0] in article.body
    assert article.notes == ()


def test_a_sentence_after_a_percent_sign_is_one() -> None:
    assert parse_article("% of voters rose." + BODY, "story.md").body.startswith("% of voters rose.")


def test_a_beginning_that_may_be_either_stays_with_a_note() -> None:
    article = parse_article("Title: The Brutalist\nDirector: Brady Corbet" + BODY, "story.txt")
    assert "Brady Corbet" in article.body
    assert article.notes == ("check the first lines: they may be facts for a program (Title: The Brutalist)",)
