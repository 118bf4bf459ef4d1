"""A publisher's article becomes Markdown: plain text, Markdown and HTML, and files that are none of these."""

from __future__ import annotations

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from liveblog.errors import Invalid, TooLarge
from liveblog.intake.article import ARTICLE, from_html, from_markdown, from_plain, read_article
from liveblog.intake.escaping import escape

PLAIN = """The tailor of Lisbon sews for one customer a year. This spring it is a queen.
She never asks for a price, and never gets one.
“Cloth is patient,” she says.
What the queen ordered
A coat of *forty* buttons, each from another [drawer].
1. is not a list here
Forty buttons
And so the coat was finished, on the last day of March."""


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def html(markdown: str) -> str:
    return str(MarkdownIt("commonmark").render(markdown))


def test_a_short_line_without_closing_punctuation_is_a_subheading() -> None:
    body = from_plain(f"{PLAIN}\n").body
    assert [line[3:] for line in body.split("\n") if line.startswith("## ")] == [
        "What the queen ordered",
        "Forty buttons",
    ]


def test_lead_and_last_line_are_never_subheadings() -> None:
    assert "<h2>" not in html(from_plain("A short lead\nAnd a short end").body)


def test_plain_text_renders_to_itself() -> None:
    page = html(from_plain(PLAIN).body)
    assert "A coat of *forty* buttons, each from another [drawer]." in page
    assert "<ol>" not in page
    assert from_plain("Nothing special here, e.g. 3-4 (or five) points!").body.startswith(
        "Nothing special here, e.g. 3-4"
    )


@pytest.mark.parametrize(
    "line", ["# one", "> two", "- three", "+ four", "12. five", "7) six", "===", "&amp; <b>", "~~x~~", "a\\"]
)
def test_escaped_text_renders_to_itself(line: str) -> None:
    shown = html(escape(line)).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert shown == f"<p>{line}</p>\n"


def test_hard_wrapped_paragraphs_are_joined() -> None:
    text = "The first paragraph is wrapped at the usual width\nof a terminal.\n\nA heading\n\nThe second\none.\n"
    assert from_plain(text).body.split("\n\n") == [
        "The first paragraph is wrapped at the usual width of a terminal.",
        "## A heading",
        "The second one.",
    ]


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("Bring:\n- a coat\n- two buttons\nThat is all.", "Bring:\n\n- a coat\n- two buttons\n\nThat is all."),
        ("Bring:\n\n* a coat\n\n* two *fine* buttons", "Bring:\n\n- a coat\n- two \\*fine\\* buttons"),
        ("So:\n• one chance", "So:\n\n- one chance"),
        ("So:\n·\tone\n·\ttwo", "So:\n\n- one\n- two"),
        ("So:\n3) three\n4) four", "So:\n\n3. three\n4. four"),
        ("Last first:\n10. ten\n9. nine", "Last first:\n\n10\\. ten\n9\\. nine"),
        (
            "It was cold.\n- 5 degrees, they said.\nThen snow fell.",
            "It was cold.\n\n\\- 5 degrees, they said.\n\nThen snow fell.",
        ),
        (
            "One line that is as long as a line of a mail usually is,\nwrapped.\n\n> I thank you\n> for the coat.",
            "One line that is as long as a line of a mail usually is, wrapped.\n\n> I thank you for the coat.",
        ),
        ("One.\n\n===\n\nTwo.", "One.\n\n* * *\n\nTwo."),
        ("One.\n* * *\nTwo.", "One.\n\n* * *\n\nTwo."),
        ("One.\n\nThe coat\n--------\n\nTwo.", "One.\n\n## The coat\n\nTwo."),
        (
            "Cast.\nAda: the tailor\nBo: the queen\nCy: a button\nThe end.",
            "Cast.\n\nAda: the tailor\nBo: the queen\nCy: a button\n\nThe end.",
        ),
        ("One.\n\nA short one\n\nAnother\n\nTwo.", "One.\n\nA short one\n\nAnother\n\nTwo."),
        (
            "See https://example.org/a_b*c~d now.\n\nhttps://youtu.be/dQw4w9WgXcQ\n\nEnd.",
            "See https://example.org/a_b*c~d now.\n\nhttps://youtu.be/dQw4w9WgXcQ\n\nEnd.",
        ),
    ],
)
def test_plain_text_keeps_its_lists_rules_and_lines(text: str, body: str) -> None:
    assert from_plain(text).body == body


def test_an_underlined_first_line_is_the_headline() -> None:
    article = from_plain("The coat\n========\n\nA fine coat.")
    assert (article.headline, article.body) == ("The coat", "A fine coat.")
    article = from_markdown("The coat\nof Lisbon\n===\n\nA *fine* coat.")
    assert (article.headline, article.body) == ("The coat of Lisbon", "A *fine* coat.")
    assert from_markdown("- a\n===\n\nb").headline is None


def test_blank_lines_between_single_line_paragraphs() -> None:
    assert from_plain("Lead here.\n\nSub\n\nText.\n").body == "Lead here.\n\n## Sub\n\nText."


