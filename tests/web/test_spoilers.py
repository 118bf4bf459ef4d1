"""What pages know to hide results: when the first ones were public, and whether the title may tell them."""

from __future__ import annotations

import json
from typing import Any

from bs4 import BeautifulSoup

from liveblog import actions
from liveblog.store.commits import Store
from tests.web.syndicated import syndicated, tag


def test_a_recall_does_not_make_a_result_younger_and_a_title_tells_only_if_it_changed_afterwards(store: Store) -> None:
    with syndicated(store) as site:

        def facts() -> Any:
            return json.loads(str(tag(BeautifulSoup(site.get("").data, "html.parser"), "#facts").string))

        site.do(actions.edit_blog, title="A night to come")
        assert (facts()["first_results"], facts()["reworded"]) == ({}, False)
        site.do(actions.announce, "director", winners=["brady-corbet"])
        first = facts()["first_results"]
        assert list(first) == ["director"]
        site.do(actions.recall, "director")
        assert (facts()["first_results"], facts()["reworded"]) == (first, False)
        site.do(actions.edit_blog, summary="What an envelope")
        assert facts()["reworded"] is True
        for path in ("", "/embed"):
            assert tag(BeautifulSoup(site.get(path).data, "html.parser"), "h1").has_attr("data-reworded")
