"""The readers' pages, rendered from memory: the live page, older pages, each post's own page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jinja2
from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from ..errors import NotFound
from ..model import Post, public, ref
from ..timeline import PAGE, Timeline
from . import answers, labels, metadata, render, spoilers
from .site import address as _address
from .site import services

blueprint = answers.blueprint("reader", __name__, "page")

NIGHTS = 20
"""How many nights one page of the index has."""
PARTS = (
    render.article,
    render.articles,
    render.row,
    render.decision,
    render.moment,
    render.heading,
    render.opening,
    render.whole,
)
"""What the pages' templates call to render a part."""
AROUND = 2
"""How many updates a post's own page shows before and after it."""


@blueprint.record_once
def _prepare(state: Any) -> None:
    env: jinja2.Environment = state.app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    render.fill(env, state.app.config["LANGUAGE"])
    env.globals |= {each.__name__: each for each in PARTS}


def _page(timeline: Timeline, make: Callable[[], str]) -> Response:
    """The page of this address, rendered once per position."""
    return services().responses.answer(timeline, lambda: make().encode(), answers.headers(Content_Type=answers.HTML))


@blueprint.get("/")
@blueprint.get("/pages/<int:n>")
def index(n: int = 1) -> Response:
    """The index: live nights first, then the others, newest first, `NIGHTS` on a page."""
    nights = sorted(services().nights(), key=lambda night: night.blog.status != "live")
    pages = max(1, -(-len(nights) // NIGHTS))
    if not 1 <= n <= pages:
        raise NotFound(f"there is no page {n}")
    nights = nights[(n - 1) * NIGHTS : n * NIGHTS]
    return Response(render_template("reader/index.html", nights=nights, n=n, pages=pages, canonical=_nights(n)))


def _nights(n: int) -> str:
    return _address("reader.index", n=n) if n > 1 else _address("reader.index")


@blueprint.get("/live/<slug>")
def live(slug: str) -> Response:
    timeline = services().public(slug)
    return _page(timeline, lambda: _live_page(timeline))


def _live_page(timeline: Timeline, *, oldest: bool = False) -> str:
    pins = timeline.pins
    posts = [post for post in timeline.live_posts() if post not in pins]
    return render_template(
        "reader/live.html",
        timeline=timeline,
        blog=timeline.blog,
        board=timeline.board(),
        pins=pins,
        posts=posts[::-1] if oldest else posts,
        oldest=oldest,
        updated=timeline.newest,
        moments=timeline.moments,
        cut=timeline.pages * PAGE,
        facts=facts(timeline),
        canonical=_address("reader.live", slug=timeline.blog.id),
        page_head=metadata.live(timeline),
    )


def facts(timeline: Timeline) -> dict[str, Any]:
    """The data that a page's scripts start with."""
    blog = timeline.blog
    categories = [public(each) for each in timeline.categories]
    first = spoilers.first_results(timeline)
    return {
        "blog": public(blog),
        "categories": categories,
        "labels": labels.for_readers(blog.language),
        "first_results": first,
        "reworded": spoilers.reworded(blog, first),
    }


@blueprint.get("/live/<slug>/pages/<int:n>")
def older(slug: str, n: int) -> Response:
    timeline = services().public(slug)
    if not 1 <= n <= timeline.pages:
        raise NotFound(f"there is no page {n}")
    return _page(timeline, lambda: _older_page(timeline, n))


def _older_page(timeline: Timeline, n: int, *, oldest: bool = False) -> str:
    posts = timeline.page(n)
    return render_template(
        "reader/page.html",
        timeline=timeline,
        blog=timeline.blog,
        posts=posts[::-1] if oldest else posts,
        oldest=oldest,
        n=n,
        canonical=_address("reader.older", slug=timeline.blog.id, n=n),
        facts=facts(timeline),
        page_head=metadata.older(timeline, n),
    )


@blueprint.get("/live/<slug>/start/<int:n>")
def start(slug: str, n: int) -> BaseResponse:
    """The night from its start: the older pages, oldest first, and after them the live page; none of them shifts.

    A number beyond leads to the last one: browsers remember a page, and a blog may have been made anew.
    """
    timeline = services().public(slug)
    last = timeline.pages + 1
    if n < 1:
        raise NotFound(f"there is no page {n}")
    if n > last:
        return redirect(url_for("reader.start", slug=slug, n=last))
    if n == last:
        return _page(timeline, lambda: _live_page(timeline, oldest=True))
    return _page(timeline, lambda: _older_page(timeline, n, oldest=True))


@blueprint.get("/live/<slug>/posts/<id>")
def post(slug: str, id: str) -> Response:
    """One post at its own address, with a link to its place in the night."""
    timeline = services().public(slug)
    found = timeline.get(Post, id)
    if found is None:
        raise NotFound(f"there is no post {id}")
    if found.retracted:
        return Response(_post_page(timeline, found), status=410)
    return _page(timeline, lambda: _post_page(timeline, found))


def _post_page(timeline: Timeline, post: Post) -> str:
    slug = timeline.blog.id
    after, before = ([], []) if post.retracted else timeline.around(post, AROUND)
    return render_template(
        "reader/post.html",
        facts=facts(timeline),
        after=after,
        before=before,
        timeline=timeline,
        blog=timeline.blog,
        post=post,
        page=timeline.page_of(post.id),
        canonical=_address("reader.post", slug=slug, id=post.id),
        anchor=ref("post", post.id).replace(":", "-"),
        page_head=None if post.retracted else metadata.post(timeline, post),
    )
