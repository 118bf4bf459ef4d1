"""Texts and pictures from outside of the desk, by signed requests: filed as submitted drafts (docs/incoming.md)."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
from flask import Response, redirect, render_template, request, url_for
from msgspec import Struct
from msgspec.structs import replace
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from .. import drafts, staff
from ..drafts import Writer
from ..errors import Forbidden, Invalid, NotFound, NotSignedIn, TooLarge, TooMany, Unsupported, WrongState
from ..intake.escaping import inline
from ..model import WORDLESS, Text
from ..outgoing import Failed, ask, guarded, target_of
from ..store.commits import request_key
from ..store.incoming import KEYS, TOKEN, Incoming, IncomingHooks, Kind, decoded, is_signed
from ..store.pictures import note_use
from . import answers, auth, sign_in, site
from .media_fields import MOST, Chosen, chosen
from .site import services
from .writing import body_of

blueprint = answers.blueprint("incoming", __name__, "private", page="desk", act="desk")

HOSTS = ("files.slack.com",)
"""Where pictures of Slack are fetched, with the hook's token."""
IN_A_MINUTE = 60
"""Requests of one hook in a minute."""
TYPED = (None, "", "file_share", "me_message", "thread_broadcast")
"""What messages that somebody has typed have as `subtype`."""
REMARK = 1000
"""Characters of what editors are told of the pictures."""
LARGEST = 16 << 20
"""Bytes of a request, with its pictures."""
DONE = {"remove": "The hook was removed; its address takes nothing any more."}


# -- what is sent


class SentPicture(Struct, forbid_unknown_fields=True):
    """A picture in Base64, and its words."""

    data: str
    alt: str = ""
    caption: str | None = None
    credit: str | None = None


class Plain(Struct, forbid_unknown_fields=True):
    """A text as programs send it."""

    body: str = ""
    headline: str | None = None
    byline: str | None = None
    pictures: list[SentPicture] = []


class SlackFile(Struct):
    mimetype: str | None = None
    url_private_download: str | None = None
    alt_txt: str | None = None


class SlackEvent(Struct):
    type: str = ""
    subtype: str | None = None
    bot_id: str | None = None
    text: str | None = None
    files: list[SlackFile] | None = None


class SlackCall(Struct):
    """What Slack's Events API sends."""

    type: str
    challenge: str = ""
    event_id: str = ""
    event: SlackEvent | None = None


class Fetched(Struct):
    """A picture's bytes and words, or why there are none."""

    data: bytes
    words: Chosen
    why: str = ""


@blueprint.post("/api/v1/incoming/<id>")
def receive(id: str) -> Response:
    """File a signed text as a submitted draft, once, however often it is sent."""
    hook, body = _signed(id)
    if hook.kind == "plain":
        sent = _read(body, Plain)
        fields = {"body": sent.body, "headline": sent.headline, "byline": sent.byline}
        pictures = [*map(_inline, sent.pictures[:MOST]), *_left_out(sent.pictures)]
        return _filed(hook, request.headers["webhook-id"], fields, pictures)
    call = _read(body, SlackCall)
    if call.type == "url_verification":
        return answers.json({"challenge": call.challenge})
    event = call.event
    if event is None or event.type != "message" or event.bot_id or event.subtype not in TYPED:
        return answers.json({"draft": None})  # joins, edits and what programs say are no texts
    said, files = from_slack(event.text or ""), event.files or []
    if not said and not files:
        return answers.json({"draft": None})
    pictures = [*(_of_slack(hook, each) for each in files[:MOST]), *_left_out(files)]
    return _filed(hook, call.event_id, {"body": said}, pictures)


