"""Renders objects for readers: public JSON with the rendered article, from the same partials as the page."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import nh3
from jinja2 import pass_context
from jinja2.runtime import Context
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from .. import i18n
from ..addresses import addresses
from ..excerpts import excerpt
from ..model import Blog, Category, Correction, Object, Post, Venue, public
from ..protocol import Payload
from ..timeline import Timeline, is_moment, recent_results
from . import bidi, labels, markdown_blocks, picture_rows
from .markdown_bounds import bounds
from .markdown_words import words as typed_words

TAGS = {
    *("p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "h3", "h4", "h5", "h6"),
    *("a", "hr", "table", "thead", "tbody", "tr", "th", "td"),
    *markdown_blocks.TAGS,
}
ATTRIBUTES = {"a": {"href", *markdown_blocks.ATTRIBUTES["a"]}, "ol": {"start"}}
ATTRIBUTES |= {tag: {"dir"} for tag in ("p", "li", "h3", "h4", "h5", "h6", "th", "td")}

OPENING = 200
"""Most characters of a post's opening; the page cuts it off where its line ends."""
LONG = 280
"""Characters of a pinned post that may lie open above the updates."""


def assets(name: str) -> Path:
    """A directory of templates or static files: in an installed package, else beside it in the project."""
    package = Path(__file__).parent.parent
    inside = package / "_assets" / name
    return inside if inside.is_dir() else package.parent / name


def _demoted(tokens: list[Token]) -> list[Token]:
    """Let headings begin at h3: h1 is the page's, h2 the post's. Replace a picture by its description, because one on
    another site would be a third-party request."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, max(3, int(token.tag[1]) + (2 if token.tag == 'h1' else 1)))}"
        for child in token.children or []:
            if child.type == "image":
                child.type = "text"
    return tokens


_parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["strikethrough", "table"])
_parser.add_render_rule("table_open", lambda *_: '<div class="scroll">\n<table>\n')
_parser.add_render_rule("table_close", lambda *_: "</table>\n</div>\n")
_parser.disable(["html_block", "html_inline"]).use(addresses).use(bounds).use(typed_words).use(markdown_blocks.forms)


def _directed(tokens: list[Token], base: str) -> list[Token]:
    """Let a paragraph of the other direction say so: a quotation from Arabic in an English text."""
    main = bidi.direction_of(" ".join(map(_said, tokens)), base)
    holder = tokens[0]
    for token in tokens:
        if token.nesting == 1 and not token.hidden:
            holder = token
        elif token.type == "inline" and (found := bidi.direction_of(_said(token), main)) != main:
            holder.attrSet("dir", found)
    return tokens


def _said(token: Token) -> str:
    return " ".join(each.content for each in token.children or [] if each.type in ("text", "code_inline"))


def parsed(text: str, env: dict[str, Any] | None = None) -> list[Token]:
    """A text as markdown-it's tokens; `env` gets what it keeps aside, such as `references`."""
    return _parser.parse(text, {} if env is None else env)


@lru_cache(maxsize=1024)
def markdown(text: str, base: str = "ltr") -> str:
    """Markdown (CommonMark, with tables, strikethrough and bare links) as sanitised HTML; a line break stays one.

    `base` is the direction of the blog, `ltr` or `rtl`.
    """
    tokens = _demoted(parsed(text))
    if tokens and (base == "rtl" or bidi.RIGHT_TO_LEFT.search(text)):
        tokens = _directed(tokens, base)
    html = _parser.renderer.render(tokens, _parser.options, {})
    return nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, allowed_classes=markdown_blocks.CLASSES, link_rel="nofollow noopener"
    )


_CARD = re.compile(
    r'<p class="card[^"]*"><a href="([^"]*)"[^>]*>'
    r'<span class="what">(.*?)</span> <span class="where">(.*?)</span></a></p>'
)


@lru_cache(maxsize=2048)
def plain(text: str) -> str:
    """Markdown as one line of plain text, for descriptions and programs.

    Cards do not count, unless there is nothing else: then it is their titles, or the sites of those without a title.
    """
    shown = markdown(text)
    return _without_tags(_CARD.sub(" ", shown)) or _without_tags(_CARD.sub(_card_words, shown))


def _without_tags(shown: str) -> str:
    spaced = re.sub(r"</(?:p|li|h\d|td|th|tr|pre|blockquote)>|<br ?/?>|<hr ?/?>", " ", shown)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", spaced)).split())


def _card_words(card: re.Match[str]) -> str:
    address, what, where = card.groups()
    return f" {where if what.rstrip('…') in address else what} "


def words(post: Post) -> str:
    """A post's text in a line; of a post with pictures alone, what the first one shows."""
    return plain(post.body) or next((each.caption or each.alt for each in post.media), "")


