"""The columns of an audience's lines: whoever comes and goes, each line stands in one row with what belongs to it."""

from __future__ import annotations

import random

import pytest

from liveblog.push.seats import Seats


class Reader:
    def __init__(self, fd: int) -> None:
        self.fd, self.seat = fd, -1


@pytest.mark.parametrize("seed", range(20))
def test_descriptor_and_count_stay_with_their_line_whoever_leaves(seed: int) -> None:
    luck, seats, had = random.Random(seed), Seats[Reader](), dict[Reader, int]()
    for number in range(300):
        if had and luck.random() < 0.45:
            gone = luck.choice([*had])
            seats.remove(gone)
            del had[gone]
        else:
            reader = Reader(number)
            had[reader] = luck.randrange(5)
            seats.add(reader, reader.fd, had[reader])
        assert len(seats) == len(had)
        for seat, reader in enumerate(seats):
            assert (reader.seat, seats.fds[seat], seats.had[seat]) == (seat, reader.fd, had[reader])


@pytest.mark.parametrize(
    ("had", "groups"),
    [
        ([7], [(7, 0, 1)]),
        ([7, 7, 7], [(7, 0, 3)]),
        ([7, 7, 9, 7], [(7, 0, 2), (9, 2, 3), (7, 3, 4)]),
        ([1, 2, 3], [(1, 0, 1), (2, 1, 2), (3, 2, 3)]),
    ],
)
def test_neighbours_that_have_had_as_much_are_a_group(had: list[int], groups: list[tuple[int, int, int]]) -> None:
    seats = Seats[Reader]()
    seats.add(Reader(0), 0, 99)
    for number in had:
        seats.add(Reader(0), 0, number)
    assert [*seats.groups(1, 1 + len(had))] == [(count, first + 1, end + 1) for count, first, end in groups]


def test_who_is_served_has_had_all() -> None:
    seats = Seats[Reader]()
    for number in range(5):
        seats.add(Reader(number), number, number)
    seats.serve(1, 4, 9)
    assert [*seats.had] == [0, 9, 9, 9, 4]
