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
    *(
        (address, "Instagram", "/reel/Cabc_12-x/embed/captioned/", "social")
        for address in (
            "https://www.instagram.com/reels/Cabc_12-x/",
            "https://www.instagram.com/ana.b/reel/Cabc_12-x",
            "https://instagr.am/reel/Cabc_12-x/",
        )
    ),
    *(
        (f"https://{address}/1896397", "X", "/embed/Tweet.html?dnt=true&id=1896397", "social")
        for address in ("twitter.com/i/web/status", "x.com/i/status", "x.com/ana/statuses")
    ),
    *(
        (address, "YouTube", "/embed/dQw4w9WgXcQ?autoplay=1", shape)
        for address, shape in (
            ("https://youtu.be/dQw4w9WgXcQ?si=abc", "wide"),
            ("https://www.youtube.com/live/dQw4w9WgXcQ?feature=share", "wide"),
            ("https://youtube.com/shorts/dQw4w9WgXcQ?si=abc", "tall"),
            ("https://www.youtube.com/embed/dQw4w9WgXcQ", "wide"),
        )
    ),
    ("https://youtube.com/watch?v=dQw4w9WgXcQ#t=30", "YouTube", "/embed/dQw4w9WgXcQ?autoplay=1&start=30", "wide"),
    (
        "https://www.youtube.com/playlist?list=PLabc_12345",
        "YouTube",
        "/embed/videoseries?list=PLabc_12345&autoplay=1",
        "wide",
    ),
    *(
        (f"https://vimeo.com/{path}/76979871", "Vimeo", "/video/76979871?dnt=1&autoplay=1", "wide")
        for path in ("channels/staffpicks", "groups/shorts/videos", "showcase/12/video", "album/12/video")
    ),
    ("https://dai.ly/x8abc12", "Dailymotion", "/player.html?video=x8abc12", "wide"),
    ("https://m.tiktok.com/v/7123456789012345678.html", "TikTok", "/player/v1/7123456789012345678?autoplay=1", "tall"),
    *(  # they lead to the post: their addresses do not say which one it is
        (address, site, "", "")
        for site, address in (
            ("TikTok", "https://vm.tiktok.com/ZMabc12/"),
            ("TikTok", "https://vt.tiktok.com/ZSabc12"),
            ("TikTok", "https://www.tiktok.com/t/ZTabc12/"),
            ("TikTok", "https://www.tiktok.com/@ana.b/live"),
            ("Facebook", "https://fb.watch/abcDEF12_-/"),
            ("Facebook", "https://www.facebook.com/share/r/abcDEF12/"),
            ("Facebook", "https://www.facebook.com/watch/?v=123"),
            ("Facebook", "https://m.facebook.com/story.php?story_fbid=1&id=2"),
            ("Facebook", "https://www.facebook.com/academy/videos/the-show/123/"),
            ("Vimeo", "https://vimeo.com/event/12345"),
            ("X", "https://x.com/i/broadcasts/1abcDEFgh"),
            ("Instagram", "https://www.instagram.com/share/reel/BAabc123"),
            ("YouTube", "https://www.youtube.com/@Oscars/live"),
            ("Threads", "https://www.threads.com/t/C1abcDEF"),
            ("Mastodon", "https://mastodon.social/users/academy/statuses/112345678901234567"),
        )
    ),
    *(  # addresses that open a form to share something, and other pages of these sites
        (address, "", "", "")
        for address in (
            "https://twitter.com/intent/tweet?url=https://x.com/a/status/1",
            "https://twitter.com/intent/status/1896397",
            "https://x.com/share?url=https://example.org/",
            "https://www.facebook.com/sharer/sharer.php?u=https://www.facebook.com/a/posts/1",
            "https://www.facebook.com/share.php?u=https://example.org/",
            "https://www.facebook.com/dialog/share?href=https://example.org/",
            "https://www.facebook.com/watch",
            "https://t.me/share/url?url=https://example.org/",
            "https://www.threads.net/intent/post?text=a",
            "https://bsky.app/intent/compose?text=a",
            "https://www.tiktok.com/share?url=https://www.tiktok.com/@a/video/7123456789012345678",
            "https://www.dailymotion.com/signin",
            "https://www.instagram.com/reels/audio/12345678/",
            "https://www.youtube.com/redirect?q=https://youtu.be/dQw4w9WgXcQ",
            "https://youtu.be:99999/dQw4w9WgXcQ",
        )
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
    ("text", "said"),
    [
        ("What a speech!\n\n[Anora wins it all](https://youtu.be/dQw4w9WgXcQ)", "What a speech!"),
        ("[Anora wins it all](https://youtu.be/dQw4w9WgXcQ)\n\nWhat a speech!", "What a speech!"),
        ("Watch:\nhttps://youtu.be/dQw4w9WgXcQ", "Watch:"),
        ("[Her *speech*](https://youtu.be/dQw4w9WgXcQ)", "Her speech"),
        ("https://youtu.be/dQw4w9WgXcQ?a=1&b=2", "YouTube"),
        ("https://x.com/TheAcademy/status/1896397", "@TheAcademy"),
    ],
)
def test_a_posts_own_words_are_those_outside_of_cards(text: str, said: str) -> None:
    assert plain(text) == said


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
