"""What the shipped nginx says of a request to a web process, and what it refuses: TLS, forged headers, shares."""

from __future__ import annotations

import json
import re
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.deploy.nginx import CONF, needed, nginx
from tests.ports import free_ports

pytestmark = needed
FORGED = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-For": "6.6.6.6",
}

NAMED = ("#   set_real_ip_from 192.0.2.0/24;", "set_real_ip_from 127.0.0.1;")
"""What an operator writes for a balancer."""


class Web(ThreadingHTTPServer):
    """A web process that answers with what nginx told it; as long as `dies`, it hangs up on requests instead."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Told)
        self.asked: list[str] = []
        self.dies = False


class _Told(BaseHTTPRequestHandler):
    server: Web
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append(f"{self.command} {body.decode()}")
        if self.server.dies:
            self.close_connection = True
            return
        told = "\n".join(f"{name}: {value}" for name, value in self.headers.items()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.send_header("Cache-Control", "public, max-age=1")
        self.end_headers()
        self.wfile.write(told)

    do_POST = do_GET

    def log_message(self, *what: Any) -> None:
        """Nothing."""


@contextmanager
def web() -> Iterator[Web]:
    with Web() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


@contextmanager
def front(*webs: Web, changes: tuple[tuple[str, str], ...] = (), tls: int = 0) -> Iterator[str]:
    ports = [each.server_port for each in webs]
    with tempfile.TemporaryDirectory(prefix="lb") as folder, nginx(Path(folder), ports, *changes, tls=tls) as url:
        yield url


def told(url: str, method: str = "GET", **options: Any) -> dict[str, str]:
    """The headers that the web process got."""
    answer = requests.request(method, url, timeout=60, **options)
    assert answer.status_code == 200
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in answer.text.splitlines())}


@pytest.mark.parametrize("path", ["/live/a", "/static/a.css", "/desk/", "/desk/sign-in", "/socket.io/", "/api/v1/a"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_a_client_says_of_proxies_does_not_count(path: str, method: str) -> None:
    with web() as origin, front(origin) as url:
        said = told(url + path, method, headers=FORGED | {"Host": "live.example"})
    assert said["host"] == "live.example"
    assert said["x-forwarded-proto"] == "http"
    assert said["x-forwarded-for"] == "127.0.0.1"
    assert "x-forwarded-host" not in said


def test_nobody_gets_a_page_that_another_clients_forged_scheme_made() -> None:
    with web() as origin, front(origin) as url:
        for _ in range(2):
            assert told(f"{url}/live/a", headers=FORGED)["x-forwarded-proto"] == "http"
            assert told(f"{url}/live/a")["x-forwarded-proto"] == "http"


def test_a_named_balancer_knows_scheme_and_address() -> None:
    with web() as origin, front(origin, changes=(NAMED, ("# 192.0.2.0/24 1;", "127.0.0.1 1;"))) as url:
        said = told(f"{url}/desk/", headers=FORGED | {"X-Forwarded-For": "6.6.6.6, 203.0.113.7"})
    assert (said["x-forwarded-proto"], said["x-forwarded-for"]) == ("https", "203.0.113.7")


# -- TLS


@pytest.fixture(scope="module")
def secured() -> Iterator[tuple[str, str]]:
    """The addresses of nginx with deploy/tls: plain, and by TLS."""
    (port,) = free_ports(1)
    with web() as origin, front(origin, tls=port) as url:
        yield url, f"https://127.0.0.1:{port}"


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_plain_http_leads_people_to_tls(secured: tuple[str, str]) -> None:
    plain, safe = secured
    answer = requests.post(f"{plain}/desk/sign-in?next=x", allow_redirects=False, timeout=60)
    assert (answer.status_code, answer.headers["Location"]) == (308, "https://127.0.0.1/desk/sign-in?next=x")
    assert "Strict-Transport-Security" not in answer.headers
    for path in ("/live/a", "/static/a.css", "/desk/", "/socket.io/", "/metrics"):
        answer = requests.get(safe + path, verify=False, timeout=60)
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000", path
    assert told(f"{safe}/live/a", verify=False)["x-forwarded-proto"] == "https"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "path", ["/api/v1/blogs/a/posts", "//api/v1/blogs", "/%61pi/v1/blogs", "/x/../api/v1/blogs", "/socket.io/?EIO=4"]
)
def test_a_program_that_calls_without_tls_is_told_so(secured: tuple[str, str], method: str, path: str) -> None:
    host, port = secured[0].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 60) as line:  # the path as it is written
        line.sendall(f"{method} {path} HTTP/1.0\r\nHost: live.example\r\nAuthorization: Bearer lb_x\r\n\r\n".encode())
        head, _, body = b"".join(iter(lambda: line.recv(4096), b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403 ")
    assert b"Content-Type: application/problem+json" in head
    assert b"Cache-Control: no-store" in head
    assert json.loads(body)["code"] == "without_tls"


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_trace_gives_nobody_back_what_was_sent(secured: tuple[str, str], secure: bool) -> None:
    for path in ("/live/a", "/desk/", "/api/v1/a", "/socket.io/", "/media/a"):
        answer = requests.request(
            "TRACE", secured[secure] + path, headers={"Cookie": "liveblog_session=x"}, verify=False, timeout=60
        )
        assert (answer.status_code, "liveblog_session" in answer.text) == (405, False)


def _agreed(url: str, ciphers: str = "DEFAULT", **options: Any) -> tuple[str | None, str | None]:
    """The version of TLS and the protocol that a client and nginx agree on."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.set_ciphers(f"{ciphers}@SECLEVEL=0")  # the client takes anything, so that nginx is the one that refuses
    for name, value in options.items():
        setattr(context, name, value)
    port = int(url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), 60) as line, context.wrap_socket(line) as safe:
        return safe.version(), safe.selected_alpn_protocol()


