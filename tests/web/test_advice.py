"""What the desk says of a text that is being written."""

from __future__ import annotations

import pytest

from liveblog.web.advice import advice

NONE = "is no web address."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("See [the list](about.html)", [f"“the list” is no link: “about.html” {NONE}"]),
        (
            "See [the list](#top) and [more](/more)",
            [f"“the list” is no link: “#top” {NONE}", f"“more” is no link: “/more” {NONE}"],
        ),
        ("See [the list](htps://example.org)", [f"“the list” is no link: “htps://example.org” {NONE}"]),
        ("[a](https://example.org/a b)", ["“a” is no link: what follows it in brackets is no web address."]),
        ("[a](javascript:alert(1))", ["“a” is no link: what follows it in brackets is no web address."]),
        ("At oscars.org, they say", ["“oscars.org” is no link: write https:// or www. before it."]),
        ("The list.\n\n[Source]: https://example.org/a", ["“Source” is not shown: no link uses this name."]),
        ("# One\n\n- two\n\n> three", ["Readers see a heading; a list; a quotation."]),
        ("    four blanks", ["Readers see code, because a line begins with four blanks."]),
        ("_snake_case_ and **b** and *c*", ["Readers see “snake_case”, “c” in italics; “b” in bold."]),
        ("https://youtu.be/dQw4w9WgXcQ", ["Readers see a card."]),
        ("1. a\n2. b\n\n---\n\n|a|b|\n|-|-|\n|c|d|", ["Readers see a numbered list; a line across; a table."]),
    ],
)
def test_it_names_links_that_are_none_and_what_markdown_makes(text: str, said: list[str]) -> None:
    assert advice(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "will.i.am sang. She won.It was late; notes.md, M*A*S*H, 10*5*2",
        "2025. What a year",
        "desk@oscars.org, www.oscars.org, https://oscars.org and oscars.org/nominees",
        "In [the list](www.example.org), [a note] and [b][c]\nand a second line",
        "In [the list][1].\n\n[1]: www.example.org",
        "",
    ],
)
def test_it_has_nothing_to_say_of_what_comes_out_as_typed(text: str) -> None:
    assert not advice(text)


def test_it_is_short() -> None:
    said = advice("\n\n".join(f"[{'long ' * 40}{n}](#{n})" for n in range(40)) + " *a*" * 40)
    assert len(said) == 4
    assert all(len(each) < 160 for each in said)
