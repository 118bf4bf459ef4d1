"""Edge cases of the transport: websockets of unknown clients, event streams, other namespaces."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from typing import Any

import pytest
import requests
import socketio
import websocket

from liveblog.push import frames
from liveblog.push.catch_ups import FAR
from tests.live_server import LiveServer, until
from tests.push.socket_client import Bytes, Line, Reader, text_lines
from tests.push.test_live_namespace import next_named

HELLO = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
    "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
)


class Raw(Bytes):
    """A connection on which the test sends every byte itself."""

    def __init__(self, server: LiveServer, *sent: bytes, more: str = "") -> None:
        host = server.url.removeprefix("http://")
        name, _, port = host.partition(":")
        super().__init__(socket.create_connection((name, int(port)), 60))
        hello = HELLO.format(host=host, more=more).encode()
        for piece in sent or (hello,):
            self.connection.sendall(piece.replace(b"HELLO", hello))

    def rest(self) -> bytes:
        """What arrives until the server closes."""
        while more := self.connection.recv(65536):
            self.data += more
        return self.data

    def send(self, payload: bytes, opcode: int = frames.TEXT, *, final: bool = True) -> None:
        self.connection.sendall(masked(payload, opcode, final=final))


def masked(payload: bytes, opcode: int = frames.TEXT, *, final: bool = True) -> bytes:
    """A client's frame; its mask is zero."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + struct.pack("!H", size)
    return bytes(((0x80 if final else 0) | opcode,)) + length + b"\0\0\0\0" + payload


def has_readers(server: LiveServer, slug: str) -> bool:
    """Whether the metrics count any readers: a blog without readers has no row."""
    return f'liveblog_readers{{blog="{slug}"}}' in requests.get(f"{server.url}/metrics", timeout=60).text


def introduction(slug: str) -> bytes:
    return b'40/live,{"blog":"' + slug.encode() + b'"}'


def test_the_handshake_and_open_come_in_one_piece(server: LiveServer) -> None:
    raw = Raw(server)
    head = raw.until(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head
    opened = json.loads(raw.until(b"}").partition(b"{")[2].join((b"{", b"")))
    assert opened["upgrades"] == []
    assert abs(opened["now"] - time.time() * 1000) < 600_000  # the server's time, for a device whose clock is wrong
    assert (opened["pingInterval"], opened["pingTimeout"], opened["maxPayload"]) == (25000, 20000, 65536)


def test_a_head_that_comes_in_pieces_and_a_frame_that_comes_too_early(server: LiveServer) -> None:
    slug = server.open("early")
    host = server.url.removeprefix("http://")
    hello = HELLO.format(host=host, more="").encode()
    body = introduction(slug)
    early = bytes((0x81, 0x80 | len(body))) + b"\0\0\0\0" + body
    raw = Raw(server, hello[:30], hello[30:200], hello[200:] + early[:7], early[7:])
    raw.until(b"101 Switching")
    assert b'"seq":1' in raw.until(b'"retry_ms":5000}]')


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"\x81\x05hello", 1002),
        (b"\xc1\x80\0\0\0\0", 1002),
        (b"\x81\x82\0\0\0\0\xc3(", 1007),
        (b"\x81\xff\0\0\0\0\0\1\0\1", 1009),
        (b"\x88\x82\0\0\0\0\x03\xe8", 1000),
        (b"\x88\x80\0\0\0\0", None),
    ],
)
def test_a_client_that_violates_the_protocol_gets_the_code_and_is_closed(
    server: LiveServer, sent: bytes, code: int | None
) -> None:
    raw = Raw(server, b"HELLO" + sent)
    raw.until(b"65536}")
    assert raw.rest() == frames.close(frames.NO_STATUS if code is None else code)


def test_pings_are_answered_between_the_pieces_of_a_message(server: LiveServer) -> None:
    slug = server.open("pieces")
    raw = Raw(server)
    body = introduction(slug)
    raw.send(body[:9], final=False)
    raw.send(b"still there?", frames.PING)
    raw.send(body[9:], frames.CONTINUATION)
    raw.until(b"\x8a\x0cstill there?")
    raw.until(b'42/live,["sync"')


def test_a_reader_may_say_goodbye(server: LiveServer) -> None:
    slug = server.open("goodbye")
    raw = Raw(server)
    raw.send(introduction(slug))
    raw.until(b'42/live,["sync"')
    until(lambda: has_readers(server, slug))
    raw.send(b"41/live,")
    raw.send(b"1")
    assert raw.rest().endswith(frames.close(1000))
    until(lambda: not has_readers(server, slug))


def test_other_messages_of_readers_are_ignored(server: LiveServer) -> None:
    slug = server.open("chatty")
    line = Line(server.url, {"blog": slug})
    next_named(line, "sync")
    for said in ("", '42/live,["change",{}]', "42/live,17[]", '40/live,{"blog":"nowhere"}', "6"):
        line.socket.send(said)
    posted = server.api("POST", f"/blogs/{slug}/posts", {"body": "Still heard"}).json()
    assert next_named(line, "change")["objects"] == [posted]


