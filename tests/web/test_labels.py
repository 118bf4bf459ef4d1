"""One table has the labels of states, steps and acts, for pages and for scripts."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from liveblog.model import STATES, Status
from liveblog.web import labels
from liveblog.web.render import assets


def test_every_status_and_state_has_a_label() -> None:
    assert set(labels.STATUSES) == set(labels.NEXT) == set(get_args(Status))
    assert tuple(labels.STATES) == STATES
    assert set(labels.REACHED) <= set(STATES)
    assert {after for _, after in labels.NEXT.values()} <= set(labels.STATUSES)
    assert {command.replace("-", "_") for command in labels.COMMANDS} <= set(labels.ACTS)


def test_readers_scripts_get_it_in_the_blogs_language() -> None:
    assert labels.for_readers("en")["status"]["live"] == "Live"
    assert labels.for_readers("es")["status"]["live"] == "En directo"


@pytest.mark.parametrize("label", ["Provisional", "On stage now", "Before the show", "Ended", "goes on stage"])
def test_no_script_has_a_table_of_its_own(label: str) -> None:
    for script in (assets("static") / "js").rglob("*.js"):
        assert not re.search(rf"[\"'`]{label}[\"'`]", script.read_text()), script.name
