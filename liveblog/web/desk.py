"""The desk's pages. They only show and preview; an editor's acts go through the API."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
from flask import render_template, request
from msgspec import Struct
from msgspec.structs import replace

from .. import actions, i18n
from ..characters import CONTROL
from ..checks import one_of
from ..errors import Invalid, NotFound, TooLarge, Unavailable
from ..intake.article import from_clipboard
from ..model import NOW, Blog, Post, PostType
from ..push.backups import Last
from ..store.commits import StoredView
from . import answers, auth, labels, titles
from .advice import advice, untitled
from .render import article
from .site import is_addressed, services
from .texts import Sample, with_pictures
from .writing import body_of, fields_of, invalid, sent

LISTED, FEW = 300, 10
"""Blogs on one page of the list, and how many can be overlooked without a search."""
PASTED = 512 * 1024
"""Most characters of HTML that is pasted: word processors write many kilobytes of styles around one paragraph."""
LONGEST_ADDRESS = 2000
"""Characters of an address whose title is asked for."""

blueprint = answers.blueprint("desk", __name__, "desk", "/desk")


class Clipboard(Struct, forbid_unknown_fields=True):
    """What was copied elsewhere, in the forms that a browser hands on; `html` is empty if there is none."""

    html: str
    text: str


@blueprint.app_template_filter()
def desk_clock(at: str, zone: str, *, seconds: bool = False, named: bool = True) -> str:
    """A time as the desk writes it, like static/js/desk/times.js: `21:04 PST`."""
    form = f"%H:%M{':%S' if seconds else ''}" + ("\N{NO-BREAK SPACE}%Z" if named else "")
    return datetime.fromisoformat(at).astimezone(ZoneInfo(zone)).strftime(form)


@blueprint.get("/")
def blogs() -> str:
    """The list of the blogs that this person works on, newest night first; `q` and `status` select some."""
    who = auth.signed_in()
    query, status, page = request.args.get("q", "").strip(), request.args.get("status", ""), _page()
    mine = [each for each in services().catalogue.summaries() if who.may("contributor", each.blog.id)]
    found = [each for each in mine if status in ("", each.blog.status) and _names(each.blog, query)]
    return render_template(
        "desk/blogs.html",
        who=who,
        blogs=found[(page - 1) * LISTED : page * LISTED],
        count=len(mine),
        found=len(found),
        query=query,
        status=status,
        page=page,
        further=len(found) > page * LISTED,
        few=FEW,
        may_create=who.may("admin"),
        addressed=is_addressed(),
        backup=_failed_backup() if who.may("admin") else None,
    )


def _failed_backup() -> Last | None:
    """The last backup, if its last try failed. While storage is away nothing is known of it."""
    backups = services().backups
    with suppress(Unavailable):
        last = backups.last() if backups is not None else None
        return last if last is not None and last.error else None
    return None


def _page() -> int:
    number = request.args.get("page", "1")
    return int(number) if re.fullmatch(r"[1-9][0-9]{0,3}", number) else 1


def _names(blog: Blog, query: str) -> bool:
    """Whether each word of the query is in the blog's title or address, whatever its accents and capitals."""
    there = _plain(f"{blog.title} {blog.id}")
    return all(word in there for word in _plain(query).split())


def _plain(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))


@blueprint.get("/<slug>")
def desk(slug: str) -> str:
    """The desk's screen for a blog: the board, the composer above the timeline, and the figures."""
    who = auth.require("contributor", slug)
    blog = services().tails.timeline(slug).blog
    return render_template(
        "desk/desk.html",
        who=who,
        blog=blog,
        editor=who.may("editor", slug),
        addressed=is_addressed(),
        labels=labels.for_desk(),
        wrong=i18n.results(blog.language).wrong,
        oembed=services().settings.oembed,
    )


