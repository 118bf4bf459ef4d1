"""What attacks cost the attacker and us, and what honest readers notice: each beside the quiet server, in one run."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from . import peers
from .attacker import ATTACKS
from .crowd import Crowd
from .fanout import BODY, _settle, _until_calm
from .machine import open_files
from .peers import Liveblog

ROUNDS = 15
COLUMNS = {
    "p99_ms": "p99, ms",
    "ratio": "to quiet",
    "slowest_ms": "slowest post, ms",
    "cpu": "our CPU, % of a core",
    "attacker_cpu": "attacker's CPU, %",
    "sent_mb": "attacker sent, MB/s",
    "memory_mb": "memory, MB",
    "files": "open files",
    "held": "held, of it refused",
}

FILES = 20_000
"""The limit of open files for the attacker and the server."""


def measure(readers: int, console: Console) -> list[dict[str, Any]]:
    """One row for each attack on a server with this many honest readers."""
    os.sched_setaffinity(0, {peers.CROWD_CORE})
    rows = []
    for name in ATTACKS:
        with open_files(FILES), peers.liveblog(BODY) as peer:
            crowd = peer.crowd()
            crowd.connect(readers)
            quiet, _ = _p99(peer, crowd)
            rows.append({"attack": name.replace("_", " "), "readers": readers, **_under(name, peer, crowd, quiet)})
            crowd.leave()
        console.print_json(data=rows[-1])
    return rows


def _p99(peer: Liveblog, crowd: Crowd) -> tuple[float, float]:
    """Milliseconds from a post's publication until 99 of 100 readers have it: of the middle one of some posts, and of
    the slowest one, which on a busy machine may have waited for the disk."""
    waited: list[float] = []
    for _ in range(ROUNDS):
        _settle(crowd)
        crowd.start_counting()
        began = peer.begin()
        crowd.until_each_has(1)
        peer.end()
        late = [1000 * (member.last - began) for member in crowd.members.values()]
        waited.append(statistics.quantiles(late, n=100)[98])
    return statistics.median(waited), max(waited)


def _under(name: str, peer: Liveblog, crowd: Crowd, quiet: float) -> dict[str, Any]:
    memory, cpu, began = peer.memory(), peer.cpu(), time.perf_counter()
    # the attacker shares a core with the readers, whose own delay would count as ours
    command = ["nice", "-n", "19", sys.executable, "-m", "bench.attacker", name, str(peer.port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as attacker:
        assert attacker.stdout is not None
        assert attacker.stdin is not None
        assert attacker.stdout.readline() == "ready\n"
        p99, slowest = _p99(peer, crowd)
        theirs, lasted = _cpu_of(attacker.pid), time.perf_counter() - began
        ours, files, took = peer.cpu() - cpu, _files(peer.pids), peer.memory() - memory
        attacker.stdin.close()
        said = json.loads(attacker.stdout.readline())
    _until_calm(peer)
    return {
        "quiet_p99_ms": round(quiet, 1),
        "p99_ms": round(p99, 1),
        "ratio": round(p99 / quiet, 2),
        "slowest_ms": round(slowest),
        "cpu": round(100 * ours / lasted),
        "attacker_cpu": round(100 * theirs / lasted),
        "sent_mb": round(said["sent"] / lasted / 1e6, 2),
        "memory_mb": round(took / 1e6, 1),
        "files": files,
        "held": f"{said['held']}, {said['refused']}",
        "readers_left": len(crowd.members),
    }


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _files(pids: list[int]) -> int:
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids)


def table(rows: list[dict[str, Any]]) -> Table:
    shown = Table("attack", *COLUMNS.values())
    for row in rows:
        shown.add_row(row["attack"], *(str(row[name]) for name in COLUMNS))
    return shown


def markdown(rows: list[dict[str, Any]]) -> str:
    """The same table in Markdown, for SECURITY.md."""
    lines = ["| attack | " + " | ".join(COLUMNS.values()) + " |", "|" + "---|" * (len(COLUMNS) + 1)]
    lines += [f"| {row['attack']} | " + " | ".join(str(row[name]) for name in COLUMNS) + " |" for row in rows]
    return "\n".join(lines) + "\n"
