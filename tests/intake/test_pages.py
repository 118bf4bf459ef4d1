"""The article of a saved page: the story whole, and nothing of what stands around it."""

from __future__ import annotations

import pytest

from liveblog.intake.article import from_html
from tests.intake.saved_pages import SITES, saved


@pytest.mark.parametrize("name", SITES)
def test_of_a_saved_page_the_story_is_kept_and_nothing_else(name: str) -> None:
    page = saved(name)
    article = from_html(page.html)
    body = article.body.replace("\\", "")
    assert [sentence for sentence in page.story if sentence not in body] == []
    assert [word for word in page.junk if word in body or word in (article.headline or "")] == []
    assert article.headline == page.headline
