"""What a relay does with an origin that is broken, hostile or something else than a liveblog."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from gevent.event import Event

from liveblog.errors import Damaged, Gone, NotFound, Refusal, Unavailable
from liveblog.relay.origin import Origin
from liveblog.relay.pictures import PictureCopies
from liveblog.relay.source import Source
from liveblog.relay.wire import State
from liveblog.timeline import Gap, Place
from tests import leaks
from tests.live_server import relay_of, until
from tests.ready import readable
from tests.relay.newsroom import get

NAME = "0123456789abcdef" * 2 + ".webp"
PICTURE = b"RIFF\x10\0\0\0WEBP" + bytes(100)
SITE: dict[str, Any] = {"site": {}, "number": 0, "anew": True, "nights": [], "total": 0}


class Impostor:
    """A server that answers each request with what the test gave for its path, byte for byte."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.answers: dict[str, bytes] = {}
        self.asked: list[str] = []
        self._origins: list[Origin] = []
        leaks.OPEN.add(self)
        threading.Thread(target=self._serve, daemon=True).start()

    def says(self, path: str, body: object, *, status: int = 200, head: str = "") -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers[path] = f"HTTP/1.1 {status} So\r\nContent-Length: {len(data)}\r\n{head}\r\n".encode() + data

    def seen(self) -> Origin:
        """This server as a relay sees it."""
        self._origins.append(Origin(self.url))
        return self._origins[-1]

    def close(self) -> None:
        leaks.OPEN.discard(self)
        for origin in self._origins:
            origin.close()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                with line, suppress(OSError):
                    path = line.recv(65536).split(b" ")[1].decode().partition("?")[0]
                    self.asked.append(path)
                    line.sendall(self.answers.get(path, b""))


@pytest.fixture
def impostor() -> Iterator[Impostor]:
    made = Impostor()
    yield made
    made.close()


def state(**changed: Any) -> dict[str, Any]:
    """A state as an origin sends it, with other values for some fields."""
    blog = {"kind": "blog", "id": "anora", "title": "Anora", "status": "live", "seq": 1}
    whole = {"epoch": "e", "seq": 1, "mark": "m", "born": "e", "reset": False, "at": "2025-03-03T00:00:00.000Z"}
    return {**whole, "objects": [blog], "times": {}, "marks": {}, **changed}


def post(**fields: Any) -> dict[str, Any]:
    known = {"kind": "post", "id": "one", "seq": 1, "published_at": "2025-03-03T00:00:00.000Z", "body": "Hello"}
    return state(objects=[*state()["objects"], known | fields])


def source(impostor: Impostor) -> Source:
    impostor.says("/api/v1/relay", SITE)
    return Source(impostor.seen(), lambda names: None)


def test_a_state_as_it_should_be_is_loaded(impostor: Impostor) -> None:
    impostor.says("/api/v1/blogs/anora/relay", post())
    assert [each.body for each in source(impostor).load("anora").posts] == ["Hello"]


WRONG: dict[str, object] = {
    "no JSON": b"<html>",
    "another shape": [],
    "no blog": state(objects=[]),
    "another blog": state(objects=[{**state()["objects"][0], "id": "other"}]),
    "a draft of the desk": state(objects=[*state()["objects"], {"kind": "draft", "id": "x", "seq": 1}]),
    "a seq beyond the state": post(seq=9),
    "an id that is a path": post(id="../one"),
    "a time that is none": post(published_at="yesterday"),
    "a picture that is a path": post(media=[{"name": "../../x.webp", "width": 1, "height": 1, "alt": "x"}]),
    "a control character": post(headline="\x07"),
    "a body of a megabyte": post(body="x" * 1_000_000),
    "a zone that does not exist": state(objects=[{**state()["objects"][0], "timezone": "Moon/Base"}]),
    "a pin that is not there": state(objects=[{**state()["objects"][0], "pinned": "nothing"}]),
    "a negative seq": state(seq=-1),
    "an epoch with spaces": state(epoch="a b"),
    "brackets without an end": b"[" * 100_000,
}


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG)
def test_what_is_no_state_of_this_blog_is_not_shown(impostor: Impostor, body: object) -> None:
    impostor.says("/api/v1/blogs/anora/relay", body)
    with pytest.raises((Unavailable, Damaged)):
        source(impostor).load("anora")


