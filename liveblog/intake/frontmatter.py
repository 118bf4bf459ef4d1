"""Front matter in YAML (`---`), TOML (`+++`) or JSON (`{`): facts before a text, for the program that publishes it.

Its title is for readers, and it may say that the text is a draft. YAML is not parsed: the block is recognised by its
lines, and single values are read by the rules for scalars, so that no text can use more of YAML than that.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence

from msgspec import Struct

MOST = 64 * 1024
"""Most characters of a block; a longer one is text."""

KNOWN = {
    *("title", "headline", "subtitle", "date", "author", "authors", "byline", "tags", "tag", "categories"),
    *("category", "keywords", "description", "summary", "layout", "draft", "slug", "lang", "language"),
    *("permalink", "published", "publishdate", "updated", "modified", "created", "lastmod", "weight", "image"),
    *(
        "publish",
        "isdraft",
        "visibility",
        "type",
        "status",
        "url",
        "id",
        "uid",
        "aliases",
        "cover",
        "section",
        "series",
        "source",
        "excerpt",
    ),
}
_KEY = re.compile(r"""(["']?)([^\W\d][\w.-]{0,63}(?:[ ][\w.-]{1,30}){0,3})\1[ \t]*:(?:[ \t]+|$)""")
_MORE = re.compile(r"[ \t]+\S|#|-(?:[ \t]|$)|[\]}][ \t]*,?[ \t]*$")
"""A line that continues a key's value: indented, a comment, an item, the end of a list."""


_DRAFT: dict[str, tuple[str, ...]] = {
    "draft": ("true", "yes", "on", "y", "1"),
    "published": ("false", "no", "off", "n", "0"),
}
_DRAFT |= {"publish": _DRAFT["published"], "isdraft": _DRAFT["draft"], "visibility": ("private",)}
_DRAFT |= {"status": ("draft", "private", "pending", "future", "unpublished", "scheduled", "embargoed")}
_DRAFT |= {"state": _DRAFT["status"], "unpublished": _DRAFT["draft"]}
"""Keys, and the values by which they say that a text is not to be published yet."""


_FENCES = {"+++": ("+++",)} | {f"---{form}": ("---", "...") for form in ("", "yaml", "toml", "json")}
_FENCES[";;;"] = (";;;",)
"""The lines that begin a block, and those that end it."""


_BEFORE = re.compile(r"\A(?:[ \t]*\n|[ \t]*<!--(?:(?!-->)[\s\S])*+-->[ \t]*(?=\n))*+")
"""Empty lines and comments before a block."""
_IS_TOML = re.compile(r"\s*(?:[\w.-]{1,60}\s*=|#|\[|$)")
_PLAIN_FACT = re.compile(r"""^[ \t{,]*["']?([a-z_]{1,40})["']?[ \t]*[:=][ \t]*["']?(\w{1,40})""", re.M)


class FrontMatter(Struct, frozen=True):
    """What the block says: the text's title, and which line of it, if any, says that it is a draft."""

    title: str | None
    draft: str | None


def split(text: str) -> tuple[FrontMatter | None, str]:
    """The block (None if there is none), and the text after it: without a block, the whole text."""
    start = _BEFORE.sub("", text.removeprefix("\ufeff"))
    fence, _, rest = start.partition("\n")
    ends = _FENCES.get(fence.rstrip())
    if ends is None:
        return _json(start) if start.startswith("{") else (None, text)
    lines = rest[: MOST + 4].split("\n")
    end = next((at for at, line in enumerate(lines) if line.rstrip() in ends), None)
    if end is None:
        return None, text
    block = lines[:end]
    found: FrontMatter | None
    if fence.rstrip() in ("---json", ";;;"):
        found = _of_json(block) or _unread(block)
    elif block and block[0].startswith("{"):  # JSON is YAML, too
        found, _ = _json("\n".join([*block, ""]))
    else:
        found = _toml(block) if "toml" in fence or ends == ("+++",) else _yaml(block)
        written = fence.rstrip() not in ("---", "+++") or (ends == ("+++",) and all(map(_IS_TOML.match, block)))
        if found is None and written:
            found = _unread(block)
    return (None, text) if found is None else (found, "\n".join(rest.split("\n")[end + 1 :]))


def _of_json(block: Sequence[str]) -> FrontMatter | None:
    """The facts of a block that says that it is JSON, with or without its braces."""
    text = "\n".join(block).strip()
    try:
        facts = json.loads(text if text.startswith("{") else f"{{{text}}}")
    except (ValueError, RecursionError):
        return None
    return _facts(facts) if isinstance(facts, dict) else None


def _unread(block: Sequence[str]) -> FrontMatter:
    """A block that says what it is, and is not well-formed: no text either."""
    said = dict(_PLAIN_FACT.findall("\n".join(block).lower()))
    return FrontMatter(None, draft_of({key: said[key] for key in _DRAFT if key in said}))


def _json(text: str) -> tuple[FrontMatter | None, str]:
    try:
        facts, end = json.JSONDecoder().raw_decode(text[: MOST + 4])
    except (ValueError, RecursionError):
        return None, text
    rest = text[end:]
    known = isinstance(facts, dict) and {"title", "headline", "date", "draft"} & {key.lower() for key in facts}
    return (_facts(facts), rest) if known and rest.lstrip(" \t").startswith("\n") else (None, text)


def _toml(lines: Sequence[str]) -> FrontMatter | None:
    try:
        facts = tomllib.loads("\n".join(lines))
    except (ValueError, RecursionError):
        return None
    return _facts(facts) if facts or not any(lines) else None


def _facts(said_so: Mapping[str, object]) -> FrontMatter:
    facts = {key.lower(): value for key, value in said_so.items()}
    title = facts.get("title") or facts.get("headline")
    said = {key: str(facts[key]).lower() for key in _DRAFT if isinstance(facts.get(key), bool | str | int)}
    return FrontMatter(" ".join(title.split()) or None if isinstance(title, str) else None, draft_of(said))


def draft_of(said: Mapping[str, str]) -> str | None:
    """The fact that makes a text a draft: `draft: true`."""
    return next((f"{key}: {value}" for key, value in said.items() if value.lower() in _DRAFT.get(key, ())), None)


def _yaml(lines: Sequence[str]) -> FrontMatter | None:
    """What the lines between two rules say; None if they are text and not facts.

    Text between two rules may contain a colon too. Facts follow the rule directly, each of their lines is a key or
    continues one, and one of the keys is known, or all have the form that programs write.
    """
    if not any(line.strip() for line in lines):
        return None if lines else FrontMatter(None, None)
    if not lines[0].strip():
        return None
    keys: dict[str, int] = {}
    for at, line in enumerate(lines):
        key = _KEY.match(line)
        if key is not None:
            keys.setdefault(key[2].lower() if key[2].lower() in KNOWN else key[2], at)
        elif line.strip() and not (line.startswith("#") if not keys else _MORE.match(line) or _begins(keys)):
            return None
    if not keys or not (KNOWN & set(keys) or all(key.islower() for key in keys)):
        return None
    named = keys.get("title", keys.get("headline"))
    said = {key: _scalar(lines, keys[key]) or "" for key in _DRAFT if key in keys}
    return FrontMatter(None if named is None else _scalar(lines, named), draft_of(said))


def _begins(keys: Mapping[str, int]) -> bool:
    """Whether the first key is a known one: no text begins so, and whatever else is in the block is not for readers."""
    return next(iter(keys), "") in KNOWN


def _scalar(lines: Sequence[str], at: int) -> str | None:
    """The text of the key in a line, on one line; None if it has none (YAML 1.2, chapters 7 and 8)."""
    key = _KEY.match(lines[at])
    first = re.sub(r"^(?:[!&]\S*\s+)+", "", lines[at][key.end() if key else 0 :].strip())  # its type or its anchor
    more = []
    for line in lines[at + 1 :]:
        if line.strip() and not line.startswith((" ", "\t")):
            break
        more.append(line.strip())
    if re.fullmatch(r"[>|][-+0-9]{0,2}(?:[ \t]+#.*)?", first):
        return " ".join(" ".join(more).split()) or None
    text = " ".join(" ".join([first, *more]).split())
    if text.startswith('"'):
        quoted = re.match(r'"(?:[^"\\]|\\.)*+"', text)
        return _unescaped(quoted[0]) if quoted else text.strip('"') or None
    if text.startswith("'"):
        quoted = re.match(r"'((?:[^']|'')*+)'", text)
        return (quoted[1].replace("''", "'") if quoted else text.strip("'")).strip() or None
    return re.split(r"(?:^|[ \t])#", text, maxsplit=1)[0].strip() or None


def _unescaped(quoted: str) -> str | None:
    try:
        text = str(json.loads(quoted))
    except ValueError:  # an escape that only YAML has
        text = quoted[1:-1].replace('\\"', '"')
    return " ".join(text.split()) or None
