"""Who asks, and at which address: what proxies say counts only from those that are named."""

from __future__ import annotations

import re
from contextlib import closing
from ipaddress import ip_network

import pytest

from liveblog.app import create_app
from liveblog.config import Settings
from liveblog.http.proxies import OURS, Client, Proxies, bucket, inside, neighbourhood
from liveblog.store.commits import Store

NAMED = Proxies([ip_network("127.0.0.1"), ip_network("::1"), ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")])
OUTSIDE = "203.0.113.7"


def client(peer: str, at: str = "live.example", **headers: str) -> Client:
    said = {f"X-Forwarded-{name.title()}": value for name, value in headers.items()}
    return NAMED.client(peer, at, lambda name: said.get(name, ""))


@pytest.mark.parametrize("peer", [OUTSIDE, "192.168.1.9", "2001:db9::1", "::ffff:203.0.113.7"])
def test_from_anybody_else_nothing_counts(peer: str) -> None:
    forged = client(peer, **{"for": "10.1.1.1", "proto": "https", "host": "evil.example"})
    assert forged == Client("http", "live.example", peer.removeprefix("::ffff:"))


@pytest.mark.parametrize("peer", ["10.2.3.4", "::ffff:10.2.3.4", "2001:db8::5", "::1", ""])
def test_a_named_proxy_says_all_three(peer: str) -> None:
    said = client(peer, "web-1:8000", **{"for": OUTSIDE, "proto": "https", "host": "live.example"})
    assert said == Client("https", "live.example", OUTSIDE)


@pytest.mark.parametrize(
    ("said", "address"),
    [
        (f"6.6.6.6, {OUTSIDE}", OUTSIDE),  # the client's own claim, and what the proxy appended
        (f"6.6.6.6, {OUTSIDE}, 10.1.1.1", OUTSIDE),  # through two of ours
        (f"{OUTSIDE}:49152", OUTSIDE),
        ("[2001:db9::8]:49152", "2001:db9::8"),
        ("[2001:db9::8]", "2001:db9::8"),
        ("2001:DB9:0::8", "2001:db9::8"),
        ("::ffff:203.0.113.7", OUTSIDE),
        ("", "10.9.9.9"),
        ("unknown", "10.9.9.9"),
        ("10.1.1.1", "10.1.1.1"),  # somebody in our own network
        ("6.6.6.6, _hidden, 10.1.1.1", "10.1.1.1"),
        ("1.2.3.4.5", "10.9.9.9"),
        (f"{OUTSIDE}:x", "10.9.9.9"),
        (",", "10.9.9.9"),
    ],
)
def test_the_client_is_the_last_address_that_is_no_proxys(said: str, address: str) -> None:
    assert client("10.9.9.9", **{"for": said}).address == address


@pytest.mark.parametrize(
    ("hops", "proto", "scheme"),
    [
        (OUTSIDE, "https", "https"),
        (OUTSIDE, "HTTPS", "https"),
        (OUTSIDE, "wss", "https"),
        (OUTSIDE, "http", "http"),
        (OUTSIDE, "", "http"),
        (OUTSIDE, "gopher", "http"),
        (OUTSIDE, "https, http", "http"),  # the client forged the first one
        (f"{OUTSIDE}, 10.1.1.1", "https, http", "https"),  # TLS ends at the outer one of two that append
        (f"{OUTSIDE}, 10.1.1.1", "https", "https"),  # the inner one passes it on
        (f"{OUTSIDE}, 10.1.1.1", "https, http, http", "http"),
    ],
)
def test_the_outermost_named_proxy_knows_the_scheme(hops: str, proto: str, scheme: str) -> None:
    assert client("10.9.9.9", **{"for": hops, "proto": proto}).scheme == scheme


@pytest.mark.parametrize(
    "outer", ["evil.example/x", "a b", "a..b", "[::::]", "é", "user@evil.example", "<script>", "live.example\r\nX: y"]
)
def test_a_host_that_is_none_does_not_count(outer: str) -> None:
    said = {"X-Forwarded-Host": outer, "X-Forwarded-For": OUTSIDE}
    assert NAMED.client("10.9.9.9", "live.example", lambda name: said.get(name, "")).host == "live.example"


@pytest.mark.parametrize(
    ("path", "known"),
    [("/blog/live/x", "/live/x"), ("/blog", "/"), ("/blog/", "/"), ("/live/x", "/live/x"), ("/blogs", "/blogs")],
)
def test_a_proxy_may_pass_the_prefix_on_or_remove_it(path: str, known: str) -> None:
    assert inside(path, "/blog") == known
    assert inside(path, "") == path


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/live/live/anora", "/live/anora"),
        ("/live/anora", "/live/anora"),  # the proxy has removed it
        ("/live/anora/posts/x", "/live/anora/posts/x"),
        ("/live/desk/", "/desk/"),
        ("/live/socket.io/", "/socket.io/"),
        ("/live/embed.js", "/embed.js"),
        ("/live", "/"),
    ],
)
def test_a_prefix_may_be_called_as_a_folder_of_ours(path: str, known: str) -> None:
    assert inside(path, "/live") == known


def test_every_address_of_ours_is_known_as_one(storage: str) -> None:
    with closing(Store(storage)) as store:
        app = create_app(Settings.from_environ({}), store, follow=lambda run: None)
    addresses = [re.sub(r"<(\w+:)?\w+>", "1", each.rule) for each in app.url_map.iter_rules()]
    assert len(addresses) > 50
    assert [each for each in addresses if not OURS.match(each)] == []


@pytest.mark.parametrize(
    ("address", "counted", "near"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("::1", "::/64", "::/48"),
        ("", "", ""),
        ("gone", "gone", "gone"),
    ],
)
def test_a_limit_counts_a_client_with_all_of_its_addresses(address: str, counted: str, near: str) -> None:
    assert (bucket(address), neighbourhood(address)) == (counted, near)
