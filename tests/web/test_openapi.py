"""The description of the API: complete, valid, and what the server does."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from inspect import isclass
from pathlib import Path
from typing import Any

import brotli
import msgspec
import pytest
import requests
from jsonschema import ValidationError
from openapi_spec_validator import validate
from standardwebhooks import Webhook

from liveblog.app import create_app
from liveblog.checks import BODY, HEADLINE, NAME, NOTE
from liveblog.config import Settings
from liveblog.store.commits import Store
from liveblog.web import openapi
from liveblog.web.operations import OPERATIONS, PATH, REFUSALS
from liveblog.web.schemas import reference
from tests.described import Described
from tests.live_server import LiveServer
from tests.photos import photo

GUIDE = Path(__file__).parents[2] / "docs/api.md"
ELSEWHERE = {"bad_position", "gone", "upgrade_required", "no_such_format", "method_not_allowed", "overloaded"}
"""Codes of sockets, pictures, pages and the sign-in, and that of a method that no call has."""
APP = create_app(Settings.from_environ({}), Store("redis://127.0.0.1:1"))
CALLS = {call.endpoint: call for call in openapi.calls(APP.url_map)}
DOCUMENT = openapi.document(APP.url_map, "1")


def test_there_is_no_undocumented_route() -> None:
    for endpoint, method, rule in openapi.routed(APP.url_map):
        assert endpoint in OPERATIONS, (
            f"{method} {rule} is not described. Add it to OPERATIONS in liveblog/web/operations.py:\n"
            f'    "{endpoint}": _act("Posts", "What it does, in a sentence.", AnswerStruct, body=BodyStruct),\n'
            "with _read for what everybody reads, _desk for what the desk reads; a new struct of an answer belongs to "
            "liveblog/web/replies.py, a new code to REFUSALS"
        )


def test_each_method_of_an_address_has_a_view_function_of_its_own() -> None:
    """Because a description belongs to an endpoint."""
    endpoints = [endpoint for endpoint, _, _ in openapi.routed(APP.url_map)]
    assert len(endpoints) == len(set(endpoints))


def test_every_part_of_an_address_and_every_code_is_explained() -> None:
    for call in CALLS.values():
        assert set(call.names) <= PATH.keys(), f"{call.path}: add its parts to PATH in liveblog/web/operations.py"
        unknown = set(call.operation.refused) - REFUSALS.keys()
        assert not unknown, f"{call.path}: add these codes to REFUSALS in liveblog/web/operations.py: {unknown}"


def test_nothing_is_described_that_is_not_there() -> None:
    gone = OPERATIONS.keys() - {endpoint for endpoint, _, _ in openapi.routed(APP.url_map)}
    assert not gone, f"remove from OPERATIONS in liveblog/web/operations.py, or correct the name: {gone}"


def test_the_description_is_valid() -> None:
    validate(DOCUMENT)


def test_every_object_within_an_answer_is_described_too() -> None:
    """Or no test would compare what stands in the lists."""
    for document in (DOCUMENT, APP.test_client().get("/api/v1/asyncapi.json").json):
        assert isinstance(document, dict)
        for name, schema in document["components"]["schemas"].items():
            for field, about in schema.get("properties", {}).items():
                bare = '{"type":"object"}' in msgspec.json.encode(about).decode()
                assert not bare or (name, field) in {("Problem", "current"), ("Problem", "call")}, (name, field)


def test_every_pattern_is_one_of_javascript_too() -> None:
    """As JSON Schema asks: with `u`, ECMA-262 knows no needless backslash."""
    for pattern in _patterns(DOCUMENT):
        assert not re.search(r"\\(?![\^$\\.*+?()\[\]{}|/dDsSwWbBnrtux])", pattern), pattern


def _patterns(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from [value["pattern"]] if isinstance(value.get("pattern"), str) else []
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _patterns(each)


def test_the_codes_are_those_of_the_guide() -> None:
    guide = dict(re.findall(r"^\| \d+ \| `(\w+)` \|()", GUIDE.read_text(), re.M))
    assert set(REFUSALS) == guide.keys() - ELSEWHERE
    told = dict(re.findall(r"^\| (\d+) \| `(\w+)` \|", GUIDE.read_text(), re.M))
    assert all(REFUSALS[code][0] == int(status) for status, code in told.items() if code in REFUSALS)


def test_each_refusal_has_an_example_of_each_of_its_codes() -> None:
    strict = Described(DOCUMENT)
    for refused in DOCUMENT["components"]["responses"].values():
        content = refused["content"][openapi.PROBLEM]
        for code, example in content["examples"].items():
            assert example["value"]["code"] == code
            strict.check(content["schema"], example["value"])


@pytest.mark.parametrize("endpoint", [name for name, each in OPERATIONS.items() if each.example is not None])
def test_each_example_is_a_body_that_the_call_takes(endpoint: str) -> None:
    operation = OPERATIONS[endpoint]
    msgspec.convert(operation.example, type=operation.body)
    Described(DOCUMENT).check(reference(operation.body), operation.example)


@pytest.mark.parametrize("name", DOCUMENT["components"]["examples"])
def test_each_example_of_an_answer_is_one(name: str) -> None:
    """`python -m tests.web.examples` records them anew after a change."""
    example = DOCUMENT["components"]["examples"][name]["value"]
    Described(DOCUMENT).check({"$ref": f"#/components/schemas/{name}"}, example)


# -- what a server does


class Caller:
    """Makes calls by their endpoints, and compares each answer with its description."""

    def __init__(self, server: LiveServer) -> None:
        self.server, self.made = server, set[str]()
        self.answers: dict[str, Any] = {}
        self.strict = Described(requests.get(f"{server.url}/api/v1/openapi.json", timeout=60).json())

    def __call__(
        self,
        endpoint: str,
        body: Any = None,
        /,
        *,
        data: bytes = b"",
        headers: Mapping[str, str] = {},
        expected: int = 0,
        **names: str,
    ) -> Any:
        call = CALLS[endpoint]
        path = call.path.format(**names)
        headers = {"Authorization": f"Bearer {self.server.token}", **headers}
        sent: dict[str, Any] = {"data": data} if data else {"json": body}
        answer = requests.request(call.method, self.server.url + path, headers=headers, timeout=60, **sent)
        described = DOCUMENT["paths"][call.path][call.method.lower()]["responses"]
        assert answer.status_code == (expected or call.operation.status), (endpoint, answer.text)
        said = described[str(answer.status_code)]
        if "$ref" in said:
            said = DOCUMENT["components"]["responses"][said["$ref"].rpartition("/")[2]]
        assert set(said.get("headers", {})) <= set(answer.headers), endpoint
        (media, content), *_ = said["content"].items()
        assert answer.headers["Content-Type"] == media
        self.strict.check(content.get("schema", {}), answer.json())
        self.made.add(endpoint)
        kinds = call.operation.answer if isinstance(call.operation.answer, tuple) else (call.operation.answer,)
        if not expected and isclass(kinds[0]):
            self.answers.setdefault(kinds[0].__name__, answer.json())
        return answer.json()


def whole_night(server: LiveServer) -> Caller:
    """Make every call that needs no other server."""
    call = Caller(server)
    slug = "described"
    call("api.create_blog", {"slug": slug, "title": "Anora", "film": "Anora", "venue": {"name": "Dolby Theatre"}})
    call("api.create_blog", {"slug": slug, "title": "Anora"}, expected=409)
    call("api.edit_blog", {"status": "live", "starts": "2025-03-02T16:00:00-08:00"}, slug=slug)
    nominees = [
        {"id": "mikey", "name": "Mikey Madison", "film": "Anora", "detail": "Ani"},
        {"id": "demi", "name": "Demi Moore", "films": ["The Substance", "Landman"]},
    ]
    for name in ("Best Actress", "Best Song"):
        call("api.add_category", {"name": name, "nominees": nominees}, slug=slug)
    actress: dict[str, Any] = {"slug": slug, "id": "best-actress"}
    call("api.edit_category", {"name": "Best Leading Actress"}, **actress)
    call("api.remove_category", slug=slug, id="best-song")
    call(
        "drafts.save_draft",
        {"body": "She did it.", "outcome": {"category": "best-actress", "nominee": "mikey"}},
        slug=slug,
    )
    call("api.on_stage", **actress)
    call("api.announce", {"winners": ["demi"], "source": "the wire"}, **actress)
    call("api.announce", {"winners": ["demi"]}, expected=409, **actress)
    call("api.doubt", {"note": "Wait."}, **actress)
    call("api.recall", {"winners": ["mikey"]}, **actress)
    call("api.confirm", **actress)
    picture = call("media.upload", slug=slug, data=photo())
    assert picture in call("media.uploaded", slug=slug)["media"]
    media = [{"name": picture["name"], "alt": "The carpet", "caption": "Red", "credit": "The desk"}]
    post = call("api.publish", {"body": "Doors open", "key": True, "byline": "Ana", "media": media}, slug=slug)
    here: dict[str, Any] = {"slug": slug, "id": post["id"]}
    call("api.edit_post", {"headline": "Doors", "correction": "They were open."}, **here)
    call("api.edit_post", {"headline": 5}, expected=422, **here)
    call("api.pin", {"post": post["id"]}, slug=slug)
    call("api.get_post", **here)
    call("record.history", **here)
    call("media.delete", slug=slug, name=picture["name"])
    call("api.retract", **here)
    call("api.get_post", **here)
    call("api.retract", expected=404, **here)
    once: dict[str, Any] = {"headers": {"Idempotency-Key": "once"}, "slug": slug}
    call("api.retract", slug=slug, id=call("api.publish", {"body": "Withdrawn"}, **once)["id"])
    assert call("api.publish", {"body": "Withdrawn"}, **once)["retracted"]
    call("record.retracted", slug=slug)
    call("api.purge", **here)
    draft: dict[str, Any] = {"slug": slug, "id": call("drafts.save_draft", {"body": "Soon"}, slug=slug)["id"]}
    call("drafts.edit_draft", {"publish_at": "2099-03-02T16:00:00Z"}, **draft)
    call("drafts.edit_draft", {"publish_at": None}, **draft)
    call("drafts.submit_draft", **draft)
    call("drafts.return_draft", {"note": "Who said that?"}, **draft)
    call("drafts.get_draft", **draft)
    shown = call("drafts.publish_draft", **draft)
    call("drafts.undo", slug=slug, id=shown["id"])
    last = call("drafts.list_drafts", slug=slug)["drafts"][0]
    call("drafts.discard_draft", slug=slug, id=last["id"])
    state = ("api.get_blog", "api.get_changes", "drafts.desk_changes", "relays.state")
    figures = ("record.writers", "record.log", "record.calls", "record.audience", "record.figures")
    for name in (*state, *figures):
        call(name, slug=slug)
    for name in ("api.list_blogs", "relays.nights", "record.site_log"):
        call(name)
    for name in ("described.openapi_document", "described.asyncapi_document"):
        call(name)
    call("caches.caches", slug=slug)
    taken = call("takedowns.order", {"post": shown["id"], "reason": "An order of a court"}, slug=slug)
    call("takedowns.one", slug=slug, id=taken["id"])
    call("takedowns.all", slug=slug)
    token = call("programs.add_token", {"name": "Scoreboard", "role": "editor", "scopes": ["read"]})
    call("programs.list_tokens")
    call("programs.end_token", id=token["id"])
    hook = call("webhooks.add_webhook", {"url": "http://127.0.0.1:8009/hook", "blog": slug})["id"]
    for name in ("webhooks.list_webhooks", "webhooks.get_webhook", "webhooks.new_secret"):
        call(name, id=hook)
    call("webhooks.change_webhook", {"on": False}, id=hook)
    call("webhooks.replay_webhook", {"blog": slug, "seq": 0}, id=hook)
    call("webhooks.remove_webhook", id=hook)
    way_in = call("incoming.add_incoming", {"blog": slug, "kind": "plain", "name": "Red carpet"})["id"]
    call("incoming.list_incoming")
    call("incoming.receive", {"body": "Unsigned"}, expected=401, id=way_in)
    secret = call("incoming.new_secret", {}, id=way_in)["secret"]
    text = '{"body": "The first cars."}'
    now = datetime.now(UTC).replace(microsecond=0)
    signed = {
        "webhook-id": "first",
        "webhook-timestamp": f"{now.timestamp():.0f}",
        "webhook-signature": Webhook(secret).sign("first", now, text),
        "Content-Type": "application/json",
    }
    call("incoming.receive", data=text.encode(), headers=signed, id=way_in)
    call("incoming.remove_incoming", id=way_in)
    call("api.get_blog", expected=404, slug="nowhere")
    call("programs.add_token", {"name": "Ticker", "role": "editor", "blog": "nowhere"}, expected=404)
    call("webhooks.add_webhook", {"url": "http://127.0.0.1:8009/hook", "blog": "nowhere"}, expected=404)
    call("incoming.add_incoming", {"blog": "nowhere", "kind": "plain", "name": "Red carpet"}, expected=404)
    return call


def test_a_whole_night_is_answered_as_it_is_described(server: LiveServer) -> None:
    assert OPERATIONS.keys() - whole_night(server).made == {
        *("api.get_stream", "relays.take_reports"),  # test_asyncapi.py; relay/
        *("webhooks.send_again", "webhooks.drop_delivery"),  # test_webhooks.py, which has a receiver that fails
    }


@pytest.mark.parametrize(
    ("field", "most"),
    [("title", NAME), ("summary", NOTE), ("film", NAME), ("slug", 64)],
)
def test_a_blogs_limits_are_those_of_the_schema(server: LiveServer, field: str, most: int) -> None:
    schema = Described(DOCUMENT)
    for length, taken in ((most, True), (most + 1, False)):
        body = {"slug": f"limits-{field}-{length}", "title": "A night", field: "a" * length}
        assert server.api("POST", "/blogs", body).status_code == (201 if taken else 422)
        assert _fits(schema, "NewBlog", body) is taken


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ({"headline": "a" * HEADLINE}, True),
        ({"headline": "a" * (HEADLINE + 1)}, False),
        ({"body": "a" * (BODY - 100)}, True),
        ({"body": "a", "byline": "\x07"}, False),
        ({"body": "a\x00"}, False),
        ({"body": "a", "type": "notice"}, True),
        ({"body": "a", "type": "rumour"}, False),
        ({"body": "a", "key": 1}, False),
        ({"body": "a", "colour": "red"}, False),
        ({"body": None}, False),
    ],
)
def test_what_the_schema_says_of_a_post_is_what_the_server_does(
    server: LiveServer, body: dict[str, Any], taken: bool
) -> None:
    slug = server.open("schema")
    assert server.api("POST", f"/blogs/{slug}/posts", body).status_code == (201 if taken else 422)
    assert _fits(Described(DOCUMENT), "NewPost", body) is taken


@pytest.mark.parametrize(
    ("field", "value", "taken"),
    [
        ("status", "draft", True),
        ("status", "over", False),
        ("language", "pt-BR", True),
        ("language", "Portuguese", False),
        ("starts", "2025-03-02T16:00:00-08:00", True),
        ("starts", "2025-03-02T16:00", False),
        ("venue", {"name": "Dolby Theatre", "country": "us"}, True),
        ("venue", {"name": "Dolby Theatre", "country": "USA"}, False),
        ("slug", "sign-in", False),
        ("slug", "Oscars", False),
        ("title", " ", False),
    ],
)
def test_what_the_schema_says_of_a_blog_is_what_the_server_does(
    server: LiveServer, field: str, value: object, taken: bool
) -> None:
    body = {"slug": f"says-{field}-{taken}".lower(), "title": "A night", field: value}
    assert server.api("POST", "/blogs", body).status_code == (201 if taken else 422)
    assert _fits(Described(DOCUMENT), "NewBlog", body) is taken


@pytest.mark.parametrize(
    "media",
    [
        [{"name": "a.webp", "alt": "a" * 1001}],
        [{"name": "a.webp", "alt": " "}],
        [{"name": "a.webp", "alt": "a", "caption": "\x07"}],
        [{"name": f"{number}.webp", "alt": "a"} for number in range(13)],
    ],
)
def test_what_the_schema_refuses_of_pictures_the_server_refuses(server: LiveServer, media: list[Any]) -> None:
    slug = server.open("schema-pictures")
    assert server.api("POST", f"/blogs/{slug}/posts", {"media": media}).json()["field"] == "media"
    assert not _fits(Described(DOCUMENT), "NewPost", {"media": media})


@pytest.mark.parametrize("winners", [[], ["sean-baker", "sean-baker"]])
def test_what_the_schema_refuses_of_a_result_the_server_refuses(server: LiveServer, winners: list[str]) -> None:
    slug = server.open("schema-winners")
    assert server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": winners}).status_code == 422
    assert not _fits(Described(DOCUMENT), "Announcement", {"winners": winners})


@pytest.mark.parametrize(("field", "value"), [("role", "owner"), ("scopes", []), ("scopes", ["publish"])])
def test_what_the_schema_refuses_of_a_token_the_server_refuses(server: LiveServer, field: str, value: object) -> None:
    body = {"name": "Scoreboard", "role": "editor", field: value}
    assert server.api("POST", "/tokens", body).json()["field"] == field
    assert not _fits(Described(DOCUMENT), "NewToken", body)


def _fits(described: Described, name: str, body: object) -> bool:
    try:
        described.check({"$ref": f"#/components/schemas/{name}"}, body)
    except ValidationError:
        return False
    return True


# -- how it is served


@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/api/v1/asyncapi.json", "/api/"])
def test_the_descriptions_are_public_reads(path: str) -> None:
    client = APP.test_client()
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=1, must-revalidate"
    assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    small = client.get(path, headers={"Accept-Encoding": "br"})
    assert brotli.decompress(small.data) == answer.data
    if path.endswith(".json"):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert client.options(path).headers["Access-Control-Allow-Methods"]


def test_below_a_path_the_addresses_begin_with_it() -> None:
    app = create_app(Settings.from_environ({"LIVEBLOG_BASE_URL": "https://example.org/live"}), Store("redis://x:1"))
    assert app.test_client().get("/live/api/v1/openapi.json").json["servers"] == [{"url": "/live"}]  # type: ignore[index]


def test_the_page_has_every_call_and_links_that_lead_somewhere() -> None:
    page = APP.test_client().get("/api/").text
    anchors = set(re.findall(r' id="([^"]+)"', page))
    named = {operation["operationId"] for each in DOCUMENT["paths"].values() for operation in each.values()}
    assert named | DOCUMENT["components"]["schemas"].keys() | {f"code-{code}" for code in REFUSALS} <= anchors
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    assert "`" not in page, "code is marked as code"
