"""Sets a night up in the browser: a new blog, its running order and nominees, its preview, its status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypedDict
from zoneinfo import ZoneInfo

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from .. import actions
from ..actions import Plan, View
from ..checks import SLUG, FreeIds, NewNominee, checked_fields, checked_local, slugify
from ..errors import Invalid, NotFound, Refusal, Stale, Unavailable
from ..intake.article import ARTICLE, Article, decode_article, parse_article
from ..intake.encodings import Decoded
from ..intake.lines import line_of
from ..intake.night import NIGHT, Night, decode_night, read_text
from ..intake.nominees import Reading
from ..intake.nominees import read as read_nominees
from ..model import Blog, Category, Draft, Nominee, Object, Venue
from . import answers, auth
from .advice import advice
from .site import services
from .writing import check_unused

blueprint = answers.blueprint("setup", __name__, "desk", "/desk")

Form = Mapping[str, str]

LARGEST_FORM = 50 * 1024 * 1024
"""Bytes of a form: nginx lets no more through. Its files may have less; their refusal keeps what was typed."""
LARGEST_TYPED = 16 * 1024 * 1024
"""Bytes of its fields without the files, which are on disk."""
DONE = {
    "facts": "Saved.",
    "status": "Done.",
    "category": "Saved.",
    "add": "Added.",
    "remove": "Removed.",
    "import": "The categories are on the board.",
    "preview": "The preview is pinned.",
    "up": "Moved up.",
    "down": "Moved down.",
}


@blueprint.before_request
def _room_for_files() -> None:
    request.max_content_length, request.max_form_memory_size = LARGEST_FORM, LARGEST_TYPED


def _perform(slug: str, act: Callable[[View], Plan], *, note: str, match: tuple[str, int] | None = None) -> None:
    who = auth.signed_in()
    commit = services().store.perform(slug, act, by=who.name, if_match=match, note={"act": note})
    services().tails.reach(slug, commit.seq)


# -- files


def _file(field: str) -> tuple[Decoded, str] | None:
    """The text and the name of an uploaded file, or of the text that was pasted into the field of that name."""
    decode, limit = (decode_night, NIGHT) if field == "night" else (decode_article, ARTICLE)
    sent = request.files.get(field)
    if sent is not None and sent.filename:
        sent.stream.seek(0)
        return decode(sent.stream.read(limit + 1), sent.filename), sent.filename
    pasted = request.form.get(f"{field}_text", "")
    name = request.form.get(f"{field}_name", "") or "what was pasted"
    return (decode(pasted.encode(errors="replace"), name), name) if pasted.strip() else None


def _kept() -> dict[str, str]:
    """The form as it was sent, with the texts of its files: a browser forgets the files, and texts can be corrected."""
    form = request.form.to_dict()
    for field in ("night", "preview"):
        with suppress(Refusal):  # only a text can be shown
            found = _file(field)
            if found is not None:
                form[f"{field}_text"], form[f"{field}_name"] = found[0].text, found[1]
    return form


def _article() -> Article | None:
    found = _file("preview")
    return services().converting.run(parse_article, found[0].text, found[1], found[0].notes) if found else None


def _look(*, needed: bool = False) -> dict[str, object]:
    """What was made of the article that was sent, for the page that shows it. Raises `Invalid` if one is needed."""
    article = _article()
    if article is None and needed:
        raise Invalid("choose an article, or paste its text", field="preview")
    if article is not None:
        checked_fields({"headline": article.headline, "body": article.body})  # refuses now what would be refused then
    return {"imported": article, "advice": advice(article.body)} if article else {}


# -- a new blog


@blueprint.get("/new")
def new() -> str:
    auth.require("admin")
    return _new_page({})


def _new_page(form: Form, **told: object) -> str:
    who = auth.signed_in()
    return render_template("desk/new.html", who=who, form=form, blogs=_blogs(), **told)


def _blogs() -> list[Blog]:
    found = (services().store.blog(slug) for slug in services().store.summaries.slugs())
    return [blog for blog in found if blog is not None]


@blueprint.post("/new")
def create() -> BaseResponse | str | tuple[str, int]:
    """Make a blog from the form; with `look`, only show what would be made."""
    auth.require("admin")
    form = _kept()
    try:
        wanted = _wanted(form)
        if form.get("look"):
            actions.create_blog(_Nothing(wanted["slug"]), **wanted)  # refuses now what would be refused then
            file = _file("night")
            return _new_page(form, plan=wanted, night=read_text(*file) if file else None, **_look())
        _perform(wanted["slug"], lambda view: actions.create_blog(view, **wanted), note="create_blog")
    except Unavailable:
        raise
    except Refusal as no:
        return _new_page(form, problem=no), no.status
    return redirect(url_for("setup.setup", slug=wanted["slug"], done="add"), 303)


class _Nothing:
    """A view of the state before a blog is made: empty, except for a blog that has the slug already."""

    def __init__(self, slug: str) -> None:
        self._blog = services().store.blog(slug) if SLUG.fullmatch(slug) else None

    def get(self, kind: str, id: str) -> Object | None:
        return self._blog if kind == "blog" else None

    def drafts(self) -> list[Draft]:
        return []

    def new_id(self, kind: str) -> str:
        return kind


class NewBlog(TypedDict):
    """The arguments of `create_blog`."""

    slug: str
    title: str
    summary: str
    status: str
    timezone: str
    language: str
    film: str | None
    starts: str | None
    venue: Venue | None
    categories: Sequence[Category]
    preview: tuple[str, str] | None


def _wanted(form: Form) -> NewBlog:
    file = _file("night")
    night = read_text(*file) if file else None
    source = _source(form.get("source", ""))
    copied = _copied(source.id, nominees=bool(form.get("nominees"))) if source and not night else []
    article = _article()
    title = form.get("title", "").strip() or (night.title if night and night.title else "")
    timezone = (
        form.get("timezone", "").strip() or (night.timezone if night else "") or (source.timezone if source else "UTC")
    )
    return {
        "slug": form.get("slug", "").strip() or _slug(title),
        "title": title,
        "summary": form.get("summary", ""),
        "status": "draft" if form.get("hidden") else "preview",
        "timezone": timezone,
        "language": form.get("language", "").strip() or (source.language if source else "en"),
        "film": form.get("film", "").strip() or (night.film if night else None),
        "starts": checked_local(form.get("starts", ""), timezone, "starts") or (night.starts if night else None),
        "venue": _venue(form) or (night.venue if night else None),
        "categories": night.categories if night else copied,
        "preview": (article.headline or title, article.body) if article else None,
    }


def _slug(title: str) -> str:
    """A night's address from its title; one without Latin letters gives `night-1`."""
    return slugify(title) or FreeIds(services().store.summaries.slugs()).make("", "night", 1)


