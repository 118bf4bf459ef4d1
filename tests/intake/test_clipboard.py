"""What editors copy in other programs arrives as Markdown: formatted words, embed codes, and nothing private."""

from __future__ import annotations

import pytest

from liveblog.intake.article import from_clipboard
from liveblog.web.markdown_blocks import place

DOCS = (
    '<meta charset=\'utf-8\'><meta charset="utf-8"><b style="font-weight:normal;" id="docs-internal-guid-7">'
    '<h2 dir="ltr"><span style="font-size:16pt;font-weight:400;white-space:pre-wrap;">Doors</span></h2>'
    '<p dir="ltr"><span style="font-weight:400;font-style:normal;">The </span><span style="font-weight:700;">first'
    '</span><span style="font-weight:700;font-style:italic;"> cars</span><span style="font-style:italic;"> arrive'
    '</span><span> at </span><a href="https://www.google.com/url?q=https://example.org/a?utm_source%3Dx&amp;sa=D">'
    '<span style="text-decoration:underline;">the house</span></a><span style="text-decoration:line-through;"> now'
    '</span><span>.</span></p><br><ul><li dir="ltr" aria-level="1"><p dir="ltr"><span>One</span></p></li><ul>'
    '<li dir="ltr" aria-level="2"><p><span>Two</span></p></li></ul><li><p><span>Three</span></p></li></ul></b>'
    '<br class="Apple-interchange-newline">'
)
WORD = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p.MsoNormal {margin:0}\n'
    "span.Private {mso-hide:all} @media print {.Strong {display:none}}\n.Strong, p.Else {font-weight:bold} --></style>"
    "<!--[if gte mso 9]><xml><w:View>Normal</w:View></xml><![endif]--></head><body><!--StartFragment-->"
    "<p class=MsoTitle>Night</p>"
    "<p class=MsoNormal>The <span class=Strong>jury</span><span class=Private> (ask!)</span> <del cite='mailto:a'>"
    "sleeps</del><ins cite='mailto:a'>votes</ins><span class=MsoCommentReference><a class=msocomanchor "
    "href='#_msocom_1'>[E1]</a></span>.<o:p></o:p></p><p class=MsoListParagraphCxSpFirst "
    "style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>·<span>&nbsp;&nbsp;</span>"
    "</span><![endif]>One<o:p></o:p></p><p class=MsoListParagraphCxSpLast style='mso-list:l0 level2 lfo1'><span "
    "style='mso-list:Ignore'>o<span>&nbsp;</span></span>Two</p><!--EndFragment--></body></html>"
)


def test_from_google_docs() -> None:
    assert from_clipboard(DOCS, "Doors\nThe first cars arrive at the house now.\nOne\nTwo\nThree") == (
        "## Doors\n\nThe **first *cars*** *arrive* at [the house](https://example.org/a?utm_source=x) ~~now~~.\n\n"
        "- One\n  - Two\n- Three"
    )


