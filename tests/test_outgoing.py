"""Requests to other sites: only public hosts, at the address that was checked, without redirects, within limits."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest
import trustme

from liveblog.outgoing import Answer, Failed, addresses, ask, check, connection, guarded, is_public, target_of

HERE = [ip_network("127.0.0.0/8")]


@contextmanager
def site(
    answer: bytes, tls: ssl.SSLContext | None = None, *, open_end: bool = False
) -> Iterator[tuple[int, list[bytes]]]:
    """A site on loopback that gives everybody this answer; with `open_end` it does not end then. Its port, and what
    it was asked."""
    asked: list[bytes] = []
    over = threading.Event()

    def serve() -> None:
        with (
            suppressed(),
            server.accept()[0] as plain,
            tls.wrap_socket(plain, server_side=True) if tls else plain as line,
        ):
            asked.extend(filter(None, [line.recv(65536)]))
            line.sendall(answer)
            if open_end:
                over.wait()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1], asked
        over.set()
        with suppressed(), socket.create_connection(server.getsockname()):  # where nobody came
            pass
        thread.join()


def _wrapped(line: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    return tls.wrap_socket(line, server_side=True) if tls else line


@contextmanager
def suppressed() -> Iterator[None]:
    try:
        yield
    except OSError:
        return


def resolved(monkeypatch: pytest.MonkeyPatch, *found: Sequence[str]) -> None:
    """The names of hosts lead to these addresses, one list after the other, the last one for ever."""
    left = [*found]

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[tuple[object, ...]]:
        names = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, 1, 6, "", (each, port)) for each in names]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


OURS = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254"),
    *("100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "240.0.0.1"),
    *("192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1"),
    *("fe80::1%eth0", "fd00::1", "fec0::1", "ff02::1", "ff0e::1"),
    *("2001:db8::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::8.8.8.8"),
    *("2002:7f00:1::", "2002:808:808::", "2001:0:53aa:64c:0:0:0:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    *("64:ff9b:1::7f00:1", "100::1", "localhost", "192.0.0.192", "192.0.0.9", "192.88.99.1", "168.63.129.16"),
    *("100.100.100.200", "198.19.255.255", "198.51.100.7", "203.0.113.7", "fd00:ec2::254", "fd20:ce::254"),
    *(
        "2001::1",
        "2001:10::1",
        "2001:20::1",
        "2001:2::1",
        "3fff::1",
        "5f00::1",
        "64:ff9b::c000:c0",
        "64:ff9b::c058:6301",
    ),
]


@pytest.mark.parametrize("address", OURS)
def test_addresses_of_this_network_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "142.250.1.1", "2001:4860:4860::8888", "64:ff9b::808:808"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("found", [["10.0.0.1"], ["142.250.1.1", "10.0.0.1"], ["::1", "2001:4860:4860::8888"], []])
def test_a_host_with_any_address_of_this_network_is_not_asked(
    found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolved(monkeypatch, found)
    with pytest.raises(OSError, match=r"not public|no such host"):
        addresses("www.example.org", 443)
    with pytest.raises(Failed, match=r"not public|no such host"):
        ask(guarded("https://www.example.org/"), "GET", "/")


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "2130706433", "0x7f.0.0.1", "017700000001", "0", "[::1]", "[::ffff:10.0.0.1]"]
)
def test_every_spelling_of_this_machine_is_refused(host: str) -> None:
    with site(b"HTTP/1.1 200 OK\r\n\r\n") as (port, asked), pytest.raises(Failed):
        ask(guarded(f"https://{host}:{port}/"), "GET", "/")
    assert asked == []


def test_a_name_that_leads_elsewhere_a_moment_later_is_asked_where_it_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialled: list[object] = []

    def dial(address: object, timeout: float) -> socket.socket:
        dialled.append(address)
        raise OSError("away")

    resolved(monkeypatch, ["142.250.1.1", "2001:4860:4860::8888"], ["127.0.0.1"])
    monkeypatch.setattr(socket, "create_connection", dial)
    with pytest.raises(Failed, match="away"):
        ask(guarded("https://rebinding.example/"), "GET", "/")
    assert dialled == [("142.250.1.1", 443), ("2001:4860:4860::8888", 443)]  # the second, as the first was away


def test_own_networks_are_asked_if_they_are_named_and_others_never_without_tls() -> None:
    with site(b"HTTP/1.1 204 No Content\r\n\r\n") as (port, asked):
        assert ask(guarded(f"http://127.0.0.1:{port}/a?b", HERE), "POST", "/a?b", b"{}").status == 204
    assert asked[0].startswith(b"POST /a?b HTTP/1.1\r\n")
    with pytest.raises(Failed, match="not https, and not in a network that LIVEBLOG_WEBHOOK_NETWORKS names"):
        ask(guarded("http://8.8.8.8/", HERE), "GET", "/")


def test_tls_is_checked_against_the_name_and_not_the_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    house, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    house.issue_cert("hook.example.org").configure_cert(tls)
    house.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    resolved(monkeypatch, ["127.0.0.1"])
    with site(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", tls) as (port, _):
        found = ask(guarded(f"https://hook.example.org:{port}/", HERE), "GET", "/", largest=9)
    assert (found.status, found.body, found.more) == (200, b"ok", False)
    with site(b"", tls) as (port, asked), pytest.raises(Failed, match="certificate"):
        ask(guarded(f"https://other.example.org:{port}/", HERE), "GET", "/")
    assert asked == []


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with site(b"HTTP/1.1 307 Elsewhere\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n") as (
        port,
        asked,
    ):
        assert ask(guarded(f"http://127.0.0.1:{port}/", HERE), "POST", "/", b"{}").status == 307
    assert len(asked) == 1


def test_an_answer_has_a_size() -> None:
    def got(answer: bytes, largest: int) -> Answer:
        with site(answer) as (port, _):
            return ask(connection(f"http://127.0.0.1:{port}"), "GET", "/", largest=largest)

    long = b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + b"a" * 9000
    assert (got(long, 9000).more, got(long, 8999).more, len(got(long, 10).body), got(long, 0).body) == (
        False,
        True,
        10,
        b"",
    )
    for wrong in (
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 " + b"O" * 70_000,
        b"",
        b"SSH-2\r\n",
    ):
        with pytest.raises(Failed) as no:
            got(wrong, 10)
        assert "SSH" not in str(no.value)  # the reason is kept and shown: nothing of the other side's is in it
        assert len(str(no.value)) < 100


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na"])
def test_a_site_that_never_ends_is_cut_off(said: bytes) -> None:
    with site(said, open_end=True) as (port, _), pytest.raises(Failed, match=r"no whole answer within 0\.2 s"):
        ask(connection(f"http://127.0.0.1:{port}"), "GET", "/", patience=0.2, largest=10)


@pytest.mark.parametrize(
    "url", ["ftp://example.org/", "example.org", "", "https://[::1", "https://a:b/", "javascript:1"]
)
def test_what_is_no_address_of_the_web_is_refused(url: str) -> None:
    with pytest.raises(Failed):
        guarded(url)


@pytest.mark.parametrize("port", [0, 1, 22, 25, 53, 143, 465, 587, 993, 2049, 4190, 5060, 6000, 6667, 10080])
def test_ports_of_other_protocols_are_not_asked(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved(monkeypatch, ["142.250.1.1"])
    for host in ("www.example.org", "127.0.0.1"):  # also where the network is named
        with pytest.raises(Failed, match=f"port {port} belongs to another protocol than HTTP"):
            guarded(f"https://{host}:{port}/", HERE)
    check(f"https://www.example.org:{port + 20_000}/")
    check("https://www.example.org/")


def test_the_target_is_path_and_query() -> None:
    assert [target_of(each) for each in ("https://a", "https://a/b?c=d#e", "https://a?b")] == ["/", "/b?c=d", "/?b"]


def test_half_an_answer_is_none() -> None:
    with (
        site(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf") as (port, _),
        pytest.raises(Failed, match="too early"),
    ):
        ask(connection(f"http://127.0.0.1:{port}"), "GET", "/", largest=10)
