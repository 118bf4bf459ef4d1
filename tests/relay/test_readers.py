"""What readers of a relay get: all that readers of its origin get, at the same numbers."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import feedparser
import requests
import socketio

from liveblog import actions
from tests.live_server import LiveServer, Relay, live_server, relay_of, until
from tests.photos import photo
from tests.relay.newsroom import get, has, reading, say, shows_the_same, updates


def test_pages_feeds_frames_and_lists_are_those_of_the_origin(origin: LiveServer, relay: Relay) -> None:
    slug = origin.open("pages")
    name = origin.upload(slug, photo())
    ids = [say(origin, slug, f"Update {n}") for n in range(45)]
    for id in (ids[3], ids[4], ids[19], ids[44]):  # before the relay has ever seen them
        assert origin.api("DELETE", f"/blogs/{slug}/posts/{id}").ok
    say(origin, slug, "A picture", media=[{"name": name, "alt": "Red above blue"}])
    assert origin.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]}).ok
    until(lambda: has(relay, origin, slug))
    say(origin, slug, "After the relay had it")
    assert origin.api("DELETE", f"/blogs/{slug}/posts/{ids[20]}").ok
    until(lambda: has(relay, origin, slug))
    night = ["", "/pages/1", "/start/1", f"/posts/{ids[0]}", f"/posts/{ids[3]}", "/embed"]
    feeds = ["/feed.atom", "/feed.json", "/feed.rss", "/pages/1/feed.atom", "/pages/1/feed.json", "/pages/1/feed.rss"]
    wire = ["/ninjs.json", "/pages/1/ninjs.json", f"/posts/{ids[0]}.ninjs.json", f"/posts/{ids[3]}.ninjs.json"]
    for path in [f"/live/{slug}{place}" for place in [*night, *feeds, *wire, "/winners.csv", "/winners.json"]]:
        assert shows_the_same(relay, origin, path), path
    for path in (f"/api/v1/blogs/{slug}", f"/api/v1/blogs/{slug}/posts/{ids[0]}", "/embed.js", f"/media/{name}"):
        assert shows_the_same(relay, origin, path), path
    assert shows_the_same(relay, origin, f"/oembed?url={origin.url}/live/{slug}&format=json")
    card = re.search(r'property="og:image" content="([^"]+)"', get(relay, f"/live/{slug}").text)
    assert card is not None
    assert shows_the_same(relay, origin, card[1].removeprefix(origin.url))
    for path in ("/", "/sitemap.xml", "/api/v1/blogs"):
        until(lambda: shows_the_same(relay, origin, path))  # noqa: B023
    here, there = (feedparser.parse(get(server, f"/live/{slug}/feed.atom").content) for server in (relay, origin))
    assert here.entries == there.entries != []
    assert here.feed == there.feed


def test_a_reader_gets_each_change_at_the_numbers_of_the_origin(origin: LiveServer, relay: Relay) -> None:
    slug = origin.open("each")
    client = socketio.Client(reconnection=False)
    changes: list[dict[str, Any]] = []
    client.on("change", changes.append, namespace="/live")
    client.connect(relay.url, transports=["websocket"], namespaces=["/live"], auth={"blog": slug})
    try:
        for n in range(5):
            say(origin, slug, f"Update {n}")
            until(lambda: len(changes) > n)  # noqa: B023
    finally:
        client.disconnect()
    assert [(each["prev"], each["seq"]) for each in changes] == [(n, n + 1) for n in range(1, 6)]
    assert [each["objects"][0]["body"] for each in changes] == [f"Update {n}" for n in range(5)]
    assert changes[-1]["mark"] == origin.state(slug)["mark"]


def test_a_reader_may_come_from_the_origin_or_from_another_process(origin: LiveServer, relay: Relay) -> None:
    slug = origin.open("moving")
    until(lambda: has(relay, origin, slug))
    positions = []
    for n in range(6):
        say(origin, slug, f"Update {n}")
        positions.append(origin.state(slug))
    until(lambda: has(relay, origin, slug))
    for at in positions * 4:  # by either process
        query = {"epoch": at["epoch"], "after": at["seq"], "mark": at["mark"]}
        answer = requests.get(f"{relay.url}/api/v1/blogs/{slug}/changes", query, timeout=60).json()
        assert (answer["reset"], len(answer["objects"])) == (False, 7 - at["seq"])


def test_what_is_withdrawn_at_the_origin_is_gone_at_the_relay(origin: LiveServer, relay: Relay) -> None:
    slug = origin.open("withdrawn")
    page = f"/live/{slug}"
    id = say(origin, slug, "A secret")
    assert origin.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["brady-corbet"]}).ok
    until(lambda: has(relay, origin, slug))
    assert "A secret" in get(relay, page).text
    assert origin.api("DELETE", f"/blogs/{slug}/posts/{id}").ok
    assert origin.api("POST", f"/blogs/{slug}/categories/director/recall", {"note": "The wrong card"}).ok
    until(lambda: has(relay, origin, slug))
    assert "A secret" not in get(relay, page).text
    assert shows_the_same(relay, origin, page)


def test_a_night_that_is_not_public_does_not_reach_the_relay(origin: LiveServer, relay: Relay) -> None:
    draft, slug = origin.open("hidden", "draft"), origin.open("leaves")
    for path in (f"/live/{draft}", f"/api/v1/blogs/{draft}", f"/api/v1/blogs/{draft}/relay"):
        assert get(origin, path).status_code == get(relay, path).status_code == 404
    assert draft not in get(origin, "/api/v1/relay").text
    with reading(slug, relay) as (reader,):
        until(lambda: reader.seq == 1)
        origin.store.delete(slug)
        until(lambda: get(relay, f"/live/{slug}").status_code == 404)
        until(lambda: slug not in get(relay, "/api/v1/blogs").text)
    assert origin.api("PATCH", f"/blogs/{draft}", {"status": "live"}).ok
    until(lambda: get(relay, f"/live/{draft}").status_code == 200)


def test_a_night_that_has_ended_changes_too(origin: LiveServer, relay: Relay) -> None:
    slug = origin.open("over")
    assert origin.api("PATCH", f"/blogs/{slug}", {"status": "ended"}).ok
    until(lambda: has(relay, origin, slug))
    with reading(slug, relay) as (reader,):
        until(lambda: reader.seq == 2)
        say(origin, slug, "The morning after")
        until(lambda: updates(reader) == ["The morning after"])


def test_acts_of_the_command_line_reach_the_relay_too(origin: LiveServer, relay: Relay) -> None:
    slug = origin.open("acts")
    until(lambda: has(relay, origin, slug))
    origin.store.perform(slug, lambda view: actions.publish(view, slug, body="By command"), by="test")
    until(lambda: "By command" in get(relay, f"/live/{slug}").text)


def test_pictures_are_kept_and_go_when_they_are_deleted(origin: LiveServer, relay: Relay) -> None:
    slug = origin.open("pictures")
    name = origin.upload(slug, photo(640, 480))
    say(origin, slug, "A picture", media=[{"name": name, "alt": "Red above blue"}])
    until(lambda: has(relay, origin, slug))
    assert shows_the_same(relay, origin, f"/media/{name}")
    assert get(relay, f"/media/{name}").headers["Content-Type"] == "image/webp"
    assert (kept := relay.data / "relay/media" / name).is_file()
    assert get(relay, f"/media/{'0' * 32}.webp").status_code == 404
    assert origin.api("DELETE", f"/blogs/{slug}/media/{name}").ok
    until(lambda: has(relay, origin, slug))
    until(lambda: get(relay, f"/media/{name}").status_code == 410)
    assert not kept.exists()


def test_a_relay_keeps_no_storage_and_starts_no_process(origin: LiveServer, relay: Relay) -> None:
    slug = origin.open("alone")
    until(lambda: has(relay, origin, slug))
    family = subprocess.run(["ps", "-eo", "pgid=,args="], capture_output=True, text=True, check=True).stdout
    own = [line for line in family.splitlines() if line.split()[0] == str(relay.process.pid)]
    assert len(own) == 3, own  # the master and two web processes
    assert not [line for line in own if re.search("valkey|redis", line)]
    assert {path.name for path in relay.data.glob("*")} <= {"relay"}


def test_canonical_addresses_are_the_origins_unless_the_relay_has_one() -> None:
    public, own = "https://live.example.org", "https://eu.example.net"
    told = {"LIVEBLOG_BASE_URL": public, "LIVEBLOG_PUBLISHER": "The Wire", "LIVEBLOG_HUB": "https://hub.example.org/"}
    with (
        live_server("serve", **told) as origin,
        relay_of(origin.url) as plain,
        relay_of(origin.url, LIVEBLOG_BASE_URL=own) as named,
    ):
        slug = origin.open()
        there = feedparser.parse(get(origin, f"/live/{slug}/feed.atom").content).feed
        for relay, address in ((plain, public), (named, own)):
            until(relay.is_ready)
            assert f'<link rel="canonical" href="{address}/live/{slug}">' in get(relay, f"/live/{slug}").text
            feed = feedparser.parse(get(relay, f"/live/{slug}/feed.atom").content).feed
            assert (feed.id, feed.author, feed.link) == (there.id, "The Wire", f"{address}/live/{slug}")
            until(lambda: f"<loc>{address}/live/{slug}</loc>" in get(relay, "/sitemap.xml").text)  # noqa: B023
            assert ("hub" in [link.rel for link in feed.links]) == (address == public)
