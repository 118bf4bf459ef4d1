"""What readers see: text that cannot run, times of the event's zone, articles rendered once per version."""

from __future__ import annotations

import re
from typing import Any

import pytest

from liveblog import actions
from liveblog.i18n import clock, day
from liveblog.model import Category, Change, Media, Post
from liveblog.web import render
from liveblog.web.render import gist, markdown, message, present
from tests.newsroom import Newsroom, open_newsroom


@pytest.fixture
def newsroom(monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    monkeypatch.setattr(render, "_rendered", {})  # the newsrooms of all tests share one epoch
    return open_newsroom()


def published(newsroom: Newsroom, **fields: object) -> Post:
    (post,) = newsroom.do(actions.publish, **fields).objects
    assert isinstance(post, Post)
    return post


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*Anora* **wins**", "<p><em>Anora</em> <strong>wins</strong></p>"),
        ("~~gone~~", "<p><s>gone</s></p>"),
        ("3. three\n4. four", '<ol start="3">\n<li>three</li>\n<li>four</li>\n</ol>'),
        ("www.example.org", '<a href="https://www.example.org" rel="nofollow noopener">www.example.org</a>'),
        ("|a|\n|-|\n|1|", "<td>1</td>"),
        ("Tom & Jerry", "<p>Tom &amp; Jerry</p>"),
        ("One\ntwo", "<p>One<br>\ntwo</p>"),
        ("- one\n  more\n- two", "<li>one<br>\nmore</li>"),
        ("> one\n> two\n> — Ana", "<p>one<br>\ntwo</p>\n</blockquote>\n<figcaption>Ana</figcaption>"),
        ("Look\nhere\nhttps://youtu.be/dQw4w9WgXcQ", "<p>Look<br>\nhere</p>"),
    ],
)
def test_markdown_becomes_html(text: str, html: str) -> None:
    assert html in markdown(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<b onclick=alert(1)>bold</b>",
        "`<script>`",
        "```\n<script>\n```",
        "# <svg onload=alert(1)>",
        "|<script>|\n|-|\n|<script>|",
    ],
)
def test_html_in_a_text_is_shown_and_never_runs(text: str) -> None:
    html = markdown(text)
    assert "&lt;" in html
    assert not any(f"<{tag}" in html for tag in ("script", "img", "svg", "b "))


