"""Writes the figures from which `liveblog plan` computes its answers: liveblog/measured.json."""

from __future__ import annotations

import platform
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import msgspec
import requests
from rich.console import Console

from liveblog.demo.replay import SLUG, prepare
from liveblog.plan import Measured, Proxy
from tests.live_server import live_server, until

from . import fanout, wire

TARGET = Path(__file__).parent.parent / "liveblog/measured.json"
POLLS = 5
"""Requests a change through one cache that tests/deploy/test_waits.py allows."""
LINKED = re.compile(r'(?:href|src)="([^"]+\.(?:css|js)(?:\?[^"]*)?)"')


def measure(readers: int, console: Console) -> dict[str, Any]:
    """Measure one process with so many readers, alone and behind the shipped nginx with TLS, and write the figures."""
    direct, secure = fanout.measure([readers], ["liveblog", "liveblog, TLS"], console)
    figures = Measured(
        machine=f"{_processor()}, {platform.system()} {platform.release()}, Python {platform.python_version()}",
        readers=readers,
        connect_us=direct["connect_cpu_us"],
        delivery_us=direct["delivery_cpu_us"],
        idle_us=round(direct["idle_cpu_percent"] * 1e4 / readers, 2),
        reader_bytes=direct["bytes_per_reader"],
        socket_bytes=direct["kernel_bytes_per_socket"],
        change_bytes=_change_bytes(),
        page_bytes=_page_bytes(),
        polls_a_change=POLLS,
        proxy=Proxy(
            connect_us=secure["hop_connect_cpu_us"],
            delivery_us=secure["hop_delivery_cpu_us"],
            idle_us=secure["hop_idle_cpu_us"],
            reader_bytes=secure["hop_bytes_per_reader"],
        ),
    )
    TARGET.write_bytes(msgspec.json.format(msgspec.json.encode(figures)) + b"\n")
    written: dict[str, Any] = msgspec.to_builtins(figures)
    return written


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _change_bytes() -> int:
    with live_server() as server:
        night = wire.night(server)
    return int(night["compressed_bytes"] / night["changes"])


def _page_bytes() -> int:
    """The live page of the demo night with its style and script, compressed, without pictures and header fields."""
    with live_server() as server:
        prepare(server.store)
        page = until(lambda: _body(f"{server.url}/live/{SLUG}"))
        linked = {urljoin(server.url, path) for path in LINKED.findall(page.text)}
        return _received(page) + sum(_received(requests.get(each, timeout=60)) for each in linked)


def _body(url: str) -> requests.Response | None:
    answer = requests.get(url, timeout=60)
    return answer if answer.ok else None


def _received(answer: requests.Response) -> int:
    """Bytes of a body as they came."""
    return int(answer.raw.tell())
