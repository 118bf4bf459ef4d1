"""Which words of a page a browser would not show: by its style sheets, its elements' styles and editors' marks."""

from __future__ import annotations

import pytest

from liveblog.errors import Invalid
from liveblog.intake import hiding, sheets
from liveblog.intake.article import Article, from_clipboard, from_html

LEAD = "The lead of the evening is here for all to read."
NOTE = "<p class='note'>SECRET words</p>"
RULES = "".join(f".x{n}.note{{color:red}}" for n in range(60))
AROUND = [f".x{n} .note{{color:red}}" for n in range(80)]
END = "<suggestion-end name='deletion:e1:u'></suggestion-end>"


def _page(css: str, words: str) -> str:
    head = f"<html class=draft><head><style>{css}</style></head>"
    return f"{head}<body><p>{LEAD}</p>{words}<p>So it ended.</p></body></html>"


def _read(css: str, words: str) -> Article:
    article = from_html(_page(css, words))
    assert LEAD in article.body
    assert "So it ended." in article.body
    return article


HIDDEN = {
    "a deletion with its author": ("", "<p>A <span data-change='deletion:e1:user'>SECRET</span> b.</p>"),
    "a tracked deletion": ("", "<p>A <span data-track='tracked-deletion' data-removed>SECRET</span> b.</p>"),
    "a rule without its end": (".x{color:red} .note{display:none", NOTE),
    "a sheet in CDATA": ("<![CDATA[.note{display:none}]]>", NOTE),
    "with a namespace": ("*|p.note{display:none}", NOTE),
    "by the language": ("[lang=de]{display:none}", "<p lang=de>SECRET</p>"),
    "by what helps read": ("[aria-hidden=true]{display:none}", "<p aria-hidden=true>SECRET</p>"),
    "a rare element": ("kbd{display:none}", "<p>A <kbd>SECRET</kbd> b.</p>"),
    "a hidden set of fields": ("", "<fieldset hidden><p>SECRET</p></fieldset>"),
    "a line without height": ("", "<div style='line-height:0;overflow:hidden'>SECRET</div>"),
    "an old cut": ("", "<p style='position:absolute;clip:rect(1px,1px,1px,1px)'>SECRET</p>"),
    "a letter of a pixel": ("", "<p style='font-size:1px'>SECRET</p>"),
    "hardly there": ("", "<p style='opacity:.01'>SECRET</p>"),
    "a sheet for paper and screens": ("</style><style media='print, screen'>.note{display:none}", NOTE),
    "a value with an escape": (r".note{display:\6e one}", NOTE),
    "within another": (".memo .note{display:none}", f"<div class=memo>{NOTE}</div>"),
    "a child": (".memo>p.note{display:none}", f"<div class=memo>{NOTE}</div>"),
    "an attribute": ("[data-private]{display:none}", "<p data-private>SECRET</p>"),
    "an attribute's value": ('p[data-for="editor"]{display:none}', "<p data-for=editor>SECRET</p>"),
    "a part of a class": ('[class*="note"]{display:none}', "<p class='my-notes'>SECRET</p>"),
    "the beginning of an id": ("[id^=memo-]{visibility:hidden}", "<p id=memo-1>SECRET</p>"),
    "a class as an attribute": ("[class~=note]{display:none}", NOTE),
    "for screens": ("@media screen{.note{display:none}}", NOTE),
    "for all media": ("@media all { .note{display:none} }", NOTE),
    "only for screens": ("@media only screen{.note{display:none}}", NOTE),
    "in a layer": ("@layer base{.note{display:none}}", NOTE),
    "in a layer without a name": ("@layer{ .x{color:red} .note{display:none}}", NOTE),
    "where a property is known": ("@supports (display:grid){.note{display:none}}", NOTE),
    "a nested rule": (".memo{ color:red; .note{display:none} }", f"<div class=memo>{NOTE}</div>"),
    "a nested rule with a sign": (".note{ &.x{display:none} }", "<p class='note x'>SECRET</p>"),
    "after an import": ('@import "a.css"; @charset "utf-8"; .note{display:none}', NOTE),
    "a class of the body": (".draft .note{display:none}", f"<div>{NOTE}</div>"),
    "a class of the page": ("html.draft .note{display:none}", NOTE),
    "all within another": (".memo *{display:none}", f"<div class=memo>{NOTE}</div>"),
    "an element of their own": ("x-note{display:none}", "<x-note>SECRET</x-note>"),
    "an own element, hidden": ("", "<p>A <my-memo hidden>SECRET</my-memo> b.</p>"),
    "Word's element, hidden": ("", "<p>A <o:p style='display:none'>SECRET</o:p> b.</p>"),
    "an escaped name": (".md\\:hidden{display:none}", "<p class='md:hidden'>SECRET</p>"),
    "after a bracket in a string": ('.a{content:"}"} .note{display:none}', NOTE),
    "no height": ("", "<div style='height:0;overflow:hidden'>SECRET</div>"),
    "no height, with a paragraph": ("", "<div style='height:0px; overflow: hidden'><p>SECRET</p></div>"),
    "a height of one": ("", "<div style='position:absolute;width:1px;height:1px;overflow:hidden'>SECRET</div>"),
    "left of the page": ("", "<p style='position:absolute;left:-99em'>SECRET</p>"),
    "left of the window": ("", "<p style='position:absolute;left:-100vw'>SECRET</p>"),
    "a margin": ("", "<p style='margin-left:-9999px'>SECRET</p>"),
    "moved away": ("", "<p style='transform:translateX(-9999px)'>SECRET</p>"),
    "scaled to nothing": ("", "<p style='transform: scale(0)'>SECRET</p>"),
    "cut away": ("", "<p style='clip-path: inset(50%)'>SECRET</p>"),
    "a deletion of CKEditor": (
        "",
        f"<p>One <suggestion-start name='deletion:e1:u'></suggestion-start>SECRET{END} two.</p>",
    ),
    "a deletion over two paragraphs": (
        "",
        f"<p>One <suggestion-start name='deletion:e1:u'></suggestion-start>SECRET</p><p>SECRET{END} two.</p>",
    ),
    "a deleted paragraph": (
        "",
        "<p data-suggestion-start-before='deletion:e1:u' data-suggestion-end-after='deletion:e1:u'>SECRET</p>",
    ),
    "a tracked change": ("", "<p>A <span data-track-change='delete'>SECRET</span> b.</p>"),
    "a kind of change": ("", "<p>A <span data-tracking-type='deletion'>SECRET</span> b.</p>"),
    "a suggestion in JSON": (
        "",
        "<p>A <span data-suggestion='{&quot;type&quot;:&quot;deletion&quot;}'>SECRET</span> b.</p>",
    ),
    "a deleted word": ("", "<p>A <span data-deleted='true'>SECRET</span> b.</p>"),
    "the 61st rule of a class": (RULES + ".note.last{display:none}", "<p class='note last'>SECRET</p>"),
    "the 31st rule of a class within others": (
        "".join(AROUND[:30]) + ".memo .note{display:none}",
        f"<div class=memo>{NOTE}</div>",
    ),
    "one of a list": (":is(.note,.b){display:none}", NOTE),
    "after a quotation mark in a name": (r".it\'s{color:red} .note{display:none} .x{content:'a'}", NOTE),
    "after a string without an end": (".x{content:'a\n} .note{display:none}", NOTE),
}
DOUBTFUL = {
    "a comment in the text": ("", "<p>A <span data-type='comment'>SECRET</span> b.</p>"),
    "a part that fades in": ("", "<div style='opacity:0'><p>SECRET</p></div>"),
    "the colour of an old page": ("", "<p><font color='#ffffff'>SECRET</font></p>"),
    "the class of a note": ("", "<blockquote class=editor-note>SECRET</blockquote>"),
    "by a variable": (":root{--x:none} .note{display:var(--x)}", NOTE),
    "except for a class": (".note:not(.public){display:none}", NOTE),
    "by its place": ("p:nth-child(2){display:none}", NOTE),
    "the first of its kind": ("div p.note:first-of-type{display:none}", f"<div>{NOTE}</div>"),
    "after another": ("p + .note{display:none}", NOTE),
    "on narrow screens": ("@media (max-width:600px){.note{display:none}}", NOTE),
    "white on the page": ("", "<p style='color:#fff'>SECRET</p>"),
    "white on white": ("", "<p style='color:white;background:#FFFFFF'>SECRET</p>"),
    "white by a class": (".note{color:rgb(255,255,255)}", NOTE),
    "black on black": ("", "<p style='color:#000;background-color:black'>SECRET</p>"),
    "without a colour": ("", "<p style='color:transparent'>SECRET</p>"),
    "a box that may grow": ("", "<div style='flex:1;height:0;overflow-x:hidden'>SECRET</div>"),
    "a folded box": ("", "<div style='max-height:0;overflow:hidden'>SECRET</div>"),
    "the 81st rule of a class within others": (
        "".join(AROUND) + ".memo .note{display:none}",
        f"<div class=memo>{NOTE}</div>",
    ),
}
SHOWN = {
    "a box as high as its words": (
        "",
        "<div style='overflow:hidden;height:auto;width:auto;max-height:none'>SECRET</div>",
    ),
    "sizes in words": ("", "<p style='font-size:inherit;opacity:inherit;font:bold'>SECRET</p>"),
    "sizes in tenths": ("", "<p style='font-size:.9em;opacity:0.9;overflow:hidden;height:.5em;width:0.5px'>SECRET</p>"),
    "white on a page's own black": ("body{margin:0;background:#000} .note{color:#fff}", NOTE),
    "white on a page with a picture": ("html,body{background:url(x.png)} .note{color:#fff}", NOTE),
    "what a comment is about": ("", "<p data-comment='' data-comment-count=5>SECRET</p>"),
    "other words of attributes": ("", "<p data-type=delete-button data-edit='deleted scenes'>SECRET</p>"),
    "a status": ("", "<p data-status=removed-duplicates data-track='Delete Me'>SECRET</p>"),
    "a box with its height by a padding": ("", "<div style='overflow:hidden;height:0;padding-bottom:56%'>SECRET</div>"),
    "white in a black cell": ("", "<table bgcolor=black><tr><td><font color=white>SECRET</font></td></tr></table>"),
    "a sheet for paper": ("</style><style media=print>.note{display:none}", NOTE),
    "small letters": ("", "<p style='font-size:11px;opacity:.9;line-height:1.2'>SECRET</p>"),
    "a rare element, shown": ("", "<p>A <kbd>SECRET</kbd> b.</p>"),
    "not within it": (".memo .note{display:none}", NOTE),
    "no child of it": (".memo>.note{display:none}", f"<div class=memo><section>{NOTE}</section></div>"),
    "without scripts": (".no-js .note{display:none}", f"</p></body><body class=no-js>{NOTE}"),
    "on paper": ("@media print{.note{display:none}}", NOTE),
    "on paper, nested": ("@media print{.memo{ .note{display:none}}} ", f"<div class=memo>{NOTE}</div>"),
    "what stands before": (".note::before{display:none}", NOTE),
    "under the mouse": (".note:hover{visibility:hidden}", NOTE),
    "while it moves": ("@keyframes x{from{opacity:0} .note{display:none}}", NOTE),
    "white on black": ("", "<div style='background:#000'><p style='color:#fff'>SECRET</p></div>"),
    "white on a picture": ("", "<div style='background:url(x.png)'><p style='color:#fff'>SECRET</p></div>"),
    "an indent": ("", "<p style='text-indent:-36pt;margin-left:36pt'>SECRET</p>"),
    "a margin": ("", "<p style='margin-left:-50px'>SECRET</p>"),
    "as wide as the window": ("", "<p style='left:50%;margin-left:-50vw;width:100vw;overflow:hidden'>SECRET</p>"),
    "a low box": ("", "<p style='overflow:hidden;height:20px'>SECRET</p>"),
    "no height, and seen": ("", "<p style='height:0'>SECRET</p>"),
    "an insertion": (
        "",
        "<p>One <suggestion-start name='insertion:e1:u'></suggestion-start>SECRET"
        "<suggestion-end name='insertion:e1:u'></suggestion-end> two.</p>",
    ),
    "other attributes": ("", "<p data-type='paragraph' data-status='published' data-mark='deliver'>SECRET</p>"),
    "shown again": (".note{display:none} .memo .note{display:block}", f"<div class=memo>{NOTE}</div>"),
    "another value": ("[data-for=editor]{display:none}", "<p data-for=reader>SECRET</p>"),
    "an element of their own": ("", "<p>A <my-word class=x>SECRET</my-word> b.</p>"),
    "names that the program uses itself": (
        "",
        "<p data-level=x data-sign=y class=MsoListParagraph style='mso-list:l0 level1 lfo1'>SECRET</p>",
    ),
}


