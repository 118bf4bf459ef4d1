"""Inputs to start from, for each target, and words that mean something to one of them."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

from liveblog.push.deflate import deflated
from tests.push.frame_fuzz import encoded

WORDS = [
    each.encode()
    for each in (
        *("\r\n", "\n\n", "\0", "\ufeff", "\u202e", "\u2028", "\x1b[0m", "🏆", "é", "e\u0301", "駿", "…", "\t", "    "),
        *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "data:text/html,<b>"),
        *("<!--", "-->", "<![CDATA[", "]]>", "</style>", "</textarea>", "<svg/onload=x>", "&lt;", "&#x6a;", "&#0;"),
        *("[a](", "](javascript:a)", "![", "```", "~~~", "> ", "* ", "1. ", "# ", "---", "===", "|", "\\", "`", "**"),
        *("{{", "}}", "{%", "${", "%00", "%2e%2e/", "../", "//", "\\\\", "?", "#", "@", ":", ";", ",", '"', "'"),
        *(
            "GET ",
            "POST ",
            " HTTP/1.1",
            "Host: ",
            "Transfer-Encoding: chunked",
            "Content-Length: ",
            "Upgrade: websocket",
        ),
        *(
            "[[category]]",
            "nominees = [",
            "name = ",
            "winner = true",
            "=SUM(A1)",
            "9" * 25,
            "-1",
            "1e309",
            "NaN",
            "null",
        ),
        *("2025-03-02T16:00:00-08:00", "0000-00-00", "Best Picture", "Film", "Category", "@import", "display:none"),
    )
]

_HEAD = b"GET /live/anora?x=%C3%A9 HTTP/1.1\r\nHost: live.example\r\nAccept-Encoding: gzip, br\r\nCookie: a=b\r\n\r\n"
_PAGE = """<html><head><title>T</title><style>.x{display:none}</style></head><body><article><h1>The night</h1>
<p>Six <b>envelopes</b> and <i>one</i> film. <a href="https://example.org/a?b=c&amp;d">More</a></p><p class="x">not</p>
<ul><li>One<li>Two</ul><table><tr><td>a<td>b</table><blockquote>Said.</blockquote><del>gone</del></article></body></html>"""
_TOML = """title = "The night"
starts = 2025-03-02T16:00:00-08:00
[[category]]
name = "Best Picture"
nominees = [{ name = "Anora", film = "Anora" }, { name = "Ana, Bo", films = ["One", "Two"], detail = "Song" }]
"""
_EXPORT = [
    {"liveblog": 1, "slug": "anora", "exported_at": "2026-01-01T00:00:00Z", "public": 2, "desk": 0},
    {
        "scope": "public",
        "at": "2026-01-01T00:00:00.000Z",
        "object": {"kind": "blog", "id": "anora", "seq": 1, "title": "The night", "status": "live", "timezone": "UTC"},
    },
    {
        "scope": "public",
        "at": "2026-01-01T00:00:01.000Z",
        "object": {
            "kind": "post",
            "id": "p1",
            "seq": 2,
            "body": "One",
            "published_at": "2026-01-01T00:00:01.000Z",
            "by": "Ada",
            "type": "update",
        },
    },
]


def _zip() -> bytes:
    out, blog = io.BytesIO(), "\n".join(map(json.dumps, _EXPORT)).encode()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("blogs/anora.ndjson", blog)
        files = {"blogs/anora.ndjson": {"size": len(blog), "sha256": hashlib.sha256(blog).hexdigest()}}
        said = {"backup": 1, "made_at": "2026-01-01T00:00:00Z", "media": False, "people": False, "files": files}
        packed.writestr("manifest.json", json.dumps(said))
    return out.getvalue()


def _frames() -> list[bytes]:
    import random

    luck = random.Random(1)
    made = [encoded(luck, 1, b"42/live,[]"), encoded(luck, 9, b"ping"), encoded(luck, 8, b"\x03\xe8bye")]
    made += [encoded(luck, 1, b"a" * 300), encoded(luck, 1, b"one", final=False) + encoded(luck, 0, b"two")]
    hello = bytes.fromhex("f248cdc9c90700")
    parts = encoded(luck, 0x41, hello[:3], final=False) + encoded(luck, 0, hello[3:])
    return [*made, parts, *(encoded(luck, 0x41, each) for each in (hello, deflated(b"a" * 300)))]


SEEDS: dict[str, list[bytes]] = {
    "head": [
        _HEAD,
        b"GET /api/v1/blogs/a/stream?epoch=x&after=1 HTTP/1.0\r\nLast-Event-ID: x:1\r\n\r\n",
        b"POST /api/v1/blogs/a/posts HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 2\r\n\r\n{}",
        b"GET http://live.example/socket.io/?EIO=4 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n",
    ],
    "frames": _frames(),
    "extensions": [
        b"permessage-deflate; client_max_window_bits",
        b'permessage-deflate; server_max_window_bits="12"; client_no_context_takeover, permessage-deflate',
        b"x-webkit-deflate-frame, permessage-deflate;server_max_window_bits=15 ; server_no_context_takeover",
    ],
    "packet": [b'2/desk,["say",{"a":1}]', b"0/desk,", b'51-/desk,["a",{"_placeholder":true,"num":0}]', b"42/live,[]"],
    "position": [b"abc&12", b"abc:12", b'{"blog":"anora","epoch":"abc","seq":3}', b'{"blog":"a","since":[1,2]}', b"[]"],
    "forwarded": [b"203.0.113.7, 10.1.1.1\nhttps, http\nlive.example", b"[2001:db8::1]:80\nwss\na:80", b"unknown\n\n"],
    "markdown": [
        b"The *doors* are **open**.\n\n> Said.\n\n* one\n* two\n\n[a](https://example.org) https://example.org/x",
        b"# T\n\n| a | b |\n|---|---|\n| c | d |\n\n```\ncode\n```\n\nhttps://www.youtube.com/watch?v=dQw4w9WgXcQ",
    ],
    "article": [
        _PAGE.encode(),
        b"A title\n\nFirst words\nthat go on.\n\n- one\n- two\n",
        b"---\ntitle: T\n---\n\nText.\n",
    ],
    "clipboard": [
        _PAGE.encode() + b"\0The night",
        b"\0Plain words",
        b"<p>a</p>\0a",
        b'<b id="docs-internal-guid-1">x</b>\0x',
    ],
    "night": [
        _TOML.encode(),
        b"Category;Name;Film\r\nBest Song;Ada Bell;Harbour\r\n",
        b'{"title":"T","categories":[{"name":"Best Picture","nominees":[{"name":"Anora","film":"Anora"}]}]}',
        b"Best Picture\n- Anora\n- The Brutalist\n",
    ],
    "nominees": ["Sean Baker | Anora\n“Song” from Film; Music by A and B\n1. X – Y (Z)\nA\tB\tC".encode()],
    "import": ["\n".join(map(json.dumps, _EXPORT)).encode()],
    "backup": [_zip()],
}
