"""Addresses as people write and paste them: what a link that stands in a text leads to."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

_MAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[a-z]{2,24}", re.I | re.A)
_DETOURS = {
    "www.google.com/url": ("q", "url"),
    "google.com/url": ("q", "url"),
    "l.facebook.com/l.php": ("u",),
    "lm.facebook.com/l.php": ("u",),
}
"""Addresses that only lead on, as word processors and mailboxes write them: host and path, where the target stands."""
_SAFE_LINKS = ".safelinks.protection.outlook.com"


def target(address: str) -> str | None:
    """Where a link leads, with a scheme and without detours; None where that depends on the page it was taken from.

    A link that begins with `www.` leads by https, and one that is a mail address is one.
    """
    address = address.strip()
    if re.match(r"(?:https?|mailto|tel):", address, re.I):
        return straight(address)
    if re.match(r"www\.[^\W_]", address, re.I):
        return f"https://{address}"
    return f"mailto:{address}" if _MAIL.fullmatch(address) else None


def straight(address: str) -> str:
    """The address that a detour leads to; any other address as it is."""
    try:
        url = urlsplit(address)
        host = (url.hostname or "").lower()
        names = ("url",) if host.endswith(_SAFE_LINKS) else _DETOURS.get(f"{host}{url.path}", ())
        found = parse_qs(url.query) if names else {}
    except ValueError:
        return address
    onward = next((found[name][0] for name in names if name in found), "")
    return onward if re.match(r"https?://", onward, re.I) else address
