"""A crowd of readers for the benchmarks: thousands of websockets on one epoll, with a few fields per reader.

It runs on its own core and reads faster than any server here sends. It parses every frame to its end.
"""

from __future__ import annotations

import json
import os
import select
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
PONG = b"\x81\x81\x00\x00\x00\x003"
IP_BIND_ADDRESS_NO_PORT = 24  # Linux; the socket module has no name for it before Python 3.12
COMPRESSED = 0xC1  # the first byte of a compressed text
AT_ONCE = 256
"""Maximum connections that are being set up at the same time."""


class Protocol:
    """What a reader sends, and when it counts as connected: Socket.IO, or a bare stream of frames.

    If it `offers` compression, its compressed messages are not inflated: the first one is the sync.
    """

    def __init__(self, path: str, auth: dict[str, Any] | None = None, *, offers: bool = False) -> None:
        self.path = path
        self.auth = auth
        self.offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n" if offers else ""

    def hello(self, host: str) -> bytes:
        return (
            (
                f"GET {self.path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Version: 13\r\n{self.offer}Sec-WebSocket-Key: "
            ).encode()
            + KEY
            + b"\r\n\r\n"
        )

    def introduction(self) -> bytes | None:
        """The message after Engine.IO's open; None for a server without Socket.IO."""
        return None if self.auth is None else masked(b"40/live," + json.dumps(self.auth).encode())


