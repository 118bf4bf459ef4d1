"""A relay whose origin is killed, restored or not there, and whose line to it is cut."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from liveblog.store import dump
from tests.deploy import nginx
from tests.failover import Replica
from tests.live_server import LiveServer, Relay, live_server, relay_of, until
from tests.ports import free_port
from tests.push.socket_client import Line
from tests.relay.cable import Cable
from tests.relay.conftest import TOKEN
from tests.relay.newsroom import get, has, reading, say, updates


@pytest.mark.fault
def test_readers_stay_when_the_origin_is_killed_and_then_get_exactly_what_they_missed(tmp_path: Path) -> None:
    settings = {"LIVEBLOG_PORT": str(free_port()), "LIVEBLOG_DATA": str(tmp_path / "data")}
    with live_server(**settings) as origin, relay_of(origin.url) as relay:
        slug, unread = origin.open(), origin.open("unread")
        say(origin, slug, "before")
        with reading(slug, *[relay] * 4) as readers:
            until(lambda: all(updates(reader) == ["before"] for reader in readers))
            until(lambda: unread in get(relay, "/").text)
            for pid in (origin.process.pid, *origin.workers()):
                os.kill(pid, signal.SIGKILL)
            origin.process.wait(60)
            before = relay.state(slug)
            until(lambda: relay.age() >= 4)
            assert relay.state(slug) == before
            assert slug in get(relay, "/").text
            assert get(relay, f"/live/{slug}").status_code == 200
            lost = get(relay, f"/live/{unread}")
            assert (lost.status_code, "Retry-After" in lost.headers) == (503, True)
            line = Line(relay.url, {"blog": slug, "epoch": before["epoch"], "seq": before["seq"]})
            assert line.event()[1]["objects"] == []
            with live_server(**settings) as again:
                for n in range(3):
                    say(again, slug, f"after {n}")
                whole = ["after 0", "after 1", "after 2", "before"]
                until(lambda: all(updates(reader) == whole for reader in readers))
                seqs = [before["seq"]]
                while seqs[-1] < before["seq"] + 3:
                    name, message = line.event()
                    if name == "change":
                        assert message["prev"] == seqs[-1]
                        seqs.append(message["seq"])
                    assert name in ("change", "head")  # no sync: nothing was replaced
                until(lambda: relay.age() < 4)


@pytest.mark.fault
@pytest.mark.parametrize("how", ["reset", "silence"])
def test_a_cut_line_costs_time_and_no_change(origin: LiveServer, how: str) -> None:
    slug, cable = origin.open("cut"), Cable(origin.url)
    with relay_of(cable.url) as relay, reading(slug, relay) as (reader,):
        until(lambda: reader.seq == 1)
        for n in range(3 if how == "reset" else 1):
            if how == "reset":
                cable.cut()
            else:
                cable.stalled.set()
            say(origin, slug, f"Update {n}")
            if how == "silence":
                until(lambda: relay.age() >= 3)
                cable.stalled.clear()
            until(lambda: updates(reader) == [f"Update {each}" for each in range(n + 1)])  # noqa: B023
    cable.close()


@pytest.mark.fault
def test_a_backup_of_the_origin_replaces_what_readers_have(origin: LiveServer, relay: Relay) -> None:
    slug = origin.open("restored")
    say(origin, slug, "in the backup")
    backup = [*dump.export(origin.store, slug)]
    say(origin, slug, "not in the backup")
    with reading(slug, relay) as (reader,):
        until(lambda: reader.seq == 3)
        origin.store.delete(slug)
        dump.restore(origin.store, backup)
        say(origin, slug, "after the restore")
        until(lambda: updates(reader) == ["after the restore", "in the backup"])
        until(lambda: has(relay, origin, slug))
        assert reader.epoch == relay.state(slug)["epoch"]


@pytest.mark.fault
def test_what_the_origin_heals_from_memory_its_relay_has_too(origin: LiveServer, relay: Relay) -> None:
    slug = origin.open("failover")
    replica = Replica(origin.store, slug)
    say(origin, slug, "lost and put back")
    with reading(slug, relay) as (reader,):
        until(lambda: reader.seq == 2)
        replica.takes_over()
        say(origin, slug, "and on")
        until(lambda: updates(reader) == ["and on", "lost and put back"])
        until(lambda: has(relay, origin, slug))


def test_a_relay_that_never_loaded_is_not_ready_and_begins_when_its_origin_does() -> None:
    port = free_port()
    with relay_of(f"http://127.0.0.1:{port}") as relay:
        assert get(relay, "/healthz").status_code == 200
        said = get(relay, "/readyz")
        assert (said.status_code, "has not answered yet" in said.text) == (503, True)
        assert get(relay, "/").status_code == get(relay, "/live/anora").status_code == 503
        with live_server("serve", LIVEBLOG_PORT=str(port)) as origin:
            slug = origin.open()
            until(relay.is_ready)
            until(lambda: get(relay, f"/live/{slug}").status_code == 200)


@nginx.needed
def test_a_relay_behind_the_shipped_nginx_of_an_origin_with_two_processes_misses_nothing(tmp_path: Path) -> None:
    """Each of its requests may come to another process, which may be a moment behind; caches answer some of them."""
    settings = {"LIVEBLOG_WORKERS": "2", "LIVEBLOG_RELAY_TOKEN": TOKEN, "LIVEBLOG_HEAD_SECONDS": "1"}
    with live_server(**settings) as origin, nginx.nginx(tmp_path, [urlsplit(origin.url).port or 0]) as front:
        slug = origin.open()
        with relay_of(front, LIVEBLOG_RELAY_TOKEN=TOKEN) as relay, reading(slug, relay) as (reader,):
            until(lambda: reader.seq == 1)
            line = Line(relay.url, {"blog": slug})
            name, sync = line.event()
            assert name == "sync"
            for n in range(100):
                say(origin, slug, f"Update {n:03}")
            until(lambda: updates(reader) == [f"Update {n:03}" for n in range(100)])
            at = sync["seq"]
            while at < 101:
                name, message = line.event()
                if name == "change":
                    assert message["prev"] == at
                    at = message["seq"]
                assert name in ("change", "head")  # it was never replaced
            until(lambda: origin.api("GET", f"/blogs/{slug}/figures").json()["readers"] == 2)
