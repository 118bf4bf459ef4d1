"""Lighthouse as a phone sees the demo night and a long night: the four scores, what they are made of, and what could be
better.

    ./run bench lighthouse

Needs Node 18.16 or newer, npm and Chromium, which `./run bench` installs; the rest it installs at the first run. Its
version is 12, because 13 needs Node 22.19.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import requests

from bench.night import long_night
from tests.live_server import live_server, until

HERE = Path(__file__).parent
NODE = (18, 16)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FIGURES = (
    "first-contentful-paint",
    "largest-contentful-paint",
    "total-blocking-time",
    "cumulative-layout-shift",
    "speed-index",
)
BROWSER = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic"


def _tool(*names: str) -> str:
    """The first program of these on PATH. Raises `RuntimeError`, which says how to get it."""
    for name in names:
        if found := shutil.which(name):
            return found
    raise RuntimeError(f"{names[0]} is missing; ./run bench lighthouse installs what it needs")


def _node() -> str:
    """Node, new enough for Lighthouse. Raises `RuntimeError`."""
    found = _tool("node")
    said = subprocess.run([found, "--version"], capture_output=True, text=True).stdout.strip()
    if tuple(int(part) for part in said.lstrip("v").split(".")[:2]) < NODE:
        raise RuntimeError(f"{found} is {said}, which is too old; ./run bench lighthouse installs a newer one")
    return found


def _install() -> None:
    """Install the version of Lighthouse that package-lock.json names, unless it is here."""
    wanted = json.loads((HERE / "package-lock.json").read_text())["packages"]["node_modules/lighthouse"]["version"]
    here = HERE / "node_modules/lighthouse/package.json"
    if not here.exists() or json.loads(here.read_text())["version"] != wanted:
        subprocess.run([_tool("npm"), "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE, check=True)


def audit(url: str, runs: int = 1) -> dict[str, Any]:
    """The median run's scores (0 to 100) and figures, and the audits that did not pass, by category."""
    _install()
    reports = sorted((_report(url) for _ in range(runs)), key=lambda each: each["categories"]["performance"]["score"])
    report = reports[len(reports) // 2]
    audits = report["audits"]
    scores = {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}
    wrong = {
        name: [
            f"{ref['id']}: {audits[ref['id']]['title']}"
            for ref in report["categories"][name]["auditRefs"]
            if ref["weight"] and (audits[ref["id"]]["score"] or 0) < 0.9 and audits[ref["id"]]["score"] is not None
        ]
        for name in CATEGORIES
    }
    return {
        "url": url,
        "scores": scores,
        "figures": {name: audits[name]["displayValue"] for name in FIGURES},
        "bytes": audits["total-byte-weight"]["numericValue"],
        "wrong": {name: each for name, each in wrong.items() if each},
    }


def _report(url: str) -> dict[str, Any]:
    chromium = os.environ.get("CHROMIUM") or _tool("chromium", "chromium-headless-shell", "google-chrome")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "report.json"
        command = [
            *(_node(), str(HERE / "node_modules/lighthouse/cli/index.js"), url, "--quiet", "--output=json"),
            *(f"--output-path={target}", f"--chrome-flags={BROWSER}", f"--only-categories={','.join(CATEGORIES)}"),
        ]
        subprocess.run(command, check=True, timeout=180, env={**os.environ, "CHROME_PATH": chromium})
        found: dict[str, Any] = json.loads(target.read_text())
        return found


def measure(runs: int = 3) -> dict[str, Any]:
    """The live page of the demo night, once it has ended, and of a long night with pictures while it is live."""
    with live_server("demo", "--speed", "1000") as server:
        state = f"{server.url}/api/v1/blogs/anora"
        until(lambda: requests.get(state, timeout=5).json()["blog"]["status"] == "ended", 120)
        demo = audit(f"{server.url}/live/anora", runs)
    with long_night() as url:
        return {"demo": demo, "night": audit(url, runs)}