@pytest.mark.parametrize("address", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x"])
@pytest.mark.parametrize("form", ["[click]({})", "<{}>", "[click][1]\n\n[1]: {}"])
def test_a_link_can_only_lead_to_pages(form: str, address: str) -> None:
    assert "href" not in markdown(form.format(address))


def test_a_picture_of_another_site_is_its_description_only() -> None:
    assert markdown("![The envelope](https://example.org/e.png)") == "<p>The envelope</p>\n"
    assert ">The envelope</a>" in markdown("[![The envelope](https://example.org/e.png)](https://example.org)")


def test_headings_are_below_the_posts_own() -> None:
    html = markdown("# One\n\n## Two\n\n### Three\n\n###### Six\n\nSetext\n===")
    assert [f"<h{level}>" in html for level in range(1, 7)] == [False, False, True, True, False, True]
    assert "<h3>One</h3>" in html
    assert "<h3>Setext</h3>" in html


@pytest.mark.parametrize(
    ("zone", "shown", "date"),
    [
        ("America/Los_Angeles", "6:42 PM PST", "2 March 2025"),
        ("UTC", "2:42 AM UTC", "3 March 2025"),
        ("Europe/Berlin", "3:42 AM CET", "3 March 2025"),
        ("Asia/Kolkata", "8:12 AM IST", "3 March 2025"),
    ],
)
def test_times_are_in_the_events_zone(zone: str, shown: str, date: str) -> None:
    at = "2025-03-03T02:42:10.123Z"
    assert (clock(at, zone), day(at, zone)) == (shown, date)


def test_noon_and_midnight() -> None:
    assert clock("2025-07-01T19:05:00.000Z", "America/Los_Angeles") == "12:05 PM PDT"
    assert clock("2025-07-01T07:05:00.000Z", "America/Los_Angeles") == "12:05 AM PDT"


def test_a_post_carries_its_article_and_nothing_empty(newsroom: Newsroom) -> None:
    shown = present(newsroom.timeline(), published(newsroom, body="Doors *open*", headline="<Live>"))
    assert "<em>open</em>" in shown["html"]
    assert "&lt;Live&gt;" in shown["html"]
    assert {"byline", "updated_at", "category", "retracted"}.isdisjoint(shown)


def test_a_headline_or_a_picture_alone_is_a_whole_article(newsroom: Newsroom) -> None:
    media = [Media(name="hall.webp", width=8, height=6, alt="The hall", caption="Half past four, *all* seats taken")]
    only_headline = published(newsroom, headline="We are live", key=True)
    only_picture = published(newsroom, media=media, key=True)
    timeline = newsroom.timeline()
    text = present(timeline, only_headline)
    assert ">We are live</h2>" in text["html"]
    assert 'class="body"' not in text["html"]
    picture = present(timeline, only_picture)
    assert '<img src="/media/hall.webp"' in picture["html"]
    assert ">Half past four, *all* seats taken</h2>" in picture["html"]
    assert '<span class="gist">Half past four, *all* seats taken</span>' in picture["moment"]


def test_a_retracted_post_is_a_bare_tombstone(newsroom: Newsroom) -> None:
    post = published(newsroom, body="A rumour")
    newsroom.do(actions.retract, post.id)
    timeline = newsroom.timeline()
    tombstone = timeline.get(Post, post.id)
    assert tombstone is not None
    assert present(timeline, tombstone) == {"kind": "post", "id": post.id, "seq": 3, "retracted": True}


def test_an_article_is_rendered_once_per_version(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    post = published(newsroom, body="Once", category="director")
    made: list[str] = []

    def counted(partial: str, **values: object) -> str:
        made.append(partial)
        return f"version {len(made)}"

    monkeypatch.setattr(render, "_render", counted)

    def article() -> str:
        timeline = newsroom.timeline()
        current = timeline.get(Post, post.id)
        assert current is not None
        return render.article(timeline, current)

    assert [article(), article()] == ["version 1", "version 1"]
    newsroom.do(actions.edit_post, post.id, body="Twice")
    assert article() == "version 2"
    newsroom.do(actions.edit_category, "director", name="Directing")  # the article has the name
    assert [article(), article()] == ["version 3", "version 3"]
    newsroom.do(actions.edit_blog, timezone="Europe/Berlin")  # and so does the clock
    assert article() == "version 4"


def test_a_renamed_category_is_renamed_in_its_articles(newsroom: Newsroom) -> None:
    post = published(newsroom, body="On stage", category="director")
    assert "Best Director" in present(newsroom.timeline(), post)["html"]
    newsroom.do(actions.edit_category, "director", name="Directing")
    assert "Best Director" not in present(newsroom.timeline(), post)["html"]


def test_a_row_names_the_winner_only_once_there_is_one(newsroom: Newsroom) -> None:
    def row() -> str:
        timeline = newsroom.timeline()
        category = timeline.get(Category, "director")
        assert category is not None
        return str(present(timeline, category)["html"])

    assert "winner" not in row()
    newsroom.do(actions.announce, "director", winners=["sean-baker"])
    assert re.search(r'<p class="winner"><a [^>]*><strong>Sean Baker</strong></a>', row())
    assert "Provisional" in row()
    newsroom.do(actions.recall, "director", note="Wrong <card>")
    assert "winner" not in row()
    assert "Wrong &lt;card&gt;" in row()


def told(newsroom: Newsroom, change: Change) -> dict[str, Any]:
    """A change's objects in the form for readers, by kind."""
    found = message(newsroom.timeline(), change.objects)
    objects: dict[str, Any] = {each["kind"]: each for each in found["objects"]}
    return objects | {"message": found}


def test_an_announcement_includes_all_that_the_page_shows_of_it(newsroom: Newsroom) -> None:
    change = told(newsroom, newsroom.do(actions.announce, "director", winners=["brady-corbet"]))
    category, post = change["category"], change["post"]
    assert category["decision"] == (
        '<li data-id="director"><a href="#category-director">Best Director</a> <strong>Brady Corbet</strong></li>'
    )
    assert '<cite>Anora</cite> <strong>0 of 2</strong> <span class="marks" aria-hidden="true">○○</span>' in str(
        change["message"]["tally"]
    )
    assert "<li><cite>The Brutalist</cite> 1 of 1</li>" in str(change["message"]["tally"])
    assert "moment" not in post  # the board's row leads to it
    withdrawn = told(newsroom, newsroom.do(actions.recall, "director", note="Wrong envelope"))
    assert "decision" not in withdrawn["category"]
    assert "The Brutalist" not in str(withdrawn["message"]["tally"])


def test_after_the_next_call_the_old_note_says_what_it_was_about(newsroom: Newsroom) -> None:
    newsroom.do(actions.announce, "director", winners=["brady-corbet"])
    recalled = told(newsroom, newsroom.do(actions.recall, "director", note="Two <cards>"))
    newsroom.do(actions.announce, "director", winners=["sean-baker"])
    row = present(newsroom.timeline(), newsroom.find(Category, "director"))["html"]
    assert "<strong>Sean Baker</strong>" in row
    for part in (row, recalled["post"]["html"]):
        assert "Earlier announced: Brady Corbet. Two &lt;cards&gt;</p>" in part


def test_a_result_in_doubt_says_so_beside_the_name_wherever_it_is_named(newsroom: Newsroom) -> None:
    newsroom.do(actions.announce, "director", winners=["sean-baker"])
    newsroom.do(actions.confirm, "director")
    named = told(newsroom, newsroom.do(actions.doubt, "director", note="Two cards were <on> stage"))
    for part in (named["category"]["html"], named["category"]["decision"]):
        assert re.search(r"<strong>Sean Baker</strong>(?:</a>)?(?: <cite>Anora</cite>)? <em>in doubt</em>", part)
    assert "Confirmed" not in named["category"]["html"]
    assert ">In doubt: Best Director: Sean Baker</h2>" in named["post"]["html"]
    for part in (named["category"]["html"], named["post"]["html"]):
        assert "Two cards were &lt;on&gt; stage" in part
    assert "<strong>0 of 2</strong>" in str(named["message"]["tally"])
    newsroom.do(actions.doubt, "director")  # changes nothing, so the post is not part of the change
    timeline = newsroom.timeline()
    post = timeline.posts[0]
    assert present(timeline, post) == named["post"]
    sure = told(newsroom, newsroom.do(actions.confirm, "director"))
    assert "doubt" not in "".join(map(str, sure.values())).lower()


def test_a_doubt_without_a_note_and_in_another_language(newsroom: Newsroom) -> None:
    newsroom.do(actions.announce, "director", winners=["sean-baker", "brady-corbet"])
    newsroom.do(actions.edit_blog, language="es")
    named = told(newsroom, newsroom.do(actions.doubt, "director"))
    assert named["category"]["html"].count("<em>en duda</em>") == 2
    assert "Este resultado puede ser erróneo." in named["post"]["html"]
    assert ">En duda: Best Director: Sean Baker" in named["post"]["html"]


def test_an_ordinary_post_includes_nothing_of_the_board(newsroom: Newsroom) -> None:
    change = newsroom.do(actions.publish, body="Doors open")
    found = message(newsroom.timeline(), change.objects)
    (post,) = found["objects"]
    assert "moment" not in post
    assert set(found) == {"objects"}
    key = newsroom.do(actions.edit_post, post["id"], key=True)
    found = message(newsroom.timeline(), key.objects)
    assert "Doors open" in found["objects"][0]["moment"]
    assert set(found) == {"objects"}


def test_a_clients_objects_are_the_same_however_it_got_them(newsroom: Newsroom) -> None:
    kept: dict[str, dict[str, object]] = {}
    for act, fields in (
        (actions.announce, {"id": "director", "winners": ["sean-baker"]}),
        (actions.announce, {"id": "picture", "winners": ["anora"]}),
        (actions.doubt, {"id": "director", "note": "Two cards"}),
        (actions.confirm, {"id": "director"}),
        (actions.doubt, {"id": "picture"}),
    ):
        change = newsroom.do(act, fields.pop("id"), **fields)
        kept |= {each["id"]: each for each in message(newsroom.timeline(), change.objects)["objects"]}
    timeline = newsroom.timeline()
    whole = {each["id"]: each for each in message(timeline, timeline.objects)["objects"]}
    assert kept == {id: whole[id] for id in kept}


def test_a_removed_category_is_bare_in_the_whole_state(newsroom: Newsroom) -> None:
    newsroom.do(actions.remove_category, "picture")
    published(newsroom, body="Doors open")
    timeline = newsroom.timeline()
    state = message(timeline, timeline.objects)["objects"]
    (gone,) = [each for each in state if each.get("removed")]
    assert set(gone) == {"kind", "id", "seq", "removed"}


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("fan**tastic**, *really*!", "fantastic, really!"),
        ("# Doors\n\nThey are *open*.", "Doors They are open."),
        ("word " * 20, "word " * 13 + "word…"),
    ],
)
def test_a_moment_is_one_line_without_markup(newsroom: Newsroom, text: str, short: str) -> None:
    assert gist(published(newsroom, body=text)) == short


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("[Anora wins](https://youtu.be/dQw4w9WgXcQ)\n\nWhat a *speech*!\n\nAnd more", "What a speech!"),
        ("https://youtu.be/dQw4w9WgXcQ\nWhat a speech!", "What a speech!"),
        ("[Anora wins](https://example.org/a)", "Anora wins"),
        ("https://youtu.be/dQw4w9WgXcQ", "YouTube"),
    ],
)
def test_a_card_is_no_label_where_a_post_has_words(newsroom: Newsroom, text: str, label: str) -> None:
    post = published(newsroom, body=text, key=True)
    assert label in gist(post)
    assert f'<span class="gist">{gist(post)}</span>' in str(present(newsroom.timeline(), post)["moment"])
    assert render.opening(newsroom.timeline(), post) == label
