"""Quotations, link cards, and other sites' content after a click."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup, Tag

from liveblog.web.answers import HEADERS
from liveblog.web.markdown_blocks import FRAMES, place
from liveblog.web.render import markdown, plain

PLACES = [
    ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=x", "YouTube", "/embed/dQw4w9WgXcQ?autoplay=1", "wide"),
    ("https://youtu.be/dQw4w9WgXcQ?t=1m30s", "YouTube", "/embed/dQw4w9WgXcQ?autoplay=1&start=90", "wide"),
    ("https://m.youtube.com/shorts/dQw4w9WgXcQ", "YouTube", "/embed/dQw4w9WgXcQ?autoplay=1", "tall"),
    ("https://www.youtube.com/live/dQw4w9WgXcQ?t=65", "YouTube", "/embed/dQw4w9WgXcQ?autoplay=1&start=65", "wide"),
    ("https://vimeo.com/76979871", "Vimeo", "/video/76979871?dnt=1&autoplay=1", "wide"),
    ("https://vimeo.com/76979871/ab12cd34ef", "Vimeo", "/video/76979871?dnt=1&autoplay=1&h=ab12cd34ef", "wide"),
    ("https://www.dailymotion.com/video/x8abc12", "Dailymotion", "/player.html?video=x8abc12", "wide"),
    ("https://x.com/TheAcademy/status/1896397", "X", "/embed/Tweet.html?dnt=true&id=1896397", "social"),
    (
        "https://mobile.twitter.com/TheAcademy/status/1896397?s=20",
        "X",
        "/embed/Tweet.html?dnt=true&id=1896397",
        "social",
    ),
    ("https://bsky.app/profile/a.bsky.social/post/3ljk", "", "", ""),
    (
        "https://bsky.app/profile/a.bsky.social/post/3ljkabc",
        "Bluesky",
        "/embed/a.bsky.social/app.bsky.feed.post/3ljkabc?id=liveblog",
        "social",
    ),
    ("https://www.instagram.com/p/Cabc_12-x/?igsh=1", "Instagram", "/p/Cabc_12-x/embed/captioned/", "social"),
    (
        "https://www.tiktok.com/@a.b/video/7123456789012345678",
        "TikTok",
        "/player/v1/7123456789012345678?autoplay=1",
        "tall",
    ),
    ("https://mastodon.social/@academy/112345678901234567", "Mastodon", "", ""),
    ("https://www.threads.net/@academy/post/C1abcDEF", "Threads", "", ""),
    ("https://www.facebook.com/academy/posts/123", "Facebook", "", ""),
    ("https://www.youtube.com/@Oscars", "", "", ""),
    ("https://example.org/watch?v=dQw4w9WgXcQ", "", "", ""),
    ("https://youtube.com.example.org/watch?v=dQw4w9WgXcQ", "", "", ""),
    ("https://www.youtube.com/watch?v=dQw4w9WgXcQ%22onload", "", "", ""),
    ("ftp://youtu.be/dQw4w9WgXcQ", "", "", ""),
    ("https://[youtu.be/dQw4w9WgXcQ", "", "", ""),
]


@pytest.mark.parametrize(("address", "site", "path", "shape"), PLACES)
def test_where_an_address_leads(address: str, site: str, path: str, shape: str) -> None:
    found = place(address)
    if not site:
        assert found is None
        return
    assert found is not None
    frame = urlsplit(found.frame)
    assert (found.site, found.frame.removeprefix(f"{frame.scheme}://{frame.netloc}"), found.shape) == (
        site,
        path,
        shape,
    )
    assert not path or f"{frame.scheme}://{frame.netloc}" in FRAMES


def test_the_pages_policy_names_every_frame_and_no_other() -> None:
    policy = HEADERS["page"]["Content-Security-Policy"]
    (sources,) = [part.split()[1:] for part in policy.split("; ") if part.startswith("frame-src")]
    assert {*sources} == {"'self'", *FRAMES}


def cards(text: str) -> list[Tag]:
    return BeautifulSoup(markdown(text), "html.parser").select("p.card")


def test_a_bare_link_on_its_own_line_becomes_a_player_behind_a_click() -> None:
    text = "Watch *this*:\nhttps://youtu.be/dQw4w9WgXcQ\nThen go on."
    html = markdown(text)
    assert html.startswith('<p>Watch <em>this</em>:</p>\n<p class="card player wide">')
    assert html.rstrip().endswith("<p>Then go on.</p>")
    (card,) = cards(text)
    link = card.a
    assert link is not None
    assert link["href"] == "https://youtu.be/dQw4w9WgXcQ"  # what happens without scripts
    assert str(link["data-frame"]).startswith("https://www.youtube-nocookie.com/embed/")
    assert link.get_text(" ", strip=True) == "youtu.be/dQw4w9WgXcQ YouTube"
    assert not any(f"<{tag}" in html for tag in ("iframe", "img", "script"))  # no request is sent to anybody


def test_a_titled_link_alone_is_a_card_with_its_host() -> None:
    (card,) = cards("[The *full* list](https://www.example.org/list?a=1&b=2)")
    assert (card["class"], card.get_text(" ", strip=True)) == (["card"], "The full list example.org")
    assert card.a is not None
    assert card.a["href"] == "https://www.example.org/list?a=1&b=2"
    (card,) = cards("[Her speech](https://vimeo.com/76979871)")
    assert card.get_text(" ", strip=True) == "Her speech Vimeo"


@pytest.mark.parametrize(
    "text",
    [
        "See [the list](https://example.org/list) here.",
        "A line\n[the list](https://example.org/list)\nthat was wrapped.",
        "https://example.org/list",
        "- https://youtu.be/dQw4w9WgXcQ",
        "> https://youtu.be/dQw4w9WgXcQ",
        "`https://youtu.be/dQw4w9WgXcQ`",
        "[home](/live/anora)",
        "[write](mailto:desk@example.org)",
        "[click](javascript:alert(1))",
    ],
)
def test_other_links_stay_in_their_sentence(text: str) -> None:
    assert not cards(text)


def test_titles_and_addresses_cannot_break_out() -> None:
    html = markdown('[<img src=x> "quoted"](https://youtu.be/dQw4w9WgXcQ?a="><script>)')
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    ("text", "said", "speaker"),
    [
        ("> Thank you.\n> — Sean Baker, director", "Thank you.", "Sean Baker, director"),
        ("> One.\n>\n> Two.\n>\n> -- [Ana](https://example.org)", "One. Two.", "Ana"),
        ("> Thank *you*.  \n> –Sean *Baker*", "Thank you.", "Sean Baker"),
    ],
)
def test_a_quotation_names_its_speaker(text: str, said: str, speaker: str) -> None:
    soup = BeautifulSoup(markdown(text), "html.parser")
    figure = soup.select_one("figure.quote")
    assert figure is not None
    quoted, caption = figure.blockquote, figure.figcaption
    assert quoted is not None
    assert caption is not None
    assert (" ".join(quoted.get_text().split()), caption.get_text()) == (said, speaker)
    assert not [each for each in quoted.find_all("p") if not each.get_text()]
    assert plain(text) == f"{said} {speaker}"


@pytest.mark.parametrize(
    "text", ["> Plain.", "> — alone", "> Said.\n> —", "Text\n— not quoted", "> - a list\n> - — of two"]
)
def test_other_quotations_stay_as_they_are(text: str) -> None:
    assert "figure" not in markdown(text)
