"""The followers of `examples/` against a real server whose line is cut; the one in Java plays the vectors, too."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from liveblog.client import Follower
from tests.client.restarts import history_that_is_lost
from tests.client.vectors import FOLDER, Program, Vector, recorded, vectors
from tests.live_server import LiveServer, live_server, until
from tests.relay.cable import Cable
from tests.simulation.stories import wild

ROOT = Path(__file__).parents[2]
JAVA = shutil.which("java")
without_java = pytest.mark.skipif(JAVA is None, reason="there is no Java here")
FOLLOWERS = [
    pytest.param(["java", "Follower.java"], id="java", marks=without_java),
    pytest.param(["node", "follow_socket.mjs"], id="socket.io", marks=pytest.mark.node),
    pytest.param(["node", "--experimental-eventsource", "follow_events.mjs"], id="eventsource", marks=pytest.mark.node),
]


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, beside the packages that `npm install` would bring."""
    folder = tmp_path_factory.mktemp("examples")
    shutil.copytree(ROOT / "examples", folder, dirs_exist_ok=True)
    (folder / "node_modules").symlink_to(ROOT / "tests/js/node_modules")
    return folder


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[list[str]]:
    """What the program has printed so far, a line after every change."""
    said: list[str] = []
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = process.stdout
    reading = threading.Thread(target=lambda: said.extend(lines))
    reading.start()
    try:
        yield said
        assert process.poll() is None, "it has ended"
    finally:
        process.kill()
        process.wait(60)
        reading.join()
        lines.close()


def shown(server: LiveServer, slug: str) -> set[str]:
    """What a follower prints that has everything."""
    state = server.state(slug)
    held = {f"{each['kind']}:{each['id']}@{each['seq']}" for each in state["objects"]}
    return {state["epoch"], str(state["seq"]), *held}


@pytest.mark.parametrize("command", FOLLOWERS)
def test_it_holds_what_the_blog_shows_through_cut_lines(command: list[str], examples: Path) -> None:
    with live_server("serve", LIVEBLOG_HEAD_SECONDS="1") as server, closing(Cable(server.url)) as cable:
        slug = server.open()

        def level() -> bool:
            return bool(said) and {*said[-1].split()} == shown(server, slug)

        with running([*command, f"{cable.url}/live/{slug}"], examples) as said:
            until(level)
            for cut in (False, True, True):
                post = server.api("POST", f"/blogs/{slug}/posts", {"body": "The first cars."}).json()
                if cut:
                    cable.cut()
                server.api("POST", f"/blogs/{slug}/categories/director/on-stage")
                server.api("DELETE", f"/blogs/{slug}/posts/{post['id']}")
                until(level)


@pytest.mark.parametrize("command", FOLLOWERS)
def test_it_waits_for_a_server_and_notices_that_one_came_back_without_its_last_post(
    command: list[str], examples: Path
) -> None:
    with history_that_is_lost() as (url, starts), running([*command, url], examples) as said:
        for start in starts:
            with start as server:
                until(lambda: bool(said) and {*said[-1].split()} == shown(server, "anora"))


def played_in_java(*files: Path) -> str:
    command = [str(JAVA), "examples/Follower.java", "vectors", *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@without_java
def test_the_one_in_java_keeps_all_vectors() -> None:
    assert played_in_java(*sorted(FOLDER.glob("*.json"))) == f"{len(vectors())} vectors\n"


STEPS = {"introduce": "connect", "refuses": "fail", "answered": "answer", "failed": "silence", "ask": "again"}
"""The events of a story that vectors call otherwise."""


def as_vector(story: dict[str, Any]) -> Vector:
    """What a client hears that has one accident after the other, and where it leads the one in Python."""
    program = Program(Follower)
    events = [(STEPS.get(kind, kind), message) for kind, message, _ in story["heard"]]
    return recorded(story["reader"], [(on, message, deepcopy(program.step(on, message))) for on, message in events])


@without_java
def test_the_one_in_java_does_the_same_in_wild_stories(tmp_path: Path) -> None:
    stories = tmp_path / "stories.json"
    stories.write_text(json.dumps([as_vector(wild(seed)) for seed in range(200)]))
    assert played_in_java(stories) == "200 vectors\n"
