"""A program follows a blog: nothing is missed, nothing comes twice, and every interruption mends itself."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from liveblog.client import Change, Object, Position, Refused, follow, follow_async
from tests.client.coroutines import run
from tests.client.restarts import history_that_is_lost
from tests.client.scripted import Said, Scripted, events, problem
from tests.live_server import LiveServer, live_server, until
from tests.relay.cable import Cable


def post(id: str, seq: int) -> Object:
    return {"kind": "post", "id": id, "seq": seq}


def catch_up(seq: int, *objects: Object, epoch: str = "e", reset: bool = False) -> dict[str, Any]:
    return {"epoch": epoch, "seq": seq, "mark": f"{epoch}{seq}", "reset": reset, "objects": [*objects]}


def heard(server: Scripted, position: Position | None = None) -> list[Change]:
    """What a follower passes on until the server's last answer, which refuses."""
    return heard_at(f"{server.url}/live/night", position)


def heard_at(url: str, position: Position | None = None) -> list[Change]:
    found: list[Change] = []
    with pytest.raises(Refused):
        found += follow(url, position)
    return found


class Program(threading.Thread):
    """Follows in a thread, keeps the objects, and counts how often it got each version of each."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(daemon=True)
        self.held: dict[str, Object] = {}
        self.got: Counter[tuple[str, str, int]] = Counter()
        self.resets = 0
        self.position = Position("", 0)
        self._changes = follow(url, **options)
        self.start()

    def run(self) -> None:
        try:
            for change in self._changes:
                self.resets += change.reset and bool(self.held)
                change.update(self.held)
                self.got.update((each["kind"], each["id"], each["seq"]) for each in change.objects)
                self.position = change.position
        except Refused:
            pass

    def has(self, server: LiveServer, slug: str) -> bool:
        state = server.state(slug)
        return sorted(self.held) == sorted(f"{each['kind']}:{each['id']}" for each in state["objects"]) and (
            self.position == (state["epoch"], state["seq"], state["mark"])
        )


def test_a_line_that_is_cut_again_and_again_misses_and_repeats_nothing() -> None:
    with live_server() as server, closing(Cable(server.url)) as cable:
        slug = server.open()
        program = Program(f"{cable.url}/live/{slug}")
        for number in range(12):
            server.api("POST", f"/blogs/{slug}/posts", {"body": f"Moment {number}"})
            if number % 3 == 1:
                cable.cut()
            if number % 4 == 2:
                until(lambda: program.has(server, slug))
        until(lambda: program.has(server, slug))
        assert {*program.got.values()} == {1}
        assert not program.resets
        server.store.delete(slug)
        until(lambda: not program.is_alive())


def test_a_line_that_falls_silent_is_left() -> None:
    with live_server() as server, closing(Cable(server.url)) as cable:
        slug = server.open()
        program = Program(f"{cable.url}/live/{slug}", silence=1.0)
        until(lambda: program.has(server, slug))
        cable.stalled.set()
        server.api("POST", f"/blogs/{slug}/posts", {"body": "Nobody hears this."})
        cable.stalled.clear()
        until(lambda: program.has(server, slug))
        assert {*program.got.values()} == {1}
        server.store.delete(slug)
        until(lambda: not program.is_alive())


def test_a_server_that_comes_back_without_its_last_post_replaces_the_state() -> None:
    with history_that_is_lost() as (url, (first, again)):
        program = Program(url)
        with first as server:
            until(lambda: program.has(server, "anora"))
        with again as server:
            until(lambda: program.has(server, "anora"))
            assert program.resets
            assert "This one is lost." not in {each.get("body") for each in program.held.values()}
            server.store.delete("anora")
            until(lambda: not program.is_alive())


def test_it_comes_back_with_its_position_and_mark() -> None:
    with closing(Scripted(events(catch_up(5, post("a", 5))), events(catch_up(6, post("b", 6))))) as server:
        found = heard(server)
        assert [change.position for change in found] == [("e", 5, "e5"), ("e", 6, "e6")]
        assert server.queries() == ["", "epoch=e&after=5&mark=e5", "epoch=e&after=6&mark=e6"]


def test_a_kept_position_is_where_it_begins() -> None:
    kept = json.dumps(Position("e", 5, "e5"))
    with closing(Scripted(events(catch_up(6, post("b", 6))))) as server:
        (change,) = heard(server, Position(*json.loads(kept)))
        assert not change.reset
        assert server.queries()[0] == "epoch=e&after=5&mark=e5"


def test_a_cache_that_repeats_is_passed_over() -> None:
    five = catch_up(5, post("a", 5))
    with closing(Scripted(events(five), events(five, catch_up(6, post("b", 6))))) as server:
        assert [change.position.seq for change in heard(server)] == [5, 6]


@pytest.mark.parametrize(
    "state", [catch_up(2, post("z", 2), epoch="f", reset=True), catch_up(5, post("z", 5), reset=True)]
)
def test_another_history_replaces_the_state(state: dict[str, Any]) -> None:
    held: dict[str, Object] = {}
    with closing(Scripted(events(catch_up(5, post("a", 5))), events(state))) as server:
        for change in heard(server):
            change.update(held)
    assert [*held] == ["post:z"]


def test_a_fork_that_no_reset_tells_is_asked_about() -> None:
    fork = catch_up(5) | {"mark": "other"}
    state = catch_up(5, post("z", 5), reset=True) | {"mark": "other"}
    with closing(Scripted(events(catch_up(5, post("a", 5)), fork), events(state))) as server:
        assert [change.position.mark for change in heard(server)] == ["e5", "other"]


def test_a_server_that_starts_and_a_proxy_without_one_are_waited_for() -> None:
    gone = Said(404, b"<h1>no such page</h1>")
    bad = [problem(503, "storage_unavailable", Retry_After="0"), Said(502, b"<h1>bad gateway</h1>"), gone]
    with closing(Scripted(events(catch_up(5, post("a", 5))), *bad, events(catch_up(6, post("b", 6))))) as server:
        assert [change.position.seq for change in heard(server)] == [5, 6]


@pytest.mark.parametrize(("status", "code"), [(404, "not_found"), (401, "not_signed_in"), (403, "forbidden")])
def test_a_refusal_ends_it(status: int, code: str) -> None:
    with closing(Scripted(problem(status, code))) as server, pytest.raises(Refused) as refused:
        next(follow(f"{server.url}/live/night"))
    assert (refused.value.status, refused.value.code) == (status, code)


def test_a_server_that_is_no_liveblog_is_an_error_at_once() -> None:
    with closing(Scripted(Said(404, b"<h1>no such page</h1>"))) as server, pytest.raises(Refused):
        next(follow(f"{server.url}/live/night"))


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://live.example.org/",
            "live.example.org/live/x",
            "https://a.example/live/x/y",
            "ftp://a.example/live/x",
        ),
        *("https:///live/x", "https://a.example:port/live/x", "https://a b/live/x", "https://a.example/live/"),
        *("https://.example/live/x", "https://ana:swordfish@a.example/live/x", "https://a.example?b/live/x"),
        *("https://a.example/live/x%2Fy", f"https://{'a' * 64}.example/live/x"),
    ],
)
def test_an_address_that_is_no_blogs_is_refused_before_any_request(url: str) -> None:
    with pytest.raises(ValueError, match="not the address of a blog") as refused:
        follow(url)
    assert "swordfish" not in str(refused.value)


@pytest.mark.parametrize("end", ["", "/", "?lang=es", "#post-x", "/#/live/y"])
def test_an_address_may_be_as_a_browser_shows_it(end: str) -> None:
    with closing(Scripted(events(catch_up(5, post("a", 5))))) as server:
        assert len([*heard_at(f"{server.url}/base/live/%C3%B3scar{end}")]) == 1
        assert {path for path, _ in server.asked} == {
            "/base/api/v1/blogs/%C3%B3scar/stream",
            "/base/api/v1/blogs/%C3%B3scar/stream?epoch=e&after=5&mark=e5",
        }


@pytest.mark.parametrize("data", ["[]", "7", "null", "{}", '{"seq": 5}', "{", "[" * 100_000])
def test_events_of_another_program_are_waited_out(data: str) -> None:
    other = Said(body=f"retry: 10\n\ndata: {data}\n\n".encode())
    with closing(Scripted(other, events(catch_up(5, post("a", 5))))) as server:
        assert [change.position.seq for change in heard(server)] == [5]


def test_a_token_that_no_header_takes_is_not_named() -> None:
    with pytest.raises(ValueError, match="no token has such characters") as refused:
        follow("https://live.example.org/live/x", token="sword\nfish")
    assert "sword" not in str(refused.value)


def test_a_token_is_for_its_server_only() -> None:
    with closing(Scripted(events(catch_up(1, post("a", 1))))) as other:
        moved = Said(302, headers={"Location": f"{other.url}/elsewhere"})
        with closing(Scripted(moved)) as server, pytest.raises(Refused):
            assert len([*follow(f"{server.url}/live/night", token="secret")]) == 1
        assert server.asked[0][1]["Authorization"] == "Bearer secret"
        assert "Authorization" not in other.asked[0][1]


def test_the_desk_follows_a_draft_with_its_token(server: LiveServer) -> None:
    slug = server.open("rehearsal", status="draft")
    with pytest.raises(Refused):
        next(follow(f"{server.url}/live/{slug}"))
    with closing(follow(f"{server.url}/live/{slug}", token=server.token)) as changes:
        assert next(changes).position.seq == server.store.load(slug).seq


def test_asyncio_follows_and_leaves(server: LiveServer) -> None:
    slug = server.open("async")

    async def program() -> list[int]:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))  # it is free while the line is read
        seqs: list[int] = []
        changes = follow_async(f"{server.url}/live/{slug}")
        async for change in changes:
            seqs.append(change.position.seq)
            if len(seqs) == 3:
                break
            await asyncio.to_thread(server.api, "POST", f"/blogs/{slug}/posts", {"body": "One more."})
        waits = asyncio.ensure_future(anext(changes))  # nothing comes any more
        await asyncio.to_thread(server.state, slug)
        waits.cancel()
        await asyncio.gather(waits, return_exceptions=True)
        await changes.aclose()
        return seqs

    first, *rest = run(program())
    assert rest == [first + 1, first + 2]


def test_ctrl_c_ends_a_program_whose_server_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/live/night"
        program = f"""import asyncio
from liveblog.client import follow_async
async def main():
    async for change in follow_async("{url}", silence=3600):
        pass
asyncio.run(main())"""
        with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL) as process:
            server.settimeout(60)
            line, _ = server.accept()
            with line:
                process.send_signal(signal.SIGINT)
                try:
                    assert process.wait(60)
                finally:
                    process.kill()


def test_the_client_needs_none_of_the_servers_libraries() -> None:
    ask = "import sys; before = {*sys.modules}; import liveblog.client; print(*{*sys.modules} - before)"
    names = subprocess.run([sys.executable, "-I", "-c", ask], capture_output=True, text=True, check=True).stdout.split()
    assert "liveblog.client.follower" in names
    assert not {name for name in names if name.split(".")[0] not in {*sys.stdlib_module_names, "liveblog"}}
    assert not {name for name in names if name.startswith("liveblog.") and not name.startswith("liveblog.client")}
