"""Texts that cost as much as texts of their length can: how much more work is a text that is four times as long?

`python -m tests.web.hostile` prints a line of JSON for each: its area, its name, and the time for the long text as a
multiple of the time for the short one (or the error). Each area is a process of its own with limited CPU time, because
an unbounded text may never end.
"""

from __future__ import annotations

import gc
import json
import os
import resource
from collections.abc import Callable
from contextlib import suppress
from itertools import count, takewhile
from time import thread_time

from liveblog.checks import checked_nominees, slugify
from liveblog.errors import Refusal
from liveblog.excerpts import excerpt
from liveblog.http import request_head
from liveblog.intake.article import parse_article
from liveblog.intake.lines import entry_of
from liveblog.intake.night import parse_night
from liveblog.intake.nominees import read as read_nominees
from liveblog.model import Nominee
from liveblog.store import picture_formats
from liveblog.web import feeds, render
from liveblog.web.advice import advice
from liveblog.web.incoming import from_slack

SHORT, LONG = 2048, 4 * 2048
SECONDS = 60
"""Seconds of CPU time for an area."""
TRIES = 12
ENOUGH = 7
"""Proportional work is 4 times as much, quadratic work 16 times. A ratio up to this one is not measured again."""

Make = Callable[[int], str]


def often(unit: str) -> Make:
    return lambda size: unit * (size // len(unit))


def then(unit: str, end: str) -> Make:
    return lambda size: unit * (size // len(unit)) + end


def after(start: str, unit: str, end: str = "") -> Make:
    return lambda size: start + unit * (size // len(unit)) + end


def around(left: str, right: str) -> Make:
    return lambda size: left * (size // len(left + right)) + "x" + right * (size // len(left + right))


def growing(sign: str, between: str) -> Make:
    return lambda size: between.join(sign * n for n in takewhile(lambda n: n * n < 2 * size, count(1)))


def numbered(unit: str) -> Make:
    return lambda size: "".join(unit.format(n) for n in range(size // len(unit)))


ADDRESSES = {
    **{
        unit: often(unit)
        for unit in ("http://1", "a@b.com\n", "a@b.com ", "a://", "1.://", "<http://", "www.", "//a", "a.b", "@")
    },
    **{
        unit: often(unit)
        for unit in ("https://a.b/c ", "https://a.b/c\n", "https://youtu.be/abcdefghijk\n", "www.a.b ", "mailto:", "a@")
    },
    **{
        f"http://a/{unit}": after("http://a/", unit)
        for unit in ("(", "((x", "[", "[]", "()", "}", "!", "\\*", "&amp;", "%", "ü", "_")
    },
    **{f"http://a({unit}": often(f"http://a{unit}") for unit in ("(", "([", "(x ", "[(")},
    **{
        unit: often(unit)
        for unit in ("a.", "a.org/", "a.org/ ", "a.b.c.", "a-", "aé.", "a.org:8/", "あhttp://a", "http://a…")
    },
    **{f"http://a{unit}": after("http://a", unit) for unit in ("🎉", "؟", "&copy;", "&copy", "\u200b", "[/a]", "[a")},
    "aaa@": then("a", "@b.com"),
    "a.a@": then("a.", "@b.com"),
    "a@a.": after("a@", "a."),
    "a@a-": after("a@", "a-"),
    "_ around": often("_https://a.b/c_ "),
}
POSTS = {
    **{
        unit: often(unit)
        for unit in (
            "[",
            "![",
            "[]",
            "[a](",
            "[a](<b",
            '[a](b "',
            "[a][b]",
            "![[]()",
            "*a ",
            "a**b",
            "**x* ",
            "~~a",
            "*_~~a",
            "***a b",
        )
    },
    **{
        unit: often(unit)
        for unit in (
            "<",
            "<a",
            "<!--",
            "<a b='",
            "<?",
            "`",
            "\\",
            "&a",
            "&#x1;",
            ">",
            "> a\n",
            "> — a\n",
            "- ",
            "- a\n",
            "1. ",
            "# a\n",
            "***\n",
            "```\n",
            "a\n===\n",
        )
    },
    **{
        unit: often(unit)
        for unit in (
            "|a|\n",
            "|-|-|\n",
            "a|\n-|-\n",
            "[a]: b\n",
            "[a]: b 'c\n",
            "[\n",
            "\t\n",
            " \n",
            "a  \n",
            "'",
            "[a](https://x.com/b/status/1)\n\n",
        )
    },
    **{
        unit: often(unit)
        for unit in (
            "M*A*",
            "a*B",
            "a**b ",
            "a*b c",
            "f**k ",
            "5. a\n\n",
            "5. ",
            "5. a\n    b\n\n",
            "> 5. a\n",
            "[a]: B!\n",
        )
    },
    "5. a, then far in": after("5. a\n", "      b\n\n"),
    "stars within words, growing": growing("*", "A"),
    "`` growing": growing("`", " "),
    "`` growing lines": growing("`", "\n"),
    "> growing": growing(">", "\n"),
    "lists in lists": lambda size: "".join("  " * n + "- a\n" for n in range(int(size**0.5))),
    "links in links": around("[", "](b)"),
    "pictures in pictures": around("![", "](b)"),
    "brackets": around("[", "]"),
    "emphasis": around("*a ", "a*"),
    "strong": around("**a ", " a**"),
    "struck": around("~~a ", " a~~"),
    "quotes": lambda size: ">" * (size // 2) + "a\n" + "b\n" * (size // 4),
    "blanks": after("a", " ", "b"),
    "definitions": numbered("[a{}]: b\n"),
    "references": lambda size: "[a]: /" + "b" * (size // 2) + "\n\n" + "[a]" * (size // 6),
    "columns": lambda size: "|" + "a|" * (size // 4) + "\n|" + "-|" * (size // 4) + "\n",
}
TEXTS = {
    **{
        unit: often(unit)
        for unit in (
            "<!---->",
            "<!-- a\n",
            "<!-- `",
            "```\n<!--\n",
            "<?xml>",
            "# a\n",
            "---\n",
            "+++\n",
            "a: b\n",
            "&a;",
            "a\n",
            "a\n\n",
            "\n \t",
            "> ",
        )
    },
    **ADDRESSES,
    "comments, then text": then("<!---->", "x"),
    "comments, then a tag": then("<!-- -->\n", "<x"),
    "a long line": then("x", "\n\nb"),
    "long words": then("x ", "\n\nb"),
    "blanks": after("# a", " ", "b"),
    "signs": after("# a", " #", "b"),
    "front matter": after("---\n", "a: b\n", "---\nx"),
    "open front matter": after("---\n", "a: b\n"),
    "title": after("---\ntitle: ", "a # ", "\n---\nx"),
    "quoted title": after("---\ntitle: '", "''", "\n---\nx"),
    "json facts": after("{", '"title": {'),
    "underlined": after("", "a\n===\n"),
    "items": after("", "- a\n1. b\n"),
    "rules": after("", "= "),
    "short lines": after("", "a b\n"),
    "toml": lambda size: "+++\n" + "a." * min(size // 2, 2000) + "a = 1\n+++\nx",  # see `frontmatter.MOST`
    **{
        unit: often(unit)
        for unit in (
            "{--",
            "{--a--}",
            "{++a",
            "{++a++}",
            "{~~a~>",
            "{~~a~>b~~}",
            "{>>a{--",
            "%%a ",
            " %%",
            "{# ",
            "{% comment",
            "::: comment\n",
            "<b hidden>",
            "<b hidden>a</b>",
            "<i class='a'>b",
            "<del>",
            "</b>",
            "<b ",
            "<b c='",
            "`` a ` ",
            "`a\n\n",
            "~~~\n",
            "[//]: # (a)\n",
            "%\n",
            "% a\n",
            ":a: b\n",
            "#+a: b\n",
            "= a\n:b:\n",
            "a: b\n c\n",
        )
    },
    **{f"{unit} in it": after(f"{unit}\n", "a: b\n", f"{unit[-3:]}\nx") for unit in ("---json", ";;;", "---toml")},
    "comments, then facts": then("<!-- -->\n", "---\na: b\n"),
    "a blank start": then(" \n", "---\n"),
    "a long first line": after("Title: ", "a: "),
    "toml lists": after("+++\na = ", "[", "\n+++\nx"),
}
PAGES = {
    **{
        unit: often(unit)
        for unit in (
            "<div>",
            "<p>a",
            "<li>a",
            "<ul><li>",
            "<b>",
            "<b><p>",
            "<a><div>",
            "<span>",
            "<blockquote>",
            "<dl><dd>",
            "<table><tr><td>",
            "<h1>",
        )
    },
    **{
        unit: often(unit)
        for unit in (
            "<p a b='",
            "<div '>",
            "<del>a",
            "<em>a</em>",
            "A<i>B</i>",
            "<sup>1",
            "<p><a href='#_Toc1'>a</a>",
            "<ol class=lst-kix_a-0><li>a</li></ol><ol class=lst-kix_a-1><li>a</li></ol>",
            "<br>a",
            "<!--",
            "<![if x]>",
            "&",
            "</p>",
            "<pre>",
            "<code>`",
            "<p class=MsoListParagraph>· a",
        )
    },
    **{
        unit: often(unit)
        for unit in ("<div><p><a id=cmnt1>a</a></p>", "<ol><li>a</li></ol>", "<p>http://1", "<del>a</del><p>b")
    },
    **{
        unit: often(unit)
        for unit in (
            "<article><p>a</p>",
            "<div class=share>a",
            "<p>read more a",
            "<main><article>a",
            "<meta property=og:title content='",
            "<meta ",
            "<script type=application/ld+json>",
            '<script type=application/ld+json>{"headline":"a"}</script>',
            "<title>a",
            "<!---->",
            "a | ",
        )
    },
    "facts in facts": after("<script type=application/ld+json>", '{"@graph":['),
    "a title of parts": after("<title>a", " | a", "</title><meta property=og:title content='a | a | a'>"),
    "divs": around("<div>", "</div>"),
    "lists": around("<ul><li>", "</ul>"),
    "words in bold type": around("<b>", "</b>"),
    "a list": after("<ol>", "<li>a</li>"),
    "blanks": after("<p>a", " ", "b"),
    "lines": after("<pre>a", "\n", "b</pre>"),
    "attributes": numbered("<b id={}>"),
    **{
        f"a sheet of {unit}": after("<p>a<style>", unit)
        for unit in ("a", "/*", "@", "@{", ",", ".a,", "}", "@a{b{", "<!--")
    },
    **{
        f"a sheet and elements of {unit[:20]}": lambda size, unit=unit, rule=rule: (  # type: ignore[misc]
            f"<style>{rule * (size // len(rule) // 2)}</style>" + unit * (size // len(unit) // 2)
        )
        for rule, unit in (
            (".a .a .a .a>.a{display:none}", "<p class=a>b"),
            (".a .a .a .a>.c{display:none}", "<div class='a c'>"),
            ("[class*=b] [id^=x] *{display:none}", "<b id=x class=ab>c"),
            (".a:not(:is(.b)){display:none}", "<i class=a>b</i>"),
            (":is(.a,.b,.c):where(.d,.e){display:none}", "<p class='a d'>b"),
            ("@media (x){.a{display:none}}", "<p class=a>b"),
            ("p{color:#fff;background:url(", "<p>b"),
            ("p{color:#fff}", "<div><p>b</p>"),
        )
    },
    **{
        f"a sheet of {unit} more": after("<p>a<style>", unit)
        for unit in (
            ".a{",
            ".a{&.b&{",
            "&",
            ".a,.b{.c,.d{",
            ":not(",
            ":is(a,",
            "[a=",
            '"',
            "'a",
            '"\\',
            "\\",
            "a>",
            "*",
            ".a;",
        )
    },
    "rules with others around": lambda size: (
        "<style>" + numbered(".x{} .a{{display:none}}")(size // 2) + "</style>" + "<p class=a>b" * (size // 24)
    ),
    **{
        unit: often(unit)
        for unit in (
            "<suggestion-start name=deletion:a></suggestion-start>b",
            "<suggestion-start name=deletion:a></suggestion-start>b<suggestion-end name=deletion:a></suggestion-end>",
            "<p data-suggestion-start-before=deletion:a data-suggestion-end-after=deletion:a>b</p>",
            "<x-a>b",
            "<x-a>b</x-a>",
            "<p data-track=delete>a",
            "<h1>a</h1><div class=standfirst>a",
            "<h1>a</h1><p class=dek>a</p>",
            "<article>a</article><h1>a</h1><p>b c.</p>",
            "<p><a id=cmnt1>a</a>",
            "<p><a id=cmnt1>a</a></p><p>b</p>",
            "<p style='color:#fff'>a",
            "<div style='color:#fff'>a",
            "<body class=a>",
        )
    },
    "deletions of many names": lambda size: (
        numbered("<suggestion-start name=deletion:{}></suggestion-start>a")(size)
        + numbered("<suggestion-end name=deletion:{}></suggestion-end>")(size)
    ),
    **{f"{unit} alone": after("<p>a", unit) for unit in ("<style>", "<style ", "<style></style>", "<p style='/*'>")},
    "a sheet of one class for many elements": lambda size: (
        f"<style>{'.a{font:x;}' * (size // 20)}</style>" + "<p class=a>b" * (size // 20)
    ),
    "many rules for one name": lambda size: (
        "<style>"
        + "".join(f".a{n}.a{{display:block}}" for n in range(size // 40))
        + "</style>"
        + "<p class=a>b" * (size // 20)
    ),
    "classes of an element": lambda size: f"<p class='{'a ' * (size // 2)}'>b",
    "a long style of many elements": lambda size: (
        f"<style>p{{display:{'x' * (size // 2)}}}</style>" + "<p>b" * (size // 8)
    ),
    "bullets": often("<p>· a</p>"),
    "bullets in lines": after("<p>", "· a<br>"),
    "words by bullets": after("<p>", "· "),
    "attributes, repeated": lambda size: numbered("<b id={}>")(size // 8) + "<p>a" * (size // 8),
    "ends": after("<div>" * 99, "</b>"),
    "links": lambda size: "<p><a href='" + "https://www.google.com/url?q=" * (size // 29) + "'>a</a>",
}
NIGHTS = {
    "lists": after("a = ", "["),
    "tables": after("a = ", "{a = "),
    "parts": then("a.", "a = 1"),
    "quoted parts": then('"a b" . ', "a = 1"),
    "headings": lambda size: "".join(f"[{'.'.join('a' * n)}]\n" for n in range(1, int(size**0.5))),
    "a long number": after("a = ", "9"),
    "a long hexadecimal number": after("a = 0x", "f"),
    "numbers": after("a = [", f"{'9' * 400},", "]"),
    "a long key": then("a", " = 1"),
    "a long quoted key": lambda size: f'"{"a" * size}" = 1',
    "a long name": lambda size: f"[[category]]\nname = '{'a' * size}'",
    "an open string": after('a = "', "b"),
    "open long strings": after('a = """', '"" '),
    "escapes": after('a = "', "\\\\"),
    "comments": often("# a\n"),
    "blank lines": often("\n"),
    "keys": numbered("a{} = 1\n"),
    "keys of a table": lambda size: "[a]\n" + numbered("b{} = 1\n")(size),
    "named tables": numbered("[a{}]\n"),
    "tables in a list": often("[[a]]\n"),
    "tables in tables of a list": often("[[a]]\n[[a.b]]\n"),
    "keys in line": lambda size: "a = {" + ", ".join(f"b{n} = 1" for n in range(size // 10)) + "}",
    "keys with parts": numbered("a.b.c{} = 1\n"),
    "winners": lambda size: (
        "[[category]]\nname = 'a'\nnominees = [{name = 'a'}]\nwinners = [" + "'a', " * (size // 5) + "]"
    ),
    "winners of many": lambda size: (
        "[[category]]\nname = 'a'\nnominees = ["
        + "".join(f"{{name = 'a{n}'}}," for n in range(size // 40))
        + "]\nwinners = ["
        + "".join(f"'a{n}'," for n in range(size // 40))
        + "]"
    ),
    "dates": after("a = [", "2025-03-02T16:00:00Z,", "]"),
    "the same nominee": after("[[category]]\nname = 'a'\nnominees = [", "{name = 'a', film = 'b'}, ", "]"),
    "categories": numbered("[[category]]\nname = 'a{}'\nnominees = [{{name = 'a', film = 'b'}}]\n"),
}
TABLES = {
    **{
        unit: often(unit)
        for unit in (
            ",",
            "\t",
            '"',
            '"\n',
            '",',
            '"a\n',
            "a,b\n",
            "\n",
            "category,",
            "film\n",
            "sep=,\n",
            "{",
            "[{",
            "[[",
            "#\n",
            "=",
        )
    },
    **{
        f"rows of {unit}": after("category,nominee,film,winner\n", unit)
        for unit in ("a,b,c,1\n", ",b,,\n", '"a\nb",', '"\n', ",\n", '"""",', "a\n")
    },
    "categories": lambda size: "category,nominee\n" + numbered("c{},n\n")(size),
    "columns": lambda size: "category,nominee" + ",x" * (size // 2) + "\na,b\n",
    "wide rows": lambda size: "category,nominee" + ",detail" * (size // 16) + "\n" + "a" + ",b" * (size // 4),
    "a long cell": lambda size: 'category,nominee\n"' + "a\n" * (size // 2) + '",b',
    "json": lambda size: "[" + ",".join(['{"category":"a","film":"b"}'] * (size // 28)) + "]",
    "json keys": lambda size: "{" + ",".join(f'"k{n}":["a"]' for n in range(size // 12)) + "}",
    "json lists": lambda size: "[" * size,
    "json objects": lambda size: '{"a":' * (size // 5),
    "a json number": lambda size: "[" + "9" * size + "]",
    "ceremonies": lambda size: (
        "Ceremony\tCategory\tFilm\tName\tWinner\n" + "".join(f"1\tC\tF|F{n}\tN\tTrue\n" for n in range(size // 20))
    ),
}
LINES = {
    **{
        unit: often(unit)
        for unit in (
            "a (b)\n",
            "①a ",
            "１．a\n",
            "（",
            "1. a 2. ",
            "1. a ",
            "best a\n",
            "nominees ",
            "a\n\nName\tFilm\n",
            '"a\tb\n',
            "a（b",
            "(",
            "((\n",
            "[",
            "a – b\n",
            "– ",
            "—",
            "“",
            "“a” from b; ",
            "a, ",
            ",",
            " for ",
            "a as b in c ",
            " as ",
            " in ",
            "*",
            "• ",
            "1. ",
            "★",
            "WINNER ",
            "winner: ",
            "(won)",
            " ",
            "\t",
            "a\tb\n",
            '"',
            "music by ",
            "music,",
            "song, ",
            "lyrics & ",
        )
    },
    "blanks": after("a", " ", "b"),
    "blanks and a dash": after("a", " ", "-"),
    "blanks and a bracket": after("a", " ", "(b)"),
    "one line": often("ab"),
}
NOMINEES = {unit: often(unit) for unit in ("a\n", "a | b\n", "|\n")} | {"different": numbered("n{}\n")}


LINES_OF_TEXT = {
    unit: often(unit)
    for unit in (
        "a\n",
        "a,\n",
        "a\n\n",
        "a\n===\n",
        "- a\n",
        "1. a\n",
        "- a\n b\n",
        "---\n",
        "-",
        "=",
        "- ",
        "• ",
        "\t",
        "\ta\n",
    )
} | {
    "items that go deeper": lambda size: "".join(f"{' ' * 2 * n}- a\n" for n in range(int(size**0.5))),
    "numbers": numbered("{}. a\n"),
    "one wrapped paragraph": after("a\n\n", f"{'a' * 50}\n"),
    "one item": after("- a\n- b\n", "  b\n"),
    "addresses": often("https://a.org/\n"),
    "JSON": after('{"title": ', "["),
    "a long title": after("# ", "*a", "\nb"),
    "a title of many lines": after("", "a\n", "===\nb"),
}


GRAPHEMES = {
    unit: often(unit)
    for unit in (
        "a",
        "\u200d",
        "a\u200d",
        "\u0301",
        "\u0915\u094d",
        "\u094d\u200d",
        "\U0001f1e6",
        "\u1100",
        "\U0001f3fb",
        "あ",
        " ",
    )
}


def _post(text: str) -> None:
    for kept in (render.markdown, render.plain):  # both short texts and the long one are new to them
        kept.cache_clear()
    html = render.markdown(text)
    render.plain(text)
    advice(text)
    feeds.content.__wrapped__(f"<article><div>{html}</div></article>", "https://example.org/")


def _nominees(text: str) -> None:
    known = [Nominee(id=f"n{n}", name=f"n{n}", film="a") for n in range(len(text) // 8)]
    checked_nominees([entry_of(line) for line in text.splitlines() if line.strip()], known)


START = "GET /live/night HTTP/1.1\r\nHost: live.example.org\r\n"
HEADS = {
    **{
        f"{name}: {unit!r}": after(f"{START}{name}:", unit)
        for name in ("Host", "X")
        for unit in (" ", "\t", " a", ":", ".", "[")
    },
    **{
        f"{unit!r}": after(START, unit)
        for unit in ("Host: a\r\n", "a:\r\n", "\r\n", "\r", "\r\n ", "Host:\r\nhost:", "Host: \t\r\n")
    },
    **{f"address, {unit!r}": after("GET http://", unit) for unit in ("a", "a.", "-", ":", "@", "http://", "[", "1:")},
    **{f"line, {unit!r}": after("GET /", unit) for unit in ("a", "%", "H", " HTTP/1.", "?", "//")},
    "a method": often("A"),
    "blanks, then an end": after(f"{START}Host:", "\t ", "x\r\n\r\n"),
}


def _head(text: str) -> None:
    request_head.read(text.encode())
    request_head.fault(text.encode())


def _head_by_byte(text: str) -> None:
    """Each byte of a head comes alone, up to the head's end."""
    data = text.encode().partition(b"\r\n\r\n")[0]
    for seen in range(len(data)):
        request_head.fault(data[: seen + 1], seen)


SLACK = {unit: often(unit) for unit in ("<http://", "<https://a|", "<mailto:", "<@", "<!|", "<#a|b", "&lt;", "<<>")}
AREAS: dict[str, tuple[Callable[[str], object], dict[str, Make]]] = {
    "addresses": (_post, ADDRESSES),
    "posts": (_post, POSTS),
    "plain": (lambda text: parse_article(text, "a.txt"), TEXTS | LINES_OF_TEXT),
    "markdown": (lambda text: parse_article(text, "a.md"), TEXTS | LINES_OF_TEXT),
    "pages": (lambda text: parse_article(text, "a.html"), PAGES),
    "pictures": (lambda text: picture_formats.kind_of(text.encode()), TEXTS | PAGES),
    "nights": (lambda text: parse_night(text, "a.toml"), NIGHTS),
    "tables": (lambda text: parse_night(text, "what was pasted"), TABLES),
    "lines": (read_nominees, LINES),
    "nominees": (_nominees, NOMINEES),
    "excerpts": (lambda text: excerpt(text, len(text) // 2), GRAPHEMES),
    "names": (slugify, GRAPHEMES | ADDRESSES),
    "slack": (from_slack, SLACK),
    "heads": (_head, HEADS),
    "heads byte by byte": (_head_by_byte, HEADS),
}


def _time(work: Callable[[str], object], text: str) -> float:
    begun = thread_time()  # a limit of CPU time makes the process's own clock tick in steps of milliseconds
    with suppress(Refusal):
        work(text)
    return thread_time() - begun


def _growth(work: Callable[[str], object], make: Make) -> float | str:
    """The quickest time counts for both texts: whatever else the machine does only makes a time longer."""
    short = long = float("inf")
    try:
        for _ in range(TRIES):
            short = min(short, *(_time(work, make(SHORT)) for _ in range(2)))
            long = min(long, _time(work, make(LONG)))
            if long / max(short, 0.0005) < ENOUGH:
                break
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]
    return round(long / max(short, 0.0005), 1)


def _measure(area: str) -> None:
    work, cases = AREAS[area]
    _time(work, "warm")
    for name, make in cases.items():
        print(json.dumps([area, name, None]), flush=True)
        print(json.dumps([area, name, _growth(work, make)]), flush=True)


if __name__ == "__main__":
    gc.freeze()  # else a collection looks at everything that was imported, which is more work than a text
    for area in AREAS:
        if child := os.fork():
            os.waitpid(child, 0)
        else:
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            _measure(area)
            break
