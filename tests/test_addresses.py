"""Which words of a text are links, and where a link leads."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from liveblog.addresses import found, target
from liveblog.web.render import markdown


def links(text: str) -> list[str]:
    """The addresses of a text's links."""
    return [str(link["href"]) for link in BeautifulSoup(markdown(text), "html.parser").select("a[href]")]


def linked(text: str) -> list[str]:
    """The words of a text that are links."""
    return [link.get_text() for link in BeautifulSoup(markdown(text), "html.parser").select("a[href]")]


@pytest.mark.parametrize(
    "text",
    [
        "will.i.am sang. She won.It was late.So he went",
        "b.In the hall d.At the door; see notes.md, script.py and Node.js",
        "he/she.They/them, won.It/lost, Mr.Smith/Jones, and/or, 24/7, 10.5/12.3, a.m./p.m., U.S./Mexico, TCP/IP",
        "example.org, oscars.com: hosts alone",
        "README.md/draft, list.txt/list.pdf",
        "javascript:alert(1) ftp://example.org/a irc://example.org/ https:// http://?",
        "@desk a@b #will.i.am",
    ],
)
def test_words_are_no_links(text: str) -> None:
    assert not links(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("example.org/path", "https://example.org/path"),
        ("(bbc.example.co.uk/news)", "https://bbc.example.co.uk/news"),
        ("example.org:8080/a?b=c#d", "https://example.org:8080/a?b=c#d"),
        ("see OSCARS.EXAMPLE.ORG/a.", "https://OSCARS.EXAMPLE.ORG/a"),
        ("münchen.de/rathaus", "https://xn--mnchen-3ya.de/rathaus"),
        ("www.münchen.de", "https://www.xn--mnchen-3ya.de"),
        ("https://例え.jp/。次", "https://xn--r8jz45g.jp/"),
        ("見よhttps://example.org/a、次", "https://example.org/a"),
        ("詳細：example.org/a。", "https://example.org/a"),
        ("HTTPS://example.org/A", "https://example.org/A"),
        ("https://example.org:8443/", "https://example.org:8443/"),
        ("https://ana:secret@example.org/", "https://ana:secret@example.org/"),
        ("Write to desk@example.org!", "mailto:desk@example.org"),
    ],
)
def test_addresses_are_links(text: str, address: str) -> None:
    assert links(text) == [address]


@pytest.mark.parametrize(
    "around",
    [
        *("“{}”", "‘{}’", "„{}“", "«{}»", "»{}«", "‹{}›", '"{}"', "'{}'", "({})", "[{}]", "*{}*", "_{}_", "~~{}~~"),
        *("「{}」", "『{}』", "【{}】", "（{}）", "〈{}〉", "《{}》", "［{}］", "｢{}｣", "{}。", "{}、", "{}，", "{}！"),
        *("{}…", "{}—", "{}–", "{}―", "{}.", "{}...", "{},", "{};", "{}:", "{}!", "{}?", "{}?!", "{}.)", "{}—and on"),
        *("{}؟", "{}،", "{}۔", "{}।", "{}·", "{}։", "{}።", "{}™", "{}🎉", "{}❤️", "{}\u200b", "\u2068{}\u2069"),
        *("[embed]{}[/embed]", "[url]{}[/url]", "{}&nbsp;", "{}&rdquo;", "{}&#8221;", "&ldquo;{}&rdquo;", "{}&hellip;"),
    ],
)
@pytest.mark.parametrize("address", ["https://example.org/a", "www.example.org/a_b", "example.org/a"])
def test_the_signs_of_a_sentence_are_outside(around: str, address: str) -> None:
    assert linked(f"See {around.format(address)} today") == [address]


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/a_b_c*d*e/~ana/~~x/y",
        "https://en.wikipedia.org/wiki/Anora_(film)",
        "https://example.org/2024–25_season",
        "https://example.org/a(b)[c]",
        "https://example.org/?a=1&b=2;c#d:e@f,g!h'i",
        "https://example.org/%E2%80%9Cx%E2%80%9D",
    ],
)
def test_an_address_is_whole(address: str) -> None:
    assert linked(f"See {address} today") == [address]


@pytest.mark.parametrize(
    ("address", "to"),
    [
        ("www.example.org/nominees", "https://www.example.org/nominees"),
        ("example.org", "https://example.org"),
        ("example.org/a", "https://example.org/a"),
        ("example.org:8080/a", "https://example.org:8080/a"),
        ("example.org?a=b", "https://example.org?a=b"),
        ("//example.org/a", "https://example.org/a"),
        ("https:example.org/a", "https://example.org/a"),
        ("http:/example.org/a", "http://example.org/a"),
        ("https:\\\\example.org", "https://example.org"),
        ("m%C3%BCnchen.de/a%20b", "https://münchen.de/a%20b"),
        ("desk@example.org", "mailto:desk@example.org"),
        ("mailto:desk@example.org", "mailto:desk@example.org"),
        ("tel:+1555", "tel:+1555"),
        *((each, None) for each in ("#top", "/about", "../a", "?a", "", "about.html", "notes.md", "index.aspx")),
        *((each, None) for each in ("“https://example.org”", "htps://example.org", "http//a", "https://", "https:")),
        *((each, None) for each in ("javascript:alert(1)", "data:text/html,a", "file:///etc/passwd", "C:\\a.doc")),
    ],
)
def test_where_a_link_leads(address: str, to: str | None) -> None:
    assert target(address) == to


@pytest.mark.parametrize("address", ["#top", "/about", "about.html", "../a", "htps://example.org", "“www.example.org”"])
def test_a_link_to_nowhere_is_words(address: str) -> None:
    assert markdown(f"[the list]({address}) here") == "<p>the list here</p>\n"


def test_what_ends_like_no_host_is_words() -> None:
    for words in ("dr.who/season 2", "Mr.Robot/one", "st.john/y", "vs.them/us", "he.she/they", "one.two/three"):
        assert found(words) == []
    for host in (
        "dr.dk/nyheder",
        "st.com/x",
        "ms.now/x",
        "www.example.lego/x",
        "EXAMPLE.ORG/x",
        "пример.рф/a",
        "a.museum/x",
    ):
        assert found(host) == [(0, len(host))]
    assert target("shop.example.lego/x") == "https://shop.example.lego/x"  # somebody has made it a link
