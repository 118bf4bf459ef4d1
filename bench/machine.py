"""The machine of a benchmark: how many files may be open, and how much memory the kernel takes."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

NR_OPEN = Path("/proc/sys/fs/nr_open")
"""Linux: the most that any process may be given."""


@contextmanager
def open_files(wanted: int) -> Iterator[int]:
    """Raise the limit to `wanted` for this process and its children, or as far as allowed. Yields the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    machine = NR_OPEN.read_text()
    try:
        if wanted > int(machine):
            with suppress(OSError):
                NR_OPEN.write_text(str(wanted))
        yield soft if soft >= wanted else _raised(min(wanted, int(NR_OPEN.read_text())), hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        with suppress(OSError):
            NR_OPEN.write_text(machine)


def _raised(wanted: int, hard: int) -> int:
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(wanted, hard)))
    except (OSError, ValueError):  # only root raises the hard limit
        wanted = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


class Kernel:
    """How much the kernel's own memory has grown: its objects, and the pages that sockets hold."""

    def __init__(self) -> None:
        self._before = self._used()

    def grown(self) -> int:
        return self._used() - self._before

    def _used(self) -> int:
        tcp = next(line for line in Path("/proc/net/sockstat").read_text().splitlines() if line.startswith("TCP:"))
        return _meminfo("Slab") + int(tcp.split()[-1]) * resource.getpagesize()


def available() -> int:
    """Bytes that may still be used without swapping."""
    return _meminfo("MemAvailable")


def _meminfo(name: str) -> int:
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))
