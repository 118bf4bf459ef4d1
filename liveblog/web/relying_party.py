"""Where passkeys are valid: the site's host, which WebAuthn calls the relying party's id, and its origin."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from . import site


class Place(NamedTuple):
    host: str
    origin: str


def place() -> Place | None:
    """None where there are no passkeys: without HTTPS or a name (browsers ask for both), or a public address."""
    parts = urlsplit(site.base())
    with suppress(UnicodeError, ValueError):
        host = (parts.hostname or "").encode("idna").decode()
        usual = {"http": 80, "https": 443}.get(parts.scheme)
        origin = f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, usual) else "")
        secure = parts.scheme == "https" or host == "localhost"
        return Place(host, origin) if site.is_addressed() and secure and _is_name(host) else None
    return None


def host() -> str:
    """The site's name, under which authenticators list it."""
    return urlsplit(site.base()).hostname or "liveblog"


def _is_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return bool(host)
    return False
