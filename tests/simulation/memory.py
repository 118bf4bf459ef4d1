"""A storage server in memory: the commands of Valkey that commits, heals and logs use, and its real Lua scripts.

`test_memory.py` runs the same acts on it and on a real server and compares what both have stored. Every command or
script is one step of a history, which replicas follow: `History.at` is the data as it was some steps ago.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any

import lupa.lua51 as lua
from redis import ResponseError

Data = dict[bytes, Any]
Effect = tuple[Callable[..., object], tuple[Any, ...]]


class Stream(list[tuple[tuple[int, int], dict[bytes, bytes]]]):
    """Entries by id; `last` is the greatest id that was ever given."""

    last = (0, 0)

    def copy(self) -> Stream:
        other = Stream(self)
        other.last = self.last
        return other


def text(value: object) -> bytes:
    """An argument as the protocol carries it."""
    if isinstance(value, bytes):
        return value
    return str(value).encode()


def stream_id(value: object, default: int = 0) -> tuple[int, int]:
    number, _, rest = text(value).partition(b"-")
    return int(number), int(rest) if rest else default


def shown(id: tuple[int, int]) -> bytes:
    return b"%d-%d" % id


# -- what changes data; each is repeated on the replicas


def put(data: Data, key: bytes, value: Any) -> None:
    data[key] = value


def remove(data: Data, *keys: bytes) -> int:
    return sum(data.pop(key, None) is not None for key in keys)


def hash_put(data: Data, key: bytes, fields: Sequence[bytes]) -> int:
    table = data.setdefault(key, {})
    before = len(table)
    table.update(zip(fields[::2], fields[1::2], strict=True))
    return len(table) - before


def hash_remove(data: Data, key: bytes, fields: Sequence[bytes]) -> int:
    table = data.get(key, {})
    return sum(table.pop(field, None) is not None for field in fields)


def set_put(data: Data, key: bytes, member: bytes) -> int:
    members = data.setdefault(key, {})
    new = member not in members
    members[member] = None
    return int(new)


def score(data: Data, key: bytes, member: bytes, number: float) -> None:
    data.setdefault(key, {})[member] = number


def append(data: Data, key: bytes, id: tuple[int, int], fields: dict[bytes, bytes], most: int) -> None:
    stream = data.setdefault(key, Stream())
    if id <= stream.last:
        raise ResponseError("The ID specified in XADD is equal or smaller than the target stream top item")
    stream.append((id, fields))
    stream.last = id
    if most and len(stream) > most:
        del stream[: len(stream) - most]


def strike(data: Data, key: bytes, ids: Sequence[tuple[int, int]]) -> int:
    stream = data.get(key, Stream())
    gone = [entry for entry in stream if entry[0] in ids]
    for entry in gone:
        stream.remove(entry)
    return len(gone)


def trim(data: Data, key: bytes, least: tuple[int, int]) -> int:
    stream = data.get(key, Stream())
    kept = [entry for entry in stream if entry[0] >= least]
    gone = len(stream) - len(kept)
    stream[:] = kept
    return gone


class History:
    """The steps of one server, and its data some steps ago. `floor` steps can no longer be lost."""

    def __init__(self, data: Data) -> None:
        self._base = data
        self._from = 0
        self._steps: list[list[Effect]] = []

    @property
    def now(self) -> int:
        return self._from + len(self._steps)

    def note(self, effects: list[Effect]) -> None:
        self._steps.append(effects)

    def forget(self, floor: int) -> None:
        """Only what came after this number of steps can still be lost."""
        for effects in self._steps[: floor - self._from]:
            _repeat(self._base, effects)
        del self._steps[: floor - self._from]
        self._from = max(floor, self._from)

    def at(self, step: int) -> Data:
        """A copy of the data after this number of steps, not before `forget`'s."""
        data = copied(self._base)
        for effects in self._steps[: step - self._from]:
            _repeat(data, effects)
        return data


def _repeat(data: Data, effects: list[Effect]) -> None:
    for change, args in effects:
        change(data, *args)


def copied(data: Data) -> Data:
    return {key: value.copy() if hasattr(value, "copy") else value for key, value in data.items()}


