"""The API: acts over HTTP, and every bad input refused with nothing changed."""

from __future__ import annotations

import json
import re
import secrets
import socket
from pathlib import Path
from typing import Any

import pytest
import requests

from liveblog.store.accounts import Account
from liveblog.store.people import People
from tests.live_server import LiveServer, until
from tests.push.socket_client import text_lines


@pytest.fixture(scope="module")
def slug(server: LiveServer) -> str:
    return server.open("api")


def test_publish_edit_and_retract(server: LiveServer, slug: str) -> None:
    made = server.api("POST", f"/blogs/{slug}/posts", {"body": "Hello *world*", "key": True})
    post = made.json()
    assert made.status_code == 201
    assert made.headers["Location"].endswith(f"/posts/{post['id']}")
    assert made.headers["ETag"] == f'"{post["seq"]}"'
    assert "<em>world</em>" in post["html"]
    path = f"/blogs/{slug}/posts/{post['id']}"
    edited = server.api("PATCH", path, {"body": "Bye", "correction": "It was hello"}, If_Match=made.headers["ETag"])
    assert edited.json()["corrections"][0]["note"] == "It was hello"
    stale = server.api("PATCH", path, {"body": "Mine"}, If_Match=made.headers["ETag"])
    assert stale.status_code == 412
    assert stale.json()["current"]["body"] == "Bye"
    gone = server.api("DELETE", path)
    assert gone.json() == {"kind": "post", "id": post["id"], "seq": edited.json()["seq"] + 1, "retracted": True}
    assert server.api("DELETE", path).status_code == 404
    page = requests.get(f"{server.url}/live/{slug}/posts/{post['id']}", timeout=60)
    assert page.status_code == 410
    assert "Bye" not in page.text


def test_a_field_counts_in_its_own_place_only(server: LiveServer, slug: str) -> None:
    """Neither the address nor a form nor a cookie says what the body must say."""
    path, key = f"{server.url}/api/v1/blogs/{slug}/posts", {"Authorization": f"Bearer {server.token}"}
    for sent in (
        {"json": {}, "params": {"body": "Hello"}},
        {"data": {"body": "Hello"}},
        {"json": {}, "cookies": {"body": "Hello"}},
        {"json": {}, "headers": {"body": "Hello", **key}},
        {"json": {"body": ["Hello", "Goodbye"]}},
    ):
        answer = requests.post(path, timeout=60, **{"headers": key, **sent})  # type: ignore[arg-type]
        assert answer.status_code == 422, sent
    assert requests.post(f"{path}?token={server.token}", json={"body": "x"}, timeout=60).status_code == 401


