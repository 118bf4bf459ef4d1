"""Pictures over HTTP: uploaded once, used with alternative text, served until they are deleted."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from liveblog.store.people import People
from tests import photos
from tests.live_server import LiveServer
from tests.photos import photo


@pytest.fixture(scope="module")
def slug(server: LiveServer) -> str:
    return server.open("pictures")


def send(server: LiveServer, slug: str, data: bytes, token: str | None = None, **more: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token or server.token}", **more.pop("headers", {})}
    return requests.post(f"{server.url}/api/v1/blogs/{slug}/media", data=data, headers=headers, timeout=60, **more)


@pytest.fixture(scope="module")
def picture(server: LiveServer, slug: str) -> dict[str, Any]:
    """A picture as a browser's form sends it."""
    answer = requests.post(
        f"{server.url}/api/v1/blogs/{slug}/media",
        files={"file": ("red.jpg", photo(), "image/jpeg")},
        headers={"Authorization": f"Bearer {server.token}"},
        timeout=60,
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"/media/{made['name']}"
    return made


def test_a_picture_never_changes_and_is_only_served_as_a_picture(server: LiveServer, picture: dict[str, Any]) -> None:
    small = picture["name"].replace(".webp", f"-{picture['widths'][0]}.webp")
    for name in (picture["name"], small):
        answer = requests.get(f"{server.url}/media/{name}", timeout=60)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/webp")
        assert answer.headers["Cache-Control"] == "public, max-age=86400, s-maxage=60, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        known = requests.get(
            f"{server.url}/media/{name}", headers={"If-None-Match": answer.headers["ETag"]}, timeout=60
        )
        assert (known.status_code, known.content) == (304, b"")
    for name in (
        "0" * 32 + ".webp",
        "../lock",
        "%2e%2e%2flock",
        picture["name"].replace(".webp", "-321.webp"),
        "x.svg",
    ):
        assert requests.get(f"{server.url}/media/{name}", timeout=60).status_code == 404


def test_the_body_may_be_the_picture_and_equal_bytes_are_one_picture(
    server: LiveServer, slug: str, picture: dict[str, Any]
) -> None:
    again = send(server, slug, photo(), headers={"Content-Type": "image/jpeg"}, params={"name": "red.jpg"})
    assert {**again.json(), "by": ""} == {**picture, "by": ""}
    listed = server.api("GET", f"/blogs/{slug}/media").json()["media"]
    assert [each["name"] for each in listed].count(picture["name"]) == 1


def test_a_post_with_pictures(server: LiveServer, slug: str, picture: dict[str, Any]) -> None:
    entry = {"name": picture["name"], "alt": 'The "red" carpet', "credit": "Photo: Desk"}
    post = server.api("POST", f"/blogs/{slug}/posts", {"body": "Look", "media": [entry]}).json()
    assert post["media"] == [{**entry, "width": 700, "height": 500, "widths": [320, 700]}]
    html = post["html"]
    assert (
        f'srcset="/media/{picture["name"].replace(".webp", "-320.webp")} 320w, /media/{picture["name"]} 700w"' in html
    )
    assert 'width="700" height="500" loading="lazy"' in html
    assert 'alt="The &#34;red&#34; carpet"' in html
    page = requests.get(f"{server.url}/live/{slug}", timeout=60).text
    assert html in page
    feed = requests.get(f"{server.url}/live/{slug}/feed.json", timeout=60).json()["items"][0]
    assert f"{server.url}/media/{picture['name']} 700w" in feed["content_html"]
    # as the desk sends a post's own pictures back
    path = f"/blogs/{slug}/posts/{post['id']}"
    assert server.api("PATCH", path, {"media": post["media"]}).json()["media"] == post["media"]
    assert server.api("PATCH", path, {"body": "Still there"}).json()["media"] == post["media"]
    assert server.api("PATCH", path, {"media": []}).json()["media"] == []


def test_a_drafts_pictures_come_along_when_it_is_published(
    server: LiveServer, slug: str, picture: dict[str, Any]
) -> None:
    entry = {"name": picture["name"], "alt": "Red above blue"}
    draft = server.api("POST", f"/blogs/{slug}/drafts", {"body": "Later", "media": [entry]}).json()
    assert draft["media"] == [{**entry, "width": 700, "height": 500, "widths": [320, 700]}]
    path = f"/blogs/{slug}/drafts/{draft['id']}"
    assert server.api("PATCH", path, {"media": [{"name": "0" * 32 + ".webp", "alt": "x"}]}).status_code == 422
    assert server.api("POST", f"{path}/publish").json()["media"] == draft["media"]


