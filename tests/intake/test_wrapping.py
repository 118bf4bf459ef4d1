"""Hard-wrapped Markdown: its lines are joined, and nothing else changes."""

from __future__ import annotations

import pytest

from liveblog.intake.wrapping import unwrapped

LONG = "A line of an article that was wrapped at the width of a terminal"
PARAGRAPH = f"{LONG}\nand goes on here."


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        (PARAGRAPH, f"{LONG} and goes on here."),
        (f"{LONG}\n{LONG}\nend", f"{LONG} {LONG} end"),
        (f"- {LONG}\n  and on\n- two", f"- {LONG} and on\n- two"),
        (f"> {LONG}\n> and on\n> — Ana", f"> {LONG} and on\n> — Ana"),
        (f"{LONG}\nand a break that is meant  \nthen more", f"{LONG} and a break that is meant  \nthen more"),
    ],
)
def test_the_lines_of_a_paragraph_are_joined(text: str, joined: str) -> None:
    assert unwrapped(text) == joined


@pytest.mark.parametrize(
    "text",
    [
        "Roses are red\nviolets are blue",
        f"{LONG}\n\nAnother paragraph",
        f"# {LONG}\nText",
        f"{LONG}\n---\nText",
        f"{LONG}\n- a list",
        f"{LONG}  \nafter a hard break",
        f"{LONG}\\\nafter a hard break",
        f"```\n{LONG}\n{LONG}\n```",
        f"    {LONG}\n    {LONG}",
        f"| {LONG} | b |\n|---|---|\n| {LONG} | d |",
        f"{LONG} | b\n--- | ---\n{LONG} | d",
        f"> {LONG}\noutside",
        f"[1]: https://example.org/a-long-address-of-a-page\n{LONG}",
        f"{LONG}\nhttps://www.youtube.com/watch?v=dQw4w9WgXcQ",
        f"https://www.youtube.com/watch?v=dQw4w9WgXcQ\n{LONG}",
        f"{LONG}\n[All nominees](https://example.org/nominees)",
    ],
)
def test_what_is_no_wrapped_paragraph_stays(text: str) -> None:
    assert unwrapped(text) == text


def test_text_after_a_fence_is_joined_again() -> None:
    assert unwrapped(f"~~~\n{PARAGRAPH}\n~~~\n{PARAGRAPH}") == f"~~~\n{PARAGRAPH}\n~~~\n{LONG} and goes on here."
