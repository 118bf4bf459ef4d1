"""Figures of relays at the desk of the origin."""

from __future__ import annotations

from typing import Any

import msgspec
import requests

from tests.live_server import LiveServer, Relay, relay_of, until
from tests.relay.conftest import TOKEN
from tests.relay.newsroom import has, reading, say, updates


def figures(origin: LiveServer, slug: str) -> dict[str, Any]:
    found: dict[str, Any] = origin.api("GET", f"/blogs/{slug}/figures").json()
    return found


def report(origin: LiveServer, token: str, **fields: Any) -> int:
    sent = {"Authorization": f"Bearer {token}"}
    body = msgspec.json.encode([{"process": "abc", **fields}])
    return requests.put(f"{origin.url}/api/v1/relay/reports", body, headers=sent, timeout=60).status_code


def test_a_chain_of_two_counts_all_readers_at_the_desk(origin: LiveServer) -> None:
    slug = origin.open("chain")
    with (
        relay_of(origin.url, LIVEBLOG_RELAY_TOKEN=TOKEN) as first,
        relay_of(first.url, LIVEBLOG_RELAY_TOKEN=TOKEN, LIVEBLOG_WORKERS="2") as second,
    ):
        until(second.is_ready)
        with reading(slug, origin, first, first) as near:
            with reading(slug, *[second] * 4) as far:
                until(lambda: all(reader.seq == 1 for reader in near + far))
                until(lambda: figures(origin, slug)["readers"] == 7)
                id = say(origin, slug, "To all seven")
                until(lambda: all(updates(reader) == ["To all seven"] for reader in near + far))
                until(lambda: (figures(origin, slug)["last"] or {}).get("readers") == 7)
                assert figures(origin, slug)["last"]["seq"] == 2
                assert origin.api("DELETE", f"/blogs/{slug}/posts/{id}").ok
                until(lambda: has(second, origin, slug))
            until(lambda: figures(origin, slug)["readers"] == 3)
        until(lambda: figures(origin, slug)["readers"] == 0)


def test_the_call_log_and_the_curve_have_the_readers_of_relays(origin: LiveServer, relay: Relay) -> None:
    slug = origin.open("called")
    with reading(slug, relay) as (reader,):
        until(lambda: reader.seq == 1)
        assert origin.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]}).ok
        until(lambda: origin.api("GET", f"/blogs/{slug}/calls").json()["calls"][0].get("readers") == 1)
        until(lambda: 1 in [n for _, n in origin.api("GET", f"/blogs/{slug}/audience").json()["points"]])


def test_only_a_relay_with_the_token_is_counted_and_only_within_limits(origin: LiveServer) -> None:
    slug = origin.open("counted")
    assert report(origin, "", blog=slug, readers=5) == report(origin, "another-secret-of-relays", blog=slug) == 401
    for wrong in ({"readers": 10**7}, {"readers": -1}, {"last": [1, 10**9, 1]}, {"delivered": {"-1": [1, 1]}}):
        assert report(origin, TOKEN, blog=slug, **wrong) == 422
    assert report(origin, TOKEN, blog="nowhere", readers=5) == 200
    assert figures(origin, slug)["readers"] == 0
    assert report(origin, TOKEN, blog=slug, readers=5) == 200
    assert figures(origin, slug)["readers"] == 5
    until(lambda: figures(origin, slug)["readers"] == 0)  # it was never heard again


def test_without_a_token_of_its_own_a_server_counts_no_relay(server: LiveServer) -> None:
    assert report(server, TOKEN, blog=server.open("uncounted"), readers=5) == 403
