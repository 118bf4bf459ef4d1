"""`python -m bench.attacker NAME PORT`: one attack on a server of ours on this machine, for at most a minute.

It prints `ready` when it is under way, ends when its input ends, and then prints what it sent and how many connections
it holds. Each attack is one that a single machine with little effort can make.
"""

from __future__ import annotations

import itertools
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Iterator

from tests.push.frame_fuzz import encoded  # a client's frames, also malformed ones
from tests.ready import readable

from .crowd import IP_BIND_ADDRESS_NO_PORT, KEY, masked
from .peers import SLUG, SOCKET_IO

SECONDS = 60
Step = Callable[[], int]
"""One round of an attack. Returns the bytes that it sent."""


class Attacker:
    """Connections to one port, and what they did."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.lines: list[socket.socket] = []
        self.refused = 0
        self._opened = itertools.count()

    def open(self) -> socket.socket | None:
        """A connection from another of this machine's addresses; None if it was refused."""
        line = socket.socket()
        line.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        line.bind((f"127.2.{next(self._opened) // 500 % 200}.1", 0))
        line.settimeout(5)
        try:
            line.connect(("127.0.0.1", self.port))
        except OSError:
            self.refused += 1
            line.close()
            return None
        line.setblocking(False)
        return line

    def hold(self, count: int, first: bytes = b"") -> int:
        """Open connections up to `count` that have sent `first`. Returns the bytes sent."""
        sent = 0
        while len(self.lines) < count and (line := self.open()) is not None:
            self.lines.append(line)
            sent += self.send(line, first) if first else 0
        return sent

    def send(self, line: socket.socket, data: bytes) -> int:
        """Send what the connection takes at once. Forgets the connection if the server has closed it."""
        try:
            return line.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.refused += 1
            if line in self.lines:
                self.lines.remove(line)
            line.close()
            return 0

    def ask(self, data: bytes) -> int:
        """One request on a connection of its own, and its answer."""
        line = self.open()
        if line is None:
            return 0
        line.setblocking(True)
        line.settimeout(10)
        try:
            line.sendall(data)
            while line.recv(65536):
                pass
        except OSError:
            self.refused += 1
        finally:
            line.close()
        return len(data)

    def drain(self) -> None:
        """Read and forget what has come, so that no connection counts as one that does not read."""
        for line in readable(*self.lines, seconds=0):
            try:
                line.recv(1 << 20)
            except OSError:
                continue


def _upgrade(port: int) -> bytes:
    head = f"GET {SOCKET_IO} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return head.encode() + b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY + b"\r\n\r\n"


def _get(port: int, path: str, *fields: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *fields, "", ""]).encode()


def _post(port: int, path: str, body: bytes, length: int | None = None) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n"
    kind = "Content-Type: application/x-www-form-urlencoded\r\n"
    return f"{head}{kind}Content-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body


# -- slow and held


def slow_heads(by: Attacker) -> Step:
    def step() -> int:
        time.sleep(1)
        by.hold(2000, b"GET /live/night HTTP/1.1\r\nX-A: ")
        return sum(by.send(line, b"a") for line in [*by.lines])

    return step


def slow_bodies(by: Attacker) -> Step:
    head = _post(by.port, "/api/v1/blogs/night/posts", b"", 60_000)

    def step() -> int:
        time.sleep(1)
        by.hold(500, head)
        return sum(by.send(line, b"a") for line in [*by.lines])

    return step


def idle_connections(by: Attacker) -> Step:
    def step() -> int:
        time.sleep(1)
        return by.hold(5000)

    return step


def pages_not_read(by: Attacker) -> Step:
    asked = _get(by.port, f"/live/{SLUG}") * 40

    def step() -> int:
        time.sleep(0.5)
        return by.hold(300, asked)

    return step


def readers_that_do_not_read(by: Attacker) -> Step:
    hello = masked(b"40/live," + json.dumps({"blog": SLUG, "epoch": "x", "seq": 0}).encode())

    def step() -> int:
        time.sleep(0.5)
        return by.hold(500, _upgrade(by.port) + hello)

    return step


# -- floods


def bodies_without_end(by: Attacker) -> Step:
    head = f"DELETE /healthz HTTP/1.1\r\nHost: 127.0.0.1:{by.port}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"

    def step() -> int:
        return by.hold(3, head) + sum(by.send(line, chunk) for line in [*by.lines])

    return step


def tiny_frames(by: Attacker) -> Step:
    ping = encoded_ping()

    def step() -> int:
        sent = by.hold(100, _upgrade(by.port)) + sum(by.send(line, ping * 20) for line in [*by.lines])
        by.drain()
        return sent

    return step


def encoded_ping() -> bytes:
    import random

    return encoded(random.Random(1), 9, b"")


def junk_namespaces(by: Attacker) -> Step:
    junk = b"".join(masked(b'2/x,["a",{"b":[1,2,3]}]') for _ in range(20)) + masked(b"0/desk,") * 5

    def step() -> int:
        sent = by.hold(100, _upgrade(by.port)) + sum(by.send(line, junk) for line in [*by.lines])
        by.drain()
        return sent

    return step


def handshakes(by: Attacker) -> Step:
    def step() -> int:
        line = by.open()
        if line is None:
            return 0
        sent = by.send(line, _upgrade(by.port))
        line.close()
        return sent

    return step


def sign_ins(by: Attacker) -> Step:
    count = itertools.count()
    return lambda: by.ask(_post(by.port, "/desk/sign-in", f"name=a{next(count)}&password=guess".encode()))


def pages_with_odd_queries(by: Attacker) -> Step:
    count = itertools.count()
    paths: Iterator[str] = (f"/api/v1/blogs/{SLUG}/changes?epoch=x{n}&after={n}" for n in count)
    return lambda: by.ask(_get(by.port, next(paths), "Connection: close"))


def garbage(by: Attacker) -> Step:
    return lambda: by.ask(os.urandom(200))


ATTACKS: dict[str, Callable[[Attacker], Step]] = {
    each.__name__: each
    for each in (
        *(slow_heads, slow_bodies, idle_connections, pages_not_read, readers_that_do_not_read),
        *(bodies_without_end, tiny_frames, junk_namespaces, handshakes, sign_ins, pages_with_odd_queries, garbage),
    )
}


def main(name: str, port: int) -> None:
    by = Attacker(port)
    step, sent, rounds, ends = ATTACKS[name](by), 0, 0, time.monotonic() + SECONDS
    while time.monotonic() < ends:
        sent += step()
        rounds += 1
        if rounds == 2:
            print("ready", flush=True)
        if readable(sys.stdin.fileno(), seconds=0):
            break
    print(json.dumps({"sent": sent, "rounds": rounds, "held": len(by.lines), "refused": by.refused}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