def test_python_socketio_learns_that_a_namespace_is_not_served(server: LiveServer) -> None:
    client = socketio.Client(reconnection=False)
    told: list[Any] = []
    client.on("connect_error", told.append, namespace="/desks")
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(server.url, namespaces=["/desks"], transports=["websocket"], wait_timeout=60)
    assert told == [{"message": "this namespace is not served here", "data": {"code": "not_found"}}]
    client.disconnect()


def test_python_socketio_follows_a_blog_and_its_desk_on_one_connection(server: LiveServer) -> None:
    slug = server.open("both")
    told: list[tuple[str, Any]] = []
    client = socketio.Client(reconnection=False)
    for namespace in ("/live", "/desk"):
        client.on("sync", lambda got, name=namespace: told.append((name, got.get("scope"))), namespace=namespace)
    client.connect(
        server.url,
        auth={"blog": slug, "token": server.token},
        namespaces=["/live", "/desk"],
        transports=["websocket"],
        wait_timeout=60,
    )
    until(lambda: len(told) == 3)
    assert set(told) == {("/live", None), ("/desk", "public"), ("/desk", "desk")}
    client.disconnect()


def test_python_socketio_follows_a_blog(server: LiveServer) -> None:
    slug = server.open("python")
    told: list[tuple[str, Any]] = []
    client = socketio.Client()
    for name in ("sync", "change"):
        client.on(name, lambda payload, name=name: told.append((name, payload)), namespace="/live")
    client.connect(server.url, auth={"blog": slug}, namespaces=["/live"], transports=["websocket"])
    until(lambda: told)
    posted = server.api("POST", f"/blogs/{slug}/posts", {"body": "Hello Python"}).json()
    until(lambda: len(told) == 2)
    client.disconnect()
    assert [name for name, _ in told] == ["sync", "change"]
    assert told[1][1]["objects"] == [posted]


def test_an_event_stream_goes_on_from_the_last_event(server: LiveServer) -> None:
    slug = server.open("stream")
    first = server.api("POST", f"/blogs/{slug}/posts", {"body": "While away"}).json()
    epoch, url = server.state(slug)["epoch"], f"{server.url}/api/v1/blogs/{slug}/stream"
    with requests.get(url, headers={"Last-Event-ID": f"{epoch}:1"}, stream=True, timeout=60) as events:
        assert events.headers["Content-Type"].startswith("text/event-stream")
        lines = (line for line in text_lines(events) if line and not line.startswith(":"))
        assert next(lines) == "retry: 3000"
        assert next(lines) == f"id: {epoch}:2"
        missed = json.loads(next(lines).removeprefix("data: "))
        mark = requests.get(f"{server.url}/api/v1/blogs/{slug}/changes", timeout=60).json()["mark"]
        at = {"epoch": epoch, "seq": 2, "mark": mark}
        assert missed == at | {"reset": False, "objects": [first], "cursor": f"{epoch}-2-{mark}"}
        second = server.api("POST", f"/blogs/{slug}/posts", {"body": "And live"}).json()
        assert next(lines) == f"id: {epoch}:3"
        assert json.loads(next(lines).removeprefix("data: "))["objects"] == [second]


def test_readers_without_a_position_get_a_long_night_whole_and_what_comes_then(server: LiveServer) -> None:
    slug = server.open("from-nothing")
    for number in range(FAR):
        assert server.api("POST", f"/blogs/{slug}/posts", {"body": f"Update {number}"}).ok
    raw = Raw(server)
    raw.send(introduction(slug))
    with requests.get(f"{server.url}/api/v1/blogs/{slug}/stream", stream=True, timeout=60) as events:
        data = (line.removeprefix("data: ") for line in text_lines(events) if line.startswith("data: "))
        whole = json.loads(next(data))
        assert whole == server.state(slug)
        assert len(whole["objects"]) > FAR
        raw.until(f"Update {FAR - 1}".encode())
        assert server.api("POST", f"/blogs/{slug}/posts", {"body": "And live"}).ok
        assert "And live" in next(data)
        raw.until(b"And live")


def test_an_event_stream_beats(server: LiveServer) -> None:
    slug = server.open("beats")
    with requests.get(f"{server.url}/api/v1/blogs/{slug}/stream", stream=True, timeout=60) as events:
        assert any(line == ": still here" for line in text_lines(events))


@pytest.mark.parametrize(("query", "status"), [("?epoch=x&after=-1", 422), ("?after=7", 422)])
def test_an_event_stream_with_a_bad_position_is_refused(server: LiveServer, query: str, status: int) -> None:
    slug = server.open(f"nowhere-{len(query)}")
    assert requests.get(f"{server.url}/api/v1/blogs/{slug}/stream{query}", timeout=60).status_code == status


