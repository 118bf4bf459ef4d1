"""Messages between processes, which may be lost without harm, and the figures that are stored from them.

Who is at a desk and how many readers there are is sent with PUBLISH, which writes nothing to disk. Figures are stored
once in a while.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import msgspec
from redis.client import PubSub

from ..model import rfc3339_ms
from .connection import Address, Entries
from .keys import key_of

CHANNEL = "lb:here"
LISTEN_SECONDS = 1.0
"""The longest wait for the next message, in seconds; the listener notices the program's end only between waits."""
SAMPLE_MS = 10_000
"""Milliseconds between two counts of readers."""
MOST_POINTS = 600
"""Maximum counts of readers in one answer."""


class Message(msgspec.Struct, frozen=True, array_like=True):
    """One process's message about one blog."""

    slug: str
    process: str
    said: msgspec.Raw


class Presence:
    def __init__(self, address: Address) -> None:
        self._connection = address.connection("presence")
        self._listening = address.connection(at_once=1)
        script = (Path(__file__).parent / "figures.lua").read_text()
        self._figures = self._connection.client.register_script(script)

    def tell(self, slug: str, process: str, said: bytes) -> None:
        """Send a message (JSON) about a blog to all processes. Raises `Unavailable`."""
        with self._connection.use() as client:
            client.publish(CHANNEL, msgspec.json.encode(Message(slug, process, msgspec.Raw(said))))

    def listen(self, hear: Callable[[str, str, bytes], None], goes_on: Callable[[], bool]) -> None:
        """Call `hear` with slug, process and JSON of each message while `goes_on()`. Raises `Unavailable`."""
        with self._listening.use() as client:
            subscription: PubSub = client.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
            try:
                subscription.subscribe(CHANNEL)
                while goes_on():
                    message = subscription.get_message(timeout=LISTEN_SECONDS)
                    if message is not None:
                        found = msgspec.json.decode(message["data"], type=Message)
                        hear(found.slug, found.process, bytes(found.said))
            finally:
                subscription.close()

    def record(self, slug: str, process: str, readers: int, deliveries: Mapping[int, tuple[int, int]]) -> int:
        """Store the number of readers, and by public `seq` how many readers of this process got it within how many ms.

        Returns the storage's time in ms since 1970.
        """
        args: list[str | int] = [process, readers, SAMPLE_MS]
        for seq, (count, ms) in deliveries.items():
            args += [seq, f"{count}:{ms}"]
        with self._connection.use():
            return int(self._figures(keys=[key_of(slug, name) for name in ("delivered", "audience")], args=args))

    def deliveries(self, slug: str) -> dict[int, dict[str, int]]:
        """For each `seq` of the last days: how many `readers` got it, and the `ms` until the last of them had it."""
        with self._connection.use() as client:
            stored = cast("dict[bytes, bytes]", client.hgetall(key_of(slug, "delivered")))
        found: dict[int, dict[str, int]] = {}
        for name, value in stored.items():
            seq = int(name.partition(b":")[0])
            readers, ms = map(int, value.split(b":"))
            sofar = found.setdefault(seq, {"readers": 0, "ms": 0})
            found[seq] = {"readers": sofar["readers"] + readers, "ms": max(sofar["ms"], ms)}
        return found

    def audience(self, slug: str) -> list[tuple[str, int]]:
        """The number of readers by time (RFC 3339 UTC), oldest first; peaks of a long night, at most MOST_POINTS."""
        with self._connection.use() as client:
            entries = cast(Entries, client.xrange(key_of(slug, "audience")))
        counts = [(int(fields[b"readers"]), int(id.partition(b"-")[0])) for id, fields in entries]
        each = -(-len(counts) // MOST_POINTS) or 1
        peaks = (max(counts[start : start + each]) for start in range(0, len(counts), each))
        return [(rfc3339_ms(at), readers) for readers, at in peaks]