def _signed(id: str) -> tuple[Incoming, bytes]:
    """The hook and what was sent to it. One refusal for all that is not signed, also for a hook that does not exist."""
    refusal = NotSignedIn("this request is not signed as this hook needs, or not within five minutes")
    try:
        hook = _hooks().get(id)
    except NotFound:
        raise refusal from None
    request.max_content_length = LARGEST
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise TooLarge(f"a request may have at most {LARGEST >> 20} MiB") from None
    if not is_signed(hook.kind, _hooks().keys(hook), request.headers, body):
        raise refusal
    if _hooks().count(hook) > IN_A_MINUTE:
        raise TooMany(f"a hook may send {IN_A_MINUTE} requests in a minute", retry_after=60)
    account = services().people.accounts.get(hook.name)
    if account is not None and not account.works_on(hook.blog):
        raise Forbidden(f"{account.name} has no role for {hook.blog} any more")
    return hook, body


def _read(body: bytes, type: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"this cannot be read: {error}", code="not_json") from None


def _inline(sent: SentPicture) -> Fetched:
    words = Chosen(name="", alt=sent.alt, caption=sent.caption, credit=sent.credit)
    data = decoded(sent.data)
    return Fetched(data or b"", words, "" if data else "it is not in Base64")


def _of_slack(hook: Incoming, file: SlackFile) -> Fetched:
    """A picture from Slack. The token goes to Slack's own host alone, a public one, and behind no redirect."""
    words, url = Chosen(name="", alt=file.alt_txt or ""), file.url_private_download or ""
    settings = services().settings
    try:
        if not (file.mimetype or "").startswith("image/"):
            raise Failed("the file is no picture")
        if not hook.token:
            raise Failed("the hook has no bot token of Slack")
        if urlsplit(url).hostname not in HOSTS:
            raise Failed("it is not at Slack")
        sent = {"Authorization": f"Bearer {hook.token}"}
        line = guarded(url, settings.webhook_networks)
        answer = ask(line, "GET", target_of(url), headers=sent, largest=settings.media_bytes)
        if answer.status != 200 or answer.more:
            raise Failed("it is too large" if answer.more else f"HTTP {answer.status}")
    except (Failed, ValueError) as no:
        return Fetched(b"", words, str(no))
    return Fetched(answer.body, words)


def _left_out(sent: Sequence[object]) -> list[Fetched]:
    more = len(sent) - MOST
    why = f"a post may have at most {MOST}, and {more} more came"
    return [Fetched(b"", Chosen(name="", alt=""), why)] if more > 0 else []


def from_slack(text: str) -> str:
    """Slack's own marks as Markdown, and its escapes as the signs that they are. What is in code stays as it is."""
    parts = re.split(r"(```.*?```|`[^`\n]+`)", text.replace("\0", ""), flags=re.DOTALL)
    return "".join(_in_code(each) if n % 2 else _marked(each) for n, each in enumerate(parts)).strip()


def _in_code(text: str) -> str:
    return html.unescape(re.sub(r"<([^<>|]*)(?:\|[^<>]*)?>", r"\1", text))


def _marked(text: str) -> str:
    """Links, mentions, bold and struck words of a text outside of code."""
    links: list[str] = []

    def keep(mark: re.Match[str]) -> str:
        links.append(_link(html.unescape(mark[1]), html.unescape(mark[2] or "")))
        return "\0"

    text = html.unescape(re.sub(r"<([^<>|]*)(?:\|([^<>]*))?>", keep, text))
    text = re.sub(r"(?<![\w*])\*([^\s*]|[^\s*][^*\n]*[^\s*])\*(?![\w*])", r"**\1**", text)
    text = re.sub(r"(?<![\w~])~([^\s~]|[^\s~][^~\n]*[^\s~])~(?![\w~])", r"~~\1~~", text)
    first, *others = text.split("\0")
    return first + "".join(f"{link}{part}" for link, part in zip(links, others, strict=True))


