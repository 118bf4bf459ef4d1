"""Live blogs of WordPress: entries with edits, deletions, key events and pins; hostile and broken files are refused."""

from __future__ import annotations

import io

import pytest

from liveblog.errors import Invalid
from liveblog.intake import wordpress
from liveblog.intake.coverage import Coverage, Entry
from tests.intake.wxr import comment, export, item

KEY = '<span class="liveblog-command type-key">key</span>'
PIN = '<span class="liveblog-command type-pin">pin</span>'


def read(*items: str) -> list[Coverage]:
    return wordpress.read(io.BytesIO(export(*items)))


def entries(*comments: str) -> list[Entry]:
    (found,) = read(item(1, "Oscars live", comments="".join(comments), liveblog="enable"))
    return found.entries


def test_a_live_blog_keeps_title_address_language_times_authors_and_its_own_text() -> None:
    (found,) = read(
        item(4, "About us", "<p>Hello</p>", kind="page"),
        item(
            5,
            "Oscars 2024 &amp; after",
            "<!-- wp:paragraph -->\n<p>All six races.</p>\n<!-- /wp:paragraph -->",
            comments=comment(11, "2024-03-10 23:00:05", "<p>Doors <em>open</em>.</p>")
            + comment(12, "x", "Hi", kind="comment"),
            liveblog="archive",
        ),
    )
    assert (found.program, found.slug, found.title, found.language) == (
        "WordPress",
        "post-5",
        "Oscars 2024 & after",
        "en-GB",
    )
    preview, doors = found.entries
    assert (preview.preview, preview.body, preview.byline, preview.at) == (
        True,
        "All six races.",
        "Bea Lind",
        "2024-03-10T22:00:00.000Z",
    )
    assert (doors.body, doors.byline, doors.at, doors.updated) == (
        "Doors *open*.",
        "Ana",
        "2024-03-10T23:00:05.000Z",
        None,
    )


def test_edits_and_deletions_are_applied() -> None:
    (found,) = read(
        item(
            1,
            "Oscars live",
            comments=comment(10, "2024-03-10 23:00:00", "Right text")  # the plugin updates the original as well
            + comment(11, "2024-03-10 23:01:00", "Rumour", approved="trash")
            + comment(12, "2024-03-10 23:02:00", "Wrong text")
            + comment(13, "2024-03-10 23:05:00", "Right text", liveblog_replaces="10")
            + comment(14, "2024-03-10 23:06:00", "", liveblog_replaces="11")
            + comment(15, "2024-03-10 23:07:00", "", liveblog_replaces="12"),
        )
    )
    (entry,) = found.entries
    assert (entry.body, entry.at, entry.updated) == (
        "Right text",
        "2024-03-10T23:00:00.000Z",
        "2024-03-10T23:05:00.000Z",
    )
    assert found.left_out["deleted entries"] == 2


@pytest.mark.parametrize("body", [f"The winner {KEY}", "/key The winner", "<p>The winner</p>"])
def test_key_events_and_pins_are_known_by_command_and_by_field(body: str) -> None:
    more = {} if "key" in body else {"liveblog_key_entry": "true"}
    key, pinned, plain = entries(
        comment(1, "2024-03-10 23:00:00", body, **more),
        comment(2, "2024-03-10 23:01:00", f"Rules {PIN}"),
        comment(3, "2024-03-10 23:02:00", "A keyboard at example.org/key/1"),
    )
    assert (key.key, key.body) == (True, "The winner")
    assert (pinned.pinned, pinned.key, pinned.body) == (True, False, "Rules")
    assert (plain.key, plain.pinned) == (False, False)


def test_several_authors_are_one_byline_and_hidden_ones_none() -> None:
    both, hidden = entries(
        comment(1, "2024-03-10 23:00:00", "Text", liveblog_contributors="a:1:{i:0;i:7;}"),
        comment(2, "2024-03-10 23:01:00", "Text", liveblog_hide_authors="1"),
    )
    assert (both.byline, hidden.byline) == ("Ana, Bea Lind", None)


def test_texts_are_cleaned_and_pictures_are_links() -> None:
    text, hostile = entries(
        comment(
            1,
            "2024-03-10 23:00:00",
            'First line\nsecond\n\n[caption id="a" width="3"]<a href="https://g.example/big.jpg">'
            '<img class="x" src="https://g.example/a.jpg?w=3" alt="The *hall*" /></a> Full[/caption]\n\n'
            '<blockquote class="twitter-tweet"><a href="https://twitter.com/a/status/1">x</a></blockquote>',
        ),
        comment(2, "2024-03-10 23:01:00", '<script>steal()</script><p onclick="x">Hi<img src="javascript:x"></p>'),
    )
    assert text.body.startswith("First line  \nsecond\n\n")
    assert "https://g.example/a.jpg?w=3" in text.body
    assert "hall" in text.body
    assert "caption" not in text.body
    assert "https://twitter.com/a/status/1" in text.body
    assert hostile.body == "Hi"