def test_markdown_is_kept_and_its_title_is_the_headline() -> None:
    article = from_markdown("# The  coat\n\nA *fine* coat.\n\n## Buttons\n\nForty.\n")
    assert article.headline == "The coat"
    assert article.body == "A *fine* coat.\n\n## Buttons\n\nForty."


def test_wrapped_markdown_is_joined_before_readers_see_it() -> None:
    text = "# T\n\nThe first paragraph is wrapped at the usual width\nof a terminal, twice.\n\nShort\nlines stay."
    assert from_markdown(text).body == (
        "The first paragraph is wrapped at the usual width of a terminal, twice.\n\nShort\nlines stay."
    )


def test_html_becomes_markdown() -> None:
    article = from_html(
        "<!doctype html><html><head><title>Site</title><style>p{}</style></head><body><nav>Menu</nav><article>"
        "<h1>The <em>coat</em></h1><p>A <b>fine</b> <a href='https://example.org/coat'>coat</a>.<script>alert(1)</script>"
        "<h2>Buttons</h2><ul><li>forty<li>of <i>horn</i></ul></article><footer>Imprint</footer></body></html>"
    )
    assert article.headline == "The coat"
    assert article.body == ("A **fine** [coat](https://example.org/coat).\n\n## Buttons\n\n- forty\n- of *horn*")


def test_html_loses_what_can_run() -> None:
    body = from_html("<p onclick='x()'>Go <a href='javascript:x()'>here</a><!-- secret --></p><iframe>f</iframe>").body
    assert body == "Go here"


@pytest.mark.parametrize("name", ["a.html", "a.txt"])
def test_html_is_recognised_by_name_or_by_look(tmp_path: Path, name: str) -> None:
    assert read_article(written(tmp_path, name, "<article><h1>T</h1><p>Text</p></article>")).headline == "T"


def test_windows_text_reads_like_any_other(tmp_path: Path) -> None:
    assert (
        read_article(written(tmp_path, "a.txt", b"\xef\xbb\xbfLead.\r\nSub\r\nEnd.")).body == "Lead.\n\n## Sub\n\nEnd."
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is a picture: an article is HTML, Markdown or plain text"),
        (b"%PDF-1.7", "is a PDF: save it as HTML or as plain text, or paste its text"),
        (b"\n" + rb"{\rtf1\ansi Text}", "is a text document .RTF.: save it as HTML"),
        (b"PK\x03\x04..word/document.xml", "is a Word document: save it as HTML"),
        (b"PK\x03\x04..mimetypeapplication/vnd.oasis.opendocument.text", "is a LibreOffice document: save it"),
        (b"PK\x03\x04..mimetypeapplication/epub+zip", "is an e-book: save it as HTML"),
        (
            b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument>a',
            "is XML for programs: save",
        ),
        (b'<?xml version="1.0"?>\n<rss version="2.0"><channel>a', "is XML for programs: save it as HTML"),
        (b"PK\x03\x04..a.html", "is a ZIP file: unpack it first"),
        (b"bplist00", "is a web archive of Safari: save it as HTML"),
        (
            b"From: <x>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related",
            "is a mail or a web archive: save it as HTML",
        ),
        (b"Received: from mx\r\nFrom: <x>\r\n\r\nA lead.", "is a mail or a web archive: save it as HTML"),
        (b"\xef\xbb\xbf{\\rtf1 A lead.}", r"is a text document \(RTF\): save it as HTML"),
        (b"%!PS-Adobe-3.0\n", r"is a document for printers \(PostScript\): save it as HTML"),
        (b'{"":"WARNING! DO NOT EDIT THIS FILE!","doc_id":"x"}', "is a shortcut: save it as HTML"),
        (b"[InternetShortcut]\r\nURL=https://example.org/x\r\n", "is a shortcut: save it as HTML"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><text>A lead.</text></svg>', "is XML for programs: save it as HTML"),
        (b'<?xml version="1.0"?>\n<!-- x --><nitf><body><p>A lead.</p></body></nitf>', "is XML for programs: save"),
        (b'<rss version="2.0"><channel><title>A lead.</title></channel></rss>', "is XML for programs: save it as HTML"),
        (b"\x80\x81\xfe\x8d" * 9, "its encoding is not certain; save it as UTF-8"),
        (b"a\x00b", "is not a text file"),
        (b" \n\n", "contains no text"),
    ],
)
def test_a_file_that_is_not_an_article_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = written(tmp_path, "a.txt", content)
    with pytest.raises(Invalid, match=sentence) as refused:
        read_article(path)
    assert str(path) in refused.value.detail


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no such file"):
        read_article(tmp_path / "none.txt")
    with pytest.raises(Invalid, match="is a directory"):
        read_article(tmp_path)


def test_a_huge_file_is_refused_without_reading_all_of_it(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        read_article(written(tmp_path, "a.txt", b"x" * (ARTICLE + 1)))
