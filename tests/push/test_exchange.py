"""Reports of this site's processes and of relays, without a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
import pytest

from liveblog.push import exchange
from liveblog.push.exchange import Exchange, Person, Report

ANA = Person(id="1", name="Ana", role="editor", since="2025-03-03T00:00:00.000Z")


class Messages:
    """Keeps what is sent and stored, as other processes would get it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, bytes]] = []
        self.stored: list[tuple[str, int, Mapping[int, tuple[int, int]]]] = []

    def tell(self, slug: str, process: str, said: bytes) -> None:
        self.told.append((slug, process, said))

    def listen(self, hear: Callable[[str, str, bytes], None], goes_on: Callable[[], bool]) -> None:
        raise NotImplementedError

    def record(self, slug: str, process: str, readers: int, deliveries: Mapping[int, tuple[int, int]]) -> int:
        self.stored.append((process, readers, deliveries))
        return 0


def readers(of: Exchange) -> int:
    return sum(said.readers for said in of.of("anora"))


def test_a_relays_process_counts_here_and_at_the_other_processes() -> None:
    messages = Messages()
    one, other = Exchange(messages), Exchange(messages)
    one.tell("anora", Report(readers=3))
    one.pass_on("anora", "relay", Report(readers=4, last=(7, 4, 90)), {7: (4, 90)})
    for told in messages.told:
        other._hear(*told)
    assert readers(one) == readers(other) == 7
    assert messages.stored == [("relay", 7, {7: (4, 90)})]
    one.pass_on("anora", "relay", Report(readers=1))
    assert readers(one) == 4


def test_a_relay_brings_nobody_to_the_desk_and_does_not_count_for_longer_than_it_may() -> None:
    messages = Messages()
    Exchange(messages).pass_on("anora", "relay", Report(people=[ANA], readers=1, seconds=10**6))
    said = msgspec.json.decode(messages.told[0][2], type=Report)
    assert (said.people, said.seconds) == ([], exchange.RELAY_SILENT_SECONDS)


def test_only_so_many_processes_of_relays_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MOST_RELAYED", 3)
    found = Exchange(Messages())
    for number in [*range(10), 0]:
        found.pass_on("anora", f"relay-{number}", Report(readers=1))
    assert readers(found) == 3
    assert found.of("another") == []
