"""A program writes to a blog: each act happens once, whatever becomes of the answers."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import closing
from typing import Any
from unittest import mock
from urllib.error import URLError

import pytest

from liveblog.client import AsyncBlog, Blog, NoAnswer, Refused
from liveblog.client.address import Address
from tests.client.coroutines import run
from tests.client.scripted import Said, Scripted, problem
from tests.live_server import LiveServer
from tests.ports import free_port


@pytest.fixture
def blog(server: LiveServer) -> Blog:
    return Blog(f"{server.url}/live/{server.open('wire')}", server.token)


def losing(times: int) -> Callable[..., Any]:
    """Requests arrive, and their first answers are lost."""
    left, ask = [times], Address.open

    def open(self: Address, path: str, **options: Any) -> Any:
        answer = ask(self, path, **options)
        if left[0]:
            left[0] -= 1
            answer.close()
            raise ConnectionResetError
        return answer

    return open


def posts(blog: Blog) -> list[str]:
    return [each["body"] for each in blog.state()["posts"] if each["type"] == "update"]


def test_a_post_whose_answers_are_lost_is_published_once(blog: Blog) -> None:
    with mock.patch.object(Address, "open", losing(2)):
        post = blog.publish("The first cars have arrived.", headline="Doors open", key=True)
    assert (post["headline"], post["key"]) == ("Doors open", True)
    assert posts(blog) == ["The first cars have arrived."]
    blog.edit(post["id"], body="They are here.", key=False, correction="They had not stopped yet.")
    assert posts(blog) == ["They are here."]
    assert blog.retract(post["id"])["retracted"]
    assert posts(blog) == []


def test_a_program_that_starts_anew_repeats_with_its_own_key(blog: Blog) -> None:
    first, again = (blog.publish("Doors open.", once="doors") for _ in range(2))
    assert first == again
    assert posts(blog) == ["Doors open."]
    with pytest.raises(Refused) as refused:
        blog.publish("Something else.", once="doors")
    assert refused.value.code == "key_reused"


def test_the_life_of_a_result(blog: Blog) -> None:
    assert blog.put_on_stage("director")["state"] == "on_stage"
    with mock.patch.object(Address, "open", losing(1)):
        assert blog.announce("director", ["brady-corbet"])["category"]["winners"] == ["brady-corbet"]
    assert blog.doubt("director", "Perhaps the wrong card.")["doubt"]["note"] == "Perhaps the wrong card."
    assert blog.recall("director", ["sean-baker"], note="The wrong card.")["category"]["winners"] == ["sean-baker"]
    assert blog.confirm("director")["state"] == "confirmed"
    assert blog.recall("director")["category"]["winners"] == []


def test_a_refusal_changes_nothing_and_says_why(blog: Blog) -> None:
    with pytest.raises(Refused, match="a body, a headline or a picture is needed") as refused:
        blog.publish()
    assert (refused.value.status, refused.value.code, refused.value.field) == (422, "invalid", "body")
    with pytest.raises(Refused) as refused:
        blog.confirm("director")
    assert refused.value.code == "wrong_state"


def test_an_act_waits_for_storage_and_keeps_its_key() -> None:
    away = problem(503, "storage_unavailable", Retry_After="0")
    with closing(Scripted(away, Said(502), Said(201, b'{"id": "x"}'))) as server:
        assert Blog(f"{server.url}/live/night", "t").publish("Doors open.") == {"id": "x"}
        assert len({headers["Idempotency-Key"] for _, headers in server.asked}) == 1


def test_without_an_answer_in_time_it_says_that_it_does_not_know() -> None:
    with closing(Scripted(Said(503))) as server, pytest.raises(NoAnswer) as unknown:
        Blog(f"{server.url}/live/night", "t", patience=0).publish("Doors open.")
    assert unknown.value.once == server.asked[0][1]["Idempotency-Key"]


@pytest.mark.parametrize("body", [b"<h1>Welcome to our network</h1>", b"[]", b""])
def test_the_page_of_another_program_is_no_answer(body: bytes) -> None:
    with closing(Scripted(Said(200, body))) as server, pytest.raises(NoAnswer, match="something else") as unknown:
        Blog(f"{server.url}/live/night", "t", patience=0).publish("Doors open.")
    assert unknown.value.once == server.asked[0][1]["Idempotency-Key"]


def test_an_act_that_reached_nobody_was_not_done() -> None:
    nobody = f"http://127.0.0.1:{free_port()}/live/night"
    with pytest.raises(NoAnswer, match=r"refused\)$") as unknown:
        Blog(nobody, "t", patience=0).publish("Doors open.")
    assert not unknown.value.once


@pytest.mark.parametrize("before", [[], [ConnectionResetError()]])
def test_a_certificate_that_is_not_valid_ends_the_tries(before: list[Exception]) -> None:
    tries = [*before, URLError(ssl.SSLCertVerificationError("it has expired"))]
    with mock.patch.object(Address, "open", side_effect=tries), pytest.raises(NoAnswer, match="it has expired") as no:
        Blog("https://live.example.org/live/night", "t").publish("Doors open.")
    assert bool(no.value.once) == bool(before)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (Said(404, b"<h1>no such page</h1>"), "there is no liveblog at this address"),
        (Said(301, headers={"Location": "https://new.example"}), "names another address: https://new.example"),
    ],
)
def test_a_wrong_address_is_said_to_be_one(said: Said, sentence: str) -> None:
    with closing(Scripted(said)) as server, pytest.raises(Refused, match=sentence):
        Blog(f"{server.url}/live/night", "t").publish("Doors open.")


def test_too_many_is_a_refusal_and_not_unknown() -> None:
    with closing(Scripted(problem(429, "too_many"))) as server, pytest.raises(Refused):
        Blog(f"{server.url}/live/night", "t", patience=0).publish("Doors open.")


def test_a_write_that_is_redirected_is_not_taken_for_done() -> None:
    with closing(Scripted(Said(301, headers={"Location": "/elsewhere"}), Said(200, b"{}"))) as server:
        with pytest.raises(Refused, match="status 301"):
            Blog(f"{server.url}/live/night", "t").publish("Doors open.")
        assert len(server.asked) == 1


def test_asyncio_writes_too(server: LiveServer, blog: Blog) -> None:
    later = AsyncBlog(f"{server.url}/live/{blog.state()['blog']['id']}", server.token)
    assert run(later.publish("From a coroutine."))["body"] == "From a coroutine."
    assert posts(blog) == ["From a coroutine."]
