"""Connections to storage: which parts use them, how many at once, and what the errors of redis-py mean.

Each use (requests, sign-in, reading on) has its own connections, so that none waits for another's. The number of
connections in use is bounded; a caller waits for its turn, up to a deadline. No client retries by itself: a request
whose outcome is unknown is sent again under the same idempotency key.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from ..errors import Unavailable
from ..watch import counts, telemetry

TIMEOUT = 5.0
"""Seconds that storage may take to answer."""
AT_ONCE = 32
"""How many commands of one use run at once; each has a connection."""
PATIENCE = 5.0
"""Seconds that a caller waits for its turn."""
Entries = list[tuple[bytes, dict[bytes, bytes]]]
"""A stream's entries: ids and fields. No connection decodes answers, so all of it is bytes."""
NO_END = 1 << 31
"""Connections that a pool may hold. `AT_ONCE` bounds them; a pool's own bound refuses instead of waiting."""
REFUSING = (
    redis.ReadOnlyError,
    redis.OutOfMemoryError,
    redis.exceptions.NoPermissionError,
    redis.exceptions.ClusterDownError,  # and MASTERDOWN
    redis.exceptions.TryAgainError,
)
"""Errors of a server that is up but refuses. redis-py strips the code from the message when it has a class for it."""
_REFUSED = re.compile(r"(?:^|caused error: )(?:(?:ERR )?WAIT cannot|(?:MISCONF|NOREPLICAS|UNBLOCKED|BUSY) )")
"""Such errors without a class in redis-py, alone and in a pipeline. A server that became a replica refuses WAIT."""


class Address:
    """One storage: redis, rediss, valkey, valkeys, unix, redis+sentinel or redis+cluster.

    Raises `ValueError` for an invalid address, `Unavailable` for a cluster that does not answer.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_cluster = url.startswith("redis+cluster")
        self._connections: list[Connection] = []
        self.failed: Callable[[BaseException], None] = lambda error: None
        """Gets the error of each use that failed because storage is gone or refuses."""

    def connection(self, use: str = "", *, timeout: float = TIMEOUT, at_once: int = AT_ONCE) -> Connection:
        """Connections for one use; one with a name is measured under it. `timeout` is in seconds."""
        made = Connection(self, _client(self.url, timeout), at_once, use)
        self._connections.append(made)
        return made

    def renew(self) -> None:
        """Close all idle connections: they lead to the server that was the primary before a failover.

        The address may resolve to the new primary now. A connection that is in use is closed after its command.
        """
        for each in self._connections:
            if not self.is_cluster:  # a cluster's client does it itself
                each.client.connection_pool.disconnect(inuse_connections=False)
                each.client.connection_pool.reset()

    def close(self) -> None:
        for each in self._connections:
            if self.is_cluster:  # its `close` leaves them open
                cast(Any, each.client).disconnect_connection_pools()
            else:
                for sentinel in _sentinels_of(each.client):
                    sentinel.close()
            each.client.close()


class Connection:
    """One use's client. Every command runs inside `with connection.use()`."""

    def __init__(self, address: Address, client: redis.Redis, at_once: int, use: str = "") -> None:
        self.client = client
        self._use = use
        self._address = address
        self._turns = threading.BoundedSemaphore(at_once)

    @contextmanager
    def use(self) -> Iterator[redis.Redis]:
        """Wait for a turn with the client. Storage that is gone, full, refusing or too busy raises `Unavailable`."""
        if not self._turns.acquire(timeout=PATIENCE):
            counts.storage_errors.add("busy")
            raise Unavailable("the storage is too busy just now; try again in a moment", retry_after=1)
        began = time.perf_counter()
        try:
            with telemetry.span(f"storage {self._use}"), translated():
                yield self.client
        except Unavailable as no:
            if no.__cause__ is not None:
                self._address.failed(no.__cause__)
            if _is_past(no.__cause__):
                self._address.renew()
            raise
        finally:
            self._turns.release()
            if self._use:
                counts.storage.observe(time.perf_counter() - began, self._use)


def _is_past(error: BaseException | None) -> bool:
    """Whether the server is probably the primary no more: it says so, or hangs. Others hang at its idle connections."""
    return isinstance(error, redis.ReadOnlyError | redis.TimeoutError) or "WAIT cannot" in str(error)


@contextmanager
def translated() -> Iterator[None]:
    """Turn redis-py's errors about storage that cannot serve into `Unavailable`."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError, redis.exceptions.RedisClusterException, OSError) as error:
        raise Unavailable("the storage cannot be reached; try again in a moment", retry_after=1) from error
    except redis.ResponseError as error:
        if isinstance(error, REFUSING) or _REFUSED.search(str(error)):
            raise Unavailable("the storage cannot take changes now; try again in a moment", retry_after=1) from error
        raise


def _client(url: str, timeout: float) -> redis.Redis:
    options: dict[str, Any] = {"socket_timeout": timeout, "socket_connect_timeout": 2.0, "max_connections": NO_END}
    parts = urlsplit(url)
    if parts.scheme == "redis+cluster":
        plain = "redis" + url.removeprefix("redis+cluster")
        with translated():  # the constructor asks for the cluster's nodes
            cluster = redis.RedisCluster.from_url(plain, **options)
        return cast(redis.Redis, cluster)
    options["retry"] = Retry(NoBackoff(), 0)
    if parts.scheme == "redis+sentinel":
        return _sentinel(url, options)
    plain = url.replace("valkeys://", "rediss://", 1).replace("valkey://", "redis://", 1)
    return redis.Redis.from_url(plain, **options)


def _sentinel(url: str, options: dict[str, Any]) -> redis.Redis:
    """A client of the primary that the sentinels name.

    User and password go to the servers; the sentinels get `sentinel_username` and `sentinel_password` of the query.
    One that does not answer is asked once, and then the next one: it may have died with the primary, on one machine.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    asks: dict[str, Any] = {"socket_timeout": 1.0, "socket_connect_timeout": 1.0, "retry": Retry(NoBackoff(), 0)} | {
        name: query[f"sentinel_{name}"] for name in ("username", "password") if query.get(f"sentinel_{name}")
    }
    login, _, places = parts.netloc.rpartition("@")
    hosts = [(host.partition(":")[0], int(host.partition(":")[2] or 26379)) for host in places.split(",")]
    if login:
        user, _, password = login.partition(":")
        options |= {"username": unquote(user) or None, "password": unquote(password)}
    name, _, db = parts.path.strip("/").partition("/")
    sentinel: Any = Sentinel(hosts, sentinel_kwargs=asks, **options)  # type: ignore[no-untyped-call]
    return cast(redis.Redis, sentinel.master_for(name or "mymaster", db=int(db or 0), **options))


def _sentinels_of(client: redis.Redis) -> Sequence[redis.Redis]:
    """The clients with which a client asks the sentinels."""
    asking: Sentinel | None = getattr(client.connection_pool, "sentinel_manager", None)
    return asking.sentinels if asking is not None else ()