@blueprint.get("/<slug>/session")
def session(slug: str) -> dict[str, str]:
    """What an open page needs after its person has signed in again: the new session's CSRF token and the name."""
    who = auth.require("contributor", slug)
    return {"csrf": who.csrf or "", "name": who.name}


@blueprint.post("/<slug>/preview")
def preview(slug: str) -> dict[str, object]:
    """A preview of a text that is being written: `html`, made by the same partial as the readers' article, and for its
    editor `advice`, sentences, and `untitled`, addresses whose titles can be fetched."""
    auth.require("contributor", slug)
    try:
        sample = msgspec.convert(request.get_json(silent=True), Sample)
    except msgspec.ValidationError as error:
        raise invalid(error, Sample) from None
    except RecursionError:
        raise Invalid("lists within lists, too deep for a text") from None
    fields = with_pictures({name: _clean(name, value) for name, value in fields_of(sample).items()})
    one_of(fields["type"], PostType, "type")
    post = Post(id="preview", published_at=_now(), **fields)
    shown = article(services().tails.timeline(slug), replace(post, key=post.key or post.type == "result"))
    bare = [each for each in untitled(post.body) if titles.site_of(each)] if services().settings.oembed else []
    return {"html": shown, "advice": advice(post.body), "untitled": bare}


class Rehearsal(Struct, forbid_unknown_fields=True):
    """A call that an editor considers: announcing `winners`, or with a `note` recalling in their favour."""

    category: str
    winners: list[str] = []
    note: str | None = None


@blueprint.post("/<slug>/rehearsal")
def rehearsal(slug: str) -> dict[str, str | None]:
    """What a call would publish: `{"html"}`, the result's article, made by the act itself. Nothing is committed.

    `html` is null if the recalled result has no post.
    """
    body = sent(Rehearsal, slug)
    here = services()
    timeline, view = here.tails.timeline(slug), StoredView(here.store, slug, "rehearsal", here.tails.memory(slug))
    words = i18n.results(timeline.blog.language)
    if body.note is None:
        plan = actions.announce(view, slug, body.category, winners=body.winners, words=words)
    else:
        right = body.winners or None
        plan = actions.recall(view, slug, body.category, note=body.note, winners=right, words=words)
    found = [obj for obj in plan.public if isinstance(obj, Post)]
    return {"html": article(timeline, _as_if_published(found[0])) if found else None}


def _as_if_published(post: Post) -> Post:
    """A planned post with the present time where storage would fill in its own. Its id is no post's: it is not kept."""
    stamped = msgspec.json.encode(post).replace(msgspec.json.encode(NOW), msgspec.json.encode(_now()))
    return replace(msgspec.json.decode(stamped, type=Post), id="preview")


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


@blueprint.post("/<slug>/paste")
def paste(slug: str) -> dict[str, str]:
    """What is pasted into a text that is being written, as Markdown: `{"markdown"}`."""
    auth.require("contributor", slug)
    request.max_content_length = 4 * PASTED  # a character may take several bytes
    copied = body_of(Clipboard)
    if len(copied.html) + len(copied.text) > PASTED:
        raise TooLarge(f"what is pasted has more than {PASTED // 1024} KiB of HTML", field="html")
    markdown = services().converting.run(from_clipboard, copied.html, copied.text)
    return {"markdown": CONTROL.sub("", markdown)}


class Untitled(Struct, forbid_unknown_fields=True):
    address: str


@blueprint.post("/<slug>/title")
def title(slug: str) -> dict[str, str]:
    """The address of a video or post as a link with the title that its site gives: `{"markdown"}`."""
    body = sent(Untitled, slug, "contributor")
    if not services().settings.oembed:
        raise NotFound("this server asks no other site for titles")
    return {"markdown": titles.titled(body.address[:LONGEST_ADDRESS])}


def _clean(name: str, value: object) -> object:
    """A string without the characters that an act refuses; None if only blanks are left, except for the body."""
    if not isinstance(value, str):
        return value
    text = CONTROL.sub("", value)
    return text if name == "body" else text.strip() or None
