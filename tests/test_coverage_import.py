"""`liveblog import` of another program's live blog: what readers see of it, and what is said of the rest."""

from __future__ import annotations

import json
from pathlib import Path

from liveblog.model import Post
from liveblog.store.commits import Store
from liveblog.store.dump import export, restore
from tests.commands import Done, liveblog, misused, refused, said
from tests.intake.test_sourcefabric import BLOG, answer, part, post
from tests.intake.wxr import comment, item
from tests.intake.wxr import export as wxr

PIN = '<span class="liveblog-command type-pin">pin</span>'
NIGHT = item(
    5,
    "Oscars live",
    "<p>All six races.</p>",
    comments=comment(1, "2024-03-10 23:00:00", "Doors open")
    + comment(2, "2024-03-10 23:00:00", f"Rules {PIN}")
    + comment(3, "2024-03-10 23:01:00", "Wrong")
    + comment(4, "2024-03-10 23:09:00", "Right", liveblog_replaces="3")
    + comment(5, "2999-01-01 00:00:00", "Scheduled"),
)


def bring(store: Store, folder: Path, data: bytes, *words: str) -> Done:
    """Import a file with this content."""
    (folder / "file").write_bytes(data)
    return liveblog("import", str(folder / "file"), *words, LIVEBLOG_REDIS_URL=store.url)


def test_a_live_blog_of_wordpress_is_a_blog_that_has_ended(store: Store, tmp_path: Path) -> None:
    out = said(bring(store, tmp_path, wxr(NIGHT), "--slug", "oscars", "--timezone", "America/Los_Angeles"))
    assert out.splitlines() == [
        "imported oscars: 4 posts of WordPress",
        "  1 earlier versions of entries",
        "  1 entries of the future",
    ]
    timeline = store.load("oscars")
    blog = timeline.blog
    assert (blog.title, blog.status, blog.timezone, blog.language) == (
        "Oscars live",
        "ended",
        "America/Los_Angeles",
        "en-GB",
    )
    told = [(each.body, each.published_at, each.updated_at) for each in timeline.posts]
    assert told == [
        ("Right", "2024-03-10T23:01:00.000Z", "2024-03-10T23:09:00.000Z"),
        ("Rules", "2024-03-10T23:00:00.001Z", None),  # of the same second, and after the one before
        ("Doors open", "2024-03-10T23:00:00.000Z", None),
        ("All six races.", "2024-03-10T22:00:00.000Z", None),
    ]
    pinned, below = timeline.pins
    assert (pinned.body, below.body, below.type) == ("Rules", "All six races.", "preview")
    assert timeline.time(timeline.posts[0]) == "2024-03-10T23:09:00.000Z"
    assert not [*store.faults("oscars")]


def test_it_can_be_exported_and_imported_like_any_other(store: Store, tmp_path: Path) -> None:
    said(bring(store, tmp_path, wxr(NIGHT)))
    lines, before = list(export(store, "post-5")), store.load("post-5").objects
    store.delete("post-5")
    restore(store, lines)
    assert store.load("post-5").objects == before


def test_nothing_unpublished_becomes_visible(store: Store, tmp_path: Path) -> None:
    said(
        bring(store, tmp_path, wxr(item(5, "Secret", status="draft", comments=comment(1, "2024-03-10 23:00:00", "A"))))
    )
    assert not store.load("post-5").blog.is_public


def test_several_live_blogs_come_together_or_not_at_all(store: Store, tmp_path: Path) -> None:
    other = item(6, "Globes live", comments=comment(9, "2024-01-08 01:00:00", "Globes"))
    said(bring(store, tmp_path, wxr(other)))
    assert "post-6" in refused(bring(store, tmp_path, wxr(NIGHT, other)))
    assert store.summaries.slugs() == ["post-6"]
    assert "several live blogs" in misused(bring(store, tmp_path, wxr(NIGHT, other), "--slug", "both"))
    store.delete("post-6")
    assert said(bring(store, tmp_path, wxr(NIGHT, other))).count("imported") == 2


def test_a_live_blog_of_sourcefabric_keeps_its_highlights(store: Store, tmp_path: Path) -> None:
    posts = answer(post("p1", part("<p>One</p>"), lb_highlight=True, sticky=True), post("p2", part("<p>Two</p>")))
    assert "imported oscars-live: 2 posts" in said(bring(store, tmp_path, json.dumps([BLOG, posts]).encode()))
    timeline = store.load("oscars-live")
    assert isinstance(timeline.pinned, Post)
    assert (timeline.pinned.body, timeline.pinned.key, timeline.pinned.byline) == ("One", True, "Ana Roth")


def test_a_file_without_a_title_asks_for_one(store: Store, tmp_path: Path) -> None:
    data = json.dumps(answer(post("p1", part("<p>One</p>")))).encode()
    assert "--title" in misused(bring(store, tmp_path, data))
    said(bring(store, tmp_path, data, "--title", "Die Nacht"))
    assert store.load("die-nacht").blog.title == "Die Nacht"


def test_a_check_stores_nothing(store: Store, tmp_path: Path) -> None:
    assert said(bring(store, tmp_path, wxr(NIGHT), "--check")).startswith("Oscars live: 5 posts of WordPress\n")
    assert store.summaries.slugs() == []


def test_a_broken_file_is_one_sentence_and_stores_nothing(store: Store, tmp_path: Path) -> None:
    for data in (wxr(NIGHT)[:-30], b'[{"_items": [', wxr(item(1, "No live blog"))):
        assert refused(bring(store, tmp_path, data))
    assert store.summaries.slugs() == []
