"""Small values under a name, and tables of them: accounts, sessions, pictures, the notifier's leases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from ..model import rfc3339_ms
from .connection import Connection

_CHANGE = """
for i = 3, #ARGV, 2 do
  local found = ARGV[i] == '' and redis.call('HLEN', KEYS[1]) or redis.call('HGET', KEYS[1], ARGV[i]) or ''
  if tostring(found) ~= ARGV[i + 1] then return 0 end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
"""
"""KEYS: a table. ARGV: the field to set, its value, then what was read: fields with their values, '' for a missing
one. The field '' stands for the number of fields."""

_HOLD = """
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('EXPIRE', KEYS[1], ARGV[2])
"""
_UNCOUNT = """
if tonumber(redis.call('GET', KEYS[1]) or 0) > tonumber(ARGV[1]) then return redis.call('DECRBY', KEYS[1], ARGV[1]) end
return redis.call('DEL', KEYS[1])
"""
"""A count that has ended meanwhile does not come back, below nothing and for ever."""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


_REIGN = """
local info = redis.pcall('INFO', 'replication')
return type(info) == 'string' and string.match(info, 'master_replid:(%w+)') or ''
"""


class Records:
    """`connection` serves nothing else, so that a sign-in does not wait for readers, nor a post for a sign-in."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        script = connection.client.register_script
        self._change, self._hold, self._release = script(_CHANGE), script(_HOLD), script(_RELEASE)
        self._uncount = script(_UNCOUNT)
        self._reign = script(_REIGN)

    def put(self, name: str, value: bytes, *, ttl: int | None = None, new: bool = False) -> bool:
        """Set a value, for `ttl` seconds; with `new` only if there is none. True if it was set."""
        with self._connection.use() as client:
            return bool(client.set(name, value, ex=ttl, nx=new))

    def keep(self, name: str, ttl: int) -> None:
        """Let a value that is still there stay for `ttl` seconds from now."""
        with self._connection.use() as client:
            client.expire(name, ttl)

    def get(self, name: str, *, take: bool = False) -> bytes | None:
        """A value; with `take` it is removed in the same step."""
        with self._connection.use() as client:
            return cast("bytes | None", client.getdel(name) if take else client.get(name))

    def drop(self, *names: str) -> None:
        with self._connection.use() as client:
            for name in names:
                client.delete(name)

    def hold(self, name: str, owner: str, ttl: int) -> bool:
        """Take or keep a lease for `ttl` seconds; False while another owner has it."""
        with self._connection.use() as client:
            return bool(self._hold(keys=[name], args=[owner, ttl], client=client))

    def release(self, name: str, owner: str) -> None:
        """Give a lease back, if it is still this owner's."""
        with self._connection.use() as client:
            self._release(keys=[name], args=[owner], client=client)

    def put_field(self, table: str, name: str, value: bytes, *, new: bool = False) -> bool:
        """Set a table's field; with `new` only if there is none. True if it was set."""
        with self._connection.use() as client:
            if new:
                return bool(client.hsetnx(table, name, value))
            client.hset(table, name, value)
            return True

    def change_field(self, table: str, name: str, value: bytes, read: Mapping[str, bytes | None]) -> bool:
        """Set a table's field if everything that was `read` from the table is unchanged; True if it was set.

        `read` maps fields to their bytes, None for a missing one, and "" to the number of fields.
        """
        about = [part for field, found in read.items() for part in (field, found or b"")]
        with self._connection.use() as client:
            return bool(self._change(keys=[table], args=[name, value, *about], client=client))

    def get_field(self, table: str, name: str) -> bytes | None:
        with self._connection.use() as client:
            return cast("bytes | None", client.hget(table, name))

    def get_fields(self, table: str) -> dict[bytes, bytes]:
        with self._connection.use() as client:
            return cast("dict[bytes, bytes]", client.hgetall(table))

    def drop_field(self, table: str, name: str) -> bool:
        with self._connection.use() as client:
            return bool(client.hdel(table, name))

    def count(self, name: str, seconds: int) -> int:
        """Count one event; the count starts again `seconds` after its first event."""
        with self._connection.use() as client:
            number = int(client.incr(name))
            if number == 1:
                client.expire(name, seconds)
            return number

    def count_each(self, names: Sequence[str], seconds: int) -> list[int]:
        """Count an event of each name in one message; each count starts again `seconds` after its first event."""
        with self._connection.use() as client:
            asked = client.pipeline(transaction=False)
            for name in names:
                asked.set(name, 0, ex=seconds, nx=True)  # the expiry is set before anything is counted
                asked.incr(name)
            return [int(number) for number in asked.execute()[1::2]]

    def uncount(self, name: str, number: int) -> None:
        """Take events off a count, which still ends when it would have."""
        with self._connection.use() as client:
            self._uncount(keys=[name], args=[number], client=client)

    def reign(self, key: str) -> str:
        """An id of the server that has this key, for as long as it is the primary: what came before may lack its end.

        Empty where nobody may ask for it.
        """
        with self._connection.use() as client:
            return cast(bytes, self._reign(keys=[key], client=client)).decode()

    def now(self) -> str:
        """The storage's time, RFC 3339 UTC."""
        with self._connection.use() as client:
            seconds, microseconds = client.time()
        return rfc3339_ms(seconds * 1000 + microseconds // 1000)
