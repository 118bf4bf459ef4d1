"""What an object looks like to readers: public JSON with the rendered article, the same partials as the page's."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache
from html import unescape
from pathlib import Path
from typing import Any

import jinja2
import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from ..model import Category, Object, Post, public
from ..timeline import Timeline
from . import forms, words
from .addresses import addresses
from .bounds import bounds
from .words import N_

STATES = {
    "upcoming": N_("Upcoming"),
    "on_stage": N_("On stage now"),
    "announced": N_("Provisional"),
    "confirmed": N_("Confirmed"),
}
STATUSES = {"draft": "Draft", "preview": N_("Before the show"), "live": N_("Live"), "ended": N_("Ended")}
TAGS = {
    *("p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "h3", "h4", "h5", "h6"),
    *("a", "hr", "table", "thead", "tbody", "tr", "th", "td"),
    *forms.TAGS,
}
ATTRIBUTES = {"a": {"href", *forms.ATTRIBUTES["a"]}, "ol": {"start"}}


def assets(name: str) -> Path:
    """A directory of templates or static files: in an installed package, else beside it in the project."""
    package = Path(__file__).parent.parent
    inside = package / "_assets" / name
    return inside if inside.is_dir() else package.parent / name


def _demoted(tokens: list[Token]) -> list[Token]:
    """Headings begin at h3: h1 is the page's, h2 the post's. A picture becomes its description: on another site, it
    would be a third-party request."""
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, max(3, int(token.tag[1]) + (2 if token.tag == 'h1' else 1)))}"
        for child in token.children or []:
            if child.type == "image":
                child.type = "text"
    return tokens


_parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])
_parser.disable(["html_block", "html_inline"]).use(addresses).use(bounds).use(forms.forms)


@lru_cache(maxsize=1024)
def markdown(text: str) -> str:
    """Markdown (CommonMark, with tables, strikethrough and bare links) as sanitised HTML."""
    env: dict[str, Any] = {}
    html = _parser.renderer.render(_demoted(_parser.parse(text, env)), _parser.options, env)
    return nh3.clean(
        html, tags=TAGS, attributes=ATTRIBUTES, allowed_classes=forms.CLASSES, link_rel="nofollow noopener"
    )


@lru_cache(maxsize=2048)
def plain(text: str) -> str:
    """Markdown as one line of bare text, for descriptions and programs."""
    spaced = re.sub(r"</(?:p|li|h\d|td|th|tr|pre|blockquote)>|<br ?/?>|<hr ?/?>", " ", markdown(text))
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", spaced)).split())


def gist(post: Post, most: int = 70) -> str:
    """What a post is about, in a line of at most `most` characters: its headline, else how its text begins."""
    text = post.headline or " ".join(unescape(re.sub(r"<[^>]*>", " ", markdown(post.body))).split())
    return text if len(text) <= most else text[: most + 1].rpartition(" ")[0].rstrip(" ,.;:–-") + "…"


def zone_place(zone: str) -> str:
    """A time zone as a place: `Los Angeles`."""
    return zone.rpartition("/")[2].replace("_", " ")


def environment() -> jinja2.Environment:
    """The partials' environment; works outside of a request, for pushes."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(assets("templates")), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    fill(env)
    return env


def fill(env: jinja2.Environment, site: str = "en") -> None:
    """Give an environment what the partials use; `site` is the language of pages that are no blog's."""
    words.install(env, site)
    env.filters |= {"markdown": lambda text: Markup(markdown(text))}
    env.filters |= {"gist": gist, "place": zone_place}
    env.globals |= {"STATES": STATES, "STATUSES": STATUSES}


@lru_cache(maxsize=1)
def _partials() -> jinja2.Environment:
    return environment()


_rendered: dict[tuple[str, str, int, str, str, str], tuple[str | None, str]] = {}
"""By epoch, object, version, blog, zone and language: the category's name it was rendered with, and the HTML."""

MOST_RENDERED = 50_000


def _cached(timeline: Timeline, obj: Post | Category, name: str | None, make: Callable[[], str]) -> str:
    key = (timeline.epoch, obj.id, obj.seq, timeline.blog.id, timeline.blog.timezone, timeline.blog.language)
    found = _rendered.get(key)
    if found is None or found[0] != name:
        if len(_rendered) >= MOST_RENDERED:
            _rendered.clear()
        found = _rendered[key] = (name, make())
    return found[1]


def _render(partial: str, **values: Any) -> str:
    return _partials().get_template(partial).render(**values).strip()


def article(timeline: Timeline, post: Post) -> str:
    """The rendered article of a post, once per version."""
    category = timeline.get(Category, post.category) if post.category else None
    name = category.name if category else None

    def make() -> str:
        blog, number = timeline.blog, timeline.place(post)
        return _render("_post.html", post=post, blog=blog, category_name=name, place=number)

    return _cached(timeline, post, name, make) if timeline.get(Post, post.id) else make()


def row(timeline: Timeline, category: Category) -> str:
    """The rendered board row of a category, once per version."""
    blog = timeline.blog
    return _cached(timeline, category, None, lambda: _render("_category.html", category=category, blog=blog))


def present(timeline: Timeline, obj: Object) -> dict[str, Any]:
    """The public JSON of an object; posts and categories with their `html`."""
    fields = public(obj)
    if isinstance(obj, Post) and not obj.retracted:
        fields["html"] = article(timeline, obj)
    elif isinstance(obj, Category) and not obj.removed:
        fields["html"] = row(timeline, obj)
    return fields