def test_one_key_one_effect(server: LiveServer, slug: str) -> None:
    first = server.api("POST", f"/blogs/{slug}/posts", {"body": "Once"}, Idempotency_Key="k1")
    again = server.api("POST", f"/blogs/{slug}/posts", {"body": "Once"}, Idempotency_Key="k1")
    names = ("Location", "ETag")
    assert (again.status_code, again.content) == (201, first.content)
    assert [again.headers[n] for n in names] == [first.headers[n] for n in names]
    other = server.api("POST", f"/blogs/{slug}/posts", {"body": "Other"}, Idempotency_Key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


def sender(server: LiveServer, name: str) -> dict[str, str]:
    """A program with this name."""
    return {"Authorization": f"Bearer {People(server.store).tokens.add(name, 'editor')}"}


def person(server: LiveServer, name: str) -> dict[str, str]:
    """A person with this name, signed in at the desk."""
    people = People(server.store)
    people.accounts.put(Account(name=name, role="editor"))
    cookie = f"liveblog_session={people.sessions.open(name)}"
    page = requests.get(f"{server.url}/desk/", headers={"Cookie": cookie}, timeout=60).text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf
    return {"Cookie": cookie, "X-CSRF-Token": csrf[1]}


def publish(server: LiveServer, slug: str, who: dict[str, str], key: str, body: str = "Doors") -> requests.Response:
    url = f"{server.url}/api/v1/blogs/{slug}/posts"
    return requests.post(url, json={"body": body}, headers={**who, "Idempotency-Key": key}, timeout=60)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("wire", "x:1"), ("wire:x", "1")),
        (("wire", "6:wire:x"), ("wire:6:wire", "x")),
        (("4", "4:x"), ("4:4", "x")),
        (("a:1", "b:2"), ("a", "1:b:2")),
        (("Jos\u00e9", "3:x"), ("Jos\u00e9:3", "x")),
    ],
)
@pytest.mark.parametrize("body", ["Doors", "Other doors"])
def test_keys_of_different_senders_never_collide(
    server: LiveServer, slug: str, one: tuple[str, str], two: tuple[str, str], body: str
) -> None:
    key = secrets.token_hex(4)  # these two have not written before
    first = publish(server, slug, sender(server, one[0]), f"{one[1]}{key}")
    second = publish(server, slug, sender(server, two[0]), f"{two[1]}{key}", body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


def test_a_person_and_a_program_of_one_name_are_two_senders(server: LiveServer, slug: str) -> None:
    program, human = sender(server, "Sean"), person(server, "Sean")
    answers = [publish(server, slug, who, "k") for who in (program, human, program, human)]
    assert [answer.status_code for answer in answers] == [201] * 4
    assert answers[0].json()["id"] != answers[1].json()["id"]
    assert [answer.content for answer in answers[:2]] == [answer.content for answer in answers[2:]]


def test_a_sender_keeps_its_keys_with_a_new_token_or_session(server: LiveServer, slug: str) -> None:
    for make, name in ((sender, "feed"), (person, "Mira")):
        first, again = (publish(server, slug, make(server, name), "k") for _ in range(2))
        assert (again.status_code, again.content) == (201, first.content)
        other = publish(server, slug, make(server, name), "k", "Other")
        assert (other.status_code, other.json()["code"]) == (422, "key_reused")


@pytest.mark.parametrize("name", ["feed", "f" * 80, "\u00e9" * 80])
def test_any_sender_may_use_keys_of_200_characters(server: LiveServer, slug: str, name: str) -> None:
    who = sender(server, name)
    longest = secrets.token_hex(100)
    first, again = publish(server, slug, who, longest), publish(server, slug, who, longest)
    assert (first.status_code, again.content) == (201, first.content)
    longer = publish(server, slug, who, longest + "x")
    assert (longer.status_code, longer.json()["field"]) == (422, "Idempotency-Key")


def test_the_life_of_a_result(server: LiveServer, slug: str) -> None:
    at = f"/blogs/{slug}/categories/director"
    assert server.api("POST", f"{at}/on-stage").json()["state"] == "on_stage"
    called = server.api("POST", f"{at}/announce", {"winners": ["brady-corbet"]}).json()
    assert called["category"]["winners"] == ["brady-corbet"]
    assert called["posts"][0]["type"] == "result"
    assert called["posts"][0]["seq"] == called["category"]["seq"]
    assert server.api("POST", f"{at}/announce", {"winners": ["sean-baker"]}).status_code == 409
    fixed = server.api("POST", f"{at}/recall", {"note": "Wrong card", "winners": ["sean-baker"]}).json()
    assert fixed["posts"][0]["headline"] == "Best Director: Sean Baker"
    assert server.api("POST", f"{at}/confirm").json()["state"] == "confirmed"
    page = requests.get(f"{server.url}/live/{slug}", timeout=60).text
    assert "Wrong card" in page
    assert "Confirmed" in page


def test_a_result_in_doubt(server: LiveServer) -> None:
    slug = server.open("in-doubt")
    at = f"/blogs/{slug}/categories/picture"
    assert server.api("POST", f"{at}/doubt").status_code == 409
    called = server.api("POST", f"{at}/announce", {"winners": ["anora"]}).json()
    position = server.state(slug)
    doubted = server.api("POST", f"{at}/doubt", {"note": "The envelope said Actress"}, Idempotency_Key="doubt")
    category = doubted.json()
    assert doubted.headers["ETag"] == f'"{category["seq"]}"'
    assert category["doubt"]["note"] == "The envelope said Actress"
    query = f"changes?epoch={position['epoch']}&after={position['seq']}"
    change = requests.get(f"{server.url}/api/v1/blogs/{slug}/{query}", timeout=60).json()
    assert (change["seq"], [each["id"] for each in change["objects"]]) == (
        position["seq"] + 1,
        ["picture", called["posts"][0]["id"]],
    )
    again = server.api("POST", f"{at}/doubt", {"note": "The envelope said Actress"}, Idempotency_Key="doubt")
    assert again.json() == category
    assert server.api("POST", f"{at}/doubt", {"note": "x"}, If_Match='"1"').status_code == 412
    assert server.api("POST", f"{at}/confirm").json()["state"] == "confirmed"
    assert server.api("POST", f"{at}/confirm").status_code == 409
    assert "doubt" in server.api("POST", f"{at}/doubt").json()
    sure = server.api("POST", f"{at}/confirm").json()
    assert (sure["state"], "doubt" in sure) == ("confirmed", False)
    calls = server.api("GET", f"/blogs/{slug}/calls").json()["calls"]
    acts = [call["act"] for call in calls if call["category"] == "picture"]
    assert acts == ["confirm", "doubt", "confirm", "doubt", "announce"]


def test_a_blog_has_a_start_and_a_venue(server: LiveServer) -> None:
    place = {"name": "Palais des Festivals", "locality": "Cannes", "country": "fr"}
    fields = {"slug": "dated", "title": "Dated", "starts": "2025-05-24T19:30:00+02:00", "venue": place}
    made = server.api("POST", "/blogs", fields).json()
    assert (made["starts"], made["venue"]) == ("2025-05-24T17:30:00.000Z", {**place, "country": "FR"})
    for wrong in (
        {"starts": "2025-05-24T19:30:00"},
        {"starts": 7},
        {"venue": "Cannes"},
        {"venue": {"locality": "Cannes"}},
        {"venue": {"name": "Palais", "seats": 2300}},
        {"venue": {"name": "Palais", "country": "France"}},
    ):
        refused = server.api("PATCH", "/blogs/dated", wrong)
        assert (refused.status_code, refused.json()["field"]) == (422, *wrong), refused.text
    renamed = server.api("PATCH", "/blogs/dated", {"title": "Renamed", "venue": {"name": "Palais"}}).json()
    assert (renamed["starts"], renamed["venue"]) == (made["starts"], {"name": "Palais"})
    assert not {"starts", "venue"} & server.api("PATCH", "/blogs/dated", {"starts": None, "venue": None}).json().keys()


def test_a_refused_caller_learns_who_was_faster_and_with_what(server: LiveServer) -> None:
    slug = server.open("collision")
    server.api("PATCH", f"/blogs/{slug}", {"timezone": "America/Los_Angeles"})
    token = People(server.store).tokens.add("Ana", "editor")
    at = f"/blogs/{slug}/categories/director"

    def ana(step: str, body: Any = None) -> dict[str, Any]:
        sent = {"Authorization": f"Bearer {token}"}
        answer = requests.post(f"{server.url}/api/v1{at}/{step}", json=body, headers=sent, timeout=60)
        assert answer.ok, answer.text
        return dict(answer.json())

    def refused(step: str, body: Any = None, **headers: str) -> str:
        answer = server.api("POST", f"{at}/{step}", body, **headers)
        problem = answer.json()
        assert (problem["status"], problem["code"]) in ((409, "wrong_state"), (412, "stale"))
        assert problem["call"]["by"] == "Ana"
        detail, times = re.subn(r"\d\d:\d\d:\d\d P[SD]T", "18:04:07", problem["detail"])
        assert times == 1
        return detail

    seq = ana("on-stage")["seq"]
    assert refused("on-stage").startswith(
        "Ana put Best Director on stage at 18:04:07, before you could put it on stage."
    )
    ana("announce", {"winners": ["sean-baker"]})
    again = {"winners": ["brady-corbet"]}
    faster = "Ana announced Sean Baker at 18:04:07, before you could announce Brady Corbet"
    assert refused("announce", again) == f"{faster}. Best Director is announced already; recall it to correct it"
    assert refused("announce", again, If_Match=f'"{seq}"') == faster
    ana("recall", again)
    assert refused("confirm", None, If_Match=f'"{seq}"') == (
        "Ana corrected Best Director to Brady Corbet at 18:04:07, before you could confirm it"
    )
    ana("doubt")
    assert refused("doubt", None, If_Match=f'"{seq}"').startswith("Ana put Best Director in doubt at ")
    ana("recall")
    assert refused("recall", again).startswith(
        "Ana withdrew Best Director at 18:04:07, before you could correct it to Brady Corbet. "
    )
    (latest,) = [obj for obj in desk_objects(server, slug) if obj["kind"] == "call"]
    assert (latest["id"], latest["act"], latest["by"]) == ("director", "recall", "Ana")
    assert (latest["winners"], latest["was"]) == ([], ["Brady Corbet"])
    own = server.api("POST", f"{at}/announce", again)
    assert own.ok
    problem = server.api("POST", f"{at}/announce", again).json()
    assert problem["detail"] == "Best Director is announced already; recall it to correct it"
    assert "call" not in problem
    assert "Ana" not in json.dumps(server.state(slug))


def desk_objects(server: LiveServer, slug: str) -> list[dict[str, Any]]:
    return list(server.api("GET", f"/blogs/{slug}/desk/changes?after=0").json()["objects"])


def test_the_note_of_a_recall_is_changed_with_its_post(server: LiveServer) -> None:
    slug = server.open("renoted")
    at = f"/blogs/{slug}/categories/director"
    server.api("PATCH", f"/blogs/{slug}", {"language": "es"})
    server.api("POST", f"{at}/announce", {"winners": ["brady-corbet"]})
    recalled = server.api("POST", f"{at}/recall", {"winners": ["sean-baker"]}).json()
    assert recalled["category"]["corrections"][0]["note"] == "Se anunció un nombre equivocado."
    changed = server.api("PATCH", at, {"correction": "Había dos tarjetas."}).json()
    assert changed["corrections"][0]["note"] == "Había dos tarjetas."
    page = requests.get(f"{server.url}/live/{slug}", timeout=60).text
    assert page.count("Anunciado antes: Brady Corbet. Había dos tarjetas.</p>") == 2  # on the board and in the post
    assert "nombre equivocado" not in page


BAD: list[tuple[str, str, Any, int]] = [
    ("POST", "/blogs/nowhere/posts", {"body": "x"}, 404),
    ("POST", "/blogs/api/posts", {"body": " "}, 422),
    ("POST", "/blogs/api/posts", {}, 422),
    ("POST", "/blogs/api/posts", {"body": 7}, 422),
    ("POST", "/blogs/api/posts", {"body": "x", "colour": "red"}, 422),
    ("POST", "/blogs/api/posts", {"body": "a\x00b"}, 422),
    ("POST", "/blogs/api/posts", {"body": "x" * 70_000}, 413),
    ("POST", "/blogs/api/posts", ["x"], 422),
    ("PATCH", "/blogs/api/posts/none", {"body": "x"}, 404),
    ("PUT", "/blogs/api/pin", {"post": "none"}, 404),
    ("POST", "/blogs/api/categories/picture/announce", {"winners": ["sean-baker"]}, 422),
    ("POST", "/blogs/api/categories/picture/announce", {"winners": ["anora", "anora"]}, 422),
    ("POST", "/blogs/api/categories/picture/announce", {"winners": []}, 422),
    ("POST", "/blogs/api/categories/picture/recall", {"note": "x"}, 409),
    ("POST", "/blogs/api/categories/none/confirm", {}, 404),
    ("PATCH", "/blogs/api", {"status": "over"}, 422),
    ("POST", "/blogs", {"slug": "No Slug", "title": "x"}, 422),
    ("POST", "/blogs", {"slug": "api", "title": "again"}, 409),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), BAD)
