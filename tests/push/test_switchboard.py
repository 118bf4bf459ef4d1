"""The switchboard by itself: who counts as reached when a round is over."""

from __future__ import annotations

import socket

import gevent.event
import gevent.socket

from liveblog.push.switchboard import SOCKET, Audience, Switchboard


def test_a_line_that_does_not_read_does_not_count_as_reached() -> None:
    board = Switchboard(
        heard=lambda line, message: None,
        lost=lambda line: None,
        beat_seconds=60,
        backlog_bytes=1 << 24,
        message_bytes=1 << 16,
    )
    board.start()
    served: gevent.event.AsyncResult[tuple[int, int]] = gevent.event.AsyncResult()
    board.served = lambda audience, behind: served.set((len(audience), behind))
    audience = Audience("night", (b"", b""))
    peers, lines = [], []
    for _ in range(3):
        ours, peer = socket.socketpair()
        ours.setblocking(False)
        lines.append(board.adopt(ours.detach(), SOCKET, b""))
        peers.append(peer)
        board.join(lines[-1], audience, b"")
    board.send(lines[0], b"x" * (1 << 22))  # more than a connection takes at once
    board.cast(audience, (b"news", b""), (b"", b""))
    assert served.get(timeout=5) == (3, 1)
    assert [peer.recv(10) for peer in peers[1:]] == [b"news", b"news"]
    served = gevent.event.AsyncResult()
    taken = 0
    while taken < (1 << 22) + 4:  # it reads again
        gevent.socket.wait_read(peers[0].fileno(), 5)
        taken += len(peers[0].recv(1 << 20))
    board.cast(audience, (b"more", b""), (b"", b""))
    assert served.get(timeout=5) == (3, 0)
    for peer in peers:
        peer.close()