def gist(post: Post, most: int = 70) -> str:
    """A post's subject, in a line of at most `most` graphemes: its headline, else the beginning of its words."""
    return excerpt(post.headline or words(post), most)


def opening(timeline: Timeline, post: Post) -> str:
    """A post's headline, else its first words; the same rule as static/js/reader/latest.js."""
    blocks = re.split(r"\n\s*\n", post.body.strip())
    first_block = next((block for block in blocks if _CARD.sub("", markdown(block)).strip()), blocks[0])
    return (heading(timeline, post) if post.headline or not first_block else plain(first_block))[:OPENING]


def doubted(timeline: Timeline, post: Post, text: str) -> str:
    """A title or summary of a post, which says so if the post tells a result in doubt; nothing stays nothing.

    The words come first, because whoever shows a title may cut its end off.
    """
    if not text or timeline.doubt(post) is None:
        return text
    return i18n.say(timeline.blog.language, "In doubt: %(what)s", what=text)


def heading(timeline: Timeline, post: Post, *, alone: bool = False) -> str:
    """A post's heading: its headline, else what its pictures show if they are all it has, else the update's time.

    A heading that stands `alone`, away from the page with the night's date, has the date of its time in any case.
    """
    blog = timeline.blog
    when = i18n.when(post.published_at, blog.timezone, blog.language, "" if alone else _near(blog, post))
    shown = gist(post) if not post.body else ""
    return doubted(timeline, post, post.headline or shown or i18n.say(blog.language, "Update, %(time)s", time=when))


def is_long(post: Post) -> bool:
    """Whether a post folds to its headline where it is pinned, so that the first update stays in sight."""
    return post.type == "preview" or bool(post.media) or len(post.body) > LONG


def title_size(title: str) -> str:
    """A class for titles that are too long for the largest type; the same rule as static/js/reader/masthead.js.

    Letters of East Asian scripts count twice.
    """
    units = sum(1 + (letter > "\u2e7f") for letter in title)
    return "longest" if units > 60 else "long" if units > 28 else ""


def _near(blog: Blog, obj: Post | Category) -> str:
    """The time whose day a part about this object takes for granted: the event's, else its own. A preview has none.

    Only the blog and the object itself decide that, because clients keep the part while other objects change.
    """
    own = obj.announced_at if isinstance(obj, Category) else obj.published_at if obj.type != "preview" else ""
    return blog.starts or own or ""


def zone_place(zone: str) -> str:
    """A time zone as a place: `Los Angeles`."""
    return zone.rpartition("/")[2].replace("_", " ")


def where(venue: Venue | None) -> str:
    """A venue in a line: `Dolby Theatre, Los Angeles`; a city that the name has already is not said twice."""
    if venue is None:
        return ""
    return venue.name if not venue.locality or venue.locality in venue.name else f"{venue.name}, {venue.locality}"


def environment() -> jinja2.Environment:
    """The partials' environment; works outside of a request, for pushes."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(assets("templates")), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    fill(env)
    return env


def fill(env: jinja2.Environment, site: str = "en") -> None:
    """Give an environment what the partials use; `site` is the language of pages that belong to no blog."""
    i18n.install(env, site)
    bidi.install(env)

    @pass_context
    def shown(context: Context, text: str) -> Markup:
        return Markup(markdown(text, i18n.direction(str(env.globals["language"](context)))))  # type: ignore[operator]

    env.filters |= {
        "markdown": shown,
        "plain": plain,
        "long": is_long,
        "picture_rows": picture_rows.rows,
        "place": zone_place,
        "size": title_size,
        "where": where,
        "lead": lambda lead, tag: Markup(i18n.lead(tag, lead, _isolated)),
    }
    env.globals |= {"STATES": labels.STATES, "DOUBT": labels.DOUBT, "STATUSES": labels.STATUSES, "NEXT": labels.NEXT}


@lru_cache(maxsize=1)
def _partials() -> jinja2.Environment:
    return environment()


def place(env: jinja2.Environment, prefix: str) -> None:
    """Let a site's pages and all partials name addresses below `prefix`. A process has one site."""
    for each in (env, _partials()):
        each.globals["prefix"] = prefix
    _rendered.clear()


_rendered: dict[tuple[str, str, str, int, str, str, str, str | None], tuple[object, str]] = {}
"""By partial, epoch, object, version, blog, zone, language and start: what it shows of other objects, and the HTML."""

MOST_RENDERED = 50_000
WHOLE = ("_tally_own.html", "_tally.html", "_dateline.html", "_lead.html", "_board_title.html", "_winners_title.html")
"""The partials about the whole night: each makes one element with an id, which takes the place of the one before."""


