"""The certificate of a takedown: who ordered it and why, what went when, which caches obeyed, what cannot be reached.

It can be made again at any later time, and then says how things stand at that time.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from .config import Settings
from .push.backups import Backups, Last, make
from .push.caches import name_of
from .push.purges import Standing, standings
from .store.commits import Store
from .store.takedowns import Removed, Takedown, Takedowns

OUT_OF_REACH = (
    "Copies that others made: feed readers, search engines, web archives, screenshots, printed pages, other sites.",
    "Browsers: a page that is open loses the update when it is connected; a picture may stay in a cache for a day.",
    "Relays and subscribers of feeds that are not connected: they get the removal when they ask again.",
    "Receivers of webhooks, and programs that follow: they are told, and remove what they have stored or not. What was "
    "given up must be sent again at the desk.",
    "Exports, archives and downloads that somebody made earlier.",
    "Text in an editor's browser that was not sent, and the memory of running processes until their next restart.",
)
"""What no takedown reaches, in words for the person who reads the certificate."""


class CacheState(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a cache dropped all that it had: `obeyed_at`, or why it has not."""

    cache: str
    obeyed_at: str = ""
    error: str = ""


class Certificate(Struct, frozen=True, kw_only=True):
    """`left` counts the records in storage that still have something of it, at `checked_at`; it must be 0."""

    id: str
    blog: str
    title: str
    post: str
    picture: str
    reason: str
    ordered_by: str
    ordered_at: str
    done_at: str
    removed: list[Removed]
    copies: list[str]
    shared_pictures: list[str]
    checked_at: str
    left: int
    caches: list[CacheState]
    out_of_reach: list[str]


def of(settings: Settings, store: Store, takedowns: Takedowns, takedown: Takedown) -> Certificate:
    """The certificate of a takedown, as things stand now. Raises `Unavailable`."""
    return certify(
        takedown,
        now=store.now(),
        left=takedowns.traces(takedown),
        caches=[name_of(*each) for each in settings.caches],
        standings=standings(store.records),
        backup=Backups(store.records, settings.backup_hours, make).last() if settings.backup else None,
        hub=settings.hub,
    )


def certify(
    takedown: Takedown,
    *,
    now: str,
    left: int,
    caches: Iterable[str],
    standings: Iterable[Standing],
    backup: Last | None,
    hub: str | None,
) -> Certificate:
    """`left` is counted at the time `now`; `caches` are the names of those that are told, `backup` is the last one."""
    known = {(each.cache, each.subject): each for each in standings}
    return Certificate(
        id=takedown.id,
        blog=takedown.blog,
        title=takedown.title,
        post=takedown.post,
        picture=takedown.picture,
        reason=takedown.reason,
        ordered_by=takedown.by,
        ordered_at=takedown.ordered_at,
        done_at=takedown.done_at,
        removed=takedown.removed,
        copies=takedown.copies,
        shared_pictures=takedown.shared,
        checked_at=now,
        left=left,
        caches=[_state(takedown, cache, known) for cache in caches],
        out_of_reach=[*_of_here(takedown, backup, hub), *OUT_OF_REACH],
    )


def _state(takedown: Takedown, cache: str, known: dict[tuple[str, str], Standing]) -> CacheState:
    """A cache has obeyed when it has dropped the blog's answers and each picture."""
    subjects = [*([takedown.blog] if takedown.seq else []), *takedown.pictures]
    times, errors = [], []
    for subject in subjects:
        standing = known.get((cache, subject))
        times.append(_obeyed(takedown, standing))
        errors.append(standing.error if standing is not None else "")
    if takedown.done_at and all(times):
        return CacheState(cache=cache, obeyed_at=max(times, default=takedown.done_at))
    return CacheState(cache=cache, error=next(filter(None, errors), "it has not answered yet"))


def _obeyed(takedown: Takedown, standing: Standing | None) -> str:
    """When a cache dropped this subject; empty if it has not."""
    if standing is None:
        return ""
    if standing.subject != takedown.blog or standing.gone:
        return standing.obeyed_at if standing.gone and not standing.waits_since else ""
    reached = (each.at for each in standing.earlier if _reaches(takedown, each.epoch, each.seq, each.at))
    return next(reached, "")


def _reaches(takedown: Takedown, epoch: str, seq: int, at: str) -> bool:
    return seq >= takedown.seq if epoch == takedown.epoch else at >= takedown.done_at > ""


def _of_here(takedown: Takedown, backup: Last | None, hub: str | None) -> list[str]:
    """What is out of reach because of how this site is run."""
    found = []
    if not takedown.file_written:
        found.append(
            "The storage server's files: its append-only file was not written anew, because the server may not be "
            "asked, has none, or was busy. Its operator has it done (BGREWRITEAOF), and removes older snapshots."
        )
    found.append("Replicas of the storage server, and copies that a repair made, are files of their own.")
    if backup is not None and backup.made_at:
        last = f"the last one at {backup.made_at} ({backup.place})"
        when = "they have it" if backup.made_at <= takedown.ordered_at else "those from before the order have it"
        found.append(f"Backups: {last}; {when}. After a restore, order the takedown again.")
    else:
        found.append("Backups that were made before the order. After a restore, order the takedown again.")
    if hub:
        found.append(f"The hub {hub} was notified; what its subscribers keep is theirs.")
    return found
