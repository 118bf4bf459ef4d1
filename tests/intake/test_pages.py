"""The article of a saved page: the story whole, and nothing of what stands around it."""

from __future__ import annotations

import pytest

from liveblog.intake.article import from_html
from tests.intake.saved_pages import SITES, saved


@pytest.mark.parametrize("name", SITES)
def test_of_a_saved_page_the_story_is_kept_and_nothing_else(name: str) -> None:
    page = saved(name)
    article = from_html(page.html)
    body = article.body.replace("\\", "")
    assert [sentence for sentence in page.story if sentence not in body] == []
    assert [word for word in page.junk if word in body or word in (article.headline or "")] == []
    assert article.headline == page.headline


SENTENCE = "The tailor measured the cloth again, and the whole street waited for a word about the coat."
LONG = f"<p>{SENTENCE * 3}</p>" * 2


def part(markup: str) -> str:
    """What an article keeps of a part, in Markdown."""
    body = from_html(f"<body class='single related-open'><article><h1>T</h1>{LONG}{markup}</article></body>").body
    return body.split(SENTENCE)[-1].strip()


def test_what_belongs_to_a_story_stays_in_it() -> None:
    assert part("<figure><blockquote><p>A coat!</p></blockquote></figure>") == "> A coat!"
    table = "<figure><table><tr><th>a</th><th>b</th></tr><tr><td>c</td><td>d</td></tr></table></figure>"
    assert part(table) == "| a | b |\n| --- | --- |\n| c | d |"
    links = "".join(f"<li><a href='https://{host}.example/x'>{host}</a></li>" for host in "abc")
    assert part(f"<ul>{links}</ul>").startswith("- [a](https://a.example/x)\n")
    long = "Watch: the show begins at eight, and everybody who is anybody will be in the hall to see the coat."
    assert part(f"<p>{long}</p>") == long


def test_a_list_of_links_to_one_site_is_none_of_the_story() -> None:
    assert part("<ul><li><a href='/a'>Another coat</a></li><li><a href='/b'>A third coat</a></li></ul>") == ""
    links = "".join(f"<li><a href='https://thread.example/{n}'>Another coat</a></li>" for n in range(3))
    assert part(f"<ol>{links}</ol>") == ""


def test_of_several_articles_one_is_taken_and_the_others_are_told() -> None:
    article = from_html(f"<article><h2>One</h2>{LONG}</article><article><h2>Two</h2>{LONG}</article>")
    assert "Two" not in article.body
    assert article.notes == ("the page has 2 articles of this length; only one was taken",)


def test_the_name_of_the_site_is_no_headline() -> None:
    head = "<title>The coat – The Thread</title><meta property=og:site_name content='The Thread'>"
    assert from_html(f"<head>{head}</head><h1>The Thread</h1>{LONG}").headline == "The coat"
    said = '{"@graph":[{"@type":"NewsArticle","headline":"A coat &amp; a queen"}]}'
    head = f'<script type="application/ld+json">{said}</script>'
    assert from_html(f"<head>{head}</head><main>{LONG}</main>").headline == "A coat & a queen"
    word = "<html xmlns:o='urn:schemas-microsoft-com:office:office'><title>Microsoft Word - draft.docx</title>"
    assert from_html(f"{word}{LONG}").headline is None


def test_a_paragraph_in_deleted_text_is_no_part_of_the_story() -> None:
    assert part("<blockquote>Said by somebody who was there.</blockquote><del><p>Not so.</p></del>") == (
        "> Said by somebody who was there."
    )
    assert part("<del><p>Not so.</p><p>Nor so.") == ""


STORY = "".join(
    f"<p>Sentence {n} says that the ferry crossed the harbour before anybody had woken.</p>" for n in range(9)
)
FIRST = "The last ferry of the season left without its captain, and nobody noticed until noon."


@pytest.mark.parametrize(
    "below",
    [
        f"<p class=article__desc>{FIRST}</p>",
        f"<div class=standfirst><p>{FIRST}</p></div>",
        f"<div data-gu-name=standfirst><p>{FIRST}</p></div>",
        f"<h2 class=sub-headline>{FIRST}</h2>",
        f"<div><span>By Ada Bell</span></div><div class=dek>{FIRST}</div>",
        f"<p>{FIRST}</p>",
    ],
)
def test_the_paragraph_below_a_headline_outside_of_the_article_begins_the_story(below: str) -> None:
    page = f"<title>The ferry</title><header><h1>The ferry</h1>{below}</header><article>{STORY}</article>"
    article = from_html(page)
    assert article.headline == "The ferry"
    assert article.body.startswith(f"{FIRST}\n\nSentence 0")
    assert article.body.count(FIRST) == 1


@pytest.mark.parametrize(
    "below",
    [
        "<p class=byline>By Ada Bell, who has written about harbours and about ferries since the year 2001.</p>",
        "<p>By Ada Bell</p>",
        f"<div class=share>{FIRST}</div>",
        f"<p><a href=/x>{FIRST}</a></p>",
        f"<p hidden>{FIRST}</p>",
        f"<aside class=dek>{FIRST}</aside>",
    ],
)
def test_other_things_below_a_headline_do_not(below: str) -> None:
    page = f"<title>The ferry</title><header><h1>The ferry</h1>{below}</header><article>{STORY}</article>"
    assert from_html(page).body.startswith("Sentence 0")
