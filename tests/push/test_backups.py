"""Backups by the clock: one process makes each, a failure is told and tried again, and nothing else waits."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import gevent
import msgspec
import pytest
import requests

from liveblog.push import backups
from liveblog.push.backups import BackupFailed, Backups, Last
from liveblog.store.accounts import Account, Role
from liveblog.store.backup import MANIFEST
from liveblog.store.commits import Store
from liveblog.store.people import People
from tests.commands import liveblog, refused, said
from tests.live_server import LiveServer, live_server, until


class Clock:
    """The store's records at another time."""

    def __init__(self, store: Store) -> None:
        self._records: Any = store.records
        self.at = "2026-03-15T20:00:00.000Z"

    def now(self) -> str:
        return self.at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._records, name)


def test_of_several_processes_one_makes_each_backup(store: Store) -> None:
    clock, made = Clock(store), list[str]()

    def make() -> str:
        two.step()  # the other process looks while this one works
        made.append(clock.at)
        return "there"

    one, two = Backups(clock, 24, make), Backups(clock, 24, make)
    for at in ("2026-03-15T20:00:00.000Z", "2026-03-16T19:59:00.000Z", "2026-03-16T20:00:00.000Z"):
        clock.at = at
        one.step()
        two.step()
    assert made == ["2026-03-15T20:00:00.000Z", "2026-03-16T20:00:00.000Z"]
    assert one.last() == Last(tried_at=clock.at, made_at=clock.at, place="there")


def test_a_failure_is_kept_beside_the_last_backup_and_tried_again_in_an_hour(store: Store) -> None:
    clock, outcomes = Clock(store), ["there", "", "there again"]

    def make() -> str:
        if place := outcomes.pop(0):
            return place
        raise BackupFailed("no space left on device")

    made = Backups(clock, 24, make)
    made.step()
    clock.at = "2026-03-16T20:00:00.000Z"
    made.step()
    last = made.last()
    assert last is not None
    assert (last.error, last.made_at, last.place) == ("no space left on device", "2026-03-15T20:00:00.000Z", "there")
    clock.at = "2026-03-16T20:59:00.000Z"
    made.step()
    assert len(outcomes) == 1
    clock.at = "2026-03-16T21:00:00.000Z"
    made.step()
    assert made.last() == Last(tried_at=clock.at, made_at=clock.at, place="there again")


def test_after_a_process_died_another_one_makes_it(store: Store) -> None:
    class Dies(BaseException):
        """As if the process was killed."""

    clock = Clock(store)

    def die() -> str:
        raise Dies

    with pytest.raises(Dies):
        Backups(clock, 24, die).step()
    made = Backups(clock, 24, lambda: "there")
    made.step()
    assert made.last() is not None


def test_the_lease_of_a_long_backup_is_renewed_and_that_of_a_killed_process_ends(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "LEASE", 1)
    lease = "lb:backup:lease"

    def renewed() -> bool:
        gevent.idle()  # other greenlets run
        return store.records.get(lease) is not None

    def make() -> str:
        store.records.drop(lease)
        until(renewed)
        return "there"

    Backups(Clock(store), 24, make).step()
    assert store.records.get(lease) is None
    store.client.flushdb()
    store.records.put(lease, b"1", ttl=1)  # by a process that was killed
    later = Backups(Clock(store), 24, lambda: "there")
    later.step()
    assert later.last() is None
    until(lambda: store.records.get(lease) is None)
    later.step()
    assert later.last() is not None


def test_a_backup_is_due_when_the_clock_was_put_back(store: Store) -> None:
    clock, made = Clock(store), list[str]()

    def make() -> str:
        made.append(clock.at)
        return "there"

    for clock.at in ("2036-03-15T20:00:00.000Z", "2026-03-15T20:00:00.000Z", "2026-03-15T20:01:00.000Z"):
        Backups(clock, 24, make).step()
    assert made == ["2036-03-15T20:00:00.000Z", "2026-03-15T20:00:00.000Z"]


def test_the_command_makes_one_of_a_running_night(server: LiveServer, tmp_path: Path) -> None:
    slug = server.open("kept")
    where = said(liveblog("backup", data=server.data, LIVEBLOG_BACKUP=str(tmp_path), LIVEBLOG_BACKUP_WITH=""))
    with zipfile.ZipFile(where.strip()) as packed:
        assert {f"blogs/{slug}.ndjson", MANIFEST} <= {*packed.namelist()}
        assert msgspec.json.decode(packed.read(MANIFEST))["people"] is False
    assert "LIVEBLOG_BACKUP" in refused(liveblog("backup", data=server.data))


def test_a_running_server_makes_backups_and_an_admin_sees_that_they_fail(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file in the place of a directory")
    with live_server("serve", LIVEBLOG_BACKUP=str(blocked), LIVEBLOG_LOG="error") as running:
        last = until(Backups(running.store.records, 24, lambda: "").last)
        assert "cannot be kept at" in last.error
        people = People(running.store)
        roles: list[Role] = ["admin", "editor"]
        for name, role, told in zip(("Ada", "Bo"), roles, (True, False), strict=True):
            people.accounts.put(Account(name=name, role=role, password_hash="x"))
            cookie = {"liveblog_session": people.sessions.open(name)}
            page = requests.get(f"{running.url}/desk/", cookies=cookie, timeout=60).text
            assert ("The last backup failed" in page) == told


def test_a_running_server_makes_backups(tmp_path: Path) -> None:
    with live_server("serve", LIVEBLOG_BACKUP=str(tmp_path / "kept"), LIVEBLOG_WORKERS="2") as running:
        last = until(Backups(running.store.records, 24, lambda: "").last)
        assert last.error == ""
        assert [str(each) for each in (tmp_path / "kept").iterdir()] == [last.place]