def test_a_live_blog_of_posts_is_read_too() -> None:
    (found,) = read(
        item(20, "Oscars live", kind="liveblog"),
        item(
            21, "Doors", "<p>Open</p>", at="2024-03-10 23:00:00", kind="liveblog", parent=20, liveblog_key_entry="true"
        ),
        item(22, "Later", "<p>Not yet</p>", kind="liveblog", parent=20, status="draft"),
    )
    (entry,) = found.entries
    assert (entry.headline, entry.body, entry.byline, entry.key) == ("Doors", "Open", "Bea Lind", True)
    assert found.left_out["entries that were not published"] == 1


def test_an_unpublished_live_blog_stays_private() -> None:
    for status in ("draft", "private", "pending"):
        (found,) = read(item(1, "Oscars", status=status, comments=comment(1, "2024-03-10 23:00:00", "Text")))
        assert not found.public


def test_what_cannot_be_carried_is_counted() -> None:
    (found,) = read(
        item(
            1,
            "Oscars",
            comments=comment(1, "0000-00-00 00:00:00", "No time")
            + comment(2, "2024-03-10 23:00:00", "[gallery ids='1,2']")
            + comment(3, "2024-03-10 23:00:00", "word " * 20_000)
            + comment(4, "2024-03-10 23:00:00", "Good"),
        )
    )
    assert [each.body for each in found.entries] == ["Good"]
    assert set(found.left_out) == {
        *("entries without a time", "entries without a text", "galleries"),
        "entries of more than 64 KB",
    }


def test_edits_of_edits_are_applied_and_what_has_no_entry_is_counted() -> None:
    (found,) = read(
        item(
            1,
            "Oscars live",
            comments=comment(10, "2024-03-10 23:00:00", "First")
            + comment(11, "2024-03-10 23:01:00", "Second", liveblog_replaces="10")
            + comment(12, "2024-03-10 23:02:00", "Third", liveblog_replaces="11")
            + comment(13, "2024-03-10 23:03:00", "Of an entry that another file has", liveblog_replaces="7")
            + comment(14, "2024-03-10 23:04:00", "Once")
            + comment(14, "2024-03-10 23:04:00", "Once"),
        )
    )
    third, once = found.entries
    assert (third.body, third.updated, once.body) == ("Third", "2024-03-10T23:02:00.000Z", "Once")
    assert found.left_out["edits of entries that the file does not have"] == 1
    assert found.left_out["entries that the file has twice"] == 1


def test_a_live_blog_that_two_joined_exports_have_is_one() -> None:
    one = item(1, "Oscars", comments=comment(1, "2024-03-10 23:00:00", "Text"))
    (found,) = read(one, one)
    assert [each.body for each in found.entries] == ["Text"]


@pytest.mark.parametrize("encoding", ["UTF-8", "ISO-8859-1", "UTF-16"])
def test_characters_that_xml_does_not_allow_are_left_out(encoding: str) -> None:
    """WordPress exports what somebody pasted into a text."""
    pasted = "Caf\u00e9" if encoding == "UTF-16" else "Ca\x08f\u00e9\x1f\x00"
    whole = export(item(1, "Oscars", comments=comment(1, "2024-03-10 23:00:00", pasted))).decode()
    data = whole.replace('encoding="UTF-8"', f'encoding="{encoding}"').encode(encoding)
    (found,) = wordpress.read(io.BytesIO(data))
    assert found.entries[0].body == "Caf\u00e9"


BOMB = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<rss xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>&b;</title></channel></rss>"""
OUTSIDE = BOMB.replace(b'<!ENTITY a "aaaaaaaaaa">', b'<!ENTITY a SYSTEM "file:///etc/passwd">')
GOOD = export(item(1, "Oscars", comments=comment(1, "2024-03-10 23:00:00", "Text")))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (BOMB, "document type"),
        (OUTSIDE, "document type"),
        (GOOD[:-40], "no whole XML"),
        (GOOD.replace(b"</wp:comment>", b"</wp:other>"), "no whole XML"),
        (GOOD.replace(b"<item>", b"<item>" + b"<b>" * 100_000), "nest too deeply"),
        (b"", "no whole XML"),
        (export(item(1, "A post"), item(2, "Another")), "none of the 2 posts"),
    ],
)
def test_a_hostile_or_broken_file_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        wordpress.read(io.BytesIO(data))


def test_a_file_that_never_ends_is_refused() -> None:
    class Endless(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return (GOOD[: GOOD.index(b"<item>")] if self.tell() == 0 and not self.sent() else b"") + b" " * (1 << 20)

        def sent(self) -> bool:
            was, self.begun = getattr(self, "begun", False), True
            return was

    with pytest.raises(Invalid, match="more than 64 MB"):
        wordpress.read(Endless())


@pytest.mark.parametrize(
    "part", ["<img ", "<img src='", "[gallery ", "<span class='liveblog-command", "\n \n", "&lt;", "<", "<p>", "/key "]
)
def test_a_hostile_text_costs_no_more_than_its_length(part: str) -> None:
    """Of a quadratic pattern a text of a megabyte would take hours."""
    assert entries(
        comment(1, "2024-03-10 23:00:00", "A"), comment(2, "2024-03-10 23:01:00", part * (1_000_000 // len(part)))
    )
