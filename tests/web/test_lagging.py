"""Catch-ups from a process that lags behind the one that gave the position, and for positions that nobody gave."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from liveblog import actions
from liveblog.store.commits import Store
from liveblog.web import api
from tests.live_server import until
from tests.web.syndicated import Site, syndicated

CHANGES = "/api/v1/blogs/anora/changes"


def read(site: Site, path: str) -> Any:
    """The answer to a client of its own, which may be in another thread."""
    return site.client.application.test_client().get(path).json


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    with syndicated(store) as site:
        yield site


@pytest.mark.parametrize("spelling", ["?cursor={0}-{1}-", "?epoch={0}&after={1}"])
def test_a_process_that_lags_waits_and_does_not_bring_a_retracted_post_back(
    site: Site, spelling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "LAG", 60.0)
    post = site.publish("From Marrakesh.")
    here = read(site, CHANGES)
    services = site.client.application.extensions["liveblog"]
    ahead = site.store.perform("anora", lambda view: actions.retract(view, "anora", post), by="test")  # not read yet
    asked = CHANGES + spelling.format(here["epoch"], ahead.seq)
    with ThreadPoolExecutor(1) as reader:
        answer = reader.submit(read, site, asked)
        until(lambda: answer.done() or services.tails.tail("anora").waiting)
        services.reader.step(1)
        site.publish("The show begins.")
        found = answer.result(60)
    assert not found["reset"]
    assert [each["id"] for each in found["objects"] if each.get("id") == post] == []


def test_what_came_after_a_position_is_made_once_however_it_is_asked_for(site: Site) -> None:
    """Also for positions that a client invents: each of them had the whole state made, and compressed."""
    here = read(site, CHANGES)
    site.publish("Doors open.")
    services = site.client.application.extensions["liveblog"]
    before = len(services.responses)
    for n in range(1, 20):
        assert read(site, f"{CHANGES}?cursor={here['cursor']}-{n}")["objects"]
        assert read(site, f"{CHANGES}?after=1&epoch={here['epoch']}&mark={here['mark']}&n={n}")["objects"]
        assert read(site, f"{CHANGES}?cursor=invented{n}-1-m")["reset"]
        assert read(site, f"{CHANGES}?epoch=invented{n}&after=1")["reset"]
    assert len(services.responses) == before + 2
