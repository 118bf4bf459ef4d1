"""Settings: environment variables LIVEBLOG_*, declared in one table, parsed strictly; refusals name the variable."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from importlib.util import find_spec
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct

from .identity.groups import Grant
from .identity.groups import parsed as _grants

PREFIX = "LIVEBLOG_"
_PREFIX = re.compile(r"(/(?!\.\.?(/|$))[A-Za-z0-9._~-]+)*/?")
"""A path below which a site is; no letter of it is written in two ways, and browsers keep it as it is."""

CACHES = ("fastly", "cloudflare", "varnish", "nginx")
"""The kinds of caches that can be told to drop something (`push/caches.py`)."""
LONGEST_SOCKET = 103
"""Bytes of a unix socket's path that every system takes."""


class WrongSetting(Exception):
    """A setting that cannot be used; the message names it."""


class Setting(NamedTuple):
    name: str
    default: str
    parse: Callable[[str], Any]
    help: str


def _host(text: str) -> str:
    kind, _, path = text.partition(":")
    if kind == "unix" and not 0 < len(path.encode()) <= LONGEST_SOCKET:
        raise ValueError(f"an address, a name, or unix: and the path of a socket, at most {LONGEST_SOCKET} bytes long")
    return text


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return parse


def _optional(text: str) -> str | None:
    return text or None


def _storage_url(text: str) -> str | None:
    schemes = ("redis", "rediss", "valkey", "valkeys", "unix", "redis+sentinel", "redis+cluster")
    scheme, _, rest = text.partition("://")
    if text and scheme not in schemes:
        raise ValueError(f"an address that begins with one of {', '.join(f'{s}://' for s in schemes)}")
    hosts = rest.partition("/")[0].rpartition("@")[2] if scheme != "unix" else ""
    if not all(re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]*)(:\d{1,5})?", host) for host in hosts.split(",")):
        raise ValueError("an address such as redis://host:6379/0 or redis+sentinel://one:26379,two:26379/mymaster")
    return text or None


def _base_url(text: str) -> str | None:
    if text and not _is_site(text):
        raise ValueError("an address such as https://live.example.org or https://example.org/blog")
    return text.rstrip("/") or None


