"""Live blogs of Sourcefabric: answers of both versions of its API; broken files are refused."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from liveblog.errors import Invalid
from liveblog.intake import sourcefabric
from liveblog.intake.coverage import Coverage

BLOG = {"_id": "b1", "title": "Oscars <b>live</b>", "description": "All races", "blog_preferences": {"language": "de"}}


def part(text: str, kind: str = "text", **meta: Any) -> dict[str, Any]:
    return {"_id": f"i-{text[:5]}", "item_type": kind, "text": text, "meta": meta, "original_creator": "u1"}


def post(id: str, *items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A post as the first API writes it."""
    refs = [{"residRef": each["_id"], "type": "text", "item": each} for each in items]
    return {
        "_id": id,
        "_created": "2024-03-10T22:59:00+0000",
        "_updated": "2024-03-10T23:09:00+0000",
        "blog": "b1",
        "type": "composite",
        "post_status": "open",
        "published_date": "2024-03-10T23:00:00+0000",
        "content_updated_date": "2024-03-10T23:00:00+0000",
        "sticky": False,
        "lb_highlight": False,
        "deleted": False,
        "publisher": {"display_name": "Ana Roth", "email": "secret@g.example"},
        "groups": [
            {"id": "root", "refs": [{"idRef": "main"}], "role": "grpRole:NEP"},
            {"id": "main", "refs": refs, "role": "grpRole:Main"},
        ],
    } | fields