def masked(payload: bytes) -> bytes:
    """A client's text frame; the mask is zero, which is a valid mask."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else bytes((0xFE,)) + size.to_bytes(2, "big")
    return b"\x81" + length + b"\0\0\0\0" + payload


class Member:
    """One reader."""

    __slots__ = ("buffer", "fd", "frames", "last", "ready", "socket", "upgraded")

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.fd = connection.fileno()
        self.buffer = b""
        self.upgraded = False
        self.ready = False
        self.frames = 0  # after the sync
        self.last = 0.0


class Crowd:
    """Readers of one server. All times are `time.perf_counter()` seconds."""

    def __init__(self, host: str, port: int, protocol: Protocol) -> None:
        self.address = (host, port)
        self.members: dict[int, Member] = {}
        self.heard: Callable[[Member, bytes], None] | None = None
        self._epoll = select.epoll()
        self._view = memoryview(bytearray(262_144))  # for all reads: a new one costs more than a send
        self._place = [self._view]
        self.ready = 0
        self._opened = 0
        self.speak(protocol)

    def speak(self, protocol: Protocol) -> None:
        """How readers who connect from now on introduce themselves."""
        self._hello = protocol.hello(f"{self.address[0]}:{self.address[1]}")
        self._introduction = protocol.introduction()

    def connect(self, count: int, *, within: float = 120.0) -> float:
        """Connect `count` more readers. Returns the seconds until the last one has its sync (or its 101)."""
        began, goal = time.perf_counter(), self.ready + count
        left = count
        while self.ready < goal:
            while left and len(self.members) - self.ready < AT_ONCE:
                self._open()
                left -= 1
            self.turn(0.5)
            if time.perf_counter() - began > within:
                raise TimeoutError(f"{goal - self.ready} of {count} readers could not connect")
        return time.perf_counter() - began

    def _open(self) -> None:
        connection = socket.socket()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # many source addresses, because with one the kernel soon spends its time on the search for a free port
        self._opened += 1
        connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        connection.bind((f"127.1.{self._opened // 500 % 200}.{os.getpid() % 200 + 1}", 0))
        connection.setblocking(True)
        connection.connect(self.address)
        connection.setblocking(False)
        self._begin(connection)

    def _begin(self, connection: socket.socket) -> None:
        member = Member(connection)
        self._watch(member)
        self._write(member, self._hello)

    def _watch(self, member: Member) -> None:
        self.members[member.fd] = member
        self._epoll.register(member.fd, select.EPOLLIN)

    def turn(self, timeout: float) -> int:
        """Read what has arrived, waiting up to `timeout` seconds. Returns how many readers had something."""
        events = self._epoll.poll(timeout, 1024)
        for fd, _ in events:
            member = self.members[fd]
            try:
                data = self._read(member)
            except (BlockingIOError, ssl.SSLWantReadError):
                continue
            except ConnectionError:
                data = b""
            if not data:
                self.drop(member)
            else:
                member.last = time.perf_counter()
                self._take(member, member.buffer + data if member.buffer else data)
        return len(events)

    def _read(self, member: Member) -> bytes:
        return bytes(self._view[: os.readv(member.fd, self._place)])

    def _write(self, member: Member, data: bytes) -> None:
        os.write(member.fd, data)

    def _take(self, member: Member, data: bytes) -> None:
        at = 0
        if not member.upgraded:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                member.buffer = data
                return
            assert data.startswith(b"HTTP/1.1 101"), data[:200]
            member.upgraded, at = True, end + 4
            if self._introduction is None:
                self._became_ready(member)
        size = len(data)
        while size - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif length == 127:
                length, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if size - start < length:
                break
            self._frame(member, data, at, start, start + length)
            at = start + length
        member.buffer = data[at:]

    def _frame(self, member: Member, data: bytes, at: int, start: int, end: int) -> None:
        if member.ready and end - start > 2:
            is_change = data[at] == COMPRESSED or data.startswith(b'42/live,["change"', start)
            if self._introduction is None or is_change:
                member.frames += 1
            if self.heard is not None:
                self.heard(member, data[start:end])
        elif end - start == 1 and data[start] == 0x32:  # Engine.IO's ping
            self._write(member, PONG)
        elif self._introduction is not None and data[start] == 0x30:  # its open
            self._write(member, self._introduction)
        elif data[at] == COMPRESSED or data.startswith(b'42/live,["sync"', start):
            self._became_ready(member)
            if self.heard is not None:
                self.heard(member, data[start:end])

    def _became_ready(self, member: Member) -> None:
        member.ready = True
        self.ready += 1

    def drop(self, member: Member) -> None:
        del self.members[member.fd]
        self.ready -= member.ready
        member.socket.close()

    def leave(self) -> None:
        """Disconnect all readers at once."""
        for member in list(self.members.values()):
            self.drop(member)

    def start_counting(self) -> None:
        for member in self.members.values():
            member.frames = 0

    def until_each_has(self, frames: int, *, within: float = 60.0) -> float:
        """Read until every reader has had this many posts since the count began. Returns the time of the last one."""
        began = time.perf_counter()
        while min(member.frames for member in self.members.values()) < frames:
            while self.turn(0.02):
                pass
            if time.perf_counter() - began > within:
                late = sum(member.frames < frames for member in self.members.values())
                raise TimeoutError(f"{late} readers did not get {frames} posts")
        return max(member.last for member in self.members.values())


class SecureCrowd(Crowd):
    """Readers that speak TLS 1.3, each with a handshake of its own. They trust everybody, as a benchmark may."""

    def __init__(self, host: str, port: int, protocol: Protocol) -> None:
        super().__init__(host, port, protocol)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._context.check_hostname = False
        self._context.verify_mode = ssl.CERT_NONE
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._shaking: set[int] = set()

    def _begin(self, connection: socket.socket) -> None:
        member = Member(self._context.wrap_socket(connection, do_handshake_on_connect=False))
        self._shaking.add(member.fd)
        self._watch(member)
        with suppress(ssl.SSLWantReadError):
            self._shake(member)

    def _shake(self, member: Member) -> None:
        member.socket.do_handshake()  # type: ignore[attr-defined]
        self._shaking.remove(member.fd)
        self._write(member, self._hello)

    def _read(self, member: Member) -> bytes:
        if member.fd in self._shaking:
            self._shake(member)
        return bytes(self._view[: member.socket.recv_into(self._view)])  # a record; the poller knows of the next one

    def _write(self, member: Member, data: bytes) -> None:
        member.socket.send(data)

    def drop(self, member: Member) -> None:
        self._shaking.discard(member.fd)
        super().drop(member)