class Node:
    """One server. `clock` returns its time in milliseconds."""

    def __init__(self, data: Data, clock: Callable[[], int], replid: str = "1") -> None:
        self.data = data
        self.clock = clock
        self.replid = replid
        """The id of its reign as the primary."""
        self.history = History(copied(data))
        self.dead = False
        self.refuses = False
        """It is a replica now and takes no changes."""
        self.views: dict[str, dict[str, dict[str, Any]]] = {}
        """The clients' view of each timeline: what the simulation holds against what clients have."""
        self._effects: list[Effect] = []

    def do(self, name: str, args: Sequence[object]) -> Any:
        """One command, as one step."""
        return self._step(lambda: self.call(name.upper(), [text(each) for each in args]))

    def run(self, script: Script, keys: Sequence[object], args: Sequence[object]) -> Any:
        """One script, as one step."""
        return self._step(lambda: script.run(self, [text(key) for key in keys], [text(arg) for arg in args]))

    def _step(self, work: Callable[[], Any]) -> Any:
        self._effects = []
        answer = work()
        if self._effects:
            self.history.note(self._effects)
        return answer

    def _change(self, change: Callable[..., Any], *args: Any) -> Any:
        if self.refuses:
            from redis import ReadOnlyError

            raise ReadOnlyError("You can't write against a read only replica.")
        self._effects.append((change, args))
        return change(self.data, *args)

    def call(self, name: str, args: list[bytes]) -> Any:
        return COMMANDS[name](self, *args)


def _get(node: Node, key: bytes) -> Any:
    return node.data.get(key)


def _set(node: Node, key: bytes, value: bytes, *options: bytes) -> Any:
    if b"XX" in options and key not in node.data:
        return None
    node._change(put, key, value)
    return b"OK"


def _hget(node: Node, key: bytes, field: bytes) -> Any:
    return node.data.get(key, {}).get(field)


def _hmget(node: Node, key: bytes, *fields: bytes) -> Any:
    table = node.data.get(key, {})
    return [table.get(field) for field in fields]


def _hsetnx(node: Node, key: bytes, field: bytes, value: bytes) -> int:
    if field in node.data.get(key, {}):
        return 0
    return int(node._change(hash_put, key, [field, value]))


def _hincrby(node: Node, key: bytes, field: bytes, by: bytes) -> int:
    number = int(node.data.get(key, {}).get(field, b"0")) + int(by)
    node._change(hash_put, key, [field, text(number)])
    return number


def _hgetall(node: Node, key: bytes) -> list[bytes]:
    return [part for pair in node.data.get(key, {}).items() for part in pair]


def _xadd(node: Node, key: bytes, *rest: bytes) -> bytes:
    most = 0
    if rest[0] == b"MAXLEN":
        most, rest = int(rest[2]), rest[3:]
    last: tuple[int, int] = node.data[key].last if key in node.data else (0, 0)
    now = node.clock()
    id = (max(last, (now, -1))[0], last[1] + 1 if last[0] >= now else 0) if rest[0] == b"*" else stream_id(rest[0])
    node._change(append, key, id, dict(zip(rest[1::2], rest[2::2], strict=True)), most)
    return shown(id)


def _entries(entries: Sequence[tuple[tuple[int, int], dict[bytes, bytes]]]) -> list[Any]:
    return [[shown(id), [part for pair in fields.items() for part in pair]] for id, fields in entries]


def _xrevrange(node: Node, key: bytes, end: bytes, start: bytes, *count: bytes) -> list[Any]:
    most = int(count[1])
    return _entries(node.data.get(key, [])[::-1][:most])


def _xrange(node: Node, key: bytes, start: bytes, end: bytes, *count: bytes) -> list[Any]:
    after = (-1, 0) if start == b"-" else stream_id(start.lstrip(b"("))
    found = [each for each in node.data.get(key, []) if each[0] > after or (each[0] == after and start[:1] != b"(")]
    return _entries(found[: int(count[1])] if count else found)