@pytest.mark.parametrize("site", [{"base_url": "javascript:alert(1)"}, {"hub": 'https://x/">'}, {"publisher": 7}])
def test_addresses_of_the_site_are_addresses(impostor: Impostor, site: dict[str, object]) -> None:
    found = source(impostor)
    impostor.says("/api/v1/relay", {**SITE, "site": site})
    with pytest.raises(Unavailable):
        found.changed(-1)
    assert found.site is None


def test_only_a_liveblogs_own_404_means_that_a_blog_is_gone(impostor: Impostor) -> None:
    found = source(impostor)
    impostor.says("/api/v1/blogs/anora/relay", b"<h1>Not here</h1>", status=404)
    with pytest.raises(Unavailable):
        found.load("anora")
    impostor.says("/api/v1/blogs/anora/relay", {"code": "not_found"}, status=404)
    with pytest.raises(NotFound):
        found.load("anora")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "RemoteDisconnected"),
        (b"SSH-2.0-OpenSSH\r\n", "BadStatusLine"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", "cut off|IncompleteRead"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"{}")[:-4], "cut off"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(20_000_000)), "more than"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n{}", "LineTooLong"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot packed", "error"),
    ],
    ids=["nothing", "no HTTP", "half", "half, packed", "a bomb", "an endless head", "not packed"],
)
def test_an_answer_that_is_broken_or_too_large_is_refused(impostor: Impostor, answer: bytes, why: str) -> None:
    impostor.answers["/"] = answer
    with pytest.raises(Unavailable, match=why):
        impostor.seen().ask("/", seconds=60, most=1_000_000)


def test_a_packed_answer_is_unpacked(impostor: Impostor) -> None:
    impostor.says("/", gzip.compress(b"hello" * 100_000), head="Content-Encoding: gzip\r\n")
    assert impostor.seen().ask("/", seconds=60).body == b"hello" * 100_000


def test_a_kept_connection_that_was_closed_meanwhile_is_made_anew(impostor: Impostor) -> None:
    impostor.says("/", b"one")
    origin = impostor.seen()
    assert [origin.ask("/", seconds=60).body for _ in range(3)] == [b"one"] * 3
    with pytest.raises(Unavailable):
        Origin("https://127.0.0.1:1").ask("/", seconds=60)


