"""Makes inputs of others, by a seed: cut, doubled, swapped, with bits turned and words of the trade put in."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.fuzz.seeds import SEEDS, WORDS

LONGEST = 20_000


def inputs(target: str, count: int, seed: int) -> Iterator[bytes]:
    """The target's seeds, then `count` inputs made of them."""
    luck, known = random.Random(f"{target} {seed}"), SEEDS[target]
    yield from known
    for _ in range(count):
        data = bytearray(luck.choice(known))
        for _ in range(1 + int(luck.expovariate(0.5))):
            luck.choice(_CHANGES)(luck, data, known)
        yield bytes(data[:LONGEST])


def _place(luck: random.Random, data: bytearray) -> tuple[int, int]:
    start = luck.randrange(len(data) + 1)
    return start, min(len(data), start + int(luck.expovariate(0.1)))


def _turn(luck: random.Random, data: bytearray, _: list[bytes]) -> None:
    if data:
        data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)


def _replace(luck: random.Random, data: bytearray, _: list[bytes]) -> None:
    if data:
        data[luck.randrange(len(data))] = luck.randrange(256)


def _cut(luck: random.Random, data: bytearray, _: list[bytes]) -> None:
    start, end = _place(luck, data)
    del data[start:end]


def _double(luck: random.Random, data: bytearray, _: list[bytes]) -> None:
    start, end = _place(luck, data)
    data[start:start] = data[start:end] * luck.choice([1, 1, 2, 5, 50])


def _word(luck: random.Random, data: bytearray, _: list[bytes]) -> None:
    start = luck.randrange(len(data) + 1)
    data[start:start] = luck.choice(WORDS)


def _splice(luck: random.Random, data: bytearray, known: list[bytes]) -> None:
    other = luck.choice(known)
    data[luck.randrange(len(data) + 1) :] = other[luck.randrange(len(other) + 1) :]


_CHANGES = [_turn, _replace, _cut, _double, _word, _word, _splice]
