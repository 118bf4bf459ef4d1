"""The lines of one kind in an audience, as columns: what a round needs of a line stands beside that of the others.

A round to ten thousand would otherwise fetch ten thousand objects from memory, which costs a tenth of the sends.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import groupby
from typing import Generic, Protocol, TypeVar

NOBODY = -1
"""Stands for the descriptor of a line to which nothing may be sent now. The system refuses it: EBADF."""


class Sitter(Protocol):
    seat: int


L = TypeVar("L", bound=Sitter)


class Seats(Generic[L]):
    """Each line knows its seat. One that leaves gives it to the last, so nobody else moves."""

    def __init__(self) -> None:
        self.lines: list[L] = []
        self.fds = array("i")
        self.had = array("Q")  # how many messages of its audience each has had

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[L]:
        return iter(self.lines)

    def add(self, line: L, fd: int, had: int) -> None:
        line.seat = len(self.lines)
        self.lines.append(line)
        self.fds.append(fd)
        self.had.append(had)

    def remove(self, line: L) -> None:
        seat, last, fd, had = line.seat, self.lines.pop(), self.fds.pop(), self.had.pop()
        if last is not line:
            self.lines[seat], self.fds[seat], self.had[seat] = last, fd, had
            last.seat = seat

    def groups(self, first: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The seats from `first` to `end` in groups that have had as many messages: that number, first seat, end."""
        column = self.had[first:end]
        if column.count(column[0]) == len(column):
            yield column[0], first, end
            return
        for had, group in groupby(column):
            start, first = first, first + len(list(group))
            yield had, start, first

    def serve(self, first: int, end: int, count: int) -> None:
        """Write down that the lines from seat `first` to `end` have had `count` messages."""
        self.had[first:end] = array("Q", [count]) * (end - first)