@pytest.mark.fault
def test_an_origin_that_drips_is_given_up() -> None:
    """It sends a byte of its answer now and then, so that no single wait is long."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        with suppress(OSError):
            while not over.is_set():
                line, _ = listener.accept()
                threading.Thread(target=feed, args=(line,), daemon=True).start()

    def feed(line: socket.socket) -> None:
        with line, suppress(OSError):
            line.recv(65536)
            line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not over.is_set() and not readable(line, seconds=0.5):
                line.sendall(b"x")

    threading.Thread(target=drip, daemon=True).start()
    with relay_of(f"http://127.0.0.1:{listener.getsockname()[1]}") as relay:
        until(lambda: "no answer within" in relay.log.path.read_text())
        assert get(relay, "/healthz").status_code == 200
        assert get(relay, "/readyz").status_code == 503
    over.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


# -- pictures


def copies(impostor: Impostor, folder: Path, most: int = 10_000) -> PictureCopies:
    return PictureCopies(impostor.seen(), folder / "media", most=most, largest=5_000)


def test_a_picture_is_fetched_once_and_believed_while_the_origin_is_away(impostor: Impostor, tmp_path: Path) -> None:
    impostor.says(f"/media/{NAME}", PICTURE)
    first = copies(impostor, tmp_path)
    assert [(first.file(NAME) or tmp_path).read_bytes() for _ in range(3)] == [PICTURE] * 3
    assert impostor.asked == [f"/media/{NAME}"]
    impostor.close()
    restarted = copies(impostor, tmp_path)
    assert (restarted.file(NAME) or tmp_path).read_bytes() == PICTURE
    with pytest.raises(Unavailable):
        restarted.file("f" * 32 + ".webp")


def test_a_picture_that_a_post_lost_is_deleted_and_asked_for_each_time(impostor: Impostor, tmp_path: Path) -> None:
    impostor.says(f"/media/{NAME}", PICTURE)
    found = copies(impostor, tmp_path)
    kept = found.file(NAME)
    assert kept is not None
    found.drop([NAME])
    assert not kept.exists()
    assert found.file(NAME) == kept  # its files go a moment after the change
    impostor.says(f"/media/{NAME}", {"code": "gone"}, status=410)
    with pytest.raises(Gone):
        found.file(NAME)
    assert not kept.exists()
    impostor.close()
    with pytest.raises(Unavailable):
        found.file(NAME)


@pytest.mark.parametrize("name", ["../secret.webp", "x.webp", NAME + "/..", "", ".webp"])
def test_other_names_are_not_asked_for(impostor: Impostor, tmp_path: Path, name: str) -> None:
    assert copies(impostor, tmp_path).file(name) is None
    assert not impostor.asked


@pytest.mark.parametrize(("body", "status"), [(b"<script>", 200), (PICTURE + bytes(6_000), 200), (PICTURE, 500)])
def test_what_is_no_picture_is_not_kept(impostor: Impostor, tmp_path: Path, body: bytes, status: int) -> None:
    impostor.says(f"/media/{NAME}", body, status=status)
    with pytest.raises(Refusal):
        copies(impostor, tmp_path).file(NAME)
    assert not [*(tmp_path / "media").glob("*")]


def test_the_pictures_on_disk_stay_within_their_limit(impostor: Impostor, tmp_path: Path) -> None:
    names = [f"{number:032x}.webp" for number in range(20)]
    found = copies(impostor, tmp_path, most=10 * len(PICTURE))
    for name in names:
        impostor.says(f"/media/{name}", PICTURE)
        assert found.file(name) is not None
    kept = [*(tmp_path / "media").glob("*")]
    assert sum(file.stat().st_size for file in kept) <= 10 * len(PICTURE)
    assert tmp_path / "media" / names[-1] in kept


# -- following


def test_a_place_of_another_history_is_a_gap(impostor: Impostor) -> None:
    found = source(impostor)
    place = Place("anora", "public", "e", 3, "m")
    cases: list[tuple[dict[str, Any], Callable[[Any], bool]]] = [
        (state(seq=5), lambda answer: bool(answer.seq == 5)),
        (state(seq=3), lambda answer: answer is None),
        (state(seq=5, epoch="other"), lambda answer: isinstance(answer, Gap) and answer.reason == "epoch"),
        (state(seq=2, reset=True), lambda answer: isinstance(answer, Gap) and answer.reason == "behind"),
        (state(seq=3, reset=True), lambda answer: isinstance(answer, Gap) and answer.reason == "forked"),
    ]
    for said, fits in cases:
        impostor.says("/api/v1/blogs/anora/relay", said)
        assert fits(found._after(place)), said


def test_a_change_is_asked_for_once(impostor: Impostor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the place was reached by reading in one call, and not in the next."""
    found, gate = source(impostor), Event()
    found.changed(-1)
    asked: list[Place] = []

    def after(place: Place) -> State:
        asked.append(place)
        gate.wait()
        return msgspec.convert(state(seq=2), State)

    monkeypatch.setattr(found, "_after", after)
    place = Place("anora", "public", "e", 1, "m", sure=True)
    assert found.read_on([place], 10) == [[]]
    gate.set()
    (read,) = found.read_on([place._replace(sure=False)], 60_000)
    assert isinstance(read, list)
    assert [(change.follows, change.seq) for change in read] == [(1, 2)]
    assert len(asked) == 1
    found.stop()
