"""What operators are told of storage: that it cannot be reached, or refuses, and why; that it is back; failovers.

`step` runs about once a second in each web process. It asks storage only while something is wrong, and once at the
start, so that a later failover can be seen.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import NamedTuple

import redis

from ..watch import counts
from ..watch.episodes import Episode, Episodes

log = logging.getLogger(__name__)

REASONS: tuple[tuple[type[Exception], str], ...] = (
    (redis.ReadOnlyError, "it is read-only: a replica, or a primary that was replaced"),
    (redis.OutOfMemoryError, "its memory is full (maxmemory)"),
    (redis.exceptions.NoPermissionError, "our user may not write (ACL)"),
    (redis.exceptions.ClusterDownError, "the cluster, or the replica's primary, is down"),
    (redis.exceptions.TryAgainError, "the cluster is moving keys"),
)
WORDS = {
    "MISCONF": "it cannot write to its disk; is the disk full?",
    "NOREPLICAS": "too few of its replicas are connected (min-replicas-to-write)",
    "BUSY": "a script keeps it busy",
}


class Seen(NamedTuple):
    """A storage server as it was seen: its address, and the id of its run."""

    place: str
    run: str


class Health:
    """The health of one storage. `writes` tries a write that changes nothing, and raises what is wrong."""

    def __init__(self, client: redis.Redis, writes: Callable[[], object], *, is_cluster: bool) -> None:
        self.lost = Episode(log, "storage cannot be reached", "storage is reached again")
        self.refusing = Episode(log, "storage refuses changes", "storage accepts changes again")
        self.behind = Episode(
            log, "changes are stored, but too few replicas confirm them", "enough replicas confirm changes again"
        )
        self.damage = Episodes(
            lambda slug: Episode(
                log,
                f"storage is damaged and is not served: blog {slug}",
                f"blog {slug}: no damage was read for a minute",
                quiet=60,
            )
        )
        self._client, self._writes, self._is_cluster = client, writes, is_cluster
        self._seen: Seen | None = None
        self._watched = False  # a command says itself what went wrong, and so does the program that starts storage

    def failed(self, error: BaseException) -> None:
        """Note that a use of storage failed with this error of redis-py."""
        if isinstance(error, redis.ResponseError):
            counts.storage_errors.add("refusing")
            episode, why = self.refusing, _reason(error)
        else:
            counts.storage_errors.add("unreachable")
            episode, why = self.lost, type(error).__name__
        if self._watched:
            episode.met(why)

    def unconfirmed(self) -> None:
        """Note that a change is stored, but not yet on enough replicas."""
        counts.storage_errors.add("replicas")
        if self._watched:
            self.behind.met()

    def damaged(self, slug: str, names: str) -> None:
        """Note that these records of a blog are not as they were stored."""
        counts.damage.add()
        self.damage.of(slug).met(names)

    def refused(self) -> None:
        """Note that a request which changes something was refused because storage does not take it."""
        for episode in (self.lost, self.refusing, self.behind):
            episode.refused()

    def step(self) -> None:
        """Find out whether a trouble is over, and which server answers now. The first step begins the telling."""
        self._watched = True
        if self._seen is not None and not (self.lost.is_open or self.refusing.is_open):
            return
        try:
            self._writes()
        except Exception:  # it was noted where it happened
            return
        self.lost.end()
        self.refusing.end()
        if not self._is_cluster:  # it has many servers
            self._look()

    def _look(self) -> None:
        """Compare the server with the one that was seen before."""
        try:
            found: Mapping[str, object] = self._client.info("server")
        except (redis.RedisError, OSError):  # perhaps not permitted
            self._seen = self._seen or Seen("", "")
            return
        seen, before = Seen(self._place(), str(found.get("run_id", ""))), self._seen
        self._seen = seen
        if before is None or before.run in (seen.run, ""):
            return
        counts.failovers.add()
        if seen.place != before.place:
            log.warning("failover: storage is at %s now, run %s; before at %s", seen.place, seen.run, before.place)
        else:
            log.warning("storage at %s is another server, or was restarted: run %s", seen.place, seen.run)

    def _place(self) -> str:
        """The address of the server to which new connections go."""
        pool = self._client.connection_pool
        kept: Mapping[str, object] = pool.connection_kwargs
        primary: tuple[object, object] | None = getattr(pool, "master_address", None)  # as the sentinels say
        host, port = primary or (kept.get("host"), kept.get("port"))
        return str(kept.get("path") or f"{host}:{port}")


def _reason(error: redis.ResponseError) -> str:
    """Why storage refuses, in words. redis-py strips the code from the message when it has a class for it."""
    for kind, words in REASONS:
        if isinstance(error, kind):
            return words
    return next((words for code, words in WORDS.items() if f"{code} " in str(error)), str(error).partition(" ")[0])
