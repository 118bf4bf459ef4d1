"""The story on other sites: the frame, its script, oEmbed. No cookies; nothing else may be framed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as xml

import pytest
from bs4 import BeautifulSoup

from liveblog import actions
from liveblog.store.commits import Store
from tests.web.syndicated import BASE, Site, syndicated, tag


@pytest.fixture
def site(store: Store) -> Iterator[Site]:
    with syndicated(store) as site:
        yield site


def oembed(site: Site, url: str, **query: Any) -> Any:
    return site.client.get("/oembed", query_string={"url": url, **query})


def test_only_the_frame_may_be_framed_and_it_sets_no_cookie(site: Site) -> None:
    framed = site.get("/embed")
    assert "frame-ancestors *" in framed.headers["Content-Security-Policy"]
    for path in ("", "/pages/1"):
        policy = site.get(path).headers["Content-Security-Policy"]
        assert "frame-ancestors 'self'" in policy
    for answer in (framed, site.client.get("/embed.js"), oembed(site, f"{BASE}/live/anora")):
        assert "Set-Cookie" not in answer.headers
    assert framed.headers["X-Robots-Tag"] == "noindex"


def test_a_frame_shows_its_refusal_on_the_other_sites_page_too(site: Site) -> None:
    refused = site.get("/embed?post=none")
    assert (refused.status_code, refused.headers["Cache-Control"]) == (404, "no-store")
    assert "frame-ancestors *" in refused.headers["Content-Security-Policy"]
    assert BeautifulSoup(refused.data, "html.parser").select_one('main a[target="_top"]')


def test_a_frame_leads_to_the_whole_page_in_a_new_tab(site: Site) -> None:
    soup = BeautifulSoup(site.get("/embed").data, "html.parser")
    base = tag(soup, "base")
    assert (base["href"], base["target"]) == (f"{BASE}/live/anora", "_blank")
    assert tag(soup, 'link[rel="canonical"]')["href"] == f"{BASE}/live/anora"


def test_a_frame_holds_the_newest_posts_the_board_or_one_post(site: Site) -> None:
    ids = [site.publish(f"Update {number}.") for number in range(12)]

    def shown(query: str) -> list[str]:
        return re.findall(r'<article class="[^"]*" id="post-([\w-]+)"', site.get(f"/embed{query}").text)

    assert shown("") == ids[:1:-1]
    assert shown("?view=board") == []
    assert shown(f"?post={ids[0]}") == ids[:1]
    site.do(actions.retract, ids[0])
    assert site.get(f"/embed?post={ids[0]}").status_code == 404


def test_the_host_chooses_theme_and_accent_and_nothing_else(site: Site) -> None:
    dark = site.get("/embed?theme=dark&accent=%23B08A33")
    assert 'data-theme="dark">' in dark.text
    assert "--gold:#b08a33" in dark.text
    assert "style-src 'self' 'sha256-" in dark.headers["Content-Security-Policy"]
    assert 'data-theme="auto"' in site.get("/embed").text  # each look has its own answer
    for query in ("theme=pink", "accent=red;}", "view=none", "results=some"):
        assert site.get(f"/embed?{query}").status_code == 422


def test_the_host_may_hide_results_and_links_go_on_hiding_them(site: Site) -> None:
    soup = BeautifulSoup(site.get("/embed?results=hidden").data, "html.parser")
    assert tag(soup, "html")["class"] == ["safe", "unsorted"]  # covered from the first paint on
    assert tag(soup, "base")["href"] == f"{BASE}/live/anora?results=hidden"
    assert tag(soup, 'link[rel="canonical"]')["href"] == f"{BASE}/live/anora"
    shown = BeautifulSoup(site.get("/embed?results=shown").data, "html.parser")
    assert not tag(shown, "html").has_attr("class")
    described = oembed(site, f"{BASE}/live/anora?results=hidden").json["html"]
    assert f'src="{BASE}/live/anora/embed?results=hidden"' in described


def test_any_site_may_load_the_script_and_caches_revalidate_it(site: Site) -> None:
    answer = site.client.get("/embed.js")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "immutable" not in answer.headers["Cache-Control"]
    assert site.client.get("/embed.js", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_page_names_its_description_in_both_formats(site: Site) -> None:
    id = site.publish("News", headline="News")
    for path in ("", f"/posts/{id}"):
        soup = BeautifulSoup(site.get(path).data, "html.parser")
        for kind in ("application/json+oembed", "text/xml+oembed"):
            href = str(tag(soup, f'link[type="{kind}"]')["href"])
            assert quote(f"{BASE}/live/anora{path}", safe="") in href
            assert site.client.get(href.removeprefix(BASE)).status_code == 200


def test_oembed_describes_the_page(site: Site) -> None:
    found = oembed(site, f"{BASE}/live/anora").json
    assert (found["version"], found["type"], found["title"]) == ("1.0", "rich", "Anora & the Oscars")
    assert (found["provider_name"], found["provider_url"]) == ("The Gazette", f"{BASE}/")
    assert f'src="{BASE}/live/anora/embed"' in found["html"]
    assert 'title="Anora &amp; the Oscars"' in found["html"]
    assert (found["thumbnail_width"], found["thumbnail_height"]) == (1200, 630)
    assert found["thumbnail_url"].startswith(f"{BASE}/live/anora/card.png?v=")


def test_oembed_respects_the_available_size(site: Site) -> None:
    found = oembed(site, f"{BASE}/live/anora", maxwidth=320, maxheight=400).json
    assert (found["width"], found["height"]) == (320, 400)
    assert 'width="320" height="400"' in found["html"]
    assert "thumbnail_url" not in found
    for wrong in ({"maxwidth": "wide"}, {"maxheight": "-1"}):
        assert oembed(site, f"{BASE}/live/anora", **wrong).status_code == 400


def test_oembed_as_xml_says_the_same(site: Site) -> None:
    id = site.publish("News", headline="News & <more>", byline="Ana")
    url = f"{BASE}/live/anora/posts/{id}"
    answer = oembed(site, url, format="xml")
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    told = {each.tag: each.text for each in xml.fromstring(answer.data)}
    assert told == {name: str(value) for name, value in oembed(site, url).json.items()}
    assert told["author_name"] == "Ana"
    assert f"post={id}" in str(told["html"])


@pytest.mark.parametrize(
    ("url", "query", "status"),
    [
        (f"{BASE}/live/nowhere", {}, 404),
        (f"{BASE}/live/anora/posts/nothing", {}, 404),
        (f"{BASE}/desk/anora", {}, 404),
        ("https://elsewhere.example.org/live/anora", {}, 404),
        ("not an address", {}, 404),
        ("http://[", {}, 404),
        ("", {}, 400),
        (f"{BASE}/live/anora", {"format": "yaml"}, 501),
    ],
)
def test_oembed_refuses_as_its_specification_requires(site: Site, url: str, query: dict[str, str], status: int) -> None:
    assert oembed(site, url, **query).status_code == status


def test_a_draft_cannot_be_embedded(site: Site) -> None:
    site.store.perform(
        "secret", lambda view: actions.create_blog(view, slug="secret", title="Secret", status="draft"), by="test"
    )
    assert site.client.get("/live/secret/embed").status_code == 404
    assert oembed(site, f"{BASE}/live/secret").status_code == 404
    assert site.client.get("/live/secret/card.png").status_code == 404
