"""Damage in the embedded server's append-only file: what is loaded, what is said, what a repair keeps."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from liveblog import actions
from liveblog.cli import cli
from liveblog.store.commits import Store
from liveblog.store.damage import repair
from liveblog.store.embedded import NoServer, ensure

POSTS = 20


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A night that is over; its server was stopped."""
    with_server(tmp_path, write)
    return tmp_path


def with_server(data: Path, work: Callable[[Store], None]) -> None:
    server = ensure(data)
    try:
        with closing(Store(server.url)) as store:
            work(store)
    finally:
        server.stop()


def write(store: Store) -> None:
    store.perform("anora", lambda view: actions.create_blog(view, slug="anora", title="Anora"), by="ada")
    for number in range(POSTS):
        store.perform("anora", partial(actions.publish, slug="anora", body=f"Update {number}"), by="ada")


def bodies(data: Path) -> list[str]:
    found: list[str] = []
    with_server(data, lambda store: found.extend(post.body for post in store.load("anora").posts[::-1]))
    return found


def log_of(data: Path) -> Path:
    (file,) = (data / "appendonlydir").glob("*.incr.aof")
    return file


def flip(data: Path, before: bytes) -> None:
    """Flip a bit in the structure, in front of the words."""
    log = bytearray(log_of(data).read_bytes())
    log[log.rindex(b"\r\n$", 0, log.index(before)) + 2] ^= 0x08
    log_of(data).write_bytes(log)


def test_a_log_that_lacks_its_end_is_loaded_without_it(data: Path) -> None:
    os.truncate(log_of(data), log_of(data).stat().st_size - 100)
    assert bodies(data) == [f"Update {number}" for number in range(POSTS - 1)]


@pytest.mark.parametrize("where", ["within", "at the end"])
def test_damage_ends_the_start_with_what_to_do_and_a_repair_keeps_what_stands_before_it(data: Path, where: str) -> None:
    if where == "within":
        flip(data, b"Update 12")
    else:
        log_of(data).write_bytes(log_of(data).read_bytes() + bytes(range(200)))
    damaged = log_of(data).read_bytes()
    with pytest.raises(NoServer, match=r"is damaged: restore .* or let `liveblog repair`"):
        ensure(data)
    kept = repair(data)
    assert kept.bytes < kept.of == len(damaged)
    assert (kept.before / log_of(data).name).read_bytes() == damaged
    assert bodies(data) == [f"Update {number}" for number in range(12 if where == "within" else POSTS)]


def test_a_sound_log_stays_as_it_is_and_so_does_that_of_a_running_server(data: Path) -> None:
    kept = repair(data)
    assert kept.bytes == kept.of
    assert len(bodies(data)) == POSTS
    server = ensure(data)
    try:
        with pytest.raises(NoServer, match="is running"):
            repair(data)
    finally:
        server.stop()


def test_the_command_says_how_much_is_kept(data: Path) -> None:
    flip(data, b"Update 12")
    done = CliRunner(env={"LIVEBLOG_DATA": str(data)}).invoke(cli, ["repair"])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("kept ")
    assert "appendonlydir.damaged-1" in done.output


def test_a_place_without_storage_and_storage_of_others_are_not_repaired(tmp_path: Path) -> None:
    with pytest.raises(NoServer, match="there is no storage"):
        repair(tmp_path)
    done = CliRunner(env={"LIVEBLOG_REDIS_URL": "redis://127.0.0.1:1"}).invoke(cli, ["repair"])
    assert done.exit_code == 2