def _is_site(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host = re.fullmatch(r"[^\s<>\"'\\]+", parts.hostname or "") and "@" not in parts.netloc and parts.port != 0
    except ValueError:  # a port or an IPv6 address that is none
        return False
    plain = host and not (parts.query or parts.fragment) and _PREFIX.fullmatch(parts.path)
    return parts.scheme in ("http", "https") and bool(plain)


def _optional_url(text: str) -> str | None:
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("an address such as https://hub.example.org/")
    return text or None


def _token(text: str) -> str | None:
    if text and not re.fullmatch(r"[\x21-\x7e]{16,200}", text):
        raise ValueError("16 to 200 visible ASCII characters")
    return text or None


def _caches(text: str) -> tuple[tuple[str, str], ...]:
    """Pairs of a kind and an address, without a slash at its end."""
    parts = [each.strip().partition("=") for each in text.split(",") if each.strip()]
    if not all(kind in CACHES and _is_site(address) for kind, _, address in parts):
        raise ValueError(f"pairs such as varnish=http://varnish:6081, separated by commas; kinds: {', '.join(CACHES)}")
    return tuple(dict.fromkeys((kind, address.rstrip("/")) for kind, _, address in parts))


def _media_url(text: str) -> str | None:
    scheme, _, place = text.partition("://")
    if text and (scheme not in ("s3", "file") or not place.strip("/")):
        raise ValueError("an address such as s3://bucket/pictures or file:///srv/pictures")
    if scheme == "s3" and find_spec("s3fs") is None:
        raise ValueError("file://…, or the package s3fs must be installed (pip install 'liveblog[s3]')")
    return text.rstrip("/") or None


def _backup_place(text: str) -> str | None:
    return _media_url(text) if "://" in text else text or None


def _backup_with(text: str) -> tuple[str, ...]:
    parts = tuple(each.strip() for each in text.split(",") if each.strip())
    if not set(parts) <= {"media", "people"}:
        raise ValueError("media, people, or both, separated by a comma")
    return parts


def _fonts(text: str) -> str:
    if text and not any(Path(text).rglob("*.[ot]t[fc]")):
        raise ValueError("a directory with fonts (.ttf, .otf, .ttc)")
    return text


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(origin.strip().rstrip("/") for origin in text.split(",") if origin.strip())
    if any(origin != "*" and urlsplit(origin).scheme not in ("http", "https") for origin in origins):
        raise ValueError("origins such as https://www.example.org, separated by commas, or *")
    return origins


def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    if text == "none":
        return ()
    try:
        return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())
    except ValueError:
        raise ValueError("addresses or networks such as 192.0.2.7, 10.0.0.0/8 with commas between, or none") from None


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """An IP address; IPv4 even if a dual-stack socket reports it as IPv6. None for any other text."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _log_level(text: str) -> str:
    if text.lower() not in ("debug", "info", "warning", "error"):
        raise ValueError("debug, info, warning or error")
    return text.lower()


def _log_format(text: str) -> str:
    if text.lower() not in ("text", "json"):
        raise ValueError("text or json")
    return text.lower()


def _language(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise ValueError("a language tag such as en, es or pt-BR")
    return text


def _automatic(text: str) -> bool:
    if text not in ("auto", "off"):
        raise ValueError("auto or off")
    return text == "auto"


def _issuer(text: str) -> str | None:
    parts = urlsplit(text)
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if text and (not _is_site(text) or (parts.scheme != "https" and not here)):
        raise ValueError("an address such as https://login.example.org/realms/news, as the provider writes it")
    return text or None


def _scopes(text: str) -> str:
    if "openid" not in text.split():
        raise ValueError("openid and other scopes, separated by spaces")
    return " ".join(text.split())


def _second_factor(text: str) -> str:
    if text not in ("optional", "admins", "all"):
        raise ValueError("optional, admins or all")
    return text


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("0 or 1")
    return text == "1"


SETTINGS = [
    Setting("REDIS_URL", "", _storage_url, "Redis ≥ 7.0 or Valkey to store in; empty: the embedded server"),
    Setting("DATA", "./var", Path, "directory of the embedded server's data"),
    Setting("SECRET_KEY", "", _optional, "secret for CSRF tokens; empty: made once and kept in storage"),
    Setting("SESSION_HOURS", "12", _whole(1, 720), "hours after which everybody signs in again"),
    Setting("SESSION_IDLE_MINUTES", "120", _whole(5, 43_200), "minutes without use after which a session ends"),
    Setting(
        "SECOND_FACTOR",
        "optional",
        _second_factor,
        "who needs a second factor beside a password: optional, admins or all",
    ),
    Setting(
        "BASE_URL", "", _base_url, "public address, with the path if there is one; empty: the address of each request"
    ),
    Setting("PASSWORDS", "1", _switch, "0: people sign in at the identity provider only"),
    Setting("OIDC_ISSUER", "", _issuer, "OpenID Connect provider where people can sign in; empty: none"),
    Setting("OIDC_CLIENT_ID", "", _optional, "the client that this liveblog is at the provider"),
    Setting("OIDC_CLIENT_SECRET", "", _optional, "the client's secret; empty: a public client"),
    Setting("OIDC_SCOPES", "openid profile", _scopes, "scopes that are asked for, separated by spaces"),
    Setting("OIDC_GROUPS", "groups", str, "claim with a person's groups, or the path to it with dots"),
    Setting("OIDC_ROLES", "", _grants, "the roles of groups: GROUP=ROLE or GROUP=ROLE:blog,blog, with ; between"),
    Setting("ORIGINS", "", _origins, "other origins whose pages may open the push socket, separated by commas"),
    Setting("PROXIES", "127.0.0.1,::1", _networks, "proxies whose X-Forwarded-For, -Proto and -Host count, or none"),
    Setting("HOST", "127.0.0.1", _host, "address to listen on, or unix: and the path of a socket"),
    Setting("PORT", "8000", _whole(0, 65535), "port to listen on; 0: any free one"),
    Setting("WORKERS", "1", _whole(1, 256), "web processes that share the port"),
    Setting("LOG", "info", _log_level, "least level logged: debug, info, warning or error"),
    Setting("LOG_FORMAT", "text", _log_format, "form of the log's lines: text, or json (one object a line)"),
    Setting("REPLICAS", "0", _whole(0, 16), "replicas that must have a change before it is acknowledged"),
    Setting("STREAM_LENGTH", "2000", _whole(10, 1_000_000), "changes kept for processes that catch up"),
    Setting("HISTORY_LENGTH", "20000", _whole(100, 10_000_000), "earlier versions of posts kept in a blog"),
    Setting("DRAFT_HISTORY_LENGTH", "2000", _whole(100, 10_000_000), "earlier versions of drafts kept in a blog"),
    Setting("AUDIT_LENGTH", "20000", _whole(100, 10_000_000), "entries kept in each audit log"),
    Setting("KEEP_SECONDS", "600", _whole(1, 86_400), "seconds that a blog stays in memory after the last request"),
    Setting("HEAD_SECONDS", "15", _whole(1, 24), "seconds between two `head` beats"),
    Setting("DRAIN_SECONDS", "5", _whole(0, 300), "seconds that readers get to leave at a planned stop"),
    Setting("BACKLOG_BYTES", "1048576", _whole(65_536, 1 << 30), "bytes a slow reader may lag before it is closed"),
    Setting("IO_URING", "auto", _automatic, "auto: send to readers by Linux's io_uring where it is; off: never"),
    Setting("MEDIA", "", _media_url, "where pictures are kept, s3://… or file://…; empty: `media` below LIVEBLOG_DATA"),
    Setting("MEDIA_BYTES", "52428800", _whole(65_536, 1 << 30), "bytes that an uploaded picture may have"),
    Setting(
        "MEDIA_PIXELS", "110000000", _whole(10_000, 200_000_000), "pixels of an uploaded picture; a JPEG: twice as many"
    ),
    Setting("BACKUP", "", _backup_place, "directory, or s3://…, for backups that the server makes; empty: none"),
    Setting("BACKUP_HOURS", "24", _whole(1, 8760), "hours between two backups"),
    Setting("BACKUP_KEEP", "14", _whole(1, 10_000), "how many backups are kept"),
    Setting("BACKUP_WITH", "media", _backup_with, "what is in them beside the blogs: media, people, or both"),
    Setting("LANGUAGE", "en", _language, "language of pages that belong to no blog, such as es"),
    Setting("PUBLISHER", "", _optional, "who publishes, for feeds and search engines; empty: the blog's title"),
    Setting("PUBLISHER_LOGO", "", _optional_url, "address of the publisher's logo; empty: none"),
    Setting("CARD_FONTS", "", _fonts, "directory of fonts for scripts other than Latin and Cyrillic on share pictures"),
    Setting("OEMBED", "0", _switch, "1: the desk may ask known sites for the titles of videos and posts"),
    Setting("HUB", "", _optional_url, "WebSub hub to tell of each change (with LIVEBLOG_BASE_URL); empty: none"),
    Setting("TOKEN", "", _optional, "token for commands with `--server`; servers do not use it"),
    Setting("CACHES", "", _caches, "caches to be told what was withdrawn, such as varnish=http://varnish:6081"),
    Setting("FASTLY_TOKEN", "", _token, "secret for Fastly's API, to purge; with fastly=… in LIVEBLOG_CACHES"),
    Setting("CLOUDFLARE_TOKEN", "", _token, "the same for Cloudflare's API, and cloudflare=…"),
    Setting("WEBHOOK_NETWORKS", "none", _networks, "networks of your own in which webhooks may be received, or none"),
    Setting("RELAY_FROM", "", _base_url, "address of the liveblog to relay; empty: this one has blogs of its own"),
    Setting("RELAY_TOKEN", "", _token, "secret of an origin and its relays, for figures; empty: none are sent"),
    Setting("RELAY_BYTES", "1073741824", _whole(1_048_576, 1 << 50), "bytes of pictures that a relay keeps"),
]


class Settings(Struct, frozen=True, kw_only=True):
    """The parsed settings; see `SETTINGS` for what each means."""

    redis_url: str | None
    data: Path
    secret_key: str | None
    session_hours: int
    session_idle_minutes: int
    second_factor: Literal["optional", "admins", "all"]
    base_url: str | None
    passwords: bool
    oidc_issuer: str | None
    oidc_client_id: str | None
    oidc_client_secret: str | None
    oidc_scopes: str
    oidc_groups: str
    oidc_roles: tuple[Grant, ...]
    origins: tuple[str, ...]
    proxies: tuple[IPv4Network | IPv6Network, ...]
    host: str
    port: int
    workers: int
    log: str
    log_format: Literal["text", "json"]
    replicas: int
    stream_length: int
    history_length: int
    draft_history_length: int
    audit_length: int
    keep_seconds: int
    head_seconds: int
    drain_seconds: int
    backlog_bytes: int
    io_uring: bool
    media: str | None
    media_bytes: int
    media_pixels: int
    backup: str | None
    backup_hours: int
    backup_keep: int
    backup_with: tuple[str, ...]
    language: str
    publisher: str | None
    publisher_logo: str | None
    card_fonts: str
    oembed: bool
    hub: str | None
    token: str | None
    caches: tuple[tuple[str, str], ...]
    fastly_token: str | None
    cloudflare_token: str | None
    webhook_networks: tuple[IPv4Network | IPv6Network, ...]
    relay_from: str | None
    relay_token: str | None
    relay_bytes: int

    @property
    def is_relay(self) -> bool:
        """Whether this is a relay, which has no storage."""
        return self.relay_from is not None

    @property
    def prefix(self) -> str:
        """The path below which the site is, such as `/blog`; empty for none."""
        return urlsplit(self.base_url or "").path

    @property
    def at_https_root(self) -> bool:
        """Whether the public address is that of a host of its own, by HTTPS."""
        return (self.base_url or "").startswith("https:") and not self.prefix

    @property
    def storage(self) -> dict[str, int]:
        """The store's arguments beside its address: replicas that must confirm, and how much is kept of each kind."""
        names = ("replicas", "stream_length", "history_length", "draft_history_length", "audit_length")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read LIVEBLOG_* variables. Raises `WrongSetting` for a bad value or a name that does not exist."""
        known = {setting.name: setting for setting in SETTINGS}
        environ = _with_files(environ, known)
        for variable in environ:
            name = variable.removeprefix(PREFIX)
            if variable.startswith(PREFIX) and name not in known and not name.startswith("TEST_"):
                close = difflib.get_close_matches(name, known, n=1)
                hint = f"; did you mean {PREFIX}{close[0]}?" if close else ""
                raise WrongSetting(f"there is no setting {variable}{hint}")
        found = cls(**{name.lower(): _parse(setting, environ) for name, setting in known.items()})
        if found.hub and not found.base_url:
            raise WrongSetting(f"{PREFIX}HUB needs {PREFIX}BASE_URL: the hub gets the feeds' public addresses")
        for kind, secret in (("fastly", found.fastly_token), ("cloudflare", found.cloudflare_token)):
            if kind in dict(found.caches) and not secret:
                raise WrongSetting(f"{PREFIX}CACHES with {kind}=… needs {PREFIX}{kind.upper()}_TOKEN")
        if {"varnish", "nginx"} & dict(found.caches).keys() and not found.base_url:
            raise WrongSetting(
                f"{PREFIX}CACHES needs {PREFIX}BASE_URL: the cache has answers by their public addresses"
            )
        _check_oidc(found)
        return found


def _check_oidc(found: Settings) -> None:
    """Raise `WrongSetting` where settings of the identity provider lack others."""
    if found.oidc_issuer is None and not found.passwords:
        raise WrongSetting(f"{PREFIX}PASSWORDS=0 needs {PREFIX}OIDC_ISSUER: nobody could sign in")
    for name, value in (("BASE_URL", found.base_url), ("OIDC_CLIENT_ID", found.oidc_client_id)):
        if found.oidc_issuer is not None and not value:
            raise WrongSetting(f"{PREFIX}OIDC_ISSUER needs {PREFIX}{name}")
    if found.oidc_issuer is not None and not found.oidc_roles:
        raise WrongSetting(f"{PREFIX}OIDC_ISSUER needs {PREFIX}OIDC_ROLES: nobody would have a role")
    if not found.passwords and not any(each.role == "admin" and each.blogs is None for each in found.oidc_roles):
        raise WrongSetting(f"{PREFIX}PASSWORDS=0 needs GROUP=admin in {PREFIX}OIDC_ROLES: no admin could sign in")


def _with_files(environ: Mapping[str, str], known: Collection[str]) -> dict[str, str]:
    """The environment with the values of files: `LIVEBLOG_X_FILE` names the file in which the value of X is.

    So a secret need not be in the environment, which other programs of the same user can read.
    """
    found = dict(environ)
    for variable, path in environ.items():
        name = variable.removeprefix(PREFIX).removesuffix("_FILE")
        if variable != f"{PREFIX}{name}_FILE" or name not in known:
            continue
        if environ.get(PREFIX + name):
            raise WrongSetting(f"{PREFIX}{name} and {variable} are both set; remove one")
        del found[variable]
        try:
            found[PREFIX + name] = Path(path).read_text().strip() if path else ""
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is no text"
            raise WrongSetting(f"{variable} names {path!r}, which cannot be read: {why}") from None
    return found


def _parse(setting: Setting, environ: Mapping[str, str]) -> Any:
    text = environ.get(PREFIX + setting.name, "").strip() or setting.default
    try:
        return setting.parse(text)
    except ValueError as error:
        secret = setting.name.endswith("TOKEN")
        shown = "…" if secret else re.sub(r"(?<=//)[^/]*(?=@)|(?<=password=)[^&]*", "…", text)  # a password stays out
        raise WrongSetting(f"{PREFIX}{setting.name} is {shown!r}; it must be {error}") from None
