"""ninjs: every item is valid by IPTC's schema, says whether it may be used, and forgets what was retracted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from jsonschema import Draft202012Validator, FormatChecker

from liveblog import actions
from liveblog.model import Media
from liveblog.store.commits import Store
from tests.web.syndicated import BASE, Site, syndicated

SCHEMA = json.loads((Path(__file__).parent / "ninjs-schema_2.1.json").read_text())
PICTURE = Media(
    name="0123.webp", width=1600, height=900, alt="A red carpet", widths=[800, 1600], caption="Arrivals", credit="Ana"
)
formats = FormatChecker(formats=())


def is_uri(value: object) -> bool:
    return isinstance(value, str) and bool(urlsplit(value).scheme) and " " not in value


def is_time(value: object) -> bool:
    return datetime.fromisoformat(str(value)).tzinfo is not None


formats.checks("uri")(is_uri)
formats.checks("date-time", raises=ValueError)(is_time)
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=formats)


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    with syndicated(store) as site:
        yield site


def item(site: Site, path: str) -> dict[str, Any]:
    """The valid item at a path of the blog."""
    answer = site.get(path)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json
    VALIDATOR.validate(found)
    return found


def body(found: dict[str, Any], kind: str) -> str:
    return next(str(each["value"]) for each in found["bodies"] if each["contenttype"] == kind)


def result(site: Site) -> str:
    """The id of the newest post."""
    state: Any = site.client.get("/api/v1/blogs/anora").json
    return str(state["posts"][0]["id"])


def test_the_schema_refuses_what_is_no_item() -> None:
    good = {"uri": "urn:uuid:1", "pubstatus": "usable", "versioncreated": "2025-03-03T00:00:00.000Z"}
    assert VALIDATOR.is_valid(good)
    for wrong in ({"uri": "no uri"}, {"pubstatus": "gone"}, {"versioncreated": "today"}, {"html": "<p>"}):
        assert not VALIDATOR.is_valid(good | wrong), wrong


def test_an_item_has_text_markup_author_subject_and_pictures(site: Site) -> None:
    id = site.publish("Doors *open* — فاز", headline="Doors", byline="Ana", category="director", media=[PICTURE])
    found = item(site, f"/posts/{id}.ninjs.json")
    assert found["standard"]["version"] == "2.1"
    assert found["uri"] == site.parsed().entries[0].id
    assert (found["pubstatus"], found["by"], found["language"]) == ("usable", "Ana", "en")
    assert found["headlines"][0]["value"] == "Doors"
    assert body(found, "text/plain") == "Doors open — فاز"
    assert "<em>open</em>" in body(found, "text/html")
    assert found["subjects"] == [{"name": "Best Director", "literal": "director", "rel": "category"}]
    (picture,) = found["associations"]
    assert (picture["uri"], picture["type"], picture["by"]) == (f"{BASE}/media/0123.webp", "picture", "Ana")
    assert {each["role"]: each["value"] for each in picture["descriptions"]} == {
        "caption": "Arrivals",
        "alt": "A red carpet",
    }
    assert [(each["href"], each["width"], each["height"]) for each in picture["renditions"]] == [
        (f"{BASE}/media/0123-800.webp", 800, 450),
        (f"{BASE}/media/0123.webp", 1600, 900),
    ]
    assert found["renditions"][0]["href"] == f"{BASE}/live/anora/posts/{id}"


def test_an_edit_is_a_new_version_with_a_note_to_editors(site: Site) -> None:
    id = site.publish("First", headline="One")
    before = item(site, f"/posts/{id}.ninjs.json")
    site.do(actions.edit_post, id, body="Second", correction="It was the second.")
    after = item(site, f"/posts/{id}.ninjs.json")
    assert after["uri"] == before["uri"]
    assert int(after["version"]) > int(before["version"])
    assert after["versioncreated"] > before["versioncreated"] == before["firstcreated"] == after["firstcreated"]
    assert "It was the second." in after["ednote"]


def items(site: Site, path: str = "/ninjs.json") -> dict[str, dict[str, Any]]:
    """The items of a package by their uri."""
    return {each["uri"]: each for each in item(site, path)["associations"]}


def statuses(site: Site, uri: str) -> list[str]:
    """Whether the items of a post may be used, the first one's first, as the package says it."""
    found = items(site)
    uris = sorted(each for each in found if each.partition("#")[0] == uri)
    return [found[each]["pubstatus"] for each in uris]