def _xread(node: Node, most: bytes, *places: bytes) -> list[Any]:
    """XREAD COUNT most STREAMS; the keys first, then the ids."""
    answer = []
    for key, after in zip(places[: len(places) // 2], places[len(places) // 2 :], strict=True):
        stream = node.data.get(key)
        if stream and stream.last > (id := stream_id(after)):
            start = bisect_right(stream, id, key=lambda entry: entry[0])
            if found := stream[start : start + int(most)]:
                answer.append([key, _entries(found)])
    return answer


def _zrevrange(node: Node, key: bytes, *_: bytes) -> list[bytes]:
    scores = node.data.get(key)
    if not scores:
        return []
    member, number = max(scores.items(), key=lambda pair: (pair[1], pair[0]))
    return [member, b"%d" % number]


def _time(node: Node) -> list[bytes]:
    seconds, ms = divmod(node.clock(), 1000)
    return [b"%d" % seconds, b"%d" % (1000 * ms)]


COMMANDS: dict[str, Callable[..., Any]] = {
    "PING": lambda node: b"PONG",
    "INFO": lambda node, _: f"role:master\r\nmaster_replid:{node.replid}\r\n".encode(),
    "TIME": _time,
    "GET": _get,
    "SET": _set,
    "EXISTS": lambda node, key: int(key in node.data),
    "EXPIRE": lambda node, key, _: int(key in node.data) and (node._change(put, key, node.data[key]), 1)[1],
    "DEL": lambda node, *keys: node._change(remove, *keys),
    "UNLINK": lambda node, *keys: node._change(remove, *keys),
    "KEYS": lambda node, match: [key for key in node.data if fnmatchcase(key.decode(), match.decode())],
    "HGET": _hget,
    "HMGET": _hmget,
    "HSET": lambda node, key, *fields: node._change(hash_put, key, fields),
    "HSETNX": _hsetnx,
    "HDEL": lambda node, key, *fields: node._change(hash_remove, key, fields),
    "HEXISTS": lambda node, key, field: int(field in node.data.get(key, {})),
    "HINCRBY": _hincrby,
    "HVALS": lambda node, key: list(node.data.get(key, {}).values()),
    "HGETALL": _hgetall,
    "SADD": lambda node, key, member: node._change(set_put, key, member),
    "SREM": lambda node, key, member: node._change(hash_remove, key, [member]),
    "SISMEMBER": lambda node, key, member: int(member in node.data.get(key, {})),
    "SMEMBERS": lambda node, key: list(node.data.get(key, {})),
    "ZADD": lambda node, key, number, member: node._change(score, key, member, float(number)),
    "ZREM": lambda node, key, member: node._change(hash_remove, key, [member]),
    "ZREVRANGE": _zrevrange,
    "XADD": _xadd,
    "XDEL": lambda node, key, *ids: node._change(strike, key, [stream_id(id) for id in ids]),
    "XTRIM": lambda node, key, least: node._change(trim, key, stream_id(least)),
    "XRANGE": _xrange,
    "XREVRANGE": _xrevrange,
    "XREAD": _xread,
}


# -- Lua, as the server runs it


class _Server:
    """The names that scripts find: `redis` and `cjson`. One script runs at a time."""

    def __init__(self) -> None:
        self.node: Node | None = None
        self.lua = lua.LuaRuntime(encoding=None, unpack_returned_tuples=False)
        names = self.lua.globals()
        names[b"redis"] = self.lua.table_from({b"call": self._call, b"pcall": self._call, b"sha1hex": self._sha1hex})
        names[b"cjson"] = self.lua.table_from(
            {b"decode": lambda value: self._table(json.loads(value)), b"encode": self._encode}
        )

    def _call(self, name: bytes, *args: object) -> Any:
        assert self.node is not None
        return self._answer(self.node.call(name.decode().upper(), [text(each) for each in args]))

    def _sha1hex(self, value: object) -> bytes:
        return hashlib.sha1(text(value)).hexdigest().encode()

    def _answer(self, value: Any) -> Any:
        if isinstance(value, list):
            return self.lua.table_from([self._answer(each) for each in value])
        return False if value is None else value

    def _table(self, value: Any) -> Any:
        if isinstance(value, dict):
            return self.lua.table_from({name.encode(): self._table(each) for name, each in value.items()})
        if isinstance(value, list):
            return self.lua.table_from([self._table(each) for each in value])
        return value.encode() if isinstance(value, str) else value

    def _encode(self, value: Any) -> bytes:
        """As cjson writes it: an empty table is an object."""

        def plain(each: Any) -> Any:
            if isinstance(each, bytes):
                return each.decode()
            return [plain(part) for part in each.values()] or {} if lua.lua_type(each) == "table" else each

        return json.dumps(plain(value), separators=(",", ":"), ensure_ascii=False).replace("/", "\\/").encode()


_SERVER = _Server()


class Script:
    """A script as the server runs it; `answered` may look at its answers."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._function = _SERVER.lua.execute(b"return function(KEYS, ARGV) " + source.encode() + b"\nend")

    def run(self, node: Node, keys: list[bytes], args: list[bytes]) -> Any:
        _SERVER.node = node
        return _plain(self._function(_SERVER.lua.table_from(keys), _SERVER.lua.table_from(args)))


def _plain(value: Any) -> Any:
    if lua.lua_type(value) == "table":
        return [_plain(value[index]) for index in range(1, len(value) + 1)]
    return None if value is False else value
