"""Plain text as people type it: lists, rules, subheadings, verses and addresses."""

from __future__ import annotations

import pytest

from liveblog.intake.article import from_html, from_plain, parse_article


def body(*lines: str) -> str:
    """What a text becomes after a lead, and before an end."""
    return (
        from_plain("\n".join(["A lead.", *lines, "The end."]))
        .body.removeprefix("A lead.\n\n")
        .removesuffix("\n\nThe end.")
    )


@pytest.mark.parametrize(
    ("lines", "markdown"),
    [
        (["- one", "- two"], "- one\n- two"),
        (["* one", "* two"], "- one\n- two"),
        (["-one", "-two"], "- one\n- two"),
        (["• one"], "- one"),
        (["•one", "•two"], "- one\n- two"),
        (["· one", "· two"], "- one\n- two"),
        (["1. one", "2. two"], "1. one\n2. two"),
        (["3) one", "4) two"], "3. one\n4. two"),
        (["(1) one", "(2) two"], "1. one\n2. two"),
        (["- one", "- two", "1. three", "2. four"], "- one\n- two\n\n1. three\n2. four"),
        (["- one", "", "- two"], "- one\n- two"),
        (["- one", "  goes on", "- two"], "- one goes on\n- two"),
        (["- one", "", "   goes on", "- two"], "- one goes on\n- two"),
        (["- one", "  - deep", "    - deeper", "- two"], "- one\n  - deep\n    - deeper\n- two"),
        (["\t• one", "\t\t• deep", "\t• two"], "- one\n  - deep\n- two"),
        (["1. one", "   • deep", "2. two"], "1. one\n   - deep\n2. two"),
        (["- *one*", "- 5. two"], "- \\*one\\*\n- 5\\. two"),
        (["The jury", "- one", "- two"], "## The jury\n\n- one\n- two"),
    ],
)
def test_a_list_is_a_list(lines: list[str], markdown: str) -> None:
    assert body(*lines) == markdown


@pytest.mark.parametrize(
    ("lines", "markdown"),
    [
        (["- one alone"], "\\- one alone"),
        (["* with ties"], "\\* with ties"),
        (["2024. A year", "2025. What a year"], "2024\\. A year\n\n## 2025\\. What a year"),
        (["7. Seven is alone."], "7\\. Seven is alone."),
        (["— Hello.", "— Goodbye."], "— Hello.\n\n— Goodbye."),
        (["-5 degrees", "-6 degrees"], "-5 degrees\n\n-6 degrees"),
        (["1.5 million saw it.", "2.5 did not."], "1.5 million saw it.\n\n2.5 did not."),
    ],
)
def test_what_is_no_list(lines: list[str], markdown: str) -> None:
    assert body(*lines) == markdown


@pytest.mark.parametrize("rule", ["===", "---", "***", "* * *", "_____", "- - -", "~~~", "———", "#####", "⁂"])
def test_a_line_of_signs_is_a_rule(rule: str) -> None:
    assert body("", rule, "") == "* * *"
    assert from_plain(f"{rule}\n\nA text.\n\n{rule}").body == "A text."


def test_an_underlined_line_is_a_title() -> None:
    article = from_plain("Night of nights\n===============\n\nA lead.\n\nThe jury\n--------\nIt argued.\n")
    assert (article.headline, article.body) == ("Night of nights", "A lead.\n\n## The jury\n\nIt argued.")
    assert body("It was a sentence.", "---", "Another.") == "It was a sentence.\n\n* * *\n\nAnother."


VERSES = ["The lights go down", "and someone waits,", "a name is read", "behind the gates."]
CAST = ["Queen – Ada Holm", "Tailor – Ben Ito", "Page – Cleo Marsh"]
HALL = ["The Opera House", "12 Canal Street", "Lisbon"]


@pytest.mark.parametrize("lines", [VERSES, CAST, HALL])
def test_short_lines_in_a_row_are_one_paragraph(lines: list[str]) -> None:
    assert body("", *lines, "") == "\n".join(lines)
    assert "## " not in body(*lines)
    assert "\n".join(lines[:-1]) in body(*lines)
    assert "## " not in body("", *(part for line in lines for part in (line, "")))
    wrapped = "A paragraph that was wrapped at the width of a\nterminal, which is not very wide."
    assert from_plain("\n\n".join([wrapped, "\n".join(lines), wrapped])).body.split("\n\n")[1] == "\n".join(lines)


def test_two_lines_are_a_title_and_its_text_or_stay_together() -> None:
    assert body("", "The jury", "It argued.", "") == "## The jury\n\nIt argued."
    assert body("", "The Opera House", "Lisbon", "") == "The Opera House\nLisbon"
    assert body("", "A first", "", "A second", "") == "A first\n\nA second"


def test_a_title_directly_above_wrapped_lines() -> None:
    text = (
        "A lead.\n\nThe jury\nIt argued for an hour and then for another one, until\nthe doors were opened.\n\nEnd.\n"
    )
    assert from_plain(text).body.split("\n\n")[1:3] == [
        "## The jury",
        "It argued for an hour and then for another one, until the doors were opened.",
    ]


def test_long_lines_are_paragraphs_also_if_some_are_apart() -> None:
    one, two, three = (letter * 40 + " " + letter * 90 + "." for letter in "abc")
    assert from_plain(f"{one}\n{two}\n\n{three}").body == f"{one}\n\n{two}\n\n{three}"


FILM = "https://www.youtube.com/watch?v=a_bcdefghij"


def test_an_address_alone_on_a_line_is_a_card() -> None:
    assert body("", FILM, "") == FILM
    assert body(FILM) == FILM
    assert body("The speech:", FILM) == f"The speech:\n\n{FILM}"
    assert from_html(f"<p>One.</p><h2>{FILM}</h2><p>Two.</p>").body == f"One.\n\n{FILM}\n\nTwo."
    inside = f"All of it can be seen by everybody at this address:\n{FILM}\n\nThe speech\n{FILM}\nIt is short."
    assert from_plain(inside).body == (
        f"All of it can be seen by everybody at this address:\n\n{FILM}\n\nThe speech\n\n{FILM}\n\nIt is short."
    )
    wrapped = f"The whole of it can be seen by everybody who looks at\n{FILM}\nfor a week.\n\n{'a word ' * 7}\nThe end."
    assert from_plain(wrapped).body.startswith(
        f"The whole of it can be seen by everybody who looks at {FILM} for a week."
    )


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_addresses_keep_their_signs(name: str) -> None:
    address = "https://example.org/_a_b*c*d~e~~f_g"
    text = f"See {address} tonight, and snake."
    assert parse_article(f"<p>{text}</p>" if name == "a.html" else text, name).body == text