def test_from_word() -> None:
    assert from_clipboard(WORD, "The jury votes.\n·  One\no  Two") == "# Night\n\nThe **jury** votes.\n\n- One\n  - Two"


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<b>A</b><b>B</b> <strong> c </strong>d", "**AB c** d"),
        ("<p>It is <b>“Anora”</b>, <i>not</i> <cite>Wicked</cite>.", "It is **“Anora”**, *not Wicked*."),
        ("A <b>“x”</b>wins", "A **“x**”wins"),
        ("un<i>frei</i>lich", "un*frei*lich"),
        ("<span style='font: italic bold 12px/30px Georgia'>A</span> b", "***A*** b"),
        ("<b style='font-weight: 400'>A <i style='font-style:normal'>b</i></b><u> c</u><hr>", "A b c\n\n---"),
        ("<blockquote><p>Said <b>so</b><p>- Ana</blockquote>Then", "> Said **so**\n>\n> \\- Ana\n\nThen"),
        ("<ol start=4><li>1. one<li><p>two<p>more</ol>", "4. 1\\. one\n5. two\n\n   more"),
        ("<div>One<br>Two<br><br>Three</div><div><i>Four</i></div>", "One  \nTwo\n\nThree\n\n*Four*"),
        ("<p style='white-space:pre-wrap'>One\nTwo <i>x", "One  \nTwo *x*"),
        ("<h1><b>A</b><br>b</h1><p>c", "# A b\n\nc"),
        (
            "<a href='https://a.org/x'><b>A</b> b</a><a href='https://a.org/(y'>c",
            "[**A** b](https://a.org/x)[c](https://a.org/%28y)",
        ),
        ("<i>At</i> <a href='https://a.org/'>https://a.org</a>", "*At* https://a.org"),
        (
            "<a href='mailto:a@b.org'>a@b.org</a> <a href='http://www.b.org/'>www.b.org</a> <i>i",
            "a@b.org www.b.org *i*",
        ),
        (
            "<table><tr><th>Film<th>Wins|of<tr><td><b>Anora</b><td><p>5</p><p>6</p></table>",
            "| Film | Wins\\|of |\n| --- | --- |\n| **Anora** | 5 6 |",
        ),
        ("<table><tr><td><p>A <b>b</b></p><ul><li>c</ul></table>", "A **b**\n\n- c"),
        ("<div style='font-weight:bold'>A<p>b</div><code>*c*</code>", "**A**\n\n**b**\n\n`*c*`"),
        ("<aside>Beside <b>it</b></aside><form><p>In a form</form>", "Beside **it**\n\nIn a form"),
        (
            "<p class='Paragraph'><span class='TextRun TrackChangeTextDeletionMarker TrackedChange'>old</span>"
            "<span class='TrackChangeTextDeletion TrackedChange SCXW1'>er</span><span class='TextRun "
            "TrackChangeTextInsertion TrackedChange'>new</span> <span class='TextRun CommentStart'>words</span></p>",
            "new words",
        ),
        ("<p>x<script>alert(1)</script><style>p{}</style><span style='display:none'>y</span> <b>z", "x **z**"),
    ],
)
def test_formatting_becomes_markdown(html: str, markdown: str) -> None:
    assert from_clipboard(html, "") == markdown


@pytest.mark.parametrize(
    ("html", "text", "markdown"),
    [
        ("<span style='color:red'>M*A*S*H</span>", "M*A*S*H", "M\\*A\\*S\\*H"),
        (
            "<div>2025. What a year</div><div>2024, too</div>",
            "2025. What a year\n2024, too",
            "2025\\. What a year\n2024, too",
        ),
        ("<p>One<p>Two", "One\n\nTwo", "One\n\nTwo"),
        ("<a href='https://a.org/b_c'>https://a.org/b_c</a>", "https://a.org/b_c", "https://a.org/b_c"),
        ("", '[embed width="1"]https://youtu.be/dQw4w9WgXcQ[/embed]', "https://youtu.be/dQw4w9WgXcQ"),
        ("<p>See [embed]https://a.org/[/embed] <b>now", "", "See\n\nhttps://a.org/\n\n**now**"),
        ("<pre>**bold** is\n- Markdown</pre>", "**bold** is\n- Markdown", "**bold** is\n- Markdown"),
        ("", "<b> is an element", "\\<b> is an element"),
        ("", "<iframe src='https://ads.example/'></iframe>", "\\<iframe src='https://ads.example/'>\\</iframe>"),
    ],
)
def test_text_without_formatting_keeps_its_words_and_lines(html: str, text: str, markdown: str) -> None:
    assert from_clipboard(html, text) == markdown


