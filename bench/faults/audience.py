"""Honest readers, a thousand in one process: websocket push, catch-up, and the client's rules of docs/protocol.md.

`python -m bench.faults.audience URL SLUG READERS STAY` takes orders as lines of JSON and answers each with one line.
Readers stay for about `STAY` seconds, then another one comes in their place (0: they stay). The first ones come with
nothing, later ones with a page, which has a position.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

SILENT = 60.0
"""Seconds without a sign of life after which a page gives its connection up (`static/js/reader/connection.js`)."""
STUCK = 20.0
"""Seconds after which it gives up an attempt to connect."""
LONGEST = 30.0
POLL_AFTER = 2
"""Attempts that failed in a row before it asks over HTTP meanwhile."""
PRIVATE = b"unpublished"
"""A word of drafts, which no reader may ever receive."""

MOST_KNOWN = 50_000
"""Objects that are shared, before they are collected anew."""

State = dict[str, Any]


@lru_cache(maxsize=64)
def decoded(payload: bytes) -> Any:
    """What was sent. All readers get the same bytes, so they are decoded once."""
    return json.loads(payload)


class Lost(Exception):
    """The connection ended, or the server refused."""


class Audience:
    """All readers of one blog."""

    def __init__(self, url: str, slug: str, stay: float) -> None:
        self.host, self.port = str(urlsplit(url).hostname), int(urlsplit(url).port or 80)
        self.slug, self.stay = slug, stay
        self.readers: list[Reader] = []
        self.connected = self.reconnects = self.leaks = self.left = 0
        self.resting = False
        self._known: dict[tuple[str, str, int], Any] = {}

    def fill(self, count: int) -> None:
        for _ in range(count):
            reader = Reader(self)
            reader.task = asyncio.create_task(reader.follow())
            self.readers.append(reader)

    def shared(self, epoch: str, ref: str, obj: Any) -> Any:
        """The object, or an equal one that another reader has: thousands of readers hold the same night."""
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        known = self._known.setdefault((epoch, ref, obj["seq"]), obj)
        return known if known == obj else obj

    def answer(self, order: Mapping[str, Any]) -> dict[str, Any]:
        match order["ask"]:
            case "lack":
                return {"lack": sum(not reader.has(order["ref"], order["seq"]) for reader in self.readers)}
            case "differ":
                state = {f"{obj['kind']}:{obj['id']}": obj for obj in order["state"]["objects"]}
                here = (order["state"]["epoch"], order["state"]["seq"])
                off = [reader for reader in self.readers if reader.differs(here, state)]
                return {"differ": len(off), "first": off[0].described(here, state) if off else ""}
            case "rest":  # from now on readers stay
                self.resting = True
                return {}
            case _:
                names = ("connected", "reconnects", "leaks", "left")
                return {"readers": len(self.readers), **{name: getattr(self, name) for name in names}}


class Reader:
    """One reader: its position, its objects, its connection."""

    __slots__ = ("audience", "epoch", "failed", "objects", "seq", "spread", "task")

    def __init__(self, audience: Audience) -> None:
        self.audience = audience
        self.failed, self.spread = 0, 1.0
        self.task: asyncio.Task[None] | None = None
        self.epoch: str | None = None
        self.seq = 0
        self.objects: State = {}

    def _arrive(self) -> None:
        """Begin anew with what another reader has, as a page that a cache has kept for a while."""
        page = random.choice(self.audience.readers)
        self.epoch, self.seq, self.objects = page.epoch, page.seq, {**page.objects}

    def has(self, ref: str, seq: int) -> bool:
        """Whether it has this version of an object, or a later one."""
        found = self.objects.get(ref)
        return found is not None and bool(found["seq"] >= seq)

    def differs(self, here: tuple[str, int], state: State) -> bool:
        return (self.epoch, self.seq) != here or self.objects != state

    def described(self, here: tuple[str, int], state: State) -> str:
        wrong = sorted(ref for ref in self.objects.keys() | state.keys() if self.objects.get(ref) != state.get(ref))
        return f"at {self.epoch}:{self.seq} instead of {here[0]}:{here[1]}, differs in {wrong[:5]}"

    async def follow(self) -> None:
        """Follow the blog through every interruption."""
        while True:
            leaving = random.expovariate(1 / self.audience.stay) if self.audience.stay else None
            with suppress(TimeoutError):
                async with asyncio.timeout(leaving):
                    await self._stay()
            if not self.audience.resting:
                self.audience.left += 1
                self._arrive()

    async def _stay(self) -> None:
        while True:
            try:
                await self._live()
            except (OSError, EOFError, TimeoutError, Lost, ValueError):
                self.failed += 1
                self.audience.reconnects += 1
            await self._pause(random.random() * min(LONGEST, self.spread * 2 ** max(0, self.failed - 1)))

    async def _pause(self, seconds: float) -> None:
        """Wait until the next attempt. After several failed ones it polls meanwhile, as a page does."""
        tries = 1
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.failed >= POLL_AFTER:
                    try:
                        await self._fetch(wait=0 if tries else 20)
                        tries = 0
                        await asyncio.sleep(0.3)
                    except (OSError, EOFError, Lost, ValueError):
                        tries += 1
                        await asyncio.sleep(1 + random.random() * min(LONGEST, 2 ** (tries - 1)))
                await asyncio.sleep(seconds)

    async def _live(self) -> None:
        async with asyncio.timeout(STUCK):
            come, go = await self._connected()
        self.audience.connected += 1
        try:
            while True:
                async with asyncio.timeout(SILENT):
                    packet = await _packet(come)
                if packet == b"2":
                    go.write(_frame(b"3"))
                elif packet.startswith(b"42/live,"):
                    await self._hear(packet[8:])
        finally:
            self.audience.connected -= 1
            go.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection that has had its `sync`."""
        come, go = await asyncio.open_connection(self.audience.host, self.audience.port)
        try:
            go.write(_handshake(self.audience.host))
            if b" 101 " not in (await come.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0]:
                raise Lost
            if not (await _packet(come)).startswith(b"0{"):
                raise Lost
            at = {"epoch": self.epoch, "seq": self.seq} if self.epoch else {}
            go.write(_frame(b"40/live," + json.dumps({"blog": self.audience.slug, **at}).encode()))
            if not (await _packet(come)).startswith(b"40/live,"):
                raise Lost
            first = await _packet(come)
            if not first.startswith(b"42/live,"):
                raise Lost
            await self._hear(first[8:])
        except BaseException:
            go.close()
            raise
        return come, go

    async def _hear(self, payload: bytes) -> None:
        name, message = self._decoded(payload)
        self.failed = 0
        self.spread = message.get("retry_ms", 1000 * self.spread) / 1000
        if name == "sync":
            self._take(message) if message["objects"] is not None else await self._fetch()
        elif name == "change":
            if message["epoch"] != self.epoch or message["prev"] > self.seq:
                await self._fetch()
            elif message["seq"] > self.seq:
                self._take({**message, "reset": False})
        elif name == "head" and (message["epoch"] != self.epoch or message["seq"] > self.seq):
            await self._fetch()

    def _decoded(self, payload: bytes) -> Any:
        self.audience.leaks += PRIVATE in payload
        return decoded(payload)

    async def _fetch(self, wait: int = 0) -> None:
        """Catch up over HTTP; with `wait`, at the next change, or after so many seconds."""
        at: dict[str, str | int] = {"epoch": self.epoch, "after": self.seq} if self.epoch else {}
        query = urlencode(at | ({"wait": wait} if wait else {}))
        async with asyncio.timeout(STUCK + wait):
            come, go = await asyncio.open_connection(self.audience.host, self.audience.port)
            try:
                path = f"/api/v1/blogs/{self.audience.slug}/changes?{query}"
                go.write(f"GET {path} HTTP/1.0\r\nHost: {self.audience.host}\r\n\r\n".encode())
                head, _, body = (await come.read()).partition(b"\r\n\r\n")
            finally:
                go.close()
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise Lost
        self._take(self._decoded(body))

    def _take(self, answer: Mapping[str, Any]) -> None:
        if answer["reset"]:
            self.objects = {}
        for obj in answer["objects"]:
            ref = f"{obj['kind']}:{obj['id']}"
            self.objects[ref] = self.audience.shared(answer["epoch"], ref, obj)
        self.epoch, self.seq = answer["epoch"], answer["seq"]


