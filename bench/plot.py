"""Last-reader time and memory against the number of readers, as an SVG for docs/performance.md."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

INK = {"bare": "#8a8a8a", "liveblog": "#b8902f", "nchan": "#3b7d4f", "node": "#3465a4", "stock": "#a4161a"}
NAMES = {"bare": "bare loop in C", "liveblog": "this project", "nchan": "nginx + nchan", "node": "Node socket.io"}
NAMES |= {"stock": "stock Flask-SocketIO"}
WIDTH, HEIGHT, LEFT, TOP = 360, 220, 60, 40


def svg(rows: list[dict[str, Any]]) -> str:
    """Two panels: milliseconds to the last reader, kilobytes per reader."""
    time = _panel(rows, "last_reader_ms", "milliseconds to the last reader", 0, lambda value: value)
    memory = _panel(rows, "bytes_per_reader", "kilobytes a reader", WIDTH + LEFT + 40, lambda value: value / 1000)
    legend = "".join(
        f'<g transform="translate({LEFT + 150 * number},{TOP + HEIGHT + 62})"><path d="M0 -4h20" stroke="{INK[name]}" '
        f'stroke-width="3"/><text x="26">{NAMES[name]}</text></g>'
        for number, name in enumerate(name for name in INK if any(row["peer"] == name for row in rows))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * (WIDTH + LEFT) + 80} {TOP + HEIGHT + 80}" '
        f'font-family="system-ui, sans-serif" font-size="12" fill="#555">{time}{memory}{legend}</svg>\n'
    )


def _panel(rows: list[dict[str, Any]], field: str, title: str, shift: int, unit: Any) -> str:
    drawn = [row for row in rows if field in row and not (field == "bytes_per_reader" and row["peer"] == "bare")]
    most_x = max(row["readers"] for row in drawn)
    most_y = 1.1 * max(unit(row[field]) for row in drawn)
    parts = [f'<g transform="translate({LEFT + shift},{TOP})"><text y="-14" font-weight="600">{title}</text>']
    for step in range(5):
        y = HEIGHT - HEIGHT * step / 4
        parts.append(f'<path d="M0 {y}H{WIDTH}" stroke="#8884"/>')
        parts.append(f'<text x="-8" y="{y + 4}" text-anchor="end">{most_y * step / 4:.0f}</text>')
    for readers in sorted({row["readers"] for row in drawn}):
        x = WIDTH * readers / most_x
        parts.append(f'<text x="{x}" y="{HEIGHT + 20}" text-anchor="middle">{readers:,}</text>')
    for name in INK:
        points = [
            (WIDTH * row["readers"] / most_x, HEIGHT - HEIGHT * unit(row[field]) / most_y)
            for row in sorted(drawn, key=lambda row: row["readers"])
            if row["peer"] == name
        ]
        if points:
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(f'<polyline points="{line}" fill="none" stroke="{INK[name]}" stroke-width="2.5"/>')
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT + 38}" text-anchor="middle">readers</text></g>')
    return "".join(parts)


if __name__ == "__main__":  # python -m bench.plot bench.json docs/performance.svg
    Path(sys.argv[2]).write_text(svg(json.loads(Path(sys.argv[1]).read_text())["fanout"]))