def test_http_2_and_only_current_versions_of_tls(secured: tuple[str, str]) -> None:
    _, url = secured
    assert _agreed(url) == ("TLSv1.3", "h2")
    assert _agreed(url, maximum_version=ssl.TLSVersion.TLSv1_2) == ("TLSv1.2", "h2")
    with pytest.raises(ssl.SSLError, match="ALERT_PROTOCOL_VERSION"), pytest.warns(DeprecationWarning, match="TLSv1_1"):
        _agreed(url, maximum_version=ssl.TLSVersion.TLSv1_1, minimum_version=ssl.TLSVersion.TLSv1_1)


@pytest.mark.parametrize("weak", ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-CCM8"])
def test_only_recommended_ciphers_are_spoken(secured: tuple[str, str], weak: str) -> None:
    with pytest.raises(ssl.SSLError, match="HANDSHAKE_FAILURE"):
        _agreed(secured[1], weak, maximum_version=ssl.TLSVersion.TLSv1_2)
    assert _agreed(secured[1], f"{weak}:ECDHE+AESGCM", maximum_version=ssl.TLSVersion.TLSv1_2)[0] == "TLSv1.2"
    (listed,) = re.findall(r"ssl_ciphers (.*);", (CONF.parent / "tls/tls.conf").read_text())
    good = re.compile(r"ECDHE-(ECDSA|RSA)-(AES\d+-GCM-SHA\d+|CHACHA20-POLY1305)")
    assert all(good.fullmatch(each) for each in listed.split(":"))


# -- acts


def test_an_act_with_a_key_is_sent_to_another_process_if_the_first_one_dies() -> None:
    with web() as dying, web() as other, front(dying, other) as url:
        dying.dies = True
        for number in range(6):
            sent = {"Idempotency-Key": f"key {number}"}
            answer = requests.post(f"{url}/api/v1/a", data=f"act {number}", headers=sent, timeout=60)
            assert answer.status_code == 200
        assert other.asked == [f"POST act {number}" for number in range(6)]
        assert dying.asked


def test_an_act_without_a_key_is_sent_once() -> None:
    with web() as dying, web() as other, front(dying, other) as url:
        dying.dies = other.dies = True
        assert requests.post(f"{url}/api/v1/a", data="act", timeout=60).status_code == 502
        assert len(dying.asked + other.asked) == 1


# -- shares


def test_tries_to_sign_in_are_counted_and_views_are_not() -> None:
    with web() as origin, front(origin) as url:
        answers = [requests.post(f"{url}/desk/sign-in", timeout=60) for _ in range(120)]
        refused = [each for each in answers if each.status_code == 429]
        assert refused
        assert len(refused) < len(answers)
        assert requests.get(f"{url}/desk/sign-in", timeout=60).status_code == 200
        assert requests.post(f"{url}/api/v1/a", timeout=60).status_code == 200


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2:a:b:c:d", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("2001:db8::1", "2001:db8:0:0:ffff::1", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("0.0.0.10", "10.13.10.0", False),  # bytes that a pattern may take for line ends
    ],
)
def test_an_ipv6_network_has_one_share(one: str, two: str, same: bool) -> None:
    """By the shipped pattern, with nginx's own eyes: it answers with the share's name."""
    (port,), health = free_ports(1), "server { # for the container's health"
    shown = (health, f"server {{ listen 127.0.0.1:{port}; add_header X-Share $network; return 204; }} {health}")
    with web() as origin, front(origin, changes=(shown, NAMED)):
        shares = []
        for address in (one, two):
            with socket.create_connection(("127.0.0.1", port), 60) as line:
                line.sendall(f"GET / HTTP/1.0\r\nX-Forwarded-For: {address}\r\n\r\n".encode())
                answer = b"".join(iter(lambda line=line: line.recv(4096), b""))  # type: ignore[misc]
            shares.append(answer.partition(b"X-Share: ")[2].rpartition(b"\r\n\r\n")[0])
        assert shares == [ip_address(address).packed[:8] for address in (one, two)]
        assert (shares[0] == shares[1]) == same