def _handshake(host: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    ).encode()


def _frame(text: bytes) -> bytes:
    """A client's text frame; the mask is zero, which is a valid mask."""
    size = len(text)
    length = bytes((0x80 | size,)) if size < 126 else bytes((0xFE,)) + size.to_bytes(2, "big")
    return b"\x81" + length + bytes(4) + text


async def _packet(come: asyncio.StreamReader) -> bytes:
    """The next text packet. Raises `Lost` at a close frame."""
    while True:
        kind, size = await come.readexactly(2)
        if size > 125:
            size = int.from_bytes(await come.readexactly(2 if size == 126 else 8), "big")
        payload = await come.readexactly(size)
        if kind & 15 == 8:
            raise Lost
        if kind & 15 == 1:
            return payload


async def main(url: str, slug: str, readers: int, stay: float) -> None:
    audience = Audience(url, slug, stay)
    audience.fill(readers)
    orders = asyncio.StreamReader(limit=1 << 26)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        print(json.dumps(audience.answer(json.loads(line))), flush=True)


class Seats:
    """The audience's process, as the night sees it."""

    def __init__(self, url: str, slug: str, readers: int, stay: float = 0) -> None:
        self.count = readers
        command = [sys.executable, "-m", "bench.faults.audience", url, slug, str(readers), str(stay)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._turn = threading.Lock()

    def ask(self, what: str, **about: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn:
            self._process.stdin.write(json.dumps({"ask": what, **about}).encode() + b"\n")
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """All readers leave at once."""
        self._process.kill()
        self._process.communicate()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