def test_a_stalled_reader_gets_whole_frames_and_is_asked_to_come_back(server: LiveServer) -> None:
    slug = server.open("lagging")
    raw = Raw.__new__(Raw)
    host = server.url.removeprefix("http://")
    Bytes.__init__(raw, socket.socket())
    raw.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connection.settimeout(60)
    raw.connection.connect((host.split(":")[0], int(host.split(":")[1])))
    raw.connection.sendall(HELLO.format(host=host, more="").encode())
    raw.until(b"65536}")
    raw.send(introduction(slug))
    raw.until(b'"retry_ms":5000}]')  # the `bye` has come; from here on the reader takes nothing

    def is_cut(n: int) -> bool:
        """It then has ten seconds to take the rest."""
        assert server.api("POST", f"/blogs/{slug}/posts", {"body": f"{n} " + "x" * 40_000}).status_code == 201
        return not has_readers(server, slug)

    assert any(map(is_cut, range(160)))
    received, end = raw.rest(), 0
    while end < len(received):
        end = frames.end_of_frame(received[end:], 1) + end
    assert end == len(received)
    assert received.endswith(frames.close(frames.TRY_AGAIN_LATER, "too far behind"))


def test_a_reader_that_never_introduces_itself_costs_no_place(server: LiveServer) -> None:
    raw = Raw(server)
    raw.until(b"65536}")
    raw.connection.shutdown(socket.SHUT_WR)
    assert raw.rest() == b""


def test_websocket_client_library_closes_in_order(server: LiveServer) -> None:
    slug = server.open("orderly")
    line = Line(server.url, {"blog": slug})
    next_named(line, "sync")
    line.socket.send_close(status=1000)
    while True:
        opcode, frame = line.socket.recv_data_frame(control_frame=True)
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            break
    assert frame.data == b"\x03\xe8"


def test_a_connection_that_asked_for_a_page_first_becomes_a_websocket(server: LiveServer) -> None:
    """A proxy keeps connections and uses them for any later request."""
    slug = server.open("reused")
    host = server.url.removeprefix("http://")
    for path in ("/healthz", f"/live/{slug}", f"/live/{slug}", "/readyz", f"/api/v1/blogs/{slug}"):
        raw = Raw(server, f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        length = int(raw.until(b"\r\n\r\n").lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        while len(raw.data) < length:
            raw.data += raw.connection.recv(65536)
        raw.data = b""
        raw.connection.sendall(HELLO.format(host=host, more="").encode())
        raw.until(b"101 Switching")
        raw.send(introduction(slug))
        raw.until(b'42/live,["sync"')


def test_one_line_asks_storage_for_one_blog_at_a_time(server: LiveServer) -> None:
    slug = server.open("patient")
    raw = Raw(server)
    for number in range(20):
        raw.send(introduction(f"nowhere-{number}"))
    answers = b""

    def admitted() -> bool:
        nonlocal answers
        raw.send(introduction(slug))  # ignored while the line still asks for another blog
        raw.send(b"?", frames.PING)
        answers += raw.until(b"\x8a\x01?")
        return b'42/live,["sync"' in answers

    until(admitted)
    assert 1 <= answers.count(b"44/live,") < 20


@pytest.mark.parametrize(
    "flood",
    [
        *(masked(b"", frames.PING), masked(b"x", frames.PONG), masked(b'2/x,["a"]'), masked(b"40/desk,")),
        masked(b"a", frames.TEXT, final=False) + masked(b"", frames.CONTINUATION, final=False) * 200,
    ],
    ids=["pings", "pongs", "events for nobody", "introductions", "pieces of a message"],
)
def test_who_talks_all_the_time_is_hung_up_on_and_nobody_waits_for_them(server: LiveServer, flood: bytes) -> None:
    slug, lines = server.open("talkers"), [Raw(server) for _ in range(20)]
    reader = Reader(server.url, slug)
    reader.start()
    over = threading.Event()

    def talk() -> None:
        while not over.is_set() and lines:
            for line in [*lines]:
                try:
                    line.connection.sendall(flood * 100)
                except OSError:
                    lines.remove(line)
                    line.close()

    talker = threading.Thread(target=talk, daemon=True)
    talker.start()
    server.api("POST", f"/blogs/{slug}/posts", {"body": "Meanwhile."})
    until(lambda: any(each.get("body") == "Meanwhile." for each in [*reader.objects.values()]))
    until(lambda: not lines)
    over.set()
    talker.join(60)
    reader.leaving.set()


def test_deeply_nested_nonsense_is_refused(server: LiveServer) -> None:
    raw = Raw(server)
    raw.send(b"40/live," + b"[" * 60_000)
    raw.until(b'"code":"bad_request"}')