def _link(target: str, words: str) -> str:
    """What stands between the signs `<` and `>`. Somebody who is mentioned stays in the sentence, if only by an id."""
    if target[:1] in ("@", "#"):
        return target[:1] + (words or target[1:]).removeprefix(target[:1])
    if target[:1] == "!":
        return words or f"@{target[1:]}"
    if not words or not re.fullmatch(r"https?://\S+", target):
        return words or target.removeprefix("mailto:")
    return f"[{inline(words)}]({target.replace('(', '%28').replace(')', '%29')})"


def _filed(hook: Incoming, key: str, fields: dict[str, Any], pictures: list[Fetched]) -> Response:
    """Commit the draft under the sender's own id of the request, so that a repeat finds it filed."""
    if not 1 <= len(key) <= 200:
        raise Invalid("the request has no id", field="id")
    media, remarks = _taken(hook, pictures)
    by = Writer(name=hook.name, editor=False)
    if remarks and not media and not any(fields.values()):
        fields["body"] = WORDLESS[0]
    fields |= {"media": chosen(media)}
    remark = " ".join(remarks)[:REMARK] or None
    done = services().store.perform(
        hook.blog,
        lambda view: drafts.file(view, hook.blog, by=by, note=remark, **fields),
        by=hook.name,
        key=request_key("token", f"incoming {hook.id}", key),
        note={"act": "file_draft"},
    )
    draft = done.find("draft")
    if not done.replayed:
        note_use(services().store, hook.blog, [each for each in done.desk if isinstance(each, Text)])
    services().desk_tails.reach(hook.blog, done.desk_seq)
    return answers.json({"draft": draft.id}, 200 if done.replayed else 201)


def _taken(hook: Incoming, pictures: list[Fetched]) -> tuple[list[Chosen], list[str]]:
    """The pictures that the draft gets, and what editors are told of the others: a text must not wait for a picture.

    One without a description stays among the blog's pictures, where an editor describes it.
    """
    taken: dict[str, Chosen] = {}
    remarks = []
    for each in pictures:
        why = each.why
        try:
            if not why:
                picture, offered = services().pictures.convert(hook.blog, each.data, filename="", type="", by=hook.name)
                alt = each.words.alt or offered.get("alt", "")
                if alt.strip():
                    taken[picture.name] = replace(each.words, name=picture.name, alt=alt)
                else:
                    remarks.append(f"A picture came without a description; it is uploaded: /media/{picture.name}.")
        except (Invalid, Unsupported, WrongState) as no:
            why = no.detail
        if why:
            remarks.append(f"A picture was not taken: {why}.")
    return list(taken.values()), remarks


# -- set up


class NewHook(Struct, forbid_unknown_fields=True):
    blog: str
    kind: Kind
    name: str
    secret: str = ""
    token: str = ""


class NewSecret(Struct, forbid_unknown_fields=True):
    secret: str = ""
    token: str = ""


def _hooks() -> IncomingHooks:
    return IncomingHooks(services().store.records)


def _mine(id: str) -> Incoming:
    auth.signed_in()
    hook = _hooks().get(id)
    auth.require("admin", hook.blog)
    return hook


def add(blog: str, kind: str, name: str, secret: str, token: str) -> Incoming:
    """Make a hook for a blog; its drafts are those of the contributor `name`. Raises `Invalid`, `NotFound`."""
    who = auth.require("admin", blog)
    auth.require_fresh()
    services().tails.timeline(blog)
    name = staff.contributor(services().people, name, blog)
    if kind not in ("slack", "plain"):
        raise Invalid("a hook is for Slack, or plain", field="kind")
    _check_secrets(kind, secret, token)
    return _noted(
        "add_incoming", _hooks().add(blog, "slack" if kind == "slack" else "plain", name, who.name, secret, token)
    )


def rotate(id: str, secret: str, token: str) -> Incoming:
    hook = _mine(id)
    auth.require_fresh()
    _check_secrets(hook.kind, secret, token)
    return _noted("new_incoming_secret", _hooks().rotate(id, secret, token))


