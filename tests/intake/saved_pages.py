"""Saved pages as newspapers, agencies and blogs make them: the same story amid what such pages have around it.

The words are invented. Each page follows the structure of a kind of site: where the headline stands, what the text is
in, and what else is on the page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

HEADLINES = {
    "en": "The tailor of Lisbon sews for a queen",
    "fr": "Le tailleur de Lisbonne coud pour une reine",
    "es": "El sastre de Lisboa cose para una reina",
    "ja": "リスボンの仕立屋、女王のために縫う",
    "ar": "خياط لشبونة يخيط لملكة",
}
SENTENCES = {
    "en": "The tailor measured the cloth for the {n}th time, and the whole street waited for a word about the coat.",
    "fr": "Le tailleur mesura l’étoffe pour la {n}e fois, et toute la rue attendait un mot sur le manteau.",
    "es": "El sastre midió la tela por {n}.ª vez, y toda la calle esperaba una palabra sobre el abrigo.",
    "ja": "仕立屋は{n}回目に布を測り、通りの人々はみな上着についての一言を待っていた。",
    "ar": "قاس الخياط القماش للمرة {n}، وكان الشارع كله ينتظر كلمة عن المعطف.",
}
MORE = {"en": "Read more", "fr": "Lire aussi", "es": "Lea también", "ja": "関連記事", "ar": "اقرأ أيضا"}


class Saved(NamedTuple):
    """A saved page, its headline, the sentences of its story, and words that belong to everything else."""

    html: str
    headline: str
    story: list[str]
    junk: list[str]


class Site(NamedTuple):
    """Where the headline stands (`h1`), what holds the text, and what is around and inside it."""

    h1: str
    body: str
    around: str = ""
    inside: str = ""
    language: str = "en"


SITES = {
    "broadsheet": Site(
        "article", "article", "nav teasers most-read footer cookie", "byline figure share newsletter more"
    ),
    "broadsheet, French": Site("article", "article", "nav footer", "byline figure more-list tags", "fr"),
    "broadsheet, Spanish": Site("article", "article", "nav teasers footer", "figure more share author", "es"),
    "broadsheet, Japanese": Site("header", "div.article-body", "nav most-read footer", "byline figure more", "ja"),
    "broadcaster": Site("main", "main", "nav footer cookie", "byline figure more-list topics"),
    "broadcaster, Arabic": Site("main", "div.article__body", "nav footer", "figure more newsletter", "ar"),
    "agency": Site("div", "div.RichTextStoryBody story-body", "nav footer", "byline figure ads more"),
    "trade paper": Site(
        "article", "div.entry-content", "nav teasers most-read footer", "byline figure ads more related"
    ),
    "trade paper, long": Site(
        "article", "article", "nav footer", "byline figure ads more related comments share gallery"
    ),
    "magazine": Site("header", "article", "nav footer", "byline figure newsletter"),
    "classic blog": Site("article", "div.entry-content", "sidebar comments footer", "share related"),
    "block blog": Site("main", "div.entry-content wp-block-post-content", "comments footer", "figure cta"),
    "newsletter": Site("article", "div.available-content", "comments footer", "subscribe share figure"),
    "ghost": Site("article", "section.gh-content", "footer", "figure cta kicker"),
    "medium": Site("article", "article", "nav footer", "byline figure share clap"),
    "site name in h1": Site("site", "article", "nav teasers footer", "byline figure"),
    "site name in h1, no other": Site("site only", "div.article-body", "nav footer", "figure more"),
    "no h1": Site("none", "article", "nav footer", "byline share"),
    "old tables": Site("div", "td", "nav footer", "more"),
    "old divs": Site("div", "div.content", "nav sidebar footer", "share more"),
    "role main": Site("div", "div.post-body", "nav sidebar footer cookie", "ads more"),
    "liveblog entry": Site("article", "article", "teasers footer", "share timestamp"),
    "paywall": Site("article", "div.story-body", "nav footer", "paywall newsletter ads"),
    "many teasers": Site("article", "article", "teasers teasers teasers most-read footer", "figure"),
    "recipe site": Site("article", "article", "nav sidebar footer", "jump rating figure"),
    "local paper": Site(
        "header", "div.asset-body article-body", "nav most-read footer cookie", "ads ads newsletter more"
    ),
    "tabloid": Site(
        "article", "div.article-body", "nav teasers most-read footer", "share figure more more-list video poll"
    ),
    "wire, short": Site("article", "article", "footer", "byline"),
    "university": Site("main", "main", "nav sidebar footer", "tags figure"),
    "press release": Site("main", "div.main-content", "nav footer", "share contact"),
    "academy": Site("header", "main", "nav footer cookie", "figure related"),
    "aggregator": Site("article", "article", "nav teasers footer", "more more-list ads"),
}


def saved(name: str) -> Saved:
    """The saved page of a site."""
    site, count = SITES[name], 0
    junk: list[str] = []

    def other(about: str) -> str:
        nonlocal count
        count += 1
        junk.append(f"zq{count}{about}")
        return junk[-1]

    story = [SENTENCES[site.language].format(n=n) for n in range(1, 25)]
    parts = {each: _part(each, other, site.language) for each in [*site.around.split(), *site.inside.split()]}
    inside = [_part(each, other, site.language) for each in site.inside.split()]
    blocks = [f"<p>{one} {two}</p>" for one, two in zip(story[::2], story[1::2], strict=True)]
    blocks[4] = f"<h2>{story[8]}</h2><p>{story[9]}</p>"
    blocks[6] = f"<blockquote><p>{story[12]}</p></blockquote><p>{story[13]}</p>"
    blocks[8] = f"<ul><li>{story[16]}</li><li>{story[17]}</li></ul>"
    blocks[10] = f"<table><tr><th>{story[20]}</th><th>No.</th></tr><tr><td>{story[21]}</td><td>6</td></tr></table>"
    for at, each in enumerate(inside):
        blocks.insert(1 + (at * 3) % len(blocks), each)
    headline = HEADLINES[site.language]
    h1 = "" if site.h1 in ("none", "site", "site only") else f"<h1>{headline}</h1>"
    tag, _, classes = site.body.partition(".")
    text = "".join(blocks)
    if tag == "td":
        text = f"<table><tr><td>{other('cell')}</td><td>{h1}{text}</td></tr></table>"
    elif tag == "article":
        text = f"<article>{h1 if site.h1 == 'article' else ''}{text}</article>"
    elif tag == "main":
        text = f"<main>{h1 if site.h1 == 'main' else ''}{text}</main>"
    else:
        outer = "article" if site.h1 == "article" else "main" if site.h1 == "main" else "div"
        text = f'<{outer}>{h1 if outer != "div" else ""}<{tag} class="{classes}">{text}</{tag}></{outer}>'
    top = "<h1>The Daily Thread</h1>" if site.h1.startswith("site") else ""
    if site.h1 == "site":
        text = text.replace("<article>", f"<article><h2>{headline}</h2>", 1)
    if site.h1 in ("header", "div") and tag != "td":
        text = f"<{site.h1}>{h1}</{site.h1}>{text}"
    around = [parts[each] for each in site.around.split()]
    above = [what in ("nav", "teasers", "cookie") for what in site.around.split()]
    before = "".join(each for each, is_above in zip(around, above, strict=True) if is_above)
    after = "".join(each for each, is_above in zip(around, above, strict=True) if not is_above)
    head = (
        f'<meta charset="utf-8"><title>{headline} | The Daily Thread</title>'
        f'<meta property="og:title" content="{headline}"><meta property="og:site_name" content="The Daily Thread">'
    )
    page = (
        f'<!doctype html><html lang="{site.language}"><head>{head}</head><body>{top}{before}{text}{after}</body></html>'
    )
    return Saved(page, headline, story, [word for word in junk if word in page])


def _part(what: str, other: Callable[[str], str], language: str) -> str:
    """A part of a page that is no story; `other` makes a word that stands nowhere else."""
    word = other(what)
    links = "".join(f'<li><a href="/x{n}">{word} {SENTENCES[language].format(n=90 + n)}</a></li>' for n in range(4))
    return {
        "nav": f"<nav><ul>{links}</ul></nav>",
        "teasers": "".join(
            f"<article><h2><a href='/t'>{word}</a></h2><p>{word} in short.</p></article>" for _ in range(3)
        ),
        "most-read": f'<section class="most-read"><h2>{word}</h2><ol>{links}</ol></section>',
        "footer": f"<footer><p>{word} © The Daily Thread. All rights reserved.</p><ul>{links}</ul></footer>",
        "cookie": (
            f'<div id="cookie-banner" role="dialog"><p>'
            f"{word} We use cookies to measure how our pages are read.</p></div>"
        ),
        "sidebar": f'<aside class="sidebar"><h3>{word}</h3><ul>{links}</ul></aside>',
        "comments": (
            f'<div id="comments" class="comments-area"><h2>{word} 14 comments</h2><ol><li><p>'
            f"{word} What a coat!</p></li></ol></div>"
        ),
        "byline": f'<div class="byline">By <a href="/a">{word}</a>, <time>2 March</time></div>',
        "author": f'<div class="author-box"><p>{word} writes about cloth and kings.</p></div>',
        "figure": (
            f'<figure><img src="a.jpg" alt="{word}"><figcaption>{word} in the shop. <span class="credit">'
            f"{word}/Thread</span></figcaption></figure>"
        ),
        "gallery": (
            f'<div class="gallery"><figure><img src="b.jpg" alt=""><figcaption>{word} one of nine</figcaption>'
            f"</figure></div>"
        ),
        "share": (
            f'<div class="social-share"><span>{word}</span><ul><li><a href="//s">{word}</a></li><li><a href="//m">'
            f"Mail</a></li></ul></div>"
        ),
        "newsletter": (
            f'<div class="newsletter-signup"><h3>{word}</h3><p>{word} Get the thread of the week by mail.</p></div>'
        ),
        "subscribe": f'<div class="subscribe-widget"><p>{word} Type your address to subscribe.</p></div>',
        "more": f'<p><strong>{MORE[language]}:</strong> <a href="/more">{word}</a></p>',
        "more-list": f'<div class="related-stories"><h3>{word}</h3><ul>{links}</ul></div>',
        "related": f'<aside class="related"><ul>{links}</ul></aside>',
        "ads": f'<div class="ad-container"><p>{word}</p></div>',
        "tags": f'<ul class="tags">{links}</ul>',
        "topics": f'<section class="topics"><ul>{links}</ul></section>',
        "cta": f'<div class="kg-card cta"><p>{word} Become a member.</p></div>',
        "kicker": f'<p class="kicker">{word}</p>',
        "clap": f'<div role="toolbar"><button>{word}</button></div>',
        "timestamp": f'<p class="timestamp">{word}</p>',
        "paywall": f'<div class="paywall"><p>{word} You have read three articles this month.</p></div>',
        "jump": f'<div class="jump-link"><a href="#r">{word}</a></div>',
        "rating": f'<div class="rating">{word} 4.5 of 5</div>',
        "video": f'<div class="video-promo"><p>{word}</p></div>',
        "poll": f"<form><p>{word}</p><button>{word}</button></form>",
        "contact": f"<footer><p>{word} Press office</p></footer>",
    }[what]