@pytest.mark.parametrize(
    "media",
    [
        [{"name": "KNOWN"}],
        [{"name": "KNOWN", "alt": "  "}],
        [{"name": "KNOWN", "alt": "a\x00b"}],
        [{"name": "KNOWN", "alt": "x" * 1001}],
        [{"name": "KNOWN", "alt": "x"}, {"name": "KNOWN", "alt": "y"}],
        [{"name": "0" * 32 + ".webp", "alt": "x"}],
        [{"name": "../../etc/passwd", "alt": "x"}],
        [{"name": "KNOWN", "alt": "x", "html": "<b>"}],
        "KNOWN",
    ],
)
def test_a_picture_that_is_missing_or_has_no_alternative_text_is_refused(
    server: LiveServer, slug: str, picture: dict[str, Any], media: Any
) -> None:
    sent = json.loads(json.dumps(media).replace("KNOWN", picture["name"]))
    refused = server.api("POST", f"/blogs/{slug}/posts", {"body": "x", "media": sent})
    assert (refused.status_code, refused.json()["field"]) == (422, "media")


def test_refusals_say_why(server: LiveServer, slug: str) -> None:
    for data, status, code in (
        (b"", 422, "invalid"),
        (b"<svg/>", 415, "unsupported_type"),
        (photo()[:-900], 422, "damaged"),
        (photos.empty_png(60_000, 60_000), 422, "too_many_pixels"),
        (b"\xff" * (51 * 1024 * 1024), 413, "too_large"),
    ):
        answer = send(server, slug, data)
        assert (answer.status_code, answer.json()["code"]) == (status, code), code
        assert answer.headers["Content-Type"] == "application/problem+json"
    assert send(server, "nowhere", photo()).status_code == 404
    form = requests.post(
        f"{server.url}/api/v1/blogs/{slug}/media",
        files={"picture": ("a.jpg", photo())},
        headers={"Authorization": f"Bearer {server.token}"},
        timeout=60,
    )
    assert (form.status_code, form.json()["field"]) == (422, "file")


def test_a_name_of_another_format_is_refused_until_the_bytes_are_to_count(server: LiveServer, slug: str) -> None:
    for name, type in (("a.png", ""), ("", "image/png")):
        refused = send(server, slug, photo(), params={"name": name}, headers={"Content-Type": type}).json()
        assert (refused["code"], refused["field"], refused["current"]) == ("mislabelled", "file", {"format": "JPEG"})
    assert send(server, slug, photo(), params={"name": "a.png", "by": "bytes"}).status_code == 201
    url, files = f"{server.url}/api/v1/blogs/{slug}/media?by=bytes", {"file": ("a.png", photo(), "image/png")}
    headers = {"Authorization": f"Bearer {server.token}"}
    assert requests.post(url, files=files, headers=headers, timeout=60).status_code == 201
    assert send(server, slug, photo(), params={"by": "name"}).json()["field"] == "by"
    page = send(server, slug, b"<html>", params={"by": "bytes"})
    assert (page.status_code, page.json()["code"]) == (415, "unsupported_type")


def test_texts_of_the_file_are_offered_once_and_published_by_nobody(server: LiveServer, slug: str) -> None:
    data = photos.with_iptc((2, 120, b"Guests arrive"), (2, 110, b"Wire"))
    made = send(server, slug, data).json()
    assert made["offered"] == {"caption": "Guests arrive", "credit": "Wire"}
    entry = {"name": made["name"], "alt": "Guests"}
    post = server.api("POST", f"/blogs/{slug}/posts", {"body": "Look", "media": [entry]}).json()
    assert "caption" not in post["media"][0]
    assert "Guests arrive" not in server.api("GET", f"/blogs/{slug}/media").text


def test_contributors_upload_and_strangers_do_not(server: LiveServer, slug: str) -> None:
    contributor = People(server.store).tokens.add("reporter", "contributor", slug)
    assert send(server, slug, photo(), contributor).status_code == 201
    assert send(server, slug, photo(), "unknown").status_code == 401
    assert send(server, slug, photo(), People(server.store).tokens.add("r", "editor", "other")).status_code == 403
    # other calls keep their own limit
    assert server.api("POST", f"/blogs/{slug}/posts", {"body": "x" * 70_000}).status_code == 413


def test_readers_are_answered_while_a_picture_is_made(server: LiveServer, slug: str) -> None:
    """Another process does the work. A server that did it itself would answer only once, when it is done."""
    answered = 0
    with ThreadPoolExecutor(1) as desk:
        upload = desk.submit(send, server, slug, photo(4000, 3000))
        while not upload.done():
            assert requests.get(f"{server.url}/healthz", timeout=60).ok
            answered += 1
        assert upload.result().status_code == 201
    assert answered > 10  # the work takes as long as hundreds of answers
