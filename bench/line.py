"""The live page's first load on a slow phone and line, in Chromium: when it shows its largest part and when it is live,
and its requests and bytes.

    .venv/bin/python -m bench line

The line is that of `shaping.py`: a round trip takes 400 ms, and all connections share 400 kbit/s. The processor is
slowed down six times, through the DevTools protocol.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Page
from rich.progress import track

from tests.browser.reading import connected

from .night import long_night
from .shaping import shaped
from .visible import chromium

RUNS = 7
ROUND_TRIP = 0.4
"""Seconds."""
RATE = 400_000 / 8
"""Bytes per second."""
SLOWER = 6
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
WATCH = """
  const seen = window.seen = { shift: 0, blocked: 0 };
  const watch = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note))
    .observe({ type, buffered: true });
  watch("paint", (entry) => { if (entry.name === "first-contentful-paint") seen.first = entry.startTime; });
  watch("largest-contentful-paint", (entry) => {
    seen.largest = entry.startTime;
    seen.element = entry.element?.outerHTML.slice(0, 60);
  });
  watch("layout-shift", (entry) => { seen.shift += entry.value; });
  watch("longtask", (entry) => { seen.blocked += entry.duration - 50; });
  new MutationObserver(() => {
    if (!seen.live && document.querySelector("#connection[data-state=live]")) seen.live = performance.now();
  }).observe(document, { subtree: true, childList: true, attributes: true });
"""
FIGURES = ("first", "largest", "live", "shift", "blocked", "requests", "kb", "picture_requests", "picture_kb")
SETTLE = 6000
"""Milliseconds after it is live in which late pictures may still become the largest part."""


class Traffic:
    """What a page loads: the bytes of each answer (encoded, with header fields) by address, without the websocket."""

    def __init__(self, devtools: CDPSession) -> None:
        self._addresses: dict[str, str] = {}
        self.loaded: dict[str, float] = {}
        devtools.on("Network.requestWillBeSent", self._sent)
        devtools.on("Network.loadingFinished", self._finished)

    def _sent(self, event: dict[str, Any]) -> None:
        self._addresses[event["requestId"]] = event["request"]["url"]

    def _finished(self, event: dict[str, Any]) -> None:
        self.loaded[self._addresses[event["requestId"]]] = event["encodedDataLength"]

    def figures(self) -> dict[str, float]:
        """Number and kilobytes of the answers, those of pictures apart."""
        pictures = [size for address, size in self.loaded.items() if "/media/" in address]
        own = [size for address, size in self.loaded.items() if "/media/" not in address]
        return {
            "requests": len(own),
            "kb": sum(own) / 1024,
            "picture_requests": len(pictures),
            "picture_kb": sum(pictures) / 1024,
        }


def measure(runs: int = RUNS) -> dict[str, Any]:
    """Medians in milliseconds since the request for the page; requests and kilobytes without and of pictures."""
    with long_night() as url, _far(url) as far, chromium() as browser:
        loads = [_load(browser, far) for _ in track(range(runs), "loading")]
    figures = {name: round(statistics.median(load[name] for load in loads), 3) for name in FIGURES}
    return {**figures, "element": loads[-1]["element"]}


@contextmanager
def _far(url: str) -> Iterator[str]:
    """The address at the other end of the slow line."""
    parts = urlsplit(url)
    with shaped(parts.port or 0, ROUND_TRIP, RATE) as port:
        yield f"http://127.0.0.1:{port}{parts.path}"


def _load(browser: Browser, url: str) -> dict[str, Any]:
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.add_init_script(WATCH)
    traffic = _slowed(page)
    page.goto(url, wait_until="commit")
    connected(page)
    page.wait_for_timeout(SETTLE)
    seen: dict[str, Any] = page.evaluate("({ element: '', ...seen })")
    context.close()
    return seen | traffic.figures()


def _slowed(page: Page) -> Traffic:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return Traffic(devtools)