@pytest.mark.parametrize("case", HIDDEN)
def test_what_no_reader_would_see_is_left_out_and_the_editor_is_told(case: str) -> None:
    article = _read(*HIDDEN[case])
    assert "SECRET" not in article.body
    assert article.notes


@pytest.mark.parametrize("case", HIDDEN)
def test_it_is_left_out_of_what_is_pasted(case: str) -> None:
    assert "SECRET" not in from_clipboard(_page(*HIDDEN[case]), "")


@pytest.mark.parametrize("case", DOUBTFUL)
def test_what_may_be_hidden_stays_with_a_note_that_quotes_it(case: str) -> None:
    article = _read(*DOUBTFUL[case])
    assert "SECRET" in article.body
    assert any(note.startswith("check “SECRET") for note in article.notes)


@pytest.mark.parametrize("case", SHOWN)
def test_what_readers_see_stays_without_a_note(case: str) -> None:
    article = _read(*SHOWN[case])
    assert "SECRET" in article.body
    assert article.notes == ()


def test_a_page_with_too_many_rules_within_others_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What names an element that stands nowhere around costs no look."""
    monkeypatch.setattr(sheets, "_STEPS", 100)
    words = "<section class=x><div class=y>" + "<div><p class=note>Words.</p></div>" * 100 + "</div></section>"
    assert "Words." in _read("".join(f".z{n} .note{{display:none}}" for n in range(40)), words).body
    with pytest.raises(Invalid, match="too many rules"):
        _read(".y .x .note{display:none}", words)


def test_a_deletion_that_has_no_end_stays() -> None:
    article = _read("", "<p>One <suggestion-start name='deletion:a:b'></suggestion-start>PUBLIC two.</p>")
    assert "PUBLIC" in article.body


@pytest.mark.parametrize(
    ("value", "colour"),
    [
        ("#fff", "ffffff"),
        ("#FFFFFF80".lower(), "ffffff"),
        ("rgb(255,255,255)", "ffffff"),
        ("rgba(0,0,0,0)", ""),
        ("white!important", "ffffff"),
        ("#0000", ""),
        ("transparent", ""),
        ("url(white.png)", None),
        ("var(--x)", None),
        ("windowtext", None),
    ],
)
def test_colours(value: str, colour: str | None) -> None:
    assert hiding.colour(value) == colour
