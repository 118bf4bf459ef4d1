"""Articles as word processors save them: authors' comments to each other stay private."""

from __future__ import annotations

import pytest

from liveblog.errors import Invalid
from liveblog.intake.article import from_html, parse_article
from liveblog.web import render

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">
<head><meta charset="utf-8"><!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml>
<![endif]-->
<style>p.MsoNormal {margin:0}</style></head><body lang=EN-US><div class=WordSection1>
<p class=MsoTitle><a name="_Toc1"></a>The long <span class=msoDel><del cite="mailto:Ed" datetime="2031-01-01T10:00">dull
</del></span>evening<o:p></o:p></p>
<p class=MsoNormal>A jury <a style='mso-comment-reference:E_1;mso-comment-date:20310101T1000'>of nine</a><span
class=MsoCommentReference><span style='font-size:8.0pt'><![if !supportAnnotations]><a class=msocomanchor
id="_anchor_1" href="#_msocom_1" name="_msoanchor_1">[E1]</a><![endif]><span style='mso-special-character:comment'>
&nbsp;</span></span></span> <s>deliberated</s> argued<span class=msoIns><ins cite="mailto:Ed"> for an hour</ins></span>.
<span style='display:none;mso-hide:all'>Embargo until nine.</span></p>
<p class=MsoNormal><o:p>&nbsp;</o:p></p>
<h1>What is known<o:p></o:p></h1>
<p class=MsoListParagraphCxSpFirst style='text-indent:-.25in;mso-list:l0 level1 lfo1'><![if !supportLists]><span
style='font-family:Symbol'><span style='mso-list:Ignore'>·<span style='font:7.0pt "Times New Roman"'>&nbsp;&nbsp;&nbsp;
</span></span></span><![endif]>Nine <b>jurors</b><o:p></o:p></p>
<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>o<span>&nbsp;
</span></span>one <del>slept</del> abstained</p>
<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·&nbsp;
</span>One prize</p>
<p class=MsoNormal>In this order:</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.<span>&nbsp;
</span></span>Song</p>
<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>2.<span>&nbsp;
</span></span>Film</p>
</div><div style='mso-element:comment-list'><![if !supportAnnotations]><hr class=msocomoff align=left size=1>
<![endif]><div style='mso-element:comment'><div id="_com_1" class=msocomtxt language=JavaScript><span
style='mso-comment-author:Ed'></span><p class=MsoCommentText>Is it nine? <b>Ask.</b></p></div></div></div></body>
</html>"""

DOCS = """<html><head><style>.c1{color:#000}</style></head><body class="c5 doc-content"><p class="c3 title" id="h.1">
<span class="c1">Before the curtain</span></p><p class="c2"><span>The house opens at </span><span>noon</span><sup><a
href="#cmnt1" id="cmnt_ref1">[a]</a></sup><sup><a href="#cmnt2" id="cmnt_ref2">[b]</a></sup><span>. </span>
<span><a
href="https://www.google.com/url?q=https://example.org/doors?a%3D1%26b%3D2&amp;sa=D">
The doors</a></span><span>, </span><a href="#h.2">below</a></p><h1 id="h.2"><span>Who sings</span></h1><ul class="c4">
<li class="c2"><span>Nobody yet</span></li></ul><div class="c8"><p class="c6"><a href="#cmnt_ref1" id="cmnt1">[a]</a>
<span>Check the hour!</span></p><p class="c6"><span>It was one last year.</span></p></div><div class="c8"><p class="c6">
<a href="#cmnt_ref2" id="cmnt2">[b]</a><span>And the day.</span></p></div></body></html>"""


def test_a_manuscript_of_word() -> None:
    article = from_html(WORD)
    assert article.headline == "The long evening"
    assert article.body.split("\n\n") == [
        "A jury of nine ~~deliberated~~ argued for an hour.",
        "# What is known",
        "- Nine **jurors**\n  - one abstained\n- One prize",
        "In this order:",
        "1. Song\n2. Film",
    ]


def test_a_manuscript_of_google_docs() -> None:
    article = from_html(DOCS)
    assert article.headline == "Before the curtain"
    assert article.body.split("\n\n") == [
        "The house opens at noon. [The doors](https://example.org/doors?a=1&b=2), below",
        "# Who sings",
        "- Nobody yet",
    ]


@pytest.mark.parametrize(
    "private",
    [
        "<del>Not this.</del>",
        "<del datetime='2031-01-01'><p>Not this.</p></del>",
        "<p class='MsoNormal msoDel'>Not this.</p>",
        "<span class=deletion>Not this.</span>",
        "<span class=comment-start id=0>Not this.</span>",
        "<p hidden>Not this.</p>",
        "<section hidden><h1>Not this.</h1></section>",
        "<figure style='DISPLAY : NONE'>Not this.</figure>",
        "<span style='color:red; mso-hide : all'>Not this.</span>",
        "<table style='visibility:hidden'><tr><td>Not this.</table>",
        "<div style='mso-element:comment-list'><p>Not this.</p></div>",
        "<p class=MsoCommentText>Not this.</p>",
        "<p class=MsoCommentSubject><b>Not this.</b></p>",
        "<div id=_com_12>Not this.</div>",
        "<div><p><span></span><a name=cmnt3 href='#cmnt_ref3'>[c]</a> Not this.</p><p>Not this.</p></div>",
        "<!-- Not this. -->",
        "<!--[if mso]><p>Not this.</p><![endif]-->",
        "<xml><w:View>Not this.</w:View></xml>",
        "<o:DocumentProperties><o:Author>Not this.</o:Author></o:DocumentProperties>",
        "<s cite='mailto:ed' datetime='2031-01-01T10:00'>Not this.</s>",
        "<span class=msoMoveFrom>Not this.</span>",
        "<span class='suggestion-delete'>Not this.</span>",
        "<span class='del cts-1'>Not this.</span>",
        "<span class='ice-del ice-cts-1'>Not this.</span>",
        "<span class='TrackChangeDeletion'>Not this.</span>",
        "<div class='docos-docoview-replycontainer'>Not this.</div>",
        "<p class=MsoTocHeading>Not this.</p><p class=MsoToc1><a href='#_Toc1'>Not this. 2</a></p>",
        "<p><span><a href='#_Toc9'>Not this.</a></span><a href='#_Toc9'>  2</a></p>",
        "<p><a href='#h.ab1'>Not this.</a> 3</p>",
        "<div id='Table of Contents1'><p>Not this.</p></div>",
        "<w:instrText>Not this.</w:instrText>",
        "<div style='mso-element:header'><p class=MsoHeader>Not this.</p></div>",
        "<span class=MsoPlaceholderText>Not this.</span>",
        "<span class=visually-hidden>Not this.</span><span class=sr-only>Not this.</span>",
        "<p style='display:/* so */none'>Not this.</p>",
        "<p style='display: none !important; display: block'>Not this.</p>",
        "<table class=properties><tr><th>Owner<td>Not this.</table>",
        "<div id=title-block-header><p class=author>Not this.</p><p class=date>Not this.</p></div>",
        "<dialog>Not this.</dialog>",
        "<w:del><w:deltext>Not this.</w:deltext></w:del>",
        "<p style='content-visibility:hidden'>Not this.</p>",
        "<span style='position:absolute; clip: rect(0 0 0 0)'>Not this.</span>",
        "<style title=blueprint>.n{display:none}</style><span class=n>Not this.</span>",
        "<span class=DeletedText>Not this.</span>",
        "<span class=ck-suggestion-marker-deletion>Not this.</span>",
        "<div class=docos-replyview-body>Not this.</div>",
        "<style>#note, p.x{display:none}</style><span id=Note>Not this.</span>",
        "<span style='visibility: collapse'>Not this.</span>",
        "<span style='font-size:0pt; color:red'>Not this.</span>",
        "<span style='opacity:0'>Not this.</span>",
        "<span style='position:absolute; left:-9999px'>Not this.</span>",
    ],
)
@pytest.mark.parametrize(
    "frame", ["<div><p>A lead.</p>{}<p>An end.</p></div>", "<p>A lead.</p><ul><li>{}</li></ul><p>An end."]
)
def test_private_parts_are_not_published(private: str, frame: str) -> None:
    article = from_html(frame.format(private))
    assert (article.headline, article.body) == (None, "A lead.\n\nAn end.")


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>It was <s>good</s> great", "It was ~~good~~ great"),
        ("<p>It was <strike>good</strike> great", "It was ~~good~~ great"),
        ("<p>It <ins>really</ins> was", "It really was"),
        ("<p>It <s cite='https://example.org/'>was</s>", "It ~~was~~"),
        ("<p>It <span style='display:none;display:inline'>was</span>", "It was"),
        (
            "<p>It was <span style='color:white'>white</span> <b style='font-weight:normal'>light</b>",
            "It was white light",
        ),
        ("<p>• One<p>· Two<p>Three", "- One\n- Two\n\nThree"),
        ("<p>A lead:<br>● One<br>● <b>Two</b>", "A lead:\n\n- One\n- **Two**"),
        ("<p>· · ·", "· · ·"),
        ("<p class=bold>One <span class=italic>two</span>", "**One *two***"),
        ("<p>A <a style='mso-comment-reference:E_1'>remark</a> here", "A remark here"),
        ("<p style='text-align:left;display:block'>Seen", "Seen"),
        ("<p class=comment>A reader wrote", "A reader wrote"),
        ("<p>One<p>&nbsp;<p>Two", "One\n\nTwo"),
        ("<p>One  line\n- and no\n1. list<br>\nbut a break", "One line - and no 1. list  \nbut a break"),
        ("<p class=MsoListParagraph>Only indented", "Only indented"),
        ("<p class=MsoListParagraph>o captain", "o captain"),
        ("<p class=MsoListParagraph>§<span>&nbsp;&nbsp; </span>One", "- One"),
        ("<p class=MsoListParagraph>3.&nbsp;&nbsp; Three<p class=MsoListParagraph>4.&nbsp; Four", "3. Three\n4. Four"),
        ("<p class=MsoListParagraph>b)&nbsp; Bee", "1. Bee"),
        (
            "<p class=MsoListParagraph style='mso-list:l0 level4 lfo1'><span style='mso-list:Ignore'>·</span>Deep",
            "- Deep",
        ),
        ("<p><a href='/about'>About</a> <a href='#top'>top</a> <a href='a.html'>on</a>", "About top on"),
        ("<p><a href='www.example.org/a'>A</a>", "[A](https://www.example.org/a)"),
        ("<p><a href='desk@example.org'>Write</a>", "[Write](mailto:desk@example.org)"),
        (
            "<p><a href='https://www.google.com/url?sa=t&url=http%3A%2F%2Fexample.org%2F'>A</a>",
            "[A](http://example.org/)",
        ),
        (
            "<p><a href='https://www.google.com/url?q=javascript:x()'>A</a>",
            "[A](https://www.google.com/url?q=javascript:x())",
        ),
        (
            "<p><a href='https://www.google.com/search?q=https://a.org'>A</a>",
            "[A](https://www.google.com/search?q=https://a.org)",
        ),
        (
            "<p><a href='https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.org%2F&data=05%7Cme'>A</a>",
            "[A](https://example.org/)",
        ),
    ],
)
def test_parts_for_readers_stay(html: str, markdown: str) -> None:
    assert from_html(html).body == markdown


def test_a_box_whose_parts_have_a_size_of_their_own_is_shown() -> None:
    small, faded = "<div style='font-size:0'><p>The lead.</p></div>", "<div style='opacity:0'><p>It fades in.</p></div>"
    assert from_html(small + faded).body == "The lead.\n\nIt fades in."


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("A<i>B</i>C", "ABC"),
        ("the U<em>S</em>A and R<i>E</i>D", "the USA and RED"),
        ("<b>É<i>B</i>C</b>", "<strong>ÉBC</strong>"),
        ("at <a href='https://example.org/'>A<i>B</i>C</a>", ">ABC</a>"),
        ("10<span style='font-style:italic'>5</span>2", "1052"),
        ("A<b>B</b>C", "A<strong>B</strong>C"),
        ("A<b><i>B</i></b>C", "A<em><strong>B</strong></em>C"),
        ("un<i>frigging</i>believable", "un<em>frigging</em>believable"),
        ("<i>A</i>B, A<i>B</i>", "<em>A</em>B, A<em>B</em>"),
        ("M<i>*</i>A<i>*</i>S*H", "M*A*S*H"),
    ],
)
def test_readers_see_no_stars_for_the_look_of_a_part_of_a_word(html: str, shown: str) -> None:
    assert f"{shown}</p>" in render.markdown(from_html(f"<p>{html}</p>").body)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("in 2025<a href='#fn1' class=footnote-ref><sup>1</sup></a>, too", "in 2025¹, too"),
        ("in 2025<sup><a href='#fn12'>12</a></sup>", "in 2025¹²"),
        ("in 2025<a href='#footnote-3'>3</a>", "in 2025³"),
        ("in 2025<sup><a href='#ftnt1' id=ftnt_ref1>[1]</a></sup>", "in 2025[1]"),
        ("10<sup>6</sup> on 5 m<sup><span>2</span></sup>", "10⁶ on 5 m²"),
        ("10<span style='font-size:60%; vertical-align: super'>-6</span>", "10⁻⁶"),
        ("<style>.c4{vertical-align:super}</style>5 m<span class=c4>2</span>", "5 m²"),
        ("the 98<sup>th</sup> night", "the 98th night"),
        ("see part <a href='#p3'>3</a>", "see part 3"),
        ("The note.<a href='#fnref1' class=footnote-back>↩︎</a>", "The note."),
        ("see <a href='#_Toc9'>below</a>, and go", "see below, and go"),
    ],
)
def test_the_number_of_a_note_is_no_part_of_another_number(html: str, text: str) -> None:
    assert from_html(f"<p>{html}</p>").body == text


def test_lists_of_google_docs_are_in_each_other() -> None:
    html = (
        "<ol class='c1 lst-kix_ab-0 start' start=1><li>One</li></ol><ol class='c1 lst-kix_ab-1 start' start=1>"
        "<li>Inner</li><li>Next</li></ol><ul class='lst-kix_cd-2'><li>Deep</li></ul>"
        "<ol class='lst-kix_ab-0' start=2><li>Two</li></ol><p>Then</p>"
        "<ol class='lst-kix_ab-0' start=3><li>Three</li></ol>"
    )
    assert from_html(html).body == ("1. One\n   1. Inner\n   2. Next\n      - Deep\n2. Two\n\nThen\n\n3. Three")


def test_what_was_private_is_said() -> None:
    html = "<p>A<del>b</del><ins>c</ins></p><p class=MsoCommentText>d</p><p hidden>e</p><img src=f>"
    assert from_html(html).notes == (
        "tracked deletions were left out",
        "comments of the authors were left out",
        "hidden text was left out",
        "pictures were left out; upload them at the desk",
    )
    assert from_html("<p>A</p>").notes == ()


@pytest.mark.parametrize(
    ("html", "headline"),
    [
        ("<p class='c1 title'>Docs</p><h1>Chapter</h1>", "Docs"),
        ("<p class=MsoTitle>&nbsp;</p><p class=MsoTitle>Word<br>twice</p>", "Word twice"),
        ("<h1>Page</h1><p class=title>Box</p>", "Page"),
        ("<h1><del>Old</del> <span hidden>x</span>New</h1>", "New"),
        ("<h1 hidden>Menu</h1><h1>Story</h1>", "Story"),
        ("<h1><del>Old</del></h1>", None),
        ("<p class=subtitle>Below</p>", None),
    ],
)
def test_the_headline_of_a_manuscript(html: str, headline: str | None) -> None:
    article = from_html(f"{html}<p>Text.</p>")
    assert article.headline == headline
    assert "Old" not in article.body


@pytest.mark.parametrize(
    ("sheet", "word"),
    [
        (".a{display:none}", ""),
        ("p.a, span.a {visibility : hidden}", ""),
        ("#b{display:none}", ""),
        ("span.a.c{mso-hide:all}", ""),
        ("span{display:none} .a{display:inline}", "word"),
        (".a{display:inline} span{display:none}", "word"),
        (".a{display:none !important} #b{display:block}", ""),
        ("/* .a{display:none} */", "word"),
        ("<!-- .a{display:none} -->", ""),
        ("@import url(x.css);.a{display:none}", ""),
        ("@media print{.a{display:none}}", "word"),
        ("@media print{.c{color:red}.a{display:none}} .a{font-weight:700}", "**word**"),
        (".a:hover{display:none} .x .a{display:none}", "word"),
        (".a{font:italic 700 1em serif}", "***word***"),
        (".a{font-weight:700} .a{font-weight:400}", "word"),
        (".a{text-decoration:line-through", "~~word~~"),
        ("}.a{text-decoration:underline line-through}", "~~word~~"),
    ],
)
def test_the_looks_of_words_by_style_sheet(sheet: str, word: str) -> None:
    page = f"<html><head><style type='text/css'>{sheet}</style></head><p>One <span class='a c' id=b>word</span>.</html>"
    assert from_html(page).body == f"One {word}."
    printed = f"<style media=print>{sheet}</style><p>One <span class=a>word</span>."
    assert from_html(printed).body == "One word."


FACTS = [
    ('---\ntitle: "Six \\"new\\" chances"\ndate: 2031-03-02\n---\n', 'Six "new" chances'),
    ("---\ntitle: 'It''s on: tonight' # for now\ntags:\n- film\n- night\n---\n", "It's on: tonight"),
    ("---\n# a comment\nlayout: post\ntitle: Six: a chance # each\ntags: [\n  film,\n]\n---\n", "Six: a chance"),
    ("---\ntitle: >-\n  Six\n  chances\nauthor:\n  name: Ada\n---\n", "Six chances"),
    ("---\nTitle: Six chances\n...\n", "Six chances"),
    ("--- \ntitle: Six chances\ndescription: |\n  One.\n\n  Two.\n--- \n", "Six chances"),
    ("---\nlayout: post\n---\n", None),
    ("\n---\ntitle: Six chances\n---\n", "Six chances"),
    ("---yaml\ntitle: Six chances\n---\n", "Six chances"),
    ("---\nCreated by: Ada\ntitle: Six chances\n---\n", "Six chances"),
    ("---\n---\n", None),
    ("---\ntitle: Six chances\nnotes/legal: do not run\n2nd source: Ada\n? k\n---\n", "Six chances"),
    ('---\ntitle: Six chances\nnotes: "first line\nsecond line"\n---\n', "Six chances"),
    ("---\ntitle: Six chances\nnotes: |\n" + "  Not for readers.\n" * 600 + "---\n", "Six chances"),
    ("---\n\"title\": 'Six chances'\n---\n", "Six chances"),
    ('+++\ntitle = "Six chances"\ndate = 2031-03-02T10:00:00Z\n[params]\nfilm = "x"\n+++\n', "Six chances"),
    ("+++\ndraft = false\n+++\n", None),
    ("---toml\ntitle = 'Six chances'\n---\n", "Six chances"),
    ('---\n{"title": "Six chances"}\n---\n', "Six chances"),
    ("---\ntitle: !!str Six chances\n---\n", "Six chances"),
    ("---\ntitle: Six chances\ndraft: no # any more\npublished: true\nstatus: publish\n---\n", "Six chances"),
    ('{\n  "title": "Six chances",\n  "draft": false\n}\n', "Six chances"),
]


@pytest.mark.parametrize("name", ["a.md", "a.txt", "what was pasted"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize(("facts", "title"), FACTS)
def test_front_matter_is_not_published(facts: str, title: str | None, bom: str, name: str) -> None:
    article = parse_article(f"{bom}{facts}\nThe *lead*.\n\nA second.\n", name)
    assert (article.headline, article.body) == (title, "The *lead*.\n\nA second.")


@pytest.mark.parametrize(
    "facts",
    [
        "---\ntitle: Six\ndraft: true\n---\n",
        "---\nTitle: Six\nDraft: 'Yes' # for now\n---\n",
        "---\ntitle: Six\npublished: no\n---\n",
        "---\ntitle: Six\nstatus: draft\n---\n",
        "+++\ndraft = true\n+++\n",
        '+++\ntitle = "Six"\ndraft = "true"\n+++\n',
        '{"title": "Six", "draft": true}\n',
        '{"Title": "Six", "Draft": true}\n',
        '+++\nTitle = "Six"\nDraft = true\n+++\n',
        "---\ntitle: Six\npublish: false\n---\n",
        "---\ntitle: Six\nvisibility: private\n---\n",
        "---\ntitle: Six\ndraft: !!bool true\n---\n",
        "---\ntitle: Six\ndraft: &later yes\n---\n",
        "---\ntitle: Six\nstatus: Unpublished\n---\n",
        "---\ntitle: Six\nstate: draft\n---\n",
        "---toml\ntitle = 'Six'\ndraft = true\n---\n",
        '---json\n{"title": "Six", "draft": true}\n---\n',
        '---\n{"title": "Six",\n"draft": true}\n---\n',
    ],
)
def test_a_draft_is_not_published(facts: str) -> None:
    with pytest.raises(
        Invalid, match=r"a\.md is a draft: its first lines say (draft|publish|published|state|status|visibility): "
    ):
        parse_article(f"{facts}\nThe lead.", "a.md")


def test_front_matter_before_a_title_and_before_html() -> None:
    both = parse_article("---\ntitle: Six chances\n---\n# Six chances\n\nThe lead.", "a.md")
    assert (both.headline, both.body) == ("Six chances", "The lead.")
    other = parse_article("---\ntitle: Six chances\n---\n# The first\n\nThe lead.", "a.md")
    assert (other.headline, other.body) == ("Six chances", "# The first\n\nThe lead.")
    page = parse_article("---\ntitle: Six chances\n---\n<p>The <b>lead</b>.", "a.html")
    assert (page.headline, page.body) == ("Six chances", "The **lead**.")


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nThe lead.\n\n---\n\nThe end.",
        "---\nThe lead.\n---\n\nThe end.",
        "---\nTonight: the film leads.\n---\n\nThe end.",
        "---\nAnora: six\nWicked: ten\n---\n\nThe end.",
        "---\n\ntitle: what a word\n\n---\n\nThe end.",
        "---\ntitle: never closed\n\nThe end.",
        "+++\nNo toml here.\n+++\n\nThe end.",
        "----\ntitle: four\n----\n\nThe end.",
        "The lead.\n\n---\ntitle: late\n---\n\nThe end.",
        "- a\n- b",
    ],
)
def test_a_rule_at_the_beginning_loses_nothing(text: str) -> None:
    assert parse_article(text, "a.md").body == text
    plain = parse_article(text, "a.txt").body
    assert all(word in plain for word in text.replace("-", " ").replace("+", " ").split())


@pytest.mark.parametrize("name", ["a.md", "a.txt"])
@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("<!-- for Ada -->\n\nThe lead.<!-- true? -->\n\nThe end.", "The lead.\n\nThe end."),
        ("The lead.\n\n<!-- one\n\ntwo\n```\nthree -->\nThe end. <!--x--><!--y-->", "The lead.\n\n\nThe end."),
        ("The lead.\n\nThe end. 1 <!-- 2", "The lead.\n\nThe end. 1 <!-- 2"),
    ],
)
def test_comments_of_a_text_are_not_published(text: str, body: str, name: str) -> None:
    shown = parse_article(text, name).body.replace("\\<", "<")
    assert [line.rstrip() for line in shown.split("\n") if line] == [line for line in body.split("\n") if line]


def test_what_looks_like_a_comment_in_code_stays() -> None:
    text = "Write `<!-- a -->` so.\n\n```\n<!-- b -->\n```\n\n~~~~\n~~~\n<!-- c -->\n~~~~"
    assert parse_article(text, "a.md").body == text


def test_a_comment_of_google_docs_without_a_box_has_several_paragraphs() -> None:
    page = (
        "<p class=title>Before the show</p><p>It opens at noon<a href='#cmnt1' id='cmnt_ref1'>[a]</a>.</p>"
        "<p><a href='#cmnt_ref1' id='cmnt1'>[a]</a><span>Check the hour!</span></p><p><span>It was one.</span></p>"
        "<ul><li>Or two.</li></ul>\n<p><a href='#cmnt_ref2' id='cmnt2'>[b]</a>And the day.</p>"
        "<h2>After</h2><p>The end.</p>"
    )
    article = from_html(page)
    assert article.body == "It opens at noon.\n\n## After\n\nThe end."
    assert article.notes == ("comments of the authors were left out",)