def test_bad_input_is_refused_and_changes_nothing(
    server: LiveServer, slug: str, method: str, path: str, body: Any, status: int
) -> None:
    before = server.state(slug)["seq"]
    answer = server.api(method, path, body)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {"title", "status", "detail", "code"} <= set(answer.json())
    assert server.state(slug)["seq"] == before


@pytest.mark.parametrize(
    ("path", "body", "field", "words"),
    [
        ("posts", {"body": "x", "boddy": "y"}, "boddy", "unknown field `boddy`; there are type, headline, body, "),
        ("posts", {"body": "x", "media": [{"name": "a", "caption": "b", "credits": "c"}]}, "media", ", credit"),
        ("categories", {"name": "x", "nominees": [{"name": "a", "flim": "b"}]}, "nominees", "there are name, film, "),
        ("categories/picture/confirm", {"note": "x"}, "note", "unknown field `note`; there are none"),
        ("posts", {"body": "x", "$.x": 1}, "x", "there are type, headline, body, "),
        ("posts", {"body": "x", "$.body": 1}, "body", "there are type, headline, body, "),
    ],
)
def test_an_unknown_field_is_named_with_those_that_there_are(
    server: LiveServer, slug: str, path: str, body: Any, field: str, words: str
) -> None:
    answer = server.api("POST", f"/blogs/{slug}/{path}", body).json()
    assert (answer["code"], answer["field"]) == ("invalid", field)
    assert words in answer["detail"]


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b'{"body": "\xc3\x28"}', b"null"])
def test_a_body_that_is_not_json_in_utf_8_is_refused(server: LiveServer, slug: str, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {server.token}"}
    answer = requests.post(f"{server.url}/api/v1/blogs/{slug}/posts", data=body, headers=headers, timeout=60)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("epoch=x", "after"),
        ("epoch=x&after=-1", "after"),
        ("after=3", "epoch"),
        ("epoch=x&after=1e3", "after"),
        ("epoch=x&after=99999999999999999999", "after"),
        ("epoch=x&after=1&wait=900", "wait"),
    ],
)
def test_a_malformed_position_is_named(server: LiveServer, slug: str, query: str, field: str) -> None:
    answer = requests.get(f"{server.url}/api/v1/blogs/{slug}/changes?{query}", timeout=60)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize(
    "call", ["changes?epoch=x&after=1&after=2", "stream?epoch=x&epoch=y&after=1", "takedowns?a=1&a=2", "?a=&%61=1"]
)
def test_a_query_with_a_name_twice_is_refused(server: LiveServer, slug: str, call: str) -> None:
    """Or a cache or a firewall may have checked the other one."""
    answer = requests.get(f"{server.url}/api/v1/blogs/{slug}{'/' * (call[0] != '?')}{call}", timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert answer.json()["field"] in ("after", "epoch", "a")


def test_each_role_has_its_rights(server: LiveServer, slug: str) -> None:
    path = f"{server.url}/api/v1/blogs/{slug}/posts"
    nobody = requests.post(path, json={"body": "x"}, timeout=60)
    assert (nobody.status_code, nobody.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
    tokens = People(server.store).tokens
    for token, status in (
        ("wrong", 401),
        (tokens.add("c", "contributor"), 403),
        (tokens.add("e", "editor", "another"), 403),
        (tokens.add("e", "editor", slug), 201),
    ):
        answer = requests.post(path, json={"body": "x"}, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        assert answer.status_code == status


def test_the_role_is_checked_before_the_body(server: LiveServer, slug: str) -> None:
    contributor = People(server.store).tokens.add("c", "contributor")
    for method, path in (
        ("POST", "/blogs"),
        ("PATCH", f"/blogs/{slug}"),
        ("POST", f"/blogs/{slug}/posts"),
        ("PUT", f"/blogs/{slug}/pin"),
        ("POST", f"/blogs/{slug}/categories/picture/announce"),
    ):
        for headers, status in (({}, 401), ({"Authorization": f"Bearer {contributor}"}, 403)):
            answer = requests.request(method, f"{server.url}/api/v1{path}", data=b"{", headers=headers, timeout=60)
            assert answer.status_code == status


def test_a_long_poll_whose_client_left_ends_within_its_wait(server: LiveServer, slug: str) -> None:
    host, _, port = server.url.removeprefix("http://").partition(":")
    at = server.state(slug)
    query = f"epoch={at['epoch']}&after={at['seq']}&wait=2"
    ask = f"GET /api/v1/blogs/{slug}/changes?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n"
    polls = [socket.create_connection((host, int(port)), timeout=60) for _ in range(30)]
    ports = {poll.getsockname()[1] for poll in polls}

    def held() -> int:
        """How many of the polls' connections a web process holds: accepted ones have an inode."""
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        ends = [(int(row[1][-4:], 16), int(row[2][-4:], 16)) for row in rows if row[9] != "0"]
        return sum(ours == int(port) and theirs in ports for ours, theirs in ends)

    for poll in polls:
        poll.sendall(ask.encode())
    until(lambda: held() == 30)
    for poll in polls:
        poll.close()
    until(lambda: held() == 0)


def test_strangers_learn_nothing_about_drafts(server: LiveServer) -> None:
    slug = server.open("hidden", "draft")
    for path in (
        f"/api/v1/blogs/{slug}",
        f"/api/v1/blogs/{slug}/changes",
        f"/live/{slug}",
        f"/api/v1/blogs/{slug}/stream",
    ):
        assert requests.get(server.url + path, timeout=60).status_code == 404
    assert slug not in requests.get(f"{server.url}/api/v1/blogs", timeout=60).text
    assert server.api("GET", f"/blogs/{slug}").status_code == 200


def test_conditional_requests_long_polls_and_events(server: LiveServer) -> None:
    slug = server.open("follow")
    url = f"{server.url}/api/v1/blogs/{slug}"
    first = requests.get(url, timeout=60)
    assert requests.get(url, headers={"If-None-Match": first.headers["ETag"]}, timeout=60).status_code == 304
    at = first.json()
    with requests.get(f"{url}/stream?epoch={at['epoch']}&after={at['seq']}", stream=True, timeout=60) as events:
        lines = text_lines(events)
        assert [next(lines), next(lines)] == ["retry: 3000", ""]
        posted = server.api("POST", f"/blogs/{slug}/posts", {"body": "Pushed"}).json()
        assert next(lines) == f"id: {at['epoch']}:2"
        assert json.loads(next(lines).removeprefix("data: "))["objects"] == [posted]
    polled = requests.get(f"{url}/changes?epoch={at['epoch']}&after=1&wait=25", timeout=60).json()
    assert (polled["seq"], polled["objects"]) == (2, [posted])
    until(lambda: requests.get(f"{server.url}/readyz", timeout=60).ok)


def test_the_list_of_blogs_is_read_page_by_page_newest_first(server: LiveServer) -> None:
    slugs = [f"listed-{n}" for n in range(7)]
    for n, slug in enumerate(slugs):
        server.open(slug, "ended" if n % 2 else "live")
    server.open("listed-secret", "draft")

    def page(**query: str | int) -> dict[str, Any]:
        answer = requests.get(f"{server.url}/api/v1/blogs", params=query, timeout=60)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    found: list[str] = []
    after: dict[str, str] = {}
    while True:
        part = page(limit=3, **after)
        assert 1 <= len(part["blogs"]) <= 3
        found += [blog["id"] for blog in part["blogs"] if blog["id"].startswith("listed-")]
        if "next" not in part:
            break
        after = {"after": part["next"]}
    assert found == slugs[::-1]
    ended = [blog["id"] for blog in page(status="ended", limit=1000)["blogs"]]
    assert [slug for slug in ended if slug.startswith("listed-")] == ["listed-5", "listed-3", "listed-1"]
    for query in (
        {"limit": 0},
        {"limit": "many"},
        {"status": "over"},
        {"after": "nowhere"},
        {"after": "listed-secret"},
    ):
        refused = requests.get(f"{server.url}/api/v1/blogs", params=query, timeout=60)
        assert (refused.status_code, refused.json()["field"]) == (422, next(iter(query)))