def _once(partial: str, timeline: Timeline, obj: Post | Category, shown: object = None, **values: Any) -> str:
    """A partial about an object, rendered once per version; `shown` is what it shows of other objects."""
    blog = timeline.blog
    key = (partial, timeline.epoch, obj.id, obj.seq, blog.id, blog.timezone, blog.language, blog.starts)
    found = _rendered.get(key)
    if found is None or found[0] != shown:
        if len(_rendered) >= MOST_RENDERED:
            _rendered.clear()
        found = _rendered[key] = (shown, _render(partial, blog=blog, near=_near(blog, obj), **values))
    return found[1]


def _render(partial: str, **values: Any) -> str:
    return _partials().get_template(partial).render(**values).strip()


def corrected(blog: Blog, correction: Correction) -> str:
    """A correction's words for readers, as plain text."""
    return html.unescape(re.sub(r"<[^>]*>", "", _render("_correction.html", blog=blog, correction=correction)))


def article(timeline: Timeline, post: Post) -> str:
    """The rendered article of a post, once per version."""
    category = timeline.get(Category, post.category) if post.category else None
    name = category.name if category else None
    doubt = timeline.doubt(post)
    values: dict[str, Any] = {"post": post, "category_name": name, "place": timeline.place(post)}
    values |= {"heading": heading(timeline, post), "doubt": doubt}
    if timeline.get(Post, post.id) is None:  # a preview: it has no version yet
        return _render("_post.html", blog=timeline.blog, near=_near(timeline.blog, post), **values)
    return _once("_post.html", timeline, post, (name, doubt), **values)


def articles(timeline: Timeline, posts: Sequence[Post], after: str = "") -> str:
    """The articles of posts in the order of the page, with a divider wherever another day of the event begins.

    The day of the post `after` which they stand needs none, at the top that of the night: the masthead has it.
    """
    blog, parts = timeline.blog, []
    before = after or timeline.night
    for post in posts:
        if not before or i18n.date_of(before, blog.timezone) != i18n.date_of(post.published_at, blog.timezone):
            parts.append(_render("_day.html", blog=blog, at=post.published_at))
        parts.append(article(timeline, post))
        before = post.published_at
    return "\n".join(parts)


def row(timeline: Timeline, category: Category) -> str:
    """The rendered board row of a category, once per version."""
    recent = category.id in recent_results(timeline.categories)
    return _once("_category.html", timeline, category, recent, category=category, recent=recent)


def decision(timeline: Timeline, category: Category) -> str:
    """The rendered line of a category with winners in "Winners so far", once per version."""
    return _once("_decision.html", timeline, category, category=category)


def moment(timeline: Timeline, post: Post) -> str:
    """The rendered item of a key moment in the strip of them, once per version."""
    subject = doubted(timeline, post, gist(post))
    return _once("_moment.html", timeline, post, subject, post=post, subject=subject)


def present(timeline: Timeline, obj: Object) -> dict[str, Any]:
    """An object's public JSON; that of posts and categories includes rendered parts: `html`, `moment`, `decision`."""
    fields = public(obj)
    if isinstance(obj, Post) and not obj.retracted:
        fields["html"] = article(timeline, obj)
        if is_moment(obj):
            fields["moment"] = moment(timeline, obj)
    elif isinstance(obj, Category) and not obj.removed:
        fields["html"] = row(timeline, obj)
        if obj.winners:
            fields["decision"] = decision(timeline, obj)
    return fields


def message(timeline: Timeline, objects: Sequence[Object]) -> Payload:
    """A message's content for these objects: `objects`, their public JSON, and the `tally` if they touch the board.

    The tally follows from the whole night. It is not part of an object, so that a client's objects do not
    depend on how the client got them.
    """
    found: Payload = {"objects": [present(timeline, obj) for obj in objects]}
    if any(isinstance(obj, Blog | Category) for obj in objects):
        found["tally"] = tally(timeline)
    return found


def tally(timeline: Timeline) -> str:
    """The rendered tally, of the night's own film and of the others, and what else follows from the whole night."""
    values = _of_the_night(timeline)
    return "".join(_render(part, **values) for part in WHOLE)


def whole(timeline: Timeline, part: str) -> str:
    """One of the partials about the whole night."""
    return _render(part, **_of_the_night(timeline))


def _of_the_night(timeline: Timeline) -> dict[str, Any]:
    return {"blog": timeline.blog, "board": timeline.board(), "night": timeline.night, "lead": timeline.lead}


def _isolated(name: str) -> str:
    """A name in a sentence: its direction changes nothing around it."""
    return Markup("<bdi>{}</bdi>").format(name)