def _venue(form: Form) -> Venue | None:
    """The venue of the form's three fields. Raises `Invalid` for a city or a country without a venue."""
    name, locality, country = (form.get(field, "").strip() for field in ("venue", "locality", "country"))
    if not name and (locality or country):
        raise Invalid("a venue must have a name", field="venue")
    return Venue(name=name, locality=locality, country=country) if name else None


def _source(slug: str) -> Blog | None:
    """The night to clone. Raises `Invalid` if it does not exist (any more)."""
    if not slug:
        return None
    blog = services().store.blog(slug) if slug in services().store.summaries.slugs() else None
    if blog is None:
        raise Invalid("the night to copy from is not there any more", field="source")
    return blog


def _copied(slug: str, *, nominees: bool) -> list[Category]:
    """Another night's categories, as they were before that night began."""
    categories = services().store.load(slug).categories
    return [Category(id=each.id, name=each.name, nominees=each.nominees if nominees else []) for each in categories]


# -- a blog


@blueprint.get("/<slug>/setup")
def setup(slug: str) -> str:
    auth.require("editor", slug)
    return _page(slug, done=DONE.get(request.args.get("done", "")))


def _page(slug: str, **told: object) -> str:
    timeline = services().tails.timeline(slug)
    who = auth.signed_in()
    return render_template(
        "desk/setup.html",
        who=who,
        blog=timeline.blog,
        starts=wall_clock(timeline.blog),
        categories=timeline.categories,
        lines=_lines,
        **told,
    )


def _lines(nominees: Iterable[Nominee]) -> str:
    return "\n".join(map(line_of, nominees))


@blueprint.post("/<slug>/setup")
def act(slug: str) -> BaseResponse | tuple[str, int]:
    """Run one act on the blog, by the form's `act`."""
    auth.require("editor", slug)
    acts: dict[str, Callable[[str, Form], None]] = {
        "facts": _facts,
        "status": _status,
        "up": _move,
        "down": _move,
        "category": _category,
        "add": _add,
        "remove": _remove,
        "import": _import,
        "preview": _preview,
    }
    name = request.form.get("act", "")
    try:
        if name not in acts:
            raise Invalid("there is no such act", field="act")
        if name == "import" and request.form.get("look"):
            return _page(slug, look=_night(), kept=_kept()), 200
        if name == "preview" and request.form.get("look"):
            return _page(slug, kept=_kept(), act=name, **_look(needed=True)), 200
        acts[name](slug, request.form)
    except Unavailable:
        raise
    except Doubtful as doubt:
        kept = {**request.form, "nominees": "\n".join(each.line for each in doubt.found)}
        told = "Nothing is saved yet. Look at how these lines were read, correct them, and save again"
        about = request.form.get("category")
        return _page(slug, problem=told, readings=doubt.found, about=about, kept=kept, act=name), 422
    except Stale:
        told = "Somebody else has changed this meanwhile. This is the current state; your changes were not saved"
        return _page(slug, problem=told, about=request.form.get("category"), kept=request.form), 409
    except Refusal as no:
        return _page(slug, problem=no.detail, about=request.form.get("category"), kept=_kept(), act=name), no.status
    anchor = f"category-{request.form['category']}" if request.form.get("category") and name != "remove" else None
    return redirect(url_for("setup.setup", slug=slug, done=name, _anchor=anchor), 303)


