"""Catch-ups of readers who have little or nothing of a long night."""

from __future__ import annotations

from collections.abc import Sequence

import gevent
import pytest

from liveblog import threads
from liveblog.model import Object, Position, Post
from liveblog.protocol import Payload
from liveblog.push.catch_ups import FAR, CatchUps
from liveblog.timeline import Timeline


def test_it_is_prepared_once_for_all_who_come_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "is_module_patched", lambda name: True)  # as in a web process
    monkeypatch.setattr(threads, "SLICE", 0)  # everybody has a turn between any two pieces
    posts = 4 * FAR
    timeline = Timeline("night", posts, [Post(id=f"p{n}", published_at=f"{n:04}", seq=n) for n in range(1, posts + 1)])
    rendered: list[int] = []

    def present(_: Timeline, objects: Sequence[Object]) -> Payload:
        rendered.append(len(objects))
        return {"objects": [{"id": obj.id} for obj in objects]}

    catch_ups = CatchUps(present)
    assert not catch_ups.is_far("night", timeline, Position("night", posts - FAR))

    def reader(position: Position | None) -> None:
        catch_ups.prepare("night", timeline, position)
        assert catch_ups.sync("night", timeline, position).payload([])["seq"] == posts

    gevent.joinall([gevent.spawn(reader, None) for _ in range(5)], raise_error=True)
    assert sum(rendered) == 2 * posts  # a few at a time, then all at once from what was kept
    assert max(rendered[:-1]) == threads.FEW
    assert not catch_ups.is_far("night", timeline, None)
    assert catch_ups.is_far("night", timeline, Position("another", 7))
