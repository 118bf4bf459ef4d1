"""Sends one message to many connections: by io_uring where the system has it, else by one write each."""

from __future__ import annotations

import errno
import logging
import os
from array import array

from .uring import ROWS, Ring

log = logging.getLogger(__name__)

IO_URING, WRITE = "io_uring", "write"
MOST = ROWS
"""The most connections of one call."""
NOT_NOW = (errno.EAGAIN, errno.ENOBUFS, errno.ENOMEM, errno.EINTR, errno.ECANCELED)
"""The errors after which nothing was sent, and which say nothing about the connection."""


class Sender:
    """One for each process, made after its fork, in the thread that sends. Without `allowed` it makes no ring.

    `path` says how it sends: `IO_URING` or `WRITE`.
    """

    def __init__(self, *, allowed: bool) -> None:
        self.path, why = WRITE, "LIVEBLOG_IO_URING is off"
        if allowed:
            try:
                self._ring, self.path = Ring(), IO_URING
            except OSError as no:
                why = f"io_uring cannot be used here: {no.strerror}"
        log.info("readers are sent to by %s", "io_uring" if self.path == IO_URING else f"one write each, because {why}")

    def send(self, fds: array[int], data: bytes) -> list[int]:
        """Send to at most `MOST` connections. Returns for each the bytes it took, or minus the error's number."""
        if self.path == IO_URING:
            try:
                return self._ring.send(fds, data)
            except OSError as no:
                self.path = WRITE
                log.warning("readers are sent to by one write each from now on, because io_uring failed: %s", no)
        return _write_each(fds, data)


def _write_each(fds: array[int], data: bytes) -> list[int]:
    write, results = os.write, []
    for fd in fds:
        try:
            results.append(write(fd, data))
        except OSError as no:
            results.append(-(no.errno or errno.EIO))
    return results
