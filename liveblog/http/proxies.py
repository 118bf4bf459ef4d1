"""A request as its client sent it: its scheme, host and address, before the proxies that LIVEBLOG_PROXIES names.

This is the only place that reads X-Forwarded headers. From any other peer they do not count: everybody can send them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TYPE_CHECKING, NamedTuple

from ..config import address_of
from .request_head import is_authority

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FOR, PROTO, HOST = "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
"""Some proxies name a websocket's own scheme."""
OURS = re.compile(
    r"/?$|/(live|desk|pages|api|static|media)/|/(desk|socket\.io|healthz|readyz|metrics|oembed)/?$|/\w+\.(js|xml|txt)$"
)
"""The beginnings of the paths of this site."""
_ABSOLUTE = re.compile(r"(?i:https?)://([^/?#]*)")


def bucket(address: str) -> str:
    """Whose requests are counted together: those of an address, also if a dual-stack socket reports IPv4 as IPv6; of
    IPv6 those of a network (/64), in which one client has all addresses. Every limit by address asks this."""
    return _network(address, 32, 64)


def neighbourhood(address: str) -> str:
    """The wider network of an address (/24, of IPv6 /48), of which one customer may have all."""
    return _network(address, 24, 48)


def _network(address: str, ipv4: int, ipv6: int) -> str:
    found = address_of(address)
    if found is None:
        return address
    bits, kept = (32, ipv4) if found.version == 4 else (128, ipv6)
    first = int(found) >> (bits - kept) << (bits - kept)
    if found.version == 4:
        return str(IPv4Address(first)) if kept == bits else f"{IPv4Address(first)}/{kept}"
    return f"{IPv6Address(first)}/{kept}"


class Client(NamedTuple):
    """`scheme` is `http` or `https`; `address` is empty for a client at our unix socket."""

    scheme: str
    host: str
    address: str


class Proxies:
    """The named proxies. A peer at our unix socket is one too: the file's rights say who may connect."""

    def __init__(self, networks: Iterable[IPv4Network | IPv6Network]) -> None:
        self._networks = tuple(networks)

    def client(self, peer: str, host: str, header: Callable[[str], str]) -> Client:
        """The client of a request from `peer` with this Host; `header` gives a header's value, or an empty text.

        Each proxy appends its peer to X-Forwarded-For. So the client is the last address there that is not a named
        proxy's, and what stands left of it is the client's own claim. Of several schemes or hosts, the one counts that
        the outermost named proxy has written.
        """
        said = _listed(header(FOR))
        passed = 0
        while self.is_named(peer):
            passed += 1
            hop = _without_port(said.pop()) if said else None
            if hop is None:
                break
            peer = hop
        peer = str(address_of(peer) or peer)
        if not passed:
            return Client("http", host, peer)
        scheme = _SCHEMES.get(_outermost(header(PROTO), passed).lower(), "http")
        outer = _outermost(header(HOST), passed)
        return Client(scheme, outer if is_authority(outer) else host, peer)

    def is_named(self, peer: str) -> bool:
        """Whether a peer is a named proxy, whose headers count."""
        address = address_of(peer)
        return not peer or (address is not None and any(address in network for network in self._networks))


class Outside:
    """WSGI middleware: the application sees the request as its client sent it, at an address below `prefix`.

    A proxy may pass the prefix on or remove it.
    """

    def __init__(self, app: WSGIApplication, proxies: Proxies, prefix: str) -> None:
        self._app, self._proxies, self._prefix = app, proxies, prefix

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def header(name: str) -> str:
            return str(environ.pop(f"HTTP_{name.upper().replace('-', '_')}", ""))

        peer = str(environ.get("REMOTE_ADDR", ""))
        if not self._proxies.is_named(peer):
            for name in ("HTTP_X_REQUEST_ID", "HTTP_TRACEPARENT"):
                environ.pop(name, None)
        absolute = _ABSOLUTE.match(str(environ.get("RAW_URI", "")))  # it counts, whatever Host says (RFC 9112, 3.2.2)
        host = absolute[1] if absolute else str(environ.get("HTTP_HOST", ""))
        client = self._proxies.client(peer, host, header)
        environ |= {"wsgi.url_scheme": client.scheme, "REMOTE_ADDR": client.address}
        environ.pop("HTTP_HOST", None)
        if is_authority(client.host):
            environ["HTTP_HOST"] = client.host
        environ |= {"SCRIPT_NAME": self._prefix, "PATH_INFO": inside(str(environ["PATH_INFO"]), self._prefix)}
        return self._app(environ, start_response)


def inside(path: str, prefix: str) -> str:
    """A path as the application knows it: without the site's prefix.

    A prefix may be called as one of our folders is, such as `/live`: it is removed only if an address of ours remains.
    """
    if prefix and path.startswith(prefix) and OURS.match(path, len(prefix)):
        return path[len(prefix) :] or "/"
    return path


def _listed(value: str) -> list[str]:
    return [each.strip() for each in value.split(",")] if value else []


def _outermost(value: str, passed: int) -> str:
    """The value that the outermost of `passed` proxies has written, whether each adds its own or passes it on."""
    said = _listed(value)
    return said[-min(passed, len(said))] if said else ""


def _without_port(said: str) -> str | None:
    """An address of X-Forwarded-For, where some proxies add the port; None for what is no address."""
    matched = re.fullmatch(r"\[([0-9a-fA-F:.]+)\](?::\d+)?|([0-9.]+):\d+", said)
    address = address_of(next(filter(None, matched.groups())) if matched else said)
    return None if address is None else str(address)
