"""Records the examples of the descriptions: what a real server answers and sends. `python -m tests.web.examples`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import requests

from liveblog.web import asyncapi, replies
from liveblog.web.replies import DELIVERED
from tests.live_server import LiveServer, live_server, until
from tests.push import test_asyncapi
from tests.receiver import receiver
from tests.web import test_openapi

FILE = Path(replies.__file__).with_name("examples.json")
FEW = 2
CACHES = "nginx=http://127.0.0.1:9"
SITE = "https://live.example.org"
RELAY = "a-secret-of-relays"


def main() -> None:
    heard = test_asyncapi.whole_night()
    found = {
        struct.__name__: heard.of(channel, event)[-1]
        for channel, events in asyncapi.SENT.items()
        for event, struct in {**asyncapi.REFUSED, **events}.items()
        if heard.of(channel, event)
    }
    known = {"blog": "anora", **found["Head"]}
    found |= {"Introduction": known, "DeskIntroduction": known, "Editing": {"ref": "blog:anora"}}
    night = {
        "LIVEBLOG_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "LIVEBLOG_RELAY_TOKEN": RELAY,
        "LIVEBLOG_CACHES": CACHES,
        "LIVEBLOG_BASE_URL": SITE,
    }
    with live_server(**night) as server:
        found |= test_openapi.whole_night(server).answers
        found |= _delivered(server)
        found["Caches"] = until(lambda: _caches(server))
        reports = f"{server.url}/api/v1/relay/reports"
        relay = {"Authorization": f"Bearer {RELAY}"}
        found["Thanks"] = requests.put(reports, json=[], headers=relay, timeout=60).json()
    FILE.write_text(json.dumps(few(found), indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def _delivered(server: LiveServer) -> dict[str, Any]:
    """What a receiver gets of a blog that comes and goes."""
    slug = server.open("delivered")
    with receiver() as to:
        to.secret = server.api("POST", "/webhooks", {"url": to.url, "blog": slug}).json()["secret"]
        server.api("POST", f"/blogs/{slug}/posts", {"body": "Doors open"})
        until(lambda: to.bodies)
        server.store.delete(slug)
        until(lambda: to.bodies[-1]["type"] == "blog.gone")
        return {DELIVERED[each["type"]].__name__: each for each in to.bodies}


def _caches(server: LiveServer) -> Any:
    """The caches' standings, as soon as there is one."""
    answer = server.api("GET", "/blogs/described/caches").json()
    return answer if answer["caches"] else None


def few(value: Any) -> Any:
    """The same with the first of each list only."""
    if isinstance(value, dict):
        return {name: few(each) for name, each in value.items()}
    return [few(each) for each in value[:FEW]] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