def answer(*posts: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {"_items": [*posts], "_meta": {"page": 1, "max_results": 25, "total": total or len(posts)}, "_links": {}}


def read(*answers: Any) -> Coverage:
    data = json.dumps(list(answers) if len(answers) > 1 else answers[0]).encode()
    assert sourcefabric.is_export(data[:4096])
    (found,) = sourcefabric.read(io.BytesIO(data))
    return found


def test_a_blog_keeps_its_title_language_times_authors_and_marks() -> None:
    found = read(
        BLOG,
        answer(
            post("p2", part("<p>Rules</p>"), sticky=True, lb_highlight=True),
            post("p1", part("<p>Doors <i>open</i></p>"), content_updated_date="2024-03-10T23:04:00+0000"),
        ),
    )
    assert (found.title, found.slug, found.summary, found.language) == ("Oscars live", "oscars-live", "All races", "de")
    rules, doors = found.entries
    assert (rules.pinned, rules.key, rules.updated) == (True, True, None)
    assert (doors.body, doors.byline, doors.at) == ("Doors *open*", "Ana Roth", "2024-03-10T23:00:00.000Z")
    assert doors.updated == "2024-03-10T23:04:00.000Z"


def test_what_was_deleted_or_never_published_is_left_out() -> None:
    found = read(
        answer(
            post("p1", part("<p>Draft</p>"), post_status="draft"),
            post("p2", part("<p>Waiting</p>"), post_status="submitted"),
            post("p3", part("<p>Gone</p>"), deleted=True),
            post("p4", part("<p>Taken back</p>"), unpublished_date="2024-03-10T23:30:00+0000"),
            post("p5", part("<p>Good</p>")),
            total=9,
        )
    )
    assert [each.body for each in found.entries] == ["Good"]
    assert +found.left_out == {
        "posts that were not published": 2,
        "deleted posts": 2,
        "posts that other pages of the answer have": 4,
    }


def test_the_parts_of_a_post_are_one_text() -> None:
    figure = '<figure><img src="https://g.example/a.jpg" alt="Hall"/><figcaption>Full</figcaption></figure>'
    found = read(
        answer(
            post(
                "p1",
                part("<p>One</p>"),
                part(figure, "image", caption="Full"),
                part("<script>x()</script>", "embed", original_url="https://www.youtube.com/watch?v=dQw4w9WgXcQ"),
                part("<blockquote>We made it</blockquote>", "quote", credit="Sean"),
                part("Buy!", "Advertisement Local"),
            )
        )
    )
    body = found.entries[0].body
    assert [body.index(each) for each in ("One", "a.jpg", "youtube.com", "> We made it")] == sorted(
        body.index(each) for each in ("One", "a.jpg", "youtube.com", "> We made it")
    )
    assert "Buy" not in body
    assert "script" not in body


def test_the_second_version_of_the_api_and_several_pages_are_read() -> None:
    second = {key: value for key, value in post("p1").items() if key != "groups"}
    picture = {"_id": "i2", "item_type": "image", "text": "", "meta": {"caption": "Full", "credit": "Eva"}}
    picture["renditions"] = {
        "thumbnail": {"href": "https://g.example/t.jpg"},
        "original": {"href": "https://g.example/o.jpg"},
    }
    page = answer(second | {"items": [part("<p>Two</p>"), picture]})
    found = read(BLOG, page, answer(post("p1", part("again")), post("p3", part("Three"))))
    assert [each.body for each in found.entries] == ["again", "Three"]  # the later answer is the newer one
    (alone,) = read(page).entries
    assert "https://g.example/o.jpg" in alone.body
    assert "Eva" in alone.body


def test_what_an_embed_has_in_its_page_is_read() -> None:
    """Live Blog writes it there for browsers: the answers by name, and a pinned post in both."""
    top = post("p2", part("<p>Rules</p>"), sticky=True)
    found = read({"posts": answer(post("p1", part("<p>Doors</p>")), top), "stickyPosts": answer(top)})
    assert {each.body: each.pinned for each in found.entries} == {"Doors": False, "Rules": True}
    assert found.left_out["posts that the file has twice"] == 1


def test_a_post_that_came_back_is_there_whatever_the_zones_of_its_times() -> None:
    back = {"published_date": "2024-03-10T15:00:00-0800", "unpublished_date": "2024-03-10T22:00:00+0000"}
    gone = {"published_date": "2024-03-11T08:00:00+0900", "unpublished_date": "2024-03-10T23:30:00+0000"}
    (entry,) = read(answer(post("p1", part("Back"), **back), post("p2", part("Gone"), **gone))).entries
    assert (entry.body, entry.at) == ("Back", "2024-03-10T23:00:00.000Z")


def test_links_and_pictures_keep_their_addresses() -> None:
    link = {"_id": "i1", "item_type": "link", "text": "", "meta": {"url": "https://g.example/a?b=1&c", "title": "All"}}
    picture = {"_id": "i2", "item_type": "image", "text": "", "meta": {"caption": "Full"}}
    picture["renditions"] = {"original": {"href": "//g.example/o.jpg"}}
    links, pictures = read(answer(post("p1", link), post("p2", picture))).entries
    assert links.body == "[All](https://g.example/a?b=1&c)"
    assert pictures.body == "[Full](https://g.example/o.jpg)"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"_items": [', "no whole JSON"),
        (b"[" * 100_000, "no whole JSON"),
        (b'{"_items": [], "_meta": {}}', "neither"),
        (b'{"_items": [1, null, {"groups": 3}], "_id": 1}', "neither"),
        (b"[1, 2]", "neither"),
        (json.dumps(answer(post("a", part("x")), post("b", part("y"), blog="b2"))).encode(), "several live blogs"),
    ],
)
def test_a_broken_or_foreign_file_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        sourcefabric.read(io.BytesIO(data))


@pytest.mark.parametrize(
    "wrong", [None, 3, [], {}, "x", [None], [{"id": "main", "refs": 4}], [{"id": "main", "refs": [1]}]]
)
def test_odd_values_are_no_failure(wrong: Any) -> None:
    odd = post(
        "p1", part("<p>Odd</p>"), publisher=wrong, original_creator=wrong, headline=wrong, content_updated_date=wrong
    )
    found = read(answer(odd, post("p2") | {"groups": wrong if isinstance(wrong, list) else []}))
    assert [each.body for each in found.entries] == ["Odd"]
