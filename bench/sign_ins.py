"""Right sign-ins from elsewhere, and readers, during a flood of wrong passwords: each beside the same server in quiet.

Run as a program, it is the flood: `python -m bench.sign_ins PORT KIND`. It sends at a fixed pace, whatever is answered.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import requests
from rich.console import Console
from rich.table import Table

from liveblog.store.accounts import Account
from liveblog.store.people import People
from liveblog.web import devices, passwords

from . import peers
from .adversaries import _p99
from .fanout import BODY
from .machine import open_files
from .peers import Liveblog

NAME, PASSWORD = "Ada Bench", "forty velvet umbrellas"
PACE, AT_ONCE = 500, 400
"""Wrong passwords offered a second, and how many may wait for their answer."""
RIGHT = 6
"""How many right ones are tried in quiet, from elsewhere, and by a known device."""
FLOODS: dict[str, Callable[[int], str]] = {
    "one address (IPv4)": lambda number: "198.18.0.7",
    "one network of IPv6 (/64)": lambda number: f"2001:db8:0:7::{number & 0xFFFF:x}",
    "a new /64 each, of one /48": lambda number: f"2001:db8:7:{number & 0xFFFF:x}::1",
    "2,000 addresses": lambda number: f"198.{18 + number % 2}.{number % 100}.{number // 2 % 20}",
    "a new network (/24) each": lambda number: f"{11 + number // 65536 % 80}.{number // 256 % 256}.{number % 256}.9",
}
COLUMNS = {
    "quiet_ms": "right sign-in in quiet, ms",
    "elsewhere": "right, from elsewhere",
    "elsewhere_ms": "median, worst, ms",
    "known": "right, a known device at an address of the flood",
    "known_ms": "median, worst, ms",
    "answers": "the flood's answers a second",
    "quiet_p99_ms": "a post to 99 % of readers in quiet, ms",
    "p99_ms": "in the flood, ms",
}


# -- the flood


async def _flood(port: int, kind: str) -> Counter[str]:
    """Half of the tries are for a name that exists. Ends with its standard input, or after a minute."""
    answers: Counter[str] = Counter()
    tries, over = set[asyncio.Task[None]](), asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, over.set)
    began = time.monotonic()
    for number in range(60 * PACE):
        await asyncio.sleep(max(0.0, began + number / PACE - time.monotonic()))
        if number == 3 * PACE:
            print("full", flush=True)
        if over.is_set():
            break
        if len(tries) >= AT_ONCE:
            answers["not sent"] += 1
            continue
        name = NAME if number % 2 else f"nobody {number}"
        task = asyncio.create_task(_try(port, FLOODS[kind](number), name, answers))
        tries.add(task)
        task.add_done_callback(tries.discard)
    answers["seconds"] = round(time.monotonic() - began)
    for task in tries:
        task.cancel()
    return answers


async def _try(port: int, address: str, name: str, answers: Counter[str]) -> None:
    body = urlencode({"name": name, "password": "a wrong guess"})
    head = f"POST /desk/sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {address}\r\nConnection: close\r\n"
    head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    with suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write((head + body).encode())
            answers[(await reader.readline())[9:12].decode() or "none"] += 1
        finally:
            writer.close()


# -- who belongs here


def _signs_in(peer: Liveblog, address: str, device: str = "") -> tuple[int, float, str]:
    """The status of a right sign-in, its milliseconds, and the device's cookie."""
    began = time.perf_counter()
    answer = requests.post(
        f"{peer.server.url}/desk/sign-in",
        data={"name": NAME, "password": PASSWORD},
        headers={"X-Forwarded-For": address},
        cookies={devices.COOKIE: device} if device else None,
        allow_redirects=False,
        timeout=60,
    )
    return answer.status_code, 1000 * (time.perf_counter() - began), answer.cookies.get(devices.COOKIE) or ""


def _summary(found: list[tuple[int, float, str]]) -> tuple[str, str]:
    right = [lasted for status, lasted, _ in found if status == 303]
    times = f"{statistics.median(right):.0f}, {max(right):.0f}" if right else "none"
    return f"{len(right)} of {len(found)}", times


def measure(readers: int, console: Console) -> list[dict[str, Any]]:
    """One row for each kind of flood on a server with this many readers."""
    os.sched_setaffinity(0, {peers.CROWD_CORE})
    with open_files(20_000), peers.liveblog(BODY) as peer:
        account = Account(name=NAME, role="editor", password_hash=passwords.hashed(PASSWORD))
        People(peer.server.store).accounts.put(account)
        crowd = peer.crowd()
        crowd.connect(readers)
        rows = []
        for turn, kind in enumerate(FLOODS):
            quiet = [_signs_in(peer, f"203.0.{turn}.{number}") for number in range(RIGHT)]
            before, _ = _p99(peer, crowd)
            command = ["nice", "-n", "19", sys.executable, "-m", "bench.sign_ins", str(peer.port), kind]
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as flood:
                assert flood.stdout is not None
                assert flood.stdin is not None
                assert flood.stdout.readline() == "full\n"
                own = quiet[0][2]
                found = [
                    (_signs_in(peer, f"100.{64 + number}.{turn}.1"), _signs_in(peer, FLOODS[kind](number), own))
                    for number in range(RIGHT)
                ]
                during, _ = _p99(peer, crowd)
                flood.stdin.close()
                answers = json.loads(flood.stdout.readline())
            elsewhere, known = (_summary([pair[place] for pair in found]) for place in (0, 1))
            seconds = answers.pop("seconds")
            rows.append(
                {
                    "flood": kind,
                    "readers": readers,
                    "quiet_ms": round(statistics.median(lasted for _, lasted, _ in quiet)),
                    "elsewhere": elsewhere[0],
                    "elsewhere_ms": elsewhere[1],
                    "known": known[0],
                    "known_ms": known[1],
                    "answers": ", ".join(f"{round(answers[each] / seconds)} {each}" for each in sorted(answers)),
                    "quiet_p99_ms": round(before, 1),
                    "p99_ms": round(during, 1),
                }
            )
            console.print_json(data=rows[-1])
        crowd.leave()
    return rows


def table(rows: list[dict[str, Any]]) -> Table:
    shown = Table("flood", *COLUMNS.values())
    for row in rows:
        shown.add_row(row["flood"], *(str(row[name]) for name in COLUMNS))
    return shown


if __name__ == "__main__":
    with open_files(20_000):
        print(json.dumps(asyncio.run(_flood(int(sys.argv[1]), sys.argv[2]))))
