"""What takes bytes from strangers, as functions of bytes: each either works or refuses in the program's own words.

A target checks what must hold of its result, and raises `AssertionError` otherwise. `SEEDS` are inputs to start from.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from contextlib import suppress
from html.parser import HTMLParser
from ipaddress import ip_address, ip_network

import msgspec

from liveblog.errors import Refusal
from liveblog.http import request_head
from liveblog.http.proxies import Proxies
from liveblog.intake import nominees
from liveblog.intake.article import decode_article, from_clipboard, parse_article
from liveblog.intake.night import decode_night, read_text
from liveblog.protocol import asked, introduced
from liveblog.push.deflate import ANSWER, WINDOW, agreed
from liveblog.push.engineio_bridge import _is_packet
from liveblog.push.frames import BROKEN, CLOSE, Event, Parser
from liveblog.store.backup import Backup
from liveblog.store.dump import parsed
from liveblog.web import render

Target = Callable[[bytes], None]
LIMIT = 1 << 16
"""Bytes of a websocket's message."""
PROXIES = Proxies([ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")])


class _Reader(HTMLParser):
    """Reads HTML as a browser would begin to, and notes what may run or lead to something that runs."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in render.TAGS:
            self.wrong.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("style", "srcdoc", "formaction", "action", "src"):
                self.wrong.append(f"{tag} {name}")
            if name == "href" and not re.match(r"(https?:|mailto:|tel:|/|#|\?)", value or "", re.I):
                self.wrong.append(f"{tag} {value!r}")

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"comment {data!r}")


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def safe(html: str) -> None:
    """Assert that HTML can do nothing but be read."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert not reader.wrong, reader.wrong


def head(data: bytes) -> None:
    """A request's head: if it is read, its parts are what the handlers rely on, and the door finds no fault with it."""
    wrong = request_head.fault(data)
    found = request_head.read(data)
    assert isinstance(wrong, str)
    if found is not None:
        assert not wrong, (data, wrong)
        assert found.path.startswith(b"/") or found.path == b"*" or b"%" in data, found.path
        assert not set(b"\r\n\0") & set(b"".join([*found.headers, *found.headers.values()]))
        found.args()
        found.environ()
        assert found.old or request_head.is_authority(found.text(b"host"))


def frames(data: bytes) -> None:
    """A client's frames are the same whether they come at once or byte by byte, and never take more than the limit."""
    for inflates in (False, True):
        slowly, second = Parser(LIMIT, inflates=inflates), list[Event]()
        first = Parser(LIMIT, inflates=inflates).feed(data)
        for byte in data:
            if second and second[-1][0] in (BROKEN, CLOSE):  # nothing counts after that
                break
            second += slowly.feed(bytes((byte,)))
        assert first == second
        assert all(len(payload) <= LIMIT for _, payload in first if isinstance(payload, bytes | str))


def extensions(data: bytes) -> None:
    """What a handshake offers: the answer is ours, and may stand in a head, or there is none."""
    try:
        answer = agreed(data.decode("latin-1"))
    except ValueError as no:
        raise Refusal(str(no)) from None
    assert answer in ("", ANSWER, f"{ANSWER}; server_max_window_bits={WINDOW}")
    assert not answer or b"permessage-deflate" in data


def packet(data: bytes) -> None:
    """A message to another namespace is a packet or is not."""
    assert isinstance(_is_packet(_text(data)), bool)
    _is_packet(data)


def position(data: bytes) -> None:
    """Where a client says that it stands: in a query, as Last-Event-ID, in a CONNECT."""
    epoch, _, seq = _text(data).partition("&")
    for query, last_event_id in (({"epoch": epoch, "after": seq}, ""), ({}, _text(data))):
        with suppress(Refusal):
            asked(query, last_event_id)
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return
    introduced(said)


def forwarded(data: bytes) -> None:
    """What a named proxy forwards: the client has an address, and a scheme and host that can be written on a page."""
    hops, _, rest = _text(data).partition("\n")
    proto, _, host = rest.partition("\n")
    said = {"X-Forwarded-For": hops, "X-Forwarded-Proto": proto, "X-Forwarded-Host": host}
    client = PROXIES.client("10.1.2.3", "live.example", lambda name: said.get(name, ""))
    ip_address(client.address)
    assert client.scheme in ("http", "https")
    assert request_head.is_authority(client.host)
    assert PROXIES.client("203.0.113.7", "live.example", lambda name: said.get(name, "")).host == "live.example"


def markdown(data: bytes) -> None:
    """A post's text: readers get nothing that runs, and a line of plain words without markup of ours."""
    shown = render.markdown(_text(data))
    safe(shown)
    assert "\n" not in render.plain(_text(data))


def article(data: bytes) -> None:
    """An article of any kind: what becomes of it is a post that can be shown."""
    for name in ("article.txt", "article.md", "article.html"):
        decoded = decode_article(data, name)
        found = parse_article(decoded.text, name, decoded.notes)
        assert found.body.strip() or found.headline
        safe(render.markdown(found.body))


def clipboard(data: bytes) -> None:
    """A paste in two forms."""
    html, _, text = _text(data).partition("\0")
    safe(render.markdown(from_clipboard(html, text)))


def night(data: bytes) -> None:
    """A running order: categories with ids and nominees, as the board needs them."""
    for name in ("night.toml", "night.csv", "night.json"):
        found = read_text(decode_night(data, name), name)
        ids = [category.id for category in found.categories]
        assert len({*ids}) == len(ids)
        msgspec.json.encode(found.categories)


def pasted_nominees(data: bytes) -> None:
    """Nominees as somebody pastes them."""
    for each in nominees.read(_text(data)):
        assert "\n" not in each.line


def imported(data: bytes) -> None:
    """An exported blog: its timelines hold together."""
    found = parsed(data.splitlines(keepends=True))
    assert all(obj.seq <= timeline.seq for timeline in found.timelines.values() for obj in timeline.objects)


def backup(data: bytes) -> None:
    """A backup: every file in it is as its manifest says."""
    Backup(io.BytesIO(data))


TARGETS: dict[str, Target] = {
    "head": head,
    "frames": frames,
    "extensions": extensions,
    "packet": packet,
    "position": position,
    "forwarded": forwarded,
    "markdown": markdown,
    "article": article,
    "clipboard": clipboard,
    "night": night,
    "nominees": pasted_nominees,
    "import": imported,
    "backup": backup,
}


def run(target: str, data: bytes) -> bool:
    """Run a target once: True if it took the input, False if it refused it. Any other exception is a fault."""
    try:
        TARGETS[target](data)
    except Refusal as no:
        refused = no
    else:
        return True
    assert refused.detail.strip()
    assert not {*"\r\n"} & {*refused.detail}
    return False
