"""Every public page is valid HTML: one run of the W3C Nu checker (needs Java and `npm ci` in tests/js)."""

from __future__ import annotations

import json
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from liveblog import actions
from tests.live_server import LiveServer, until

CHECKER = Path(__file__).parent.parent / "js/node_modules/vnu-jar/build/dist/vnu.jar"

BODY = """A *first* paragraph with a [link](https://example.org/?a=1&b=2).

## A heading

> A quotation

- one
- two

1. first

| a | b |
|---|---|
| 1 | 2 |

```
code <b>
```"""


def night(server: LiveServer) -> dict[str, str]:
    """Blogs in every state. Returns the addresses of all kinds of pages."""
    slug = server.open("valid")
    server.open("valid-empty", "preview")
    server.open("valid-ended")
    server.api("PATCH", "/blogs/valid-ended", {"status": "ended", "summary": "It <is> over & done"})
    for number in range(44):
        act = partial(actions.publish, slug=slug, body=f"Update {number}.")
        server.store.perform(slug, act, by="test")
    rich = {"body": BODY, "headline": 'Rich & "full" <of> things', "category": "picture", "key": True, "byline": "Ana"}
    post = server.api("POST", f"/blogs/{slug}/posts", rich).json()["id"]
    edit = {"correction": "It was <another>."}
    server.api("PATCH", f"/blogs/{slug}/posts/{post}", edit)
    server.api("POST", f"/blogs/{slug}/categories/director/announce", {"winners": ["sean-baker"]})
    recalled = {"note": "Wrong card.", "winners": ["brady-corbet", "coralie-fargeat"]}
    server.api("POST", f"/blogs/{slug}/categories/director/recall", recalled)
    server.api("POST", f"/blogs/{slug}/categories/picture/on-stage")
    gone = server.api("POST", f"/blogs/{slug}/posts", {"body": "Rumour"}).json()["id"]
    server.api("DELETE", f"/blogs/{slug}/posts/{gone}")
    until(lambda: any(each.get("id") == gone and each.get("retracted") for each in server.state(slug)["objects"]))
    return {
        "index": "/",
        "live": f"/live/{slug}",
        "empty": "/live/valid-empty",
        "ended": "/live/valid-ended",
        "older": f"/live/{slug}/pages/1",
        "post": f"/live/{slug}/posts/{post}",
        "gone": f"/live/{slug}/posts/{gone}",
        "missing": "/live/nowhere",
        "unknown": "/nothing/here",
        "embed": f"/live/{slug}/embed",
        "embed-board": f"/live/{slug}/embed?view=board&theme=dark&accent=b08a33",
        "embed-post": f"/live/{slug}/embed?post={post}&theme=light",
        "embed-refused": f"/live/{slug}/embed?theme=pink",
        "sign-in": "/desk/sign-in",
        "reference": "/api/",
    }


def test_every_public_page_is_valid(server: LiveServer, tmp_path: Path) -> None:
    java = shutil.which("java")
    if java is None or not CHECKER.is_file():
        pytest.skip("needs Java, and npm ci in tests/js")
    for name, path in night(server).items():
        answer = requests.get(server.url + path, timeout=60)
        assert answer.headers["Content-Type"].startswith("text/html"), path
        (tmp_path / f"{name}.html").write_bytes(answer.content)
    short = ["-Xss2m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]  # it runs for a second: optimising costs it more
    command = [java, *short, "-jar", str(CHECKER), "--errors-only", "--format", "json", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=100).stderr
    found: list[dict[str, Any]] = json.loads(said)["messages"]
    assert not [
        f"{Path(each['url']).name}:{each.get('lastLine')}: {each['message']} {each.get('extract', '')}"
        for each in found
    ]
