"""A slow line for benchmarks: a proxy on this machine that makes TCP connections as late and narrow as a bad mobile
network makes them, websockets included.

A new connection costs a round trip, so does each question; all connections share the rate, in both directions; and a
connection begins with ten packets in flight, and with each acknowledged byte may have one more (RFC 6928, RFC 5681).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress

PACKET = 1460
BEGIN = 10 * PACKET


class Link:
    """One direction, which all connections share: bytes wait for those before them."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._free = 0.0

    def arrival(self, size: int, now: float, delay: float) -> float:
        """When bytes that are sent now arrive at the other end, `delay` seconds away."""
        self._free = max(now, self._free) + size / self._rate
        return self._free + delay


class Way:
    """One direction of a connection."""

    def __init__(self, link: Link, delay: float, writer: asyncio.StreamWriter) -> None:
        self._link, self._delay, self._writer = link, delay, writer
        self._window, self._flying = BEGIN, 0
        self._acknowledged = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def carry(self, reader: asyncio.StreamReader) -> None:
        """Carry everything that the reader gives, until its end."""
        while data := await reader.read(PACKET):
            while self._flying + len(data) > self._window:
                self._acknowledged.clear()
                await self._acknowledged.wait()
            self._flying += len(data)
            at = self._link.arrival(len(data), self._loop.time(), self._delay)
            self._loop.call_at(at, self._writer.write, data)
            self._loop.call_at(at + self._delay, self._acknowledge, len(data))
        self._loop.call_at(self._link.arrival(0, self._loop.time(), self._delay), self._writer.close)

    def _acknowledge(self, size: int) -> None:
        self._flying -= size
        self._window += size
        self._acknowledged.set()


@contextmanager
def shaped(port: int, round_trip: float, rate: float) -> Iterator[int]:
    """Yields the port of a slow line to a port of this machine: seconds there and back, bytes per second."""
    ready: Future[tuple[int, Callable[[], object]]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_serve(port, round_trip, rate, ready)))
    thread.start()
    own, stop = ready.result(60)
    try:
        yield own
    finally:
        stop()
        thread.join()


async def _serve(port: int, round_trip: float, rate: float, ready: Future[tuple[int, Callable[[], object]]]) -> None:
    down, up = Link(rate), Link(rate)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(round_trip)  # SYN and SYN-ACK
        with suppress(ConnectionError, asyncio.CancelledError):
            served, to_server = await asyncio.open_connection("127.0.0.1", port)
            ways = Way(up, round_trip / 2, to_server), Way(down, round_trip / 2, writer)
            await asyncio.gather(ways[0].carry(reader), ways[1].carry(served))

    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        ready.set_result((server.sockets[0].getsockname()[1], lambda: loop.call_soon_threadsafe(stopped.set)))
        await stopped.wait()