CODES = {
    '<blockquote class="twitter-tweet"><p lang="en">Oh <a href="https://t.co/a">pic</a></p>&mdash; A (@a_b) <a '
    'href="https://twitter.com/a_b/status/1896789012345678901?ref_src=twsrc%5Etfw">March 3</a></blockquote> '
    '<script async src="https://platform.twitter.com/widgets.js"></script>': "https://twitter.com/a_b/status/1896789012345678901",
    '<iframe width="560" height="315" src="https://www.youtube.com/embed/dQw4w9WgXcQ?si=x_y&amp;start=42" title="x" '
    "allowfullscreen></iframe>": "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42",
    '<iframe src="//www.youtube-nocookie.com/embed/dQw4w9WgXcQ"></iframe>': "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    '<div style="padding:56.25% 0 0 0"><iframe src="https://player.vimeo.com/video/76979871?h=8272103f6e"></iframe></div>'
    '<script src="https://player.vimeo.com/api/player.js"></script>': "https://vimeo.com/76979871/8272103f6e",
    '<iframe src="https://geo.dailymotion.com/player.html?video=x84sh87"></iframe>': "https://www.dailymotion.com/video/x84sh87",
    '<blockquote class="instagram-media" data-instgrm-captioned data-instgrm-permalink="https://www.instagram.com/p/'
    'Cxy_12-3abc/?utm_source=ig_embed&amp;utm_campaign=loading"><div><a href="https://www.instagram.com/p/x">View'
    "</a></div></blockquote>": "https://www.instagram.com/p/Cxy_12-3abc/",
    '<iframe src="https://www.instagram.com/reel/Cxy_12-3abc/embed/captioned/"></iframe>': (
        "https://www.instagram.com/reel/Cxy_12-3abc/"
    ),
    '<blockquote class="tiktok-embed" cite="https://www.tiktok.com/@a.b/video/6718335390845095173" data-video-id="67">'
    '<section><a href="https://www.tiktok.com/@a.b?refer=embed">@a.b</a></section></blockquote>': (
        "https://www.tiktok.com/@a.b/video/6718335390845095173"
    ),
    '<blockquote class="bluesky-embed" data-bluesky-uri="at://did:plc:abc/app.bsky.feed.post/3kabcde"><p>Oh</p>&mdash; '
    '<a href="https://bsky.app/profile/did:plc:abc?ref_src=embed">A</a> <a href="https://bsky.app/profile/did:plc:abc/'
    'post/3kabcde?ref_src=embed">May 1</a></blockquote>': "https://bsky.app/profile/did:plc:abc/post/3kabcde",
    '<iframe src="https://mastodon.example/@ana/114250313150000001/embed" class="mastodon-embed"></iframe>': (
        "https://mastodon.example/@ana/114250313150000001"
    ),
    '<blockquote class="mastodon-embed" data-embed-url="https://m.example/@ana/114250313150000001/embed"><a '
    'href="https://m.example/@ana/114250313150000001">Post</a></blockquote>': "https://m.example/@ana/114250313150000001",
    '<blockquote class="text-post-media" data-text-post-permalink="https://www.threads.net/@a.b/post/C8abcDEF">Post'
    "</blockquote>": "https://www.threads.net/@a.b/post/C8abcDEF",
    '<iframe src="https://www.facebook.com/plugins/post.php?href=https%3A%2F%2Fwww.facebook.com%2Fana%2Fposts%2F123"'
    "></iframe>": "https://www.facebook.com/ana/posts/123",
}


@pytest.mark.parametrize(("code", "address"), CODES.items())
def test_an_embed_code_becomes_the_address_that_makes_a_card(code: str, address: str) -> None:
    assert place(address) is not None
    assert from_clipboard("", f"\n{code}\n") == address  # its source, as sites offer it
    assert from_clipboard(f"<p>See <b>this</b>:</p>{code}<p>Oh.", "") == f"See **this**:\n\n{address}\n\nOh."


@pytest.mark.parametrize(
    "html",
    ["<p><del>Not this.</del></p>", "<p class=MsoCommentText>Not this.</p>", "<p style='display:none'>Not this.</p>"],
)
def test_a_paste_that_is_all_private_is_nothing(html: str) -> None:
    assert from_clipboard(html, "Not this.") == ""
    assert from_clipboard("<img src='a.png'>", "A coat") == "A coat"
