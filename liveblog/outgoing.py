"""Requests of this program to other sites: one answer each, within a time and a size; redirects are not followed.

Where somebody at the desk names the address, it must be a public one, at a port of the web (`guarded`). The address
that was checked is the one that is connected to, so that a name which leads elsewhere a moment later changes nothing.
Proxies of the environment are not used.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from email.message import Message
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple
from urllib.parse import urlsplit

PATIENCE = 10.0
"""Seconds for a whole exchange, unless the caller says otherwise."""
AGENT = "liveblog"
Networks = Sequence[IPv4Network | IPv6Network]
_UNICAST, _NAT64 = ip_network("2000::/3"), ip_network("64:ff9b::/96")
"""All public hosts of IPv6, and the IPv4 hosts as networks without IPv4 see them."""
_SPECIAL = [
    ip_network(each)
    for each in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
        "168.63.129.16/32",  # a cloud's own services, at an address that is public elsewhere
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
]
"""What is no host of the internet (IANA's special-purpose registries), or a way around to another address. Python's
own `is_global` differs between its releases."""
_BAD_PORTS = frozenset(
    (
        *(0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104),
        *(109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515),
        *(526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049),
        *(3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080),
    )
)
"""Ports of other protocols, which browsers do not ask either (WHATWG Fetch, "bad port"): a request must not pass for a
mail."""


class Failed(Exception):
    """There was no answer; the message says why, without the address."""


class Answer(NamedTuple):
    """`body` has at most as many bytes as were asked for; `more` says that there were others."""

    status: int
    headers: Message
    body: bytes
    more: bool


class _Open(http.client.HTTPConnection):
    """A connection to a host that whoever runs the server has named."""

    def __init__(self, host: str, port: int, patience: float, networks: Networks | None) -> None:
        super().__init__(host, port, timeout=patience)
        self._deadline, self._networks, self._encrypted = time.monotonic() + patience, networks, False

    def connect(self) -> None:
        self.sock = self._dialled()

    def _dialled(self) -> socket.socket:
        if self._networks is None:
            return socket.create_connection((self.host, self.port), self._left())
        failed: OSError | None = None
        for address in addresses(self.host, self.port, self._networks, public=self._encrypted):
            try:
                return socket.create_connection((address, self.port), self._left())
            except OSError as error:
                failed = error
        raise failed or OSError("the host has no address")

    def _left(self) -> float:
        return max(0.001, self._deadline - time.monotonic())


class _Encrypted(_Open):
    def __init__(self, host: str, port: int, patience: float, networks: Networks | None) -> None:
        super().__init__(host, port, patience, networks)
        self._encrypted, self._tls = True, ssl.create_default_context()

    def connect(self) -> None:
        self.sock = self._dialled()
        self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()


def connection(url: str, *, patience: float = PATIENCE) -> http.client.HTTPConnection:
    """A connection, not open yet, to the host of an address that the settings name. Raises `Failed`."""
    return _connection(url, patience, None)


def guarded(url: str, networks: Networks = (), *, patience: float = PATIENCE) -> http.client.HTTPConnection:
    """A connection, not open yet, to the host of an address: over TLS to a public one, or any within `networks`.

    Raises `Failed` if the address is none, or has a port of another protocol.
    """
    found = _connection(url, patience, networks)
    if found.port in _BAD_PORTS:
        raise Failed(f"port {found.port} belongs to another protocol than HTTP")
    return found


def _connection(url: str, patience: float, networks: Networks | None) -> http.client.HTTPConnection:
    try:
        parts = urlsplit(url)
        encrypted = {"https": True, "http": False}[parts.scheme]
        return (_Encrypted if encrypted else _Open)(
            parts.hostname or "",
            (443 if encrypted else 80) if parts.port is None else parts.port,
            patience,
            networks,
        )
    except (KeyError, ValueError):
        raise Failed("this is no address of the web") from None


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    patience: float = PATIENCE,
    largest: int = 0,
) -> Answer:
    """Ask for `target` (a path with its query) and close the connection. Raises `Failed`."""
    late = threading.Event()
    end = threading.Timer(patience, _cut, [connection, late])  # a timeout of the socket would count from each byte
    end.start()
    try:
        connection.connect()
        _check_still(late)  # it may not have had a socket to cut
        connection.request(method, target, body or None, {"User-Agent": AGENT} | dict(headers or {}))
        answer = connection.getresponse()
        data = answer.read(largest + 1) if largest else b""
        _check_still(late)  # a line that is cut looks like one that has ended
        if largest and len(data) <= largest and answer.length:
            raise Failed("the answer ended too early")
        return Answer(answer.status, answer.headers, data[:largest], len(data) > largest)
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as error:  # the last two: TLS was cut off
        why = f"no whole answer within {patience:g} s" if late.is_set() else _said(error)
        raise Failed(why) from None
    finally:
        end.cancel()
        connection.close()


def _check_still(late: threading.Event) -> None:
    if late.is_set():
        raise TimeoutError


def _said(error: Exception) -> str:
    if isinstance(error, http.client.HTTPException):  # its message has what the other side sent
        return "the answer is not HTTP, or was cut off"
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return said or type(error).__name__


def target_of(url: str) -> str:
    """The path and query of an address."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _cut(connection: http.client.HTTPConnection, late: threading.Event) -> None:
    late.set()  # first: whoever reads sees the end at once
    if connection.sock is not None:
        with suppress(OSError):  # it has ended by itself
            connection.sock.shutdown(socket.SHUT_RDWR)


def check(url: str, networks: Networks = ()) -> None:
    """Look the host of an address up, as `guarded` does when it connects. Raises `Failed`."""
    line = guarded(url, networks)
    try:
        addresses(line.host, line.port, networks, public=urlsplit(url).scheme == "https")
    except OSError as no:
        raise Failed(_said(no)) from None


def addresses(host: str, port: int, networks: Networks = (), *, public: bool = True) -> list[str]:
    """The addresses of a host, if all are within `networks` or, with `public`, public. Raises `OSError`."""
    try:
        found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError:  # a label of a name that is too long, or none
        found = []
    except socket.gaierror as error:
        if error.errno != socket.EAI_NONAME:
            raise OSError("the host's name cannot be looked up") from error
        found = []
    if not found:
        raise OSError("there is no such host")
    if not all(_is_within(each, networks) or (public and is_public(each)) for each in found):
        what = "the host is not public" if public else "the address is not https"
        raise OSError(f"{what}, and not in a network that LIVEBLOG_WEBHOOK_NETWORKS names")
    return found


def _is_within(address: str, networks: Networks) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found.version == network.version and found in network for network in networks)


def is_public(address: str) -> bool:
    """Whether an address leads to a host of the internet, and by no way around to one of this network."""
    try:
        found = ip_address(address)
    except ValueError:  # with a zone: of this network
        return False
    if isinstance(found, IPv6Address) and found in _NAT64:
        found = IPv4Address(int(found) & 0xFFFFFFFF)
    if isinstance(found, IPv6Address) and found not in _UNICAST:
        return False
    return not any(found.version == each.version and found in each for each in _SPECIAL)