def remove(id: str) -> Incoming:
    return _noted("remove_incoming", _hooks().remove(_mine(id).id))


def _check_secrets(kind: str, secret: str, token: str) -> None:
    if kind == "plain" and (secret or token):
        raise Invalid("the secret of a plain hook is made here", field="secret")
    if kind == "slack" and not KEYS["slack"].fullmatch(secret):
        raise Invalid("Slack's signing secret is needed: in its app, under Basic Information", field="secret")
    if token and not TOKEN.fullmatch(token):
        raise Invalid("this is no token of Slack", field="token")


def _noted(act: str, hook: Incoming) -> Incoming:
    services().people.note(auth.signed_in().name, act, whom=hook.name, blogs=[hook.blog])
    return hook


def _shown(hook: Incoming) -> dict[str, Any]:
    facts: dict[str, Any] = {name: getattr(hook, name) for name in ("id", "blog", "kind", "name", "by", "at")}
    return facts | {"path": url_for("incoming.receive", id=hook.id)}


def _made(hook: Incoming) -> dict[str, Any]:
    """A hook with the secret that was made here; Slack's own one is known to whoever sent it."""
    return _shown(hook) | ({"secret": hook.secrets[0].key} if hook.kind == "plain" else {})


@blueprint.get("/api/v1/incoming")
def list_incoming() -> Response:
    """The incoming hooks that the sender may change."""
    who = auth.signed_in()
    return answers.json({"incoming": [_shown(hook) for hook in _hooks().list() if who.may("admin", hook.blog)]})


@blueprint.post("/api/v1/incoming")
def add_incoming() -> Response:
    auth.signed_in()
    sent = body_of(NewHook)
    return answers.json(_made(add(sent.blog, sent.kind, sent.name, sent.secret, sent.token)), 201)


@blueprint.post("/api/v1/incoming/<id>/secret")
def new_secret(id: str) -> Response:
    auth.signed_in()
    sent = body_of(NewSecret)
    return answers.json(_made(rotate(id, sent.secret, sent.token)))


@blueprint.delete("/api/v1/incoming/<id>")
def remove_incoming(id: str) -> Response:
    return answers.json({"id": remove(id).id})


# -- the desk


@blueprint.get("/desk/incoming")
def page() -> str:
    auth.require("admin")
    return _page(done=DONE.get(request.args.get("done", "")))


@blueprint.post("/desk/incoming")
def act() -> BaseResponse | str | tuple[str, int]:
    """Run one act, by the form's `act`; a new secret is shown once, in the answer."""
    auth.require("admin")
    name = request.form.get("act", "")
    if name in ("add", "rotate") and auth.is_stale():
        return sign_in.once_more("/desk/incoming")
    try:
        hook = _run(name, request.form)
    except (Invalid, NotFound, WrongState) as no:
        return _page(problem=no.detail, form=request.form), no.status
    if hook is None:
        return redirect(url_for("incoming.page", done="remove"), 303)
    return _page(made=hook, secret=hook.secrets[0].key if hook.kind == "plain" else "")


def _run(name: str, form: Mapping[str, str]) -> Incoming | None:
    secret, token, id = (form.get(each, "").strip() for each in ("secret", "token", "id"))
    if name == "add":
        return add(form.get("blog", ""), form.get("kind", ""), form.get("name", ""), secret, token)
    if name == "rotate":
        return rotate(id, secret, token)
    if name != "remove":
        raise Invalid("there is no such act", field="act")
    remove(id)
    return None


def _page(**told: Any) -> str:
    people, hooks = services().people, _hooks().list()
    left = {hook.id for hook in hooks if staff.has_left(people, hook.by, hook.blog)}
    return render_template(
        "desk/incoming.html",
        who=auth.signed_in(),
        hooks=hooks,
        left=left,
        slugs=people.slugs(),
        address=lambda hook: site.address("incoming.receive", id=hook.id),
        stale=auth.is_stale(),
        **told,
    )
