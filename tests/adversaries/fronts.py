"""Raw connections to a web process, and to one behind the shipped nginx and HAProxy."""

from __future__ import annotations

import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.deploy.nginx import NGINX, nginx
from tests.deploy.proxies import haproxy, running
from tests.live_server import LiveServer, until
from tests.ports import free_ports
from tests.ready import readable

Dial = Callable[[], socket.socket]
LAST = b"GET /desk/last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def said_to(line: socket.socket, sent: bytes) -> bytes:
    """All answers to these bytes. A client that is not answered for a moment ends its half, and is hung up on."""
    heard = b""
    with line:
        try:
            line.sendall(sent)
            if not readable(line, seconds=0.2):
                _ended(line)
            while more := line.recv(65536):
                heard += more
                if not readable(line, seconds=0.2):
                    _ended(line)
        except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
            pass  # hung up on while it was still sending
    return heard


def _ended(line: socket.socket) -> None:
    socket.socket.shutdown(line, socket.SHUT_WR)  # that of TLS would end both halves


def _by_tls(port: int, protocol: str = "") -> socket.socket:
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE  # made for this test
    if protocol:
        trust.set_alpn_protocols([protocol])
    line = socket.create_connection(("127.0.0.1", port), 60)
    return trust.wrap_socket(line, server_hostname="localhost", suppress_ragged_eofs=True)


@contextmanager
def front(name: str, server: LiveServer, *, protocol: str = "") -> Iterator[Dial]:
    """Opens connections to a proxy with the shipped configuration, in front of one web process.

    With a `protocol` of TLS (`h2`) they speak that one; otherwise those to nginx are without TLS.
    """
    web = server.url.removeprefix("http://")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lb")))
        folder.chmod(0o755)
        if name == "haproxy":
            place = stack.enter_context(running(haproxy, folder, web))
            until(lambda: b"HTTP/1.1 302 " in said_to(_by_tls(place.port), LAST))
            yield lambda: _by_tls(place.port, protocol)
            return
        if NGINX is None:
            pytest.skip("nginx is not installed (Debian: apt install nginx-light)")
        tls = free_ports(1)[0] if protocol else 0
        front = stack.enter_context(nginx(folder, [int(web.partition(":")[2])], tls=tls)).removeprefix("http://")
        if protocol:
            yield lambda: _by_tls(tls, protocol)
            return
        yield lambda: socket.create_connection(("127.0.0.1", int(front.partition(":")[2])), 60)
