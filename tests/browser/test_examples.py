"""The follower with EventSource of `examples/` in a browser, on a page of another origin."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import Visit
from tests.live_server import LiveServer, until

pytestmark = pytest.mark.browser
FOLLOWER = Path(__file__).parents[2] / "examples/follow_events.mjs"
BEGIN = """async ([source, url]) => {
  const { follow } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  window.end = follow(url, (held, position) => { window.shown = [position.seq, ...held.keys()]; });
}"""


def test_it_shows_what_the_blog_has(server: LiveServer, visit: Visit) -> None:
    slug = server.open("in-a-browser")
    url = f"{server.url}/live/{slug}"
    page = visit(url, go=False)
    page.evaluate(BEGIN, [FOLLOWER.read_text(), url])
    for text in ("The doors open.", "The first cars."):
        server.api("POST", f"/blogs/{slug}/posts", {"body": text})
        state = server.state(slug)
        wanted = {state["seq"], *(f"{each['kind']}:{each['id']}" for each in state["objects"])}
        until(lambda: {*(page.evaluate("window.shown") or [])} == wanted)  # noqa: B023
    page.evaluate("window.end()")
