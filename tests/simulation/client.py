"""What the store uses of redis-py, over a simulated network to a simulated server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, cast

import redis

from liveblog.store.connection import Connection

from .memory import Node, Script, text

_SCRIPTS: dict[str, Script] = {}


class Link(Protocol):
    """A program's way to its storage."""

    def send(self, work: Callable[[Node], Any]) -> Any:
        """Carry a request there and its answer back. Raises redis-py's errors when one of them is lost."""

    def confirmed(self, node: Node) -> int:
        """How many replicas have what this node has now."""

    def renew(self) -> None:
        """Connect anew: the address may lead to another server."""


class Address:
    """Stands for `connection.Address`."""

    is_cluster = False

    def __init__(self, link: Link) -> None:
        self.link = link

    def connection(self, use: str = "", *, timeout: float = 0, at_once: int = 32) -> Connection:
        return Connection(cast(Any, self), cast(redis.Redis, Client(self.link)), at_once)

    def renew(self) -> None:
        self.link.renew()

    def close(self) -> None:
        pass


def _perform(node: Node, name: str, args: Sequence[object], link: Link) -> Any:
    if name == "EVAL":
        script, keys, values = cast("tuple[Script, list[object], list[object]]", args)
        return node.run(script, keys, values)
    if name == "WAIT":
        return link.confirmed(node)
    if name == "CLIENT":
        return 1
    return node.do(name, args)


def _entries(found: list[Any]) -> list[tuple[bytes, dict[bytes, bytes]]]:
    return [(id, dict(zip(fields[::2], fields[1::2], strict=True))) for id, fields in found]


class Commands:
    """redis-py's methods, each as one command."""

    def _send(self, name: str, *args: object, read: Callable[[Any], Any] = lambda answer: answer) -> Any:
        raise NotImplementedError

    def register_script(self, source: str) -> Any:
        script = _SCRIPTS.setdefault(source, Script(source)) if source not in _SCRIPTS else _SCRIPTS[source]

        def run(keys: Sequence[object] = (), args: Sequence[object] = (), client: Commands | None = None) -> Any:
            return (client or self)._send("EVAL", script, list(keys), list(args))

        return run

    def get(self, key: str) -> Any:
        return self._send("GET", key)

    def set(self, key: str, value: bytes, xx: bool = False) -> Any:
        return self._send("SET", key, value, *(["XX"] if xx else []))

    def exists(self, key: str) -> Any:
        return self._send("EXISTS", key)

    def expire(self, key: str, seconds: int) -> Any:
        return self._send("EXPIRE", key, seconds)

    def delete(self, *keys: str) -> Any:
        return self._send("DEL", *keys)

    def unlink(self, *keys: str) -> Any:
        return self._send("UNLINK", *keys)

    def scan_iter(self, match: str, count: int = 0) -> Iterator[bytes]:
        return iter(self._send("KEYS", match.replace("[", "[[]")))

    def hget(self, key: str, field: str) -> Any:
        return self._send("HGET", key, field)

    def hmget(self, key: str, fields: Sequence[str]) -> Any:
        return self._send("HMGET", key, *fields)

    def hvals(self, key: str) -> Any:
        return self._send("HVALS", key)

    def hset(self, key: str, field: str = "", value: object = None, mapping: Mapping[str, object] | None = None) -> Any:
        pairs = mapping if mapping is not None else {field: value}
        return self._send("HSET", key, *(part for pair in pairs.items() for part in pair))

    def hdel(self, key: str, *fields: str) -> Any:
        return self._send("HDEL", key, *fields)

    def sadd(self, key: str, member: str) -> Any:
        return self._send("SADD", key, member)

    def srem(self, key: str, member: str) -> Any:
        return self._send("SREM", key, member)

    def sismember(self, key: str, member: str) -> Any:
        return self._send("SISMEMBER", key, member)

    def smembers(self, key: str) -> Any:
        return self._send("SMEMBERS", key, read=set)

    def zadd(self, key: str, scores: Mapping[str, float]) -> Any:
        ((member, number),) = scores.items()
        return self._send("ZADD", key, number, member)

    def zrem(self, key: str, member: str) -> Any:
        return self._send("ZREM", key, member)

    def xadd(self, key: str, fields: Mapping[bytes, bytes], id: str = "*") -> Any:
        return self._send("XADD", key, id, *(part for pair in fields.items() for part in pair))

    def xdel(self, key: str, *ids: bytes) -> Any:
        return self._send("XDEL", key, *ids)

    def xtrim(self, key: str, minid: str, approximate: bool = False) -> Any:
        return self._send("XTRIM", key, minid)

    def xrange(self, key: str, min: str = "-", max: str = "+", count: int | None = None) -> Any:
        return self._send("XRANGE", key, min, max, *(["COUNT", count] if count else []), read=_entries)

    def xread(self, places: Mapping[bytes, str], count: int = 0, block: int | None = None) -> Any:
        return self._send(
            "XREAD",
            count,
            *map(text, places),
            *places.values(),
            read=lambda answer: [[key, _entries(found)] for key, found in answer],
        )

    def client_id(self) -> Any:
        return self._send("CLIENT")

    def client_unblock(self, id: int) -> int:
        return 0

    def ping(self) -> Any:
        return self._send("PING")


class Client(Commands):
    def __init__(self, link: Link) -> None:
        self._link = link

    def _send(self, name: str, *args: object, read: Callable[[Any], Any] = lambda answer: answer) -> Any:
        return read(self._link.send(lambda node: _perform(node, name, args, self._link)))

    def pipeline(self, transaction: bool = False) -> Pipeline:
        return Pipeline(self._link)


class Pipeline(Commands):
    """Commands that travel together; each is a step of its own, and the connection may break between two of them."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._asked: list[tuple[str, tuple[object, ...], Callable[[Any], Any]]] = []

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def _send(self, name: str, *args: object, read: Callable[[Any], Any] = lambda answer: answer) -> Any:
        self._asked.append((name, args, read))
        return self

    def execute_command(self, name: str, *args: object) -> Any:
        return self._send(name, *args)

    def execute(self) -> list[Any]:
        asked, self._asked = self._asked, []

        def work(node: Node) -> list[Any]:
            return [read(_perform(node, name, args, self._link)) for name, args, read in asked]

        return cast("list[Any]", self._link.send(work))