def _facts(slug: str, form: Form) -> None:
    fields = {name: form.get(name, "") for name in ("title", "summary", "timezone", "film", "language")}

    def change(view: View) -> Plan:
        starts = _starts(form, actions.find_blog(view, slug))
        return actions.edit_blog(view, slug, starts=starts, venue=_venue(form), **fields)

    _perform(slug, change, note="edit_blog")


def _starts(form: Form, blog: Blog) -> str | None:
    """When the event begins. What the form showed and nobody changed stays, whichever of two equal times it was."""
    local, zone = form.get("starts", ""), form.get("timezone", "")
    if zone == blog.timezone and local == wall_clock(blog):
        return blog.starts
    return checked_local(local, zone, "starts")


def wall_clock(blog: Blog) -> str:
    """When the event begins, for a field with a local date and time; empty if it is not known."""
    if blog.starts is None:
        return ""
    local = datetime.fromisoformat(blog.starts).astimezone(ZoneInfo(blog.timezone)).replace(tzinfo=None)
    return local.isoformat(timespec="milliseconds" if local.second or local.microsecond else "minutes")


def _status(slug: str, form: Form) -> None:
    status = form.get("status", "")
    _perform(slug, lambda view: actions.edit_blog(view, slug, status=status), note="edit_blog")


def _move(slug: str, form: Form) -> None:
    step = -1 if form.get("act") == "up" else 1

    def move(view: View) -> Plan:
        order = list(actions.find_blog(view, slug).order)
        if form.get("category") not in order:
            raise NotFound("this category is not on the running order any more")
        at = order.index(form["category"])
        to = min(max(at + step, 0), len(order) - 1)
        order.insert(to, order.pop(at))
        return actions.edit_blog(view, slug, order=order)

    _perform(slug, move, note="edit_blog")


def _category(slug: str, form: Form) -> None:
    id, seq = form.get("category", ""), form.get("seq", "")
    nominees = _nominees(slug, form, id)

    def change(view: View) -> Plan:
        return actions.edit_category(view, slug, id, name=form.get("name", ""), nominees=nominees)

    match = (f"category:{id}", int(seq)) if seq.isdigit() and len(seq) < 16 else None
    _perform(slug, change, note="edit_category", match=match)


class Doubtful(Exception):
    """Nominees that may be meant otherwise than they were read: nothing is saved until the editor has seen them."""

    def __init__(self, found: Sequence[Reading]) -> None:
        super().__init__()
        self.found = found


def _nominees(slug: str, form: Form, id: str | None = None) -> list[NewNominee]:
    """The nominees of a form, one per line, as typed or pasted. Raises `Doubtful`."""
    categories = services().tails.timeline(slug).categories
    films = {film for category in categories for nominee in category.nominees for film in nominee.counts_for}
    known = {line_of(nominee) for category in categories if category.id == id for nominee in category.nominees}
    found = read_nominees(form.get("nominees", ""), films=films, known=known)
    if any(each.doubt for each in found):
        raise Doubtful(found)
    return [each.entry for each in found]


def _add(slug: str, form: Form) -> None:
    name, nominees = form.get("name", ""), _nominees(slug, form)
    _perform(slug, lambda view: actions.add_category(view, slug, name=name, nominees=nominees), note="add_category")


def _remove(slug: str, form: Form) -> None:
    id = form.get("category", "")
    check_unused(slug, id)
    _perform(slug, lambda view: actions.remove_category(view, slug, id), note="remove_category")


def _import(slug: str, form: Form) -> None:
    night = _night()
    _perform(slug, lambda v: actions.add_categories(v, slug, categories=night.categories), note="add_categories")


def _night() -> Night:
    file = _file("night")
    if file is None:
        raise Invalid("choose a night file, or paste its text", field="night")
    return read_text(*file)


def _preview(slug: str, form: Form) -> None:
    article = _article()
    if article is None:
        raise Invalid("choose an article, or paste its text", field="preview")

    def pin(view: View) -> Plan:
        headline = article.headline or actions.find_blog(view, slug).title
        return actions.publish(view, slug, body=article.body, headline=headline, type="preview", pin=True)

    _perform(slug, pin, note="publish")