def test_a_result_is_withheld_in_doubt_and_canceled_by_every_recall(site: Site) -> None:
    site.do(actions.announce, "director", winners=["sean-baker"])
    id = result(site)

    def now() -> dict[str, Any]:
        return item(site, f"/posts/{id}.ninjs.json")

    versions, films = [now()["version"]], {"name": "Anora", "literal": "Anora", "rel": "film"}
    first = now()["uri"]
    assert now()["pubstatus"] == "usable"
    assert films in now()["subjects"]
    site.do(actions.doubt, "director", note="Two cards were on stage.")
    versions.append(now()["version"])
    assert now()["pubstatus"] == "withheld"
    assert films not in now()["subjects"]
    assert body(now(), "text/plain").startswith("In doubt: ")
    assert "Two cards were on stage." in now()["ednote"]
    site.do(actions.recall, "director", note="The wrong card was read.", winners=["brady-corbet"])
    versions.append(now()["version"])
    assert (now()["uri"], now()["pubstatus"]) == (first, "canceled")
    assert "The wrong card was read." in now()["ednote"]
    assert statuses(site, first) == ["canceled", "usable"]
    site.do(actions.recall, "director", note="Nobody has won yet.")
    versions.append(now()["version"])
    assert statuses(site, first) == ["canceled", "canceled"]
    assert "Nobody has won yet." in now()["ednote"]
    assert not {"headlines", "bodies", "subjects"} & set(now())
    site.do(actions.announce, "director", winners=["sean-baker"])
    assert statuses(site, first) == ["canceled", "canceled"]  # another post tells the result now
    assert item(site, f"/posts/{result(site)}.ninjs.json")["pubstatus"] == "usable"
    assert versions == sorted(set(versions), key=int)


def test_the_right_result_is_an_item_of_its_own_that_names_what_it_replaces(site: Site) -> None:
    site.do(actions.announce, "director", winners=["sean-baker"])
    id, wrong = result(site), item(site, f"/posts/{result(site)}.ninjs.json")
    site.do(actions.recall, "director", winners=["brady-corbet"])
    first = item(site, f"/posts/{id}.ninjs.json")
    (right,) = first["associations"]
    assert (first["uri"], right["uri"]) == (wrong["uri"], f"{wrong['uri']}#2")
    assert "Brady Corbet" in right["headlines"][0]["value"] + body(right, "text/plain")
    (replaced,) = [each for each in right["associations"] if each["name"] == "replaces"]
    assert (replaced["uri"], replaced["pubstatus"]) == (wrong["uri"], "canceled")
    site.do(actions.doubt, "director")
    assert statuses(site, wrong["uri"]) == ["canceled", "withheld"]
    site.do(actions.recall, "director", winners=["coralie-fargeat"])
    assert statuses(site, wrong["uri"]) == ["canceled", "canceled", "usable"]
    site.do(actions.edit_post, id, body="The third one.", correction="A name was missing.")  # no recall
    assert statuses(site, wrong["uri"]) == ["canceled", "canceled", "usable"]
    site.do(actions.retract, id)
    assert statuses(site, wrong["uri"]) == ["canceled"] * 3
    site.do(actions.recall, "director", winners=["sean-baker"])  # a post of its own: nobody had an earlier item of it
    assert item(site, f"/posts/{result(site)}.ninjs.json")["pubstatus"] == "usable"


def test_a_retracted_post_is_canceled_and_nothing_of_it_remains(site: Site) -> None:
    id = site.publish("Not for the public", headline="Rumour", byline="Ana", media=[PICTURE])
    before = item(site, f"/posts/{id}.ninjs.json")
    site.do(actions.retract, id)
    gone = item(site, f"/posts/{id}.ninjs.json")
    assert set(gone) == {
        *("standard", "uri", "type", "version", "versioncreated", "representationtype"),
        "pubstatus",
    }
    assert (gone["uri"], gone["pubstatus"]) == (before["uri"], "canceled")
    assert int(gone["version"]) > int(before["version"])
    (inside,) = [each for each in item(site, "/ninjs.json")["associations"] if each["uri"] == gone["uri"]]
    assert inside["pubstatus"] == "canceled"
    for word in ("Rumour", "Not for the public", "0123.webp"):
        assert word not in site.get("/ninjs.json").text


def test_the_packages_hold_every_post_once_and_old_ones_keep_their_bytes(site: Site) -> None:
    for number in range(1, 44):
        site.publish(f"Update {number}.")
    before = site.get("/pages/1/ninjs.json")
    uris = [each["uri"] for path in ("/ninjs.json", "/pages/1/ninjs.json") for each in item(site, path)["associations"]]
    assert len(uris) == len(set(uris)) == 44
    assert item(site, "/ninjs.json")["uri"] != item(site, "/pages/1/ninjs.json")["uri"]
    site.publish("One more")
    assert site.get("/pages/1/ninjs.json", If_None_Match=before.headers["ETag"]).status_code == 304
    assert site.get("/pages/2/ninjs.json").status_code == 404


def test_pages_name_their_item(site: Site) -> None:
    id = site.publish("Text")
    for path, named in (("", "/ninjs.json"), (f"/posts/{id}", f"/posts/{id}.ninjs.json")):
        page = BeautifulSoup(site.get(path).data, "html.parser")
        (link,) = page.select('link[rel=alternate][type="application/json"]')
        assert link["href"] == f"{BASE}/live/anora{named}"
        assert item(site, named)


def test_what_is_not_public_has_no_item(site: Site) -> None:
    assert site.get("/posts/nobody.ninjs.json").status_code == 404
    site.store.perform(
        "secret", lambda view: actions.create_blog(view, slug="secret", title="Secret", status="draft"), by="test"
    )
    assert site.client.get("/live/secret/ninjs.json").status_code == 404
